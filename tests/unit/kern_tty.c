/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/tty.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <termios.h>

#include "base/fd.h"
#include "test.h"

/* a pair out of the host's devpts, or skip */
static bool open_pair(int *master, int *slave)
{
	auto_close int dir = open("/dev/pts", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;
	struct err e;

	if (dir < 0 || fstatfs(dir, &fs) < 0 || fs.f_type != DEVPTS_SUPER_MAGIC ||
		faccessat(dir, "ptmx", R_OK | W_OK, 0) < 0) {
		test_skip("host: no devpts on /dev/pts whose ptmx this user may open");
		return false;
	}
	err_init(&e);
	CHECK_INT(tty_open_pair(dir, 33, 99, master, slave, &e), 0);
	CHECK_STR(err_text(&e), "");
	return err_text(&e)[0] == '\0';
}

TEST(tty_open_pair_refuses_what_is_no_devpts)
{
	auto_close int dir = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int master = -1, slave = -1;
	struct err e;

	CHECK_INT(tty_open_pair(dir, 0, 0, &master, &slave, &e), -1);
	CHECK_STR(err_text(&e), "\"/dev/pts\" must be a devpts, not a file system of type 0x9fa0");
	CHECK_INT(master, -1);
}

TEST(tty_open_pair_connects_two_ends_of_the_size)
{
	auto_close int master = -1;
	auto_close int slave = -1;
	struct winsize size;
	char got[16] = "";

	if (!open_pair(&master, &slave))
		return;
	CHECK_INT(ioctl(slave, TIOCGWINSZ, &size), 0);
	CHECK_INT(size.ws_row, 33);
	CHECK_INT(size.ws_col, 99);
	CHECK_INT(write(slave, "hello", 5), 5);
	CHECK_INT(read(master, got, sizeof(got) - 1), 5);
	CHECK_STR(got, "hello");
	CHECK_INT(fcntl(master, F_GETFD), FD_CLOEXEC);
	CHECK_INT(fcntl(slave, F_GETFD), FD_CLOEXEC);
}

static int pair_master, pair_slave;

static int take(void)
{
	struct stat a, b;
	struct err e;

	if (tty_take(pair_slave, &e) < 0 || fstat(pair_slave, &a) < 0)
		return 2;
	for (int fd = 0; fd < 3; fd++) {
		if (fstat(fd, &b) < 0 || a.st_rdev != b.st_rdev || fcntl(fd, F_GETFD) != 0)
			return 3;
	}
	return tcgetsid(0) == getpid() && open("/dev/tty", O_RDWR | O_CLOEXEC) >= 0 ? 0 : 4;
}

TEST(tty_take_makes_it_the_controlling_terminal)
{
	if (!open_pair(&pair_master, &pair_slave))
		return;
	CHECK_INT(test_child(take), 0);
	(void)close(pair_master);
	(void)close(pair_slave);
}

TEST(tty_send_master_sends_name_and_descriptor)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	auto_close int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	auto_close int peer = -1;
	char got[64] = "", text[200];
	struct stat a, b;
	unsigned n = 0;
	struct err e;
	int fd = -1;

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/console", test_dir());
	CHECK_INT(tty_send_master(address.sun_path, 0, "x", &e), -1);
	(void)snprintf(text, sizeof(text),
		"connect to the console socket \"%s\": no such file or directory",
		address.sun_path);
	CHECK_STR(err_text(&e), text);
	CHECK_INT(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	CHECK_INT(listen(listener, 1), 0);
	CHECK_INT(tty_send_master(address.sun_path, listener, "/dev/pts/0", &e), 0);
	peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	CHECK_INT(fd_recv(peer, got, sizeof(got), &fd, 1, &n), 10);
	CHECK_STR(got, "/dev/pts/0");
	CHECK_INT(n, 1);
	CHECK_INT(fstat(fd, &a), 0);
	CHECK_INT(fstat(listener, &b), 0);
	CHECK_INT(a.st_ino, b.st_ino);
	(void)close(fd);
}

/* wait for what the relay wants and step */
static int next_step(struct tty_relay *r)
{
	struct pollfd want[TTY_RELAY_FDS];

	tty_relay_want(r, want);
	if (poll(want, TTY_RELAY_FDS, TEST_WAIT_MS) != 1)
		return -1;
	return tty_relay_step(r);
}

#define NEED(expr)                                  \
	do {                                        \
		if (!(expr))                        \
			return __LINE__ % 200 + 20; \
	} while (0)

/* standard input and output are pipes, as for a script */
static int relay_pipes(void)
{
	int in[2], out[2];
	struct tty_relay r;
	char got[64];
	struct err e;

	/* one that the parent does not hold open too */
	NEED(open_pair(&pair_master, &pair_slave));
	NEED(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
	NEED(dup2(in[0], 0) == 0 && dup2(out[1], 1) == 1);
	NEED(tty_relay_start(&r, pair_master, &e) == 0 && r.host_tty == -1 && !r.raw);
	NEED(tty_relay_step(&r) == 1); /* nothing there: does not wait */
	NEED(write(in[1], "typed\n", 6) == 6);
	NEED(next_step(&r) == 1 && r.out_len == 0);
	NEED(read(pair_slave, got, sizeof(got)) == 6 && memcmp(got, "typed\n", 6) == 0);
	NEED(next_step(&r) == 1); /* the echo */
	NEED(read(out[0], got, sizeof(got)) == 6 && memcmp(got, "typed\n", 6) == 0);
	NEED(close(in[1]) == 0);
	NEED(next_step(&r) == 1 && !r.in_open);
	NEED(write(pair_slave, "one", 3) == 3);
	NEED(next_step(&r) == 1);
	NEED(read(out[0], got, sizeof(got)) == 3 && memcmp(got, "one", 3) == 0);
	NEED(write(pair_slave, "last", 4) == 4);
	NEED(close(pair_slave) == 0);
	NEED(next_step(&r) == 1 && next_step(&r) == 0);
	NEED(read(out[0], got, sizeof(got)) == 4 && memcmp(got, "last", 4) == 0);
	tty_relay_done(&r);
	NEED(r.master == -1 && fcntl(pair_master, F_GETFD) < 0);
	return 0;
}

TEST(tty_relay_copies_both_ways_until_the_slave_closes)
{
	if (!open_pair(&pair_master, &pair_slave))
		return;
	CHECK_INT(test_child(relay_pipes), 0);
	(void)close(pair_master);
	(void)close(pair_slave);
}

/* Steps until the terminal takes no more. The kernel carries what was written to the other side
 * in a thread of its own, so there may be room again a moment later. */
static int fill_relay(struct tty_relay *r)
{
	struct pollfd want[TTY_RELAY_FDS];

	do {
		NEED(tty_relay_step(r) == 1);
		tty_relay_want(r, want);
	} while (r->out_len == 0 || poll(want, TTY_RELAY_FDS, 0) != 0);
	NEED(want[0].fd == -1 && (want[1].events & POLLOUT));
	return 0;
}

/* Steps and reads on the other side, when there is something to do, until size bytes have come.
 * What is lost on the way would make it wait until the time limit of the test. */
static int empty_relay(struct tty_relay *r, char *buf, size_t size)
{
	enum { SLAVE = TTY_RELAY_FDS };
	struct pollfd want[SLAVE + 1];
	ssize_t n;

	for (size_t got = 0; got<size; got += n> 0 ? (size_t)n : 0) {
		tty_relay_want(r, want);
		want[SLAVE] = (struct pollfd){ .fd = pair_slave, .events = POLLIN };
		NEED(poll(want, ARRAY_LEN(want), -1) > 0);
		NEED(tty_relay_step(r) == 1);
		n = read(pair_slave, buf, size);
		NEED(n > 0 || errno == EAGAIN);
	}
	return 0;
}

/* The container does not read: input waits in the relay and in the pipe, the step never does. */
static int relay_full(void)
{
	static char many[65536];
	int in[2], out[2], flags;
	struct tty_relay r;
	struct termios raw;
	struct err e;

	NEED(tcgetattr(pair_slave, &raw) == 0);
	cfmakeraw(&raw);
	NEED(tcsetattr(pair_slave, TCSANOW, &raw) == 0);
	memset(many, 'x', sizeof(many));
	NEED(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
	NEED(dup2(in[0], 0) == 0 && dup2(out[1], 1) == 1);
	NEED(write(in[1], many, sizeof(many)) == sizeof(many) && close(in[1]) == 0);
	NEED(tty_relay_start(&r, pair_master, &e) == 0);
	NEED(fill_relay(&r) == 0);
	flags = fcntl(pair_slave, F_GETFL);
	NEED(fcntl(pair_slave, F_SETFL, flags | O_NONBLOCK) == 0);
	NEED(empty_relay(&r, many, sizeof(many)) == 0);
	/* the end of the input may be seen a step later */
	NEED(tty_relay_step(&r) == 1 && !r.in_open);
	tty_relay_done(&r);
	return 0;
}

TEST(tty_relay_holds_input_the_container_does_not_read)
{
	if (!open_pair(&pair_master, &pair_slave))
		return;
	CHECK_INT(test_child(relay_full), 0);
	(void)close(pair_master);
	(void)close(pair_slave);
}

/* Nobody reads our output: it waits in the relay, the step never does, and the caller's pipe stays
 * as it is. */
static int relay_unread(void)
{
	static char many[65536];
	struct pollfd want[TTY_RELAY_FDS];
	struct tty_relay r;
	int in[2], out[2];
	char got[8] = "";
	struct err e;

	NEED(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
	NEED(dup2(in[0], 0) == 0 && dup2(out[1], 1) == 1);
	NEED(write(out[1], many, sizeof(many)) == sizeof(many));
	NEED(tty_relay_start(&r, pair_master, &e) == 0);
	NEED((fcntl(1, F_GETFL) & O_NONBLOCK) == 0);
	NEED(write(pair_slave, "words", 5) == 5);
	NEED(next_step(&r) == 1 && r.shown_len == 5);
	tty_relay_want(&r, want);
	NEED(want[1].fd == -1 && want[2].fd == 1 && poll(want, TTY_RELAY_FDS, 0) == 0);
	NEED(tty_relay_rest(&r));
	NEED(read(out[0], many, sizeof(many)) == sizeof(many));
	NEED(next_step(&r) == 1 && r.shown_len == 0);
	NEED(read(out[0], got, sizeof(got)) == 5 && memcmp(got, "words", 5) == 0);
	NEED(!tty_relay_rest(&r));
	tty_relay_done(&r);
	return 0;
}

TEST(tty_relay_holds_output_that_nobody_reads)
{
	if (!open_pair(&pair_master, &pair_slave))
		return;
	CHECK_INT(test_child(relay_unread), 0);
	(void)close(pair_master);
	(void)close(pair_slave);
}

static int host_master, host_slave;

static int relay_terminal(void)
{
	const struct winsize size = { .ws_row = 11, .ws_col = 22 };
	struct termios before, during, after;
	struct winsize got;
	struct tty_relay r;
	struct err e;

	NEED(tty_take(host_slave, &e) == 0);
	NEED(tcgetattr(0, &before) == 0);
	NEED(tty_relay_start(&r, pair_master, &e) == 0 && r.host_tty == 0 && r.raw);
	NEED(tcgetattr(0, &during) == 0 && !(during.c_lflag & (tcflag_t)(ICANON | ECHO | ISIG)));
	NEED(ioctl(pair_slave, TIOCGWINSZ, &got) == 0 && got.ws_row == 33 && got.ws_col == 99);
	NEED(ioctl(host_master, TIOCSWINSZ, &size) == 0);
	tty_relay_resize(&r);
	NEED(ioctl(pair_slave, TIOCGWINSZ, &got) == 0 && got.ws_row == 11 && got.ws_col == 22);
	NEED(write(pair_slave, "rest", 4) == 4);
	tty_relay_done(&r);
	NEED(tcgetattr(0, &after) == 0 && after.c_lflag == before.c_lflag &&
		after.c_oflag == before.c_oflag);
	return 0;
}

TEST(tty_relay_makes_the_terminal_raw_and_puts_it_back)
{
	char got[8] = "";

	if (!open_pair(&pair_master, &pair_slave))
		return;
	CHECK_TRUE(open_pair(&host_master, &host_slave));
	CHECK_INT(test_child(relay_terminal), 0);
	CHECK_INT(read(host_master, got, sizeof(got) - 1), 4);
	CHECK_STR(got, "rest"); /* drained when done */
	(void)close(pair_master);
	(void)close(pair_slave);
	(void)close(host_master);
	(void)close(host_slave);
}
