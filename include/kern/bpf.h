/* SPDX-License-Identifier: Apache-2.0 */
/* bpf.h - load a device program and attach it to a cgroup (bpf(2), kernel 4.15; replace 5.6) */
#ifndef CL_KERN_BPF_H
#define CL_KERN_BPF_H

#include <linux/bpf.h>

#include "base/err.h"

/* bpf_attach_devices - load prog[n] and attach it to the cgroup behind cgroup_fd with
 * BPF_F_ALLOW_MULTI. A program that this function attached to this very cgroup before (known by its
 * name, BPF_PROGRAM_NAME) is replaced in one step (BPF_F_REPLACE), so there is no moment without a
 * filter, and never two; before Linux 5.6 the old one is detached behind the new one. Programs of
 * others (a service manager's) stay. BPF_ATTACH_FRESH: the caller has just made the cgroup, so
 * there is nothing to look for. The error names the remedy when the kernel refuses (EPERM:
 * capabilities, EINVAL: CONFIG_CGROUP_BPF). */
#define BPF_PROGRAM_NAME "crun_lite_dev"
enum { BPF_ATTACH_FRESH = 1 };
NODISCARD int bpf_attach_devices(int cgroup_fd, const struct bpf_insn *prog, size_t n,
	unsigned flags, struct err *e);

#endif
