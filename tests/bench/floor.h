/* SPDX-License-Identifier: Apache-2.0 */
/* floor.h - what the yardsticks of the benchmark share
 *
 * A yardstick makes the kernel calls that the work cannot do without, and nothing else: no parsing,
 * no state, no checks, no second process. What a runtime takes beyond it is its own. */
#ifndef CL_BENCH_FLOOR_H
#define CL_BENCH_FLOOR_H

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void die(const char *what)
{
	dprintf(2, "floor: %s: %s\n", what, strerror(errno));
	_exit(1);
}

/* must - end when a call failed */
static inline long must(long r, const char *what)
{
	if (r < 0)
		die(what);
	return r;
}

/* clone_into - a child with new namespaces of these types in the cgroup; 0 in the child, *ret_pidfd
 * in the parent */
static inline pid_t clone_into(uint64_t flags, int cgroup, int *ret_pidfd)
{
	struct clone_args a = {
		.flags = flags | CLONE_PIDFD | CLONE_INTO_CGROUP,
		.pidfd = (uintptr_t)ret_pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)cgroup,
	};

	return (pid_t)must(syscall(SYS_clone3, &a, sizeof(a)), "clone3");
}

/* drop_capabilities - all but KILL, NET_BIND_SERVICE and AUDIT_WRITE, as the default configuration
 * has it; then no new privileges */
static inline void drop_capabilities(void)
{
	const uint64_t keep = 1U << CAP_KILL | 1U << CAP_NET_BIND_SERVICE | 1U << CAP_AUDIT_WRITE;
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = { { .effective = (uint32_t)keep,
		.permitted = (uint32_t)keep } };

	for (int i = 0; i <= CAP_LAST_CAP; i++)
		if (!(keep >> i & 1))
			prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
	must(syscall(SYS_capset, &h, d), "capset");
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
}

/* wait_for - reap the child; its exit status */
static inline int wait_for(int pidfd)
{
	siginfo_t i;

	must(waitid(P_PIDFD, (id_t)pidfd, &i, WEXITED), "waitid");
	return i.si_code == CLD_EXITED ? i.si_status : 128 + i.si_status;
}

#endif
