/* SPDX-License-Identifier: Apache-2.0 */
/* What can be seen without a security module: that nothing but a procfs is written to, and the
 * words of errors. */
#include "kern/lsm.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/mount.h"
#include "test.h"

/* A tree that looks like /proc. */
static int fake_proc(const char *dir)
{
	static const char *const parts[] = { "", "/self", "/self/attr", "/self/attr/apparmor" };
	char path[300];

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", dir, parts[i]);
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return -1;
	}
	for (size_t i = 2; i < ARRAY_LEN(parts); i++) {
		(void)snprintf(path, sizeof(path), "%s%s/exec", dir, parts[i]);
		def_close(&(int){ open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666) });
	}
	return open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

TEST(lsm_writes_to_no_other_filesystem)
{
	auto_close int proc = fake_proc(test_dir());
	struct stat st;
	struct err e;

	err_init(&e);
	CHECK_TRUE(proc >= 0);
	CHECK_INT(lsm_apparmor_exec(proc, "p", false, &e), -1);
	CHECK_STR(err_text(&e),
		"open `/proc/self/attr/apparmor/exec` to set AppArmor profile \"p\": invalid cross-device link");
	CHECK_INT(lsm_selinux_exec(proc, "l", &e), -1);
	CHECK_STR(err_text(&e),
		"open `/proc/self/attr/exec` to set SELinux label \"l\": invalid cross-device link");
	CHECK_TRUE(fstatat(proc, "self/attr/apparmor/exec", &st, 0) == 0 && st.st_size == 0);
	CHECK_TRUE(fstatat(proc, "self/attr/exec", &st, 0) == 0 && st.st_size == 0);
}

/* A file of the same procfs over it, which a look at the kind of filesystem alone would not tell.
 */
static int child_mounted_over(void)
{
	auto_close int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct err e;

	err_init(&e);
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return 100;
	if (mount("/proc/self/sched", "/proc/self/attr/exec", NULL, MS_BIND, NULL) < 0)
		return 100;
	/* proc is the host's, with nothing over it: this one is that of our mount namespace */
	def_close(&proc);
	proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (lsm_selinux_exec(proc, "l", &e) == 0)
		return 1;
	return e.code == EXDEV ? 0 : 2;
}

TEST(lsm_writes_to_nothing_that_is_mounted_over)
{
	int r = test_child(child_mounted_over);

	if (r == 100)
		test_skip("host: this user may not mount");
	else
		CHECK_INT(r, 0);
}

TEST(lsm_says_what_the_kernel_answers)
{
	auto_close int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct err e;

	err_init(&e);
	if (access("/sys/fs/selinux/enforce", F_OK) == 0 ||
		access("/sys/kernel/security/apparmor", F_OK) == 0 ||
		access("/proc/self/attr/exec", F_OK) < 0) {
		test_skip("host: a security module answers");
		return;
	}
	CHECK_INT(lsm_selinux_keys(proc, "l", &e), -1);
	CHECK_STR(err_text(&e),
		"set SELinux label \"l\" in `/proc/self/attr/keycreate`: invalid argument\n"
		"the policy that is loaded has no such label (seinfo, \"semodule -l\")");
	CHECK_INT(lsm_apparmor_exec(proc, "p", true, &e), -1);
	CHECK_STR(err_text(&e),
		"set AppArmor profile \"p\" in `/proc/self/attr/exec`: invalid argument");
}
