/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/procstat.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "base/num.h"

enum {
	STAT_MAX = 1024,   /* 52 numbers and a name of at most 64 bytes */
	STATUS_MAX = 4096, /* the ids stand at the beginning */
	ARGS_MAX = 65536,
	NUMBER_MAX = 24,
	EXITING = 4, /* PF_EXITING in include/linux/sched.h */
	/* PF_FORKNOEXEC; execve(2) clears it before it closes descriptors (begin_new_exec() in
	   fs/exec.c) */
	IS_COPY = 0x40,
};

static int open_file(pid_t pid, const char *name)
{
	auto_close int fd = -1;
	struct statfs fs;
	char path[48];
	int r;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	do
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return -1;
	do
		r = fstatfs(fd, &fs);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return -1;
	if (fs.f_type != PROC_SUPER_MAGIC) {
		errno = EXDEV;
		return -1;
	}
	return take_fd(&fd);
}

/* one read(2) that is not disturbed by a signal */
static ssize_t read_once(int fd, char *text, size_t size)
{
	ssize_t n;

	do
		n = read(fd, text, size);
	while (n < 0 && errno == EINTR);
	return n;
}

/* the beginning of the file, NUL-terminated; 0, or -1 with errno */
static int read_start(pid_t pid, const char *name, char *text, size_t size)
{
	auto_close int fd = open_file(pid, name);
	ssize_t n = fd < 0 ? -1 : read_once(fd, text, size - 1);

	if (n < 0)
		return -1;
	text[n] = '\0';
	return 0;
}

/* the next number of *at, which blanks separate; *at moves behind it */
static bool next_number(const char **at, int64_t *ret)
{
	char number[NUMBER_MAX];
	size_t len;

	*at += strspn(*at, " \t");
	len = strcspn(*at, " \t\n");
	if (len == 0 || len >= sizeof(number))
		return false;
	memcpy(number, *at, len);
	number[len] = '\0';
	*at += len;
	/* from 1 << 63 on it is a mask of addresses or "no limit", and nothing that is asked for
	 * here */
	return num_i64(number, ret) || (*ret = INT64_MAX, strspn(number, "0123456789") == len);
}

enum { /* numbers of field 4 and what follows, counted from 0 */
	F_PPID,
	F_PGRP,
	F_SESSION,
	F_TTY,
	F_TPGID,
	F_FLAGS,
	F_MINFLT,
	F_UTIME = 10,
	F_STIME,
	F_PRIORITY = 14,
	F_NICE,
	F_THREADS,
	F_START = 18,
	F_SIZE,
	F_RESIDENT,
	F_EXIT = 48,
	F_COUNT,
};

/* The name in field 2 may hold blanks and parentheses, so the fields are counted from the last ")".
 */
static bool parse_stat(const char *text, struct procstat *ret)
{
	const char *name = strchr(text, '('), *at = strrchr(text, ')');
	int64_t f[F_COUNT];
	size_t len;

	if (!name || !at || at[1] != ' ' || !at[2])
		return false;
	*ret = (struct procstat){ .state = at[2] };
	len = (size_t)(at - name) - 1;
	if (len >= sizeof(ret->comm))
		len = sizeof(ret->comm) - 1;
	memcpy(ret->comm, name + 1, len);
	at += 3;
	for (unsigned i = 0; i < F_COUNT; i++)
		if (!next_number(&at, &f[i]))
			return false;
	ret->ppid = (pid_t)f[F_PPID];
	ret->pgrp = (pid_t)f[F_PGRP];
	ret->session = (pid_t)f[F_SESSION];
	ret->tty = (uint32_t)f[F_TTY];
	ret->tpgid = (pid_t)f[F_TPGID];
	ret->is_copy = f[F_FLAGS] & IS_COPY;
	ret->exiting = f[F_FLAGS] & EXITING;
	ret->minor_faults = (uint64_t)f[F_MINFLT];
	ret->user_ticks = (uint64_t)f[F_UTIME];
	ret->system_ticks = (uint64_t)f[F_STIME];
	ret->priority = (int)f[F_PRIORITY];
	ret->nice = (int)f[F_NICE];
	ret->threads = (uint32_t)f[F_THREADS];
	ret->start_time = (uint64_t)f[F_START];
	ret->size = (uint64_t)f[F_SIZE];
	ret->resident = (uint64_t)f[F_RESIDENT];
	ret->exit_status = (int)f[F_EXIT];
	return true;
}

int procstat_read(pid_t pid, struct procstat *ret)
{
	char text[STAT_MAX];

	if (read_start(pid, "stat", text, sizeof(text)) < 0)
		return -1;
	if (parse_stat(text, ret))
		return 0;
	errno = EBADMSG;
	return -1;
}

/* "NAME:\tREAL\tEFFECTIVE\t..." */
static bool parse_ids(const char *text, const char *name, uint32_t *real, uint32_t *effective)
{
	const char *at = strstr(text, name);
	int64_t first, second;

	if (!at)
		return false;
	at += strlen(name);
	if (!next_number(&at, &first) || !next_number(&at, &second))
		return false;
	*real = (uint32_t)first;
	*effective = (uint32_t)second;
	return true;
}

int procstat_ids(pid_t pid, struct procstat_ids *ret)
{
	char text[STATUS_MAX];

	if (read_start(pid, "status", text, sizeof(text)) < 0)
		return -1;
	if (parse_ids(text, "\nUid:", &ret->uid, &ret->euid) &&
		parse_ids(text, "\nGid:", &ret->gid, &ret->egid))
		return 0;
	errno = EBADMSG;
	return -1;
}

int procstat_args(pid_t pid, struct str *out)
{
	auto_close int fd = open_file(pid, "cmdline");
	ssize_t n;

	if (fd < 0)
		return -1;
	/* one read: a process that changes its arguments all the time must not keep us */
	n = read_once(fd, str_room(out, ARGS_MAX), ARGS_MAX);
	if (n < 0)
		return -1;
	str_grew(out, (size_t)n);
	return 0;
}

int procstat_check(struct err *e)
{
	char text[16] = "";
	struct statfs fs;
	int pid;

	if (readlink("/proc/self", text, sizeof(text) - 1) < 0 && errno != ENOENT)
		return err_sys(e, errno, "read the link \"/proc/self\"");
	if (num_int(text, &pid) && pid == getpid())
		return 0;
	if (statfs("/proc", &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return err_set(e, ENOENT, "\"/proc\" is needed, and not mounted");
	return err_set(e, EXDEV,
		"\"/proc\" belongs to another pid namespace, so the numbers in it are those of other processes: "
		"mount a new one (mount -t proc proc /proc; unshare --mount-proc)");
}
