/* SPDX-License-Identifier: Apache-2.0 */
/* ps.c - who lives in the cgroup of a container
 *
 * The cgroup decides, not the pid namespace: that can be shared, and the program can make others.
 */
#include "ctr/ps.h"

#include <string.h>
#include <sys/sysinfo.h>

#include "ctr/local.h"
#include "kern/cgroup.h"
#include "kern/proc.h"
#include "kern/procstat.h"
#include "kern/syscalls.h"

static int compare(const void *a, const void *b)
{
	pid_t first = *(const pid_t *)a, second = *(const pid_t *)b;

	return (first > second) - (first < second);
}

static int read_pids(struct arena *a, const struct state *s, pid_t **ret, struct err *e)
{
	auto_close int fd = -1;
	size_t n = 0, unnamed = 0;

	*ret = arena_array(a, 1, sizeof(**ret));
	if (s->pid == 0)
		return 0;
	if (!has_cgroup(s))
		return err_set(e, EINVAL,
			"it has no cgroup of its own, so its processes cannot be told from others; "
			"\"exec %s ps\" shows those in its pid namespace",
			s->id);
	fd = cgroup_open(s, e);
	if (fd < 0)
		return e->code == ESRCH ? 0 : -1;
	if (cg_pids(a, fd, ret, &unnamed) < 0)
		return err_sys(e, errno, "list the processes in cgroup \"%s\"", s->cgroup);
	if (unnamed > 0)
		return err_set(e, EXDEV,
			"%zu processes in cgroup \"%s\" have no number in the pid namespace of the caller",
			unnamed, s->cgroup);
	while ((*ret)[n])
		n++;
	qsort(*ret, n, sizeof(**ret), compare);
	return 0;
}

int ctr_pids(struct arena *a, const struct store *s, const char *id, pid_t **ret, struct err *e)
{
	auto_container struct container c;

	container_init(&c);
	if (store_load(s, id, 0, &c, e) < 0)
		return -1;
	if (read_pids(a, &c.state, ret, e) < 0)
		return err_in(e, "list the processes of container \"%s\"", id);
	return 0;
}

static bool is_ended(int code)
{
	return code == ENOENT || code == ESRCH;
}

/* NULL with errno: they cannot be read */
static const char *join_args(struct arena *a, pid_t pid, const char *comm)
{
	auto_str struct str text = { 0 };

	if (procstat_args(pid, &text) < 0) {
		if (!is_ended(errno))
			return NULL;
		str_clear(&text);
	}
	while (text.len > 0 && text.data[text.len - 1] == '\0')
		text.len--;
	if (text.len == 0)
		return arena_fmt(a, "[%s]", comm);
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] == '\0')
			text.data[i] = ' ';
	return arena_dup(a, text.data, text.len);
}

/* how the kernel's numbers become times and sizes */
struct units {
	uint64_t ticks; /* a second */
	uint64_t page_kb;
	uint64_t uptime_ms, now_ms;
};

static uint64_t ms(const struct units *u, uint64_t ticks)
{
	return ticks * 1000 / u->ticks;
}

/* Nothing in /proc about a process that was in the cgroup: 0 when it has ended, or -1 with *e */
static int explain_unseen(pid_t pid, int code, struct err *e)
{
	auto_close int pidfd = -1;

	if (!is_ended(code))
		return err_sys(e, code, "read about process %d in \"/proc\"", pid);
	pidfd = sys_pidfd_open(pid, 0);
	if (pidfd < 0 && (errno == ESRCH || errno == EINVAL || errno == ENOENT))
		return 0;
	if (pidfd < 0)
		return err_sys(e, errno, "look for process %d", pid);
	return proc_wait_end(pidfd, 0)
		? 0
		: err_set(e, EACCES,
			  "\"/proc\" does not show process %d to this user (it may be mounted with hidepid)",
			  pid);
}

/* 1, 0: it has ended, -1 with *e */
static int look_at(struct arena *a, pid_t pid, const struct units *u, struct ps_process *ret,
	struct err *e)
{
	const char *args = NULL;
	struct procstat_ids ids;
	struct procstat st;
	uint64_t started;

	if (procstat_read(pid, &st) < 0 || procstat_ids(pid, &ids) < 0 ||
		!(args = join_args(a, pid, st.comm)))
		return explain_unseen(pid, errno, e);
	started = ms(u, st.start_time);
	*ret = (struct ps_process){
		.pid = pid,
		.ppid = st.ppid,
		.pgrp = st.pgrp,
		.session = st.session,
		.uid = ids.uid,
		.gid = ids.gid,
		.euid = ids.euid,
		.egid = ids.egid,
		.state = st.state,
		.comm = arena_str(a, st.comm),
		.args = args,
		.tty = st.tty,
		.foreground = st.tty != 0 && st.tpgid == st.pgrp,
		.priority = st.priority,
		.nice = st.nice,
		.threads = st.threads,
		.cpu_ms = ms(u, st.user_ticks + st.system_ticks),
		.elapsed_ms = u->uptime_ms > started ? u->uptime_ms - started : 0,
		.size_kb = st.size / 1024,
		.resident_kb = st.resident * u->page_kb,
	};
	ret->start = (time_t)((u->now_ms - ret->elapsed_ms) / 1000);
	return 1;
}

static uint64_t clock_ms(clockid_t clock)
{
	struct timespec now = { 0 };

	(void)clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int ctr_ps(struct arena *a, const struct store *s, const char *id, struct ps_list *ret,
	struct err *e)
{
	struct units u = { .ticks = (uint64_t)sysconf(_SC_CLK_TCK),
		.page_kb = (uint64_t)sysconf(_SC_PAGESIZE) / 1024 };
	struct sysinfo info;
	size_t n = 0;
	pid_t *pids;

	if (ctr_pids(a, s, id, &pids, e) < 0)
		return -1;
	if (procstat_check(e) < 0)
		return err_in(e, "list the processes of container \"%s\"", id);
	/* the clock that start times are counted by goes on while the machine sleeps */
	u.uptime_ms = clock_ms(CLOCK_BOOTTIME);
	u.now_ms = clock_ms(CLOCK_REALTIME);
	if (sysinfo(&info) < 0)
		return err_sys(e, errno, "read the size of the memory");
	while (pids[n])
		n++;
	*ret = (struct ps_list){ .all = arena_array(a, n + 1, sizeof(*ret->all)),
		.now = (time_t)(u.now_ms / 1000),
		.memory_kb = (uint64_t)info.totalram * info.mem_unit / 1024 };
	for (; *pids; pids++) {
		int r = look_at(a, *pids, &u, &ret->all[ret->n], e);

		if (r < 0)
			return err_in(e, "list the processes of container \"%s\"", id);
		ret->n += (size_t)r;
	}
	return 0;
}
