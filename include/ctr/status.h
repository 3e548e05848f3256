/* SPDX-License-Identifier: Apache-2.0 */
/* status.h - what a container is doing, computed when asked (runtime.md "State"; LIFE-18) */
#ifndef CL_CTR_STATUS_H
#define CL_CTR_STATUS_H

#include "ctr/store.h"

enum ctr_status { STATUS_CREATING, STATUS_CREATED, STATUS_RUNNING, STATUS_PAUSED, STATUS_STOPPED };

const char *ctr_status_name(enum ctr_status s);

/* ctr_status - creating: no pid recorded yet. stopped: the recorded process is gone (kern/proc.h).
 * paused: cgroup.events says frozen. created: init still has its start socket (connecting a
 * datagram socket to it succeeds). Else running. *ret_pidfd (may be NULL) receives a pidfd of init
 * for every status with a living process, else -1; the caller owns it. */
NODISCARD int ctr_status(const struct container *c, enum ctr_status *ret, int *ret_pidfd,
	struct err *e);

#endif
