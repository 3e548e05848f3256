/* SPDX-License-Identifier: Apache-2.0 */
/* handout.h - what the caller gets from a new process, and what only the parent may do to it; for
 * create, run and exec */
#ifndef CL_CTR_HANDOUT_H
#define CL_CTR_HANDOUT_H

#include "plan/plan.h"

/* handout_terminal - send *master over the console socket (NULL: there is none) and close it */
NODISCARD int handout_terminal(const char *socket, int *master, struct err *e);

/* handout_pidfd - send pidfd over the pidfd socket (NULL: there is none) that what has named;
 * payload says whose it is: "standard" or "setns", as runc */
NODISCARD int handout_pidfd(const char *what, const char *socket, const char *payload, int pidfd,
	struct err *e);

/* handout_pid - write the pid file (NULL: there is none), atomically */
NODISCARD int handout_pid(struct arena *a, const char *path, pid_t pid, struct err *e);

/* handout_take_back - the process has been ended again: remove the pid file (NULL: there is none)
 * if it names pid */
void handout_take_back(const char *path, pid_t pid);

/* handout_rlimits - limits that the process could not set itself: it has given up the privileges,
 * and in a user namespace never had them. refused, bit n: process.rlimits[n] */
NODISCARD int handout_rlimits(const struct plan_process *p, pid_t pid, uint32_t refused,
	struct err *e);

/* handout_oom_score - process.oomScoreAdj for pid, 0: the caller; proc_fd: O_PATH of the host's
 * /proc */
NODISCARD int handout_oom_score(const struct plan_process *p, pid_t pid, int proc_fd,
	struct err *e);

#endif
