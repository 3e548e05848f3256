/* SPDX-License-Identifier: Apache-2.0 */
/* arena, str, num, path */
#include <string.h>

#include "base/arena.h"
#include "base/num.h"
#include "base/path.h"
#include "base/str.h"
#include "test.h"

/* ---- arena ---- */

TEST(arena_memory_is_zeroed_and_aligned)
{
	auto_arena struct arena a = { 0 };

	for (size_t size = 0; size < 3000; size += 7) {
		char *p = arena_alloc(&a, size);
		bool zero = true;

		test_row("%zu bytes", size);
		for (size_t i = 0; i < size; i++)
			zero &= p[i] == 0;
		CHECK_TRUE(zero);
		CHECK_INT((uintptr_t)p % _Alignof(max_align_t), 0);
		memset(p, 0xff, size);
	}
}

TEST(arena_takes_more_than_a_chunk)
{
	auto_arena struct arena a = { 0 };
	char *small = arena_str(&a, "small");
	char *large = arena_alloc(&a, 4 << 20);

	large[(4 << 20) - 1] = 1;
	CHECK_STR(small, "small");
	CHECK_STR(arena_str(&a, "after"), "after");
}

TEST(arena_strings)
{
	auto_arena struct arena a = { 0 };

	CHECK_STR(arena_dup(&a, "abcdef", 3), "abc");
	CHECK_STR(arena_dup(&a, NULL, 0), "");
	CHECK_STR(arena_str(&a, ""), "");
	CHECK_STR(arena_fmt(&a, "%s-%d", "x", 42), "x-42");
	CHECK_STR(arena_fmt(&a, "%s", ""), "");
}

TEST(arena_is_usable_after_done)
{
	auto_arena struct arena a = { 0 };

	(void)arena_str(&a, "one");
	arena_done(&a);
	CHECK_TRUE(a.last == NULL);
	CHECK_STR(arena_str(&a, "two"), "two");
}

static void array_overflow(void)
{
	struct arena a = { 0 };

	(void)arena_array(&a, SIZE_MAX / 2, 3);
}

static void huge(void)
{
	struct arena a = { 0 };

	(void)arena_alloc(&a, SIZE_MAX - 3);
}

static int overflow_in_child(void)
{
	array_overflow();
	return 0;
}

static int huge_in_child(void)
{
	huge();
	return 0;
}

TEST(arena_ends_the_process_when_there_is_no_such_memory)
{
	CHECK_INT(test_child(overflow_in_child), 1);
	CHECK_INT(test_child(huge_in_child), 1);
}

/* ---- str ---- */

TEST(str_grows_and_stays_terminated)
{
	auto_str struct str s = { 0 };

	CHECK_STR(str_text(&s), "");
	str_add(&s, "ab");
	str_addc(&s, 'c');
	str_addn(&s, "defg", 2);
	str_addf(&s, "-%d", 7);
	CHECK_STR(str_text(&s), "abcde-7");
	CHECK_INT(s.len, 7);
	for (int i = 0; i < 10000; i++)
		str_addf(&s, "%04d", i);
	CHECK_INT(s.len, 40007);
	CHECK_STR(s.data + 40003, "9999");
	str_clear(&s);
	CHECK_STR(str_text(&s), "");
	str_add(&s, "again");
	CHECK_STR(str_text(&s), "again");
	str_done(&s);
	CHECK_STR(str_text(&s), "");
}

TEST(str_addf_longer_than_the_buffer)
{
	auto_str struct str s = { 0 };
	char text[1000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	str_addf(&s, "<%s>", text);
	CHECK_INT(s.len, 1001);
	CHECK_INT(s.data[1000], '>');
	CHECK_INT(s.data[1001], '\0');
}

TEST(str_clear_of_nothing)
{
	auto_str struct str s = { 0 };

	str_clear(&s);
	CHECK_STR(str_text(&s), "");
	str_addn(&s, NULL, 0);
	CHECK_STR(s.data, "");
}

TEST(str_after_gives_the_rest)
{
	CHECK_STR(str_after("path:/x", "path:"), "/x");
	CHECK_STR(str_after("path:", "path:"), "");
	CHECK_STR(str_after("path", "path:"), NULL);
	CHECK_STR(str_after("", ""), "");
}

/* ---- num ---- */

TEST(num_u64_rows)
{
	static const struct {
		const char *text;
		bool good;
		uint64_t value;
	} rows[] = {
		{ "0", true, 0 },
		{ "18446744073709551615", true, UINT64_MAX },
		{ "00012", true, 12 },
		{ "18446744073709551616", false, 0 },
		{ "184467440737095516150", false, 0 },
		{ "", false, 0 },
		{ "-1", false, 0 },
		{ "+1", false, 0 },
		{ " 1", false, 0 },
		{ "1 ", false, 0 },
		{ "0x10", false, 0 },
		{ "1.5", false, 0 },
		{ "1e3", false, 0 },
		{ "1\n", false, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t v = 77;

		test_row("%s", rows[i].text);
		CHECK_INT(num_u64(rows[i].text, &v), rows[i].good);
		CHECK_INT(v, rows[i].good ? rows[i].value : 77);
	}
}

TEST(num_u32_ends_at_its_maximum)
{
	uint32_t v = 7;

	CHECK_TRUE(num_u32("4294967295", &v));
	CHECK_INT(v, UINT32_MAX);
	v = 7;
	CHECK_FALSE(num_u32("4294967296", &v));
	CHECK_INT(v, 7);
}

TEST(num_i64_rows)
{
	static const struct {
		const char *text;
		bool good;
		int64_t value;
	} rows[] = {
		{ "9223372036854775807", true, INT64_MAX },
		{ "-9223372036854775808", true, INT64_MIN },
		{ "-0", true, 0 },
		{ "-5", true, -5 },
		{ "9223372036854775808", false, 0 },
		{ "-9223372036854775809", false, 0 },
		{ "-", false, 0 },
		{ "--1", false, 0 },
		{ "+1", false, 0 },
		{ "- 1", false, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t v = 77;

		test_row("%s", rows[i].text);
		CHECK_INT(num_i64(rows[i].text, &v), rows[i].good);
		CHECK_INT(v, rows[i].good ? rows[i].value : 77);
	}
}

TEST(num_int_has_its_range)
{
	int v = 7;

	CHECK_TRUE(num_int("-2147483648", &v));
	CHECK_INT(v, INT32_MIN);
	CHECK_TRUE(num_int("2147483647", &v));
	CHECK_INT(v, INT32_MAX);
	CHECK_FALSE(num_int("2147483648", &v));
	CHECK_FALSE(num_int("-2147483649", &v));
	CHECK_INT(v, INT32_MAX);
}

TEST(num_size_rows)
{
	static const struct {
		const char *text;
		bool good;
		int64_t value;
	} rows[] = {
		{ "0", true, 0 },
		{ "512", true, 512 },
		{ "512b", true, 512 },
		{ "1k", true, 1024 },
		{ "1K", true, 1024 },
		{ "2kb", true, 2048 },
		{ "2KiB", true, 2048 },
		{ "3m", true, 3 << 20 },
		{ "1g", true, 1 << 30 },
		{ "1T", true, INT64_C(1) << 40 },
		{ "7p", true, INT64_C(7) << 50 },
		{ "9223372036854775807", true, INT64_MAX },
		{ "8191p", true, INT64_C(8191) << 50 },
		{ "-1", true, -1 },
		{ "1.5g", true, 1536 << 20 },
		{ "0.5KiB", true, 512 },
		{ "1.1g", true, 1181116006 },
		{ "7.99", true, 7 },
		{ "8191.999999999999999999p", true, (INT64_C(8191) << 50) + 1125899906842623 },
		{ "512 M", true, 512 << 20 },
		{ "8192.0p", false, 0 },
		{ "1.g", false, 0 },
		{ ".5g", false, 0 },
		{ "1.5.5g", false, 0 },
		{ "1.-5g", false, 0 },
		{ "1.00000000000000000000g", false, 0 },
		{ "1  g", false, 0 },
		{ " 1g", false, 0 },
		{ "8192p", false, 0 },
		{ "9223372036854775808", false, 0 },
		{ "-2", false, 0 },
		{ "-1k", false, 0 },
		{ "", false, 0 },
		{ "k", false, 0 },
		{ "1x", false, 0 },
		{ "1kk", false, 0 },
		{ "1ib", false, 0 },
		{ "1ki", false, 0 },
		{ "1e", false, 0 },
		{ "0x10", false, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t v = 77;

		test_row("%s", rows[i].text);
		CHECK_INT(num_size(rows[i].text, &v), rows[i].good);
		CHECK_INT(v, rows[i].good ? rows[i].value : 77);
	}
}

TEST(num_octal_rows)
{
	static const struct {
		const char *text;
		bool good;
		uint32_t value;
	} rows[] = {
		{ "0", true, 0 },
		{ "755", true, 0755 },
		{ "0755", true, 0755 },
		{ "7777", true, 07777 },
		{ "10000", false, 0 },
		{ "00755", false, 0 },
		{ "8", false, 0 },
		{ "789", false, 0 },
		{ "", false, 0 },
		{ "-1", false, 0 },
		{ "0o7", false, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint32_t v = 77;

		test_row("%s", rows[i].text);
		CHECK_INT(num_octal(rows[i].text, &v), rows[i].good);
		CHECK_INT(v, rows[i].good ? rows[i].value : 77);
	}
}

/* ---- path ---- */

TEST(path_clean_rows)
{
	static const char *const rows[][2] = {
		{ "/", "/" },
		{ "", "/" },
		{ "a", "/a" },
		{ "/a/b", "/a/b" },
		{ "//a///b//", "/a/b" },
		{ "/a/./b/.", "/a/b" },
		{ "/a/../b", "/b" },
		{ "/a/b/../../..", "/" },
		{ "/../../etc", "/etc" },
		{ "../x", "/x" },
		{ ".", "/" },
		{ "..", "/" },
		{ "/a/..b/...", "/a/..b/..." },
		{ "/.a/..", "/" },
	};
	auto_arena struct arena a = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		test_row("%s", rows[i][0]);
		CHECK_STR(path_clean(&a, rows[i][0]), rows[i][1]);
	}
}

TEST(path_join_rows)
{
	static const char *const rows[][3] = {
		{ "/a", "b", "/a/b" },
		{ "/a/", "b", "/a/b" },
		{ "/", "b", "/b" },
		{ "a", "/b", "/b" },
		{ "", "b", "b" },
		{ "/a", "b/../c", "/a/b/../c" },
	};
	auto_arena struct arena a = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		test_row("%s + %s", rows[i][0], rows[i][1]);
		CHECK_STR(path_join(&a, rows[i][0], rows[i][1]), rows[i][2]);
	}
}

TEST(path_below_compares_whole_components)
{
	CHECK_TRUE(path_below("/proc", "/proc"));
	CHECK_TRUE(path_below("/proc", "/proc/sys"));
	CHECK_FALSE(path_below("/proc", "/process"));
	CHECK_FALSE(path_below("/proc/sys", "/proc"));
	CHECK_TRUE(path_below("/", "/"));
	CHECK_TRUE(path_below("/", "/a"));
	CHECK_FALSE(path_below("/a", "/"));
}

TEST(path_base_is_behind_the_last_slash)
{
	CHECK_STR(path_base("/a/b"), "b");
	CHECK_STR(path_base("b"), "b");
	CHECK_STR(path_base("/a/"), "");
	CHECK_STR(path_base("/"), "");
}

TEST(num_duration_is_written_as_in_go)
{
	static const struct {
		const char *text;
		int64_t ns;
	} rows[] = {
		{ "0", 0 },
		{ "5s", 5000000000 },
		{ "1m30s", 90000000000 },
		{ "500ms", 500000000 },
		{ "1.5h", INT64_C(5400000000000) },
		{ "1.s", 1000000000 },
		{ ".5s", 500000000 },
		{ "1us2\xc2\xb5s3\xce\xbcs", 6000 },
		{ "7ns", 7 },
		{ "0.1234567891s", 123456789 },
		{ "-1s", -1000000000 },
		{ "+1s", 1000000000 },
		{ "-0", 0 },
		{ "9223372036854775807ns", INT64_MAX },
	};
	static const char *const wrong[] = { "", "5", "s", ".s", "5x", "5 s", "s5", "1s1", "--1s",
		"+-1s", "9223372036854775808ns", "9999999999h", "99999999999999999999s", "1e3s",
		"9223372036s1h" };
	int64_t v;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		test_row("\"%s\"", rows[i].text);
		v = 42;
		CHECK_TRUE(num_duration(rows[i].text, &v));
		CHECK_INT(v, rows[i].ns);
	}
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		test_row("\"%s\"", wrong[i]);
		v = 42;
		CHECK_FALSE(num_duration(wrong[i], &v));
		CHECK_INT(v, 42);
	}
}
