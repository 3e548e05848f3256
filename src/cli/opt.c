/* SPDX-License-Identifier: Apache-2.0 */
/* opt.c - one parser for the two traditions that callers follow
 *
 * runc's is Go's: one dash or two, names whole, "-b=DIR". crun's is getopt's: "-bDIR", "-qf json".
 * A word with one dash is first looked up as a whole name and as a single letter; only when it is
 * neither, it is a row of letters. */
#include "cli/opt.h"

#include <string.h>

#include "base/near.h"
#include "base/num.h"
#include "cli/command.h"
#include "oci/names.h"

struct parser {
	struct arena *arena;
	const struct opt_table *table;
	int argc, at; /* next word */
	char **argv;
	void *store;
	struct err *e;
};

const struct opt opt_help_entry = {
	.name = "help",
	.letter = 'h',
	.kind = OPT_SWITCH,
	.help = "show this text",
};

static bool is_name(const struct opt *o, const char *name, size_t len)
{
	return strlen(o->name) == len && memcmp(o->name, name, len) == 0;
}

static const struct opt *find_name(const struct opt_table *t, const char *name, size_t len)
{
	for (size_t i = 0; i < t->n_opts; i++)
		if (is_name(&t->opts[i], name, len))
			return &t->opts[i];
	/* crun's --usage is a shorter help */
	if (is_name(&opt_help_entry, name, len) || (len == 5 && memcmp(name, "usage", len) == 0))
		return &opt_help_entry;
	return NULL;
}

static const struct opt *find_letter(const struct opt_table *t, char letter)
{
	for (size_t i = 0; i < t->n_opts; i++)
		if (letter && (t->opts[i].letter == letter || t->opts[i].other == letter))
			return &t->opts[i];
	/* crun's -? is not shown: shells have another use for it */
	return letter == opt_help_entry.letter || letter == '?' ? &opt_help_entry : NULL;
}

/* the option that takes -9 and -KILL; NULL: no word of this command is a signal */
static const struct opt *find_signal(const struct opt_table *t)
{
	for (size_t i = 0; i < t->n_opts; i++)
		if (t->opts[i].kind == OPT_SIGNAL)
			return &t->opts[i];
	return NULL;
}

static bool is_signal(const char *text)
{
	int sig;

	/* 0 is none, and asks kill(2) whether there is a process */
	return str_eq(text, "0") || names_signal(text, &sig);
}

/* the truth values of Go's strconv.ParseBool */
static bool parse_bool(const char *text, bool *ret)
{
	static const char *const words[] = { "1", "t", "T", "true", "TRUE", "True", "0", "f", "F",
		"false", "FALSE", "False" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!str_eq(text, words[i]))
			continue;
		*ret = i < ARRAY_LEN(words) / 2;
		return true;
	}
	return false;
}

static int bad_choice(struct err *e, const struct opt *o, const char *value)
{
	auto_str struct str list = { 0 };

	for (const char *const *c = o->choices; *c; c++)
		str_addf(&list, "%s%s", c == o->choices ? "" : c[1] ? ", " : " or ", *c);
	return err_set(e, 0, "option \"--%s\" must be %s, not \"%s\"", o->name, str_text(&list),
		value);
}

static int set_choice(const struct opt *o, const char *value, unsigned *ret, struct err *e)
{
	for (unsigned i = 0; o->choices[i]; i++) {
		if (str_eq(o->choices[i], value)) {
			*ret = i + 1;
			return 0;
		}
	}
	return bad_choice(e, o, value);
}

/* one more value of a list that grows by copying: lists are short */
static void append(struct arena *a, const char ***list, const char *value)
{
	const char **all;
	size_t n = 0;

	while (*list && (*list)[n])
		n++;
	all = arena_array(a, n + 2, sizeof(*all));
	if (n)
		memcpy(all, *list, n * sizeof(*all));
	all[n] = value;
	*list = all;
}

/* store the value of o; value NULL: a switch without one */
static int set(struct parser *p, const struct opt *o, const char *value)
{
	void *to = (char *)p->store + o->store;
	uint32_t number;
	bool truth = true;

	switch (o->kind) {
	case OPT_SWITCH:
		if (value && !parse_bool(value, &truth))
			return err_set(p->e, 0, "option \"--%s\" must be true or false, not \"%s\"",
				o->name, value);
		if (o == &opt_help_entry)
			return truth ? OPT_HELP : OPT_DONE;
		memcpy(to, &truth, sizeof(truth));
		return OPT_DONE;
	case OPT_TEXT:
		if (!value[0])
			value = NULL;
		memcpy(to, &value, sizeof(value));
		return OPT_DONE;
	case OPT_NUMBER:
		if (!num_u32(value, &number) || number > o->max)
			return err_set(p->e, 0,
				"option \"--%s\" must be a number from 0 to %u, not \"%s\"",
				o->name, o->max, value);
		memcpy(to, &number, sizeof(number));
		return OPT_DONE;
	case OPT_CHOICE:
		return set_choice(o, value, to, p->e);
	case OPT_SIGNAL:
		memcpy(to, &value, sizeof(value));
		return OPT_DONE;
	case OPT_LIST:
		append(p->arena, to, value);
		return OPT_DONE;
	}
	return OPT_DONE;
}

/* the value that an option needs is the next word, whatever it looks like */
static int set_next(struct parser *p, const struct opt *o)
{
	if (p->at >= p->argc)
		return err_set(p->e, 0, "option \"--%s\" needs a value: %s", o->name, o->value);
	return set(p, o, p->argv[p->at++]);
}

/* does -abc, -abVALUE or -ab VALUE make sense as a row of letters? */
static bool is_row(const struct opt_table *t, const char *letters)
{
	for (const char *c = letters; *c; c++) {
		const struct opt *o = find_letter(t, *c);

		if (!o)
			return false;
		if (o->kind != OPT_SWITCH || c[1] == '=')
			return true;
	}
	return *letters != '\0';
}

static int parse_row(struct parser *p, const char *letters)
{
	for (const char *c = letters; *c; c++) {
		const struct opt *o = find_letter(p->table, *c);
		int r;

		if (c[1] == '=')
			return set(p, o, c + 2);
		if (o->kind != OPT_SWITCH)
			return c[1] ? set(p, o, c + 1) : set_next(p, o);
		r = set(p, o, NULL);
		if (r != OPT_DONE)
			return r;
	}
	return OPT_DONE;
}

static int unknown(struct parser *p, const char *word, size_t word_len, const char *name,
	size_t len)
{
	const struct opt *closest = NULL;
	unsigned best = NEAR_FAR;

	for (size_t i = 0; i < p->table->n_opts && len > 2; i++) {
		unsigned d = near_score(name, len, p->table->opts[i].name);

		if (d < best) {
			best = d;
			closest = &p->table->opts[i];
		}
	}
	if (p->table != &global_options && find_name(&global_options, name, len))
		return err_set(p->e, 0, "option \"%.*s\" must stand before the command",
			(int)word_len, word);
	if (closest)
		return err_set(p->e, 0, "unknown option \"%.*s\", did you mean \"--%s\"?",
			(int)word_len, word, closest->name);
	return err_set(p->e, 0, "unknown option \"%.*s\"", (int)word_len, word);
}

/* one word that starts with a dash and is not just dashes */
static int parse_word(struct parser *p, const char *word)
{
	const char *name = word + (word[1] == '-' ? 2 : 1);
	size_t len = strcspn(name, "=");
	const struct opt *o = find_name(p->table, name, len);

	if (!o && name == word + 1 && len == 1)
		o = find_letter(p->table, *name);
	if (!o && name == word + 1 && is_row(p->table, name))
		return parse_row(p, name);
	if (!o && name == word + 1 && find_signal(p->table) && is_signal(name))
		return set(p, find_signal(p->table), name);
	if (!o)
		return unknown(p, word, (size_t)(name - word) + len, name, len);
	if (name[len] == '=')
		return set(p, o, name + len + 1);
	return o->kind == OPT_SWITCH ? set(p, o, NULL) : set_next(p, o);
}

int opt_parse(struct arena *a, const struct opt_table *t, int argc, char **argv, void *store,
	struct opt_rest *ret, struct err *e)
{
	struct parser p = { a, t, argc, 0, argv, store, e };

	*ret = (struct opt_rest){ .args = arena_array(a, (size_t)argc + 1, sizeof(char *)) };
	while (p.at < argc) {
		char *word = argv[p.at];
		int r;

		if (word[0] != '-' || !word[1]) {
			if (t->flags & OPT_STOP)
				break;
			ret->args[ret->n++] = argv[p.at++];
			continue;
		}
		p.at++;
		if (str_eq(word, "--"))
			break;
		r = parse_word(&p, word);
		if (r != OPT_DONE)
			return r;
	}
	ret->used = p.at;
	while (p.at < argc)
		ret->args[ret->n++] = argv[p.at++];
	return OPT_DONE;
}

int opt_check_args(const struct opt_table *t, const struct opt_rest *r, struct err *e)
{
	size_t most = t->n_args;

	for (size_t i = 0; i < t->n_args; i++) {
		if ((size_t)r->n <= i && !(t->args[i].flags & ARG_OPTIONAL))
			return err_set(e, 0, "argument %s is missing", t->args[i].name);
		if (t->args[i].flags & ARG_REPEATED)
			most = SIZE_MAX;
	}
	if ((size_t)r->n > most)
		return err_set(e, 0, "unexpected argument \"%s\"", r->args[most]);
	return 0;
}

void opt_usage(const struct opt_table *t, struct str *out)
{
	str_add(out, "[options]");
	for (size_t i = 0; i < t->n_args; i++) {
		bool optional = t->args[i].flags & ARG_OPTIONAL;

		str_addf(out, " %s%s%s%s", optional ? "[" : "", t->args[i].name,
			t->args[i].flags & ARG_REPEATED ? "..." : "", optional ? "]" : "");
	}
}

void opt_show(const struct opt *o, struct str *out)
{
	if (o->letter)
		str_addf(out, "  -%c, --%s", o->letter, o->name);
	else
		str_addf(out, "      --%s", o->name);
	if (o->value)
		str_addf(out, " %s", o->value);
}

void opt_help(const struct opt_table *t, struct str *out)
{
	size_t width = 0;

	for (size_t i = 0; i <= t->n_opts; i++) {
		auto_str struct str s = { 0 };

		opt_show(i < t->n_opts ? &t->opts[i] : &opt_help_entry, &s);
		width = s.len > width ? s.len : width;
	}
	for (size_t i = 0; i <= t->n_opts; i++) {
		const struct opt *o = i < t->n_opts ? &t->opts[i] : &opt_help_entry;
		size_t start = out->len;

		opt_show(o, out);
		str_addf(out, "%*s  %s", (int)(width - (out->len - start)), "", o->help);
		for (const char *const *c = o->kind == OPT_CHOICE ? o->choices : NULL; c && *c; c++)
			str_addf(out, "%s%s", c == o->choices ? ": " : c[1] ? ", " : " or ", *c);
		str_addc(out, '\n');
	}
}
