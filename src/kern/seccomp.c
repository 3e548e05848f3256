/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp.c - a profile to a filter, and its installation
 *
 * libseccomp writes the filter; it is taken out of the library as instructions (not loaded by it), because the process
 * that needs it is another one, which may not allocate, and because the flags of seccomp(2) are the profile's. What the
 * profile cannot know answers ENOSYS: see seccomp_stub.c.
 *
 * The library's binary tree (SCMP_FLTATR_CTL_OPTIMIZE 2) is not asked for: with 350 names on three architectures it takes
 * 11 ms to make instead of 6, and 0.4 ms to install instead of 0.9. At run time Linux 5.11 and later remember what is
 * always allowed, in either form. */
#include "kern/seccomp.h"

#include <assert.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/limits.h"
#include "base/log.h"
#include "kern/seccomp_stub.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

enum {
	ARG_INDEX_END = 6,    /* arguments of a system call */
	X32_BIT = 0x40000000, /* in the numbers of x32, which share AUDIT_ARCH_X86_64 */
	ARM_OWN = 0x0f0000,   /* numbers that arm keeps to itself: cacheflush, set_tls ... */
};

static const struct {
	uint32_t flag;
	uint32_t with; /* what the kernel wants to see beside it */
	const char *name;
} filter_flags[] = {
	{ SECCOMP_FILTER_FLAG_TSYNC, 0, "SECCOMP_FILTER_FLAG_TSYNC" },
	{ SECCOMP_FILTER_FLAG_LOG, 0, "SECCOMP_FILTER_FLAG_LOG" },
	{ SECCOMP_FILTER_FLAG_SPEC_ALLOW, 0, "SECCOMP_FILTER_FLAG_SPEC_ALLOW" },
	{ SECCOMP_FILTER_FLAG_NEW_LISTENER, 0, "SECCOMP_FILTER_FLAG_NEW_LISTENER" },
	{ SECCOMP_FILTER_FLAG_TSYNC_ESRCH, 0, "SECCOMP_FILTER_FLAG_TSYNC_ESRCH" },
	{ SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, SECCOMP_FILTER_FLAG_NEW_LISTENER,
		"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" },
};

/* those a libseccomp can know; for messages */
static const struct {
	uint32_t token;
	const char *name;
} arch_names[] = {
	{ SCMP_ARCH_X86, "SCMP_ARCH_X86" },
	{ SCMP_ARCH_X86_64, "SCMP_ARCH_X86_64" },
	{ SCMP_ARCH_X32, "SCMP_ARCH_X32" },
	{ SCMP_ARCH_ARM, "SCMP_ARCH_ARM" },
	{ SCMP_ARCH_AARCH64, "SCMP_ARCH_AARCH64" },
	{ 0xc0000102, "SCMP_ARCH_LOONGARCH64" },
	{ 0x00000004, "SCMP_ARCH_M68K" },
	{ SCMP_ARCH_MIPS, "SCMP_ARCH_MIPS" },
	{ SCMP_ARCH_MIPS64, "SCMP_ARCH_MIPS64" },
	{ SCMP_ARCH_MIPS64N32, "SCMP_ARCH_MIPS64N32" },
	{ SCMP_ARCH_MIPSEL, "SCMP_ARCH_MIPSEL" },
	{ SCMP_ARCH_MIPSEL64, "SCMP_ARCH_MIPSEL64" },
	{ SCMP_ARCH_MIPSEL64N32, "SCMP_ARCH_MIPSEL64N32" },
	{ SCMP_ARCH_PPC, "SCMP_ARCH_PPC" },
	{ SCMP_ARCH_PPC64, "SCMP_ARCH_PPC64" },
	{ SCMP_ARCH_PPC64LE, "SCMP_ARCH_PPC64LE" },
	{ SCMP_ARCH_S390, "SCMP_ARCH_S390" },
	{ SCMP_ARCH_S390X, "SCMP_ARCH_S390X" },
	{ SCMP_ARCH_PARISC, "SCMP_ARCH_PARISC" },
	{ SCMP_ARCH_PARISC64, "SCMP_ARCH_PARISC64" },
	{ SCMP_ARCH_RISCV64, "SCMP_ARCH_RISCV64" },
	{ 0x4000002a, "SCMP_ARCH_SH" },
	{ 0x0000002a, "SCMP_ARCH_SHEB" },
};

static void release_filter(scmp_filter_ctx *ctx)
{
	if (*ctx)
		seccomp_release(*ctx);
}

#define auto_filter __attribute__((cleanup(release_filter)))

static const char *arch_name(struct arena *a, uint32_t token)
{
	for (size_t i = 0; i < ARRAY_LEN(arch_names); i++)
		if (arch_names[i].token == token)
			return arch_names[i].name;
	return arena_fmt(a, "0x%08x", token);
}

static int add_archs(struct arena *a, scmp_filter_ctx ctx, const struct seccomp_profile *p,
	struct err *e)
{
	for (size_t i = 0; i < p->n_archs; i++) {
		const int rc = seccomp_arch_add(ctx, p->archs[i]);

		if (rc == 0 || rc == -EEXIST)
			continue;
		const char *name = arch_name(a, p->archs[i]);

		if (rc == -EDOM)
			return err_set(e, EDOM,
				"add architecture \"%s\" to the filter: must have the endianness of this machine, \"%s\"",
				name, arch_name(a, seccomp_arch_native()));
		if (rc == -EINVAL)
			return err_set(e, EINVAL,
				"add architecture \"%s\" to the filter: unknown to libseccomp %s",
				name, seccomp_library_version(a));
		return err_sys(e, -rc, "add architecture \"%s\" to the filter", name);
	}
	return 0;
}

/* read_args - r->args as the library wants them. Returns how many of them make one rule: all, or 1 when an index comes
 * twice (the library allows one condition per argument; users write them as alternatives). -1: invalid. */
static int read_args(const struct seccomp_rule *r, struct scmp_arg_cmp *ret, struct err *e)
{
	unsigned seen = 0;
	bool twice = false;

	for (size_t i = 0; i < r->n_args; i++) {
		const struct seccomp_arg *arg = &r->args[i];

		if (arg->index >= ARG_INDEX_END)
			return err_set(e, EINVAL, "argument index %u must be 0 to 5", arg->index);
		twice = twice || (seen & (1U << arg->index)) != 0;
		seen |= 1U << arg->index;
		ret[i] = SCMP_CMP64(arg->index, (enum scmp_compare)arg->op, arg->value,
			arg->value_two);
	}
	return twice ? 1 : (int)r->n_args;
}

static int add_call(scmp_filter_ctx ctx, const struct seccomp_rule *r, int number,
	const struct scmp_arg_cmp *args, unsigned per_rule)
{
	size_t done = 0;

	do {
		const int rc =
			seccomp_rule_add_array(ctx, r->action, number, per_rule, args + done);

		if (rc < 0)
			return rc;
		done += per_rule;
	} while (done < r->n_args);
	return 0;
}

/* add_rule - the calls of one rule; *count grows by what the library was given */
static int add_rule(struct arena *a, scmp_filter_ctx ctx, const struct seccomp_rule *r,
	size_t *count, struct err *e)
{
	struct scmp_arg_cmp *args = arena_array(a, r->n_args + 1, sizeof(*args));
	const int per_rule = read_args(r, args, e);

	if (per_rule < 0)
		return -1;
	for (const char *const *name = r->names; *name; name++) {
		const int number = seccomp_syscall_resolve_name(*name);

		if (number == __NR_SCMP_ERROR) {
			log_debug("%s: skipping system call \"%s\": unknown to libseccomp",
				r->where, *name);
			continue;
		}
		*count += per_rule == 1 ? r->n_args : 1;
		if (*count > LIMIT_SECCOMP_RULES)
			return err_set(e, E2BIG, "more than %d rules", LIMIT_SECCOMP_RULES);
		const int rc = add_call(ctx, r, number, args, (unsigned)per_rule);

		if (rc < 0)
			return err_sys(e, -rc, "add system call \"%s\" to the filter", *name);
	}
	return 0;
}

static int add_rules(struct arena *a, scmp_filter_ctx ctx, const struct seccomp_profile *p,
	size_t *count, struct err *e)
{
	for (size_t i = 0; i < p->n_rules; i++) {
		/* the library refuses a rule that says what the default says */
		if (p->rules[i].action == p->default_action)
			continue;
		if (add_rule(a, ctx, &p->rules[i], count, e) < 0)
			return err_in(e, "%s", p->rules[i].where);
	}
	return 0;
}

#if SCMP_VER_MAJOR > 2 || (SCMP_VER_MAJOR == 2 && SCMP_VER_MINOR >= 6)
static int export_filter(struct arena *a, scmp_filter_ctx ctx, struct seccomp_filter *ret,
	struct err *e)
{
	size_t len = 0;
	int rc = seccomp_export_bpf_mem(ctx, NULL, &len);

	if (rc == 0) {
		ret->insns = arena_alloc(a, len);
		rc = seccomp_export_bpf_mem(ctx, ret->insns, &len);
	}
	if (rc < 0)
		return err_sys(e, -rc, "generate the filter");
	ret->n = len / sizeof(*ret->insns);
	return 0;
}
#else
static int export_filter(struct arena *a, scmp_filter_ctx ctx, struct seccomp_filter *ret,
	struct err *e)
{
	auto_close int fd = memfd_create("seccomp-filter", MFD_CLOEXEC);

	if (fd < 0)
		return err_sys(e, errno, "make memory for the filter");
	const int rc = seccomp_export_bpf(ctx, fd);

	if (rc < 0)
		return err_sys(e, -rc, "generate the filter");
	const off_t len = lseek(fd, 0, SEEK_CUR);

	if (len < 0)
		return err_sys(e, errno, "read the filter");
	ret->insns = arena_alloc(a, (size_t)len);
	if (pread(fd, ret->insns, (size_t)len, 0) != len)
		return err_set(e, EIO, "read the filter: it is shorter than %lld bytes",
			(long long)len);
	ret->n = (size_t)len / sizeof(*ret->insns);
	return 0;
}
#endif

/* note_name - raise arch->last to the number of name on the architecture token */
static void note_name(uint32_t token, const char *name, struct stub_arch *arch, bool *mentioned)
{
	int number = seccomp_syscall_resolve_name_arch(token, name);

	/* socket and System V calls that once were one multiplexed call have pseudo numbers from -101 and -201 on in the
	 * library, which filters the old way and the direct numbers. All of these lie below pidfd_send_signal. */
	if (number <= -100 && number > -300)
		number = seccomp_syscall_resolve_name_arch(token, "pidfd_send_signal");
	if (number < 0 || (arch->apart && (uint32_t)number >= arch->apart))
		return;
	*mentioned = true;
	if ((uint32_t)number > arch->last)
		arch->last = (uint32_t)number;
}

/* describe_arch - the stub's view of architecture token; false when the profile mentions nothing of it */
static bool describe_arch(const struct seccomp_profile *p, uint32_t token, struct stub_arch *ret)
{
	bool mentioned = false;

	*ret = (struct stub_arch){ .audit = token };
	if (token == SCMP_ARCH_X86_64)
		ret->apart = X32_BIT;
	else if (token == SCMP_ARCH_ARM)
		ret->apart = ARM_OWN;
	for (size_t i = 0; i < p->n_rules; i++)
		for (const char *const *name = p->rules[i].names; *name; name++)
			note_name(token, *name, ret, &mentioned);
	return mentioned;
}

/* add_stub - ENOSYS in front, for a default action that is not an allowing one */
static void add_stub(struct arena *a, const struct seccomp_profile *p, struct seccomp_filter *f)
{
	struct stub_arch *archs = arena_array(a, p->n_archs + 1, sizeof(*archs));
	const uint32_t native = seccomp_arch_native();
	size_t n = 0;

	if (p->default_action == SCMP_ACT_ALLOW || p->default_action == SCMP_ACT_LOG ||
		p->default_action == SCMP_ACT_ERRNO(ENOSYS))
		return;
	n += describe_arch(p, native, &archs[n]);
	for (size_t i = 0; i < p->n_archs; i++) {
		const uint32_t token = p->archs[i];

		/* x32 is no architecture to the kernel: its numbers are those apart of x86_64 */
		if (token != native && token != SCMP_ARCH_NATIVE && token != SCMP_ARCH_X32)
			n += describe_arch(p, token, &archs[n]);
	}
	stub_prepend(a, archs, n, f);
}

static bool has_flag(size_t i)
{
	/* the flags are looked at before the address, which is none */
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		       filter_flags[i].flag | filter_flags[i].with, NULL) < 0 &&
		errno == EFAULT;
}

uint32_t seccomp_supported_flags(void)
{
	uint32_t flags = 0;

	for (size_t i = 0; i < ARRAY_LEN(filter_flags); i++)
		if (has_flag(i))
			flags |= filter_flags[i].flag;
	return flags;
}

static bool notifies(const struct seccomp_profile *p)
{
	for (size_t i = 0; i < p->n_rules; i++)
		if (p->rules[i].action == SCMP_ACT_NOTIFY)
			return true;
	return p->default_action == SCMP_ACT_NOTIFY;
}

/* choose_flags - what seccomp(2) is to be called with */
static int choose_flags(const struct seccomp_profile *p, uint32_t *ret, struct err *e)
{
	uint32_t flags = p->flags, known = 0;

	if (notifies(p)) {
		flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
		/* the thread that hands the listener over must stay free, and is gone with execve */
		flags &= ~(uint32_t)SECCOMP_FILTER_FLAG_TSYNC;
	} else {
		/* about a listener that will not be there */
		flags &= ~(uint32_t)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	}
	for (size_t i = 0; i < ARRAY_LEN(filter_flags); i++) {
		known |= filter_flags[i].flag;
		if ((flags & filter_flags[i].flag) && !has_flag(i))
			return err_set(e, EINVAL,
				"set filter flag \"%s\": this kernel does not have it",
				filter_flags[i].name);
	}
	if (flags & ~known)
		return err_set(e, EINVAL, "set filter flags 0x%x: unknown", flags & ~known);
	*ret = flags;
	return 0;
}

int seccomp_compile(struct arena *a, const struct seccomp_profile *p, struct seccomp_filter *ret,
	struct err *e)
{
	struct seccomp_filter filter = { 0 };
	uint32_t flags = 0;
	size_t count = 0;

	if (choose_flags(p, &flags, e) < 0)
		return -1;
	auto_filter scmp_filter_ctx ctx = seccomp_init(p->default_action);

	if (!ctx)
		return err_set(e, EINVAL,
			"make a filter with default action 0x%08x: refused by libseccomp %s or the kernel",
			p->default_action, seccomp_library_version(a));
	if (add_archs(a, ctx, p, e) < 0 || add_rules(a, ctx, p, &count, e) < 0)
		return -1;
	if (export_filter(a, ctx, &filter, e) < 0)
		return -1;
	add_stub(a, p, &filter);
	if (filter.n > BPF_MAXINSNS)
		return err_set(e, E2BIG, "the filter has %zu instructions, the kernel takes %d",
			filter.n, BPF_MAXINSNS);
	filter.flags = flags;
	*ret = filter;
	return 0;
}

const char *seccomp_library_version(struct arena *a)
{
	const struct scmp_version *v = seccomp_version();

	return v ? arena_fmt(a, "%u.%u.%u", v->major, v->minor, v->micro) : "0.0.0";
}

int seccomp_install(const struct seccomp_filter *f)
{
	const struct sock_fprog program = { .len = (unsigned short)f->n, .filter = f->insns };

	assert(f->n <= BPF_MAXINSNS);
	if (f->n == 0)
		return 0;
	const long rc = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, f->flags, &program);

	/* TSYNC without TSYNC_ESRCH returns the thread that cannot follow */
	if (rc > 0 && !(f->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER)) {
		errno = ESRCH;
		return -1;
	}
	return (int)rc;
}
