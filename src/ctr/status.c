/* SPDX-License-Identifier: Apache-2.0 */
/* status.c - looked up, never remembered
 *
 * The order is the rule: without a process nothing else counts, a frozen container is paused
 * whatever it did before, and what still listens at its start socket has not been started. */
#include "ctr/status.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "ctr/local.h"
#include "kern/proc.h"

static const char *const status_names[] = { [STATUS_CREATING] = "creating",
	[STATUS_CREATED] = "created",
	[STATUS_RUNNING] = "running",
	[STATUS_PAUSED] = "paused",
	[STATUS_STOPPED] = "stopped" };

const char *ctr_status_name(enum ctr_status s)
{
	return status_names[s];
}

/* Is it the container's own cgroup that is frozen? One that has its path now says nothing. */
static bool is_own_cgroup(const struct state *s)
{
	auto_close int fd = cgroup_get(s);

	return fd >= 0;
}

/* What cgroup.events says of the container: one open and one read, because this is asked at every
 * `state` */
struct events {
	bool frozen;
	bool empty; /* no process lives in it */
};

static int read_events(const struct state *s, struct events *ret, struct err *e)
{
	auto_str struct str path = { 0 };
	auto_close int fd = -1;
	char text[128];
	ssize_t n;

	*ret = (struct events){ 0 };
	if (!has_cgroup(s))
		return 0;
	str_addf(&path, "%s%s/cgroup.events", s->cgroup_mount, s->cgroup);
	do
		fd = open(path.data, O_RDONLY | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	do
		n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	while (fd >= 0 && n < 0 && errno == EINTR);
	/* removed, or its mount is not where it was */
	if (n < 0 && (errno == ENOENT || errno == ENODEV || errno == ENOTDIR))
		return 0;
	if (n < 0)
		return err_sys(e, errno, "read \"%s\"", path.data);
	text[n] = '\0';
	ret->frozen = strstr(text, "frozen 1\n") && is_own_cgroup(s);
	ret->empty = strstr(text, "populated 0\n") != NULL;
	return 0;
}

/* does init still have the socket? Reached through the directory's descriptor, because sun_path is
 * too short for the path. */
static int is_waiting(const struct container *c, bool *ret, struct err *e)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	auto_close int sock = -1;

	*ret = false;
	if (!c->state.has_socket)
		return 0;
	sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return err_sys(e, errno, "make a socket");
	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "/proc/self/fd/%d/%s", c->dir_fd,
		STORE_SOCKET);
	if (connect(sock, (const struct sockaddr *)&addr, sizeof(addr)) == 0)
		*ret = true;
	else if (errno == ENOENT && faccessat(c->dir_fd, STORE_SOCKET, F_OK, 0) == 0)
		return err_set(e, ENOENT,
			"look at the start socket of container \"%s\": \"/proc\" is needed, and not mounted",
			c->state.id);
	else if (errno != ECONNREFUSED && errno != ENOENT)
		return err_sys(e, errno, "look at the start socket of container \"%s\"",
			c->state.id);
	return 0;
}

/* of an RFC 3339 time in UTC, since 1970: timegm(3) would read the local time zone first */
static bool seconds_of(const char *text, int64_t *ret)
{
	int64_t year, days;
	int y, month, day, hour, minute, second;

	if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d", &y, &month, &day, &hour, &minute, &second) != 6)
		return false;
	/* the year begins in March, so that the leap day is its last */
	year = y - (month <= 2);
	days = 365 * year + year / 4 - year / 100 + year / 400 +
		(153 * ((month + 9) % 12) + 2) / 5 + day - 1 - 719468;
	*ret = ((days * 24 + hour) * 60 + minute) * 60 + second;
	return true;
}

/* Was the container made before the machine was started, as with a state root that outlives it? The
 * clock may have been set since, so this is a suspicion, and costs no system call. */
static bool may_be_old(const char *created)
{
	struct timespec now = { 0 }, up = { 0 };
	int64_t seconds;

	if (!created || !seconds_of(created, &seconds))
		return true;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)clock_gettime(CLOCK_BOOTTIME, &up);
	return seconds <= now.tv_sec - up.tv_sec + 1;
}

struct proc_id state_process(const struct state *s)
{
	return (struct proc_id){ .pid = s->pid,
		.start_time = s->start_time,
		.inode = s->pid_inode,
		.may_be_old = s->pid_inode != 0 && may_be_old(s->created) };
}

int ctr_status(const struct container *c, enum ctr_status *ret, int *ret_pidfd, struct err *e)
{
	const struct proc_id id = state_process(&c->state);
	auto_close int pidfd = -1;
	struct events events = { 0 };
	enum ctr_status status;
	bool waiting = false;

	if (ret_pidfd)
		*ret_pidfd = -1;
	if (c->state.pid == 0) {
		*ret = STATUS_CREATING;
		return 0;
	}
	pidfd = proc_open(&id, e);
	if (pidfd < -1)
		return err_in(e, "status of container \"%s\"", c->state.id);
	if (pidfd >= 0 && read_events(&c->state, &events, e) < 0)
		return err_in(e, "status of container \"%s\"", c->state.id);
	/* one that only waits for its zombies to be reaped (kern/proc.h) */
	if (pidfd >= 0 && events.empty && proc_is_held(&id)) {
		def_close(&pidfd);
		pidfd = -1;
	}
	if (pidfd < 0)
		status = STATUS_STOPPED;
	else if (events.frozen)
		status = STATUS_PAUSED;
	else if (is_waiting(c, &waiting, e) < 0)
		return -1;
	else
		status = waiting ? STATUS_CREATED : STATUS_RUNNING;
	if (ret_pidfd)
		*ret_pidfd = take_fd(&pidfd);
	*ret = status;
	return 0;
}
