/* SPDX-License-Identifier: Apache-2.0 */
/* standard.c - for a later checkpoint
 *
 * They are looked at when the first process inherits them, not at the checkpoint: by then a program
 * may have moved them to other numbers. A shell does so for the time of every command whose output
 * it redirects. criu knows files, pipes and terminals by these names, whatever their numbers. */
#include "standard.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/str.h"

enum { STANDARD_FDS = STDERR_FILENO + 1 };

static const char file[] = "file[";

static bool is_terminal(const struct statx *st)
{
	const unsigned number = S_ISCHR(st->stx_mode) ? st->stx_rdev_major : 0;

	return number == 4 || number == 5 || (number >= 136 && number <= 143);
}

static const char *name_of(struct arena *a, int proc, int fd)
{
	char path[32], link[PATH_MAX];
	struct statx st;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "self/fd/%d", fd);
	n = readlinkat(proc, path, link, sizeof(link));
	if (n <= 0)
		return "";
	if (link[0] != '/')
		return arena_dup(a, link, (size_t)n);
	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, &st) < 0 ||
		!(st.stx_mask & STATX_MNT_ID))
		return "";
	if (is_terminal(&st))
		return arena_fmt(a, "tty[%llx:%llx]",
			(unsigned long long)makedev(st.stx_rdev_major, st.stx_rdev_minor),
			(unsigned long long)makedev(st.stx_dev_major, st.stx_dev_minor));
	return arena_fmt(a, "%s%llx:%llx]", file, (unsigned long long)st.stx_mnt_id,
		(unsigned long long)st.stx_ino);
}

const char **standard_descriptors(struct arena *a, int proc)
{
	const char **names = arena_array(a, STANDARD_FDS + 1, sizeof(*names));

	for (int fd = 0; fd < STANDARD_FDS; fd++)
		names[fd] = name_of(a, proc, fd);
	return names;
}

bool standard_mount(const char *name, unsigned *ret)
{
	const char *at = str_after(name, file);

	return at && sscanf(at, "%x:", ret) == 1;
}
