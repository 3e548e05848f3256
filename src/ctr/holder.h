/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CL_CTR_HOLDER_H
#define CL_CTR_HOLDER_H

/* holder_end - wait until the command that has locked the directory behind fd has ended; one that does not in some seconds is told to,
 * and at last killed */
void holder_end(int fd);

#endif
