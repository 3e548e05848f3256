/* SPDX-License-Identifier: Apache-2.0 */
/* freeze.c - pause and resume, by the freezer of cgroup v2
 *
 * The systemd manager uses the same file: a scope that is frozen over D-Bus ends up there as well.
 * No lock is taken, as in kill.c: a `start` whose hooks hang must not keep a container from being
 * paused. */
#include "ctr/freeze.h"

#include <string.h>

#include "base/log.h"
#include "ctr/local.h"
#include "ctr/status.h"
#include "kern/cgroup.h"

enum { FREEZE_WAIT_MS = 10000 };

/* the cgroup of a container in the right state; *ret is owned by the caller */
static int open_cgroup(const struct container *c, int *ret, struct err *e)
{
	const struct state *s = &c->state;

	if (!has_cgroup(s))
		return err_set(e, EINVAL,
			"it has no cgroup of its own, and only a cgroup can be frozen");
	*ret = cgroup_open(s, e);
	return *ret < 0 ? -1 : 0;
}

static int load(const struct store *s, const char *id, struct container *c, enum ctr_status *ret,
	struct err *e)
{
	return store_load(s, id, 0, c, e) < 0 || ctr_status(c, ret, NULL, e) < 0 ? -1 : 0;
}

static int freeze(const struct container *c, struct err *e)
{
	auto_str struct str busy = { 0 };
	auto_close int fd = -1;
	int r;

	if (open_cgroup(c, &fd, e) < 0)
		return -1;
	log_debug("freeze cgroup \"%s\"", c->state.cgroup);
	r = cg_freeze(fd, true, FREEZE_WAIT_MS, &busy);
	if (r > 0)
		return 0;
	if (r < 0)
		return err_sys(e, errno, "freeze cgroup \"%s\"", c->state.cgroup);
	return err_set(e, ETIMEDOUT,
		"not all of its processes stopped within %d s, so they go on (still busy: %s)",
		FREEZE_WAIT_MS / 1000, busy.len > 0 ? str_text(&busy) : "none any more");
}

int ctr_pause(const struct store *s, const char *id, struct err *e)
{
	auto_container struct container c;
	enum ctr_status status;

	container_init(&c);
	if (load(s, id, &c, &status, e) < 0)
		return -1;
	if (status != STATUS_RUNNING && status != STATUS_CREATED)
		return err_set(e, EINVAL,
			"cannot pause container \"%s\": container not running, but %s", id,
			ctr_status_name(status));
	return freeze(&c, e) < 0 ? err_in(e, "cannot pause container \"%s\"", id) : 0;
}

/* A cgroup around ours that is frozen keeps ours frozen; that one is for whoever froze it. */
static int check_around(struct container *c, struct err *e)
{
	char *path = arena_str(&c->arena, c->state.cgroup);

	for (char *end = strrchr(path, '/'); end && end > path; end = strrchr(path, '/')) {
		auto_close int fd = -1;

		*end = '\0';
		fd = cg_open(c->state.cgroup_mount, path);
		if (fd >= 0 && cg_frozen(fd) > 0)
			return err_set(e, EBUSY,
				"cgroup \"%s\" around it is frozen: write 0 to its cgroup.freeze",
				path);
	}
	return 0;
}

static int thaw(struct container *c, struct err *e)
{
	auto_close int fd = -1;
	int r;

	if (open_cgroup(c, &fd, e) < 0 || check_around(c, e) < 0)
		return -1;
	r = cg_freeze(fd, false, FREEZE_WAIT_MS, NULL);
	if (r == 0)
		return err_set(e, ETIMEDOUT, "cgroup \"%s\" is still frozen after %d s",
			c->state.cgroup, FREEZE_WAIT_MS / 1000);
	return r < 0 ? err_sys(e, errno, "thaw cgroup \"%s\"", c->state.cgroup) : 0;
}

/* Without an init it is stopped, but an exec may be frozen in its cgroup, which nobody else could
 * let go on. */
static bool holds_frozen(const struct state *s)
{
	auto_close int fd = has_cgroup(s) ? cg_open(s->cgroup_mount, s->cgroup) : -1;

	return fd >= 0 && cg_frozen(fd) > 0 && cg_populated(fd) > 0;
}

int ctr_resume(const struct store *s, const char *id, struct err *e)
{
	auto_container struct container c;
	enum ctr_status status;

	container_init(&c);
	if (load(s, id, &c, &status, e) < 0)
		return -1;
	if (status != STATUS_PAUSED && !(status == STATUS_STOPPED && holds_frozen(&c.state)))
		return err_set(e, EINVAL,
			"cannot resume container \"%s\": container not paused, but %s", id,
			ctr_status_name(status));
	return thaw(&c, e) < 0 ? err_in(e, "cannot resume container \"%s\"", id) : 0;
}
