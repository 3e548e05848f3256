/* SPDX-License-Identifier: Apache-2.0 */
/* copyup.c - what an image has under a tmpfs becomes the first content of that tmpfs
 *
 * The image belongs to somebody else. Every step is one name opened relative to the directory it
 * was read from, never through a symlink and never across a mount, so nothing outside of "from" is
 * read; "to" is a fresh file system that nobody else sees, so names that were made there stay what
 * they are. Directories get owner, mode and times last, because filling them needs the permission
 * and changes the times.
 *
 * Each level of directories costs one frame with its buffer and two descriptors; DEPTH_MAX bounds
 * both. */
#include <dirent.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "kern/mnt.h"
#include "kern/syscalls.h"

enum {
	DEPTH_MAX = 128,   /* two descriptors each, of the usual limit of 1024 */
	NAMES_SIZE = 8192, /* names read at a time */
	SHOWN_MAX = 4096,
	XATTR_SIZE = 16384, /* names of a file, and a value */
	CHUNK_MAX = 1 << 30,
	OPEN_FLAGS = O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK,
	BENEATH = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
};

/* for functions with a large buffer, which must not become part of the frame that recursion repeats
 */
#define OWN_FRAME __attribute__((noinline))

struct entry { /* getdents64(2) */
	uint64_t inode;
	int64_t offset;
	uint16_t size;
	uint8_t type;
	char name[];
};

/* where we are, for messages; the names lie in the buffers of the frames */
struct place {
	const struct place *up;
	const char *name;
	unsigned depth;
};

struct pair {
	int from, to;
};

static int copy_dir(const struct pair *dir, const struct place *at, struct err *e);

/* "a/b/c" of a place, written from its end so that the name itself is always there */
static const char *place_path(const struct place *at, char *buf, size_t size)
{
	size_t start = size - 1;

	buf[start] = '\0';
	for (; at->up; at = at->up) {
		size_t len = strlen(at->name);

		if (len + 1 > start)
			break;
		if (buf[start])
			buf[--start] = '/';
		start -= len;
		memcpy(buf + start, at->name, len);
	}
	return buf[start] ? buf + start : ".";
}

static OWN_FRAME int copy_error(struct err *e, const struct place *at)
{
	const int code = errno;
	char path[SHOWN_MAX];

	return err_sys(e, code, "copy \"%s\" into the new tmpfs",
		place_path(at, path, sizeof(path)));
}

static OWN_FRAME int copy_refused(struct err *e, const struct place *at, const char *why)
{
	char path[SHOWN_MAX];

	return err_set(e, 0, "copy \"%s\" into the new tmpfs: %s",
		place_path(at, path, sizeof(path)), why);
}

/* ---- attributes ---- */

/* EINVAL: an owner without a mapping in our user namespace has no number here; the copy keeps ours.
 */
static int set_owner(int to, const char *name, const struct stat *st)
{
	int r = fchownat(to, name, st->st_uid, st->st_gid,
		AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH));

	return r < 0 && errno == EINVAL ? 0 : r;
}

static void times_of(const struct stat *st, struct timespec ret[2])
{
	ret[0] = st->st_atim;
	ret[1] = st->st_mtim;
}

/* What a tmpfs of this kernel does not keep (user.* before Linux 6.6), or this user namespace may
 * not give, is left out. */
static int copy_xattr(int from, int to, const char *name)
{
	char value[XATTR_SIZE];
	ssize_t n = fgetxattr(from, name, value, sizeof(value));

	if (n < 0)
		return errno == ENODATA || errno == EPERM ? 0 : -1;
	if (fsetxattr(to, name, value, (size_t)n, 0) == 0 || errno == EOPNOTSUPP || errno == EPERM)
		return 0;
	return -1;
}

static OWN_FRAME int copy_xattrs(int from, int to)
{
	char names[XATTR_SIZE];
	ssize_t n = flistxattr(from, names, sizeof(names));

	if (n < 0)
		return errno == EOPNOTSUPP ? 0 : -1;
	for (const char *name = names; name < names + n; name += strlen(name) + 1) {
		if (copy_xattr(from, to, name) < 0)
			return -1;
	}
	return 0;
}

/* The mode and file capabilities after the owner: a change of owner takes them away. from: -1, or
 * where the extended attributes are. */
static int set_attributes(int fd, const struct stat *st, int from)
{
	struct timespec times[2];

	times_of(st, times);
	if (set_owner(fd, "", st) < 0 || fchmod(fd, st->st_mode & 07777) < 0 ||
		(from >= 0 && copy_xattrs(from, fd) < 0))
		return -1;
	return futimens(fd, times);
}

/* ---- contents ---- */

static int copy_range(int from, int to, off_t start, off_t end)
{
	if (lseek(to, start, SEEK_SET) < 0)
		return -1;
	while (start < end) {
		off_t left = end - start;
		ssize_t n = sendfile(to, from, &start, left < CHUNK_MAX ? (size_t)left : CHUNK_MAX);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n == 0)
			return 0; /* the file has become shorter */
	}
	return 0;
}

/* Holes stay holes: a sparse file may be larger than the tmpfs. */
static int copy_data(int from, int to, off_t size)
{
	off_t start = 0, end;

	if (ftruncate(to, size) < 0)
		return -1;
	while (start < size) {
		start = lseek(from, start, SEEK_DATA);
		if (start < 0)
			return errno == ENXIO ? 0 : -1;
		end = lseek(from, start, SEEK_HOLE);
		if (end < 0)
			return errno == ENXIO ? 0 : -1;
		if (copy_range(from, to, start, end) < 0)
			return -1;
		start = end;
	}
	return 0;
}

/* EXDEV: something is mounted on it, which is no content of the image; an empty one takes its
 * place. */
static int copy_file(const struct pair *dir, const struct place *at, const struct stat *st,
	struct err *e)
{
	auto_close int from = sys_openat2(dir->from, at->name, O_RDONLY | OPEN_FLAGS, 0, BENEATH);
	auto_close int to = -1;
	struct stat now = *st;

	if (from < 0 && errno != EXDEV)
		return copy_error(e, at);
	if (from >= 0 && fstat(from, &now) < 0)
		return copy_error(e, at);
	if (!S_ISREG(now.st_mode))
		return copy_refused(e, at, "it was a regular file a moment ago and is none now");
	to = openat(dir->to, at->name, O_WRONLY | O_CREAT | O_EXCL | OPEN_FLAGS, 0600);
	if (to < 0 || (from >= 0 && copy_data(from, to, now.st_size) < 0) ||
		set_attributes(to, &now, from) < 0)
		return copy_error(e, at);
	return 0;
}

static int copy_subdir(const struct pair *dir, const struct place *at, const struct stat *st,
	struct err *e)
{
	auto_close int from =
		sys_openat2(dir->from, at->name, O_RDONLY | O_DIRECTORY | OPEN_FLAGS, 0, BENEATH);
	auto_close int to = -1;
	struct stat now = *st;

	if (from < 0 && errno != EXDEV)
		return copy_error(e, at);
	if (from >= 0 && fstat(from, &now) < 0)
		return copy_error(e, at);
	if (mkdirat(dir->to, at->name, 0700) < 0)
		return copy_error(e, at);
	to = openat(dir->to, at->name, O_RDONLY | O_DIRECTORY | OPEN_FLAGS);
	if (to < 0)
		return copy_error(e, at);
	if (from >= 0 && copy_dir(&(struct pair){ from, to }, at, e) < 0)
		return -1;
	return set_attributes(to, &now, from) < 0 ? copy_error(e, at) : 0;
}

static OWN_FRAME int copy_link(const struct pair *dir, const struct place *at,
	const struct stat *st, struct err *e)
{
	char target[SHOWN_MAX];
	struct timespec times[2];
	ssize_t n = readlinkat(dir->from, at->name, target, sizeof(target));

	if (n >= (ssize_t)sizeof(target)) {
		errno = ENAMETOOLONG;
		n = -1;
	}
	if (n < 0)
		return copy_error(e, at);
	target[n] = '\0';
	times_of(st, times);
	if (symlinkat(target, dir->to, at->name) < 0 || set_owner(dir->to, at->name, st) < 0 ||
		utimensat(dir->to, at->name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return copy_error(e, at);
	return 0;
}

static int copy_special(const struct pair *dir, const struct place *at, const struct stat *st,
	struct err *e)
{
	struct timespec times[2];

	times_of(st, times);
	if (mknodat(dir->to, at->name, (st->st_mode & S_IFMT) | 0600, st->st_rdev) < 0 ||
		set_owner(dir->to, at->name, st) < 0 ||
		fchmodat(dir->to, at->name, st->st_mode & 07777, 0) < 0 ||
		utimensat(dir->to, at->name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return copy_error(e, at);
	return 0;
}

static int copy_entry(const struct pair *dir, const struct place *at, struct err *e)
{
	struct stat st;

	if (fstatat(dir->from, at->name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0)
		return copy_error(e, at);
	switch (st.st_mode & S_IFMT) {
	case S_IFREG:
		return copy_file(dir, at, &st, e);
	case S_IFDIR:
		return copy_subdir(dir, at, &st, e);
	case S_IFLNK:
		return copy_link(dir, at, &st, e);
	case S_IFSOCK:
		return 0; /* nobody listens on it any more */
	default:
		return copy_special(dir, at, &st, e);
	}
}

/* ---- directories ---- */

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

static int copy_entries(const struct pair *dir, const struct place *up, const char *names,
	size_t len, struct err *e)
{
	const struct entry *entry;

	for (size_t i = 0; i < len; i += entry->size) {
		struct place at = { .up = up, .depth = up->depth + 1 };

		entry = (const void *)(names + i);
		at.name = entry->name;
		if (!is_dots(at.name) && copy_entry(dir, &at, e) < 0)
			return -1;
	}
	return 0;
}

static int copy_dir(const struct pair *dir, const struct place *at, struct err *e)
{
	_Alignas(struct entry) char names[NAMES_SIZE];
	long n;

	_Static_assert(DEPTH_MAX == 128, "the number in the message");
	if (at->depth > DEPTH_MAX)
		return copy_refused(e, at,
			"more directories in one another than can be copied (128)");
	while ((n = syscall(SYS_getdents64, dir->from, names, sizeof(names))) > 0) {
		if (copy_entries(dir, at, names, (size_t)n, e) < 0)
			return -1;
	}
	return n < 0 ? copy_error(e, at) : 0;
}

int mnt_copy_up(int from, int to, struct err *e)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	/* our own descriptions: O_PATH ones cannot be read, and the read position of others is
	 * theirs */
	auto_close int from_dir = openat(from, ".", flags);
	auto_close int to_dir = openat(to, ".", flags);
	const struct place top = { 0 };

	if (from_dir < 0 || to_dir < 0)
		return err_sys(e, errno, "open the %s",
			from_dir < 0 ? "directory under the new tmpfs" : "new tmpfs");
	return copy_dir(&(struct pair){ from_dir, to_dir }, &top, e);
}
