/* SPDX-License-Identifier: Apache-2.0 */
/* config.c - the entry points, and the members of config.json that are no section of their own
 *
 * Order: text to tree (syntax errors end here), tree to struct section by section, rules across
 * sections, unknown members. Nothing stops at the first finding; only json_finish turns them into
 * an error. */
#include "oci/config.h"

#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "oci/config_in.h"
#include "oci/field.h"
#include "oci/state.h"

/* ---- ociVersion ---- */

struct version {
	uint32_t major, minor, patch;
};

/* one of the three numbers of a version: digits without a leading zero; moves *text behind it */
static bool version_number(const char **text, uint32_t *ret)
{
	char digits[16];
	size_t len = strspn(*text, "0123456789");

	if (len == 0 || len >= sizeof(digits) || (len > 1 && **text == '0'))
		return false;
	memcpy(digits, *text, len);
	digits[len] = '\0';
	*text += len;
	return num_u32(digits, ret);
}

/* identifiers of a pre-release or build part, separated by dots and none empty; moves *text behind
 * them */
static bool version_identifiers(const char **text, bool pre_release)
{
	static const char allowed[] =
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-";

	for (;;) {
		size_t len = strspn(*text, allowed);
		bool numeric = strspn(*text, "0123456789") == len;

		if (len == 0 || (pre_release && numeric && len > 1 && **text == '0'))
			return false;
		*text += len;
		if (**text != '.')
			return true;
		++*text;
	}
}

/* semver.org 2.0.0 */
static bool version_parse(const char *text, struct version *ret)
{
	if (!version_number(&text, &ret->major) || *text++ != '.')
		return false;
	if (!version_number(&text, &ret->minor) || *text++ != '.')
		return false;
	if (!version_number(&text, &ret->patch))
		return false;
	if (*text == '-' && (text++, !version_identifiers(&text, true)))
		return false;
	if (*text == '+' && (text++, !version_identifiers(&text, false)))
		return false;
	return *text == '\0';
}

static void read_version(struct json_doc *d, struct config *ret)
{
	struct json *n =
		field_need(d, d->root, "ociVersion", "a version such as \"" OCI_VERSION "\"");
	struct version own = { 0 }, given;
	const char *text;

	if (!json_string(d, n, &text))
		return;
	(void)version_parse(OCI_VERSION, &own);
	ret->oci_version = text;
	if (!version_parse(text, &given))
		json_error(d, n, "must be a version such as \"%s\", not %s", OCI_VERSION,
			field_quote(d->arena, text));
	else if (given.major != own.major)
		json_error(d, n, "must be a version from %s to %s, not %s", OCI_VERSION_MIN,
			OCI_VERSION, field_quote(d->arena, text));
	else if (given.minor > own.minor)
		json_warn(d, n, "%s is newer than %s, what it added is ignored", text, OCI_VERSION);
}

/* ---- small sections ---- */

static void read_root(struct json_doc *d, struct config *ret)
{
	struct json *n =
		field_need(d, d->root, "root", "an object with the path of the root filesystem");

	if (!n || !json_object(d, n))
		return;
	ret->root_path = field_text(d, field_need(d, n, "path", "the path of the root filesystem"),
		FIELD_FILLED);
	(void)json_bool(d, json_get(n, "readonly"), &ret->root_readonly);
}

static const char *read_host_name(struct json_doc *d, const char *key)
{
	const struct json *n = json_get(d->root, key);
	const char *text = field_text(d, n, FIELD_ANY);

	if (text && strlen(text) > LIMIT_HOST_NAME)
		json_error(d, n, "must have at most %d bytes, not %zu", LIMIT_HOST_NAME,
			strlen(text));
	return text;
}

void config_read_annotations(struct json_doc *d, struct json *n, struct config_annotation **ret,
	size_t *count)
{
	struct config_annotation *list = field_map(d, n, sizeof(*list), count);

	*ret = list;
	for (const struct json *i = *count ? json_first(n) : NULL; i; i = i->next) {
		struct config_annotation *a = &list[i->index];

		a->at = i;
		a->key = i->key;
		(void)json_string(d, i, &a->value);
		if (!i->key[0])
			json_error(d, i, "must have a name that is not empty");
	}
}

/* What other platforms need is not even looked at. */
static void ignore_platforms(struct json_doc *d)
{
	static const char *const platforms[] = { "freebsd", "solaris", "vm", "windows", "zos" };

	for (size_t i = 0; i < ARRAY_LEN(platforms); i++) {
		struct json *n = json_get(d->root, platforms[i]);

		if (!n)
			continue;
		field_ignore(n);
		json_warn(d, n, "is for another platform, ignored");
	}
}

/* ---- entry points ---- */

static int parse(struct arena *a, const char *name, const char *text, size_t len,
	struct json_doc *doc, struct err *e)
{
	if (len > LIMIT_CONFIG_BYTES)
		return err_set(e, 0, "%s: must have at most %d bytes, not %zu", name,
			LIMIT_CONFIG_BYTES, len);
	return json_parse(a, name, text, len, doc, e);
}

int config_parse(struct arena *a, const char *name, const char *text, size_t len,
	struct config *ret, struct err *e)
{
	struct json_doc *d = &ret->doc;

	memset(ret, 0, sizeof(*ret));
	if (parse(a, name, text, len, d, e) < 0)
		return -1;
	if (!json_object(d, d->root))
		return json_finish(d, e);
	read_version(d, ret);
	read_root(d, ret);
	config_read_mounts(d, json_get(d->root, "mounts"), ret);
	config_read_process(d, json_get(d->root, "process"), &ret->process);
	ret->hostname = read_host_name(d, "hostname");
	ret->domainname = read_host_name(d, "domainname");
	config_read_hooks(d, json_get(d->root, "hooks"), &ret->hooks);
	config_read_annotations(d, json_get(d->root, "annotations"), &ret->annotations,
		&ret->n_annotations);
	config_read_landlock(d, ret->annotations, ret->n_annotations, &ret->landlock);
	config_read_run_oci(d, ret->annotations, ret->n_annotations, &ret->run_oci);
	if (ret->run_oci.seccomp_receiver) {
		ret->linux.seccomp.listener_at = ret->run_oci.seccomp_receiver->at;
		ret->linux.seccomp.listener_path = ret->run_oci.seccomp_receiver->value;
	}
	config_read_linux(d, json_get(d->root, "linux"), &ret->linux);
	ignore_platforms(d);
	config_check(ret);
	json_unknown(d, d->root);
	return json_finish(d, e);
}

int config_parse_process(struct arena *a, const char *name, const char *text, size_t len,
	struct json_doc *doc, struct config_process *ret, struct err *e)
{
	memset(ret, 0, sizeof(*ret));
	if (parse(a, name, text, len, doc, e) < 0)
		return -1;
	config_read_process(doc, doc->root, ret);
	json_unknown(doc, doc->root);
	return json_finish(doc, e);
}

int config_parse_resources(struct arena *a, const char *name, const char *text, size_t len,
	struct json_doc *doc, struct config_resources *ret, struct err *e)
{
	memset(ret, 0, sizeof(*ret));
	if (parse(a, name, text, len, doc, e) < 0)
		return -1;
	config_read_resources(doc, doc->root, ret);
	json_unknown(doc, doc->root);
	return json_finish(doc, e);
}

int config_parse_intel_rdt(struct arena *a, const char *name, const char *text, size_t len,
	struct json_doc *doc, struct config_intel_rdt *ret, struct err *e)
{
	memset(ret, 0, sizeof(*ret));
	if (parse(a, name, text, len, doc, e) < 0)
		return -1;
	config_read_intel_rdt(doc, doc->root, ret);
	json_unknown(doc, doc->root);
	return json_finish(doc, e);
}

int config_parse_hooks(struct arena *a, const char *name, const char *text, size_t len,
	struct config_hooks *ret, struct err *e)
{
	struct json_doc doc;

	memset(ret, 0, sizeof(*ret));
	if (parse(a, name, text, len, &doc, e) < 0)
		return -1;
	config_read_hooks(&doc, doc.root, ret);
	return json_finish(&doc, e);
}

const struct config_namespace *config_namespace_find(const struct config *c, unsigned type)
{
	for (size_t i = 0; i < c->linux.n_namespaces; i++) {
		if (c->linux.namespaces[i].type == type)
			return &c->linux.namespaces[i];
	}
	return NULL;
}

const char *config_at(struct arena *a, const struct json_doc *d, const struct json *at)
{
	auto_str struct str path = { 0 };
	unsigned line, column;

	json_path(at, &path);
	if (!d->name[0])
		return arena_str(a, str_text(&path));
	json_where(d, at->start, &line, &column);
	return arena_fmt(a, "%s:%u:%u: %s", d->name, line, column, str_text(&path));
}
