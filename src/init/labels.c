/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/lsm.h"
#include "stage.h"

static int in_config(const struct plan_label *l, struct err *e)
{
	return l->where ? err_in(e, "%s", l->where) : -1;
}

int init_set_labels(const struct plan *p, int proc, struct err *e)
{
	const struct plan_label *a = &p->process.apparmor, *s = &p->process.selinux;

	if (a->value && lsm_apparmor_exec(proc, a->value, p->process.no_new_privs, e) < 0)
		return in_config(a, e);
	if (s->value && lsm_selinux_exec(proc, s->value, e) < 0)
		return in_config(s, e);
	return 0;
}

int init_key_label(const struct plan *p, int proc, struct err *e)
{
	const struct plan_label *s = &p->process.selinux;

	return p->keyring && s->value && lsm_selinux_keys(proc, s->value, e) < 0 ? in_config(s, e)
										 : 0;
}

/* init_labels - what the next execve(2) makes of this process for AppArmor and SELinux
 * Runs in: init, after createContainer hooks, which are the host's programs, and before pivot,
 * behind which the host's procfs may be closed at any time (appear). Must: use no other procfs. The
 * startContainer hooks get the labels, too: they are executed as the program is. */
int init_labels(struct init *in, struct err *e)
{
	return init_set_labels(in->plan, in->args.proc, e);
}
