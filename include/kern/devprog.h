/* SPDX-License-Identifier: Apache-2.0 */
/* devprog.h - device rules to an eBPF program of type BPF_PROG_TYPE_CGROUP_DEVICE; pure
 *
 * Semantics of cgroup v1 devices: rules in order, the last one that matches decides, nothing matches = denied. The
 * program is the shortest that says the same: a rule that a later one covers completely is left out, everything in
 * front of the last rule that matches everything is left out. */
#ifndef CL_KERN_DEVPROG_H
#define CL_KERN_DEVPROG_H

#include <linux/bpf.h>

#include "base/arena.h"

struct dev_rule {
	bool allow;
	char type;       /* 'a', 'b', 'c' */
	bool any_major, any_minor;
	uint32_t major, minor;
	unsigned access; /* BPF_DEVCG_ACC_MKNOD | _READ | _WRITE */
};

/* devprog_build - instructions for rules[n], in the arena. *ret_n is never 0 (an empty list denies everything). Does not fail. */
void devprog_build(struct arena *a, const struct dev_rule *rules, size_t n, struct bpf_insn **ret, size_t *ret_n);

/* devprog_eval - what the program decides for one access, by interpreting it; for tests and `--dry-run` */
bool devprog_eval(const struct bpf_insn *prog, size_t n, char type, uint32_t major, uint32_t minor, unsigned access);

#endif
