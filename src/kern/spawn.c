/* SPDX-License-Identifier: Apache-2.0 */
/* spawn.c - run a program with data on its standard input, and wait for it with a deadline
 *
 * The child is a plain fork-like clone3(2): it may only make system calls until it has executed the
 * program. Its end of the report pipe is closed by a successful execve(2), so end of file means
 * "started", and a record means that a step before did not work. The deadline covers both waits:
 * executing a file on a dead network file system can hang as well as the program.
 *
 * The input is in a memfd, not in a pipe: a program that never reads it gets no data stuck in a
 * writer, nobody gets SIGPIPE, and there is nothing to feed while waiting. */
#include "kern/spawn.h"

#include <fcntl.h>
#include <linux/memfd.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "kern/deadline.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

enum step { STEP_INPUT, STEP_DIRECTORY, STEP_DESCRIPTORS, STEP_EXECUTE };

static const char *const step_text[] = {
	[STEP_INPUT] = "set up its standard input",
	[STEP_DIRECTORY] = "enter its working directory",
	[STEP_DESCRIPTORS] = "close its descriptors",
	[STEP_EXECUTE] = "could not be executed",
};

struct report {
	enum step step;
	int code; /* errno */
};

struct child {
	pid_t pid;
	int pidfd, report_fd;
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

/* Handlers are gone after execve(2), but "ignored" is inherited: our own ignored SIGPIPE would be the
 * program's too. */
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

/* in the child: everything up to execve(2) */
static NORETURN void run_child(const struct spawn *s, int input_fd, int report_fd)
{
	const char *const just_path[] = { s->path, NULL };
	const char *const *argv = s->argv ? s->argv : just_path;
	const void *envp = s->envp ? (const void *)s->envp : (const void *)environ;

	/* the caller may have been started with 0, 1 or 2 closed: keep the pipe clear of them */
	report_fd = fcntl(report_fd, F_DUPFD_CLOEXEC, 3);
	(void)setpgid(0, 0);
	default_signals();
	/* dup2 to itself would leave FD_CLOEXEC on */
	if (input_fd == 0 ? fcntl(0, F_SETFD, 0) < 0 : dup2(input_fd, 0) < 0)
		give_up(report_fd, STEP_INPUT);
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

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

/* Start the program; 0: *ret is running (or has reported why not) */
static int start(const struct spawn *s, struct child *ret, struct err *e)
{
	auto_close int input_fd = make_input(s);
	auto_close int report_read = -1;
	auto_close int report_write = -1;
	int pipe_fds[2], pidfd = -1;
	pid_t pid;

	if (input_fd < 0)
		return err_sys(e, errno, "prepare its standard input");
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return err_sys(e, errno, "make a pipe");
	report_read = pipe_fds[0];
	report_write = pipe_fds[1];
	pid = clone_child(&pidfd);
	if (pid < 0)
		return err_sys(e, errno, "make a process");
	if (pid == 0)
		run_child(s, input_fd, report_write);
	ret->pid = pid;
	ret->pidfd = pidfd;
	ret->report_fd = take_fd(&report_read);
	return 0;
}

/* Kill the process group, and the process itself in case it has left the group or not yet made it; reap it. */
static void kill_group(const struct child *c)
{
	/* the process is not reaped yet, so nobody else can have this number as pid or as group */
	(void)kill(-c->pid, SIGKILL);
	(void)!proc_end_child(c->pidfd, c->pid);
}

/* until fd can be read. 1: it can, 0: not in time, -1: it is to end, with *e */
static int wait_for(const struct spawn *s, int fd, int64_t deadline, struct err *e)
{
	struct pollfd p[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = s->stop_fds[0] > 0 ? s->stop_fds[0] : -1, .events = POLLIN },
		{ .fd = s->stop_fds[1] > 0 ? s->stop_fds[1] : -1, .events = POLLIN },
	};
	int n;

	do
		n = poll(p, ARRAY_LEN(p), deadline_left(deadline));
	while (n < 0 && errno == EINTR);
	if (n == 0 || p[0].revents)
		return n > 0;
	return err_set(e, ECANCELED, "killed before its end");
}

/* Wait until the program is executed. 1: it is, 0: not in time, -1: not possible, with *e */
static int wait_started(const struct spawn *s, const struct child *c, int64_t deadline,
	struct err *e)
{
	struct report report;
	ssize_t got;
	int r = wait_for(s, c->report_fd, deadline, e);

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
	siginfo_t info = { 0 };
	const char *name;

	while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | __WALL) < 0) {
		if (errno != EINTR)
			return err_sys(e, errno, "learn its exit status");
	}
	if (info.si_code != CLD_EXITED) {
		name = sigabbrev_np(info.si_status);
		return err_set(e, 0, name ? "killed by signal %d (%s)" : "killed by signal %d",
			info.si_status, name);
	}
	return info.si_status == 0 ? 0 : err_set(e, 0, "exit status %d", info.si_status);
}

int spawn_run(const struct spawn *s, struct err *e)
{
	int64_t deadline = deadline_in(s->timeout > 0 ? (int64_t)s->timeout * 1000 : -1);
	struct child c = { .pidfd = -1, .report_fd = -1 };
	int ended, r = -1;

	if (start(s, &c, e) < 0)
		return -1;
	ended = wait_started(s, &c, deadline, e);
	if (ended > 0)
		ended = wait_for(s, c.pidfd, deadline, e);
	if (ended > 0) {
		r = reap(c.pidfd, e);
	} else {
		kill_group(&c);
		if (ended == 0)
			(void)err_set(e, ETIMEDOUT, "no answer after %u s, killed", s->timeout);
	}
	def_close(&c.pidfd);
	def_close(&c.report_fd);
	return r;
}
