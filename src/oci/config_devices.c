/* SPDX-License-Identifier: Apache-2.0 */
/* config_devices.c - config-linux.md, "Devices", "Network Devices" */
#include <ctype.h>
#include <net/if.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/path.h"
#include "oci/config_in.h"
#include "oci/field.h"

/* ---- device nodes ---- */

static void read_number(struct json_doc *d, struct json *device, const char *key, uint32_t max,
	uint32_t *ret)
{
	(void)field_u32(d, field_need(d, device, key, "a device number"), max, ret);
}

/* S_IFMT of a device type */
static uint32_t type_bits(char type)
{
	return type == 'c' ? S_IFCHR : type == 'b' ? S_IFBLK : type == 'p' ? S_IFIFO : 0;
}

/* Podman copies all of st_mode: the bits of the type, when they are right, mean nothing. */
static void read_mode(struct json_doc *d, const struct json *n, struct config_device *ret)
{
	uint32_t mode, type = type_bits(ret->type);

	ret->mode = 0666;
	if (!field_u32(d, n, UINT32_MAX, &mode))
		return;
	if ((mode & ~07777U) && (mode & ~07777U) != type) {
		json_error(d, n, "must be permission bits from 0 to 4095 (07777), not %u (0%o)",
			mode, mode);
		return;
	}
	ret->has_mode = true;
	ret->mode = mode & 07777;
	if (ret->mode > 0777)
		json_warn(d, n, "should be permission bits up to 511 (0777), not %u (0%o)",
			ret->mode, ret->mode);
}

static void read_device(struct json_doc *d, struct json *n, struct config_device *ret)
{
	const char *type, *path;
	struct json *type_at, *path_at;

	if (!json_object(d, n))
		return;
	ret->at = n;
	type_at = field_need(d, n, "type", "c, b, u or p");
	if (json_string(d, type_at, &type)) {
		if (strlen(type) == 1 && strchr("cbup", type[0]))
			ret->type = type[0] == 'u' ? 'c' : type[0];
		else
			json_error(d, type_at, "unknown device type %s, must be c, b, u or p",
				field_quote(d->arena, type));
	}
	path_at = field_need(d, n, "path", "an absolute path");
	path = field_text(d, path_at, FIELD_ABSOLUTE);
	if (path) {
		ret->path = path_clean(d->arena, path);
		if (str_eq(ret->path, "/"))
			json_error(d, path_at, "must be a path below \"/\"");
	}
	if (ret->type == 'c' || ret->type == 'b') {
		read_number(d, n, "major", FIELD_MAJOR_MAX, &ret->major);
		read_number(d, n, "minor", FIELD_MINOR_MAX, &ret->minor);
	} else {
		(void)json_get(n, "major");
		(void)json_get(n, "minor");
	}
	read_mode(d, json_get(n, "fileMode"), ret);
	ret->has_uid = field_id(d, json_get(n, "uid"), &ret->uid);
	ret->has_gid = field_id(d, json_get(n, "gid"), &ret->gid);
}

void config_read_devices(struct json_doc *d, struct json *n, struct config_linux *ret)
{
	ret->devices = field_array(d, n, sizeof(*ret->devices), LIMIT_DEVICES, &ret->n_devices);
	for (struct json *i = ret->n_devices ? json_first(n) : NULL; i; i = i->next)
		read_device(d, i, &ret->devices[i->index]);
}

/* ---- network devices ---- */

/* dev_valid_name() of the kernel, plus its rule for templates: one "%d" and no other "%" */
static bool is_interface_name(const char *name)
{
	const char *percent = strchr(name, '%');

	if (!name[0] || strlen(name) >= IFNAMSIZ || str_eq(name, ".") || str_eq(name, ".."))
		return false;
	for (const char *p = name; *p; p++) {
		if (*p == '/' || *p == ':' || isspace((unsigned char)*p))
			return false;
	}
	return !percent || (percent[1] == 'd' && !strchr(percent + 1, '%'));
}

static const char *name_inside(const struct config_net_device *dev)
{
	return dev->new_name ? dev->new_name : dev->name;
}

static void read_net_device(struct json_doc *d, struct json *n, struct config_net_device *ret)
{
	static const char rule[] =
		"1 to 15 bytes without \"/\", \":\" and blanks, and not \".\" or \"..\"";
	struct json *name;

	ret->at = n;
	ret->name = n->key;
	if (!is_interface_name(n->key) || strchr(n->key, '%'))
		json_error(d, n, "must have the name of an interface: %s", rule);
	if (n->type == JSON_NULL || !json_object(d, n))
		return;
	name = json_get(n, "name");
	ret->new_name = field_text(d, name, FIELD_ANY);
	if (ret->new_name && !is_interface_name(ret->new_name))
		json_error(d, name, "must be the name of an interface (%s), not %s", rule,
			field_quote(d->arena, ret->new_name));
}

void config_read_net_devices(struct json_doc *d, struct json *n, struct config_linux *ret)
{
	struct config_net_device *list = field_map(d, n, sizeof(*list), &ret->n_net_devices);

	ret->net_devices = list;
	if (ret->n_net_devices > LIMIT_DEVICES) {
		json_error(d, n, "must have at most %d members, not %zu", LIMIT_DEVICES,
			ret->n_net_devices);
		return;
	}
	for (struct json *i = ret->n_net_devices ? json_first(n) : NULL; i; i = i->next) {
		const char *inside;

		read_net_device(d, i, &list[i->index]);
		inside = name_inside(&list[i->index]);
		for (const struct config_net_device *o = list; o < &list[i->index]; o++) {
			if (str_eq(name_inside(o), inside) && !strchr(inside, '%')) {
				json_error(d, i, "must not be called %s inside, as %s is",
					field_quote(d->arena, inside),
					field_quote(d->arena, o->name));
				break;
			}
		}
	}
}
