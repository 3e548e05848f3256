/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: the process in between (init/exec.c says why there is one) lives for some 100 us, and most of that would be the copy of our
 * memory and its end. So it runs in our memory, and we stand still until it has left it (kern/clone.h); it leaves its answer where we look.
 * It can do so because it stays in the host's pid namespace, where nothing of the container sees it. The program's process, which the
 * container does see, is a copy.
 *
 * Standing still cannot be ended by a deadline: where one is given, or the container is paused, the process in between has a copy of our
 * memory, too, but for its answer. So it has where a time namespace is to be joined, which wants memory of one's own, and where
 * systemd has to put it into the cgroup (exec_attach.c), for which it waits. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "base/fd.h"
#include "exec_in.h"
#include "kern/cgroup.h"
#include "kern/clone.h"
#include "kern/deadline.h"
#include "kern/proc.h"
#include "kern/sync.h"
#include "launch.h"

enum { CLONE_TRIES = 16 };

/* what the process in between reads and writes */
struct stage {
	const struct exec *x;
	int sync;
	uint64_t ignored;
	bool begun; /* it has: whoever kills it now has not done so at birth (cg_enter) */
	pid_t pid;  /* of the program's process; 0: it could not be made */
	struct err e;
};

/* Where it has a copy of our memory, what it writes must be shared with it. */
struct stage_place {
	struct stage own, *at;
};

static int share(struct stage_place *p)
{
	struct stage *s =
		mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (s == MAP_FAILED)
		return -1;
	*s = p->own;
	p->at = s;
	return 0;
}

static struct init_args exec_args(const struct exec *x, int sync)
{
	return (struct init_args){
		.plan = &x->plan,
		.sync = sync,
		.start = -1,
		.proc = x->proc_fd,
		.failure = x->failure,
		.target = x->init_fd,
		.shown = x->shown.n ? &x->shown : NULL,
		.root = x->root_fd,
		.namespaces = (unsigned)x->container.state.namespaces,
		.flags = x->at_once ? INIT_AT_ONCE : 0U,
	};
}

/* In the process in between: keep nothing of the host that could be seen in what it clones. */
static int forget_host(struct init_args *args, struct err *e)
{
	const struct plan_process *p = &args->plan->process;
	/* what comes last: a filter, Landlock rules */
	const bool last = args->plan->filter.n || args->plan->landlock.given;
	int keep[] = { args->sync, args->target, args->setgroups };

	args->setgroups = openat(args->proc, "self/setgroups", O_RDONLY | O_CLOEXEC);
	keep[2] = args->setgroups;
	args->proc = args->root = -1;
	/* joining a user namespace makes dumpable again what fs.suid_dumpable allows */
	if (init_limit_caps(p, last && !p->no_new_privs, e) < 0 || init_undumpable(e) < 0)
		return -1;
	return fd_keep_only(3 + args->plan->process.keep_fds, keep, ARRAY_LEN(keep)) < 0
		? err_sys(e, errno, "close the descriptors of the host")
		: 0;
}

static int enter(const struct exec *x, struct err *e)
{
	return x->enters && x->cgroup_fd >= 0 ? cg_enter(x->cgroup_fd, x->cgroup, e) : 0;
}

/* The process in between; it is in the cgroup. */
static void stage_main(void *arg)
{
	struct stage *s = arg;
	struct init_args args = exec_args(s->x, s->sync);
	struct clone_args a = { .flags = CLONE_CLEAR_SIGHAND | CLONE_PARENT };
	pid_t pid;

	s->begun = true;
	/* with our end of the pair it would not notice that we are gone */
	if (s->x->attach)
		def_close(&(int){ s->x->sync });
	if (exec_wait_attached(s->x, s->sync, &s->e) < 0 || enter(s->x, &s->e) < 0)
		_exit(1);
	if (init_undumpable(&s->e) < 0 || exec_join(&args, &s->e) < 0 ||
		forget_host(&args, &s->e) < 0)
		_exit(1);
	args.flags |= INIT_STAGED;
	pid = sys_clone3(&a);
	if (pid == 0) {
		launch_reset_signals(s->ignored);
		exec_main(&args);
	}
	if (pid < 0) {
		const int code = errno;

		(void)err_sys(&s->e, code, "clone the program's process");
		if (code == ENOMEM) /* pid_namespaces(7) */
			(void)err_more(&s->e,
				"(so it is, too, when the container's first process is ending)");
	} else
		s->pid = pid;
	_exit(0);
}

/* For a container in the host's pid namespace, whose processes see ours in any case. */
static NORETURN void child_main(const struct exec *x, int sync, uint64_t ignored)
{
	const struct init_args args = exec_args(x, sync);
	struct err e;

	err_init(&e);
	if (enter(x, &e) < 0)
		_exit(sync_send_error(sync, &e));
	def_close(&(int){ x->sync });
	def_close(&(int){ x->container.dir_fd });
	def_close(&(int){ x->cgroup_fd });
	if (exec_wait_attached(x, sync, &e) < 0)
		_exit(1);
	launch_reset_signals(ignored);
	exec_main(&args);
}

static int clone_failed(const struct exec *x, int code, struct err *e)
{
	if (code == EOPNOTSUPP && x->cgroup)
		return err_sys(e, code,
			"clone the program's process into cgroup \"%s\", which is part of a threaded one",
			x->cgroup);
	return err_sys(e, code, "clone the program's process");
}

/* One try. p: for stage_main, or NULL: a child that returns. 0 in that child */
static pid_t clone_once(const struct exec *x, struct stage_place *p, bool in_memory, int *ret_pidfd)
{
	const bool into = x->cgroup_fd >= 0 && !x->attach && !x->enters;
	struct clone_args a = {
		.flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND | (into ? CLONE_INTO_CGROUP : 0),
		.cgroup = into ? (uint64_t)x->cgroup_fd : 0,
		.pidfd = (uintptr_t)ret_pidfd,
		.exit_signal = p ? 0 : SIGCHLD,
	};
	pid_t pid;

	if (in_memory && !x->attach) {
		pid = clone_in_memory(&a, stage_main, p->at);
		if (pid > 0 || errno != ENOSYS)
			return pid;
		a.flags &= ~(uint64_t)(CLONE_VM | CLONE_VFORK);
		a.stack = a.stack_size = 0;
	}
	if (p && p->at == &p->own && share(p) < 0)
		return -1;
	pid = sys_clone3(&a);
	if (pid == 0 && p)
		stage_main(p->at);
	return pid;
}

static pid_t clone_into_cgroup(struct exec *x, struct stage_place *p, bool in_memory,
	int *ret_pidfd, struct err *e)
{
	for (int tries = 0;; tries++) {
		pid_t pid = clone_once(x, p, in_memory, ret_pidfd);

		if (pid >= 0)
			return pid;
		if (x->sub && (errno == ENODEV || errno == ENOENT) && tries < CLONE_TRIES) {
			if (exec_remake_sub(x, e) < 0)
				return -1;
			continue;
		}
		if (errno == EACCES && x->cgroup_fd >= 0 && !x->attach) {
			if (exec_ask_systemd(x, e) < 0)
				return -1;
			continue;
		}
		if (errno != EBUSY || x->sub || tries > 0)
			return clone_failed(x, errno, e);
		if (exec_open_init_cgroup(x, e) < 0)
			return -1;
	}
}

/* what has become of the process in between */
static int end_stage(struct exec *x, const struct stage *s, pid_t stage, int stage_fd,
	struct err *e)
{
	int r = exec_attach(x, stage, e) < 0 ? -1 : exec_await(x, stage_fd, e), status;

	if (r < 0) {
		(void)!proc_signal(stage_fd, SIGKILL);
		exec_kill_sub(x);
	}
	status = proc_reap(stage_fd);
	x->stillborn = r == 0 && status == 128 + SIGKILL && !s->begun;
	def_close(&stage_fd);
	if (r < 0)
		return -1;
	if (s->pid == 0 && !err_text(&s->e)[0])
		return err_set(e, EPIPE,
			"the process that joins namespaces ended without a word, with status %d",
			status);
	if (s->pid == 0) {
		*e = s->e;
		return -1;
	}
	/* our child, which nobody else reaps: the number is its own */
	x->pid = s->pid;
	x->pidfd = sys_pidfd_open(x->pid, 0);
	return x->pidfd < 0 ? err_sys(e, errno, "open process %d", (int)x->pid) : 0;
}

static int clone_staged(struct exec *x, int sync, uint64_t ignored, struct err *e)
{
	const bool in_memory = x->deadline == DEADLINE_NONE && !x->paused &&
		!((unsigned)x->container.state.namespaces & CLONE_NEWTIME);
	const int dumpable = in_memory ? prctl(PR_GET_DUMPABLE) : -1;
	struct stage_place p;
	int stage_fd = -1, r = -1;
	pid_t stage;

	/* its text is not touched until there is one */
	p.at = &p.own;
	p.own.x = x;
	p.own.sync = sync;
	p.own.ignored = ignored;
	p.own.begun = false;
	p.own.pid = 0;
	err_init(&p.own.e);
	stage = clone_into_cgroup(x, &p, in_memory, &stage_fd, e);
	if (stage >= 0)
		r = end_stage(x, p.at, stage, stage_fd, e);
	/* it made our memory undumpable, and our own files in /proc root's */
	if (dumpable == 1)
		(void)prctl(PR_SET_DUMPABLE, 1);
	if (p.at != &p.own)
		(void)munmap(p.at, sizeof(*p.at));
	return r;
}

int exec_clone(struct exec *x, int sync, struct err *e)
{
	uint64_t ignored = launch_ignored_signals(x->proc_fd);

	/* config.md: the first one holds while the cgroup is joined, and is inherited by the clone */
	if (x->plan.process.has_cpus_initial &&
		syscall(SYS_sched_setaffinity, 0, sizeof(x->plan.process.cpus_initial),
			x->plan.process.cpus_initial) < 0)
		return err_sys(e, errno,
			"process.execCPUAffinity.initial: set the CPUs (of those in /sys/devices/system/cpu/online)");
	if (x->container.state.namespaces & CLONE_NEWPID)
		return clone_staged(x, sync, ignored, e);
	/* not to be traced by who sees it (CVE-2016-9962) */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_sys(e, errno, "make the process undumpable");
	x->pid = clone_into_cgroup(x, NULL, false, &x->pidfd, e);
	if (x->pid == 0)
		child_main(x, sync, ignored);
	return x->pid < 0 ? -1 : exec_attach(x, x->pid, e);
}
