/* SPDX-License-Identifier: Apache-2.0 */
/* exec.h - run one more program in a container */
#ifndef CL_CTR_EXEC_H
#define CL_CTR_EXEC_H

#include "ctr/store.h"

enum {
	EXEC_DETACH = 1, /* return once the program runs */
	EXEC_TTY = 2,    /* with a terminal */
	EXEC_NO_NEW_PRIVS = 4,
	EXEC_IGNORE_PAUSED = 8, /* also into a paused container: it runs when that is resumed */
};

struct exec_options {
	const char *id;
	const char *
		process; /* file with a process object; then nothing but the descriptors and sockets below is looked at; NULL: what follows */
	char *const *args;         /* NULL-terminated */
	const char *cwd;           /* NULL: the container's */
	const char *const *env;    /* NULL-terminated or NULL: more variables, or other values */
	const char *user;          /* UID[:GID] or NULL */
	const char *const *groups; /* NULL-terminated or NULL: more supplementary groups */
	const char *const
		*caps; /* NULL-terminated or NULL: more capabilities, with or without "CAP_" */
	const char *apparmor, *process_label;
	const char *console_socket, *pidfd_socket, *pid_file;
	const char *const *
		cgroups; /* NULL-terminated or NULL: [CTRL[,CTRL...]:]PATH of the one cgroup below the container's */
	unsigned preserve_fds;
	unsigned flags; /* EXEC_* */
};

/* ctr_exec - the program gets the namespaces, cgroup, seccomp filter and root filesystem of the container, which must be created or
 * running (paused only with EXEC_IGNORE_PAUSED). What is not in the options comes from the container's config.json as it was
 * when it was made. *ret_status: as for ctr_run. */
NODISCARD int ctr_exec(const struct store *s, const struct exec_options *o, int *ret_status,
	struct err *e);

#endif
