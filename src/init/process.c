/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "kern/inroot.h"
#include "kern/mnt.h"
#include "kern/syscalls.h"
#include "kern/tty.h"
#include "stage.h"

int init_open_terminal(struct init *in, struct err *e)
{
	const struct plan_process *p = &in->plan->process;
	auto_close int pts = inroot_open(in->root, "/dev/pts", INROOT_NO_SYMLINKS, e);

	if (pts < 0)
		return err_in(e, "process.terminal needs a devpts filesystem on /dev/pts");
	return tty_open_pair(pts, p->rows, p->columns, &in->master, &in->slave, e);
}

/* init_terminal - a pseudo terminal of the container's own devpts, on /dev/console and as
 * descriptors 0, 1 and 2
 * Runs in: init, after pivot. The master goes to the parent with READY. */
int init_terminal(struct init *in, struct err *e)
{
	auto_close int console = -1, bind = -1;

	if (!in->plan->process.terminal)
		return 0;
	if (init_open_terminal(in, e) < 0)
		return -1;
	console = inroot_open(in->root, "/dev/console", INROOT_NO_SYMLINKS | INROOT_MAKE_FILE, e);
	if (console < 0)
		return -1;
	bind = mnt_clone(in->slave, "", 0);
	if (bind < 0)
		return err_sys(e, errno, "clone the terminal for /dev/console");
	if (init_place(in, bind, console, e) < 0)
		return err_in(e, "/dev/console");
	if (tty_take(in->slave, e) < 0)
		return -1;
	if (in->slave > 2)
		def_close(&in->slave);
	in->slave = 0;
	return 0;
}

/* Does the caller hand this on for good? An anonymous pipe has no other use, and is the program's.
 * A file or FIFO that has a name is what the caller has it write to, such as a log; one that it may
 * only read keeps its owner: "run </etc/shadow" must not give that file away, as it does with runc
 * and crun. So do sockets, which cannot be reopened, and devices. */
static bool is_given(int fd, mode_t mode)
{
	struct statfs fs;
	int flags;

	if (!S_ISFIFO(mode) && !S_ISREG(mode))
		return false;
	if (S_ISFIFO(mode) && fstatfs(fd, &fs) == 0 && fs.f_type == PIPEFS_MAGIC)
		return true;
	flags = fcntl(fd, F_GETFL);
	return flags >= 0 && !(flags & O_PATH) && (flags & O_ACCMODE) != O_RDONLY;
}

/* The program must be able to reopen /dev/stdout and its like, which takes more than to have it
 * open. Where the owner cannot be changed (a read-only or foreign filesystem, an id that is not
 * mapped) it can do without. */
static void own_stdio(const struct init *in)
{
	const struct plan_process *p = &in->plan->process;

	for (int fd = 0; p->cred.uid != 0 && fd < 3; fd++) {
		struct stat st;

		if (fstat(fd, &st) < 0 || st.st_uid == p->cred.uid)
			continue;
		if ((p->terminal && S_ISCHR(st.st_mode)) || is_given(fd, st.st_mode))
			(void)!fchown(fd, p->cred.uid, (gid_t)-1);
	}
}

struct sched_attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max; /* the flags of utilization clamps want to see them;
					config.json has no values */
};

/* what the kernel's checks are: kernel/sched/syscalls.c */
static int scheduler_failed(const struct plan_scheduler *s, int error, struct err *e)
{
	(void)err_sys(e, error, "process.scheduler: set policy %u, nice %d, priority %d", s->policy,
		s->nice, s->priority);
	if (error == EOPNOTSUPP || (error == EINVAL && (s->flags & SCHED_FLAG_UTIL_CLAMP)))
		return err_more(e,
			"SCHED_FLAG_UTIL_CLAMP_MIN and SCHED_FLAG_UTIL_CLAMP_MAX need "
			"kernel 5.3 with CONFIG_UCLAMP_TASK");
	if (error == EBUSY)
		return err_more(e,
			"the processors have no time left for this runtime in every period");
	if (error == EPERM && s->policy == SCHED_DEADLINE)
		return err_more(e,
			"needs CAP_SYS_NICE in the initial user namespace, and that no processor is denied");
	if (error == EPERM)
		return err_more(e, "needs CAP_SYS_NICE in the initial user namespace");
	return -1;
}

static int set_scheduler(const struct plan_scheduler *s, struct err *e)
{
	struct sched_attributes a = {
		.size = sizeof(a),
		.policy = s->policy,
		.flags = s->flags,
		.nice = s->nice,
		.priority = (uint32_t)s->priority,
		.runtime = s->runtime,
		.deadline = s->deadline,
		.period = s->period,
	};

	if (s->given && syscall(SYS_sched_setattr, 0, &a, 0) < 0)
		return scheduler_failed(s, errno, e);
	return 0;
}

enum { MEMORY_WEIGHTED_INTERLEAVE = 6 }; /* since 6.9; not in every header */

static int memory_policy_failed(int mode, int error, struct err *e)
{
	const int kind = mode & ~MPOL_MODE_FLAGS;

	(void)err_sys(e, error, "linux.memoryPolicy: set the memory policy");
	if (error == ENOSYS)
		return err_more(e, "the kernel must be built with CONFIG_NUMA");
	if (error != EINVAL)
		return -1;
	if (kind == MEMORY_WEIGHTED_INTERLEAVE)
		(void)err_more(e, "MPOL_WEIGHTED_INTERLEAVE needs kernel 6.9");
	else if (kind == MPOL_PREFERRED_MANY)
		(void)err_more(e, "MPOL_PREFERRED_MANY needs kernel 5.15");
	if (mode & MPOL_F_NUMA_BALANCING)
		(void)err_more(e,
			"MPOL_F_NUMA_BALANCING needs kernel 5.12 (with MPOL_PREFERRED_MANY 6.9)");
	return err_more(e,
		"nodes must have one of those in /sys/devices/system/node/has_memory that the cgroup may use");
}

/* The processors that the caller was bound to are none of the container's business: it may use
 * those of its cpuset, as long as execCPUAffinity says nothing else. The kernel takes those that
 * there are; that all were asked for makes a later change of the cpuset count (Linux 6.2). Nothing
 * is lost where it cannot be done, so that is a warning. */
static int set_affinity(const struct init *in, struct err *e)
{
	const struct plan_process *p = &in->plan->process;
	unsigned long all[PLAN_CPU_WORDS];
	struct err warning;

	if (p->has_cpus_final)
		return syscall(SYS_sched_setaffinity, 0, sizeof(p->cpus_final), p->cpus_final) < 0
			? err_sys(e, errno,
				  "process.execCPUAffinity.final: set the CPUs (of those in /sys/devices/system/cpu/online)")
			: 0;
	memset(all, 0xff, sizeof(all));
	if (syscall(SYS_sched_setaffinity, 0, sizeof(all), all) == 0)
		return 0;
	err_init(&warning);
	(void)err_sys(&warning, errno,
		"the program stays on the processors that the caller is bound to: set the CPUs");
	return sync_send_warning(in->args.sync, &warning) < 0
		? err_sys(e, errno, "send a warning to the parent")
		: 0;
}

static int set_attributes(const struct plan_process *p, struct err *e)
{
	enum { WHO_PROCESS = 1 };

	if (set_scheduler(&p->scheduler, e) < 0)
		return -1;
	if (p->has_io_priority && syscall(SYS_ioprio_set, WHO_PROCESS, 0, p->io_priority) < 0)
		return err_sys(e, errno, "process.ioPriority: set I/O priority");
	if (p->has_personality && personality(p->personality) < 0)
		return err_sys(e, errno, "linux.personality: set the execution domain");
	if (p->has_memory_policy &&
		syscall(SYS_set_mempolicy, p->memory_mode, p->memory_nodes,
			8 * sizeof(p->memory_nodes)) < 0)
		return memory_policy_failed(p->memory_mode, errno, e);
	return 0;
}

/* Lowering a limit needs no privilege. Raising a hard one does, which only the parent may have. */
static int set_limits(struct init *in, struct err *e)
{
	const struct plan_process *p = &in->plan->process;

	if (in->args.nofile && setrlimit(RLIMIT_NOFILE, in->args.nofile) < 0)
		return err_sys(e, errno, "set the limit on descriptors back");
	for (size_t i = 0; i < p->n_rlimits; i++) {
		const struct plan_rlimit *r = &p->rlimits[i];
		const struct rlimit limit = { .rlim_cur = r->early_soft, .rlim_max = r->hard };

		if (r->early_soft > r->hard ||
			setrlimit((__rlimit_resource_t)r->resource, &limit) == 0)
			continue;
		/* without a message in between the parent cannot do it for us */
		if (errno != EPERM || (in->args.flags & INIT_AT_ONCE))
			return err_sys(e, errno, "process.rlimits[%zu]: set %s to %llu (hard %llu)",
				i, r->name, (unsigned long long)r->soft,
				(unsigned long long)r->hard);
		in->refused |= 1u << i;
	}
	return 0;
}

int init_late_limits(const struct plan_process *p, struct err *e)
{
	for (size_t i = 0; i < p->n_rlimits; i++) {
		const struct plan_rlimit *r = &p->rlimits[i];
		const struct rlimit limit = { .rlim_cur = r->soft, .rlim_max = r->hard };

		if (r->early_soft != r->soft &&
			setrlimit((__rlimit_resource_t)r->resource, &limit) < 0)
			return err_sys(e, errno, "process.rlimits[%zu]: set %s", i, r->name);
	}
	return 0;
}

static int enter_cwd(const struct plan_process *p, struct err *e)
{
	char where[4096];
	long n;

	if (strcmp(p->cwd, "/") == 0)
		return 0; /* pivot left us there */
	if (chdir(p->cwd) < 0)
		return -1;
	/* A directory outside of the root shows as "(unreachable)…": a descriptor of the host's
	 * tree, CVE-2024-21626. The raw call, because the C library makes an error of it. */
	n = sys_getcwd(where, sizeof(where));
	if (n < 0 || where[0] != '/') {
		err_set(e, EPERM, "process.cwd \"%s\" is outside of the root filesystem", p->cwd);
		return -2;
	}
	return 0;
}

/* Is setgroups(2) denied in this user namespace? Asked of the host's procfs. */
static bool groups_denied(const struct init *in)
{
	auto_close int own = -1;
	int fd = in->args.setgroups;
	char first;

	if (!(in->args.flags & INIT_STAGED) || in->args.proc >= 0)
		fd = own = sys_openat2(in->args.proc, "self/setgroups", O_RDONLY | O_CLOEXEC, 0,
			RESOLVE_BENEATH | RESOLVE_NO_XDEV);
	return fd >= 0 && read(fd, &first, 1) == 1 && first == 'd';
}

/* Where an engine has made a user namespace with one group only, nobody in it can drop the groups
 * of its user: no groups are then asked for in vain. */
static int become_user(const struct init *in, uint64_t keep, struct err *e)
{
	struct cred c = in->plan->process.cred;

	if (cred_apply(&c, keep, e) == 0)
		return 0;
	if (e->code != EPERM || c.n_groups || c.no_setgroups || !groups_denied(in))
		return -1;
	c.no_setgroups = true;
	return cred_apply(&c, keep, e);
}

/* init_process - everything about this process that the program inherits
 * Runs in: init, after seal. Must: leave nothing that the program should not have. Order: what
 * needs privileges, then credentials, then no_new_privs, then limits. The working directory is
 * tried as root and again as the user: either may be the one who can enter it. */
int init_process(struct init *in, struct err *e)
{
	const struct plan_process *p = &in->plan->process;
	/* without no_new_privs a filter and Landlock rules need this, and they come last; execve
	 * computes the program's capabilities anew, so the program does not get it */
	bool last = in->plan->filter.n || in->ruleset >= 0;
	uint64_t keep = last && !p->no_new_privs ? (uint64_t)1 << CAP_SYS_ADMIN : 0;
	int r;

	if (!p->given)
		return 0;
	umask(p->umask);
	if (init_home(in, e) < 0 || set_affinity(in, e) < 0 || set_attributes(p, e) < 0)
		return -1;
	own_stdio(in);
	r = enter_cwd(p, e);
	if (r == -2)
		return -1;
	if (become_user(in, keep, e) < 0)
		return -1;
	/* changing ids made us dumpable again if the system says so (suid_dumpable) */
	if (init_undumpable(e) < 0)
		return -1;
	if (r < 0 && (r = enter_cwd(p, e)) < 0)
		return r == -2 ? -1 : err_sys(e, errno, "chdir to process.cwd \"%s\"", p->cwd);
	if (p->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(e, errno, "set no_new_privs");
	return set_limits(in, e);
}
