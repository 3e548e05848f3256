/* SPDX-License-Identifier: Apache-2.0 */
/* err.c - the text grows from the end of the buffer to its start
 *
 * The leaf is written so that it ends at the last byte; every step goes in front of it. What does
 * not fit is cut at the front and marked with "...", so the leaf, which names the cause, is the
 * last thing to go. Text is made in a buffer on the stack first: an argument may point into the
 * error itself. No heap: this runs in the container's first process too. */
#include "base/err.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char cut[] = "...";

enum {
	LAST = ERR_MAX - 1, /* place of the NUL */
	CUT = sizeof(cut) - 1,
};

void err_init(struct err *e)
{
	e->code = 0;
	e->start = LAST;
	e->buf[LAST] = '\0';
}

/* put text[len] in front of what is there; cut at its front when there is no room */
static void prepend(struct err *e, const char *text, size_t len)
{
	bool fits = len <= e->start;

	assert(e->start <= LAST);
	if (!fits) {
		text += len - e->start;
		len = e->start;
	}
	e->start -= (unsigned)len;
	memcpy(e->buf + e->start, text, len);
	if (!fits)
		memcpy(e->buf, cut, CUT);
}

/* format into out[ERR_MAX]; returns the length of what is there */
PRINTF(2, 0) static size_t format(char *out, const char *fmt, va_list ap)
{
	int n = vsnprintf(out, ERR_MAX, fmt, ap);

	if (n < 0) {
		out[0] = '\0';
		return 0;
	}
	return n < ERR_MAX ? (size_t)n : LAST;
}

int err_set(struct err *e, int code, const char *fmt, ...)
{
	char text[ERR_MAX];
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = format(text, fmt, ap);
	va_end(ap);
	err_init(e);
	e->code = code;
	prepend(e, text, n);
	return -1;
}

int err_sys(struct err *e, int code, const char *fmt, ...)
{
	const char *why = err_errno_text(code);
	char text[ERR_MAX];
	char number[32] = "";
	va_list ap;
	size_t n;

	/* some errno values are the kernel's own and have no text: 524 is ENOTSUPP */
	if (why == err_errno_text(0))
		(void)snprintf(number, sizeof(number), " %d", code);
	va_start(ap, fmt);
	n = format(text, fmt, ap);
	va_end(ap);
	err_init(e);
	e->code = code;
	prepend(e, number, strlen(number));
	prepend(e, why, strlen(why));
	prepend(e, ": ", 2);
	prepend(e, text, n);
	return -1;
}

int err_in(struct err *e, const char *fmt, ...)
{
	char text[ERR_MAX];
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = format(text, fmt, ap);
	va_end(ap);
	prepend(e, ": ", 2);
	prepend(e, text, n);
	return -1;
}

int err_more(struct err *e, const char *fmt, ...)
{
	char text[ERR_MAX];
	va_list ap;
	size_t n, have = LAST - e->start;

	text[0] = '\n';
	va_start(ap, fmt);
	n = (size_t)vsnprintf(text + 1, ERR_MAX - 1, fmt, ap) + 1;
	va_end(ap);
	if (e->start < CUT + 1)
		return -1;
	if (n > e->start) {
		n = e->start;
		memcpy(text + n - CUT, cut, CUT);
	}
	memmove(e->buf + e->start - n, e->buf + e->start, have);
	memcpy(e->buf + LAST - n, text, n);
	e->start -= (unsigned)n;
	return -1;
}

const char *err_text(const struct err *e)
{
	assert(e->start <= LAST);
	return e->buf + e->start;
}

int err_load(struct err *e, int code, const char *text, size_t len)
{
	err_init(e);
	e->code = code;
	prepend(e, text, strnlen(text, len));
	return -1;
}
