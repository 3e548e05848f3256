/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_exec.c - run another program in a container */
#include "base/limits.h"
#include "base/num.h"
#include "cli/cli.h"
#include "ctr/exec.h"

/* what engines tell a failed exec from a failed program by, as with runc */
enum { EXIT_EXEC_FAILED = 255, EXIT_USAGE = 1 };

struct options {
	const char *process, *cwd, *user, *apparmor, *process_label;
	const char *console_socket, *pidfd_socket, *pid_file, *timeout;
	const char **env, **groups, **caps, **cgroups;
	bool tty, detach, no_new_privs, ignore_paused, sub_cgroup;
	unsigned preserve_fds;
};

#define SWITCH(field, name, letter, help) OPT_SWITCH_ROW(struct options, field, name, letter, help)
#define TEXT(field, name, letter, value, help) \
	OPT_TEXT_ROW(struct options, field, name, letter, value, help)
#define LIST(field, name, letter, value, help) \
	OPT_LIST_ROW(struct options, field, name, letter, value, help)

static const struct opt opts[] = {
	TEXT(process, "process", 'p', "FILE",
		"read all about the program from FILE, a process object"),
	TEXT(cwd, "cwd", 0, "DIR", "start in DIR"),
	LIST(env, "env", 'e', "NAME=VALUE", "set a variable of the environment (repeatable)"),
	SWITCH(tty, "tty", 't', "give the program a terminal"),
	TEXT(user, "user", 'u', "UID[:GID]", "run as this user and group, numbers"),
	LIST(groups, "additional-gids", 'g', "GID", "also be in this group (repeatable)"),
	LIST(caps, "cap", 'c', "CAP", "also have this capability (repeatable)"),
	SWITCH(no_new_privs, "no-new-privs", 0, "let the program gain no privileges"),
	TEXT(apparmor, "apparmor", 0, "PROFILE", "AppArmor profile of the program"),
	TEXT(process_label, "process-label", 0, "LABEL", "SELinux label of the program"),
	SWITCH(detach, "detach", 'd', "return as soon as the program runs"),
	TEXT(pid_file, "pid-file", 0, "FILE", "write the pid of the program to FILE"),
	TEXT(console_socket, "console-socket", 0, "SOCKET",
		"send the master of the program's terminal to SOCKET"),
	TEXT(pidfd_socket, "pidfd-socket", 0, "SOCKET", "send a pidfd of the program to SOCKET"),
	OPT_NUMBER_ROW(struct options, preserve_fds, "preserve-fds", 0, "N", LIMIT_PRESERVE_FDS,
		"hand N more descriptors, from 3 on, to the program if they are open"),
	LIST(cgroups, "cgroup", 0, "[CTRL:]PATH",
		"run in the cgroup PATH below the container's (CTRL is accepted, without effect)"),
	SWITCH(sub_cgroup, "sub-cgroup", 0,
		"run in a new cgroup below that one; what is left in it at the end is killed"),
	TEXT(timeout, "timeout", 0, "SECONDS",
		"kill the program, and all that it has started, after SECONDS (implies --sub-cgroup)"),
	SWITCH(ignore_paused, "ignore-paused", 0, "also when the container is paused"),
};

static const struct opt_arg args[] = { { "ID", 0 }, { "COMMAND", ARG_OPTIONAL | ARG_REPEATED } };

/* "1.5" seconds, or a duration with units: "1m30s" */
static int parse_timeout(struct cli *c, const char *text, int64_t *ret_ms, struct err *e)
{
	size_t len = text ? strlen(text) : 0;
	bool bare = len && text[len - 1] >= '0' && text[len - 1] <= '9';
	int64_t ns = 0;

	*ret_ms = 0;
	if (!text)
		return 0;
	if (!num_duration(arena_fmt(&c->arena, "%s%s", text, bare ? "s" : ""), &ns) || ns <= 0) {
		c->failure = EXIT_USAGE;
		return err_set(e, EINVAL,
			"exec: option \"--timeout\" must be seconds above 0, such as 30, 1.5 or 1m30s, not \"%s\"",
			text);
	}
	*ret_ms = (ns - 1) / 1000000 + 1;
	return 0;
}

static int do_exec(struct cli *c, const void *from, const struct opt_rest *r, struct err *e)
{
	const struct options *o = from;
	char **words = r->args + 1;
	auto_store struct store s = { .fd = -1 };
	struct exec_options x = {
		.id = r->args[0],
		.process = o->process,
		.cwd = o->cwd,
		.env = o->env,
		.user = o->user,
		.groups = o->groups,
		.caps = o->caps,
		.apparmor = o->apparmor,
		.process_label = o->process_label,
		.console_socket = o->console_socket,
		.pidfd_socket = o->pidfd_socket,
		.pid_file = o->pid_file,
		.cgroups = o->cgroups,
		.preserve_fds = o->preserve_fds,
		.flags = (o->detach ? EXEC_DETACH : 0U) | (o->tty ? EXEC_TTY : 0U) |
			(o->no_new_privs ? EXEC_NO_NEW_PRIVS : 0U) |
			(o->ignore_paused ? EXEC_IGNORE_PAUSED : 0U) |
			(o->sub_cgroup ? EXEC_SUB_CGROUP : 0U),
	};
	int status = 0;

	if (words[0] && str_eq(words[0], "--"))
		words++;
	if (!o->process && !words[0])
		return err_set(e, 0,
			"exec: a COMMAND or --process FILE is needed (see \"crun-lite exec --help\")");
	x.args = words;
	if (parse_timeout(c, o->timeout, &x.timeout_ms, e) < 0)
		return -1;
	if (cli_store(c, STORE_PEEK, &s, e) == 0 && ctr_exec(&s, &x, &status, e) == 0)
		return status;
	c->failure = status;
	return err_in(e, "exec failed");
}

const struct command cmd_exec = {
	.name = "exec",
	.flags = CMD_CHANGES | CMD_ENTERS,
	.help = "run another program in a container",
	.more = "The exit status is the program's, 128 + n when signal n ended it, 124 when --timeout did, and 255 when it could not be run.",
	.table = { opts, ARRAY_LEN(opts), args, ARRAY_LEN(args), OPT_STOP },
	.size = sizeof(struct options),
	.failure = EXIT_EXEC_FAILED,
	.run = do_exec,
};
