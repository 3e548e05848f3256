/* SPDX-License-Identifier: Apache-2.0 */
/* config_mounts.c - config.md, "Mounts", "POSIX-platform Mounts" */
#include <string.h>

#include "base/limits.h"
#include "base/path.h"
#include "oci/config_in.h"
#include "oci/field.h"
#include "oci/mount_options.h"

static void read_destination(struct json_doc *d, struct json *mount, struct config_mount *ret)
{
	struct json *n = field_need(d, mount, "destination", "an absolute path");
	const char *text = field_text(d, n, FIELD_FILLED);

	if (!text)
		return;
	if (!path_is_abs(text))
		json_warn(d, n, "should be an absolute path, %s is taken from \"/\"",
			field_quote(d->arena, text));
	ret->destination = path_clean(d->arena, text);
	if (str_eq(ret->destination, "/"))
		json_error(d, n, "must not be \"/\", the root filesystem is already there");
}

static void read_maps(struct json_doc *d, struct json *mount, struct config_mount *ret)
{
	struct json *uid = json_get(mount, "uidMappings"), *gid = json_get(mount, "gidMappings");

	field_id_maps(d, uid, &ret->uid_maps, &ret->n_uid_maps);
	field_id_maps(d, gid, &ret->gid_maps, &ret->n_gid_maps);
	if (uid && uid->count && !(gid && gid->count))
		json_error(d, uid, "must come together with gidMappings");
	if (gid && gid->count && !(uid && uid->count))
		json_error(d, gid, "must come together with uidMappings");
}

/* What kind of mount is it, and is everything there that this kind needs? (config.md: a mount is a
 * bind if and only if the options say so, the type is then ignored) */
static void check_kind(struct json_doc *d, struct json *n, const struct config_mount *m)
{
	struct mount_options o;
	size_t bytes = 0;

	mount_options_parse(d->arena, m->options, &o);
	for (size_t i = 0; i < o.n_data; i++)
		bytes += strlen(o.data[i]) + 1;
	if (bytes > LIMIT_MOUNT_DATA)
		json_error(d, n, "must have at most %d bytes of filesystem options, not %zu",
			LIMIT_MOUNT_DATA, bytes);
	if ((o.flags & MOUNT_COPY_UP) && !(m->type && str_eq(m->type, "tmpfs")))
		json_error(d, n, "must be of type \"tmpfs\" for the option \"tmpcopyup\"");
	if (o.flags & MOUNT_REMOUNT)
		return;
	if (o.flags & MOUNT_BIND) {
		if (!m->source)
			json_missing(d, n, "source", "the file or directory to bind");
		return;
	}
	if (!m->type)
		json_missing(d, n, "type",
			"a filesystem, or the options must have \"bind\" or \"rbind\"");
	else if (str_eq(m->type, "bind") || str_eq(m->type, "rbind"))
		json_error(d, json_get(n, "type"),
			"must be a filesystem, or the options must have \"bind\" or \"rbind\"");
}

static void read_mount(struct json_doc *d, struct json *n, struct config_mount *ret)
{
	struct json *options;
	unsigned before = d->error_count;

	if (!json_object(d, n))
		return;
	ret->at = n;
	read_destination(d, n, ret);
	ret->source = field_text(d, json_get(n, "source"), FIELD_ANY);
	ret->type = field_text(d, json_get(n, "type"), FIELD_ANY);
	options = json_get(n, "options");
	/* "" asks for nothing; Buildah writes it for "--volume A:B" */
	ret->options = field_texts(d, options, FIELD_ANY);
	read_maps(d, n, ret);
	if (d->error_count == before)
		check_kind(d, n, ret);
}

void config_read_mounts(struct json_doc *d, struct json *n, struct config *ret)
{
	ret->mounts = field_array(d, n, sizeof(*ret->mounts), LIMIT_MOUNTS, &ret->n_mounts);
	for (struct json *i = ret->n_mounts ? json_first(n) : NULL; i; i = i->next)
		read_mount(d, i, &ret->mounts[i->index]);
}
