/* SPDX-License-Identifier: Apache-2.0 */
#include "base/near.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/def.h"

enum { SHORTEST = 3, LONGEST = 64 };

static unsigned smallest(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* the distance of Levenshtein, in which two letters in the wrong order count once, too */
static unsigned distance(const char *a, size_t len, const char *b, size_t n)
{
	unsigned rows[3][LONGEST];
	unsigned *above = rows[0], *row = rows[1], *spare = rows[2];

	for (size_t j = 0; j <= n; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= len; i++) {
		unsigned *next = spare;

		next[0] = (unsigned)i;
		for (size_t j = 1; j <= n; j++) {
			next[j] = smallest(row[j - 1] + !same(a[i - 1], b[j - 1]),
				smallest(row[j], next[j - 1]) + 1);
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				next[j] = smallest(next[j], above[j - 2] + 1);
		}
		spare = above;
		above = row;
		row = next;
	}
	return row[n];
}

unsigned near_score(const char *word, size_t len, const char *name)
{
	size_t n = strlen(name);
	unsigned d;

	if (len == n && strncasecmp(word, name, n) == 0)
		return 0;
	if (len < SHORTEST || n >= LONGEST || len >= LONGEST)
		return NEAR_FAR;
	/* "NET_ADMIN" of "CAP_NET_ADMIN", "net" of "network" */
	if (len < n &&
		(strncasecmp(word, name, len) == 0 || strncasecmp(word, name + n - len, len) == 0))
		return 1;
	d = distance(word, len, name, n);
	/* half of a short word being wrong is another word */
	return d < NEAR_FAR && d * 2 < len + 1 ? d : NEAR_FAR;
}
