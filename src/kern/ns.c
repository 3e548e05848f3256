/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/ns.h"

#include <linux/magic.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "kern/syscalls.h"

/* in an order in which they can be joined */
static const struct {
	unsigned type;
	const char *name;
	const char *file; /* below /proc */
	const char *next; /* where another one counts for what is cloned next */
} names[] = {
	{ CLONE_NEWUSER, "user", "self/ns/user", NULL },
	{ CLONE_NEWPID, "pid", "self/ns/pid", "self/ns/pid_for_children" },
	{ CLONE_NEWNET, "network", "self/ns/net", NULL },
	{ CLONE_NEWIPC, "ipc", "self/ns/ipc", NULL },
	{ CLONE_NEWUTS, "uts", "self/ns/uts", NULL },
	{ CLONE_NEWCGROUP, "cgroup", "self/ns/cgroup", NULL },
	{ CLONE_NEWTIME, "time", "self/ns/time", NULL },
	{ CLONE_NEWNS, "mount", "self/ns/mnt", NULL },
};

_Static_assert(ARRAY_LEN(names) == NS_TYPES, "a type of namespace is missing");

const char *ns_name(unsigned type)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (names[i].type == type)
			return names[i].name;
	}
	return "unknown";
}

int ns_open(const char *path, unsigned type, struct err *e)
{
	struct statfs fs;
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int found;

	if (fd < 0)
		return err_sys(e, errno, "open %s namespace \"%s\"", ns_name(type), path);
	if (fstatfs(fd, &fs) < 0)
		return err_sys(e, errno, "look at \"%s\"", path);
	if (fs.f_type != NSFS_MAGIC)
		return err_set(e, EINVAL,
			"\"%s\" is no namespace; a file such as /proc/PID/ns/* or a bind mount of one is needed",
			path);
	found = ioctl(fd, NS_GET_NSTYPE);
	if (found < 0)
		return err_sys(e, errno, "ask \"%s\" for its namespace type", path);
	if ((unsigned)found != type)
		return err_set(e, EINVAL, "\"%s\" is a %s namespace, not a %s namespace", path,
			ns_name((unsigned)found), ns_name(type));
	return take_fd(&fd);
}

bool ns_is_own(int proc_fd, int fd, unsigned type)
{
	struct stat own, other;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (names[i].type == type && fstatat(proc_fd, names[i].file, &own, 0) == 0 &&
			fstat(fd, &other) == 0)
			return own.st_dev == other.st_dev && own.st_ino == other.st_ino;
	}
	return true;
}

int ns_open_own(int proc_fd, unsigned types, struct ns_set *ret, struct err *e)
{
	struct ns_set s = { .n = 0 };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *file = names[i].next ? names[i].next : names[i].file;
		int fd;

		if (!(types & names[i].type))
			continue;
		fd = openat(proc_fd, file, O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			(void)err_sys(e, errno, "open \"/proc/%s\"", file);
			ns_close(&s);
			return -1;
		}
		s.types[s.n] = names[i].type;
		s.fds[s.n++] = fd;
	}
	*ret = s;
	return 0;
}

int ns_join(const struct ns_set *s, struct err *e)
{
	for (size_t i = 0; i < s->n; i++) {
		if (setns(s->fds[i], (int)s->types[i]) < 0)
			return err_sys(e, errno, "join the %s namespace of the container",
				ns_name(s->types[i]));
	}
	return 0;
}

void ns_close(struct ns_set *s)
{
	for (size_t i = 0; i < s->n; i++)
		def_close(&s->fds[i]);
	s->n = 0;
}

int ns_elsewhere(int proc_fd, pid_t pid, unsigned *ret, struct err *e)
{
	unsigned types = 0;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char path[64];
		struct stat own, other;

		(void)snprintf(path, sizeof(path), "%d/%s", (int)pid,
			names[i].file + strlen("self/"));
		if (fstatat(proc_fd, names[i].file, &own, 0) < 0 && errno == ENOENT)
			continue; /* not known to this kernel */
		if (fstatat(proc_fd, names[i].file, &own, 0) < 0 ||
			fstatat(proc_fd, path, &other, 0) < 0)
			return err_sys(e, errno, "look at \"/proc/%s\"", path);
		if (own.st_dev != other.st_dev || own.st_ino != other.st_ino)
			types |= names[i].type;
	}
	*ret = types;
	return 0;
}

static size_t clock_line(char *buf, size_t size, const char *name, const struct ns_clock *c)
{
	return c->given
		? (size_t)snprintf(buf, size, "%s %lld %u\n", name, (long long)c->secs, c->nanosecs)
		: 0;
}

static int clocks_refused(int error, struct err *e)
{
	(void)err_sys(e, error, "linux.timeOffsets: set the clocks of the time namespace");
	if (error == ERANGE)
		return err_more(e,
			"with its offset a clock must show neither less than 0 nor more than 146 years");
	return -1;
}

int ns_set_clocks(int proc_fd, const struct ns_clock *monotonic, const struct ns_clock *boottime,
	struct err *e)
{
	char text[128];
	size_t len = clock_line(text, sizeof(text), "monotonic", monotonic);
	auto_close int fd = -1;

	len += clock_line(text + len, sizeof(text) - len, "boottime", boottime);
	if (unshare(CLONE_NEWTIME) < 0)
		return err_sys(e, errno, "create a time namespace (kernel 5.6, CONFIG_TIME_NS)");
	if (len && fd_write_at(proc_fd, "self/timens_offsets", 0, text, len) < 0)
		return clocks_refused(errno, e);
	fd = openat(proc_fd, "self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWTIME) < 0)
		return err_sys(e, errno, "enter the new time namespace");
	return 0;
}

int ns_loopback_up(struct err *e)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	auto_close int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	/* without IPv4 there is nothing to configure here */
	if (sock < 0 && errno == EAFNOSUPPORT)
		return 0;
	if (sock < 0 || ioctl(sock, SIOCSIFFLAGS, &lo) < 0)
		return err_sys(e, errno, "bring up the loopback device");
	return 0;
}
