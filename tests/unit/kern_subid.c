/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/subid.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fd.h"
#include "base/log.h"
#include "test.h"

/* The ranges of uid in a file with this text: "first+count first+count" */
static const char *ranges_of(struct arena *a, const char *text, uint32_t uid)
{
	auto_close int fd = memfd_create("subuid", MFD_CLOEXEC);
	auto_str struct str out = { 0 };
	struct subid_range *r;
	char path[64];
	size_t n;

	CHECK_TRUE(fd >= 0 && fd_write_all(fd, text, strlen(text)) == 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	subid_ranges(a, path, uid, &r, &n);
	for (size_t i = 0; i < n; i++)
		str_addf(&out, "%s%u+%u", i ? " " : "", r[i].first, r[i].count);
	return arena_str(a, str_text(&out));
}

TEST(subid_ranges_of_a_user)
{
	/* no user of passwd has the number 4000000000 */
	static const struct {
		const char *text;
		uint32_t uid;
		const char *ranges;
	} rows[] = {
		{ "", 0, "" },
		{ "root:100000:65536\n", 0, "100000+65536" },
		{ "0:100000:65536", 0, "100000+65536" },
		{ "4000000000:5:6\nroot:1:2\nother:3:4\n4000000000:70:8\n", 4000000000u,
			"5+6 70+8" },
		{ "root:100000:65536\n", 4000000000u, "" },
		{ ":1:2\n", 4000000000u, "" },
		{ "rootx:1:2\nroo:1:2\n", 0, "" },
		{ "root\nroot:\nroot:1\nroot:1:\nroot::5\nroot:1:2:3\n", 0, "1+2" },
		{ "root:-1:5\nroot:1:0\nroot: 1:5\nroot:0x1:5\nroot:99999999999:1\n", 0, "" },
		{ "root:4294967295:1\nroot:4294967294:2\nroot:4294967294:1\n", 0, "4294967294+1" },
	};

	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		auto_arena struct arena a = { 0 };

		test_row("%u", i);
		CHECK_STR(ranges_of(&a, rows[i].text, rows[i].uid), rows[i].ranges);
	}
}

TEST(subid_without_a_file_there_are_none)
{
	auto_arena struct arena a = { 0 };
	struct subid_range *r;
	size_t n = 1;

	subid_ranges(&a, "/proc/self/no-such-file", 0, &r, &n);
	CHECK_INT(n, 0);
}

TEST(subid_file_that_cannot_be_read_is_told)
{
	auto_arena struct arena a = { 0 };
	auto_close int log = memfd_create("log", MFD_CLOEXEC);
	struct subid_range *r;
	char text[256] = "";
	size_t n;

	log_setup(LOG_WARNING, LOG_TEXT, log, false);
	subid_ranges(&a, "/proc/self", 0, &r, &n);
	log_setup(LOG_WARNING, LOG_TEXT, STDERR_FILENO, false);
	CHECK_INT(n, 0);
	CHECK_TRUE(pread(log, text, sizeof(text) - 1, 0) > 0);
	CHECK_STR(text, "crun-lite: warning: read \"/proc/self\": is a directory\n");
}
