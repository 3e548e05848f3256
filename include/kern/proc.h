/* SPDX-License-Identifier: Apache-2.0 */
/* proc.h - who a process is: pid, start time, pidfs inode; signals and waiting through a pidfd
 * only */
#ifndef CL_KERN_PROC_H
#define CL_KERN_PROC_H

#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

struct proc_id {
	pid_t pid;
	uint64_t start_time; /* field 22 of /proc/PID/stat */
	uint64_t inode;      /* of the pidfd on pidfs (kernel 6.9), 0: unknown */
	bool may_be_old;     /* recorded before the machine was started, perhaps: both numbers are
			      * counted from there, so that this pid and     inode come together again,
			      * and     the start time must be the same, too */
};

/* proc_identify - start time and inode of the process behind pidfd (whose pid in our pid namespace
 * is pid). A start time that /proc hides (hidepid) is 0 where the inode is known. */
NODISCARD int proc_identify(int pidfd, pid_t pid, struct proc_id *ret, struct err *e);

/* proc_open - a pidfd of exactly this process: opened by pid, then compared by inode where both
 * sides know it, else by start time. >= 0: the pidfd, the process exists and is no zombie; -1: it
 * is gone (ended, a zombie, or the number belongs to somebody else), nothing to report; -2 with *e:
 * cannot tell. */
NODISCARD int proc_open(const struct proc_id *id, struct err *e);

/* proc_signal - pidfd_send_signal(2). 0, or -1 with errno */
NODISCARD int proc_signal(int pidfd, int sig);

/* proc_wait_end - poll the pidfd until the process has ended or timeout_ms passed (-1: no limit).
 * true: ended */
bool proc_wait_end(int pidfd, int timeout_ms);

/* proc_reap - waitid(P_PIDFD) for a child that has ended: exit status as a shell shows it (128 +
 * signal when killed), or -1 with errno. It does not wait; EBUSY: it has not ended, or somebody
 * traces it and has not looked yet */
NODISCARD int proc_reap(int pidfd);

/* proc_end_child - kill pid and wait for its end, with a deadline: its status as proc_reap has it,
 * or -1 with errno (ETIMEDOUT: it is still there, EPERM or ENOSYS: and SIGKILL was refused; ECHILD:
 * it is reaped already, or not our child). Where a seccomp filter around us refuses the signal by
 * pidfd it goes by number, to a child of ours that nobody has reaped. */
NODISCARD int proc_end_child(int pidfd, pid_t pid);

/* proc_end_clone - the same for a child that has a copy of our memory. *ret_stillborn: it was
 * killed before its first instruction, which would have been a page fault: a clone has nothing
 * mapped of files. Of a child that was alive when it was called this says nothing. */
NODISCARD int proc_end_clone(int pidfd, pid_t pid, bool *ret_stillborn);

/* how a process ended */
struct proc_end {
	int code;   /* exit status … */
	int signal; /* … or the signal that ended it, 0: none */
};

/* proc_reap_end - the same, told apart */
NODISCARD int proc_reap_end(int pidfd, struct proc_end *ret);

/* proc_end_unreaped - how our child has come to its end, which for one of these reasons cannot be
 * reaped. 0, or -1 with errno */
NODISCARD int proc_end_unreaped(pid_t pid, struct proc_end *ret);

/* proc_has_executed - has the process behind pidfd, with this number, executed a program since it
 * was cloned? To be asked when a descriptor that execve(2) closes is closed; the end closes it as
 * well. 1: yes; 0: no, it has ended or is about to; -1 with errno: cannot tell. Of one that has
 * ended and been reaped only the signal that ended it may be known: with SIGKILL the answer is 0,
 * else 1. */
NODISCARD int proc_has_executed(int pidfd, pid_t pid);

/* proc_zombie - has exactly this process ended without having been reaped, and may the caller know
 * how? */
bool proc_zombie(const struct proc_id *id, struct proc_end *ret);

/* proc_is_held - has exactly this process, which proc_open still opens, come to its end but for one
 * thing: it is the first process of a pid namespace, and waits in the kernel until somebody outside
 * has reaped all zombies of that? It runs no more, and has no memory and no files any more. To be
 * asked when nobody else lives in its cgroup: else it may be waiting for processes that live. */
bool proc_is_held(const struct proc_id *id);

/* proc_list_zombies - append "pid 12 \"sh\", which pid 7 \"bash\" has not reaped" for the zombies
 * in the pid namespace of process pid, the first few. -1: there is a process in it that lives, but
 * for pid; else how many there are. What cannot be looked at is left out. */
int proc_list_zombies(pid_t pid, struct str *out);

/* proc_now_ms - CLOCK_MONOTONIC in milliseconds, for deadlines */
int64_t proc_now_ms(void);

#endif
