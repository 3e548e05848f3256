/* SPDX-License-Identifier: Apache-2.0 */
/* selfexe.h - run from an executable that nobody can write through /proc/PID/exe (CVE-2019-5736) */
#ifndef CL_KERN_SELFEXE_H
#define CL_KERN_SELFEXE_H

#include "base/err.h"

/* selfexe_protect - to be called before anything that a container may see: in the commands that put
 * a process into one. 0: this process, and every one cloned from it, runs from a file that cannot
 * be written through /proc/PID/exe. When that is not so yet the program is executed again with argv
 * and the environment, from a place where it is; that happens at most once. Open descriptors that
 * are not close-on-exec and the pid stay. -1: it cannot be protected. */
NODISCARD int selfexe_protect(char *const argv[], struct err *e);

#endif
