/* SPDX-License-Identifier: Apache-2.0 */
/* create.h - create, start and run */
#ifndef CL_CTR_CREATE_H
#define CL_CTR_CREATE_H

#include "ctr/store.h"

enum cgroup_manager { CGROUP_MANAGER_CGROUPFS, CGROUP_MANAGER_SYSTEMD, CGROUP_MANAGER_DISABLED };

enum rootless { ROOTLESS_AUTO, ROOTLESS_YES, ROOTLESS_NO };

enum {
	CREATE_NO_PIVOT = 1,
	CREATE_NO_NEW_KEYRING = 2,
	CREATE_DETACH = 4,        /* run: return once the program runs */
	CREATE_KEEP = 8,          /* run: do not delete at the end */
	CREATE_NO_SUBREAPER = 16, /* accepted: run never needs to be a subreaper */
	CREATE_DRY_RUN = 32,      /* print the plan to standard output and touch nothing */
	CREATE_ENTER =
		64, /* of this layer: what is cloned enters the cgroup by itself (cg_enter) */
};

struct create_options {
	const char *id;
	const char *bundle; /* as given; "." by default */
	const char *config; /* file name in the bundle, or a path; "config.json" by default */
	const char *console_socket; /* NULL: none */
	const char *pidfd_socket;
	const char *pid_file;
	unsigned preserve_fds;
	unsigned flags; /* CREATE_* */
	enum cgroup_manager cgroup_manager;
	enum rootless rootless; /* are missing rights of the caller to be expected? */
};

/* ctr_create - runtime.md "create": afterwards the container exists in state created, or nothing of
 * it does */
NODISCARD int ctr_create(const struct store *s, const struct create_options *o, struct err *e);

/* ctr_start - runtime.md "start": tells init to go on, and returns once the program runs or with
 * the reason why it does not (in which case the container has been destroyed: steps 8, 10) */
NODISCARD int ctr_start(const struct store *s, const char *id, struct err *e);

/* ctr_run - create and start in one; in the foreground also: pass signals on, relay the terminal,
 * wait, delete. *ret_status: exit status of the program, 128 + n when a signal ended it; 0 with
 * CREATE_DETACH */
NODISCARD int ctr_run(const struct store *s, const struct create_options *o, int *ret_status,
	struct err *e);

#endif
