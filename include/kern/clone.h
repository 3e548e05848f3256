/* SPDX-License-Identifier: Apache-2.0 */
/* clone.h - a child in our own memory, for the work of a moment */
#ifndef CL_KERN_CLONE_H
#define CL_KERN_CLONE_H

#include <sys/types.h>

#include "kern/syscalls.h"

/* clone_in_memory - clone3(2) with CLONE_VM | CLONE_VFORK added to args: no page is copied for the child, which runs fn(arg) on a part
 * of our stack (256 KiB), and we go on when it has left our memory. fn must end it, by _exit(2), and may take no lock. What it writes, we see; its
 * descriptors, credentials and namespaces are its own, and it may still hold them when we go on: they are gone when it has been
 * reaped, which has to wait. Its pid, or -1 with errno: ENOSYS where this is not known to work on the processor. Nobody who could
 * trace the child may be trusted less than we are. */
NODISCARD pid_t clone_in_memory(struct clone_args *args, void (*fn)(void *), void *arg);

#endif
