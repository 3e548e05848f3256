/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: what is cloned into a cgroup below a frozen one does not run before that is thawed, and
 * nobody says so. To look at the cgroup first would cost every container, and tell nothing of what
 * is frozen a moment later. So it is looked at when init has said nothing for a second, and watched
 * from then on: hooks and slow disks take their time, a frozen cgroup has a deadline. */
#include <fcntl.h>
#include <poll.h>

#include "base/log.h"
#include "kern/cgroup.h"
#include "kern/deadline.h"
#include "launch.h"
#include "stop.h"

enum {
	QUIET_MS = 1000,
	FROZEN_MS = 10000,
};

struct watch {
	const struct launch *l;
	struct arena arena;
	int events;       /* cgroup.events, -1: not watched yet, or there is no cgroup */
	int64_t deadline; /* while it is frozen, else DEADLINE_NONE */
};

/* the cgroup that is frozen, the container's own if none can be found */
static const char *frozen_cgroup(struct watch *w)
{
	const char *mount = w->l->container.state.cgroup_mount, *path = w->l->plan.cgroup.path;
	const char *by = cg_freezer(&w->arena, mount, path);

	return arena_fmt(&w->arena, "%s%s", mount, by ? by : path);
}

static int not_thawed(struct watch *w, struct err *e)
{
	return err_set(e, ETIMEDOUT,
		"container's cgroup unexpectedly frozen: init waits in cgroup \"%s\" since %d s, and \"%s\" was not thawed: write 0 to its cgroup.freeze",
		w->l->plan.cgroup.path, (QUIET_MS + FROZEN_MS) / 1000, frozen_cgroup(w));
}

/* Is it frozen now? This also lets poll(2) wait for a change. */
static int look(struct watch *w, struct err *e)
{
	const int frozen = w->events < 0 ? 0 : cg_frozen_events(w->events);

	if (frozen <= 0) {
		w->deadline = DEADLINE_NONE;
		return 0;
	}
	if (w->deadline != DEADLINE_NONE)
		return deadline_left(w->deadline) == 0 ? not_thawed(w, e) : 0;
	w->deadline = deadline_in(FROZEN_MS);
	log_warning(
		"container \"%s\" waits for its cgroup \"%s\" to be thawed: cgroup \"%s\" is frozen",
		w->l->options.id, w->l->plan.cgroup.path, frozen_cgroup(w));
	return 0;
}

/* until sock can be read */
static int await(struct watch *w, int sock, struct err *e)
{
	const struct launch *l = w->l;
	bool looked = false;

	for (;;) {
		struct pollfd p[] = { { .fd = sock, .events = POLLIN },
			{ .fd = l->stop_fd, .events = POLLIN },
			{ .fd = w->events, .events = POLLPRI } };
		int n = poll(p, ARRAY_LEN(p), looked ? deadline_left(w->deadline) : QUIET_MS);

		if (n < 0 && errno != EINTR)
			return err_sys(e, errno, "wait for init");
		if (n > 0 && p[0].revents)
			return 0;
		if (n > 0 && p[1].revents && stop_check(l->stop_fd, e) < 0)
			return -1;
		if (n == 0 && !looked) {
			looked = true;
			w->events = l->cgroup_fd < 0 ? -1 : cg_open_events(l->cgroup_fd);
		}
		if (looked && look(w, e) < 0)
			return -1;
	}
}

int launch_await(const struct launch *l, int sock, struct err *e)
{
	struct watch w = { .l = l, .events = -1, .deadline = DEADLINE_NONE };
	int r = await(&w, sock, e);

	def_close(&w.events);
	arena_done(&w.arena);
	return r;
}
