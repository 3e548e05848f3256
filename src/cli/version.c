/* SPDX-License-Identifier: Apache-2.0 */
/* version.c - --version and features: what this build is */
#include "cli/cli.h"
#include "ctr/host.h"
#include "oci/features.h"

/* engines take the first line apart: NAME version VERSION */
void cli_version(struct cli *c, struct str *out)
{
	str_addf(out, "crun-lite version %s\n", VERSION);
	/* none in a tree that is no repository */
	if (COMMIT[0])
		str_addf(out, "commit: %s\n", COMMIT);
	str_addf(out, "spec: %s\n", OCI_VERSION);
	str_addf(out, "libseccomp: %s\n", host_seccomp_version(&c->arena));
}

static int run(struct cli *c, const void *opts, const struct opt_rest *r, struct err *e)
{
	struct features_facts facts = { .version = VERSION,
		.commit = COMMIT,
		.libseccomp = host_seccomp_version(&c->arena),
		.seccomp_flags = host_seccomp_flags(),
		.seccomp_arch = host_seccomp_arch };
	auto_str struct str out = { 0 };

	(void)opts;
	(void)r;
	features_text(&facts, &out);
	if (out.len == 0 || out.data[out.len - 1] != '\n')
		str_addc(&out, '\n');
	return cli_print(&out, e);
}

const struct command cmd_features = {
	.name = "features",
	.help = "show what this program supports, as JSON",
	.more = "The document is that of features.md in the OCI runtime specification.",
	.run = run,
};
