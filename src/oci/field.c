/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/field.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/path.h"

struct json *field_need(struct json_doc *d, struct json *obj, const char *key, const char *expected)
{
	struct json *n = json_get(obj, key);

	if (!n)
		json_missing(d, obj, key, expected);
	return n;
}

const char *field_quote(struct arena *a, const char *text)
{
	enum { QUOTE_MAX = 96 };
	auto_str struct str out = { 0 };
	struct jsonw w;
	size_t len = strlen(text), shown = len;

	if (len > QUOTE_MAX) {
		shown = QUOTE_MAX;
		while (shown > QUOTE_MAX - 4 && ((unsigned char)text[shown] & 0xc0) == 0x80)
			shown--; /* not through the middle of a character */
	}
	jsonw_init(&w, &out, 0);
	jsonw_string(&w, NULL, arena_dup(a, text, shown));
	return arena_fmt(a, "%.*s%s\"", (int)out.len - 1, str_text(&out), shown < len ? "..." : "");
}

/* length of the number at text, or 0; numbers of CPUs and nodes are far below the limit */
static size_t list_number(const char *text, uint32_t *ret)
{
	enum { LIST_MAX = 1 << 20 };
	size_t len = 0;
	uint32_t value = 0;

	for (; isdigit((unsigned char)text[len]); len++) {
		value = value * 10 + (uint32_t)(text[len] - '0');
		if (value > LIST_MAX)
			return 0;
	}
	*ret = value;
	return len;
}

/* length of the range "7", "0-3" or "0-31:1/2" at text, or 0; *count: how many numbers it has */
static size_t list_range(const char *text, size_t *count)
{
	uint32_t first, last, used, group;
	size_t n = list_number(text, &first), at = n;

	*count = 1;
	if (!n || text[at] != '-')
		return n;
	n = list_number(text + at + 1, &last);
	if (!n || last < first)
		return 0;
	at += 1 + n;
	*count = last - first + 1;
	if (text[at] != ':')
		return at;
	n = list_number(text + at + 1, &used);
	if (!n || text[at + 1 + n] != '/')
		return 0;
	at += 2 + n;
	n = list_number(text + at, &group);
	if (n && group)
		*count = *count / group * used + (*count % group < used ? *count % group : used);
	return n && used && used <= group ? at + n : 0;
}

/* the format of cpuset(7), "List format": ranges separated by commas; the kernel skips blanks and
 * surplus commas */
bool field_is_list(const char *text, size_t *ret_count)
{
	size_t count = 0, here;

	while (*text) {
		size_t n;

		if (*text == ',' || *text == ' ') {
			text++;
			continue;
		}
		n = list_range(text, &here);
		if (!n || (text[n] && text[n] != ',' && text[n] != ' '))
			return false;
		text += n;
		count += here;
	}
	*ret_count = count;
	return true;
}

const char *field_text(struct json_doc *d, const struct json *n, enum field_text what)
{
	const char *text;
	size_t count;

	if (!json_string(d, n, &text))
		return NULL;
	if (what == FIELD_ABSOLUTE && !path_is_abs(text)) {
		json_error(d, n, "must be an absolute path, not %s", field_quote(d->arena, text));
		return NULL;
	}
	if (what == FIELD_FILLED && !text[0]) {
		json_error(d, n, "must not be empty");
		return NULL;
	}
	if (what == FIELD_LIST && !field_is_list(text, &count)) {
		json_error(d, n, "must be a list such as \"0-3,7\", not %s",
			field_quote(d->arena, text));
		return NULL;
	}
	return text[0] ? text : NULL;
}

const char **field_texts(struct json_doc *d, const struct json *n, enum field_text what)
{
	size_t count;
	const char **list = field_array(d, n, sizeof(*list), LIMIT_JSON_NODES, &count);
	const char **ret = arena_array(d->arena, count + 1, sizeof(*ret));

	for (const struct json *i = count ? json_first(n) : NULL; i; i = i->next) {
		if (what == FIELD_ANY)
			(void)json_string(d, i, &ret[i->index]);
		else
			ret[i->index] = field_text(d, i, what);
	}
	return ret;
}

/* By name, and under one name in the order of the list, whose entries these are. */
static int by_name(const void *a, const void *b)
{
	const char **const *x = a, **const *y = b;
	size_t len = strcspn(**x, "="), other = strcspn(**y, "=");
	int r = memcmp(**x, **y, len < other ? len : other);

	if (r == 0)
		r = (len > other) - (len < other);
	return r ? r : (*x > *y) - (*x < *y);
}

/* Of a variable that is there more than once the last one counts, as for every other runtime. A
 * program would see both, and getenv(3) finds the first one. */
static void keep_last(struct arena *a, const char **list)
{
	const char ***sorted;
	size_t n = 0, kept = 0;

	while (list[n])
		n++;
	sorted = arena_array(a, n, sizeof(*sorted));
	for (size_t i = 0; i < n; i++)
		sorted[i] = &list[i];
	qsort(sorted, n, sizeof(*sorted), by_name);
	for (size_t i = 0; i + 1 < n; i++) {
		const size_t len = strcspn(*sorted[i], "=");

		if (strncmp(*sorted[i], *sorted[i + 1], len + 1) == 0)
			*sorted[i] = NULL;
	}
	for (size_t i = 0; i < n; i++) {
		if (list[i])
			list[kept++] = list[i];
	}
	list[kept] = NULL;
}

const char **field_env(struct json_doc *d, const struct json *n)
{
	const unsigned before = d->error_count;
	const char **list;

	if (!n)
		return NULL;
	list = field_texts(d, n, FIELD_ANY);
	for (const struct json *i = n->type == JSON_ARRAY ? json_first(n) : NULL; i; i = i->next) {
		const char *text = list[i->index];

		if (text && (text[0] == '=' || !strchr(text, '=')))
			json_error(d, i, "must be \"NAME=value\", not %s",
				field_quote(d->arena, text));
	}
	if (d->error_count == before)
		keep_last(d->arena, list);
	return list;
}

bool field_u32(struct json_doc *d, const struct json *n, uint32_t max, uint32_t *ret)
{
	uint64_t value;

	if (!json_u64(d, n, 0, max, &value))
		return false;
	*ret = (uint32_t)value;
	return true;
}

bool field_id(struct json_doc *d, const struct json *n, uint32_t *ret)
{
	return field_u32(d, n, UINT32_MAX - 1, ret);
}

void field_i64(struct json_doc *d, const struct json *n, int64_t min, struct config_i64 *ret)
{
	if (json_i64(d, n, min, INT64_MAX, &ret->value))
		ret->at = n;
}

void field_u64(struct json_doc *d, const struct json *n, uint64_t max, struct config_u64 *ret)
{
	if (json_u64(d, n, 0, max, &ret->value))
		ret->at = n;
}

const char *field_names(struct arena *a, const struct names *t)
{
	auto_str struct str out = { 0 };

	for (size_t i = 0; i < t->count; i++) {
		if (i)
			str_add(&out, i + 1 < t->count ? ", " : " or ");
		str_add(&out, t->list[i].name);
	}
	return arena_str(a, str_text(&out));
}

bool field_name(struct json_doc *d, const struct json *n, const struct names *t, const char *what,
	uint64_t *ret)
{
	const struct name *known;
	const char *text;

	if (!json_string(d, n, &text))
		return false;
	known = names_find(t, text);
	if (!known) {
		const char *near = names_near(t, text);

		json_error(d, n, "%s%s %s, must be %s%s%s%s",
			str_after(what, "invalid ") ? "" : "unknown ", what,
			field_quote(d->arena, text), field_names(d->arena, t),
			near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
		return false;
	}
	*ret = known->value;
	return true;
}

uint64_t field_flags(struct json_doc *d, const struct json *n, const struct names *t,
	const char *what)
{
	enum { FLAGS_MAX = 64 }; /* no list of flags is that long */
	uint64_t flags = 0;
	size_t count;

	(void)field_array(d, n, 0, FLAGS_MAX, &count);
	for (const struct json *i = count ? json_first(n) : NULL; i; i = i->next) {
		uint64_t flag = 0;

		if (field_name(d, i, t, what, &flag))
			flags |= flag;
	}
	return flags;
}

void *field_array(struct json_doc *d, const struct json *n, size_t size, size_t max, size_t *count)
{
	*count = 0;
	if (!n || !json_array(d, n))
		return NULL;
	if (n->count > max) {
		json_error(d, n, "must have at most %zu entries, not %u", max, n->count);
		return NULL;
	}
	*count = n->count;
	return arena_array(d->arena, n->count, size);
}

void *field_map(struct json_doc *d, struct json *n, size_t size, size_t *count)
{
	*count = 0;
	if (!n || !json_object(d, n))
		return NULL;
	for (struct json *i = json_first(n); i; i = i->next)
		i->known = true;
	*count = n->count;
	return arena_array(d->arena, n->count, size);
}

void field_ignore(struct json *n)
{
	n->known = true;
	for (struct json *i = json_first(n); i; i = i->next)
		field_ignore(i);
}

/* do the ranges at a and b, both of length as given, share a number? */
static bool overlap(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size)
{
	return (uint64_t)a < (uint64_t)b + b_size && (uint64_t)b < (uint64_t)a + a_size;
}

static void read_id(struct json_doc *d, struct json *map, const char *key, uint32_t *ret)
{
	(void)field_id(d, field_need(d, map, key, "an id"), ret);
}

static void read_id_map(struct json_doc *d, struct json *n, struct config_id_map *ret)
{
	uint64_t size = 0;

	if (!json_object(d, n))
		return;
	read_id(d, n, "containerID", &ret->container);
	read_id(d, n, "hostID", &ret->host);
	if (!json_u64(d, field_need(d, n, "size", "the number of ids"), 1, UINT32_MAX, &size))
		return;
	ret->size = (uint32_t)size;
	if (ret->container + size > UINT32_MAX || ret->host + size > UINT32_MAX) {
		json_error(d, n, "maps ids beyond 4294967294, the last one there is");
		return;
	}
	ret->at = n; /* takes part in the check for overlaps */
}

void field_id_maps(struct json_doc *d, struct json *n, struct config_id_map **ret, size_t *count)
{
	struct config_id_map *maps = field_array(d, n, sizeof(*maps), LIMIT_ID_MAPS, count);

	*ret = maps;
	for (struct json *i = *count ? json_first(n) : NULL; i; i = i->next) {
		struct config_id_map *m = &maps[i->index];

		read_id_map(d, i, m);
		for (size_t k = 0; m->at && k < i->index; k++) {
			const struct config_id_map *o = &maps[k];

			if (o->at && overlap(m->container, m->size, o->container, o->size))
				json_error(d, i, "overlaps with entry %zu inside the container", k);
			else if (o->at && overlap(m->host, m->size, o->host, o->size))
				json_error(d, i, "overlaps with entry %zu on the host", k);
		}
	}
}
