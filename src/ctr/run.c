/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: run is create and start over the socket that is there anyway, so there is no start
 * socket, and the container is never seen in state created. */
#include <signal.h>

#include "agent.h"
#include "base/log.h"
#include "ctr/create.h"
#include "ctr/ended.h"
#include "ctr/hooks.h"
#include "ctr/kill.h"
#include "ctr/notify.h"
#include "foreground.h"
#include "kern/sync.h"
#include "launch.h"
#include "stop.h"

static int tell_start(const struct launch *l, struct err *e)
{
	auto_close int agent = -1;

	if (agent_connect(l->plan.listener.path, &agent, e) < 0)
		return -1;
	log_debug("tell init, process %d, to start", (int)l->pid);
	if (sync_send(l->sync, SYNC_START, 0, -1) < 0 ||
		(agent >= 0 && sync_send(l->sync, SYNC_LISTENER, 0, agent) < 0))
		return err_sys(e, errno, "tell init to start");
	return 0;
}

/* In the foreground the exit status tells it. */
static int check_executed(const struct launch *l, struct err *e)
{
	if (!(l->options.flags & CREATE_DETACH) && !l->config.hooks.count[HOOK_POSTSTART])
		return 0;
	return launch_executed(l->pidfd, l->pid, "init", e);
}

static int begin(struct launch *l, int *ret_notify, struct err *e)
{
	/* a program that has ended by then is no reason to stop its poststart hooks */
	const struct hook_about about = {
		.state = &l->container.state,
		.status = "running",
		.pid = l->pid,
		.stop_fd = l->stop_fd,
		.record = l->container.dir_fd,
		.init = -1,
	};

	if (launch_commit(l, e) < 0)
		return -1;
	if (notify_wanted() && notify_listen(&l->container, ret_notify, e) < 0)
		return launch_undo(l);
	if (tell_start(l, e) == 0 && stop_wait(l->stop_fd, l->sync, e) == 0 &&
		launch_result(l->sync, l->failure, e) == 0 && check_executed(l, e) == 0 &&
		hooks_run(&l->config.hooks, HOOK_POSTSTART, &about, e) == 0) {
		launch_net_settle(l);
		return 0;
	}
	return launch_undo(l);
}

/* Who has locked it may be a delete whose hook hangs, and that one removes it: then a signal may
 * end us. As long as nobody does the clean-up is not to be interrupted by a signal that has come
 * late. */
static int lock(struct launch *l, struct err *e)
{
	int r = container_try_lock(&l->container, e);

	if (r <= 1)
		return r;
	stop_signals(SIG_UNBLOCK);
	r = container_lock(&l->container, e);
	stop_signals(SIG_BLOCK);
	return r;
}

/* The program has ended: undo, unless somebody else has done so (delete --force) or wants to look
 * at it (--keep). By the directory that we hold, not by its name: the id may belong to a new
 * container. */
static void clean_up(struct launch *l)
{
	struct err e;
	int r;

	err_init(&e);
	if (l->options.flags & CREATE_KEEP)
		return;
	r = lock(l, &e);
	if (r > 0)
		return;
	if (r < 0 || ctr_destroy(&l->container, &e) < 0) {
		log_warning("container \"%s\" could not be removed: %s", l->options.id,
			err_text(&e));
		return;
	}
	hooks_run_poststop(&l->container.state, l->stop_fd);
}

int launch_stay(struct launch *l, struct foreground *f, int *ret_status, struct err *e)
{
	/* from here on other commands may work on the container */
	container_unlock(&l->container);
	ended_watch_begin(&f->memory, &l->container.state);
	held_watch(&f->held, l->pid, l->cgroup_fd);
	*ret_status = foreground_wait(f, l->pidfd, l->pid, e);
	log_debug("the program has ended, exit status %d", *ret_status);
	if (*ret_status > 0)
		ended_tell_oom(&l->container.state, &f->memory);
	if (*ret_status > 0 && f->end.signal == SIGSYS && l->plan.filter.n)
		log_warning(
			"container \"%s\": ended by signal %d (SYS): probably linux.seccomp; the audit log names the system call",
			l->options.id, SIGSYS);
	if (*ret_status >= 0 && (l->options.flags & CREATE_KEEP))
		ended_save(&l->container, &f->end, &f->memory);
	clean_up(l);
	return *ret_status < 0 ? -1 : 0;
}

static int stay(struct foreground *f, struct launch *l, int *ret_status, struct err *e)
{
	if (foreground_relay(f, &l->master, e) < 0)
		return launch_undo(l);
	/* before there is a program that can be killed */
	ended_watch_begin(&f->memory, &l->container.state);
	if (begin(l, &f->notify, e) < 0)
		return -1;
	return launch_stay(l, f, ret_status, e);
}

int ctr_run(const struct store *s, const struct create_options *o, int *ret_status, struct err *e)
{
	auto_launch struct launch l;
	auto_foreground struct foreground f;
	int r;

	launch_init(&l, s, o);
	foreground_init(&f);
	if (launch_prepare(&l, e) < 0)
		return -1;
	if (o->flags & CREATE_DRY_RUN)
		return launch_print(&l, e);
	/* in the foreground all signals are blocked, and nothing else would end a wait for an init
	 * that somebody has frozen */
	if ((o->flags & CREATE_DETACH ? launch_stoppable(&l, e) : stop_open(&l.stop_fd, e)) < 0)
		return -1;
	if (o->flags & CREATE_DETACH) {
		*ret_status = 0;
		r = launch_make(&l, 0, e);
		if (r < 0 && launch_again(&l, e))
			return ctr_run(s, &l.options, ret_status, e);
		if (r == 0)
			r = begin(&l, &f.notify, e);
		if (r == 0 && f.notify >= 0 && stop_close(&l.stop_fd) == 0)
			notify_wait(f.notify, l.pidfd, l.pid);
		return r;
	}
	if (foreground_signals(&f, e) < 0)
		return -1;
	r = launch_make(&l, 0, e);
	if (r < 0 && launch_again(&l, e))
		return ctr_run(s, &l.options, ret_status, e);
	return r < 0 ? -1 : stay(&f, &l, ret_status, e);
}
