/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.c - metrics of containers, one after the other
 *
 * The format wants all samples of a metric in one place, so each metric has a text of its own to
 * which a container adds its samples; nothing else of the container is kept. */
#include "ctr/metrics.h"

#include <inttypes.h>
#include <time.h>

#include "base/log.h"
#include "ctr/metrics_names.h"
#include "ctr/stats.h"

enum { US_PER_S = 1000000, NS_PER_S = 1000000000 };

struct metrics {
	struct str samples[METRICS];
	struct cg_sizes sizes;
	struct str labels; /* of the container that is being added: id="web" */
	int64_t booted_ns; /* when the machine was, since 1970 */
};

/* in nanoseconds; no system call */
static int64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

struct metrics *metrics_new(struct arena *a)
{
	struct metrics *m = arena_alloc(a, sizeof(*m));

	m->booted_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME);
	return m;
}

void metrics_done(struct metrics *m)
{
	for (size_t i = 0; i < METRICS; i++)
		str_done(&m->samples[i]);
	cgsizes_done(&m->sizes);
	str_done(&m->labels);
}

/* ---- samples ---- */

static void add_label(struct str *out, const char *name, const char *value)
{
	if (out->len && out->data[out->len - 1] != '{')
		str_addc(out, ',');
	str_addf(out, "%s=\"", name);
	for (; *value; value++)
		if (*value == '\n')
			str_add(out, "\\n");
		else if (*value == '"' || *value == '\\')
			str_addf(out, "\\%c", *value);
		else
			str_addc(out, *value);
	str_addc(out, '"');
}

/* what stands in front of the value: the name with all labels; names come in pairs of label and
 * value, NULL behind them */
static struct str *begin(struct metrics *m, enum metric id, const char *const *labels)
{
	const struct metric_name *name = &metric_names[id];
	struct str *out = &m->samples[id];

	str_addf(out, "%s%s{%s", name->name, metric_suffix(name->type), str_text(&m->labels));
	for (; labels && labels[0]; labels += 2)
		add_label(out, labels[0], labels[1]);
	str_add(out, "} ");
	return out;
}

#define LABELS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void add(struct metrics *m, enum metric id, uint64_t value, const char *const *labels)
{
	str_addf(begin(m, id, labels), "%" PRIu64 "\n", value);
}

static void add_us(struct metrics *m, enum metric id, uint64_t us, const char *const *labels)
{
	str_addf(begin(m, id, labels), "%" PRIu64 ".%06" PRIu64 "\n", us / US_PER_S, us % US_PER_S);
}

/* ---- what a container has ---- */

static void add_value(struct metrics *m, const struct cg_stat *s, const struct metric_value *row)
{
	uint64_t v = cgstat_get(s, row->value);
	const char *const labels[] = { "event", row->event, NULL };

	if (!cgstat_has(s, row->value) || v == CG_UNLIMITED)
		return;
	if (metric_names[row->metric].unit == UNIT_SECONDS)
		add_us(m, row->metric, v, row->event ? labels : NULL);
	else
		add(m, row->metric, v, row->event ? labels : NULL);
}

static void add_memory_stat(struct metrics *m, const struct cg_stat *s)
{
	for (size_t i = 0; i < s->n_memory; i++)
		for (const struct metric_memory *row = metric_memory; row->key; row++)
			if (str_eq(row->key, s->memory[i].key))
				add(m, row->metric, s->memory[i].value,
					LABELS(row->label, row->text));
}

static void add_pressure(struct metrics *m, const struct cg_stat *s)
{
	static const char *const
		names[] = { [CG_RES_CPU] = "cpu", [CG_RES_MEMORY] = "memory", [CG_RES_IO] = "io" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (!s->psi[i].known)
			continue;
		add_us(m, METRIC_PRESSURE, s->psi[i].some.total,
			LABELS("resource", names[i], "kind", "some"));
		if (s->psi[i].has_full)
			add_us(m, METRIC_PRESSURE, s->psi[i].full.total,
				LABELS("resource", names[i], "kind", "full"));
	}
}

static void add_io(struct metrics *m, const struct cg_stat *s)
{
	for (const struct cg_io *io = s->io; io < END_OF(s->io, s->n_io); io++) {
		const struct {
			const char *operation;
			uint64_t bytes, requests;
		} rows[] = { { "read", io->rbytes, io->rios }, { "write", io->wbytes, io->wios },
			{ "discard", io->dbytes, io->dios } };
		auto_str struct str device = { 0 };

		str_addf(&device, "%u:%u", io->major, io->minor);
		for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
			const char *const *labels =
				LABELS("device", device.data, "operation", rows[i].operation);

			add(m, METRIC_IO, rows[i].bytes, labels);
			add(m, METRIC_IO_REQUESTS, rows[i].requests, labels);
		}
	}
}

static void add_huge(struct metrics *m, const struct cg_stat *s)
{
	for (const struct cg_huge *h = s->huge; h < END_OF(s->huge, s->n_huge); h++) {
		add(m, METRIC_HUGE, h->usage, LABELS("size", h->size));
		if (h->has_failures)
			add(m, METRIC_HUGE_FAILURES, h->failures, LABELS("size", h->size));
	}
}

static void add_rdma(struct metrics *m, const struct cg_stat *s)
{
	for (const struct cg_rdma *r = s->rdma; r < END_OF(s->rdma, s->n_rdma); r++) {
		add(m, METRIC_RDMA_HANDLES, r->handles, LABELS("device", r->device));
		add(m, METRIC_RDMA_OBJECTS, r->objects, LABELS("device", r->device));
	}
}

static void add_way(struct metrics *m, const char *interface, const struct net_way *w,
	const char *direction)
{
	const char *const *labels = LABELS("interface", interface, "direction", direction);

	add(m, METRIC_NET, w->bytes, labels);
	add(m, METRIC_NET_PACKETS, w->packets, labels);
	add(m, METRIC_NET_ERRORS, w->errors, labels);
	add(m, METRIC_NET_DROPPED, w->dropped, labels);
}

static void add_state(struct metrics *m, const struct state *s, const char *status)
{
	static const char *const states[] = { "creating", "created", "running", "paused", "stopped",
		"broken", "unknown" };

	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		add(m, METRIC_STATE, str_eq(status, states[i]),
			LABELS(metric_names[METRIC_STATE].name, states[i]));
	if (s->start_time) {
		/* in clock ticks, of which there are 100 in a second for programs, whatever the
		 * kernel has inside */
		int64_t ns = m->booted_ns + (int64_t)s->start_time * (NS_PER_S / 100);

		str_addf(begin(m, METRIC_START, NULL), "%" PRId64 ".%02" PRId64 "\n", ns / NS_PER_S,
			ns % NS_PER_S / (NS_PER_S / 100));
	}
	if (s->bundle && s->bundle[0])
		add(m, METRIC_INFO, 1,
			LABELS("bundle", s->bundle, "cgroup", s->cgroup ? s->cgroup : ""));
}

static void add_stats(struct metrics *m, const struct stats *s)
{
	for (const struct metric_value *row = metric_values; row->metric < METRICS; row++)
		add_value(m, &s->cgroup, row);
	add_memory_stat(m, &s->cgroup);
	add_pressure(m, &s->cgroup);
	add_io(m, &s->cgroup);
	add_huge(m, &s->cgroup);
	add_rdma(m, &s->cgroup);
	for (const struct net_count *n = s->net; n < END_OF(s->net, s->n_net); n++) {
		add_way(m, n->name, &n->received, "receive");
		add_way(m, n->name, &n->sent, "transmit");
	}
}

enum list_result metrics_add(struct metrics *m, const struct store *s, const char *id)
{
	auto_container struct container c;
	auto_stats struct stats stats;
	auto_close int pidfd = -1;
	enum list_result r;
	const char *status;
	struct err e;
	pid_t pid;

	container_init(&c);
	stats_init(&stats);
	r = list_load(s, id, &c, &status, &pid, &pidfd);
	if (r == LIST_GONE)
		return r;
	str_clear(&m->labels);
	add_label(&m->labels, "id", id);
	add_state(m, &c.state, status);
	if (stats_read(&c, pidfd, &m->sizes, &stats, &e) < 0) {
		log_warning("%s", err_text(&e));
		r = LIST_UNKNOWN;
	}
	add_stats(m, &stats);
	return r;
}

void metrics_text(const struct metrics *m, enum metrics_format format, struct str *out)
{
	for (size_t i = 0; i < METRICS; i++) {
		if (m->samples[i].len == 0)
			continue;
		metric_head(&metric_names[i], format, out);
		str_addn(out, m->samples[i].data, m->samples[i].len);
	}
	if (format == METRICS_OPEN)
		str_add(out, "# EOF\n");
}
