/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CL_CTR_HOLDER_H
#define CL_CTR_HOLDER_H

#include <sys/types.h>

/* holder_of - the process that has locked the directory behind fd; 0: none, or it cannot be told */
pid_t holder_of(int fd);

/* holder_end - wait until the command that has locked the directory behind fd has ended; one that
 * does not in some seconds is told to, and at last killed */
void holder_end(int fd);

#endif
