/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: a bind source that lies in the root filesystem is what the mounts before it have made of
 * that place (plan_mounts.c, plan_inside). The plan knows paths by their text only. A bundle, a
 * source or a mount point may be reached through a symbolic link, so here they are compared by the
 * paths that the kernel has found. That costs three system calls for each bind mount. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "kern/inroot.h"
#include "launch.h"

/* where fd leads to, or NULL */
static const char *path_of(struct launch *l, int fd)
{
	char link[32], text[PATH_MAX];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "self/fd/%d", fd);
	n = fd < 0 ? -1 : readlinkat(l->proc_fd, link, text, sizeof(text));
	return n <= 0 || (size_t)n == sizeof(text) ? NULL : arena_dup(&l->arena, text, (size_t)n);
}

/* The real path of a source, or NULL. What is not there yet may come with an earlier mount: then
 * the first of its directories that is there counts. */
static const char *real_source(struct launch *l, const struct op *op)
{
	char *path = arena_dup(&l->arena, op->mount.source, strlen(op->mount.source));
	int nofollow = op->flags & OP_SRC_NOFOLLOW ? O_NOFOLLOW : 0;
	const char *rest = op->mount.source + strlen(path), *real;

	for (;;) {
		auto_close int fd = open(path, O_PATH | O_CLOEXEC | nofollow);
		char *slash = strrchr(path, '/');

		if (fd >= 0) {
			real = path_of(l, fd);
			return real && *rest ? arena_fmt(&l->arena, "%s%s", real, rest) : real;
		}
		if (errno != ENOENT || !slash || slash == path)
			return NULL;
		rest = op->mount.source + (slash - path);
		*slash = '\0';
	}
}

/* path inside the root filesystem, or NULL */
static const char *inside_of(const char *root, const char *path)
{
	const char *rest = path ? str_after(path, root) : NULL;

	if (!rest || (*rest && *rest != '/'))
		return NULL;
	return *rest ? rest : "/";
}

static bool overlap(const char *a, const char *b)
{
	return path_below(a, b) || path_below(b, a);
}

/* Is inside what the mount op covers, or above it? */
static bool concerns(struct launch *l, const struct op *op, const char *root, const char *inside)
{
	unsigned nofollow = op->flags & OP_DEST_NOFOLLOW ? INROOT_NOFOLLOW : 0;
	auto_close int fd = -1;
	const char *target;

	if (op->kind != OP_MOUNT && op->kind != OP_BIND)
		return false;
	if (overlap(op->target, inside))
		return true;
	fd = inroot_find(l->rootfs_fd, op->target, nofollow);
	target = inside_of(root, path_of(l, fd));
	return target && overlap(target, inside);
}

static void look_inside(struct launch *l, size_t index, const char *root)
{
	const struct op *build = l->plan.root.build;
	struct op *op = &l->plan.root.build[index];
	const char *inside = inside_of(root, real_source(l, op));

	for (size_t i = 0; inside && i < index; i++) {
		if (concerns(l, &build[i], root, inside)) {
			op->flags |= OP_INSIDE;
			op->mount.inside = inside;
			return;
		}
	}
}

void launch_inside(struct launch *l)
{
	struct plan_root *r = &l->plan.root;
	const char *root = NULL;

	for (size_t i = 0; i < r->n_build; i++) {
		if (r->build[i].kind != OP_BIND || (r->build[i].flags & OP_INSIDE))
			continue;
		if (!root && !(root = path_of(l, l->rootfs_fd)))
			return;
		if (str_eq(root, "/"))
			return;
		look_inside(l, i, root);
	}
}
