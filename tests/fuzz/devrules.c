/* SPDX-License-Identifier: Apache-2.0 */
/* devrules.c - libFuzzer target: the device program says what the rules say
 *
 * Input: four bytes for the access, then four bytes a rule. Numbers are small, so that rules meet.
 */
#include <assert.h>

#include "kern/devprog.h"

enum { RULE_BYTES = 4, RULES_MAX = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct dev_rule rule(const uint8_t *d)
{
	return (struct dev_rule){
		.allow = d[0] & 1,
		.type = "abca"[d[0] >> 1 & 3],
		.any_major = d[0] & 8,
		.any_minor = d[0] & 16,
		.access = d[0] >> 5,
		.major = d[1] % 4 ? d[1] % 4 : d[1] << 4,
		.minor = d[2] % 4 ? d[2] % 4 : (uint32_t)d[2] << 12 | d[3],
	};
}

static bool is_allowed(const struct dev_rule *rules, size_t n, const struct dev_rule *asked,
	unsigned kind)
{
	for (size_t i = n; i-- > 0;) {
		const struct dev_rule *r = &rules[i];

		if ((r->type == 'a' || r->type == asked->type) &&
			(r->any_major || r->major == asked->major) &&
			(r->any_minor || r->minor == asked->minor) && (r->access & kind))
			return r->allow;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena a = { 0 };
	struct dev_rule rules[RULES_MAX], asked;
	struct bpf_insn *prog;
	size_t len, n = 0;
	bool expected = true;

	if (size < RULE_BYTES)
		return 0;
	asked = rule(data);
	asked.type = asked.type == 'b' ? 'b' : 'c';
	asked.access = asked.access ? asked.access : BPF_DEVCG_ACC_READ;
	for (size_t at = RULE_BYTES; n < RULES_MAX && at + RULE_BYTES <= size; at += RULE_BYTES)
		rules[n++] = rule(data + at);
	for (unsigned kind = BPF_DEVCG_ACC_MKNOD; kind <= BPF_DEVCG_ACC_WRITE; kind <<= 1)
		if ((asked.access & kind) && !is_allowed(rules, n, &asked, kind))
			expected = false;
	devprog_build(&a, rules, n, &prog, &len);
	assert(devprog_eval(prog, len, asked.type, asked.major, asked.minor, asked.access) ==
		expected);
	return 0;
}
