/* SPDX-License-Identifier: Apache-2.0 */
/* events.h - statistics of a container, and that the kernel killed in it for want of memory, as
 * lines of JSON
 *
 * {"type":"stats","id":ID,"data":{...}} and {"type":"oom","id":ID}, as runc writes them. A
 * container that is not created, running or paused is the error `container with id ID is not
 * running`. */
#ifndef CL_CTR_EVENTS_H
#define CL_CTR_EVENTS_H

#include "ctr/store.h"

/* events_stats - append one line with the statistics of this moment */
NODISCARD int events_stats(const struct store *s, const char *id, struct str *out, struct err *e);

/* events_follow - write to fd: statistics after each interval, and a line for each process killed
 * for want of memory, until the container's first process has ended or, fd being a pipe or
 * terminal, nobody is there to read it. What was killed is written before the end is noticed.
 * interval_ms: at least 1. */
NODISCARD int events_follow(const struct store *s, const char *id, int64_t interval_ms, int fd,
	struct err *e);

#endif
