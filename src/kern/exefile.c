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
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "kern/procstat.h"

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

static int map_all(int fd)
{
	const ElfW(Phdr) *headers =
		(const void *)((const char *)&__ehdr_start + __ehdr_start.e_phoff);
	const ElfW(Phdr) *end = headers + __ehdr_start.e_phnum;
	const char *relro_end = NULL;

	for (const ElfW(Phdr) *p = headers; p < end; p++) {
		if (p->p_type == PT_GNU_RELRO)
			relro_end = (const char *)page_down(
				(uintptr_t)&__ehdr_start + p->p_vaddr + p->p_memsz);
	}
	for (const ElfW(Phdr) *p = headers; p < end; p++) {
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

int exefile_set(int fd)
{
	const struct procstat_memory *m;
	struct prctl_mm_map map;
	struct procstat now;
	unsigned size;

	if (prctl(PR_SET_MM, PR_SET_MM_MAP_SIZE, &size, 0, 0) < 0 ||
		procstat_read(getpid(), &now) < 0 || map_all(fd) < 0)
		return -1;
	/* all of it has to be given, and stays as it is */
	m = &now.memory;
	map = (struct prctl_mm_map){
		.start_code = m->start_code,
		.end_code = m->end_code,
		.start_stack = m->start_stack,
		.start_data = m->start_data,
		.end_data = m->end_data,
		.start_brk = m->start_brk,
		.brk = (uintptr_t)sbrk(0),
		.arg_start = m->arg_start,
		.arg_end = m->arg_end,
		.env_start = m->env_start,
		.env_end = m->env_end,
		.exe_fd = (uint32_t)fd,
	};
	return prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0);
}
