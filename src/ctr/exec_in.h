/* SPDX-License-Identifier: Apache-2.0 */
/* exec_in.h - a program on its way into a container */
#ifndef CL_CTR_EXEC_IN_H
#define CL_CTR_EXEC_IN_H

#include "base/path.h"
#include "ctr/exec.h"
#include "init/init.h"
#include "oci/config.h"
#include "plan/plan.h"

struct exec {
	const struct exec_options *options;
	struct arena arena;
	struct str text, kept_text; /* of the process file, of the container's configuration */
	struct container container; /* loaded, not locked: many run at a time */
	struct config config;       /* the process; little else */
	struct config kept; /* of the container, as create kept it; doc.root NULL: not needed */
	struct plan plan;
	struct str filter; /* compiled filter as kept in the state directory */
	int proc_fd;       /* O_PATH of the host's /proc */
	int init_fd;       /* pidfd of the container's init */
	int root_fd; /* its root directory, where it has no mount namespace of its own; else -1 */
	int cgroup_fd;
	const char *cgroup; /* its path; NULL: the container has none */
	int sync;
	struct init_failure *failure; /* shared with the program's process, or NULL */
	pid_t pid;
	int pidfd;
	int master;
};

/* exec_read - fill x->config, and x->kept where it is needed */
NODISCARD int exec_read(struct exec *x, struct err *e);

/* exec_open_cgroup - x->cgroup_fd: the container's cgroup, or the one below it that --cgroup names */
NODISCARD int exec_open_cgroup(struct exec *x, struct err *e);

/* exec_open_init_cgroup - instead of the container's, which cannot take processes because it hands controllers to its
 * children (EBUSY): the one below it that init is in by now. An error where --cgroup has named that cgroup. */
NODISCARD int exec_open_init_cgroup(struct exec *x, struct err *e);

#endif
