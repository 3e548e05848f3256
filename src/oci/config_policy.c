/* SPDX-License-Identifier: Apache-2.0 */
/* config_policy.c - config-linux.md, "IntelRdt", "Memory Policy" */
#include <string.h>

#include "base/compat.h"
#include "oci/config_in.h"
#include "oci/field.h"

/* one line of the schemata file of resctrl */
static const char *read_schema(struct json_doc *d, const struct json *n, const char *prefix)
{
	const char *text = field_text(d, n, FIELD_ANY);

	if (text && !str_after(text, prefix))
		json_error(d, n, "must start with \"%s\", not %s", prefix,
			field_quote(d->arena, text));
	if (text && strchr(text, '\n'))
		json_error(d, n, "must be one line, not %s", field_quote(d->arena, text));
	return text;
}

void config_read_intel_rdt(struct json_doc *d, struct json *n, struct config_intel_rdt *ret)
{
	struct json *clos, *schemata;

	if (!n || !json_object(d, n))
		return;
	ret->at = n;
	clos = json_get(n, "closID");
	ret->clos_id = field_text(d, clos, FIELD_ANY);
	/* "/" is the root group; anything else is the name of a directory */
	if (ret->clos_id && !str_eq(ret->clos_id, "/") &&
		(strchr(ret->clos_id, '/') || str_eq(ret->clos_id, ".") ||
			str_eq(ret->clos_id, "..")))
		json_error(d, clos, "must be the name of one directory or \"/\", not %s",
			field_quote(d->arena, ret->clos_id));
	ret->l3_cache_schema = field_text(d, json_get(n, "l3CacheSchema"), FIELD_ANY);
	ret->mem_bw_schema = read_schema(d, json_get(n, "memBwSchema"), "MB:");
	schemata = json_get(n, "schemata");
	if (schemata) {
		ret->schemata = field_texts(d, schemata, FIELD_FILLED);
		for (const struct json *i = schemata->type == JSON_ARRAY ? json_first(schemata)
									 : NULL;
			i; i = i->next)
			if (ret->schemata[i->index])
				(void)read_schema(d, i, "");
	}
	(void)json_bool(d, json_get(n, "enableMonitoring"), &ret->enable_monitoring);
}

/* set_mempolicy(2): some modes take no nodes, some need them; MPOL_PREFERRED without nodes means
 * the local one */
static void check_nodes(struct json_doc *d, struct json *n, const struct config_memory_policy *p)
{
	const char *mode = names_of(&names_memory_modes, (uint64_t)p->mode);
	size_t count;

	if (p->mode == MPOL_DEFAULT || p->mode == MPOL_LOCAL) {
		if (p->nodes && field_is_list(p->nodes, &count))
			json_error(d, json_get(n, "nodes"),
				"mode requires 0 nodes but got %zu: must be empty for %s, not %s",
				count, mode, field_quote(d->arena, p->nodes));
		if (p->flags && p->mode == MPOL_LOCAL)
			json_error(d, json_get(n, "flags"), "must be empty for %s", mode);
	} else if (p->mode != MPOL_PREFERRED && !p->nodes) {
		json_error(d, n,
			"invalid memory policy: must have nodes for %s, a list such as \"0-3,7\"",
			mode);
	}
	if ((p->flags & MPOL_F_NUMA_BALANCING) && p->mode != MPOL_BIND &&
		p->mode != MPOL_PREFERRED_MANY)
		json_error(d, json_get(n, "flags"),
			"must not have MPOL_F_NUMA_BALANCING for %s, only for MPOL_BIND and MPOL_PREFERRED_MANY",
			mode);
	if ((p->flags & MPOL_F_STATIC_NODES) && (p->flags & MPOL_F_RELATIVE_NODES))
		json_error(d, json_get(n, "flags"),
			"must not have both MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES");
}

static const char *read_nodes(struct json_doc *d, const struct json *n)
{
	const char *text = field_text(d, n, FIELD_ANY);
	size_t count;

	if (!text || field_is_list(text, &count))
		return text;
	json_error(d, n, "invalid memory policy node: must be a list such as \"0-3,7\", not %s",
		field_quote(d->arena, text));
	return NULL;
}

void config_read_memory_policy(struct json_doc *d, struct json *n, struct config_memory_policy *ret)
{
	unsigned before = d->error_count;
	uint64_t mode;

	if (!n || !json_object(d, n))
		return;
	ret->at = n;
	if (field_name(d,
		    field_need(d, n, "mode",
			    "a mode such as \"MPOL_BIND\"; without one: invalid memory policy mode"),
		    &names_memory_modes, "invalid memory policy mode", &mode))
		ret->mode = (int)mode;
	ret->flags = (unsigned)field_flags(d, json_get(n, "flags"), &names_memory_flags,
		"invalid memory policy flag");
	ret->nodes = read_nodes(d, json_get(n, "nodes"));
	if (d->error_count == before)
		check_nodes(d, n, ret);
}
