/* SPDX-License-Identifier: Apache-2.0 */
/* host.c - questions that cli may not ask the kernel itself */
#include "ctr/host.h"

#include <sys/stat.h>

#include "kern/library.h"
#include "kern/seccomp.h"
#include "kern/selfexe.h"

/* inode of the initial user namespace in nsfs: fixed by the kernel, USER_NS_INIT_INO in
 * linux/nsfs.h since 6.17 */
#define INITIAL_USERNS 0xEFFFFFFDU

bool host_in_userns(void)
{
	struct stat st;

	return stat("/proc/self/ns/user", &st) == 0 && st.st_ino != INITIAL_USERNS;
}

const char *host_seccomp_version(struct arena *a)
{
	return seccomp_library_version(a);
}

uint32_t host_seccomp_flags(void)
{
	return seccomp_supported_flags();
}

bool host_seccomp_arch(uint32_t token)
{
	return seccomp_knows_arch(token);
}

int host_need_library(struct err *e)
{
	return library_need(e);
}

int host_protect_self(char *const argv[], bool enters, struct err *e)
{
	return selfexe_protect(argv, enters, e);
}
