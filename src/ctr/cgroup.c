/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel removes no cgroup that has processes, but who may move them can empty one first. Then
 * the container lives on without its limits, and what works on its cgroup has nothing to work on.
 */
#include "kern/cgroup.h"

#include "kern/proc.h"
#include "local.h"

int cgroup_get(const struct state *s)
{
	errno = ENOENT;
	if (!has_cgroup(s) || (s->cgroup_has_id && s->cgroup_id == 0))
		return -1;
	return cg_open_id(s->cgroup_mount, s->cgroup, s->cgroup_id);
}

static int explain_missing(const struct state *s, int code, struct err *e)
{
	const struct proc_id id = state_process(s);
	auto_close int init = proc_open(&id, e);

	if (init < -1)
		return -1;
	if (init < 0)
		return err_set(e, ESRCH, "container not running");
	/* not with the text of ENOENT, from which engines conclude that the image lacks the program
	 */
	return err_set(e, code,
		"cgroup \"%s\" is gone%s: it was removed while the container lives, which has no limits without it: "
		"delete the container and create it again",
		s->cgroup, code == ESTALE ? ", and another one has its path" : "");
}

int cgroup_open(const struct state *s, struct err *e)
{
	int fd = cgroup_get(s);

	if (fd >= 0)
		return fd;
	return cgroup_is_gone(errno) ? explain_missing(s, errno, e)
				     : err_sys(e, errno, "open cgroup \"%s\"", s->cgroup);
}

int cgroup_check(const struct state *s, struct err *e)
{
	auto_close int fd = -1;

	if (!has_cgroup(s))
		return 0;
	fd = cgroup_open(s, e);
	return fd < 0 ? -1 : 0;
}
