/* SPDX-License-Identifier: Apache-2.0 */
#include "stop.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#include "base/compat.h"

static const int stops[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };

bool stop_is(int sig)
{
	for (size_t i = 0; i < ARRAY_LEN(stops); i++)
		if (stops[i] == sig)
			return true;
	return false;
}

int stop_by(int sig, struct err *e)
{
	return err_set(e, EINTR, "interrupted by signal %d (%s)", sig, sigabbrev_np(sig));
}

static sigset_t stop_set(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_LEN(stops); i++)
		(void)sigaddset(&set, stops[i]);
	return set;
}

int stop_signals(int how)
{
	const sigset_t set = stop_set();

	return sigprocmask(how, &set, NULL);
}

int stop_close(int *fd)
{
	if (*fd >= 0)
		(void)stop_signals(SIG_UNBLOCK);
	def_close(fd);
	*fd = -1;
	return 0;
}

int stop_open(int *ret, struct err *e)
{
	const sigset_t set = stop_set();

	if (stop_signals(SIG_BLOCK) < 0)
		return err_sys(e, errno, "block signals");
	*ret = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return *ret < 0 ? err_sys(e, errno, "open a signalfd") : 0;
}

int stop_check(int fd, struct err *e)
{
	struct signalfd_siginfo si;

	if (fd < 0 || read(fd, &si, sizeof(si)) != sizeof(si))
		return 0;
	return stop_by((int)si.ssi_signo, e);
}

int stop_wait(int fd, int sock, struct err *e)
{
	struct pollfd p[] = { { .fd = sock, .events = POLLIN }, { .fd = fd, .events = POLLIN } };

	while (fd >= 0) {
		if (poll(p, ARRAY_LEN(p), -1) < 0 && errno != EINTR)
			return err_sys(e, errno, "wait for init");
		if (p[0].revents)
			return 0;
		if (p[1].revents && stop_check(fd, e) < 0)
			return -1;
	}
	return 0;
}
