/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "test.h"

/* one document and what belongs to it */
struct doc {
	struct arena arena;
	struct json_doc d;
	struct err e;
};

static void done(struct doc *doc)
{
	arena_done(&doc->arena);
}

#define auto_doc __attribute__((cleanup(done)))

static bool parse(struct doc *doc, const char *text)
{
	*doc = (struct doc){ 0 };
	return json_parse(&doc->arena, "c.json", text, strlen(text), &doc->d, &doc->e) == 0;
}

/* parse a text that must be good */
static struct json *good(struct doc *doc, const char *text)
{
	if (!CHECK_TRUE(parse(doc, text)))
		CHECK_STR(err_text(&doc->e), "");
	return doc->d.root;
}

/* the whole message of everything found */
static const char *findings(struct doc *doc)
{
	return json_finish(&doc->d, &doc->e) < 0 ? err_text(&doc->e) : "";
}

TEST(json_syntax_messages)
{
	static const char *const rows[][2] = {
		{ "", "c.json:1:1: expected a value, found the end of the text" },
		{ " \n\n ", "c.json:3:2: expected a value, found the end of the text" },
		{ "{", "c.json:1:2: expected a member name in double quotes or \"}\", found the end of the text" },
		{ "[", "c.json:1:2: expected a value or \"]\", found the end of the text" },
		{ "[1", "c.json:1:3: expected \",\" or \"]\", found the end of the text" },
		{ "[1,", "c.json:1:4: expected a value, found the end of the text" },
		{ "[1,]", "c.json:1:4: expected a value, found \"]\"" },
		{ "[,1]", "c.json:1:2: expected a value or \"]\", found \",\"" },
		{ "[1,,2]", "c.json:1:4: expected a value, found \",\"" },
		{ "[1 2]", "c.json:1:4: expected \",\" or \"]\", found \"2\"" },
		{ "[1:2]", "c.json:1:3: expected \",\" or \"]\", found \":\"" },
		{ "[1}", "c.json:1:3: expected \",\" or \"]\", found \"}\"" },
		{ "{\"a\"", "c.json:1:5: a: expected \":\", found the end of the text" },
		{ "{\"a\" 1}", "c.json:1:6: a: expected \":\", found \"1\"" },
		{ "{\"a\" \"b\"}", "c.json:1:6: a: expected \":\", found \"b\"" },
		{ "{\"a\":}", "c.json:1:6: a: expected a value, found \"}\"" },
		{ "{\"a\"::1}", "c.json:1:6: a: expected a value, found \":\"" },
		{ "{\"a\":1,}",
			"c.json:1:8: expected a member name in double quotes, found \"}\"" },
		{ "{\"a\":1 \"b\":2}", "c.json:1:8: expected \",\" or \"}\", found \"b\"" },
		{ "{a:1}",
			"c.json:1:2: expected a member name in double quotes or \"}\", found \"a\"" },
		{ "{\"a\":1]", "c.json:1:7: expected \",\" or \"}\", found \"]\"" },
		{ "{} {}", "c.json:1:4: expected the end of the text, found \"{\"" },
		{ "true x", "c.json:1:6: expected the end of the text, found \"x\"" },
		{ "]", "c.json:1:1: expected a value, found \"]\"" },
		{ "tru", "c.json:1:1: expected a value, found \"tru\"" },
		{ "{\n\t\"x y\": {\"\": [{\"z\": yes}]}}",
			"c.json:2:21: [\"x y\"][\"\"][0].z: expected a value, found \"yes\"" },
		{ "[01]", "c.json:1:3: expected \",\" or \"]\", found \"1\"" },
		{ "[1.]", "c.json:1:2: expected a value or \"]\", found \"1.\"" },
		{ "[+1]", "c.json:1:2: expected a value or \"]\", found \"+1\"" },
		{ "[-]", "c.json:1:2: expected a value or \"]\", found \"-\"" },
		{ "[.5]", "c.json:1:2: expected a value or \"]\", found \".5\"" },
		{ "[\"abc", "c.json:1:2: the string has no end" },
		{ "[\"abc\\", "c.json:1:2: the string has no end" },
		{ "{\"p\":[\"a\\x\"]}",
			"c.json:1:9: p: \"\\\" in a string must be followed by one of \"\\/bfnrtu" },
		{ "[\"a\nb\"]", "c.json:1:4: control characters must be escaped in a string" },
		{ "[\"\\u12g4\"]",
			"c.json:1:3: \"\\u\" in a string must be followed by 4 hexadecimal digits" },
		{ "// x\n1", "c.json:1:1: comments are not allowed" },
		{ "[1] /* c */", "c.json:1:5: comments are not allowed" },
		{ "\"\\u0000\"", "c.json:1:1: must not contain \"\\u0000\"" },
		{ "{\"a\":[\"x\\u0000\"]}", "c.json:1:7: a[0]: must not contain \"\\u0000\"" },
		{ "{\"a\\u0000\":1}", "c.json:1:2: a member name must not contain \"\\u0000\"" },
		{ "[\"\\ud800\"]", "c.json:1:2: [0]: must not contain half of a surrogate pair" },
		{ "[\"\\ud800\\u0041\"]",
			"c.json:1:2: [0]: must not contain half of a surrogate pair" },
		{ "[\"\\uDC00\\uD800\"]",
			"c.json:1:2: [0]: must not contain half of a surrogate pair" },
		{ "[\"\xc0\x80\"]", "c.json:1:3: must be UTF-8" },
		{ "[\"\xed\xa0\x80\"]", "c.json:1:3: must be UTF-8" },
		{ "[\"\xf4\x90\x80\x80\"]", "c.json:1:3: must be UTF-8" },
		{ "[\"\xe2\x82", "c.json:1:3: must be UTF-8" },
		{ "\xff", "c.json:1:1: must be UTF-8" },
		{ "\xef\xbb\xbf{}", "c.json:1:1: must not start with a byte order mark" },
		{ "{\"a\":{\"b\":1,\n\"c\":2,\n\"b\":3}}",
			"c.json:3:1: a.b: is there twice, first in line 1" },
		{ "{\"a\":1,\"\\u0061\":2}", "c.json:1:8: a: is there twice, first in line 1" },
		{ "[\x01]", "c.json:1:2: expected a value or \"]\", found \"\\u0001\"" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct doc auto_doc doc;

		test_row("%s", rows[i][0]);
		CHECK_FALSE(parse(&doc, rows[i][0]));
		CHECK_STR(err_text(&doc.e), rows[i][1]);
	}
}

TEST(json_text_with_a_nul_byte)
{
	static const char *const rows[][2] = {
		{ "[1]\0", "c.json:1:4: expected the end of the text, found \"\\u0000\"" },
		{ "[\"\0\"", "c.json:1:3: control characters must be escaped in a string" },
		{ "[\"\\\0",
			"c.json:1:3: \"\\\" in a string must be followed by one of \"\\/bfnrtu" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct doc auto_doc doc = { 0 };

		test_row("row %zu", i);
		CHECK_INT(json_parse(&doc.arena, "c.json", rows[i][0], 4, &doc.d, &doc.e), -1);
		CHECK_STR(err_text(&doc.e), rows[i][1]);
	}
}

TEST(json_nodes_know_their_place)
{
	static const char text[] = "{\"a\": \"x\\n\" ,\n \"b\":[ 1 , {} ] ,\"c\" : -1.5e3}  ";
	static const char *const raw[] = { "\"x\\n\"", "[ 1 , {} ]", "-1.5e3" };
	struct doc auto_doc doc;
	struct json *root = good(&doc, text);
	unsigned line, column, i = 0;

	CHECK_INT(root->start, 0);
	CHECK_INT(root->end, sizeof(text) - 3);
	CHECK_INT(root->count, 3);
	for (struct json *n = json_first(root); n; n = n->next, i++) {
		auto_str struct str found = { 0 };

		str_addn(&found, text + n->start, n->end - n->start);
		CHECK_STR(str_text(&found), raw[i]);
		CHECK_INT(n->index, i);
		CHECK_TRUE(n->parent == root);
	}
	json_where(&doc.d, json_get(root, "c")->start, &line, &column);
	CHECK_INT(line, 2);
	CHECK_INT(column, 24);
	json_where(&doc.d, 1000, &line, &column);
	CHECK_INT(column, 33);
}

TEST(json_numbers_keep_their_text)
{
	static const char *const rows[] = { "0", "-0", "12", "18446744073709551616", "1.50",
		"1e400", "-1E-2" };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct doc auto_doc doc;
		struct json *root = good(&doc, rows[i]);

		test_row("%s", rows[i]);
		CHECK_INT(root->type, JSON_NUMBER);
		CHECK_STR(root->text, rows[i]);
		CHECK_INT(root->start, 0);
		CHECK_INT(root->end, strlen(rows[i]));
	}
}

TEST(json_strings_are_decoded)
{
	static const char *const rows[][2] = {
		{ "\"\"", "" },
		{ "\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "a\"\\/\b\f\n\r\t" },
		{ "\"\\u00e9\\u20AC\"", "\xc3\xa9\xe2\x82\xac" },
		{ "\"\\ud83d\\ude00x\"", "\xf0\x9f\x98\x80x" },
		{ "\"\\\\ud800\"", "\\ud800" },
		{ "\"\\ud7ff\\ue000\"", "\xed\x9f\xbf\xee\x80\x80" },
		{ "\"\xf0\x9f\x98\x80\xc3\xa9\"", "\xf0\x9f\x98\x80\xc3\xa9" },
		{ "\"\x7f\"", "\x7f" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct doc auto_doc doc;
		const char *text = NULL;

		test_row("%s", rows[i][0]);
		CHECK_TRUE(json_string(&doc.d, good(&doc, rows[i][0]), &text));
		CHECK_STR(text, rows[i][1]);
	}
}

TEST(json_depth_has_a_limit)
{
	char text[2 * LIMIT_JSON_DEPTH + 3];
	struct doc auto_doc doc;

	memset(text, '[', LIMIT_JSON_DEPTH);
	memset(text + LIMIT_JSON_DEPTH, ']', LIMIT_JSON_DEPTH);
	text[2 * LIMIT_JSON_DEPTH] = '\0';
	CHECK_TRUE(parse(&doc, text));
	done(&doc);
	memset(text, '[', sizeof(text));
	text[LIMIT_JSON_DEPTH + 1] = '\0';
	CHECK_FALSE(parse(&doc, text));
	CHECK_STR(err_text(&doc.e), "c.json:1:65: must have at most 64 levels");
}

TEST(json_nodes_have_a_limit)
{
	auto_str struct str text = { 0 };
	struct doc auto_doc doc;

	str_addc(&text, '[');
	for (int i = 0; i < LIMIT_JSON_NODES; i++)
		str_add(&text, "0,");
	str_add(&text, "0]");
	CHECK_FALSE(parse(&doc, str_text(&text)));
	CHECK_STR(err_text(&doc.e), "c.json:1:2097152: must have at most 1048576 values");
}

TEST(json_object_with_very_many_members)
{
	auto_str struct str text = { 0 };
	struct doc auto_doc doc;

	str_addc(&text, '{');
	for (int i = 0; i < 65536; i++)
		str_addf(&text, "\"k%d\":%d,\n", i, i);
	str_add(&text, "\"k\":0}");
	CHECK_INT(good(&doc, str_text(&text))->count, 65537);
	done(&doc);
	str_clear(&text);
	str_addc(&text, '{');
	for (int i = 0; i < 65536; i++)
		str_addf(&text, "\"k%d\":%d,\n", i, i);
	str_add(&text, "\"k40000\":0}");
	CHECK_FALSE(parse(&doc, str_text(&text)));
	CHECK_STR(err_text(&doc.e), "c.json:65537:1: k40000: is there twice, first in line 40001");
}

TEST(json_same_name_in_different_objects)
{
	struct doc auto_doc doc;

	CHECK_TRUE(parse(&doc, "{\"a\":{\"a\":1},\"b\":[{\"a\":1},{\"a\":2}]}"));
}

TEST(json_get_marks_what_is_known)
{
	struct doc auto_doc doc;
	struct json *root = good(&doc, "{\"a\":1,\"n\":null}");

	CHECK_TRUE(json_get(root, "a") == root->child);
	CHECK_TRUE(root->child->known);
	CHECK_TRUE(json_get(root, "n") == NULL);
	CHECK_TRUE(root->child->next->known);
	CHECK_TRUE(json_get(root, "x") == NULL);
	CHECK_TRUE(json_get(NULL, "x") == NULL);
	CHECK_TRUE(json_get(root->child, "x") == NULL);
	CHECK_TRUE(json_first(root->child) == NULL);
	CHECK_TRUE(json_first(NULL) == NULL);
}

TEST(json_path_rows)
{
	struct doc auto_doc doc;
	struct json *root = good(&doc, "{\"linux\":{\"a-b_1\":[0,{\"x.y\":[[7]]}]}}");
	struct json *list = root->child->child;
	struct {
		const struct json *n;
		const char *path;
	} rows[] = {
		{ root, "the document" },
		{ root->child, "linux" },
		{ list, "linux.a-b_1" },
		{ list->child->next, "linux.a-b_1[1]" },
		{ list->child->next->child->child->child, "linux.a-b_1[1][\"x.y\"][0][0]" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_str struct str path = { 0 };

		json_path(rows[i].n, &path);
		CHECK_STR(str_text(&path), rows[i].path);
	}
}

TEST(json_path_makes_names_harmless)
{
	struct doc auto_doc doc;
	struct json *root = good(&doc, "{\"\\u001b[2J\\n\\\"\":1}");
	auto_str struct str path = { 0 };

	json_path(root->child, &path);
	CHECK_STR(str_text(&path), "[\"\\u001b[2J\\n\\\"\"]");
}

/* which typed getter a row is about */
enum kind { BOOL, STRING, U64, I64, U64_ANY, ARRAY, OBJECT, STRINGS };

static bool get_typed(struct json_doc *d, const struct json *n, enum kind kind)
{
	const char *text, **vec;
	uint64_t u;
	int64_t i;
	bool b;

	switch (kind) {
	case BOOL:
		return json_bool(d, n, &b);
	case STRING:
		return json_string(d, n, &text);
	case U64:
		return json_u64(d, n, 1, 4095, &u);
	case I64:
		return json_i64(d, n, -1000, 1000, &i);
	case U64_ANY:
		return json_u64(d, n, 0, UINT64_MAX, &u);
	case ARRAY:
		return json_array(d, n);
	case OBJECT:
		return json_object(d, n);
	case STRINGS:
		return json_strings(d, n, &vec, NULL);
	default:
		return false;
	}
}

TEST(json_typed_values_messages)
{
	static const struct {
		enum kind kind;
		const char *value;
		const char *message; /* behind the place; NULL: good */
	} rows[] = {
		{ BOOL, "true", NULL },
		{ BOOL, "\"yes\"", "k: must be a boolean, not \"yes\"" },
		{ BOOL, "1", "k: must be a boolean, not 1" },
		{ STRING, "\"\"", NULL },
		{ STRING, "7", "k: must be a string, not 7" },
		{ STRING, "false", "k: must be a string, not false" },
		{ STRING, "{}", "k: must be a string, not an object" },
		{ STRING, "[]", "k: must be a string, not an array" },
		{ U64, "1", NULL },
		{ U64, "4095", NULL },
		{ U64, "0", "k: must be a whole number from 1 to 4095, not 0" },
		{ U64, "4096", "k: must be a whole number from 1 to 4095, not 4096" },
		{ U64, "-1", "k: must be a whole number from 1 to 4095, not -1" },
		{ U64, "1.0", "k: must be a whole number from 1 to 4095, not 1.0" },
		{ U64, "1e3", "k: must be a whole number from 1 to 4095, not 1e3" },
		{ U64, "\"1\"", "k: must be a whole number from 1 to 4095, not \"1\"" },
		{ U64_ANY, "18446744073709551615", NULL },
		{ U64_ANY, "18446744073709551616",
			"k: must be a whole number of at least 0, not 18446744073709551616" },
		{ I64, "-1000", NULL },
		{ I64, "-1001", "k: must be a whole number from -1000 to 1000, not -1001" },
		{ I64, "true", "k: must be a whole number from -1000 to 1000, not true" },
		{ ARRAY, "[1]", NULL },
		{ ARRAY, "{}", "k: must be an array, not an object" },
		{ ARRAY, "\"a\\nb\"", "k: must be an array, not \"a\\nb\"" },
		{ OBJECT, "{}", NULL },
		{ OBJECT, "[]", "k: must be an object, not an array" },
		{ STRINGS, "[]", NULL },
		{ STRINGS, "[\"a\",\"b\"]", NULL },
		{ STRINGS, "\"a\"", "k: must be an array, not \"a\"" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct doc auto_doc doc;
		char text[256], message[256];
		struct json *n;

		test_row("%s", rows[i].value);
		(void)snprintf(text, sizeof(text), "{\"k\":%s}", rows[i].value);
		n = json_get(good(&doc, text), "k");
		CHECK_INT(get_typed(&doc.d, n, rows[i].kind), rows[i].message == NULL);
		(void)snprintf(message, sizeof(message), "c.json:1:6: %s",
			rows[i].message ? rows[i].message : "");
		CHECK_STR(findings(&doc), rows[i].message ? message : "");
	}
}

TEST(json_typed_values_of_nothing)
{
	struct doc auto_doc doc;

	(void)good(&doc, "{}");
	for (int kind = BOOL; kind <= STRINGS; kind++)
		CHECK_FALSE(get_typed(&doc.d, NULL, (enum kind)kind));
	CHECK_STR(findings(&doc), "");
}

TEST(json_strings_gives_a_vector)
{
	struct doc auto_doc doc;
	const char **vec = NULL;
	size_t count = 0;

	CHECK_TRUE(json_strings(&doc.d, good(&doc, "[\"a\",\"\",\"c\"]"), &vec, &count));
	CHECK_INT(count, 3);
	CHECK_STR(vec[0], "a");
	CHECK_STR(vec[1], "");
	CHECK_STR(vec[2], "c");
	CHECK_STR(vec[3], NULL);
}

TEST(json_strings_reports_every_element)
{
	struct doc auto_doc doc;
	const char **vec = NULL;

	CHECK_FALSE(json_strings(&doc.d, json_get(good(&doc, "{\"v\":[1,\"b\",null]}"), "v"), &vec,
		NULL));
	CHECK_TRUE(vec == NULL);
	CHECK_STR(findings(&doc),
		"c.json:1:7: v[0]: must be a string, not 1\n"
		"c.json:1:13: v[2]: must be a string, not null");
}

TEST(json_findings_are_in_the_order_of_the_document)
{
	struct doc auto_doc doc;
	struct json *root = good(&doc, "{\"a\":1,\n \"b\":{\n\"c\":2}}");

	json_error(&doc.d, root->child->next->child, "third");
	json_error(&doc.d, root->child, "unknown type \"%s\"", "pidd");
	json_missing(&doc.d, root->child->next, "path", "an absolute path");
	json_missing(&doc.d, root, "root", "an object");
	json_error(&doc.d, root, "must be small");
	json_error(&doc.d, NULL, "no place");
	CHECK_STR(findings(&doc),
		"c.json:1:1: root: is missing, must be an object\n"
		"c.json:1:1: the document: must be small\n"
		"c.json: no place\n"
		"c.json:1:6: a: unknown type \"pidd\"\n"
		"c.json:2:6: b.path: is missing, must be an absolute path\n"
		"c.json:3:5: b.c: third");
}

TEST(json_finish_says_how_many_more)
{
	struct doc auto_doc doc;
	struct json *root = good(&doc, "[1]");
	const char *text, *last;
	size_t lines = 1;

	for (int i = 0; i < 5000; i++)
		json_error(&doc.d, root->child, "finding %d", i);
	text = findings(&doc);
	for (last = text; strchr(last, '\n'); last = strchr(last, '\n') + 1)
		lines++;
	CHECK_TRUE(str_after(text, "c.json:1:2: [0]: finding 0\n") != NULL);
	CHECK_TRUE(strlen(text) < ERR_MAX - 900);
	CHECK_TRUE(lines > 200);
	{
		char expected[64];

		(void)snprintf(expected, sizeof(expected), "and %zu more", 5000 - (lines - 1));
		CHECK_STR(last, expected);
	}
}

TEST(json_values_in_messages_are_short)
{
	auto_str struct str text = { 0 };
	struct doc auto_doc doc;
	bool b;

	str_add(&text, "\"");
	for (int i = 0; i < 1000; i++)
		str_add(&text, "\xc3\xa9");
	str_add(&text, "\"");
	CHECK_FALSE(json_bool(&doc.d, good(&doc, str_text(&text)), &b));
	str_clear(&text);
	str_add(&text, "c.json:1:1: the document: must be a boolean, not \"");
	for (int i = 0; i < 48; i++)
		str_add(&text, "\xc3\xa9");
	str_add(&text, "...\"");
	CHECK_STR(findings(&doc), str_text(&text));
}

/* what log_warning writes while fn works on a document */
static void warnings(struct doc *doc, struct str *out)
{
	char path[300];
	auto_close int fd = -1;

	(void)snprintf(path, sizeof(path), "%s/log", test_dir());
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	log_setup(LOG_WARNING, LOG_TEXT, fd, false);
	json_log_warnings(&doc->d);
	log_setup(LOG_WARNING, LOG_TEXT, STDERR_FILENO, false);
	(void)lseek(fd, 0, SEEK_SET);
	CHECK_INT(fd_read_all(fd, 1 << 20, out), 0);
}

TEST(json_unknown_warns_once_for_each_topmost)
{
	static const char text[] = "{\"known\":{\"x\":{\"deep\":1}},\"y\":[{\"z\":1}],\n"
				   "\"list\":[{\"a\":1,\"b\":2}],\"null\":null}";
	struct doc auto_doc doc;
	struct json *root = good(&doc, text);
	auto_str struct str out = { 0 };

	(void)json_get(root, "known");
	(void)json_get(root, "null");
	(void)json_get(json_get(root, "list")->child, "b");
	json_warn(&doc.d, json_get(root, "known"), "is %s", "odd");
	json_unknown(&doc.d, root);
	CHECK_STR(findings(&doc), "");
	warnings(&doc, &out);
	CHECK_STR(str_text(&out),
		"crun-lite: warning: c.json:1:10: known: is odd\n"
		"crun-lite: warning: c.json:1:15: known.x: unknown field\n"
		"crun-lite: warning: c.json:1:31: y: unknown field\n"
		"crun-lite: warning: c.json:2:14: list[0].a: unknown field\n");
}

TEST(json_warnings_have_a_limit)
{
	struct doc auto_doc doc;
	struct json *root = good(&doc, "[1]");
	auto_str struct str out = { 0 };
	const char *last;

	for (int i = 0; i < LIMIT_FINDINGS + 5; i++)
		json_warn(&doc.d, root->child, "finding %d", i);
	warnings(&doc, &out);
	out.data[out.len - 1] = '\0';
	last = strrchr(out.data, '\n');
	CHECK_STR(last ? last + 1 : NULL, "crun-lite: warning: c.json: and 5 more");
}

TEST(json_type_names)
{
	CHECK_STR(json_type_name(JSON_NULL), "null");
	CHECK_STR(json_type_name(JSON_BOOL), "a boolean");
	CHECK_STR(json_type_name(JSON_NUMBER), "a number");
	CHECK_STR(json_type_name(JSON_STRING), "a string");
	CHECK_STR(json_type_name(JSON_ARRAY), "an array");
	CHECK_STR(json_type_name(JSON_OBJECT), "an object");
}
