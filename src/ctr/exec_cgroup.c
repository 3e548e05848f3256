/* SPDX-License-Identifier: Apache-2.0 */
/* Which cgroup the program of an exec starts in.
 *
 * One of its own (--sub-cgroup, --timeout) is a plain child of the container's cgroup: no
 * controller is enabled for it, so the rule that a cgroup with processes hands none to its children
 * does not apply, and all limits are those of the container. What it is good for is cgroup.kill: it
 * reaches everything that the program has started, whatever that has done since, and nothing else.
 *
 * It is named after this process, and so nobody else's, unless that one left it behind: it was
 * killed, or detached from its program. Who makes one takes such leftovers away first, if they are
 * empty. Another exec may have made one just now and not be in it yet; that one makes it again. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "ctr/local.h"
#include "exec_in.h"
#include "kern/cgroup.h"
#include "kern/deadline.h"
#include "kern/proc.h"
#include "kern/procstat.h"

/* PATH of "[CTRL[,CTRL...]:]PATH". With cgroup v1 every controller has a hierarchy and a path of
 * its own; cgroup v2 has one hierarchy for all. NULL with *e */
static const char *option_path(const char *text, struct err *e)
{
	const char *colon = strchr(text, ':');
	const char *path = colon ? colon + 1 : text;

	if (strchr(path, ':')) {
		err_set(e, EINVAL, "--cgroup must be PATH or CONTROLLER:PATH, not \"%s\"", text);
		return NULL;
	}
	return path;
}

/* *ret: the one path that all of --cgroup names, NULL: it is not given */
static int find_sub(const struct exec *x, const char **ret, struct err *e)
{
	const char *const *all = x->options->cgroups;

	*ret = NULL;
	for (size_t i = 0; all && all[i]; i++) {
		const char *path = option_path(all[i], e);

		if (!path)
			return -1;
		if (*ret && !str_eq(*ret, path))
			return err_set(e, EINVAL,
				"--cgroup \"%s\" and \"%s\": there is one hierarchy for all controllers in cgroup v2",
				all[0], all[i]);
		*ret = path;
	}
	return 0;
}

static bool has_dots(const char *path)
{
	for (const char *p = path; *p; p += strspn(p, "/")) {
		size_t len = strcspn(p, "/");

		if (len == 2 && p[0] == '.' && p[1] == '.')
			return true;
		p += len;
	}
	return false;
}

/* x->cgroup: the one that init is in */
static int open_init_cgroup(struct exec *x, struct err *e)
{
	const struct state *s = &x->container.state;
	auto_str struct str text = { 0 };
	char path[64], *line, *end;

	if (procstat_check(e) < 0)
		return err_in(e, "find the cgroup of init");
	(void)snprintf(path, sizeof(path), "%d/cgroup", (int)s->pid);
	if (fd_read_at(x->proc_fd, path, 0, LIMIT_KERNEL_FILE, &text) < 0)
		return err_sys(e, errno, "find the cgroup of init");
	/* at the start of a line: in a v1 line it may be part of a name that the container has
	 * given */
	line = text.data;
	while (line && strncmp(line, "0::/", strlen("0::/")) != 0)
		line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL;
	if (!line)
		return err_set(e, ENOENT, "init is in no cgroup v2");
	line += strlen("0::");
	end = strchr(line, '\n');
	if (end)
		*end = '\0';
	def_close(&x->cgroup_fd);
	x->cgroup = arena_str(&x->arena, line);
	x->cgroup_fd = cg_open(s->cgroup_mount, line);
	return x->cgroup_fd < 0 ? err_sys(e, errno, "open cgroup \"%s\" of init", line) : 0;
}

/* The container's cgroup is gone, with *e, and init is in another one: its limits are those that
 * the program should have, too. */
static int follow_init(struct exec *x, struct err *e)
{
	struct err ignored;

	err_init(&ignored);
	if (open_init_cgroup(x, &ignored) < 0 || proc_wait_end(x->init_fd, 0))
		return -1;
	log_warning("cgroup \"%s\" of the container is gone: exec joins \"%s\", where init is",
		x->container.state.cgroup, x->cgroup);
	err_init(e);
	return 0;
}

int exec_open_cgroup(struct exec *x, struct err *e)
{
	const struct state *s = &x->container.state;
	const char *path = s->cgroup, *sub;

	if (find_sub(x, &sub, e) < 0)
		return -1;
	if (!s->cgroup)
		return sub ? err_set(e, EINVAL, "--cgroup: the container has no cgroup") : 0;
	if (sub && has_dots(sub))
		return err_set(e, EINVAL,
			"bad sub cgroup path \"%s\": --cgroup must not contain \"..\", it is below the container's cgroup",
			sub);
	if (sub)
		path = path_clean(&x->arena, arena_fmt(&x->arena, "%s/%s", s->cgroup, sub));
	x->cgroup = path;
	if (sub && cgroup_check(s, e) < 0)
		return -1;
	x->cgroup_fd = sub ? cg_open(s->cgroup_mount, path) : cgroup_open(s, e);
	if (x->cgroup_fd >= 0)
		return 0;
	if (!sub)
		return cgroup_is_gone(e->code) ? follow_init(x, e) : -1;
	if (errno == ENOENT)
		return err_sys(e, errno,
			"--cgroup \"%s\": open cgroup \"%s\" (it must exist, below the container's)",
			sub, path);
	return err_sys(e, errno, "open cgroup \"%s\"", path);
}

/* the name begins with this */
static const char sub_prefix[] = "crun-lite-exec-";

enum { REMOVE_WAIT_MS = 10000, MAKE_TRIES = 16 };

static int make_sub_failed(const struct exec *x, struct err *e)
{
	const int code = errno;

	err_sys(e, code, "make a cgroup in \"%s\"", x->cgroup);
	return code == EAGAIN
		? err_more(e,
			  "cgroup.max.descendants or cgroup.max.depth of it, or of one above it, is reached")
		: -1;
}

/* below parent, which is given back in x->cgroup_fd on failure */
static int make_sub(struct exec *x, int parent, struct err *e)
{
	for (int i = 0; i < MAKE_TRIES; i++) {
		const char *name =
			arena_fmt(&x->arena, i ? "%s%d-%d" : "%s%d", sub_prefix, (int)getpid(), i);
		int fd = cg_make_child(parent, name);

		/* ENOENT: swept before it was open */
		if (fd < 0 && (errno == EEXIST || errno == ENOENT))
			continue;
		if (fd < 0)
			return make_sub_failed(x, e);
		x->cgroup_fd = fd;
		x->cgroup = arena_fmt(&x->arena, "%s/%s", x->cgroup, name);
		x->sub = true;
		return 0;
	}
	errno = EEXIST;
	return make_sub_failed(x, e);
}

int exec_make_sub(struct exec *x, struct err *e)
{
	const struct exec_options *o = x->options;
	const char *option = o->timeout_ms ? "--timeout" : "--sub-cgroup";
	auto_close int parent = -1;

	x->deadline = deadline_in(o->timeout_ms ? o->timeout_ms : DEADLINE_NONE);
	if (!o->timeout_ms && !(o->flags & EXEC_SUB_CGROUP))
		return 0;
	if (o->timeout_ms && (o->flags & EXEC_DETACH))
		return err_set(e, EINVAL,
			"--timeout cannot be combined with --detach: nobody would be there to end the program");
	if (x->cgroup_fd < 0)
		return err_set(e, EINVAL, "%s: the container has no cgroup to make one in", option);
	parent = take_fd(&x->cgroup_fd);
	cg_sweep(parent, sub_prefix);
	return make_sub(x, parent, e) < 0 ? err_in(e, "%s", option) : 0;
}

int exec_remake_sub(struct exec *x, struct err *e)
{
	const struct state *s = &x->container.state;
	const char *slash = strrchr(x->cgroup, '/');
	auto_close int parent = -1;

	x->cgroup = arena_dup(&x->arena, x->cgroup, (size_t)(slash - x->cgroup));
	x->sub = false;
	parent = cg_open(s->cgroup_mount, x->cgroup[0] ? x->cgroup : "/");
	if (parent < 0)
		return err_sys(e, errno, "open cgroup \"%s\"", x->cgroup);
	def_close(&x->cgroup_fd);
	x->cgroup_fd = -1;
	return make_sub(x, parent, e);
}

void exec_kill_sub(const struct exec *x)
{
	if (x->sub && cg_kill(x->cgroup_fd) < 0 && errno != ENOENT)
		log_warning("kill the processes in cgroup \"%s\": %s", x->cgroup,
			err_errno_text(errno));
}

void exec_end_sub(struct exec *x)
{
	uint64_t id;
	struct err e;

	err_init(&e);
	if (x->sub && cg_id(x->cgroup_fd, &id) == 0 &&
		cg_remove(x->container.state.cgroup_mount, x->cgroup, id, REMOVE_WAIT_MS, &e) < 0)
		log_warning("a cgroup of the program stays until the container is deleted: %s",
			err_text(&e));
	x->sub = false;
}

int exec_timed_out(const struct exec *x, struct err *e)
{
	const int64_t ms = x->options->timeout_ms;
	char fraction[8] = "";

	if (ms % 1000)
		(void)snprintf(fraction, sizeof(fraction), ".%03d", (int)(ms % 1000));
	return err_set(e, ETIMEDOUT,
		"timeout: \"%s\" was killed after %jd%s seconds, together with all that it had started",
		x->config.process.args[0], (intmax_t)(ms / 1000), fraction);
}

int exec_await(const struct exec *x, int fd, struct err *e)
{
	struct pollfd p[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = x->foreground->signals, .events = POLLIN },
		{ .fd = x->init_fd, .events = POLLIN },
	};

	for (;;) {
		int n = poll(p, ARRAY_LEN(p), deadline_left(x->deadline));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, errno, "wait for the program's process");
		if (n == 0)
			return exec_timed_out(x, e);
		if (p[0].revents)
			return 0;
		if (p[1].revents && foreground_check(x->foreground, e) < 0)
			return -1;
		if (p[2].revents)
			return err_set(e, ESRCH,
				"the container has ended meanwhile: container not running");
	}
}

int exec_open_init_cgroup(struct exec *x, struct err *e)
{
	if (str_eq(x->cgroup, x->container.state.cgroup))
		return open_init_cgroup(x, e);
	return err_sys(e, EBUSY,
		"clone into cgroup \"%s\", which hands controllers to its children (cgroup.subtree_control)",
		x->cgroup);
}
