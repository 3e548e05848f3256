/* SPDX-License-Identifier: Apache-2.0 */
/* cli.h - shared by the commands */
#ifndef CL_CLI_CLI_H
#define CL_CLI_CLI_H

#include "cli/command.h"
#include "ctr/create.h"

/* cli_store - open the state directory that the global options name; flags: STORE_MAKE */
NODISCARD int cli_store(struct cli *c, unsigned flags, struct store *ret, struct err *e);

/* cli_store_ids - open it, and the ids of all containers in it. As with runc: only the default one
 * may be missing, a misspelt one must not look like one without containers */
NODISCARD int cli_store_ids(struct cli *c, struct store *ret, const char ***ret_ids, struct err *e);

/* cli_log - set the log up as the global options say */
NODISCARD int cli_log(struct cli *c, struct err *e);

/* cli_create - what the global options say about making a container */
void cli_create(const struct cli *c, struct create_options *ret);

/* cli_print - data, to standard output */
NODISCARD int cli_print(const struct str *text, struct err *e);

/* cli_version - what --version prints */
void cli_version(struct cli *c, struct str *out);

/* stack_run - fn(arg), on a stack that is large enough for a container to be made */
int stack_run(int (*fn)(void *), void *arg);

#endif
