/* SPDX-License-Identifier: Apache-2.0 */
/* show.h - text of others, made harmless, for messages */
#ifndef CL_BASE_SHOW_H
#define CL_BASE_SHOW_H

#include "base/str.h"

/* show_escaped - text[len] with '"', '\' and control characters escaped as in JSON, and what is not
 * UTF-8 as U+FFFD: nothing in a file can end a line of the log or steer a terminal */
void show_escaped(struct str *out, const char *text, size_t len);

/* show_quoted - show_escaped in double quotes, at most a handful of words: a longer text is cut and
 * ends in "..." */
void show_quoted(struct str *out, const char *text, size_t len);

/* show_plain - text[len] for a column of a table: what is no printable character or not UTF-8
 * becomes "?", nothing is escaped */
void show_plain(struct str *out, const char *text, size_t len);

#endif
