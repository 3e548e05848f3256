/* SPDX-License-Identifier: Apache-2.0 */
/* events.c - statistics once or again and again, and kills for want of memory
 *
 * The kernel wakes poll(POLLPRI) on memory.events when it counts, but tells so at most every 10 ms;
 * the count itself goes up before the process gets its signal. So it is looked at once more when
 * the first process has ended, and a kill that ended the container is told for certain. */
#include "ctr/events.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>

#include "base/fd.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "ctr/local.h"
#include "ctr/stats.h"
#include "ctr/status.h"
#include "kern/cgroup.h"
#include "kern/proc.h"

enum { EVENTS_MAX = 1024 /* memory.events: six short lines */ };

struct watch {
	const struct container *container;
	struct cg_sizes sizes;
	int pidfd, out;
	int memory; /* memory.events, -1: there is no controller */
	uint64_t kills;
};

static int load(const struct store *s, const char *id, struct container *ret, int *ret_pidfd,
	struct err *e)
{
	enum ctr_status status;

	if (store_load(s, id, 0, ret, e) < 0 || ctr_status(ret, &status, ret_pidfd, e) < 0)
		return -1;
	if (*ret_pidfd < 0)
		return err_set(e, ESRCH, "container with id %s is not running", id);
	return cgroup_check(&ret->state, e);
}

int events_stats(const struct store *s, const char *id, struct str *out, struct err *e)
{
	auto_container struct container c;
	auto_cgsizes struct cg_sizes sizes = { .names = NULL };
	auto_stats struct stats stats;
	auto_close int pidfd = -1;

	container_init(&c);
	stats_init(&stats);
	if (load(s, id, &c, &pidfd, e) < 0)
		return -1;
	if (stats_read(&c, pidfd, &sizes, &stats, e) < 0)
		return -1;
	stats_json(&stats, id, out);
	return 0;
}

static int write_stats(struct watch *w)
{
	auto_stats struct stats stats;
	auto_str struct str line = { 0 };
	struct err e;

	/* half of the numbers would look like all of them; the next ones may be whole */
	if (stats_read(w->container, w->pidfd, &w->sizes, &stats, &e) < 0) {
		log_warning("%s", err_text(&e));
		return 0;
	}
	stats_json(&stats, w->container->state.id, &line);
	return fd_write_all(w->out, line.data, line.len);
}

/* how many were killed so far; also makes poll(2) wait for the next one */
static uint64_t count_kills(const struct watch *w)
{
	char text[EVENTS_MAX];
	uint64_t kills = w->kills;
	ssize_t n = w->memory < 0 ? -1 : pread(w->memory, text, sizeof(text) - 1, 0);

	if (n < 0)
		return kills; /* the cgroup is gone */
	text[n] = '\0';
	(void)cgstat_oom_kills(text, &kills);
	return kills;
}

static int write_kills(struct watch *w)
{
	uint64_t kills = count_kills(w);
	auto_str struct str lines = { 0 };

	for (; w->kills < kills; w->kills++) {
		struct jsonw json;

		jsonw_init(&json, &lines, 0);
		jsonw_object(&json, NULL);
		jsonw_string(&json, "type", "oom");
		jsonw_string(&json, "id", w->container->state.id);
		jsonw_end_object(&json);
		str_addc(&lines, '\n');
	}
	return fd_write_all(w->out, str_text(&lines), lines.len);
}

/* *ret: memory.events, -1: there is no controller, or no cgroup */
static int open_memory_events(const struct state *s, int *ret, struct err *e)
{
	auto_close int cg = cgroup_get(s);

	if (cg >= 0)
		*ret = openat(cg, "memory.events", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return *ret >= 0 || cgroup_is_gone(errno)
		? 0
		: err_sys(e, errno, "open \"memory.events\" of cgroup \"%s\"", s->cgroup);
}

/* Until the end. 0, or -1 with errno */
static int follow(struct watch *w, int64_t interval_ms)
{
	int64_t next = proc_now_ms() + interval_ms;

	for (;;) {
		struct pollfd p[] = { { .fd = w->pidfd, .events = POLLIN },
			{ .fd = w->memory, .events = POLLPRI }, { .fd = w->out } };
		int64_t now = proc_now_ms();

		if (now >= next) {
			if (write_stats(w) < 0)
				return -1;
			/* what could not be done in time is not made up for */
			next = next + interval_ms > now ? next + interval_ms : now + interval_ms;
			continue;
		}
		if (poll(p, ARRAY_LEN(p), next - now < INT_MAX ? (int)(next - now) : INT_MAX) < 0) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		if ((p[0].revents || p[1].revents) && write_kills(w) < 0)
			return -1;
		if (p[0].revents || p[2].revents)
			return 0;
	}
}

int events_follow(const struct store *s, const char *id, int64_t interval_ms, int fd, struct err *e)
{
	auto_container struct container c;
	auto_close int pidfd = -1, memory = -1;
	struct watch w = { .container = &c, .out = fd };
	int r;

	container_init(&c);
	if (load(s, id, &c, &pidfd, e) < 0)
		return -1;
	if (open_memory_events(&c.state, &memory, e) < 0)
		return -1;
	w.pidfd = pidfd;
	w.memory = memory;
	w.kills = count_kills(&w);
	r = follow(&w, interval_ms);
	if (r < 0)
		(void)err_sys(e, errno, "write the events of container \"%s\"", id);
	cgsizes_done(&w.sizes);
	return r;
}
