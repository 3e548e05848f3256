/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_kill.c - every process in a cgroup and below: list them, signal them, kill them
 *
 * cgroup.kill (5.14) does it in the kernel and cannot be outrun. Before that, the subtree is frozen
 * so that nothing forks, and each process gets its SIGKILL through a pidfd. A pidfd opened from a
 * number in cgroup.procs may already be somebody else's: the list is therefore read again once the
 * pidfds are open, and only who is on it now is signalled. A number still listed names either the
 * process behind the pidfd or, if that has ended, nobody the signal could reach. */
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>

#include "base/show.h"
#include "kern/cgroup_priv.h"
#include "kern/proc.h"
#include "kern/procstat.h"

enum {
	KILL_DEPTH = 256, /* one descriptor a level */
	KILL_BATCH = 64,  /* pidfds open at a time */
	KILL_ROUNDS = 64,
	KILL_WAIT_MS = 20,
	FREEZE_MS = 1000,
	LIST_DEPTH = 16,
	LIST_PIDS = 5,
	BUSY_LOOKS = 64,
};

/* What is done with each cgroup of a subtree: 0 goes on, anything else ends the walk */
typedef int visit_fn(int fd, void *data);

void cg_close_dir(DIR **dir)
{
	int saved = errno;

	if (*dir)
		(void)closedir(*dir);
	errno = saved;
}

DIR *cg_take_dir(int *fd)
{
	DIR *dir = *fd < 0 ? NULL : fdopendir(*fd);

	if (dir)
		(void)take_fd(fd);
	return dir;
}

const char *cg_next_child(DIR *dir)
{
	for (;;) {
		const struct dirent *entry;

		errno = 0;
		entry = readdir(dir);
		if (!entry)
			return NULL;
		if (entry->d_type == DT_DIR && !str_eq(entry->d_name, ".") &&
			!str_eq(entry->d_name, ".."))
			return entry->d_name;
	}
}

/* Visit the cgroup behind *fd (taken over), then those below it. The answer of visit, or -1 with
 * errno (ELOOP: more than depth levels) */
static int walk(int *fd, unsigned depth, visit_fn *visit, void *data)
{
	auto_dir DIR *dir = cg_take_dir(fd);
	const char *name;
	int r;

	if (!dir)
		return -1;
	r = visit(dirfd(dir), data);
	if (r != 0)
		return r;
	while ((name = cg_next_child(dir))) {
		auto_close int child = -1;

		if (depth == 0) {
			errno = ELOOP;
			return -1;
		}
		child = cg_openat(dirfd(dir), name, O_RDONLY | O_DIRECTORY);
		if (child < 0 && cg_is_vanished(errno))
			continue;
		r = child < 0 ? -1 : walk(&child, depth - 1, visit, data);
		if (r != 0)
			return r;
	}
	return errno == 0 || cg_is_vanished(errno) ? 0 : -1;
}

static int walk_from(int fd, unsigned depth, visit_fn *visit, void *data)
{
	auto_close int top = cg_openat(fd, ".", O_RDONLY | O_DIRECTORY);

	if (top < 0)
		return cg_is_vanished(errno) ? 0 : -1;
	return walk(&top, depth, visit, data);
}

/* The next number of a list with one per line; *at moves behind it. false: no more */
static bool next_pid(const char **at, pid_t *ret)
{
	const char *p = *at;
	pid_t pid = 0;

	while (*p >= '0' && *p <= '9' && pid < INT32_MAX / 10 - 1)
		pid = pid * 10 + (*p++ - '0');
	if (p == *at)
		return false;
	*at = p + (*p == '\n');
	*ret = pid;
	return true;
}

static bool is_listed(const char *list, pid_t wanted)
{
	pid_t pid;

	while (next_pid(&list, &pid)) {
		if (pid == wanted)
			return true;
	}
	return false;
}

/* cgroup.procs into *out; a removed cgroup and one whose processes are listed at the root of its
 * threaded subtree (EOPNOTSUPP) have none. 0, or -1 with errno */
static int read_procs(int fd, struct str *out)
{
	str_clear(out);
	if (cg_read(fd, "cgroup.procs", out) < 0 && !cg_is_vanished(errno) && errno != EOPNOTSUPP)
		return -1;
	return 0;
}

struct listing {
	struct str *out;
	unsigned count;
};

static int list_some(int fd, void *data)
{
	struct listing *l = data;
	auto_str struct str procs = { 0 };
	const char *at;
	pid_t pid;

	if (read_procs(fd, &procs) < 0)
		return 0;
	at = str_text(&procs);
	while (next_pid(&at, &pid)) {
		if (l->count++ == LIST_PIDS) {
			str_add(l->out, ", ...");
			return 1;
		}
		str_addf(l->out, l->count == 1 ? "pid %d" : ", %d", pid);
	}
	return 0;
}

void cg_list_procs(int fd, struct str *out)
{
	struct listing l = { .out = out };

	/* what cannot be listed is left out: this is for a message that names another problem */
	(void)walk_from(fd, LIST_DEPTH, list_some, &l);
}

struct pids {
	struct arena *arena;
	pid_t *list;
	size_t n, cap, unnamed;
};

static void add_pid(struct pids *p, pid_t pid)
{
	if (p->n + 1 >= p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 64;
		pid_t *more = arena_array(p->arena, cap, sizeof(*more));

		if (p->n > 0)
			memcpy(more, p->list, p->n * sizeof(*more));
		p->list = more;
		p->cap = cap;
	}
	if (pid > 0)
		p->list[p->n++] = pid;
}

static int list_all(int fd, void *data)
{
	auto_str struct str procs = { 0 };
	const char *at;
	pid_t pid;

	if (read_procs(fd, &procs) < 0)
		return -1;
	at = str_text(&procs);
	while (next_pid(&at, &pid)) {
		add_pid(data, pid);
		((struct pids *)data)->unnamed += pid == 0;
	}
	return 0;
}

int cg_pids(struct arena *a, int fd, pid_t **ret, size_t *ret_unnamed)
{
	struct pids p = { .arena = a };

	add_pid(&p, 0); /* room for the end */
	if (walk_from(fd, KILL_DEPTH, list_all, &p) < 0)
		return -1;
	*ret = p.list;
	*ret_unnamed = p.unnamed;
	return 0;
}

/* One that stopped for the freezer sleeps; whoever traces or stopped one does not keep the freezer.
 */
static void list_busy(const pid_t *pids, struct str *out)
{
	for (; *pids; pids++) {
		struct procstat now;

		if (procstat_read(*pids, &now) < 0 || !strchr("RD", now.state))
			continue;
		str_addf(out, "%s%d ", out->len > 0 ? ", " : "", *pids);
		show_quoted(out, now.comm, strlen(now.comm));
	}
}

/* One that the kernel sends to sleep again and again, and that the freezer wakes each time, is seen
 * asleep now and then. */
void cg_list_busy(int fd, struct str *out)
{
	auto_arena struct arena a = { 0 };
	size_t unnamed;
	pid_t *pids;

	if (cg_pids(&a, fd, &pids, &unnamed) < 0)
		return;
	for (int looks = 0; looks < BUSY_LOOKS && out->len == 0; looks++)
		list_busy(pids, out);
}

static int open_first(int fd, void *data)
{
	auto_str struct str procs = { 0 };
	int *ret_pidfd = data;
	const char *at;
	pid_t pid;

	if (read_procs(fd, &procs) < 0)
		return 0;
	at = str_text(&procs);
	while (*ret_pidfd < 0 && next_pid(&at, &pid)) {
		if (pid > 0)
			*ret_pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	}
	return *ret_pidfd >= 0;
}

int cg_some_process(int fd)
{
	int pidfd = -1;

	(void)walk_from(fd, LIST_DEPTH, open_first, &pidfd);
	return pidfd;
}

/* Signal the processes of one batch of *at. 0, or -1 with errno */
static int signal_batch(int fd, const char **at, int sig)
{
	pid_t pids[KILL_BATCH];
	int pidfds[KILL_BATCH], r = 0;
	auto_str struct str now = { 0 };
	unsigned n = 0;

	while (n < KILL_BATCH && next_pid(at, &pids[n])) {
		/* 0: a process that our pid namespace cannot name */
		pidfds[n] = pids[n] > 0 ? (int)syscall(SYS_pidfd_open, pids[n], 0) : -1;
		if (pidfds[n] >= 0)
			n++;
	}
	if (n > 0)
		r = read_procs(fd, &now);
	for (unsigned i = 0; i < n; i++) {
		if (r == 0 && is_listed(str_text(&now), pids[i]) &&
			proc_signal(pidfds[i], sig) < 0 && errno != ESRCH)
			r = -1;
		def_close(&pidfds[i]);
	}
	return r;
}

static int signal_listed(int fd, void *data)
{
	auto_str struct str procs = { 0 };
	const int *sig = data;
	const char *at;

	if (read_procs(fd, &procs) < 0)
		return -1;
	at = str_text(&procs);
	while (*at != '\0') {
		if (signal_batch(fd, &at, *sig) < 0)
			return -1;
	}
	return 0;
}

int cg_signal(int fd, int sig)
{
	return walk_from(fd, KILL_DEPTH, signal_listed, &sig);
}

/* ask only: there is nobody left to wait for */
static int thaw(int fd)
{
	auto_close int freeze_fd = cg_openat(fd, "cgroup.freeze", O_WRONLY);

	return freeze_fd >= 0 && write(freeze_fd, "0", 1) == 1 ? 0 : -1;
}

int cg_kill_each(int fd)
{
	/* not in time or not possible: somebody may fork past us, so go round until all are gone */
	int frozen = cg_freeze(fd, true, FREEZE_MS, NULL);
	int r = 0, error;

	if (frozen < 0 && errno == ENOENT)
		return -1; /* removed, or the root: that one is never to be killed */
	for (unsigned i = 0; i < KILL_ROUNDS; i++) {
		r = cg_signal(fd, SIGKILL);
		if (r < 0 || frozen > 0 || cg_wait_empty(fd, KILL_WAIT_MS) != 0)
			break;
	}
	error = errno;
	if (frozen > 0 && thaw(fd) < 0 && !cg_is_vanished(errno) && r == 0)
		return -1;
	errno = error;
	return r;
}

int cg_kill(int fd)
{
	auto_close int kill_fd = cg_openat(fd, "cgroup.kill", O_WRONLY);

	if (kill_fd < 0 && errno == ENOENT)
		return cg_kill_each(fd);
	if (kill_fd >= 0 && write(kill_fd, "1", 1) == 1)
		return 0;
	if (errno == ENODEV) /* removed meanwhile */
		errno = ENOENT;
	return -1;
}
