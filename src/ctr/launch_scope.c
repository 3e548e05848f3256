/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: a scope cannot be made without a process to put into it. That process is init itself: it
 * is cloned in the caller's cgroup and waits before its first stage, systemd moves it, then the
 * scope's cgroup gets what systemd has no property for, and only then does init go on. So one
 * process moves once, by one call; the limits are in force before init makes anything; init opens
 * its cgroup namespace in the right place; and it works for a user too, who may clone into a cgroup
 * only from one that has the same owner above both, which a login session has not.
 *
 * The processes of the container are in the scope itself, where engines look for them and for its
 * statistics. With the annotation run.oci.systemd.subgroup they are in a cgroup below it, which
 * then is the container's: its limits are there, where the container sees them, and those that
 * systemd has a property for on the scope as well. */
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "ctr/host.h"
#include "kern/cgroup.h"
#include "launch.h"
#include "local.h"

/* Has the caller a service manager of his own? In a user namespace root may be a user outside: his
 * variables lead to it. */
static bool has_own_manager(void)
{
	if (geteuid() != 0)
		return true;
	return host_in_userns() &&
		(getenv("DBUS_SESSION_BUS_ADDRESS") || getenv("XDG_RUNTIME_DIR"));
}

const char *launch_manager_cgroup(struct launch *l)
{
	const char *self, *at, *end;
	struct err e;

	l->user_manager = has_own_manager();
	if (!l->user_manager)
		return "";
	err_init(&e);
	at = cg_self(&l->arena, &self, &e) < 0 ? NULL : strstr(self, "/user@");
	end = at ? strstr(at, ".service") : NULL;
	if (end)
		return arena_dup(&l->arena, self, (size_t)(end - self) + strlen(".service"));
	return arena_fmt(&l->arena, "/user.slice/user-%u.slice/user@%u.service", geteuid(),
		geteuid());
}

int launch_scope_open(struct launch *l, struct err *e)
{
	unsigned flags = l->user_manager ? SYSTEMD_USER : 0;

	if (!l->plan.cgroup.scope)
		return 0;
	return systemd_open(&l->arena, flags, &l->systemd, e);
}

/* Where systemd has put init is what counts, not where we expected it. */
static int find_cgroup(struct launch *l, struct err *e)
{
	struct plan_cgroup *c = &l->plan.cgroup;
	struct state *s = &l->container.state;
	auto_close int fd = -1;
	const char *path;

	if (cg_of(&l->arena, arena_fmt(&l->arena, "/proc/%d/cgroup", (int)l->pid), &path, e) < 0)
		return -1;
	if (!str_eq(path_base(path), c->scope) || !str_eq(path_clean(&l->arena, path), path))
		return err_set(e, EREMOTEIO,
			"systemd has started scope \"%s\", but init is in cgroup \"%s\"", c->scope,
			path);
	if (c->subgroup)
		path = arena_fmt(&l->arena, "%s/%s", path, c->subgroup);
	c->path = path;
	s->cgroup = path;
	s->cgroup_made = true;
	s->cgroup_has_id = true;
	/* one in the scope is not there yet */
	fd = cg_open(s->cgroup_mount, path);
	if (fd >= 0 ? cg_id(fd, &s->cgroup_id) < 0 : errno != ENOENT)
		return err_sys(e, errno, "open cgroup \"%s\"", path);
	return container_note(&l->container, e) < 0 ? -1 : container_save(&l->container, e);
}

/* Init goes one further where an annotation asks for it, before controllers are handed down: the
 * scope may have no processes then. */
static int enter_subgroup(struct launch *l, struct err *e)
{
	const struct plan_cgroup *c = &l->plan.cgroup;
	auto_close int fd = -1;
	unsigned made;

	if (!c->subgroup)
		return 0;
	if (cg_make(&l->arena, l->container.state.cgroup_mount, c->path, NULL, &made, &fd, e) < 0)
		return -1;
	return cg_write(fd, c->path, "cgroup.procs", arena_fmt(&l->arena, "%d", (int)l->pid), e);
}

int launch_scope_start(struct launch *l, struct err *e)
{
	const struct plan_cgroup *c = &l->plan.cgroup;
	bool ours;
	int r;

	if (!c->scope)
		return 0;
	r = systemd_start_scope(l->systemd, c->scope, c->properties, c->n_properties, l->pid,
		l->pidfd, &ours, e);
	systemd_close(l->systemd);
	l->systemd = NULL;
	if (!ours)
		l->container.state.scope = NULL; /* there is none, or it is somebody else's */
	if (r < 0 || find_cgroup(l, e) < 0 || enter_subgroup(l, e) < 0)
		return -1;
	return launch_scope_cgroup(l, e);
}

int scope_stop(const struct state *s, struct err *e)
{
	auto_arena struct arena a = { 0 };
	struct systemd *systemd = NULL;
	int r = systemd_open(&a, s->user_manager ? SYSTEMD_USER : 0, &systemd, e);

	if (r == 0)
		r = systemd_stop(systemd, s->scope, e);
	systemd_close(systemd);
	return r;
}
