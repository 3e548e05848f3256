/* SPDX-License-Identifier: Apache-2.0 */
/* plan_change.c - linux.resources for a cgroup in use
 *
 * What a change does not mention is left as the kernel has it, and so are the zeros of engines,
 * which ask for nothing. Where one file of cgroup v2 holds two values of config.json, or one counts
 * from the other, the half that is missing comes from the limits in force. They are what earlier
 * changes, by whatever program, have added up to, so no record of those is kept. */
#include <string.h>

#include "base/num.h"
#include "plan/plan_parts.h"

/* cpu.max is one file: the half that is not mentioned is written again as it is */
static void complete_bandwidth(struct config_cpu *c, const struct plan_limits *now)
{
	if (c->quota.value && !c->period.value)
		c->period = (struct config_u64){ c->quota.at, now->period };
	else if (c->period.value && !c->quota.value)
		c->quota = (struct config_i64){ c->period.at,
			now->quota > INT64_MAX ? -1 : (int64_t)now->quota };
}

/* memory.swap is memory and swap together, so it needs the limit of memory */
static void complete_memory(struct config_memory *m, const struct plan_limits *now)
{
	if (m->swap.value > 0 && !m->limit.value)
		m->limit = (struct config_i64){ m->swap.at,
			now->memory > INT64_MAX ? -1 : (int64_t)now->memory };
}

/* Less memory may mean that the kernel has to swap: for that there is as much swap as there may be
 * before or after. */
static void order_swap(struct plan_cgroup *c, uint64_t swap)
{
	struct plan_setting *of_swap = NULL, *of_memory = NULL, kept;
	uint64_t value = UINT64_MAX;

	for (size_t i = 0; i < c->n_settings; i++) {
		if (!of_swap && str_eq(c->settings[i].file, "memory.swap.max"))
			of_swap = &c->settings[i];
		else if (!of_memory && str_eq(c->settings[i].file, "memory.max"))
			of_memory = &c->settings[i];
	}
	if (!of_swap || !of_memory || of_swap > of_memory)
		return;
	(void)num_u64(of_swap->value, &value);
	if (value >= swap)
		return;
	kept = *of_swap;
	memmove(of_swap, of_swap + 1, (size_t)(of_memory - of_swap) * sizeof(*of_swap));
	*of_memory = kept;
}

int plan_cgroup_changes(struct arena *a, const struct json_doc *doc,
	const struct config_resources *r, const struct plan_limits *now, struct plan_cgroup *ret,
	struct err *e)
{
	struct config_resources all = *r;

	complete_bandwidth(&all.cpu, now);
	complete_memory(&all.memory, now);
	if (plan_cgroup_settings(a, doc, &all, ret, e) < 0)
		return -1;
	order_swap(ret, now->swap);
	return 0;
}
