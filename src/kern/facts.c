/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/facts.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "kern/cgroup.h"
#include "kern/cred.h"
#include "kern/landlock.h"

enum { SWITCH_MAX = 16 }; /* "Y\n" */

/* The module stays visible when it is built in but not chosen at boot; then it says N. */
static bool has_apparmor(void)
{
	auto_str struct str text = { 0 };

	return fd_read_at(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", 0, SWITCH_MAX,
		       &text) == 0 &&
		str_text(&text)[0] == 'Y';
}

static bool has_selinux(void)
{
	struct statfs fs;

	return statfs("/sys/fs/selinux", &fs) == 0 && fs.f_type == SELINUX_MAGIC;
}

/* Outside of the caller's cgroup namespace ("/../x") it cannot be named. */
static void find_own_cgroup(struct arena *a, struct facts *ret)
{
	const char *self;
	struct err e;

	if (!ret->cgroup_mount || cg_self(a, &self, &e) < 0 || str_after(self, "/.."))
		return;
	ret->cgroup_self = self;
	ret->cgroup_outer = cg_outer(a, ret->cgroup_mount, self);
}

int facts_gather(struct arena *a, unsigned want, struct facts *ret, struct err *e)
{
	*ret = (struct facts){
		.uid = geteuid(),
		.gid = getegid(),
		.caps = cred_caps(),
	};
	if (want & FACTS_WANT_LSM)
		ret->lsm =
			(has_apparmor() ? FACT_APPARMOR : 0) | (has_selinux() ? FACT_SELINUX : 0);
	if (want & FACTS_WANT_LANDLOCK)
		ret->landlock = landlock_abi();
	if ((want & FACTS_WANT_SUBIDS) && !(ret->caps >> CAP_SETUID & 1)) {
		subid_ranges(a, SUBID_UIDS, ret->uid, &ret->subuids, &ret->n_subuids);
		subid_ranges(a, SUBID_GIDS, ret->uid, &ret->subgids, &ret->n_subgids);
	}
	if ((want & FACTS_WANT_CGROUP) && cg_find_mount(a, &ret->cgroup_mount, e) < 0)
		return -1;
	if (want & FACTS_WANT_CGROUP_SELF)
		find_own_cgroup(a, ret);
	return 0;
}
