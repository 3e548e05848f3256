/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/landlock.h"

#include <sys/stat.h>

#include "kern/inroot.h"
#include "stage.h"

/* A rule for what there is not: with best effort a warning, and the rule is left out, which denies
 * more, not less. */
static int pass_over(struct init *in, const struct plan_landlock_rule *r, struct err *e)
{
	if (!in->plan->landlock.best_effort)
		return err_in(e, "%s", r->where);
	err_in(e, "%s: this rule is left out", r->where);
	return sync_send_warning(in->args.sync, e) < 0 ? err_sys(e, errno, "report to the parent")
						       : 0;
}

/* A file cannot have the rights of a directory; those that it can have are what is meant. */
static uint64_t rights_of(int fd, uint64_t access)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
		access &= ~(uint64_t)LANDLOCK_FS_DIRECTORY;
	return access;
}

static int allow_path(struct init *in, const struct plan_landlock_rule *r, struct err *e)
{
	auto_close int fd = inroot_open(in->root, r->path, 0, e);
	uint64_t access;

	if (fd < 0)
		return e->code == ENOENT || e->code == ENOTDIR ? pass_over(in, r, e)
							       : err_in(e, "%s", r->where);
	access = rights_of(fd, r->access);
	if (!access) {
		err_set(e, ENOTDIR, "\"%s\" is no directory, and only those have these rights",
			r->path);
		return pass_over(in, r, e);
	}
	if (landlock_allow_beneath(in->ruleset, fd, access) == 0)
		return 0;
	err_sys(e, errno, "allow %#jx beneath \"%s\"", (uintmax_t)access, r->path);
	return err_in(e, "%s", r->where);
}

static int allow(struct init *in, const struct plan_landlock_rule *r, struct err *e)
{
	if (r->path)
		return allow_path(in, r, e);
	if (landlock_allow_port(in->ruleset, r->port, r->access) == 0)
		return 0;
	err_sys(e, errno, "allow %#jx on TCP port %u", (uintmax_t)r->access, r->port);
	return err_in(e, "%s", r->where);
}

/* init_landlock - the rules of crun-lite.landlock.*, prepared
 * Runs in: init, after seal, so that paths lead to what the program will find there, and before
 * process: the program's user need not be able to reach a path that others allow it. A rule gives
 * no right that file modes or mounts deny, so more privileges to look things up do no harm; and
 * paths of the image are resolved beneath its root. Must not: put them in force, hooks are still to
 * run. */
int init_landlock(struct init *in, struct err *e)
{
	const struct plan_landlock *l = &in->plan->landlock;

	if (!l->given || !in->plan->process.given)
		return 0;
	in->ruleset = landlock_create(&l->handled);
	if (in->ruleset < 0)
		return err_sys(e, errno,
			"crun-lite.landlock: create a ruleset for fs %#jx, net %#jx, scope %#jx",
			(uintmax_t)l->handled.fs, (uintmax_t)l->handled.net,
			(uintmax_t)l->handled.scope);
	for (size_t i = 0; i < l->n_rules; i++) {
		if (allow(in, &l->rules[i], e) < 0)
			return -1;
	}
	return 0;
}

int init_restrict(struct init *in, struct err *e)
{
	if (in->ruleset < 0)
		return 0;
	if (landlock_restrict(in->ruleset, in->plan->landlock.handled.log) == 0)
		return 0;
	if (errno == E2BIG)
		return err_set(e, E2BIG,
			"crun-lite.landlock: no more than 16 sets of rules can be put on a process");
	return err_sys(e, errno, "crun-lite.landlock: put the rules in force");
}
