/* SPDX-License-Identifier: Apache-2.0 */
/* notify.h - sd_notify(3) from inside a container to whoever started us (NOTIFY_SOCKET)
 *
 * The container gets a socket of its own, in a directory of the state directory that is bound
 * read-only on /run/notify. What arrives there is passed on by `start` or `run`, and only that the
 * service is ready: the caller's socket itself would let the container speak to the host's manager
 * in the caller's name. */
#ifndef CL_CTR_NOTIFY_H
#define CL_CTR_NOTIFY_H

#include "ctr/store.h"

#define NOTIFY_DIR "notify"

/* notify_wanted - NOTIFY_SOCKET of the environment, NULL when unset or empty */
const char *notify_wanted(void);

/* notify_prepare - make the directory, for the mount */
NODISCARD int notify_prepare(const struct container *c, struct err *e);

/* notify_listen - bind the socket, before init goes on; *ret_fd is owned by the caller, -1 when the
 * container was made without one. Changes the current directory. */
NODISCARD int notify_listen(const struct container *c, int *ret_fd, struct err *e);

/* notify_pass - read what is there; once READY=1 came, tell the host's manager, with init's pid as
 * MAINPID. true: done */
bool notify_pass(int fd, pid_t pid);

/* notify_wait - notify_pass until ready, or until the process behind pidfd has ended */
void notify_wait(int fd, int pidfd, pid_t pid);

#endif
