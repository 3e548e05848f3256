/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: create is a transaction. The claim on the id comes first, then a state file that names
 * the cgroup, then the cgroup, then init: at every moment the state directory tells `delete
 * --force` all there is to undo, and init, which has nobody to answer to when this process dies,
 * ends by itself at its next message. Only after READY is the container recorded as living, and
 * only after that does init wait for somebody else (COMMIT). */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "agent.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "ctr/hooks.h"
#include "ctr/kill.h"
#include "ctr/local.h"
#include "ctr/notify.h"
#include "ctr/status.h"
#include "handout.h"
#include "init/init.h"
#include "kern/cgroup.h"
#include "kern/proc.h"
#include "kern/sync.h"
#include "kern/tty.h"
#include "launch.h"
#include "standard.h"
#include "stop.h"

/* Who owns the cgroup is on record before it is made: delete kills what lives in it. A cgroup that
 * others use must never get there, not even for the moment until cg_make refuses it. */
static int note_cgroup(struct launch *l, const char *mount, struct err *e)
{
	struct state *s = &l->container.state;
	bool exists;

	if (!l->plan.cgroup.path)
		return 0;
	if (cg_probe(&l->arena, mount, l->plan.cgroup.path, &exists, e) < 0 ||
		(exists && launch_check_shared(l, e) < 0))
		return -1;
	if (l->plan.cgroup.scope) {
		s->scope = l->plan.cgroup.scope;
		s->slice = l->plan.cgroup.slice;
		s->user_manager = l->user_manager;
		s->cgroup_mount = mount;
		return 0;
	}
	s->cgroup = l->plan.cgroup.path;
	s->cgroup_mount = mount;
	s->cgroup_made = !exists;
	s->cgroup_has_id = true;
	return 0;
}

/* The id is taken: by what, and how to get it back? */
static int explain_taken(const struct launch *l, struct err *e)
{
	auto_container struct container other;
	const char *id = l->options.id, *end = state_end_of_options(id);
	enum ctr_status status;
	struct err second;

	container_init(&other);
	if (store_load(l->store, id, 0, &other, &second) < 0 ||
		ctr_status(&other, &status, NULL, &second) < 0)
		return err_set(e, EEXIST,
			"%s: choose another ID, or remove it with \"crun-lite delete --force %s%s\"",
			err_text(e), end, id);
	return err_set(e, EEXIST,
		"%s (%s): choose another ID, or remove it with \"crun-lite delete %s%s%s\"",
		err_text(e), ctr_status_name(status), status == STATUS_STOPPED ? "" : "--force ",
		end, id);
}

static int claim(struct launch *l, struct err *e)
{
	struct state *s = &l->container.state;
	const char *mount = s->cgroup_mount;
	const struct json *hooks = l->config.hooks.at, *process = l->config.process.at;

	if (store_claim(l->store, l->options.id, &l->container, e) < 0)
		return e->code == EEXIST ? explain_taken(l, e) : -1;
	l->claimed = true;
	s->bundle = l->bundle;
	s->rootfs = l->plan.root.path;
	s->created = ctr_now(&l->arena);
	s->owner = geteuid();
	s->listener = l->plan.listener.path;
	s->apparmor = l->plan.process.apparmor.value;
	s->selinux = l->plan.process.selinux.value;
	s->namespaces = l->plan.ns.fresh;
	for (size_t i = 0; i < l->plan.ns.n_join; i++)
		s->namespaces |= l->plan.ns.join[i].type;
	/* where exec needs more of the configuration than this, it reads it whole */
	if (process && !l->config.linux.task.given) {
		s->process_start = process->start;
		s->process_end = process->end;
	}
	if (!l->plan.process.terminal)
		s->descriptors = standard_descriptors(&l->arena, l->proc_fd);
	s->chroot = !(l->plan.ns.fresh & CLONE_NEWNS) || !l->plan.root.pivot;
	s->annotations = l->config.annotations;
	s->n_annotations = l->config.n_annotations;
	if (hooks) {
		s->hooks = str_text(&l->text) + hooks->start;
		s->hooks_len = hooks->end - hooks->start;
	}
	log_debug("claimed id \"%s\": state directory \"%s/%s\"", l->options.id, l->store->path,
		l->options.id);
	if (note_cgroup(l, mount, e) < 0 || launch_rdt_note(l, e) < 0 ||
		container_note(&l->container, e) < 0)
		return -1;
	return container_save(&l->container, e);
}

/* The socket at which init waits for `start`. Bound from inside the state directory: its path may
 * be longer than sun_path. */
static int make_start_socket(struct launch *l, struct err *e)
{
	const struct sockaddr_un where = { .sun_family = AF_UNIX, .sun_path = STORE_SOCKET };

	l->start_sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (l->start_sock < 0)
		return err_sys(e, errno, "create the start socket");
	if (fchdir(l->container.dir_fd) < 0 ||
		bind(l->start_sock, (const struct sockaddr *)&where, sizeof(where)) < 0)
		return err_sys(e, errno, "bind the start socket in the state directory");
	l->container.state.has_socket = true;
	return 0;
}

/* Memory shared with init, for the one failure that a seccomp filter can keep it from
 * telling. With `create` it lies in a file of the state directory, where `start` finds it. */
static int share_failure(struct launch *l, unsigned flags, struct err *e)
{
	auto_close int fd = -1;
	void *p;

	if (!l->plan.filter.n)
		return 0;
	if (flags & LAUNCH_SOCKET) {
		fd = openat(l->container.dir_fd, STORE_EXEC_ERRNO,
			O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0 || ftruncate(fd, sizeof(*l->failure)) < 0)
			return err_sys(e, errno, "create \"%s\" in the state directory",
				STORE_EXEC_ERRNO);
	}
	p = mmap(NULL, sizeof(*l->failure), PROT_READ | PROT_WRITE,
		MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);
	if (p == MAP_FAILED)
		return err_sys(e, errno, "map memory to share with init");
	l->failure = p;
	return 0;
}

/* The OCI state for hooks that init runs. Their pid is what init calls itself, so its digits are
 * filled in by init. */
static void hook_state(struct launch *l, struct plan_hooks *h, const char *status)
{
	static const char key[] = "\"pid\":";
	struct str text = { 0 };
	const char *at;

	if (!h->count)
		return;
	state_oci(&l->container.state, status, 0, false, 0, &text);
	at = strstr(str_text(&text), key) + strlen(key);
	h->pid_at = (size_t)(at - text.data);
	/* "0" becomes PLAN_PID_DIGITS characters */
	h->state = arena_fmt(&l->arena, "%.*s%*d%s", (int)h->pid_at, text.data, PLAN_PID_DIGITS, 0,
		at + 1);
	h->state_len = strlen(h->state);
	str_done(&text);
}

int launch_stoppable(struct launch *l, struct err *e)
{
	return l->config.hooks.at ? stop_open(&l->stop_fd, e) : 0;
}

static int await(const void *arg, int sock, struct err *e)
{
	return launch_await(arg, sock, e);
}

int launch_expect_from(const struct launch *l, struct sync_peer *peer, enum sync_type type,
	struct sync_message *ret, struct err *e)
{
	peer->wait = await;
	peer->arg = l;
	return sync_expect_from(peer, type, ret, e);
}

int launch_expect(const struct launch *l, enum sync_type type, struct sync_message *ret,
	struct err *e)
{
	struct sync_peer init = { .sock = l->sync, .name = "init" };

	return launch_expect_from(l, &init, type, ret, e);
}

static bool is_gone(const struct err *e)
{
	return e->code == EPIPE || e->code == ECONNRESET;
}

int launch_host_hooks(struct launch *l, struct err *e)
{
	struct hook_about about = {
		.state = &l->container.state,
		.pid = l->pid,
		.stop_fd = l->stop_fd,
		.record = l->container.dir_fd,
		.init = l->pidfd,
	};

	if (launch_net_devices(l, e) < 0)
		return -1;
	/* "created" is what prestart hooks, which are older than the others, have always been told
	 * by the letter of the specification: "after step 2 in the lifecycle" */
	about.status = "created";
	if (hooks_run(&l->config.hooks, HOOK_PRESTART, &about, e) < 0)
		return -1;
	about.status = "creating";
	return hooks_run(&l->config.hooks, HOOK_CREATE_RUNTIME, &about, e);
}

/* what the parent does while init waits with the tree built */
static int run_create_hooks(struct launch *l, struct err *e)
{
	struct sync_message m;

	if (launch_expect(l, SYNC_BUILT, &m, e) < 0)
		return -1;
	log_debug("init has made the mounts and waits for the hooks of the host");
	if (launch_host_hooks(l, e) < 0)
		return -1;
	return sync_send(l->sync, SYNC_HOOKS_DONE, 0, -1) < 0
		? err_sys(e, errno, "tell init to go on")
		: 0;
}

/* what the configuration writes to this file, the last of it; NULL: nothing */
static const struct plan_setting *cgroup_setting(const struct plan_cgroup *c, const char *file)
{
	for (size_t i = c->n_settings; i-- > 0;)
		if (str_eq(c->settings[i].file, file))
			return &c->settings[i];
	return NULL;
}

/* has_event - is the count of key in memory.events, "\nkey number", above 0? */
static bool has_event(const struct str *events, const char *key)
{
	const char *count = strstr(str_text(events), key);

	return count && count[strlen(key)] != '0';
}

/* For want of memory the kernel counts "oom" where the limit is that was reached, and "oom_kill"
 * where the victim was (cgroup-v2.rst). */
static int explain_kill(const struct launch *l, const char *who, struct err *e)
{
	const struct plan_cgroup *c = &l->plan.cgroup;
	const struct plan_setting *limit = cgroup_setting(c, "memory.max");
	auto_str struct str events = { 0 };
	/* systemd takes a scope away with its last process */
	const bool gone = l->cgroup_fd >= 0 &&
		cg_read(l->cgroup_fd, "memory.events", &events) < 0 &&
		(errno == ENODEV || errno == ENOENT) && c->scope;

	if (limit && gone)
		return err_set(e, ENOMEM,
			"%s: %s bytes may be too few to start: %s was killed by signal %d, and the cgroup that counts why is gone",
			limit->where, limit->value, who, SIGKILL);
	if (limit && has_event(&events, "\noom "))
		return err_set(e, ENOMEM,
			"%s: %s bytes are too few to start: %s was killed when memory ran out",
			limit->where, limit->value, who);
	if (has_event(&events, "\noom_kill "))
		return err_set(e, ENOMEM,
			"%s was killed when memory ran out, of a cgroup above \"%s\" or of the host",
			who, c->path);
	return err_set(e, 0, "%s was killed by signal %d", who, SIGKILL);
}

/* who ended with this status without a word */
static int explain_status(const struct launch *l, const char *who, int status, struct err *e)
{
	if (status == 128 + SIGKILL)
		return explain_kill(l, who, e);
	if (status > 128)
		return err_set(e, 0, "%s was killed by signal %d", who, status - 128);
	return err_set(e, 0, "%s ended with status %d before it was ready", who, status);
}

/* Init died without a word: say what can be known about its end. */
static int explain_end(struct launch *l, struct err *e)
{
	int status;

	if (!is_gone(e))
		return -1;
	if (!proc_wait_end(l->pidfd, 10000) ||
		(status = proc_end_clone(l->pidfd, l->pid, &l->stillborn)) < 0)
		return -1;
	def_close(&l->pidfd);
	l->pidfd = -1;
	return explain_status(l, "init", status, e);
}

/* It has said all that it was for, or is to say no more. Killed, it ends even where it is frozen in
 * the container's cgroup; what has closed its socket has its status already. */
void launch_end_helper(struct launch *l, const struct sync_peer *peer, pid_t pid, int pidfd,
	struct err *e)
{
	bool stillborn;
	int status = proc_end_clone(pidfd, pid, &stillborn);

	if (status < 0 && errno != ECHILD)
		log_warning(
			"process %d, which has helped to make the container, could not be ended: %s",
			(int)pid, err_errno_text(errno));
	if (status < 0 || !e || !is_gone(e))
		return;
	l->stillborn = stillborn;
	(void)explain_status(l, peer->name, status, e);
}

static int wait_ready(struct launch *l, struct err *e)
{
	struct sync_message m;

	if (launch_expect(l, SYNC_READY, &m, e) < 0)
		return -1;
	log_debug("init is ready");
	l->master = m.fd;
	if (handout_rlimits(&l->plan.process, l->pid, (uint32_t)m.value, e) < 0)
		return -1;
	return l->plan.ns.fresh & CLONE_NEWUSER ? 0 : launch_oom_score(l, e);
}

static bool has_host_hooks(const struct launch *l)
{
	return l->config.hooks.count[HOOK_PRESTART] || l->config.hooks.count[HOOK_CREATE_RUNTIME];
}

static int keep(const struct launch *l, const char *name, const void *data, size_t len,
	struct err *e)
{
	auto_close int fd = openat(l->container.dir_fd, name,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd >= 0 && fd_write_all(fd, data, len) == 0)
		return 0;
	(void)err_sys(e, errno, "write \"%s\" in the state directory", name);
	return store_explain(e);
}

/* What a later exec goes by: the bundle may have changed by then (LIFE-08), and compiling a filter
 * takes longer than all the rest of an exec. */
static int keep_for_exec(struct launch *l, struct err *e)
{
	const struct seccomp_filter *f = &l->plan.filter;
	auto_str struct str filter = { 0 };

	if (keep(l, STORE_CONFIG, l->text.data, l->text.len, e) < 0)
		return -1;
	if (!f->n)
		return 0;
	str_addn(&filter, (const char *)&f->flags, sizeof(f->flags));
	str_addn(&filter, (const char *)f->insns, f->n * sizeof(*f->insns));
	return keep(l, STORE_FILTER, filter.data, filter.len, e);
}

/* what holds for init, and would hold for its clone */
static int hold(struct launch *l, struct err *e)
{
	return launch_late_limits(l, e) < 0 || launch_rdt_enter(l, e) < 0 ? -1 : 0;
}

int launch_claim(struct launch *l, struct err *e)
{
	if (launch_scope_open(l, e) < 0 || claim(l, e) < 0 || keep_for_exec(l, e) < 0 ||
		launch_rdt_make(l, e) < 0)
		return -1;
	return launch_cgroup(l, e);
}

/* Neither a cgroup nor a pid namespace holds its processes together. The words are those of runc.
 */
static void warn_unkillable(const struct launch *l)
{
	if (has_cgroup(&l->container.state) || (l->plan.ns.fresh & CLONE_NEWPID) ||
		plan_join_of(&l->plan.ns, CLONE_NEWPID) || !launch_rootless(&l->options))
		return;
	log_warning(
		"creating a rootless container with no cgroup and no private pid namespace. Such configuration is strongly discouraged: what its program starts cannot be killed with it");
}

static int make(struct launch *l, unsigned flags, struct err *e)
{
	bool wait = has_host_hooks(l) || l->plan.n_net_devices;
	bool appears = plan_join_of(&l->plan.ns, CLONE_NEWPID);
	unsigned init_flags = wait ? INIT_HOST_HOOKS : 0;
	int pair[2];

	/* it is connected only when there is something to send: an agent may serve one after the
	 * other */
	if (l->plan.listener.path && fd_probe_unix(l->plan.listener.path) < 0)
		return err_sys(e, errno,
			"linux.seccomp.listenerPath: failed to connect with seccomp agent at \"%s\"",
			l->plan.listener.path);
	if (launch_claim(l, e) < 0)
		return -1;
	warn_unkillable(l);
	if ((notify_wanted() && notify_prepare(&l->container, e) < 0) || launch_sources(l, e) < 0 ||
		share_failure(l, flags, e) < 0)
		return -1;
	if ((flags & LAUNCH_SOCKET) && make_start_socket(l, e) < 0)
		return -1;
	hook_state(l, &l->plan.create_container, "creating");
	hook_state(l, &l->plan.start_container, "created");
	agent_text(&l->arena, &l->container.state, "creating", 0, &l->plan.listener);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, errno, "create a socket pair");
	l->sync = pair[0];
	l->init_sync = pair[1];
	if (launch_clone(l, init_flags, e) < 0 || (!appears && hold(l, e) < 0))
		return -1;
	log_debug("init is process %d: namespaces, mounts, limits, rights", (int)l->pid);
	if (wait && run_create_hooks(l, e) < 0)
		return -1;
	if (appears && (launch_appear(l, e) < 0 || hold(l, e) < 0))
		return -1;
	return wait_ready(l, e);
}

int launch_make(struct launch *l, unsigned flags, struct err *e)
{
	if (make(l, flags, e) == 0)
		return 0;
	if (l->pidfd >= 0)
		(void)explain_end(l, e);
	/* in a frozen cgroup it was not the kernel that ended it at birth, but somebody who wants
	 * it gone */
	l->again = l->stillborn && !(l->cgroup_fd >= 0 && cg_frozen(l->cgroup_fd) > 0);
	return launch_undo(l);
}

int launch_undo(struct launch *l)
{
	const bool cloned = l->pid > 0 && !l->stillborn;
	struct err second;

	log_speak();
	log_debug("undo what has been made of container \"%s\"", l->options.id);
	launch_net_undo(l); /* the kernel destroys virtual devices with their namespace */
	if (l->pidfd >= 0) {
		/* where it cannot be killed it ends for want of us, or with its cgroup below */
		def_close(&l->sync);
		l->sync = -1;
		if (proc_end_child(l->pidfd, l->pid) < 0 && errno != ECHILD)
			log_warning("container \"%s\": init (process %d) could not be ended: %s",
				l->options.id, (int)l->pid, err_errno_text(errno));
		def_close(&l->pidfd);
		l->pidfd = -1;
	}
	handout_take_back(l->options.pid_file, l->pid);
	def_close(&l->cgroup_fd);
	l->cgroup_fd = -1;
	if (!l->claimed)
		return -1;
	l->claimed = false;
	l->container.state.pid = 0;
	launch_rdt_undo(l);
	err_init(&second);
	if (ctr_destroy(&l->container, &second) < 0)
		log_warning("container \"%s\" could not be removed after its failure: %s",
			l->options.id, err_text(&second));
	else if (l->cgroup_dirs > 1)
		cg_remove_parents(l->container.state.cgroup_mount, l->plan.cgroup.path,
			l->cgroup_dirs - 1);
	if (cloned)
		hooks_run_poststop(&l->container.state, l->stop_fd);
	return -1;
}

int launch_record(struct launch *l, struct err *e)
{
	struct state *s = &l->container.state;

	if (handout_terminal(l->options.console_socket, &l->master, e) < 0 ||
		handout_pidfd("--pidfd-socket", l->options.pidfd_socket, "standard", l->pidfd, e) <
			0 ||
		handout_pidfd("run.oci.pidfd_receiver", l->config.run_oci.pidfd_receiver,
			"standard", l->pidfd, e) < 0 ||
		(l->id.pid != l->pid && proc_identify(l->pidfd, l->pid, &l->id, e) < 0))
		return -1;
	s->pid = l->id.pid;
	s->start_time = l->id.start_time;
	s->pid_inode = l->id.inode;
	launch_rdt_settle(l);
	if (container_note(&l->container, e) < 0 || container_save(&l->container, e) < 0)
		return -1;
	log_debug("container \"%s\" is recorded with init, process %d", s->id, (int)s->pid);
	return handout_pid(&l->arena, l->options.pid_file, l->pid, e);
}

/* Memory for which there is no room may be asked for as late as on the way to the start socket;
 * nobody but us can say why init is gone then. Once it is there it closes its end, and needs no
 * more. */
static int settle(struct launch *l, struct err *e)
{
	auto_str struct str events = { 0 };
	struct sync_message m;

	if (!l->container.state.has_socket || l->cgroup_fd < 0 ||
		!cgroup_setting(&l->plan.cgroup, "memory.max"))
		return 0;
	if (stop_wait(l->stop_fd, l->sync, e) < 0)
		return -1;
	if (sync_recv(l->sync, &m) > 0 || cg_read(l->cgroup_fd, "memory.events", &events) < 0 ||
		!has_event(&events, "\noom_kill "))
		return 0;
	(void)err_set(e, EPIPE, "init was killed");
	return explain_end(l, e);
}

static int commit(struct launch *l, struct err *e)
{
	if (launch_record(l, e) < 0)
		return -1;
	if (sync_send(l->sync, SYNC_COMMIT, (int32_t)l->pid, -1) == 0)
		return settle(l, e);
	(void)err_sys(e, errno, "tell init that it is recorded");
	return explain_end(l, e);
}

int launch_commit(struct launch *l, struct err *e)
{
	return commit(l, e) < 0 ? launch_undo(l) : 0;
}
