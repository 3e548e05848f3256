/* SPDX-License-Identifier: Apache-2.0 */
/* sync.h - typed messages between the parent and init
 *
 * One SOCK_SEQPACKET pair; each end is held by exactly one process. A side that fails sends
 * SYNC_ERROR and closes; end of file means the peer is gone. Nobody reads after a failed write.
 * Every message but a warning is a request answered by the next one, so neither side waits for what
 * the other will not send. No heap: runs in init. */
#ifndef CL_KERN_SYNC_H
#define CL_KERN_SYNC_H

#include <sys/types.h>

#include "base/err.h"

enum sync_type {
	SYNC_ERROR = 1,  /* init → parent, init → start: text and errno; the sender ends */
	SYNC_CHILD,      /* stage → parent: pid (as the parent sees it) and pidfd of init */
	SYNC_UNSHARED,   /* init → parent: the user namespace is there, its id maps are wanted */
	SYNC_GO,         /* parent → init: id maps are written, it is in its cgroup: go on */
	SYNC_MOUNT,      /* helper → parent: a detached mount; init: the same, to map its ids */
	SYNC_BUILT,      /* init → parent: namespaces and mounts are there, nothing pivoted yet */
	SYNC_HOOKS_DONE, /* parent → init: prestart and createRuntime hooks succeeded */
	SYNC_READY,      /* init → parent: all is set up; limits left to do; the pty master */
	SYNC_COMMIT,     /* parent → init: the state is recorded, wait for start */
	SYNC_START, /* start → init: run the program; on the start socket with the reply socket */
	SYNC_LISTENER, /* start → init, after START: the socket of the seccomp agent */
	SYNC_WARNING,  /* init → parent: text for the log; more follows */
	SYNC_SHOW,     /* exec → init that waits for start, as START: show the namespaces */
	SYNC_SHOWN, /* init → exec: one of them; type 0: the root directory. Then end of file */
};

struct sync_message {
	enum sync_type type;
	int32_t value; /* ERROR: errno; CHILD, COMMIT: pid; READY: limits, a bit each; SHOWN: type
			*/
	int fd;        /* descriptor that came along, owned by the receiver, or -1 */
	uint32_t len;  /* bytes of text */
	char text[ERR_MAX]; /* ERROR, WARNING */
};

/* sync_send - 0, or -1 with errno (EPIPE: the peer is gone) */
NODISCARD int sync_send(int sock, enum sync_type type, int32_t value, int fd);

/* sync_send_error - *e as SYNC_ERROR */
NODISCARD int sync_send_error(int sock, const struct err *e);

/* sync_send_warning - the text of *e as SYNC_WARNING */
NODISCARD int sync_send_warning(int sock, const struct err *e);

/* sync_recv - the next message. 1: got one; 0: end of file; -1 with errno (EPROTO: not ours) */
NODISCARD int sync_recv(int sock, struct sync_message *ret);

/* where messages come from */
struct sync_peer {
	int sock;
	const char *name; /* in errors: "NAME ended without a word" */
	/* called before each sync_recv: waits until sock can be read, or ends the wait with -1 and
	 * *e; NULL: nothing but the peer can end it */
	int (*wait)(const void *arg, int sock, struct err *e);
	const void *arg;
};

/* sync_expect_from - as sync_expect, with a wait that others can end, too */
NODISCARD int sync_expect_from(const struct sync_peer *peer, enum sync_type type,
	struct sync_message *ret, struct err *e);

/* sync_expect - sync_recv that wants exactly type: logs a SYNC_WARNING and goes on waiting, fills
 * *e from a SYNC_ERROR, and says who is gone at end of file. 0 or -1 */
NODISCARD int sync_expect(int sock, enum sync_type type, const char *peer, struct sync_message *ret,
	struct err *e);

#endif
