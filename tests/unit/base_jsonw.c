/* SPDX-License-Identifier: Apache-2.0 */
#include "base/jsonw.h"

#include "base/json.h"
#include "test.h"

static void sample(struct jsonw *w)
{
	static const char *const vec[] = { "a", "b", NULL };

	jsonw_object(w, NULL);
	jsonw_string(w, "s", "x");
	jsonw_i64(w, "i", INT64_MIN);
	jsonw_u64(w, "u", UINT64_MAX);
	jsonw_bool(w, "t", true);
	jsonw_bool(w, "f", false);
	jsonw_null(w, "n");
	jsonw_raw(w, "r", "[1, 2]", 6);
	jsonw_strings(w, "v", vec);
	jsonw_strings(w, "none", NULL);
	jsonw_object(w, "o");
	jsonw_end_object(w);
	jsonw_array(w, "l");
	jsonw_i64(w, NULL, 1);
	jsonw_object(w, NULL);
	jsonw_null(w, "k");
	jsonw_end_object(w);
	jsonw_end_array(w);
	jsonw_end_object(w);
}

TEST(jsonw_compact)
{
	auto_str struct str out = { 0 };
	struct jsonw w;

	jsonw_init(&w, &out, 0);
	sample(&w);
	CHECK_STR(str_text(&out),
		"{\"s\":\"x\",\"i\":-9223372036854775808,\"u\":18446744073709551615,\"t\":true,\"f\":false,"
		"\"n\":null,\"r\":[1, 2],\"v\":[\"a\",\"b\"],\"none\":[],\"o\":{},\"l\":[1,{\"k\":null}]}");
}

TEST(jsonw_indented)
{
	auto_str struct str out = { 0 };
	struct jsonw w;

	jsonw_init(&w, &out, 2);
	sample(&w);
	CHECK_STR(str_text(&out),
		"{\n  \"s\": \"x\",\n  \"i\": -9223372036854775808,\n"
		"  \"u\": 18446744073709551615,\n  \"t\": true,\n  \"f\": false,\n"
		"  \"n\": null,\n  \"r\": [1, 2],\n  \"v\": [\n    \"a\",\n    \"b\"\n  ],\n"
		"  \"none\": [],\n  \"o\": {},\n  \"l\": [\n    1,\n    {\n"
		"      \"k\": null\n    }\n  ]\n}");
}

TEST(jsonw_escapes)
{
	static const char *const rows[][2] = {
		{ "", "\"\"" },
		{ "\"\\/\b\f\n\r\t", "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
		{ "\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\"" },
		{ "\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\"" },
		{ "\xff.\xc3", "\"\xef\xbf\xbd.\xef\xbf\xbd\"" },
		{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xc0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_str struct str out = { 0 };
		struct jsonw w;

		test_row("row %zu", i);
		jsonw_init(&w, &out, 0);
		jsonw_string(&w, NULL, rows[i][0]);
		CHECK_STR(str_text(&out), rows[i][1]);
	}
}

TEST(jsonw_every_byte_survives_the_parser)
{
	auto_arena struct arena a = { 0 };
	auto_str struct str out = { 0 };
	char text[0x80];
	struct json_doc d;
	struct jsonw w;
	struct err e;

	for (int i = 1; i < 0x80; i++)
		text[i - 1] = (char)i;
	text[0x7f] = '\0';
	jsonw_init(&w, &out, 2);
	jsonw_object(&w, NULL);
	jsonw_string(&w, text, text);
	jsonw_end_object(&w);
	if (!CHECK_INT(json_parse(&a, "x", out.data, out.len, &d, &e), 0))
		return;
	CHECK_STR(d.root->child->key, text);
	CHECK_STR(d.root->child->text, text);
}

static struct jsonw broken;
static struct str broken_out;

static void key_in_array(void)
{
	jsonw_init(&broken, &broken_out, 0);
	jsonw_array(&broken, NULL);
	jsonw_null(&broken, "k");
}

static void no_key_in_object(void)
{
	jsonw_init(&broken, &broken_out, 0);
	jsonw_object(&broken, NULL);
	jsonw_null(&broken, NULL);
}

static void wrong_end(void)
{
	jsonw_init(&broken, &broken_out, 0);
	jsonw_object(&broken, NULL);
	jsonw_end_array(&broken);
}

static void end_of_nothing(void)
{
	jsonw_init(&broken, &broken_out, 0);
	jsonw_end_object(&broken);
}

static void two_at_the_top(void)
{
	jsonw_init(&broken, &broken_out, 0);
	jsonw_null(&broken, NULL);
	jsonw_null(&broken, NULL);
}

TEST(jsonw_nesting_mistakes_abort)
{
	CHECK_TRUE(test_aborts(key_in_array));
	CHECK_TRUE(test_aborts(no_key_in_object));
	CHECK_TRUE(test_aborts(wrong_end));
	CHECK_TRUE(test_aborts(end_of_nothing));
	CHECK_TRUE(test_aborts(two_at_the_top));
}
