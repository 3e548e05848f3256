/* SPDX-License-Identifier: Apache-2.0 */
/* list.h - one container after the other, for a table: nothing in one of them stops the list */
#ifndef CL_CTR_LIST_H
#define CL_CTR_LIST_H

#include "ctr/store.h"

/* list_load - the container and the word for its status; *ret_pid: 0 unless a process of it lives. When its state cannot be read the status is
 * "creating" while a command is still at work on it, else "broken", with a warning in the log that names file and reason; the state then
 * has the id and empty strings. *ret_pidfd (may be NULL) is as ctr_status has it. false: it has gone since its id was read. */
bool list_load(const struct store *s, const char *id, struct container *ret,
	const char **ret_status, pid_t *ret_pid, int *ret_pidfd);

/* list_owner - name of the user in /etc/passwd (read when first needed, into *passwd), else "#1000" */
const char *list_owner(struct arena *a, struct str *passwd, uint32_t uid);

#endif
