/* SPDX-License-Identifier: Apache-2.0 */
/* standard.h - standard descriptors that lead out of a container */
#ifndef CL_CTR_STANDARD_H
#define CL_CTR_STANDARD_H

#include "base/arena.h"

/* standard_descriptors - what our own standard descriptors are, in the words of criu:
 * "file[MOUNT:INODE]", "pipe:[INODE]", "tty[RDEV:DEV]", "socket:[INODE]"; "" for a closed one. They
 * are those of a container's first process, which inherits them. In the arena, with NULL at the
 * end. proc: descriptor of a procfs */
const char **standard_descriptors(struct arena *a, int proc);

/* standard_mount - the id of the mount in the name of a file, as in mountinfo
 * (proc_pid_mountinfo(5)); false: it is no file */
bool standard_mount(const char *name, unsigned *ret);

#endif
