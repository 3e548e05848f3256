/* SPDX-License-Identifier: Apache-2.0 */
/* linux.resources for a cgroup that has limits already, and what systemd is told about them */
#include <string.h>

#include "plan/plan_parts.h"
#include "test.h"

enum { MIB = 1 << 20 };

static const struct plan_limits none = { UINT64_MAX, UINT64_MAX, UINT64_MAX, 100000 };
static const struct plan_limits some = { 100 * MIB, 50 * MIB, 20000, 50000 };

/* "file=value file=value": the settings that change now to what json asks for; the error text when
 * there is one */
static const char *changes(struct arena *a, const char *json, const struct plan_limits *now,
	struct plan_cgroup *c)
{
	struct config_resources r = { 0 };
	auto_str struct str out = { 0 };
	struct json_doc doc;
	struct err e;

	err_init(&e);
	*c = (struct plan_cgroup){ 0 };
	if (config_parse_resources(a, "", json, strlen(json), &doc, &r, &e) < 0 ||
		plan_cgroup_changes(a, &doc, &r, now, c, &e) < 0)
		return arena_str(a, err_text(&e));
	for (size_t i = 0; i < c->n_settings; i++)
		str_addf(&out, "%s%s=%s", i ? " " : "", c->settings[i].file, c->settings[i].value);
	return arena_str(a, str_text(&out));
}

TEST(plan_changes_keep_what_is_not_mentioned)
{
	static const struct {
		const char *json;
		const struct plan_limits *now;
		const char *expected;
	} rows[] = {
		{ "{}", &some, "" },
		{ "{\"memory\":{\"limit\":0,\"swap\":0},\"cpu\":{\"shares\":0,\"quota\":0,\"period\":0},\"blockIO\":{\"weight\":0},"
		  "\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]}",
			&some, "" },
		{ "{\"cpu\":{\"quota\":30000}}", &some, "cpu.max=30000 50000" },
		{ "{\"cpu\":{\"period\":200000}}", &some, "cpu.max=20000 200000" },
		{ "{\"cpu\":{\"quota\":30000}}", &none, "cpu.max=30000 100000" },
		{ "{\"cpu\":{\"period\":200000}}", &none, "cpu.max=max 200000" },
		{ "{\"cpu\":{\"quota\":-1}}", &some, "cpu.max=max 50000" },
		{ "{\"cpu\":{\"quota\":5000,\"period\":10000}}", &some, "cpu.max=5000 10000" },
		{ "{\"cpu\":{\"burst\":1000}}", &some, "cpu.max.burst=1000" },
		{ "{\"memory\":{\"limit\":1048576}}", &some, "memory.max=1048576" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_arena struct arena a = { 0 };
		struct plan_cgroup c;

		test_row("%s", rows[i].json);
		CHECK_STR(changes(&a, rows[i].json, rows[i].now, &c), rows[i].expected);
	}
}

/* CG-06, CG-07: swap counts from the limit in force, and what goes down goes last */
TEST(plan_changes_of_memory_and_swap)
{
	static const struct {
		const char *json;
		const struct plan_limits *now;
		const char *expected;
	} rows[] = {
		{ "{\"memory\":{\"swap\":209715200}}", &some,
			"memory.swap.max=104857600 memory.max=104857600" },
		{ "{\"memory\":{\"swap\":104857600}}", &some,
			"memory.max=104857600 memory.swap.max=0" },
		{ "{\"memory\":{\"swap\":1048576}}", &some,
			"memory.swap: must be memory and swap together, so at least the limit 104857600, not 1048576" },
		{ "{\"memory\":{\"swap\":1048576}}", &none,
			"memory.max=max memory.swap.max=1048576" },
		{ "{\"memory\":{\"swap\":-1}}", &some, "memory.swap.max=max" },
		{ "{\"memory\":{\"limit\":209715200,\"swap\":419430400}}", &some,
			"memory.swap.max=209715200 memory.max=209715200" },
		{ "{\"memory\":{\"limit\":52428800,\"swap\":62914560}}", &some,
			"memory.max=52428800 memory.swap.max=10485760" },
		{ "{\"memory\":{\"limit\":-1}}", &some, "memory.swap.max=max memory.max=max" },
		{ "{\"memory\":{\"limit\":52428800,\"swap\":62914560},\"unified\":{\"memory.max\":\"7\",\"memory.swap.max\":\"8\"}}",
			&some,
			"memory.max=52428800 memory.swap.max=10485760 memory.max=7 memory.swap.max=8" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_arena struct arena a = { 0 };
		struct plan_cgroup c;

		test_row("%s", rows[i].json);
		CHECK_STR(changes(&a, rows[i].json, rows[i].now, &c), rows[i].expected);
	}
}

/* A document of nobody's has no lines: messages name the limit alone. */
TEST(plan_changes_of_options_have_no_place)
{
	auto_arena struct arena a = { 0 };
	struct plan_cgroup c;

	CHECK_STR(changes(&a, "{\"memory\":{\"limit\":-2,\"limits\":1}}", &some, &c),
		"memory.limit: must be a whole number from -1 to 9223372036854775807, not -2");
	(void)changes(&a, "{\"pids\":{\"limit\":7}}", &some, &c);
	CHECK_STR(c.settings[0].where, "pids.limit");
}

/* what systemd would make of it: cgroup_apply_cpu_quota() in src/core/cgroup.c of systemd */
static uint64_t quota_of(uint64_t per_sec, uint64_t period)
{
	return per_sec * period / 1000000;
}

TEST(plan_changes_for_systemd)
{
	static const uint64_t quotas[] = { 1000, 20000, 33333, 33334, 49999, 1000001 };
	auto_arena struct arena a = { 0 };
	struct plan_cgroup c;

	for (size_t i = 0; i < ARRAY_LEN(quotas); i++) {
		const char *json = arena_fmt(&a, "{\"cpu\":{\"quota\":%ju,\"period\":70000}}",
			(uintmax_t)quotas[i]);

		(void)changes(&a, json, &some, &c);
		plan_scope_changes(&a, &c);
		CHECK_INT(c.n_properties, 2);
		CHECK_STR(c.properties[0].name, "CPUQuotaPerSecUSec");
		CHECK_INT(quota_of(c.properties[0].number, 70000), quotas[i]);
		CHECK_STR(c.properties[1].name, "CPUQuotaPeriodUSec");
		CHECK_INT(c.properties[1].number, 70000);
	}
	(void)changes(&a, "{\"cpu\":{\"quota\":-1}}", &some, &c);
	plan_scope_changes(&a, &c);
	CHECK_INT(c.properties[0].number, UINT64_MAX);
	(void)changes(&a, "{\"cpu\":{\"idle\":1}}", &some, &c);
	plan_scope_changes(&a, &c);
	CHECK_STR(c.properties[0].name, "CPUWeight");
	CHECK_INT(c.properties[0].number, 0);
	/* no more idle, and no weight said: systemd must forget that it was */
	(void)changes(&a, "{\"cpu\":{\"idle\":0}}", &some, &c);
	plan_scope_changes(&a, &c);
	CHECK_INT(c.n_properties, 1);
	CHECK_STR(c.properties[0].name, "CPUWeight");
	CHECK_INT(c.properties[0].number, UINT64_MAX);
	(void)changes(&a, "{\"cpu\":{\"idle\":0,\"shares\":1024}}", &some, &c);
	plan_scope_changes(&a, &c);
	CHECK_INT(c.n_properties, 1);
	CHECK_INT(c.properties[0].number, 100);
	(void)changes(&a, "{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":0}]}", &some, &c);
	plan_scope_changes(&a, &c);
	CHECK_INT(c.n_properties, 0);
}
