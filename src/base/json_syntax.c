/* SPDX-License-Identifier: Apache-2.0 */
/* json_syntax.c - why a text is not JSON, in one line
 *
 * Walks the few tokens between the last one that made sense and the place where yajl stopped, and
 * says which could have stood there. Only run on a text that is already known to be wrong. */
#include <ctype.h>

#include "base/json_in.h"
#include "base/show.h"

static const char blanks[] = " \t\r\n";

void json_syntax_error(struct json_parser *p, const struct json *n, uint32_t offset,
	const char *text)
{
	auto_str struct str out = { 0 };
	unsigned line, column;

	json_where(p->doc, offset, &line, &column);
	str_addf(&out, "%s:%u:%u: ", p->doc->name, line, column);
	if (n && n->parent) {
		json_path(n, &out);
		str_add(&out, ": ");
	}
	str_add(&out, text);
	(void)err_set(p->err, 0, "%s", out.data);
	p->failed = true;
}

/* what may come behind the last token that made sense, when punct (0, ',' or ':') follows it */
static const char *expected(const struct json_parser *p, char punct)
{
	const struct json_level *level = p->depth > 0 ? &p->levels[p->depth - 1] : NULL;

	if (!level)
		return p->doc->root ? "the end of the text" : "a value";
	if (p->named)
		return punct == ':' ? "a value" : "\":\"";
	if (level->node->type == JSON_ARRAY) {
		if (punct == ',')
			return "a value";
		return level->last ? "\",\" or \"]\"" : "a value or \"]\"";
	}
	if (punct == ',')
		return "a member name in double quotes";
	return level->last ? "\",\" or \"}\"" : "a member name in double quotes or \"}\"";
}

/* may punct stand directly behind the last token that made sense? */
static bool punct_fits(const struct json_parser *p, char punct)
{
	if (p->depth == 0)
		return false;
	if (p->named)
		return punct == ':';
	return punct == ',' && p->levels[p->depth - 1].last;
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		c == '+' || c == '-' || c == '.' || c == '_' || (c & 0x80);
}

/* end of the token at offset at: a word, or one byte */
static uint32_t word_end(const struct json_doc *d, uint32_t at)
{
	uint32_t end = at;

	while (end < d->len && is_word(d->text[end]))
		end++;
	return end > at ? end : at + 1;
}

static bool four_digits(const struct json_doc *d, uint32_t at)
{
	for (uint32_t i = at; i < at + 4; i++)
		if (i >= d->len || !isxdigit((unsigned char)d->text[i]))
			return false;
	return true;
}

/* what is wrong inside the string that starts at offset start; NULL when nothing is. *at: where. */
static const char *bad_string(const struct json_doc *d, uint32_t start, uint32_t *at)
{
	for (uint32_t i = start + 1; i < d->len; i++) {
		char c = d->text[i];

		*at = i;
		if (c == '"')
			return NULL;
		if ((unsigned char)c < 0x20)
			return "control characters must be escaped in a string";
		if (c != '\\')
			continue;
		if (++i >= d->len)
			break;
		if (d->text[i] == 'u') {
			if (!four_digits(d, i + 1))
				return "\"\\u\" in a string must be followed by 4 hexadecimal digits";
			i += 4;
		} else if (!d->text[i] || !strchr("\"\\/bfnrt", d->text[i])) {
			return "\"\\\" in a string must be followed by one of \"\\/bfnrtu";
		}
	}
	*at = start;
	return "the string has no end";
}

void json_syntax_explain(struct json_parser *p)
{
	const struct json *n = p->depth > 0 ? p->levels[p->depth - 1].node : NULL;
	const struct json_doc *d = p->doc;
	auto_str struct str text = { 0 };
	uint32_t at = json_skip(d, p->at, blanks), bad_at = at;
	const char *why = NULL;
	char punct = 0;

	if (p->named)
		n = p->named;
	if (at < d->len && punct_fits(p, d->text[at])) {
		punct = d->text[at];
		at = json_skip(d, at + 1, blanks);
	}
	if (at < d->len && d->text[at] == '"')
		why = bad_string(d, at, &bad_at);
	if (at + 1 < d->len && d->text[at] == '/' &&
		(d->text[at + 1] == '/' || d->text[at + 1] == '*'))
		why = "comments are not allowed";
	if (why) {
		json_syntax_error(p, n, d->text[at] == '"' ? bad_at : at, why);
		return;
	}
	str_addf(&text, "expected %s, found ", expected(p, punct));
	if (at >= d->len) {
		str_add(&text, "the end of the text");
	} else if (d->text[at] == '"') {
		show_quoted(&text, d->text + at + 1, bad_at - at - 1);
	} else {
		show_quoted(&text, d->text + at, word_end(d, at) - at);
	}
	json_syntax_error(p, n, at, str_text(&text));
}
