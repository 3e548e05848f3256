/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_ps.c - ps: the processes of a container, as a table for people and as pids for engines */
#include "cli/cli.h"
#include "ps.h"

struct options {
	unsigned format;
};

enum { FORMAT_TABLE = 1, FORMAT_JSON = 2 };

static const char *const formats[] = { "table", "json", NULL };

static const struct opt opts[] = {
	OPT_CHOICE_ROW(struct options, format, "format", 'f', "FORMAT", formats,
		"format of the list"),
};

static const struct opt_arg args[] = { { "ID", 0 }, { "PS_OPTION", ARG_OPTIONAL | ARG_REPEATED } };

static void add_json(const pid_t *pids, struct str *out)
{
	const char *before = "[";

	for (; *pids; pids++, before = ",")
		str_addf(out, "%s%d", before, *pids);
	str_add(out, out->len > 0 ? "]\n" : "null\n");
}

static int do_ps(struct cli *c, const void *options, const struct opt_rest *r, struct err *e)
{
	const struct options *o = options;
	auto_store struct store s = { .fd = -1 };
	auto_str struct str out = { 0 };
	struct ps_list list;
	struct ps_view view;
	pid_t *pids;

	if (cli_store(c, STORE_PEEK, &s, e) < 0)
		return -1;
	if (o->format == FORMAT_JSON) {
		if (ctr_pids(&c->arena, &s, r->args[0], &pids, e) < 0)
			return -1;
		add_json(pids, &out);
		return cli_print(&out, e);
	}
	if (ps_parse(&c->arena, r->args + 1, &view, e) < 0)
		return err_in(e, "ps");
	if (ctr_ps(&c->arena, &s, r->args[0], &list, e) < 0)
		return -1;
	ps_table(&c->arena, &view, &list, &out);
	return cli_print(&out, e);
}

const struct command cmd_ps = {
	.name = "ps",
	.help = "show the processes of a container",
	.more = "PS_OPTION, those of ps(1) that choose columns: -ef (the default), aux, -o COLUMN,...",
	.table = { opts, ARRAY_LEN(opts), args, ARRAY_LEN(args), OPT_STOP },
	.size = sizeof(struct options),
	.run = do_ps,
};
