/* SPDX-License-Identifier: Apache-2.0 */
/* selfexe_protect. A copy of the test program is executed with this test as its argument, and
 * PLAYER in its environment tells it that it is the program to protect. */
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "kern/cred.h"
#include "kern/selfexe.h"
#include "kern/syscalls.h"
#include "test.h"

#define PLAYER "UNIT_SELFEXE_PLAYER"
#define MARKER "CRUN_LITE_PROTECTED"

static const char self[] = "/proc/self/exe";

/* ---- the program to protect; what it returns is its exit status ---- */

static int check_mount(void)
{
	const struct mount_attr writable = { .attr_clr = MOUNT_ATTR_RDONLY };
	struct statfs fs;

	if (statfs(self, &fs) < 0 || !(fs.f_flags & ST_RDONLY))
		return 10;
	if (chmod(self, 0700) == 0 || errno != EROFS)
		return 11;
	if (truncate(self, 0) == 0 || errno != EROFS)
		return 12;
	if (sys_mount_setattr(AT_FDCWD, self, 0, &writable) == 0 || errno != EINVAL)
		return 13;
	if (sys_open_tree(AT_FDCWD, self, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC) >= 0 ||
		errno != EINVAL)
		return 14;
	return 0;
}

static int check_memfd(void)
{
	auto_close int fd = open(self, O_RDONLY | O_CLOEXEC);

	if (fcntl(fd, F_GET_SEALS) != (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE))
		return 20;
	return truncate(self, 0) < 0 ? 0 : 21;
}

static int check_untouched(void)
{
	char path[512];
	ssize_t n = readlink(self, path, sizeof(path) - 1);

	path[n < 0 ? 0 : n] = '\0';
	return strstr(path, "/program") ? 0 : 30;
}

static int check_names(const char *mode)
{
	auto_str struct str comm = { 0 }, command = { 0 };

	if (getenv(MARKER))
		return 40;
	if (fd_read_at(AT_FDCWD, "/proc/self/comm", 0, 64, &comm) < 0 ||
		fd_read_at(AT_FDCWD, "/proc/self/cmdline", 0, 4096, &command) < 0)
		return 41;
	/* executed once, or twice */
	if (!str_eq(str_text(&comm), str_eq(mode, "untouched") ? "program\n" : "crun-lite\n"))
		return 42;
	return str_eq(str_text(&command), "argument zero") ? 0 : 43;
}

static int play(const char *mode)
{
	static char zero[] = "argument zero", one[] = "selfexe_protects_its_file";
	char *argv[] = { zero, one, NULL };
	struct err e;
	int r = selfexe_protect(argv, true, &e);

	if (str_eq(mode, "lied to"))
		return r < 0 &&
				str_eq(err_text(&e),
					"protect the program file against the container: \"/proc/self/exe\" is not "
					"the protected file that was executed")
			? 0
			: 2;
	if (r < 0) {
		(void)fprintf(stderr, "# %s\n", err_text(&e));
		return 1;
	}
	r = check_names(mode);
	if (r)
		return r;
	if (selfexe_protect(argv, true, &e) < 0)
		return 3;
	return str_eq(mode, "mount")    ? check_mount()
		: str_eq(mode, "memfd") ? check_memfd()
					: check_untouched();
}

/* ---- who executes it ---- */

static const char *now_mode; /* for the child */

static int copy_self(const char *path)
{
	auto_str struct str text = { 0 };

	if (fd_read_at(AT_FDCWD, self, 0, 1 << 30, &text) < 0)
		return -1;
	auto_close int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);

	return fd >= 0 && fchmod(fd, 0755) == 0 ? fd_write_all(fd, text.data, text.len) : -1;
}

/* Root as it is: mount. Root without CAP_SYS_ADMIN: memfd. Somebody else, who cannot write it:
 * untouched. */
static int prepare(void)
{
	const uint64_t caps = cred_caps() & ~((uint64_t)1 << CAP_SYS_ADMIN);
	const struct cred weak = { .bounding = caps, .permitted = caps, .effective = caps };
	const struct cred other = { .uid = 65534, .gid = 65534 };
	struct err e;

	if (geteuid() != 0 || str_eq(now_mode, "mount") || str_eq(now_mode, "lied to"))
		return 0;
	return cred_apply(str_eq(now_mode, "memfd") ? &weak : &other, 0, &e);
}

static int execute_copy(void)
{
	char path[512], pid[16];

	(void)snprintf(path, sizeof(path), "%s/program", test_dir());
	(void)snprintf(pid, sizeof(pid), "%d", getpid());
	/* somebody else's marker means nothing, our own pid in it is believed */
	if (prepare() < 0 || setenv(PLAYER, now_mode, 1) < 0 ||
		setenv(MARKER, str_eq(now_mode, "lied to") ? pid : "1", 1) < 0)
		return 90;
	/* its own line of TAP is not for our reader */
	if (dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO) < 0)
		return 92;
	(void)execl(path, "argument zero", "selfexe_protects_its_file", (char *)NULL);
	return 91;
}

TEST(selfexe_protects_its_file)
{
	static const char *const as_root[] = { "mount", "memfd", "untouched", "lied to", NULL };
	static const char *const as_user[] = { "memfd", "lied to", NULL };
	const char *mode = getenv(PLAYER);
	char path[512];

	if (mode)
		_exit(play(mode));
	(void)snprintf(path, sizeof(path), "%s/program", test_dir());
	CHECK_INT(chmod(test_dir(), 0755), 0);
	CHECK_INT(copy_self(path), 0);
	for (const char *const *m = geteuid() ? as_user : as_root; *m; m++) {
		now_mode = *m;
		test_row("%s", *m);
		CHECK_INT(test_child(execute_copy), 0);
	}
}
