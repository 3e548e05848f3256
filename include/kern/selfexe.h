/* SPDX-License-Identifier: Apache-2.0 */
/* selfexe.h - run from an executable that nobody can write through /proc/PID/exe (CVE-2019-5736) */
#ifndef CL_KERN_SELFEXE_H
#define CL_KERN_SELFEXE_H

#include "base/arena.h"
#include "base/err.h"

struct selfexe; /* protection on its way */

/* selfexe_protect - to be called at the beginning of every command; enters: it will put a process into a container. 0: then
 * this process, and every one cloned from it, runs from a file that cannot be written through /proc/PID/exe. For a process of
 * one thread. Where the kernel does not let it go on from such a file it is executed again with argv and the environment; that
 * happens at most once. Open descriptors that are not close-on-exec and the pid stay. *ret, which lives in a, is for selfexe_settle.
 * -1: it cannot be protected. */
NODISCARD int selfexe_protect(struct arena *a, char *const argv[], bool enters,
	struct selfexe **ret, struct err *e);

/* selfexe_await, selfexe_settle - wait until it holds: to be called before there is a process that a container can see. NULL: nothing
 * to wait for. The first can be called by a clone that has our memory or a copy of it; the second is for us, at the end. */
void selfexe_await(const struct selfexe *s);
void selfexe_settle(struct selfexe *s);

/* selfexe_become - execute the program image[size] in place of this one, from sealed memory, where it is protected as above, with
 * the arguments and the environment of this process. -1: it cannot be. */
NODISCARD int selfexe_become(const void *image, size_t size, struct err *e);

#endif
