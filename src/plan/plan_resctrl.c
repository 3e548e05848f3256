/* SPDX-License-Identifier: Apache-2.0 */
/* plan_resctrl.c - config-linux.md, "IntelRdt": the lines of schemata in the order in which they
 * are written */
#include <string.h>

#include "base/log.h"
#include "plan/plan_parts.h"

struct lines {
	struct arena *arena;
	const char **list;
	size_t n;
};

/* The lines of l3CacheSchema. Memory bandwidth is memBwSchema's: a line of it here does not count.
 */
static void add_cache_lines(struct lines *l, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		const char *line = arena_dup(l->arena, text, len);

		text += text[len] ? len + 1 : len;
		if (str_after(line, "MB:"))
			log_warning(
				"linux.intelRdt.l3CacheSchema: line \"%s\" is ignored: it belongs in memBwSchema",
				line);
		else if (len)
			l->list[l->n++] = line;
	}
}

static size_t count_lines(const struct config_intel_rdt *c)
{
	size_t n = 3; /* the last of l3CacheSchema, memBwSchema, the NULL */

	for (const char *p = c->l3_cache_schema; p && (p = strchr(p, '\n')); p++)
		n++;
	for (size_t i = 0; c->schemata && c->schemata[i]; i++)
		n++;
	return n;
}

const char *const *plan_resctrl_lines(struct arena *a, const struct config_intel_rdt *c)
{
	struct lines l = { .arena = a };

	l.list = arena_array(a, count_lines(c), sizeof(*l.list));
	if (c->l3_cache_schema)
		add_cache_lines(&l, c->l3_cache_schema);
	if (c->mem_bw_schema)
		l.list[l.n++] = c->mem_bw_schema;
	for (size_t i = 0; c->schemata && c->schemata[i]; i++)
		l.list[l.n++] = c->schemata[i];
	return l.list;
}

void plan_resctrl(const struct plan_input *in, struct plan *ret)
{
	const struct config_intel_rdt *c = &in->config->linux.intel_rdt;
	const char *group = c->clos_id && c->clos_id[0] ? c->clos_id : NULL;

	if (!c->at)
		return;
	ret->resctrl = (struct resctrl){
		.where = config_at(in->arena, &in->config->doc, c->at),
		.group = !group              ? in->options->id
			: str_eq(group, "/") ? ""
					     : group,
		.own = !group,
		.lines = plan_resctrl_lines(in->arena, c),
		.monitor = c->enable_monitoring ? in->options->id : NULL,
	};
}
