/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/criu.h"
#include "test.h"

static const char *errors_of(struct arena *a, const char *log)
{
	auto_str struct str out = { 0 };

	criu_log_errors(log, &out);
	return arena_str(a, str_text(&out));
}

TEST(criu_log_errors_are_found)
{
	static const struct {
		const char *log, *errors;
	} rows[] = {
		{ "", "" },
		{ "\n\n", "" },
		{ "(00.000001) Version: 4.1.1\n(00.1) Warn  (criu/tty.c:1): x\n", "" },
		{ "(00.000002) Error (criu/tty.c:1861): tty: Found slave peer index 0\n",
			"criu: tty: Found slave peer index 0" },
		{ "(00.000002)      1: Error (criu/files-reg.c:2): Can't open file\n(00.2) Error (criu/cr-restore.c:3): Restoring FAILED.",
			"criu: Can't open file\ncriu: Restoring FAILED." },
		{ "Error (cut off", "" },
		{ "Error (a:1): \n", "criu: " },
		{ "Error (a:1): 1\nError (a:1): 2\nError (a:1): 3\nError (a:1): 4\nError (a:1): 5\nx\nError (a:1): 6\nError (a:1): 7\n",
			"criu: 3\ncriu: 4\ncriu: 5\ncriu: 6\ncriu: 7" },
	};

	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		auto_arena struct arena a = { 0 };

		test_row("%u", i);
		CHECK_STR(errors_of(&a, rows[i].log), rows[i].errors);
	}
}
