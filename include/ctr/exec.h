/* SPDX-License-Identifier: Apache-2.0 */
/* exec.h - run one more program in a container */
#ifndef CL_CTR_EXEC_H
#define CL_CTR_EXEC_H

#include "ctr/store.h"

/* exit status when the time is over, as of timeout(1) */
enum { EXEC_TIMED_OUT = 124 };

enum {
	EXEC_DETACH = 1, /* return once the program runs */
	EXEC_TTY = 2,    /* with a terminal */
	EXEC_NO_NEW_PRIVS = 4,
	EXEC_IGNORE_PAUSED = 8, /* also into a paused container: it runs when that is resumed */
	EXEC_SUB_CGROUP = 16,   /* in a new cgroup, which ends with the program; see timeout_ms */
};

struct exec_options {
	const char *id;
	const char *process;    /* file with a process object; then nothing but the descriptors and
				   sockets below is looked at; NULL: what follows */
	char *const *args;      /* NULL-terminated */
	const char *cwd;        /* NULL: the container's */
	const char *const *env; /* NULL-terminated or NULL: more variables, or other values */
	const char *user;       /* UID[:GID] or NULL */
	const char *const *groups; /* NULL-terminated or NULL: more supplementary groups */
	const char *const
		*caps; /* NULL-terminated or NULL: more capabilities, with or without "CAP_" */
	const char *apparmor, *process_label;
	const char *console_socket, *pidfd_socket, *pid_file;
	const char *const *cgroups; /* NULL-terminated or NULL: [CTRL[,CTRL...]:]PATH of the one
				       cgroup below the container's */
	unsigned preserve_fds;
	int64_t timeout_ms; /* > 0: after so long everything in the new cgroup is killed; 0: never
			     */
	unsigned flags;     /* EXEC_* */
};

/* ctr_exec - the program gets the namespaces, cgroup, seccomp filter and root filesystem of the
 * container, which must be created or running (paused only with EXEC_IGNORE_PAUSED). What is not in
 * the options comes from the container's config.json as it was when it was made. *ret_status: as
 * for ctr_run.
 *
 * EXEC_SUB_CGROUP: below the cgroup it would be in otherwise, one more is made. When the program
 * has ended, what it has left there is killed and the cgroup removed. With EXEC_DETACH it stays
 * until a later exec of that kind finds it empty, or the container is deleted. timeout_ms implies
 * it, is refused with EXEC_DETACH, and counts from the call: a program that has not been executed
 * by then, because the container is paused, is killed too. Then -1 is returned, and *ret_status is
 * EXEC_TIMED_OUT.
 *
 * HUP, INT, QUIT or TERM before the program runs end the call, too: -1, and *ret_status is 128 +
 * the signal. */
NODISCARD int ctr_exec(const struct store *s, const struct exec_options *o, int *ret_status,
	struct err *e);

#endif
