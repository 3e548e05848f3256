/* SPDX-License-Identifier: Apache-2.0 */
/* config_linux.c - config-linux.md: namespaces, time, sysctl, paths, personality */
#include <linux/sched.h>
#include <string.h>

#include "base/limits.h"
#include "base/path.h"
#include "oci/config_in.h"
#include "oci/field.h"

/* ---- namespaces ---- */

/* A namespace whose type could not be understood stays in the list with type 0: rules that ask for
 * some namespace then keep quiet, because it may be the one that was meant (check.c). */
static void read_namespace(struct json_doc *d, struct json *n, struct config_namespace *ret)
{
	uint64_t type;

	ret->at = n;
	if (!json_object(d, n))
		return;
	if (field_name(d, field_need(d, n, "type", "a namespace such as \"pid\""),
		    &names_namespaces, "namespace", &type))
		ret->type = (unsigned)type;
	/* an empty path is what some engines write for a new namespace */
	ret->path = field_text(d, json_get(n, "path"), FIELD_ANY);
	if (ret->path && !path_is_abs(ret->path))
		json_error(d, json_get(n, "path"), "must be an absolute path, not %s",
			field_quote(d->arena, ret->path));
}

static void read_namespaces(struct json_doc *d, struct json *n, struct config_linux *ret)
{
	enum { NAMESPACES_MAX = 64 }; /* there are eight, and none may come twice */
	unsigned before = d->error_count;

	ret->namespaces =
		field_array(d, n, sizeof(*ret->namespaces), NAMESPACES_MAX, &ret->n_namespaces);
	if (d->error_count > before) { /* unknown ones, see above */
		ret->n_namespaces = 1;
		ret->namespaces = arena_array(d->arena, 1, sizeof(*ret->namespaces));
		return;
	}
	for (struct json *i = json_first(n); i; i = i->next) {
		struct config_namespace *ns = &ret->namespaces[i->index];

		read_namespace(d, i, ns);
		for (const struct config_namespace *o = ret->namespaces; ns->type && o < ns; o++) {
			if (o->type == ns->type) {
				json_error(d, i, "is \"%s\", as entry %td is already",
					names_of(&names_namespaces, ns->type), o - ret->namespaces);
				break;
			}
		}
	}
}

static void read_time_offset(struct json_doc *d, struct json *n, struct config_time_offset *ret)
{
	if (!json_object(d, n))
		return;
	ret->at = n;
	(void)json_i64(d, json_get(n, "secs"), INT64_MIN, INT64_MAX, &ret->secs);
	(void)field_u32(d, json_get(n, "nanosecs"), 999999999, &ret->nanosecs);
}

static void read_time_offsets(struct json_doc *d, struct json *n, struct config_linux *ret)
{
	size_t count;

	(void)field_map(d, n, 0, &count);
	for (struct json *i = count ? json_first(n) : NULL; i; i = i->next) {
		if (i->type == JSON_NULL)
			continue;
		if (str_eq(i->key, "monotonic"))
			read_time_offset(d, i, &ret->monotonic);
		else if (str_eq(i->key, "boottime"))
			read_time_offset(d, i, &ret->boottime);
		else
			json_error(d, i, "unknown clock, must be monotonic or boottime");
	}
}

/* ---- sysctl ---- */

/* The key becomes a path below /proc/sys: nothing that could leave it, and nothing that a reader of
 * logs could mistake for something else. */
static bool is_sysctl_key(const char *key)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";

	return key[0] && key[0] != '/' && key[0] != '.' && !key[strspn(key, allowed)] &&
		!strstr(key, "..") && !strstr(key, "//");
}

static void read_sysctl(struct json_doc *d, struct json *n, struct config_linux *ret)
{
	ret->sysctl = field_map(d, n, sizeof(*ret->sysctl), &ret->n_sysctl);
	for (const struct json *i = ret->n_sysctl ? json_first(n) : NULL; i; i = i->next) {
		struct config_sysctl *s = &ret->sysctl[i->index];

		s->key = i->key;
		if (is_sysctl_key(i->key))
			s->at = i; /* takes part in the check for namespaces */
		else
			json_error(d, i,
				"must have a name of letters, digits and \"_./-\" without \"..\" and \"//\"");
		if (json_string(d, i, &s->value) && strchr(s->value, '\n'))
			json_error(d, i, "must be one line, not %s",
				field_quote(d->arena, s->value));
	}
}

/* ---- the rest ---- */

static void read_personality(struct json_doc *d, struct json *n, struct config_task *ret)
{
	const struct json *flags;
	uint64_t domain;

	if (!n || !json_object(d, n))
		return;
	if (field_name(d, field_need(d, n, "domain", "LINUX or LINUX32"), &names_personalities,
		    "domain", &domain)) {
		ret->has_personality = true;
		ret->personality = domain;
	}
	flags = json_get(n, "flags");
	if (flags && json_array(d, flags) && flags->count)
		json_error(d, flags, "must be empty, the specification knows no flag");
}

static void read_propagation(struct json_doc *d, struct json *n, struct config_linux *ret)
{
	uint64_t value;

	ret->rootfs_propagation = field_text(d, n, FIELD_ANY);
	if (ret->rootfs_propagation)
		(void)field_name(d, n, &names_propagations, "propagation", &value);
}

/* The root stays what it is whatever is mounted on it, so it cannot be covered like other paths. */
static const char **read_covered(struct json_doc *d, const struct json *n, const char *hint)
{
	const char **list = field_texts(d, n, FIELD_ABSOLUTE);

	for (const struct json *i = n && n->type == JSON_ARRAY ? json_first(n) : NULL; i;
		i = i->next) {
		if (list[i->index] && str_eq(path_clean(d->arena, list[i->index]), "/"))
			json_error(d, i, "must be a path below \"/\"%s", hint);
	}
	return list;
}

static void read_task(struct json_doc *d, struct json *n, struct config_task *ret)
{
	read_personality(d, json_get(n, "personality"), ret);
	config_read_memory_policy(d, json_get(n, "memoryPolicy"), &ret->memory_policy);
	ret->given = ret->has_personality || ret->memory_policy.at;
}

void config_read_linux(struct json_doc *d, struct json *n, struct config_linux *ret)
{
	ret->masked_paths = read_covered(d, json_get(n, "maskedPaths"), "");
	ret->readonly_paths = read_covered(d, json_get(n, "readonlyPaths"),
		"; root.readonly makes the root filesystem read-only");
	if (!n || !json_object(d, n))
		return;
	ret->at = n;
	read_namespaces(d, json_get(n, "namespaces"), ret);
	field_id_maps(d, json_get(n, "uidMappings"), &ret->uid_maps, &ret->n_uid_maps);
	field_id_maps(d, json_get(n, "gidMappings"), &ret->gid_maps, &ret->n_gid_maps);
	read_time_offsets(d, json_get(n, "timeOffsets"), ret);
	config_read_devices(d, json_get(n, "devices"), ret);
	config_read_net_devices(d, json_get(n, "netDevices"), ret);
	ret->cgroups_path_at = json_get(n, "cgroupsPath");
	ret->cgroups_path = field_text(d, ret->cgroups_path_at, FIELD_ANY);
	config_read_resources(d, json_get(n, "resources"), &ret->resources);
	read_sysctl(d, json_get(n, "sysctl"), ret);
	config_read_seccomp(d, json_get(n, "seccomp"), &ret->seccomp);
	read_propagation(d, json_get(n, "rootfsPropagation"), ret);
	ret->mount_label_at = json_get(n, "mountLabel");
	ret->mount_label = field_text(d, ret->mount_label_at, FIELD_ANY);
	config_read_intel_rdt(d, json_get(n, "intelRdt"), &ret->intel_rdt);
	read_task(d, n, &ret->task);
}
