/* SPDX-License-Identifier: Apache-2.0 */
/* stats.c - collect what a container has used */
#include "ctr/stats.h"

#include <linux/magic.h>
#include <sched.h>

#include "ctr/local.h"
#include "kern/cgroup.h"
#include "kern/proc.h"
#include "kern/procstat.h"
#include "kern/resctrl.h"

void stats_init(struct stats *s)
{
	*s = (struct stats){ .net = NULL };
}

void stats_done(struct stats *s)
{
	cgstat_done(&s->cgroup);
}

/* Only of a network namespace of the container's: what goes through the host's interfaces is not
 * its own. */
static int read_net(const struct state *s, int pidfd, struct stats *ret, struct err *e)
{
	int code;

	if (pidfd < 0 || !(s->namespaces & CLONE_NEWNET))
		return 0;
	if (procstat_check(e) < 0)
		return err_in(e, "network interfaces");
	code = netcount_read(&ret->cgroup.arena, s->pid, &ret->net, &ret->n_net) < 0 ? errno : 0;
	/* the number may have become another process's before the file was read */
	if (proc_wait_end(pidfd, 0)) {
		ret->n_net = 0;
		return 0;
	}
	return code ? err_sys(e, code, "network interfaces: read \"/proc/%d/net/dev\"", s->pid) : 0;
}

static int read_rdt(const struct state *s, struct stats *ret, struct err *e)
{
	auto_close int mount = -1;

	if (!s->rdt_group)
		return 0;
	mount = resctrl_open(RESCTRL_MOUNT, RDTGROUP_SUPER_MAGIC, e);
	if (mount < 0)
		return e->code == EMFILE || e->code == ENFILE || e->code == ENOMEM || e->code == EIO
			? -1
			: 0;
	rdtstat_read(&ret->cgroup.arena, mount, s->rdt_group, s->rdt_monitor ? s->id : NULL,
		&ret->rdt);
	return ret->rdt.error
		? err_sys(e, ret->rdt.error, "read the resctrl group \"%s\"", s->rdt_group)
		: 0;
}

static int read_cgroup(const struct state *s, struct cg_sizes *sizes, struct cg_stat *ret,
	struct err *e)
{
	auto_close int cg = cgroup_get(s);

	if (cg < 0)
		return cgroup_is_gone(errno) ? 0
					     : err_sys(e, errno, "open cgroup \"%s\"", s->cgroup);
	cgstat_read(cg, sizes, ret);
	return ret->error
		? err_sys(e, ret->error, "read \"%s\" of cgroup \"%s\"", ret->error_file, s->cgroup)
		: 0;
}

int stats_read(const struct container *c, int pidfd, struct cg_sizes *sizes, struct stats *ret,
	struct err *e)
{
	struct err first;
	bool failed;

	stats_init(ret);
	/* what can be had is there even so; the first reason counts */
	failed = read_cgroup(&c->state, sizes, &ret->cgroup, e) < 0;
	if (read_net(&c->state, pidfd, ret, failed ? &first : e) < 0)
		failed = true;
	if (read_rdt(&c->state, ret, failed ? &first : e) < 0)
		failed = true;
	return failed ? err_in(e, "statistics of container \"%s\"", c->state.id) : 0;
}
