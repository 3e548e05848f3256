/* SPDX-License-Identifier: Apache-2.0 */
/* list.h - one container after the other, for a table: nothing in one of them stops the list */
#ifndef CL_CTR_LIST_H
#define CL_CTR_LIST_H

#include "ctr/store.h"

enum list_result { LIST_GONE, LIST_LOADED, LIST_UNKNOWN };

/* list_load - the container and the word for its status; *ret_pid: 0 unless a process of it lives.
 * When its state.json cannot be understood the status is "broken", with a warning in the log that
 * names file and reason, but "creating" while it is missing and a command is still at work; the
 * state then has the id and empty strings. *ret_pidfd (may be NULL) is as ctr_status has it.
 * LIST_GONE: it has gone since its id was read. LIST_UNKNOWN: it could not be looked at (no
 * descriptor left, no memory, ...): the status is "unknown", a warning says why, and whoever shows
 * it must not end as if all had been seen. */
enum list_result list_load(const struct store *s, const char *id, struct container *ret,
	const char **ret_status, pid_t *ret_pid, int *ret_pidfd);

/* list_incomplete - the error for n containers of which something could not be read, 0: none, and
 * no error */
NODISCARD int list_incomplete(size_t n, struct err *e);

/* list_owner - name of the user in /etc/passwd (read when first needed, into *passwd), else "#1000"
 */
const char *list_owner(struct arena *a, struct str *passwd, uint32_t uid);

#endif
