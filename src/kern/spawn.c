/* SPDX-License-Identifier: Apache-2.0 */
/* spawn.c - run a program with data on its standard input, and wait for it with a deadline
 *
 * The child is a plain fork-like clone3(2): it may only make system calls until it has executed the
 * program. Its end of the report pipe is closed by a successful execve(2), so end of file means
 * "started", and a record means that a step before did not work. The deadline covers both waits:
 * executing a file on a dead network file system can hang as well as the program.
 *
 * Standard error is a pipe to us: its end belongs in the error, because whoever shows the error may
 * not see the caller's standard error. It is passed on at once, as far as it is taken; only the
 * tail is kept.
 *
 * The input is in a memfd, not in a pipe: a program that never reads it gets no data stuck in a
 * writer, nobody gets SIGPIPE, and there is nothing to feed while waiting. */
#include "kern/spawn.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/memfd.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/compat.h"
#include "base/fd.h"
#include "kern/deadline.h"
#include "kern/proc.h"
#include "kern/syscalls.h"

#define SIGNAL_GROUP (1U << 2) /* PIDFD_SIGNAL_PROCESS_GROUP */

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

enum step { STEP_INPUT, STEP_OUTPUT, STEP_DIRECTORY, STEP_DESCRIPTORS, STEP_EXECUTE };

static const char *const step_text[] = {
	[STEP_INPUT] = "set up its standard input",
	[STEP_OUTPUT] = "set up its standard error",
	[STEP_DIRECTORY] = "enter its working directory",
	[STEP_DESCRIPTORS] = "close its descriptors",
	[STEP_EXECUTE] = "could not be executed",
};

struct report {
	enum step step;
	int code; /* errno */
};

enum { TAIL = 1024 };

/* what the program writes to standard error */
struct heard {
	char chunk[PIPE_BUF]; /* to be passed on; no more than can be written without waiting */
	size_t n;
	bool deaf; /* nobody takes it */
	char tail[TAIL];
	size_t n_tail;
	bool cut; /* there was more in front of it */
};

struct child {
	pid_t pid;
	int pidfd, report_fd, err_fd;
	struct heard heard;
};

/* descriptors for the child */
struct ends {
	int input, report, err;
	pid_t parent;
};

/* A memfd with the input, at its start. fd, or -1 with errno */
static int make_input(const struct spawn *s)
{
	static const char name[] = "hook-input";
	const char *data = s->input;
	auto_close int fd = memfd_create(name, MFD_CLOEXEC | MFD_NOEXEC_SEAL);

	/* kernel before 6.3 */
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, MFD_CLOEXEC);
	if (fd < 0)
		return -1;
	for (size_t done = 0; done < s->input_len;) {
		/* by position, so that the program starts to read at the beginning */
		ssize_t n = pwrite(fd, data + done, s->input_len - done, (off_t)done);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0)
			done += (size_t)n;
	}
	return take_fd(&fd);
}

/* Handlers are gone after execve(2), but "ignored" is inherited: our own ignored SIGPIPE would be
 * the program's too. */
static void default_signals(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &action, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static NORETURN void give_up(int report_fd, enum step step)
{
	struct report report = { .step = step, .code = errno };

	_exit(write(report_fd, &report, sizeof(report)) == sizeof(report) ? 127 : 126);
}

/* Leave behind who we are, for when nobody waits for us any more. */
static bool leave_record(int dir_fd)
{
	auto_close int pidfd = sys_pidfd_open(getpid(), 0);
	auto_close int fd = -1;
	struct proc_id id;
	struct err e;

	if (pidfd < 0 || proc_identify(pidfd, getpid(), &id, &e) < 0)
		return false;
	fd = openat(dir_fd, SPAWN_RECORD, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		0600);
	return fd >= 0 &&
		write(fd, (const uint64_t[]){ (uint64_t)id.pid, id.start_time, id.inode },
			3 * sizeof(uint64_t)) == 3 * sizeof(uint64_t);
}

/* in the child: everything up to execve(2) */
static NORETURN void run_child(const struct spawn *s, struct ends ends)
{
	const char *const just_path[] = { s->path, NULL };
	const char *const *argv = s->argv ? s->argv : just_path;
	const void *envp = s->envp ? (const void *)s->envp : (const void *)environ;
	int report_fd, err_fd;

	/* the caller may have been started with 0, 1 or 2 closed: keep the pipes clear of them */
	report_fd = fcntl(ends.report, F_DUPFD_CLOEXEC, 3);
	err_fd = fcntl(ends.err, F_DUPFD_CLOEXEC, 3);
	(void)setpgid(0, 0);
	default_signals();
	if (s->flags & SPAWN_TIED || (s->record_fd > 0 && !leave_record(s->record_fd))) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != ends.parent)
			_exit(127);
	}
	/* dup2 to itself would leave FD_CLOEXEC on */
	if (ends.input == 0 ? fcntl(0, F_SETFD, 0) < 0 : dup2(ends.input, 0) < 0)
		give_up(report_fd, STEP_INPUT);
	if (dup2(err_fd, STDERR_FILENO) < 0)
		give_up(report_fd, STEP_OUTPUT);
	if (s->cwd_fd >= 0 && fchdir(s->cwd_fd) < 0)
		give_up(report_fd, STEP_DIRECTORY);
	if (fd_cloexec_from(3) < 0)
		give_up(report_fd, STEP_DESCRIPTORS);
	(void)syscall(SYS_execve, s->path, argv, envp);
	give_up(report_fd, STEP_EXECUTE);
}

/* 0 in the child; in the parent its pid, or -1 with errno */
static pid_t clone_child(int *ret_pidfd)
{
	/* CLONE_CLEAR_SIGHAND: no handler of ours runs in the child */
	struct clone_args args = {
		.flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uintptr_t)ret_pidfd,
		.exit_signal = SIGCHLD,
	};

	return sys_clone3(&args);
}

static int make_pipe(int *ret_read, int *ret_write, struct err *e)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_sys(e, errno, "make a pipe");
	*ret_read = fds[0];
	*ret_write = fds[1];
	return 0;
}

/* Start the program; 0: *ret is running (or has reported why not) */
static int start(const struct spawn *s, struct child *ret, struct err *e)
{
	auto_close int input_fd = make_input(s);
	auto_close int report_read = -1, report_write = -1, err_read = -1, err_write = -1;
	const pid_t parent = getpid();
	int pidfd = -1;
	pid_t pid;

	if (input_fd < 0)
		return err_sys(e, errno, "prepare its standard input");
	if (make_pipe(&report_read, &report_write, e) < 0 ||
		make_pipe(&err_read, &err_write, e) < 0)
		return -1;
	pid = clone_child(&pidfd);
	if (pid < 0)
		return err_sys(e, errno, "make a process");
	if (pid == 0)
		run_child(s, (struct ends){ input_fd, report_write, err_write, parent });
	ret->pid = pid;
	ret->pidfd = pidfd;
	ret->report_fd = take_fd(&report_read);
	ret->err_fd = take_fd(&err_read);
	return 0;
}

/* ---- standard error ---- */

static void keep_tail(struct heard *h, const char *text, size_t n)
{
	size_t old;

	if (n > TAIL) {
		text += n - TAIL;
		n = TAIL;
		h->cut = true;
	}
	old = h->n_tail < TAIL - n ? h->n_tail : TAIL - n;
	h->cut = h->cut || old < h->n_tail;
	memmove(h->tail, h->tail + h->n_tail - old, old);
	memcpy(h->tail + old, text, n);
	h->n_tail = old + n;
}

/* the program has written something, or nobody is left who could */
static void hear(struct child *c)
{
	struct heard *h = &c->heard;
	ssize_t n = read(c->err_fd, h->chunk, sizeof(h->chunk));

	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0) {
		def_close(&c->err_fd);
		c->err_fd = -1;
		return;
	}
	keep_tail(h, h->chunk, (size_t)n);
	h->n = h->deaf ? 0 : (size_t)n;
}

/* Standard error takes a chunk, or is broken. A signal for that must not end us, and nothing must
 * be left of it. */
static void pass_on(struct heard *h)
{
	const struct timespec now = { 0 };
	sigset_t set, before;
	ssize_t n;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGPIPE);
	(void)sigprocmask(SIG_BLOCK, &set, &before);
	n = write(STDERR_FILENO, h->chunk, h->n);
	if (n < 0 && errno == EPIPE)
		(void)sigtimedwait(&set, NULL, &now);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	h->deaf = n < 0;
	h->n = 0;
}

/* the end of what is to be waited for: the program's words, or room for those that we have */
static struct pollfd ear(const struct child *c)
{
	return c->heard.n ? (struct pollfd){ .fd = STDERR_FILENO, .events = POLLOUT }
			  : (struct pollfd){ .fd = c->err_fd, .events = POLLIN };
}

static void listen_once(struct child *c)
{
	if (c->heard.n)
		pass_on(&c->heard);
	else
		hear(c);
}

/* what is left in the pipe; a process that the program has left behind may go on writing */
static void hear_rest(struct child *c)
{
	enum { CHUNKS = 64 }; /* each is at least a page of the pipe's sixteen */

	for (int i = 0; i < CHUNKS && (c->err_fd >= 0 || c->heard.n); i++) {
		struct pollfd p = ear(c);

		if (poll(&p, 1, 0) > 0)
			listen_once(c);
		else if (c->heard.n)
			c->heard.n = 0; /* there is no room, and nobody is waited for */
		else
			return;
	}
}

/* put the tail behind the error, as one line; without heap, init calls this, too */
static int add_tail(const struct heard *h, struct err *e)
{
	char shown[4 * TAIL + 1];
	const char *start = h->tail, *end = h->tail + h->n_tail, *line;
	size_t n = 0;

	/* only whole lines, where there are any */
	line = h->cut ? memchr(start, '\n', h->n_tail) : NULL;
	start = line && line + 1 < end ? line + 1 : start;
	while (end > start && (end[-1] == '\n' || end[-1] == '\r'))
		end--;
	if (start == end)
		return -1;
	for (; start < end; start++) {
		unsigned char c = (unsigned char)*start;

		if (c == '\n')
			n += (size_t)snprintf(shown + n, sizeof(shown) - n, "\\n");
		else if (c < ' ' || c > '~' || c == '\\')
			n += (size_t)snprintf(shown + n, sizeof(shown) - n, "\\x%02x", c);
		else
			shown[n++] = (char)c;
	}
	return err_set(e, e->code, "%s, stderr: %s%.*s", err_text(e), h->cut ? "..." : "", (int)n,
		shown);
}

/* ---- the wait ---- */

/* Kill the process group, and the process itself in case it has left the group or not yet made it;
 * reap it. */
static void kill_group(const struct child *c)
{
	/* the process is not reaped yet, so nobody else can have this number as pid or as group */
	(void)kill(-c->pid, SIGKILL);
	(void)!proc_end_child(c->pidfd, c->pid);
}

/* until fd can be read. 1: it can, 0: not in time, -1: it is to end, with *e */
static int wait_for(const struct spawn *s, struct child *c, int fd, int64_t deadline, struct err *e)
{
	for (;;) {
		struct pollfd p[] = {
			{ .fd = fd, .events = POLLIN },
			{ .fd = s->stop_fds[0] > 0 ? s->stop_fds[0] : -1, .events = POLLIN },
			{ .fd = s->stop_fds[1] > 0 ? s->stop_fds[1] : -1, .events = POLLIN },
			ear(c),
		};
		int n = poll(p, ARRAY_LEN(p), deadline_left(deadline));

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0 || p[0].revents)
			return n > 0;
		if (p[1].revents || p[2].revents || n < 0)
			return err_set(e, ECANCELED, "killed before its end");
		listen_once(c);
	}
}

/* Wait until the program is executed. 1: it is, 0: not in time, -1: not possible, with *e */
static int wait_started(const struct spawn *s, struct child *c, int64_t deadline, struct err *e)
{
	struct report report;
	ssize_t got;
	int r = wait_for(s, c, c->report_fd, deadline, e);

	if (r <= 0)
		return r;
	do
		got = read(c->report_fd, &report, sizeof(report));
	while (got < 0 && errno == EINTR);
	if (got == 0)
		return 1;
	if (got != sizeof(report))
		return err_sys(e, got < 0 ? errno : EPROTO, "read from the report pipe");
	return err_sys(e, report.code, "%s", step_text[report.step]);
}

/* Reap the program and say how it ended; exact, where a shell's 128 + signal could be either */
static int reap(int pidfd, struct err *e)
{
	struct proc_end end;
	const char *name;

	if (proc_reap_end(pidfd, &end) < 0)
		return err_sys(e, errno, "learn its exit status");
	if (end.signal) {
		name = sigabbrev_np(end.signal);
		return err_set(e, 0, name ? "killed by signal %d (%s)" : "killed by signal %d",
			end.signal, name);
	}
	return end.code == 0 ? 0 : err_set(e, 0, "exit status %d", end.code);
}

int spawn_run(const struct spawn *s, struct err *e)
{
	int64_t deadline = deadline_in(s->timeout > 0 ? (int64_t)s->timeout * 1000 : -1);
	struct child c;
	int ended, r = -1;

	/* the buffers need no zeros */
	c.heard.n = c.heard.n_tail = 0;
	c.heard.deaf = c.heard.cut = false;

	if (start(s, &c, e) < 0)
		return -1;
	ended = wait_started(s, &c, deadline, e);
	if (ended > 0)
		ended = wait_for(s, &c, c.pidfd, deadline, e);
	if (ended > 0) {
		r = reap(c.pidfd, e);
	} else {
		kill_group(&c);
		if (ended == 0)
			(void)err_set(e, ETIMEDOUT, "no answer after %u s, killed", s->timeout);
	}
	hear_rest(&c);
	def_close(&c.pidfd);
	def_close(&c.report_fd);
	def_close(&c.err_fd);
	return r < 0 ? add_tail(&c.heard, e) : 0;
}

void spawn_end_recorded(int dir_fd)
{
	enum { WAIT_MS = 10000 };
	auto_close int fd = openat(dir_fd, SPAWN_RECORD, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	auto_close int pidfd = -1;
	uint64_t record[3];
	struct err e;

	if (fd < 0 || read(fd, record, sizeof(record)) != sizeof(record) || record[0] < 2 ||
		record[0] > INT32_MAX)
		return;
	pidfd = proc_open(&(struct proc_id){ (pid_t)record[0], record[1], record[2], true }, &e);
	if (pidfd < 0)
		return;
	/* that it lives was seen just now; before Linux 6.9 a group has no better name than this
	 * number */
	if (syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, SIGNAL_GROUP) < 0)
		(void)kill(-(pid_t)record[0], SIGKILL);
	(void)!proc_signal(pidfd, SIGKILL);
	(void)proc_wait_end(pidfd, WAIT_MS);
}
