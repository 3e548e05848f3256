/* SPDX-License-Identifier: Apache-2.0 */
/* opt.h - options and arguments of a command as tables
 *
 * One table says what is parsed, what --help shows, what the man page must have and what a shell
 * can complete.
 *
 * Spellings, all of those that runc's and crun's users have in their scripts: --name VALUE,
 * --name=VALUE, the same with one dash
 * (-name), -c VALUE, -cVALUE, -c=VALUE, -ab for -a -b, and for switches --name=true and
 * --name=false. Options may stand before and behind the arguments; "--" ends them. An option given
 * twice has its last value. */
#ifndef CL_CLI_OPT_H
#define CL_CLI_OPT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum opt_kind {
	OPT_SWITCH, /* bool */
	OPT_TEXT,   /* const char *; the empty string counts as not given: NULL */
	OPT_NUMBER, /* unsigned, 0..max */
	OPT_CHOICE, /* unsigned: place in choices counted from 1, 0 while not given */
	OPT_SIGNAL, /* const char *, a signal as kill(1) takes it: also -9 and -KILL, without the
		       name of the option */
	OPT_LIST, /* const char **: every value given, NULL-terminated, in the arena; NULL while not
		     given */
};

struct opt {
	const char *name;           /* without dashes */
	char letter;                /* 0: none */
	char other;                 /* a second letter that means the same; 0: none */
	enum opt_kind kind;         /* what is stored: */
	size_t store;               /* offset in the struct that receives the values */
	const char *value;          /* DIR, FILE, SOCKET: for help and completion; NULL: a switch */
	const char *help;           /* half a sentence */
	unsigned max;               /* OPT_NUMBER */
	const char *const *choices; /* OPT_CHOICE: NULL-terminated */
};

/* rows of a table: the struct and field that receive the value, name, letter, and what else the
 * kind needs */
#define OPT_SWITCH_ROW(type, field, id, c, text)                                                 \
	{                                                                                        \
		.name = (id), .letter = (c), .kind = OPT_SWITCH, .store = offsetof(type, field), \
		.help = (text)                                                                   \
	}
#define OPT_TEXT_ROW(type, field, id, c, val, text)                                            \
	{                                                                                      \
		.name = (id), .letter = (c), .kind = OPT_TEXT, .store = offsetof(type, field), \
		.value = (val), .help = (text)                                                 \
	}
#define OPT_NUMBER_ROW(type, field, id, c, val, most, text)                                      \
	{                                                                                        \
		.name = (id), .letter = (c), .kind = OPT_NUMBER, .store = offsetof(type, field), \
		.value = (val), .max = (most), .help = (text)                                    \
	}
#define OPT_CHOICE_ROW(type, field, id, c, val, list, text)                                      \
	{                                                                                        \
		.name = (id), .letter = (c), .kind = OPT_CHOICE, .store = offsetof(type, field), \
		.value = (val), .choices = (list), .help = (text)                                \
	}
#define OPT_LIST_ROW(type, field, id, c, val, text)                                            \
	{                                                                                      \
		.name = (id), .letter = (c), .kind = OPT_LIST, .store = offsetof(type, field), \
		.value = (val), .help = (text)                                                 \
	}

#define OPT_SIGNAL_ROW(type, field, id, c, text)                                                 \
	{                                                                                        \
		.name = (id), .letter = (c), .kind = OPT_SIGNAL, .store = offsetof(type, field), \
		.value = "SIGNAL", .help = (text)                                                \
	}

/* --help, -h: part of every table without being listed in it */
extern const struct opt opt_help_entry;

/* ARG_NEW: names something that is not there yet, so there is nothing to complete */
enum { ARG_OPTIONAL = 1, ARG_REPEATED = 2, ARG_NEW = 4 };

struct opt_arg {
	const char *name; /* ID, SIGNAL, COMMAND */
	unsigned flags;   /* ARG_* */
};

enum {
	OPT_STOP = 1, /* options end at the first argument */
};

struct opt_table {
	const struct opt *opts;
	size_t n_opts;
	const struct opt_arg *args;
	size_t n_args;
	unsigned flags; /* OPT_STOP */
};

/* what opt_parse found beside the options */
struct opt_rest {
	char **args; /* n of them, NULL behind; in the arena, the strings are those of argv */
	int n;
	int used; /* words of argv looked at: with OPT_STOP the index of the first argument */
};

enum { OPT_DONE = 0, OPT_HELP = 1 };

/* opt_parse - parse argv[argc] (without the name of the program or command). store is zeroed by the
 * caller. OPT_HELP: --help or -h was met, nothing else counts. -1: an option is unknown, lacks its
 * value or has a bad one; the error names it and what was expected. */
NODISCARD int opt_parse(struct arena *a, const struct opt_table *t, int argc, char **argv,
	void *store, struct opt_rest *ret, struct err *e);

/* opt_check_args - as many arguments as the table says? */
NODISCARD int opt_check_args(const struct opt_table *t, const struct opt_rest *r, struct err *e);

/* opt_usage - "[options] ID [SIGNAL]" */
void opt_usage(const struct opt_table *t, struct str *out);

/* opt_show - "  -b, --bundle DIR" */
void opt_show(const struct opt *o, struct str *out);

/* opt_help - one line per option, in the order of the table, --help last */
void opt_help(const struct opt_table *t, struct str *out);

#endif
