/* SPDX-License-Identifier: Apache-2.0 */
/* plan_systemd.c - the container's cgroup as a scope of systemd
 *
 * Everything systemd has a property for is told to it when the scope starts: what it does not know
 * it takes back at the next daemon-reload. That goes for devices too: its filter and ours both have
 * to allow an access, so it gets every device that ours may allow, and ours stays the exact one.
 * The properties are made from the settings of the cgroup files, which are written as well: systemd
 * drops what its controllers lack without a word, the kernel does not. systemd.resource-control(5),
 * org.freedesktop.systemd1(5), systemd.unit(5) */
#include <limits.h>
#include <string.h>

#include "base/num.h"
#include "plan/plan_parts.h"

enum {
	UNIT_NAME_MAX = 255,
	SET_MAX = 8192, /* processors or memory nodes */
	FIXED = 12,     /* properties of every scope */
};

struct scope {
	struct arena *arena;
	const struct config *config;
	struct plan_cgroup *ret;
};

/* ---- names ---- */

static int name_error(const struct scope *s, struct err *e, const char *what)
{
	const struct config_linux *l = &s->config->linux;

	return err_set(e, EINVAL,
		"%s: must be \"slice:prefix:name\" for the systemd cgroup manager%s, not \"%s\"",
		config_at(s->arena, &s->config->doc, l->cgroups_path_at), what, l->cgroups_path);
}

/* systemd.unit(5): what unit names are made of */
static bool is_unit_name(const char *name)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\";

	return name[0] != '\0' && name[0] != '.' && strlen(name) <= UNIT_NAME_MAX &&
		name[strspn(name, allowed)] == '\0';
}

static bool ends_in(const char *name, const char *tail)
{
	size_t n = strlen(name), t = strlen(tail);

	return n > t && str_eq(name + n - t, tail);
}

/* "a-b.slice" lies in "a.slice": no part may be empty */
static bool is_slice(const char *name)
{
	if (str_eq(name, "-.slice"))
		return true;
	return is_unit_name(name) && ends_in(name, ".slice") && name[0] != '-' &&
		!strstr(name, "--") && !strstr(name, "-.slice") && !strchr(name, ':');
}

/* "/a.slice/a-b.slice" of "a-b.slice"; "" of the root slice */
static const char *expand_slice(struct arena *a, const char *slice)
{
	const char *path = "";

	if (str_eq(slice, "-.slice"))
		return path;
	for (const char *dash = strchr(slice, '-'); dash; dash = strchr(dash + 1, '-'))
		path = arena_fmt(a, "%s/%.*s.slice", path, (int)(dash - slice), slice);
	return arena_fmt(a, "%s/%s", path, slice);
}

static int make_names(const struct scope *s, const struct plan_options *o, struct err *e)
{
	const char *path = s->config->linux.cgroups_path, *first, *second;
	const char *slice = o->systemd[0] ? "user.slice" : "system.slice";
	const char *prefix = "crun-lite", *name = o->id;

	if (path) {
		first = strchr(path, ':');
		second = first ? strchr(first + 1, ':') : NULL;
		if (!second || strchr(second + 1, ':'))
			return name_error(s, e, "");
		if (first > path)
			slice = arena_dup(s->arena, path, (size_t)(first - path));
		prefix = arena_dup(s->arena, first + 1, (size_t)(second - first - 1));
		name = second + 1;
		if (!is_slice(slice))
			return name_error(s, e, " with a slice as in \"a-b.slice\"");
		if (!name[0])
			return name_error(s, e, " with a name");
	}
	s->ret->slice = slice;
	s->ret->scope = arena_fmt(s->arena, "%s%s%s%s", prefix, prefix[0] ? "-" : "", name,
		ends_in(name, ".scope") ? "" : ".scope");
	if (!is_unit_name(s->ret->scope) || ends_in(name, ".slice"))
		return err_set(e, EINVAL,
			"\"%s\" cannot be the name of a scope of systemd: letters, digits and \":-_.\\\", at most %d",
			s->ret->scope, UNIT_NAME_MAX);
	s->ret->path = arena_fmt(s->arena, "%s%s/%s", o->systemd, expand_slice(s->arena, slice),
		s->ret->scope);
	return 0;
}

/* The annotation run.oci.systemd.subgroup; an empty one asks for none, as if it were not there. */
static int add_subgroup(const struct scope *s, struct err *e)
{
	const struct config *c = s->config;

	for (size_t i = 0; i < c->n_annotations; i++) {
		const char *name = c->annotations[i].value;

		if (!str_eq(c->annotations[i].key, "run.oci.systemd.subgroup") || !name[0])
			continue;
		if (strpbrk(name, "/\n") || str_eq(name, ".") || str_eq(name, "..") ||
			strlen(name) > UNIT_NAME_MAX)
			return err_set(e, EINVAL, "%s: must be the name of one cgroup, not \"%s\"",
				config_at(s->arena, &c->doc, c->annotations[i].at), name);
		s->ret->subgroup = name;
		s->ret->path = arena_fmt(s->arena, "%s/%s", s->ret->path, name);
	}
	return 0;
}

/* ---- properties ---- */

/* The property of that name: the one before is replaced. */
static struct unit_property *property(const struct scope *s, const char *name, enum unit_type type)
{
	struct plan_cgroup *c = s->ret;
	struct unit_property *p = NULL;

	for (size_t i = 0; i < c->n_properties && !p; i++) {
		if (str_eq(c->properties[i].name, name))
			p = &c->properties[i];
	}
	if (!p)
		p = &c->properties[c->n_properties++];
	*p = (struct unit_property){ .name = name, .type = type };
	return p;
}

static void add_text(const struct scope *s, const char *name, const char *text)
{
	property(s, name, UNIT_TEXT)->text = text;
}

static void add_number(const struct scope *s, const char *name, uint64_t number)
{
	property(s, name, UNIT_NUMBER)->number = number;
}

/* one more pair of a property that is a list of them */
static struct unit_pair *add_pair(const struct scope *s, const char *name, enum unit_type type,
	const char *first)
{
	struct plan_cgroup *c = s->ret;
	struct unit_property *p = NULL;
	struct unit_pair *pairs;

	for (size_t i = 0; i < c->n_properties && !p; i++) {
		if (str_eq(c->properties[i].name, name))
			p = &c->properties[i];
	}
	if (!p)
		p = property(s, name, type);
	/* a power of two is full */
	if ((p->count & (p->count - 1)) == 0) {
		pairs = arena_array(s->arena, p->count ? 2 * p->count : 1, sizeof(*pairs));
		if (p->count)
			memcpy(pairs, p->pairs, p->count * sizeof(*pairs));
		p->pairs = pairs;
	}
	pairs = (struct unit_pair *)(uintptr_t)&p->pairs[p->count++];
	pairs->name = first;
	return pairs;
}

/* "max" and numbers; what else unified may say is the kernel's to refuse */
static bool limit_of(const char *text, uint64_t *ret)
{
	*ret = UINT64_MAX;
	return str_eq(text, "max") || num_u64(text, ret);
}

static const struct {
	const char *file, *property;
} numbers[] = {
	{ "cpu.weight", "CPUWeight" },
	{ "memory.high", "MemoryHigh" },
	{ "memory.low", "MemoryLow" },
	{ "memory.max", "MemoryMax" },
	{ "memory.min", "MemoryMin" },
	{ "memory.swap.max", "MemorySwapMax" },
	{ "pids.max", "TasksMax" },
};

static void add_plain(const struct scope *s, const struct plan_setting *w)
{
	uint64_t n;

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		if (!str_eq(numbers[i].file, w->file) || !limit_of(w->value, &n))
			continue;
		/* 0 is no number of tasks for systemd, and no less than 1 to a container that has
		 * one */
		add_number(s, numbers[i].property, n == 0 && str_eq(w->file, "pids.max") ? 1 : n);
	}
}

/* "QUOTA PERIOD" in microseconds; the property has the quota of a second */
static void add_bandwidth(const struct scope *s, const struct plan_setting *w)
{
	const char *blank = strchr(w->value, ' ');
	uint64_t quota, period = 100000;

	if (!limit_of(arena_dup(s->arena, w->value, strcspn(w->value, " ")), &quota) ||
		(blank && !num_u64(blank + 1, &period)) || period == 0)
		return;
	if (quota != UINT64_MAX && __builtin_mul_overflow(quota, (uint64_t)1000000, &quota))
		return;
	/* rounded up: from this systemd makes a quota for the period again, and rounds that down */
	if (quota != UINT64_MAX)
		quota = quota / period + (quota % period != 0);
	add_number(s, "CPUQuotaPerSecUSec", quota);
	add_number(s, "CPUQuotaPeriodUSec", period);
}

/* "0-3,7" as a bit mask, little end first */
static void add_set(const struct scope *s, const char *name, const char *list)
{
	uint8_t *bytes = arena_alloc(s->arena, SET_MAX / 8);
	struct unit_property *p;
	size_t used = 0;

	for (const char *at = list; *at; at += strspn(at, ",\n")) {
		const char *part = arena_dup(s->arena, at, strcspn(at, ",\n"));
		size_t dash = strcspn(part, "-");
		uint32_t from, to;

		at += strlen(part);
		if (!num_u32(arena_dup(s->arena, part, dash), &from))
			return;
		to = from;
		if ((part[dash] && !num_u32(part + dash + 1, &to)) || to >= SET_MAX)
			return;
		for (uint32_t i = from; i <= to; i++)
			bytes[i / 8] |= (uint8_t)(1u << i % 8);
		used = to / 8 + 1 > used ? to / 8 + 1 : used;
	}
	p = property(s, name, UNIT_BYTES);
	p->bytes = bytes;
	p->count = used;
}

/* io.weight, as written or as what takes its place: "default 100", "100", "8:0 100" */
static void add_weight(const struct scope *s, const struct plan_setting *w)
{
	const char *value = str_eq(w->file, "io.weight") ? w->value : w->other_value;
	const char *whole = str_after(value, "default "), *blank = strchr(value, ' ');
	uint64_t n;

	if (num_u64(whole ? whole : value, &n)) {
		add_number(s, "IOWeight", n);
		return;
	}
	if (blank && num_u64(blank + 1, &n))
		add_pair(s, "IODeviceWeight", UNIT_NUMBER_PAIRS,
			arena_fmt(s->arena, "/dev/block/%.*s", (int)(blank - value), value))
			->number = n;
}

/* "8:0 rbps=1048576", one or more limits */
static void add_io_limits(const struct scope *s, const char *value)
{
	static const struct {
		const char *key, *property;
	} keys[] = {
		{ "rbps=", "IOReadBandwidthMax" },
		{ "wbps=", "IOWriteBandwidthMax" },
		{ "riops=", "IOReadIOPSMax" },
		{ "wiops=", "IOWriteIOPSMax" },
	};
	size_t len = strcspn(value, " ");
	const char *node = arena_fmt(s->arena, "/dev/block/%.*s", (int)len, value);

	for (const char *at = value + len; *(at += strspn(at, " ")); at += len) {
		const char *word;
		uint64_t n;

		len = strcspn(at, " ");
		word = arena_dup(s->arena, at, len);
		for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
			const char *number = str_after(word, keys[i].key);

			if (number && limit_of(number, &n))
				add_pair(s, keys[i].property, UNIT_NUMBER_PAIRS, node)->number = n;
		}
	}
}

static void add_setting(const struct scope *s, const struct plan_setting *w)
{
	add_plain(s, w);
	if (str_eq(w->file, "cpu.idle") && str_eq(w->value, "1"))
		add_number(s, "CPUWeight", 0);
	else if (str_eq(w->file, "cpu.max"))
		add_bandwidth(s, w);
	else if (str_eq(w->file, "cpuset.cpus"))
		add_set(s, "AllowedCPUs", w->value);
	else if (str_eq(w->file, "cpuset.mems"))
		add_set(s, "AllowedMemoryNodes", w->value);
	else if (str_eq(w->file, "io.weight") ||
		(w->other_file && str_eq(w->other_file, "io.weight")))
		add_weight(s, w);
	else if (str_eq(w->file, "io.max"))
		add_io_limits(s, w->value);
}

static const struct plan_setting *find_setting(const struct plan_cgroup *c, const char *file)
{
	for (size_t i = 0; i < c->n_settings; i++) {
		if (str_eq(c->settings[i].file, file))
			return &c->settings[i];
	}
	return NULL;
}

void plan_scope_changes(struct arena *a, struct plan_cgroup *ret)
{
	const struct scope s = { .arena = a, .ret = ret };
	const struct plan_setting *idle = find_setting(ret, "cpu.idle");

	ret->properties = arena_array(a, FIXED + 4 * ret->n_settings, sizeof(*ret->properties));
	ret->n_properties = 0;
	for (size_t i = 0; i < ret->n_settings; i++)
		add_setting(&s, &ret->settings[i]);
	/* it is systemd's lowest weight: without this it would come back with the next weight that
	 * systemd writes */
	if (idle && str_eq(idle->value, "0") && !find_setting(ret, "cpu.weight"))
		add_number(&s, "CPUWeight", UINT64_MAX);
}

/* ---- devices ---- */

static bool is_everything(const struct dev_rule *r)
{
	const unsigned all = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE;

	return r->type == 'a' && r->any_major && r->any_minor && r->access == all;
}

static void allow(const struct scope *s, const struct dev_rule *r, char type)
{
	const char *kind = type == 'c' ? "char" : "block", *name;

	/* a minor number with any major one is nothing systemd can say: ours says it */
	if (r->any_major)
		name = arena_fmt(s->arena, "%s-*", kind);
	else if (r->any_minor)
		name = arena_fmt(s->arena, "%s-%u", kind, r->major);
	else
		name = arena_fmt(s->arena, "/dev/%s/%u:%u", kind, r->major, r->minor);
	add_pair(s, "DeviceAllow", UNIT_TEXT_PAIRS, name)->text =
		arena_fmt(s->arena, "%s%s%s", r->access & BPF_DEVCG_ACC_READ ? "r" : "",
			r->access & BPF_DEVCG_ACC_WRITE ? "w" : "",
			r->access & BPF_DEVCG_ACC_MKNOD ? "m" : "");
}

/* What is allowed behind the last rule that is about everything; denials are for our own filter. */
static void add_devices(const struct scope *s)
{
	const struct plan_cgroup *c = s->ret;
	size_t first = 0;

	for (size_t i = 0; i < c->n_rules; i++) {
		if (is_everything(&c->rules[i]))
			first = i;
	}
	if (c->n_rules > 0 && is_everything(&c->rules[first]) && c->rules[first].allow) {
		add_text(s, "DevicePolicy", "auto");
		return;
	}
	add_text(s, "DevicePolicy", "strict");
	for (size_t i = first; i < c->n_rules; i++) {
		const struct dev_rule *r = &c->rules[i];

		if (r->allow && r->type != 'b')
			allow(s, r, 'c');
		if (r->allow && r->type != 'c')
			allow(s, r, 'b');
	}
}

/* What is counted is shown by systemctl(1) and systemd-cgtop(1). Not everything is by default. */
static void add_accounting(const struct scope *s)
{
	static const char *const names[] = { "CPUAccounting", "IOAccounting", "MemoryAccounting",
		"TasksAccounting" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		property(s, names[i], UNIT_BOOL)->number = 1;
}

int plan_scope(struct arena *a, const struct config *c, const struct plan_options *o,
	struct plan_cgroup *ret, struct err *e)
{
	const struct scope s = { .arena = a, .config = c, .ret = ret };

	if (make_names(&s, o, e) < 0 || add_subgroup(&s, e) < 0)
		return -1;
	/* a setting becomes two properties at most, io.max four; pairs share one */
	ret->properties = arena_array(a, FIXED + 4 * ret->n_settings + c->n_annotations,
		sizeof(*ret->properties));
	ret->n_properties = 0;
	add_text(&s, "Description", arena_fmt(a, "crun-lite container %s", o->id));
	add_text(&s, "Slice", ret->slice);
	property(&s, "Delegate", UNIT_BOOL)->number = 1;
	/* a unit without a process goes, whatever became of it: its name is free again */
	add_text(&s, "CollectMode", "inactive-or-failed");
	property(&s, "DefaultDependencies", UNIT_BOOL)->number = 0;
	add_accounting(&s);
	for (size_t i = 0; i < ret->n_settings; i++)
		add_setting(&s, &ret->settings[i]);
	add_devices(&s);
	for (size_t i = 0; i < c->n_annotations; i++) {
		struct unit_property p;
		int r = plan_annotation_property(a, c, i, &p, e);

		if (r < 0)
			return -1;
		if (r > 0)
			*property(&s, p.name, p.type) = p;
	}
	return 0;
}
