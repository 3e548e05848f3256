/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: fsconfig(2) takes 255 bytes for one option, and an overlay of some directories has more
 * in its lowerdir. mount(2) takes a page for all options, but wants a place, and cannot mount into
 * a detached tree. So it gets a directory in a tmpfs of its own, which hangs on the current
 * directory as long as that takes; a detached clone of what is mounted is what stays. No name is
 * looked up that somebody else could have made. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/mount.h"
#include "kern/mnt.h"
#include "kern/syscalls.h"

enum { LONGEST = 255 };

bool mnt_is_long(const char *source, const char *const *data)
{
	if (source && strlen(source) > LONGEST)
		return true;
	for (; data && *data; data++) {
		const char *eq = strchr(*data, '=');

		if (eq && strlen(eq + 1) > LONGEST)
			return true;
	}
	return false;
}

static int join_options(const char *const *data, char *buf, size_t size, struct err *e)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; data && data[i]; i++) {
		const char *eq = strchr(data[i], ',') ? strchr(data[i], '=') : NULL;
		int name = (int)(eq ? eq + 1 - data[i] : 0);
		/* a label of SELinux, the only one to have commas in it, is quoted */
		int n = snprintf(buf + used, size - used, eq ? "%s%.*s\"%s\"" : "%s%.*s%s",
			i ? "," : "", name, data[i], data[i] + name);

		if (n < 0 || (size_t)n >= size - used)
			return err_set(e, E2BIG, "mount options take more than %zu bytes",
				size - 1);
		used += (size_t)n;
	}
	return 0;
}

/* "m" in the current directory: the clone of a new mount on it, which is gone again, or -1 with *e
 */
static int mount_here(const char *type, const char *source, const char *options,
	unsigned long sb_flags, struct err *e)
{
	static const char place[] = "m";
	int fd;

	if (mkdir(place, 0700) < 0)
		return err_sys(e, errno, "make a directory to mount on");
	if (mount(source ? source : "none", place, type, sb_flags, options) < 0)
		return err_sys(e, errno, "mount filesystem \"%s\" with options \"%s\"", type,
			options);
	fd = mnt_clone(AT_FDCWD, place, 0);
	if (fd < 0)
		err_sys(e, errno, "clone the mount");
	(void)umount2(place, MNT_DETACH);
	return fd;
}

int mnt_new_long(const char *type, const char *source, const char *const *data,
	unsigned long sb_flags, uint64_t attr, struct err *e)
{
	auto_close int before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_close int place = mnt_new("tmpfs", "tmpfs", NULL, 0,
		MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, e);
	auto_close int fd = -1;
	char options[LIMIT_MOUNT_DATA + 1];

	if (place < 0 || join_options(data, options, sizeof(options), e) < 0)
		return -1;
	if (before < 0 || sys_move_mount(place, "", AT_FDCWD, ".", MOVE_MOUNT_F_EMPTY_PATH) < 0 ||
		fchdir(place) < 0)
		return err_sys(e, errno, "make a place for mount(2)");
	fd = mount_here(type, source, options, sb_flags, e);
	(void)umount2(".", MNT_DETACH);
	if (fchdir(before) < 0)
		return err_sys(e, errno, "go back to the directory");
	/* the ways of atime exclude each other, so all are cleared (mount_setattr(2)) */
	if (fd >= 0 &&
		mnt_attr(fd, 0, attr, attr & MOUNT_ATTR__ATIME ? MOUNT_ATTR__ATIME : 0, 0) < 0)
		return err_sys(e, errno, "set mount attributes");
	return take_fd(&fd);
}
