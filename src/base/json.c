/* SPDX-License-Identifier: Apache-2.0 */
/* json.c - text to tree
 *
 * yajl tells tokens, the tree and everything stricter than its grammar is made here:
 * - The end of a token is what yajl has consumed when it calls back; its start is the first byte
 *   behind the token before it that is no blank, comma or colon.
 * - UTF-8 is checked before parsing: yajl lets overlong forms and surrogates pass.
 * - A name that occurs twice is found through one hash table of (object, name) that lives only
 *   while parsing; its seed is the process's own, so a document cannot be made to collide.
 * - When yajl stops, json_syntax.c says what was expected and what was found. */
#include "base/json.h"

#include <stdio.h>
#include <sys/auxv.h>
#include <yajl/yajl_parse.h>

#include "base/json_in.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/show.h"

/* What goes wrong is recorded once, with its place; the callback then returns 0 and yajl stops. */
PRINTF(4, 5)
static int fail(struct json_parser *p, const struct json *n, uint32_t offset, const char *fmt, ...)
{
	va_list ap;
	char text[512];

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_syntax_error(p, n, offset, text);
	return 0;
}

/* ---- names that occur twice ---- */

static uint64_t hash_name(const struct json_parser *p, const struct json *obj, const char *name)
{
	uint64_t h = p->seed ^ (uint64_t)(uintptr_t)obj;

	for (; *name; name++) {
		h = (h ^ (unsigned char)*name) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return h;
}

/* the slot that holds, or is free for, this name in this object */
static struct json_slot *find_slot(struct json_slot *slots, size_t cap, uint64_t hash,
	const struct json *obj, const char *name)
{
	for (size_t i = hash & (cap - 1);; i = (i + 1) & (cap - 1)) {
		struct json_slot *s = &slots[i];

		if (!s->node)
			return s;
		if (s->hash == hash && s->node->parent == obj && str_eq(s->node->key, name))
			return s;
	}
}

static void grow_names(struct json_parser *p)
{
	size_t cap = p->names_cap ? p->names_cap * 2 : 256;
	struct json_slot *slots = calloc(cap, sizeof(*slots));

	if (!slots)
		mem_out();
	for (size_t i = 0; i < p->names_cap; i++) {
		struct json_slot *s = &p->names[i];

		if (s->node)
			*find_slot(slots, cap, s->hash, s->node->parent, s->node->key) = *s;
	}
	free(p->names);
	p->names = slots;
	p->names_cap = cap;
}

/* enter member n; returns the earlier member of the same name, or NULL */
static struct json *enter_name(struct json_parser *p, struct json *n)
{
	uint64_t hash = hash_name(p, n->parent, n->key);
	struct json_slot *s;

	if (p->names_used >= p->names_cap / 2)
		grow_names(p);
	s = find_slot(p->names, p->names_cap, hash, n->parent, n->key);
	if (s->node)
		return s->node;
	p->names_used++;
	*s = (struct json_slot){ hash, n };
	return NULL;
}

/* ---- places ---- */

uint32_t json_skip(const struct json_doc *d, uint32_t at, const char *bytes)
{
	while (at < d->len && d->text[at] && strchr(bytes, d->text[at]))
		at++;
	return at;
}

/* account for the token that yajl just told of; returns its start */
static uint32_t take_token(struct json_parser *p)
{
	uint32_t start = json_skip(p->doc, p->at, " \t\r\n,:");

	/* A number that ends the text is told when the end is known; yajl counts from there. */
	p->at = p->at_end ? (uint32_t)p->doc->len : (uint32_t)yajl_get_bytes_consumed(p->yajl);
	return start;
}

/* ---- nodes ---- */

static void link_child(struct json_parser *p, struct json *n)
{
	struct json_level *level = &p->levels[p->depth - 1];

	n->parent = level->node;
	n->index = level->node->count++;
	if (level->last)
		level->last->next = n;
	else
		level->node->child = n;
	level->last = n;
}

/* the node for the token just told of: under the name that came before it, or as the next element
 */
static struct json *add_node(struct json_parser *p, enum json_type type)
{
	uint32_t start = take_token(p);
	struct json *n = p->named;

	if (p->nodes++ >= LIMIT_JSON_NODES) {
		(void)fail(p, NULL, start, "must have at most %d values", LIMIT_JSON_NODES);
		return NULL;
	}
	if (!n) {
		n = arena_alloc(p->doc->arena, sizeof(*n));
		if (p->depth > 0)
			link_child(p, n);
		else
			p->doc->root = n;
	}
	p->named = NULL;
	n->type = type;
	n->start = start;
	n->end = p->at;
	return n;
}

/* Does \uXXXX in the raw string text[start, end) make anything but characters? yajl turns half a
 * surrogate pair into "?" or into bytes that are not UTF-8. */
static bool has_half_pair(const char *text, uint32_t start, uint32_t end)
{
	bool want_low = false;

	for (uint32_t i = start; i < end; i++) {
		bool high = false, low = false;

		if (text[i] == '\\' && ++i + 4 < end && text[i] == 'u' &&
			(text[i + 1] | 0x20) == 'd') {
			high = strchr("89abAB", text[i + 2]) != NULL;
			low = strchr("cdefCDEF", text[i + 2]) != NULL;
			i += 4;
		}
		if (low != want_low)
			return true;
		want_low = high;
	}
	return false;
}

/* the decoded string in the arena; NULL when it is refused */
static const char *take_string(struct json_parser *p, const struct json *n, uint32_t start,
	const char *what, const unsigned char *data, size_t len)
{
	const char *text = (const char *)data;

	if (len > 0 && memchr(text, '\0', len)) {
		(void)fail(p, n, start, "%smust not contain \"\\u0000\"", what);
		return NULL;
	}
	if (memchr(p->doc->text + start, '\\', p->at - start) &&
		has_half_pair(p->doc->text, start + 1, p->at)) {
		(void)fail(p, n, start, "%smust not contain half of a surrogate pair", what);
		return NULL;
	}
	return arena_dup(p->doc->arena, text, len);
}

/* ---- what yajl calls ---- */

static int on_null(void *ctx)
{
	return add_node(ctx, JSON_NULL) != NULL;
}

static int on_boolean(void *ctx, int value)
{
	struct json *n = add_node(ctx, JSON_BOOL);

	if (n)
		n->truth = value != 0;
	return n != NULL;
}

static int on_number(void *ctx, const char *text, size_t len)
{
	struct json_parser *p = ctx;
	struct json *n = add_node(p, JSON_NUMBER);

	if (n)
		n->text = arena_dup(p->doc->arena, text, len);
	return n != NULL;
}

static int on_string(void *ctx, const unsigned char *data, size_t len)
{
	struct json_parser *p = ctx;
	struct json *n = add_node(p, JSON_STRING);

	if (n)
		n->text = take_string(p, n, n->start, "", data, len);
	return n && n->text;
}

static int on_key(void *ctx, const unsigned char *data, size_t len)
{
	struct json_parser *p = ctx;
	uint32_t start = take_token(p);
	const struct json *obj = p->levels[p->depth - 1].node;
	const char *key = take_string(p, obj, start, "a member name ", data, len);
	struct json *n, *twin;
	unsigned line, column;

	if (!key)
		return 0;
	n = arena_alloc(p->doc->arena, sizeof(*n));
	n->key = key;
	n->start = start;
	link_child(p, n);
	p->named = n;
	twin = enter_name(p, n);
	if (!twin)
		return 1;
	json_where(p->doc, twin->start, &line, &column);
	return fail(p, n, start, "is there twice, first in line %u", line);
}

static int open_level(struct json_parser *p, enum json_type type)
{
	struct json *n = add_node(p, type);

	if (!n)
		return 0;
	if (p->depth == LIMIT_JSON_DEPTH)
		return fail(p, NULL, n->start, "must have at most %d levels", LIMIT_JSON_DEPTH);
	p->levels[p->depth++] = (struct json_level){ n, NULL };
	return 1;
}

static int close_level(void *ctx)
{
	struct json_parser *p = ctx;

	(void)take_token(p);
	p->levels[--p->depth].node->end = p->at;
	return 1;
}

static int on_start_map(void *ctx)
{
	return open_level(ctx, JSON_OBJECT);
}

static int on_start_array(void *ctx)
{
	return open_level(ctx, JSON_ARRAY);
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_start_map,
	.yajl_map_key = on_key,
	.yajl_end_map = close_level,
	.yajl_start_array = on_start_array,
	.yajl_end_array = close_level,
};

/* ---- the document ---- */

/* offset of the first byte that is not UTF-8; len when all is well */
static size_t bad_utf8(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len) {
		uint64_t eight; /* bytes of ASCII at a time: nearly all of it is */
		size_t n;

		if (len - i >= sizeof(eight)) {
			memcpy(&eight, text + i, sizeof(eight));
			if (!(eight & UINT64_C(0x8080808080808080))) {
				i += sizeof(eight);
				continue;
			}
		}
		n = utf8_len(text + i, len - i);

		if (n == 0)
			break;
		i += n;
	}
	return i;
}

/* yajl does not look at what it is given */
static void *get_memory(void *ctx, size_t size)
{
	void *p = malloc(size);

	(void)ctx;
	if (!p)
		mem_out();
	return p;
}

static void *more_memory(void *ctx, void *old, size_t size)
{
	void *p = realloc(old, size);

	(void)ctx;
	if (!p)
		mem_out();
	return p;
}

static void free_memory(void *ctx, void *p)
{
	(void)ctx;
	free(p);
}

static void run(struct json_parser *p)
{
	const unsigned char *text = (const unsigned char *)p->doc->text;
	yajl_status status;

	yajl_alloc_funcs memory = { get_memory, more_memory, free_memory, NULL };

	p->yajl = yajl_alloc(&callbacks, &memory, p);
	if (!p->yajl)
		mem_out();
	(void)yajl_config(p->yajl, yajl_dont_validate_strings,
		1); /* done, and better, by bad_utf8 */
	status = yajl_parse(p->yajl, text, p->doc->len);
	if (status == yajl_status_ok) {
		p->at_end = true;
		status = yajl_complete_parse(p->yajl);
	}
	if (status == yajl_status_error)
		json_syntax_explain(p);
	yajl_free(p->yajl);
	free(p->names);
}

int json_parse(struct arena *a, const char *name, const char *text, size_t len,
	struct json_doc *ret, struct err *e)
{
	struct json_parser p = { .doc = ret, .err = e };
	size_t bad;

	*ret = (struct json_doc){ .arena = a, .name = name, .text = text, .len = len };
	ret->errors_end = &ret->errors;
	ret->warnings_end = &ret->warnings;
	if (len > INT32_MAX)
		return err_set(e, 0, "%s: must be at most %d bytes", name, INT32_MAX);
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		json_syntax_error(&p, NULL, 0, "must not start with a byte order mark");
		return -1;
	}
	bad = bad_utf8(text, len);
	if (bad < len) {
		json_syntax_error(&p, NULL, (uint32_t)bad, "must be UTF-8");
		return -1;
	}
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): that is how the kernel hands it over */
	memcpy(&p.seed, (const void *)getauxval(AT_RANDOM), sizeof(p.seed));
	run(&p);
	return p.failed ? -1 : 0;
}
