/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp.c - a profile to a filter, and its installation
 *
 * libseccomp knows names, numbers and architectures; the program is our own (seccomp_gen.c). Its
 * generator takes 6 ms for a profile of 350 names on three architectures, twenty times as long, and
 * it makes a chain of comparisons that is walked at every call. Two things are added to what a
 * profile says:
 *
 * Calls that were multiplexed. On some architectures sockets and System V IPC once were one call
 * each, socketcall(2) and ipc(2), whose first argument says which. A rule for "socket" is one for
 * both ways there. What the old way points to cannot be looked at: conditions on the first argument
 * hold for the direct call only.
 *
 * Calls that the profile cannot know. A profile that denies by default was written against the
 * system calls of its day. A C library that tries a newer one first falls back only on ENOSYS: any
 * other answer is a failure to the program. So numbers above the largest one that the profile
 * mentions answer ENOSYS. */
#include "kern/seccomp.h"

#include <assert.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/syscall.h>

#include "base/limits.h"
#include "base/log.h"
#include "kern/seccomp_gen.h"

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
	const char *name, *since;
} filter_flags[] = {
	{ SECCOMP_FILTER_FLAG_TSYNC, 0, "SECCOMP_FILTER_FLAG_TSYNC", "3.17" },
	{ SECCOMP_FILTER_FLAG_LOG, 0, "SECCOMP_FILTER_FLAG_LOG", "4.14" },
	{ SECCOMP_FILTER_FLAG_SPEC_ALLOW, 0, "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "4.17" },
	{ SECCOMP_FILTER_FLAG_NEW_LISTENER, 0, "SECCOMP_FILTER_FLAG_NEW_LISTENER", "5.0" },
	{ SECCOMP_FILTER_FLAG_TSYNC_ESRCH, 0, "SECCOMP_FILTER_FLAG_TSYNC_ESRCH", "5.7" },
	{ SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, SECCOMP_FILTER_FLAG_NEW_LISTENER,
		"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", "5.19" },
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

static const char *arch_name(struct arena *a, uint32_t token)
{
	for (size_t i = 0; i < ARRAY_LEN(arch_names); i++)
		if (arch_names[i].token == token)
			return arch_names[i].name;
	return arena_fmt(a, "0x%08x", token);
}

/* ---- the system calls of one architecture ---- */

enum {
	SOCKET_FIRST = -100, /* libseccomp's numbers for the calls of socketcall(2) count down from
				here … */
	IPC_FIRST = -200,    /* … and those of ipc(2) from here */
	IPC_LAST = -299,
	MULTIPLEXED = SOCKET_FIRST - IPC_LAST + 1,
	MIPS_BASE = 4000, /* numbers of 32-bit MIPS begin here */
};

struct call_set {
	struct arena *arena;
	uint32_t token; /* SCMP_ARCH_* */
	struct gen_set set;
	size_t cap;     /* of set.calls */
	uint32_t skip;  /* rules of this action: the default */
	bool mentioned; /* the profile names a call of this architecture */
	uint32_t last;  /* the largest number of them */
	int *direct; /* of multiplexed calls, by their number below SOCKET_FIRST; made when needed
		      */
	int socketcall, ipc; /* multiplexers */
};

/* direct_numbers - what library numbers -100 … -299 are as calls of their own, -1: there is none.
 * The library tells only names of numbers; these are where kernels have them. */
static void direct_numbers(struct call_set *c)
{
	static const struct {
		int first, last;
	} places[] = { { 168, 184 }, { 326, 373 }, { 392, 402 } };
	const int read = seccomp_syscall_resolve_name_arch(c->token, "read");
	const int base = read >= MIPS_BASE ? MIPS_BASE : 0;

	c->direct = arena_array(c->arena, MULTIPLEXED, sizeof(*c->direct));
	for (size_t i = 0; i < MULTIPLEXED; i++)
		c->direct[i] = -1;
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		for (int n = base + places[i].first; n <= base + places[i].last; n++) {
			auto_free char *name = seccomp_syscall_resolve_num_arch(c->token, n);
			const int pseudo =
				name ? seccomp_syscall_resolve_name_arch(c->token, name) : 0;

			if (pseudo <= SOCKET_FIRST && pseudo >= IPC_LAST)
				c->direct[SOCKET_FIRST - pseudo] = n;
		}
	}
	c->socketcall = seccomp_syscall_resolve_name_arch(c->token, "socketcall");
	c->ipc = seccomp_syscall_resolve_name_arch(c->token, "ipc");
}

static void note(struct call_set *c, int number)
{
	if (number < 0 || (uint32_t)number >= c->set.enosys_end)
		return;
	c->mentioned = true;
	if ((uint32_t)number > c->last)
		c->last = (uint32_t)number;
}

static void add_call(struct call_set *c, const struct gen_call *call, int number)
{
	struct gen_set *s = &c->set;

	if (number < 0 || (uint32_t)number < s->from || (uint32_t)number > s->to)
		return;
	assert(s->n_calls < c->cap);
	s->calls[s->n_calls] = *call;
	s->calls[s->n_calls++].number = (uint32_t)number;
}

/* add_multiplexed - the call behind the library's number, both ways */
static void add_multiplexed(struct call_set *c, const struct gen_call *call, int pseudo)
{
	const bool is_socket = pseudo > IPC_FIRST;
	struct seccomp_arg *args = arena_array(c->arena, call->n_args + 1, sizeof(*args));
	struct gen_call old = *call;

	old.args = args;
	old.n_args = 1;
	/* to the kernel it is an int */
	args[0] = (struct seccomp_arg){
		.value = UINT32_MAX,
		.value_two = (uint64_t)((is_socket ? SOCKET_FIRST : IPC_FIRST) - pseudo),
		.op = SCMP_CMP_MASKED_EQ,
	};
	for (size_t i = 0; i < call->n_args; i++)
		if (call->args[i].index != 0)
			args[old.n_args++] = call->args[i];
	add_call(c, &old, is_socket ? c->socketcall : c->ipc);
	add_call(c, call, c->direct[SOCKET_FIRST - pseudo]);
}

/* alternatives - how many rules the arguments of r are: one, or, when an index comes twice, one
 * each. Users write them as alternatives, and a system call has no argument twice. */
static size_t alternatives(const struct seccomp_rule *r)
{
	unsigned seen = 0;

	for (size_t i = 0; i < r->n_args; i++) {
		if (seen & 1U << r->args[i].index)
			return r->n_args;
		seen |= 1U << r->args[i].index;
	}
	return 1;
}

static void add_name(struct call_set *c, const struct seccomp_rule *r, uint32_t order,
	const char *name)
{
	const int number = seccomp_syscall_resolve_name_arch(c->token, name);
	const bool multiplexed = number <= SOCKET_FIRST && number >= IPC_LAST;
	const size_t n = alternatives(r);

	if (multiplexed && !c->direct)
		direct_numbers(c);
	if (multiplexed && c->socketcall < 0 && c->ipc < 0)
		return;
	/* all the direct numbers of such calls lie below this one */
	note(c,
		multiplexed ? seccomp_syscall_resolve_name_arch(c->token, "pidfd_send_signal")
			    : number);
	for (size_t i = 0; i < n && r->action != c->skip; i++) {
		const struct gen_call call = { .order = order,
			.action = r->action,
			.args = r->args + (n > 1 ? i : 0),
			.n_args = n > 1 ? 1 : r->n_args };

		if (multiplexed)
			add_multiplexed(c, &call, number);
		else
			add_call(c, &call, number);
	}
}

/* collect - the calls of the profile on architecture token; count: how many it has at most */
static struct gen_set collect(struct arena *a, const struct seccomp_profile *p, uint32_t token,
	size_t count)
{
	struct call_set c = {
		.arena = a,
		.token = token,
		.skip = p->default_action,
		.set = { .audit = token, .to = UINT32_MAX - 1, .enosys_end = UINT32_MAX },
		.cap = 2 * count,
	};

	c.set.calls = arena_array(a, c.cap, sizeof(*c.set.calls));
	c.set.narrow =
		!(token & __AUDIT_ARCH_64BIT) || (token & __AUDIT_ARCH_CONVENTION_MIPS64_N32);
	if (token == SCMP_ARCH_ARM)
		c.set.enosys_end = ARM_OWN;
	if (token == SCMP_ARCH_X86_64)
		c.set.to = X32_BIT - 1;
	if (token == SCMP_ARCH_X32) {
		c.set.audit = SCMP_ARCH_X86_64;
		c.set.from = X32_BIT;
	}
	for (size_t i = 0; i < p->n_rules; i++)
		for (const char *const *name = p->rules[i].names; *name; name++)
			add_name(&c, &p->rules[i], (uint32_t)i, *name);
	/* for a default that allows, unknown calls are allowed, too, and who is asked by default is
	 * asked about them; x32 never was complete */
	if (!c.mentioned || token == SCMP_ARCH_X32 || p->default_action == SCMP_ACT_ALLOW ||
		p->default_action == SCMP_ACT_LOG || p->default_action == SCMP_ACT_NOTIFY)
		c.set.enosys_end = 0;
	c.set.enosys_from = c.last + 1;
	return c.set;
}

/* ---- the profile ---- */

bool seccomp_knows_arch(uint32_t token)
{
	return seccomp_syscall_resolve_name_arch(token, "read") != __NR_SCMP_ERROR;
}

static int check_arch(struct arena *a, uint32_t token, struct err *e)
{
	const uint32_t native = seccomp_arch_native();

	if (!seccomp_knows_arch(token))
		return err_set(e, EINVAL,
			"add architecture \"%s\" to the filter: unknown to libseccomp %s, it needs 2.6.0",
			arch_name(a, token), seccomp_library_version(a));
	if ((token ^ native) & __AUDIT_ARCH_LE)
		return err_set(e, EDOM,
			"add architecture \"%s\" to the filter: must have the endianness of this machine, \"%s\"",
			arch_name(a, token), arch_name(a, native));
	return 0;
}

static bool has_token(const uint32_t *tokens, size_t n, uint32_t token)
{
	for (size_t i = 0; i < n; i++)
		if (tokens[i] == token)
			return true;
	return false;
}

/* list_archs - the architectures of the profile, the native one first, each once, x32 behind x86_64
 * with which it shares its AUDIT_ARCH_*. Returns how many. */
static int list_archs(struct arena *a, const struct seccomp_profile *p, uint32_t **ret,
	struct err *e)
{
	uint32_t *tokens = arena_array(a, p->n_archs + 2, sizeof(*tokens));
	const bool x32 = has_token(p->archs, p->n_archs, SCMP_ARCH_X32);
	const bool x86_64 = seccomp_arch_native() == SCMP_ARCH_X86_64 ||
		has_token(p->archs, p->n_archs, SCMP_ARCH_X86_64);
	int n = 0;

	for (size_t i = 0; i <= p->n_archs; i++) {
		const uint32_t token = i == 0 || p->archs[i - 1] == SCMP_ARCH_NATIVE
			? seccomp_arch_native()
			: p->archs[i - 1];

		if (check_arch(a, token, e) < 0)
			return -1;
		if (has_token(tokens, (size_t)n, token) || (token == SCMP_ARCH_X32 && x86_64))
			continue;
		tokens[n++] = token;
		if (x32 && token == SCMP_ARCH_X86_64)
			tokens[n++] = SCMP_ARCH_X32;
	}
	*ret = tokens;
	return n;
}

static bool is_action(uint32_t action)
{
	static const uint32_t plain[] = { SCMP_ACT_KILL_PROCESS, SCMP_ACT_KILL_THREAD,
		SCMP_ACT_TRAP, SCMP_ACT_NOTIFY, SCMP_ACT_LOG, SCMP_ACT_ALLOW };
	const uint32_t without_data = action & SECCOMP_RET_ACTION_FULL;

	return has_token(plain, ARRAY_LEN(plain), action) || without_data == SCMP_ACT_ERRNO(0) ||
		without_data == SCMP_ACT_TRACE(0);
}

static int unknown_name(const struct seccomp_profile *p, const struct seccomp_rule *r,
	const char *name, struct err *e)
{
	if (p->is_strict)
		return err_set(e, EINVAL,
			"%s: unknown system call \"%s\", libseccomp does not know it", r->where,
			name);
	log_info("%s: unknown system call \"%s\" is left out, libseccomp does not know it",
		r->where, name);
	return 0;
}

static int check_rule(const struct seccomp_profile *p, const struct seccomp_rule *r, size_t *count,
	struct err *e)
{
	if (!is_action(r->action))
		return err_set(e, EINVAL, "unknown action 0x%08x", r->action);
	for (size_t i = 0; i < r->n_args; i++) {
		if (r->args[i].index >= ARG_INDEX_END)
			return err_set(e, EINVAL, "argument index %u must be 0 to 5",
				r->args[i].index);
		if (r->args[i].op < SCMP_CMP_NE || r->args[i].op > SCMP_CMP_MASKED_EQ)
			return err_set(e, EINVAL, "unknown operator %u", r->args[i].op);
	}
	for (const char *const *name = r->names; *name; name++) {
		if (seccomp_syscall_resolve_name(*name) == __NR_SCMP_ERROR) {
			if (unknown_name(p, r, *name, e) < 0)
				return -1;
			continue;
		}
		*count += alternatives(r);
		if (*count > LIMIT_SECCOMP_RULES)
			return err_set(e, E2BIG, "more than %d rules", LIMIT_SECCOMP_RULES);
	}
	return 0;
}

/* generate - the program for all architectures */
static int generate(struct arena *a, const struct seccomp_profile *p, struct seccomp_filter *ret,
	struct err *e)
{
	struct gen_set *sets;
	uint32_t *tokens;
	size_t count = 0;
	int n;

	if (!is_action(p->default_action))
		return err_set(e, EINVAL, "unknown default action 0x%08x", p->default_action);
	for (size_t i = 0; i < p->n_rules; i++)
		if (check_rule(p, &p->rules[i], &count, e) < 0)
			return err_in(e, "%s", p->rules[i].where);
	n = list_archs(a, p, &tokens, e);
	if (n < 0)
		return -1;
	sets = arena_array(a, (size_t)n, sizeof(*sets));
	for (int i = 0; i < n; i++)
		sets[i] = collect(a, p, tokens[i], count);
	seccomp_gen(a, p->default_action, sets, (size_t)n, ret);
	if (ret->n > BPF_MAXINSNS)
		return err_set(e, E2BIG,
			"the filter has more than the %d instructions that the kernel takes",
			BPF_MAXINSNS);
	return 0;
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
		/* the thread that hands the listener over must stay free, and is gone with execve
		 */
		flags &= ~(uint32_t)SECCOMP_FILTER_FLAG_TSYNC;
	} else {
		/* about a listener that will not be there */
		flags &= ~(uint32_t)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	}
	for (size_t i = 0; i < ARRAY_LEN(filter_flags); i++) {
		known |= filter_flags[i].flag;
		if ((flags & filter_flags[i].flag) && !has_flag(i))
			return err_set(e, EINVAL,
				"set filter flag \"%s\": this kernel does not have it, it needs kernel %s with CONFIG_SECCOMP_FILTER",
				filter_flags[i].name, filter_flags[i].since);
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

	if (choose_flags(p, &filter.flags, e) < 0 || generate(a, p, &filter, e) < 0)
		return -1;
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
