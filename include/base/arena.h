/* SPDX-License-Identifier: Apache-2.0 */
/* arena.h - one owner, one free
 *
 * Everything parsed from one document, and everything a plan holds, lives in one arena and dies in
 * one call. Memory is zeroed and aligned for any type. When memory runs out the process ends with
 * status 1 and a message: nothing sensible can be done at that point, and what was made on the host
 * so far is undone by `delete --force`. */
#ifndef CL_BASE_ARENA_H
#define CL_BASE_ARENA_H

#include "base/def.h"

struct arena_chunk;

struct arena {
	struct arena_chunk *last; /* newest chunk, NULL when empty */
};

#define auto_arena __attribute__((cleanup(arena_done)))

/* arena_alloc - size zeroed bytes owned by the arena; never NULL. {0} is an empty arena. */
void *arena_alloc(struct arena *a, size_t size) __attribute__((malloc, returns_nonnull));

/* arena_array - count zeroed elements of size bytes; an overflow of the product is no memory, too
 */
void *arena_array(struct arena *a, size_t count, size_t size)
	__attribute__((malloc, returns_nonnull));

/* arena_dup - len bytes of data and a NUL behind them */
char *arena_dup(struct arena *a, const char *data, size_t len) __attribute__((returns_nonnull));

/* arena_str - copy of a NUL-terminated string */
char *arena_str(struct arena *a, const char *s) __attribute__((returns_nonnull));

/* arena_fmt - formatted string */
char *arena_fmt(struct arena *a, const char *fmt, ...) PRINTF(2, 3)
	__attribute__((returns_nonnull));

/* arena_done - free everything; the arena is empty and usable again */
void arena_done(struct arena *a);

#endif
