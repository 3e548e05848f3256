/* SPDX-License-Identifier: Apache-2.0 */
/* entry.c - where the kernel enters a program that is linked statically, before the C library does
 *
 * selfexe.c says why a command that puts a process into a container must run from a read-only mount
 * of the program file. Whoever is executed from another place can be executed again, or goes on
 * from that mount (PR_SET_MM_MAP, which is there to restore a process from a checkpoint): the
 * kernel takes another file for /proc/PID/exe when nothing of the old one is mapped any more, where
 * a file is known by its mount, too (replace_mm_exe_file() in kernel/fork.c). That is cheap as long
 * as nothing has been written and little been read, which is now: the segments are mapped again,
 * over themselves, from the same places in the same file. Not one byte changes, so we can do it
 * while we run from there.
 *
 * There is no C library yet, no relocation, no thread-local storage: nothing is called from here,
 * and no pointer is in initialized data. What fails costs an execution: selfexe_protect looks at
 * what has come of it. A debugger's breakpoints are lost, if they are not the processor's. */
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <linux/prctl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

#include "base/mount.h"
#include "kern/syscalls.h"

#if defined(__x86_64__)
/* The stack is as the kernel left it: the number of arguments, the arguments, the environment, the
 * auxiliary vector. */
__asm__(".pushsection .text.program_entry,\"ax\",@progbits\n"
	".globl program_entry\n"
	".type program_entry,@function\n"
	"program_entry:\n\t"
	"mov %rsp, %rbx\n\t"
	"mov %rdx, %r12\n\t"
	"mov %rsp, %rdi\n\t"
	"and $-16, %rsp\n\t"
	"call entry_protect\n\t"
	"mov %rbx, %rsp\n\t"
	"mov %r12, %rdx\n\t"
	"jmp _start\n"
	".popsection");

static long call(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long r = number;

	__asm__ volatile("syscall"
			 : "+a"(r)
			 : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return r;
}
#elif defined(__aarch64__)
__asm__(".pushsection .text.program_entry,\"ax\",%progbits\n"
	".globl program_entry\n"
	".type program_entry,%function\n"
	"program_entry:\n\t"
	"mov x20, x0\n\t"
	"mov x0, sp\n\t"
	"bl entry_protect\n\t"
	"mov x0, x20\n\t"
	"b _start\n"
	".popsection");

static long call(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}
#else
/* The program begins at _start as any other, and is executed a second time. */
static long call(long number, long a, long b, long c, long d, long e, long f)
{
	return (void)number, (void)a, (void)b, (void)c, (void)d, (void)e, (void)f, -ENOSYS;
}
#endif

/* the first byte of the program in memory; the linker knows it */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static const char self[] = "/proc/self/exe";

void entry_protect(uintptr_t *stack) __attribute__((visibility("hidden"), used));

static bool equal(const char *a, const char *b)
{
	for (; *a && *a == *b; a++)
		b++;
	return *a == *b;
}

/* Does the command put a process into a container? What is no command may be called like one: then
 * it was for nothing. */
static bool enters(char *const argv[])
{
	for (; *argv; argv++) {
		if (equal(*argv, "create") || equal(*argv, "run") || equal(*argv, "exec"))
			return true;
	}
	return false;
}

static uintptr_t from_auxv(const uintptr_t *at, uintptr_t type)
{
	for (; at[0] != AT_NULL; at += 2) {
		if (at[0] == type)
			return at[1];
	}
	return 0;
}

static bool is_read_only(const struct statfs *fs)
{
	return fs->f_flags & 1; /* ST_RDONLY of statvfs(3) */
}

/* The program file on a read-only mount of its own; -1: not so, or it is on one already */
static int mount_again(void)
{
	const struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	struct statfs fs;
	int fd;

	if (call(SYS_statfs, (long)self, (long)&fs, 0, 0, 0, 0) < 0 || is_read_only(&fs))
		return -1;
	fd = (int)call(SYS_open_tree, AT_FDCWD, (long)self, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC, 0,
		0, 0);
	if (fd < 0)
		return -1;
	if (call(SYS_mount_setattr, fd, (long)"", AT_EMPTY_PATH, (long)&attr, sizeof(attr), 0) ==
			0 &&
		call(SYS_fstatfs, fd, (long)&fs, 0, 0, 0, 0) == 0 && is_read_only(&fs))
		return fd;
	(void)call(SYS_close, fd, 0, 0, 0, 0, 0);
	return -1;
}

/* what open_tree(2) gives cannot be read from; -1: it cannot be opened */
static int open_file(int tree)
{
	char path[] = "/proc/self/fd/\0\0\0\0\0\0\0\0\0\0";
	size_t at = sizeof("/proc/self/fd/") - 1, digits = 1;

	for (int rest = tree / 10; rest; rest /= 10)
		digits++;
	for (size_t i = digits; i-- > 0; tree /= 10)
		path[at + i] = (char)('0' + tree % 10);
	return (int)call(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC | O_NOCTTY, 0, 0,
		0);
}

static const ElfW(Phdr) * first_header(void)
{
	return (const void *)((const char *)&__ehdr_start + __ehdr_start.e_phoff);
}

static const ElfW(Phdr) * end_of_headers(void)
{
	return first_header() + __ehdr_start.e_phnum;
}

static int map_segment(const ElfW(Phdr) * p, int fd, uintptr_t page)
{
	const uintptr_t data = (uintptr_t)&__ehdr_start + p->p_vaddr, end = data + p->p_filesz;
	const uintptr_t start = data & ~(page - 1), stop = (end + page - 1) & ~(page - 1);
	const int prot = (p->p_flags & PF_R ? PROT_READ : 0) |
		(p->p_flags & PF_W ? PROT_WRITE : 0) | (p->p_flags & PF_X ? PROT_EXEC : 0);

	if (call(SYS_mmap, (long)start, (long)(stop - start), prot, MAP_PRIVATE | MAP_FIXED, fd,
		    (long)(p->p_offset & ~(page - 1))) != (long)start)
		return -1;
	/* the variables that begin as 0 begin in the last page of those that do not */
	for (volatile char *c = (char *)end; p->p_flags & PF_W && (uintptr_t)c < stop; c++)
		*c = 0;
	return 0;
}

static void raise_to(__u64 *value, uintptr_t to)
{
	if (to > *value)
		*value = to;
}

/* Where things are, as the kernel has it already (load_elf_binary() and create_elf_tables() in
 * fs/binfmt_elf.c): it wants all of it again, and shows it in /proc/PID/cmdline, environ and stat.
 * Data begin where the last segment does. */
static void describe(uintptr_t *stack, char *const argv[], const uintptr_t *auxv,
	struct prctl_mm_map *ret)
{
	const uintptr_t base = (uintptr_t)&__ehdr_start;

	ret->start_code = UINTPTR_MAX;
	ret->end_code = ret->start_data = ret->end_data = 0;
	for (const ElfW(Phdr) *p = first_header(); p < end_of_headers(); p++) {
		const uintptr_t start = base + p->p_vaddr, end = start + p->p_filesz;

		if (p->p_type != PT_LOAD)
			continue;
		raise_to(&ret->start_data, start);
		raise_to(&ret->end_data, end);
		if (!(p->p_flags & PF_X))
			continue;
		raise_to(&ret->end_code, end);
		if (start < ret->start_code)
			ret->start_code = start;
	}
	ret->start_brk = ret->brk = (__u64)call(SYS_brk, 0, 0, 0, 0, 0, 0);
	ret->start_stack = (uintptr_t)stack;
	ret->arg_start = ret->arg_end = (uintptr_t)argv[0];
	for (; *argv; argv++) {
		const char *c = *argv;

		while (*c++)
			;
		ret->arg_end = (uintptr_t)c;
	}
	ret->env_start = ret->arg_end;
	ret->env_end = from_auxv(auxv, AT_EXECFN); /* the file name follows the environment */
	ret->auxv = NULL;
	ret->auxv_size = 0;
}

static void go_on_from(int fd, uintptr_t *stack, char *const argv[], const uintptr_t *auxv)
{
	struct prctl_mm_map map;
	unsigned size;

	/* not with every kernel (CONFIG_CHECKPOINT_RESTORE) */
	if (call(SYS_prctl, PR_SET_MM, PR_SET_MM_MAP_SIZE, (long)&size, 0, 0, 0) < 0)
		return;
	for (const ElfW(Phdr) *p = first_header(); p < end_of_headers(); p++) {
		if (p->p_type == PT_LOAD && p->p_filesz &&
			map_segment(p, fd, from_auxv(auxv, AT_PAGESZ)) < 0)
			return;
	}
	describe(stack, argv, auxv, &map);
	map.exe_fd = (uint32_t)fd;
	(void)call(SYS_prctl, PR_SET_MM, PR_SET_MM_MAP, (long)&map, sizeof(map), 0, 0);
}

void entry_protect(uintptr_t *stack)
{
	char *const *argv = (char *const *)(stack + 1);
	const uintptr_t *auxv = stack + 1 + stack[0] + 1;
	int tree, file;

	if (!enters(argv))
		return;
	while (*auxv++) /* the environment */
		;
	tree = mount_again();
	if (tree < 0)
		return;
	file = open_file(tree);
	if (file >= 0) {
		go_on_from(file, stack, argv, auxv);
		(void)call(SYS_close, file, 0, 0, 0, 0, 0);
	}
	/* the mount is taken out of its namespace */
	(void)call(SYS_close, tree, 0, 0, 0, 0, 0);
}
