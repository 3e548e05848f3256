/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp.h - a profile to a classic BPF filter (in the parent) and its installation (in init)
 *
 * The filter answers as one that libseccomp makes would; rules that contradict each other are
 * decided as seccomp_gen.c says. Beyond that: system calls newer than every one that the profile
 * names answer ENOSYS instead of the default action when that is not an allowing one, as runc does,
 * so that programs fall back to what they know. */
#ifndef CL_KERN_SECCOMP_H
#define CL_KERN_SECCOMP_H

#include <linux/filter.h>

#include "base/arena.h"
#include "base/err.h"

struct seccomp_arg {
	uint32_t index;
	uint64_t value, value_two;
	uint32_t op; /* enum scmp_compare */
};

struct seccomp_rule {
	const char *const *names;       /* NULL-terminated */
	uint32_t action;                /* SCMP_ACT_*, errno folded in */
	const struct seccomp_arg *args; /* all must hold */
	size_t n_args;
	const char *where; /* for messages: "config.json:3:4: linux.seccomp.syscalls[2]" */
};

struct seccomp_profile {
	uint32_t default_action;
	const uint32_t *archs; /* SCMP_ARCH_*; native is always included */
	size_t n_archs;
	uint32_t flags; /* SECCOMP_FILTER_FLAG_* */
	const struct seccomp_rule *rules;
	size_t n_rules;
	bool is_strict; /* a name that libseccomp does not know is an error */
};

struct seccomp_filter {
	struct sock_filter *insns; /* arena */
	size_t n;                  /* 0: no filter; at most BPF_MAXINSNS */
	uint32_t flags; /* for seccomp(2); NEW_LISTENER included when the profile notifies */
};

/* seccomp_compile - the filter of profile p. A name that libseccomp does not know is skipped with a
 * debug line (log.h). The same argument index twice in one rule makes separate rules, each
 * sufficient, as runc and crun do. Rules whose action equals the default are skipped.
 * WAIT_KILLABLE_RECV is dropped when nothing notifies, TSYNC where something does
 * (src/init/listener.c). Fails on flags that the kernel lacks, on an architecture of other
 * endianness or unknown to the library, and on a filter larger than the kernel takes. */
NODISCARD int seccomp_compile(struct arena *a, const struct seccomp_profile *p,
	struct seccomp_filter *ret, struct err *e);

/* seccomp_supported_flags - which SECCOMP_FILTER_FLAG_* this kernel takes, probed */
uint32_t seccomp_supported_flags(void);

/* seccomp_knows_arch - does the libseccomp in use have SCMP_ARCH_* token? */
bool seccomp_knows_arch(uint32_t token);

/* seccomp_library_version - "2.5.4": the libseccomp in use, in the arena. (seccomp_version is the
 * library's own.) */
const char *seccomp_library_version(struct arena *a);

/* seccomp_install - seccomp(2) for the calling thread; needs no_new_privs or CAP_SYS_ADMIN in its
 * user namespace. With SECCOMP_FILTER_FLAG_NEW_LISTENER returns the notify descriptor (O_CLOEXEC),
 * else 0; -1 with errno, ESRCH when TSYNC met a thread that cannot take the filter. Makes no other
 * system call: it is the last thing before execve(2). */
NODISCARD int seccomp_install(const struct seccomp_filter *f);

enum { SECCOMP_ANSWER_BROKEN = 0x12345678 };

/* seccomp_native - AUDIT_ARCH_* of this program */
extern const uint32_t seccomp_native;

/* seccomp_answer - SECCOMP_RET_* that the filter has for a system call, by interpreting it;
 * SECCOMP_ANSWER_BROKEN when it is none that we make */
struct seccomp_data;
uint32_t seccomp_answer(const struct seccomp_filter *f, const struct seccomp_data *data);

/* seccomp_spares - will a thread under the filter survive this system call, and not wait for an
 * agent either? It may succeed or fail. For the architecture of this program. */
bool seccomp_spares(const struct seccomp_filter *f, long number, const uint64_t args[6]);

#endif
