/* SPDX-License-Identifier: Apache-2.0 */
/* cred.h - user, groups and capabilities of the program (credentials(7), capabilities(7)) */
#ifndef CL_KERN_CRED_H
#define CL_KERN_CRED_H

#include <sys/types.h>

#include "base/err.h"

struct cred {
	uint32_t uid, gid;
	const gid_t *groups;
	size_t n_groups;
	bool no_setgroups; /* setgroups(2) is denied in this user namespace: keep the groups */
	/* capability sets, bit n = capability n */
	uint64_t bounding, effective, inheritable, permitted, ambient;
};

/* cred_apply - become c: bounding set, groups, gid, uid, then the sets, then ambient; ids and sets
 * are read back and compared, so that a process never goes on with more than it should have. keep:
 * capabilities to hold on to in permitted and effective until the next execve(2) (which computes
 * them anew from inheritable, bounding and ambient, so the program never sees them); CAP_SYS_ADMIN
 * for a seccomp filter that is installed last without no_new_privs. The error names the id or the
 * number of the capability, and says when an id is not mapped. No heap: runs in init. */
NODISCARD int cred_apply(const struct cred *c, uint64_t keep, struct err *e);

/* cred_limit - give up all capabilities but these, which need not be held. 0, or -1 with errno */
NODISCARD int cred_limit(uint64_t keep);

/* cred_caps - permitted capabilities of the caller; 0 when it cannot be told */
uint64_t cred_caps(void);

#endif
