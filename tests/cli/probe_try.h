/* SPDX-License-Identifier: Apache-2.0 */
/* probe_try.h - commands of the probe that try something and show whether it was let through; a
 * part of probe.c */
#ifndef CL_TESTS_CLI_PROBE_TRY_H
#define CL_TESTS_CLI_PROBE_TRY_H

#include <linux/userfaultfd.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/mman.h>

static void do_truncate(char **a)
{
	result("truncate", a[0], truncate(a[0], 0));
}

/* rename FROM TO */
static void do_rename(char **a)
{
	result("rename", a[1], rename(a[0], a[1]));
}

static void do_umount(char **a)
{
	result("umount", a[0], umount2(a[0], MNT_DETACH));
}

/* ioctl PATH - ask a device for the size of its window: OK or ENOTTY when it gets there */
static void do_ioctl(char **a)
{
	struct winsize size;
	int fd = open(a[0], O_RDONLY | O_CLOEXEC | O_NOCTTY);

	result("ioctl", a[0], fd < 0 ? -1 : ioctl(fd, TIOCGWINSZ, &size));
	if (fd >= 0)
		close(fd);
}

/* tcp PORT - bind to it, and connect to it on loopback, where nobody may listen */
static void do_tcp(char **a)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(a[0])),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	result("bind", a[0], bind(server, (struct sockaddr *)&to, sizeof(to)));
	result("connect", a[0], connect(client, (struct sockaddr *)&to, sizeof(to)));
	close(server);
	close(client);
}

/* stream FILE - over a TCP connection with itself, for ever: n1. n2. ... to FILE as they arrive,
 * ten a second. What it waits in goes on by itself after an interruption, unlike poll(2) */
static void do_stream(char **a)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int file = open(a[0], O_WRONLY | O_CREAT | O_APPEND, 0644);
	int in = socket(AF_INET, SOCK_STREAM, 0), out = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(at);
	char text[64];

	if (file < 0 || bind(in, (void *)&at, len) < 0 || listen(in, 1) < 0 ||
		getsockname(in, (void *)&at, &len) < 0 || connect(out, (void *)&at, len) < 0) {
		result("stream", a[0], -1);
		return;
	}
	in = accept(in, NULL, NULL);
	for (unsigned i = 1;; i++) {
		ssize_t n = snprintf(text, sizeof(text), "n%u.\n", i);

		if (write(out, text, (size_t)n) != n || read(in, text, (size_t)n) != n ||
			write(file, text, (size_t)n) != n)
			result("stream", a[0], -1);
		usleep(100000);
	}
}

/* datagrams SOCKET - connect to it, and send n1. n2. ... there for ever, ten a second */
static void do_datagrams(char **a)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[64];

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", a[0]);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		result("datagrams", a[0], -1);
		return;
	}
	for (unsigned i = 1;; i++) {
		ssize_t n = snprintf(text, sizeof(text), "n%u.\n", i);

		if (send(fd, text, (size_t)n, 0) != n)
			result("datagrams", a[0], -1);
		usleep(100000);
	}
}

static socklen_t abstract_name(const char *name, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(ret->sun_path + 1, sizeof(ret->sun_path) - 1, "%s", name);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
}

/* abstract NAME - connect to the abstract socket */
static void do_abstract(char **a)
{
	struct sockaddr_un to;
	socklen_t len = abstract_name(a[0], &to);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	result("abstract", a[0], connect(fd, (struct sockaddr *)&to, len));
	close(fd);
}

/* abstract-listen NAME - be the abstract socket, for as long as this process lives */
static void do_abstract_listen(char **a)
{
	struct sockaddr_un name;
	socklen_t len = abstract_name(a[0], &name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	result("listening", a[0], bind(fd, (struct sockaddr *)&name, len) < 0 ? -1 : listen(fd, 5));
}

/* kill PID SIGNAL-NUMBER */
static void do_kill(char **a)
{
	result("kill", a[1], kill(atoi(a[0]), atoi(a[1])));
}

/* the number that the last process of this pid namespace got */
static int last_pid(void)
{
	char text[128] = "";
	const char *last;
	int fd = open("/proc/loadavg", O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	last = n > 0 ? strrchr(text, ' ') : NULL;
	return last ? atoi(last) : 0;
}

/* spy FILE - until TERM: is there a process, among the newest, through whose root directory or
 * descriptors FILE can be opened? */
static void do_spy(char **a)
{
	static const char *const ways[] = { "root", "cwd", "fd/0", "fd/3", "fd/4", "fd/5", "fd/6",
		"fd/7", "fd/8", "fd/9", "fd/10", "fd/11", "fd/12" };
	enum { NEWEST = 4 };
	char path[4096];

	say("ready");
	for (;;) {
		int last = last_pid();

		for (unsigned i = 0; i < 2 * NEWEST * COUNT(ways); i++) {
			int fd, pid = last - NEWEST + 1 + (int)(i / COUNT(ways));

			if (pid == getpid() || pid < 1)
				continue;
			snprintf(path, sizeof(path), "/proc/%d/%s/%s%s", pid, ways[i % COUNT(ways)],
				i % COUNT(ways) ? "../../../../../../../.." : "", a[0]);
			fd = open(path, O_RDONLY);
			if (fd >= 0) {
				say("spied=%s", path);
				exit(1);
			}
		}
	}
}

/* stuck - wait in the kernel for a page that nobody brings: no signal but SIGKILL ends that, and
 * the freezer cannot either */
static void do_stuck(char **a)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC), p[2];

	(void)a;
	range.range.start = (uintptr_t)page;
	range.range.len = 4096;
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) < 0 || ioctl(fd, UFFDIO_REGISTER, &range) < 0 ||
		pipe(p) < 0 || write(p[1], "x", 1) < 0) {
		result("stuck", "", -1);
		return;
	}
	say("ready");
	result("stuck", "", read(p[0], page, 1));
}

#endif
