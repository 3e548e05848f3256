/* SPDX-License-Identifier: Apache-2.0 */
/* Which cgroup the program of an exec starts in. */
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/limits.h"
#include "exec_in.h"
#include "kern/cgroup.h"

/* PATH of "[CTRL[,CTRL...]:]PATH". With cgroup v1 every controller has a hierarchy and a path of its own; cgroup v2 has one
 * hierarchy for all. NULL with *e */
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
			"--cgroup \"%s\" must not contain \"..\": it is a path below the container's cgroup",
			sub);
	if (sub)
		path = path_clean(&x->arena, arena_fmt(&x->arena, "%s/%s", s->cgroup, sub));
	x->cgroup = path;
	x->cgroup_fd = cg_open(s->cgroup_mount, path);
	if (x->cgroup_fd >= 0)
		return 0;
	if (sub && errno == ENOENT)
		return err_sys(e, errno,
			"--cgroup \"%s\": open cgroup \"%s\" (it must exist, below the container's)",
			sub, path);
	return err_sys(e, errno, "open cgroup \"%s\"", path);
}

int exec_open_init_cgroup(struct exec *x, struct err *e)
{
	const struct state *s = &x->container.state;
	auto_str struct str text = { 0 };
	char path[64], *line, *end;

	if (!str_eq(x->cgroup, s->cgroup))
		return err_sys(e, EBUSY,
			"clone into cgroup \"%s\", which hands controllers to its children (cgroup.subtree_control)",
			x->cgroup);
	(void)snprintf(path, sizeof(path), "%d/cgroup", (int)s->pid);
	if (fd_read_at(x->proc_fd, path, 0, LIMIT_KERNEL_FILE, &text) < 0)
		return err_sys(e, errno, "find the cgroup of init");
	/* at the start of a line: in a v1 line it may be part of a name that the container has given */
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
	x->cgroup_fd = cg_open(s->cgroup_mount, line);
	return x->cgroup_fd < 0 ? err_sys(e, errno, "open cgroup \"%s\" of init", line) : 0;
}
