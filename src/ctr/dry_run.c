/* SPDX-License-Identifier: Apache-2.0 */
/* dry_run.c - what a look at the host, that changes nothing, tells of a launch
 *
 * The plan is right in itself. Whether it can be done depends on files and controllers that are
 * looked at only while it is being done. For --dry-run the most frequent mistakes among these are
 * looked for. What a mount of the plan will hide, or a symlink may lead to, is not known before;
 * then nothing is said. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/path.h"
#include "kern/inroot.h"
#include "launch.h"

/* Sources are opened in the order of the mounts: one below the root filesystem may be what an
 * earlier mount brings. */
static int check_source(const struct launch *l, const struct op *op, struct err *e)
{
	const char *below = str_after(op->mount.source, l->plan.root.path);
	struct stat st;
	int nofollow = op->flags & (OP_SRC_NOFOLLOW | OP_COPY_SYMLINK) ? AT_SYMLINK_NOFOLLOW : 0;

	if ((below && (*below == '/' || !*below)) ||
		fstatat(AT_FDCWD, op->mount.source, &st, nofollow | AT_NO_AUTOMOUNT) == 0)
		return 0;
	(void)err_sys(e, errno, "open mount source \"%s\"", op->mount.source);
	return err_in(e, "%s", op->where);
}

static int check_sources(const struct launch *l, struct err *e)
{
	const struct plan_root *r = &l->plan.root;

	for (size_t i = 0; i < r->n_build; i++) {
		if (r->build[i].kind == OP_BIND && check_source(l, &r->build[i], e) < 0)
			return -1;
	}
	return 0;
}

/* a mount of the plan on path or above it */
static bool is_covered(const struct launch *l, const char *path)
{
	const struct plan_root *r = &l->plan.root;

	for (size_t i = 0; i < r->n_build; i++) {
		const struct op *op = &r->build[i];
		const char *rest = str_after(path, op->target);

		if ((op->kind == OP_MOUNT || op->kind == OP_BIND) && rest &&
			(*rest == '/' || !*rest || str_eq(op->target, "/")))
			return true;
	}
	return false;
}

/* 0: there is a program, or may be one; else why there is none */
static int look_for(const struct launch *l, const char *path)
{
	auto_close int fd = -1;
	struct stat st;
	struct err e;

	if (is_covered(l, path))
		return 0;
	fd = inroot_open(l->rootfs_fd, path, INROOT_NO_SYMLINKS, &e);
	if (fd < 0)
		return e.code == ELOOP ? 0 : e.code;
	if (fstat(fd, &st) < 0)
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	return S_ISREG(st.st_mode) && (st.st_mode & 0111) ? 0 : EACCES;
}

static int check_path(const struct launch *l, const char *name, struct err *e)
{
	auto_arena struct arena a = { 0 };
	int code = look_for(l, path_clean(&a, path_join(&a, l->plan.process.cwd, name)));

	if (code == EISDIR)
		return err_sys(e, code, "exec: \"%s\"", name);
	return code ? err_sys(e, code, "exec: \"%s\": stat %s", name, name) : 0;
}

static int check_program(const struct launch *l, struct err *e)
{
	const struct plan_process *p = &l->plan.process;
	auto_arena struct arena a = { 0 };
	const char *dir = p->search;

	if (!p->given)
		return 0;
	if (strchr(p->args[0], '/'))
		return check_path(l, p->args[0], e);
	while (dir && *p->args[0]) {
		size_t n = strcspn(dir, ":");
		const char *file = arena_fmt(&a, "%.*s/%s", (int)n, dir, p->args[0]);

		if (look_for(l, path_clean(&a, path_join(&a, p->cwd, file))) == 0)
			return 0;
		dir = dir[n] ? dir + n + 1 : NULL;
	}
	return err_set(e, ENOENT, "exec: \"%s\": executable file not found in $PATH (%s)",
		p->args[0], p->search);
}

/* the place of the limit that needs the controller */
static const char *limit_of(const struct plan_cgroup *c, const char *controller)
{
	for (size_t i = 0; i < c->n_settings; i++) {
		const char *rest = str_after(c->settings[i].file, controller);

		if (rest && *rest == '.')
			return c->settings[i].where;
	}
	return "linux.resources";
}

static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = strstr(list, word); p; p = strstr(p + 1, word)) {
		if ((p == list || p[-1] == ' ') && (!p[n] || p[n] == ' ' || p[n] == '\n'))
			return true;
	}
	return false;
}

/* Further down they can be switched on; what the root lacks nobody can have. Without root a limit
 * that is lost is a warning. */
static int check_controllers(const struct launch *l, struct err *e)
{
	const struct plan_cgroup *c = &l->plan.cgroup;
	const char *mount = l->container.state.cgroup_mount;
	auto_str struct str have = { 0 }, path = { 0 };

	if (!c->path || !c->controllers || !c->controllers[0] || !mount ||
		launch_rootless(&l->options))
		return 0;
	str_addf(&path, "%s/cgroup.controllers", mount);
	if (fd_read_at(AT_FDCWD, str_text(&path), 0, 4096, &have) < 0)
		return err_sys(e, errno, "read \"%s\"", str_text(&path));
	for (const char **name = c->controllers; *name; name++) {
		if (has_word(str_text(&have), *name))
			continue;
		(void)err_set(e, ENOENT,
			"controller \"%s\" is not available in cgroup \"%s\" (cgroup.controllers has: %.*s)",
			*name, mount, (int)strcspn(str_text(&have), "\n"), str_text(&have));
		return err_in(e, "%s", limit_of(c, *name));
	}
	return 0;
}

int launch_check_host(const struct launch *l, struct err *e)
{
	return check_sources(l, e) < 0 || check_program(l, e) < 0 || check_controllers(l, e) < 0
		? -1
		: 0;
}
