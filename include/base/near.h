/* SPDX-License-Identifier: Apache-2.0 */
/* near.h - which word of a list was probably meant */
#ifndef CL_BASE_NEAR_H
#define CL_BASE_NEAR_H

#include <stddef.h>

/* near_score - how far word[len] is from name: 0 when only case differs, then the number of letters
 * that have to be put in, taken out or changed, where one being the beginning or end of the other
 * ("net", "network") counts as little. NEAR_FAR: a suggestion would be a guess. */
enum { NEAR_FAR = 3 };

unsigned near_score(const char *word, size_t len, const char *name);

#endif
