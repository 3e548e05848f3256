/* SPDX-License-Identifier: Apache-2.0 */
#include "foreground.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "base/log.h"
#include "ctr/notify.h"
#include "kern/deadline.h"
#include "kern/proc.h"

void foreground_init(struct foreground *f)
{
	*f = (struct foreground){ .signals = -1, .notify = -1, .deadline = DEADLINE_NONE };
	ended_watch_init(&f->memory);
}

void foreground_done(struct foreground *f)
{
	if (f->relaying)
		tty_relay_done(&f->relay);
	f->relaying = false;
	def_close(&f->signals);
	def_close(&f->notify);
	f->signals = f->notify = -1;
	ended_watch_done(&f->memory);
}

int foreground_signals(struct foreground *f, struct err *e)
{
	sigset_t all;

	(void)sigfillset(&all);
	/* faults of our own are not to be passed on, and children tell of their end by their pidfd */
	for (size_t i = 0; i < 6; i++)
		(void)sigdelset(&all,
			(const int[]){ SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGCHLD }[i]);
	if (sigprocmask(SIG_BLOCK, &all, NULL) < 0)
		return err_sys(e, errno, "block signals");
	f->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	return f->signals < 0 ? err_sys(e, errno, "open a signalfd") : 0;
}

void foreground_mortal(bool yes)
{
	sigset_t end;

	(void)sigemptyset(&end);
	for (size_t i = 0; i < 4; i++)
		(void)sigaddset(&end, (const int[]){ SIGINT, SIGTERM, SIGHUP, SIGQUIT }[i]);
	(void)sigprocmask(yes ? SIG_UNBLOCK : SIG_BLOCK, &end, NULL);
}

static void pass_signals(const struct foreground *f, int pidfd)
{
	struct signalfd_siginfo si;

	while (read(f->signals, &si, sizeof(si)) == sizeof(si)) {
		int sig = (int)si.ssi_signo;

		if (sig == SIGPIPE || sig == SIGURG)
			continue;
		if (sig == SIGWINCH && f->relaying)
			tty_relay_resize(&f->relay);
		else if (proc_signal(pidfd, sig) < 0)
			log_debug("signal %d not passed on: %s", sig, err_errno_text(errno));
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

/* false: the deadline has passed */
static bool wait_end(struct foreground *f, int pidfd, pid_t pid)
{
	struct pollfd p[] = {
		{ .fd = f->signals, .events = POLLIN },
		{ .fd = pidfd, .events = POLLIN },
		{ .fd = -1 },
		{ .fd = -1 },
		{ .fd = f->notify, .events = POLLIN },
		{ .fd = f->memory.events, .events = POLLPRI },
	};

	for (;;) {
		int n;

		if (f->relaying)
			tty_relay_want(&f->relay, &p[2]);
		else
			p[2].fd = p[3].fd = -1;
		n = poll(p, ARRAY_LEN(p), deadline_left(f->deadline));
		if (n == 0)
			return false;
		if (n < 0)
			continue; /* EINTR: only faults are not blocked */
		if (p[0].revents)
			pass_signals(f, pidfd);
		if ((p[2].revents || p[3].revents) && f->relaying &&
			tty_relay_step(&f->relay) == 0) {
			tty_relay_done(&f->relay);
			f->relaying = false;
		}
		if (p[4].revents && notify_pass(f->notify, pid))
			p[4].fd = -1;
		/* once more at the end: the kernel tells of a kill up to 10 ms later */
		if ((p[5].revents || p[1].revents) && !ended_watch_read(&f->memory))
			p[5].fd = -1;
		if (p[1].revents)
			return true;
	}
}

int foreground_wait(struct foreground *f, int pidfd, pid_t pid, struct err *e)
{
	bool ended;

	ended = wait_end(f, pidfd, pid);
	if (f->relaying)
		tty_relay_done(&f->relay);
	f->relaying = false;
	if (!ended)
		return err_sys(e, ETIMEDOUT, "wait for the program");
	if (proc_reap_end(pidfd, &f->end) < 0)
		return err_sys(e, errno, "wait for the program");
	return f->end.signal ? 128 + f->end.signal : f->end.code;
}
