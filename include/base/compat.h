/* SPDX-License-Identifier: Apache-2.0 */
/* compat.h - what the headers of a C library before glibc 2.37, and of a kernel before 6.6, lack
 *
 * The number of a system call is the same on every architecture from 424 on. A constant of the
 * kernel's that is here has the value that it has there; the kernel that runs says whether it knows
 * it. */
#ifndef CL_BASE_COMPAT_H
#define CL_BASE_COMPAT_H

#include <linux/close_range.h>
#include <linux/if_addr.h>
#include <linux/mempolicy.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

#ifndef CLOSE_RANGE_CLOEXEC /* 5.11 */
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

#ifndef MPOL_F_NUMA_BALANCING /* 5.12; MPOL_PREFERRED_MANY is an enumerator, of 5.15 */
#define MPOL_F_NUMA_BALANCING (1 << 13)
#endif
#define MPOL_PREFERRED_MANY 5
/* an enumerator, too, of 5.18 */
#define IFA_PROTO 11

/* <linux/ioprio.h>, of 5.15 */
#if __has_include(<linux/ioprio.h>)
#include <linux/ioprio.h>
#else
enum { IOPRIO_CLASS_RT = 1, IOPRIO_CLASS_BE, IOPRIO_CLASS_IDLE };
#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_PRIO_VALUE(class, data) (((class) << 13) | (data))
#endif

#ifdef __GLIBC_PREREQ
#if !__GLIBC_PREREQ(2, 36)
#define P_PIDFD ((idtype_t)3)
#endif
#if !__GLIBC_PREREQ(2, 32)
/* sigabbrev_np - the signals that end a program by themselves; NULL for any other */
static inline const char *sigabbrev_np(int sig)
{
	static const char *const names[] = { [SIGHUP] = "HUP",
		[SIGINT] = "INT",
		[SIGQUIT] = "QUIT",
		[SIGILL] = "ILL",
		[SIGTRAP] = "TRAP",
		[SIGABRT] = "ABRT",
		[SIGBUS] = "BUS",
		[SIGFPE] = "FPE",
		[SIGKILL] = "KILL",
		[SIGUSR1] = "USR1",
		[SIGSEGV] = "SEGV",
		[SIGUSR2] = "USR2",
		[SIGPIPE] = "PIPE",
		[SIGALRM] = "ALRM",
		[SIGTERM] = "TERM",
		[SIGXCPU] = "XCPU",
		[SIGXFSZ] = "XFSZ",
		[SIGSYS] = "SYS" };

	return sig > 0 && (unsigned)sig < sizeof(names) / sizeof(names[0]) ? names[sig] : NULL;
}
#endif
#endif

#endif
