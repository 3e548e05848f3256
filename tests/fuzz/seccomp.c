/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp.c - the filter of any profile answers what the profile says, to any call
 *
 * clang -fsanitize=fuzzer,address,undefined */
#include "kern/seccomp.h"
#include "../unit/seccomp_run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RULES = 8, ARGS = 4 };

struct input {
	const uint8_t *at, *end;
};

static uint8_t byte(struct input *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

/* small ones, and ones with bits in both halves */
static uint64_t number(struct input *in)
{
	const uint8_t kind = byte(in);
	uint64_t r = byte(in);

	r |= kind & 1 ? (uint64_t)byte(in) << 32 : 0;
	r |= kind & 2 ? (uint64_t)byte(in) << 56 : 0;
	return kind & 4 ? ~r : r;
}

static uint32_t action(struct input *in)
{
	static const uint32_t actions[] = { SCMP_ACT_ALLOW, SCMP_ACT_ERRNO(1), SCMP_ACT_LOG,
		SCMP_ACT_KILL_PROCESS };

	return actions[byte(in) % ARRAY_LEN(actions)];
}

static void check_calls(const struct seccomp_profile *p, const struct seccomp_filter *f,
	struct input *in)
{
	while (in->at < in->end) {
		const uint32_t token = byte(in) & 1 ? SCMP_ARCH_X86 : SCMP_ARCH_X86_64;
		struct seccomp_data d = { .arch = token };
		uint32_t answer;

		d.nr = byte(in) | (byte(in) & 1) << 8;
		for (size_t i = 0; i < 6; i++) {
			d.args[i] = number(in);
			if (token == SCMP_ARCH_X86)
				d.args[i] = (uint32_t)d.args[i];
		}
		answer = seccomp_answer(f, &d);
		/* beyond the profile */
		if (answer == SCMP_ACT_ERRNO(ENOSYS))
			continue;
		if (!profile_allows(p, token, &d, answer))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[][3] = { { "read", NULL }, { "socket", "connect", NULL },
		{ "clone", NULL }, { "ipc", "semget", NULL }, { "mmap2", "mmap", NULL },
		{ "prctl", NULL }, { "socketcall", NULL } };
	static const uint32_t archs[] = { SCMP_ARCH_X86_64, SCMP_ARCH_X86 };
	auto_arena struct arena a = { 0 };
	struct input in = { data, data + size };
	struct seccomp_rule rules[RULES];
	struct seccomp_arg args[RULES][ARGS];
	struct seccomp_profile p = { .default_action = action(&in),
		.archs = archs,
		.n_archs = ARRAY_LEN(archs),
		.rules = rules,
		.n_rules = byte(&in) % (RULES + 1) };
	struct seccomp_filter f = { 0 };
	struct err e;

	for (size_t i = 0; i < p.n_rules; i++) {
		rules[i] = (struct seccomp_rule){ .names = names[byte(&in) % ARRAY_LEN(names)],
			.action = action(&in),
			.args = args[i],
			.n_args = byte(&in) % (ARGS + 1),
			.where = "rule" };
		for (size_t k = 0; k < rules[i].n_args; k++)
			args[i][k] = (struct seccomp_arg){ byte(&in) % 6, number(&in), number(&in),
				1 + byte(&in) % 7u };
	}
	err_init(&e);
	if (seccomp_compile(&a, &p, &f, &e) < 0)
		abort();
	check_calls(&p, &f, &in);
	return 0;
}
