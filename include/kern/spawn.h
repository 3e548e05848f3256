/* SPDX-License-Identifier: Apache-2.0 */
/* spawn.h - run a program with data on its standard input, and wait for it with a deadline (hooks)
 *
 * Used by the parent and by init: no heap, no stdio. */
#ifndef CL_KERN_SPAWN_H
#define CL_KERN_SPAWN_H

#include "base/err.h"

struct spawn {
	const char *path;        /* absolute; used as is, no PATH search */
	const char *const *argv; /* NULL-terminated; NULL: { path, NULL } */
	const char *const *envp; /* NULL-terminated; NULL: the caller's environment */
	const void *input;       /* what the program reads from standard input, then end of file */
	size_t input_len;
	int cwd_fd;       /* directory to start in, or -1: the caller's */
	uint32_t timeout; /* seconds, 0: none */
	int stop_fds[2];  /* descriptors that end it when they can be read, 0: none */
};

/* spawn_run - start the program, wait for its end. 0 when it exits with status 0. Otherwise -1 and
 * a sentence about what happened: could not be executed (errno text), "exit status 3", "killed by
 * signal 9 (KILL)", "no answer after 5 s, killed"; *e has the code
 * ECANCELED when one of stop_fds has ended it.
 *
 * The program gets: a fresh process group, all signals at default and none blocked, standard
 * input from a memfd with the data (so that a program which never reads it breaks nothing),
 * standard output and error of the caller, nothing else open. Its exec failure is told apart from
 * its exit status through a close-on-exec pipe. On timeout, or when it is to end, its whole process group is killed. It is
 * always reaped, by pidfd. */
NODISCARD int spawn_run(const struct spawn *s, struct err *e);

#endif
