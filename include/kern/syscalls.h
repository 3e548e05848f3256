/* SPDX-License-Identifier: Apache-2.0 */
/* syscalls.h - system calls that the C library lacks or wraps with more than we want
 *
 * Each is the bare call: result or -1 with errno. Numbers and structures come from the kernel's own
 * headers; where those are older than the call, base/compat.h has the constant. */
#ifndef CL_KERN_SYSCALLS_H
#define CL_KERN_SYSCALLS_H

#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/def.h"
#include "base/mount.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

static inline int sys_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode,
	uint64_t resolve)
{
	struct open_how how = { .flags = flags, .mode = mode, .resolve = resolve };
	long fd;

	/* EAGAIN: a rename or mount elsewhere raced with ".." (openat2(2)); bounded, an attacker
	 * may keep racing */
	for (int tries = 0; tries < 128; tries++) {
		fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return (int)fd;
}

static inline int sys_open_tree(int dirfd, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, dirfd, path, flags);
}

static inline int sys_move_mount(int from_fd, const char *from, int to_fd, const char *to,
	unsigned flags)
{
	return (int)syscall(SYS_move_mount, from_fd, from, to_fd, to, flags);
}

static inline int sys_fsopen(const char *type, unsigned flags)
{
	return (int)syscall(SYS_fsopen, type, flags);
}

static inline int sys_fsconfig(int fd, unsigned cmd, const char *key, const void *value, int aux)
{
	return (int)syscall(SYS_fsconfig, fd, cmd, key, value, aux);
}

static inline int sys_fsmount(int fd, unsigned flags, unsigned attr)
{
	return (int)syscall(SYS_fsmount, fd, flags, attr);
}

static inline int sys_fspick(int dirfd, const char *path, unsigned flags)
{
	return (int)syscall(SYS_fspick, dirfd, path, flags);
}

static inline int sys_mount_setattr(int dirfd, const char *path, unsigned flags,
	const struct mount_attr *attr)
{
	return (int)syscall(SYS_mount_setattr, dirfd, path, flags, attr, sizeof(*attr));
}

static inline int sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

/* The kernel hands the number of the pidfd out before it looks at the cgroup, and closes it again
 * when that fails. */
static inline void clone3_failed(const struct clone_args *args)
{
	if (args->flags & CLONE_PIDFD)
		*(int *)(uintptr_t)args->pidfd = -1;
}

static inline pid_t sys_clone3(struct clone_args *args)
{
	const pid_t pid = (pid_t)syscall(SYS_clone3, args, sizeof(*args));

	if (pid < 0)
		clone3_failed(args);
	return pid;
}

static inline int sys_pidfd_open(pid_t pid, unsigned flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags);
}

static inline int sys_fchmodat2(int dirfd, const char *path, mode_t mode, int flags)
{
	return (int)syscall(SYS_fchmodat2, dirfd, path, mode, flags);
}

static inline long sys_getcwd(char *buf, size_t size)
{
	return syscall(SYS_getcwd, buf, size);
}

#endif
