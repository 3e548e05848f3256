/* SPDX-License-Identifier: Apache-2.0 */
/* limits.h - everything a user can size has its limit here */
#ifndef CL_BASE_LIMITS_H
#define CL_BASE_LIMITS_H

enum {
	LIMIT_CONFIG_BYTES = 16 << 20, /* config.json */
	LIMIT_JSON_DEPTH = 64,
	LIMIT_JSON_NODES = 1 << 20,
	LIMIT_FINDINGS = 1000,      /* errors, and warnings, kept of one document */
	LIMIT_ARG_BYTES = 131071,   /* one argument or variable: MAX_ARG_STRLEN less the NUL */
	LIMIT_ARGS_BYTES = 6 << 20, /* all of them: what execve(2) takes at most */
	LIMIT_MOUNTS = 32768,
	LIMIT_DEVICES = 4096,
	LIMIT_MOUNT_DATA = 4095, /* bytes of filesystem options of one mount */
	LIMIT_ID_MAPS = 340,     /* lines in uid_map, user_namespaces(7) */
	LIMIT_HOOKS = 256,       /* of one kind */
	LIMIT_GROUPS = 65536,    /* NGROUPS_MAX */
	LIMIT_SECCOMP_RULES = 65536,
	LIMIT_PASSWD_BYTES = 16 << 20, /* what is read of /etc/passwd of an image */
	LIMIT_LANDLOCK_RULES = 65536,
	LIMIT_STATE_BYTES = 16 << 20,
	LIMIT_ID_LEN = 255,          /* container id: a file name */
	LIMIT_HOST_NAME = 64,        /* __NEW_UTS_LEN */
	LIMIT_KERNEL_FILE = 1 << 20, /* what we read at most from one file in proc or cgroup */
	LIMIT_PRESERVE_FDS = 1024,
};

#endif
