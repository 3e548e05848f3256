/* SPDX-License-Identifier: Apache-2.0 */
/* mnt_copy_up */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include "base/fd.h"
#include "base/mount.h"
#include "kern/mnt.h"
#include "test.h"

struct trees {
	int top, from, to; /* directories; from and to lie in top */
};

static struct trees open_trees(void)
{
	struct trees t = { .top = open(test_dir(), O_PATH | O_DIRECTORY | O_CLOEXEC) };

	CHECK_INT(mkdirat(t.top, "from", 0755), 0);
	CHECK_INT(mkdirat(t.top, "to", 0755), 0);
	t.from = openat(t.top, "from", O_PATH | O_DIRECTORY | O_CLOEXEC);
	t.to = openat(t.top, "to", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK_TRUE(t.from >= 0 && t.to >= 0);
	return t;
}

static void close_trees(const struct trees *t)
{
	(void)close(t->top);
	(void)close(t->from);
	(void)close(t->to);
}

static bool make_file(int dir, const char *name, const char *text)
{
	auto_close int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	return fd >= 0 && fd_write_all(fd, text, strlen(text)) == 0;
}

static struct stat look(int dir, const char *name)
{
	struct stat st = { 0 };

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		test_row("%s: %s", name, err_errno_text(errno));
	return st;
}

/* names with these attributes are in both trees */
static void check_same(const struct trees *t, const char *name)
{
	const struct stat a = look(t->from, name), b = look(t->to, name);

	test_row("%s", name);
	CHECK_INT(b.st_mode, a.st_mode);
	CHECK_INT(b.st_uid, a.st_uid);
	CHECK_INT(b.st_gid, a.st_gid);
	CHECK_INT(b.st_mtim.tv_sec, a.st_mtim.tv_sec);
	CHECK_INT(b.st_mtim.tv_nsec, a.st_mtim.tv_nsec);
	CHECK_INT(b.st_rdev, a.st_rdev);
	if (!S_ISDIR(a.st_mode))
		CHECK_INT(b.st_size, a.st_size);
}

static void check_text(int dir, const char *name, const char *expected)
{
	auto_str struct str text = { 0 };

	CHECK_INT(fd_read_at(dir, name, 0, 1 << 20, &text), 0);
	CHECK_STR(str_text(&text), expected);
}

static void set_times(int dir, const char *name, time_t when)
{
	const struct timespec times[2] = { { when, 111 }, { when + 1, 222 } };

	CHECK_INT(utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW), 0);
}

TEST(mnt_copy_up_keeps_what_is_there_as_it_is)
{
	static const char *const names[] = { "dir", "dir/sub", "dir/file", "dir/sub/set-id", "link",
		"dangling", "fifo", "empty" };
	struct trees t = open_trees();
	struct err e;

	CHECK_TRUE(mkdirat(t.from, "dir", 0755) == 0 && mkdirat(t.from, "dir/sub", 0755) == 0);
	CHECK_TRUE(make_file(t.from, "dir/file", "hello\n") &&
		make_file(t.from, "dir/sub/set-id", "#!\n"));
	CHECK_TRUE(make_file(t.from, "empty", ""));
	CHECK_TRUE(symlinkat("dir/file", t.from, "link") == 0 &&
		symlinkat("/no/such", t.from, "dangling") == 0);
	CHECK_INT(mknodat(t.from, "fifo", S_IFIFO | 0600, 0), 0);
	if (geteuid() == 0) {
		CHECK_INT(fchownat(t.from, "dir/sub/set-id", 5, 6, 0), 0);
		CHECK_INT(fchownat(t.from, "link", 7, 8, AT_SYMLINK_NOFOLLOW), 0);
		CHECK_INT(fchownat(t.from, "fifo", 9, 10, 0), 0);
	}
	CHECK_INT(fchmodat(t.from, "dir/sub/set-id", 06751, 0), 0);
	CHECK_INT(fchmodat(t.from, "fifo", 0622, 0), 0);
	CHECK_INT(fchmodat(t.from, "dir/sub", 01777, 0), 0);
	CHECK_INT(fchmodat(t.from, "dir", 0555, 0), 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		set_times(t.from, names[i], 1000000 + (time_t)i);

	CHECK_INT(mnt_copy_up(t.from, t.to, &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		check_same(&t, names[i]);
	check_text(t.to, "dir/file", "hello\n");
	check_text(t.to, "link", "hello\n");
	CHECK_INT(fchmodat(t.from, "dir", 0755, 0), 0); /* so that it can be removed */
	CHECK_INT(fchmodat(t.to, "dir", 0755, 0), 0);
	close_trees(&t);
}

/* an attribute of a file in from is in to; a filesystem that cannot have it is no failure */
static bool give_xattr(int dir, const char *file, const char *name, const void *value, size_t len)
{
	auto_close int fd = openat(dir, file, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && fsetxattr(fd, name, value, len, 0) == 0;
}

static void check_xattr(int dir, const char *file, const char *name, const void *value, size_t len)
{
	char found[64];
	auto_close int fd = openat(dir, file, O_RDONLY | O_CLOEXEC);

	test_row("%s of %s", name, file);
	CHECK_INT(fgetxattr(fd, name, found, sizeof(found)), (ssize_t)len);
	CHECK_TRUE(memcmp(found, value, len) == 0);
}

TEST(mnt_copy_up_keeps_extended_attributes)
{
	/* cap_net_raw=ep, as setcap(8) writes it */
	static const uint8_t cap[20] = { 1, 0, 0, 2, 0, 0x20 };
	struct trees t = open_trees();
	bool file, dir, caps;
	struct err e;

	CHECK_TRUE(mkdirat(t.from, "dir", 0755) == 0 && make_file(t.from, "dir/file", "x"));
	file = give_xattr(t.from, "dir/file", "user.note", "hello", 5);
	dir = give_xattr(t.from, "dir", "user.note", "", 0);
	caps = give_xattr(t.from, "dir/file", "security.capability", cap, sizeof(cap));
	CHECK_INT(mnt_copy_up(t.from, t.to, &e), 0);
	if (file)
		check_xattr(t.to, "dir/file", "user.note", "hello", 5);
	if (dir)
		check_xattr(t.to, "dir", "user.note", "", 0);
	if (caps)
		check_xattr(t.to, "dir/file", "security.capability", cap, sizeof(cap));
	close_trees(&t);
}

TEST(mnt_copy_up_leaves_sockets_out)
{
	struct sockaddr_un where = { .sun_family = AF_UNIX };
	auto_close int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct trees t = open_trees();
	struct err e;

	(void)snprintf(where.sun_path, sizeof(where.sun_path), "/proc/self/fd/%d/sock", t.from);
	CHECK_INT(bind(sock, (struct sockaddr *)&where, sizeof(where)), 0);
	CHECK_INT(mnt_copy_up(t.from, t.to, &e), 0);
	CHECK_INT(faccessat(t.to, "sock", F_OK, AT_SYMLINK_NOFOLLOW), -1);
	close_trees(&t);
}

TEST(mnt_copy_up_keeps_holes)
{
	enum { SIZE = 64 << 20 };
	struct trees t = open_trees();
	struct err e;
	int fd = openat(t.from, "sparse", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	CHECK_INT(ftruncate(fd, SIZE), 0);
	CHECK_INT(pwrite(fd, "middle", 6, SIZE / 2), 6);
	CHECK_INT(close(fd), 0);
	CHECK_INT(mnt_copy_up(t.from, t.to, &e), 0);
	const struct stat st = look(t.to, "sparse");
	CHECK_INT(st.st_size, SIZE);
	CHECK_TRUE(st.st_blocks < 1024);
	fd = openat(t.to, "sparse", O_RDONLY | O_CLOEXEC);
	char text[8] = { 0 };
	CHECK_INT(pread(fd, text, 7, SIZE / 2), 7);
	CHECK_STR(text, "middle");
	CHECK_INT(close(fd), 0);
	close_trees(&t);
}

TEST(mnt_copy_up_takes_many_names)
{
	struct trees t = open_trees();
	struct err e;
	char name[200];

	for (int i = 0; i < 500; i++) {
		(void)snprintf(name, sizeof(name), "%0150d", i);
		CHECK_TRUE(make_file(t.from, name, name));
	}
	CHECK_INT(mnt_copy_up(t.from, t.to, &e), 0);
	for (int i = 0; i < 500; i++) {
		(void)snprintf(name, sizeof(name), "%0150d", i);
		check_text(t.to, name, name);
	}
	close_trees(&t);
}

/* names[0..n) of "d" in one another below dir; the caller owns the descriptor of the innermost */
static int make_deep(int dir, int n)
{
	int at = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (int i = 0; i < n; i++) {
		int next;

		CHECK_INT(mkdirat(at, "d", 0755), 0);
		next = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		(void)close(at);
		at = next;
	}
	return at;
}

TEST(mnt_copy_up_has_a_limit_of_depth)
{
	struct trees t = open_trees();
	auto_close int deepest = make_deep(t.from, 128);
	struct err e;

	CHECK_TRUE(make_file(deepest, "file", ""));
	CHECK_INT(mnt_copy_up(t.from, t.to, &e), 0);
	CHECK_INT(mkdirat(deepest, "one", 0755), 0);
	CHECK_INT(mkdirat(t.top, "again", 0755), 0);
	auto_close int again = openat(t.top, "again", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK_INT(mnt_copy_up(t.from, again, &e), -1);
	const char *tail = strstr(err_text(&e), "/d/one\"");
	CHECK_STR(tail,
		"/d/one\" into the new tmpfs: more directories in one another than can be copied (128)");
	close_trees(&t);
}

TEST(mnt_copy_up_names_what_could_not_be_copied)
{
	struct trees t = open_trees();
	struct err e;

	CHECK_TRUE(mkdirat(t.from, "a", 0755) == 0 && make_file(t.from, "a/b", "x") &&
		mkdirat(t.to, "a", 0755) == 0);
	CHECK_INT(mnt_copy_up(t.from, t.to, &e), -1);
	CHECK_STR(err_text(&e), "copy \"a\" into the new tmpfs: file exists");
	CHECK_INT(mnt_copy_up(-1, t.to, &e), -1);
	CHECK_STR(err_text(&e), "open the directory under the new tmpfs: bad file descriptor");
	close_trees(&t);
}

/* ---- with mounts, in a mount namespace of its own ---- */

static struct trees now; /* for the children */

static int private_namespace(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	return 0;
}

static int copy_with_mounts(void)
{
	struct trees t;
	struct err e;
	struct stat st;

	if (private_namespace() < 0 || mount("t", test_dir(), "tmpfs", 0, NULL) < 0)
		return 77;
	t = open_trees();
	if (mkdirat(t.from, "mounted", 0755) < 0 || !make_file(t.from, "file", "image") ||
		fchdir(t.top) < 0 || mount("t", "from/mounted", "tmpfs", 0, "mode=750") < 0 ||
		mount("/etc/passwd", "from/file", NULL, MS_BIND, NULL) < 0)
		return 77;
	if (mknod("from/mounted/inside", S_IFREG | 0600, 0) < 0 ||
		mknod("from/null", S_IFCHR | 0640, makedev(1, 3)) < 0)
		return 77;
	if (mnt_copy_up(t.from, t.to, &e) < 0)
		return 1;
	if (fstatat(t.to, "mounted", &st, 0) < 0 || (st.st_mode & 07777) != 0750 ||
		faccessat(t.to, "mounted/inside", F_OK, 0) == 0)
		return 2;
	if (fstatat(t.to, "file", &st, 0) < 0 || st.st_size != 0)
		return 3;
	if (fstatat(t.to, "null", &st, 0) < 0 || st.st_mode != (S_IFCHR | 0640) ||
		st.st_rdev != makedev(1, 3))
		return 4;
	return 0;
}

TEST(mnt_copy_up_stays_on_its_mount)
{
	int r = test_child(copy_with_mounts);

	if (r == 77)
		test_skip("host: no mount namespaces");
	else
		CHECK_INT(r, 0);
}

static int copy_into_small(void)
{
	static const char *const small[] = { "size=8k", NULL };
	char text[20000];
	struct err e;
	int to;

	if (private_namespace() < 0)
		return 77;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	to = mnt_new("tmpfs", NULL, small, 0, 0, &e);
	if (to < 0)
		return 77;
	if (!make_file(now.from, "dir/large", text))
		return 1;
	if (mnt_copy_up(now.from, to, &e) == 0)
		return 2;
	return str_eq(err_text(&e),
		       "copy \"dir/large\" into the new tmpfs: no space left on device")
		? 0
		: 3;
}

TEST(mnt_copy_up_names_the_file_that_did_not_fit)
{
	int r;

	now = open_trees();
	CHECK_INT(mkdirat(now.from, "dir", 0755), 0);
	r = test_child(copy_into_small);
	close_trees(&now);
	if (r == 77)
		test_skip("host: no tmpfs");
	else
		CHECK_INT(r, 0);
}
