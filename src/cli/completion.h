/* SPDX-License-Identifier: Apache-2.0 */
/* completion.h - shared by the generators of completions, one a shell */
#ifndef CL_CLI_COMPLETION_H
#define CL_CLI_COMPLETION_H

#include "cli/command.h"

/* what can be written for a value or an argument */
enum completion {
	COMPLETE_NOTHING,
	COMPLETE_DIRS,
	COMPLETE_FILES,
	COMPLETE_IDS,   /* of containers in the state root */
	COMPLETE_WORDS, /* some out of a list */
};

/* completion_of_option, completion_of_argument - *words receives what COMPLETE_WORDS chooses from,
 * with blanks between them */
enum completion completion_of_option(const struct opt *o, struct str *words);
enum completion completion_of_argument(const struct opt_arg *a, struct str *words);

void completion_bash(struct str *out);
void completion_fish(struct str *out);
void completion_zsh(struct str *out);

#endif
