/* SPDX-License-Identifier: Apache-2.0 */
/* exefile.c - PR_SET_MM_MAP, which is there to restore a process from a checkpoint
 *
 * The kernel takes another file for /proc/PID/exe when nothing of the old one is mapped any more, where a file is
 * known by its mount, too (replace_mm_exe_file() in kernel/fork.c). So what is only read is mapped again, over
 * itself, from the same place in the same file; what has been written is moved to memory of no file. Not one
 * byte changes, so we can do it while we run from there. */
#include "exefile.h"

#include <elf.h>
#include <link.h>
#include <linux/prctl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

/* the first byte of the program in memory; the linker knows it */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static uintptr_t page_down(uintptr_t at)
{
	return at & ~(uintptr_t)(getpagesize() - 1);
}

static uintptr_t page_up(uintptr_t at)
{
	return page_down(at + (uintptr_t)getpagesize() - 1);
}

/* the pages of a segment that the file has */
struct part {
	char *start;
	size_t len;
	off_t offset;
	int prot;
};

static struct part part_of(const ElfW(Phdr) * p)
{
	const uintptr_t base = (uintptr_t)&__ehdr_start, start = page_down(base + p->p_vaddr);

	return (struct part){
		.start = (char *)start,
		.len = page_up(base + p->p_vaddr + p->p_filesz) - start,
		.offset = (off_t)page_down(p->p_offset),
		.prot = (p->p_flags & PF_R ? PROT_READ : 0) | (p->p_flags & PF_X ? PROT_EXEC : 0),
	};
}

/* Not memcpy(3): a sanitizer's looks at what lies between the variables, too. */
__attribute__((no_sanitize("address", "undefined"))) static void copy(char *to, const char *from,
	size_t len)
{
	volatile uint64_t *t = (uint64_t *)to;
	const volatile uint64_t *f = (const uint64_t *)from;

	for (size_t i = 0; i < len / sizeof(*t); i++)
		t[i] = f[i];
}

/* The pages to memory of no file, which takes their place at once: we may be using them. What the linker protects after
 * relocation (PT_GNU_RELRO) is at the beginning of the segment that is written. */
static int detach_written(const struct part *p, const char *relro_end)
{
	const size_t relro = relro_end > p->start ? (size_t)(relro_end - p->start) : 0;
	void *copied = mmap(NULL, p->len, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (copied == MAP_FAILED)
		return -1;
	copy(copied, p->start, p->len);
	if (mremap(copied, p->len, p->len, MREMAP_MAYMOVE | MREMAP_FIXED, p->start) == MAP_FAILED) {
		(void)munmap(copied, p->len);
		return -1;
	}
	return relro ? mprotect(p->start, relro < p->len ? relro : p->len, PROT_READ) : 0;
}

static const ElfW(Phdr) * first_header(void)
{
	return (const void *)((const char *)&__ehdr_start + __ehdr_start.e_phoff);
}

static const ElfW(Phdr) * end_of_headers(void)
{
	return first_header() + __ehdr_start.e_phnum;
}

static int map_all(int fd)
{
	const ElfW(Phdr) *end = end_of_headers();
	const char *relro_end = NULL;

	for (const ElfW(Phdr) *p = first_header(); p < end; p++) {
		if (p->p_type == PT_GNU_RELRO)
			relro_end = (const char *)page_down(
				(uintptr_t)&__ehdr_start + p->p_vaddr + p->p_memsz);
	}
	for (const ElfW(Phdr) *p = first_header(); p < end; p++) {
		struct part part = part_of(p);

		if (p->p_type != PT_LOAD || p->p_filesz == 0)
			continue;
		if (p->p_flags & PF_W) {
			if (detach_written(&part, relro_end) < 0)
				return -1;
		} else if (mmap(part.start, part.len, part.prot, MAP_PRIVATE | MAP_FIXED, fd,
				   part.offset) == MAP_FAILED) {
			return -1;
		}
	}
	return 0;
}

static void extend(__u64 *start, __u64 *end, uintptr_t from, uintptr_t to)
{
	if (from < *start)
		*start = from;
	if (to > *end)
		*end = to;
}

/* Where things are, as the kernel had it at the start of the program (create_elf_tables() in fs/binfmt_elf.c): it wants all of it
 * again, and shows it in /proc/PID/cmdline, environ and stat. The heap begins anew at its end: brk(2) takes nothing of it back. */
static struct prctl_mm_map describe(char *const argv[])
{
	const uintptr_t base = (uintptr_t)&__ehdr_start;
	struct prctl_mm_map map = {
		.start_code = UINTPTR_MAX,
		.start_data = UINTPTR_MAX,
		.start_brk = (uintptr_t)sbrk(0),
		.start_stack = (uintptr_t)(argv - 1), /* the number of the arguments */
		.arg_start = (uintptr_t)argv[0],
		.env_end = getauxval(AT_EXECFN), /* the file name follows the environment */
	};

	map.brk = map.start_brk;
	map.arg_end = map.arg_start;
	for (; *argv; argv++)
		map.arg_end = (uintptr_t)*argv + strlen(*argv) + 1;
	map.env_start = map.arg_end;
	for (const ElfW(Phdr) *p = first_header(); p < end_of_headers(); p++) {
		const uintptr_t start = base + p->p_vaddr, end = start + p->p_filesz;

		if (p->p_type != PT_LOAD)
			continue;
		extend(&map.start_data, &map.end_data, start, end);
		if (p->p_flags & PF_X)
			extend(&map.start_code, &map.end_code, start, end);
	}
	return map;
}

int exefile_set(int fd, char *const argv[])
{
	struct prctl_mm_map map;
	unsigned size;

	if (prctl(PR_SET_MM, PR_SET_MM_MAP_SIZE, &size, 0, 0) < 0 || map_all(fd) < 0)
		return -1;
	map = describe(argv);
	map.exe_fd = (uint32_t)fd;
	return prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0);
}
