/* SPDX-License-Identifier: Apache-2.0 */
/* str.c - a buffer that doubles */
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"

enum { CAP_MIN = 256 };

char *str_room(struct str *s, size_t n)
{
	size_t need, cap = s->cap ? s->cap : CAP_MIN;

	if (__builtin_add_overflow(s->len, n, &need) || need >= SIZE_MAX / 2)
		mem_out();
	need++; /* the NUL */
	if (need > s->cap) {
		char *data;

		while (cap < need)
			cap *= 2;
		data = realloc(s->data, cap);
		if (!data)
			mem_out();
		data[s->len] = '\0';
		s->data = data;
		s->cap = cap;
	}
	return s->data + s->len;
}

void str_grew(struct str *s, size_t n)
{
	s->len += n;
	s->data[s->len] = '\0';
}

void str_addn(struct str *s, const char *data, size_t len)
{
	char *room = str_room(s, len);

	if (len > 0)
		memcpy(room, data, len);
	str_grew(s, len);
}

void str_add(struct str *s, const char *text)
{
	str_addn(s, text, strlen(text));
}

void str_addc(struct str *s, char c)
{
	str_addn(s, &c, 1);
}

void str_addf(struct str *s, const char *fmt, ...)
{
	size_t have;
	va_list ap;
	int n;

	(void)str_room(s, 0);
	have = s->cap - s->len;
	va_start(ap, fmt);
	n = vsnprintf(s->data + s->len, have, fmt, ap);
	va_end(ap);
	if (n < 0)
		mem_out();
	if ((size_t)n >= have) {
		char *room = str_room(s, (size_t)n);

		va_start(ap, fmt);
		(void)vsnprintf(room, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	str_grew(s, (size_t)n);
}

const char *str_text(const struct str *s)
{
	return s->data ? s->data : "";
}

void str_clear(struct str *s)
{
	s->len = 0;
	if (s->data)
		s->data[0] = '\0';
}

void str_done(struct str *s)
{
	free(s->data);
	*s = (struct str){ 0 };
}
