/* SPDX-License-Identifier: Apache-2.0 */
/* stats.h - what a container has used, for `events` and `metrics` */
#ifndef CL_CTR_STATS_H
#define CL_CTR_STATS_H

#include "ctr/store.h"
#include "kern/cgstat.h"
#include "kern/netcount.h"
#include "kern/rdtstat.h"

struct stats {
	struct cg_stat cgroup;
	struct net_count *net; /* in the arena of cgroup */
	size_t n_net;
	struct rdt_stat rdt; /* the same; only of a container that is in a group */
};

#define auto_stats __attribute__((cleanup(stats_done)))

void stats_init(struct stats *s);
void stats_done(struct stats *s);

/* stats_read - all that can be had; a container without a cgroup has no numbers. pidfd: of its
 * init, -1 when that has ended. sizes: kern/cgstat.h. -1: something that there is could not be
 * read; the rest is in *ret */
NODISCARD int stats_read(const struct container *c, int pidfd, struct cg_sizes *sizes,
	struct stats *ret, struct err *e);

/* stats_json - append the event: one line, with the names of runc and `events` of memory beside
 * them */
void stats_json(const struct stats *s, const char *id, struct str *out);

#endif
