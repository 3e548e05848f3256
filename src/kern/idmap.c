/* SPDX-License-Identifier: Apache-2.0 */
/* idmap.c - maps of user namespaces
 *
 * A map is accepted once, in one write shorter than a page. The setgroups file is decided before
 * the gid map: afterwards it cannot be denied any more, and a process that may drop a group which
 * was meant to keep it out of a file gets in (CVE-2014-8989). */
#include "kern/idmap.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "base/compat.h"
#include "base/limits.h"
#include "idmap_helper.h"
#include "kern/proc.h"
#include "kern/syscalls.h"

#ifndef PIDFD_GET_USER_NAMESPACE
#define PIDFD_GET_USER_NAMESPACE _IO(0xFF, 9)
#endif

enum {
	LINE_MAX_BYTES = 33, /* three numbers of ten digits, two blanks, newline */
	MAP_MAX = LIMIT_ID_MAPS * LINE_MAX_BYTES + 1,
	SHOWN_MAX = 120, /* bytes of a map in a message */
};

/* One write to /proc/PID/file, opened below proc_fd. 0, or -1 with errno */
static int write_proc(int proc_fd, pid_t pid, const char *file, const char *text, size_t len)
{
	struct open_how how = {
		.flags = O_WRONLY | O_CLOEXEC | O_NOCTTY,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
	};
	auto_close int fd = -1;
	char path[64];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "%d/%s", pid, file);
	fd = (int)syscall(SYS_openat2, proc_fd, path, &how, sizeof(how));
	if (fd < 0)
		return -1;
	do
		n = write(fd, text, len);
	while (n < 0 && errno == EINTR);
	if (n >= 0 && (size_t)n != len)
		errno = EIO;
	return n == (ssize_t)len ? 0 : -1;
}

/* The text of the maps; its length. out has room for LIMIT_ID_MAPS of them. */
static size_t format_maps(char *out, const struct id_map *maps, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		int added = snprintf(out + len, MAP_MAX - len, "%u %u %u\n", maps[i].inside,
			maps[i].outside, maps[i].size);

		len += (size_t)added;
	}
	return len;
}

static int write_map(int proc_fd, pid_t pid, const char *file, const struct id_map *maps, size_t n,
	struct err *e)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), len;
	char text[MAP_MAX];
	int error;

	if (n == 0)
		return 0;
	if (n > LIMIT_ID_MAPS)
		return err_set(e, EINVAL, "%s with %zu lines, must have at most %d", file, n,
			LIMIT_ID_MAPS);
	len = format_maps(text, maps, n);
	if (len >= page)
		return err_set(e, EINVAL,
			"%s of %zu bytes in %zu lines, must be shorter than a page (%zu bytes)",
			file, len, n, page);
	if (write_proc(proc_fd, pid, file, text, len) == 0)
		return 0;
	error = errno;
	text[len - 1] = '\0';
	for (char *newline = strchr(text, '\n'); newline; newline = strchr(newline, '\n'))
		*newline = ',';
	return err_sys(e, error, "write \"%.*s%s\" to \"%s\" of process %d", SHOWN_MAX, text,
		len > SHOWN_MAX ? "..." : "", file, pid);
}

int idmap_write(int proc_fd, pid_t pid, const struct id_map *uids, size_t n_uids,
	const struct id_map *gids, size_t n_gids, unsigned flags, struct err *e)
{
	static const char deny[] = "deny";

	if ((flags & IDMAP_NEWUIDMAP ? idmap_by_helper("newuidmap", pid, uids, n_uids, e)
				     : write_map(proc_fd, pid, "uid_map", uids, n_uids, e)) < 0)
		return -1;
	if (flags & IDMAP_NEWGIDMAP)
		return idmap_by_helper("newgidmap", pid, gids, n_gids, e);
	if ((flags & IDMAP_DENY_SETGROUPS) &&
		write_proc(proc_fd, pid, "setgroups", deny, sizeof(deny) - 1) < 0)
		return err_sys(e, errno, "write \"%s\" to \"setgroups\" of process %d", deny, pid);
	return write_map(proc_fd, pid, "gid_map", gids, n_gids, e);
}

/* The user namespace of the helper: by its pidfd (6.11), else by its link in proc. fd, or -1 with
 * errno */
static int open_userns(int proc_fd, pid_t pid, int pidfd)
{
	char path[64];
	int fd = ioctl(pidfd, PIDFD_GET_USER_NAMESPACE, 0);

	if (fd >= 0 || (errno != ENOTTY && errno != EINVAL))
		return fd;
	(void)snprintf(path, sizeof(path), "%d/ns/user", pid);
	return openat(proc_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

/* in the helper: be there until the parent kills us, or has ended itself and closed the pipe */
static NORETURN void hold(int read_fd, int write_fd)
{
	char none;
	ssize_t n;

	(void)close(write_fd);
	do
		n = read(read_fd, &none, sizeof(none));
	while (n < 0 && errno == EINTR);
	_exit(0);
}

/* Start the helper in a new user namespace; its pid and *ret_pidfd, or -1 with *e */
static pid_t start_helper(int read_fd, int write_fd, int *ret_pidfd, struct err *e)
{
	/* no exit signal: whoever handles SIGCHLD need not hear of this one */
	struct clone_args args = {
		.flags = CLONE_NEWUSER | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uintptr_t)ret_pidfd,
	};
	pid_t pid = sys_clone3(&args);

	if (pid == 0)
		hold(read_fd, write_fd);
	if (pid > 0)
		return pid;
	(void)err_sys(e, errno, "make a user namespace for id-mapped mounts");
	if (e->code == ENOSPC)
		(void)err_more(e, "the limit is the sysctl user.max_user_namespaces");
	return -1;
}

int idmap_userns(int proc_fd, const struct id_map *uids, size_t n_uids, const struct id_map *gids,
	size_t n_gids, struct err *e)
{
	auto_close int read_fd = -1;
	auto_close int write_fd = -1;
	auto_close int pidfd = -1;
	int pipe_fds[2], made = -1, fd = -1;
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return err_sys(e, errno, "make a pipe");
	read_fd = pipe_fds[0];
	write_fd = pipe_fds[1];
	pid = start_helper(read_fd, write_fd, &made, e);
	if (pid < 0)
		return -1;
	pidfd = made;
	if (idmap_write(proc_fd, pid, uids, n_uids, gids, n_gids, 0, e) == 0) {
		fd = open_userns(proc_fd, pid, pidfd);
		if (fd < 0)
			(void)err_sys(e, errno, "open the user namespace of process %d", pid);
	}
	/* end of file would end it, too */
	def_close(&write_fd);
	write_fd = -1;
	if (proc_end_child(pidfd, pid) < 0 && errno != ECHILD) {
		(void)err_sys(e, errno, "end process %d", pid);
		def_close(&fd);
		return -1;
	}
	return fd;
}

int64_t idmap_to_host(const struct id_map *maps, size_t n, uint32_t inside)
{
	for (size_t i = 0; i < n; i++) {
		if (inside >= maps[i].inside && inside - maps[i].inside < maps[i].size)
			return (int64_t)maps[i].outside + (inside - maps[i].inside);
	}
	return -1;
}

/* One line of a map file; the rest, or NULL when there is none. */
static const char *read_line(const char *text, struct id_map *ret)
{
	const char *end = strchr(text, '\n');

	if (!end || sscanf(text, "%u %u %u", &ret->inside, &ret->outside, &ret->size) != 3)
		return NULL;
	return end + 1;
}

static bool has_map(const struct id_map *maps, size_t n, const struct id_map *wanted)
{
	for (size_t i = 0; i < n; i++) {
		if (maps[i].inside == wanted->inside && maps[i].outside == wanted->outside &&
			maps[i].size == wanted->size)
			return true;
	}
	return false;
}

int idmap_check(int proc_fd, const char *file, const struct id_map *maps, size_t n, struct err *e)
{
	char path[32], text[MAP_MAX];
	struct id_map found;
	size_t lines = 0, len = 0;
	ssize_t r;
	auto_close int fd = -1;

	(void)snprintf(path, sizeof(path), "self/%s", file);
	fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return err_sys(e, errno, "open \"/proc/%s\"", path);
	while (len < sizeof(text) - 1 && (r = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)r;
	text[len] = '\0';
	for (const char *line = text; (line = read_line(line, &found)); lines++) {
		if (!has_map(maps, n, &found))
			return err_set(e, EINVAL,
				"the user namespace maps %u to %u size %u in its %s, which the configuration does not",
				found.inside, found.outside, found.size, file);
	}
	if (lines != n)
		return err_set(e, EINVAL,
			"the user namespace has %zu lines in its %s, the configuration %zu", lines,
			file, n);
	return 0;
}
