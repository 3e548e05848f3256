/* SPDX-License-Identifier: Apache-2.0 */
/* deadline.h - turn "at most so long" into poll(2) timeouts */
#ifndef CL_KERN_DEADLINE_H
#define CL_KERN_DEADLINE_H

#include <limits.h>

#include "kern/proc.h"

enum {
	DEADLINE_NONE = -1,
};

/* deadline_in - the moment timeout_ms from now; -1: never */
static inline int64_t deadline_in(int64_t timeout_ms)
{
	return timeout_ms < 0 ? DEADLINE_NONE : proc_now_ms() + timeout_ms;
}

/* deadline_left - milliseconds for poll(2): 0 when the moment has passed, -1 when it never comes */
static inline int deadline_left(int64_t deadline)
{
	int64_t left;

	if (deadline == DEADLINE_NONE)
		return -1;
	left = deadline - proc_now_ms();
	if (left <= 0)
		return 0;
	return left < INT_MAX ? (int)left : INT_MAX;
}

#endif
