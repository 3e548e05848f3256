/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_list.c - list: a table for people, JSON and bare ids for programs */
#include "cli/cli.h"
#include "ctr/ended.h"
#include "ctr/list.h"
#include "ctr/status.h"

struct options {
	unsigned format;
	bool quiet;
};

enum { FORMAT_TABLE = 1, FORMAT_JSON = 2 };

static const char *const formats[] = { "table", "json", NULL };

static const struct opt opts[] = {
	OPT_CHOICE_ROW(struct options, format, "format", 'f', "FORMAT", formats,
		"format of the list"),
	OPT_SWITCH_ROW(struct options, quiet, "quiet", 'q', "show only ids"),
};

enum { COLUMNS = 6, COLUMN_MIN = 12, COLUMN_GAP = 3 };

static const char *const titles[COLUMNS] = { "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER" };

struct row {
	const char *cells[COLUMNS];
	struct row *next;
};

static struct row *new_row(struct cli *c, struct str *passwd, const struct state *s,
	const char *status, pid_t pid)
{
	struct row *row = arena_alloc(&c->arena, sizeof(*row));

	row->cells[0] = arena_str(&c->arena, s->id);
	row->cells[1] = arena_fmt(&c->arena, "%d", pid);
	row->cells[2] = status;
	row->cells[3] = arena_str(&c->arena, s->bundle);
	row->cells[4] = arena_str(&c->arena, s->created);
	row->cells[5] = s->created[0] ? list_owner(&c->arena, passwd, s->owner) : "";
	return row;
}

/* runc's table: columns of at least 12, 3 blanks between them, none behind the last */
static void add_table(const struct row *rows, struct str *out)
{
	size_t width[COLUMNS];

	for (size_t i = 0; i < COLUMNS; i++) {
		width[i] = COLUMN_MIN;
		for (const struct row *r = rows; r; r = r->next)
			if (strlen(r->cells[i]) + COLUMN_GAP > width[i])
				width[i] = strlen(r->cells[i]) + COLUMN_GAP;
	}
	for (const struct row *r = rows; r; r = r->next)
		for (size_t i = 0; i < COLUMNS; i++)
			if (i < COLUMNS - 1)
				str_addf(out, "%-*s", (int)width[i], r->cells[i]);
			else
				str_addf(out, "%s\n", r->cells[i]);
}

static void add_ids(const char *const *ids, struct str *out)
{
	for (; *ids; ids++)
		str_addf(out, "%s\n", *ids);
}

/* how many could not be looked at */
static size_t list_table(struct cli *c, const struct store *s, const char *const *ids,
	struct str *out)
{
	struct row head = { .next = NULL }, **end = &head.next;
	auto_str struct str passwd = { 0 };
	size_t unknown = 0;

	for (size_t i = 0; i < COLUMNS; i++)
		head.cells[i] = titles[i];
	for (; *ids; ids++) {
		auto_container struct container ctr;
		enum list_result r;
		const char *status;
		pid_t pid;

		container_init(&ctr);
		r = list_load(s, *ids, &ctr, &status, &pid, NULL);
		if (r == LIST_GONE)
			continue;
		unknown += r == LIST_UNKNOWN;
		*end = new_row(c, &passwd, &ctr.state, status, pid);
		end = &(*end)->next;
	}
	add_table(&head, out);
	return unknown;
}

static size_t list_json(struct cli *c, const struct store *s, const char *const *ids,
	struct str *out)
{
	auto_str struct str passwd = { 0 };
	const char *before = "[";
	size_t unknown = 0;

	for (; *ids; ids++) {
		auto_container struct container ctr;
		enum list_result r;
		const char *status;
		pid_t pid;

		container_init(&ctr);
		r = list_load(s, *ids, &ctr, &status, &pid, NULL);
		if (r == LIST_GONE)
			continue;
		unknown += r == LIST_UNKNOWN;
		if (ctr.state.created[0])
			ctr.state.owner_name = list_owner(&c->arena, &passwd, ctr.state.owner);
		if (str_eq(status, ctr_status_name(STATUS_STOPPED)))
			ended_look(&ctr);
		str_add(out, before);
		state_oci(&ctr.state, status, pid, true, 0, out);
		before = ",";
	}
	str_add(out, out->len > 0 ? "]\n" : "null\n");
	return unknown;
}

static int do_list(struct cli *c, const void *options, const struct opt_rest *r, struct err *e)
{
	const struct options *o = options;
	auto_store struct store s = { .fd = -1 };
	auto_str struct str out = { 0 };
	size_t unknown = 0;
	const char **ids = NULL;

	(void)r;
	if (cli_store_ids(c, &s, &ids, e) < 0)
		return -1;
	if (o->quiet)
		add_ids(ids, &out);
	else if (o->format == FORMAT_JSON)
		unknown = list_json(c, &s, ids, &out);
	else
		unknown = list_table(c, &s, ids, &out);
	return cli_print(&out, e) < 0 ? -1 : list_incomplete(unknown, e);
}

const struct command cmd_list = {
	.name = "list",
	.help = "list the containers in the state root",
	.table = { opts, ARRAY_LEN(opts), NULL, 0, 0 },
	.size = sizeof(struct options),
	.run = do_list,
};
