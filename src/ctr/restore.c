/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: a restore is a create in which criu takes the place of init. Everything around the
 * processes is made by the same steps: the claim on the id, the cgroup with its limits and device
 * filter, systemd's scope, the records, and the undo. The first process is our child, as init is.
 *
 * criu calls us back. "setup-namespaces": the first process exists, alone, in its new namespaces:
 * what create does to init from outside is done now. "post-restore": all processes are there and
 * stand still: they get the limits that wait until then, and the container is recorded before any
 * of them runs. */
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "criu_labels.h"
#include "ctr/notify.h"
#include "foreground.h"
#include "images.h"
#include "kern/ns.h"
#include "kern/proc.h"
#include "kern/syscalls.h"
#include "launch.h"
#include "restore_root.h"

struct restore {
	struct launch l;
	struct images images;
	struct restore_home home;
	const struct checkpoint_options *options;
	int holder;    /* pidfd of the process that keeps the scope, -1: none */
	struct err *e; /* what an event gets wrong */
	bool failed;   /* it did */
	bool recorded;
	size_t net_devices; /* in the plan, with those that the host does not have any more */
};

#define auto_restore __attribute__((cleanup(restore_done)))

enum { HOLDER_MS = 10000 };

static void end_holder(struct restore *r)
{
	if (r->holder < 0)
		return;
	if (proc_signal(r->holder, SIGKILL) == 0 && proc_wait_end(r->holder, HOLDER_MS))
		(void)!proc_reap(r->holder);
	def_close(&r->holder);
	r->holder = -1;
}

static void restore_done(struct restore *r)
{
	end_holder(r);
	images_done(&r->images);
	def_close(&r->home.mounts);
	def_close(&r->home.cgroup);
	launch_done(&r->l);
}

/* ---- what criu has to be told ---- */

static void add_mount(struct criu_job *j, const char *name, const char *source)
{
	j->mounts[j->n_mounts++] = (struct criu_pair){ name, source };
}

static void add_mounts(struct restore *r)
{
	const struct plan_root *root = &r->l.plan.root;
	struct criu_job *j = &r->images.job;

	j->mounts = arena_array(&r->l.arena, root->n_build + 2, sizeof(*j->mounts));
	for (size_t i = 0; i < root->n_build; i++) {
		const struct op *op = &root->build[i];

		if (op->kind == OP_BIND)
			add_mount(j, op->target, op->mount.source);
		else if (op->kind == OP_NODE)
			add_mount(j, op->target, op->target);
	}
	/* of masked files */
	add_mount(j, "/dev/null", "/dev/null");
	/* it may have been made under a service manager, whoever calls now */
	if (!notify_wanted())
		add_mount(j, "/run/notify",
			arena_fmt(&r->l.arena, "%s/%s/%s", r->l.store->path, r->l.options.id,
				NOTIFY_DIR));
}

/* fd as key; it stays open in criu */
static int inherit(struct restore *r, int fd, const char *key, struct err *e)
{
	struct criu_job *j = &r->images.job;

	if (fd > STDERR_FILENO && fcntl(fd, F_SETFD, 0) < 0)
		return err_sys(e, errno, "keep descriptor %d open for criu", fd);
	j->inherit[j->n_inherit++] = (struct criu_fd){ fd, key };
	return 0;
}

static const char *join_name(unsigned type)
{
	switch (type) {
	case CLONE_NEWIPC:
		return "ipc";
	case CLONE_NEWUTS:
		return "uts";
	case CLONE_NEWUSER:
		return "user";
	case CLONE_NEWNS:
		return "mnt";
	case CLONE_NEWTIME:
		return "time";
	default:
		return NULL;
	}
}

static int add_namespaces(struct restore *r, struct err *e)
{
	struct plan_namespaces *ns = &r->l.plan.ns;
	struct criu_job *j = &r->images.job;

	j->join = arena_array(&r->l.arena, ns->n_join, sizeof(*j->join));
	for (size_t i = 0; i < ns->n_join; i++) {
		struct plan_join *join = &ns->join[i];
		const char *name = join_name(join->type);
		int error = 0;

		join->fd = ns_open(join->path, join->type, e);
		if (join->fd < 0)
			return err_in(e, "%s", join->where);
		if (join->type == CLONE_NEWNET)
			error = inherit(r, join->fd, IMAGES_NET, e);
		else if (join->type == CLONE_NEWPID)
			error = inherit(r, join->fd, IMAGES_PID, e);
		else
			j->join[j->n_join++] = (struct criu_pair){ name, join->path };
		if (error < 0)
			return -1;
	}
	return 0;
}

/* our own standard descriptors in the place of those that led out of the container */
static int add_descriptors(struct restore *r, struct err *e)
{
	auto_str struct str text = { 0 };
	struct json_doc doc;
	const char **links;
	size_t n = 0;

	if (fd_read_at(r->images.job.images, IMAGES_DESCRIPTORS, 0, LIMIT_KERNEL_FILE, &text) < 0)
		return err_sys(e, errno, "--image-path: read \"%s/%s\"", r->options->images,
			IMAGES_DESCRIPTORS);
	/* the keys are used long after the text has gone: they live in the arena */
	if (json_parse(&r->l.arena, IMAGES_DESCRIPTORS, str_text(&text), text.len, &doc, e) < 0)
		return -1;
	if (!json_strings(&doc, doc.root, &links, &n))
		return json_finish(&doc, e);
	for (size_t i = 0; i < n && i <= STDERR_FILENO; i++) {
		bool terminal = str_after(links[i], "tty[");

		if (terminal && !isatty((int)i))
			return err_set(e, ENOTTY,
				"descriptor %zu was a terminal at the checkpoint, and must be one for a restore",
				i);
		/* criu would take standard input for it, which it has then given away as ours */
		if (terminal)
			r->images.job.flags &= ~(unsigned)CRIU_SHELL_JOB;
		if ((terminal || str_after(links[i], "pipe:[") || str_after(links[i], "file[")) &&
			inherit(r, (int)i, links[i], e) < 0)
			return -1;
	}
	return 0;
}

static int fill_job(struct restore *r, struct err *e)
{
	const struct config *c = &r->l.config;
	struct criu_job *j = &r->images.job;

	j->log = "restore.log";
	j->flags |= CRIU_EVASIVE_DEVICES;
	j->config = images_config(c->annotations, c->n_annotations);
	j->inherit = arena_array(&r->l.arena, r->l.plan.ns.n_join + STDERR_FILENO + 1,
		sizeof(*j->inherit));
	add_mounts(r);
	return add_namespaces(r, e) < 0 || add_descriptors(r, e) < 0 ? -1 : 0;
}

/* ---- events ---- */

/* A network namespace comes back empty. What create does in a new one: the loopback device and
 * sysctls, both from inside. */
static int setup_network(struct restore *r, struct err *e)
{
	struct launch *l = &r->l;
	auto_close int own = -1, theirs = -1;
	char path[32];
	int error = 0;

	if (!l->plan.ns.loopback)
		return 0;
	(void)snprintf(path, sizeof(path), "%d/ns/net", (int)l->pid);
	own = openat(l->proc_fd, "self/ns/net", O_RDONLY | O_CLOEXEC);
	theirs = openat(l->proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (own < 0 || theirs < 0 || setns(theirs, CLONE_NEWNET) < 0)
		return err_sys(e, errno, "enter the container's network namespace");
	error = ns_loopback_up(e);
	for (size_t i = 0; i < l->plan.n_sysctl && error == 0; i++) {
		const struct plan_sysctl *s = &l->plan.sysctl[i];

		if (!str_after(s->path, "net/"))
			continue;
		if (fd_write_at(l->proc_fd, arena_fmt(&l->arena, "sys/%s", s->path), 0, s->value,
			    strlen(s->value)) < 0)
			error = err_sys(e, errno, "%s: write \"%s\"", s->where, s->value);
	}
	if (setns(own, CLONE_NEWNET) < 0)
		return err_sys(e, errno, "return to the network namespace of the caller");
	return error;
}

/* What was moved into a namespace that has a path is there still. Of one of the container's own
 * devices of hardware have come back to the host when it ended, and go in again; virtual ones have
 * ended with it, and come behind the others in the plan. */
static void keep_net_devices(struct restore *r)
{
	struct plan *p = &r->l.plan;
	size_t n = 0;

	if (!plan_join_of(&p->ns, CLONE_NEWNET))
		r->net_devices = p->n_net_devices;
	for (size_t i = 0; i < r->net_devices; i++) {
		const struct netdev device = p->net_devices[i];

		if (if_nametoindex(device.name) == 0)
			continue;
		p->net_devices[i] = p->net_devices[n];
		p->net_devices[n++] = device;
	}
	p->n_net_devices = n;
}

/* Not before criu has compared standard error with what it was: a word of ours makes a file longer.
 */
static void tell_net_devices(const struct restore *r)
{
	const struct plan *p = &r->l.plan;

	for (size_t i = p->n_net_devices; i < r->net_devices; i++)
		log_warning("%s: network device \"%s\" is not there any more: restored without it",
			p->net_devices[i].where, p->net_devices[i].name);
}

static int setup(struct restore *r, pid_t pid, struct err *e)
{
	struct launch *l = &r->l;

	l->pid = pid;
	l->pidfd = sys_pidfd_open(pid, 0);
	if (l->pidfd < 0)
		return err_sys(e, errno, "open process %d", (int)pid);
	if (launch_rdt_enter(l, e) < 0 || setup_network(r, e) < 0)
		return -1;
	keep_net_devices(r);
	return launch_host_hooks(l, e);
}

static int record(struct restore *r, pid_t pid, struct err *e)
{
	struct launch *l = &r->l;

	unsigned types;

	if (l->pidfd < 0 && setup(r, pid, e) < 0)
		return -1;
	/* criu makes more than the configuration asks for: a time namespace, so that clocks go on.
	 * An exec has to be in that, too. */
	if (ns_elsewhere(l->proc_fd, pid, &types, e) < 0)
		return -1;
	l->container.state.namespaces |= types;
	if (launch_late_limits(l, e) < 0 || launch_record(l, e) < 0)
		return -1;
	launch_net_settle(l);
	r->recorded = true;
	return 0;
}

static int on_event(void *arg, const char *event, pid_t pid, int master)
{
	struct restore *r = arg;
	int error = restore_return(&r->home, r->e);

	if (master >= 0) {
		def_close(&r->l.master);
		r->l.master = master;
		(void)fcntl(master, F_SETFD, FD_CLOEXEC);
	}
	if (error == 0 && str_eq(event, "setup-namespaces"))
		error = setup(r, pid, r->e);
	else if (error == 0 && str_eq(event, "post-restore"))
		error = record(r, pid, r->e);
	r->failed |= error < 0;
	return error;
}

/* ---- steps ---- */

/* A scope of systemd needs a process to be made around: one that waits for its end, and has it with
 * us at the latest. */
static int make_scope(struct restore *r, struct err *e)
{
	struct launch *l = &r->l;
	struct clone_args a = { .flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uintptr_t)&r->holder,
		.exit_signal = SIGCHLD };
	int error;

	if (!l->plan.cgroup.scope)
		return 0;
	l->pid = sys_clone3(&a);
	if (l->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)!fd_close_range(0, ~0u);
		for (;;)
			(void)pause();
	}
	if (l->pid < 0)
		return err_sys(e, errno, "clone a process to keep the scope");
	l->pidfd = r->holder;
	error = launch_scope_start(l, e);
	l->pid = 0;
	l->pidfd = -1;
	return error;
}

/* The container's cgroup is there already, by ourselves. "strict" is about what others have made:
 * in a new one nothing is in the way of what the images have. */
static int set_cgroups(struct restore *r, struct err *e)
{
	const struct state *s = &r->l.container.state;
	struct criu_job *j = &r->images.job;

	j->cgroups = images_cgroups(r->options, s->cgroup_mount);
	if (!r->l.plan.cgroup.path)
		j->cgroups = CRIU_CGROUPS_IGNORE;
	if (j->cgroups == CRIU_CGROUPS_IGNORE)
		return 0;
	if (j->cgroups == CRIU_CGROUPS_STRICT && !s->cgroup_made)
		return err_set(e, EEXIST,
			"--manage-cgroups-mode strict: cgroup \"%s\" is there already", s->cgroup);
	if (j->cgroups == CRIU_CGROUPS_STRICT)
		j->cgroups = CRIU_CGROUPS_FULL;
	j->cgroup_root = r->l.plan.cgroup.path;
	return 0;
}

static int run_criu(struct restore *r, struct err *e)
{
	struct launch *l = &r->l;
	struct criu_job *j = &r->images.job;
	const char *mount = l->container.state.cgroup_mount ? l->container.state.cgroup_mount : "";
	auto_close int shared = -1;
	const char *options;
	struct err second;
	pid_t pid = 0;
	int error;

	if (set_cgroups(r, e) < 0)
		return -1;
	j->event = on_event;
	j->arg = r;
	r->e = &second;
	options = images_cgroup_options(&l->arena, mount);
	err_init(&second);
	error = restore_leave(l, j->cgroups == CRIU_CGROUPS_IGNORE ? RESTORE_CGROUP : 0, &r->home,
		&j->root, e);
	if (error == 0)
		error = images_open(&r->images, &l->arena, r->options, 0, e);
	if (error == 0)
		shared = restore_share_images(l, &j->images);
	if (error == 0)
		error = criu_restore(r->images.criu, j, &pid, e);
	if (restore_return(&r->home, &second) < 0)
		r->failed = true;
	restore_forget(l);
	images_cgroup_restore(&l->arena, mount, options);
	if (r->failed)
		*e = second;
	if (error == 0 && !r->recorded && !r->failed)
		return err_set(e, EPROTO,
			"criu says that process %d is restored, and never asked to record it", pid);
	if (error < 0 || r->failed)
		return -1;
	return labels_back(l, r->options->lsm_profile, l->pid, e);
}

static int make(struct restore *r, struct err *e)
{
	struct launch *l = &r->l;

	if (launch_claim(l, e) == 0 && notify_prepare(&l->container, e) == 0 &&
		make_scope(r, e) == 0 && run_criu(r, e) == 0) {
		end_holder(r);
		tell_net_devices(r);
		return 0;
	}
	end_holder(r);
	return launch_undo(l);
}

static int stay(struct restore *r, struct foreground *f, int *ret_status, struct err *e)
{
	struct launch *l = &r->l;

	if (foreground_relay(f, &l->master, e) < 0)
		return launch_undo(l);
	return launch_stay(l, f, ret_status, e);
}

int ctr_restore(const struct store *s, const struct create_options *c,
	const struct checkpoint_options *o, int *ret_status, struct err *e)
{
	auto_restore struct restore r = { .options = o, .holder = -1, .home = { -1, -1 } };
	bool detach = c->flags & CREATE_DETACH;
	auto_foreground struct foreground f;

	*ret_status = 0;
	launch_init(&r.l, s, c);
	foreground_init(&f);
	if (images_init(&r.images, &r.l.arena, o, e) < 0 ||
		images_open(&r.images, &r.l.arena, o, 0, e) < 0 || launch_prepare(&r.l, e) < 0 ||
		images_check(&r.l.plan, e) < 0 || labels_try(&r.l, o->lsm_profile, e) < 0 ||
		fill_job(&r, e) < 0)
		return -1;
	if (launch_stoppable(&r.l, e) < 0 || (!detach && foreground_signals(&f, e) < 0))
		return -1;
	if (make(&r, e) < 0)
		return -1;
	return detach ? 0 : stay(&r, &f, ret_status, e);
}
