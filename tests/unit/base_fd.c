/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "test.h"

/* the test's directory, opened */
static int open_dir(void)
{
	return open(test_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void put(int dir, const char *name, const char *text)
{
	auto_close int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK_INT(fd_write_all(fd, text, strlen(text)), 0);
}

static bool is_cloexec(int fd)
{
	return fcntl(fd, F_GETFD) == FD_CLOEXEC;
}

TEST(fd_read_at_reads_the_whole_file)
{
	auto_close int dir = open_dir();
	auto_str struct str out = { 0 }, text = { 0 };

	for (int i = 0; i < 20000; i++)
		str_addf(&text, "%d\n", i);
	put(dir, "f", str_text(&text));
	str_add(&out, "before:");
	CHECK_INT(fd_read_at(dir, "f", 0, text.len, &out), 0);
	CHECK_INT(out.len, text.len + 7);
	CHECK_STR(str_text(&out) + 7, str_text(&text));
}

TEST(fd_read_at_has_a_limit)
{
	auto_close int dir = open_dir();
	auto_str struct str out = { 0 };

	put(dir, "f", "12345");
	CHECK_INT(fd_read_at(dir, "f", 0, 5, &out), 0);
	str_clear(&out);
	CHECK_INT(fd_read_at(dir, "f", 0, 4, &out), -1);
	CHECK_INT(errno, EFBIG);
	CHECK_INT(fd_read_at(dir, "none", 0, 4, &out), -1);
	CHECK_INT(errno, ENOENT);
}

TEST(fd_read_at_takes_flags)
{
	auto_close int dir = open_dir();
	auto_str struct str out = { 0 };

	put(dir, "f", "x");
	CHECK_INT(symlinkat("f", dir, "link"), 0);
	CHECK_INT(fd_read_at(dir, "link", 0, 9, &out), 0);
	CHECK_INT(fd_read_at(dir, "link", O_NOFOLLOW, 9, &out), -1);
	CHECK_INT(errno, ELOOP);
}

TEST(fd_read_all_reads_a_pipe)
{
	auto_str struct str out = { 0 };
	int p[2];

	CHECK_INT(pipe2(p, O_CLOEXEC), 0);
	CHECK_INT(fd_write_all(p[1], "abc", 3), 0);
	(void)close(p[1]);
	CHECK_INT(fd_read_all(p[0], 3, &out), 0);
	(void)close(p[0]);
	CHECK_STR(str_text(&out), "abc");
}

TEST(fd_write_all_goes_on_behind_a_short_write)
{
	static char data[1 << 20];
	int p[2], status;
	pid_t pid;

	memset(data, 'x', sizeof(data));
	CHECK_INT(pipe2(p, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		auto_str struct str out = { 0 };

		(void)close(p[1]);
		_exit(fd_read_all(p[0], sizeof(data), &out) != 0 || out.len != sizeof(data));
	}
	CHECK_INT(fd_write_all(p[1], data, sizeof(data)), 0);
	(void)close(p[1]);
	(void)close(p[0]);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
}

TEST(fd_read_regular_messages)
{
	auto_close int dir = open_dir();
	auto_str struct str out = { 0 };
	struct err e;

	put(dir, "f", "12345");
	CHECK_INT(mkfifoat(dir, "fifo", 0600), 0);
	CHECK_INT(mkdirat(dir, "dir", 0700), 0);
	CHECK_INT(fd_read_regular(dir, "f", "b/f", 5, &out, &e), 0);
	CHECK_STR(str_text(&out), "12345");
	CHECK_INT(fd_read_regular(dir, "f", "b/f", 4, &out, &e), -1);
	CHECK_STR(err_text(&e), "read \"b/f\": must be at most 4 bytes, not 5");
	CHECK_INT(e.code, EFBIG);
	CHECK_INT(fd_read_regular(dir, "none", "b/none", 5, &out, &e), -1);
	CHECK_STR(err_text(&e), "open \"b/none\": no such file or directory");
	CHECK_INT(e.code, ENOENT);
	CHECK_INT(fd_read_regular(dir, "fifo", "b/fifo", 5, &out, &e), -1);
	CHECK_STR(err_text(&e), "open \"b/fifo\": must be a regular file, not a FIFO");
	CHECK_INT(fd_read_regular(dir, "dir", "b/dir", 5, &out, &e), -1);
	CHECK_STR(err_text(&e), "open \"b/dir\": must be a regular file, not a directory");
	CHECK_INT(fd_read_regular(dir, "/dev/null", "null", 5, &out, &e), -1);
	CHECK_STR(err_text(&e), "open \"null\": must be a regular file, not a device");
}

TEST(fd_read_regular_of_an_empty_file)
{
	auto_close int dir = open_dir();
	auto_str struct str out = { 0 };
	struct err e;

	put(dir, "f", "");
	CHECK_INT(fd_read_regular(dir, "f", "f", 0, &out, &e), 0);
	CHECK_STR(str_text(&out), "");
}

TEST(fd_write_at_needs_the_file)
{
	auto_close int dir = open_dir();
	auto_str struct str out = { 0 };

	CHECK_INT(fd_write_at(dir, "f", 0, "1", 1), -1);
	CHECK_INT(errno, ENOENT);
	put(dir, "f", "12345");
	CHECK_INT(fd_write_at(dir, "f", 0, "abc", 3), 0);
	CHECK_INT(fd_read_at(dir, "f", 0, 9, &out), 0);
	CHECK_STR(str_text(&out), "abc45");
}

TEST(fd_write_at_passes_the_error_of_the_write)
{
	CHECK_INT(fd_write_at(AT_FDCWD, "/dev/full", 0, "1", 1), -1);
	CHECK_INT(errno, ENOSPC);
}

TEST(fd_replace_at_makes_and_replaces)
{
	auto_close int dir = open_dir();
	auto_str struct str out = { 0 };
	struct stat st;
	char stale[64];

	CHECK_INT(fd_replace_at(dir, "state.json", "one", 3, 0600), 0);
	/* what a killed process with our number left behind */
	(void)snprintf(stale, sizeof(stale), ".state.json.tmp-%d", (int)getpid());
	put(dir, stale, "half");
	CHECK_INT(fd_replace_at(dir, "state.json", "three", 5, 0600), 0);
	CHECK_INT(fd_read_at(dir, "state.json", 0, 99, &out), 0);
	CHECK_STR(str_text(&out), "three");
	CHECK_INT(faccessat(dir, stale, F_OK, 0), -1);
	CHECK_INT(fstatat(dir, "state.json", &st, 0), 0);
	CHECK_INT(st.st_mode & 07777, 0600);
}

TEST(fd_make_dir_makes_parents)
{
	char base[] = "/tmp/fd_make_dir.XXXXXX", path[64];
	struct stat st;

	if (!CHECK_TRUE(mkdtemp(base) != NULL))
		return;
	(void)snprintf(path, sizeof(path), "%s/a/b", base);
	CHECK_INT(fd_make_dir(path, 0700), 1);
	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(st.st_mode & 07777, 0700);
	CHECK_INT(fd_make_dir(path, 0755), 0);
	CHECK_INT(fd_make_dir("/proc/self/status/x", 0755), -1);
	CHECK_INT(errno, ENOTDIR);
	CHECK_INT(rmdir(path), 0);
	*strrchr(path, '/') = '\0';
	CHECK_INT(rmdir(path), 0);
	CHECK_INT(rmdir(base), 0);
}

TEST(fd_replace_at_leaves_nothing_when_it_fails)
{
	auto_close int dir = open_dir();
	char name[256], stale[64];

	CHECK_INT(mkdirat(dir, "busy", 0700), 0);
	put(dir, "busy/x", "");
	CHECK_INT(fd_replace_at(dir, "busy", "one", 3, 0600), -1);
	CHECK_INT(errno, EISDIR);
	(void)snprintf(stale, sizeof(stale), ".busy.tmp-%d", (int)getpid());
	CHECK_INT(faccessat(dir, stale, F_OK, 0), -1);
	memset(name, 'x', 255);
	name[255] = '\0';
	CHECK_INT(fd_replace_at(dir, name, "one", 3, 0600), -1);
	CHECK_INT(errno, ENAMETOOLONG);
}

/* ---- sockets ---- */

struct pair {
	int s[2];
};

static void close_pair(struct pair *p)
{
	(void)close(p->s[0]);
	(void)close(p->s[1]);
}

#define auto_pair __attribute__((cleanup(close_pair)))

static struct pair seqpacket(void)
{
	struct pair p = { { -1, -1 } };

	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p.s), 0);
	return p;
}

/* is the other end of the pipe p[0] closed everywhere? */
static bool is_hung_up(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLHUP);
}

TEST(fd_send_and_recv_a_message)
{
	struct pair auto_pair p = seqpacket();
	unsigned nfds = 7;
	char buf[16];

	CHECK_INT(fd_send(p.s[0], "hello", 5, NULL, 0), 0);
	CHECK_INT(fd_recv(p.s[1], buf, sizeof(buf), NULL, 0, &nfds), 5);
	CHECK_INT(memcmp(buf, "hello", 5), 0);
	CHECK_INT(nfds, 0);
	(void)shutdown(p.s[0], SHUT_WR);
	CHECK_INT(fd_recv(p.s[1], buf, sizeof(buf), NULL, 0, NULL), 0);
}

TEST(fd_recv_refuses_half_a_message)
{
	struct pair auto_pair p = seqpacket();
	int pipe_ends[2], got[2];
	char buf[4];
	unsigned n;

	CHECK_INT(pipe2(pipe_ends, O_CLOEXEC), 0);
	CHECK_INT(fd_send(p.s[0], "hello", 5, &pipe_ends[1], 1), 0);
	(void)close(pipe_ends[1]);
	CHECK_INT(fd_recv(p.s[1], buf, sizeof(buf), got, 2, &n), -1);
	CHECK_INT(errno, EMSGSIZE);
	CHECK_TRUE(is_hung_up(pipe_ends[0])); /* what came along is closed */
	(void)close(pipe_ends[0]);
}

TEST(fd_send_passes_descriptors)
{
	struct pair auto_pair p = seqpacket();
	auto_str struct str out = { 0 };
	int ends[2], got[FD_SEND_MAX];
	unsigned n = 0;
	char c;

	CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
	CHECK_INT(fd_send(p.s[0], "x", 1, ends, 2), 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
	CHECK_INT(fd_recv(p.s[1], &c, 1, got, FD_SEND_MAX, &n), 1);
	if (!CHECK_INT(n, 2))
		return;
	CHECK_TRUE(is_cloexec(got[0]));
	CHECK_TRUE(is_cloexec(got[1]));
	CHECK_INT(fd_write_all(got[1], "through", 7), 0);
	(void)close(got[1]);
	CHECK_INT(fd_read_all(got[0], 99, &out), 0);
	(void)close(got[0]);
	CHECK_STR(str_text(&out), "through");
}

TEST(fd_recv_closes_surplus_descriptors)
{
	struct pair auto_pair p = seqpacket();
	int ends[2], many[FD_SEND_MAX], got[1];
	unsigned n = 0;
	char c;

	CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
	for (int i = 0; i < FD_SEND_MAX; i++)
		many[i] = ends[1];
	CHECK_INT(fd_send(p.s[0], "x", 1, many, FD_SEND_MAX), 0);
	CHECK_INT(fd_send(p.s[0], "y", 1, many, 1), 0);
	(void)close(ends[1]);
	CHECK_INT(fd_recv(p.s[1], &c, 1, got, 1, &n), 1);
	CHECK_INT(n, 1);
	CHECK_INT(fd_recv(p.s[1], &c, 1, NULL, 0, &n), 1);
	CHECK_INT(n, 0);
	CHECK_FALSE(is_hung_up(ends[0]));
	(void)close(got[0]);
	CHECK_TRUE(is_hung_up(ends[0]));
	(void)close(ends[0]);
}

TEST(fd_send_has_its_limits)
{
	struct pair auto_pair p = seqpacket();
	int fds[FD_SEND_MAX + 1] = { 0 };

	CHECK_INT(fd_send(p.s[0], "x", 1, fds, FD_SEND_MAX + 1), -1);
	CHECK_INT(errno, EINVAL);
	(void)close(p.s[1]);
	p.s[1] = -1;
	CHECK_INT(fd_send(p.s[0], "x", 1, NULL, 0), -1); /* and no SIGPIPE */
	CHECK_INT(errno, EPIPE);
}

/* a listening socket called name in dir */
static int listen_at(int dir, const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "/proc/self/fd/%d/%s", dir, name);
	CHECK_INT(bind(fd, (const struct sockaddr *)&addr, sizeof(addr)), 0);
	CHECK_INT(listen(fd, 1), 0);
	return fd;
}

TEST(fd_connect_unix_by_a_path_of_any_length)
{
	static const int lengths[] = { 0, 20, 100 };

	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		auto_close int top = open_dir(), dir = -1, server = -1, client = -1;
		char name[128], path[512];

		test_row("%d", lengths[i]);
		memset(name, 'd', sizeof(name));
		name[lengths[i] + 1] = '\0';
		CHECK_INT(mkdirat(top, name, 0700), 0);
		dir = openat(top, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		server = listen_at(dir, "sock");
		(void)snprintf(path, sizeof(path), "%s/%s/sock", test_dir(), name);
		client = fd_connect_unix(path, FD_PATIENCE_MS);
		CHECK_TRUE(client >= 0);
		CHECK_TRUE(is_cloexec(client));
	}
}

TEST(fd_probe_unix_is_not_noticed)
{
	auto_close int top = open_dir(), server = -1, datagram = -1;
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/probed", test_dir());
	CHECK_INT(fd_probe_unix(path), -1);
	CHECK_INT(errno, ENOENT);
	server = listen_at(top, "probed");
	CHECK_INT(fd_probe_unix(path), 0);
	CHECK_INT(fcntl(server, F_SETFL, O_NONBLOCK), 0);
	CHECK_INT(accept(server, NULL, NULL), -1);
	CHECK_INT(errno, EAGAIN);
	def_close(&server);
	server = -1;
	CHECK_INT(fd_probe_unix(path), -1);
	CHECK_INT(errno, ECONNREFUSED);
	datagram = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	(void)snprintf(name.sun_path, sizeof(name.sun_path), "%s/datagram", test_dir());
	CHECK_INT(bind(datagram, (const struct sockaddr *)&name, sizeof(name)), 0);
	CHECK_INT(fd_probe_unix(name.sun_path), -1);
	CHECK_INT(errno, EPROTOTYPE);
}

TEST(fd_connect_unix_refusals)
{
	char path[6000];

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	CHECK_INT(fd_connect_unix(path, FD_PATIENCE_MS), -1);
	CHECK_INT(errno, ENAMETOOLONG);
	path[0] = '/';
	path[5000] = '/';
	CHECK_INT(fd_connect_unix(path, FD_PATIENCE_MS), -1);
	CHECK_INT(errno, ENAMETOOLONG);
	path[0] = '.';
	path[1] = '/';
	path[300] = '\0';
	CHECK_INT(fd_connect_unix(path, FD_PATIENCE_MS), -1);
	CHECK_INT(errno, ENAMETOOLONG);
	CHECK_INT(fd_connect_unix("/dev/null", FD_PATIENCE_MS), -1);
	CHECK_INT(errno, ECONNREFUSED);
}

TEST(fd_connect_unix_to_a_full_backlog_has_a_deadline)
{
	auto_close int top = open_dir(), server = listen_at(top, "full"), first, second, third;
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/full", test_dir());
	/* one more than listen(2) was told */
	first = fd_connect_unix(path, 50);
	second = fd_connect_unix(path, 50);
	CHECK_TRUE(first >= 0 && second >= 0);
	third = fd_connect_unix(path, 50);
	CHECK_INT(third, -1);
	CHECK_INT(errno, ETIMEDOUT);
	CHECK_STR(fd_impatience(ETIMEDOUT), ", where nothing has been taken for 10 s");
	CHECK_STR(fd_impatience(ENOENT), "");
}

TEST(fd_send_to_a_peer_that_reads_nothing_has_a_deadline)
{
	auto_close int top = open_dir(), server = listen_at(top, "deaf"), client = -1;
	static const char many[4096];
	char path[512];
	int r = 0;

	(void)snprintf(path, sizeof(path), "%s/deaf", test_dir());
	client = fd_connect_unix(path, 50);
	for (int i = 0; i < 10000 && r == 0; i++)
		r = fd_send(client, many, sizeof(many), NULL, 0);
	CHECK_INT(r, -1);
	CHECK_INT(errno, ETIMEDOUT);
}

/* ---- close on exec ---- */

static int mark_and_look(void)
{
	int low = open("/dev/null", O_RDONLY), high = fcntl(low, F_DUPFD, 200);

	if (low < 0 || high < 200 || fd_cloexec_from(200) < 0)
		return 1;
	if (is_cloexec(low) || !is_cloexec(high))
		return 2;
	if (fd_cloexec_from(3) < 0 || !is_cloexec(low) || is_cloexec(2))
		return 3;
	if (fd_close_range(200, 300) < 0 || fcntl(high, F_GETFD) >= 0 || fcntl(low, F_GETFD) < 0)
		return 4;
	if (fd_close_range(low, ~0U) < 0 || fcntl(low, F_GETFD) >= 0 || fcntl(2, F_GETFD) < 0)
		return 5;
	return fd_close_range(2, 1) < 0 || fcntl(2, F_GETFD) < 0 ? 6 : 0;
}

TEST(fd_ranges_are_marked_and_closed)
{
	CHECK_INT(test_child(mark_and_look), 0);
}

/* as on a kernel without close_range(2) */
static int mark_by_walking(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { ARRAY_LEN(code), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0)
		return 100;
	return mark_and_look();
}

TEST(fd_ranges_are_walked_on_an_old_kernel)
{
	CHECK_INT(test_child(mark_by_walking), 0);
}
