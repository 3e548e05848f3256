/* SPDX-License-Identifier: Apache-2.0 */
/* exec_created.c - into a container that waits for start, without root: init hands its namespaces
 * out (init/show.c) */
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/fd.h"
#include "exec_in.h"
#include "kern/deadline.h"
#include "kern/sync.h"

enum { ANSWER_MS = 10000 };

/* The question goes out with the socket for the answer. *ret: our end of it; -1 where nobody is
 * asked, because init has been started meanwhile. A socket that is full blocks nobody. */
static int ask(const struct exec *x, int *ret, struct err *e)
{
	struct sockaddr_un where = { .sun_family = AF_UNIX };
	auto_close int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int pair[2], r;

	*ret = -1;
	(void)snprintf(where.sun_path, sizeof(where.sun_path), "/proc/self/fd/%d/%s",
		x->container.dir_fd, STORE_SOCKET);
	if (sock < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, errno, "create a socket");
	r = connect(sock, (const struct sockaddr *)&where, sizeof(where));
	if (r == 0)
		r = sync_send(sock, SYNC_SHOW, 0, pair[1]);
	def_close(&pair[1]);
	*ret = pair[0];
	if (r < 0 && errno != ECONNREFUSED)
		return err_sys(e, errno, "ask init at its start socket for its namespaces");
	return 0;
}

static int await(const struct exec *x, int sock, int64_t deadline, struct err *e)
{
	struct pollfd p[] = { { .fd = sock, .events = POLLIN },
		{ .fd = x->init_fd, .events = POLLIN } };
	int n;

	do
		n = poll(p, ARRAY_LEN(p), deadline_left(deadline));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, errno, "wait for init");
	if (n == 0)
		return err_set(e, ETIMEDOUT,
			"init does not answer: process %d must not be stopped (SIGCONT lets it go on)",
			(int)x->container.state.pid);
	if (!p[0].revents)
		return err_set(e, ESRCH,
			"cannot exec in a stopped container: container not running");
	return 0;
}

/* The root directory is needed only where that of the mount namespace is another one. */
static int take(struct exec *x, struct sync_message *m, struct err *e)
{
	const unsigned type = (unsigned)m->value;

	if (m->type == SYNC_SHOWN && m->fd >= 0 && type == 0 && x->root_fd < 0) {
		if (x->container.state.chroot)
			x->root_fd = m->fd;
		else
			def_close(&m->fd);
		return 0;
	}
	if (m->type == SYNC_SHOWN && m->fd >= 0 && x->shown.n < NS_TYPES &&
		(type & (unsigned)x->container.state.namespaces)) {
		x->shown.types[x->shown.n] = type;
		x->shown.fds[x->shown.n++] = m->fd;
		return 0;
	}
	def_close(&m->fd);
	return err_set(e, EPROTO, "init sent message %d instead of its namespaces", (int)m->type);
}

int exec_ask_init(struct exec *x, struct err *e)
{
	const int64_t deadline = deadline_in(ANSWER_MS);
	auto_close int sock = -1;
	struct sync_message m;
	int r;

	if (ask(x, &sock, e) < 0)
		return -1;
	for (;;) {
		if (await(x, sock, deadline, e) < 0)
			return -1;
		r = sync_recv(sock, &m);
		if (r == 0 || (r < 0 && errno == ECONNRESET))
			return 0;
		if (r < 0)
			return err_sys(e, errno, "receive the namespaces of init");
		if (take(x, &m, e) < 0)
			return -1;
	}
}
