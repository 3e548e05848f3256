/* SPDX-License-Identifier: Apache-2.0 */
/* check.c - rules across the parts of a configuration
 *
 * Most of them say: this value changes a namespace, so the container must have its own, or join one
 * by path; otherwise the host would be changed. They keep quiet where the list of namespaces itself
 * has a finding. */
#include <linux/sched.h>
#include <string.h>

#include "base/mount.h"
#include "oci/config_in.h"
#include "oci/field.h"
#include "oci/mount_options.h"

/* a namespace of this type is in the list, or may be what an entry that was not understood meant */
static bool has_namespace(const struct config *c, unsigned type)
{
	return config_namespace_find(c, type) || config_namespace_find(c, 0);
}

static bool has_new_namespace(const struct config *c, unsigned type)
{
	const struct config_namespace *ns = config_namespace_find(c, type);

	return ns ? !ns->path : config_namespace_find(c, 0) != NULL;
}

static void need_namespace(struct config *c, const struct json *at, unsigned type)
{
	if (at && !has_namespace(c, type))
		json_error(&c->doc, at, "must not be given without the namespace \"%s\"",
			names_of(&names_namespaces, type));
}

static struct json *linux_get(struct config *c, const char *key)
{
	return json_get(json_get(c->doc.root, "linux"), key);
}

/* ---- host names ---- */

static void check_host_names(struct config *c)
{
	if (c->hostname)
		need_namespace(c, json_get(c->doc.root, "hostname"), CLONE_NEWUTS);
	if (c->domainname)
		need_namespace(c, json_get(c->doc.root, "domainname"), CLONE_NEWUTS);
}

/* ---- user namespace ---- */

static bool maps_root(const struct config_id_map *maps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (maps[i].container == 0)
			return true;
	}
	return n == 0;
}

/* What is made in the container is made by its root. */
static void check_mapped_root(struct config *c)
{
	if (!maps_root(c->linux.uid_maps, c->linux.n_uid_maps))
		json_error(&c->doc, linux_get(c, "uidMappings"),
			"must map user 0 of the container, who makes its mounts");
	if (!maps_root(c->linux.gid_maps, c->linux.n_gid_maps))
		json_error(&c->doc, linux_get(c, "gidMappings"),
			"must map group 0 of the container, which its mounts belong to");
}

/* Without a user namespace nothing is mapped. The other runtimes do not look at the maps then. */
static void drop_id_maps(struct config *c)
{
	static const char *const keys[] = { "uidMappings", "gidMappings" };

	if (has_namespace(c, CLONE_NEWUSER))
		return;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const struct json *maps = linux_get(c, keys[i]);

		if (maps && maps->count)
			json_warn(&c->doc, maps,
				"is ignored, there is no namespace \"user\" to map for");
	}
	c->linux.n_uid_maps = 0;
	c->linux.n_gid_maps = 0;
}

/* A new user namespace with neither is the planner's to judge: it knows the caller (UNS-03). */
static void check_id_map(struct config *c, const char *key, const char *other)
{
	const struct config_namespace *user = config_namespace_find(c, CLONE_NEWUSER);
	const struct json *maps = linux_get(c, key), *others = linux_get(c, other);

	if (user && !user->path && others && others->count && !(maps && maps->count))
		json_missing(&c->doc, c->linux.at, key, "maps for the new user namespace");
}

static void check_idmapped_mounts(struct config *c)
{
	if (has_namespace(c, CLONE_NEWUSER))
		return;
	for (size_t i = 0; i < c->n_mounts; i++) {
		const struct config_mount *m = &c->mounts[i];
		struct mount_options o;

		if (!m->at || m->n_uid_maps)
			continue;
		mount_options_parse(c->doc.arena, m->options, &o);
		if (o.flags & MOUNT_IDMAP)
			json_error(&c->doc, m->at,
				"must have uidMappings and gidMappings for \"%s\", "
				"there is no user namespace to take them from",
				o.flags & MOUNT_IDMAP_REC ? "ridmap" : "idmap");
	}
}

/* ---- time ---- */

/* Offsets can be written only before the first process is in the namespace. */
static void check_time_offsets(struct config *c)
{
	const struct config_namespace *ns = config_namespace_find(c, CLONE_NEWTIME);
	struct json *at = linux_get(c, "timeOffsets");

	if (!c->linux.monotonic.at && !c->linux.boottime.at)
		return;
	need_namespace(c, at, CLONE_NEWTIME);
	if (ns && ns->path)
		json_error(&c->doc, at,
			"must not be given for a time namespace that is joined (%s)",
			field_quote(c->doc.arena, ns->path));
}

/* ---- sysctl ---- */

/* what is namespaced, and by which one; a name that ends in a dot stands for all below it */
static const struct {
	const char *name;
	unsigned type;
} sysctl_trees[] = {
	{ "fs.mqueue.", CLONE_NEWIPC },
	{ "kernel.domainname", CLONE_NEWUTS },
	{ "kernel.hostname", CLONE_NEWUTS },
	{ "kernel.msg_next_id", CLONE_NEWIPC },
	{ "kernel.msgmax", CLONE_NEWIPC },
	{ "kernel.msgmnb", CLONE_NEWIPC },
	{ "kernel.msgmni", CLONE_NEWIPC },
	{ "kernel.sem", CLONE_NEWIPC },
	{ "kernel.sem_next_id", CLONE_NEWIPC },
	{ "kernel.shm_next_id", CLONE_NEWIPC },
	{ "kernel.shm_rmid_forced", CLONE_NEWIPC },
	{ "kernel.shmall", CLONE_NEWIPC },
	{ "kernel.shmmax", CLONE_NEWIPC },
	{ "kernel.shmmni", CLONE_NEWIPC },
	{ "net.", CLONE_NEWNET },
	{ "user.", CLONE_NEWUSER },
};

/* Both "." and "/" separate; whichever comes first in the key does so in all of it. The trees above
 * are told by their first components, in which the other one does not occur. */
static bool in_tree(const char *dotted, const char *tree)
{
	size_t len = strlen(tree);

	return tree[len - 1] == '.' ? strncmp(dotted, tree, len) == 0 && dotted[len]
				    : str_eq(dotted, tree);
}

/* the same name twice is no contradiction */
static void check_host_sysctl(struct config *c, const struct config_sysctl *s, const char *dotted)
{
	const char *given = str_eq(dotted, "kernel.hostname") ? c->hostname
		: str_eq(dotted, "kernel.domainname")         ? c->domainname
							      : NULL;

	if (given && !str_eq(given, s->value))
		json_error(&c->doc, s->at, "must be %s, as %s is, or be left out",
			field_quote(c->doc.arena, given), dotted + strlen("kernel."));
}

static void check_sysctl(struct config *c, struct config_sysctl *s)
{
	char *dotted = arena_str(c->doc.arena, s->key);

	for (char *p = dotted; *p; p++)
		*p = *p == '/' ? '.' : *p;
	for (size_t i = 0; i < ARRAY_LEN(sysctl_trees); i++) {
		if (in_tree(dotted, sysctl_trees[i].name)) {
			s->ns = sysctl_trees[i].type;
			need_namespace(c, s->at, s->ns);
			check_host_sysctl(c, s, dotted);
			return;
		}
	}
	json_error(&c->doc, s->at,
		"must be a setting of a namespace; this one would change the whole host");
}

static void check_sysctls(struct config *c)
{
	for (size_t i = 0; i < c->linux.n_sysctl; i++) {
		if (c->linux.sysctl[i].at)
			check_sysctl(c, &c->linux.sysctl[i]);
	}
}

/* ---- propagation, network, memory ---- */

static void check_propagation(struct config *c)
{
	const char *text = c->linux.rootfs_propagation;
	const struct name *known = text ? names_find(&names_propagations, text) : NULL;

	if (known && (known->value & (MS_SHARED | MS_SLAVE)) && !has_new_namespace(c, CLONE_NEWNS))
		json_error(&c->doc, linux_get(c, "rootfsPropagation"),
			"must not be %s without a new namespace \"mount\"",
			field_quote(c->doc.arena, text));
}

static void check_net_devices(struct config *c)
{
	if (c->linux.n_net_devices)
		need_namespace(c, linux_get(c, "netDevices"), CLONE_NEWNET);
}

/* "update" may know the limit from before; at create there is only what the document says. */
static void check_swap(struct config *c)
{
	const struct config_memory *m = &c->linux.resources.memory;

	if (m->swap.value > 0 && m->limit.value == 0)
		json_error(&c->doc, m->swap.at,
			"must not be given without limit, it counts memory and swap together");
}

void config_check(struct config *c)
{
	check_host_names(c);
	drop_id_maps(c);
	check_id_map(c, "uidMappings", "gidMappings");
	check_id_map(c, "gidMappings", "uidMappings");
	check_mapped_root(c);
	check_idmapped_mounts(c);
	check_time_offsets(c);
	check_sysctls(c);
	check_propagation(c);
	check_net_devices(c);
	check_swap(c);
}
