/* SPDX-License-Identifier: Apache-2.0 */
/* every spelling of an option, and the tables of the commands */
#include <string.h>

#include "cli/command.h"
#include "test.h"

struct values {
	bool all, brief;
	const char *dir, *root;
	unsigned number, format;
};

static const char *const formats[] = { "text", "json", "table", NULL };

static const struct opt opts[] = {
	OPT_SWITCH_ROW(struct values, all, "all", 'a', "everything"),
	OPT_SWITCH_ROW(struct values, brief, "brief", 'b', "less"),
	OPT_TEXT_ROW(struct values, dir, "dir", 'd', "DIR", "where"),
	OPT_TEXT_ROW(struct values, root, "no-root", 0, "DIR", "not there"),
	OPT_NUMBER_ROW(struct values, number, "number", 'n', "N", 1024, "how many"),
	OPT_CHOICE_ROW(struct values, format, "format", 'f', "FORMAT", formats, "how"),
};

static const struct opt_arg args[] = { { "ID", 0 }, { "SIGNAL", ARG_OPTIONAL } };
static const struct opt_table table = { opts, ARRAY_LEN(opts), args, ARRAY_LEN(args), 0 };
static const struct opt_table stopping = { opts, ARRAY_LEN(opts), args, ARRAY_LEN(args), OPT_STOP };

/* parse the blank-separated words (a lone quote stands for an empty one); what came of it as text
 */
static void parse(const struct opt_table *t, const char *words, struct str *out)
{
	auto_arena struct arena a = { 0 };
	char *argv[16] = { NULL };
	struct values v = { 0 };
	struct opt_rest rest;
	struct err e;
	int argc = 0, r;

	for (char *rest_words = arena_str(&a, words), *word; (word = strsep(&rest_words, " "));)
		if (*word)
			argv[argc++] = str_eq(word, "'") ? arena_str(&a, "") : word;
	r = opt_parse(&a, t, argc, argv, &v, &rest, &e);
	if (r < 0 || r == OPT_HELP) {
		str_add(out, r < 0 ? err_text(&e) : "help");
		return;
	}
	str_addf(out, "%s%s", v.all ? "all " : "", v.brief ? "brief " : "");
	if (v.dir)
		str_addf(out, "dir=%s ", v.dir);
	if (v.root)
		str_addf(out, "no-root=%s ", v.root);
	if (v.number)
		str_addf(out, "number=%u ", v.number);
	if (v.format)
		str_addf(out, "format=%u ", v.format);
	for (int i = 0; i < rest.n; i++)
		str_addf(out, "[%s]", rest.args[i]);
	CHECK_TRUE(rest.args[rest.n] == NULL);
}

struct row {
	const char *words, *expected;
};

static void check_rows(const struct opt_table *t, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		auto_str struct str out = { 0 };

		test_row("%s", rows[i].words);
		parse(t, rows[i].words, &out);
		CHECK_STR(str_text(&out), rows[i].expected);
	}
}

TEST(opt_every_spelling)
{
	static const struct row rows[] = {
		{ "", "" },
		{ "one", "[one]" },
		/* switches */
		{ "--all x", "all [x]" },
		{ "-all x", "all [x]" },
		{ "-a x", "all [x]" },
		{ "--all=true", "all " },
		{ "--all=1", "all " },
		{ "-all=T", "all " },
		{ "-a=true", "all " },
		{ "--all=false", "" },
		{ "--all --all=false", "" },
		{ "-a -a=0", "" },
		{ "--all false", "all [false]" },
		{ "-ab x", "all brief [x]" },
		{ "-ba", "all brief " },
		{ "-ab=false", "all " },
		/* values */
		{ "--dir DIR x", "dir=DIR [x]" },
		{ "--dir=DIR x", "dir=DIR [x]" },
		{ "-dir DIR", "dir=DIR " },
		{ "-dir=DIR", "dir=DIR " },
		{ "-d DIR", "dir=DIR " },
		{ "-d=DIR", "dir=DIR " },
		{ "-dDIR", "dir=DIR " },
		{ "-d/a=b", "dir=/a=b " },
		{ "--dir=a=b", "dir=a=b " },
		{ "--dir=--all", "dir=--all " },
		{ "--dir --all", "dir=--all " },
		{ "--dir -- x", "dir=-- [x]" },
		{ "-abd DIR", "all brief dir=DIR " },
		{ "-abdDIR", "all brief dir=DIR " },
		{ "-abd=DIR", "all brief dir=DIR " },
		{ "--dir one --dir two", "dir=two " },
		{ "-no-root x", "no-root=x " },
		/* an empty value counts as none */
		{ "--dir=", "" },
		{ "--dir ' x", "[x]" },
		{ "--dir one --dir=", "" },
		/* numbers and choices */
		{ "--number 0", "" },
		{ "--number 1024", "number=1024 " },
		{ "-n7", "number=7 " },
		{ "--format text", "format=1 " },
		{ "-f json", "format=2 " },
		{ "-fjson", "format=2 " },
		{ "-abf json", "all brief format=2 " },
		/* behind the arguments, and where options end */
		{ "x --all y", "all [x][y]" },
		{ "x -d DIR y", "dir=DIR [x][y]" },
		{ "x -- --all", "[x][--all]" },
		{ "-- -a", "[-a]" },
		{ "-- --", "[--]" },
		{ "- x", "[-][x]" },
		{ "' x", "[][x]" },
		/* help */
		{ "--help", "help" },
		{ "-help", "help" },
		{ "-h", "help" },
		{ "x --help", "help" },
		{ "-ah", "help" },
		{ "--help --bogus", "help" },
		{ "--help=false x", "[x]" },
		{ "-- --help", "[--help]" },
	};

	check_rows(&table, rows, ARRAY_LEN(rows));
}

TEST(opt_errors_name_the_option_and_what_was_expected)
{
	static const struct row rows[] = {
		{ "--bogus", "unknown option \"--bogus\"" },
		{ "-bogus", "unknown option \"-bogus\"" },
		{ "--bogus=x", "unknown option \"--bogus\"" },
		{ "x --bogus", "unknown option \"--bogus\"" },
		{ "-x", "unknown option \"-x\"" },
		{ "-ax", "unknown option \"-ax\"" },
		{ "-9", "unknown option \"-9\"" },
		{ "--a", "unknown option \"--a\"" },
		{ "---all", "unknown option \"---all\", did you mean \"--all\"?" },
		{ "--=x", "unknown option \"--\"" },
		{ "--al", "unknown option \"--al\"" },
		{ "--dirr x", "unknown option \"--dirr\", did you mean \"--dir\"?" },
		{ "--fromat x", "unknown option \"--fromat\", did you mean \"--format\"?" },
		{ "--no-rot x", "unknown option \"--no-rot\", did you mean \"--no-root\"?" },
		{ "--debug", "option \"--debug\" must stand before the command" },
		{ "--all=maybe", "option \"--all\" must be true or false, not \"maybe\"" },
		{ "--all=", "option \"--all\" must be true or false, not \"\"" },
		{ "--dir", "option \"--dir\" needs a value: DIR" },
		{ "-d", "option \"--dir\" needs a value: DIR" },
		{ "-abd", "option \"--dir\" needs a value: DIR" },
		{ "--number -1",
			"option \"--number\" must be a number from 0 to 1024, not \"-1\"" },
		{ "--number 1025",
			"option \"--number\" must be a number from 0 to 1024, not \"1025\"" },
		{ "--number=", "option \"--number\" must be a number from 0 to 1024, not \"\"" },
		{ "--number 1x",
			"option \"--number\" must be a number from 0 to 1024, not \"1x\"" },
		{ "--format xml", "option \"--format\" must be text, json or table, not \"xml\"" },
		{ "--format=", "option \"--format\" must be text, json or table, not \"\"" },
	};

	check_rows(&table, rows, ARRAY_LEN(rows));
}

TEST(opt_stop_leaves_everything_behind_the_first_argument_alone)
{
	static const struct row rows[] = {
		{ "-a list -b --dir", "all [list][-b][--dir]" },
		{ "list --help", "[list][--help]" },
		{ "-- list -a", "[list][-a]" },
		{ "--dir x -ab y -a", "all brief dir=x [y][-a]" },
	};

	check_rows(&stopping, rows, ARRAY_LEN(rows));
}

TEST(opt_check_args_counts)
{
	static const struct opt_arg many_args[] = { { "ID", ARG_REPEATED } };
	static const struct opt_table many = { NULL, 0, many_args, 1, 0 };
	static const struct {
		const struct opt_table *table;
		int n;
		const char *expected;
	} rows[] = {
		{ &table, 0, "argument ID is missing" },
		{ &table, 1, NULL },
		{ &table, 2, NULL },
		{ &table, 3, "unexpected argument \"c\"" },
		{ &many, 0, "argument ID is missing" },
		{ &many, 1, NULL },
		{ &many, 4, NULL },
	};
	char a[] = "a", b[] = "b", c[] = "c", d[] = "d";
	char *words[] = { a, b, c, d, NULL };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct opt_rest rest = { .args = words, .n = rows[i].n };
		struct err e;
		int r = opt_check_args(rows[i].table, &rest, &e);

		test_row("%zu", i);
		CHECK_INT(r, rows[i].expected ? -1 : 0);
		CHECK_STR(r < 0 ? err_text(&e) : NULL, rows[i].expected);
	}
}

TEST(opt_help_shows_the_table)
{
	auto_str struct str out = { 0 };

	opt_usage(&table, &out);
	str_addc(&out, '\n');
	opt_help(&table, &out);
	CHECK_STR(str_text(&out),
		"[options] ID [SIGNAL]\n"
		"  -a, --all            everything\n"
		"  -b, --brief          less\n"
		"  -d, --dir DIR        where\n"
		"      --no-root DIR    not there\n"
		"  -n, --number N       how many\n"
		"  -f, --format FORMAT  how: text, json or table\n"
		"  -h, --help           show this text\n");
}

/* what generates the help, the parser and completion must be sound for every command */
static void check_table(const char *command, const struct opt_table *t)
{
	for (size_t i = 0; i < t->n_opts; i++) {
		const struct opt *o = &t->opts[i];

		test_row("%s --%s", command, o->name);
		CHECK_TRUE(o->name && o->name[0] && o->name[1] && !strchr(o->name, '='));
		CHECK_TRUE(o->help && o->help[0]);
		CHECK_INT(o->value != NULL, o->kind != OPT_SWITCH);
		CHECK_INT(o->choices != NULL, o->kind == OPT_CHOICE);
		CHECK_INT(o->max > 0, o->kind == OPT_NUMBER);
		CHECK_FALSE(str_eq(o->name, "help") || o->letter == 'h');
		for (size_t j = 0; j < i; j++) {
			CHECK_FALSE(str_eq(o->name, t->opts[j].name));
			CHECK_FALSE(o->letter && o->letter == t->opts[j].letter);
		}
	}
	for (size_t i = 0; i < t->n_args; i++) {
		test_row("%s %s", command, t->args[i].name);
		/* nothing required behind something optional, nothing behind what is repeated */
		CHECK_FALSE(i > 0 && (t->args[i - 1].flags & ARG_REPEATED));
		CHECK_FALSE(i > 0 && (t->args[i - 1].flags & ARG_OPTIONAL) &&
			!(t->args[i].flags & ARG_OPTIONAL));
	}
}

TEST(command_tables_are_sound)
{
	check_table("", &global_options);
	for (const struct command *const *c = commands; *c; c++) {
		test_row("%s", (*c)->name);
		CHECK_TRUE((*c)->help && (*c)->help[0] && (*c)->run);
		CHECK_TRUE(c == commands || strcmp(c[-1]->name, c[0]->name) < 0);
		CHECK_TRUE(command_find((*c)->name) == *c);
		check_table((*c)->name, &(*c)->table);
	}
	CHECK_TRUE(command_find("nosuch") == NULL);
	CHECK_TRUE(command_find("") == NULL);
}
