/* SPDX-License-Identifier: Apache-2.0 */
/* show.c - text that others wrote, made harmless */
#include "base/show.h"

#include "base/mem.h"

enum { SHOWN_MAX = 96 };

static void add_ascii(struct str *out, unsigned char c)
{
	static const char from[] = "\"\\\b\f\n\r\t";
	static const char to[] = "\"\\bfnrt";
	const char *p = c ? strchr(from, c) : NULL;

	if (p)
		str_addf(out, "\\%c", to[p - from]);
	else if (c < 0x20 || c == 0x7f)
		str_addf(out, "\\u%04x", c);
	else
		str_addc(out, (char)c);
}

void show_escaped(struct str *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t n = utf8_len(text + i, len - i);

		if (n == 0)
			str_add(out, "\xef\xbf\xbd");
		else if (n == 1)
			add_ascii(out, (unsigned char)text[i]);
		else
			str_addn(out, text + i, n);
		i += n ? n : 1;
	}
}

void show_quoted(struct str *out, const char *text, size_t len)
{
	size_t shown = len;

	if (len > SHOWN_MAX) {
		shown = SHOWN_MAX;
		while (shown > SHOWN_MAX - 4 && ((unsigned char)text[shown] & 0xc0) == 0x80)
			shown--; /* not through the middle of a character */
	}
	str_addc(out, '"');
	show_escaped(out, text, shown);
	str_add(out, shown < len ? "...\"" : "\"");
}

void show_plain(struct str *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t n = utf8_len(text + i, len - i);
		unsigned char c = (unsigned char)text[i];
		/* U+0080 to U+009F are control characters as well */
		bool control = n == 1 ? c < 0x20 || c == 0x7f
				      : n == 2 && c == 0xc2 && (unsigned char)text[i + 1] < 0xa0;

		if (n == 0 || control)
			str_addc(out, '?');
		else
			str_addn(out, text + i, n);
		i += n ? n : 1;
	}
}
