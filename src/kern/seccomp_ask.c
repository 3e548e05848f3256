/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp_ask.c - what a filter will answer, found out without a system call */
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <string.h>

#include "kern/seccomp.h"

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NATIVE AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define NATIVE AUDIT_ARCH_S390X
#else
#define NATIVE 0 /* no filter knows it, so nothing is let through */
#endif

const uint32_t seccomp_native = NATIVE;

static uint32_t load_word(const struct seccomp_data *data, uint32_t offset)
{
	uint32_t v = SECCOMP_ANSWER_BROKEN;

	if (offset % sizeof(v) == 0 && offset + sizeof(v) <= sizeof(*data))
		memcpy(&v, (const char *)data + offset, sizeof(v));
	return v;
}

uint32_t seccomp_answer(const struct seccomp_filter *f, const struct seccomp_data *data)
{
	uint32_t acc = 0;

	for (size_t pc = 0; pc < f->n; pc++) {
		const struct sock_filter *in = &f->insns[pc];
		bool jump = false;

		switch (in->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			acc = load_word(data, in->k);
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			acc &= in->k;
			continue;
		case BPF_RET | BPF_K:
			return in->k;
		case BPF_JMP | BPF_JA:
			pc += in->k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K:
			jump = acc == in->k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			jump = acc > in->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			jump = acc >= in->k;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			jump = (acc & in->k) != 0;
			break;
		default:
			return SECCOMP_ANSWER_BROKEN;
		}
		pc += jump ? in->jt : in->jf;
	}
	return SECCOMP_ANSWER_BROKEN;
}

bool seccomp_spares(const struct seccomp_filter *f, long number, const uint64_t args[6])
{
	struct seccomp_data data = { .nr = (int)number, .arch = NATIVE };

	memcpy(data.args, args, sizeof(data.args));
	switch (seccomp_answer(f, &data) & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
	case SECCOMP_RET_LOG:
	case SECCOMP_RET_ERRNO:
		return true;
	default:
		return false;
	}
}
