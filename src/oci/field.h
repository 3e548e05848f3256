/* SPDX-License-Identifier: Apache-2.0 */
/* field.h - typed fields of the OCI documents: what json.h offers, plus the kinds of value the spec
 * knows
 *
 * As in json.h an absent value (NULL node) is silence, a wrong one is recorded as a finding in the
 * document and then treated as absent, so that parsing goes on and reports everything at once. */
#ifndef CL_OCI_FIELD_H
#define CL_OCI_FIELD_H

#include "base/json.h"
#include "oci/config.h"
#include "oci/names.h"

enum {
	FIELD_MAJOR_MAX = (1 << 12) - 1, /* of a device number in the kernel, MKDEV */
	FIELD_MINOR_MAX = (1 << 20) - 1,
};

/* field_quote - text of a document in double quotes for a message: escaped as in JSON, a long one
 * cut; in the arena */
const char *field_quote(struct arena *a, const char *text);

/* what a string has to be */
enum field_text {
	FIELD_ANY,      /* "" is absent */
	FIELD_FILLED,   /* not "" */
	FIELD_ABSOLUTE, /* an absolute path */
	FIELD_LIST,     /* CPUs or memory nodes, "0-3,7"; "" is absent */
};

/* field_need - member key of obj; its absence is a finding that says what was expected */
struct json *field_need(struct json_doc *d, struct json *obj, const char *key,
	const char *expected);

/* field_text - the string of n, or NULL */
const char *field_text(struct json_doc *d, const struct json *n, enum field_text what);

/* field_is_list - is it what FIELD_LIST wants? *ret_count: how many numbers it names */
bool field_is_list(const char *text, size_t *ret_count);

/* field_texts - array of strings as a NULL-terminated vector; an empty one when absent or wrong */
const char **field_texts(struct json_doc *d, const struct json *n, enum field_text what);

/* field_env - array of "NAME=value" as field_texts, each name once, the last one; NULL when absent
 */
const char **field_env(struct json_doc *d, const struct json *n);

bool field_u32(struct json_doc *d, const struct json *n, uint32_t max, uint32_t *ret);

/* field_id - a user or group id; (uint32_t)-1 is refused, system calls take it for "leave as it is"
 */
bool field_id(struct json_doc *d, const struct json *n, uint32_t *ret);

/* field_i64, field_u64 - a number that may be absent; min..max as in json.h */
void field_i64(struct json_doc *d, const struct json *n, int64_t min, struct config_i64 *ret);
void field_u64(struct json_doc *d, const struct json *n, uint64_t max, struct config_u64 *ret);

/* field_name - the value behind a name of the table; what: how a message calls such a name,
 * "namespace", or its first words, which then begin with "invalid" */
bool field_name(struct json_doc *d, const struct json *n, const struct names *t, const char *what,
	uint64_t *ret);

/* field_flags - array of names of the table, or-ed */
uint64_t field_flags(struct json_doc *d, const struct json *n, const struct names *t,
	const char *what);

/* field_array - zeroed elements of size bytes, one for each of array n; *count is 0 when n is
 * absent, no array, or has more than max elements. Element json_first(n)->index belongs to entry
 * index. */
void *field_array(struct json_doc *d, const struct json *n, size_t size, size_t max, size_t *count);

/* field_map - the same for an object whose member names are data */
void *field_map(struct json_doc *d, struct json *n, size_t size, size_t *count);

/* field_ignore - n and all below it are known, and not for us */
void field_ignore(struct json *n);

/* field_id_maps - uidMappings or gidMappings: ranges that do not overlap, at most LIMIT_ID_MAPS */
void field_id_maps(struct json_doc *d, struct json *n, struct config_id_map **ret, size_t *count);

/* field_names - "a, b or c": the names of a table, for messages; in the arena */
const char *field_names(struct arena *a, const struct names *t);

#endif
