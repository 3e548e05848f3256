/* SPDX-License-Identifier: Apache-2.0 */
/* clone.c - the C library has no clone3(2) for a child with another stack: it would return from a
 * function whose frame it does not have. So the call and the first jump of the child are made here,
 * without a frame in between. */
#include "kern/clone.h"

#include <sched.h>

#include "base/compat.h"

/* in the child: fn(arg), never back */
static long clone_and_call(const struct clone_args *args, void (*fn)(void *), void *arg)
{
#if defined(__x86_64__)
	long r = SYS_clone3;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "mov %[arg], %%rdi\n\t"
			 "call *%[fn]\n\t"
			 "ud2\n"
			 "1:"
			 : "+a"(r)
			 : "D"(args), "S"(sizeof(*args)), [fn] "r"(fn), [arg] "r"(arg)
			 : "rcx", "r11", "memory", "cc");
	return r;
#elif defined(__aarch64__)
	register long r __asm__("x0") = (long)(uintptr_t)args;
	register long size __asm__("x1") = sizeof(*args);
	register long number __asm__("x8") = SYS_clone3;

	__asm__ volatile("svc 0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, xzr\n\t"
			 "mov x0, %[arg]\n\t"
			 "blr %[fn]\n\t"
			 "brk 1\n"
			 "1:"
			 : "+r"(r)
			 : "r"(size), "r"(number), [fn] "r"(fn), [arg] "r"(arg)
			 : "x30", "memory", "cc");
	return r;
#else
	(void)args;
	(void)fn;
	(void)arg;
	return -ENOSYS;
#endif
}

pid_t clone_in_memory(struct clone_args *args, void *stack, void (*fn)(void *), void *arg)
{
	long r;

	args->flags |= CLONE_VM;
	args->stack = (uintptr_t)stack;
	args->stack_size = CLONE_STACK;
	r = clone_and_call(args, fn, arg);
	if (r >= 0)
		return (pid_t)r;
	clone3_failed(args);
	errno = (int)-r;
	return -1;
}
