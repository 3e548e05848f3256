/* SPDX-License-Identifier: Apache-2.0 */
/* utf8.c - which bytes are a character (RFC 3629, section 4) */
#include "base/mem.h"

static bool is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* may second follow first? This is where overlong forms, surrogates and the upper end show. */
static bool second_fits(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0 && second <= 0xbf;
	case 0xed:
		return second >= 0x80 && second <= 0x9f;
	case 0xf0:
		return second >= 0x90 && second <= 0xbf;
	case 0xf4:
		return second >= 0x80 && second <= 0x8f;
	default:
		return is_tail(second);
	}
}

size_t utf8_len(const char *s, size_t len)
{
	const unsigned char *b = (const unsigned char *)s;
	size_t n;

	if (b[0] < 0x80)
		return 1;
	if (b[0] < 0xc2 || b[0] > 0xf4)
		return 0;
	n = b[0] < 0xe0 ? 2 : b[0] < 0xf0 ? 3 : 4;
	if (n > len || !second_fits(b[0], b[1]))
		return 0;
	for (size_t i = 2; i < n; i++)
		if (!is_tail(b[i]))
			return 0;
	return n;
}
