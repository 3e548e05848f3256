/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: run is create and start over the socket that is there anyway, so there is no start
 * socket, and the container is never seen in state created. In the foreground this process then has
 * four things to wait for, all in one poll(2): signals (a signalfd, set up before the clone so that
 * none is lost), the end of init (its pidfd), the terminal, and standard input. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>

#include "base/fd.h"
#include "base/log.h"
#include "ctr/create.h"
#include "ctr/hooks.h"
#include "ctr/kill.h"
#include "ctr/notify.h"
#include "kern/proc.h"
#include "kern/sync.h"
#include "kern/tty.h"
#include "launch.h"

struct foreground {
	struct launch *l;
	int signals; /* signalfd */
	int notify;  /* socket of the container, -1: none or done */
	struct tty_relay relay;
	bool relaying;
};

static int block_signals(struct foreground *f, struct err *e)
{
	sigset_t all;

	(void)sigfillset(&all);
	/* faults of our own are not to be passed on */
	for (size_t i = 0; i < 5; i++)
		(void)sigdelset(&all, (const int[]){ SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP }[i]);
	if (sigprocmask(SIG_BLOCK, &all, NULL) < 0)
		return err_sys(e, errno, "block signals");
	f->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	return f->signals < 0 ? err_sys(e, errno, "open a signalfd") : 0;
}

static void pass_signals(struct foreground *f)
{
	struct signalfd_siginfo si;

	while (read(f->signals, &si, sizeof(si)) == sizeof(si)) {
		int sig = (int)si.ssi_signo;

		if (sig == SIGCHLD || sig == SIGPIPE || sig == SIGURG)
			continue;
		if (sig == SIGWINCH && f->relaying)
			tty_relay_resize(&f->relay);
		else if (proc_signal(f->l->pidfd, sig) < 0)
			log_debug("signal %d not passed on: %s", sig, err_errno_text(errno));
	}
}

static void wait_end(struct foreground *f)
{
	struct pollfd p[] = {
		{ .fd = f->signals, .events = POLLIN },
		{ .fd = f->l->pidfd, .events = POLLIN },
		{ .fd = -1 },
		{ .fd = -1 },
		{ .fd = f->notify, .events = POLLIN },
	};

	for (;;) {
		if (f->relaying)
			tty_relay_want(&f->relay, &p[2]);
		else
			p[2].fd = p[3].fd = -1;
		if (poll(p, ARRAY_LEN(p), -1) < 0)
			continue; /* EINTR: only faults are not blocked */
		if (p[0].revents)
			pass_signals(f);
		if ((p[2].revents || p[3].revents) && f->relaying &&
			tty_relay_step(&f->relay) == 0) {
			tty_relay_done(&f->relay);
			f->relaying = false;
		}
		if (p[4].revents && notify_pass(f->notify, f->l->pid))
			p[4].fd = -1;
		if (p[1].revents)
			return;
	}
}

static int tell_start(const struct launch *l, struct err *e)
{
	auto_close int agent = -1;

	if (launch_agent(l->plan.listener.path, &agent, e) < 0)
		return -1;
	if (sync_send(l->sync, SYNC_START, 0, -1) < 0 ||
		(agent >= 0 && sync_send(l->sync, SYNC_LISTENER, 0, agent) < 0))
		return err_sys(e, errno, "tell init to start");
	return 0;
}

static int begin(struct launch *l, int *ret_notify, struct err *e)
{
	if (launch_commit(l, e) < 0)
		return -1;
	if (notify_wanted() && notify_listen(&l->container, ret_notify, e) < 0)
		return launch_undo(l);
	if (tell_start(l, e) == 0 && launch_result(l->sync, l->exec_errno, e) == 0 &&
		hooks_run(&l->config.hooks, HOOK_POSTSTART, &l->container.state, "running", l->pid,
			e) == 0) {
		launch_net_settle(l);
		return 0;
	}
	return launch_undo(l);
}

/* The program has ended: undo, unless somebody else has done so (delete --force) or wants to look
 * at it (--keep). By the directory that we hold, not by its name: the id may belong to a new container. */
static void clean_up(struct launch *l)
{
	struct err e;
	int r;

	err_init(&e);
	if (l->options.flags & CREATE_KEEP)
		return;
	r = container_lock(&l->container, &e);
	if (r > 0)
		return;
	if (r < 0 || ctr_destroy(&l->container, &e) < 0) {
		log_warning("container \"%s\" could not be removed: %s", l->options.id,
			err_text(&e));
		return;
	}
	hooks_run_poststop(&l->container.state);
}

static int foreground(struct foreground *f, int *ret_status, struct err *e)
{
	struct launch *l = f->l;

	if (l->master >= 0) {
		if (tty_relay_start(&f->relay, l->master, e) < 0)
			return launch_undo(l);
		l->master = -1;
		f->relaying = true;
	}
	if (begin(l, &f->notify, e) < 0) {
		if (f->relaying)
			tty_relay_done(&f->relay);
		return -1;
	}
	/* from here on other commands may work on the container */
	container_unlock(&l->container);
	wait_end(f);
	if (f->relaying)
		tty_relay_done(&f->relay);
	*ret_status = proc_reap(l->pidfd);
	if (*ret_status < 0)
		err_sys(e, errno, "wait for the program");
	clean_up(l);
	return *ret_status < 0 ? -1 : 0;
}

int ctr_run(const struct store *s, const struct create_options *o, int *ret_status, struct err *e)
{
	auto_launch struct launch l;
	struct foreground f = { .l = &l, .signals = -1, .notify = -1 };
	int r;

	launch_init(&l, s, o);
	if (launch_prepare(&l, e) < 0)
		return -1;
	if (o->flags & CREATE_DRY_RUN)
		return launch_print(&l, e);
	if (o->flags & CREATE_DETACH) {
		*ret_status = 0;
		r = launch_make(&l, 0, e) < 0 ? -1 : begin(&l, &f.notify, e);
		if (r == 0 && f.notify >= 0)
			notify_wait(f.notify, l.pidfd, l.pid);
		def_close(&f.notify);
		return r;
	}
	if (block_signals(&f, e) < 0)
		return -1;
	r = launch_make(&l, 0, e) < 0 ? -1 : foreground(&f, ret_status, e);
	def_close(&f.signals);
	def_close(&f.notify);
	return r;
}
