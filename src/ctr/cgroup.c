/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel removes no cgroup that has processes, but who may move them can empty one first. Then the container lives on without
 * its limits, and what works on its cgroup has nothing to work on. */
#include "kern/cgroup.h"

#include "kern/proc.h"
#include "local.h"

static int explain_missing(const struct state *s, struct err *e)
{
	const struct proc_id id = { .pid = s->pid,
		.start_time = s->start_time,
		.inode = s->pid_inode };
	auto_close int init = proc_open(&id, e);

	if (init < -1)
		return -1;
	if (init < 0)
		return err_set(e, ESRCH, "container not running");
	/* not with the text of ENOENT, from which engines conclude that the image lacks the program */
	return err_set(e, ENOENT,
		"cgroup \"%s\" is gone: it was removed while the container lives, which has no limits without it: "
		"delete the container and create it again",
		s->cgroup);
}

int cgroup_open(const struct state *s, struct err *e)
{
	int fd = cg_open(s->cgroup_mount, s->cgroup);

	if (fd >= 0)
		return fd;
	return errno == ENOENT ? explain_missing(s, e)
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
