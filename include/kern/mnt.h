/* SPDX-License-Identifier: Apache-2.0 */
/* mnt.h - mounts as descriptors: fsopen/fsmount, open_tree, move_mount, mount_setattr
 * (kernel 5.2, 5.12)
 *
 * A mount is made detached, gets its attributes, and only then a place; it is never seen half-done.
 * No heap: runs in init. */
#ifndef CL_KERN_MNT_H
#define CL_KERN_MNT_H

#include "base/err.h"

#include "base/mount.h"

enum {
	MNT_REC = 1,      /* with everything mounted below */
	MNT_NOFOLLOW = 2, /* a symlink as last component of the source is taken itself */
};

/* mnt_new - a detached mount of a new instance of filesystem type. source (may be NULL) and the
 * NULL-terminated data options go to the filesystem, each "name=value" or "name"; sb_flags are MS_*
 * superblock flags (MS_SYNCHRONOUS, MS_DIRSYNC, MS_LAZYTIME, MS_MANDLOCK), attr MOUNT_ATTR_*.
 * Returns its descriptor; the error has the filesystem's own words where it gave any. */
NODISCARD int mnt_new(const char *type, const char *source, const char *const *data,
	unsigned long sb_flags, uint64_t attr, struct err *e);

/* mnt_is_long - is the source or one of the options longer than mnt_new can say (fsconfig(2): 255
 * bytes)? */
bool mnt_is_long(const char *source, const char *const *data);

/* mnt_new_long - mnt_new by mount(2), which takes LIMIT_MOUNT_DATA bytes of options. For a moment
 * there are mounts on the current directory: the mount namespace must be the caller's own, with
 * nothing in it that propagates. */
NODISCARD int mnt_new_long(const char *type, const char *source, const char *const *data,
	unsigned long sb_flags, uint64_t attr, struct err *e);

/* mnt_clone - a detached copy of the mount at path (from dirfd; "" with an O_PATH descriptor: the
 * thing itself). fd, or -1 with errno */
NODISCARD int mnt_clone(int dirfd, const char *path, unsigned flags);

/* mnt_move - put the detached mount fd onto the place behind target (an O_PATH descriptor). 0, or
 * -1 with errno. EINVAL when target lies in a detached tree and the kernel is older than 6.15. */
NODISCARD int mnt_move(int fd, int target);

/* mnt_attr - change attributes and propagation (0: leave) of the mount behind fd; MNT_REC: of all
 * below, too. 0, or -1 with errno */
NODISCARD int mnt_attr(int fd, unsigned flags, uint64_t set, uint64_t clear, uint64_t propagation);

/* mnt_attr_path - the same for the mount at an absolute path of the caller's own mount namespace */
NODISCARD int mnt_attr_path(const char *path, unsigned flags, uint64_t set, uint64_t clear,
	uint64_t propagation);

/* mnt_is_root - is the place behind fd the root of a mount? true as well where the kernel cannot
 * tell (before 5.8) */
bool mnt_is_root(int fd);

/* mnt_idmap - map ids of the detached mount fd by user namespace userns_fd. what it is, for the
 * error, which says since when filesystems can */
NODISCARD int mnt_idmap(int fd, unsigned flags, int userns_fd, const char *what, struct err *e);

/* mnt_reconfigure - change superblock flags and data of the filesystem mounted at the place behind
 * fd (remount) */
NODISCARD int mnt_reconfigure(int fd, const char *const *data, unsigned long sb_set,
	unsigned long sb_clear, struct err *e);

/* mnt_hide_all - unmount what absolute paths of the caller lead to, other than "/"; a whole
 * procfs or sysfs that is locked is covered. proc: a procfs that stays open. The mount namespace
 * must be the caller's own, with nothing in it that propagates. */
NODISCARD int mnt_hide_all(int proc, struct err *e);

/* mnt_copy_up - copy what lies in directory from into directory to, with owners, modes, times,
 * extended attributes (not of symlinks and special files) and symlinks (tmpcopyup). Both are
 * descriptors; directories are walked beneath them only. Special files are made again; sockets are
 * left out. */
NODISCARD int mnt_copy_up(int from, int to, struct err *e);

#endif
