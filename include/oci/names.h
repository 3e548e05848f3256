/* SPDX-License-Identifier: Apache-2.0 */
/* names.h - every string <-> number table of the spec
 *
 * Each table is one array, used for parsing, for messages and for `features`: what is listed is
 * what is recognised. */
#ifndef CL_OCI_NAMES_H
#define CL_OCI_NAMES_H

#include "base/def.h"

struct name {
	const char *name;
	uint64_t value;
};

struct names {
	const struct name *list;
	size_t count;
};

extern const struct names names_capabilities;      /* CAP_CHOWN = 0 … in numeric order */
extern const struct names names_signals;           /* HUP = 1 … without "SIG" */
extern const struct names names_rlimits;           /* RLIMIT_NOFILE … */
extern const struct names names_namespaces;        /* pid = CLONE_NEWPID … */
extern const struct names names_seccomp_actions;   /* SCMP_ACT_* */
extern const struct names names_seccomp_operators; /* SCMP_CMP_* */
extern const struct names names_seccomp_archs;     /* SCMP_ARCH_* */
extern const struct names names_seccomp_flags;     /* SECCOMP_FILTER_FLAG_* */
extern const struct names names_sched_policies;    /* SCHED_* */
extern const struct names names_sched_flags;       /* SCHED_FLAG_* */
extern const struct names names_io_classes;        /* IOPRIO_CLASS_* */
extern const struct names names_personalities;     /* LINUX, LINUX32 */
extern const struct names names_memory_modes;      /* MPOL_* */
extern const struct names names_memory_flags;      /* MPOL_F_* */
extern const struct names names_propagations;      /* private … rshared = MS_* */
extern const struct names names_landlock_fs;       /* execute = LANDLOCK_ACCESS_FS_EXECUTE … */
extern const struct names names_landlock_net;      /* LANDLOCK_ACCESS_NET_* */
extern const struct names names_landlock_scopes;   /* LANDLOCK_SCOPE_* */
extern const struct names names_landlock_log;      /* LANDLOCK_RESTRICT_SELF_LOG_* */

enum { NAMES_LANDLOCK_ABI = 9 }; /* the tables of Landlock end with what this ABI added */

/* names_find - the entry called name, exactly as spelt; NULL when unknown */
const struct name *names_find(const struct names *t, const char *name);

/* names_near - the name that text, which is unknown, is probably a slip of; NULL: there is none */
const char *names_near(const struct names *t, const char *text);

/* names_of - the name of value, or NULL */
const char *names_of(const struct names *t, uint64_t value);

/* names_bits - "read_file, truncate, 0x100000": the names of the single bits in mask, what has none
 * as one number */
struct str;
void names_bits(const struct names *t, uint64_t mask, struct str *out);

/* names_signal - signal number of "9", "KILL", "SIGKILL", "RTMIN+3", "SIGRTMAX-1", in any case;
 * false when unknown or out of 1..64 */
bool names_signal(const char *text, int *ret);

#endif
