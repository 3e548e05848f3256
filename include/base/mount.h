/* SPDX-License-Identifier: Apache-2.0 */
/* mount.h - the constants and structures of mounts; nothing else includes the two headers that have
 * them
 *
 * <sys/mount.h> has those of the new calls from glibc 2.36 on, <linux/mount.h> has them always.
 * Before 2.36 <sys/mount.h> does not compile behind <linux/mount.h>, whose macros have the names of
 * its enumerators. So it is first here, and no other file can get the order wrong. What kernel
 * headers before 5.14 lack is given below. */
#ifndef CL_BASE_MOUNT_H
#define CL_BASE_MOUNT_H

#include <sys/mount.h>

/* a block of its own, as the order counts */
#include <linux/mount.h>
#include <linux/types.h>

#ifndef MOUNT_ATTR_IDMAP /* 5.12 */
#define MOUNT_ATTR_IDMAP 0x00100000
#endif
#ifndef MOUNT_ATTR_NOSYMFOLLOW /* 5.14 */
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif
#ifndef MOUNT_ATTR_SIZE_VER0 /* 5.12 */
#define MOUNT_ATTR_SIZE_VER0 32
struct mount_attr {
	__u64 attr_set, attr_clr, propagation, userns_fd;
};
#endif

#endif
