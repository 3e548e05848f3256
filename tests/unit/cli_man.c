/* SPDX-License-Identifier: Apache-2.0 */
/* man/crun-lite.8 against the tables of the commands: the same commands in the same order, each
 * with the arguments and options of its table, and nothing else */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "cli/command.h"
#include "test.h"

/* ".It Fl b , Fl -bundle Ar DIR" */
static void option_line(const struct opt *o, struct str *out)
{
	str_add(out, ".It Fl ");
	if (o->letter)
		str_addf(out, "%c , ", o->letter);
	if (o->other)
		str_addf(out, "%c , ", o->other);
	str_addf(out, "%s-%s", o->letter ? "Fl " : "", o->name);
	if (o->value)
		str_addf(out, " Ar %s", o->value);
	str_addc(out, '\n');
}

static void option_lines(const struct opt_table *t, struct str *out)
{
	for (size_t i = 0; i < t->n_opts; i++)
		option_line(&t->opts[i], out);
}

/* ".D1 Nm Cm kill Oo Ar options Oc Ar ID Op Ar SIGNAL" */
static void usage_line(const struct command *c, struct str *out)
{
	str_addf(out, ".D1 Nm Cm %s Oo Ar options Oc", c->name);
	for (size_t i = 0; i < c->table.n_args; i++)
		str_addf(out, "%s Ar %s%s", c->table.args[i].flags & ARG_OPTIONAL ? " Op" : "",
			c->table.args[i].name, c->table.args[i].flags & ARG_REPEATED ? " ..." : "");
	str_addc(out, '\n');
}

/* the lines of the man page that the tables decide */
static void expected_lines(struct str *out)
{
	str_add(out, ".Sh OPTIONS\n");
	option_lines(&global_options, out);
	option_line(&opt_help_entry, out);
	str_add(out, ".Sh COMMANDS\n");
	for (const struct command *const *c = commands; *c; c++) {
		str_addf(out, ".Ss %s\n", (*c)->name);
		usage_line(*c, out);
		option_lines(&(*c)->table, out);
	}
}

TEST(man_page_has_what_the_tables_have)
{
	auto_str struct str man = { 0 }, found = { 0 }, expected = { 0 };
	bool inside = false;
	char *rest;

	if (!CHECK_INT(fd_read_at(AT_FDCWD, "man/crun-lite.8", 0, 1 << 20, &man), 0))
		return;
	rest = man.data;
	for (char *line; (line = strsep(&rest, "\n"));) {
		if (str_after(line, ".Sh "))
			inside = str_eq(line, ".Sh OPTIONS") || str_eq(line, ".Sh COMMANDS");
		if (inside &&
			(str_after(line, ".Sh ") || str_after(line, ".Ss ") ||
				str_after(line, ".It ") || str_after(line, ".D1 ")))
			str_addf(&found, "%s\n", line);
	}
	expected_lines(&expected);
	CHECK_STR(str_text(&found), str_text(&expected));
}

/* every choice of an option is explained, in the section of its command */
static void check_choices(const char *section, const char *end, const struct opt_table *t)
{
	for (size_t i = 0; i < t->n_opts; i++) {
		for (const char *const *c = t->opts[i].choices; c && *c; c++) {
			auto_str struct str word = { 0 };
			const char *at;

			test_row("--%s %s", t->opts[i].name, *c);
			str_addf(&word, ".Cm %s", *c);
			at = strstr(section, word.data);
			CHECK_TRUE(at && at < end);
		}
	}
}

TEST(man_page_explains_every_choice)
{
	auto_str struct str man = { 0 };
	const char *options;

	if (!CHECK_INT(fd_read_at(AT_FDCWD, "man/crun-lite.8", 0, 1 << 20, &man), 0))
		return;
	options = strstr(man.data, "\n.Sh OPTIONS\n");
	if (!CHECK_TRUE(options != NULL))
		return;
	check_choices(options, strstr(options, "\n.Sh COMMANDS\n"), &global_options);
	for (const struct command *const *c = commands; *c; c++) {
		auto_str struct str title = { 0 };
		const char *section, *end;

		str_addf(&title, "\n.Ss %s\n", (*c)->name);
		section = strstr(options, title.data);
		if (!CHECK_TRUE(section != NULL))
			continue;
		end = strstr(section + 1, "\n.S");
		check_choices(section, end, &(*c)->table);
	}
}
