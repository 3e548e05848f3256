/* SPDX-License-Identifier: Apache-2.0 */
/* proc.c - a process is a pid plus what tells it from the next owner of that number
 *
 * A pidfd pins the process, never the number. So the order is always: open the pidfd by number,
 * then compare what it shows with what was recorded, and only then trust it. What is read from
 * /proc/PID belongs to the process of the pidfd only if that is still there afterwards: as long as
 * it is, nobody else can have its number. */
#include "kern/proc.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>

#include "base/compat.h"
#include "kern/deadline.h"
#include "kern/procstat.h"

#ifndef PID_FS_MAGIC
#define PID_FS_MAGIC 0x50494446
#endif

enum {
	KILLED_WAIT_MS = 10000, /* a process that has been killed may have to wait for a disk */
	UNKILLED_WAIT_MS = 3000,
};

/* what /proc says of a process that it does not show to us (hidepid), too */
static bool may_be_hidden(int code)
{
	return code == ENOENT || code == EPERM || code == EACCES;
}

int proc_identify(int pidfd, pid_t pid, struct proc_id *ret, struct err *e)
{
	struct proc_id id = { .pid = pid };
	struct procstat now;
	struct statfs fs;
	struct stat st;

	if (fstat(pidfd, &st) < 0 || fstatfs(pidfd, &fs) < 0)
		return err_sys(e, errno, "look at the pidfd of process %d", pid);
	if (fs.f_type == PID_FS_MAGIC)
		id.inode = st.st_ino;
	/* With hidepid it is hidden from us once it has other ids than we have. The inode is
	 * enough. */
	if (procstat_read(pid, &now) == 0)
		id.start_time = now.start_time;
	else if (id.inode == 0 || !may_be_hidden(errno) || proc_wait_end(pidfd, 0))
		return err_sys(e, errno, "read the start time in \"/proc/%d/stat\"", pid);
	/* a zombie still holds its number, so this tells exactly whether the line above read about
	 * it; where a filter forbids the call, a process that has not ended is as good */
	if (proc_signal(pidfd, 0) < 0 && errno != EPERM &&
		!(errno == ENOSYS && !proc_wait_end(pidfd, 0)))
		return err_sys(e, errno, "look for process %d", pid);
	*ret = id;
	return 0;
}

/* Has the process ended? A pidfd is readable once no thread is left but an unreaped leader. */
static bool has_ended(int pidfd)
{
	return proc_wait_end(pidfd, 0);
}

/* 1: pidfd is the process of *id, 0: it is another one, -1 with errno */
static int is_same(int pidfd, const struct proc_id *id)
{
	struct procstat now;
	struct err foreign;
	struct statfs fs;
	struct stat st;

	if (id->inode != 0) {
		if (fstat(pidfd, &st) < 0)
			return -1;
		if (st.st_ino == id->inode && (!id->may_be_old || id->start_time == 0))
			return 1;
		/* not the same number: another process, unless the number was never one of pidfs */
		if (fstatfs(pidfd, &fs) < 0)
			return -1;
		if (fs.f_type == PID_FS_MAGIC && st.st_ino != id->inode)
			return 0;
	}
	if (procstat_check(&foreign) < 0) {
		errno = foreign.code;
		return -1;
	}
	if (procstat_read(id->pid, &now) < 0) {
		if (errno != ENOENT)
			return errno == ESRCH ? 0 : -1;
		errno = EACCES; /* hidden: as long as it lives nobody else can have its number */
		return has_ended(pidfd) ? 0 : -1;
	}
	return now.start_time == id->start_time;
}

/* Nobody here has the number, or somebody else: -1, gone, unless the caller counts in another pid
 * namespace than /proc, and the container with it; then -2 with *e */
static int not_here(struct err *e)
{
	struct err why;

	if (procstat_check(&why) == 0 || why.code != EXDEV)
		return -1;
	*e = why;
	return -2;
}

int proc_open(const struct proc_id *id, struct err *e)
{
	auto_close int pidfd = -1;
	int same;

	if (id->pid <= 0)
		return -1;
	pidfd = (int)syscall(SYS_pidfd_open, id->pid, 0);
	/* EINVAL and ENOENT: the number is that of a thread now */
	if (pidfd < 0 && (errno == ESRCH || errno == EINVAL || errno == ENOENT))
		return not_here(e);
	if (pidfd < 0) {
		(void)err_sys(e, errno, "open process %d", id->pid);
		return -2;
	}
	same = is_same(pidfd, id);
	if (same < 0) {
		(void)err_sys(e, errno, "tell whether process %d is the container's", id->pid);
		return -2;
	}
	if (same == 0)
		return not_here(e);
	return has_ended(pidfd) ? -1 : take_fd(&pidfd);
}

int proc_signal(int pidfd, int sig)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0);
}

bool proc_wait_end(int pidfd, int timeout_ms)
{
	int64_t deadline = timeout_ms > 0 ? deadline_in(timeout_ms) : DEADLINE_NONE;
	int left = timeout_ms;

	for (;;) {
		struct pollfd p = { .fd = pidfd, .events = POLLIN };
		int n = poll(&p, 1, left);

		if (n >= 0)
			return n > 0 && (p.revents & (POLLIN | POLLHUP));
		if (errno != EINTR)
			return false;
		if (timeout_ms > 0)
			left = deadline_left(deadline);
	}
}

int proc_reap_end(int pidfd, struct proc_end *ret)
{
	siginfo_t info = { 0 };

	/* WNOHANG: a tracer keeps what has ended from us for as long as it likes. __WALL: also
	 * helpers that were cloned without an exit signal */
	while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG | __WALL) < 0) {
		if (errno != EINTR)
			return -1;
	}
	if (info.si_pid == 0) {
		errno = EBUSY;
		return -1;
	}
	*ret = info.si_code == CLD_EXITED ? (struct proc_end){ .code = info.si_status }
					  : (struct proc_end){ .signal = info.si_status };
	return 0;
}

int proc_reap(int pidfd)
{
	struct proc_end end;

	if (proc_reap_end(pidfd, &end) < 0)
		return -1;
	return end.signal ? 128 + end.signal : end.code;
}

/* Is it our child, and neither ended nor reaped? Then its number cannot be anybody else's. */
static bool is_living_child(int pidfd)
{
	siginfo_t info = { 0 };

	return waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0 &&
		info.si_pid == 0;
}

/* SIGKILL to our child, and until its end. 0, or -1 with errno */
static int kill_child(int pidfd, pid_t pid)
{
	int refused = proc_signal(pidfd, SIGKILL) < 0 && errno != ESRCH ? errno : 0;

	if (refused && is_living_child(pidfd) && kill(pid, SIGKILL) == 0)
		refused = 0;
	/* one that cannot be killed may end by itself, for want of us */
	if (proc_wait_end(pidfd, refused ? UNKILLED_WAIT_MS : KILLED_WAIT_MS))
		return 0;
	errno = refused ? refused : ETIMEDOUT;
	return -1;
}

int proc_end_child(int pidfd, pid_t pid)
{
	return kill_child(pidfd, pid) < 0 ? -1 : proc_reap(pidfd);
}

int proc_end_clone(int pidfd, pid_t pid, bool *ret_stillborn)
{
	struct procstat now;
	int status;

	*ret_stillborn = false;
	if (kill_child(pidfd, pid) < 0)
		return -1;
	*ret_stillborn = procstat_read(pid, &now) == 0 && now.state == 'Z' && now.minor_faults == 0;
	status = proc_reap(pidfd);
	*ret_stillborn = *ret_stillborn && status == 128 + SIGKILL;
	return status;
}

/* PIDFD_GET_INFO of Linux 6.15, in the size it began with; not in every header */
struct pidfd_end {
	uint64_t mask, cgroup;
	uint32_t ids[11];
	int32_t status; /* as wait(2) has it */
};

static int reaped_has_executed(int pidfd)
{
	enum { INFO_EXIT = 1 << 3 };
	struct pidfd_end end = { .mask = INFO_EXIT };

	/* what cannot be asked was no SIGKILL, most probably */
	return ioctl(pidfd, _IOWR(0xFF, 11, struct pidfd_end), &end) < 0 ||
		!(end.mask & INFO_EXIT) || !WIFSIGNALED(end.status) ||
		WTERMSIG(end.status) != SIGKILL;
}

int proc_has_executed(int pidfd, pid_t pid)
{
	struct procstat now;
	int r = procstat_read(pid, &now);

	/* as long as it is not reaped the number is its own, and so is what was read */
	if (r < 0 ? errno == ENOENT || errno == ESRCH : proc_signal(pidfd, 0) < 0 && errno == ESRCH)
		return reaped_has_executed(pidfd);
	return r < 0 ? -1 : !now.is_copy;
}

/* The kernel shows 0 to those who may not know. Whether we may, a link tells that is guarded in the
 * same way: of a zombie it leads nowhere (ENOENT) for those who may, and is closed (EACCES) for the
 * others. */
static bool may_know_end(pid_t pid)
{
	char path[32], target[1];

	(void)snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	return readlink(path, target, sizeof(target)) < 0 && errno == ENOENT;
}

static struct proc_end decode(int status)
{
	return WIFSIGNALED(status) ? (struct proc_end){ .signal = WTERMSIG(status) }
				   : (struct proc_end){ .code = WEXITSTATUS(status) };
}

int proc_end_unreaped(pid_t pid, struct proc_end *ret)
{
	struct procstat now;

	if (procstat_read(pid, &now) < 0)
		return -1;
	if (!now.exiting || !may_know_end(pid)) {
		errno = EACCES;
		return -1;
	}
	*ret = decode(now.exit_status);
	return 0;
}

bool proc_zombie(const struct proc_id *id, struct proc_end *ret)
{
	auto_close int pidfd = id->pid > 0 ? (int)syscall(SYS_pidfd_open, id->pid, 0) : -1;
	struct procstat now;

	if (pidfd < 0 || is_same(pidfd, id) != 1 || !has_ended(pidfd) || !may_know_end(id->pid) ||
		procstat_read(id->pid, &now) < 0 || now.state != 'Z')
		return false;
	/* still the same, or what was read was about somebody else */
	if (now.start_time != id->start_time)
		return false;
	*ret = decode(now.exit_status);
	return true;
}

bool proc_is_held(const struct proc_id *id)
{
	struct procstat now;

	/* 'Z': its first thread has ended, another one waits */
	return id->pid > 0 && procstat_read(id->pid, &now) == 0 && now.exiting &&
		strchr("SZ", now.state) && now.start_time == id->start_time;
}

int64_t proc_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
