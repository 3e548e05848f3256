/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_events.c - events and metrics */
#include "base/fd.h"
#include "base/num.h"
#include "cli/cli.h"
#include "ctr/events.h"
#include "ctr/metrics.h"

enum {
	INTERVAL_MS = 5000,
	NS_PER_MS = 1000000,
};

struct events_options {
	const char *interval;
	bool stats;
};

static const struct opt events_opts[] = {
	OPT_TEXT_ROW(struct events_options, interval, "interval", 0, "DURATION",
		"time between statistics: 500ms, 5s (the default), 1m30s"),
	OPT_SWITCH_ROW(struct events_options, stats, "stats", 0, "show statistics once, and end"),
};

struct metrics_options {
	unsigned format;
};

static const char *const formats[] = { "openmetrics", "prometheus", NULL };

static const struct opt metrics_opts[] = {
	OPT_CHOICE_ROW(struct metrics_options, format, "format", 'f', "FORMAT", formats,
		"format of the text"),
};

static const struct opt_arg events_args[] = { { "ID", 0 } };
static const struct opt_arg metrics_args[] = { { "ID", ARG_OPTIONAL | ARG_REPEATED } };

static int parse_interval(const char *text, int64_t *ret_ms, struct err *e)
{
	int64_t ns;

	*ret_ms = INTERVAL_MS;
	if (!text)
		return 0;
	if (!num_duration(text, &ns))
		return err_set(e, 0,
			"option \"--interval\" must be a duration such as 500ms, 5s or 1m30s, not \"%s\"",
			text);
	if (ns <= 0)
		return err_set(e, 0,
			"option \"--interval\": duration interval must be greater than 0, not \"%s\"",
			text);
	*ret_ms = ns / NS_PER_MS + (ns % NS_PER_MS != 0);
	return 0;
}

static int do_events(struct cli *c, const void *opts, const struct opt_rest *r, struct err *e)
{
	const struct events_options *o = opts;
	auto_store struct store s = { .fd = -1 };
	auto_str struct str out = { 0 };
	int64_t interval_ms;

	if (parse_interval(o->interval, &interval_ms, e) < 0 || cli_store(c, STORE_PEEK, &s, e) < 0)
		return -1;
	fd_survive_limit();
	if (!o->stats)
		return events_follow(&s, r->args[0], interval_ms, STDOUT_FILENO, e);
	if (events_stats(&s, r->args[0], &out, e) < 0)
		return -1;
	return cli_print(&out, e);
}

/* what is listed twice would be two samples of the same, which no reader takes */
static bool is_listed(const char *const *ids, const char *id)
{
	while (*ids && !str_eq(*ids, id))
		ids++;
	return *ids != NULL;
}

/* One that is asked for by its name must be there; of all there are, one may have gone since they
 * were listed. How many could not be read as a whole, or -1 with *e */
static int add_containers(const struct store *s, const char *const *ids, bool named,
	struct metrics *m, struct err *e)
{
	int unknown = 0;

	for (; *ids; ids++) {
		enum list_result r = metrics_add(m, s, *ids);

		if (r == LIST_GONE && named)
			return err_set(e, ENOENT, "container \"%s\" does not exist", *ids);
		unknown += r == LIST_UNKNOWN;
	}
	return unknown;
}

static int do_metrics(struct cli *c, const void *opts, const struct opt_rest *r, struct err *e)
{
	const struct metrics_options *o = opts;
	const char **ids = arena_array(&c->arena, (size_t)r->n + 1, sizeof(*ids));
	struct metrics *m = metrics_new(&c->arena);
	auto_store struct store s = { .fd = -1 };
	auto_str struct str out = { 0 };
	int result, unknown = 0;

	for (int i = 0, n = 0; i < r->n; i++)
		if (!is_listed(ids, r->args[i]))
			ids[n++] = r->args[i];
	result = r->n > 0 ? cli_store(c, 0, &s, e) : cli_store_ids(c, &s, &ids, e);
	if (result == 0)
		result = unknown = add_containers(&s, ids, r->n > 0, m, e);
	if (result >= 0) {
		metrics_text(m, o->format ? o->format - 1 : METRICS_OPEN, &out);
		result = cli_print(&out, e);
	}
	if (result == 0)
		result = list_incomplete((size_t)unknown, e);
	metrics_done(m);
	return result;
}

const struct command cmd_events = {
	.name = "events",
	.help = "show resource statistics and OOM kills of a container, as JSON",
	.more = "One object a line, until the container ends.",
	.table = { events_opts, ARRAY_LEN(events_opts), events_args, ARRAY_LEN(events_args), 0 },
	.size = sizeof(struct events_options),
	.run = do_events,
};

const struct command cmd_metrics = {
	.name = "metrics",
	.help = "show states and statistics of containers, for a monitoring system",
	.more = "Without an ID: of all in the state root.",
	.table = { metrics_opts, ARRAY_LEN(metrics_opts), metrics_args, ARRAY_LEN(metrics_args),
		0 },
	.size = sizeof(struct metrics_options),
	.run = do_metrics,
};
