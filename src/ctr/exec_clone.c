/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: the process in between (init/exec.c says why there is one) lives for some 100 us, and
 * most of that would be the copy of our memory and its end. So it runs in our memory
 * (kern/clone.h), on a stack of its own, beside which it leaves its answer. It can do so because it
 * stays in the host's pid namespace, where nothing of the container sees it. The program's process,
 * which the container does see, is a copy.
 *
 * It is in the container's cgroup, and may be frozen there at any moment. So we wait for its end in
 * exec_await, which a signal, the deadline and the end of the container end, too, and kill it then,
 * which a frozen process cannot stand in the way of. Until its end is seen we touch nothing that it
 * uses: its stack and its answer are in a mapping of their own, which is given back only after
 * that.
 *
 * Where a time namespace is to be joined, which wants memory of one's own, it has a copy of our
 * memory and shares only that mapping; so it is where systemd has to put it into the cgroup
 * (exec_attach.c), for which it waits. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "base/fd.h"
#include "base/log.h"
#include "exec_in.h"
#include "handout.h"
#include "kern/cgroup.h"
#include "kern/clone.h"
#include "kern/deadline.h"
#include "kern/proc.h"
#include "kern/sync.h"
#include "launch.h"

enum { CLONE_TRIES = 16 };

/* what the process in between reads and writes, and its stack, which grows away from that */
struct stage {
	_Alignas(16) char stack[CLONE_STACK];
	const struct exec *x;
	int sync;
	uint64_t ignored;
	bool begun; /* it has: whoever kills it now has not done so at birth (cg_enter) */
	pid_t pid;  /* of the program's process; 0: it could not be made */
	struct err e;
};

struct stage_place {
	struct stage *at;
	bool in_memory; /* the process in between runs in our memory; else the mapping is all that
			   is shared */
};

static int map_stage(struct stage_place *p, const struct exec *x, int sync, uint64_t ignored)
{
	struct stage *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
		(p->in_memory ? MAP_PRIVATE | MAP_NORESERVE : MAP_SHARED) | MAP_ANONYMOUS, -1, 0);

	if (s == MAP_FAILED)
		return -1;
	s->x = x;
	s->sync = sync;
	s->ignored = ignored;
	err_init(&s->e);
	p->at = s;
	return 0;
}

/* It is to have memory of its own after all. */
static int unshare_memory(struct stage_place *p)
{
	struct stage *s = p->at;
	int r;

	p->in_memory = false;
	r = map_stage(p, s->x, s->sync, s->ignored);
	if (r == 0)
		(void)munmap(s, sizeof(*s));
	return r;
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
	return fd_keep_only(3, &args->plan->process.fds, keep, ARRAY_LEN(keep)) < 0
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
	/* the kernel writes down the pid: we may be frozen and killed before we could */
	struct clone_args a = {
		.flags = CLONE_CLEAR_SIGHAND | CLONE_PARENT | CLONE_PARENT_SETTID,
		.parent_tid = (uintptr_t)&s->pid,
	};
	pid_t pid;

	s->begun = true;
	/* with our end of the pair it would not notice that we are gone */
	if (s->x->attach)
		def_close(&(int){ s->x->sync });
	if (exec_wait_attached(s->x, s->sync, &s->e) < 0 || enter(s->x, &s->e) < 0)
		_exit(1);
	if (handout_oom_score(&s->x->plan.process, 0, s->x->proc_fd, &s->e) < 0)
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
	}
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
static pid_t clone_once(const struct exec *x, struct stage_place *p, int *ret_pidfd)
{
	const bool into = x->cgroup_fd >= 0 && !x->attach && !x->enters;
	struct clone_args a = {
		.flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND | (into ? CLONE_INTO_CGROUP : 0),
		.cgroup = into ? (uint64_t)x->cgroup_fd : 0,
		.pidfd = (uintptr_t)ret_pidfd,
		.exit_signal = p ? 0 : SIGCHLD,
	};
	pid_t pid;

	if (p && p->in_memory && !x->attach) {
		pid = clone_in_memory(&a, p->at->stack, stage_main, p->at);
		if (pid > 0 || errno != ENOSYS)
			return pid;
		a.flags &= ~(uint64_t)CLONE_VM;
		a.stack = a.stack_size = 0;
	}
	if (p && p->in_memory && unshare_memory(p) < 0)
		return -1;
	pid = sys_clone3(&a);
	if (pid == 0 && p)
		stage_main(p->at);
	return pid;
}

static pid_t clone_into_cgroup(struct exec *x, struct stage_place *p, int *ret_pidfd, struct err *e)
{
	for (int tries = 0;; tries++) {
		pid_t pid = clone_once(x, p, ret_pidfd);

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

/* The program's process, which the one in between has cloned: our child, which nobody else reaps,
 * so the number is its own. */
static int take_child(struct exec *x, const struct stage *s, struct err *e)
{
	x->pid = s->pid;
	x->pidfd = sys_pidfd_open(x->pid, 0);
	if (x->pidfd >= 0)
		return 0;
	(void)err_sys(e, errno, "open process %d", (int)x->pid);
	(void)kill(x->pid, SIGKILL);
	return -1;
}

int exec_ended(const struct exec *x, const char *name, int status, struct err *e)
{
	if (status > 128 && proc_wait_end(x->init_fd, 0))
		return err_set(e, ESRCH,
			"the container was killed meanwhile: container not running");
	if (status > 128)
		return err_set(e, EPIPE, "%s was killed by signal %d (%s)", name, status - 128,
			sigabbrev_np(status - 128));
	return err_set(e, EPIPE, "%s exited with status %d without reporting an error", name,
		status);
}

/* what has become of the process in between, which has ended with this status */
static int stage_result(struct exec *x, const struct stage *s, int status, struct err *e)
{
	x->stillborn = status == 128 + SIGKILL && !s->begun;
	if (s->pid == 0 && !err_text(&s->e)[0])
		return exec_ended(x, "the process that joins namespaces", status, e);
	if (s->pid == 0) {
		*e = s->e;
		return -1;
	}
	return take_child(x, s, e);
}

/* It is not to go on. Returns whether it has ended. */
static bool give_up_stage(struct exec *x, const struct stage *s, pid_t stage, int stage_fd)
{
	struct err ignored;

	exec_kill_sub(x);
	if (proc_end_child(stage_fd, stage) < 0 && errno != ECHILD) {
		log_warning("process %d, which joins namespaces, could not be ended: %s",
			(int)stage, err_errno_text(errno));
		return false;
	}
	err_init(&ignored);
	if (s->pid > 0 && take_child(x, s, &ignored) < 0)
		log_debug("%s", err_text(&ignored));
	return true;
}

static int clone_staged(struct exec *x, int sync, uint64_t ignored, struct err *e)
{
	struct stage_place p = {
		.in_memory = !((unsigned)x->container.state.namespaces & CLONE_NEWTIME),
	};
	const int dumpable = p.in_memory ? prctl(PR_GET_DUMPABLE) : -1;
	int stage_fd = -1, r = -1;
	bool ended = true;
	pid_t stage;

	if (map_stage(&p, x, sync, ignored) < 0)
		return err_sys(e, errno, "map memory for the process that joins namespaces");
	stage = clone_into_cgroup(x, &p, &stage_fd, e);
	if (stage >= 0) {
		r = exec_attach(x, stage, e) < 0 ? -1 : exec_await(x, stage_fd, e);
		if (r == 0)
			r = stage_result(x, p.at, proc_reap(stage_fd), e);
		else
			ended = give_up_stage(x, p.at, stage, stage_fd);
		def_close(&stage_fd);
	}
	/* its memory is ours no longer */
	if (!ended)
		return -1;
	/* it made our memory undumpable, and our own files in /proc root's */
	if (dumpable == 1)
		(void)prctl(PR_SET_DUMPABLE, 1);
	(void)munmap(p.at, sizeof(*p.at));
	return r;
}

int exec_clone(struct exec *x, int sync, struct err *e)
{
	uint64_t ignored = launch_ignored_signals(x->proc_fd);

	/* config.md: the first one holds while the cgroup is joined, and is inherited by the clone
	 */
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
	x->pid = clone_into_cgroup(x, NULL, &x->pidfd, e);
	if (x->pid == 0)
		child_main(x, sync, ignored);
	return x->pid < 0 ? -1 : exec_attach(x, x->pid, e);
}
