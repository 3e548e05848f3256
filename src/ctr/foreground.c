/* SPDX-License-Identifier: Apache-2.0 */
#include "foreground.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "base/log.h"
#include "ctr/notify.h"
#include "kern/deadline.h"
#include "kern/proc.h"
#include "stop.h"

void foreground_init(struct foreground *f)
{
	/* the buffers of the relay need no zeros */
	f->signals = f->notify = -1;
	f->relaying = false;
	f->early = 0;
	f->stopped = 0;
	f->deadline = DEADLINE_NONE;
	f->end = (struct proc_end){ 0 };
	ended_watch_init(&f->memory);
	held_init(&f->held);
}

static bool asked_to_end(const struct foreground *f)
{
	struct signalfd_siginfo si;

	while (read(f->signals, &si, sizeof(si)) == sizeof(si))
		if (stop_is((int)si.ssi_signo))
			return true;
	return false;
}

/* The end of the output. A pager may stand still for long, and must not lose it; nothing of the
 * container is kept by this wait, and signals end it. */
static void show_rest(struct foreground *f)
{
	bool more;

	while ((more = tty_relay_rest(&f->relay))) {
		struct pollfd p[] = { { .fd = f->signals, .events = POLLIN },
			{ .fd = STDOUT_FILENO, .events = POLLOUT } };
		int n = poll(p, ARRAY_LEN(p), deadline_left(f->deadline));

		if (n == 0 || (n < 0 && errno != EINTR))
			break;
		if (n > 0 && p[0].revents && asked_to_end(f))
			break;
	}
	if (more)
		log_warning("standard output has not taken all that the program has written");
	tty_relay_done(&f->relay);
	f->relaying = false;
}

void foreground_done(struct foreground *f)
{
	if (f->relaying)
		show_rest(f);
	def_close(&f->signals);
	def_close(&f->notify);
	f->signals = f->notify = -1;
	ended_watch_done(&f->memory);
	held_done(&f->held);
}

int foreground_signals(struct foreground *f, struct err *e)
{
	sigset_t all;

	(void)sigfillset(&all);
	/* faults of our own are not to be passed on, and children tell of their end by their pidfd
	 */
	for (size_t i = 0; i < 6; i++)
		(void)sigdelset(&all,
			(const int[]){ SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGCHLD }[i]);
	if (sigprocmask(SIG_BLOCK, &all, NULL) < 0)
		return err_sys(e, errno, "block signals");
	f->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	return f->signals < 0 ? err_sys(e, errno, "open a signalfd") : 0;
}

int foreground_check(struct foreground *f, struct err *e)
{
	struct signalfd_siginfo si;

	while (read(f->signals, &si, sizeof(si)) == sizeof(si)) {
		const int sig = (int)si.ssi_signo;

		if (stop_is(sig)) {
			f->stopped = sig;
			return stop_by(sig, e);
		}
		f->early |= (uint64_t)1 << (sig - 1);
	}
	return 0;
}

static void pass_signal(const struct foreground *f, int pidfd, int sig)
{
	if (sig == SIGPIPE || sig == SIGURG)
		return;
	if (sig == SIGWINCH && f->relaying)
		tty_relay_resize(&f->relay);
	else if (proc_signal(pidfd, sig) < 0)
		log_debug("signal %d not passed on: %s", sig, err_errno_text(errno));
}

/* Is the program held, so that no signal reaches it any more? */
static bool pass_signals(const struct foreground *f, int pidfd)
{
	struct signalfd_siginfo si;

	while (read(f->signals, &si, sizeof(si)) == sizeof(si))
		pass_signal(f, pidfd, (int)si.ssi_signo);
	return held_after_signal(&f->held);
}

static void pass_early(struct foreground *f, int pidfd)
{
	for (int sig = 1; f->early; sig++) {
		if (f->early & 1)
			pass_signal(f, pidfd, sig);
		f->early >>= 1;
	}
}

int foreground_relay(struct foreground *f, int *master, struct err *e)
{
	if (*master < 0)
		return 0;
	if (tty_relay_start(&f->relay, *master, e) < 0)
		return -1;
	*master = -1;
	f->relaying = true;
	return 0;
}

/* for poll(2): until the earlier of both */
static int time_left(const struct foreground *f)
{
	const int program = deadline_left(f->deadline), look = deadline_left(f->held.due);

	return program < 0 || (look >= 0 && look < program) ? look : program;
}

/* 0, or -1 with *e; ETIMEDOUT: the deadline has passed */
static int wait_end(struct foreground *f, int pidfd, pid_t pid, struct err *e)
{
	struct pollfd p[] = {
		{ .fd = f->signals, .events = POLLIN },
		{ .fd = pidfd, .events = POLLIN },
		{ .fd = -1 },
		{ .fd = -1 },
		{ .fd = -1 },
		{ .fd = f->notify, .events = POLLIN },
		{ .fd = f->memory.events, .events = POLLPRI },
		{ .events = POLLPRI },
	};

	pass_early(f, pidfd);
	for (;;) {
		int n;

		if (f->relaying)
			tty_relay_want(&f->relay, &p[2]);
		else
			p[2].fd = p[3].fd = p[4].fd = -1;
		p[7].fd = f->held.events;
		n = poll(p, ARRAY_LEN(p), time_left(f));
		if (n == 0 && f->deadline != DEADLINE_NONE && deadline_left(f->deadline) == 0)
			return err_sys(e, ETIMEDOUT, "wait for the program");
		if (n < 0 && errno != EINTR)
			return err_sys(e, errno, "wait for the program");
		if (n < 0)
			continue; /* only faults are not blocked */
		if (p[0].revents && pass_signals(f, pidfd))
			return 0;
		if (f->relaying && (p[2].revents || p[3].revents || p[4].revents) &&
			tty_relay_step(&f->relay) == 0) {
			tty_relay_done(&f->relay);
			f->relaying = false;
		}
		if (p[5].revents && notify_pass(f->notify, pid))
			p[5].fd = -1;
		/* once more at the end: the kernel tells of a kill up to 10 ms later */
		if ((p[6].revents || p[1].revents) && !ended_watch_read(&f->memory))
			p[6].fd = -1;
		if (p[1].revents || held_look(&f->held, p[7].revents))
			return 0;
	}
}

int foreground_wait(struct foreground *f, int pidfd, pid_t pid, struct err *e)
{
	const int r = wait_end(f, pidfd, pid, e);

	/* what cannot be shown now is left to foreground_done, after the container has been removed
	 */
	if (f->relaying && !tty_relay_rest(&f->relay)) {
		tty_relay_done(&f->relay);
		f->relaying = false;
	}
	if (r < 0)
		return -1;
	if (proc_reap_end(pidfd, &f->end) < 0 &&
		(errno != EBUSY || proc_end_unreaped(pid, &f->end) < 0))
		return err_sys(e, errno, "learn how the program (process %d) has ended", (int)pid);
	return f->end.signal ? 128 + f->end.signal : f->end.code;
}
