/* SPDX-License-Identifier: Apache-2.0 */
/* ended.h - how a container ended, as far as it can be known */
#ifndef CL_CTR_ENDED_H
#define CL_CTR_ENDED_H

#include "ctr/store.h"

struct proc_end; /* kern/proc.h */

/* kills for want of memory in a container's cgroup, as memory.events counts them */
struct ended_oom {
	bool known; /* false: there is no memory controller, or the cgroup is gone */
	uint64_t kills;
	uint64_t reached; /* how often it was the limit of the cgroup itself, or of one below it */
	char limit[24];   /* memory.max at the first kill, "": not known */
};

/* A scope of systemd is gone with its last process: who stays with the container keeps
 * memory.events open, and reads it when it changes, while the scope is there. */
struct ended_watch {
	int cgroup, events; /* the directory and its memory.events, -1: not watched */
	struct ended_oom oom;
};

/* ended_watch_begin - watch the cgroup of s, if it is one of those; else, and once it is watched,
 * nothing is done. ended_watch_init before that, ended_watch_done at the end */
void ended_watch_init(struct ended_watch *w);
void ended_watch_begin(struct ended_watch *w, const struct state *s);
void ended_watch_done(struct ended_watch *w);

/* ended_watch_read - count again. The next change of w->events wakes poll(POLLPRI). false: there is
 * nothing to wait for any more */
bool ended_watch_read(struct ended_watch *w);

/* ended_look - fill state.end of a stopped container with what can still be seen, unless it was
 * recorded: the exit status while nobody has reaped init, the OOM killer while the cgroup is there.
 * What cannot be seen stays unknown: also whether init was one of the processes that the OOM killer
 * ended, when it is not known how init ended. */
void ended_look(struct container *c);

/* ended_save - record how init, which the caller has reaped, ended just now. Takes the lock; a
 * failure is a warning. w: as far as it was watched */
void ended_save(struct container *c, const struct proc_end *end, const struct ended_watch *w);

/* ended_tell_oom - a warning, when the OOM killer ended a process of the container, that says which
 * limit was reached */
void ended_tell_oom(const struct state *s, const struct ended_watch *w);

#endif
