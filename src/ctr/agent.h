/* SPDX-License-Identifier: Apache-2.0 */
/* agent.h - the seccomp agent that answers what a filter notifies; for create, run, start and exec
 */
#ifndef CL_CTR_AGENT_H
#define CL_CTR_AGENT_H

#include "oci/state.h"
#include "plan/plan.h"

/* agent_text - what it will be told about a process, which init gives its pid; with p->path NULL
 * nothing. pid: of the container, 0 when it is that very process */
void agent_text(struct arena *a, const struct state *s, const char *status, pid_t pid,
	struct plan_listener *p);

/* agent_connect - to the one at path; *ret is owned by the caller, -1 when path is NULL */
NODISCARD int agent_connect(const char *path, int *ret, struct err *e);

#endif
