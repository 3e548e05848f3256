/* SPDX-License-Identifier: Apache-2.0 */
/* kill.c - signals
 *
 * No lock is taken: `start` holds it for as long as its hooks run, and just then somebody may have
 * to kill. Nothing depends on it either, because a signal goes to a process that was identified,
 * through its pidfd. */
#include "ctr/kill.h"

#include <signal.h>

#include "base/log.h"
#include "ctr/local.h"
#include "kern/cgroup.h"
#include "kern/proc.h"

/* Somebody has removed the cgroup: of what was in it only init can still be told from others. */
static int kill_init_alone(const struct state *s, int sig, int pidfd, struct err *e)
{
	if (pidfd < 0)
		return 0;
	log_warning(
		"cgroup \"%s\" is gone: only the first process of container \"%s\" gets the signal",
		s->cgroup, s->id);
	return proc_signal(pidfd, sig) < 0 && errno != ESRCH
		? err_sys(e, errno, "signal process %d", (int)s->pid)
		: 0;
}

/* kill --all; pidfd: of init, -1 when that has ended. What has stopped is no error; a cgroup that
 * was there before us is left alone then: it may be in use by others. */
static int kill_all(const struct container *c, int sig, int pidfd, struct err *e)
{
	const struct state *s = &c->state;
	auto_close int cg = -1;
	int r;

	if (pidfd < 0 && !s->cgroup_made)
		return 0;
	cg = cgroup_get(s);
	if (cg < 0 && cgroup_is_gone(errno))
		return kill_init_alone(s, sig, pidfd, e);
	if (cg < 0)
		return err_sys(e, errno, "open cgroup \"%s\"", s->cgroup);
	r = sig == SIGKILL ? cg_kill(cg) : cg_signal(cg, sig);
	if (r < 0 && errno != ENOENT && errno != ENODEV) /* removed meanwhile */
		return err_sys(e, errno, "signal the processes in cgroup \"%s\"", s->cgroup);
	return 0;
}

/* The undo core is enough to know what the signal is for. */
static int load(const struct store *s, const char *id, struct container *c, struct err *e)
{
	int r = store_load(s, id, STORE_BROKEN, c, e);

	if (r <= 0)
		return r;
	if (!c->has_undo || c->state.pid == 0)
		return err_in(e, "container \"%s\" is broken", id);
	log_warning("container \"%s\" is broken: %s", id, err_text(e));
	err_init(e);
	return 0;
}

int ctr_kill(const struct store *s, const char *id, int sig, unsigned flags, struct err *e)
{
	auto_container struct container c;
	auto_close int pidfd = -1;
	struct proc_id who;

	container_init(&c);
	if (load(s, id, &c, e) < 0)
		return -1;
	who = state_process(&c.state);
	pidfd = c.state.pid > 0 ? proc_open(&who, e) : -1;
	if (pidfd < -1)
		return err_in(e, "signal container \"%s\"", id);
	log_debug("signal %d for container \"%s\": init is process %d%s, cgroup \"%s\"", sig, id,
		(int)c.state.pid, pidfd < 0 ? ", which has ended" : "",
		has_cgroup(&c.state) ? c.state.cgroup : "");
	if ((flags & KILL_ALL) && has_cgroup(&c.state)) {
		if (kill_all(&c, sig, pidfd, e) == 0)
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
	/* Where the pid namespace is shared the others do not end with init, and after it nobody
	 * could name them. */
	if (sig == SIGKILL && c.state.cgroup_made && has_cgroup(&c.state))
		return kill_all(&c, sig, -1, e); /* init has it */
	return 0;
}
