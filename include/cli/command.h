/* SPDX-License-Identifier: Apache-2.0 */
/* command.h - the commands */
#ifndef CL_CLI_COMMAND_H
#define CL_CLI_COMMAND_H

#include "base/log.h"
#include "cli/opt.h"

/* exit status when the command line names no command there is, as with runc; every other error is 1
 */
enum { EXIT_UNKNOWN_COMMAND = 3 };

/* global options, as given */
struct global {
	const char *root;
	const char *log;
	unsigned log_format; /* 1: text, 2: json */
	unsigned log_level;  /* enum log_level + 1 */
	bool debug;
	bool systemd_cgroup;
	unsigned cgroup_manager; /* enum cgroup_manager + 1 */
	unsigned rootless;
	const char *criu;
	bool version;
};

extern const struct opt_table global_options;

struct cli {
	struct arena arena; /* for the whole life of the process */
	struct global global;
	int log_fd;  /* of --log, or -1 */
	int failure; /* exit status when the command fails, set by it; 0: the usual one */
};

/* CMD_CHANGES: makes, starts or removes containers: must not die half-way, hands descriptors on */
/* CMD_ENTERS: puts a process into a container: must run from an executable that cannot be
 * overwritten from there */
enum { CMD_CHANGES = 1, CMD_ENTERS = 2 };

struct command {
	const char *name;
	unsigned flags;   /* CMD_* */
	const char *help; /* one line */
	const char *more; /* behind it in `COMMAND --help`; NULL: nothing */
	struct opt_table table;
	size_t size; /* of the struct that the options go to */
	int failure; /* exit status when run fails; 0: 1 */

	/* opts: that struct; exit status, or -1 with *e */
	int (*run)(struct cli *c, const void *opts, const struct opt_rest *r, struct err *e);
};

extern const struct command cmd_checkpoint, cmd_completion, cmd_create, cmd_delete, cmd_events,
	cmd_exec, cmd_features, cmd_help, cmd_kill, cmd_list, cmd_metrics, cmd_pause, cmd_ps,
	cmd_restore, cmd_resume, cmd_run, cmd_spec, cmd_start, cmd_state, cmd_update;

/* every command in alphabetical order, NULL-terminated */
extern const struct command *const commands[];

/* command_find - by name; NULL: there is none */
const struct command *command_find(const char *name);

/* command_unknown - say that there is no such command, and which one may be meant */
int command_unknown(const char *name, struct err *e);

/* help_all - what --help prints; help_command - what COMMAND --help prints */
void help_all(struct str *out);
void help_command(const struct command *c, struct str *out);

#endif
