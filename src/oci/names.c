/* SPDX-License-Identifier: Apache-2.0 */
/* names.c - the string <-> number tables of the spec
 *
 * A table is in the order in which it is shown (messages, `features`); capabilities are indexed by
 * their number. Where one value has two names the preferred one comes first, because names_of
 * answers with the first. */
#include "oci/names.h"

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include "base/compat.h"
#include "base/mount.h"
#include "base/near.h"
#include "base/num.h"
#include "base/str.h"

/* newer than the headers of the oldest system we build on; all of them are kernel ABI */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
#ifndef SCMP_ARCH_LOONGARCH64
#define SCMP_ARCH_LOONGARCH64 0xc0000102u
#endif
#ifndef SCMP_ARCH_M68K
#define SCMP_ARCH_M68K AUDIT_ARCH_M68K
#endif
#ifndef SCMP_ARCH_SH
#define SCMP_ARCH_SH AUDIT_ARCH_SHEL
#endif
#ifndef SCMP_ARCH_SHEB
#define SCMP_ARCH_SHEB AUDIT_ARCH_SH
#endif

enum {
	MEMORY_WEIGHTED_INTERLEAVE =
		6, /* MPOL_WEIGHTED_INTERLEAVE, since 6.9; not in every header */
};

#define ROW(constant)               \
	{                           \
#constant, constant \
	}
#define TABLE(table) const struct names names_##table = { table, ARRAY_LEN(table) }

static const struct name capabilities[] = {
	ROW(CAP_CHOWN),
	ROW(CAP_DAC_OVERRIDE),
	ROW(CAP_DAC_READ_SEARCH),
	ROW(CAP_FOWNER),
	ROW(CAP_FSETID),
	ROW(CAP_KILL),
	ROW(CAP_SETGID),
	ROW(CAP_SETUID),
	ROW(CAP_SETPCAP),
	ROW(CAP_LINUX_IMMUTABLE),
	ROW(CAP_NET_BIND_SERVICE),
	ROW(CAP_NET_BROADCAST),
	ROW(CAP_NET_ADMIN),
	ROW(CAP_NET_RAW),
	ROW(CAP_IPC_LOCK),
	ROW(CAP_IPC_OWNER),
	ROW(CAP_SYS_MODULE),
	ROW(CAP_SYS_RAWIO),
	ROW(CAP_SYS_CHROOT),
	ROW(CAP_SYS_PTRACE),
	ROW(CAP_SYS_PACCT),
	ROW(CAP_SYS_ADMIN),
	ROW(CAP_SYS_BOOT),
	ROW(CAP_SYS_NICE),
	ROW(CAP_SYS_RESOURCE),
	ROW(CAP_SYS_TIME),
	ROW(CAP_SYS_TTY_CONFIG),
	ROW(CAP_MKNOD),
	ROW(CAP_LEASE),
	ROW(CAP_AUDIT_WRITE),
	ROW(CAP_AUDIT_CONTROL),
	ROW(CAP_SETFCAP),
	ROW(CAP_MAC_OVERRIDE),
	ROW(CAP_MAC_ADMIN),
	ROW(CAP_SYSLOG),
	ROW(CAP_WAKE_ALARM),
	ROW(CAP_BLOCK_SUSPEND),
	ROW(CAP_AUDIT_READ),
	ROW(CAP_PERFMON),
	ROW(CAP_BPF),
	ROW(CAP_CHECKPOINT_RESTORE),
};
_Static_assert(ARRAY_LEN(capabilities) == CAP_CHECKPOINT_RESTORE + 1, "a capability is missing");
TABLE(capabilities);

#define SIGNAL_ROW(name)         \
	{                        \
#name, SIG##name \
	}

static const struct name signals[] = {
	SIGNAL_ROW(HUP),
	SIGNAL_ROW(INT),
	SIGNAL_ROW(QUIT),
	SIGNAL_ROW(ILL),
	SIGNAL_ROW(TRAP),
	SIGNAL_ROW(ABRT),
	SIGNAL_ROW(BUS),
	SIGNAL_ROW(FPE),
	SIGNAL_ROW(KILL),
	SIGNAL_ROW(USR1),
	SIGNAL_ROW(SEGV),
	SIGNAL_ROW(USR2),
	SIGNAL_ROW(PIPE),
	SIGNAL_ROW(ALRM),
	SIGNAL_ROW(TERM),
	SIGNAL_ROW(STKFLT),
	SIGNAL_ROW(CHLD),
	SIGNAL_ROW(CONT),
	SIGNAL_ROW(STOP),
	SIGNAL_ROW(TSTP),
	SIGNAL_ROW(TTIN),
	SIGNAL_ROW(TTOU),
	SIGNAL_ROW(URG),
	SIGNAL_ROW(XCPU),
	SIGNAL_ROW(XFSZ),
	SIGNAL_ROW(VTALRM),
	SIGNAL_ROW(PROF),
	SIGNAL_ROW(WINCH),
	SIGNAL_ROW(IO),
	SIGNAL_ROW(PWR),
	SIGNAL_ROW(SYS),
	/* other names of the same numbers */
	SIGNAL_ROW(IOT),
	SIGNAL_ROW(CLD),
	SIGNAL_ROW(POLL),
};
TABLE(signals);

static const struct name rlimits[] = {
	ROW(RLIMIT_AS),
	ROW(RLIMIT_CORE),
	ROW(RLIMIT_CPU),
	ROW(RLIMIT_DATA),
	ROW(RLIMIT_FSIZE),
	ROW(RLIMIT_LOCKS),
	ROW(RLIMIT_MEMLOCK),
	ROW(RLIMIT_MSGQUEUE),
	ROW(RLIMIT_NICE),
	ROW(RLIMIT_NOFILE),
	ROW(RLIMIT_NPROC),
	ROW(RLIMIT_RSS),
	ROW(RLIMIT_RTPRIO),
	ROW(RLIMIT_RTTIME),
	ROW(RLIMIT_SIGPENDING),
	ROW(RLIMIT_STACK),
};
_Static_assert(ARRAY_LEN(rlimits) == RLIMIT_NLIMITS, "a resource limit is missing");
TABLE(rlimits);

static const struct name namespaces[] = {
	{ "cgroup", CLONE_NEWCGROUP },
	{ "ipc", CLONE_NEWIPC },
	{ "mount", CLONE_NEWNS },
	{ "network", CLONE_NEWNET },
	{ "pid", CLONE_NEWPID },
	{ "time", CLONE_NEWTIME },
	{ "user", CLONE_NEWUSER },
	{ "uts", CLONE_NEWUTS },
};
TABLE(namespaces);

static const struct name seccomp_actions[] = {
	ROW(SCMP_ACT_ALLOW),
	{ "SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0) },
	ROW(SCMP_ACT_KILL),
	ROW(SCMP_ACT_KILL_PROCESS),
	ROW(SCMP_ACT_KILL_THREAD),
	ROW(SCMP_ACT_LOG),
	ROW(SCMP_ACT_NOTIFY),
	{ "SCMP_ACT_TRACE", SCMP_ACT_TRACE(0) },
	ROW(SCMP_ACT_TRAP),
};
TABLE(seccomp_actions);

static const struct name seccomp_operators[] = {
	ROW(SCMP_CMP_EQ),
	ROW(SCMP_CMP_GE),
	ROW(SCMP_CMP_GT),
	ROW(SCMP_CMP_LE),
	ROW(SCMP_CMP_LT),
	ROW(SCMP_CMP_MASKED_EQ),
	ROW(SCMP_CMP_NE),
};
TABLE(seccomp_operators);

static const struct name seccomp_archs[] = {
	ROW(SCMP_ARCH_AARCH64),
	ROW(SCMP_ARCH_ARM),
	ROW(SCMP_ARCH_LOONGARCH64),
	ROW(SCMP_ARCH_M68K),
	ROW(SCMP_ARCH_MIPS),
	ROW(SCMP_ARCH_MIPS64),
	ROW(SCMP_ARCH_MIPS64N32),
	ROW(SCMP_ARCH_MIPSEL),
	ROW(SCMP_ARCH_MIPSEL64),
	ROW(SCMP_ARCH_MIPSEL64N32),
	ROW(SCMP_ARCH_PARISC),
	ROW(SCMP_ARCH_PARISC64),
	ROW(SCMP_ARCH_PPC),
	ROW(SCMP_ARCH_PPC64),
	ROW(SCMP_ARCH_PPC64LE),
	ROW(SCMP_ARCH_RISCV64),
	ROW(SCMP_ARCH_S390),
	ROW(SCMP_ARCH_S390X),
	ROW(SCMP_ARCH_SH),
	ROW(SCMP_ARCH_SHEB),
	ROW(SCMP_ARCH_X32),
	ROW(SCMP_ARCH_X86),
	ROW(SCMP_ARCH_X86_64),
};
TABLE(seccomp_archs);

static const struct name seccomp_flags[] = {
	ROW(SECCOMP_FILTER_FLAG_LOG),
	ROW(SECCOMP_FILTER_FLAG_SPEC_ALLOW),
	ROW(SECCOMP_FILTER_FLAG_TSYNC),
	ROW(SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV),
};
TABLE(seccomp_flags);

/* SCHED_ISO of the spec is left out: no kernel ever had it */
static const struct name sched_policies[] = {
	{ "SCHED_OTHER", SCHED_NORMAL },
	ROW(SCHED_FIFO),
	ROW(SCHED_RR),
	ROW(SCHED_BATCH),
	ROW(SCHED_IDLE),
	ROW(SCHED_DEADLINE),
};
TABLE(sched_policies);

static const struct name sched_flags[] = {
	ROW(SCHED_FLAG_RESET_ON_FORK),
	ROW(SCHED_FLAG_RECLAIM),
	ROW(SCHED_FLAG_DL_OVERRUN),
	ROW(SCHED_FLAG_KEEP_POLICY),
	ROW(SCHED_FLAG_KEEP_PARAMS),
	ROW(SCHED_FLAG_UTIL_CLAMP_MIN),
	ROW(SCHED_FLAG_UTIL_CLAMP_MAX),
};
TABLE(sched_flags);

static const struct name io_classes[] = { ROW(IOPRIO_CLASS_RT), ROW(IOPRIO_CLASS_BE),
	ROW(IOPRIO_CLASS_IDLE) };
TABLE(io_classes);

static const struct name personalities[] = { { "LINUX", PER_LINUX }, { "LINUX32", PER_LINUX32 } };
TABLE(personalities);

static const struct name memory_modes[] = {
	ROW(MPOL_BIND),
	ROW(MPOL_DEFAULT),
	ROW(MPOL_INTERLEAVE),
	ROW(MPOL_LOCAL),
	ROW(MPOL_PREFERRED),
	ROW(MPOL_PREFERRED_MANY),
	{ "MPOL_WEIGHTED_INTERLEAVE", MEMORY_WEIGHTED_INTERLEAVE },
};
TABLE(memory_modes);

static const struct name memory_flags[] = {
	ROW(MPOL_F_NUMA_BALANCING),
	ROW(MPOL_F_RELATIVE_NODES),
	ROW(MPOL_F_STATIC_NODES),
};
TABLE(memory_flags);

static const struct name propagations[] = {
	{ "private", MS_PRIVATE },
	{ "rprivate", MS_PRIVATE | MS_REC },
	{ "rshared", MS_SHARED | MS_REC },
	{ "rslave", MS_SLAVE | MS_REC },
	{ "runbindable", MS_UNBINDABLE | MS_REC },
	{ "shared", MS_SHARED },
	{ "slave", MS_SLAVE },
	{ "unbindable", MS_UNBINDABLE },
};
TABLE(propagations);

/* landlock(7): the kernel's names in lower case, each one bit */
static const struct name landlock_fs[] = {
	{ "execute", 1 << 0 },
	{ "write_file", 1 << 1 },
	{ "read_file", 1 << 2 },
	{ "read_dir", 1 << 3 },
	{ "remove_dir", 1 << 4 },
	{ "remove_file", 1 << 5 },
	{ "make_char", 1 << 6 },
	{ "make_dir", 1 << 7 },
	{ "make_reg", 1 << 8 },
	{ "make_sock", 1 << 9 },
	{ "make_fifo", 1 << 10 },
	{ "make_block", 1 << 11 },
	{ "make_sym", 1 << 12 },
	{ "refer", 1 << 13 },
	{ "truncate", 1 << 14 },
	{ "ioctl_dev", 1 << 15 },
	{ "resolve_unix", 1 << 16 },
};
TABLE(landlock_fs);

static const struct name landlock_net[] = {
	{ "bind_tcp", 1 << 0 },
	{ "connect_tcp", 1 << 1 },
};
TABLE(landlock_net);

static const struct name landlock_scopes[] = {
	{ "abstract_unix_socket", 1 << 0 },
	{ "signal", 1 << 1 },
};
TABLE(landlock_scopes);

static const struct name landlock_log[] = {
	{ "same_exec_off", 1 << 0 },
	{ "new_exec_on", 1 << 1 },
	{ "subdomains_off", 1 << 2 },
};
TABLE(landlock_log);

const struct name *names_find(const struct names *t, const char *name)
{
	for (size_t i = 0; i < t->count; i++) {
		if (str_eq(t->list[i].name, name))
			return &t->list[i];
	}
	return NULL;
}

const char *names_near(const struct names *t, const char *text)
{
	const char *closest = NULL;
	unsigned best = NEAR_FAR;

	for (size_t i = 0; i < t->count; i++) {
		unsigned score = near_score(text, strlen(text), t->list[i].name);

		if (score < best) {
			best = score;
			closest = t->list[i].name;
		}
	}
	return closest;
}

const char *names_of(const struct names *t, uint64_t value)
{
	for (size_t i = 0; i < t->count; i++) {
		if (t->list[i].value == value)
			return t->list[i].name;
	}
	return NULL;
}

void names_bits(const struct names *t, uint64_t mask, struct str *out)
{
	size_t n = 0;

	for (size_t i = 0; i < t->count; i++) {
		if (!(mask & t->list[i].value))
			continue;
		str_addf(out, "%s%s", n++ ? ", " : "", t->list[i].name);
		mask &= ~t->list[i].value;
	}
	if (mask)
		str_addf(out, "%s%#jx", n ? ", " : "", (uintmax_t)mask);
}

enum {
	SIGNAL_MAX = 64,
};

/* the number in "RTMIN", "RTMIN+3", "RTMAX", "RTMAX-1", or 0 */
static int real_time_signal(const char *text)
{
	int base = strncasecmp(text, "RTMIN", 5) == 0 ? SIGRTMIN : SIGRTMAX;
	char sign = base == SIGRTMIN ? '+' : '-';
	uint32_t offset = 0;

	if (base == SIGRTMAX && strncasecmp(text, "RTMAX", 5) != 0)
		return 0;
	if (text[5] != '\0' && (text[5] != sign || !num_u32(text + 6, &offset)))
		return 0;
	if (offset > (uint32_t)(SIGRTMAX - SIGRTMIN))
		return 0;
	return base == SIGRTMIN ? base + (int)offset : base - (int)offset;
}

static int signal_number(const char *text)
{
	int number;

	if (num_int(text, &number))
		return number;
	if (strncasecmp(text, "SIG", 3) == 0)
		text += 3;
	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		if (strcasecmp(signals[i].name, text) == 0)
			return (int)signals[i].value;
	}
	return real_time_signal(text);
}

bool names_signal(const char *text, int *ret)
{
	int number = signal_number(text);

	if (number < 1 || number > SIGNAL_MAX)
		return false;
	*ret = number;
	return true;
}
