/* SPDX-License-Identifier: Apache-2.0 */
/* kill.h - signal a container's processes; delete it */
#ifndef CL_CTR_KILL_H
#define CL_CTR_KILL_H

#include "ctr/store.h"

enum { KILL_ALL = 1 };

/* ctr_kill - send sig to init of a created, running or paused container; KILL_ALL: to every process
 * in its cgroup (SIGKILL through cgroup.kill), no error when it has stopped already. A stopped
 * container is never signalled: `container not running` is in the error. */
NODISCARD int ctr_kill(const struct store *s, const char *id, int sig, unsigned flags,
	struct err *e);

enum { DELETE_FORCE = 1 };

/* ctr_delete - undo of create: kill what is left in the cgroup, remove the cgroup, the state
 * directory, then run the poststop hooks. Only a stopped or created container, unless DELETE_FORCE,
 * with which also a running, paused or broken one is removed and an unknown id is success. */
NODISCARD int ctr_delete(const struct store *s, const char *id, unsigned flags, struct err *e);

/* ctr_destroy - the part of ctr_delete behind the checks and in front of the poststop hooks, for a
 * container the caller has loaded and locked: also the undo of a failed create and of a failed
 * start. Goes on as far as it can; the error is the first thing that stayed. The state directory
 * goes last, and only when nothing else stayed; the state in *c is still good for
 * hooks_run_poststop. */
NODISCARD int ctr_destroy(struct container *c, struct err *e);

#endif
