/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/inroot.h"

#include <limits.h>
#include <string.h>

#include "kern/syscalls.h"

static uint64_t resolve_flags(unsigned flags)
{
	uint64_t resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

	return flags & INROOT_NO_SYMLINKS ? resolve | RESOLVE_NO_SYMLINKS : resolve;
}

int inroot_find(int root, const char *path, unsigned flags)
{
	uint64_t how = O_PATH | O_CLOEXEC;

	if (flags & INROOT_NOFOLLOW)
		how |= O_NOFOLLOW;
	return sys_openat2(root, path, how, 0, resolve_flags(flags));
}

/* Put what the symbolic link dir/name points at in the place of path[0..at), whose last component
 * it is; rest is what follows. */
static int follow_link(int dir, const char *name, char *path, size_t at)
{
	char target[PATH_MAX], joined[PATH_MAX];
	ssize_t n = readlinkat(dir, name, target, sizeof(target));
	size_t parent = at - strlen(name); /* with its slash */
	size_t keep, len;

	if (n < 0)
		return -1;
	keep = target[0] == '/' ? 0 : parent;
	len = keep + (size_t)n + strlen(path + at);
	if ((size_t)n == sizeof(target) || len >= sizeof(joined)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(joined, path, keep);
	memcpy(joined + keep, target, (size_t)n);
	memcpy(joined + keep + n, path + at, strlen(path + at) + 1);
	memcpy(path, joined, len + 1);
	return 0;
}

enum step { STEP_FAIL = -1, STEP_ON, STEP_RESTART };

/* The component that ends at path[at]: *dir becomes its descriptor; made when it is missing. A
 * symbolic link that dangles is replaced in path by its target, as a container's own open(O_CREAT)
 * would follow it. */
static enum step make_step(int root, char *path, size_t at, unsigned flags, int *dir)
{
	char end = path[at];
	bool file = end == '\0' && (flags & INROOT_MAKE_FILE);
	unsigned find = flags & (INROOT_NO_SYMLINKS | (end == '\0' ? INROOT_NOFOLLOW : 0));
	const char *name;
	int next, made;

	path[at] = '\0';
	name = strrchr(path, '/') + 1;
	next = inroot_find(root, path, find);
	if (next < 0 && errno == ENOENT) {
		made = file ? openat(*dir, name,
				      O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_WRONLY, 0644)
			    : mkdirat(*dir, name, 0755);
		if (file)
			def_close(&made);
		if (made < 0 && errno != EEXIST)
			return STEP_FAIL;
		next = inroot_find(root, path, find);
		if (next < 0 && made < 0 && errno == ENOENT) {
			size_t len = strlen(name);
			char link[NAME_MAX + 1];

			memcpy(link, name, len + 1);
			path[at] = end;
			return follow_link(*dir, link, path, at) < 0 ? STEP_FAIL : STEP_RESTART;
		}
	}
	path[at] = end;
	def_close(dir);
	*dir = next;
	return next < 0 ? STEP_FAIL : STEP_ON;
}

/* Resolve path as far as it exists and make the rest. Each prefix is resolved from the root, not
 * from the last descriptor: a symlink in the image may be absolute, and ".." behind it must be
 * bounded by the root. */
static int make_path(int root, const char *path, unsigned flags)
{
	enum { LINKS_MAX = 40 }; /* as the kernel allows in one path */
	char buf[PATH_MAX];
	size_t len = strlen(path);

	if (len >= sizeof(buf)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(buf, path, len + 1);
	for (int links = 0; links <= LINKS_MAX; links++) {
		auto_close int dir = inroot_find(root, "/", 0);
		enum step step = dir < 0 ? STEP_FAIL : STEP_ON;

		for (size_t i = 1; step == STEP_ON && buf[i - 1] != '\0'; i++) {
			if ((buf[i] == '/' || buf[i] == '\0') && buf[i - 1] != '/')
				step = make_step(root, buf, i, flags, &dir);
		}
		if (step == STEP_FAIL)
			return -1;
		if (step == STEP_ON)
			return take_fd(&dir);
	}
	errno = ELOOP;
	return -1;
}

/* the directory in the way of path, which is none: written into buf; -1: there is no such */
static int find_obstacle(int root, const char *path, char *buf)
{
	size_t len = strlen(path);

	if (len >= PATH_MAX)
		return -1;
	for (size_t i = 1; i < len; i++) {
		auto_close int fd = -1;

		if (path[i] != '/')
			continue;
		memcpy(buf, path, i);
		buf[i] = '\0';
		fd = sys_openat2(root, buf, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, resolve_flags(0));
		if (fd < 0)
			return errno == ENOTDIR ? 0 : -1;
	}
	return -1;
}

/* errno says why path could not be opened or made */
static int path_error(int root, const char *path, struct err *e)
{
	char obstacle[PATH_MAX];
	int code = errno;

	if (code == EROFS)
		return err_set(e, code,
			"\"%s\" does not exist in the root filesystem and cannot be made there: "
			"read-only file system; make it in the image",
			path);
	if (code == ENOTDIR && find_obstacle(root, path, obstacle) == 0)
		return err_set(e, code,
			"open \"%s\" in the root filesystem: \"%s\" there is not a directory", path,
			obstacle);
	return err_sys(e, code, "open \"%s\" in the root filesystem", path);
}

int inroot_open_parent(int root, const char *path, unsigned flags, const char **ret_name,
	struct err *e)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	size_t len;
	int fd;

	if (!slash || slash[1] == '\0' || (len = (size_t)(slash - path)) >= sizeof(dir))
		return err_set(e, EINVAL, "\"%s\" is no path of a file in the root filesystem",
			path);
	memcpy(dir, path, len);
	dir[len] = '\0';
	fd = inroot_find(root, len ? dir : "/", flags & INROOT_NO_SYMLINKS);
	if (fd < 0 && errno == ENOENT)
		fd = make_path(root, dir, flags & INROOT_NO_SYMLINKS);
	if (fd < 0)
		return path_error(root, len ? dir : "/", e);
	*ret_name = slash + 1;
	return fd;
}

/* The usual case of make_path: just the last component is missing. What we make exclusively is
 * opened without following anything, so it is what we made. -1 with errno: ENOENT when more is
 * missing, EEXIST when something dangles there. */
static int make_last(int root, const char *path, unsigned flags)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX];
	auto_close int dir = -1;
	size_t len;

	if (!slash || slash == path || (len = (size_t)(slash - path)) >= sizeof(parent)) {
		errno = ENOENT;
		return -1;
	}
	memcpy(parent, path, len);
	parent[len] = '\0';
	dir = inroot_find(root, parent, flags & INROOT_NO_SYMLINKS);
	if (dir < 0)
		return -1;
	if (flags & INROOT_MAKE_FILE)
		return openat(dir, slash + 1, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_WRONLY,
			0644);
	if (mkdirat(dir, slash + 1, 0755) < 0)
		return -1;
	return openat(dir, slash + 1, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int make_missing(int root, const char *path, unsigned flags)
{
	int fd = make_last(root, path, flags);

	return fd < 0 && (errno == ENOENT || errno == EEXIST) ? make_path(root, path, flags) : fd;
}

int inroot_open(int root, const char *path, unsigned flags, struct err *e)
{
	int fd = inroot_find(root, path, flags);

	if (fd < 0 && errno == ENOENT && (flags & (INROOT_MAKE_DIR | INROOT_MAKE_FILE)))
		fd = make_missing(root, path, flags);
	if (fd >= 0)
		return fd;
	if (errno == ELOOP && (flags & INROOT_NO_SYMLINKS))
		return err_set(e, ELOOP,
			"\"%s\" in the root filesystem is or leads through a symbolic link; a directory of its own is needed there",
			path);
	return path_error(root, path, e);
}
