/* SPDX-License-Identifier: Apache-2.0 */
/* ps.h - the table of ps: shared by the files of that command */
#ifndef CL_CLI_PS_H
#define CL_CLI_PS_H

#include "base/arena.h"
#include "base/err.h"
#include "ctr/ps.h"

enum { PS_COLUMNS = 48 };

struct ps_column {
	const char *title; /* "": no title; a table without any has no first line */
	const struct ps_kind *kind;
};

/* what is shown */
struct ps_view {
	struct ps_column columns[PS_COLUMNS];
	size_t n;
	bool no_titles;
};

/* ps_add_columns - append those of LIST: names with "," or blanks between them, NAME=TITLE for
 * another title. The error says what names there are. */
NODISCARD int ps_add_columns(struct arena *a, const char *list, struct ps_view *v, struct err *e);

/* ps_parse - the view that the words behind ID ask for, in the language of ps(1): what decides
 * about columns. What selects processes (-e, -A, a, x) is accepted and selects nothing: all of the
 * container are shown. */
NODISCARD int ps_parse(struct arena *a, char *const *words, struct ps_view *ret, struct err *e);

/* ps_table - append a line of titles and one for each process */
void ps_table(struct arena *a, const struct ps_view *v, const struct ps_list *list,
	struct str *out);

#endif
