/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_pause.c - pause and resume */
#include "cli/cli.h"
#include "ctr/freeze.h"

static const struct opt_arg args[] = { { "ID", 0 } };

static int do_pause(struct cli *c, const void *opts, const struct opt_rest *r, struct err *e)
{
	auto_store struct store s = { .fd = -1 };

	(void)opts;
	return cli_store(c, 0, &s, e) < 0 ? -1 : ctr_pause(&s, r->args[0], e);
}

static int do_resume(struct cli *c, const void *opts, const struct opt_rest *r, struct err *e)
{
	auto_store struct store s = { .fd = -1 };

	(void)opts;
	return cli_store(c, 0, &s, e) < 0 ? -1 : ctr_resume(&s, r->args[0], e);
}

const struct command cmd_pause = {
	.name = "pause",
	.help = "stop every process of a container where it is",
	.more = "Returns when all of them have stopped.",
	.table = { NULL, 0, args, ARRAY_LEN(args), 0 },
	.run = do_pause,
};

const struct command cmd_resume = {
	.name = "resume",
	.help = "let the processes of a paused container go on",
	.table = { NULL, 0, args, ARRAY_LEN(args), 0 },
	.run = do_resume,
};
