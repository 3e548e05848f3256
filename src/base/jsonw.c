/* SPDX-License-Identifier: Apache-2.0 */
/* jsonw.c - a comma before every value but the first of its container */
#include "base/jsonw.h"

#include <assert.h>
#include <inttypes.h>

#include "base/show.h"

enum { DEPTH_MAX = 63 };

void jsonw_init(struct jsonw *w, struct str *out, unsigned indent)
{
	*w = (struct jsonw){ .out = out, .indent = indent, .first = true };
}

static bool in_object(const struct jsonw *w)
{
	return w->objects >> w->depth & 1;
}

static void new_line(struct jsonw *w)
{
	if (w->indent == 0)
		return;
	str_addc(w->out, '\n');
	for (unsigned i = 0; i < w->depth * w->indent; i++)
		str_addc(w->out, ' ');
}

static void add_text(struct str *out, const char *s, size_t len)
{
	str_addc(out, '"');
	show_escaped(out, s, len);
	str_addc(out, '"');
}

/* what stands before a value */
static void begin(struct jsonw *w, const char *key)
{
	/* a member has a name, nothing else has one */
	assert((key != NULL) == in_object(w));
	/* one value at the top */
	assert(w->depth > 0 || w->first);
	if (!w->first)
		str_addc(w->out, ',');
	if (w->depth > 0)
		new_line(w);
	w->first = false;
	if (key) {
		add_text(w->out, key, strlen(key));
		str_add(w->out, w->indent > 0 ? ": " : ":");
	}
}

static void open_level(struct jsonw *w, const char *key, bool object)
{
	begin(w, key);
	assert(w->depth < DEPTH_MAX);
	w->depth++;
	w->objects &= ~(UINT64_C(1) << w->depth);
	w->objects |= (uint64_t)object << w->depth;
	w->first = true;
	str_addc(w->out, object ? '{' : '[');
}

static void close_level(struct jsonw *w, bool object)
{
	/* what is closed is what was opened last */
	assert(w->depth > 0 && in_object(w) == object);
	w->depth--;
	if (!w->first)
		new_line(w);
	w->first = false;
	str_addc(w->out, object ? '}' : ']');
}

void jsonw_object(struct jsonw *w, const char *key)
{
	open_level(w, key, true);
}

void jsonw_array(struct jsonw *w, const char *key)
{
	open_level(w, key, false);
}

void jsonw_end_object(struct jsonw *w)
{
	close_level(w, true);
}

void jsonw_end_array(struct jsonw *w)
{
	close_level(w, false);
}

void jsonw_string(struct jsonw *w, const char *key, const char *value)
{
	begin(w, key);
	add_text(w->out, value, strlen(value));
}

void jsonw_i64(struct jsonw *w, const char *key, int64_t value)
{
	begin(w, key);
	str_addf(w->out, "%" PRId64, value);
}

void jsonw_u64(struct jsonw *w, const char *key, uint64_t value)
{
	begin(w, key);
	str_addf(w->out, "%" PRIu64, value);
}

void jsonw_bool(struct jsonw *w, const char *key, bool value)
{
	begin(w, key);
	str_add(w->out, value ? "true" : "false");
}

void jsonw_null(struct jsonw *w, const char *key)
{
	begin(w, key);
	str_add(w->out, "null");
}

void jsonw_raw(struct jsonw *w, const char *key, const char *json, size_t len)
{
	begin(w, key);
	str_addn(w->out, json, len);
}

void jsonw_strings(struct jsonw *w, const char *key, const char *const *vec)
{
	jsonw_array(w, key);
	for (size_t i = 0; vec && vec[i]; i++)
		jsonw_string(w, NULL, vec[i]);
	jsonw_end_array(w);
}
