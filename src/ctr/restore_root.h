/* SPDX-License-Identifier: Apache-2.0 */
/* restore_root.h - the place where criu puts a container together */
#ifndef CL_CTR_RESTORE_ROOT_H
#define CL_CTR_RESTORE_ROOT_H

#include "launch.h"

/* what the process has left for a while; -1: it is where it was */
struct restore_home {
	int mounts; /* mount namespace */
	int cgroup; /* directory */
};

/* restore_leave - into a mount namespace of our own, with the root filesystem mounted in the state
 * directory and every mount point in it; *ret_root is its path there. RESTORE_CGROUP: and into the
 * container's cgroup. restore_return goes back, as often as wanted. */
enum { RESTORE_CGROUP = 1 };
NODISCARD int restore_leave(struct launch *l, unsigned flags, struct restore_home *h,
	const char **ret_root, struct err *e);
NODISCARD int restore_return(struct restore_home *h, struct err *e);

/* restore_share_images - after restore_leave: let root of the container's user namespace read
 * *images, which criu opens in its name. A descriptor to hold on to meanwhile, or -1: there is
 * none, or the kernel or the file system has no such mounts (criu says then what it cannot open).
 */
int restore_share_images(struct launch *l, int *images);

/* restore_forget - remove the directory in the state directory, once criu has ended */
void restore_forget(const struct launch *l);

#endif
