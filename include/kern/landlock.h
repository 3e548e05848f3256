/* SPDX-License-Identifier: Apache-2.0 */
/* landlock.h - what a process and all its descendants give up for good (landlock(7))
 *
 * A ruleset names the rights that it handles; of these a process under it has only what a rule
 * allows, on top of everything else that must allow it. The numbers are given here: the kernel's
 * own headers on the oldest system we build on end with ABI 2. */
#ifndef CL_KERN_LANDLOCK_H
#define CL_KERN_LANDLOCK_H

#include "base/def.h"

enum { /* filesystem rights, LANDLOCK_ACCESS_FS_* */
	LANDLOCK_FS_EXECUTE = 1 << 0,
	LANDLOCK_FS_WRITE_FILE = 1 << 1,
	LANDLOCK_FS_READ_FILE = 1 << 2,
	LANDLOCK_FS_READ_DIR = 1 << 3,
	LANDLOCK_FS_REMOVE_DIR = 1 << 4,
	LANDLOCK_FS_REMOVE_FILE = 1 << 5,
	LANDLOCK_FS_MAKE_CHAR = 1 << 6,
	LANDLOCK_FS_MAKE_DIR = 1 << 7,
	LANDLOCK_FS_MAKE_REG = 1 << 8,
	LANDLOCK_FS_MAKE_SOCK = 1 << 9,
	LANDLOCK_FS_MAKE_FIFO = 1 << 10,
	LANDLOCK_FS_MAKE_BLOCK = 1 << 11,
	LANDLOCK_FS_MAKE_SYM = 1 << 12,
	LANDLOCK_FS_REFER = 1 << 13,        /* ABI 2 */
	LANDLOCK_FS_TRUNCATE = 1 << 14,     /* ABI 3 */
	LANDLOCK_FS_IOCTL_DEV = 1 << 15,    /* ABI 5 */
	LANDLOCK_FS_RESOLVE_UNIX = 1 << 16, /* ABI 9 */
	LANDLOCK_FS_ABI_1 = (1 << 13) - 1,  /* what the first ABI has */
	LANDLOCK_FS_DIRECTORY =             /* rights that only a directory can have in a rule */
	LANDLOCK_FS_READ_DIR | LANDLOCK_FS_REMOVE_DIR | LANDLOCK_FS_REMOVE_FILE |
		LANDLOCK_FS_MAKE_CHAR | LANDLOCK_FS_MAKE_DIR | LANDLOCK_FS_MAKE_REG |
		LANDLOCK_FS_MAKE_SOCK | LANDLOCK_FS_MAKE_FIFO | LANDLOCK_FS_MAKE_BLOCK |
		LANDLOCK_FS_MAKE_SYM | LANDLOCK_FS_REFER,
};

enum { /* network rights, LANDLOCK_ACCESS_NET_*, ABI 4 */
	LANDLOCK_NET_BIND_TCP = 1 << 0,
	LANDLOCK_NET_CONNECT_TCP = 1 << 1,
};

enum { /* LANDLOCK_SCOPE_*, ABI 6 */
	LANDLOCK_SCOPE_UNIX = 1 << 0,
	LANDLOCK_SCOPE_SIGNALS = 1 << 1,
};

enum { /* LANDLOCK_RESTRICT_SELF_*, ABI 7 */
	LANDLOCK_LOG_SAME_EXEC_OFF = 1 << 0,
	LANDLOCK_LOG_NEW_EXEC_ON = 1 << 1,
	LANDLOCK_LOG_SUBDOMAINS_OFF = 1 << 2,
};

/* what a ruleset handles, or what a kernel knows */
struct landlock_set {
	uint64_t fs, net, scope;
	uint64_t log; /* flags for landlock_restrict */
};

enum { LANDLOCK_ABSENT = 0, LANDLOCK_OFF = -1 };

/* landlock_abi - version of the kernel's interface, from 1 on; LANDLOCK_ABSENT: it has none;
 * LANDLOCK_OFF: it was switched off at boot */
int landlock_abi(void);

/* The calls as they are: result or -1 with errno. No heap: run in init. landlock_create makes the
 * ruleset that handles fs, net and scope of h, O_CLOEXEC; a rule allows what file fd is or what is
 * below it (ENOMSG: allows nothing, EINVAL: rights of directories for a file, or ones not handled),
 * or a TCP port. */
NODISCARD int landlock_create(const struct landlock_set *h);
NODISCARD int landlock_allow_beneath(int ruleset, int fd, uint64_t access);
NODISCARD int landlock_allow_port(int ruleset, uint16_t port, uint64_t access);

/* landlock_restrict - put the ruleset in force for the calling thread and what it execs and forks;
 * needs no_new_privs or CAP_SYS_ADMIN in its user namespace */
NODISCARD int landlock_restrict(int ruleset, uint64_t log);

#endif
