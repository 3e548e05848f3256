/* SPDX-License-Identifier: Apache-2.0 */
/* host.h - what the command line asks about the host and the libraries */
#ifndef CL_CTR_HOST_H
#define CL_CTR_HOST_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/* host_in_userns - is the caller in another user namespace than the initial one? */
bool host_in_userns(void);

/* host_seccomp_version, host_seccomp_flags, host_seccomp_arch - kern/seccomp.h */
const char *host_seccomp_version(struct arena *a);
uint32_t host_seccomp_flags(void);
bool host_seccomp_arch(uint32_t token);

/* host_need_library - kern/library.h */
NODISCARD int host_need_library(struct err *e);

/* host_protect_self - selfexe_protect of kern/selfexe.h */
NODISCARD int host_protect_self(char *const argv[], bool enters, struct err *e);

#endif
