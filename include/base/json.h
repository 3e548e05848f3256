/* SPDX-License-Identifier: Apache-2.0 */
/* json.h - a JSON document in which every node knows its place (RFC 8259)
 *
 * yajl stays behind this module: its callbacks build a tree in an arena. Refused while parsing:
 * invalid UTF-8, comments, duplicate names in one object, "\u0000" in a name or string, trailing
 * bytes, more than LIMIT_JSON_DEPTH levels, more than LIMIT_JSON_NODES nodes. Numbers keep their
 * text.
 *
 * Findings about a document are collected in it, all of them, and become one error at the end
 * (json_finish): `config.json:12:9: linux.namespaces[1].type: unknown namespace "pidd"`, one line
 * each. */
#ifndef CL_BASE_JSON_H
#define CL_BASE_JSON_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
	enum json_type type;
	uint32_t start;   /* byte offset of the first byte of the value in the text */
	uint32_t end;     /* byte offset behind the value: text[start..end) is its raw JSON */
	uint32_t count;   /* array, object: number of children */
	uint32_t index;   /* position in the parent */
	bool known;       /* looked up by json_get: a field this program understands */
	bool truth;       /* bool */
	const char *key;  /* member of an object: its name, else NULL */
	const char *text; /* string: decoded, NUL-terminated, no NUL inside; number: as written */
	struct json *parent; /* NULL for the root */
	struct json *next;   /* next sibling */
	struct json *child;  /* array, object: first child */
};

struct json_finding;

struct json_doc {
	struct arena *arena; /* not owned */
	const char *name; /* how the document is called in messages, e.g. "config.json"; "": it is
			     nobody's, only paths are shown */
	const char *text; /* not owned; must outlive the document */
	size_t len;
	struct json *root;
	struct json_finding *errors, **errors_end;
	struct json_finding *warnings, **warnings_end;
	unsigned error_count, warning_count; /* found; the first LIMIT_FINDINGS are kept */
};

/* json_parse - the tree of text[len]. Everything but text lives in arena a. -1: not JSON, or over a
 * limit; the error carries name:line:column and, where one is known, the path. */
NODISCARD int json_parse(struct arena *a, const char *name, const char *text, size_t len,
	struct json_doc *ret, struct err *e);

/* json_get - the member key of object obj, marked as known; NULL when absent, when its value is
 * null, or when obj is NULL or no object */
struct json *json_get(struct json *obj, const char *key);

/* json_walk - for (struct json *i = json_first(n); i; i = i->next) over array or object; NULL-safe
 */
static inline struct json *json_first(const struct json *n)
{
	return n && (n->type == JSON_ARRAY || n->type == JSON_OBJECT) ? n->child : NULL;
}

const char *json_type_name(enum json_type t); /* "an object", "a string", … for messages */

/* json_path - "linux.namespaces[1].type" into *out; a name with other characters than letters,
 * digits, '_' and '-' is shown as ["name"]; "the document" for the root */
void json_path(const struct json *n, struct str *out);

/* json_where - line and column (both from 1, column in bytes) of offset */
void json_where(const struct json_doc *d, uint32_t offset, unsigned *line, unsigned *column);

/* json_error - record a finding about node n (NULL: the document) */
void json_error(struct json_doc *d, const struct json *n, const char *fmt, ...) PRINTF(3, 4);
void json_warn(struct json_doc *d, const struct json *n, const char *fmt, ...) PRINTF(3, 4);

/* json_missing - record that object obj lacks the required member key; expected: e.g. "an absolute
 * path" */
void json_missing(struct json_doc *d, const struct json *obj, const char *key,
	const char *expected);

/* Typed values. n NULL (absent) returns false silently; a value of the wrong type or out of range
 * records an error that shows the value and what was expected, and returns false. *ret is set only
 * on true. */
bool json_bool(struct json_doc *d, const struct json *n, bool *ret);
bool json_string(struct json_doc *d, const struct json *n, const char **ret);
bool json_u64(struct json_doc *d, const struct json *n, uint64_t min, uint64_t max, uint64_t *ret);
bool json_i64(struct json_doc *d, const struct json *n, int64_t min, int64_t max, int64_t *ret);
bool json_array(struct json_doc *d,
	const struct json *n); /* is it an array? records an error when not */
bool json_object(struct json_doc *d, const struct json *n);

/* json_strings - array of strings to a NULL-terminated vector in the arena; *count may be NULL */
bool json_strings(struct json_doc *d, const struct json *n, const char ***ret, size_t *count);

/* json_unknown - record a warning for every member below n (deep, once per topmost unknown member)
 * that nobody asked for; a parser that walks the members of an object with json_first sets known
 * itself */
void json_unknown(struct json_doc *d, const struct json *n);

/* json_log_warnings - hand every warning to log_warning, in document order */
void json_log_warnings(const struct json_doc *d);

/* json_finish - 0 when no error was recorded; else -1 with all of them in *e, one line each ("and N
 * more" when they do not fit) */
NODISCARD int json_finish(const struct json_doc *d, struct err *e);

#endif
