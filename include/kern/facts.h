/* SPDX-License-Identifier: Apache-2.0 */
/* facts.h - what the plan has to know about the host and the caller */
#ifndef CL_KERN_FACTS_H
#define CL_KERN_FACTS_H

#include "base/arena.h"
#include "base/err.h"
#include "kern/subid.h"

enum {
	FACT_APPARMOR = 1, /* LSM active */
	FACT_SELINUX = 2,
};

struct facts {
	uint32_t uid, gid;        /* effective */
	uint64_t caps;            /* permitted capabilities, bit n = CAP n */
	unsigned lsm;             /* FACT_* */
	int landlock;             /* landlock_abi(); 0: there is none, or not looked for */
	const char *cgroup_mount; /* NULL: not looked for */
	const char *cgroup_self;  /* the caller's cgroup below it; NULL: not looked for */
	const char *cgroup_outer; /* the one around that, when the caller may manage it */
	struct subid_range *subuids, *subgids; /* of a caller without CAP_SETUID */
	size_t n_subuids, n_subgids;
};

/* facts_gather - ids, capget(2), and what want (FACTS_WANT_*) asks for: the LSMs, the cgroup2
 * mount, the ranges of subuid(5) and subgid(5), the caller's own cgroup, the ABI of Landlock. -1: a
 * cgroup2 mount is wanted and there is none; the error says what to mount */
enum {
	FACTS_WANT_LSM = 1,
	FACTS_WANT_CGROUP = 2,
	FACTS_WANT_SUBIDS = 4,
	FACTS_WANT_CGROUP_SELF = 8,
	FACTS_WANT_LANDLOCK = 16,
};
NODISCARD int facts_gather(struct arena *a, unsigned want, struct facts *ret, struct err *e);

#endif
