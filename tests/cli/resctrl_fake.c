/* SPDX-License-Identifier: Apache-2.0 */
/* resctrl_fake.c - a library to preload: the directory $FAKE_RESCTRL is the resctrl file system
 *
 * What is found at /sys/fs/resctrl is that directory, which has resctrl's magic number; a directory
 * made in it gets the files that the kernel would put there, and is removed with them. */
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static const char *const files[] = { "schemata", "tasks" };

/* is what fd stands for in the directory? */
static bool is_ours(int fd)
{
	const char *dir = getenv("FAKE_RESCTRL");
	char path[64], found[4096];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, found, sizeof(found) - 1);
	return dir && n >= (ssize_t)strlen(dir) && memcmp(found, dir, strlen(dir)) == 0;
}

int open(const char *path, int flags, ...)
{
	const char *dir = getenv("FAKE_RESCTRL");
	mode_t mode = 0;
	va_list args;

	va_start(args, flags);
	if (flags & (O_CREAT | __O_TMPFILE))
		mode = va_arg(args, mode_t);
	va_end(args);
	return openat(AT_FDCWD, dir && strcmp(path, "/sys/fs/resctrl") == 0 ? dir : path, flags,
		mode);
}

int fstatfs(int fd, struct statfs *ret)
{
	int (*real)(int, struct statfs *) = dlsym(RTLD_NEXT, "fstatfs");
	int r = real(fd, ret);

	if (r == 0 && is_ours(fd))
		ret->f_type = RDTGROUP_SUPER_MAGIC;
	return r;
}

int mkdirat(int at, const char *path, mode_t mode)
{
	int (*real)(int, const char *, mode_t) = dlsym(RTLD_NEXT, "mkdirat");
	int r = real(at, path, mode);
	char inner[4096];

	if (r < 0 || !is_ours(at))
		return r;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(inner, sizeof(inner), "%s/%s", path, files[i]);
		close(openat(at, inner, O_CREAT | O_WRONLY, 0644));
	}
	snprintf(inner, sizeof(inner), "%s/mon_groups", path);
	return strstr(path, "mon_groups") ? 0 : real(at, inner, 0755);
}

int unlinkat(int at, const char *path, int flags)
{
	int (*real)(int, const char *, int) = dlsym(RTLD_NEXT, "unlinkat");
	char inner[4096];

	if ((flags & AT_REMOVEDIR) && is_ours(at)) {
		for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
			snprintf(inner, sizeof(inner), "%s/%s", path, files[i]);
			real(at, inner, 0);
		}
		snprintf(inner, sizeof(inner), "%s/mon_groups", path);
		real(at, inner, AT_REMOVEDIR);
	}
	return real(at, path, flags);
}
