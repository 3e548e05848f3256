/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_state.c - start and state */
#include "cli/cli.h"
#include "ctr/create.h"
#include "ctr/ended.h"
#include "ctr/status.h"

static const struct opt_arg args[] = { { "ID", 0 } };

static int do_start(struct cli *c, const void *opts, const struct opt_rest *r, struct err *e)
{
	auto_store struct store s = { .fd = -1 };

	(void)opts;
	if (cli_store(c, 0, &s, e) < 0 || ctr_start(&s, r->args[0], e) < 0)
		return err_in(e, "start \"%s\"", r->args[0]);
	return 0;
}

static int do_state(struct cli *c, const void *opts, const struct opt_rest *r, struct err *e)
{
	auto_store struct store s = { .fd = -1 };
	auto_container struct container ctr;
	auto_str struct str out = { 0 };
	enum ctr_status status;

	(void)opts;
	container_init(&ctr);
	if (cli_store(c, STORE_PEEK, &s, e) < 0 || store_load(&s, r->args[0], 0, &ctr, e) < 0 ||
		ctr_status(&ctr, &status, NULL, e) < 0)
		return -1;
	if (status == STATUS_STOPPED)
		ended_look(&ctr);
	state_oci(&ctr.state, ctr_status_name(status), status == STATUS_STOPPED ? 0 : ctr.state.pid,
		true, 2, &out);
	str_addc(&out, '\n');
	return cli_print(&out, e);
}

const struct command cmd_start = {
	.name = "start",
	.flags = CMD_CHANGES,
	.help = "let the program of a created container run",
	.table = { NULL, 0, args, ARRAY_LEN(args), 0 },
	.run = do_start,
};

const struct command cmd_state = {
	.name = "state",
	.help = "show the state of a container, as JSON",
	.table = { NULL, 0, args, ARRAY_LEN(args), 0 },
	.run = do_state,
};
