/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_update.c - change limits
 *
 * The options become the same document that engines send, so there is one way from there on. */
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/jsonw.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/num.h"
#include "cli/cli.h"
#include "ctr/host.h"
#include "ctr/update.h"

struct options {
	const char *resources;
	const char *blkio_weight;
	const char *cpu_period, *cpu_quota, *cpu_burst, *cpu_share, *cpu_idle;
	const char *cpu_rt_period, *cpu_rt_runtime, *cpuset_cpus, *cpuset_mems;
	const char *memory, *memory_reservation, *memory_swap;
	const char *kernel_memory, *kernel_memory_tcp;
	const char *pids_limit, *l3_cache_schema, *mem_bw_schema;
};

#define TEXT(field, name, letter, value, help) \
	OPT_TEXT_ROW(struct options, field, name, letter, value, help)

static const struct opt opts[] = {
	TEXT(resources, "resources", 'r', "FILE",
		"read the limits from FILE, or with \"-\" from standard input, as JSON; no other option counts then"),
	TEXT(blkio_weight, "blkio-weight", 0, "WEIGHT", "share of block I/O, from 10 to 1000"),
	TEXT(cpu_period, "cpu-period", 0, "USEC", "length of a period, in microseconds"),
	TEXT(cpu_quota, "cpu-quota", 0, "USEC",
		"processor time in each period, in microseconds; -1: no limit"),
	TEXT(cpu_burst, "cpu-burst", 0, "USEC", "unused time that may be saved up"),
	TEXT(cpu_share, "cpu-share", 0, "SHARES", "share of the processors, from 2 to 262144"),
	TEXT(cpu_idle, "cpu-idle", 0, "0|1", "1: run only when nobody else wants to"),
	TEXT(cpu_rt_period, "cpu-rt-period", 0, "USEC", "refused: cgroup v2 has nothing like it"),
	TEXT(cpu_rt_runtime, "cpu-rt-runtime", 0, "USEC", "refused: cgroup v2 has nothing like it"),
	TEXT(cpuset_cpus, "cpuset-cpus", 0, "LIST", "processors, such as 0-3,7"),
	TEXT(cpuset_mems, "cpuset-mems", 0, "LIST", "memory nodes"),
	TEXT(memory, "memory", 0, "SIZE", "most memory, such as 512m; -1: no limit"),
	TEXT(memory_reservation, "memory-reservation", 0, "SIZE", "memory that is left to it"),
	TEXT(memory_swap, "memory-swap", 0, "SIZE",
		"most memory and swap together; -1: no limit of swap"),
	TEXT(kernel_memory, "kernel-memory", 0, "SIZE", "accepted, without effect"),
	TEXT(kernel_memory_tcp, "kernel-memory-tcp", 0, "SIZE", "accepted, without effect"),
	TEXT(pids_limit, "pids-limit", 0, "N", "most processes and threads; -1: no limit"),
	TEXT(l3_cache_schema, "l3-cache-schema", 0, "SCHEMA",
		"cache of its resctrl group, such as L3:0=ff"),
	TEXT(mem_bw_schema, "mem-bw-schema", 0, "SCHEMA",
		"memory bandwidth of its resctrl group, such as MB:0=70"),
};

static const struct opt_arg args[] = { { "ID", 0 } };

/* ---- options to JSON ---- */

enum kind { COUNT, SIGNED, SIZE, LIST };

struct row {
	size_t store; /* of the option */
	const char *name;
	enum kind kind;
	const char *key; /* "memory.limit" without what is in front of the point */
};

#define ROW(field, name, kind, key)                              \
	{                                                        \
		offsetof(struct options, field), name, kind, key \
	}

static const struct row memory_rows[] = {
	ROW(memory, "memory", SIZE, "limit"),
	ROW(memory_reservation, "memory-reservation", SIZE, "reservation"),
	ROW(memory_swap, "memory-swap", SIZE, "swap"),
};

static const struct row cpu_rows[] = {
	ROW(cpu_share, "cpu-share", COUNT, "shares"),
	ROW(cpu_quota, "cpu-quota", SIGNED, "quota"),
	ROW(cpu_period, "cpu-period", COUNT, "period"),
	ROW(cpu_burst, "cpu-burst", COUNT, "burst"),
	ROW(cpu_idle, "cpu-idle", COUNT, "idle"),
	ROW(cpu_rt_runtime, "cpu-rt-runtime", SIGNED, "realtimeRuntime"),
	ROW(cpu_rt_period, "cpu-rt-period", COUNT, "realtimePeriod"),
	ROW(cpuset_cpus, "cpuset-cpus", LIST, "cpus"),
	ROW(cpuset_mems, "cpuset-mems", LIST, "mems"),
};

static const struct row block_io_rows[] = {
	ROW(blkio_weight, "blkio-weight", COUNT, "weight"),
};

static const struct row pids_rows[] = {
	ROW(pids_limit, "pids-limit", SIGNED, "limit"),
};

static const struct row rdt_rows[] = {
	ROW(l3_cache_schema, "l3-cache-schema", LIST, "l3CacheSchema"),
	ROW(mem_bw_schema, "mem-bw-schema", LIST, "memBwSchema"),
};

static const struct {
	const char *key;
	const struct row *rows;
	size_t n;
} groups[] = {
	{ "memory", memory_rows, ARRAY_LEN(memory_rows) },
	{ "cpu", cpu_rows, ARRAY_LEN(cpu_rows) },
	{ "blockIO", block_io_rows, ARRAY_LEN(block_io_rows) },
	{ "pids", pids_rows, ARRAY_LEN(pids_rows) },
};

static const char *text_of(const struct options *o, size_t store)
{
	return *(const char *const *)((const char *)o + store);
}

static int add_value(struct jsonw *w, const struct row *row, const char *text, struct err *e)
{
	static const char *const wanted[] = {
		[COUNT] = "a whole number",
		[SIGNED] = "a whole number, or -1",
		[SIZE] = "a size such as 512m or 1.5g, or -1",
	};
	uint64_t count;
	int64_t number;

	switch (row->kind) {
	case COUNT:
		if (!num_u64(text, &count))
			break;
		jsonw_u64(w, row->key, count);
		return 0;
	case SIGNED:
	case SIZE:
		if (row->kind == SIZE ? !num_size(text, &number) : !num_i64(text, &number))
			break;
		jsonw_i64(w, row->key, number);
		return 0;
	case LIST:
		jsonw_string(w, row->key, text);
		return 0;
	}
	return err_set(e, EINVAL, "option \"--%s\" must be %s, not \"%s\"", row->name,
		wanted[row->kind], text);
}

static int add_rows(struct jsonw *w, const char *key, const struct row *rows, size_t n,
	const struct options *o, struct err *e)
{
	jsonw_object(w, key);
	for (size_t i = 0; i < n; i++) {
		const char *text = text_of(o, rows[i].store);

		if (text && add_value(w, &rows[i], text, e) < 0)
			return -1;
	}
	jsonw_end_object(w);
	return 0;
}

static int from_options(const struct options *o, struct str *resources, struct str *rdt,
	struct err *e)
{
	struct jsonw w;

	if (o->kernel_memory || o->kernel_memory_tcp)
		log_warning(
			"--kernel-memory and --kernel-memory-tcp are ignored: "
			"the kernel has no such limits of their own any more, --memory holds for all");
	jsonw_init(&w, resources, 0);
	jsonw_object(&w, NULL);
	for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
		if (add_rows(&w, groups[i].key, groups[i].rows, groups[i].n, o, e) < 0)
			return -1;
	}
	jsonw_end_object(&w);
	if (!o->l3_cache_schema && !o->mem_bw_schema)
		return 0;
	jsonw_init(&w, rdt, 0);
	return add_rows(&w, NULL, rdt_rows, ARRAY_LEN(rdt_rows), o, e);
}

/* runc says that the others are ignored; a caller who gives them should know */
static void warn_of_others(const struct options *o)
{
	for (size_t i = 0; i < ARRAY_LEN(opts); i++) {
		if (opts[i].store != offsetof(struct options, resources) &&
			text_of(o, opts[i].store))
			log_warning("--%s is ignored: --resources is given", opts[i].name);
	}
}

static int from_file(const char *path, struct str *ret, struct err *e)
{
	/* what is read here could not be read again when it turns out that systemd must be asked */
	if (host_need_library(e) < 0)
		log_debug("%s", err_text(e));
	if (str_eq(path, "-"))
		return fd_read_all(STDIN_FILENO, LIMIT_CONFIG_BYTES, ret) < 0
			? err_sys(e, errno, "read standard input")
			: 0;
	return fd_read_given(AT_FDCWD, path, path, LIMIT_CONFIG_BYTES, ret, e);
}

static int do_update(struct cli *c, const void *from, const struct opt_rest *r, struct err *e)
{
	auto_str struct str resources = { 0 }, rdt = { 0 };
	const struct options *o = from;
	auto_store struct store s = { .fd = -1 };
	struct update_options u = { .id = r->args[0], .name = "", .resources = &resources };

	if (o->resources) {
		u.name = str_eq(o->resources, "-") ? "standard input" : o->resources;
		warn_of_others(o);
		if (from_file(o->resources, &resources, e) < 0)
			return err_in(e, "update \"%s\"", u.id);
	} else if (from_options(o, &resources, &rdt, e) < 0) {
		return err_in(e, "update");
	}
	u.intel_rdt = rdt.len ? &rdt : NULL;
	if (cli_store(c, 0, &s, e) < 0 || ctr_update(&s, &u, e) < 0)
		return err_in(e, "update \"%s\"", u.id);
	return 0;
}

const struct command cmd_update = {
	.name = "update",
	.flags = CMD_CHANGES,
	.help = "change the limits of a container",
	.more = "What is not mentioned stays as it is. All of it is put in force, or nothing.",
	.table = { opts, ARRAY_LEN(opts), args, ARRAY_LEN(args), 0 },
	.size = sizeof(struct options),
	.run = do_update,
};
