/* SPDX-License-Identifier: Apache-2.0 */
/* ended.h - how a container ended, as far as it can be known */
#ifndef CL_CTR_ENDED_H
#define CL_CTR_ENDED_H

#include "ctr/store.h"

struct proc_end; /* kern/proc.h */

/* ended_look - fill state.end of a stopped container with what can still be seen, unless it was recorded: the exit status while nobody
 * has reaped init, the OOM killer while the cgroup is there. What cannot be seen stays unknown. */
void ended_look(struct container *c);

/* ended_save - record how init, which the caller has reaped, ended just now. Takes the lock; a failure is a warning. */
void ended_save(struct container *c, const struct proc_end *end);

/* ended_tell_oom - a warning, when the OOM killer ended a process of the container, that says which limit was reached */
void ended_tell_oom(const struct state *s);

#endif
