/* SPDX-License-Identifier: Apache-2.0 */
#include "held.h"

#include <string.h>

#include "base/fd.h"
#include "base/str.h"
#include "kern/cgroup.h"
#include "kern/deadline.h"
#include "kern/proc.h"
#include "kern/procstat.h"

enum {
	QUIET_MS = 1000,
	SOON_MS = 100, /* in which nearly every process is gone */
};

void held_init(struct held *h)
{
	*h = (struct held){ .cgroup = -1, .events = -1, .due = DEADLINE_NONE };
}

void held_done(struct held *h)
{
	def_close(&h->events);
	held_init(h);
}

void held_watch(struct held *h, pid_t pid, int cgroup_fd)
{
	h->pid = pid;
	h->cgroup = cgroup_fd;
	if (cgroup_fd >= 0)
		h->due = deadline_in(QUIET_MS);
}

/* no more than this can be known */
static bool give_up(struct held *h)
{
	def_close(&h->events);
	h->events = -1;
	h->due = DEADLINE_NONE;
	return false;
}

/* It has left its cgroup: on its way out, or to another cgroup? */
static bool look_at_init(struct held *h)
{
	struct procstat now;

	if (procstat_read(h->pid, &now) < 0 || !now.exiting)
		return give_up(h);
	if (strchr("SZ", now.state))
		return true;
	h->due = deadline_in(QUIET_MS);
	return false;
}

bool held_look(struct held *h, int event)
{
	if (!event && (h->due == DEADLINE_NONE || deadline_left(h->due) != 0))
		return false;
	if (h->empty)
		return look_at_init(h);
	if (h->events < 0)
		h->events = cg_open_events(h->cgroup);
	if (h->events < 0)
		return give_up(h);
	h->due = DEADLINE_NONE;
	/* one that is removed is empty, too */
	if (cg_populated_events(h->events) > 0)
		return false;
	(void)give_up(h);
	h->empty = true;
	h->due = deadline_in(SOON_MS);
	return false;
}

bool held_after_signal(const struct held *h)
{
	auto_str struct str ignored = { 0 };
	struct procstat now;

	return h->pid > 0 && h->cgroup < 0 && procstat_read(h->pid, &now) == 0 && now.exiting &&
		strchr("SZ", now.state) && proc_list_zombies(h->pid, &ignored) > 0;
}
