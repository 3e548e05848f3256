/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_completion.c - scripts for shells, out of the tables that the parser goes by */
#include "cli/cli.h"
#include "completion.h"
#include "oci/names.h"

static const struct {
	const char *name;
	void (*write)(struct str *out);
} shells[] = {
	{ "bash", completion_bash },
	{ "fish", completion_fish },
	{ "zsh", completion_zsh },
};

static void add_names(const struct names *names, struct str *words)
{
	for (size_t i = 0; i < names->count; i++)
		str_addf(words, "%s%s", words->len ? " " : "", names->list[i].name);
}

static void add_shells(struct str *words)
{
	for (size_t i = 0; i < ARRAY_LEN(shells); i++)
		str_addf(words, "%s%s", i ? " " : "", shells[i].name);
}

static void add_commands(struct str *words)
{
	for (const struct command *const *c = commands; *c; c++)
		str_addf(words, "%s%s", c == commands ? "" : " ", (*c)->name);
}

/* by what help calls it */
static enum completion completion_of_name(const char *name, struct str *words)
{
	if (str_eq(name, "DIR"))
		return COMPLETE_DIRS;
	if (str_eq(name, "FILE") || str_eq(name, "SOCKET"))
		return COMPLETE_FILES;
	if (str_eq(name, "ID"))
		return COMPLETE_IDS;
	if (str_eq(name, "SIGNAL"))
		add_names(&names_signals, words);
	else if (str_eq(name, "CAP"))
		add_names(&names_capabilities, words);
	else if (str_eq(name, "SHELL"))
		add_shells(words);
	return words->len > 0 ? COMPLETE_WORDS : COMPLETE_NOTHING;
}

enum completion completion_of_option(const struct opt *o, struct str *words)
{
	for (const char *const *c = o->choices; c && *c; c++)
		str_addf(words, "%s%s", words->len ? " " : "", *c);
	if (words->len > 0)
		return COMPLETE_WORDS;
	return o->value ? completion_of_name(o->value, words) : COMPLETE_NOTHING;
}

enum completion completion_of_argument(const struct opt_arg *a, struct str *words)
{
	if (a->flags & ARG_NEW)
		return COMPLETE_NOTHING;
	/* that of help; exec has a COMMAND of many words, of the container */
	if (str_eq(a->name, "COMMAND") && !(a->flags & ARG_REPEATED)) {
		add_commands(words);
		return COMPLETE_WORDS;
	}
	return completion_of_name(a->name, words);
}

static int do_completion(struct cli *c, const void *opts, const struct opt_rest *r, struct err *e)
{
	auto_str struct str out = { 0 };

	(void)c;
	(void)opts;
	for (size_t i = 0; i < ARRAY_LEN(shells); i++) {
		if (!str_eq(shells[i].name, r->args[0]))
			continue;
		shells[i].write(&out);
		return cli_print(&out, e);
	}
	return err_set(e, 0, "unknown shell \"%s\": must be bash, fish or zsh", r->args[0]);
}

static const struct opt_arg args[] = { { "SHELL", 0 } };

const struct command cmd_completion = {
	.name = "completion",
	.help = "show a script that completes command lines in a shell",
	.more = "SHELL is bash, fish or zsh.",
	.table = { NULL, 0, args, ARRAY_LEN(args), 0 },
	.run = do_completion,
};
