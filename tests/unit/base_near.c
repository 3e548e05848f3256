/* SPDX-License-Identifier: Apache-2.0 */
#include "base/near.h"

#include <string.h>

#include "test.h"

TEST(near_score_tells_a_slip_from_another_word)
{
	static const struct {
		const char *word, *name;
		unsigned expected;
	} rows[] = {
		{ "pid", "pid", 0 },
		{ "PID", "pid", 0 },
		{ "pidd", "pid", 1 },
		{ "TREM", "TERM", 1 },
		{ "net", "network", 1 },
		{ "NET_ADMIN", "CAP_NET_ADMIN", 1 },
		{ "bundel", "bundle", 1 },
		{ "crate", "create", 1 },
		{ "ab", "abc", NEAR_FAR },
		{ "", "abc", NEAR_FAR },
		{ "ipc", "pid", NEAR_FAR },
		{ "list", "state", NEAR_FAR },
		{ "restart", "start", 2 },
	};
	char longest[200];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		test_row("%s %s", rows[i].word, rows[i].name);
		CHECK_INT(near_score(rows[i].word, strlen(rows[i].word), rows[i].name),
			rows[i].expected);
	}
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	CHECK_INT(near_score(longest, strlen(longest), "xxx"), NEAR_FAR);
	CHECK_INT(near_score("xxx", 3, longest), NEAR_FAR);
}
