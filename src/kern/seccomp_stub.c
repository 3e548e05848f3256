/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp_stub.c - answer ENOSYS to system calls that a profile cannot know
 *
 * A profile that denies by default was written against the system calls of its day. A C library that tries a newer one
 * first falls back only on ENOSYS: any other answer is a failure to the program. So this is put in front:
 *
 *	       ld arch
 *	       jeq #AUDIT_ARCH_X86_64, 0, next
 *	       ld nr
 *	       jge #apart, filter, 0               where the architecture has such numbers
 *	       jgt #last, 0, filter
 *	       ret ERRNO(ENOSYS)
 *	filter: ja (start of the filter)
 *	next:  jeq #AUDIT_ARCH_I386 ...
 *
 * Conditional jumps reach 255 instructions. Here they stay inside the block of their architecture; the way out is a
 * `ja`, which has 32 bits. The kernel's cache of allowed calls (5.11) emulates every instruction used. */
#include "kern/seccomp_stub.h"

#include <assert.h>
#include <linux/seccomp.h>
#include <string.h>

enum {
	LOAD_INSNS = 1,
	BLOCK_INSNS = 6, /* at most */
};

static void put(struct seccomp_filter *f, unsigned code, uint32_t k, size_t jt, size_t jf)
{
	assert(jt <= UINT8_MAX && jf <= UINT8_MAX);
	f->insns[f->n++] = (struct sock_filter){ .code = (uint16_t)code,
		.jt = (uint8_t)jt,
		.jf = (uint8_t)jf,
		.k = k };
}

static void put_block(struct seccomp_filter *f, const struct stub_arch *arch, size_t end)
{
	const bool has_apart = arch->apart != 0;

	put(f, BPF_JMP | BPF_JEQ | BPF_K, arch->audit, 0, has_apart ? 5 : 4);
	put(f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	if (has_apart)
		put(f, BPF_JMP | BPF_JGE | BPF_K, arch->apart, 2, 0);
	put(f, BPF_JMP | BPF_JGT | BPF_K, arch->last, 0, 1);
	put(f, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS, 0, 0);
	put(f, BPF_JMP | BPF_JA, (uint32_t)(end - f->n - 1), 0, 0);
}

void stub_prepend(struct arena *a, const struct stub_arch *archs, size_t n,
	struct seccomp_filter *f)
{
	struct seccomp_filter whole = { .flags = f->flags };
	size_t end = LOAD_INSNS;

	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		end += archs[i].apart ? BLOCK_INSNS : BLOCK_INSNS - 1;
	whole.insns = arena_array(a, end + f->n, sizeof(*whole.insns));
	put(&whole, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
	for (size_t i = 0; i < n; i++)
		put_block(&whole, &archs[i], end);
	assert(whole.n == end);
	memcpy(whole.insns + end, f->insns, f->n * sizeof(*f->insns));
	whole.n += f->n;
	*f = whole;
}
