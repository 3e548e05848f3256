/* SPDX-License-Identifier: Apache-2.0 */
/* exefile.h - what /proc/PID/exe of this process leads to */
#ifndef CL_KERN_EXEFILE_H
#define CL_KERN_EXEFILE_H

#include "base/def.h"

/* exefile_set - let this process go on from fd, which must be the file that it was executed from, opened for reading through
 * another mount: the program is mapped from there, and /proc/PID/exe, ours and that of every process cloned from now on, leads
 * there. argv is that of main(). For a process of one thread. -1 with errno: it does not; EINVAL: not with this kernel (CONFIG_CHECKPOINT_RESTORE). */
NODISCARD int exefile_set(int fd, char *const argv[]);

#endif
