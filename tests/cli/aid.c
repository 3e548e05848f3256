/* SPDX-License-Identifier: Apache-2.0 */
/* aid.c - what the tests need on the host's side and a shell cannot do: wait for events, receive
 * descriptors, be a terminal
 *
 *   aid COMMAND [ARGUMENT...]
 *
 * Every wait has a deadline of 100 seconds, as a busy machine is slow; running into it is exit
 * status 124. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { DEADLINE = 100000, TIMED_OUT = 124 };

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "aid: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int deadline = DEADLINE;

/* until - wait until fd is readable; exits when the deadline has passed */
static void until(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (poll(&p, 1, deadline) == 0)
		exit(TIMED_OUT);
}

/* wait-pid PID [MILLISECONDS] - until the process has ended (it need not be reaped) */
static int wait_pid(char **a)
{
	int fd = (int)syscall(SYS_pidfd_open, atoi(a[0]), 0);

	if (fd < 0)
		return errno == ESRCH ? 0 : 1;
	if (a[1])
		deadline = atoi(a[1]);
	until(fd);
	return 0;
}

/* wait-empty CGROUP - until there is no process in it or below it */
static int wait_empty(char **a)
{
	char path[4096], text[4096];
	struct pollfd p = { .events = POLLPRI };

	snprintf(path, sizeof(path), "%s/cgroup.events", a[0]);
	p.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (p.fd < 0)
		die(path);
	for (;;) {
		ssize_t n = pread(p.fd, text, sizeof(text) - 1, 0);

		text[n < 0 ? 0 : n] = '\0';
		if (strstr(text, "populated 0"))
			return 0;
		if (poll(&p, 1, deadline) == 0)
			return TIMED_OUT;
	}
}

/* wait-gone PATH - until it has been removed */
static int wait_gone(char **a)
{
	int fd = inotify_init1(IN_CLOEXEC);
	char events[4096];

	if (inotify_add_watch(fd, dirname(strdup(a[0])), IN_DELETE) < 0)
		die(a[0]);
	while (access(a[0], F_OK) == 0) {
		until(fd);
		if (read(fd, events, sizeof(events)) < 0)
			die("inotify");
	}
	return 0;
}

static bool has_text(const char *file, const char *text)
{
	static char all[1 << 20];
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, all, sizeof(all) - 1);
	close(fd);
	all[n < 0 ? 0 : n] = '\0';
	return strstr(all, text) != NULL;
}

/* wait-text FILE TEXT - until the file is there and contains the text */
static int wait_text(char **a)
{
	struct timespec start, now;
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (inotify_add_watch(fd, dirname(strdup(a[0])), IN_CREATE) < 0)
		die(a[0]);
	while (inotify_add_watch(fd, a[0], IN_MODIFY) < 0) {
		char events[4096];

		if (errno != ENOENT)
			die(a[0]);
		until(fd);
		if (read(fd, events, sizeof(events)) < 0 && errno != EAGAIN)
			die("inotify");
	}
	clock_gettime(CLOCK_MONOTONIC, &start);
	while (!has_text(a[0], a[1])) {
		char events[4096];

		until(fd);
		if (read(fd, events, sizeof(events)) < 0 && errno != EAGAIN)
			die("inotify");
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec - start.tv_sec > DEADLINE / 1000)
			return TIMED_OUT;
	}
	return 0;
}

/* listen_at - a listening socket; the path may be longer than sun_path: bind from its directory */
static int listen_at(const char *path, int type)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	const char *base = strrchr(path, '/');
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0),
	    here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char dir[4096];

	if (base) {
		snprintf(dir, sizeof(dir), "%.*s", (int)(base - path), path);
		if (chdir(dir) < 0)
			die(dir);
		base++;
	}
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", base ? base : path);
	if (bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 ||
		(type != SOCK_DGRAM && listen(fd, 4) < 0))
		die(path);
	if (fchdir(here) < 0)
		die("chdir");
	close(here);
	return fd;
}

/* receive - one message with at most one descriptor (-1: none); *len: in size, out length; the text
 * ends with NUL */
static int receive(int fd, char *text, size_t *len)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(8 * sizeof(int))];
	} control;
	struct iovec io = { .iov_base = text, .iov_len = *len - 1 };
	struct msghdr m = { .msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	ssize_t n;
	int got = -1;

	until(fd);
	n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	if (n < 0)
		die("recvmsg");
	text[n] = '\0';
	*len = (size_t)n;
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(&got, CMSG_DATA(c), sizeof(got));
	return got;
}

static int accept_one(const char *path)
{
	int server = listen_at(path, SOCK_STREAM), fd;

	printf("ready\n");
	fflush(stdout);
	until(server);
	fd = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		die("accept");
	close(server);
	return fd;
}

/* copy_terminal - everything the terminal says, until the other side is closed */
static void copy_terminal(int master)
{
	char text[4096];
	ssize_t n;

	for (;;) {
		until(master);
		n = read(master, text, sizeof(text));
		if (n <= 0)
			return;
		if (write(1, text, (size_t)n) < 0)
			die("write");
	}
}

/* console SOCKET [INPUT] - receive a terminal master, type INPUT, show what the terminal says */
static int console(char **a)
{
	char name[4096], link[64];
	size_t len = sizeof(name);
	int fd = accept_one(a[0]), master = receive(fd, name, &len);
	char target[64] = "";

	if (master < 0)
		return 1;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", master);
	if (readlink(link, target, sizeof(target) - 1) < 0)
		die(link);
	printf("message=%s master=%s\n", name, target);
	fflush(stdout);
	close(fd);
	if (a[1] && write(master, a[1], strlen(a[1])) < 0)
		die("write");
	copy_terminal(master);
	return 0;
}

/* pidfd SOCKET - receive a pidfd; show its message and its process */
static int pidfd(char **a)
{
	char text[4096], path[64], line[256];
	size_t len = sizeof(text);
	int fd = accept_one(a[0]), got = receive(fd, text, &len);
	FILE *f;

	printf("message=%s\n", text);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", got);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "Pid:", 4) == 0)
			printf("pid=%d\n", atoi(line + 4));
	return got < 0;
}

/* seccomp SOCKET ANSWER - be a seccomp agent: show what arrives, then answer every notification:
 * with errno ANSWER, or let the call go on (continue); show the numbers of the calls */
static int seccomp(char **a)
{
	static char text[1 << 20], more[1 << 20];
	size_t len = sizeof(text), end;
	int fd = accept_one(a[0]), listener = receive(fd, text, &len), another;
	bool go_on = strcmp(a[1], "continue") == 0;

	printf("fd=%s\n", listener < 0 ? "none" : "received");
	do {
		end = sizeof(more);
		another = receive(fd, more, &end);
		if (another >= 0 || len + end >= sizeof(text))
			die("another descriptor, or too much text");
		memcpy(text + len, more, end + 1);
		len += end;
	} while (end);
	printf("state=%s\nthen=end\n", text);
	fflush(stdout);
	for (;;) {
		struct seccomp_notif request = { 0 };
		struct seccomp_notif_resp answer = { 0 };
		struct pollfd p = { .fd = listener, .events = POLLIN };

		if (poll(&p, 1, DEADLINE) <= 0 || (p.revents & POLLIN) == 0 ||
			ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) < 0)
			return 0;
		printf("call=%d\n", request.data.nr);
		fflush(stdout);
		answer.id = request.id;
		answer.error = go_on ? 0 : -atoi(a[1]);
		answer.flags = go_on ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
}

/* bound SOCKET - have a stream socket there and listen to nobody */
static int bound(char **a)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", a[0]);
	if (bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0)
		die(a[0]);
	printf("ready\n");
	fflush(stdout);
	poll(NULL, 0, DEADLINE);
	return 0;
}

/* full SOCKET stream|datagram - have a socket there that takes nothing more: its queue is full */
static int full(char **a)
{
	const int type = strcmp(a[1], "stream") == 0 ? SOCK_STREAM : SOCK_DGRAM;
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	ssize_t r = 0;

	(void)listen_at(a[0], type);
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", a[0]);
	for (int i = 0, fd = -1; i < 10000 && r >= 0; i++) {
		if (i == 0 || type == SOCK_STREAM)
			fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		r = connect(fd, (struct sockaddr *)&name, sizeof(name));
		if (r == 0 && type == SOCK_DGRAM)
			r = send(fd, "x", 1, 0);
	}
	if (r == 0 || errno != EAGAIN)
		die(a[0]);
	printf("ready\n");
	fflush(stdout);
	pause();
	return 0;
}

/* notify SOCKET - receive one datagram and show it */
static int notify(char **a)
{
	char text[4096];
	size_t len = sizeof(text);
	int fd = listen_at(a[0], SOCK_DGRAM);

	chmod(a[0], 0666);
	printf("ready\n");
	fflush(stdout);
	receive(fd, text, &len);
	printf("message=%s\n", text);
	return 0;
}

/* datagrams SOCKET - show every datagram, until killed; the socket is known by its path as it is
 * given */
static int datagrams(char **a)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[4096];
	ssize_t n;

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", a[0]);
	if (bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0)
		die(a[0]);
	printf("ready\n");
	fflush(stdout);
	while ((n = recv(fd, text, sizeof(text), 0)) >= 0)
		if (write(1, text, (size_t)n) != n)
			die("write");
	die(a[0]);
}

/* without NUMBER ERRNO PROGRAM... - run it on a kernel that answers ERRNO to system call NUMBER */
static int without(char **a)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)atoi(a[0]), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)atoi(a[1])),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { COUNT(filter), filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		die("seccomp");
	execvp(a[2], a + 2);
	die(a[2]);
}

/* noreap PROGRAM... - run it, adopt what it leaves behind and reap none of it, until standard input
 * ends */
static int noreap(char **a)
{
	pid_t pid;
	int status;
	char c;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	pid = fork();
	if (pid == 0) {
		execvp(a[0], a);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	printf("status=%d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	fflush(stdout);
	return read(0, &c, 1) < 0;
}

/* trace PID - trace it, and never look at it again, until standard input ends */
static int trace(char **a)
{
	char c;

	if (ptrace(PTRACE_SEIZE, atoi(a[0]), 0, 0) < 0) {
		perror("aid: ptrace");
		return 1;
	}
	puts("traced");
	fflush(stdout);
	return read(0, &c, 1) < 0;
}

/* odd-signals PROGRAM... - run it with every signal blocked, and PIPE, HUP and CHLD ignored */
static int odd_signals(char **a)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	sigaction(SIGHUP, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	sigaction(SIGUSR2, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	execvp(a[0], a);
	die(a[0]);
}

/* pty INPUT PROGRAM... - run it on a new terminal of 33 rows and 44 columns; type INPUT when it has
 * said something; show all it says; its exit status */
static int pty(char **a)
{
	struct winsize size = { .ws_row = 33, .ws_col = 44 };
	int master, status;
	pid_t pid = forkpty(&master, NULL, NULL, &size);

	if (pid < 0)
		die("forkpty");
	if (pid == 0) {
		execvp(a[1], a + 1);
		_exit(127);
	}
	if (*a[0]) {
		until(master);
		if (write(master, a[0], strlen(a[0])) < 0)
			die("write");
	}
	copy_terminal(master);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* activate SOCKET PROGRAM... - run it as a socket-activated service: listening socket 3,
 * LISTEN_FDS, LISTEN_PID */
static int activate(char **a)
{
	char pid[16];
	int fd = listen_at(a[0], SOCK_STREAM);

	if (fd != 3)
		dup3(fd, 3, 0);
	else
		fcntl(3, F_SETFD, 0);
	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("LISTEN_FDS", "1", 1);
	setenv("LISTEN_PID", pid, 1);
	execvp(a[1], a + 1);
	die(a[1]);
}

/* swap A B - exchange two names again and again, until killed */
static int swap(char **a)
{
	for (;;)
		if (renameat2(AT_FDCWD, a[0], AT_FDCWD, a[1], RENAME_EXCHANGE) < 0)
			die(a[0]);
}

/* xattr FILE NAME HEX - set an extended attribute */
static int xattr(char **a)
{
	unsigned char value[64];
	size_t n = 0;

	for (; n < sizeof(value) && sscanf(a[2] + 2 * n, "%2hhx", &value[n]) == 1; n++)
		;
	return setxattr(a[0], a[1], value, n, 0) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(char **);
		int args;
	} commands[] = { { "wait-pid", wait_pid, 1 }, { "wait-text", wait_text, 2 },
		{ "wait-empty", wait_empty, 1 }, { "wait-gone", wait_gone, 1 },
		{ "console", console, 1 }, { "pidfd", pidfd, 1 }, { "seccomp", seccomp, 2 },
		{ "bound", bound, 1 }, { "full", full, 2 }, { "without", without, 3 },
		{ "notify", notify, 1 }, { "datagrams", datagrams, 1 }, { "noreap", noreap, 1 },
		{ "odd-signals", odd_signals, 1 }, { "pty", pty, 2 }, { "activate", activate, 2 },
		{ "swap", swap, 2 }, { "trace", trace, 1 }, { "xattr", xattr, 3 } };

	for (size_t i = 0; argc > 1 && i < COUNT(commands); i++)
		if (strcmp(commands[i].name, argv[1]) == 0 && argc - 2 >= commands[i].args)
			return commands[i].run(argv + 2);
	fprintf(stderr, "aid: unknown or incomplete command \"%s\"\n", argc > 1 ? argv[1] : "");
	return 2;
}
