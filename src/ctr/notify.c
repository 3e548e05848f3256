/* SPDX-License-Identifier: Apache-2.0 */
#include "ctr/notify.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/fd.h"
#include "base/log.h"

#define SOCKET_NAME "notify.sock"

const char *notify_wanted(void)
{
	const char *s = getenv("NOTIFY_SOCKET");

	return s && *s ? s : NULL;
}

int notify_prepare(const struct container *c, struct err *e)
{
	if (mkdirat(c->dir_fd, NOTIFY_DIR, 0755) < 0 ||
		fchmodat(c->dir_fd, NOTIFY_DIR, 0755, 0) < 0)
		return err_sys(e, errno, "make \"%s\" in the state directory", NOTIFY_DIR);
	return 0;
}

int notify_listen(const struct container *c, int *ret_fd, struct err *e)
{
	const struct sockaddr_un where = { .sun_family = AF_UNIX, .sun_path = SOCKET_NAME };
	auto_close int dir =
		openat(c->dir_fd, NOTIFY_DIR, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	auto_close int fd = -1;

	*ret_fd = -1;
	if (dir < 0)
		return 0;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_sys(e, errno, "create the notify socket");
	/* any user of the container may write to it; nobody else gets into the state directory */
	if (fchdir(dir) < 0 || bind(fd, (const struct sockaddr *)&where, sizeof(where)) < 0 ||
		fchmodat(dir, SOCKET_NAME, 0777, 0) < 0)
		return err_sys(e, errno, "bind the notify socket in the state directory");
	*ret_fd = take_fd(&fd);
	return 0;
}

static bool has_line(const char *text, const char *line)
{
	size_t n = strlen(line);

	for (const char *p = text; p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL) {
		if (strncmp(p, line, n) == 0 && (p[n] == '\n' || p[n] == '\0'))
			return true;
	}
	return false;
}

static void tell_host(pid_t pid)
{
	const char *path = notify_wanted();
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	auto_close int fd = -1;
	char text[64];
	socklen_t len;
	int n;

	if (!path || strlen(path) >= sizeof(to.sun_path)) {
		log_warning("NOTIFY_SOCKET \"%s\" is no socket address", path ? path : "");
		return;
	}
	memcpy(to.sun_path, path, strlen(path));
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	if (path[0] == '@')
		to.sun_path[0] = '\0'; /* abstract */
	n = snprintf(text, sizeof(text), "READY=1\nMAINPID=%d", (int)pid);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && fd_patience(fd, FD_PATIENCE_MS) == 0 &&
		sendto(fd, text, (size_t)n, MSG_NOSIGNAL, (struct sockaddr *)&to, len) >= 0)
		return;
	if (errno == EAGAIN)
		errno = ETIMEDOUT;
	log_warning("cannot notify \"%s\"%s: %s", path, fd_impatience(errno),
		err_errno_text(errno));
}

bool notify_pass(int fd, pid_t pid)
{
	char text[4096];
	ssize_t n;

	while ((n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT)) > 0) {
		text[n] = '\0';
		if (!has_line(text, "READY=1"))
			continue;
		tell_host(pid);
		return true;
	}
	return false;
}

void notify_wait(int fd, int pidfd, pid_t pid)
{
	struct pollfd p[] = { { .fd = fd, .events = POLLIN }, { .fd = pidfd, .events = POLLIN } };

	for (;;) {
		if (poll(p, ARRAY_LEN(p), -1) < 0 && errno != EINTR)
			return;
		if (notify_pass(fd, pid) || p[1].revents)
			return;
	}
}
