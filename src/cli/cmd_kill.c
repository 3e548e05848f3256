/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_kill.c - kill and delete */
#include <signal.h>

#include "cli/cli.h"
#include "ctr/kill.h"
#include "oci/names.h"

struct kill_options {
	bool all;
};

struct delete_options {
	bool force;
};

static const struct opt kill_opts[] = {
	OPT_SWITCH_ROW(struct kill_options, all, "all", 'a',
		"signal every process of the container; no error when it has stopped"),
};

static const struct opt delete_opts[] = {
	OPT_SWITCH_ROW(struct delete_options, force, "force", 'f',
		"kill it first when it is not stopped; no error when it does not exist"),
};

static const struct opt_arg kill_args[] = { { "ID", 0 }, { "SIGNAL", ARG_OPTIONAL } };
static const struct opt_arg delete_args[] = { { "ID", ARG_REPEATED } };

static int do_kill(struct cli *c, const void *opts, const struct opt_rest *r, struct err *e)
{
	const struct kill_options *o = opts;
	auto_store struct store s = { .fd = -1 };
	int sig = SIGTERM;

	if (r->n > 1 && !names_signal(r->args[1], &sig))
		return err_set(e, 0,
			"unknown signal \"%s\": must be a number from 1 to 64 or a name such as TERM",
			r->args[1]);
	if (cli_store(c, 0, &s, e) < 0)
		return -1;
	return ctr_kill(&s, r->args[0], sig, o->all ? KILL_ALL : 0, e);
}

/* One that cannot be deleted does not keep the others. Its error is shown at once, but the last one, which is returned. */
static int do_delete(struct cli *c, const void *opts, const struct opt_rest *r, struct err *e)
{
	const struct delete_options *o = opts;
	auto_store struct store s = { .fd = -1 };
	bool failed = false;

	if (cli_store(c, 0, &s, e) < 0)
		return -1;
	for (int i = 0; i < r->n; i++) {
		struct err one;

		if (ctr_delete(&s, r->args[i], o->force ? DELETE_FORCE : 0, &one) == 0)
			continue;
		if (failed)
			log_error("%s", err_text(e));
		failed = true;
		*e = one;
	}
	return failed ? -1 : 0;
}

const struct command cmd_kill = {
	.name = "kill",
	.help = "send a signal (default: TERM) to the first process of a container",
	.more = "SIGNAL is a number or a name, with or without SIG.",
	.table = { kill_opts, ARRAY_LEN(kill_opts), kill_args, ARRAY_LEN(kill_args), 0 },
	.size = sizeof(struct kill_options),
	.run = do_kill,
};

const struct command cmd_delete = {
	.name = "delete",
	.flags = CMD_CHANGES,
	.help = "remove containers and what they hold",
	.more = "A container must be stopped or only created, unless --force is given.",
	.table = { delete_opts, ARRAY_LEN(delete_opts), delete_args, ARRAY_LEN(delete_args), 0 },
	.size = sizeof(struct delete_options),
	.run = do_delete,
};
