/* SPDX-License-Identifier: Apache-2.0 */
/* kill.c - signals
 *
 * No lock is taken: `start` holds it for as long as its hooks run, and just then somebody may have to kill. Nothing
 * depends on it either, because a signal goes to a process that was identified, through its pidfd. */
#include "ctr/kill.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/num.h"
#include "ctr/local.h"
#include "kern/cgroup.h"
#include "kern/proc.h"

enum {
	BATCH = 128, /* pidfds open at a time */
	TREE_DEPTH = 64,
};

/* next line of *text as a pid: the pid, or -1 at the end. The text is cut into lines. */
static pid_t next_pid(char **text)
{
	int pid;

	for (char *line; (line = strsep(text, "\n"));)
		if (num_int(line, &pid) && pid > 0)
			return pid;
	return -1;
}

static bool has_pid(const char *procs, pid_t pid)
{
	auto_str struct str copy = { 0 };
	char *rest;

	str_add(&copy, procs);
	rest = copy.data;
	for (pid_t p; (p = next_pid(&rest)) > 0;)
		if (p == pid)
			return true;
	return false;
}

/* Signal the processes pids[n] of cgroup cg. A number may have gone to another process since the list was read, so:
 * open, read the list again, and signal what is still on it. A pidfd that can be signalled then is the process that was listed. */
static int signal_batch(int cg, const pid_t *pids, size_t n, int sig)
{
	auto_str struct str again = { 0 };
	int fds[BATCH], code = 0;

	for (size_t i = 0; i < n; i++)
		fds[i] = (int)syscall(SYS_pidfd_open, pids[i], 0);
	if (cg_read(cg, "cgroup.procs", &again) < 0)
		code = errno;
	for (size_t i = 0; i < n; i++) {
		if (code == 0 && fds[i] >= 0 && has_pid(str_text(&again), pids[i]) &&
			proc_signal(fds[i], sig) < 0 && errno != ESRCH)
			code = errno;
		def_close(&fds[i]);
	}
	errno = code;
	return code ? -1 : 0;
}

static int signal_procs(int cg, int sig)
{
	auto_str struct str procs = { 0 };
	pid_t pids[BATCH];
	size_t n = 0;
	char *rest;

	if (cg_read(cg, "cgroup.procs", &procs) < 0)
		return errno == EOPNOTSUPP || errno == ENODEV ? 0 : -1; /* threaded, or gone */
	rest = procs.data;
	for (pid_t pid; rest && (pid = next_pid(&rest)) > 0;) {
		pids[n++] = pid;
		if (n == BATCH) {
			if (signal_batch(cg, pids, n, sig) < 0)
				return -1;
			n = 0;
		}
	}
	return n > 0 ? signal_batch(cg, pids, n, sig) : 0;
}

/* signal every process in the cgroup and below */
static int signal_tree(int cg, int sig, int depth)
{
	const struct dirent *entry;
	int fd, r;
	DIR *d;

	r = signal_procs(cg, sig);
	if (r < 0 || depth == 0)
		return r;
	fd = openat(cg, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		def_close(&fd);
		return -1;
	}
	while (r == 0 && (entry = readdir(d))) {
		auto_close int sub = -1;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		sub = openat(cg, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub >= 0)
			r = signal_tree(sub, sig, depth - 1);
	}
	(void)closedir(d);
	return r;
}

/* kill --all. What has stopped is no error; a cgroup that was there before us is left alone then: it may be in use by others. */
static int kill_all(const struct container *c, int sig, bool stopped, struct err *e)
{
	const struct state *s = &c->state;
	auto_close int cg = -1;
	int r;

	if (stopped && !s->cgroup_made)
		return 0;
	cg = cg_open(s->cgroup_mount, s->cgroup);
	if (cg < 0 && errno == ENOENT)
		return 0;
	if (cg < 0)
		return err_sys(e, errno, "open cgroup \"%s\"", s->cgroup);
	r = sig == SIGKILL ? cg_kill(cg) : signal_tree(cg, sig, TREE_DEPTH);
	if (r < 0 && errno != ENOENT && errno != ENODEV) /* removed meanwhile */
		return err_sys(e, errno, "signal the processes in cgroup \"%s\"", s->cgroup);
	return 0;
}

int ctr_kill(const struct store *s, const char *id, int sig, unsigned flags, struct err *e)
{
	auto_container struct container c;
	auto_close int pidfd = -1;
	struct proc_id who;

	container_init(&c);
	if (store_load(s, id, 0, &c, e) < 0)
		return -1;
	who = (struct proc_id){ .pid = c.state.pid,
		.start_time = c.state.start_time,
		.inode = c.state.pid_inode };
	pidfd = c.state.pid > 0 ? proc_open(&who, e) : -1;
	if (pidfd < -1)
		return err_in(e, "signal container \"%s\"", id);
	if ((flags & KILL_ALL) && has_cgroup(&c.state)) {
		if (kill_all(&c, sig, pidfd < 0, e) == 0)
			return 0;
		return err_in(e, "signal container \"%s\"", id);
	}
	if ((flags & KILL_ALL) && pidfd < 0)
		return 0;
	errno = ESRCH;
	if (pidfd < 0 || proc_signal(pidfd, sig) < 0) {
		if (errno == ESRCH)
			return err_set(e, ESRCH,
				"cannot signal container \"%s\": container not running", id);
		return err_sys(e, errno, "signal container \"%s\"", id);
	}
	/* Where the pid namespace is shared the others do not end with init, and after it nobody could name them. */
	if (sig == SIGKILL && c.state.cgroup_made && has_cgroup(&c.state))
		return kill_all(&c, sig, false, e);
	return 0;
}
