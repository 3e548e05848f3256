/* SPDX-License-Identifier: Apache-2.0 */
/* stats.c - collect what a container has used */
#include "ctr/stats.h"

#include <linux/magic.h>
#include <sched.h>

#include "ctr/local.h"
#include "kern/cgroup.h"
#include "kern/proc.h"
#include "kern/resctrl.h"

void stats_init(struct stats *s)
{
	*s = (struct stats){ .net = NULL };
}

void stats_done(struct stats *s)
{
	cgstat_done(&s->cgroup);
}

/* Only of a network namespace of the container's: what goes through the host's interfaces is not its own. */
static void read_net(const struct state *s, int pidfd, struct stats *ret)
{
	if (pidfd < 0 || !(s->namespaces & CLONE_NEWNET))
		return;
	ret->n_net = netcount_read(&ret->cgroup.arena, s->pid, &ret->net);
	/* the number may have become another process's before the file was read */
	if (proc_wait_end(pidfd, 0))
		ret->n_net = 0;
}

static void read_rdt(const struct state *s, struct stats *ret)
{
	auto_close int mount = -1;
	struct err ignored;

	if (!s->rdt_group)
		return;
	mount = resctrl_open(RESCTRL_MOUNT, RDTGROUP_SUPER_MAGIC, &ignored);
	if (mount >= 0)
		rdtstat_read(&ret->cgroup.arena, mount, s->rdt_group, s->rdt_monitor ? s->id : NULL,
			&ret->rdt);
}

void stats_read(const struct container *c, int pidfd, struct cg_sizes *sizes, struct stats *ret)
{
	auto_close int cg = -1;

	stats_init(ret);
	cg = cgroup_get(&c->state);
	if (cg >= 0)
		cgstat_read(cg, sizes, &ret->cgroup);
	read_net(&c->state, pidfd, ret);
	read_rdt(&c->state, ret);
}
