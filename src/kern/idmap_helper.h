/* SPDX-License-Identifier: Apache-2.0 */
/* idmap_helper.h - maps that only a setuid program may write */
#ifndef CL_KERN_IDMAP_HELPER_H
#define CL_KERN_IDMAP_HELPER_H

#include "kern/idmap.h"

/* idmap_by_helper - run program ("newuidmap", "newgidmap") for process pid */
NODISCARD int idmap_by_helper(const char *program, pid_t pid, const struct id_map *maps, size_t n,
	struct err *e);

#endif
