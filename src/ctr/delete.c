/* SPDX-License-Identifier: Apache-2.0 */
/* delete.c - the undo of create
 *
 * Order: processes, cgroup, state directory, poststop hooks. The directory goes only when nothing
 * is left that it is needed for, so whatever stops a deletion, a later one goes on from there.
 *
 * The lock says whether somebody else is at work on the container. `delete` waits for it. `delete
 * --force` first kills what the state names: a `start` that hangs, a `create` whose hook does, or a
 * `run`, then comes to its end, and so does the wait. What does not is told to end (holder.c). */
#include <signal.h>

#include "base/log.h"
#include "ctr/hooks.h"
#include "ctr/kill.h"
#include "ctr/local.h"
#include "ctr/status.h"
#include "holder.h"
#include "kern/cgroup.h"
#include "kern/library.h"
#include "kern/proc.h"
#include "kern/spawn.h"

enum {
	KILL_WAIT_MS = 10000,
	SOON_MS = 100, /* in which nearly every process is gone */
};

static int time_left(int64_t deadline)
{
	int64_t left = deadline - proc_now_ms();

	return left > 0 ? (int)left : 0;
}

/* kill what lives in a cgroup that stays */
static int kill_cgroup(const struct state *s, int64_t deadline, struct err *e)
{
	auto_close int fd = cgroup_get(s);
	int r;

	if (fd < 0 && cgroup_is_gone(errno))
		return 0;
	if (fd < 0)
		return err_sys(e, errno, "open cgroup \"%s\"", s->cgroup);
	if (cg_kill(fd) < 0 && errno != ENOENT)
		return err_sys(e, errno, "kill the processes in cgroup \"%s\"", s->cgroup);
	r = cg_wait_empty(fd, time_left(deadline));
	if (r < 0)
		return err_sys(e, errno, "wait for cgroup \"%s\" to become empty", s->cgroup);
	if (r == 0)
		return err_set(e, ETIMEDOUT,
			"cgroup \"%s\" has processes %d s after they were killed", s->cgroup,
			KILL_WAIT_MS / 1000);
	return 0;
}

static void tell_another(const struct state *s)
{
	log_warning(
		"cgroup \"%s\" is another one than that of container \"%s\", which was removed: it is left alone",
		s->cgroup, s->id);
}

/* Of a cgroup that nothing says to be ours an empty one is removed: it has the path that we were to
 * remove, and nobody lives in it. *ret_used: it is in use, and left alone */
static int remove_unused(const struct state *s, bool *ret_used, struct err *e)
{
	int r = cg_remove_unused(s->cgroup_mount, s->cgroup);

	*ret_used = r > 0;
	return r < 0 ? err_sys(e, errno, "remove cgroup \"%s\"", s->cgroup) : 0;
}

static int remove_cgroup(const struct state *s, struct err *e)
{
	bool used = false;
	int r;

	if (!has_cgroup(s))
		return 0;
	/* before its id is on record nothing has been put into it: what is in use there is somebody
	 * else's */
	if (s->cgroup_has_id && s->cgroup_id == 0)
		return remove_unused(s, &used, e);
	r = cg_remove(s->cgroup_mount, s->cgroup, s->cgroup_id, KILL_WAIT_MS, e);
	if (r > 0)
		r = remove_unused(s, &used, e);
	if (used)
		tell_another(s);
	return r < 0 ? -1 : 0;
}

/* a pidfd of init with SIGKILL on its way, -1 when it has ended, -2 with *e. *ret_refused: why the
 * signal could not be sent; a filter around us may forbid it, and cgroup.kill needs none */
static int kill_init(const struct state *s, int *ret_refused, struct err *e)
{
	const struct proc_id id = state_process(s);
	auto_close int fd = -1;

	if (s->pid == 0)
		return -1;
	fd = proc_open(&id, e);
	if (fd < 0)
		return fd;
	if (proc_signal(fd, SIGKILL) < 0 && errno != ESRCH)
		*ret_refused = errno;
	return take_fd(&fd);
}

static int not_ended(const struct state *s, struct err *e)
{
	auto_str struct str zombies = { 0 };

	if (proc_list_zombies(s->pid, &zombies) > 0)
		return err_set(e, ETIMEDOUT,
			"process %d has been killed, but the kernel keeps it until all processes of its pid namespace are reaped: %s",
			s->pid, str_text(&zombies));
	return err_set(e, ETIMEDOUT, "process %d is still there %d s after it was killed", s->pid,
		KILL_WAIT_MS / 1000);
}

/* Kill the others, too, and wait until none of them lives. Is init then as good as gone? */
static bool is_held_alone(const struct state *s, int init, int64_t deadline)
{
	const struct proc_id id = state_process(s);
	auto_close int cg = cgroup_get(s);
	auto_str struct str ignored = { 0 };

	if (cg < 0)
		return proc_is_held(&id) && proc_list_zombies(s->pid, &ignored) > 0;
	return cg_kill(cg) == 0 && cg_wait_end(cg, init, time_left(deadline)) == 0 &&
		!proc_wait_end(init, 0) && proc_is_held(&id);
}

/* init: pidfd. An init that only waits for somebody to reap zombies of its pid namespace, as those
 * that `exec --detach` leaves to a process that never does, holds nothing: it counts as ended. */
static int wait_init(const struct state *s, int init, int64_t deadline, struct err *e)
{
	if (proc_wait_end(init, SOON_MS) || is_held_alone(s, init, deadline))
		return 0;
	return proc_wait_end(init, time_left(deadline)) ? 0 : not_ended(s, e);
}

/* The end of an init that no signal could be sent to. Nobody else has killed it when there is no
 * cgroup, or that could not be killed either. */
static int wait_unsignalled(const struct state *s, int init, int refused, int64_t deadline,
	struct err *e)
{
	struct err ignored;

	if (deadline ? wait_init(s, init, deadline, &ignored) == 0 : proc_wait_end(init, 0))
		return 0;
	return err_sys(e, refused, "kill process %d", s->pid);
}

/* The same in a scope. Systemd is told last, when there is nothing left for it to wait for; without
 * it the scope ends all the same, since nothing lives in it. */
static int end_scope(const struct state *s, int64_t deadline, struct err *e)
{
	auto_close int fd = cgroup_get(s);
	struct err second;

	/* then the unit of this name is another one, too */
	if (fd < 0 && errno == ESTALE)
		return remove_cgroup(s, e);
	if (fd >= 0 && kill_cgroup(s, deadline, e) < 0)
		return -1;
	err_init(&second);
	if (scope_stop(s, &second) < 0) {
		if (fd >= 0 || !has_cgroup(s))
			log_warning("scope \"%s\" may stay: %s", s->scope, err_text(&second));
		else
			log_debug("%s", err_text(&second));
	}
	return remove_cgroup(s, e);
}

/* Kill everything that belongs to the container and wait for its end; remove its cgroup when we
 * made it. Init first: its pid namespace ends with it, and its pidfd tells of the end sooner than
 * cgroup.events does. */
static int end_processes(const struct state *s, struct err *e)
{
	int64_t deadline = proc_now_ms() + KILL_WAIT_MS;
	int refused = 0, r = 0;
	auto_close int init = kill_init(s, &refused, e);
	struct err second;
	bool failed = init < -1;

	if (init >= 0 && !refused && wait_init(s, init, deadline, e) < 0)
		failed = true;
	log_debug("process %d of container \"%s\" is gone, now cgroup \"%s\"", (int)s->pid, s->id,
		has_cgroup(s) ? s->cgroup : "");
	if (s->scope)
		r = end_scope(s, deadline, &second);
	else if (has_cgroup(s))
		r = s->cgroup_made ? remove_cgroup(s, &second) : kill_cgroup(s, deadline, &second);
	if (init >= 0 && refused &&
		wait_unsignalled(s, init, refused, has_cgroup(s) && r == 0 ? deadline : 0, e) < 0)
		failed = true;
	if (r < 0 && !failed)
		*e = second;
	return failed || r < 0 ? -1 : 0;
}

int ctr_destroy(struct container *c, struct err *e)
{
	if (end_processes(&c->state, e) < 0 || rdt_destroy(&c->state, e) < 0 ||
		container_remove(c, e) < 0)
		return err_in(e, "delete container \"%s\"", c->state.id);
	log_debug("container \"%s\" is removed", c->state.id);
	return 0;
}

/* the whole deletion, of a container that is locked */
static int finish(struct container *c, struct err *e)
{
	/* while nothing has been done */
	if (c->state.scope && library_need(e) < 0)
		log_warning("%s", err_text(e));
	/* whoever ran it was killed */
	if (c->state.hooks || c->state.pid == 0)
		spawn_end_recorded(c->dir_fd);
	if (ctr_destroy(c, e) < 0)
		return -1;
	hooks_run_poststop(&c->state, -1);
	return 0;
}

/* may a container in this status be deleted without --force? */
static int check_stopped(const struct container *c, struct err *e)
{
	enum ctr_status status;

	if (ctr_status(c, &status, NULL, e) < 0)
		return -1;
	/* one that was never started is deleted by the other runtimes too, and engines count on it
	 */
	if (status == STATUS_STOPPED || status == STATUS_CREATED)
		return 0;
	return err_set(e, EBUSY, "cannot delete container \"%s\" that is not stopped: %s",
		c->state.id, ctr_status_name(status));
}

static int delete_stopped(const struct store *s, const char *id, struct err *e)
{
	auto_container struct container c;

	container_init(&c);
	if (store_load(s, id, STORE_LOCK, &c, e) < 0) {
		if (c.dir_fd >= 0) /* it is there, but broken */
			(void)err_more(e, "remove it with \"delete --force %s%s\"",
				state_end_of_options(id), id);
		return -1;
	}
	container_confirm(&c);
	if (check_stopped(&c, e) < 0)
		return -1;
	return finish(&c, e);
}

/* One that has no pid may not have come so far as to make the cgroup that its state names; then it
 * is somebody else's. */
static int forget_shared_cgroup(const struct store *s, struct container *c, struct err *e)
{
	auto_arena struct arena a = { 0 };
	const char *other = NULL;

	if (c->state.pid != 0 || !has_cgroup(&c->state))
		return 0;
	if (cgroup_sharer(&a, s, c->state.id, c->state.cgroup, &other, e) < 0)
		return -1;
	if (other)
		c->state.cgroup = NULL;
	return 0;
}

static int still_held(const char *id, int fd, struct err *e)
{
	const pid_t pid = holder_of(fd);

	(void)err_set(e, ETIMEDOUT, "container \"%s\" is still locked after %d s", id,
		STORE_LOCK_S);
	return pid ? err_more(e, "process %d does not let go of it: end it, and delete again",
			     (int)pid)
		   : err_more(e, "the process that has locked it is not known here");
}

/* open and lock the container for delete --force; 1: a broken one, the reason is in *e */
static int load_forced(const struct store *s, const char *id, struct container *c, struct err *e)
{
	int r = store_load(s, id, STORE_TRY_LOCK | STORE_BROKEN, c, e);
	auto_close int init = -1;
	int refused = 0;
	struct err why;

	if (r < 0 || c->locked)
		return r;
	log_debug("container \"%s\" is in use: kill its processes, then wait", id);
	err_init(&why);
	if (r == 0) /* what the other one has made since, undo knows first */
		container_confirm(c);
	init = kill_init(&c->state, &refused, &why);
	if (forget_shared_cgroup(s, c, &why) == 0 && has_cgroup(&c->state)) {
		auto_close int fd = cgroup_get(&c->state);

		if (fd >= 0 && cg_kill(fd) < 0)
			log_debug("kill the processes in cgroup \"%s\": %s", c->state.cgroup,
				err_errno_text(errno));
	}
	holder_end(c->dir_fd);
	container_done(c);
	r = store_load(s, id, STORE_LOCK_SOON | STORE_BROKEN, c, e);
	return r < 0 && e->code == ETIMEDOUT && c->dir_fd >= 0 ? still_held(id, c->dir_fd, e) : r;
}

/* Is it known what there is to undo? Where it is not, the directory is the last trace of what may
 * live on. why: what is wrong with state.json */
static int check_known(const struct store *s, struct container *c, const struct err *why,
	struct err *e)
{
	int bare;

	if (c->has_undo) {
		if (why->code != ENOENT || c->state.pid != 0)
			log_warning(
				"container \"%s\" is broken: %s; it is undone as \"%s\" says, without poststop hooks",
				c->state.id, err_text(why), STORE_UNDO);
		return 0;
	}
	bare = container_is_bare(c, e);
	if (bare != 0)
		return bare < 0 ? -1 : 0;
	(void)err_set(e, EINVAL, "container \"%s\" is broken: %s", c->state.id, err_text(why));
	return err_more(e,
		"nothing was deleted: \"%s\" cannot be read either, so its process and cgroup are not known; end them and remove the directory \"%s/%s\"",
		STORE_UNDO, s->path, c->state.id);
}

static int delete_forced(const struct store *s, const char *id, struct err *e)
{
	auto_container struct container c;
	struct err why;
	int r;

	container_init(&c);
	err_init(&why);
	r = load_forced(s, id, &c, &why);
	if (r < 0) {
		*e = why;
		return e->code == ENOENT ? 0 : -1;
	}
	if (r > 0 && check_known(s, &c, &why, e) < 0)
		return -1;
	if (r == 0)
		container_confirm(&c);
	return forget_shared_cgroup(s, &c, e) < 0 ? -1 : finish(&c, e);
}

int ctr_delete(const struct store *s, const char *id, unsigned flags, struct err *e)
{
	return flags & DELETE_FORCE ? delete_forced(s, id, e) : delete_stopped(s, id, e);
}
