/* SPDX-License-Identifier: Apache-2.0 */
/* ended.c - what is known of a container that has stopped
 *
 * The exit status of a process is told to whoever reaps it, and to nobody else afterwards. That is `run` in the foreground, which
 * writes it down for --keep. Else it is the caller of create, or the host's init: what these have not reaped yet can be read from /proc, what
 * they have is lost to us. Whether the OOM killer was there the cgroup says until it is removed. */
#include "ctr/ended.h"

#include <time.h>

#include "base/log.h"
#include "ctr/local.h"
#include "kern/cgroup.h"
#include "kern/cgstat.h"
#include "kern/proc.h"

const char *ctr_now(struct arena *a)
{
	struct timespec t;
	struct tm tm;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	(void)gmtime_r(&t.tv_sec, &tm); /* strftime(3) would read the local time zone first */
	return arena_fmt(a, "%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ", tm.tm_year + 1900,
		tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, t.tv_nsec);
}

struct oom {
	uint64_t kills;
	uint64_t reached; /* how often it was the limit of the cgroup itself, or of one below it */
};

/* false: the host has no memory controller here, or the cgroup is gone */
static bool read_oom(int cg, struct oom *ret)
{
	auto_str struct str text = { 0 };
	bool found = false;
	struct cg_pair p;
	char *at;

	if (cg_read(cg, "memory.events", &text) < 0)
		return false;
	*ret = (struct oom){ 0 };
	for (at = text.data; at && cgstat_pair(&at, &p);) {
		if (str_eq(p.key, "oom_kill")) {
			ret->kills = p.value;
			found = true;
		} else if (str_eq(p.key, "oom")) {
			ret->reached = p.value;
		}
	}
	return found;
}

static int open_cgroup(const struct state *s)
{
	return has_cgroup(s) ? cg_open(s->cgroup_mount, s->cgroup) : -1;
}

static void look_for_oom(struct state *s)
{
	auto_close int cg = open_cgroup(s);
	struct oom oom;

	if (cg < 0 || !read_oom(cg, &oom))
		return;
	s->end.has_oom = true;
	s->end.oom_killed = oom.kills > 0;
}

static void set_end(struct state *s, const struct proc_end *end)
{
	s->end.is_known = true;
	s->end.code = end->code;
	s->end.signal = end->signal;
}

void ended_look(struct container *c)
{
	struct state *s = &c->state;
	const struct proc_id id = { .pid = s->pid,
		.start_time = s->start_time,
		.inode = s->pid_inode };
	struct proc_end end;

	if (s->end.is_known)
		return;
	if (proc_zombie(&id, &end))
		set_end(s, &end);
	look_for_oom(s);
}

void ended_save(struct container *c, const struct proc_end *end)
{
	struct err e;
	int r;

	err_init(&e);
	r = container_lock(c, &e);
	if (r > 0) /* deleted by somebody else */
		return;
	set_end(&c->state, end);
	c->state.end.finished = ctr_now(&c->arena);
	look_for_oom(&c->state);
	if (r < 0 || container_save(c, &e) < 0)
		log_warning("how container \"%s\" ended is not recorded: %s", c->state.id,
			err_text(&e));
	container_unlock(c);
}

void ended_tell_oom(const struct state *s)
{
	auto_close int cg = open_cgroup(s);
	auto_str struct str limit = { 0 };
	struct oom oom;

	if (cg < 0 || !read_oom(cg, &oom) || oom.kills == 0)
		return;
	if (cg_read(cg, "memory.max", &limit) == 0 && limit.len > 0)
		limit.data[limit.len - 1] = '\0';
	log_warning("container \"%s\": the OOM killer ended %llu of its processes: %s%s", s->id,
		(unsigned long long)oom.kills,
		oom.reached ? "it reached its limit, memory.max is "
			    : "memory ran out around it, its own memory.max is ",
		str_text(&limit));
}
