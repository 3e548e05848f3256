/* SPDX-License-Identifier: Apache-2.0 */
/* procstat.h - what /proc says about a process (proc(5)) */
#ifndef CL_KERN_PROCSTAT_H
#define CL_KERN_PROCSTAT_H

#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

/* /proc/PID/stat */
struct procstat {
	char comm[64];
	char state; /* R S D T t Z X I ... */
	pid_t ppid, pgrp, session;
	uint32_t tty;          /* device number, 0: none */
	pid_t tpgid;           /* foreground process group of the terminal */
	bool is_copy;          /* it has executed no program since it was cloned */
	bool exiting;          /* it is on its way through exit(2), or dead */
	uint64_t minor_faults; /* of its memory, served without a disk */
	uint64_t user_ticks, system_ticks;
	int priority, nice;
	uint32_t threads;
	uint64_t start_time; /* field 22, clock ticks since boot */
	uint64_t size;       /* virtual, bytes */
	uint64_t resident;   /* pages */
	int exit_status;     /* of a zombie, as wait(2) has it; 0 when the caller may not know it */
};

/* real and effective, of /proc/PID/status */
struct procstat_ids {
	uint32_t uid, euid, gid, egid;
};

/* procstat_check - is /proc that of the caller's pid namespace? To be asked before a number is
 * looked up in it for the first time; -1 with *e: it is not, or there is none */
NODISCARD int procstat_check(struct err *e);

/* procstat_read - 0, or -1 with errno. ENOENT or ESRCH: nobody has this number; EXDEV: /proc is not
 * procfs */
NODISCARD int procstat_read(pid_t pid, struct procstat *ret);

/* procstat_ids - the same */
NODISCARD int procstat_ids(pid_t pid, struct procstat_ids *ret);

/* procstat_args - append the arguments of /proc/PID/cmdline, a NUL behind each; nothing for one
 * that has ended. 0, or -1 with errno */
NODISCARD int procstat_args(pid_t pid, struct str *out);

#endif
