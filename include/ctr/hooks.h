/* SPDX-License-Identifier: Apache-2.0 */
/* hooks.h - run the hooks that belong to the runtime's namespaces (config.md "POSIX-platform
 * Hooks") */
#ifndef CL_CTR_HOOKS_H
#define CL_CTR_HOOKS_H

#include "ctr/store.h"
#include "oci/config.h"

struct hook_about {
	const struct state *state;
	const char *status; /* shown with the state */
	pid_t pid;          /* also shown */
	int stop_fd;        /* as of stop_open; -1: none */
	int record;         /* state directory that gets a record of the hook (spawn.h); -1: none */
	int init; /* pidfd of the process that the hooks are of no use without; -1: none */
};

/* hooks_run - run every hook of one kind in order, each with the OCI state on its standard input
 * and the bundle as working directory. Stops at the first failure: -1, the error names kind, index,
 * path and reason. */
NODISCARD int hooks_run(const struct config_hooks *h, enum config_hook_kind kind,
	const struct hook_about *about, struct err *e);

/* hooks_run_poststop - the poststop hooks kept in the state; a failure is a warning and the rest
 * still run (HOOK-15). stop_fd: as of stop_open, a signal ends the hook that runs; -1: signals end
 * this process */
void hooks_run_poststop(const struct state *s, int stop_fd);

#endif
