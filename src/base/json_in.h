/* SPDX-License-Identifier: Apache-2.0 */
/* json_in.h - the state of one parse: shared by json.c and json_syntax.c */
#ifndef CL_BASE_JSON_IN_H
#define CL_BASE_JSON_IN_H

#include "base/json.h"
#include "base/limits.h"

struct json_slot {
	uint64_t hash;
	struct json *node; /* NULL: free */
};

struct json_level {
	struct json *node; /* the open array or object */
	struct json *last; /* its newest child */
};

struct json_parser {
	struct json_doc *doc;
	struct err *err;
	struct yajl_handle_t *yajl;
	uint32_t at;        /* end of the last token told */
	bool at_end;        /* yajl got the whole text and was told so */
	bool failed;        /* *err is filled */
	unsigned depth;     /* open levels */
	unsigned nodes;     /* values so far */
	struct json *named; /* a name was read, its value was not */
	struct json_level levels[LIMIT_JSON_DEPTH];
	struct json_slot *names; /* names_cap of them, a power of two */
	size_t names_cap, names_used;
	uint64_t seed;
};

/* json_skip - the first offset from at on where none of bytes stands */
uint32_t json_skip(const struct json_doc *d, uint32_t at, const char *bytes);

/* json_syntax_error - fill the error: name:line:column of offset, the path of n unless that is NULL
 * or the root, text */
void json_syntax_error(struct json_parser *p, const struct json *n, uint32_t offset,
	const char *text);

/* json_syntax_explain - yajl stopped at one of the next tokens: say what was expected in its place
 */
void json_syntax_explain(struct json_parser *p);

#endif
