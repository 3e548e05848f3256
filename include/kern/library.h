/* SPDX-License-Identifier: Apache-2.0 */
/* library.h - libraries that are loaded on first use
 *
 * The program as installed is linked statically, for a start without dynamic loader, and such a
 * program cannot load a library. So it carries itself once more, linked dynamically, and executes
 * that in its place when there is a library to load. */
#ifndef CL_KERN_LIBRARY_H
#define CL_KERN_LIBRARY_H

#include "base/err.h"

/* library_need - a library will be loaded: to be called before anything has been changed, or read
 * that cannot be read again. 0: this program can do it. Else the one that can is executed with the
 * same arguments and environment; descriptors that are close-on-exec, locks with them, are gone
 * then. -1: that was not possible. */
NODISCARD int library_need(struct err *e);

/* library_open - library_need, and load a library (dlopen(3)). NULL with *e, in one line */
void *library_open(const char *name, struct err *e);

/* library_symbol - what the library calls name, or NULL */
void *library_symbol(void *library, const char *name);

void library_close(void *library);

#endif
