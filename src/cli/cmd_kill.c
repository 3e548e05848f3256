/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_kill.c - kill and delete */
#include <regex.h>
#include <signal.h>
#include <string.h>

#include "base/log.h"
#include "cli/cli.h"
#include "ctr/host.h"
#include "ctr/kill.h"
#include "oci/names.h"

struct kill_options {
	bool all, regex;
	const char *sig;
};

struct delete_options {
	bool force, regex;
};

static const struct opt kill_opts[] = {
	OPT_SWITCH_ROW(struct kill_options, all, "all", 'a',
		"signal every process of the container; no error when it has stopped"),
	OPT_SWITCH_ROW(struct kill_options, regex, "regex", 'r',
		"ID is an extended regular expression: all containers that it matches"),
	OPT_SIGNAL_ROW(struct kill_options, sig, "signal", 's',
		"the same as the argument SIGNAL; -9 and -KILL do, too"),
};

static const struct opt delete_opts[] = {
	OPT_SWITCH_ROW(struct delete_options, force, "force", 'f',
		"kill it first when it is not stopped; no error when it does not exist"),
	OPT_SWITCH_ROW(struct delete_options, regex, "regex", 'r',
		"ID is an extended regular expression: all containers that it matches"),
};

static const struct opt_arg kill_args[] = { { "ID", 0 }, { "SIGNAL", ARG_OPTIONAL } };
static const struct opt_arg delete_args[] = { { "ID", ARG_REPEATED } };

/* with --regex: what is done with each container; 0, or -1 with *e */
typedef int each_fn(const struct store *s, const char *id, const void *data, struct err *e);

/* As with crun: what fails for one container is a warning, so that those that have stopped
 * meanwhile do not make the others fail, and it is no error when none matches. */
static int for_matching(struct cli *c, const struct store *s, const char *pattern, each_fn *each,
	const void *data, struct err *e)
{
	const char **ids = NULL;
	char why[128];
	regex_t re;
	int r;

	if (store_ids(&c->arena, s, &ids, e) < 0)
		return -1;
	r = regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB);
	if (r != 0) {
		(void)regerror(r, &re, why, sizeof(why));
		why[0] |= 0x20; /* our messages begin with a small letter */
		return err_set(e, 0, "\"%s\" must be an extended regular expression: %s", pattern,
			why);
	}
	for (; *ids; ids++) {
		struct err one;

		if (regexec(&re, *ids, 0, NULL, 0) == 0 && each(s, *ids, data, &one) < 0)
			log_warning("%s", err_text(&one));
	}
	regfree(&re);
	return 0;
}

struct kill_how {
	int sig;
	unsigned flags;
};

static int kill_one(const struct store *s, const char *id, const void *data, struct err *e)
{
	const struct kill_how *how = data;

	return ctr_kill(s, id, how->sig, how->flags, e);
}

/* text NULL: the default */
static int read_signal(const char *text, int *ret, struct err *e)
{
	const char *near;

	if (!text || names_signal(text, ret))
		return 0;
	/* 0 only asks whether it runs, as with kill(2) */
	if (str_eq(text, "0")) {
		*ret = 0;
		return 0;
	}
	near = names_near(&names_signals, str_after(text, "SIG") ? text + strlen("SIG") : text);
	return err_set(e, 0,
		"unknown signal \"%s\": must be a number from 0 to 64 or a name such as TERM%s%s%s",
		text, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static int do_kill(struct cli *c, const void *opts, const struct opt_rest *r, struct err *e)
{
	const struct kill_options *o = opts;
	struct kill_how how = { .sig = SIGTERM, .flags = o->all ? KILL_ALL : 0 };
	auto_store struct store s = { .fd = -1 };

	if (o->sig && r->n > 1)
		return err_set(e, 0, "signal given twice: \"%s\" and \"%s\"", o->sig, r->args[1]);
	if (read_signal(r->n > 1 ? r->args[1] : o->sig, &how.sig, e) < 0)
		return -1;
	if (cli_store(c, 0, &s, e) < 0)
		return -1;
	if (o->regex)
		return for_matching(c, &s, r->args[0], kill_one, &how, e);
	return kill_one(&s, r->args[0], &how, e);
}

static int delete_one(const struct store *s, const char *id, const void *data, struct err *e)
{
	const struct delete_options *o = data;

	return ctr_delete(s, id, o->force ? DELETE_FORCE : 0, e);
}

/* One that cannot be deleted does not keep the others. Its error is shown at once, but the last
 * one, which is returned. */
static int do_delete(struct cli *c, const void *opts, const struct opt_rest *r, struct err *e)
{
	const struct delete_options *o = opts;
	auto_store struct store s = { .fd = -1 };
	bool failed = false;

	if (cli_store(c, 0, &s, e) < 0)
		return -1;
	/* to be executed again when some are gone already would miss them */
	if ((o->regex || r->n > 1) && host_need_library(e) < 0)
		log_debug("%s", err_text(e));
	for (int i = 0; i < r->n; i++) {
		struct err one;
		int done = o->regex ? for_matching(c, &s, r->args[i], delete_one, o, &one)
				    : delete_one(&s, r->args[i], o, &one);

		if (done == 0)
			continue;
		if (failed)
			log_error("%s", err_text(e));
		failed = true;
		*e = one;
	}
	return failed ? -1 : 0;
}

const struct command cmd_kill = {
	.name = "kill",
	.help = "send a signal (default: TERM) to the first process of a container",
	.more = "SIGNAL is a number or a name, with or without SIG; -9, -KILL and -s KILL are understood, too.",
	.table = { kill_opts, ARRAY_LEN(kill_opts), kill_args, ARRAY_LEN(kill_args), 0 },
	.size = sizeof(struct kill_options),
	.run = do_kill,
};

const struct command cmd_delete = {
	.name = "delete",
	.flags = CMD_CHANGES,
	.help = "remove containers and what they hold",
	.more = "A container must be stopped or only created, unless --force is given.",
	.table = { delete_opts, ARRAY_LEN(delete_opts), delete_args, ARRAY_LEN(delete_args), 0 },
	.size = sizeof(struct delete_options),
	.run = do_delete,
};
