/* SPDX-License-Identifier: Apache-2.0 */
/* clone.h - a child in our own memory, for the work of a moment */
#ifndef CL_KERN_CLONE_H
#define CL_KERN_CLONE_H

#include <sys/types.h>

#include "kern/syscalls.h"

enum { CLONE_STACK = 256 * 1024 }; /* only what is touched is there; the child must not need more */

/* clone_in_memory - clone3(2) with CLONE_VM added to args: no page is copied for the child, which
 * runs fn(arg) on stack, CLONE_STACK bytes aligned to 16. fn must end it, by _exit(2), and may take
 * no lock and use no heap. The call returns at once, so both run at the same time. Until the end of
 * the child is seen (its pidfd can be read) the caller leaves alone the stack, what arg leads to
 * and all that is not its own stack; errno is the one thing that both may write. There is no
 * CLONE_VFORK: that wait ends for SIGKILL only, and a child that somebody freezes would make it
 * endless. Descriptors, credentials and namespaces are the child's own. Its pid, or -1 with errno:
 * ENOSYS where this is not known to work on the processor. Nobody who could trace the child may be
 * trusted less than we are. */
NODISCARD pid_t clone_in_memory(struct clone_args *args, void *stack, void (*fn)(void *),
	void *arg);

#endif
