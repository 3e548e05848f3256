/* SPDX-License-Identifier: Apache-2.0 */
/* held.h - notice an init that has come to its end, but that the kernel keeps (proc_is_held)
 *
 * Its pidfd never tells: as long as somebody outside does not reap a zombie of its pid namespace,
 * it has not ended. What does tell is its cgroup, which it has left by then, and which is empty. */
#ifndef CL_CTR_HELD_H
#define CL_CTR_HELD_H

#include "base/def.h"

struct held {
	pid_t pid;   /* init; 0: there is nothing to notice */
	int cgroup;  /* not owned; -1: none */
	int events;  /* its cgroup.events, for poll(POLLPRI); -1: not yet, or no more */
	int64_t due; /* when to look, as of kern/deadline.h */
	bool empty;  /* nobody lives in it */
};

void held_init(struct held *h);
void held_done(struct held *h);

/* held_watch - from now on, init being process pid, in the cgroup behind cgroup_fd (-1: none). What
 * runs for less than a second pays nothing for it. */
void held_watch(struct held *h, pid_t pid, int cgroup_fd);

/* held_look - after poll(2): is it so? event: events can be read */
bool held_look(struct held *h, int event);

/* held_after_signal - the same, when there is no cgroup that could tell: to be asked when somebody
 * wants an end */
bool held_after_signal(const struct held *h);

#endif
