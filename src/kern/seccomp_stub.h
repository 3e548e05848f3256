/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp_stub.h - answer ENOSYS to system calls that a profile cannot know; pure */
#ifndef CL_KERN_SECCOMP_STUB_H
#define CL_KERN_SECCOMP_STUB_H

#include "kern/seccomp.h"

/* one architecture as the kernel tells it to the filter */
struct stub_arch {
	uint32_t audit; /* AUDIT_ARCH_* */
	uint32_t last;  /* largest system call number that the profile mentions */
	uint32_t
		apart; /* numbers from here on are another set that the stub leaves alone; 0: there is none */
};

/* stub_prepend - put the program for archs[n] in front of f, in arena a. Numbers above last answer ENOSYS, everything
 * else goes on to f as it was, architectures that are not listed too. Does not change f when n is 0. */
void stub_prepend(struct arena *a, const struct stub_arch *archs, size_t n,
	struct seccomp_filter *f);

#endif
