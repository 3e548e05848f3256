/* SPDX-License-Identifier: Apache-2.0 */
/* library.c - compiled twice: for the program that loads libraries, and, with PROGRAM_THAT_LOADS (a
 * file name), for the static one that carries the former */
#include "kern/library.h"

#ifdef PROGRAM_THAT_LOADS

#include "kern/selfexe.h"

/* page-aligned: nothing of it is read with what is used */
__asm__(".pushsection .rodata.program_that_loads, \"a\"\n"
	".balign 4096\n"
	".global program_that_loads\n"
	".hidden program_that_loads\n"
	"program_that_loads:\n"
	".incbin \"" PROGRAM_THAT_LOADS "\"\n"
	".global program_that_loads_end\n"
	".hidden program_that_loads_end\n"
	"program_that_loads_end:\n"
	".popsection\n");

extern const char program_that_loads[], program_that_loads_end[];

int library_need(struct err *e)
{
	return selfexe_become(program_that_loads,
		(size_t)(program_that_loads_end - program_that_loads), e);
}

void *library_open(const char *name, struct err *e)
{
	(void)name;
	if (library_need(e) == 0)
		(void)err_set(e, ENOSYS, "it was not executed");
	return NULL;
}

void *library_symbol(void *library, const char *name)
{
	(void)library;
	(void)name;
	return NULL;
}

void library_close(void *library)
{
	(void)library;
}

#else

#include <dlfcn.h>

int library_need(struct err *e)
{
	(void)e;
	return 0;
}

void *library_open(const char *name, struct err *e)
{
	void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		(void)err_set(e, ENOENT, "%s", dlerror());
	return library;
}

void *library_symbol(void *library, const char *name)
{
	return dlsym(library, name);
}

void library_close(void *library)
{
	(void)dlclose(library);
}

#endif
