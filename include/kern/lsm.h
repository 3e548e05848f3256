/* SPDX-License-Identifier: Apache-2.0 */
/* lsm.h - labels of AppArmor and SELinux
 *
 * proc is an O_PATH descriptor of a procfs that no container could touch: what is written to a file
 * that only looks like an attribute leaves a process without its label (CVE-2019-16884,
 * CVE-2025-52881). No heap: runs in init.
 *
 * A label for the next execve(2) is inherited over clone(2), and gone after the execve. */
#ifndef CL_KERN_LSM_H
#define CL_KERN_LSM_H

#include "base/err.h"

/* lsm_apparmor_exec - change to profile at the next execve(2). no_new_privs: that will be set by
 * then, and whoever is confined already cannot leave his profile: the new one is put on top of it.
 */
NODISCARD int lsm_apparmor_exec(int proc, const char *profile, bool no_new_privs, struct err *e);

/* lsm_selinux_exec - run under label from the next execve(2) on */
NODISCARD int lsm_selinux_exec(int proc, const char *label, struct err *e);

/* lsm_selinux_keys - the label of keyrings that are made until the next execve(2) */
NODISCARD int lsm_selinux_keys(int proc, const char *label, struct err *e);

/* lsm_selinux_root - label the root directory of the mount fd, which may be O_PATH and detached */
NODISCARD int lsm_selinux_root(int fd, const char *label, struct err *e);

#endif
