/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - from the command line to an exit status
 *
 * This is the one place where an error is shown: once, in the log. When the log is a file the text
 * goes to standard error too, because a caller that reads one of the two must find it there
 * (engines differ in which). */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>

#include "base/fd.h"
#include "cli/cli.h"
#include "ctr/host.h"

/* Descriptors 0, 1 and 2 must be open, or what is opened next, say a directory of the host, becomes
 * somebody's standard output. */
static int fill_standard_fds(struct err *e)
{
	struct pollfd fds[] = { { .fd = 0 }, { .fd = 1 }, { .fd = 2 } };
	bool missing = poll(fds, ARRAY_LEN(fds), 0) < 0;

	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		missing |= (fds[i].revents & POLLNVAL) != 0;
	while (missing) {
		int fd = open("/dev/null",
			O_RDWR); /* the container's too, so it stays over execve(2) */

		if (fd < 0)
			return err_sys(e, errno,
				"open \"/dev/null\" in the place of a standard descriptor that is closed");
		if (fd > STDERR_FILENO)
			return close(fd);
	}
	return 0;
}

static void on_failed_write(int sig)
{
	(void)sig;
}

/* A reader that goes away, or a limit on the size of files (ulimit -f), must not end us half-way
 * through making a container: the call fails, too. A handler, not SIG_IGN: that would be inherited
 * by the container and the hooks. */
static void survive_failed_writes(void)
{
	struct sigaction sa = { .sa_handler = on_failed_write, .sa_flags = SA_RESTART };

	(void)sigaction(SIGPIPE, &sa, NULL);
	fd_survive_limit();
	/* a caller that ignores its children would make us lose the exit status of ours */
	sa.sa_handler = SIG_DFL;
	(void)sigaction(SIGCHLD, &sa, NULL);
}

static int complain(const struct cli *c, struct err *e)
{
	/* unless it has been said already what is missing */
	if (e->code == ENOSYS && !strchr(err_text(e), '\n') && !strstr(err_text(e), "seccomp"))
		(void)err_more(e,
			"Linux 5.14 is needed; a seccomp filter around crun-lite answers so, too");
	log_error("%s", err_text(e));
	if (c->log_fd >= 0)
		(void)dprintf(STDERR_FILENO, "crun-lite: %s\n", err_text(e));
	return 1;
}

/* an error in the command line: where, and where to find what is right */
static int usage_error(const char *command, struct err *e)
{
	if (!command)
		return err_set(e, e->code, "%s (see \"crun-lite --help\")", err_text(e));
	return err_set(e, e->code, "%s: %s (see \"crun-lite %s --help\")", command, err_text(e),
		command);
}

static int run_command(struct cli *c, const struct command *cmd, int argc, char **argv,
	struct err *e)
{
	void *opts = arena_alloc(&c->arena, cmd->size);
	auto_str struct str help = { 0 };
	struct opt_rest rest;
	int r;

	switch (opt_parse(&c->arena, &cmd->table, argc, argv, opts, &rest, e)) {
	case OPT_HELP:
		help_command(cmd, &help);
		return cli_print(&help, e);
	case OPT_DONE:
		if (opt_check_args(&cmd->table, &rest, e) == 0)
			break;
		return usage_error(cmd->name, e);
	default:
		return usage_error(cmd->name, e);
	}
	r = cmd->run(c, opts, &rest, e);
	if (r < 0 && !c->failure)
		c->failure = cmd->failure;
	if (r < 0 && c->failure) {
		(void)complain(c, e);
		return c->failure;
	}
	return r;
}

/* the global options and what goes without a command; 1: there is a command in *rest */
static int begin(struct cli *c, int argc, char **argv, struct opt_rest *rest, struct err *e)
{
	auto_str struct str out = { 0 };
	int r = opt_parse(&c->arena, &global_options, argc - 1, argv + 1, &c->global, rest, e);

	if (r < 0)
		return usage_error(NULL, e);
	if (cli_log(c, e) < 0)
		return -1;
	if (r == OPT_DONE && c->global.version)
		cli_version(c, &out);
	else if (r == OPT_HELP || rest->n == 0)
		help_all(&out);
	else
		return 1;
	return cli_print(&out, e);
}

struct call {
	struct cli *c;
	const struct command *cmd;
	struct opt_rest rest;
	struct err *e;
};

static int run_call(void *arg)
{
	struct call *x = arg;

	return run_command(x->c, x->cmd, x->rest.n - 1, x->rest.args + 1, x->e);
}

int main(int argc, char **argv)
{
	struct cli c = { .log_fd = -1 };
	const struct command *cmd;
	struct opt_rest rest;
	struct call call;
	struct err e;
	int r;

	err_init(&e);
	r = begin(&c, argc, argv, &rest, &e);
	if (r <= 0)
		return r < 0 ? complain(&c, &e) : 0;
	cmd = command_find(rest.args[0]);
	if (!cmd) {
		(void)command_unknown(rest.args[0], &e);
		(void)usage_error(NULL, &e);
		(void)complain(&c, &e);
		return EXIT_UNKNOWN_COMMAND;
	}
	log_debug("command %s, process %d of user %u", cmd->name, (int)getpid(), geteuid());
	r = host_protect_self(argv, cmd->flags & CMD_ENTERS, &e);
	if (r == 0 && (cmd->flags & CMD_CHANGES))
		r = fill_standard_fds(&e);
	if (r == 0 && (cmd->flags & CMD_CHANGES))
		survive_failed_writes();
	call = (struct call){ &c, cmd, rest, &e };
	if (r == 0)
		r = cmd->flags & CMD_ENTERS ? stack_run(run_call, &call) : run_call(&call);
	return r < 0 ? complain(&c, &e) : r;
}
