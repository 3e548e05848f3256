/* SPDX-License-Identifier: Apache-2.0 */
/* selfexe.c - protection of the program file against the containers
 *
 * A process in a container sees ours as /proc/PID/exe as long as one of ours is in it (exec, init
 *before it executes the program, "/proc/self/exe" as program). Opened, that link leads to the
 *program file on the host, whatever the container's own tree is: root in the container waits until
 *nobody executes the file (ETXTBSY ends then) and writes it, and the host's root executes it next
 *(CVE-2019-5736).
 *
 * What protects: the link keeps the mount through which the file was executed. If that mount is
 *read-only, opening for writing, truncating and changing the mode give EROFS, for root and through
 *a descriptor kept for later as well, because each asks the mount first (mnt_want_write() in the
 *kernel). So it is enough to be executed through a read-only mount that cannot be made writable
 *again:
 *
 *	open_tree(OPEN_TREE_CLONE)  a second mount of the same file system whose root is just our
 *file, in a mount namespace of its own that no process is in mount_setattr(RDONLY)       read-only
 *while nobody else knows of it PR_SET_MM_MAP               go on from there: entry.c does all of
 *this before the C library begins. Or else, for a program that is linked dynamically and on a
 *kernel without CONFIG_CHECKPOINT_RESTORE, execveat(AT_EMPTY_PATH)     be executed from there, a
 *second time close                       the last descriptor of the mount, by which the kernel
 *takes it out of its namespace (dissolve_on_fput())
 *
 * From then on the mount belongs to no namespace. Remounting, mount_setattr(2), bind mounts of it
 *and moving it all demand a mount of the caller's namespace and answer EINVAL. Nothing was copied
 *and no mount table has changed, and nothing is left when the last process is gone. The
 *close-on-exec is part of the argument: while the descriptor lives, whoever gets hold of the mount
 *with CAP_SYS_ADMIN can make it writable again.
 *
 * A file that lies on a read-only mount already (an image-based host) needs none of that: the mount
 *is the host's, and a process in another mount namespace can change none of the host's mounts. To
 *look costs one statfs(2).
 *
 * Without CAP_SYS_ADMIN there is no open_tree(2), but then the ids in the container's user
 *namespace are the caller's own and those that root has granted him. If the caller may not write
 *the file, and it is root's and nobody else may write it, nobody in the container may either. Else,
 *and on kernels that lack mount_setattr(2) (5.12), the program is copied to a memfd which is sealed
 *against any change and executed from there. */
#include "kern/selfexe.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "base/num.h"
#include "kern/mnt.h"
#include "kern/syscalls.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

static const char self[] = "/proc/self/exe";
static const char title[] = "crun-lite";
static const char step[] = "protect the program file against the container";

/* In the environment of the second execution: our pid, which no execve changes, so that one left
 * over in the environment of somebody else means nothing. */
static const char marker[] = "CRUN_LITE_PROTECTED";

enum {
	SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE,
	PID_SIZE = 16,
	ARGS_MAX = 4 << 20, /* the kernel takes 6 MiB at most with the environment (execve(2)) */
};

/* ---- is it protected? ---- */

static bool is_sealed(void)
{
	auto_close int fd = open(self, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	const int seals = fd >= 0 ? fcntl(fd, F_GET_SEALS) : -1;

	return seals >= 0 && (seals & SEALS) == SEALS;
}

/* 1: read-only, 0: not, -1 with *e */
static int is_read_only(struct err *e)
{
	struct statfs fs;

	if (statfs(self, &fs) < 0)
		return err_sys(e, errno, "look at \"%s\" (is /proc mounted?)", self);
	return (fs.f_flags & ST_RDONLY) != 0;
}

/* is_out_of_reach - can neither the caller write the file in any way, nor anybody whose id he may
 * map into a container (subuid(5))? That is so for what is root's alone. */
static bool is_out_of_reach(void)
{
	struct stat st;

	if (faccessat(AT_FDCWD, self, W_OK, AT_EACCESS) == 0 || (errno != EACCES && errno != EROFS))
		return false;
	if (geteuid() == 0 || getuid() == 0 || stat(self, &st) < 0)
		return false;
	return st.st_uid == 0 && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

/* take_marker - is this the second execution? The marker is for nobody else. */
static bool take_marker(void)
{
	const char *text = getenv(marker);
	int pid = 0;

	if (!text)
		return false;
	if (!num_int(text, &pid))
		pid = 0;
	(void)unsetenv(marker);
	return pid == getpid();
}

/* ---- make it so ---- */

/* execute - the file behind fd takes this process over; fd is close-on-exec. -1 with errno */
static int execute(int fd, char *const argv[])
{
	char pid[PID_SIZE];
	int saved;

	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	if (setenv(marker, pid, 1) < 0)
		return -1;
	(void)syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
	saved = errno;
	(void)unsetenv(marker);
	errno = saved;
	return -1;
}

/* A descriptor of the file on a read-only mount of its own, or -1 with errno. What it says
 * afterwards is what the second execution will look at, so it is verified here. */
static int open_read_only(void)
{
	const struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	auto_close int fd = sys_open_tree(AT_FDCWD, self, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	struct statfs fs;

	if (fd < 0 || sys_mount_setattr(fd, "", AT_EMPTY_PATH, &attr) < 0 || fstatfs(fd, &fs) < 0)
		return -1;
	if (!(fs.f_flags & ST_RDONLY)) {
		errno = ENOTSUP;
		return -1;
	}
	return take_fd(&fd);
}

/* MFD_EXEC is asked for where the kernel knows it (6.3): a host may make memfds not executable by
 * default. */
static int new_memfd(void)
{
	const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create(title, flags | MFD_EXEC);

	return fd < 0 && errno == EINVAL ? memfd_create(title, flags) : fd;
}

static int copy_all(int from, int to)
{
	struct stat st;
	off_t done = 0;

	if (fstat(from, &st) < 0)
		return -1;
	while (done < st.st_size) {
		ssize_t n = sendfile(to, from, &done, (size_t)(st.st_size - done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n < 0 ? errno : EIO;
			return -1;
		}
	}
	return 0;
}

/* fd is closed to every change; else -1 with errno */
static int seal(int fd)
{
	return fchmod(fd, 0555) < 0 ? -1 : fcntl(fd, F_ADD_SEALS, SEALS);
}

static int memfd_failed(struct err *e)
{
	return errno == EACCES
		? err_set(e, EACCES,
			  "make an executable memory file: permission denied (sysctl vm.memfd_noexec must be 0 or 1)")
		: err_sys(e, errno, "make a memory file");
}

/* A sealed copy of the program, or -1 */
static int open_sealed(struct err *e)
{
	auto_close int from = open(self, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	auto_close int to = -1;

	if (from < 0)
		return err_sys(e, errno, "open \"%s\"", self);
	to = new_memfd();
	if (to < 0)
		return memfd_failed(e);
	if (copy_all(from, to) < 0)
		return err_sys(e, errno, "copy \"%s\" to memory", self);
	if (seal(to) < 0)
		return err_sys(e, errno, "seal the copy of \"%s\"", self);
	return take_fd(&to);
}

static int protect_by_copy(char *const argv[], int why_no_mount, struct err *e)
{
	auto_close int fd = open_sealed(e);

	if (fd >= 0) {
		(void)execute(fd, argv);
		(void)err_sys(e, errno, "execute the sealed copy of \"%s\"", self);
	}
	(void)err_in(e, "%s", step);
	return err_more(e, "a read-only mount of it was not possible either: %s",
		err_errno_text(why_no_mount));
}

static int not_protected(struct err *e)
{
	return err_set(e, 0, "%s: \"%s\" is not the protected file that was executed", step, self);
}

int selfexe_protect(char *const argv[], bool enters, struct err *e)
{
	const bool second = take_marker();
	auto_close int tree = -1;
	int r;

	/* before Linux 6.14 execveat(2) names the process after the number of the descriptor */
	if (second)
		(void)prctl(PR_SET_NAME, title, 0, 0, 0);
	if (!enters)
		return 0;
	r = is_read_only(e);
	if (r != 0)
		return r < 0 ? -1 : 0;
	if (second)
		return is_sealed() ? 0 : not_protected(e);
	tree = open_read_only();
	if (tree >= 0)
		(void)execute(tree, argv);
	r = errno;
	if (is_out_of_reach() || is_sealed())
		return 0;
	return protect_by_copy(argv, r, e);
}

/* the arguments of this process, in text; NULL when there is no memory */
static char **arguments(struct str *text)
{
	size_t n = 0, i = 0;
	char **argv;

	for (size_t at = 0; at < text->len; at++)
		n += text->data[at] == '\0';
	argv = calloc(n + 1, sizeof(*argv));
	for (char *p = text->data; argv && i < n; p += strlen(p) + 1)
		argv[i++] = p;
	return argv;
}

int selfexe_become(const void *image, size_t size, struct err *e)
{
	auto_str struct str text = { 0 };
	auto_close int fd = new_memfd();
	auto_free char **argv = NULL;

	if (fd < 0)
		return memfd_failed(e);
	if (fd_read_at(AT_FDCWD, "/proc/self/cmdline", 0, ARGS_MAX, &text) < 0)
		return err_sys(e, errno, "read \"/proc/self/cmdline\"");
	argv = arguments(&text);
	if (!argv)
		return err_sys(e, errno, "copy the arguments");
	if (fd_write_all(fd, image, size) < 0 || seal(fd) < 0)
		return err_sys(e, errno, "write a memory file");
	(void)execute(fd, argv);
	return err_sys(e, errno, "execute the program that can load libraries");
}
