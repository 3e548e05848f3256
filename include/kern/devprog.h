/* SPDX-License-Identifier: Apache-2.0 */
/* devprog.h - device rules to an eBPF program of type BPF_PROG_TYPE_CGROUP_DEVICE; pure
 *
 * Rules in order; for each kind of access on its own (read, write, mknod) the last rule that
 * matches decides, nothing matches = denied. An access is allowed when every kind it asks for is:
 * after "allow rwm, deny w" reading works and opening for both does not, after "allow r, allow w"
 * it does (cgroup v1 merges and splits its exceptions likewise). The program leaves out what cannot
 * matter: a rule that a later one covers, everything in front of the last rule that matches
 * everything, denials that the final "denied" repeats, numbers that no device can have. It is small
 * to the verifier too, however many rules there are. */
#ifndef CL_KERN_DEVPROG_H
#define CL_KERN_DEVPROG_H

#include <linux/bpf.h>

#include "base/arena.h"

struct dev_rule {
	bool allow;
	char type; /* 'b', 'c'; 'a': both */
	bool any_major, any_minor;
	uint32_t major, minor;
	unsigned access; /* BPF_DEVCG_ACC_MKNOD | _READ | _WRITE */
};

/* devprog_build - instructions for rules[n], in the arena. *ret_n is never 0 (an empty list denies
 * everything). Does not fail. */
void devprog_build(struct arena *a, const struct dev_rule *rules, size_t n, struct bpf_insn **ret,
	size_t *ret_n);

/* devprog_eval - what the program decides for one access, by interpreting it; for tests and
 * `--dry-run`. A program with instructions that devprog_build does not use allows nothing. */
bool devprog_eval(const struct bpf_insn *prog, size_t n, char type, uint32_t major, uint32_t minor,
	unsigned access);

#endif
