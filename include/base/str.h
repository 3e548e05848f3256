/* SPDX-License-Identifier: Apache-2.0 */
/* str.h - growing text buffer and a few comparisons
 *
 * The buffer is always NUL-terminated once something was added. Like arena.h, running out of memory
 * ends the process with status 1. */
#ifndef CL_BASE_STR_H
#define CL_BASE_STR_H

#include <string.h>

#include "base/def.h"

struct str {
	char *data; /* NULL while empty; owned */
	size_t len; /* without the NUL */
	size_t cap;
};

#define auto_str __attribute__((cleanup(str_done)))

void str_add(struct str *s, const char *text);
void str_addn(struct str *s, const char *data, size_t len);
void str_addc(struct str *s, char c);
void str_addf(struct str *s, const char *fmt, ...) PRINTF(2, 3);

/* str_room - make room for n more bytes and a NUL behind them; returns where they go. Nothing is
 * added before str_grew says how many of them were filled. */
char *str_room(struct str *s, size_t n);
void str_grew(struct str *s, size_t n);

/* str_text - the text; "" while empty; valid until the next change */
const char *str_text(const struct str *s);

/* str_clear - keep the memory, drop the text */
void str_clear(struct str *s);

/* str_done - free; *s is empty and usable again */
void str_done(struct str *s);

static inline bool str_eq(const char *a, const char *b)
{
	/* most differ there, and the call is most of what they cost */
	return *a == *b && strcmp(a, b) == 0;
}

/* str_after - what follows prefix in s, or NULL when s does not start with it */
static inline const char *str_after(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

#endif
