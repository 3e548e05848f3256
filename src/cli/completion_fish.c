/* SPDX-License-Identifier: Apache-2.0 */
/* completion_fish.c - one `complete` for each command, option and argument */
#include "completion.h"

static const char head[] =
	"# completion of crun-lite for fish; to be put into ~/.config/fish/completions as crun-lite.fish\n"
	"\n"
	"function __crun_lite_ids\n"
	"	set -l root\n"
	"	set -l words (commandline -opc)\n"
	"	for i in (seq (count $words))\n"
	"		switch $words[$i]\n"
	"		case --root -root\n"
	"			set root --root $words[(math $i + 1)]\n"
	"		case '--root=*' '-root=*'\n"
	"			set root $words[$i]\n"
	"		end\n"
	"	end\n"
	"	crun-lite $root list -q 2>/dev/null\n"
	"end\n"
	"\n";

static const char middle[] =
	"# is COMMAND the one on the line, with N arguments before the cursor?\n"
	"function __crun_lite_at\n"
	"	set -l command ''\n"
	"	set -l n 0\n"
	"	set -l skip 0\n"
	"	for word in (commandline -opc)[2..-1]\n"
	"		if test $skip = 1\n"
	"			set skip 0\n"
	"		else if string match -q -- '-*' $word\n"
	"			if not string match -q -- '*=*' $word; and __crun_lite_takes \"$command\" $word\n"
	"				set skip 1\n"
	"			end\n"
	"		else if test -z \"$command\"\n"
	"			set command $word\n"
	"		else\n"
	"			set n (math $n + 1)\n"
	"		end\n"
	"	end\n"
	"	test \"$command\" = \"$argv[1]\"; and begin\n"
	"		test (count $argv) -lt 2; or test $argv[2] = $n\n"
	"	end\n"
	"end\n"
	"\n"
	"complete -c crun-lite -f\n";

static void add_quoted(const char *text, struct str *out)
{
	str_addc(out, '\'');
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			str_addc(out, '\\');
		str_addc(out, *text);
	}
	str_addc(out, '\'');
}

static void add_taking(const char *command, const struct opt_table *t, struct str *out)
{
	for (size_t i = 0; i < t->n_opts; i++) {
		if (!t->opts[i].value)
			continue;
		str_addf(out, " '%s:--%s'", command, t->opts[i].name);
		if (t->opts[i].letter)
			str_addf(out, " '%s:-%c'", command, t->opts[i].letter);
	}
}

/* " -x -a 'text json'" */
static void add_answer(enum completion kind, const struct str *words, struct str *out)
{
	switch (kind) {
	case COMPLETE_NOTHING:
		str_add(out, " -x");
		break;
	case COMPLETE_DIRS:
		str_add(out, " -x -a '(__fish_complete_directories)'");
		break;
	case COMPLETE_FILES:
		str_add(out, " -r -F");
		break;
	case COMPLETE_IDS:
		str_add(out, " -x -a '(__crun_lite_ids)'");
		break;
	case COMPLETE_WORDS:
		str_addf(out, " -x -a '%s'", str_text(words));
		break;
	}
}

static void add_options(const char *command, const struct opt_table *t, struct str *out)
{
	for (size_t i = 0; i <= t->n_opts; i++) {
		const struct opt *o = i < t->n_opts ? &t->opts[i] : &opt_help_entry;
		auto_str struct str words = { 0 };

		str_addf(out, "complete -c crun-lite -n '__crun_lite_at \"%s\"'", command);
		if (o->letter)
			str_addf(out, " -s %c", o->letter);
		if (o->other)
			str_addf(out, " -s %c", o->other);
		str_addf(out, " -l %s", o->name);
		if (o->value)
			add_answer(completion_of_option(o, &words), &words, out);
		str_add(out, " -d ");
		add_quoted(o->help, out);
		str_addc(out, '\n');
	}
}

static void add_command(const struct command *c, struct str *out)
{
	str_addf(out, "\ncomplete -c crun-lite -n '__crun_lite_at \"\"' -a %s -d ", c->name);
	add_quoted(c->help, out);
	str_addc(out, '\n');
	add_options(c->name, &c->table, out);
	for (size_t i = 0; i < c->table.n_args; i++) {
		const struct opt_arg *a = &c->table.args[i];
		auto_str struct str words = { 0 };
		enum completion kind = completion_of_argument(a, &words);

		if (kind == COMPLETE_NOTHING)
			continue;
		str_addf(out, "complete -c crun-lite -n '__crun_lite_at %s", c->name);
		if (!(a->flags & ARG_REPEATED))
			str_addf(out, " %zu", i);
		str_addc(out, '\'');
		add_answer(kind, &words, out);
		str_addc(out, '\n');
	}
}

void completion_fish(struct str *out)
{
	str_add(out, head);
	str_add(out,
		"# does OPTION of COMMAND take a value?\nfunction __crun_lite_takes\n"
		"	switch \"$argv[1]:\"(string replace -r -- '^-([^-].)' '--$1' $argv[2])\n	case");
	add_taking("", &global_options, out);
	for (const struct command *const *c = commands; *c; c++)
		add_taking((*c)->name, &(*c)->table, out);
	str_add(out, "\n		return 0\n	end\n	return 1\nend\n\n");
	str_add(out, middle);
	add_options("", &global_options, out);
	for (const struct command *const *c = commands; *c; c++)
		add_command(*c, out);
}
