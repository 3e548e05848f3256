/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup.c - open a cgroup, read and write its files, wait for what cgroup.events says
 *
 * Waiting: the kernel wakes poll(POLLPRI) on cgroup.events when the file changed since it was last
 * read through that descriptor, so each round reads first and polls then; a change between the two
 * ends the poll at once. The kernel delays a notification to 10 ms after the one before it, which
 * is long for a container that has only just started; so while waiting for the last process, the
 * end of one that is still there wakes us too. */
#include "kern/cgroup.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "base/compat.h"
#include "base/fd.h"
#include "base/limits.h"
#include "kern/cgroup_priv.h"
#include "kern/deadline.h"

enum {
	EVENTS_MAX = 256, /* cgroup.events: two short lines today */
	OPEN_TRIES = 100, /* openat2(2) answers EAGAIN while something is being renamed */
	HINTS = 8,        /* how often a process is looked for to wait for, see wait_for */
};

enum state { STATE_EMPTY, STATE_FROZEN, STATE_THAWED };

struct events {
	bool populated, frozen;
};

const char *cg_relative(const char *path)
{
	const char *at = path;

	errno = EINVAL;
	if (path[0] != '/')
		return NULL;
	while (at && at[1] != '\0') {
		size_t len = strcspn(++at, "/");

		if (len == 0 || (len == 1 && at[0] == '.') ||
			(len == 2 && at[0] == '.' && at[1] == '.'))
			return NULL;
		at = strchr(at, '/');
		if (at && at[1] == '\0')
			return NULL;
	}
	return path + 1;
}

int cg_open_mount(const char *mount)
{
	auto_close int fd = open(mount, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return -1;
	if (fs.f_type != CGROUP2_SUPER_MAGIC) {
		errno = EXDEV;
		return -1;
	}
	return take_fd(&fd);
}

int cg_openat(int dirfd, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned)(flags | O_CLOEXEC | O_NOCTTY),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
	};
	int fd = -1;

	for (unsigned i = 0; i < OPEN_TRIES && fd < 0; i++) {
		fd = (int)syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
		if (fd < 0 && errno != EINTR && errno != EAGAIN)
			return -1;
	}
	return fd;
}

int cg_open(const char *mount, const char *path)
{
	const char *below = cg_relative(path);
	auto_close int mount_fd = -1;

	if (!below)
		return -1;
	mount_fd = cg_open_mount(mount);
	if (mount_fd < 0)
		return -1;
	return cg_openat(mount_fd, below[0] != '\0' ? below : ".", O_RDONLY | O_DIRECTORY);
}

int cg_id(int fd, uint64_t *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	*ret = st.st_ino;
	return 0;
}

int cg_open_id(const char *mount, const char *path, uint64_t id)
{
	auto_close int fd = cg_open(mount, path);
	uint64_t now;

	if (fd < 0 || id == 0)
		return take_fd(&fd);
	if (cg_id(fd, &now) < 0)
		return -1;
	if (now != id) {
		errno = ESTALE;
		return -1;
	}
	return take_fd(&fd);
}

/* One write(2) of value to file: the kernel takes each as one request. 0, or -1 with errno */
static int write_file(int fd, const char *file, const char *value)
{
	auto_close int file_fd = cg_openat(fd, file, O_WRONLY);
	size_t len = strlen(value);
	ssize_t n;

	if (file_fd < 0)
		return -1;
	do
		n = write(file_fd, value, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -1;
	if ((size_t)n != len) {
		errno = EIO;
		return -1;
	}
	return 0;
}

int cg_write(int fd, const char *shown, const char *file, const char *value, struct err *e)
{
	if (write_file(fd, file, value) < 0)
		return err_sys(e, errno, "write \"%s\" to \"%s\" of cgroup \"%s\"", value, file,
			shown);
	return 0;
}

int cg_enter(int fd, const char *shown, struct err *e)
{
	return cg_write(fd, shown, "cgroup.procs", "0", e);
}

int cg_read(int fd, const char *file, struct str *out)
{
	auto_close int file_fd = cg_openat(fd, file, O_RDONLY);

	if (file_fd < 0)
		return -1;
	return fd_read_all(file_fd, LIMIT_KERNEL_FILE, out);
}

/* Is there a line "name 1"? */
static bool has_event(const char *text, const char *name)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		const char *value;

		line += line[0] == '\n';
		value = str_after(line, name);
		if (value && value[0] == ' ')
			return value[1] == '1';
	}
	return false;
}

/* Read cgroup.events again from its start, which also arms poll(2). 0, or -1 with errno */
static int read_events(int events_fd, struct events *ret)
{
	char text[EVENTS_MAX];
	ssize_t n;

	do
		n = pread(events_fd, text, sizeof(text) - 1, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -1;
	text[n] = '\0';
	ret->populated = has_event(text, "populated");
	ret->frozen = has_event(text, "frozen");
	return 0;
}

static bool is_reached(const struct events *now, enum state wanted)
{
	switch (wanted) {
	case STATE_EMPTY:
		return !now->populated;
	case STATE_FROZEN:
		return now->frozen;
	case STATE_THAWED:
		return !now->frozen;
	}
	return false;
}

int cg_wait_end(int fd, int pidfd, int timeout_ms)
{
	auto_close int events_fd = cg_openat(fd, "cgroup.events", O_RDONLY);
	int64_t deadline = deadline_in(timeout_ms);

	for (;;) {
		struct pollfd p[] = { { .fd = events_fd, .events = POLLPRI },
			{ .fd = pidfd, .events = POLLIN } };
		struct events now;
		int left;

		if (events_fd < 0 || read_events(events_fd, &now) < 0)
			return cg_is_vanished(errno) ? 0 : -1;
		left = deadline_left(deadline);
		if (!now.populated || left == 0)
			return now.populated;
		if (poll(p, ARRAY_LEN(p), left) < 0 && errno != EINTR)
			return -1;
		if (p[1].revents)
			return 0;
	}
}

/* 1: reached, 0: not in time, -1 with errno */
static int wait_for(int fd, int events_fd, enum state wanted, int timeout_ms)
{
	int64_t deadline = deadline_in(timeout_ms);
	unsigned hints = wanted == STATE_EMPTY ? HINTS : 0;

	for (;;) {
		auto_close int pidfd = -1;
		struct pollfd p[] = { { .fd = events_fd, .events = POLLPRI },
			{ .fd = -1, .events = POLLIN } };
		struct events now;
		int left;

		if (read_events(events_fd, &now) < 0)
			return -1;
		if (is_reached(&now, wanted))
			return 1;
		left = deadline_left(deadline);
		if (left == 0)
			return 0;
		if (hints > 0) {
			hints--;
			pidfd = cg_some_process(fd);
			p[1].fd = pidfd;
		}
		if (poll(p, ARRAY_LEN(p), left) < 0 && errno != EINTR)
			return -1;
	}
}

/* The cgroup is removed: ENODEV from a file that was open, ENOENT for everything below the
 * directory. The root has no cgroup.events either, but it has cgroup.procs. */
static bool is_gone(int fd, int error)
{
	return error == ENODEV || (error == ENOENT && faccessat(fd, "cgroup.procs", F_OK, 0) < 0);
}

int cg_wait_empty(int fd, int timeout_ms)
{
	auto_close int events_fd = cg_openat(fd, "cgroup.events", O_RDONLY);
	int r = events_fd < 0 ? -1 : wait_for(fd, events_fd, STATE_EMPTY, timeout_ms);
	int error = errno;

	if (r < 0 && is_gone(fd, error))
		return 1;
	errno = error;
	return r;
}

/* 0, or -1 with errno */
static int get_events(int fd, struct events *ret)
{
	auto_close int events_fd = cg_openat(fd, "cgroup.events", O_RDONLY);

	return events_fd < 0 ? -1 : read_events(events_fd, ret);
}

int cg_populated(int fd)
{
	struct events now;

	return get_events(fd, &now) < 0 ? -1 : now.populated;
}

int cg_frozen(int fd)
{
	struct events now;

	return get_events(fd, &now) < 0 ? -1 : now.frozen;
}

int cg_open_events(int fd)
{
	return cg_openat(fd, "cgroup.events", O_RDONLY);
}

int cg_frozen_events(int events_fd)
{
	struct events now;

	return read_events(events_fd, &now) < 0 ? -1 : now.frozen;
}

int cg_populated_events(int events_fd)
{
	struct events now;

	return read_events(events_fd, &now) < 0 ? -1 : now.populated;
}

const char *cg_freezer(struct arena *a, const char *mount, const char *path)
{
	auto_close int mount_fd = cg_open_mount(mount);
	char *at = arena_str(a, path), *slash;

	while ((slash = strrchr(at, '/')) && slash[1] && mount_fd >= 0) {
		const char *file = arena_fmt(a, "%s/cgroup.freeze", at + 1);
		auto_str struct str text = { 0 };

		if (fd_read_at(mount_fd, file, 0, LIMIT_KERNEL_FILE, &text) == 0 && text.len > 0 &&
			text.data[0] == '1')
			return at;
		*slash = '\0';
	}
	return NULL;
}

int cg_freeze(int fd, bool frozen, int timeout_ms, struct str *busy)
{
	auto_close int events_fd = cg_openat(fd, "cgroup.events", O_RDONLY);
	auto_str struct str before = { 0 };
	int r;

	if (events_fd < 0 || cg_read(fd, "cgroup.freeze", &before) < 0)
		return -1;
	if (write_file(fd, "cgroup.freeze", frozen ? "1" : "0") < 0)
		return -1;
	r = wait_for(fd, events_fd, frozen ? STATE_FROZEN : STATE_THAWED, timeout_ms);
	if (r == 0 && frozen && busy)
		cg_list_busy(fd, busy);
	if (r == 0 && write_file(fd, "cgroup.freeze", str_text(&before)) < 0)
		return -1;
	return r;
}
