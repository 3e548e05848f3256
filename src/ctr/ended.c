/* SPDX-License-Identifier: Apache-2.0 */
/* ended.c - what is known of a container that has stopped
 *
 * The exit status of a process is told to whoever reaps it, and to nobody else afterwards. That is
 * `run` in the foreground, which writes it down for --keep. Else it is the caller of create, or the
 * host's init: what these have not reaped yet can be read from /proc, what they have is lost to us.
 * Whether the OOM killer was there the cgroup says until it is removed: by us, but a scope by
 * systemd as soon as its last process has ended. Of that one only those who watch it meanwhile can
 * know. */
#include "ctr/ended.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "ctr/local.h"
#include "kern/cgroup.h"
#include "kern/cgstat.h"
#include "kern/proc.h"

enum { EVENTS_MAX = 1024 /* memory.events: six short lines */ };

const char *ctr_now(struct arena *a)
{
	struct timespec t;
	struct tm tm;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	(void)gmtime_r(&t.tv_sec, &tm); /* strftime(3) would read the local time zone first */
	return arena_fmt(a, "%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ", tm.tm_year + 1900,
		tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, t.tv_nsec);
}

/* 0, or -1: the host has no memory controller here, or the cgroup is gone */
static int parse_oom(char *text, struct ended_oom *ret)
{
	bool found = false;
	struct cg_pair p;

	while (text && cgstat_pair(&text, &p)) {
		if (str_eq(p.key, "oom_kill")) {
			ret->kills = p.value;
			found = true;
		} else if (str_eq(p.key, "oom")) {
			ret->reached = p.value;
		}
	}
	ret->known = ret->known || found;
	return found ? 0 : -1;
}

static void read_limit(int cg, struct ended_oom *ret)
{
	auto_str struct str limit = { 0 };
	size_t len;

	if (ret->limit[0] || cg_read(cg, "memory.max", &limit) < 0)
		return;
	len = strcspn(str_text(&limit), "\n");
	if (len < sizeof(ret->limit))
		memcpy(ret->limit, limit.data, len);
}

static int open_cgroup(const struct state *s)
{
	return cgroup_get(s);
}

static void read_oom(const struct state *s, struct ended_oom *ret)
{
	auto_close int cg = open_cgroup(s);
	auto_str struct str text = { 0 };

	*ret = (struct ended_oom){ 0 };
	if (cg >= 0 && cg_read(cg, "memory.events", &text) == 0 && parse_oom(text.data, ret) == 0 &&
		ret->kills > 0)
		read_limit(cg, ret);
}

/* what was watched, or else what the cgroup says that is still there */
static void count_oom(const struct state *s, const struct ended_watch *w, struct ended_oom *ret)
{
	if (w && w->oom.known)
		*ret = w->oom;
	else
		read_oom(s, ret);
}

/* Every process of the cgroup is counted, also one of an exec. Who was killed in that way has ended
 * by SIGKILL. */
static void set_oom(struct state *s, const struct ended_oom *oom)
{
	if (!oom->known || (oom->kills > 0 && !s->end.is_known))
		return;
	s->end.has_oom = true;
	s->end.oom_killed = oom->kills > 0 && s->end.signal == SIGKILL;
}

/* ---- watch ---- */

void ended_watch_init(struct ended_watch *w)
{
	*w = (struct ended_watch){ .cgroup = -1, .events = -1 };
}

void ended_watch_begin(struct ended_watch *w, const struct state *s)
{
	if (!s->scope || w->cgroup >= 0)
		return;
	w->cgroup = open_cgroup(s);
	if (w->cgroup < 0)
		return;
	w->events = openat(w->cgroup, "memory.events", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	(void)ended_watch_read(w);
}

void ended_watch_done(struct ended_watch *w)
{
	def_close(&w->events);
	def_close(&w->cgroup);
	ended_watch_init(w);
}

bool ended_watch_read(struct ended_watch *w)
{
	char text[EVENTS_MAX];
	ssize_t n = w->events < 0 ? -1 : pread(w->events, text, sizeof(text) - 1, 0);

	if (n < 0)
		return false; /* the cgroup is gone: what was counted stays */
	text[n] = '\0';
	if (parse_oom(text, &w->oom) == 0 && w->oom.kills > 0)
		read_limit(w->cgroup, &w->oom);
	return true;
}

/* ---- */

static void set_end(struct state *s, const struct proc_end *end)
{
	s->end.is_known = true;
	s->end.code = end->code;
	s->end.signal = end->signal;
}

void ended_look(struct container *c)
{
	struct state *s = &c->state;
	const struct proc_id id = state_process(s);
	struct ended_oom oom;
	struct proc_end end;

	if (s->end.is_known)
		return;
	if (proc_zombie(&id, &end))
		set_end(s, &end);
	read_oom(s, &oom);
	set_oom(s, &oom);
}

void ended_save(struct container *c, const struct proc_end *end, const struct ended_watch *w)
{
	struct ended_oom oom;
	struct err e;
	int r;

	err_init(&e);
	r = container_lock(c, &e);
	if (r > 0) /* deleted by somebody else */
		return;
	set_end(&c->state, end);
	c->state.end.finished = ctr_now(&c->arena);
	count_oom(&c->state, w, &oom);
	set_oom(&c->state, &oom);
	if (r < 0 || container_save(c, &e) < 0)
		log_warning("how container \"%s\" ended is not recorded: %s", c->state.id,
			err_text(&e));
	container_unlock(c);
}

void ended_tell_oom(const struct state *s, const struct ended_watch *w)
{
	struct ended_oom oom;

	count_oom(s, w, &oom);
	if (oom.kills == 0)
		return;
	log_warning("container \"%s\": the OOM killer ended %llu of its processes: %s%s", s->id,
		(unsigned long long)oom.kills,
		oom.reached ? "it reached its limit, memory.max is "
			    : "memory ran out around it, its own memory.max is ",
		oom.limit[0] ? oom.limit : "not known any more");
}
