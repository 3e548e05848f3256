/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_create.c - create and run: the same options, but for a few that only make sense with run */
#include "base/limits.h"
#include "cli/cli.h"
#include "ctr/create.h"

struct options {
	const char *bundle, *config, *console_socket, *pidfd_socket, *pid_file;
	bool no_pivot, no_new_keyring, no_subreaper, dry_run;
	bool detach, keep; /* run */
	unsigned preserve_fds;
};

#define SWITCH(field, name, letter, help) OPT_SWITCH_ROW(struct options, field, name, letter, help)
#define TEXT(field, name, letter, value, help) \
	OPT_TEXT_ROW(struct options, field, name, letter, value, help)

#define COMMON_OPTS                                                                               \
	TEXT(bundle, "bundle", 'b', "DIR",                                                        \
		"directory with config.json and the root filesystem (default: .)"),               \
		TEXT(config, "config", 'f', "FILE", "read FILE instead of config.json"),          \
		TEXT(console_socket, "console-socket", 0, "SOCKET",                               \
			"send the master of the container's terminal to SOCKET"),                 \
		TEXT(pidfd_socket, "pidfd-socket", 0, "SOCKET",                                   \
			"send a pidfd of the container's first process to SOCKET"),               \
		TEXT(pid_file, "pid-file", 0, "FILE",                                             \
			"write the pid of the container's first process to FILE"),                \
		SWITCH(no_pivot, "no-pivot", 0,                                                   \
			"do not use pivot_root(2), for a root filesystem on a ramdisk"),          \
		SWITCH(no_new_keyring, "no-new-keyring", 0,                                       \
			"keep the session keyring of the caller"),                                \
		OPT_NUMBER_ROW(struct options, preserve_fds, "preserve-fds", 0, "N",              \
			LIMIT_PRESERVE_FDS,                                                       \
			"hand N more descriptors, from 3 on, to the container if they are open"), \
		SWITCH(no_subreaper, "no-subreaper", 0, "accepted, without effect"),              \
		SWITCH(dry_run, "dry-run", 0, "show what would be done, do nothing")

static const struct opt create_opts[] = { COMMON_OPTS };

static const struct opt run_opts[] = {
	COMMON_OPTS,
	SWITCH(detach, "detach", 'd', "return as soon as the program runs"),
	SWITCH(keep, "keep", 0, "do not delete the container when it has ended"),
};

static const struct opt_arg args[] = { { "ID", ARG_NEW } };

static enum cgroup_manager choose_manager(const struct global *g)
{
	if (g->cgroup_manager)
		return (enum cgroup_manager)(g->cgroup_manager - 1);
	return g->systemd_cgroup ? CGROUP_MANAGER_SYSTEMD : CGROUP_MANAGER_CGROUPFS;
}

void cli_create(const struct cli *c, struct create_options *ret)
{
	/* in the order of its table */
	static const enum rootless rootless_values[] = { ROOTLESS_YES, ROOTLESS_NO, ROOTLESS_AUTO };

	ret->cgroup_manager = choose_manager(&c->global);
	if (c->global.rootless)
		ret->rootless = rootless_values[c->global.rootless - 1];
}

static void fill(const struct cli *c, const struct options *o, const char *id,
	struct create_options *ret)
{
	*ret = (struct create_options){
		.id = id,
		.bundle = o->bundle ? o->bundle : ".",
		.config = o->config ? o->config : "config.json",
		.console_socket = o->console_socket,
		.pidfd_socket = o->pidfd_socket,
		.pid_file = o->pid_file,
		.preserve_fds = o->preserve_fds,
		.flags = (o->no_pivot ? CREATE_NO_PIVOT : 0U) |
			(o->no_new_keyring ? CREATE_NO_NEW_KEYRING : 0U) |
			(o->detach ? CREATE_DETACH : 0U) | (o->keep ? CREATE_KEEP : 0U) |
			(o->no_subreaper ? CREATE_NO_SUBREAPER : 0U) |
			(o->dry_run ? CREATE_DRY_RUN : 0U),
	};
	cli_create(c, ret);
}

static int do_create(struct cli *c, const void *opts, const struct opt_rest *r, struct err *e)
{
	const struct options *o = opts;
	auto_store struct store s = { .fd = -1 };
	struct create_options create;

	fill(c, o, r->args[0], &create);
	if (cli_store(c, o->dry_run ? 0 : STORE_MAKE, &s, e) < 0 || ctr_create(&s, &create, e) < 0)
		return err_in(e, "create \"%s\"", r->args[0]);
	return 0;
}

static int do_run(struct cli *c, const void *opts, const struct opt_rest *r, struct err *e)
{
	const struct options *o = opts;
	auto_store struct store s = { .fd = -1 };
	struct create_options create;
	int status = 0;

	fill(c, o, r->args[0], &create);
	if (cli_store(c, o->dry_run ? 0 : STORE_MAKE, &s, e) < 0 ||
		ctr_run(&s, &create, &status, e) < 0)
		return err_in(e, "run \"%s\"", r->args[0]);
	return status;
}

const struct command cmd_create = {
	.name = "create",
	.flags = CMD_CHANGES | CMD_ENTERS,
	.help = "make a container; its program waits for start",
	.table = { create_opts, ARRAY_LEN(create_opts), args, ARRAY_LEN(args), 0 },
	.size = sizeof(struct options),
	.run = do_create,
};

const struct command cmd_run = {
	.name = "run",
	.flags = CMD_CHANGES | CMD_ENTERS,
	.help = "create a container, start it, wait for its end and delete it",
	.more = "The exit status is that of the program, 128 + N when signal N ended it.",
	.table = { run_opts, ARRAY_LEN(run_opts), args, ARRAY_LEN(args), 0 },
	.size = sizeof(struct options),
	.run = do_run,
};
