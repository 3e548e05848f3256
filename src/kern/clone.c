/* SPDX-License-Identifier: Apache-2.0 */
/* clone.c - the C library has no clone3(2) for a child with another stack: it would return from a function whose frame it does not
 * have. So the call and the first jump of the child are made here, without a frame in between. */
#include "kern/clone.h"

#include <sched.h>
#include <sys/mman.h>

#include "kern/proc.h"

enum { STACK_BYTES = 512 * 1024 }; /* only what is touched is there */

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

int clone_aside(struct clone_aside *ret, void (*fn)(void *), void *arg)
{
	struct clone_args a = { .flags = CLONE_PIDFD | CLONE_VM, .stack_size = STACK_BYTES };
	long r;

	*ret = (struct clone_aside){ .pidfd = -1 };
	ret->stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
	if (ret->stack == MAP_FAILED)
		return -1;
	a.stack = (uintptr_t)ret->stack;
	a.pidfd = (uintptr_t)&ret->pidfd;
	r = clone_and_call(&a, fn, arg);
	if (r > 0)
		return 0;
	(void)munmap(ret->stack, STACK_BYTES);
	errno = (int)-r;
	return -1;
}

void clone_await(const struct clone_aside *c)
{
	if (c->pidfd >= 0)
		(void)proc_wait_end(c->pidfd, -1);
}

void clone_join(struct clone_aside *c)
{
	if (c->pidfd < 0)
		return;
	(void)!proc_reap(c->pidfd);
	def_close(&c->pidfd);
	c->pidfd = -1;
	(void)munmap(c->stack, STACK_BYTES);
}

pid_t clone_in_memory(struct clone_args *args, void (*fn)(void *), void *arg)
{
	void *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
	long r;

	if (stack == MAP_FAILED)
		return -1;
	args->flags |= CLONE_VM | CLONE_VFORK;
	args->stack = (uintptr_t)stack;
	args->stack_size = STACK_BYTES;
	r = clone_and_call(args, fn, arg);
	(void)munmap(stack, STACK_BYTES);
	if (r < 0)
		errno = (int)-r;
	return r < 0 ? -1 : (pid_t)r;
}
