/* SPDX-License-Identifier: Apache-2.0 */
/* fd.c - whole reads and writes, files replaced atomically, descriptors over sockets */
#include "base/fd.h"

#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/vfs.h>

#include "base/compat.h"

enum {
	READ_STEP = 4096,
	WALK_MAX = 1 << 20, /* descriptors looked at where the limit is none */
};

int fd_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* read up to end of file; hint: how many bytes are expected (0: unknown) */
static int read_all(int fd, size_t limit, size_t hint, struct str *out)
{
	size_t total = 0;

	for (;;) {
		size_t step = total == 0 && hint > 0 ? hint + 1 : READ_STEP + total;
		char *room = str_room(out, step);
		ssize_t n = read(fd, room, step);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			return 0;
		str_grew(out, (size_t)n);
		total += (size_t)n;
		if (total > limit) {
			errno = EFBIG;
			return -1;
		}
	}
}

static void on_limit(int sig)
{
	(void)sig;
}

void fd_survive_limit(void)
{
	const struct sigaction sa = { .sa_handler = on_limit, .sa_flags = SA_RESTART };

	(void)sigaction(SIGXFSZ, &sa, NULL);
}

int fd_read_all(int fd, size_t limit, struct str *out)
{
	return read_all(fd, limit, 0, out);
}

/* open(2) that is not disturbed by a signal */
static int open_at(int dirfd, const char *path, int flags, mode_t mode)
{
	int fd;

	do
		fd = openat(dirfd, path, flags | O_CLOEXEC | O_NOCTTY, mode);
	while (fd < 0 && errno == EINTR);
	return fd;
}

int fd_read_at(int dirfd, const char *path, int flags, size_t limit, struct str *out)
{
	auto_close int fd = open_at(dirfd, path, O_RDONLY | flags, 0);

	return fd < 0 ? -1 : read_all(fd, limit, 0, out);
}

static const char *file_type(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a directory";
	case S_IFIFO:
		return "a FIFO";
	case S_IFCHR:
	case S_IFBLK:
		return "a device";
	default:
		return "a special file";
	}
}

static int not_read(const char *shown, size_t limit, struct err *e)
{
	const int code = errno;

	if (code == EFBIG)
		return err_set(e, EFBIG, "read \"%s\": must be at most %zu bytes", shown, limit);
	if (code == ETIMEDOUT)
		return err_set(e, ETIMEDOUT,
			"read \"%s\": nothing has been written to this FIFO for %d seconds", shown,
			FD_FIFO_SECONDS);
	return err_sys(e, code, "read \"%s\"", shown);
}

static int read_regular(int fd, const struct stat *st, const char *shown, size_t limit,
	struct str *out, struct err *e)
{
	if (!S_ISREG(st->st_mode))
		return err_set(e, EINVAL, "open \"%s\": must be a regular file, not %s", shown,
			file_type(st->st_mode));
	if ((uint64_t)st->st_size > limit)
		return err_set(e, EFBIG, "read \"%s\": must be at most %zu bytes, not %lld", shown,
			limit, (long long)st->st_size);
	return read_all(fd, limit, (size_t)st->st_size, out) < 0 ? not_read(shown, limit, e) : 0;
}

static int open_given(int dirfd, const char *path, const char *shown, struct stat *ret,
	struct err *e)
{
	auto_close int fd = open_at(dirfd, path, O_RDONLY | O_NONBLOCK, 0);

	if (fd < 0)
		return err_sys(e, errno, "open \"%s\"", shown);
	if (fstat(fd, ret) < 0)
		return err_sys(e, errno, "look at \"%s\"", shown);
	return take_fd(&fd);
}

int fd_read_regular(int dirfd, const char *path, const char *shown, size_t limit, struct str *out,
	struct err *e)
{
	struct stat st;
	auto_close int fd = open_given(dirfd, path, shown, &st, e);

	return fd < 0 ? -1 : read_regular(fd, &st, shown, limit, out, e);
}

/* The FIFO does not block. Without a writer it is at its end: of a named one that nobody has opened
 * yet, the beginning is waited for; to a pipe, which /dev/fd/N leads to, nobody comes any more. */
static int read_fifo(int fd, size_t limit, struct str *out)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct statfs fs;
	size_t total = 0;

	if (fstatfs(fd, &fs) < 0)
		return -1;
	for (;;) {
		ssize_t n = read(fd, str_room(out, READ_STEP), READ_STEP);
		const bool waits =
			n < 0 ? errno == EAGAIN : n == 0 && total == 0 && fs.f_type != PIPEFS_MAGIC;

		if (n > 0) {
			str_grew(out, (size_t)n);
			total += (size_t)n;
		}
		if (total > limit) {
			errno = EFBIG;
			return -1;
		}
		if (n > 0 || (n < 0 && errno == EINTR))
			continue;
		if (!waits)
			return n < 0 ? -1 : 0;
		n = poll(&p, 1, FD_FIFO_SECONDS * 1000);
		if (n == 0)
			errno = ETIMEDOUT;
		if (n == 0 || (n < 0 && errno != EINTR))
			return -1;
		/* opened and closed again */
		if (total == 0 && (p.revents & POLLHUP) && !(p.revents & POLLIN))
			return 0;
	}
}

int fd_read_given(int dirfd, const char *path, const char *shown, size_t limit, struct str *out,
	struct err *e)
{
	struct stat st;
	auto_close int fd = open_given(dirfd, path, shown, &st, e);

	if (fd < 0)
		return -1;
	if (!S_ISFIFO(st.st_mode))
		return read_regular(fd, &st, shown, limit, out, e);
	return read_fifo(fd, limit, out) < 0 ? not_read(shown, limit, e) : 0;
}

int fd_write_at(int dirfd, const char *path, int flags, const char *text, size_t len)
{
	auto_close int fd = open_at(dirfd, path, O_WRONLY | flags, 0);
	ssize_t n;

	if (fd < 0)
		return -1;
	do
		n = write(fd, text, len);
	while (n < 0 && errno == EINTR);
	if (n >= 0 && (size_t)n != len) {
		/* a kernel file takes a value whole; half of one is no value */
		errno = EIO;
		return -1;
	}
	return n < 0 ? -1 : 0;
}

/* make the file tmp; one left by a killed process with our number is in nobody's use */
static int create_new(int dirfd, const char *tmp, mode_t mode)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
	int fd = open_at(dirfd, tmp, flags, mode);

	if (fd >= 0 || errno != EEXIST)
		return fd;
	if (unlinkat(dirfd, tmp, 0) < 0)
		return -1;
	return open_at(dirfd, tmp, flags, mode);
}

int fd_replace_at(int dirfd, const char *name, const void *data, size_t len, mode_t mode)
{
	char tmp[NAME_MAX + 1];
	auto_close int fd = -1;
	int n = snprintf(tmp, sizeof(tmp), ".%s.tmp-%d", name, (int)getpid());

	assert(!strchr(name, '/'));
	if (n < 0 || (size_t)n >= sizeof(tmp)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = create_new(dirfd, tmp, mode);
	if (fd < 0)
		return -1;
	if (fd_write_all(fd, data, len) < 0 || renameat(dirfd, tmp, dirfd, name) < 0) {
		int saved = errno;

		(void)unlinkat(dirfd, tmp, 0);
		errno = saved;
		return -1;
	}
	return 0;
}

/* room for the control message of FD_SEND_MAX descriptors, aligned as cmsg(3) wants it */
union control {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(FD_SEND_MAX * sizeof(int))];
};

int fd_make_dir(const char *path, mode_t mode)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	if (mkdir(path, mode) == 0)
		return 1;
	if (errno != ENOENT)
		return errno == EEXIST ? 0 : -1;
	if (len >= sizeof(part)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(part, path, len + 1);
	for (char *p = strchr(part + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return -1;
		*p = '/';
	}
	if (mkdir(path, mode) == 0)
		return 1;
	return errno == EEXIST ? 0 : -1;
}

int fd_send(int sock, const void *data, size_t len, const int *fds, unsigned nfds)
{
	struct iovec iov = { .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control control = { 0 };
	ssize_t n;

	memcpy(&iov.iov_base, &data, sizeof(data)); /* sendmsg(2) only reads there */
	if (nfds > FD_SEND_MAX) {
		errno = EINVAL;
		return -1;
	}
	if (nfds > 0) {
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(&control.head), fds, nfds * sizeof(int));
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
	}
	do
		n = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		errno = ETIMEDOUT; /* fd_patience */
	if (n >= 0 && (size_t)n != len) {
		errno = EMSGSIZE;
		return -1;
	}
	return n < 0 ? -1 : 0;
}

/* take the descriptors out of msg: the first cap to fds, the rest closed; returns how many were
 * kept */
static unsigned take_fds(struct msghdr *msg, int *fds, unsigned cap)
{
	unsigned kept = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (kept < cap)
				fds[kept++] = fd;
			else
				(void)close(fd);
		}
	}
	return kept;
}

ssize_t fd_recv(int sock, void *data, size_t cap, int *fds, unsigned cap_fds, unsigned *nfds)
{
	struct iovec iov = { .iov_base = data, .iov_len = cap };
	union control control = { 0 };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	unsigned kept;
	ssize_t n;

	do
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -1;
	kept = take_fds(&msg, fds, cap_fds);
	if (msg.msg_flags & MSG_TRUNC) {
		while (kept > 0)
			(void)close(fds[--kept]);
		errno = EMSGSIZE;
		return -1;
	}
	if (nfds)
		*nfds = kept;
	return n;
}

/* write to addr the name by which path can be connected to: itself, or, when it is too long, its
 * last component below *dir, which is opened for that */
static int unix_address(const char *path, struct sockaddr_un *addr, int *dir)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX];
	int n;

	if (strlen(path) < sizeof(addr->sun_path)) {
		memcpy(addr->sun_path, path, strlen(path) + 1);
		return 0;
	}
	if (!slash || (size_t)(slash - path) >= sizeof(parent) - 1) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(parent, path, (size_t)(slash - path) + 1);
	parent[slash - path + 1] = '\0';
	*dir = open_at(AT_FDCWD, parent, O_PATH | O_DIRECTORY, 0);
	if (*dir < 0)
		return -1;
	n = snprintf(addr->sun_path, sizeof(addr->sun_path), "/proc/self/fd/%d/%s", *dir,
		slash + 1);
	if (n < 0 || (size_t)n >= sizeof(addr->sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return 0;
}

int fd_patience(int sock, unsigned patience_ms)
{
	const struct timeval t = { .tv_sec = patience_ms / 1000,
		.tv_usec = patience_ms % 1000 * 1000 };

	return setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t));
}

const char *fd_impatience(int code)
{
	_Static_assert(FD_PATIENCE_MS == 10000, "the text names it");
	return code == ETIMEDOUT ? ", where nothing has been taken for 10 s" : "";
}

int fd_connect_unix(const char *path, unsigned patience_ms)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	auto_close int sock = -1;
	auto_close int dir = -1;

	if (unix_address(path, &addr, &dir) < 0)
		return -1;
	sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (sock < 0 || fd_patience(sock, patience_ms) < 0)
		return -1;
	while (connect(sock, (const struct sockaddr *)&addr, sizeof(addr)) < 0) {
		if (errno == EAGAIN)
			errno = ETIMEDOUT;
		if (errno != EINTR)
			return -1;
	}
	return take_fd(&sock);
}

int fd_probe_unix(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	auto_close int dir = -1;
	auto_close int sock = -1;

	if (unix_address(path, &addr, &dir) < 0)
		return -1;
	sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return -1;
	/* the kernel looks for the socket first and at its type then: a stream socket is there */
	if (connect(sock, (const struct sockaddr *)&addr, sizeof(addr)) < 0)
		return errno == EPROTOTYPE ? 0 : -1;
	errno = EPROTOTYPE;
	return -1;
}

/* One more than the highest descriptor a walk has to look at; 0 with errno */
static unsigned walk_end(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 0;
	/* the hard limit: the soft one may have been lowered below what is open */
	return limit.rlim_max < WALK_MAX ? (unsigned)limit.rlim_max : WALK_MAX;
}

int fd_close_range(unsigned first, unsigned last)
{
	unsigned end;

	if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
		return 0;
	if (errno != ENOSYS || (end = walk_end()) == 0)
		return -1;
	for (unsigned fd = first; fd < end && fd <= last; fd++)
		(void)close((int)fd);
	return 0;
}

static void sort(int *fds, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		for (size_t j = i; j > 0 && fds[j] < fds[j - 1]; j--) {
			int other = fds[j];

			fds[j] = fds[j - 1];
			fds[j - 1] = other;
		}
	}
}

/* close those from first to last but keep[n], which is sorted */
static int close_between(unsigned first, unsigned last, const int *keep, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (keep[i] < (int)first || (unsigned)keep[i] > last)
			continue;
		if (fd_close_range(first, (unsigned)keep[i] - 1) < 0)
			return -1;
		first = (unsigned)keep[i] + 1;
	}
	return fd_close_range(first, last);
}

int fd_keep_only(unsigned first, const struct fd_list *passed, int *keep, size_t n)
{
	sort(keep, n);
	for (size_t i = 0; passed && i < passed->n; i++) {
		if ((unsigned)passed->list[i] > first &&
			close_between(first, (unsigned)passed->list[i] - 1, keep, n) < 0)
			return -1;
		first = (unsigned)passed->list[i] + 1;
	}
	return close_between(first, ~0U, keep, n);
}

int fd_cloexec_from(unsigned first)
{
	unsigned end;

	if (syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return 0;
	if (errno != ENOSYS && errno != EINVAL) /* EINVAL: Linux before 5.11 lacks the flag */
		return -1;
	end = walk_end();
	if (end == 0)
		return -1;
	for (unsigned fd = first; fd < end; fd++) {
		int flags = fcntl((int)fd, F_GETFD);

		if (flags >= 0 && fcntl((int)fd, F_SETFD, flags | FD_CLOEXEC) < 0)
			return -1;
	}
	return 0;
}
