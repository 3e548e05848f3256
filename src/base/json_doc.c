/* SPDX-License-Identifier: Apache-2.0 */
/* json_doc.c - places, findings, and typed values of a tree
 *
 * A finding keeps its node and text; the line and the path are made only for those that are shown.
 * Findings are shown in the order of the document, whatever order the checks ran in. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/num.h"
#include "base/show.h"

struct json_finding {
	struct json_finding *next;
	const struct json *node; /* NULL: the document */
	const char *missing;     /* the member that node lacks, or NULL */
	const char *text;
};

enum {
	FINISH_ROOM = 1024, /* bytes of the error kept for the steps that callers put in front */
};

/* a place in the text; lines are counted onwards from there */
struct cursor {
	uint32_t offset;
	unsigned line;
	uint32_t line_start;
};

static const struct cursor top = { 0, 1, 0 };

static void move_to(const struct json_doc *d, struct cursor *c, uint32_t offset)
{
	const char *end = d->text + offset;
	const char *p = d->text + c->offset;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
		p++;
		c->line++;
		c->line_start = (uint32_t)(p - d->text);
	}
	c->offset = offset;
}

void json_where(const struct json_doc *d, uint32_t offset, unsigned *line, unsigned *column)
{
	struct cursor c = top;

	move_to(d, &c, offset < d->len ? offset : (uint32_t)d->len);
	*line = c.line;
	*column = c.offset - c.line_start + 1;
}

const char *json_type_name(enum json_type t)
{
	static const char *const names[] = {
		[JSON_NULL] = "null",
		[JSON_BOOL] = "a boolean",
		[JSON_NUMBER] = "a number",
		[JSON_STRING] = "a string",
		[JSON_ARRAY] = "an array",
		[JSON_OBJECT] = "an object",
	};

	return names[t];
}

/* ---- paths ---- */

static void add_name(struct str *out, const char *name, bool first)
{
	bool plain = *name != '\0';

	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '_' && *p != '-')
			plain = false;
	if (plain) {
		str_addf(out, "%s%s", first ? "" : ".", name);
		return;
	}
	str_addc(out, '[');
	show_quoted(out, name, strlen(name));
	str_addc(out, ']');
}

/* the path of n, without anything for the root; no deeper than LIMIT_JSON_DEPTH */
static void add_path(const struct json *n, struct str *out)
{
	if (!n->parent)
		return;
	add_path(n->parent, out);
	if (n->key)
		add_name(out, n->key, !n->parent->parent);
	else
		str_addf(out, "[%u]", n->index);
}

void json_path(const struct json *n, struct str *out)
{
	if (n->parent)
		add_path(n, out);
	else
		str_add(out, "the document");
}

/* ---- findings ---- */

static void record(struct json_doc *d, struct json_finding f, bool warning)
{
	unsigned *count = warning ? &d->warning_count : &d->error_count;
	struct json_finding ***end = warning ? &d->warnings_end : &d->errors_end;
	struct json_finding *copy;

	if ((*count)++ >= LIMIT_FINDINGS)
		return;
	copy = arena_alloc(d->arena, sizeof(*copy));
	*copy = f;
	**end = copy;
	*end = &copy->next;
}

PRINTF(2, 0) static char *text_of(struct json_doc *d, const char *fmt, va_list ap)
{
	char text[1024]; /* a longer text would not be read */

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	return arena_str(d->arena, text);
}

void json_error(struct json_doc *d, const struct json *n, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(d, (struct json_finding){ .node = n, .text = text_of(d, fmt, ap) }, false);
	va_end(ap);
}

void json_warn(struct json_doc *d, const struct json *n, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(d, (struct json_finding){ .node = n, .text = text_of(d, fmt, ap) }, true);
	va_end(ap);
}

void json_missing(struct json_doc *d, const struct json *obj, const char *key, const char *expected)
{
	struct json_finding f = { .node = obj,
		.missing = arena_str(d->arena, key),
		.text = arena_fmt(d->arena, "is missing, must be %s", expected) };

	record(d, f, false);
}

static uint32_t place_of(const struct json_finding *f)
{
	return f->node ? f->node->start : 0;
}

struct ranked {
	const struct json_finding *f;
	unsigned rank;
};

static int by_place(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (place_of(x->f) != place_of(y->f))
		return place_of(x->f) < place_of(y->f) ? -1 : 1;
	return x->rank < y->rank ? -1 : 1;
}

/* the findings of a list in the order of the document */
static struct ranked *in_order(const struct json_doc *d, const struct json_finding *list, size_t *n)
{
	struct ranked *all;
	size_t count = 0;

	for (const struct json_finding *f = list; f; f = f->next)
		count++;
	all = arena_array(d->arena, count, sizeof(*all));
	*n = 0;
	for (const struct json_finding *f = list; f; f = f->next, (*n)++)
		all[*n] = (struct ranked){ f, (unsigned)*n };
	qsort(all, count, sizeof(*all), by_place);
	return all;
}

/* "config.json:3:9: linux.namespaces[1].type: unknown …"; c moves on to the place */
static void add_line(const struct json_doc *d, const struct json_finding *f, struct cursor *c,
	struct str *out)
{
	str_clear(out);
	str_add(out, d->name);
	if (f->node) {
		move_to(d, c, place_of(f));
		if (d->name[0])
			str_addf(out, ":%u:%u: ", c->line, c->offset - c->line_start + 1);
		if (!f->missing)
			json_path(f->node, out);
		else if (f->node->parent)
			add_path(f->node, out);
	}
	if (f->missing)
		add_name(out, f->missing, !f->node || !f->node->parent);
	str_addf(out, ": %s", f->text);
}

void json_log_warnings(const struct json_doc *d)
{
	auto_str struct str line = { 0 };
	struct cursor c = top;
	size_t n;
	struct ranked *all;

	if (!d->warnings)
		return;
	all = in_order(d, d->warnings, &n);
	for (size_t i = 0; i < n; i++) {
		add_line(d, all[i].f, &c, &line);
		log_warning("%s", str_text(&line));
	}
	if (d->warning_count > n)
		log_warning("%s: and %zu more", d->name, d->warning_count - n);
}

int json_finish(const struct json_doc *d, struct err *e)
{
	auto_str struct str line = { 0 };
	struct cursor c = top;
	struct ranked *all;
	size_t n;

	if (d->error_count == 0)
		return 0;
	all = in_order(d, d->errors, &n);
	for (size_t i = 0; i < n; i++) {
		add_line(d, all[i].f, &c, &line);
		if (i == 0)
			(void)err_set(e, 0, "%s", str_text(&line));
		else if (e->start >= line.len + 1 + FINISH_ROOM)
			(void)err_more(e, "%s", str_text(&line));
		else
			return err_more(e, "and %zu more", d->error_count - i);
	}
	if (d->error_count > n)
		return err_more(e, "and %zu more", d->error_count - n);
	return -1;
}

/* ---- members and typed values ---- */

struct json *json_get(struct json *obj, const char *key)
{
	if (!obj || obj->type != JSON_OBJECT)
		return NULL;
	for (struct json *n = obj->child; n; n = n->next)
		if (str_eq(n->key, key)) {
			n->known = true;
			return n->type == JSON_NULL ? NULL : n;
		}
	return NULL;
}

/* record "must be what, not value" */
static bool wrong(struct json_doc *d, const struct json *n, const char *what)
{
	auto_str struct str value = { 0 };

	if (n->type == JSON_STRING)
		show_quoted(&value, n->text, strlen(n->text));
	else if (n->type == JSON_NUMBER)
		str_addn(&value, n->text, strnlen(n->text, 64));
	else if (n->type == JSON_BOOL)
		str_add(&value, n->truth ? "true" : "false");
	else
		str_add(&value, json_type_name(n->type));
	json_error(d, n, "must be %s, not %s", what, str_text(&value));
	return false;
}

static bool is_type(struct json_doc *d, const struct json *n, enum json_type type)
{
	if (!n)
		return false;
	return n->type == type || wrong(d, n, json_type_name(type));
}

bool json_bool(struct json_doc *d, const struct json *n, bool *ret)
{
	if (!is_type(d, n, JSON_BOOL))
		return false;
	*ret = n->truth;
	return true;
}

bool json_string(struct json_doc *d, const struct json *n, const char **ret)
{
	if (!is_type(d, n, JSON_STRING))
		return false;
	*ret = n->text;
	return true;
}

bool json_u64(struct json_doc *d, const struct json *n, uint64_t min, uint64_t max, uint64_t *ret)
{
	char what[96];
	uint64_t v;

	if (!n)
		return false;
	if (n->type == JSON_NUMBER && num_u64(n->text, &v) && v >= min && v <= max) {
		*ret = v;
		return true;
	}
	if (max == UINT64_MAX)
		(void)snprintf(what, sizeof(what), "a whole number of at least %" PRIu64, min);
	else
		(void)snprintf(what, sizeof(what), "a whole number from %" PRIu64 " to %" PRIu64,
			min, max);
	return wrong(d, n, what);
}

bool json_i64(struct json_doc *d, const struct json *n, int64_t min, int64_t max, int64_t *ret)
{
	char what[96];
	int64_t v;

	if (!n)
		return false;
	if (n->type == JSON_NUMBER && num_i64(n->text, &v) && v >= min && v <= max) {
		*ret = v;
		return true;
	}
	(void)snprintf(what, sizeof(what), "a whole number from %" PRId64 " to %" PRId64, min, max);
	return wrong(d, n, what);
}

bool json_array(struct json_doc *d, const struct json *n)
{
	return is_type(d, n, JSON_ARRAY);
}

bool json_object(struct json_doc *d, const struct json *n)
{
	return is_type(d, n, JSON_OBJECT);
}

bool json_strings(struct json_doc *d, const struct json *n, const char ***ret, size_t *count)
{
	bool good = true;
	const char **vec;

	if (!json_array(d, n))
		return false;
	vec = arena_array(d->arena, (size_t)n->count + 1, sizeof(*vec));
	for (const struct json *i = n->child; i; i = i->next)
		good &= json_string(d, i, &vec[i->index]);
	if (!good)
		return false;
	*ret = vec;
	if (count)
		*count = n->count;
	return true;
}

void json_unknown(struct json_doc *d, const struct json *n)
{
	for (const struct json *i = json_first(n); i; i = i->next) {
		if (i->key && !i->known)
			json_warn(d, i, "unknown field");
		else
			json_unknown(d, i);
	}
}
