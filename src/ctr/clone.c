/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: init is made by one clone3 call, in its cgroup and in all its new namespaces from its
 * first instruction. Three things cannot be had that way. A new user namespace must come after the
 * joins that need the host's privileges: then a short-lived process in between joins them and makes
 * init by the same call with CLONE_PARENT, so that init is our child in either case. A pid
 * namespace is joined by one's children only, and who is in it must not see what init has of the
 * host: then our child joins and makes all others and goes through the first half of the stages,
 * and its child, made with CLONE_PARENT too, is the init that stays (init/appear.c). The last one
 * is uid_map, which only a process outside can write: init waits for it. */
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/log.h"
#include "init/init.h"
#include "kern/cgroup.h"
#include "kern/idmap.h"
#include "kern/mnt.h"
#include "kern/ns.h"
#include "kern/proc.h"
#include "kern/sync.h"
#include "kern/syscalls.h"
#include "launch.h"

/* The process in between cannot be: its child would be seen in the pid namespace (init/appear.c).
 */
static bool unshares(const struct plan_namespaces *ns)
{
	return plan_join_of(ns, CLONE_NEWPID) && plan_in_userns(ns);
}

static bool needs_stage(const struct plan_namespaces *ns)
{
	if (plan_join_of(ns, CLONE_NEWPID))
		return false;
	if (plan_join_of(ns, CLONE_NEWUSER))
		return true;
	return (ns->fresh & CLONE_NEWUSER) &&
		ns->n_join > (plan_join_of(ns, CLONE_NEWNS) ? 1u : 0u);
}

/* A source that is a symbolic link is made again inside; nothing is mounted. */
static int copy_symlink(struct launch *l, struct op *op, struct err *e)
{
	char text[PATH_MAX];
	ssize_t n = readlink(op->mount.source, text, sizeof(text));

	if (n < 0 && errno == EINVAL)
		return 0; /* it is something else: mounted */
	if (n < 0 || (size_t)n == sizeof(text))
		return err_sys(e, n < 0 ? errno : ENAMETOOLONG, "read mount source \"%s\"",
			op->mount.source);
	op->kind = OP_LINK;
	op->flags = OP_SAME;
	op->link_to = arena_dup(&l->arena, text, (size_t)n);
	return 0;
}

/* init makes the mount, and maps its ids by this user namespace */
static int open_idmap(struct launch *l, struct op_mount *m, struct err *e)
{
	int fd = idmap_userns(l->proc_fd, m->uids, m->n_uids, m->gids, m->n_gids, e);

	if (fd < 0)
		return -1;
	m->idmap_fd = fd;
	return 0;
}

/* the ids of the user namespace that is joined; our own one has nothing to map */
static int map_by_joined(struct launch *l, struct op *op, struct err *e)
{
	int userns = plan_join_of(&l->plan.ns, CLONE_NEWUSER)->fd;

	if (ns_is_own(l->proc_fd, userns, CLONE_NEWUSER))
		return 0;
	return mnt_idmap(op->mount.source_fd, op->flags & OP_IDMAP_REC ? MNT_REC : 0, userns,
		op->mount.source, e);
}

static int open_source(struct launch *l, struct op *op, struct err *e)
{
	struct op_mount *m = &op->mount;
	unsigned rec = op->flags & OP_IDMAP_REC ? MNT_REC : 0;
	auto_close int userns = -1;

	if (op->flags & OP_INSIDE)
		return m->uids ? open_idmap(l, m, e) : 0;
	m->source_fd = mnt_clone(AT_FDCWD, m->source,
		(op->flags & OP_REC ? MNT_REC : 0) |
			(op->flags & OP_SRC_NOFOLLOW ? MNT_NOFOLLOW : 0));
	if (m->source_fd < 0) {
		/* without privileges here, init opens it in its own user namespace */
		if (errno == EPERM && !m->uids && !(op->flags & OP_JOINED_IDMAP))
			return 0;
		return err_sys(e, errno, "open mount source \"%s\"", m->source);
	}
	if (op->flags & OP_JOINED_IDMAP)
		return map_by_joined(l, op, e);
	if (!m->uids)
		return 0;
	userns = idmap_userns(l->proc_fd, m->uids, m->n_uids, m->gids, m->n_gids, e);
	if (userns < 0)
		return -1;
	return mnt_idmap(m->source_fd, rec, userns, m->source, e);
}

/* CLONE_NEW* that the container gets settings of its own in. Whose path leads back to our own
 * namespace would change the host. */
static unsigned changed_namespaces(const struct config *c)
{
	unsigned r = c->hostname || c->domainname ? CLONE_NEWUTS : 0;

	for (size_t i = 0; i < c->linux.n_sysctl; i++)
		r |= c->linux.sysctl[i].ns;
	return r;
}

static int open_join(struct launch *l, struct plan_join *j, struct err *e)
{
	j->fd = ns_open(j->path, j->type, e);
	if (j->fd < 0)
		return -1;
	if ((changed_namespaces(&l->config) & j->type) && ns_is_own(l->proc_fd, j->fd, j->type))
		return err_set(e, EPERM,
			"\"%s\" is the %s namespace of the host, which linux.sysctl, hostname or domainname would change",
			j->path, ns_name(j->type));
	return 0;
}

/* Every bind mount is a descriptor until the tree is built. The usual soft limit is for programs
 * that use select(2); what cannot be had shows when it is needed. */
static void raise_fd_limit(struct launch *l)
{
	enum { OTHERS = 64 };
	size_t wanted = l->plan.root.n_build + l->plan.process.keep_fds + OTHERS;
	struct rlimit more;

	if (l->plan.root.n_build < OTHERS || getrlimit(RLIMIT_NOFILE, &l->nofile) < 0 ||
		l->nofile.rlim_cur >= wanted)
		return;
	more = (struct rlimit){ l->nofile.rlim_max, l->nofile.rlim_max };
	l->more_fds = setrlimit(RLIMIT_NOFILE, &more) == 0;
}

/* back to what the caller gave us, once init has its copies of the sources */
static void forget_sources(struct launch *l)
{
	const struct plan_root *root = &l->plan.root;

	for (size_t i = 0; i < root->n_build; i++) {
		struct op *op = &root->build[i];

		if (op->kind == OP_BIND || op->kind == OP_MOUNT) {
			def_close(&op->mount.source_fd);
			op->mount.source_fd = -1;
			if (plan_asks_for_map(&l->plan, op))
				continue; /* see map_for_init */
			if (op->mount.idmap_fd)
				def_close(&op->mount.idmap_fd);
			if (op->mount.instead_fd)
				def_close(&op->mount.instead_fd);
			op->mount.idmap_fd = op->mount.instead_fd = 0;
		}
	}
	if (l->more_fds)
		(void)setrlimit(RLIMIT_NOFILE, &l->nofile);
}

/* Without what is mounted below it, which a user namespace cannot leave out. 0: init tries */
static int open_instead(const struct op_mount *m)
{
	int fd = mnt_clone(AT_FDCWD, m->instead, 0);

	return fd < 0 ? 0 : fd;
}

int launch_sources(struct launch *l, struct err *e)
{
	struct plan *p = &l->plan;
	bool userns = plan_in_userns(&p->ns);

	raise_fd_limit(l);
	/* first: a bind mount may be mapped by one of them */
	for (size_t i = 0; i < p->ns.n_join; i++) {
		struct plan_join *j = &p->ns.join[i];

		if (open_join(l, j, e) < 0)
			return err_in(e, "%s", j->where);
	}
	for (size_t i = 0; i < p->root.n_build; i++) {
		struct op *op = &p->root.build[i];

		if (op->kind == OP_BIND && (op->flags & OP_COPY_SYMLINK) &&
			copy_symlink(l, op, e) < 0)
			return err_in(e, "%s", op->where);
	}
	launch_inside(l);
	for (size_t i = 0; i < p->root.n_build; i++) {
		struct op *op = &p->root.build[i];

		if (op->kind == OP_BIND && (userns || op->mount.uids) && open_source(l, op, e) < 0)
			return err_in(e, "%s", op->where);
		if (op->kind == OP_MOUNT && op->mount.uids && open_idmap(l, &op->mount, e) < 0)
			return err_in(e, "%s", op->where);
		if (op->kind == OP_MOUNT && (op->flags & OP_HOST_SYS) && userns)
			op->mount.instead_fd = open_instead(&op->mount);
		if (op->kind == OP_NODE && op->node.bind)
			op->node.source_fd = launch_node(&p->ns, op);
	}
	return launch_proc(l, e);
}

/* hexadecimal digits as the kernel writes them */
static uint64_t hexadecimal(const char *p)
{
	uint64_t r = 0;

	for (; (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'f'); p++)
		r = r << 4 | (uint64_t)(*p <= '9' ? *p - '0' : *p - 'a' + 10);
	return r;
}

/* Signals that the caller ignores stay ignored over clone3 and execve, which is nothing a program
 * expects: a shell started by nohup, a Python program (SIGPIPE). The list is the kernel's own. */
uint64_t launch_ignored_signals(int proc_fd)
{
	auto_str struct str status = { 0 };
	const char *line;

	if (fd_read_at(proc_fd, "self/status", 0, 1 << 16, &status) < 0 ||
		!(line = strstr(str_text(&status), "\nSigIgn:\t")))
		return 0;
	return hexadecimal(line + strlen("\nSigIgn:\t"));
}

void launch_reset_signals(uint64_t ignored)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	for (int sig = 1; sig <= 64; sig++) {
		const struct sigaction dfl = { .sa_handler = SIG_DFL };

		if (ignored >> (sig - 1) & 1)
			(void)sigaction(sig, &dfl, NULL);
	}
}

struct child {
	struct launch *l;
	struct init_args args;
	uint64_t ignored;
};

static NORETURN void child_main(const struct child *c)
{
	const struct launch *l = c->l;
	const int parents[] = { l->sync, l->container.dir_fd, l->store->fd, l->cgroup_fd,
		l->bundle_fd, l->rootfs_fd, systemd_fd(l->systemd) };

	/* what is the parent's alone: the lock hangs on the state directory's descriptor */
	for (size_t i = 0; i < ARRAY_LEN(parents); i++)
		def_close(&(int){ parents[i] });
	launch_reset_signals(c->ignored);
	init_main(&c->args);
}

void launch_into(const struct launch *l, struct clone_args *a)
{
	if (l->cgroup_fd < 0 || (l->options.flags & CREATE_ENTER))
		return;
	a->flags |= CLONE_INTO_CGROUP;
	a->cgroup = (uint64_t)l->cgroup_fd;
}

/* What the kernel says of the cgroup (cgroup_migrate_vet_dst), in the words of `exec` */
static int cgroup_error(const struct launch *l, int code, struct err *e)
{
	const char *path = l->plan.cgroup.path;

	if (code == EBUSY)
		return err_sys(e, code,
			"clone init into cgroup \"%s\", which hands controllers to its children (cgroup.subtree_control): "
			"switch these off, or choose another linux.cgroupsPath",
			path);
	return err_sys(e, code,
		"clone init into cgroup \"%s\", which must be of type \"domain\" (cgroup.type): a cgroup above it is one of threads",
		path);
}

int launch_enter(const struct launch *l, struct err *e)
{
	if (l->cgroup_fd < 0 || !(l->options.flags & CREATE_ENTER) ||
		cg_enter(l->cgroup_fd, l->plan.cgroup.path, e) == 0)
		return 0;
	return e->code == EBUSY || e->code == EOPNOTSUPP ? cgroup_error(l, e->code, e) : -1;
}

bool launch_again(struct launch *l, struct err *e)
{
	if (!l->again || (l->options.flags & CREATE_ENTER))
		return false;
	log_debug("%s: once more", err_text(e));
	err_init(e);
	l->options.flags |= CREATE_ENTER;
	log_hush(); /* up to where the first try has come */
	return true;
}

static struct clone_args clone_args(const struct plan_namespaces *ns, int *pidfd)
{
	/* cgroup and time namespaces are made by init itself, see init/namespaces.c */
	return (struct clone_args){
		.flags = CLONE_PIDFD |
			(unshares(ns) ? 0
				      : ns->fresh & ~(unsigned)(CLONE_NEWCGROUP | CLONE_NEWTIME)),
		.pidfd = (uintptr_t)pidfd,
	};
}

static int clone_error(const struct launch *l, int code, struct err *e)
{
	const struct plan_namespaces *ns = &l->plan.ns;

	if (l->cgroup_fd >= 0 && (code == EBUSY || code == EOPNOTSUPP))
		return cgroup_error(l, code, e);
	if (code == EPERM && !(ns->fresh & CLONE_NEWUSER))
		return err_sys(e, code,
			"clone init: making namespaces needs CAP_SYS_ADMIN or a user namespace in linux.namespaces");
	if (code == EPERM)
		return err_sys(e, code,
			"clone init: a user namespace cannot be made from inside a chroot, nor where the system forbids it "
			"(/proc/sys/kernel/unprivileged_userns_clone)");
	if (code == EACCES)
		return err_sys(e, code,
			"clone init into its cgroup: cgroup.procs of the nearest cgroup above it and the caller's must be writable");
	if (code == ENOSPC)
		return err_sys(e, code,
			"clone init: the limit of namespaces is reached (/proc/sys/user/max_*_namespaces)");
	return err_sys(e, code, "clone init");
}

static NORETURN void direct_main(const struct child *c)
{
	struct err e;

	err_init(&e);
	if (launch_enter(c->l, &e) < 0)
		_exit(sync_send_error(c->args.sync, &e));
	child_main(c);
}

static int clone_direct(struct launch *l, const struct child *c, struct err *e)
{
	struct clone_args a = clone_args(&l->plan.ns, &l->pidfd);

	a.flags |= CLONE_CLEAR_SIGHAND;
	a.exit_signal = SIGCHLD;
	launch_into(l, &a);
	l->pid = sys_clone3(&a);
	if (l->pid == 0)
		direct_main(c);
	return l->pid < 0 ? clone_error(l, errno, e) : 0;
}

/* The process in between; report is its end of a socket pair. */
static NORETURN void stage_main(const struct child *c, int report)
{
	const struct plan_namespaces *ns = &c->l->plan.ns;
	struct child init = *c;
	int pidfd = -1;
	struct clone_args a = clone_args(ns, &pidfd);
	struct err e;
	pid_t pid;

	err_init(&e);
	init.args.flags |= INIT_STAGED;
	/* who is in the user and pid namespaces already could trace init from its first
	 * instruction; where init still needs its files in /proc it sees to that later */
	if (!(ns->fresh & (CLONE_NEWUSER | CLONE_NEWTIME)) && init_undumpable(&e) < 0)
		goto fail;
	if (launch_enter(c->l, &e) < 0 || init_join(ns, c->l->proc_fd, &e) < 0)
		goto fail;
	a.flags |= CLONE_PARENT | CLONE_CLEAR_SIGHAND;
	pid = sys_clone3(&a);
	if (pid == 0) {
		def_close(&report);
		child_main(&init);
	}
	if (pid > 0) {
		(void)!sync_send(report, SYNC_CHILD, pid, pidfd);
		_exit(0);
	}
	clone_error(c->l, errno, &e);
fail:
	(void)!sync_send_error(report, &e);
	_exit(1);
}

static int clone_staged(struct launch *l, const struct child *c, struct err *e)
{
	struct clone_args a = { .flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.exit_signal = SIGCHLD };
	int pair[2], stage_fd = -1, r;
	struct sync_peer peer = { .name = "the process that joins namespaces" };
	struct sync_message m = { .fd = -1 };
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, errno, "create a socket pair");
	peer.sock = pair[0];
	a.pidfd = (uintptr_t)&stage_fd;
	/* init inherits it; the joined user namespace may have no right to enter */
	launch_into(l, &a);
	pid = sys_clone3(&a);
	if (pid == 0) {
		def_close(&pair[0]);
		stage_main(c, pair[1]);
	}
	def_close(&pair[1]);
	r = pid < 0 ? clone_error(l, errno, e) : launch_expect_from(l, &peer, SYNC_CHILD, &m, e);
	def_close(&pair[0]);
	if (pid > 0)
		launch_end_helper(l, &peer, pid, stage_fd, r < 0 ? e : NULL);
	def_close(&stage_fd);
	if (r < 0)
		return -1;
	l->pid = m.value;
	l->pidfd = m.fd;
	return 0;
}

/* what init waits for: its id maps, its place in a scope of systemd */
static int let_go(struct launch *l, struct err *e)
{
	const struct plan_namespaces *ns = &l->plan.ns;
	struct sync_message m;

	if (!(ns->fresh & CLONE_NEWUSER) && !l->plan.cgroup.scope)
		return 0;
	if ((ns->fresh & CLONE_NEWUSER) && unshares(ns) &&
		launch_expect(l, SYNC_UNSHARED, &m, e) < 0)
		return -1;
	if ((ns->fresh & CLONE_NEWUSER) &&
		(idmap_write(l->proc_fd, l->pid, ns->uids, ns->n_uids, ns->gids, ns->n_gids,
			 ns->map_flags, e) < 0 ||
			launch_oom_score(l, e) < 0))
		return -1;
	/* With hidepid /proc shows it only until it takes ids that are not ours. */
	if ((ns->fresh & CLONE_NEWUSER) && proc_identify(l->pidfd, l->pid, &l->id, e) < 0)
		return -1;
	return sync_send(l->sync, SYNC_GO, 0, -1) < 0 ? err_sys(e, errno, "tell init to go on") : 0;
}

static int map_one(struct launch *l, struct op *op, struct err *e)
{
	struct op_mount *m = &op->mount;
	unsigned rec = op->flags & OP_IDMAP_REC ? MNT_REC : 0;
	struct sync_message r;
	int done;

	if (launch_expect(l, SYNC_MOUNT, &r, e) < 0)
		return -1;
	m->source_fd = r.fd;
	done = op->flags & OP_JOINED_IDMAP ? map_by_joined(l, op, e)
					   : mnt_idmap(r.fd, rec, m->idmap_fd, m->source, e);
	def_close(&m->source_fd);
	m->source_fd = -1;
	if (m->idmap_fd)
		def_close(&m->idmap_fd);
	m->idmap_fd = 0;
	if (done < 0)
		return err_in(e, "%s", op->where);
	return sync_send(l->sync, SYNC_GO, 0, -1) < 0 ? err_sys(e, errno, "tell init to go on") : 0;
}

/* Mounts that init finds in its tree and that only we may map. */
static int map_for_init(struct launch *l, struct err *e)
{
	const struct plan_root *root = &l->plan.root;

	for (size_t i = 0; i < root->n_build; i++) {
		if (plan_asks_for_map(&l->plan, &root->build[i]) &&
			map_one(l, &root->build[i], e) < 0)
			return -1;
	}
	return 0;
}

int launch_clone(struct launch *l, unsigned init_flags, struct err *e)
{
	const struct child c = {
		.l = l,
		.args = { .plan = &l->plan,
			.sync = l->init_sync,
			.start = l->start_sock,
			.proc = l->proc_fd,
			.failure = l->failure,
			.nofile = l->more_fds ? &l->nofile : NULL,
			.flags = init_flags | (unshares(&l->plan.ns) ? INIT_UNSHARE : 0) |
				(l->start_sock >= 0 && getauxval(AT_EUID) != 0 ? INIT_SHOWS : 0) },
		.ignored = launch_ignored_signals(l->proc_fd),
	};
	int r;

	log_speak();
	/* init starts in the root filesystem's directory: clone3 translates it into the new mount
	 * namespace, where no path leads to it */
	if (fchdir(l->rootfs_fd) < 0)
		return err_sys(e, errno, "enter root filesystem \"%s\"", l->plan.root.path);
	r = needs_stage(&l->plan.ns) ? clone_staged(l, &c, e) : clone_direct(l, &c, e);
	def_close(&l->init_sync);
	l->init_sync = -1;
	def_close(&l->start_sock);
	l->start_sock = -1;
	forget_sources(l);
	if (fchdir(l->bundle_fd) < 0 && r == 0)
		r = err_sys(e, errno, "enter bundle \"%s\"", l->bundle);
	if (r < 0 || launch_scope_start(l, e) < 0 || let_go(l, e) < 0)
		return -1;
	return map_for_init(l, e);
}

int launch_appear(struct launch *l, struct err *e)
{
	struct sync_message m;

	if (!plan_join_of(&l->plan.ns, CLONE_NEWPID))
		return 0;
	if (launch_expect(l, SYNC_CHILD, &m, e) < 0)
		return -1;
	launch_end_helper(l, NULL, l->pid, l->pidfd, NULL);
	def_close(&l->pidfd);
	l->pid = m.value;
	l->pidfd = m.fd;
	return sync_send(l->sync, SYNC_GO, 0, -1) < 0 ? err_sys(e, errno, "tell init to go on") : 0;
}
