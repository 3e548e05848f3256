/* SPDX-License-Identifier: Apache-2.0 */
/* completion_bash.c - three functions out of the tables, and one that reads the line with them */
#include "completion.h"

static const char head[] =
	"# completion of crun-lite for bash; to be read from a file called crun-lite in\n"
	"# /usr/share/bash-completion/completions, or from ~/.bashrc\n";

static const char tail[] =
	"# what can be written: KIND [WORDS...] begun with CUR\n"
	"_crun_lite_offer()\n"
	"{\n"
	"	local cur=$2\n"
	"	set -- $1\n"
	"	case $1 in\n"
	"	dir) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- \"$cur\") ;;\n"
	"	file) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;\n"
	"	id) mapfile -t COMPREPLY < <(compgen -W \"$(crun-lite \"${root[@]}\" list -q 2>/dev/null)\" -- \"$cur\") ;;\n"
	"	words) mapfile -t COMPREPLY < <(compgen -W \"${*:2}\" -- \"$cur\") ;;\n"
	"	esac\n"
	"}\n"
	"\n"
	"_crun_lite()\n"
	"{\n"
	"	local cur=${COMP_WORDS[COMP_CWORD]} command='' option='' pending='' ended='' n=0 i word\n"
	"	local -a root=()\n"
	"	COMPREPLY=()\n"
	"	for ((i = 1; i < COMP_CWORD; i++)); do\n"
	"		word=${COMP_WORDS[i]}\n"
	"		if [[ $word == = ]]; then # bash makes three words of --option=value\n"
	"			[[ -n $pending ]] || ((i++))\n"
	"		elif [[ -n $pending ]]; then\n"
	"			[[ $option != --root ]] || root=(--root \"$word\")\n"
	"			pending=''\n"
	"		elif [[ -z $ended && $word == -- ]]; then\n"
	"			ended=1\n"
	"		elif [[ -z $ended && $word == -?* ]]; then\n"
	"			[[ $word == -[!-]?* ]] && word=-$word\n"
	"			option=$word\n"
	"			[[ $word == --root=* ]] && root=(\"$word\")\n"
	"			[[ $word == *=* ]] || pending=$(_crun_lite_value \"$command\" \"$option\")\n"
	"		elif [[ -z $command ]]; then\n"
	"			command=$word\n"
	"		else\n"
	"			((++n))\n"
	"			_crun_lite_stops \"$command\" && ended=1\n"
	"		fi\n"
	"	done\n"
	"	if [[ -n $pending ]]; then\n"
	"		_crun_lite_offer \"$pending\" \"${cur#=}\"\n"
	"	elif [[ -z $ended && $cur == -* ]]; then\n"
	"		_crun_lite_offer \"words $(_crun_lite_options \"$command\")\" \"$cur\"\n"
	"	else\n"
	"		_crun_lite_offer \"$(_crun_lite_argument \"$command\" \"$n\")\" \"$cur\"\n"
	"	fi\n"
	"}\n"
	"\n"
	"complete -F _crun_lite crun-lite\n";

static void add_kind(enum completion kind, const struct str *words, struct str *out)
{
	static const char *const names[] = {
		[COMPLETE_NOTHING] = "nothing",
		[COMPLETE_DIRS] = "dir",
		[COMPLETE_FILES] = "file",
		[COMPLETE_IDS] = "id",
		[COMPLETE_WORDS] = "words",
	};

	str_addf(out, "echo '%s%s%s' ;;\n", names[kind], words->len ? " " : "", str_text(words));
}

static void add_options(const char *command, const struct opt_table *t, struct str *out)
{
	str_addf(out, "	'%s') echo '", command);
	for (size_t i = 0; i <= t->n_opts; i++) {
		const struct opt *o = i < t->n_opts ? &t->opts[i] : &opt_help_entry;

		str_addf(out, "%s--%s", i ? " " : "", o->name);
		if (o->letter)
			str_addf(out, " -%c", o->letter);
		if (o->other)
			str_addf(out, " -%c", o->other);
	}
	str_add(out, "' ;;\n");
}

static void add_values(const char *command, const struct opt_table *t, struct str *out)
{
	for (size_t i = 0; i < t->n_opts; i++) {
		const struct opt *o = &t->opts[i];
		auto_str struct str words = { 0 };

		if (!o->value)
			continue;
		str_addf(out, "	%s:--%s", command, o->name);
		if (o->letter)
			str_addf(out, " | %s:-%c", command, o->letter);
		str_add(out, ") ");
		add_kind(completion_of_option(o, &words), &words, out);
	}
}

static void add_arguments(const struct command *c, struct str *out)
{
	for (size_t i = 0; i < c->table.n_args; i++) {
		const struct opt_arg *a = &c->table.args[i];
		auto_str struct str words = { 0 };

		if (a->flags & ARG_REPEATED)
			str_addf(out, "	%s:*) ", c->name);
		else
			str_addf(out, "	%s:%zu) ", c->name, i);
		add_kind(completion_of_argument(a, &words), &words, out);
	}
}

void completion_bash(struct str *out)
{
	str_add(out, head);
	str_add(out, "\n# options of COMMAND\n_crun_lite_options()\n{\n	case $1 in\n");
	add_options("", &global_options, out);
	for (const struct command *const *c = commands; *c; c++)
		add_options((*c)->name, &(*c)->table, out);
	str_add(out,
		"	esac\n}\n\n# what the value of OPTION of COMMAND can be; no answer: it has none\n"
		"_crun_lite_value()\n{\n	case $1:$2 in\n");
	add_values("", &global_options, out);
	for (const struct command *const *c = commands; *c; c++)
		add_values((*c)->name, &(*c)->table, out);
	str_add(out,
		"	esac\n}\n\n# what argument N of COMMAND can be\n_crun_lite_argument()\n{\n"
		"	case $1:$2 in\n	:*) echo 'words");
	for (const struct command *const *c = commands; *c; c++)
		str_addf(out, " %s", (*c)->name);
	str_add(out, "' ;;\n");
	for (const struct command *const *c = commands; *c; c++)
		add_arguments(*c, out);
	str_add(out,
		"	esac\n}\n\n# do the options of COMMAND end at its first argument?\n_crun_lite_stops()\n{\n"
		"	case $1 in\n");
	for (const struct command *const *c = commands; *c; c++)
		if ((*c)->table.flags & OPT_STOP)
			str_addf(out, "	%s) return 0 ;;\n", (*c)->name);
	str_add(out, "	esac\n	return 1\n}\n\n");
	str_add(out, tail);
}
