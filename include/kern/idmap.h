/* SPDX-License-Identifier: Apache-2.0 */
/* idmap.h - uid_map, gid_map and setgroups of a new user namespace, written by the parent
 * (user_namespaces(7)) */
#ifndef CL_KERN_IDMAP_H
#define CL_KERN_IDMAP_H

#include <sys/types.h>

#include "base/err.h"

struct id_map {
	uint32_t inside, outside, size;
};

enum {
	IDMAP_DENY_SETGROUPS = 1,
	IDMAP_NEWUIDMAP = 2, /* have newuidmap(1) write the uid map, */
	IDMAP_NEWGIDMAP = 4, /* newgidmap(1) the gid map: the caller may not */
};

/* idmap_write - write the maps of process pid through proc_fd (a procfs root of ours).
 * IDMAP_DENY_SETGROUPS: "deny" before the gid map, as an unprivileged writer must (CVE-2014-8989).
 * Each map is one write of at most a page. IDMAP_NEW…: the programs look into subuid(5) and
 * subgid(5) for what the caller may have; pid must not have been reaped, or they meet somebody
 * else. */
NODISCARD int idmap_write(int proc_fd, pid_t pid, const struct id_map *uids, size_t n_uids,
	const struct id_map *gids, size_t n_gids, unsigned flags, struct err *e);

/* idmap_userns - descriptor of a user namespace that has just these maps and no process in it, for
 * mount_setattr(MOUNT_ATTR_IDMAP): a helper process is cloned into it and killed once the
 * descriptor is open. proc_fd as above. fd or -1. */
NODISCARD int idmap_userns(int proc_fd, const struct id_map *uids, size_t n_uids,
	const struct id_map *gids, size_t n_gids, struct err *e);

/* idmap_check - are maps just what /proc/self/FILE of the caller's user namespace says ("uid_map",
 * "gid_map"), in any order? No heap: runs in init. -1: the error shows what differs. */
NODISCARD int idmap_check(int proc_fd, const char *file, const struct id_map *maps, size_t n,
	struct err *e);

/* idmap_to_host - host id of inside, or -1 when it is not mapped */
int64_t idmap_to_host(const struct id_map *maps, size_t n, uint32_t inside);

#endif
