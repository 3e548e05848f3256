/* SPDX-License-Identifier: Apache-2.0 */
/* config_resources.c - config-linux.md, "Control groups": everything but blockIO
 *
 * Values that only cgroup v1 could apply are refused when they ask for something. The zeros that
 * engines write into fields they do not use ask for nothing. */
#include <stddef.h>
#include <string.h>

#include "base/limits.h"
#include "oci/config_in.h"
#include "oci/field.h"

void config_v1_only(struct json_doc *d, const struct json *n)
{
	json_error(d, n, "cgroup v2 has no equivalent");
}

/* ---- memory, cpu, pids ---- */

static void check_swap(struct json_doc *d, const struct config_memory *m)
{
	if (m->swap.value > 0 && m->limit.value > 0 && m->swap.value < m->limit.value)
		json_error(d, m->swap.at,
			"must be memory and swap together, so at least the limit %jd, not %jd",
			(intmax_t)m->limit.value, (intmax_t)m->swap.value);
}

static void read_memory(struct json_doc *d, struct json *n, struct config_memory *ret)
{
	const struct json *at;

	if (!n || !json_object(d, n))
		return;
	field_i64(d, json_get(n, "limit"), -1, &ret->limit);
	field_i64(d, json_get(n, "reservation"), -1, &ret->reservation);
	field_i64(d, json_get(n, "swap"), -1, &ret->swap);
	field_i64(d, json_get(n, "kernel"), -1, &ret->kernel);
	field_i64(d, json_get(n, "kernelTCP"), -1, &ret->kernel_tcp);
	field_u64(d, json_get(n, "swappiness"), 100, &ret->swappiness);
	at = json_get(n, "disableOOMKiller");
	ret->disable_oom_killer_at = json_bool(d, at, &ret->disable_oom_killer) ? at : NULL;
	at = json_get(n, "useHierarchy");
	ret->use_hierarchy_at = json_bool(d, at, &ret->use_hierarchy) ? at : NULL;
	at = json_get(n, "checkBeforeUpdate");
	ret->check_before_update_at = json_bool(d, at, &ret->check_before_update) ? at : NULL;

	check_swap(d, ret);
	if (ret->kernel.value > 0)
		config_v1_only(d, ret->kernel.at);
	if (ret->kernel_tcp.value > 0)
		config_v1_only(d, ret->kernel_tcp.at);
	if (ret->swappiness.at)
		config_v1_only(d, ret->swappiness.at);
	if (ret->disable_oom_killer)
		config_v1_only(d, ret->disable_oom_killer_at);
	if (ret->use_hierarchy_at && !ret->use_hierarchy)
		config_v1_only(d, ret->use_hierarchy_at);
}

/* the bounds of cpu.max in the kernel; 0 is "not set" */
static void check_bandwidth(struct json_doc *d, const struct config_cpu *c)
{
	enum { MIN_US = 1000, MAX_PERIOD_US = 1000000 };

	if (c->quota.value > 0 && c->quota.value < MIN_US)
		json_error(d, c->quota.at, "must be at least %d microseconds, not %jd", MIN_US,
			(intmax_t)c->quota.value);
	if (c->period.value && (c->period.value < MIN_US || c->period.value > MAX_PERIOD_US))
		json_error(d, c->period.at, "must be from %d to %d microseconds, not %ju", MIN_US,
			MAX_PERIOD_US, (uintmax_t)c->period.value);
	if (c->quota.value > 0 && c->burst.value > (uint64_t)c->quota.value)
		json_error(d, c->burst.at, "must be at most the quota %jd, not %ju",
			(intmax_t)c->quota.value, (uintmax_t)c->burst.value);
}

static void read_cpu(struct json_doc *d, struct json *n, struct config_cpu *ret)
{
	const struct json *idle;

	if (!n || !json_object(d, n))
		return;
	field_u64(d, json_get(n, "shares"), UINT64_MAX, &ret->shares);
	field_i64(d, json_get(n, "quota"), INT64_MIN, &ret->quota);
	field_u64(d, json_get(n, "period"), UINT64_MAX, &ret->period);
	field_u64(d, json_get(n, "burst"), UINT64_MAX, &ret->burst);
	field_i64(d, json_get(n, "realtimeRuntime"), INT64_MIN, &ret->realtime_runtime);
	field_u64(d, json_get(n, "realtimePeriod"), UINT64_MAX, &ret->realtime_period);
	idle = json_get(n, "idle");
	if (json_i64(d, idle, 0, 1, &ret->idle.value))
		ret->idle.at = idle;
	ret->cpus_at = json_get(n, "cpus");
	ret->cpus = field_text(d, ret->cpus_at, FIELD_LIST);
	ret->mems_at = json_get(n, "mems");
	ret->mems = field_text(d, ret->mems_at, FIELD_LIST);

	check_bandwidth(d, ret);
	if (ret->realtime_runtime.value)
		config_v1_only(d, ret->realtime_runtime.at);
	if (ret->realtime_period.value)
		config_v1_only(d, ret->realtime_period.at);
}

static void read_pids(struct json_doc *d, struct json *n, struct config_resources *ret)
{
	if (n && json_object(d, n))
		field_i64(d, json_get(n, "limit"), -1, &ret->pids_limit);
}

/* ---- device rules ---- */

/* -1 is what some engines write for "any" */
static bool read_rule_number(struct json_doc *d, const struct json *n, uint32_t *ret)
{
	int64_t value;

	if (!json_i64(d, n, -1, UINT32_MAX, &value) || value < 0)
		return false;
	*ret = (uint32_t)value;
	return true;
}

static unsigned read_access(struct json_doc *d, const struct json *n)
{
	const char *text = field_text(d, n, FIELD_ANY);
	unsigned access = 0;

	for (const char *p = text; p && *p; p++) {
		if (*p == 'r')
			access |= DEVICE_READ;
		else if (*p == 'w')
			access |= DEVICE_WRITE;
		else if (*p == 'm')
			access |= DEVICE_MKNOD;
		else {
			json_error(d, n, "must be made of r, w and m, not %s",
				field_quote(d->arena, text));
			break;
		}
	}
	return access ? access : DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD;
}

static void read_rule(struct json_doc *d, struct json *n, struct config_device_rule *ret)
{
	const struct json *type_at;
	const char *type;

	if (!json_object(d, n))
		return;
	ret->at = n;
	(void)json_bool(d, field_need(d, n, "allow", "true or false"), &ret->allow);
	type_at = json_get(n, "type");
	type = field_text(d, type_at, FIELD_ANY);
	ret->type = type ? type[0] : 'a';
	if (type && (strlen(type) != 1 || !strchr("abc", type[0])))
		json_error(d, type_at, "unknown device type %s, must be a, b or c",
			field_quote(d->arena, type));
	ret->has_major = read_rule_number(d, json_get(n, "major"), &ret->major);
	ret->has_minor = read_rule_number(d, json_get(n, "minor"), &ret->minor);
	ret->access = read_access(d, json_get(n, "access"));
}

static void read_rules(struct json_doc *d, struct json *n, struct config_resources *ret)
{
	ret->devices = field_array(d, n, sizeof(*ret->devices), LIMIT_DEVICES, &ret->n_devices);
	for (struct json *i = ret->n_devices ? json_first(n) : NULL; i; i = i->next)
		read_rule(d, i, &ret->devices[i->index]);
}

/* ---- hugetlb, rdma, net, unified ---- */

/* ^[1-9][0-9]*[KMG]B$ */
static bool is_page_size(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits && text[0] != '0' && text[digits] && strchr("KMG", text[digits]) &&
		str_eq(text + digits + 1, "B");
}

static void read_hugepage(struct json_doc *d, struct json *n, struct config_hugepage *ret)
{
	struct json *size;

	if (!json_object(d, n))
		return;
	ret->at = n;
	size = field_need(d, n, "pageSize", "a size such as \"2MB\"");
	if (json_string(d, size, &ret->page_size) && !is_page_size(ret->page_size))
		json_error(d, size, "must be a size such as \"2MB\", not %s",
			field_quote(d->arena, ret->page_size));
	(void)json_u64(d, field_need(d, n, "limit", "a number of bytes"), 0, UINT64_MAX,
		&ret->limit);
}

static void read_hugepages(struct json_doc *d, struct json *n, struct config_resources *ret)
{
	ret->hugepages =
		field_array(d, n, sizeof(*ret->hugepages), LIMIT_DEVICES, &ret->n_hugepages);
	for (struct json *i = ret->n_hugepages ? json_first(n) : NULL; i; i = i->next)
		read_hugepage(d, i, &ret->hugepages[i->index]);
}

static void read_rdma(struct json_doc *d, struct json *n, struct config_resources *ret)
{
	ret->rdma = field_map(d, n, sizeof(*ret->rdma), &ret->n_rdma);
	for (struct json *i = ret->n_rdma ? json_first(n) : NULL; i; i = i->next) {
		struct config_rdma *r = &ret->rdma[i->index];
		unsigned before = d->error_count;

		r->at = i;
		r->device = i->key;
		if (!json_object(d, i))
			continue;
		if (!i->key[0] || strpbrk(i->key, " \t\n"))
			json_error(d, i, "must have the name of a device, without blanks");
		field_u64(d, json_get(i, "hcaHandles"), UINT32_MAX, &r->handles);
		field_u64(d, json_get(i, "hcaObjects"), UINT32_MAX, &r->objects);
		if (!r->handles.at && !r->objects.at && d->error_count == before)
			json_error(d, i, "must have hcaHandles or hcaObjects");
	}
}

static void read_network(struct json_doc *d, struct json *n, struct config_resources *ret)
{
	struct json *list;

	if (!n || !json_object(d, n))
		return;
	field_u64(d, json_get(n, "classID"), UINT32_MAX, &ret->net_class);
	if (ret->net_class.value)
		config_v1_only(d, ret->net_class.at);
	list = json_get(n, "priorities");
	ret->net_priorities = field_array(d, list, sizeof(*ret->net_priorities), LIMIT_DEVICES,
		&ret->n_net_priorities);
	for (struct json *i = ret->n_net_priorities ? json_first(list) : NULL; i; i = i->next) {
		struct config_net_priority *p = &ret->net_priorities[i->index];

		p->at = i;
		if (!json_object(d, i))
			continue;
		p->name = field_text(d, field_need(d, i, "name", "the name of an interface"),
			FIELD_FILLED);
		(void)field_u32(d, field_need(d, i, "priority", "a number"), UINT32_MAX,
			&p->priority);
	}
	if (ret->n_net_priorities)
		config_v1_only(d, list);
}

/* These act on processes, whichever the value names, or keep the container's from being put into
 * the cgroup. */
static bool is_no_setting(const char *file)
{
	static const char *const acts[] = { "cgroup.freeze", "cgroup.kill", "cgroup.procs",
		"cgroup.subtree_control", "cgroup.threads" };

	for (size_t i = 0; i < ARRAY_LEN(acts); i++) {
		if (str_eq(acts[i], file))
			return true;
	}
	return false;
}

static void read_unified(struct json_doc *d, struct json *n, struct config_resources *ret)
{
	ret->unified = field_map(d, n, sizeof(*ret->unified), &ret->n_unified);
	for (const struct json *i = ret->n_unified ? json_first(n) : NULL; i; i = i->next) {
		struct config_unified *u = &ret->unified[i->index];

		u->at = i;
		u->file = i->key;
		(void)json_string(d, i, &u->value);
		if (strchr(i->key, '/') || !strchr(i->key, '.') || i->key[0] == '.')
			json_error(d, i,
				"must have the name of a cgroup file such as \"memory.high\"");
		else if (is_no_setting(i->key))
			json_error(d, i,
				"must be a setting: what is written to \"%s\" acts on processes",
				i->key);
	}
}

void config_read_resources(struct json_doc *d, struct json *n, struct config_resources *ret)
{
	if (!n || !json_object(d, n))
		return;
	ret->at = n;
	read_rules(d, json_get(n, "devices"), ret);
	read_memory(d, json_get(n, "memory"), &ret->memory);
	read_cpu(d, json_get(n, "cpu"), &ret->cpu);
	read_pids(d, json_get(n, "pids"), ret);
	config_read_block_io(d, json_get(n, "blockIO"), &ret->block_io);
	read_hugepages(d, json_get(n, "hugepageLimits"), ret);
	read_rdma(d, json_get(n, "rdma"), ret);
	read_network(d, json_get(n, "network"), ret);
	read_unified(d, json_get(n, "unified"), ret);
}
