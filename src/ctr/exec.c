/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: the hottest path of all: probes run it every few seconds in every container. It reads the
 * state and, where the command line gives no process, the configuration kept beside it; the seccomp
 * filter is kept compiled. A first clone3 goes into the cgroup and stays in the host's pid
 * namespace; it joins the container's namespaces in one call and clones the program's process,
 * which is our child all the same (CLONE_PARENT). init/exec.c says why there is one in between. No
 * lock is held: many run at a time, and what they need is checked again by the kernel (a pidfd of
 * an init that has ended joins nothing). */
#include "ctr/exec.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "agent.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "ctr/status.h"
#include "exec_in.h"
#include "foreground.h"
#include "handout.h"
#include "init/init.h"
#include "kern/cgroup.h"
#include "kern/deadline.h"
#include "kern/library.h"
#include "kern/proc.h"
#include "kern/procstat.h"
#include "kern/sync.h"
#include "launch.h"

/* Memory takes time to give back; while the program runs it costs nobody any. */
static void release(struct exec *x)
{
	container_done(&x->container);
	str_done(&x->text);
	str_done(&x->kept_text);
	str_done(&x->filter);
	arena_done(&x->arena);
}

#define auto_exec __attribute__((cleanup(exec_done)))

static void exec_done(struct exec *x)
{
	const int fds[] = { x->proc_fd, x->init_fd, x->root_fd, x->cgroup_fd, x->sync, x->pidfd,
		x->master };

	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		def_close(&(int){ fds[i] });
	if (x->failure)
		(void)munmap(x->failure, sizeof(*x->failure));
	ns_close(&x->shown);
	release(x);
}

static int check_status(const struct exec *x, enum ctr_status status, struct err *e)
{
	switch (status) {
	case STATUS_CREATED:
	case STATUS_RUNNING:
		return 0;
	case STATUS_PAUSED:
		if (x->options->flags & EXEC_IGNORE_PAUSED)
			return 0;
		return err_set(e, EBUSY,
			"cannot exec in a paused container (use --ignore-paused to override)");
	case STATUS_STOPPED:
		return err_set(e, ESRCH,
			"cannot exec in a stopped container: container not running");
	case STATUS_CREATING:
		break;
	}
	return err_set(e, EBUSY, "cannot exec in a container in the %s state",
		ctr_status_name(status));
}

static int make_plan(struct exec *x, struct err *e)
{
	const struct config_process *p = &x->config.process;
	const struct plan_options o = {
		.id = x->options->id,
		.preserve_fds = x->options->preserve_fds,
	};
	const struct plan_exec in = {
		.config = &x->config,
		.container = x->kept.doc.root ? &x->kept : NULL,
		.namespaces = (unsigned)x->container.state.namespaces,
	};
	unsigned want = (p->apparmor_profile || p->selinux_label ? FACTS_WANT_LSM : 0) |
		(x->kept.landlock.at ? FACTS_WANT_LANDLOCK : 0);
	struct facts f;

	if (facts_gather(&x->arena, want, &f, e) < 0 ||
		plan_make_exec(&x->arena, &in, &o, &f, &x->plan, e) < 0)
		return -1;
	return launch_pass_descriptors(&x->arena, &x->plan.process, e);
}

/* The container's filter, as create left it: flags, then instructions. */
static int load_filter(struct exec *x, struct err *e)
{
	struct seccomp_filter *f = &x->plan.filter;
	size_t size;

	if (fd_read_at(x->container.dir_fd, STORE_FILTER, O_NOFOLLOW, LIMIT_KERNEL_FILE,
		    &x->filter) < 0)
		return errno == ENOENT
			? 0
			: err_sys(e, errno, "read the seccomp filter of the container");
	size = x->filter.len - sizeof(f->flags);
	if (x->filter.len <= sizeof(f->flags) || size % sizeof(*f->insns))
		return err_set(e, EINVAL,
			"the seccomp filter kept in the state directory is damaged");
	memcpy(&f->flags, x->filter.data, sizeof(f->flags));
	f->n = size / sizeof(*f->insns);
	f->insns = arena_alloc(&x->arena, size);
	memcpy(f->insns, x->filter.data + sizeof(f->flags), size);
	x->failure = mmap(NULL, sizeof(*x->failure), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (x->failure == MAP_FAILED) {
		x->failure = NULL;
		return err_sys(e, errno, "map memory to share with the program's process");
	}
	return 0;
}

static int open_root(struct exec *x, struct err *e)
{
	char path[64];

	if (!x->container.state.chroot || x->root_fd >= 0)
		return 0;
	if (procstat_check(e) < 0)
		return err_in(e, "open the root directory of the container");
	(void)snprintf(path, sizeof(path), "%d/root", (int)x->container.state.pid);
	x->root_fd = openat(x->proc_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (x->root_fd < 0)
		return err_sys(e, errno, "open the root directory of the container");
	/* the number was init's when its pidfd was opened, and is if init still lives */
	return proc_wait_end(x->init_fd, 0)
		? err_set(e, ESRCH, "the container has ended: container not running")
		: 0;
}

static int prepare(struct exec *x, const struct store *s, struct err *e)
{
	enum ctr_status status;

	if (store_load(s, x->options->id, 0, &x->container, e) < 0)
		return -1;
	if (exec_may_ask_systemd(x) && library_need(e) < 0)
		log_debug("%s", err_text(e));
	if (ctr_status(&x->container, &status, &x->init_fd, e) < 0 ||
		check_status(x, status, e) < 0 || exec_read(x, e) < 0 || make_plan(x, e) < 0 ||
		load_filter(x, e) < 0)
		return -1;
	/* root may join what an undumpable process is in */
	if (status == STATUS_CREATED && getauxval(AT_EUID) != 0 && exec_ask_init(x, e) < 0)
		return -1;
	log_debug("container \"%s\" is %s, init is process %d", x->options->id,
		ctr_status_name(status), (int)x->container.state.pid);
	x->paused = status == STATUS_PAUSED;
	agent_text(&x->arena, &x->container.state, ctr_status_name(status), x->container.state.pid,
		&x->plan.listener);
	x->proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (x->proc_fd < 0)
		return err_sys(e, errno, "open \"/proc\"");
	return open_root(x, e) < 0 || exec_open_cgroup(x, e) < 0 || exec_make_sub(x, e) < 0 ? -1
											    : 0;
}

/* Every message is a change from one process to the other and back. Where there is nothing to hand
 * out, no limit that only we may raise, and nobody to wait for, the program is executed without a
 * word; what fails is in the socket when it has ended. */
static bool can_go_at_once(const struct exec *x)
{
	const struct exec_options *o = x->options;
	const struct plan_process *p = &x->plan.process;

	/* without a process in between nobody can tell that one was killed at birth */
	if (!(x->container.state.namespaces & CLONE_NEWPID) || (o->flags & EXEC_DETACH) ||
		o->timeout_ms || x->paused || o->console_socket || o->pidfd_socket || o->pid_file ||
		p->terminal || x->plan.listener.path || x->plan.landlock.given)
		return false;
	for (size_t i = 0; i < p->n_rlimits; i++) {
		struct rlimit now;

		if (getrlimit((__rlimit_resource_t)p->rlimits[i].resource, &now) < 0 ||
			p->rlimits[i].hard > now.rlim_max)
			return false;
	}
	return true;
}

static int await(const void *arg, int sock, struct err *e)
{
	return exec_await(arg, sock, e);
}

static int try_to_bring_up(struct exec *x, struct err *e)
{
	struct sync_peer peer = { .name = "the program's process", .wait = await, .arg = x };
	struct sync_message m;
	int pair[2], r, status;

	x->at_once = can_go_at_once(x);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, errno, "create a socket pair");
	x->sync = peer.sock = pair[0];
	r = exec_clone(x, pair[1], e);
	def_close(&pair[1]);
	if (r == 0)
		log_debug("process %d is to run \"%s\"", (int)x->pid, x->plan.process.args[0]);
	if (r == 0 && x->at_once)
		return 0;
	if (r < 0)
		return -1;
	if (sync_expect_from(&peer, SYNC_READY, &m, e) < 0) {
		if (e->code != EPIPE && e->code != ECONNRESET)
			return -1;
		status = proc_end_clone(x->pidfd, x->pid, &x->stillborn);
		return status < 0 ? -1 : exec_ended(x, peer.name, status, e);
	}
	x->master = m.fd;
	if (handout_rlimits(&x->plan.process, x->pid, (uint32_t)m.value, e) < 0)
		return -1;
	/* the process in between has it, and hands it down */
	return x->container.state.namespaces & CLONE_NEWPID
		? 0
		: handout_oom_score(&x->plan.process, x->pid, x->proc_fd, e);
}

static int bring_up(struct exec *x, struct err *e)
{
	if (try_to_bring_up(x, e) == 0)
		return 0;
	if (!x->stillborn || x->cgroup_fd < 0 || x->attach)
		return -1;
	/* not by the kernel, but by somebody who wants all of the container gone: it has been
	 * frozen, or its init has ended */
	if (cg_frozen(x->cgroup_fd) > 0 || proc_wait_end(x->init_fd, 0))
		return -1;
	def_close(&x->sync);
	def_close(&x->pidfd);
	x->sync = x->pidfd = -1;
	x->enters = true;
	err_init(e);
	return try_to_bring_up(x, e);
}

static int let_go(struct exec *x, struct foreground *f, struct err *e)
{
	const struct exec_options *o = x->options;
	auto_close int agent = -1;

	if (agent_connect(x->plan.listener.path, &agent, e) < 0)
		return -1;
	if (handout_terminal(o->console_socket, &x->master, e) < 0 ||
		handout_pidfd("--pidfd-socket", o->pidfd_socket, "setns", x->pidfd, e) < 0 ||
		handout_pid(&x->arena, o->pid_file, x->pid, e) < 0)
		return -1;
	if (!(o->flags & EXEC_DETACH) && foreground_relay(f, &x->master, e) < 0)
		return -1;
	if (sync_send(x->sync, SYNC_COMMIT, (int32_t)x->pid, -1) < 0 ||
		sync_send(x->sync, SYNC_START, 0, -1) < 0 ||
		(agent >= 0 && sync_send(x->sync, SYNC_LISTENER, 0, agent) < 0))
		return err_sys(e, errno, "tell the program's process to go on");
	/* the end of what the agent reads is for the program's process to give */
	def_close(&agent);
	agent = -1;
	if (exec_await(x, x->sync, e) < 0 || launch_result(x->sync, x->failure, e) < 0)
		return -1;
	return o->flags & EXEC_DETACH
		? launch_executed(x->pidfd, x->pid, "the program's process", e)
		: 0;
}

/* It is always reaped: an unreaped one would keep the container's pid namespace from ending. */
static void give_up(struct exec *x)
{
	exec_kill_sub(x);
	if (x->pidfd >= 0) {
		if (proc_end_child(x->pidfd, x->pid) < 0 && errno != ECHILD)
			log_warning("process %d could not be ended: %s", (int)x->pid,
				err_errno_text(errno));
	}
	handout_take_back(x->options->pid_file, x->pid);
	exec_end_sub(x);
}

static int execute(struct exec *x, struct foreground *f, int *ret_status, struct err *e)
{
	int status = 0;

	if (bring_up(x, e) < 0 || (!x->at_once && let_go(x, f, e) < 0))
		return -1;
	f->deadline = x->deadline;
	if (x->options->flags & EXEC_DETACH)
		return 0;
	if (x->at_once && !x->sub)
		release(x);
	status = foreground_wait(f, x->pidfd, x->pid, e);
	if (status < 0)
		return e->code == ETIMEDOUT ? exec_timed_out(x, e) : -1;
	def_close(&x->pidfd); /* it is reaped */
	x->pidfd = -1;
	if (x->at_once && launch_result(x->sync, x->failure, e) < 0)
		return -1;
	log_debug("process %d has ended, exit status %d", (int)x->pid, status);
	*ret_status = status;
	exec_end_sub(x);
	return 0;
}

int ctr_exec(const struct store *s, const struct exec_options *o, int *ret_status, struct err *e)
{
	auto_exec struct exec x = {
		.options = o,
		.proc_fd = -1,
		.init_fd = -1,
		.root_fd = -1,
		.cgroup_fd = -1,
		.sync = -1,
		.pidfd = -1,
		.master = -1,
	};
	auto_foreground struct foreground f;

	*ret_status = 0;
	container_init(&x.container);
	foreground_init(&f);
	x.foreground = &f;
	if (prepare(&x, s, e) < 0)
		return -1;
	if ((o->flags & EXEC_DETACH) || foreground_signals(&f, e) == 0) {
		if (execute(&x, &f, ret_status, e) == 0)
			return 0;
	}
	give_up(&x);
	if (f.stopped)
		*ret_status = 128 + f.stopped;
	if (e->code == ETIMEDOUT && x.deadline != DEADLINE_NONE && deadline_left(x.deadline) == 0)
		*ret_status = EXEC_TIMED_OUT;
	return -1;
}
