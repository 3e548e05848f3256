/* SPDX-License-Identifier: Apache-2.0 */
/* limits.c - the container's cgroup, its limits and the filter for devices
 *
 * Root gets all of it or an error. For a rootless caller (launch_rootless) the cgroup may be
 * somebody else's: then the container does without what cannot be had, down to having no cgroup of
 * its own, and every limit that is lost is named. What is asked of the kernel in vain is asked only
 * once there was a refusal, so root pays for none of this. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/log.h"
#include "ctr/host.h"
#include "handout.h"
#include "kern/bpf.h"
#include "kern/cgroup.h"
#include "kern/mnt.h"
#include "launch.h"
#include "settings.h"

/* The limit on processes counts the clone of init itself, so it is written after that; everything
 * else before. */
static int write_settings(struct launch *l, bool cloned, struct err *e)
{
	const struct plan_cgroup *c = &l->plan.cgroup;

	for (size_t i = 0; i < c->n_settings; i++) {
		if (str_eq(c->settings[i].file, "pids.max") != cloned)
			continue;
		log_debug("cgroup \"%s\": write \"%s\" to %s", c->path, c->settings[i].value,
			c->settings[i].file);
		if (setting_write(l->cgroup_fd, c->path, &c->settings[i], e) < 0)
			return -1;
	}
	return 0;
}

/* The specification only recommends it, and a user without privileges cannot: the container goes on
 * without. */
static void give_cgroup(const struct launch *l)
{
	uint32_t uid;

	if (plan_cgroup_owner(&l->plan, &uid) && uid != geteuid() &&
		cg_delegate(l->cgroup_fd, uid) < 0)
		log_warning("give cgroup \"%s\" to user %u of the container: %s",
			l->plan.cgroup.path, uid, err_errno_text(errno));
}

static int attach_filter(struct launch *l, struct err *e)
{
	const struct plan_cgroup *c = &l->plan.cgroup;
	struct bpf_insn *prog;
	size_t n;

	devprog_build(&l->arena, c->rules, c->n_rules, &prog, &n);
	if (bpf_attach_devices(l->cgroup_fd, prog, n,
		    l->container.state.cgroup_made ? BPF_ATTACH_FRESH : 0, e) == 0)
		return 0;
	if ((e->code != EPERM && e->code != EACCES) || !launch_rootless(&l->options))
		return -1;
	/* Devices that the caller may not use stay out of reach anyway: no node can be made. */
	if (l->config.linux.resources.n_devices)
		log_info("linux.resources.devices: not applied: %s", err_text(e));
	return 0;
}

/* ---- with less than was asked for ---- */

static bool is_refusal(int code)
{
	return code == EACCES || code == EPERM || code == EROFS;
}

/* The limits of controller name (NULL: all) cannot be had. With checkBeforeUpdate the configuration
 * says that a memory limit matters more than the container. */
static int lose(struct launch *l, const char *name, const char *why, struct err *e)
{
	const bool strict = l->config.linux.resources.memory.check_before_update;
	struct plan_cgroup *c = &l->plan.cgroup;
	const char *told = "";
	size_t kept = 0;

	for (size_t i = 0; i < c->n_settings; i++) {
		const struct plan_setting *s = &c->settings[i];
		const char *rest = name ? str_after(s->file, name) : ".";

		if (!rest || *rest != '.') {
			c->settings[kept++] = *s;
			continue;
		}
		if (strict && str_after(s->file, "memory.")) {
			(void)err_set(e, EPERM, "%s: cannot be applied: %s", s->where, why);
			return err_more(e, "%s", limits_recipe);
		}
		/* a limit may take several writes */
		if (!str_eq(told, s->where))
			log_warning("%s: not applied: %s", s->where, why);
		told = s->where;
	}
	c->n_settings = kept;
	return 0;
}

/* where a cgroup filesystem of the host shows the caller's own cgroup and nothing around it;
 * NULL: not known */
static const char *own_cgroup(struct launch *l)
{
	const char *self;
	struct err e;

	err_init(&e);
	if (cg_self(&l->arena, &self, &e) < 0 || str_after(self, "/.."))
		return NULL;
	return arena_fmt(&l->arena, "%s%s", l->container.state.cgroup_mount,
		str_eq(self, "/") ? "" : self);
}

/* No cgroup of its own: the container stays in the caller's. A cgroup filesystem shows that one
 * then, so it must not be writable. */
static int do_without_cgroup(struct launch *l, const char *why, struct err *e)
{
	struct plan_root *root = &l->plan.root;

	if (lose(l, NULL, why, e) < 0)
		return -1;
	/* nobody expects a filter from a user who cannot even have a cgroup */
	if (l->config.linux.resources.n_devices)
		log_info("linux.resources.devices: not applied: %s", why);
	log_debug("the container has no cgroup of its own: %s", why);
	for (size_t i = 0; i < root->n_build; i++) {
		struct op *op = &root->build[i];

		if (op->kind != OP_MOUNT || !str_eq(op->mount.type, "cgroup2"))
			continue;
		op->mount.attr_set |= MOUNT_ATTR_RDONLY;
		op->mount.attr_clear &= ~(uint64_t)MOUNT_ATTR_RDONLY;
		op->mount.instead = own_cgroup(l);
	}
	l->plan.cgroup = (struct plan_cgroup){ 0 };
	l->container.state.cgroup = NULL;
	return container_note(&l->container, e) < 0 ? -1 : container_save(&l->container, e);
}

/* a scope is there already, and init is in it */
static int open_with(struct launch *l, const char *const *controllers, unsigned *ret_made,
	int *ret_fd, struct err *e)
{
	const char *mount = l->container.state.cgroup_mount, *path = l->plan.cgroup.path;

	if (!l->plan.cgroup.scope)
		return cg_make(&l->arena, mount, path, controllers, ret_made, ret_fd, e);
	*ret_made = 1;
	return cg_adopt(&l->arena, mount, path, controllers, ret_fd, e);
}

/* The cgroup can be made, but not with all its controllers: keep those that can be enabled. */
static int keep_possible(struct launch *l, struct err *e)
{
	struct plan_cgroup *c = &l->plan.cgroup;

	for (const char **name = c->controllers; *name; name++) {
		const char *const one[] = { *name, NULL };
		unsigned made;
		int fd = -1;

		if (open_with(l, one, &made, &fd, e) < 0 &&
			lose(l, *name, arena_str(&l->arena, err_text(e)), e) < 0)
			return -1;
		def_close(&fd);
	}
	return 0;
}

/* May the caller put its child in? The kernel asks for the nearest cgroup above both. */
static bool may_enter(struct launch *l)
{
	const char *self;
	struct err e;

	return cg_self(&l->arena, &self, &e) < 0 ||
		cg_may_move(&l->arena, l->container.state.cgroup_mount, self, l->plan.cgroup.path);
}

/* Somebody who may not enter has no use for what he made. */
static int leave_cgroup(struct launch *l, struct err *e)
{
	const struct state *s = &l->container.state;
	const char *why = arena_fmt(&l->arena,
		"cgroup \"%s%s\" cannot be entered: the caller may not write cgroup.procs of the nearest cgroup above it and its own",
		s->cgroup_mount, s->cgroup);

	def_close(&l->cgroup_fd);
	l->cgroup_fd = -1;
	if (s->cgroup_made && cg_remove(s->cgroup_mount, s->cgroup, s->cgroup_id, 0, e) < 0)
		return -1;
	return do_without_cgroup(l, why, e);
}

static int open_cgroup(struct launch *l, const char *const *controllers, struct err *e)
{
	if (open_with(l, controllers, &l->cgroup_dirs, &l->cgroup_fd, e) < 0)
		return -1;
	l->container.state.cgroup_made = l->cgroup_dirs > 0;
	if (cg_id(l->cgroup_fd, &l->container.state.cgroup_id) < 0)
		return err_sys(e, errno, "look at cgroup \"%s\"", l->plan.cgroup.path);
	return 0;
}

/* The cgroup as a rootless caller gets it, after cg_make has refused with *e; l->cgroup_fd stays -1
 * when there is none. */
static int make_with_less(struct launch *l, struct err *e)
{
	static const char *const none[] = { NULL };
	const char *why = arena_str(&l->arena, err_text(e));

	if (open_cgroup(l, none, e) < 0) {
		if (!is_refusal(e->code))
			return -1;
		return do_without_cgroup(l, why, e);
	}
	return keep_possible(l, e);
}

/* ---- make it ---- */

static int fill(struct launch *l, struct err *e)
{
	if (write_settings(l, false, e) < 0)
		return -1;
	give_cgroup(l);
	return attach_filter(l, e);
}

/* Somebody has made the cgroup since the state was noted: is it another container's? */
static int check_owner(struct launch *l, struct err *e)
{
	if (launch_check_shared(l, e) == 0)
		return container_save(&l->container, e);
	def_close(&l->cgroup_fd);
	l->cgroup_fd = -1;
	l->container.state.cgroup = NULL; /* nothing in it is ours to kill */
	return -1;
}

int launch_cgroup(struct launch *l, struct err *e)
{
	struct state *s = &l->container.state;
	const size_t asked = l->plan.cgroup.n_settings;
	const bool expected = s->cgroup_made;

	if (!l->plan.cgroup.path || l->plan.cgroup.scope)
		return 0;
	if (open_cgroup(l, l->plan.cgroup.controllers, e) < 0 &&
		(!launch_rootless(&l->options) || make_with_less(l, e) < 0)) {
		if (l->cgroup_fd < 0)
			s->cgroup = NULL; /* it has cleaned up behind itself */
		return -1;
	}
	if (l->cgroup_fd >= 0 && expected && !s->cgroup_made && check_owner(l, e) < 0)
		return -1;
	if (s->owner != 0 && l->cgroup_fd >= 0 && launch_rootless(&l->options) && !may_enter(l) &&
		leave_cgroup(l, e) < 0)
		return -1;
	if (l->plan.cgroup.n_settings < asked)
		log_warning("%s", limits_recipe);
	if (l->cgroup_fd < 0)
		return 0;
	/* its id is on record before anything can live in it */
	return container_note(&l->container, e) < 0 ? -1 : fill(l, e);
}

int launch_scope_cgroup(struct launch *l, struct err *e)
{
	static const char *const none[] = { NULL };
	const size_t asked = l->plan.cgroup.n_settings;

	if (open_cgroup(l, l->plan.cgroup.controllers, e) < 0 &&
		(!launch_rootless(&l->options) || open_cgroup(l, none, e) < 0 ||
			keep_possible(l, e) < 0))
		return -1;
	if (l->plan.cgroup.n_settings < asked)
		log_warning("%s", limits_recipe);
	return container_note(&l->container, e) < 0 ? -1 : fill(l, e);
}

int launch_oom_score(struct launch *l, struct err *e)
{
	if (handout_oom_score(&l->plan.process, l->pid, l->proc_fd, e) == 0)
		return 0;
	if (!is_refusal(e->code) || !launch_rootless(&l->options))
		return -1;
	log_warning("%s", err_text(e));
	return 0;
}

int launch_late_limits(struct launch *l, struct err *e)
{
	return write_settings(l, true, e);
}
