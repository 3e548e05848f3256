/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/devprog.h"

#include "test.h"

enum { M = BPF_DEVCG_ACC_MKNOD, R = BPF_DEVCG_ACC_READ, W = BPF_DEVCG_ACC_WRITE, RWM = R | W | M };

#define ANY .any_major = true, .any_minor = true
#define ALL(yes)                                                \
	{                                                       \
		.allow = (yes), .type = 'a', ANY, .access = RWM \
	}
#define CHAR(yes, x, y, what)                                                             \
	{                                                                                 \
		.allow = (yes), .type = 'c', .major = (x), .minor = (y), .access = (what) \
	}

static bool decide(const struct dev_rule *rules, size_t n, char type, uint32_t major,
	uint32_t minor, unsigned access)
{
	auto_arena struct arena a = { 0 };
	struct bpf_insn *prog;
	size_t len;

	devprog_build(&a, rules, n, &prog, &len);
	return devprog_eval(prog, len, type, major, minor, access);
}

static size_t length(const struct dev_rule *rules, size_t n)
{
	auto_arena struct arena a = { 0 };
	struct bpf_insn *prog;
	size_t len;

	devprog_build(&a, rules, n, &prog, &len);
	return len;
}

TEST(devprog_denies_without_rules)
{
	CHECK_FALSE(decide(NULL, 0, 'c', 1, 3, R));
	CHECK_INT(length(NULL, 0), 2);
}

TEST(devprog_last_match_decides)
{
	static const struct dev_rule deny_first[] = { ALL(false), CHAR(true, 10, 229, RWM) };
	static const struct dev_rule deny_last[] = { CHAR(true, 10, 229, RWM), ALL(false) };

	CHECK_TRUE(decide(deny_first, 2, 'c', 10, 229, R | W));
	CHECK_FALSE(decide(deny_first, 2, 'b', 10, 229, R | W));
	CHECK_FALSE(decide(deny_first, 2, 'c', 10, 228, R));
	CHECK_FALSE(decide(deny_first, 2, 'c', 11, 229, R));
	CHECK_FALSE(decide(deny_last, 2, 'c', 10, 229, R));
}

TEST(devprog_allow_all_with_an_exception)
{
	static const struct dev_rule rules[] = { ALL(true), CHAR(false, 10, 229, RWM) };

	CHECK_FALSE(decide(rules, 2, 'c', 10, 229, M));
	CHECK_TRUE(decide(rules, 2, 'c', 10, 230, M));
	CHECK_TRUE(decide(rules, 2, 'b', 10, 229, R | W));
}

TEST(devprog_kinds_of_access_are_decided_one_by_one)
{
	static const struct dev_rule split[] = { CHAR(true, 1, 3, R), CHAR(true, 1, 3, W) };
	static const struct dev_rule taken[] = { CHAR(true, 1, 3, RWM), CHAR(false, 1, 3, W) };
	static const struct dev_rule some[] = {
		{ .allow = true, .type = 'c', ANY, .access = M },
		{ .allow = true, .type = 'b', .major = 8, .any_minor = true, .access = R },
	};

	CHECK_TRUE(decide(split, 2, 'c', 1, 3, R | W));
	CHECK_FALSE(decide(split, 2, 'c', 1, 3, M));
	CHECK_TRUE(decide(taken, 2, 'c', 1, 3, R | M));
	CHECK_FALSE(decide(taken, 2, 'c', 1, 3, R | W));
	CHECK_TRUE(decide(some, 2, 'c', 200, 7, M));
	CHECK_FALSE(decide(some, 2, 'c', 200, 7, M | R));
	CHECK_TRUE(decide(some, 2, 'b', 8, 17, R));
	CHECK_FALSE(decide(some, 2, 'b', 8, 17, W));
	CHECK_FALSE(decide(some, 2, 'b', 9, 17, R));
}

TEST(devprog_leaves_out_what_cannot_matter)
{
	static const struct dev_rule one[] = { ALL(false), CHAR(true, 1, 3, RWM) };
	static const struct dev_rule repeated[] = { CHAR(true, 5, 5, R), ALL(true), ALL(false),
		CHAR(false, 7, 7, W), CHAR(true, 1, 3, R), CHAR(false, 1, 3, W),
		CHAR(true, 1, 3, RWM) };
	static const struct dev_rule all[] = { ALL(false), CHAR(false, 1, 3, RWM), ALL(true) };
	static const struct dev_rule none[] = { CHAR(true, 1, 3, 0), CHAR(true, 4096, 0, RWM),
		CHAR(true, 0, 1U << 20, RWM), CHAR(true, UINT32_MAX, UINT32_MAX, RWM) };

	CHECK_INT(length(one, 2), (4 + 6 + 2 + 2) + (4 + 2) + 2);
	CHECK_INT(length(repeated, 7), length(one, 2));
	CHECK_INT(length(all, 3), 2);
	CHECK_TRUE(decide(all, 3, 'b', 0, 0, RWM));
	CHECK_INT(length(none, 4), 2);
}

TEST(devprog_jumps_reach_over_any_number_of_rules)
{
	enum { MANY = 20000 };
	auto_arena struct arena a = { 0 };
	struct dev_rule *rules = arena_array(&a, MANY, sizeof(*rules));
	struct bpf_insn *prog;
	size_t len;

	for (uint32_t i = 0; i < MANY; i++)
		rules[i] = (struct dev_rule)CHAR(true, 7, i, i % 2 ? M | R : W);
	devprog_build(&a, rules, MANY, &prog, &len);
	CHECK_TRUE(len > INT16_MAX);
	for (uint32_t i = 0; i < MANY; i += MANY - 1) {
		test_row("rule %u", i);
		CHECK_INT(devprog_eval(prog, len, 'c', 7, i, M), i % 2);
		CHECK_INT(devprog_eval(prog, len, 'c', 7, i, R), i % 2);
		CHECK_INT(devprog_eval(prog, len, 'c', 7, i, W), !(i % 2));
	}
	CHECK_FALSE(devprog_eval(prog, len, 'c', 7, MANY, R));
}

TEST(devprog_eval_allows_nothing_it_does_not_understand)
{
	static const struct bpf_insn call[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 1 },
		{ .code = BPF_JMP | BPF_CALL },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	static const struct bpf_insn back[] = {
		{ .code = BPF_JMP | BPF_JA, .off = -1 },
	};
	static const struct bpf_insn wild[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 15, .imm = 1 },
	};

	CHECK_FALSE(devprog_eval(call, 3, 'c', 1, 3, R));
	CHECK_FALSE(devprog_eval(back, 1, 'c', 1, 3, R));
	CHECK_FALSE(devprog_eval(wild, 1, 'c', 1, 3, R));
	CHECK_FALSE(devprog_eval(NULL, 0, 'c', 1, 3, R));
}

/* the rules as the header tells them */
static bool model(const struct dev_rule *rules, size_t n, char type, uint32_t major, uint32_t minor,
	unsigned access)
{
	for (unsigned kind = 1; kind <= RWM; kind <<= 1) {
		bool allowed = false;

		if (!(access & kind))
			continue;
		for (size_t i = 0; i < n; i++)
			if ((rules[i].type == 'a' || rules[i].type == type) &&
				(rules[i].any_major || rules[i].major == major) &&
				(rules[i].any_minor || rules[i].minor == minor) &&
				(rules[i].access & kind))
				allowed = rules[i].allow;
		if (!allowed)
			return false;
	}
	return true;
}

static uint32_t random_below(uint64_t *state, uint32_t end)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)(*state >> 32) % end;
}

static const uint32_t numbers[] = { 0, 7, 0xfff };

static void random_rules(uint64_t *state, struct dev_rule *rules, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rules[i] = (struct dev_rule){
			.allow = random_below(state, 2),
			.type = "abc"[random_below(state, 3)],
			.any_major = random_below(state, 3) == 0,
			.any_minor = random_below(state, 3) == 0,
			.major = numbers[random_below(state, 3)],
			.minor = numbers[random_below(state, 3)],
			.access = random_below(state, RWM + 1),
		};
}

TEST(devprog_says_what_the_rules_say)
{
	uint64_t state = 0x9e3779b97f4a7c15;
	struct dev_rule rules[12];

	for (unsigned round = 0; round < 2000; round++) {
		auto_arena struct arena a = { 0 };
		const size_t n = random_below(&state, ARRAY_LEN(rules) + 1);
		struct bpf_insn *prog;
		size_t len;

		random_rules(&state, rules, n);
		devprog_build(&a, rules, n, &prog, &len);
		test_row("round %u", round);
		for (unsigned i = 0; i < 2 * 3 * 3 * RWM; i++) {
			const char type = "bc"[i % 2];
			const uint32_t major = numbers[i / 2 % 3], minor = numbers[i / 6 % 3];
			const unsigned access = 1 + i / 18;

			if (!CHECK_INT(devprog_eval(prog, len, type, major, minor, access),
				    model(rules, n, type, major, minor, access)))
				return;
		}
	}
}
