/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/seccomp.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "seccomp_run.h"
#include "test.h"

#define RULE(act, ...)                                                                \
	{                                                                             \
		.names = (const char *const[]){ __VA_ARGS__, NULL }, .action = (act), \
		.where = "rule"                                                       \
	}
#define EPERM_ACTION SCMP_ACT_ERRNO(EPERM)
#define ENOSYS_ACTION SCMP_ACT_ERRNO(ENOSYS)

enum { X32 = 0x40000000 };

static uint32_t answer(const struct seccomp_filter *f, uint32_t arch, uint32_t nr)
{
	return seccomp_answer(f, &(struct seccomp_data){ .arch = arch, .nr = (int)nr });
}

static uint32_t answer_arg(const struct seccomp_filter *f, uint32_t nr, uint64_t first)
{
	return seccomp_answer(f,
		&(struct seccomp_data){ .arch = AUDIT_ARCH_X86_64,
			.nr = (int)nr,
			.args = { first } });
}

static const uint32_t x86_archs[] = { SCMP_ARCH_X86_64, SCMP_ARCH_X86 };

/* compile - the filter of rules[n] on the x86 architectures */
static struct seccomp_filter compile(struct arena *a, uint32_t default_action,
	const struct seccomp_rule *rules, size_t n)
{
	const struct seccomp_profile p = {
		.default_action = default_action,
		.archs = x86_archs,
		.n_archs = ARRAY_LEN(x86_archs),
		.rules = rules,
		.n_rules = n,
	};
	struct seccomp_filter f = { 0 };
	struct err e;

	err_init(&e);
	CHECK_INT(seccomp_compile(a, &p, &f, &e), 0);
	CHECK_STR(err_text(&e), "");
	return f;
}

TEST(seccomp_compile_follows_the_profile)
{
	const struct seccomp_rule rules[] = {
		RULE(SCMP_ACT_ALLOW, "read", "write", "no_such_call", "clone3"),
		RULE(SCMP_ACT_ERRNO(ENOSPC), "mkdir"),
		RULE(EPERM_ACTION, "mount"),
	};
	auto_arena struct arena a = { 0 };
	const struct seccomp_filter f = compile(&a, EPERM_ACTION, rules, ARRAY_LEN(rules));

	CHECK_INT(answer(&f, AUDIT_ARCH_X86_64, 0), SCMP_ACT_ALLOW);
	CHECK_INT(answer(&f, AUDIT_ARCH_X86_64, 83), SCMP_ACT_ERRNO(ENOSPC));
	CHECK_INT(answer(&f, AUDIT_ARCH_X86_64, 165), EPERM_ACTION);
	CHECK_INT(answer(&f, AUDIT_ARCH_X86_64, 435), SCMP_ACT_ALLOW);
	CHECK_INT(answer(&f, AUDIT_ARCH_X86_64, 436), ENOSYS_ACTION);
	CHECK_INT(answer(&f, AUDIT_ARCH_X86_64, X32), SCMP_ACT_KILL_THREAD);
	CHECK_INT(answer(&f, AUDIT_ARCH_X86_64, X32 | 5000), SCMP_ACT_KILL_THREAD);
	CHECK_INT(answer(&f, AUDIT_ARCH_I386, 3), SCMP_ACT_ALLOW);
	CHECK_INT(answer(&f, AUDIT_ARCH_I386, 39), SCMP_ACT_ERRNO(ENOSPC));
	CHECK_INT(answer(&f, AUDIT_ARCH_I386, 5000), ENOSYS_ACTION);
	CHECK_INT(answer(&f, AUDIT_ARCH_S390X, 0), SCMP_ACT_KILL_THREAD);
	CHECK_INT(answer(&f, AUDIT_ARCH_S390X, 5000), SCMP_ACT_KILL_THREAD);
}

TEST(seccomp_compile_adds_enosys_only_where_the_default_forbids)
{
	const struct seccomp_rule deny = RULE(EPERM_ACTION, "mkdir");
	const struct seccomp_rule allow = RULE(SCMP_ACT_ALLOW, "read");
	const struct {
		uint32_t default_action, expected;
		const struct seccomp_rule *rule;
	} rows[] = {
		{ SCMP_ACT_ALLOW, SCMP_ACT_ALLOW, &deny },
		{ SCMP_ACT_LOG, SCMP_ACT_LOG, &deny },
		{ SCMP_ACT_NOTIFY, SCMP_ACT_NOTIFY, &allow },
		{ SCMP_ACT_KILL_PROCESS, ENOSYS_ACTION, &allow },
		{ SCMP_ACT_TRAP, ENOSYS_ACTION, &allow },
		{ SCMP_ACT_TRACE(1), ENOSYS_ACTION, &allow },
		{ SCMP_ACT_ERRNO(5), ENOSYS_ACTION, &allow },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_arena struct arena a = { 0 };
		const struct seccomp_filter f =
			compile(&a, rows[i].default_action, rows[i].rule, 1);

		test_row("default 0x%x", rows[i].default_action);
		CHECK_INT(answer(&f, AUDIT_ARCH_X86_64, 5000), rows[i].expected);
	}
}

TEST(seccomp_compile_without_rules_is_the_default)
{
	auto_arena struct arena a = { 0 };
	const struct seccomp_filter f = compile(&a, EPERM_ACTION, NULL, 0);

	CHECK_INT(answer(&f, AUDIT_ARCH_X86_64, 0), EPERM_ACTION);
	CHECK_INT(answer(&f, AUDIT_ARCH_X86_64, 5000), EPERM_ACTION);
}

TEST(seccomp_compile_keeps_calls_that_were_multiplexed)
{
	const struct seccomp_rule rules[] = { RULE(SCMP_ACT_ALLOW, "read", "socket", "semget") };
	auto_arena struct arena a = { 0 };
	const struct seccomp_filter f = compile(&a, EPERM_ACTION, rules, 1);

	CHECK_INT(answer(&f, AUDIT_ARCH_I386, 359), SCMP_ACT_ALLOW);
	CHECK_INT(answer(&f, AUDIT_ARCH_I386, 393), SCMP_ACT_ALLOW);
	CHECK_INT(answer(&f, AUDIT_ARCH_I386, 360), EPERM_ACTION);
	CHECK_INT(answer(&f, AUDIT_ARCH_I386, 5000), ENOSYS_ACTION);
}

/* rule_with - one rule about prctl(2), number 157 */
static struct seccomp_filter rule_with(struct arena *a, const struct seccomp_arg *args, size_t n)
{
	struct seccomp_rule rule = RULE(EPERM_ACTION, "prctl");

	rule.args = args;
	rule.n_args = n;
	return compile(a, SCMP_ACT_ALLOW, &rule, 1);
}

TEST(seccomp_compile_compares_arguments)
{
	static const struct {
		struct seccomp_arg arg;
		uint64_t hit, miss;
	} rows[] = {
		{ { 0, 5, 0, SCMP_CMP_EQ }, 5, 1ULL << 32 | 5 },
		{ { 0, 5, 0, SCMP_CMP_NE }, 1ULL << 32 | 5, 5 },
		{ { 0, 1ULL << 40, 0, SCMP_CMP_LT }, 5, 1ULL << 40 },
		{ { 0, 1ULL << 40, 0, SCMP_CMP_LE }, 1ULL << 40, 1ULL << 40 | 1 },
		{ { 0, UINT64_MAX, 0, SCMP_CMP_GE }, UINT64_MAX, UINT64_MAX - 1 },
		{ { 0, 7, 0, SCMP_CMP_GT }, 1ULL << 32, 7 },
		{ { 0, UINT32_MAX, 0x5412, SCMP_CMP_MASKED_EQ }, 1ULL << 32 | 0x5412, 0x5413 },
		{ { 0, 0xff00, 0, SCMP_CMP_MASKED_EQ }, 0xff, 0x100 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_arena struct arena a = { 0 };
		const struct seccomp_filter f = rule_with(&a, &rows[i].arg, 1);

		test_row("row %zu", i);
		CHECK_INT(answer_arg(&f, 157, rows[i].hit), EPERM_ACTION);
		CHECK_INT(answer_arg(&f, 157, rows[i].miss), SCMP_ACT_ALLOW);
	}
}

TEST(seccomp_compile_wants_all_arguments_of_a_rule)
{
	static const struct seccomp_arg args[] = {
		{ 0, 5, 0, SCMP_CMP_EQ },
		{ 1, 0, 0, SCMP_CMP_NE },
	};
	auto_arena struct arena a = { 0 };
	const struct seccomp_filter f = rule_with(&a, args, 2);
	struct seccomp_data data = { .arch = AUDIT_ARCH_X86_64, .nr = 157, .args = { 5 } };

	CHECK_INT(seccomp_answer(&f, &data), SCMP_ACT_ALLOW);
	data.args[1] = 1;
	CHECK_INT(seccomp_answer(&f, &data), EPERM_ACTION);
	data.args[0] = 6;
	CHECK_INT(seccomp_answer(&f, &data), SCMP_ACT_ALLOW);
}

TEST(seccomp_compile_same_argument_twice_makes_alternatives)
{
	static const struct seccomp_arg args[] = {
		{ 0, 5, 0, SCMP_CMP_EQ },
		{ 0, 8, 0, SCMP_CMP_EQ },
	};
	auto_arena struct arena a = { 0 };
	const struct seccomp_filter f = rule_with(&a, args, 2);

	CHECK_INT(answer_arg(&f, 157, 5), EPERM_ACTION);
	CHECK_INT(answer_arg(&f, 157, 8), EPERM_ACTION);
	CHECK_INT(answer_arg(&f, 157, 6), SCMP_ACT_ALLOW);
}

static void check_refused(const struct seccomp_profile *p, const char *message)
{
	auto_arena struct arena a = { 0 };
	struct seccomp_filter f = { .n = 99 };
	struct err e;

	err_init(&e);
	CHECK_INT(seccomp_compile(&a, p, &f, &e), -1);
	CHECK_STR(err_text(&e), message);
	CHECK_INT(f.n, 99);
}

TEST(seccomp_compile_refuses)
{
	static const uint32_t big[] = { SCMP_ARCH_S390X }, unknown[] = { 0x1234 };
	static const struct seccomp_arg sixth = { 6, 0, 0, SCMP_CMP_EQ }, odd = { 0, 0, 0, 99 };
	struct seccomp_rule rule = RULE(EPERM_ACTION, "mkdir");
	struct seccomp_profile p = { .default_action = SCMP_ACT_ALLOW,
		.rules = &rule,
		.n_rules = 1 };
	auto_arena struct arena a = { 0 };

	rule.args = &sixth;
	rule.n_args = 1;
	check_refused(&p, "rule: argument index 6 must be 0 to 5");
	rule.args = &odd;
	check_refused(&p, "rule: unknown operator 99");
	rule.n_args = 0;
	p.flags = 1U << 30;
	check_refused(&p, "set filter flags 0x40000000: unknown");
	p.flags = 0;
	p.archs = unknown;
	p.n_archs = 1;
	check_refused(&p,
		arena_fmt(&a,
			"add architecture \"0x00001234\" to the filter: unknown to libseccomp %s, it needs 2.6.0",
			seccomp_library_version(&a)));
	p.default_action = 0x00010000;
	check_refused(&p, "unknown default action 0x00010000");
	if (seccomp_arch_native() != SCMP_ARCH_X86_64)
		return;
	p.default_action = SCMP_ACT_ALLOW;
	p.archs = big;
	check_refused(&p,
		"add architecture \"SCMP_ARCH_S390X\" to the filter: must have the endianness of this machine, \"SCMP_ARCH_X86_64\"");
}

TEST(seccomp_compile_chooses_flags)
{
	enum {
		TSYNC = SECCOMP_FILTER_FLAG_TSYNC,
		LISTENER = SECCOMP_FILTER_FLAG_NEW_LISTENER,
		KILLABLE = SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
		SPEC = SECCOMP_FILTER_FLAG_SPEC_ALLOW,
	};
	static const struct {
		uint32_t action, flags, expected;
	} rows[] = {
		{ EPERM_ACTION, 0, 0 },
		{ EPERM_ACTION, TSYNC | SPEC, TSYNC | SPEC },
		{ EPERM_ACTION, KILLABLE, 0 },
		{ SCMP_ACT_NOTIFY, 0, LISTENER },
		{ SCMP_ACT_NOTIFY, TSYNC, LISTENER },
		{ SCMP_ACT_NOTIFY, KILLABLE, KILLABLE | LISTENER },
	};
	const uint32_t supported = seccomp_supported_flags();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_arena struct arena a = { 0 };
		const struct seccomp_rule rule = RULE(rows[i].action, "mkdir");
		const struct seccomp_profile p = {
			.default_action = SCMP_ACT_ALLOW,
			.flags = rows[i].flags,
			.rules = &rule,
			.n_rules = 1,
		};
		struct seccomp_filter f = { 0 };
		struct err e;

		if (rows[i].expected & ~supported)
			continue;
		test_row("row %zu", i);
		CHECK_INT(seccomp_compile(&a, &p, &f, &e), 0);
		CHECK_INT(f.flags, rows[i].expected);
	}
}

/* install - in a child: a filter that answers action to the call name; returns what seccomp_install
 * returned */
static int install(uint32_t default_action, uint32_t flags, uint32_t action, const char *name)
{
	auto_arena struct arena a = { 0 };
	const struct seccomp_rule rule = RULE(action, name);
	const struct seccomp_profile p = { .default_action = default_action,
		.flags = flags,
		.rules = &rule,
		.n_rules = 1 };
	struct seccomp_filter f;
	struct err e;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || seccomp_compile(&a, &p, &f, &e) < 0)
		return -1;
	return seccomp_install(&f);
}

static bool fails_with(long number, int code)
{
	errno = 0;
	return syscall(number, 0, 0, 0) == -1 && errno == code;
}

static int child_errno(void)
{
	if (install(SCMP_ACT_ALLOW, 0, SCMP_ACT_ERRNO(ENOSPC), "getppid") != 0)
		return 1;
	return fails_with(SYS_getppid, ENOSPC) && !fails_with(SYS_getpid, ENOSPC) ? 0 : 2;
}

static int child_enosys(void)
{
	if (install(EPERM_ACTION, 0, SCMP_ACT_ALLOW, "exit_group") != 0)
		return 1;
	const bool good = fails_with(5000, ENOSYS) && fails_with(SYS_getppid, EPERM);

	/* nothing else works any more, not even what a sanitizer does behind _exit(2) */
	(void)syscall(SYS_exit_group, good ? 0 : 2);
	return 3;
}

static int child_kill(void)
{
	if (install(SCMP_ACT_ALLOW, 0, SCMP_ACT_KILL_PROCESS, "getppid") != 0)
		return 1;
	(void)syscall(SYS_getppid);
	return 0;
}

static int child_masked(void)
{
	auto_arena struct arena a = { 0 };
	static const struct seccomp_arg arg = { 0, UINT32_MAX, 0x5412, SCMP_CMP_MASKED_EQ };
	struct seccomp_rule rule = RULE(SCMP_ACT_ERRNO(ENOSPC), "personality");
	const struct seccomp_profile p = { .default_action = SCMP_ACT_ALLOW,
		.rules = &rule,
		.n_rules = 1 };
	struct seccomp_filter f;
	struct err e;

	rule.args = &arg;
	rule.n_args = 1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || seccomp_compile(&a, &p, &f, &e) < 0 ||
		seccomp_install(&f) != 0)
		return 1;
	if (syscall(SYS_personality, 0x5412UL) != -1 || errno != ENOSPC)
		return 2;
	if (syscall(SYS_personality, 0x100005412UL) != -1 || errno != ENOSPC)
		return 3;
	return syscall(SYS_personality, 0xffffffffUL) == -1 ? 4 : 0;
}

static int child_listener(void)
{
	const int fd = install(SCMP_ACT_ALLOW, 0, SCMP_ACT_NOTIFY, "getppid");

	return fd > 2 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) ? 0 : 1;
}

static int child_needs_no_new_privs(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	const struct seccomp_filter f = { .insns = &allow, .n = 1 }, none = { 0 };

	if (seccomp_install(&none) != 0)
		return 1;
	if (setresuid(65534, 65534, 65534) < 0 && geteuid() == 0)
		return 2;
	return seccomp_install(&f) == -1 && errno == EACCES ? 0 : 3;
}

TEST(seccomp_spares_what_neither_ends_nor_waits)
{
	const struct seccomp_arg zero = { .index = 0, .value = 0, .op = SCMP_CMP_EQ };
	const struct seccomp_rule rules[] = {
		RULE(EPERM_ACTION, "read"),
		RULE(SCMP_ACT_LOG, "write"),
		RULE(SCMP_ACT_KILL_PROCESS, "statfs"),
		RULE(SCMP_ACT_TRAP, "close"),
		RULE(SCMP_ACT_NOTIFY, "openat"),
		{ (const char *const[]){ "dup", NULL }, SCMP_ACT_KILL, &zero, 1, "rule" },
	};
	const uint64_t none[6] = { 0 }, one[6] = { 1 };
	auto_arena struct arena a = { 0 };
	const struct seccomp_filter f = compile(&a, SCMP_ACT_ALLOW, rules, ARRAY_LEN(rules));

	CHECK_TRUE(seccomp_spares(&f, SYS_statx, none));
	CHECK_TRUE(seccomp_spares(&f, SYS_read, none));
	CHECK_TRUE(seccomp_spares(&f, SYS_write, none));
	CHECK_FALSE(seccomp_spares(&f, SYS_statfs, none));
	CHECK_FALSE(seccomp_spares(&f, SYS_close, none));
	CHECK_FALSE(seccomp_spares(&f, SYS_openat, none));
	CHECK_FALSE(seccomp_spares(&f, SYS_dup, none));
	CHECK_TRUE(seccomp_spares(&f, SYS_dup, one));
}

TEST(seccomp_install_answers_as_told)
{
	if (!(seccomp_supported_flags() & SECCOMP_FILTER_FLAG_LOG)) {
		test_skip("host: no seccomp(2)");
		return;
	}
	CHECK_INT(test_child(child_errno), 0);
	CHECK_INT(test_child(child_enosys), 0);
	CHECK_INT(test_child(child_kill), -1);
	CHECK_INT(test_child(child_masked), 0);
	CHECK_INT(test_child(child_needs_no_new_privs), 0);
}

TEST(seccomp_install_returns_the_listener)
{
	if (!(seccomp_supported_flags() & SECCOMP_FILTER_FLAG_NEW_LISTENER)) {
		test_skip("host: no listener of seccomp");
		return;
	}
	CHECK_INT(test_child(child_listener), 0);
}
