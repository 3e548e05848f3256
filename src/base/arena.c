/* SPDX-License-Identifier: Apache-2.0 */
/* arena.c - chunks that grow, a pointer that moves on */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

enum {
	ALIGN = _Alignof(max_align_t),
	CHUNK_MIN = 16 << 10,
	CHUNK_MAX = 256 << 10,
};

struct arena_chunk {
	struct arena_chunk *older;
	size_t size; /* of data */
	size_t used;
	_Alignas(max_align_t) char data[];
};

/* Not abort(3): no memory is an answer of the system, not a mistake of the program, and engines
 * show the log. What has been made is on record, for `delete --force`. */
void mem_out(void)
{
	log_no_memory();
	_exit(1);
}

/* how large the next chunk has to be for size bytes */
static size_t chunk_size(const struct arena *a, size_t size)
{
	size_t next = a->last ? a->last->size * 2 : CHUNK_MIN;

#ifdef __SANITIZE_ADDRESS__
	return size; /* one chunk each: the sanitizer sees every overrun */
#endif
	if (next > CHUNK_MAX)
		next = CHUNK_MAX;
	return size > next ? size : next;
}

static struct arena_chunk *add_chunk(struct arena *a, size_t size)
{
	size_t room = chunk_size(a, size);
	struct arena_chunk *c;

	if (room > SIZE_MAX / 2)
		mem_out();
	c = malloc(sizeof(*c) + room);
	if (!c)
		mem_out();
	c->size = room;
	c->used = 0;
	c->older = a->last;
	a->last = c;
	return c;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_chunk *c = a->last;
	size_t need;
	void *p;

	if (size > SIZE_MAX / 2)
		mem_out();
	need = (size + ALIGN - 1) / ALIGN * ALIGN;
	if (need == 0)
		need = ALIGN;
	if (!c || c->size - c->used < need)
		c = add_chunk(a, need);
	p = c->data + c->used;
	c->used += need;
	return memset(p, 0, need);
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		mem_out();
	return arena_alloc(a, total);
}

char *arena_dup(struct arena *a, const char *data, size_t len)
{
	char *copy;

	if (len == SIZE_MAX)
		mem_out();
	copy = arena_alloc(a, len + 1);
	if (len > 0)
		memcpy(copy, data, len);
	return copy;
}

char *arena_str(struct arena *a, const char *s)
{
	return arena_dup(a, s, strlen(s));
}

char *arena_fmt(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *out;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		mem_out();
	out = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	(void)vsnprintf(out, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return out;
}

void arena_done(struct arena *a)
{
	while (a->last) {
		struct arena_chunk *older = a->last->older;

		free(a->last);
		a->last = older;
	}
}
