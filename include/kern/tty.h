/* SPDX-License-Identifier: Apache-2.0 */
/* tty.h - pseudo terminals: made inside the container's devpts, handed out over a console socket,
 * relayed in the foreground */
#ifndef CL_KERN_TTY_H
#define CL_KERN_TTY_H

#include <poll.h>
#include <stdint.h>

#include "base/err.h"

/* tty_open_pair - open "ptmx" on the devpts root behind devpts_fd (checked: DEVPTS_SUPER_MAGIC, a
 * 5:2 character device, opened with RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV: CVE-2025-52565), unlock
 * it, take the peer with TIOCGPTPEER and set the size (0x0: left alone). Both descriptors O_CLOEXEC
 * | O_NOCTTY, owned by the caller. No heap: runs in init. */
NODISCARD int tty_open_pair(int devpts_fd, uint16_t rows, uint16_t columns, int *ret_master,
	int *ret_slave, struct err *e);

/* tty_take - make slave the controlling terminal of the calling process (setsid first) and its fds
 * 0, 1 and 2 */
NODISCARD int tty_take(int slave, struct err *e);

/* tty_send_master - connect to the AF_UNIX stream socket at path and send master with its name as
 * payload, without a NUL behind it. */
NODISCARD int tty_send_master(const char *path, int master, const char *name, struct err *e);

/* A relay joins the caller's terminal to a container's in the foreground. */
struct tty_relay {
	int master;      /* owned */
	int host_tty;    /* fd 0 of the caller when it is a terminal, else -1; not owned */
	bool raw;        /* termios was changed: tty_relay_done puts it back */
	bool in_open;    /* standard input has not ended yet */
	char saved[128]; /* struct termios as it was */
	char out[4096];  /* read from standard input, not yet accepted by master */
	size_t out_len;
	int to; /* standard output, as a file description of our own that does not block; -1: there
		   is none */
	size_t step; /* bytes that standard output takes without waiting once poll(2) says so */
	char shown[4096]; /* read from master, not yet accepted by standard output */
	size_t shown_len;
	size_t drained; /* bytes since the end */
};

enum { TTY_RELAY_FDS = 3 };

/* tty_relay_start - take over master (it stays the caller's on failure), put standard input into
 * raw mode when it is a terminal, copy its window size to master, which adds carriage returns for a
 * raw terminal only */
NODISCARD int tty_relay_start(struct tty_relay *r, int master, struct err *e);

/* tty_relay_resize - copy the window size again (SIGWINCH) */
void tty_relay_resize(const struct tty_relay *r);

/* tty_relay_want - what to poll(2) for before the next step: standard input, master, standard
 * output; fd is -1 where there is nothing to wait for now */
void tty_relay_want(const struct tty_relay *r, struct pollfd want[TTY_RELAY_FDS]);

/* tty_relay_step - move what is there in either direction without waiting; called when
 * poll(2) reports one of tty_relay_want. 1: go on, 0: master has ended (EIO: the last slave is
 * closed), or nobody reads our standard output any more */
int tty_relay_step(struct tty_relay *r);

/* tty_relay_rest - when the program has ended: show what master still has, as far as standard
 * output takes it without waiting, and put the terminal back. true: there is more, for when
 * standard output has room */
bool tty_relay_rest(struct tty_relay *r);

/* tty_relay_done - the same, what is not taken now is lost; close master */
void tty_relay_done(struct tty_relay *r);

#endif
