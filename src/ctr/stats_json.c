/* SPDX-License-Identifier: Apache-2.0 */
/* stats_json.c - statistics in the words of runc's `events`
 *
 * Names, nesting and units (nanoseconds) are those of cgroup v1, for whoever reads them: swap is
 * memory and swap together, a limit that is none is the largest number there is (of processes: 0),
 * a number that is 0 is mostly left out. What runc leaves empty with cgroup v2 is filled in where
 * the kernel has it: cpuset, kernel memory, failcnt.
 *
 * What nobody counts is left out, too: a limit of 0 and no failures would read as if there were
 * numbers. Each part is there in any case, empty if need be. */
#include "base/jsonw.h"
#include "ctr/stats.h"

enum { NS_PER_US = 1000 };

static void unless_zero(struct jsonw *w, const char *key, uint64_t value)
{
	if (value)
		jsonw_u64(w, key, value);
}

/* the value, times factor */
static void if_counted(struct jsonw *w, const char *key, const struct cg_stat *s, enum cg_value v,
	uint64_t factor)
{
	if (cgstat_has(s, v))
		jsonw_u64(w, key, cgstat_get(s, v) * factor);
}

static uint64_t sum(uint64_t a, uint64_t b)
{
	uint64_t r;

	return __builtin_add_overflow(a, b, &r) ? CG_UNLIMITED : r;
}

/* 5 is 0.05, 120 is 1.2, 300 is 3 */
static void hundredths(struct jsonw *w, const char *key, unsigned v)
{
	auto_str struct str text = { 0 };

	str_addf(&text, "%u", v / 100);
	if (v % 100)
		str_addf(&text, v % 10 ? ".%02u" : ".%u", v % 10 ? v % 100 : v % 100 / 10);
	jsonw_raw(w, key, text.data, text.len);
}

static void psi_line(struct jsonw *w, const char *key, const struct cg_psi_line *l)
{
	jsonw_object(w, key);
	hundredths(w, "avg10", l->avg10);
	hundredths(w, "avg60", l->avg60);
	hundredths(w, "avg300", l->avg300);
	jsonw_u64(w, "total", l->total);
	jsonw_end_object(w);
}

static void psi(struct jsonw *w, const struct cg_psi *p)
{
	if (!p->known)
		return;
	jsonw_object(w, "psi");
	psi_line(w, "some", &p->some);
	if (p->has_full)
		psi_line(w, "full", &p->full);
	jsonw_end_object(w);
}

static void cpu(struct jsonw *w, const struct cg_stat *s)
{
	jsonw_object(w, "cpu");
	jsonw_object(w, "usage");
	unless_zero(w, "total", cgstat_get(s, CG_CPU) * NS_PER_US);
	if_counted(w, "kernel", s, CG_CPU_SYSTEM, NS_PER_US);
	if_counted(w, "user", s, CG_CPU_USER, NS_PER_US);
	jsonw_end_object(w);
	jsonw_object(w, "throttling");
	unless_zero(w, "periods", cgstat_get(s, CG_CPU_PERIODS));
	unless_zero(w, "throttledPeriods", cgstat_get(s, CG_CPU_THROTTLED_PERIODS));
	unless_zero(w, "throttledTime", cgstat_get(s, CG_CPU_THROTTLED) * NS_PER_US);
	jsonw_end_object(w);
	psi(w, &s->psi[CG_RES_CPU]);
	jsonw_end_object(w);
}

static void list(struct jsonw *w, const char *key, const char *text)
{
	struct cg_list l = { .at = text };
	uint16_t n;

	if (!text || !cgstat_list_next(&l, &n))
		return;
	jsonw_array(w, key);
	do
		jsonw_u64(w, NULL, n);
	while (cgstat_list_next(&l, &n));
	jsonw_end_array(w);
}

/* cgroup v2 has none of the switches */
static void cpuset(struct jsonw *w, const struct cg_stat *s)
{
	static const char *const switches[] = { "mem_hardwall", "mem_exclusive", "memory_migrate",
		"memory_spread_page", "memory_spread_slab", "memory_pressure", "sched_load_balance",
		"sched_relax_domain_level" };

	jsonw_object(w, "cpuset");
	list(w, "cpus", s->cpus);
	if (s->cpus)
		jsonw_u64(w, "cpu_exclusive", 0);
	list(w, "mems", s->mems);
	for (size_t i = 0; s->cpus && i < ARRAY_LEN(switches); i++)
		jsonw_u64(w, switches[i], 0);
	jsonw_end_object(w);
}

/* NULL: there is none */
static const struct cg_pair *memory_stat(const struct cg_stat *s, const char *key)
{
	for (size_t i = 0; i < s->n_memory; i++)
		if (str_eq(s->memory[i].key, key))
			return &s->memory[i];
	return NULL;
}

static void memory_usage(struct jsonw *w, const struct cg_stat *s)
{
	if (!cgstat_has(s, CG_MEMORY))
		return;
	jsonw_object(w, "usage");
	if_counted(w, "limit", s, CG_MEMORY_MAX, 1);
	unless_zero(w, "usage", cgstat_get(s, CG_MEMORY));
	unless_zero(w, "max", cgstat_get(s, CG_MEMORY_PEAK));
	if_counted(w, "failcnt", s, CG_EVENT_MAX, 1);
	jsonw_end_object(w);
}

/* the peaks of memory and swap need not have been at the same time, and failures of both are not
 * counted */
static void memory_swap(struct jsonw *w, const struct cg_stat *s)
{
	if (!cgstat_has(s, CG_MEMORY) || !cgstat_has(s, CG_SWAP))
		return;
	jsonw_object(w, "swap");
	if (cgstat_has(s, CG_MEMORY_MAX) && cgstat_has(s, CG_SWAP_MAX))
		jsonw_u64(w, "limit",
			sum(cgstat_get(s, CG_MEMORY_MAX), cgstat_get(s, CG_SWAP_MAX)));
	unless_zero(w, "usage", sum(cgstat_get(s, CG_MEMORY), cgstat_get(s, CG_SWAP)));
	jsonw_end_object(w);
}

/* memory that has no limit of its own */
static void memory_part(struct jsonw *w, const char *key, const struct cg_stat *s, const char *stat)
{
	const struct cg_pair *p = memory_stat(s, stat);

	if (!p)
		return;
	jsonw_object(w, key);
	unless_zero(w, "usage", p->value);
	jsonw_end_object(w);
}

/* Scripts wait for the word "oom" in all that is written: it comes only with a kill. */
static void memory_events(struct jsonw *w, const struct cg_stat *s)
{
	static const struct {
		const char *name;
		enum cg_value value;
		bool is_oom;
	} rows[] = {
		{ "low", CG_EVENT_LOW, false },
		{ "high", CG_EVENT_HIGH, false },
		{ "max", CG_EVENT_MAX, false },
		{ "oom", CG_EVENT_OOM, true },
		{ "oom_kill", CG_EVENT_OOM_KILL, true },
		{ "oom_group_kill", CG_EVENT_OOM_GROUP_KILL, true },
	};

	if (!cgstat_has(s, CG_EVENT_OOM_KILL))
		return;
	jsonw_object(w, "events");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (!rows[i].is_oom || cgstat_get(s, CG_EVENT_OOM_KILL) > 0)
			if_counted(w, rows[i].name, s, rows[i].value, 1);
	jsonw_end_object(w);
}

static void memory(struct jsonw *w, const struct cg_stat *s)
{
	const struct cg_pair *cache = memory_stat(s, "file");

	jsonw_object(w, "memory");
	unless_zero(w, "cache", cache ? cache->value : 0);
	memory_usage(w, s);
	memory_swap(w, s);
	memory_part(w, "kernel", s, "kernel");
	memory_part(w, "kernelTCP", s, "sock");
	if (s->n_memory) {
		jsonw_object(w, "raw");
		for (size_t i = 0; i < s->n_memory; i++)
			jsonw_u64(w, s->memory[i].key, s->memory[i].value);
		jsonw_end_object(w);
	}
	psi(w, &s->psi[CG_RES_MEMORY]);
	memory_events(w, s);
	jsonw_end_object(w);
}

static void pids(struct jsonw *w, const struct cg_stat *s)
{
	uint64_t limit = cgstat_get(s, CG_PIDS_MAX);

	jsonw_object(w, "pids");
	unless_zero(w, "current", cgstat_get(s, CG_PIDS));
	unless_zero(w, "limit", limit == CG_UNLIMITED ? 0 : limit);
	jsonw_end_object(w);
}

static void io_entry(struct jsonw *w, const struct cg_io *io, const char *op, uint64_t value)
{
	jsonw_object(w, NULL);
	unless_zero(w, "major", io->major);
	unless_zero(w, "minor", io->minor);
	jsonw_string(w, "op", op);
	unless_zero(w, "value", value);
	jsonw_end_object(w);
}

static void blkio(struct jsonw *w, const struct cg_stat *s)
{
	const struct cg_io *end = END_OF(s->io, s->n_io);

	jsonw_object(w, "blkio");
	if (s->n_io) {
		jsonw_array(w, "ioServiceBytesRecursive");
		for (const struct cg_io *io = s->io; io < end; io++) {
			io_entry(w, io, "Read", io->rbytes);
			io_entry(w, io, "Write", io->wbytes);
		}
		jsonw_end_array(w);
		jsonw_array(w, "ioServicedRecursive");
		for (const struct cg_io *io = s->io; io < end; io++) {
			io_entry(w, io, "Read", io->rios);
			io_entry(w, io, "Write", io->wios);
		}
		jsonw_end_array(w);
	}
	psi(w, &s->psi[CG_RES_IO]);
	jsonw_end_object(w);
}

static void hugetlb(struct jsonw *w, const struct cg_stat *s)
{
	jsonw_object(w, "hugetlb");
	for (size_t i = 0; i < s->n_huge; i++) {
		jsonw_object(w, s->huge[i].size);
		unless_zero(w, "usage", s->huge[i].usage);
		if (s->huge[i].has_failures)
			jsonw_u64(w, "failcnt", s->huge[i].failures);
		jsonw_end_object(w);
	}
	jsonw_end_object(w);
}

static void unless_null(struct jsonw *w, const char *key, const char *text)
{
	if (text)
		jsonw_string(w, key, text);
}

static void rdt_cache(struct jsonw *w, const struct rdt_stat *r)
{
	if (!r->has_cache)
		return;
	jsonw_object(w, "l3_cache_info");
	jsonw_string(w, "cbm_mask", r->cbm_mask);
	unless_zero(w, "min_cbm_bits", r->min_cbm_bits);
	unless_zero(w, "num_closids", r->cache_closids);
	jsonw_end_object(w);
	unless_null(w, "l3_cache_schema_root", r->cache_root);
	unless_null(w, "l3_cache_schema", r->cache);
}

static void rdt_bandwidth(struct jsonw *w, const struct rdt_stat *r)
{
	if (!r->has_bandwidth)
		return;
	jsonw_object(w, "mem_bw_info");
	unless_zero(w, "bandwidth_gran", r->bandwidth_gran);
	unless_zero(w, "delay_linear", r->delay_linear);
	unless_zero(w, "min_bandwidth", r->min_bandwidth);
	unless_zero(w, "num_closids", r->bandwidth_closids);
	jsonw_end_object(w);
	unless_null(w, "mem_bw_schema_root", r->bandwidth_root);
	unless_null(w, "mem_bw_schema", r->bandwidth);
}

static void rdt(struct jsonw *w, const struct rdt_stat *r)
{
	const struct rdt_domain *end = END_OF(r->domains, r->n_domains);

	jsonw_object(w, "intel_rdt");
	rdt_cache(w, r);
	rdt_bandwidth(w, r);
	if (r->has_traffic) {
		jsonw_array(w, "mbm_stats");
		for (const struct rdt_domain *d = r->domains; d < end; d++) {
			jsonw_object(w, NULL);
			jsonw_u64(w, "mbm_total_bytes", d->total_bytes);
			jsonw_u64(w, "mbm_local_bytes", d->local_bytes);
			jsonw_end_object(w);
		}
		jsonw_end_array(w);
	}
	if (r->has_occupancy) {
		jsonw_array(w, "cmt_stats");
		for (const struct rdt_domain *d = r->domains; d < end; d++) {
			jsonw_object(w, NULL);
			jsonw_u64(w, "llc_occupancy", d->occupancy);
			jsonw_end_object(w);
		}
		jsonw_end_array(w);
	}
	jsonw_end_object(w);
}

static void network(struct jsonw *w, const struct stats *s)
{
	if (!s->n_net) {
		jsonw_null(w, "network_interfaces");
		return;
	}
	jsonw_array(w, "network_interfaces");
	for (const struct net_count *n = s->net; n < END_OF(s->net, s->n_net); n++) {
		jsonw_object(w, NULL);
		jsonw_string(w, "Name", n->name);
		jsonw_u64(w, "RxBytes", n->received.bytes);
		jsonw_u64(w, "RxPackets", n->received.packets);
		jsonw_u64(w, "RxErrors", n->received.errors);
		jsonw_u64(w, "RxDropped", n->received.dropped);
		jsonw_u64(w, "TxBytes", n->sent.bytes);
		jsonw_u64(w, "TxPackets", n->sent.packets);
		jsonw_u64(w, "TxErrors", n->sent.errors);
		jsonw_u64(w, "TxDropped", n->sent.dropped);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

void stats_json(const struct stats *s, const char *id, struct str *out)
{
	struct jsonw w;

	jsonw_init(&w, out, 0);
	jsonw_object(&w, NULL);
	jsonw_string(&w, "type", "stats");
	jsonw_string(&w, "id", id);
	jsonw_object(&w, "data");
	cpu(&w, &s->cgroup);
	cpuset(&w, &s->cgroup);
	memory(&w, &s->cgroup);
	pids(&w, &s->cgroup);
	blkio(&w, &s->cgroup);
	hugetlb(&w, &s->cgroup);
	rdt(&w, &s->rdt);
	network(&w, s);
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	str_addc(out, '\n');
}
