/* SPDX-License-Identifier: Apache-2.0 */
/* stop.h - signals that end what a command waits for, so that it can clean up before it ends itself */
#ifndef CL_CTR_STOP_H
#define CL_CTR_STOP_H

#include "base/err.h"

/* stop_open - from now on HUP, INT, QUIT and TERM do not end this process but can be read from *ret, which the caller owns */
NODISCARD int stop_open(int *ret, struct err *e);

/* stop_is - is this one of them? */
bool stop_is(int sig);

/* stop_by - *e says that signal sig has ended a wait. Returns -1. */
int stop_by(int sig, struct err *e);

/* stop_check - has such a signal come? Then -1, and *e says which. fd -1: there is none */
int stop_check(int fd, struct err *e);

/* stop_wait - until sock can be read: 0; or such a signal has come: -1 */
NODISCARD int stop_wait(int fd, int sock, struct err *e);

#endif
