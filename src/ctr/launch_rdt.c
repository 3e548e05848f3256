/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: as with the cgroup, the state names what will be made before it is made, so that a
 * deletion finds it whatever happens in between. Of a group that others may share (a closID was
 * given) the state says so only until the container is recorded: a failed create takes back what it
 * made, a deletion does not (config-linux.md). */
#include <linux/magic.h>

#include "ctr/local.h"
#include "launch.h"

int launch_rdt_open(struct launch *l, struct err *e)
{
	if (!l->plan.resctrl.where)
		return 0;
	l->rdt_fd = resctrl_open(RESCTRL_MOUNT, RDTGROUP_SUPER_MAGIC, e);
	return l->rdt_fd < 0 ? err_in(e, "%s", l->plan.resctrl.where) : 0;
}

int launch_rdt_note(struct launch *l, struct err *e)
{
	const struct resctrl *r = &l->plan.resctrl;
	struct state *s = &l->container.state;
	bool exists = false;

	if (!r->where)
		return 0;
	if (resctrl_check(l->rdt_fd, r, &exists, e) < 0)
		return err_in(e, "%s", r->where);
	s->rdt_group = r->group;
	s->rdt_made = !exists;
	s->rdt_monitor = r->monitor != NULL;
	return 0;
}

int launch_rdt_make(struct launch *l, struct err *e)
{
	const struct resctrl *r = &l->plan.resctrl;
	struct state *s = &l->container.state;

	if (!r->where)
		return 0;
	/* until it is known who made it, nothing is ours to remove */
	s->rdt_made = s->rdt_monitor = false;
	if (resctrl_make_group(l->rdt_fd, r, &l->rdt_made, e) < 0)
		return err_in(e, "%s", r->where);
	s->rdt_made = l->rdt_made;
	if ((s->rdt_made && resctrl_write(l->rdt_fd, r, e) < 0) ||
		resctrl_make_monitor(l->rdt_fd, r, &s->rdt_monitor, e) < 0)
		return err_in(e, "%s", r->where);
	return 0;
}

int launch_rdt_enter(struct launch *l, struct err *e)
{
	const struct resctrl *r = &l->plan.resctrl;

	if (r->where && resctrl_enter(l->rdt_fd, r, l->pid, e) < 0)
		return err_in(e, "%s", r->where);
	return 0;
}

void launch_rdt_settle(struct launch *l)
{
	if (!l->plan.resctrl.own)
		l->container.state.rdt_made = false;
}

void launch_rdt_undo(struct launch *l)
{
	l->container.state.rdt_made = l->rdt_made;
}

int rdt_destroy(const struct state *s, struct err *e)
{
	unsigned flags = s->rdt_made ? RESCTRL_GROUP : 0;
	auto_close int fd = -1;

	if (!s->rdt_group || (!s->rdt_made && !s->rdt_monitor))
		return 0;
	/* what is mounted no more has no groups */
	fd = resctrl_open(RESCTRL_MOUNT, RDTGROUP_SUPER_MAGIC, e);
	if (fd < 0)
		return e->code == ENOENT ? 0 : -1;
	if (!str_eq(s->rdt_group, s->id))
		flags |= RESCTRL_SHARED;
	return resctrl_remove(fd, s->rdt_group, s->rdt_monitor ? s->id : NULL, flags, e);
}
