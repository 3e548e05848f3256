/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/mnt.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mount.h"
#include "kern/syscalls.h"

/* The filesystem context keeps messages ("e tmpfs: Unknown parameter 'x'"); the last error or
 * warning says more than errno. */
static void context_words(int fs, char *buf, size_t size)
{
	char line[512];
	ssize_t n;

	buf[0] = '\0';
	while ((n = read(fs, line, sizeof(line) - 1)) > 0) {
		line[n] = '\0';
		if (n > 2 && (line[0] == 'e' || line[0] == 'w') && line[1] == ' ' &&
			(size_t)n - 2 < size)
			memcpy(buf, line + 2, (size_t)n - 1);
	}
	buf[strcspn(buf, "\n")] = '\0';
}

/* The error of a filesystem context; what: the step and its subject. */
static int context_error(int fs, int code, const char *what, const char *subject, struct err *e)
{
	char words[512];

	context_words(fs, words, sizeof(words));
	err_sys(e, code, "%s \"%s\"", what, subject);
	return words[0] ? err_more(e, "the filesystem says: %s", words) : -1;
}

static int set_option(int fs, const char *option, struct err *e)
{
	const char *eq = strchr(option, '=');
	char key[256];
	int r;

	if (!eq) {
		r = sys_fsconfig(fs, FSCONFIG_SET_FLAG, option, NULL, 0);
	} else {
		size_t len = (size_t)(eq - option);

		if (len >= sizeof(key))
			return err_set(e, EINVAL, "mount option \"%s\": name longer than %zu bytes",
				option, sizeof(key) - 1);
		memcpy(key, option, len);
		key[len] = '\0';
		r = sys_fsconfig(fs, FSCONFIG_SET_STRING, key, eq + 1, 0);
	}
	return r < 0 ? context_error(fs, errno, "set mount option", option, e) : 0;
}

static const struct {
	unsigned long flag;
	const char *set, *clear;
} sb_options[] = {
	{ MS_RDONLY, "ro", "rw" },
	{ MS_SYNCHRONOUS, "sync", "async" },
	{ MS_DIRSYNC, "dirsync", NULL },
	{ MS_LAZYTIME, "lazytime", "nolazytime" },
	{ MS_MANDLOCK, "mand", "nomand" },
};

static int set_options(int fs, const char *const *data, unsigned long sb_set,
	unsigned long sb_clear, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(sb_options); i++) {
		if ((sb_set & sb_options[i].flag) && set_option(fs, sb_options[i].set, e) < 0)
			return -1;
		if ((sb_clear & sb_options[i].flag) && sb_options[i].clear &&
			set_option(fs, sb_options[i].clear, e) < 0)
			return -1;
	}
	for (; data && *data; data++) {
		if (set_option(fs, *data, e) < 0)
			return -1;
	}
	return 0;
}

int mnt_new(const char *type, const char *source, const char *const *data, unsigned long sb_flags,
	uint64_t attr, struct err *e)
{
	auto_close int fs = sys_fsopen(type, FSOPEN_CLOEXEC);
	int fd;

	if (fs < 0 && errno == ENODEV)
		return err_set(e, ENODEV,
			"filesystem type \"%s\" is not known to this kernel (no such device)",
			type);
	if (fs < 0)
		return err_sys(e, errno, "open filesystem type \"%s\"", type);
	if (source && sys_fsconfig(fs, FSCONFIG_SET_STRING, "source", source, 0) < 0)
		return context_error(fs, errno, "set mount source", source, e);
	if (set_options(fs, data, sb_flags, 0, e) < 0)
		return -1;
	if (sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return context_error(fs, errno, "create filesystem", type, e);
	fd = sys_fsmount(fs, FSMOUNT_CLOEXEC, (unsigned)attr);
	return fd < 0 ? context_error(fs, errno, "mount filesystem", type, e) : fd;
}

int mnt_clone(int dirfd, const char *path, unsigned flags)
{
	unsigned how = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_NO_AUTOMOUNT;

	if (flags & MNT_REC)
		how |= AT_RECURSIVE;
	if (flags & MNT_NOFOLLOW)
		how |= AT_SYMLINK_NOFOLLOW;
	if (!*path)
		how |= AT_EMPTY_PATH;
	return sys_open_tree(dirfd, path, how);
}

int mnt_move(int fd, int target)
{
	return sys_move_mount(fd, "", target, "",
		MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

int mnt_attr(int fd, unsigned flags, uint64_t set, uint64_t clear, uint64_t propagation)
{
	struct mount_attr attr = { .attr_set = set, .attr_clr = clear, .propagation = propagation };

	return sys_mount_setattr(fd, "", AT_EMPTY_PATH | (flags & MNT_REC ? AT_RECURSIVE : 0),
		&attr);
}

bool mnt_is_root(int fd)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH, 0, &st) < 0 ||
		!(st.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT))
		return true;
	return st.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

int mnt_attr_path(const char *path, unsigned flags, uint64_t set, uint64_t clear,
	uint64_t propagation)
{
	struct mount_attr attr = { .attr_set = set, .attr_clr = clear, .propagation = propagation };

	return sys_mount_setattr(AT_FDCWD, path, flags & MNT_REC ? AT_RECURSIVE : 0, &attr);
}

int mnt_idmap(int fd, unsigned flags, int userns_fd, const char *what, struct err *e)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)userns_fd };

	if (sys_mount_setattr(fd, "", AT_EMPTY_PATH | (flags & MNT_REC ? AT_RECURSIVE : 0),
		    &attr) == 0)
		return 0;
	(void)err_sys(e, errno, "map ids of \"%s\"", what);
	return err_more(e,
		"its filesystem%s must support that: ext4, xfs and vfat do since kernel 5.12, "
		"btrfs 5.15, f2fs 5.16, overlay 5.19, tmpfs 6.3, fuse 6.12",
		flags & MNT_REC ? " and those mounted below" : "");
}

int mnt_reconfigure(int fd, const char *const *data, unsigned long sb_set, unsigned long sb_clear,
	struct err *e)
{
	auto_close int fs = sys_fspick(fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);

	if (fs < 0)
		return err_sys(e, errno, "pick the mounted filesystem");
	if (set_options(fs, data, sb_set, sb_clear, e) < 0)
		return -1;
	if (sys_fsconfig(fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		return context_error(fs, errno, "reconfigure filesystem", "remount", e);
	return 0;
}
