/* SPDX-License-Identifier: Apache-2.0 */
/* rdtstat.h - what the resctrl file system says of a group: limits of cache and memory bandwidth,
 * and use of both
 *
 * What the processor or the mount does not have is left out; what is there and cannot be read is
 * told by error. */
#ifndef CL_KERN_RDTSTAT_H
#define CL_KERN_RDTSTAT_H

#include "base/arena.h"

/* of one cache, as the kernel counts them in mon_data */
struct rdt_domain {
	uint64_t total_bytes, local_bytes, occupancy;
};

struct rdt_stat {
	bool has_cache;       /* the three below are known */
	const char *cbm_mask; /* hexadecimal */
	uint64_t min_cbm_bits, cache_closids;
	bool has_bandwidth; /* the four below are known */
	uint64_t bandwidth_gran, delay_linear, min_bandwidth, bandwidth_closids;
	const char *cache_root,
		*cache; /* lines of schemata, of the root and of the group: "L3:0=ff"; NULL: none */
	const char *bandwidth_root, *bandwidth; /* the same: "MB:0=100" */
	bool has_traffic, has_occupancy;        /* what domains know */
	int error; /* errno of the first that could not be read, 0: none */
	struct rdt_domain *domains;
	size_t n_domains;
};

/* rdtstat_read - mount: kern/resctrl.h; group and monitor as in struct resctrl. Strings are in the
 * arena. */
void rdtstat_read(struct arena *a, int mount, const char *group, const char *monitor,
	struct rdt_stat *ret);

#endif
