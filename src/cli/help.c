/* SPDX-License-Identifier: Apache-2.0 */
/* help.c - help out of the tables */
#include <string.h>

#include "base/near.h"
#include "cli/cli.h"

const struct command *const commands[] = {
	&cmd_checkpoint,
	&cmd_completion,
	&cmd_create,
	&cmd_delete,
	&cmd_events,
	&cmd_exec,
	&cmd_features,
	&cmd_help,
	&cmd_kill,
	&cmd_list,
	&cmd_metrics,
	&cmd_pause,
	&cmd_ps,
	&cmd_restore,
	&cmd_resume,
	&cmd_run,
	&cmd_spec,
	&cmd_start,
	&cmd_state,
	&cmd_update,
	NULL,
};

const struct command *command_find(const char *name)
{
	for (const struct command *const *c = commands; *c; c++)
		if (str_eq((*c)->name, name))
			return *c;
	return NULL;
}

/* what engines call it, and what there is for it here */
static const struct {
	const char *word, *instead;
} aliases[] = {
	{ "attach", "run without --detach, or create with --console-socket" },
	{ "build", "an engine such as buildah" },
	{ "images", "an engine such as podman" },
	{ "info", "features" },
	{ "inspect", "state" },
	{ "logs", "an engine: the output of a container goes to the caller of run or create" },
	{ "ls", "list" },
	{ "pull", "an engine such as podman" },
	{ "remove", "delete" },
	{ "restart", "kill, delete and run" },
	{ "rm", "delete" },
	{ "signal", "kill" },
	{ "stats", "events --stats" },
	{ "status", "state" },
	{ "stop", "kill" },
	{ "top", "ps" },
	{ "unpause", "resume" },
	{ "version", "--version" },
	{ "wait", "run without --detach" },
};

int command_unknown(const char *name, struct err *e)
{
	const char *closest = NULL;
	unsigned best = NEAR_FAR;

	for (size_t i = 0; i < ARRAY_LEN(aliases); i++)
		if (str_eq(aliases[i].word, name))
			return err_set(e, 0, "unknown command \"%s\", for that there is: %s", name,
				aliases[i].instead);
	for (const struct command *const *c = commands; *c; c++) {
		unsigned score = near_score(name, strlen(name), (*c)->name);

		if (score < best) {
			best = score;
			closest = (*c)->name;
		}
	}
	return closest
		? err_set(e, 0, "unknown command \"%s\", did you mean \"%s\"?", name, closest)
		: err_set(e, 0, "unknown command \"%s\"", name);
}

void help_all(struct str *out)
{
	str_add(out, "usage: crun-lite ");
	opt_usage(&global_options, out);
	str_add(out, "\n\nRun containers as the OCI runtime specification says.\n\ncommands:\n");
	for (const struct command *const *c = commands; *c; c++)
		str_addf(out, "  %-10s %s\n", (*c)->name, (*c)->help);
	str_add(out, "\noptions:\n");
	opt_help(&global_options, out);
	str_add(out, "\n\"crun-lite COMMAND --help\" shows the options of a command.\n");
}

void help_command(const struct command *c, struct str *out)
{
	str_addf(out, "usage: crun-lite %s ", c->name);
	opt_usage(&c->table, out);
	str_addf(out, "\n\n%s\n", c->help);
	if (c->more)
		str_addf(out, "%s\n", c->more);
	str_add(out, "\noptions:\n");
	opt_help(&c->table, out);
}

static int run(struct cli *c, const void *opts, const struct opt_rest *r, struct err *e)
{
	auto_str struct str out = { 0 };
	const struct command *about;

	(void)c;
	(void)opts;
	if (r->n == 0) {
		help_all(&out);
		return cli_print(&out, e);
	}
	about = command_find(r->args[0]);
	if (!about) {
		(void)command_unknown(r->args[0], e);
		/* the first words are those of the other runtimes */
		return err_in(e, "No help topic for '%s'", r->args[0]);
	}
	help_command(about, &out);
	return cli_print(&out, e);
}

static const struct opt_arg args[] = { { "COMMAND", ARG_OPTIONAL } };

const struct command cmd_help = {
	.name = "help",
	.help = "show the commands, or the options of one",
	.table = { NULL, 0, args, ARRAY_LEN(args), 0 },
	.run = run,
};
