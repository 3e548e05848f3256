/* SPDX-License-Identifier: Apache-2.0 */
/* jsonw.h - writing JSON
 *
 * Commas, indentation and escapes are the writer's; nesting errors of the caller are asserts.
 * Bytes that are not UTF-8 are written as U+FFFD, so that the output is always JSON. Slashes are
 * not escaped. */
#ifndef CL_BASE_JSONW_H
#define CL_BASE_JSONW_H

#include "base/str.h"

struct jsonw {
	struct str *out; /* not owned */
	unsigned indent; /* spaces a level; 0 = compact */
	unsigned depth;
	uint64_t objects; /* bit d: the container at depth d is an object */
	bool first;       /* nothing yet in the current container */
};

void jsonw_init(struct jsonw *w, struct str *out, unsigned indent);

/* key is the member name inside an object, NULL inside an array and at the top */
void jsonw_object(struct jsonw *w, const char *key);
void jsonw_array(struct jsonw *w, const char *key);
void jsonw_end_object(struct jsonw *w);
void jsonw_end_array(struct jsonw *w);
void jsonw_string(struct jsonw *w, const char *key, const char *value);
void jsonw_i64(struct jsonw *w, const char *key, int64_t value);
void jsonw_u64(struct jsonw *w, const char *key, uint64_t value);
void jsonw_bool(struct jsonw *w, const char *key, bool value);
void jsonw_null(struct jsonw *w, const char *key);
void jsonw_raw(struct jsonw *w, const char *key, const char *json,
	size_t len); /* json: a complete value */
void jsonw_strings(struct jsonw *w, const char *key, const char *const *vec); /* NULL-terminated */

#endif
