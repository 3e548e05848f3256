/* SPDX-License-Identifier: Apache-2.0 */
/* stop.h - signals that end what a command waits for, so that it can clean up before it ends itself
 */
#ifndef CL_CTR_STOP_H
#define CL_CTR_STOP_H

#include "base/err.h"

/* stop_open - from now on HUP, INT, QUIT and TERM do not end this process but can be read from
 * *ret, which the caller owns */
NODISCARD int stop_open(int *ret, struct err *e);

/* stop_is - is this one of them? */
bool stop_is(int sig);

/* stop_by - *e says that signal sig has ended a wait. Returns -1. */
int stop_by(int sig, struct err *e);

/* stop_signals - SIG_BLOCK, SIG_UNBLOCK: them. 0, or -1 with errno */
int stop_signals(int how);

/* stop_close - close *fd, and let such signals end this process again. Returns 0 */
int stop_close(int *fd);

/* stop_check - has such a signal come? Then -1, and *e says which. fd -1: there is none */
int stop_check(int fd, struct err *e);

/* stop_wait - until sock can be read: 0; or such a signal has come: -1 */
NODISCARD int stop_wait(int fd, int sock, struct err *e);

#endif
