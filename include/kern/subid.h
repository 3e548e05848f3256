/* SPDX-License-Identifier: Apache-2.0 */
/* subid.h - ids that an ordinary user may use in user namespaces: subuid(5), subgid(5) */
#ifndef CL_KERN_SUBID_H
#define CL_KERN_SUBID_H

#include "base/arena.h"

#define SUBID_UIDS "/etc/subuid"
#define SUBID_GIDS "/etc/subgid"

struct subid_range {
	uint32_t first, count;
};

/* subid_ranges - the ranges of user uid in file (SUBID_UIDS, SUBID_GIDS), in the order of its
 * lines, which begin with a name of /etc/passwd or with the number. In the arena; none where the
 * file cannot be read. Lines that are no range are left out, as the programs that grant them do. */
void subid_ranges(struct arena *a, const char *file, uint32_t uid, struct subid_range **ret,
	size_t *ret_n);

#endif
