/* SPDX-License-Identifier: Apache-2.0 */
/* kern_seccomp_gen.c - our programs beside those of libseccomp, for many profiles */
#include <linux/audit.h>

#include "seccomp_run.h"
#include "test.h"

enum { X32 = 0x40000000, RULES = 24, NAMES = 6, VALUES = 12 };

/* splitmix64: the same profiles every time */
static uint64_t next(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static uint32_t below(uint64_t *state, uint32_t n)
{
	return (uint32_t)(next(state) % n);
}

/* names of all kinds: everywhere, on some architectures only, multiplexed, unknown, numbers small
 * and large */
static const char *const names[] = { "read", "write", "open", "close", "mkdir", "mount", "clone",
	"clone3", "personality", "prctl", "ioctl", "socket", "accept", "accept4", "connect", "send",
	"sendto", "recvmmsg", "semop", "semget", "semtimedop", "shmat", "msgrcv", "socketcall",
	"ipc", "waitpid", "mmap2", "_llseek", "stat64", "arch_prctl", "iopl", "uselib", "bpf",
	"userfaultfd", "pidfd_open", "openat2", "io_uring_setup", "futex_time64", "no_such_call",
	"rseq", "execveat", "unshare" };

static const uint32_t actions[] = { SCMP_ACT_ALLOW, SCMP_ACT_ERRNO(1), SCMP_ACT_ERRNO(38),
	SCMP_ACT_KILL_PROCESS, SCMP_ACT_TRAP, SCMP_ACT_LOG, SCMP_ACT_TRACE(7) };

static const uint64_t values[VALUES] = { 0, 1, 2, 16, 0x5412, 0x7fffffff, 0x80000000u, 0xffffffffu,
	0x100000000u, 0x100005412u, 0x8000000000000000u, UINT64_MAX };

static const uint32_t arch_choices[][4] = {
	{ 0 },
	{ SCMP_ARCH_X86 },
	{ SCMP_ARCH_X32 },
	{ SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X32 },
	{ SCMP_ARCH_AARCH64, SCMP_ARCH_ARM },
	{ SCMP_ARCH_MIPSEL64N32, SCMP_ARCH_MIPSEL64, SCMP_ARCH_PPC64LE },
	{ SCMP_ARCH_RISCV64, SCMP_ARCH_X86, SCMP_ARCH_X86_64 },
};

struct profile {
	struct seccomp_profile p;
	struct seccomp_rule rules[RULES];
	struct seccomp_arg args[RULES][3];
	const char *names[RULES][NAMES + 1];
};

enum {
	WITH_ARGS = 1,
	BY_READING = 4, /* do not ask libseccomp, which mixes up rules that compare one argument in
			   several ways */
	AGAIN = 2,      /* more than one rule for the same call, which may say different things */
};

static void make_args(uint64_t *s, struct profile *t, size_t i, bool twice)
{
	const uint32_t first = below(s, 3);
	struct seccomp_rule *r = &t->rules[i];

	r->args = t->args[i];
	r->n_args = below(s, 4);
	for (uint32_t k = 0; k < r->n_args; k++)
		t->args[i][k] = (struct seccomp_arg){
			/* sometimes the same one twice */
			.index = twice && below(s, 8) == 0 ? first : first + k,
			.op = 1 + below(s, 7),
			.value = values[below(s, VALUES)],
			.value_two = values[below(s, VALUES)],
		};
}

static void make_profile(uint64_t seed, unsigned flags, struct profile *t)
{
	uint64_t s = seed;
	const uint32_t *archs = arch_choices[below(&s, ARRAY_LEN(arch_choices))];
	size_t order[ARRAY_LEN(names)];

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		order[i] = i;
	for (size_t i = ARRAY_LEN(names) - 1; i > 0; i--) {
		const size_t k = below(&s, (uint32_t)i), other = order[k];

		order[k] = order[i];
		order[i] = other;
	}
	*t = (struct profile){ .p = { .default_action = actions[below(&s, ARRAY_LEN(actions))],
				       .archs = archs,
				       .rules = t->rules,
				       .n_rules = 1 + below(&s, RULES) } };
	for (t->p.n_archs = 0; t->p.n_archs < 4 && archs[t->p.n_archs];)
		t->p.n_archs++;
	for (size_t i = 0; i < t->p.n_rules; i++) {
		struct seccomp_rule *r = &t->rules[i];
		const uint32_t n = flags & AGAIN ? 1 + below(&s, NAMES) : 1;

		for (size_t k = 0; k < n; k++)
			t->names[i][k] =
				names[flags & AGAIN ? below(&s, ARRAY_LEN(names)) : order[i]];
		r->names = t->names[i];
		r->where = "rule";
		r->action = actions[below(&s, ARRAY_LEN(actions))];
		if (flags & WITH_ARGS)
			make_args(&s, t, i, flags & BY_READING);
	}
}

struct pair {
	const struct profile *t;
	struct seccomp_filter ours, theirs;
	uint64_t seed;
	unsigned flags, compared, different;
	unsigned disputed; /* libseccomp 2.5 is wrong: it may compare stale halves of arguments */
	size_t conditions; /* at most, of one rule */
};

/* numbers that are not counted on from the others */
static bool is_apart(const struct seccomp_data *d)
{
	return (d->arch == AUDIT_ARCH_X86_64 && d->nr >= X32) ||
		(d->arch == AUDIT_ARCH_ARM && d->nr >= 0x0f0000);
}

/* does the profile end below number? Then it answers ENOSYS there. */
static bool is_beyond(const struct pair *pair, const struct seccomp_data *d, int last)
{
	const uint32_t def = pair->t->p.default_action;

	return last >= 0 && d->nr > last && !is_apart(d) && def != SCMP_ACT_ALLOW &&
		def != SCMP_ACT_LOG;
}

static void compare(struct pair *pair, uint32_t token, const struct seccomp_data *d, int last)
{
	const uint32_t got = seccomp_answer(&pair->ours, d);
	bool good;

	if (is_beyond(pair, d, last)) {
		good = got == SCMP_ACT_ERRNO(ENOSYS);
	} else if (pair->flags & WITH_ARGS) {
		good = profile_allows(&pair->t->p, token, d, got);
		if (pair->theirs.n && got != seccomp_answer(&pair->theirs, d))
			pair->disputed++;
	} else {
		good = got == seccomp_answer(&pair->theirs, d);
	}
	pair->compared++;
	if (good || pair->different++)
		return;
	test_row("seed %#jx arch %#x number %d args %#jx %#jx %#jx %#jx %#jx answer %#x",
		(uintmax_t)pair->seed, d->arch, d->nr, (uintmax_t)d->args[0], (uintmax_t)d->args[1],
		(uintmax_t)d->args[2], (uintmax_t)d->args[3], (uintmax_t)d->args[4], got);
	CHECK_TRUE(good);
}

/* every value that a rule compares with, and its neighbours */
static uint64_t near_value(uint64_t *s)
{
	return values[below(s, VALUES)] + below(s, 3) - 1;
}

static void compare_number(struct pair *pair, uint32_t token, int last, int number, uint64_t *s)
{
	const bool wide = !profile_is_narrow(token);
	struct seccomp_data d = {
		.arch = token == SCMP_ARCH_X32 ? SCMP_ARCH_X86_64 : token,
		.nr = number,
	};

	/* libseccomp 2.5 links several conditions of 32 bits wrongly */
	if (!wide && pair->theirs.n && pair->conditions > 1)
		return;
	/* the others of AUDIT_ARCH_X86_64 have their turn */
	if (token == SCMP_ARCH_X32 && number < X32)
		return;
	/* no profile says anything about these */
	if (token == SCMP_ARCH_X86_64 && number >= X32 && (pair->flags & WITH_ARGS))
		return;
	for (unsigned i = 0; i < (pair->flags & WITH_ARGS ? 24 : 2); i++) {
		for (size_t k = 0; k < 6; k++) {
			d.args[k] = below(s, 3) ? near_value(s) : below(s, 24);
			if (!wide)
				d.args[k] = (uint32_t)d.args[k];
		}
		compare(pair, token, &d, last);
	}
}

static void compare_arch(struct pair *pair, uint32_t token, uint64_t *s)
{
	static const int others[] = { 0, 1, 102, 117, 359, 364, 393, 402, 424, 500, 0x0f0001,
		X32 - 1, X32, X32 + 1, X32 + 600 };
	const int last = token == SCMP_ARCH_X32 || token == SCMP_ARCH_S390X
		? -1
		: oracle_last(&pair->t->p, token);

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const int n = seccomp_syscall_resolve_name_arch(token, names[i]);

		for (int k = -1; n >= 0 && k <= 1; k++)
			if (n + k >= 0)
				compare_number(pair, token, last, n + k, s);
	}
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		compare_number(pair, token, last, others[i], s);
}

static unsigned compare_profile(uint64_t seed, unsigned flags, unsigned *compared,
	unsigned *disputed)
{
	auto_arena struct arena a = { 0 };
	struct profile t;
	struct pair pair = { .t = &t, .seed = seed, .flags = flags };
	uint64_t s = ~seed;
	struct err e;

	err_init(&e);
	make_profile(seed, flags, &t);
	for (size_t i = 0; i < t.p.n_rules; i++)
		if (t.rules[i].n_args > pair.conditions)
			pair.conditions = t.rules[i].n_args;
	if (!(flags & BY_READING))
		pair.theirs = oracle_compile(&a, &t.p);
	if (!(flags & BY_READING) && pair.theirs.n == 0)
		return 0;
	if (!CHECK_INT(seccomp_compile(&a, &t.p, &pair.ours, &e), 0)) {
		CHECK_STR(err_text(&e), "");
		return 1;
	}
	compare_arch(&pair, seccomp_arch_native(), &s);
	for (size_t i = 0; i < t.p.n_archs; i++)
		if (t.p.archs[i] != seccomp_arch_native())
			compare_arch(&pair, t.p.archs[i], &s);
	/* one that is not in any profile */
	if (!(flags & WITH_ARGS))
		compare_arch(&pair, SCMP_ARCH_S390X, &s);
	*compared += pair.compared;
	*disputed += pair.disputed;
	return pair.different;
}

static void compare_many(unsigned flags, uint64_t seeds)
{
	unsigned compared = 0, different = 0, disputed = 0;

	for (uint64_t seed = 1; seed <= seeds && different == 0; seed++)
		different += compare_profile(seed << 20, flags, &compared, &disputed);
	CHECK_TRUE(compared > 10000);
	CHECK_TRUE(disputed <= compared / 50);
}

TEST(seccomp_gen_does_what_libseccomp_does_with_names)
{
	compare_many(AGAIN, 60);
}

TEST(seccomp_gen_does_what_libseccomp_does_with_arguments)
{
	compare_many(WITH_ARGS, 40);
}

TEST(seccomp_gen_does_what_the_profile_says)
{
	compare_many(WITH_ARGS | AGAIN | BY_READING, 40);
}

/* ---- precedence, size, speed ---- */

static uint32_t answer_prctl(const struct seccomp_rule *rules, size_t n, uint64_t first,
	uint64_t second)
{
	auto_arena struct arena a = { 0 };
	const struct seccomp_profile p = {
		.default_action = SCMP_ACT_KILL_PROCESS,
		.rules = rules,
		.n_rules = n,
	};
	const struct seccomp_data d = {
		.arch = seccomp_arch_native(),
		.nr = seccomp_syscall_resolve_name("prctl"),
		.args = { first, second },
	};
	struct seccomp_filter f = { 0 };
	struct err e;

	err_init(&e);
	CHECK_INT(seccomp_compile(&a, &p, &f, &e), 0);
	return seccomp_answer(&f, &d);
}

static const char *const prctl_name[] = { "prctl", NULL };

#define PRCTL(code, ...)                                                              \
	{                                                                             \
		.names = prctl_name, .action = SCMP_ACT_ERRNO(code), .where = "rule", \
		.args = (const struct seccomp_arg[]){ __VA_ARGS__ },                  \
		.n_args = sizeof((const struct seccomp_arg[]){ __VA_ARGS__ }) /       \
			sizeof(struct seccomp_arg)                                    \
	}

TEST(seccomp_gen_precedence_of_rules_that_contradict)
{
	const struct seccomp_rule bare = { .names = prctl_name,
		.action = SCMP_ACT_ERRNO(1),
		.where = "rule" };
	const struct seccomp_rule bare_too = { .names = prctl_name,
		.action = SCMP_ACT_ERRNO(2),
		.where = "rule" };
	const struct seccomp_rule five = PRCTL(5, { 0, 5, 0, SCMP_CMP_EQ });
	const struct seccomp_rule five_again = PRCTL(6, { 0, 5, 0, SCMP_CMP_EQ });
	const struct seccomp_rule five_and =
		PRCTL(7, { 0, 5, 0, SCMP_CMP_EQ }, { 1, 1, 0, SCMP_CMP_EQ });
	const struct seccomp_rule small = PRCTL(8, { 0, 9, 0, SCMP_CMP_LT });
	const struct seccomp_rule smaller = PRCTL(9, { 0, 6, 0, SCMP_CMP_LT });
	const struct seccomp_rule large = PRCTL(10, { 0, 4, 0, SCMP_CMP_GT });
	const struct {
		struct seccomp_rule rules[2];
		uint64_t first, second;
		int expected;
	} rows[] = {
		{ { five, bare }, 5, 0, 1 }, /* without conditions wins, wherever it stands */
		{ { bare, five }, 5, 0, 1 },
		{ { bare, bare_too }, 5, 0, 1 }, /* the first */
		{ { bare_too, bare }, 5, 0, 2 },
		{ { five, five_again }, 5, 0, 5 },
		{ { five_and, five }, 5, 1, 5 }, /* asks for less */
		{ { five, five_and }, 5, 1, 5 },
		{ { small, five }, 5, 0, 5 }, /* equal before less before greater */
		{ { large, five }, 5, 0, 5 },
		{ { large, small }, 5, 0, 8 },
		{ { small, smaller }, 5, 0, 9 }, /* the narrower */
		{ { small, smaller }, 7, 0, 8 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		test_row("row %zu", i);
		CHECK_INT(answer_prctl(rows[i].rules, 2, rows[i].first, rows[i].second),
			SCMP_ACT_ERRNO((uint32_t)rows[i].expected));
	}
}

/* a rule for every value from 0 to n - 1 of the first argument, of mkdir and rmdir in turn */
static int compile_many_values(struct arena *a, size_t n, struct seccomp_filter *ret, struct err *e)
{
	static const char *const two[2][2] = { { "mkdir", NULL }, { "rmdir", NULL } };
	struct seccomp_rule *rules = arena_array(a, n, sizeof(*rules));
	struct seccomp_arg *args = arena_array(a, n, sizeof(*args));
	const struct seccomp_profile p = { .default_action = SCMP_ACT_ALLOW,
		.rules = rules,
		.n_rules = n };

	for (size_t i = 0; i < n; i++) {
		args[i] = (struct seccomp_arg){ 0, i, 0, SCMP_CMP_EQ };
		rules[i] = (struct seccomp_rule){ .names = two[i % 2],
			.action = SCMP_ACT_ERRNO((uint32_t)(1 + i)),
			.args = &args[i],
			.n_args = 1,
			.where = "rule" };
	}
	err_init(e);
	return seccomp_compile(a, &p, ret, e);
}

TEST(seccomp_gen_jumps_reach_over_anything_that_fits)
{
	auto_arena struct arena a = { 0 };
	const uint32_t native = seccomp_arch_native();
	struct seccomp_filter f = { 0 };
	struct err e;

	for (size_t n = 10; n <= 800; n += 79) {
		CHECK_INT(compile_many_values(&a, n, &f, &e), 0);
		for (size_t i = 0; i < n; i++) {
			struct seccomp_data d = { .arch = native, .args = { i } };

			test_row("%zu of %zu", i, n);
			d.nr = seccomp_syscall_resolve_name(i % 2 ? "rmdir" : "mkdir");
			CHECK_INT(seccomp_answer(&f, &d), SCMP_ACT_ERRNO((uint32_t)(1 + i)));
			d.nr = seccomp_syscall_resolve_name(i % 2 ? "mkdir" : "rmdir");
			CHECK_INT(seccomp_answer(&f, &d), SCMP_ACT_ALLOW);
			d.nr = seccomp_syscall_resolve_name("execve");
			CHECK_INT(seccomp_answer(&f, &d), SCMP_ACT_ALLOW);
			d.arch = native ^ 1;
			CHECK_INT(seccomp_answer(&f, &d), SCMP_ACT_KILL_THREAD);
		}
	}
	CHECK_INT(compile_many_values(&a, 3000, &f, &e), -1);
	CHECK_STR(err_text(&e),
		"the filter has more than the 4096 instructions that the kernel takes");
	CHECK_INT(compile_many_values(&a, 20000, &f, &e), -1);
}
