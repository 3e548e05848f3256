/* SPDX-License-Identifier: Apache-2.0 */
/* foreground.h - stay with a program until it ends: signals, terminal, sd_notify
 *
 * One poll(2) for all: signals (a signalfd, set up before the clone so that none is lost), the end
 * of the program (its pidfd), the terminal, standard input, and kills for want of memory. */
#ifndef CL_CTR_FOREGROUND_H
#define CL_CTR_FOREGROUND_H

#include <sys/types.h>

#include "base/err.h"
#include "ctr/ended.h"
#include "held.h"
#include "kern/proc.h"
#include "kern/tty.h"

struct foreground {
	int signals; /* signalfd */
	int notify;  /* socket of the container, -1: none or done; owned */
	struct tty_relay relay;
	bool relaying;
	struct ended_watch memory;
	struct held held; /* run, restore: of init */
	uint64_t early;   /* bit n - 1: signal n came before there was a program to pass it on to */
	int stopped;      /* the signal that ended foreground_check; 0: none */
	int64_t deadline; /* when to wait no longer, as of kern/deadline.h; never unless set */
	struct proc_end
		end; /* how the program ended, once foreground_wait has returned its status */
};

#define auto_foreground __attribute__((cleanup(foreground_done)))

void foreground_init(struct foreground *f);
void foreground_done(struct foreground *f);

/* foreground_signals - block all signals but faults and open the signalfd */
NODISCARD int foreground_signals(struct foreground *f, struct err *e);

/* foreground_check - while there is no program yet that signals could be passed on to: has one come
 * that asks us to end (stop.h)? Then -1 with *e. The others are kept for foreground_wait. */
NODISCARD int foreground_check(struct foreground *f, struct err *e);

/* foreground_relay - join our terminal and *master, which is taken over; -1 in *master: nothing to
 * do */
NODISCARD int foreground_relay(struct foreground *f, int *master, struct err *e);

/* foreground_wait - until the process behind pidfd (pid) has ended, or is held (held.h): its exit
 * status, 128 + n when a signal ended it; -1 with *e. When the deadline has passed *e is ETIMEDOUT,
 * and the process neither ended nor reaped. */
NODISCARD int foreground_wait(struct foreground *f, int pidfd, pid_t pid, struct err *e);

#endif
