/* SPDX-License-Identifier: Apache-2.0 */
/* netcount.h - what went through the interfaces of a network namespace */
#ifndef CL_KERN_NETCOUNT_H
#define CL_KERN_NETCOUNT_H

#include <sys/types.h>

#include "base/arena.h"

struct net_way {
	uint64_t bytes, packets, errors, dropped;
};

struct net_count {
	const char *name;
	struct net_way received, sent;
};

/* netcount_parse - the text of a file /proc/PID/net/dev, which is split, to an array in the arena
 * that points into it; its length. Without lo: what a container tells itself went nowhere. Lines of
 * another form are passed over. */
size_t netcount_parse(struct arena *a, char *text, struct net_count **ret);

/* netcount_read - the same for the network namespace of process pid. 0, or -1 with errno */
NODISCARD int netcount_read(struct arena *a, pid_t pid, struct net_count **ret, size_t *ret_n);

#endif
