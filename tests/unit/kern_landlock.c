/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/landlock.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "test.h"

static bool can(const char *path, int flags)
{
	auto_close int fd = open(path, flags | O_CLOEXEC);

	return fd >= 0;
}

enum { ALLOWED_IS_READ = 1, OTHER_IS_DENIED = 2, WRITE_IS_LEFT_ALONE = 4 };

/* in the working directory: allowed/f, other/f */
static int under_rules(void)
{
	const struct landlock_set h = { .fs = LANDLOCK_FS_READ_FILE | LANDLOCK_FS_READ_DIR };
	auto_close int fd = open("allowed", O_PATH | O_CLOEXEC), rules = landlock_create(&h);

	if (landlock_allow_beneath(rules, fd, LANDLOCK_FS_READ_FILE) < 0)
		return 64;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || landlock_restrict(rules, 0) < 0)
		return 65;
	return (can("allowed/f", O_RDONLY) ? ALLOWED_IS_READ : 0) |
		(can("other/f", O_RDONLY) ? 0 : OTHER_IS_DENIED) |
		(can("other/f", O_WRONLY) ? WRITE_IS_LEFT_ALONE : 0);
}

static void make_files(void)
{
	static const char *const dirs[] = { "allowed", "other" };

	CHECK_INT(chdir(test_dir()), 0);
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		auto_close int dir = -1, fd = -1;

		CHECK_INT(mkdir(dirs[i], 0755), 0);
		dir = open(dirs[i], O_PATH | O_CLOEXEC);
		fd = openat(dir, "f", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		CHECK_TRUE(fd >= 0);
	}
}

TEST(landlock_denies_what_is_handled_and_not_allowed)
{
	auto_close int home = open(".", O_PATH | O_CLOEXEC);

	if (landlock_abi() < 1) {
		test_skip("host: no Landlock");
		return;
	}
	make_files();
	CHECK_INT(test_child(under_rules), ALLOWED_IS_READ | OTHER_IS_DENIED | WRITE_IS_LEFT_ALONE);
	CHECK_INT(fchdir(home), 0);
}

TEST(landlock_refuses_rules_that_cannot_be)
{
	const struct landlock_set h = { .fs = LANDLOCK_FS_READ_FILE | LANDLOCK_FS_READ_DIR },
				  none = { 0 };
	auto_close int file = open("/proc/self/status", O_PATH | O_CLOEXEC), rules = -1;

	if (landlock_abi() < 4) {
		test_skip("host: no Landlock with network rules");
		return;
	}
	rules = landlock_create(&h);
	CHECK_TRUE(rules > 2 && fcntl(rules, F_GETFD) == FD_CLOEXEC);
	CHECK_TRUE(landlock_create(&none) < 0 && errno == ENOMSG);
	CHECK_TRUE(
		landlock_allow_beneath(rules, file, LANDLOCK_FS_READ_DIR) < 0 && errno == EINVAL);
	CHECK_TRUE(landlock_allow_beneath(rules, file, 0) < 0 && errno == ENOMSG);
	CHECK_TRUE(landlock_allow_port(rules, 80, LANDLOCK_NET_BIND_TCP) < 0 && errno == EINVAL);
}
