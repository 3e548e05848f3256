/* SPDX-License-Identifier: Apache-2.0 */
/* test.h - the whole unit test harness
 *
 *	TEST(num_u64_takes_the_largest)
 *	{
 *		uint64_t v;
 *
 *		CHECK_TRUE(num_u64("18446744073709551615", &v));
 *		CHECK_INT(v, UINT64_MAX);
 *	}
 *
 * A test registers itself; its name says unit and behaviour. A check that fails says where, what
 *was found and what was expected, and the test goes on. Output is TAP; arguments are parts of the
 *names of the tests to run. Tests run in the root of the source tree. */
#ifndef CL_TESTS_UNIT_TEST_H
#define CL_TESTS_UNIT_TEST_H

#include <inttypes.h>

#include "base/def.h"

/* how long a test waits for what has to happen, in milliseconds: a busy machine is slow, and no
 * fault */
enum { TEST_WAIT_MS = 100000 };

struct test {
	const char *name;
	void (*run)(void);
};

#define TEST(id)                                                              \
	static void test_##id(void);                                          \
	static const struct test test_of_##id = { #id, test_##id };           \
	static const struct test *const test_at_##id                          \
		__attribute__((section("unit_tests"), used)) = &test_of_##id; \
	static void test_##id(void)

/* CHECK_INT - two integers of any type; signs are compared too */
#define CHECK_INT(found, expected) \
	test_int(__FILE__, __LINE__, #found, (intmax_t)(found), (intmax_t)(expected))
/* CHECK_STR - two strings, either may be NULL */
#define CHECK_STR(found, expected) test_str(__FILE__, __LINE__, #found, (found), (expected))
#define CHECK_TRUE(expr) test_true(__FILE__, __LINE__, #expr, (expr), true)
#define CHECK_FALSE(expr) test_true(__FILE__, __LINE__, #expr, (expr), false)

/* each answers whether the check held */
bool test_int(const char *file, int line, const char *what, intmax_t found, intmax_t expected);
bool test_str(const char *file, int line, const char *what, const char *found,
	const char *expected);
bool test_true(const char *file, int line, const char *what, bool found, bool expected);

/* test_row - shown with the failures from here to the end of the test: which row of a table it is
 */
void test_row(const char *fmt, ...) PRINTF(1, 2);

/* test_skip - this test cannot run here; the reason is a line of tests/skips. Return after it */
void test_skip(const char *reason);

/* test_dir - a new directory, the same one for the whole test, removed with all that is in it
 * behind it */
const char *test_dir(void);

/* test_aborts - does fn end the process by abort(3)? Runs it in a child without output. */
bool test_aborts(void (*fn)(void));

/* test_child - run fn in a child, which exits with what it returns; the exit status, -1 for a
 * signal */
int test_child(int (*fn)(void));

#endif
