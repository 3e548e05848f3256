/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: a caller may leave us a small stack (ulimit -s), which init would outgrow: it is a clone
 * of ours that begins deep in it. The limit is the container's, too, so it is not for us to change.
 * A stack of our own takes its place; its pages come when they are touched. */
#include <sys/mman.h>
#include <sys/resource.h>
#include <ucontext.h>

#include "cli/cli.h"

enum { ENOUGH = 2 << 20, GUARD = 1 << 16 };

/* makecontext(3) passes numbers only */
static struct {
	int (*fn)(void *);
	void *arg;
	int result;
	ucontext_t here, there;
} call;

static void entry(void)
{
	call.result = call.fn(call.arg);
}

int stack_run(int (*fn)(void *), void *arg)
{
	struct rlimit have;
	char *memory;

	if (getrlimit(RLIMIT_STACK, &have) < 0 || have.rlim_cur >= ENOUGH)
		return fn(arg);
	memory = mmap(NULL, GUARD + ENOUGH, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (memory == MAP_FAILED || mprotect(memory, GUARD, PROT_NONE) < 0 ||
		getcontext(&call.there) < 0)
		return fn(arg);
	call.fn = fn;
	call.arg = arg;
	call.there.uc_stack = (stack_t){ .ss_sp = memory + GUARD, .ss_size = ENOUGH };
	call.there.uc_link = &call.here;
	makecontext(&call.there, entry, 0);
	return swapcontext(&call.here, &call.there) < 0 ? fn(arg) : call.result;
}
