/* SPDX-License-Identifier: Apache-2.0 */
/* every option of runc and crun, in every spelling that one of them takes (tests/data/inventory) */
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "cli/command.h"
#include "test.h"

enum { COLUMNS = 5, WORDS = 4 };

/* a row of the file */
struct row {
	const char *command, *option, *value; /* value NULL: a switch */
	char letter;                          /* 0: none */
};

static bool next_row(char **at, struct row *ret)
{
	for (char *line; (line = strsep(at, "\n"));) {
		const char *columns[COLUMNS] = { 0 };
		size_t n = 0;

		if (!line[0] || line[0] == '#')
			continue;
		for (char *word; n < COLUMNS && (word = strsep(&line, " "));)
			columns[n++] = word;
		if (!CHECK_INT(n, COLUMNS))
			return false;
		*ret = (struct row){ columns[0], columns[1],
			str_eq(columns[3], "-") ? NULL : columns[3],
			columns[2][0] == '-' ? '\0' : columns[2][0] };
		return true;
	}
	return false;
}

/* parse `crun-lite COMMAND WORD... ID`: all but ID must have been taken */
static void check_words(const struct opt_table *t, size_t size, const char *const *words, int n)
{
	auto_arena struct arena a = { 0 };
	char *argv[WORDS + 1] = { 0 };
	auto_str struct str shown = { 0 };
	struct opt_rest rest;
	struct err e;
	int r;

	for (int i = 0; i < n; i++) {
		argv[i] = arena_str(&a, words[i]);
		str_addf(&shown, " %s", words[i]);
	}
	argv[n] = arena_str(&a, "ID");
	test_row("%s", str_text(&shown));
	r = opt_parse(&a, t, n + 1, argv, arena_alloc(&a, size), &rest, &e);
	if (r < 0)
		CHECK_STR(err_text(&e), "");
	else if (r == OPT_DONE)
		CHECK_TRUE(rest.n == 1 && str_eq(rest.args[0], "ID"));
}

static void check_switch(const struct opt_table *t, size_t size, const char *name)
{
	static const char *const truths[] = { "", "=true", "=false", "=1", "=0", "=t", "=F",
		"=True", "=FALSE" };

	for (size_t i = 0; i < ARRAY_LEN(truths); i++) {
		auto_str struct str word = { 0 };

		str_addf(&word, "%s%s", name, truths[i]);
		check_words(t, size, (const char *[]){ word.data }, 1);
	}
}

static void check_value(const struct opt_table *t, size_t size, const char *name, const char *value)
{
	auto_str struct str word = { 0 };

	check_words(t, size, (const char *[]){ name, value }, 2);
	str_addf(&word, "%s=%s", name, value);
	check_words(t, size, (const char *[]){ word.data }, 1);
}

static void check_row(const struct opt_table *t, size_t size, const struct row *r)
{
	const char *const dashes[] = { "--", "-" };
	auto_str struct str word = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(dashes); i++) {
		auto_str struct str name = { 0 };

		str_addf(&name, "%s%s", dashes[i], r->option);
		if (r->value)
			check_value(t, size, name.data, r->value);
		else
			check_switch(t, size, name.data);
	}
	if (!r->letter)
		return;
	str_addf(&word, "-%c", r->letter);
	if (!r->value) {
		check_switch(t, size, word.data);
		return;
	}
	check_value(t, size, word.data, r->value);
	str_add(&word, r->value);
	check_words(t, size, (const char *[]){ word.data }, 1);
}

TEST(inventory_takes_what_runc_and_crun_take)
{
	auto_str struct str file = { 0 };
	struct row r;
	char *at;

	if (!CHECK_INT(fd_read_at(AT_FDCWD, "tests/data/inventory", 0, 1 << 16, &file), 0))
		return;
	for (at = file.data; next_row(&at, &r);) {
		const struct command *c = command_find(r.command);

		test_row("%s --%s", r.command, r.option);
		if (str_eq(r.command, "-"))
			check_row(&global_options, sizeof(struct global), &r);
		else if (CHECK_TRUE(c != NULL))
			check_row(&c->table, c->size, &r);
	}
}
