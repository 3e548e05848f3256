/* SPDX-License-Identifier: Apache-2.0 */
/* linux.resources as settings of cgroup v2, and as device rules */
#include <string.h>

#include "kern/devprog.h"
#include "plan/plan_parts.h"
#include "test.h"

/* ---- settings ---- */

/* "cpu memory: cpu.weight=100 …": controllers and settings of resources; '?' stands behind an
 * optional file, '|' before the alternative. The error text when there is one. */
static const char *settings_of(struct arena *a, const char *json)
{
	struct config_resources r = { 0 };
	struct plan_cgroup c = { 0 };
	auto_str struct str out = { 0 };
	struct json_doc doc;
	struct err e;

	err_init(&e);
	if (config_parse_resources(a, "r.json", json, strlen(json), &doc, &r, &e) < 0)
		return arena_fmt(a, "does not parse: %s", err_text(&e));
	if (plan_cgroup_settings(a, &doc, &r, &c, &e) < 0)
		return arena_str(a, err_text(&e));
	for (const char **p = c.controllers; *p; p++)
		str_addf(&out, "%s%s", p == c.controllers ? "" : " ", *p);
	str_add(&out, ":");
	for (size_t i = 0; i < c.n_settings; i++) {
		const struct plan_setting *s = &c.settings[i];

		str_addf(&out, "%s %s%s=%s", i ? "," : "", s->file, s->optional ? "?" : "",
			s->value);
		if (s->other_file)
			str_addf(&out, "|%s=%s", s->other_file, s->other_value);
	}
	return arena_str(a, str_text(&out));
}

struct row {
	const char *json, *expected;
};

static void check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		auto_arena struct arena a = { 0 };

		test_row("%s", rows[i].json);
		CHECK_STR(settings_of(&a, rows[i].json), rows[i].expected);
	}
}

TEST(plan_cgroup_nothing_asked_for_needs_nothing)
{
	static const struct row rows[] = {
		{ "{}", ":" },
		{ "{\"memory\":{},\"cpu\":{},\"pids\":{},\"blockIO\":{},\"network\":{},\"rdma\":{},\"unified\":{},"
		  "\"hugepageLimits\":[],\"devices\":[]}",
			":" },
		{ "{\"memory\":{\"limit\":0,\"reservation\":0,\"swap\":0,\"kernel\":0,\"kernelTCP\":0,"
		  "\"disableOOMKiller\":false,\"useHierarchy\":true,\"checkBeforeUpdate\":true}}",
			":" },
		{ "{\"cpu\":{\"shares\":0,\"quota\":0,\"period\":0,\"realtimeRuntime\":0,\"realtimePeriod\":0,"
		  "\"cpus\":\"\",\"mems\":\"\"}}",
			":" },
		{ "{\"blockIO\":{\"weight\":0,\"leafWeight\":0,\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":0}],"
		  "\"throttleReadBpsDevice\":[]}}",
			":" },
		{ "{\"network\":{\"classID\":0,\"priorities\":[]}}", ":" },
	};

	check_rows(rows, ARRAY_LEN(rows));
}

TEST(plan_cgroup_memory)
{
	static const struct row rows[] = {
		{ "{\"memory\":{\"limit\":1048576}}", "memory: memory.max=1048576" },
		{ "{\"memory\":{\"limit\":9223372036854775807}}",
			"memory: memory.max=9223372036854775807" },
		{ "{\"memory\":{\"limit\":-1}}", ": memory.swap.max?=max, memory.max?=max" },
		{ "{\"memory\":{\"limit\":-1,\"swap\":0}}",
			": memory.swap.max?=max, memory.max?=max" },
		{ "{\"memory\":{\"limit\":-1,\"swap\":5000}}",
			"memory: memory.swap.max=5000, memory.max?=max" },
		{ "{\"memory\":{\"limit\":-1,\"swap\":-1}}",
			": memory.swap.max?=max, memory.max?=max" },
		{ "{\"memory\":{\"limit\":1000,\"swap\":1000}}",
			"memory: memory.swap.max?=0, memory.max=1000" },
		{ "{\"memory\":{\"limit\":1000,\"swap\":3000}}",
			"memory: memory.swap.max=2000, memory.max=1000" },
		{ "{\"memory\":{\"limit\":1000,\"swap\":-1}}",
			"memory: memory.swap.max?=max, memory.max=1000" },
		{ "{\"memory\":{\"limit\":1000,\"swap\":0}}", "memory: memory.max=1000" },
		{ "{\"memory\":{\"swap\":-1}}", ": memory.swap.max?=max" },
		{ "{\"memory\":{\"reservation\":500}}", "memory: memory.low=500" },
		{ "{\"memory\":{\"reservation\":-1}}", "memory: memory.low=max" },
		{ "{\"memory\":{\"swap\":3000}}",
			"r.json:1:19: memory.swap: must be given together with memory.limit: it is memory and swap, and "
			"cgroup v2 limits swap alone" },
		{ "{\"memory\":{\"limit\":0,\"swap\":3000}}",
			"r.json:1:29: memory.swap: must be given together with memory.limit: it is memory and swap, and "
			"cgroup v2 limits swap alone" },
	};

	check_rows(rows, ARRAY_LEN(rows));
}

TEST(plan_cgroup_shares_become_a_weight)
{
	static const struct {
		unsigned shares, weight;
	} rows[] = {
		{ 1, 1 },
		{ 2, 1 },
		{ 3, 2 },
		{ 100, 17 },
		{ 256, 35 },
		{ 512, 59 },
		{ 1023, 100 },
		{ 1024, 100 },
		{ 1025, 101 },
		{ 2048, 174 },
		{ 10240, 639 },
		{ 100000, 4340 },
		{ 262143, 10000 },
		{ 262144, 10000 },
		{ 262145, 10000 },
		{ 1000000, 10000 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_arena struct arena a = { 0 };

		test_row("%u shares", rows[i].shares);
		CHECK_STR(settings_of(&a,
				  arena_fmt(&a, "{\"cpu\":{\"shares\":%u}}", rows[i].shares)),
			arena_fmt(&a, "cpu: cpu.weight=%u", rows[i].weight));
	}
}

TEST(plan_cgroup_cpu)
{
	static const struct row rows[] = {
		{ "{\"cpu\":{\"quota\":50000}}", "cpu: cpu.max=50000 100000" },
		{ "{\"cpu\":{\"quota\":50000,\"period\":200000}}", "cpu: cpu.max=50000 200000" },
		/* a period is a setting, unless it is the one that the kernel begins with */
		{ "{\"cpu\":{\"period\":200000}}", "cpu: cpu.max=max 200000" },
		{ "{\"cpu\":{\"quota\":0,\"period\":200000}}", "cpu: cpu.max=max 200000" },
		{ "{\"cpu\":{\"quota\":-1}}", ": cpu.max?=max 100000" },
		{ "{\"cpu\":{\"quota\":-1,\"period\":100000}}", ": cpu.max?=max 100000" },
		{ "{\"cpu\":{\"quota\":-1000,\"period\":200000}}", "cpu: cpu.max=max 200000" },
		{ "{\"cpu\":{\"quota\":10000,\"burst\":5000}}",
			"cpu: cpu.max.burst?=0, cpu.max=10000 100000, cpu.max.burst=5000" },
		{ "{\"cpu\":{\"quota\":10000,\"burst\":0}}",
			"cpu: cpu.max.burst?=0, cpu.max=10000 100000" },
		{ "{\"cpu\":{\"burst\":5000}}", "cpu: cpu.max.burst=5000" },
		{ "{\"cpu\":{\"burst\":0}}", ": cpu.max.burst?=0" },
		{ "{\"cpu\":{\"idle\":0}}", ": cpu.idle?=0" },
		{ "{\"cpu\":{\"idle\":1}}", "cpu: cpu.idle=1" },
		{ "{\"cpu\":{\"idle\":1,\"shares\":1024}}", "cpu: cpu.idle=1" },
		{ "{\"cpu\":{\"shares\":1024,\"idle\":0}}", "cpu: cpu.idle?=0, cpu.weight=100" },
		{ "{\"cpu\":{\"cpus\":\"0-1,3\",\"mems\":\"0\"}}",
			"cpuset: cpuset.cpus=0-1,3, cpuset.mems=0" },
		{ "{\"cpu\":{\"mems\":\"0\",\"shares\":512}}",
			"cpu cpuset: cpu.weight=59, cpuset.mems=0" },
	};

	check_rows(rows, ARRAY_LEN(rows));
}

TEST(plan_cgroup_pids_zero_is_a_limit)
{
	static const struct row rows[] = {
		{ "{\"pids\":{\"limit\":0}}", "pids: pids.max=0" },
		{ "{\"pids\":{\"limit\":1}}", "pids: pids.max=1" },
		{ "{\"pids\":{\"limit\":32771}}", "pids: pids.max=32771" },
		{ "{\"pids\":{\"limit\":-1}}", ": pids.max?=max" },
	};

	check_rows(rows, ARRAY_LEN(rows));
}

TEST(plan_cgroup_block_io)
{
	static const struct row rows[] = {
		{ "{\"blockIO\":{\"weight\":10}}", "io: io.bfq.weight=10|io.weight=1" },
		{ "{\"blockIO\":{\"weight\":100}}", "io: io.bfq.weight=100|io.weight=910" },
		{ "{\"blockIO\":{\"weight\":500}}", "io: io.bfq.weight=500|io.weight=4950" },
		{ "{\"blockIO\":{\"weight\":1000}}", "io: io.bfq.weight=1000|io.weight=10000" },
		{ "{\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":16,\"weight\":500}]}}",
			"io: io.bfq.weight=8:16 500|io.weight=8:16 4950" },
		{ "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":1000}],"
		  "\"throttleWriteBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":18446744073709551615}],"
		  "\"throttleReadIOPSDevice\":[{\"major\":8,\"minor\":0,\"rate\":10}],"
		  "\"throttleWriteIOPSDevice\":[{\"major\":259,\"minor\":1,\"rate\":0}]}}",
			"io: io.max=8:0 rbps=1000, io.max=8:0 wbps=18446744073709551615, io.max=8:0 riops=10, "
			"io.max?=259:1 wiops=max" },
		{ "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":0}]}}",
			": io.max?=8:0 rbps=max" },
	};

	check_rows(rows, ARRAY_LEN(rows));
}

TEST(plan_cgroup_hugetlb_and_rdma)
{
	static const struct row rows[] = {
		{ "{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":4194304},{\"pageSize\":\"1GB\",\"limit\":0}]}",
			"hugetlb: hugetlb.2MB.rsvd.max?=4194304, hugetlb.2MB.max=4194304, hugetlb.1GB.rsvd.max?=0, "
			"hugetlb.1GB.max=0" },
		{ "{\"rdma\":{\"mlx5_1\":{\"hcaHandles\":3,\"hcaObjects\":10000}}}",
			"rdma: rdma.max=mlx5_1 hca_handle=3 hca_object=10000" },
		{ "{\"rdma\":{\"mlx4_0\":{\"hcaObjects\":0}}}",
			"rdma: rdma.max=mlx4_0 hca_object=0" },
		{ "{\"rdma\":{\"a\":{\"hcaHandles\":2147483647},\"b\":{\"hcaHandles\":2147483648}}}",
			"rdma: rdma.max=a hca_handle=2147483647, rdma.max=b hca_handle=max" },
		/* the name of the device is not the value */
		{ "{\"rdma\":{\"max0\":{\"hcaHandles\":3}}}", "rdma: rdma.max=max0 hca_handle=3" },
	};

	check_rows(rows, ARRAY_LEN(rows));
}

TEST(plan_cgroup_unified_is_last_and_brings_its_controllers)
{
	static const struct row rows[] = {
		{ "{\"unified\":{\"memory.high\":\"100\"},\"memory\":{\"limit\":200}}",
			"memory: memory.max=200, memory.high=100" },
		{ "{\"unified\":{\"cgroup.max.depth\":\"3\",\"io.pressure\":\"some 150000 1000000\",\"misc.max\":\"a 1\"}}",
			"misc: cgroup.max.depth=3, io.pressure=some 150000 1000000, misc.max=a 1" },
		{ "{\"unified\":{\"foo.bar\":\"1\"}}", "foo: foo.bar=1" },
		{ "{\"unified\":{\"io.max\":\"8:0 rbps=1\\n\\n8:16 rbps=2\\n\"}}",
			"io: io.max=8:0 rbps=1, io.max=8:16 rbps=2" },
		/* an empty line would be 0 to the kernel */
		{ "{\"unified\":{\"cpuset.cpus\":\"\",\"memory.max\":\"\",\"pids.max\":\"\\n\",\"cpu.max\":\" \\t\\n \"}}",
			":" },
		{ "{\"unified\":{\"memory.max\":\" \\n5000\\n \"}}", "memory: memory.max=5000" },
		{ "{\"unified\":{\"cpuset.cpus.partition\":\"root\",\"cpuset.cpus\":\"1\"}}",
			"cpuset: cpuset.cpus=1, cpuset.cpus.partition=root" },
	};

	check_rows(rows, ARRAY_LEN(rows));
}

TEST(plan_cgroup_takes_more_settings_than_it_has_room_for)
{
	auto_arena struct arena a = { 0 };
	auto_str struct str json = { 0 }, expected = { 0 };

	for (int i = 0; i < 100; i++) {
		str_addf(&json, "%s\"x%d.max\":\"%d\"", i ? "," : "{\"unified\":{", i, i);
		str_addf(&expected, "%sx%d", i ? " " : "", i);
	}
	str_add(&json, "}}");
	for (int i = 0; i < 100; i++)
		str_addf(&expected, "%s x%d.max=%d", i ? "," : ":", i, i);
	CHECK_STR(settings_of(&a, str_text(&json)), str_text(&expected));
}

TEST(plan_cgroup_setting_knows_its_place)
{
	static const char json[] =
		"{\n \"pids\": {\"limit\": 7},\n \"unified\": {\"memory.high\": \"1\"}\n}";
	auto_arena struct arena a = { 0 };
	struct config_resources r = { 0 };
	struct plan_cgroup c = { 0 };
	struct json_doc doc;
	struct err e;

	CHECK_INT(config_parse_resources(&a, "config.json", json, strlen(json), &doc, &r, &e), 0);
	CHECK_INT(plan_cgroup_settings(&a, &doc, &r, &c, &e), 0);
	CHECK_INT(c.n_settings, 2);
	CHECK_STR(c.settings[0].where, "config.json:2:20: pids.limit");
	CHECK_STR(c.settings[1].where, "config.json:3:29: unified[\"memory.high\"]");
	CHECK_TRUE(c.path == NULL && c.rules == NULL);
}

/* ---- device rules ---- */

enum {
	M = BPF_DEVCG_ACC_MKNOD,
	R = BPF_DEVCG_ACC_READ,
	W = BPF_DEVCG_ACC_WRITE,
};

/* the filter of a resources object; returns the number of rules */
static size_t filter_of(struct arena *a, const char *json, struct bpf_insn **prog, size_t *n)
{
	struct plan_cgroup c = { 0 };
	struct config config = { 0 };
	struct json_doc doc;
	struct err e;

	CHECK_INT(config_parse_resources(a, "r.json", json, strlen(json), &doc,
			  &config.linux.resources, &e),
		0);
	plan_device_rules(a, &config, &c);
	devprog_build(a, c.rules, c.n_rules, prog, n);
	return c.n_rules;
}

struct access {
	char type;
	uint32_t major, minor;
	unsigned access;
	bool allowed;
};

static void check_accesses(const char *json, const struct access *rows, size_t n_rows)
{
	auto_arena struct arena a = { 0 };
	struct bpf_insn *prog;
	size_t n;

	(void)filter_of(&a, json, &prog, &n);
	for (size_t i = 0; i < n_rows; i++) {
		const struct access *r = &rows[i];

		test_row("%s: %c %u:%u access %u", json, r->type, r->major, r->minor, r->access);
		CHECK_INT(devprog_eval(prog, n, r->type, r->major, r->minor, r->access),
			r->allowed);
	}
}

static const struct access defaults[] = {
	{ 'c', 1, 3, R | W | M, true },
	{ 'c', 1, 5, R | W, true },
	{ 'c', 1, 7, R | W, true },
	{ 'c', 1, 8, R | W, true },
	{ 'c', 1, 9, R | W, true },
	{ 'c', 5, 0, R | W, true },
	{ 'c', 5, 1, R | W, true },
	{ 'c', 5, 2, R | W, true },
	{ 'c', 136, 0, R | W, true },
	{ 'c', 136, 1000, R | W, true },
	{ 'b', 1, 3, R, false },
	{ 'c', 1, 1, R, false },
	{ 'c', 1, 11, W, false },
	{ 'c', 10, 200, R, false },
	{ 'c', 10, 229, W, false },
	{ 'b', 8, 0, R, false },
	{ 'b', 8, 0, M, true },
	{ 'c', 10, 200, M, true },
	{ 'c', 10, 200, R | M, false },
};

TEST(plan_devices_default_is_deny)
{
	check_accesses("{}", defaults, ARRAY_LEN(defaults));
	check_accesses("{\"devices\":[]}", defaults, ARRAY_LEN(defaults));
	check_accesses("{\"devices\":[{\"allow\":false}]}", defaults, ARRAY_LEN(defaults));
	check_accesses("{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]}", defaults,
		ARRAY_LEN(defaults));
	check_accesses("{\"devices\":[{\"allow\":true},{\"allow\":false}]}", defaults,
		ARRAY_LEN(defaults));
}

TEST(plan_devices_an_allowed_one_leaves_the_others_denied)
{
	static const struct access rows[] = {
		{ 'c', 1, 11, R | W, true },
		{ 'c', 1, 1, R, false },
		{ 'c', 10, 229, R, false },
		{ 'c', 1, 3, R | W, true },
	};

	check_accesses("{\"devices\":[{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":11}]}",
		rows, ARRAY_LEN(rows));
	check_accesses(
		"{\"devices\":[{\"allow\":false},{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":11}]}",
		rows, ARRAY_LEN(rows));
}

TEST(plan_devices_rules_in_order)
{
	static const struct access rows[] = {
		{ 'c', 10, 229, R, true },
		{ 'c', 10, 229, W, false },
		{ 'c', 10, 1, R, false },
		{ 'b', 8, 1, R | W, true },
		{ 'b', 8, 0, R, false },
	};

	check_accesses(
		"{\"devices\":[{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":229},"
		"{\"allow\":false,\"type\":\"c\",\"major\":10,\"access\":\"w\"},"
		"{\"allow\":true,\"type\":\"b\",\"major\":8},{\"allow\":false,\"type\":\"b\",\"major\":8,\"minor\":0}]}",
		rows, ARRAY_LEN(rows));
}

TEST(plan_devices_allow_all_is_two_instructions)
{
	static const struct access rows[] = { { 'c', 10, 200, R | W | M, true },
		{ 'b', 8, 0, R | W | M, true } };
	static const char json[] =
		"{\"devices\":[{\"allow\":false},{\"allow\":true,\"access\":\"rwm\"}]}";
	auto_arena struct arena a = { 0 };
	struct bpf_insn *prog;
	size_t n;

	CHECK_INT(filter_of(&a, json, &prog, &n), 2);
	CHECK_INT(n, 2);
	check_accesses(json, rows, ARRAY_LEN(rows));
}
