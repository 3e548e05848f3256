/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp_gen.h - what calls of which architectures answer, as a classic BPF program; pure */
#ifndef CL_KERN_SECCOMP_GEN_H
#define CL_KERN_SECCOMP_GEN_H

#include "kern/seccomp.h"

/* an answer to one system call, when all of its comparisons hold */
struct gen_call {
	uint32_t number;
	uint32_t order; /* earlier ones come first where nothing else decides */
	uint32_t action;
	const struct seccomp_arg *args; /* an index comes only once */
	size_t n_args;                  /* at most 6 */
};

/* the numbers from … to of one AUDIT_ARCH_* */
struct gen_set {
	uint32_t audit;
	uint32_t from, to;
	struct gen_call *calls; /* within from … to, sorted by seccomp_gen */
	size_t n_calls;
	uint32_t enosys_from, enosys_end; /* these, without end, do not exist for the profile */
	bool narrow;                      /* arguments have 32 bits */
};

/* seccomp_gen - put the program for sets[n] into *ret, in arena a. Sets of one audit are side by
 * side and ascend. What is in a set but not in its calls answers default_action, what is in no set
 * kills the thread, number -1 (a tracer skips a call) answers default_action. ret->n is more than
 * BPF_MAXINSNS when the program would be. */
void seccomp_gen(struct arena *a, uint32_t default_action, struct gen_set *sets, size_t n,
	struct seccomp_filter *ret);

#endif
