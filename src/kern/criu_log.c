/* SPDX-License-Identifier: Apache-2.0 */
/* criu_log.c - the reasons in a log of criu
 *
 * A line is "(00.012345)     1: Error (criu/tty.c:1861): tty: text"; the number of the process is
 * there only during a restore. The first error of a job is most often the reason, the ones behind
 * it are its consequences. */
#include "kern/criu.h"

enum { SHOWN = 5 };

/* the text behind "Error (FILE:LINE): " in line[len], NULL when it is no error */
static const char *error_in(const char *line, size_t len)
{
	static const char mark[] = "Error (";
	const char *at = memmem(line, len, mark, strlen(mark));
	const char *text = at ? memmem(at, len - (size_t)(at - line), "): ", 3) : NULL;

	return text ? text + 3 : NULL;
}

void criu_log_errors(const char *text, struct str *out)
{
	const char *found[SHOWN];
	size_t n = 0;

	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");
		const char *error = error_in(line, len);

		if (error)
			found[n++ % SHOWN] = error;
		line += len + (line[len] == '\n');
	}
	for (size_t i = n > SHOWN ? n - SHOWN : 0; i < n; i++) {
		const char *error = found[i % SHOWN];

		str_addf(out, "%scriu: %.*s", out->len ? "\n" : "", (int)strcspn(error, "\n"),
			error);
	}
}
