/* SPDX-License-Identifier: Apache-2.0 */
/* selfexe.h - run from an executable that nobody can write through /proc/PID/exe (CVE-2019-5736) */
#ifndef CL_KERN_SELFEXE_H
#define CL_KERN_SELFEXE_H

#include "base/err.h"

/* selfexe_protect - to be called at the beginning of every command; enters: it will put a process
 * into a container. 0: then this process, and every one cloned from it, runs from a file that
 * cannot be written through /proc/PID/exe. For a process of one thread. Where nothing has seen to
 * that before the C library began (src/kern/entry.c), it is executed again with argv and the
 * environment; that happens at most once. Open descriptors that are not close-on-exec and the pid
 * stay. -1: it cannot be protected. */
NODISCARD int selfexe_protect(char *const argv[], bool enters, struct err *e);

/* selfexe_become - execute the program image[size] in place of this one, from sealed memory, where
 * it is protected as above, with the arguments and the environment of this process. -1: it cannot
 * be. */
NODISCARD int selfexe_become(const void *image, size_t size, struct err *e);

#endif
