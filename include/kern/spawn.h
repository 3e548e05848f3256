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
	int record_fd;    /* directory that gets a file about it (spawn_end_recorded), 0: none */
	unsigned flags;   /* SPAWN_* */
};

enum { SPAWN_TIED = 1 /* is killed when the caller ends */ };

/* in record_fd: pid, start time and inode of the program, three numbers of 64 bits */
#define SPAWN_RECORD "hook"

/* spawn_run - start the program, wait for its end. 0 when it exits with status 0. Otherwise -1 and
 * a sentence about what happened: could not be executed (errno text), "exit status 3", "killed by
 * signal 9 (KILL)", "no answer after 5 s, killed", and behind it the end of what it wrote to
 * standard error, escaped; *e has the code ECANCELED when one of stop_fds has ended it.
 *
 * The program gets: a fresh process group, all signals at default and none blocked, standard
 * input from a memfd with the data (so that a program which never reads it breaks nothing),
 * standard output of the caller, a standard error that is passed on to the caller's as long as the
 * program runs, nothing else open. Its exec failure is told apart from its exit status through a
 * close-on-exec pipe. On timeout, or when it is to end, its whole process group is killed. It is
 * always reaped, by pidfd. */
NODISCARD int spawn_run(const struct spawn *s, struct err *e);

/* spawn_end_recorded - kill the process group of the program that dir_fd has a record of, if that
 * still runs: whoever waited for it is gone */
void spawn_end_recorded(int dir_fd);

#endif
