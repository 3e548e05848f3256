/* SPDX-License-Identifier: Apache-2.0 */
/* completion_zsh.c - specifications for _arguments: of the global options, then of each command */
#include "completion.h"

static const char head[] =
	"#compdef crun-lite\n"
	"# completion of crun-lite for zsh; to be put into a directory of $fpath as _crun-lite\n"
	"\n"
	"_crun_lite_ids()\n"
	"{\n"
	"	local -a ids\n"
	"	ids=(${(f)\"$(_call_program ids crun-lite ${root:+--root=${(q)root}} list -q 2>/dev/null)\"})\n"
	"	compadd -a ids\n"
	"}\n"
	"\n";

static const char middle[] = "_crun_lite()\n"
			     "{\n"
			     "	local curcontext=$curcontext state root\n"
			     "	local -a line\n"
			     "	local -A opt_args\n"
			     "	_arguments -C -s -S -A '-*' \\\n";

static const char after_globals[] =
	"		'1:COMMAND:->command' '*::ARGUMENT:->argument' && return\n"
	"	root=${(Q)opt_args[--root]-}\n"
	"	case $state in\n"
	"	command) _describe -t commands COMMAND _crun_lite_commands ;;\n"
	"	argument)\n"
	"		curcontext=${curcontext%:*}-$words[1]:\n"
	"		case $words[1] in\n";

static const char tail[] = "		esac ;;\n"
			   "	esac\n"
			   "}\n"
			   "\n"
			   "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n"
			   "	_crun_lite \"$@\"\n"
			   "else\n"
			   "	compdef _crun_lite crun-lite\n"
			   "fi\n";

/* inside single quotes, with a backslash before what means something to _arguments or _describe */
static void add_quoted(const char *text, struct str *out)
{
	for (; *text; text++) {
		if (*text == '\'') {
			str_add(out, "'\\''");
			continue;
		}
		if (strchr("[]:\\", *text))
			str_addc(out, '\\');
		str_addc(out, *text);
	}
}

/* ":DIR:_files -/" */
static void add_action(const char *name, enum completion kind, const struct str *words,
	struct str *out)
{
	static const char *const actions[] = {
		[COMPLETE_NOTHING] = " ",
		[COMPLETE_DIRS] = "_files -/",
		[COMPLETE_FILES] = "_files",
		[COMPLETE_IDS] = "_crun_lite_ids",
	};

	str_addc(out, ':');
	add_quoted(name, out);
	if (kind == COMPLETE_WORDS)
		str_addf(out, ":(%s)'", str_text(words));
	else
		str_addf(out, ":%s'", actions[kind]);
}

/* one spelling: "'--bundle=[directory with ...]:DIR:_files -/'" */
static void add_spelling(const struct opt *o, const char *dashes, char letter, struct str *out)
{
	auto_str struct str words = { 0 };
	enum completion kind = completion_of_option(o, &words);

	str_addf(out, "'%s%s", o->kind == OPT_LIST ? "*" : "", dashes);
	if (letter)
		str_addf(out, "%c%s", letter, o->value ? "+" : "");
	else
		str_addf(out, "%s%s", o->name, o->value ? "=" : "");
	str_addc(out, '[');
	add_quoted(o->help, out);
	str_addc(out, ']');
	if (o->value)
		add_action(o->value, kind, &words, out);
	else
		str_addc(out, '\'');
}

static void add_options(const struct opt_table *t, const char *indent, struct str *out)
{
	for (size_t i = 0; i <= t->n_opts; i++) {
		const struct opt *o = i < t->n_opts ? &t->opts[i] : &opt_help_entry;
		const char letters[] = { o->letter, o->other };

		str_add(out, indent);
		for (size_t k = 0; k < sizeof(letters); k++) {
			if (!letters[k])
				continue;
			add_spelling(o, "-", letters[k], out);
			str_addc(out, ' ');
		}
		add_spelling(o, "--", 0, out);
		str_add(out, " \\\n");
	}
}

static void add_command(const struct command *c, struct str *out)
{
	static const char indent[] = "				";

	str_addf(out, "		%s)\n			_arguments -s -S%s \\\n", c->name,
		c->table.flags & OPT_STOP ? " -A '-*'" : "");
	add_options(&c->table, indent, out);
	for (size_t i = 0; i < c->table.n_args; i++) {
		const struct opt_arg *a = &c->table.args[i];
		auto_str struct str words = { 0 };
		enum completion kind = completion_of_argument(a, &words);

		if (a->flags & ARG_REPEATED)
			str_addf(out, "%s'*", indent);
		else
			str_addf(out, "%s'%zu", indent, i + 1);
		add_action(a->name, kind, &words, out);
		str_add(out, " \\\n");
	}
	str_addf(out, "%s&& return ;;\n", indent);
}

void completion_zsh(struct str *out)
{
	str_add(out, head);
	str_add(out, "typeset -ga _crun_lite_commands\n_crun_lite_commands=(\n");
	for (const struct command *const *c = commands; *c; c++) {
		str_addf(out, "	'%s:", (*c)->name);
		add_quoted((*c)->help, out);
		str_add(out, "'\n");
	}
	str_add(out, ")\n\n");
	str_add(out, middle);
	add_options(&global_options, "		", out);
	str_add(out, after_globals);
	for (const struct command *const *c = commands; *c; c++)
		add_command(*c, out);
	str_add(out, tail);
}
