/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: a user namespace may mount a new procfs or sysfs when its mount namespace shows a whole
 * one, with nothing of it covered (the kernel's mount_too_revealing). Where the root filesystem is
 * moved over "/" instead of pivoted to, the host's mounts stay in the namespace below it. No path
 * leads there, but the kernel counts them: a process that makes a user namespace could mount a
 * procfs without the masks of the container's own.
 *
 * So everything is unmounted. In the mount namespace of a user namespace the mounts are locked;
 * there the whole ones of the two are covered, as far as a path leads to them: what the host has
 * mounted and covered itself stays. The table is read again until nothing more can be unmounted:
 * a mount may have been covered by another. */
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "base/mount.h"
#include "kern/mnt.h"
#include "kern/syscalls.h"

enum { LINE_MAX_BYTES = 48 * 1024 };

/* a line of /proc/PID/mountinfo */
struct line {
	char *root, *point, *type;
};

struct table {
	int fd;
	size_t start, end; /* what has been read and not been given out */
	char buf[LINE_MAX_BYTES];
};

/* "\040" and the like become the bytes again */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++, to++) {
		*to = *text;
		if (text[0] != '\\' || !text[1] || !text[2] || !text[3])
			continue;
		*to = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
		text += 3;
	}
	*to = '\0';
}

/* the n-th word behind text, counted from 0; NULL: there are fewer. Words are cut at their ends. */
static char *word(char *text, unsigned n)
{
	char *end;

	for (; n > 0 && text; n--) {
		text = strchr(text, ' ');
		text = text ? text + 1 : NULL;
	}
	end = text ? strchr(text, ' ') : NULL;
	if (end)
		*end = '\0';
	return text;
}

/* "36 35 98:0 /root /point rw,noatime shared:1 - proc proc rw" */
static bool parse(char *text, struct line *ret)
{
	char *dash = strstr(text, " - ");

	if (!dash)
		return false;
	*dash = '\0';
	ret->type = word(dash + 3, 0);
	/* the later word first: each cuts the text behind it */
	ret->point = word(text, 4);
	ret->root = word(text, 3);
	if (!ret->point || !ret->root)
		return false;
	unescape(ret->point);
	return true;
}

/* 1: the next line is in *ret, 0: that was all, -1 with errno */
static int next_line(struct table *t, struct line *ret)
{
	for (;;) {
		char *end = memchr(t->buf + t->start, '\n', t->end - t->start);
		ssize_t n;

		if (end) {
			char *text = t->buf + t->start;

			*end = '\0';
			t->start = (size_t)(end + 1 - t->buf);
			if (parse(text, ret))
				return 1;
			continue;
		}
		memmove(t->buf, t->buf + t->start, t->end - t->start);
		t->end -= t->start;
		t->start = 0;
		if (t->end == sizeof(t->buf)) {
			errno = E2BIG;
			return -1;
		}
		n = read(t->fd, t->buf + t->end, sizeof(t->buf) - t->end);
		if (n <= 0)
			return (int)n;
		t->end += (size_t)n;
	}
}

static int open_table(int proc, struct table *t)
{
	t->fd = openat(proc, "self/mountinfo", O_RDONLY | O_CLOEXEC);
	t->start = t->end = 0;
	return t->fd < 0 ? -1 : 0;
}

/* How many mounts could be unmounted; -1 with errno. The path of a mount that is covered by
 * another may lead to that one, which is to go as well. */
static int unmount_all(int proc)
{
	struct table t;
	struct line line;
	int count = 0, r;

	if (open_table(proc, &t) < 0)
		return -1;
	while ((r = next_line(&t, &line)) > 0) {
		if (strcmp(line.point, "/") != 0 &&
			umount2(line.point, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
			count++;
	}
	def_close(&t.fd);
	return r < 0 ? -1 : count;
}

static int cover(const struct line *line, struct err *e)
{
	static const char *const options[] = { "nr_blocks=1", "nr_inodes=1", "mode=0555", NULL };
	auto_close int target = open(line->point, O_PATH | O_NOFOLLOW | O_CLOEXEC), fd = -1;
	struct statfs fs;

	if (target < 0 || fstatfs(target, &fs) < 0)
		return 0; /* it has gone with another one */
	if (fs.f_type != PROC_SUPER_MAGIC && fs.f_type != SYSFS_MAGIC)
		return 0;
	fd = mnt_new("tmpfs", "tmpfs", options, 0,
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, e);
	if (fd < 0)
		return -1;
	return mnt_move(fd, target) < 0 ? err_sys(e, errno, "cover \"%s\"", line->point) : 0;
}

static int cover_whole(int proc, struct err *e)
{
	struct table t;
	struct line line;
	int r, done = 0;

	if (open_table(proc, &t) < 0)
		return err_sys(e, errno, "open the table of mounts");
	while (done == 0 && (r = next_line(&t, &line)) > 0) {
		if (strcmp(line.root, "/") == 0 && strcmp(line.point, "/") != 0 &&
			(strcmp(line.type, "proc") == 0 || strcmp(line.type, "sysfs") == 0))
			done = cover(&line, e);
	}
	if (done == 0 && r < 0)
		done = err_sys(e, errno, "read the table of mounts");
	def_close(&t.fd);
	return done;
}

int mnt_hide_all(int proc, struct err *e)
{
	int count;

	while ((count = unmount_all(proc)) > 0)
		;
	if (count < 0)
		return err_sys(e, errno, "read the table of mounts");
	return cover_whole(proc, e);
}
