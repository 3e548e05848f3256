/* SPDX-License-Identifier: Apache-2.0 */
/* inroot.h - paths inside a root filesystem that somebody else controls
 *
 * Nothing here takes a host path. Every name is resolved by openat2(2) with the root filesystem as
 * "/" (RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS), so a symlink or ".." in the image leads nowhere
 * else, and what is made is made by *at() calls on the O_PATH descriptor of its parent: there is no
 * moment at which a name is looked up twice (CVE-2018-15664, CVE-2024-45310). Paths are absolute
 * and lexically clean. No heap: runs in init. */
#ifndef CL_KERN_INROOT_H
#define CL_KERN_INROOT_H

#include <sys/types.h>

#include "base/err.h"

enum {
	INROOT_NO_SYMLINKS = 1, /* refuse a symlink anywhere in the path (ELOOP): /proc, /sys, /dev,
				   the console */
	INROOT_MAKE_DIR = 2,    /* make what is missing: all directories (0755) */
	INROOT_MAKE_FILE = 4,   /* … the last component an empty regular file (0644) */
	INROOT_NOFOLLOW = 8,    /* a symlink as last component is opened itself */
};

/* inroot_open - O_PATH | O_CLOEXEC descriptor of path below root (O_WRONLY for a file made here).
 * -1: the error names the path */
NODISCARD int inroot_open(int root, const char *path, unsigned flags, struct err *e);

/* inroot_find - the same without making anything or an error text: fd, or -1 with errno */
NODISCARD int inroot_find(int root, const char *path, unsigned flags);

/* inroot_open_parent - O_PATH descriptor of the directory that holds path, made with its parents
 * (0755) when missing; *ret_name points at the last component inside path */
NODISCARD int inroot_open_parent(int root, const char *path, unsigned flags, const char **ret_name,
	struct err *e);

#endif
