/* SPDX-License-Identifier: Apache-2.0 */
/* probe.c - what runs inside containers of tests: it reports what it sees, and does what it is told
 *
 *   probe COMMAND [ARGUMENT...] [, COMMAND ...]
 *
 * Every finding is one line "key=value" on standard output, written unbuffered; a failed call shows
 * the name of its errno (EPERM, ENOENT ...). It is static and needs nothing of the root filesystem,
 * not even /proc, except where a command says so. The exit status is 0 unless a command (exit, die,
 * exec) sets another one. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mount.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int all_argc;
static char **all_argv;

/* say - one line in one write, so that lines of several processes do not mix; control characters
 * shown as \n, \xNN */
static void __attribute__((format(printf, 1, 2))) say(const char *format, ...)
{
	static char text[1 << 16], line[4 * sizeof(text) + 1];
	size_t n = 0;
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	for (const char *p = text; *p; p++) {
		if (*p == '\n')
			n += (size_t)snprintf(line + n, 5, "\\n");
		else if ((unsigned char)*p < ' ' || *p == 127)
			n += (size_t)snprintf(line + n, 5, "\\x%02x", *p);
		else
			line[n++] = *p;
	}
	line[n++] = '\n';
	if (write(1, line, n) < 0)
		_exit(99);
}

/* result - "key=OK" or "key=ERRNO" */
static void result(const char *key, const char *of, long ret)
{
	say("%s %s=%s", key, of, ret < 0 ? strerrorname_np(errno) : "OK");
}

static void do_args(char **a)
{
	(void)a;
	for (int i = 0; i < all_argc; i++)
		say("arg%d=%s", i, all_argv[i]);
}

static void do_env(char **a)
{
	(void)a;
	for (char **e = environ; *e; e++)
		say("env %s", *e);
}

static void do_cwd(char **a)
{
	char dir[4096];
	long n = syscall(SYS_getcwd, dir, sizeof(dir)); /* glibc hides "(unreachable)" */

	(void)a;
	say("cwd=%s", n < 0 ? strerrorname_np(errno) : dir);
}

static void do_ids(char **a)
{
	static gid_t groups[65536];
	static char list[65536 * 11];
	uid_t r, e, s;
	gid_t gr, ge, gs;
	mode_t mask = umask(0);
	int n = getgroups(COUNT(groups), groups);
	size_t len = 0;

	(void)a;
	umask(mask);
	getresuid(&r, &e, &s);
	getresgid(&gr, &ge, &gs);
	say("uid=%u %u %u", r, e, s);
	say("gid=%u %u %u", gr, ge, gs);
	for (int i = 0; i < n; i++)
		len += (size_t)snprintf(list + len, 12, "%s%u", i ? " " : "", groups[i]);
	say("groups=%s", list);
	say("umask=%04o", mask);
}

static void do_caps(char **a)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = { 0 };
	uint64_t bounding = 0, ambient = 0;

	(void)a;
	syscall(SYS_capget, &h, d);
	for (int i = 0; i < 64; i++) {
		if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1)
			bounding |= 1ULL << i;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) == 1)
			ambient |= 1ULL << i;
	}
	say("cap.bounding=%016lx", bounding);
	say("cap.effective=%08x%08x", d[1].effective, d[0].effective);
	say("cap.permitted=%08x%08x", d[1].permitted, d[0].permitted);
	say("cap.inheritable=%08x%08x", d[1].inheritable, d[0].inheritable);
	say("cap.ambient=%016lx", ambient);
	say("securebits=%x", prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
}

static void do_rlimits(char **a)
{
	static const char *const names[] = { "CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS",
		"NPROC", "NOFILE", "MEMLOCK", "AS", "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE",
		"RTPRIO", "RTTIME" };

	(void)a;
	for (int i = 0; i < (int)COUNT(names); i++) {
		struct rlimit l;

		if (syscall(SYS_prlimit64, 0, i, NULL, &l) == 0)
			say("rlimit.%s=%lu %lu", names[i], l.rlim_cur, l.rlim_max);
	}
}

static void do_nnp(char **a)
{
	(void)a;
	say("nnp=%d", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	say("seccomp=%d", prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
	say("dumpable=%d", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
}

static void do_read(char **a)
{
	static char text[1 << 16];
	ssize_t n;
	int fd = open(a[0], O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n < 0) {
		say("read %s=%s", a[0], strerrorname_np(errno));
	} else {
		while (n > 0 && text[n - 1] == '\n')
			n--;
		text[n] = '\0';
		say("read %s=OK:%s", a[0], text);
	}
	if (fd >= 0)
		close(fd);
}

static void do_write(char **a)
{
	int fd = open(a[0], O_WRONLY | O_CLOEXEC);

	result("write", a[0], fd < 0 ? -1 : write(fd, a[1], strlen(a[1])));
	if (fd >= 0)
		close(fd);
}

static void do_open(char **a)
{
	int fd = open(a[0], O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	result("open", a[0], fd);
	if (fd >= 0)
		close(fd);
}

static void do_touch(char **a)
{
	int fd = open(a[0], O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	result("touch", a[0], fd);
	if (fd >= 0)
		close(fd);
}

static void do_mkdir(char **a)
{
	result("mkdir", a[0], mkdir(a[0], 0755));
}

static void do_mknod(char **a)
{
	mode_t type = a[1][0] == 'b' ? S_IFBLK : S_IFCHR;

	result("mknod", a[0],
		mknod(a[0], type | 0666, makedev((unsigned)atoi(a[2]), (unsigned)atoi(a[3]))));
}

static void do_stat(char **a)
{
	static const char types[] = "?pc?d?b?-?l?s???";
	struct stat s;

	if (lstat(a[0], &s) < 0)
		say("stat %s=%s", a[0], strerrorname_np(errno));
	else
		say("stat %s=%c %04o %u:%u %u:%u", a[0], types[(s.st_mode & S_IFMT) >> 12],
			s.st_mode & 07777, s.st_uid, s.st_gid, major(s.st_rdev), minor(s.st_rdev));
}

static void do_readlink(char **a)
{
	char text[4096] = "";

	if (readlink(a[0], text, sizeof(text) - 1) < 0)
		say("link %s=%s", a[0], strerrorname_np(errno));
	else
		say("link %s=%s", a[0], text);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void do_ls(char **a)
{
	static char *names[4096];
	static char line[1 << 15];
	size_t n = 0, len = 0;
	DIR *d = opendir(a[0]);

	if (!d) {
		say("ls %s=%s", a[0], strerrorname_np(errno));
		return;
	}
	for (struct dirent *e; (e = readdir(d)) && n < COUNT(names);)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			names[n++] = strdup(e->d_name);
	closedir(d);
	qsort(names, n, sizeof(names[0]), by_name);
	line[0] = '\0';
	for (size_t i = 0; i < n && len < sizeof(line) - 300; i++)
		len += (size_t)snprintf(line + len, 300, "%s%s", i ? " " : "", names[i]);
	say("ls %s=%s", a[0], line);
}

/* exec PROGRAM - run it as "PROGRAM exit 7" and show how it ended, or why it did not start */
static void do_exec(char **a)
{
	int status = 0, fds[2] = { -1, -1 }, error = 0;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return;
	pid = fork();
	if (pid == 0) {
		execl(a[0], a[0], "exit", "7", NULL);
		error = errno;
		_exit(write(fds[1], &error, sizeof(error)) < 0 ? 98 : 97);
	}
	close(fds[1]);
	if (read(fds[0], &error, sizeof(error)) > 0)
		say("exec %s=%s", a[0], strerrorname_np(error));
	waitpid(pid, &status, 0);
	if (!error)
		say("exec %s=OK:%d", a[0],
			WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	close(fds[0]);
}

/* mount PATH - the topmost mount on PATH: root, options, optional fields, type, source, superblock
 * options. Needs /proc. */
static void do_mount(char **a)
{
	static char line[1 << 14], found[1 << 14];
	FILE *f = fopen("/proc/self/mountinfo", "re");

	if (!f) {
		say("mount %s=%s", a[0], strerrorname_np(errno));
		return;
	}
	found[0] = '\0';
	while (fgets(line, sizeof(line), f)) {
		char root[4096], point[4096];
		int used = 0;

		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "%*d %*d %*s %4095s %4095s %n", root, point, &used) == 2 &&
			strcmp(point, a[0]) == 0)
			snprintf(found, sizeof(found), "%s %s", root, line + used);
	}
	fclose(f);
	say("mount %s=%s", a[0], found[0] ? found : "none");
}

static void do_ns(char **a)
{
	static const char *const names[] = { "pid", "net", "mnt", "ipc", "uts", "user", "cgroup",
		"time" };

	(void)a;
	for (size_t i = 0; i < COUNT(names); i++) {
		char path[64], text[64] = "";

		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		if (readlink(path, text, sizeof(text) - 1) < 0)
			say("ns.%s=%s", names[i], strerrorname_np(errno));
		else
			say("ns.%s=%s", names[i], text);
	}
}

static void do_fds(char **a)
{
	char list[4096] = "";
	size_t len = 0;

	(void)a;
	for (int fd = 0; fd < 4096; fd++) {
		char path[64], text[1024] = "";

		if (fcntl(fd, F_GETFD) < 0)
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		if (readlink(path, text, sizeof(text) - 1) < 0)
			snprintf(text, sizeof(text), "?");
		say("fd%d=%s", fd, text);
		if (len < sizeof(list) - 8)
			len += (size_t)snprintf(list + len, 8, "%s%d", len ? " " : "", fd);
	}
	say("fds=%s", list);
}

static void do_tty(char **a)
{
	struct winsize size;
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	char name[256] = "";

	(void)a;
	say("isatty=%d %d %d", isatty(0), isatty(1), isatty(2));
	result("open", "/dev/tty", fd);
	if (ttyname_r(0, name, sizeof(name)) == 0)
		say("ttyname=%s", name);
	if (ioctl(0, TIOCGWINSZ, &size) == 0)
		say("size=%d %d", size.ws_row, size.ws_col);
	say("session=%d", getsid(0) == getpid());
	if (fd >= 0)
		close(fd);
}

static void do_tiocsti(char **a)
{
	char c = '#';

	(void)a;
	for (int fd = 0; fd < 3; fd++) {
		char name[8];

		snprintf(name, sizeof(name), "fd%d", fd);
		result("tiocsti", name, ioctl(fd, TIOCSTI, &c));
	}
}

static void do_signals(char **a)
{
	sigset_t blocked;
	char mask[512] = "", ignored[512] = "";
	size_t m = 0, n = 0;

	(void)a;
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	for (int s = 1; s < NSIG; s++) {
		struct sigaction action;

		if (sigismember(&blocked, s) == 1)
			m += (size_t)snprintf(mask + m, 8, "%s%d", m ? " " : "", s);
		if (sigaction(s, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			n += (size_t)snprintf(ignored + n, 8, "%s%d", n ? " " : "", s);
	}
	say("blocked=%s", mask);
	say("ignored=%s", ignored);
}

/* sys NAME|NUMBER[:ARGUMENT...] - make one system call with the arguments (0 for the rest) and show
 * what it answers */
static void do_sys(char **a)
{
	static const struct {
		const char *name;
		long nr;
	} known[] = { { "mkdir", SYS_mkdir }, { "getcwd", SYS_getcwd }, { "uname", SYS_uname },
		{ "chmod", SYS_chmod }, { "personality", SYS_personality },
		{ "ptrace", SYS_ptrace }, { "keyctl", SYS_keyctl }, { "clone3", SYS_clone3 },
		{ "socket", SYS_socket }, { "getppid", SYS_getppid }, { "ioctl", SYS_ioctl },
		{ "unshare", SYS_unshare }, { "bpf", SYS_bpf }, { "setns", SYS_setns },
		{ "rmdir", SYS_rmdir }, { "sethostname", SYS_sethostname },
		{ "flock", SYS_flock } };
	char copy[256], *rest = copy, *name;
	long nr, arg[6] = { 0 }, ret;

	snprintf(copy, sizeof(copy), "%s", a[0]);
	name = strsep(&rest, ":");
	nr = strtol(name, NULL, 0);
	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(known[i].name, name) == 0)
			nr = known[i].nr;
	for (int i = 0; i < 6 && rest; i++)
		arg[i] = (long)strtoull(strsep(&rest, ":"), NULL, 0);
	ret = syscall(nr, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	say("sys %s=%s", a[0], ret < 0 ? strerrorname_np(errno) : "OK");
}

/* remount PATH - make the mount that it is on writable, make another one of it */
static void do_remount(char **a)
{
	const struct mount_attr writable = { .attr_clr = MOUNT_ATTR_RDONLY };
	long ret = syscall(SYS_mount_setattr, AT_FDCWD, a[0], 0, &writable, sizeof(writable));

	say("remount %s=%s", a[0], ret < 0 ? strerrorname_np(errno) : "OK");
	ret = syscall(SYS_open_tree, AT_FDCWD, a[0], OPEN_TREE_CLONE);
	say("clone %s=%s", a[0], ret < 0 ? strerrorname_np(errno) : "OK");
}

static void do_time(char **a)
{
	struct timespec m, b;

	(void)a;
	clock_gettime(CLOCK_MONOTONIC, &m);
	clock_gettime(CLOCK_BOOTTIME, &b);
	say("monotonic=%ld", m.tv_sec);
	say("boottime=%ld", b.tv_sec);
}

static void do_uts(char **a)
{
	struct utsname u;

	(void)a;
	uname(&u);
	say("hostname=%s", u.nodename);
	say("domainname=%s", u.domainname);
	say("machine=%s", u.machine);
}

static void do_keyring(char **a)
{
	char text[1024] = "";

	(void)a;
	if (syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, text, sizeof(text) - 1,
		    0) < 0)
		say("keyring=%s", strerrorname_np(errno));
	else
		say("keyring=%s", strrchr(text, ';') ? strrchr(text, ';') + 1 : text);
	/* what a security module calls it */
	if (syscall(SYS_keyctl, KEYCTL_GET_SECURITY, KEY_SPEC_SESSION_KEYRING, text,
		    sizeof(text) - 1) > 0 &&
		*text)
		say("keyring-label=%s", text);
}

static void do_sched(char **a)
{
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} s = { 0 };
	long io = syscall(SYS_ioprio_get, 1, 0);
	int mode = -1;
	unsigned long nodes[16] = { 0 };

	(void)a;
	syscall(SYS_sched_getattr, 0, &s, sizeof(s), 0);
	say("sched=policy:%u nice:%d priority:%u flags:%lu", s.policy, s.nice, s.priority, s.flags);
	say("ioprio=class:%ld level:%ld", io >> 13, io & 7);
	io = syscall(SYS_ioprio_get, 2, 0);
	say("ioprio.group=class:%ld level:%ld", io >> 13, io & 7);
	say("personality=%x", (unsigned)personality(0xffffffff));
	if (syscall(SYS_get_mempolicy, &mode, nodes, sizeof(nodes) * 8, 0, 0) == 0)
		say("mempolicy=%d %lx", mode, nodes[0]);
}

static void do_net(char **a)
{
	struct ifreq r = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", a[0]);
	if (ioctl(fd, SIOCGIFFLAGS, &r) < 0)
		say("net %s=%s", a[0], strerrorname_np(errno));
	else
		say("net %s=%s", a[0], r.ifr_flags & IFF_UP ? "up" : "down");
	close(fd);
}

static void do_pid(char **a)
{
	(void)a;
	say("pid=%d ppid=%d pgrp=%d sid=%d", getpid(), getppid(), getpgrp(), getsid(0));
}

static void do_say(char **a)
{
	say("%s", a[0]);
}

/* warn TEXT - the same on standard error */
static void do_warn(char **a)
{
	dprintf(2, "%s\n", a[0]);
}

/* cat - standard input, line by line */
static void do_cat(char **a)
{
	char text[4096];
	ssize_t n;

	(void)a;
	while ((n = read(0, text, sizeof(text) - 1)) > 0) {
		text[n] = '\0';
		say("stdin=%s", text);
	}
	say("stdin end");
}

/* pause - stay; every signal at what exec left it */
static void do_pause(char **a)
{
	(void)a;
	say("ready");
	for (;;)
		pause();
}

/* catch - report every signal; TERM and INT end it */
static void do_catch(char **a)
{
	sigset_t all;
	int s;

	(void)a;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	say("ready");
	while (sigwait(&all, &s) == 0) {
		if (s >= SIGRTMIN)
			say("signal=RTMIN+%d", s - SIGRTMIN);
		else
			say("signal=%s", sigabbrev_np(s));
		if (s == SIGWINCH) {
			struct winsize size;

			if (ioctl(0, TIOCGWINSZ, &size) == 0)
				say("size=%d %d", size.ws_row, size.ws_col);
		}
		if (s == SIGTERM || s == SIGINT)
			return;
	}
}

static void do_exit(char **a)
{
	_exit(atoi(a[0]));
}

/* die SIGNAL-NUMBER - the kernel does not let init of a pid namespace kill itself, except by a
 * fault */
static void do_die(char **a)
{
	int s = atoi(a[0]);
	volatile int *volatile nowhere = NULL;

	if (s == SIGSEGV)
		*nowhere = 0;
	kill(getpid(), s);
	say("die=still here");
}

/* fork N - leave N children behind that stay, in sessions of their own; their pids are shown */
static void do_fork(char **a)
{
	for (int i = atoi(a[0]); i > 0; i--) {
		pid_t pid = fork();

		if (pid == 0) {
			setsid();
			for (;;)
				pause();
		}
		say("child=%d", pid);
	}
}

static void do_listen(char **a)
{
	const char *count = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	struct sockaddr_un name = { 0 };
	socklen_t len = sizeof(name);
	int r = getsockname(3, (struct sockaddr *)&name, &len);

	(void)a;
	say("LISTEN_FDS=%s", count ? count : "unset");
	say("LISTEN_PID=%s", !pid ? "unset" : atoi(pid) == getpid() ? "self" : pid);
	say("socket=%s", r < 0 ? strerrorname_np(errno) : name.sun_path);
}

static void do_notify(char **a)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	say("NOTIFY_SOCKET=%s", path ? path : "unset");
	if (path) {
		snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
		result("notify", a[0],
			sendto(fd, a[0], strlen(a[0]), 0, (struct sockaddr *)&to, sizeof(to)));
	}
	close(fd);
}

#include "probe_try.h"

/* clang-format off */
static const struct command {
	const char *name;
	int args;
	void (*run)(char **args);
} commands[] = {
	{ "args", 0, do_args }, { "env", 0, do_env }, { "cwd", 0, do_cwd }, { "ids", 0, do_ids }, { "caps", 0, do_caps },
	{ "rlimits", 0, do_rlimits }, { "nnp", 0, do_nnp }, { "read", 1, do_read }, { "write", 2, do_write },
	{ "open", 1, do_open }, { "touch", 1, do_touch }, { "mkdir", 1, do_mkdir }, { "mknod", 4, do_mknod },
	{ "stat", 1, do_stat }, { "readlink", 1, do_readlink }, { "ls", 1, do_ls }, { "exec", 1, do_exec },
	{ "mount", 1, do_mount }, { "ns", 0, do_ns }, { "fds", 0, do_fds }, { "tty", 0, do_tty },
	{ "tiocsti", 0, do_tiocsti }, { "signals", 0, do_signals }, { "sys", 1, do_sys }, { "time", 0, do_time },
	{ "uts", 0, do_uts }, { "keyring", 0, do_keyring }, { "sched", 0, do_sched }, { "net", 1, do_net },
	{ "pid", 0, do_pid }, { "say", 1, do_say }, { "warn", 1, do_warn }, { "cat", 0, do_cat }, { "pause", 0, do_pause }, { "stream", 1, do_stream }, { "datagrams", 1, do_datagrams }, { "spy", 1, do_spy },
	{ "catch", 0, do_catch }, { "exit", 1, do_exit }, { "die", 1, do_die }, { "fork", 1, do_fork },
	{ "truncate", 1, do_truncate }, { "rename", 2, do_rename }, { "ioctl", 1, do_ioctl }, { "tcp", 1, do_tcp },
	{ "abstract", 1, do_abstract }, { "abstract-listen", 1, do_abstract_listen }, { "kill", 2, do_kill },
	{ "umount", 1, do_umount }, { "stuck", 0, do_stuck }, { "listen", 0, do_listen }, { "notify", 1, do_notify },
	{ "remount", 1, do_remount },
};
/* clang-format on */

int main(int argc, char **argv)
{
	char **a = argv + 1;

	all_argc = argc;
	all_argv = argv;
	while (*a) {
		const struct command *c = NULL;

		for (size_t i = 0; i < COUNT(commands); i++)
			if (strcmp(commands[i].name, *a) == 0)
				c = &commands[i];
		if (!c || argv + argc - (a + 1) < c->args) {
			dprintf(2, "probe: unknown or incomplete command \"%s\"\n", *a);
			return 96;
		}
		c->run(a + 1);
		a += 1 + c->args;
		if (*a && strcmp(*a, ",") == 0)
			a++;
	}
	return 0;
}
