/* SPDX-License-Identifier: Apache-2.0 */
/* plan_cgroup.c - linux.resources in the files of cgroup v2 (cgroup-v2.rst)
 *
 * config-linux.md speaks cgroup v1. What each property becomes is in the function of its
 * controller; a value that asks for nothing (absent, or the zero that engines write into fields
 * they do not use) makes no setting and needs no controller. The settings are written from the
 * first to the last, when the cgroup is made and when it is changed while in use. So the order
 * matters:
 *
 *	cpu.idle        before cpu.weight: an idle cgroup takes no weight
 *	cpu.max.burst   to 0, then cpu.max, then the burst: no quota may be below the burst in force
 *	memory.swap.max before memory.max, whose decrease may have to swap
 *	unified         last: it names files of cgroup v2 itself, so it has the last word */
#include <string.h>

#include "base/log.h"
#include "plan/plan_parts.h"

#define PARTITION "cpuset.cpus.partition"

enum {
	DEFAULT_PERIOD_US = 100000,
	SHARES_MIN = 2,
	SHARES_MAX = 262144,
	WEIGHT_MAX = 10000,
	BLKIO_WEIGHT_MIN = 10,
	BLKIO_WEIGHT_RANGE = 1000 - BLKIO_WEIGHT_MIN,
	DOUBLE_DIGITS = 53,
	EXP_TERMS = 24,        /* what would follow is below a double's precision */
	CONTROLLERS_FIRST = 8, /* slots besides those of unified */
};

struct builder {
	struct arena *arena;
	const struct json_doc *doc;
	struct plan_cgroup *ret;
	size_t n_controllers;
	size_t room; /* for settings, checked */
};

/* need - the settings that follow need controller name[len] */
static void need(struct builder *b, const char *name, size_t len)
{
	const char **list = b->ret->controllers;

	for (size_t i = 0; i < b->n_controllers; i++) {
		if (strlen(list[i]) == len && memcmp(list[i], name, len) == 0)
			return;
	}
	list[b->n_controllers++] = arena_dup(b->arena, name, len);
}

static struct plan_setting *set_raw(struct builder *b, const struct json *at, const char *file,
	const char *value)
{
	struct plan_setting *s;

	if (b->ret->n_settings == b->room) {
		struct plan_setting *more = arena_array(b->arena, 2 * b->room, sizeof(*more));

		memcpy(more, b->ret->settings, b->room * sizeof(*more));
		b->ret->settings = more;
		b->room *= 2;
	}
	s = &b->ret->settings[b->ret->n_settings++];
	*s = (struct plan_setting){ .file = file,
		.value = value,
		.where = config_at(b->arena, b->doc, at) };
	return s;
}

/* set_optional - value to file, where there is such a file: without it things are as value says */
static void set_optional(struct builder *b, const struct json *at, const char *file,
	const char *value)
{
	set_raw(b, at, file, value)->optional = true;
}

/* set - value to file "controller.name" of the controller */
static struct plan_setting *set(struct builder *b, const struct json *at, const char *file,
	const char *value)
{
	need(b, file, strcspn(file, "."));
	return set_raw(b, at, file, value);
}

/* set_limit - the same for a file with a limit. Without the controller there is no limit either, so
 * that to have none needs no controller. */
static void set_limit(struct builder *b, const struct json *at, const char *file, const char *value)
{
	if (str_eq(value, "max"))
		set_optional(b, at, file, value);
	else
		set(b, at, file, value);
}

static const char *number(struct builder *b, uint64_t value)
{
	return arena_fmt(b->arena, "%ju", (uintmax_t)value);
}

/* -1 is "no limit" */
static const char *limit(struct builder *b, int64_t value)
{
	return value < 0 ? "max" : number(b, (uint64_t)value);
}

/* ---- cpu ---- */

/* Logarithm to base 2 of x in [1, 2): each squaring brings out one more binary digit. */
static double log2_fraction(double x)
{
	double result = 0, digit = 1;

	for (int i = 0; i < DOUBLE_DIGITS; i++) {
		digit /= 2;
		x *= x;
		if (x >= 2) {
			x /= 2;
			result += digit;
		}
	}
	return result;
}

/* 2 to the power of y in [0, 1): the series of exp(y ln 2) */
static double exp2_fraction(double y)
{
	const double ln2 = 0.693147180559945309417;
	double term = 1, result = 1;

	for (int i = 1; i < EXP_TERMS; i++) {
		term *= y * ln2 / i;
		result += term;
	}
	return result;
}

/* cpu.weight of cpu.shares as runc and crun have converted it since 2025: a curve through (2, 1),
 * (1024, 100) and (262144, 10000), so that the default of one is the default of the other:
 * ceil(10^((L² + 125 L) / 612 - 7/34)), L = log2(shares). The mathematics are here because a start
 * would have to load a library for them. */
static uint64_t weight_of_shares(uint64_t shares)
{
	const double log2_10 = 3.32192809488736234787;
	unsigned whole;
	double l, y, weight;

	if (shares <= SHARES_MIN)
		return 1;
	if (shares >= SHARES_MAX)
		return WEIGHT_MAX;
	whole = 63 - (unsigned)__builtin_clzll(shares);
	l = whole + log2_fraction((double)shares / (double)(1ull << whole));
	y = ((l * l + 125 * l) / 612 - 7.0 / 34) * log2_10;
	whole = (unsigned)y;
	weight = exp2_fraction(y - whole) * (double)(1ull << whole);
	/* 1024 gives 100 and a rounding error, which must not become 101 */
	return (uint64_t)(weight - 1e-9) + 1;
}

/* cpu.max is quota and period, of which the kernel begins with "max 100000". A period without a
 * quota is a setting as well: a quota that is set later, alone, is one of that period. */
static void set_bandwidth(struct builder *b, const struct config_cpu *c)
{
	const uint64_t period = c->period.value ? c->period.value : DEFAULT_PERIOD_US;
	const char *value = arena_fmt(b->arena, "%s %ju",
		limit(b, c->quota.value ? c->quota.value : -1), (uintmax_t)period);
	const struct json *at = c->quota.value ? c->quota.at : c->period.at;

	if (c->quota.value <= 0 && period == DEFAULT_PERIOD_US)
		set_optional(b, at, "cpu.max", value);
	else
		set(b, at, "cpu.max", value);
}

/* The quota may not be below the burst in force, so that one goes to 0 first and is set last. */
static void add_bandwidth(struct builder *b, const struct config_cpu *c)
{
	const bool limited = c->quota.value || c->period.value;

	if (c->burst.at && (limited || !c->burst.value))
		set_optional(b, c->burst.at, "cpu.max.burst", "0");
	if (limited)
		set_bandwidth(b, c);
	if (c->burst.value)
		set(b, c->burst.at, "cpu.max.burst", number(b, c->burst.value));
}

static void add_share(struct builder *b, const struct config_cpu *c)
{
	if (c->shares.value && c->idle.value == 1)
		log_warning("%s: unable to apply both shares and idle: an idle cgroup has no share",
			config_at(b->arena, b->doc, c->shares.at));
	else if (c->shares.value)
		set(b, c->shares.at, "cpu.weight", number(b, weight_of_shares(c->shares.value)));
}

static void add_cpu(struct builder *b, const struct config_cpu *c)
{
	if (c->idle.value)
		set(b, c->idle.at, "cpu.idle", limit(b, c->idle.value));
	else if (c->idle.at)
		set_optional(b, c->idle.at, "cpu.idle", "0");
	add_share(b, c);
	add_bandwidth(b, c);
	if (c->cpus)
		set(b, c->cpus_at, "cpuset.cpus", c->cpus);
	if (c->mems)
		set(b, c->mems_at, "cpuset.mems", c->mems);
}

/* ---- memory ---- */

/* memory.swap counts memory and swap, memory.swap.max swap alone. */
static int add_swap(struct builder *b, const struct config_memory *m, struct err *e)
{
	int64_t value = m->swap.value;
	const struct json *at = m->swap.at;

	if (!value && m->limit.value != -1)
		return 0;
	if (!value) { /* no limit of both, if swap is silent */
		value = -1;
		at = m->limit.at;
	}
	if (value > 0 && !m->limit.value)
		return err_set(e, EINVAL,
			"%s: must be given together with memory.limit: it is memory and swap, and cgroup v2 limits swap alone",
			config_at(b->arena, b->doc, at));
	if (value > 0 && m->limit.value > value)
		return err_set(e, EINVAL,
			"%s: must be memory and swap together, so at least the limit %jd, not %jd",
			config_at(b->arena, b->doc, at), (intmax_t)m->limit.value, (intmax_t)value);
	if (value > 0 && m->limit.value > 0)
		value -= m->limit.value;
	/* without swap in the kernel there is no file, and nothing to limit */
	if (value <= 0)
		set_optional(b, at, "memory.swap.max", limit(b, value));
	else
		set(b, at, "memory.swap.max", limit(b, value));
	return 0;
}

static int add_memory(struct builder *b, const struct config_memory *m, struct err *e)
{
	if (add_swap(b, m, e) < 0)
		return -1;
	if (m->limit.value)
		set_limit(b, m->limit.at, "memory.max", limit(b, m->limit.value));
	if (m->reservation.value)
		set(b, m->reservation.at, "memory.low", limit(b, m->reservation.value));
	return 0;
}

/* ---- io ---- */

/* BFQ, where it is there, has the range of v1; io.weight goes from 1 to 10000. device: "8:0 ", ""
 */
static void add_weight(struct builder *b, const struct config_u64 *weight, const char *device)
{
	struct plan_setting *s;
	uint64_t other;

	if (!weight->value)
		return;
	other = 1 + (weight->value - BLKIO_WEIGHT_MIN) * (WEIGHT_MAX - 1) / BLKIO_WEIGHT_RANGE;
	s = set(b, weight->at, "io.bfq.weight",
		arena_fmt(b->arena, "%s%ju", device, (uintmax_t)weight->value));
	s->other_file = "io.weight";
	s->other_value = arena_fmt(b->arena, "%s%ju", device, (uintmax_t)other);
}

static void add_block_io(struct builder *b, const struct config_block_io *io)
{
	static const char *const keys[THROTTLE_KINDS] = {
		[THROTTLE_READ_BPS] = "rbps",
		[THROTTLE_WRITE_BPS] = "wbps",
		[THROTTLE_READ_IOPS] = "riops",
		[THROTTLE_WRITE_IOPS] = "wiops",
	};

	add_weight(b, &io->weight, "");
	for (size_t i = 0; i < io->n_weight_devices; i++) {
		const struct config_weight_device *d = &io->weight_devices[i];

		add_weight(b, &d->weight, arena_fmt(b->arena, "%u:%u ", d->major, d->minor));
	}
	/* one key a write: the kernel keeps the others of the device. 0 was no limit in v1. */
	for (size_t i = 0; i < io->n_throttles; i++) {
		const struct config_throttle *t = &io->throttles[i];
		const char *value = arena_fmt(b->arena, "%u:%u %s=%s", t->major, t->minor,
			keys[t->kind], t->rate ? number(b, t->rate) : "max");

		if (t->rate)
			set(b, t->at, "io.max", value);
		else
			set_optional(b, t->at, "io.max", value);
	}
}

/* ---- pids, hugetlb, rdma ---- */

static void add_pids(struct builder *b, const struct config_i64 *pids)
{
	if (pids->at)
		set_limit(b, pids->at, "pids.max", limit(b, pids->value));
}

/* A page is charged when it is reserved (mmap) and when it is used; only both limits make a program
 * fail in mmap(2) instead of dying of SIGBUS. Kernels before 5.7 have only the second. */
static void add_hugepages(struct builder *b, const struct config_resources *r)
{
	for (size_t i = 0; i < r->n_hugepages; i++) {
		const struct config_hugepage *h = &r->hugepages[i];
		const char *value = number(b, h->limit);

		set(b, h->at, arena_fmt(b->arena, "hugetlb.%s.rsvd.max", h->page_size), value)
			->optional = true;
		set(b, h->at, arena_fmt(b->arena, "hugetlb.%s.max", h->page_size), value);
	}
}

/* The kernel takes a signed 32-bit number; what lies above is no limit for it. */
static const char *rdma_value(struct builder *b, const char *key, const struct config_u64 *n)
{
	if (!n->at)
		return "";
	return arena_fmt(b->arena, " %s=%s", key,
		n->value > INT32_MAX ? "max" : number(b, n->value));
}

static void add_rdma(struct builder *b, const struct config_resources *r)
{
	for (size_t i = 0; i < r->n_rdma; i++) {
		const struct config_rdma *d = &r->rdma[i];

		set(b, d->at, "rdma.max",
			arena_fmt(b->arena, "%s%s%s", d->device,
				rdma_value(b, "hca_handle", &d->handles),
				rdma_value(b, "hca_object", &d->objects)));
	}
}

/* ---- unified ---- */

/* Files "cgroup.*" and the pressure files are there without any controller. */
static bool needs_controller(const char *file)
{
	const size_t len = strlen(file), tail = strlen(".pressure");

	return !str_after(file, "cgroup.") &&
		!(len > tail && str_eq(file + len - tail, ".pressure"));
}

/* A kernel file takes one line a write. An empty line is none: the kernel would take it for 0, and
 * a memory.max of 0 kills. So an empty value leaves the file as it is. */
static void add_lines(struct builder *b, const struct config_unified *u)
{
	size_t len;

	for (const char *line = u->value; *line; line += len + (line[len] == '\n')) {
		len = strcspn(line, "\n");
		if (strspn(line, " \t\r\v\f") >= len)
			continue;
		if (needs_controller(u->file))
			need(b, u->file, strcspn(u->file, "."));
		set_raw(b, u->at, u->file, arena_dup(b->arena, line, len));
	}
}

int plan_cgroup_settings(struct arena *a, const struct json_doc *doc,
	const struct config_resources *r, struct plan_cgroup *ret, struct err *e)
{
	struct builder b = { .arena = a, .doc = doc, .ret = ret, .room = 16 };

	ret->controllers =
		arena_array(a, CONTROLLERS_FIRST + r->n_unified + 1, sizeof(*ret->controllers));
	ret->settings = arena_array(a, b.room, sizeof(*ret->settings));
	ret->n_settings = 0;
	add_cpu(&b, &r->cpu);
	if (add_memory(&b, &r->memory, e) < 0)
		return -1;
	add_block_io(&b, &r->block_io);
	add_pids(&b, &r->pids_limit);
	add_hugepages(&b, r);
	add_rdma(&b, r);
	/* a partition is made of the processors that are there by then */
	for (size_t i = 0; i < r->n_unified; i++) {
		if (!str_eq(r->unified[i].file, PARTITION))
			add_lines(&b, &r->unified[i]);
	}
	for (size_t i = 0; i < r->n_unified; i++) {
		if (str_eq(r->unified[i].file, PARTITION))
			add_lines(&b, &r->unified[i]);
	}
	return 0;
}
