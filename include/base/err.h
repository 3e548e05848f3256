/* SPDX-License-Identifier: Apache-2.0 */
/* err.h - the error value
 *
 * A fallible function takes a struct err last and returns -1 after filling it. The text is built
 * from its end: who finds the error writes the leaf, each caller puts its step in front, so that
 * the leaf survives when the buffer is full. Nothing here allocates; a struct err crosses the init
 * socket unchanged. Wording: lower case, no full stop, subject in double quotes, the value that was
 * found and what was expected. */
#ifndef CL_BASE_ERR_H
#define CL_BASE_ERR_H

#include <stdarg.h>

#include "base/def.h"

enum {
	ERR_MAX = 8192, /* holds the longest path twice over */
};

struct err {
	int code;       /* errno of the leaf, 0 when there is none */
	unsigned start; /* first byte of the text in buf */
	char buf[ERR_MAX];
};

/* err_init - make *e the empty error (the buffer is not cleared) */
void err_init(struct err *e);

/* err_set - write the leaf; replaces whatever was there. Returns -1. code may be 0. */
int err_set(struct err *e, int code, const char *fmt, ...) PRINTF(3, 4);

/* err_sys - err_set with ": " and the text of errno value code behind it, first letter in lower
 * case: engines compare the words of errno case-sensitively. Returns -1. */
int err_sys(struct err *e, int code, const char *fmt, ...) PRINTF(3, 4);

/* err_in - put "step: " in front of the text. Returns -1. */
int err_in(struct err *e, const char *fmt, ...) PRINTF(2, 3);

/* err_more - put "\n" and one more sentence behind the text, as far as there is room; for the
 * remedy, and for lists of findings. Returns -1. */
int err_more(struct err *e, const char *fmt, ...) PRINTF(2, 3);

/* err_text - the text, NUL-terminated, valid as long as *e */
const char *err_text(const struct err *e);

/* err_load - fill *e from text[len] and code as they came over a socket (text need not end in NUL;
 * what does not fit is cut at its front). Returns -1. */
int err_load(struct err *e, int code, const char *text, size_t len);

/* err_errno_text - text of an errno value, first letter in lower case, never NULL. The pointer is
 * static storage of the C library. Async-signal-safe (strerrordesc_np(3)). */
const char *err_errno_text(int code);

#endif
