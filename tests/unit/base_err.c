/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <stdio.h>
#include <string.h>

#include "test.h"

TEST(err_is_empty_after_init)
{
	struct err e;

	err_init(&e);
	CHECK_STR(err_text(&e), "");
	CHECK_INT(e.code, 0);
}

TEST(err_puts_each_step_in_front)
{
	struct err e;

	CHECK_INT(err_sys(&e, EROFS, "open \"%s\" in the root filesystem", "proc"), -1);
	CHECK_INT(err_in(&e, "mounts[%u] \"%s\"", 2U, "/proc"), -1);
	CHECK_INT(err_in(&e, "create \"web\""), -1);
	CHECK_STR(err_text(&e),
		"create \"web\": mounts[2] \"/proc\": open \"proc\" in the root filesystem: read-only file system");
	CHECK_INT(e.code, EROFS);
}

TEST(err_set_replaces_the_text)
{
	struct err e;

	(void)err_sys(&e, ENOENT, "one");
	CHECK_INT(err_set(&e, 0, "two"), -1);
	CHECK_STR(err_text(&e), "two");
	CHECK_INT(e.code, 0);
}

TEST(err_set_takes_its_own_text_as_argument)
{
	struct err e;

	(void)err_set(&e, 0, "inner");
	(void)err_set(&e, EIO, "outer %s", err_text(&e));
	CHECK_STR(err_text(&e), "outer inner");
}

TEST(err_more_adds_a_line_behind)
{
	struct err e;

	(void)err_set(&e, EPERM, "leaf");
	CHECK_INT(err_more(&e, "use \"%s\"", "--force"), -1);
	(void)err_in(&e, "step");
	CHECK_STR(err_text(&e), "step: leaf\nuse \"--force\"");
	CHECK_INT(e.code, EPERM);
}

TEST(err_full_buffer_keeps_the_leaf)
{
	struct err e;

	(void)err_set(&e, 0, "the leaf");
	for (int i = 0; i < 2000; i++)
		(void)err_in(&e, "step %d", i);
	CHECK_INT(strlen(err_text(&e)), ERR_MAX - 1);
	CHECK_TRUE(strncmp(err_text(&e), "...", 3) == 0);
	CHECK_STR(strstr(err_text(&e), "step 1: "), "step 1: step 0: the leaf");
}

TEST(err_sys_with_a_long_subject_keeps_the_reason)
{
	static char subject[3 * ERR_MAX];
	struct err e;
	size_t n;

	memset(subject, 'x', sizeof(subject) - 1);
	(void)err_sys(&e, ENAMETOOLONG, "open \"%s\"", subject);
	n = strlen(err_text(&e));
	CHECK_INT(n, ERR_MAX - 1);
	CHECK_STR(err_text(&e) + n - strlen("x: file name too long"), "x: file name too long");
}

TEST(err_more_is_cut_at_the_end)
{
	char step[ERR_MAX];
	struct err e;

	memset(step, 'x', sizeof(step));
	step[ERR_MAX - 100] = '\0';
	(void)err_set(&e, 0, "leaf");
	(void)err_in(&e, "%s", step);
	(void)err_more(&e, "%s", step);
	CHECK_INT(strlen(err_text(&e)), ERR_MAX - 1);
	CHECK_TRUE(strstr(err_text(&e), "x: leaf\nxxx") != NULL);
	CHECK_STR(err_text(&e) + ERR_MAX - 1 - 4, "x...");
	/* full: nothing changes any more */
	(void)err_more(&e, "gone");
	CHECK_STR(err_text(&e) + ERR_MAX - 1 - 4, "x...");
}

TEST(err_load_takes_bytes_without_an_end)
{
	static const char raw[] = { 'a', 'b', 'c' };
	struct err e;

	CHECK_INT(err_load(&e, EBUSY, raw, sizeof(raw)), -1);
	CHECK_STR(err_text(&e), "abc");
	CHECK_INT(e.code, EBUSY);
	(void)err_load(&e, 0, "ab\0cd", 5);
	CHECK_STR(err_text(&e), "ab");
	(void)err_load(&e, 0, "", 0);
	CHECK_STR(err_text(&e), "");
}

TEST(err_load_cuts_at_the_front)
{
	static char raw[2 * ERR_MAX];
	struct err e;

	memset(raw, 'x', sizeof(raw));
	memcpy(raw + sizeof(raw) - 4, "leaf", 4);
	(void)err_load(&e, 0, raw, sizeof(raw));
	CHECK_INT(strlen(err_text(&e)), ERR_MAX - 1);
	CHECK_STR(err_text(&e) + ERR_MAX - 1 - 5, "xleaf");
	CHECK_TRUE(strncmp(err_text(&e), "...x", 4) == 0);
}

TEST(err_errno_text_is_the_library_text_in_lower_case)
{
	for (int code = 1; code < 134; code++) {
		const char *theirs = strerrordesc_np(code), *ours = err_errno_text(code);

		test_row("errno %d", code);
		if (!theirs) {
			CHECK_STR(ours, "unknown error");
			continue;
		}
		CHECK_INT(ours[0],
			theirs[0] >= 'A' && theirs[0] <= 'Z' ? theirs[0] + 32 : theirs[0]);
		CHECK_STR(ours + 1, theirs + 1);
	}
}

TEST(err_errno_text_of_no_errno)
{
	struct err e;

	CHECK_STR(err_errno_text(0), "unknown error");
	CHECK_STR(err_errno_text(-1), "unknown error");
	CHECK_STR(err_errno_text(524), "unknown error");
	(void)err_sys(&e, 524, "load the device filter");
	CHECK_STR(err_text(&e), "load the device filter: unknown error 524");
}
