/* SPDX-License-Identifier: Apache-2.0 */
/* ps_parse.c - the options of ps(1) that people give behind the id
 *
 * Other runtimes run the host's ps and filter what it prints. What comes of that depends on the
 * host, a container's program can fool it, and it costs a process; so this is a part of that
 * language: letters behind a dash, those without one (BSD), and -o. */
#include <string.h>

#include "ps.h"

/* views as -o would have them */
static const char view_full[] = "user=UID,pid,ppid,c,stime,tname,time,cmd";
static const char view_user[] = "user,pid,pcpu,pmem,vsz,rss,tname,stat,stime=START,bsdtime,args";
static const char view_short[] = "pid,tname,time,ucmd";
static const char view_jobs[] = "pid,pgid,sid,tname,time,ucmd";
static const char view_bsd[] = "pid,tname,stat,bsdtime,args";

struct parser {
	struct arena *arena;
	char *const *words; /* next */
	struct ps_view *view;
	const char *named; /* view of letters; the last one counts */
	struct err *e;
};

static int unknown(const struct parser *p, const char *word)
{
	return err_set(p->e, 0,
		"unknown option \"%s\" behind ID: known are -e, -A, -x, -f, -j, -o COLUMN,..., a, x, u, o COLUMN,..., --no-headers and what can be made of them",
		word);
}

/* the columns behind -o: the rest of the word, or the next one */
static int add_columns(struct parser *p, const char *rest)
{
	if (rest[0] == '\0') {
		if (!*p->words)
			return err_set(p->e, 0,
				"option \"-o\" behind ID needs a value: COLUMN,...");
		rest = *p->words++;
	}
	return ps_add_columns(p->arena, rest, p->view, p->e);
}

/* letters of a word without a dash, and of "-aux", as everybody writes it */
static int parse_bsd(struct parser *p, const char *word, const char *letters)
{
	for (const char *c = letters; *c; c++) {
		switch (*c) {
		case 'a':
		case 'x':
		case 'w':
			p->named = p->named ? p->named : view_bsd;
			break;
		case 'u':
			p->named = view_user;
			break;
		case 'h':
			p->view->no_titles = true;
			break;
		case 'o':
			return add_columns(p, c + 1);
		default:
			return unknown(p, word);
		}
	}
	return 0;
}

static int parse_dashed(struct parser *p, const char *word)
{
	for (const char *c = word + 1; *c; c++) {
		switch (*c) {
		case 'e':
		case 'A':
		case 'a':
		case 'd':
		case 'w':
			p->named = p->named ? p->named : view_short;
			break;
		case 'x': /* of BSD, and with a dash in many a script */
			p->named = p->named ? p->named : view_bsd;
			break;
		case 'f':
			p->named = view_full;
			break;
		case 'j':
			p->named = view_jobs;
			break;
		case 'o':
			return add_columns(p, c + 1);
		default:
			return unknown(p, word);
		}
	}
	return word[1] ? 0 : unknown(p, word);
}

static int parse_word(struct parser *p, const char *word)
{
	const char *value;

	if (word[0] != '-')
		return parse_bsd(p, word, word);
	if (str_eq(word, "-aux") || str_eq(word, "-axu") || str_eq(word, "-ax"))
		return parse_bsd(p, word, word + 1);
	if (str_eq(word, "--no-headers") || str_eq(word, "--no-heading")) {
		p->view->no_titles = true;
		return 0;
	}
	value = str_after(word, "--format");
	if (value && (!value[0] || value[0] == '='))
		return add_columns(p, value + (value[0] == '='));
	return parse_dashed(p, word);
}

int ps_parse(struct arena *a, char *const *words, struct ps_view *ret, struct err *e)
{
	struct parser p = { .arena = a, .words = words, .view = ret, .e = e };

	memset(ret, 0, sizeof(*ret));
	if (*p.words && str_eq(*p.words, "--"))
		p.words++;
	while (*p.words)
		if (parse_word(&p, *p.words++) < 0)
			return -1;
	if (ret->n > 0)
		return 0;
	return ps_add_columns(a, p.named ? p.named : view_full, ret, e);
}
