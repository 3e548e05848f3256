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
};

/* tty_relay_start - take over master (it stays the caller's on failure), put standard input into
 * raw mode when it is a terminal, copy its window size to master, which adds carriage returns for a raw terminal only */
NODISCARD int tty_relay_start(struct tty_relay *r, int master, struct err *e);

/* tty_relay_resize - copy the window size again (SIGWINCH) */
void tty_relay_resize(const struct tty_relay *r);

/* tty_relay_want - what to poll(2) for before the next step: standard input and master; fd is -1
 * where there is nothing to wait for now */
void tty_relay_want(const struct tty_relay *r, struct pollfd want[2]);

/* tty_relay_step - move what is there in either direction without waiting for input; called when
 * poll(2) reports one of tty_relay_want. 1: go on, 0: master has ended (EIO: the last slave is
 * closed), or nobody reads our standard output any more */
int tty_relay_step(struct tty_relay *r);

/* tty_relay_done - drain what master still has, put the terminal back, close master */
void tty_relay_done(struct tty_relay *r);

#endif
