/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_remove.c - empty a cgroup and take its whole subtree away
 *
 * rmdir(2) of a cgroup with processes or children is refused by the kernel with EBUSY, so it is
 * safe to try it first: a container that has ended costs that one call. What is below was made by
 * the container's own processes and may be wide, deep and still growing; it is walked by
 * descriptor, at most WALK_DEPTH of them at a time. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "kern/cgroup_priv.h"
#include "kern/deadline.h"

enum {
	WALK_DEPTH = 64,
	TOO_DEEP = 1,
};

/* Remove all children of the cgroup behind *fd (taken over). 0: done, though who moved in meanwhile
 * may keep some; TOO_DEEP: *deep (owned by the caller) has to be cleared first; -1 with errno */
static int remove_children(int *fd, unsigned depth, int *deep)
{
	auto_dir DIR *dir = NULL;
	const char *name;

	if (depth == WALK_DEPTH) {
		*deep = take_fd(fd);
		return TOO_DEEP;
	}
	dir = cg_take_dir(fd);
	if (!dir)
		return -1;
	while ((name = cg_next_child(dir))) {
		auto_close int child = -1;
		int done;

		if (unlinkat(dirfd(dir), name, AT_REMOVEDIR) == 0 || cg_is_vanished(errno))
			continue;
		if (errno != EBUSY)
			return -1;
		child = cg_openat(dirfd(dir), name, O_RDONLY | O_DIRECTORY);
		if (child < 0 && cg_is_vanished(errno))
			continue;
		if (child < 0)
			return -1;
		done = remove_children(&child, depth + 1, deep);
		if (done != 0)
			return done;
		if (unlinkat(dirfd(dir), name, AT_REMOVEDIR) < 0 && errno != EBUSY &&
			!cg_is_vanished(errno))
			return -1;
	}
	return errno == 0 || cg_is_vanished(errno) ? 0 : -1;
}

/* Remove everything below the cgroup behind fd. 0, or -1 with errno (ETIMEDOUT: not in time) */
static int remove_below(int fd, int64_t deadline)
{
	for (;;) {
		auto_close int top = cg_openat(fd, ".", O_RDONLY | O_DIRECTORY);
		auto_close int deep = -1;
		int done;

		if (top < 0)
			return cg_is_vanished(errno) ? 0 : -1;
		done = remove_children(&top, 0, &deep);
		if (done != TOO_DEEP)
			return done;
		if (remove_below(deep, deadline) < 0)
			return -1;
		if (deadline_left(deadline) == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
	}
}

static int not_emptied(int fd, const char *shown, int timeout_ms, struct err *e)
{
	auto_str struct str procs = { 0 };

	cg_list_procs(fd, &procs);
	return err_set(e, ETIMEDOUT,
		"remove cgroup \"%s\": processes still live in it %d ms after they were killed (%s)",
		shown, timeout_ms, procs.len > 0 ? str_text(&procs) : "none can be listed");
}

/* what is to be removed */
struct removal {
	int mount_fd;
	const char *below, *shown;
	uint64_t id;
	int timeout_ms;
};

/* Kill, wait, clear and remove until it is gone: somebody may still move processes into it. */
static int remove_used(const struct removal *r, struct err *e)
{
	int64_t deadline = deadline_in(r->timeout_ms);
	auto_close int fd = cg_openat(r->mount_fd, r->below, O_RDONLY | O_DIRECTORY);
	const char *shown = r->shown;
	uint64_t now = r->id;

	if (fd < 0)
		return cg_is_vanished(errno) ? 0 : err_sys(e, errno, "open cgroup \"%s\"", shown);
	if (r->id != 0 && cg_id(fd, &now) < 0)
		return err_sys(e, errno, "look at cgroup \"%s\"", shown);
	if (now != r->id)
		return 1;
	for (;;) {
		int empty;

		if (cg_kill(fd) < 0 && !cg_is_vanished(errno))
			return err_sys(e, errno, "kill the processes in cgroup \"%s\"", shown);
		empty = cg_wait_empty(fd, deadline_left(deadline));
		if (empty < 0)
			return err_sys(e, errno, "wait for the processes in cgroup \"%s\"", shown);
		if (empty == 0)
			return not_emptied(fd, shown, r->timeout_ms, e);
		if (remove_below(fd, deadline) < 0)
			return err_sys(e, errno, "remove the cgroups below \"%s\"", shown);
		if (unlinkat(r->mount_fd, r->below, AT_REMOVEDIR) == 0 || cg_is_vanished(errno))
			return 0;
		if (errno != EBUSY || deadline_left(deadline) == 0)
			return err_sys(e, errno, "remove cgroup \"%s\"", shown);
	}
}

/* 1: another cgroup than the one with this id is there, 0: that one, or none; -1 with errno */
static int is_another(int mount_fd, const char *below, uint64_t id)
{
	struct stat st;

	if (id == 0)
		return 0;
	if (fstatat(mount_fd, below, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -1;
	return st.st_ino != id;
}

int cg_remove(const char *mount, const char *path, uint64_t id, int timeout_ms, struct err *e)
{
	const char *below = cg_relative(path);
	auto_close int mount_fd = -1;
	auto_str struct str shown = { 0 };
	int another;

	if (!below || below[0] == '\0')
		return err_set(e, EINVAL,
			"cgroup path \"%s\" must be absolute, below \"/\" and without \".\", \"..\" or \"//\"",
			path);
	mount_fd = cg_open_mount(mount);
	if (mount_fd < 0 && errno == ENOENT)
		return 0;
	if (mount_fd < 0)
		return err_sys(e, errno, "open the cgroup2 mount \"%s\"", mount);
	another = is_another(mount_fd, below, id);
	if (another > 0)
		return 1;
	if (another == 0 && (unlinkat(mount_fd, below, AT_REMOVEDIR) == 0 || errno == ENOENT))
		return 0;
	str_addf(&shown, "%s%s", mount, path);
	if (errno != EBUSY)
		return err_sys(e, errno, "remove cgroup \"%s\"", str_text(&shown));
	return remove_used(&(struct removal){ mount_fd, below, str_text(&shown), id, timeout_ms },
		e);
}

int cg_remove_unused(const char *mount, const char *path)
{
	const char *below = cg_relative(path);
	auto_close int mount_fd = below && below[0] ? cg_open_mount(mount) : -1;

	if (!below || !below[0]) {
		errno = EINVAL;
		return -1;
	}
	if (mount_fd < 0)
		return errno == ENOENT ? 0 : -1;
	if (unlinkat(mount_fd, below, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return errno == EBUSY ? 1 : -1;
}

void cg_remove_parents(const char *mount, const char *path, unsigned n)
{
	auto_close int mount_fd = cg_open_mount(mount);
	auto_str struct str parent = { 0 };
	const char *below = cg_relative(path);
	char *slash;

	if (mount_fd < 0 || !below)
		return;
	str_add(&parent, below);
	while (n-- > 0 && (slash = strrchr(parent.data, '/'))) {
		*slash = '\0';
		if (unlinkat(mount_fd, parent.data, AT_REMOVEDIR) < 0)
			return;
	}
}

void cg_sweep(int fd, const char *prefix)
{
	auto_close int own = cg_openat(fd, ".", O_RDONLY | O_DIRECTORY);
	auto_dir DIR *dir = cg_take_dir(&own);
	const char *name;

	while (dir && (name = cg_next_child(dir))) {
		if (str_after(name, prefix))
			(void)unlinkat(dirfd(dir), name, AT_REMOVEDIR);
	}
}
