/* SPDX-License-Identifier: Apache-2.0 */
/* local.h - shared inside ctr */
#ifndef CL_CTR_LOCAL_H
#define CL_CTR_LOCAL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "ctr/store.h"
#include "kern/proc.h"
#include "oci/state.h"

/* Does the state name a cgroup that is the container's? The root of the hierarchy never is: what
 * would be killed there is the host. */
static inline bool has_cgroup(const struct state *s)
{
	return s->cgroup && s->cgroup_mount && s->cgroup[0] && !str_eq(s->cgroup, "/");
}

/* state_process - the first process, as it is on record */
struct proc_id state_process(const struct state *s);

/* cgroup_get - the container's own cgroup. fd, or -1 with errno; cgroup_is_gone: that says that
 * there is none, it was removed, or (ESTALE) another one has its path now. Where it is only on
 * record, and not made, there is none. */
NODISCARD int cgroup_get(const struct state *s);

static inline bool cgroup_is_gone(int code)
{
	return code == ENOENT || code == ESTALE;
}

/* cgroup_open - the cgroup of a container that has one. fd, or -1 with *e (code ESRCH: it is gone,
 * and so is init; ENOENT, ESTALE as of cgroup_get: the container lives, and nothing limits it any
 * more) */
NODISCARD int cgroup_open(const struct state *s, struct err *e);

/* cgroup_check - the same without keeping it open; a container that has none passes */
NODISCARD int cgroup_check(const struct state *s, struct err *e);

/* cgroup_sharer - *ret: another container than id whose state names the cgroup at path, or NULL */
NODISCARD int cgroup_sharer(struct arena *a, const struct store *s, const char *id,
	const char *path, const char **ret, struct err *e);

/* ctr_now - RFC 3339, UTC, nanoseconds */
const char *ctr_now(struct arena *a);

/* rdt_destroy - remove the resctrl groups that the state says were made */
NODISCARD int rdt_destroy(const struct state *s, struct err *e);

/* scope_stop - have systemd stop the scope of the state */
NODISCARD int scope_stop(const struct state *s, struct err *e);

#endif
