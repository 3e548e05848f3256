/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/keyctl.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/fd.h"
#include "base/mount.h"
#include "kern/idmap.h"
#include "kern/mnt.h"
#include "kern/ns.h"
#include "kern/syscalls.h"
#include "stage.h"

int init_join_one(const struct plan_join *j, struct err *e)
{
	if (setns(j->fd, (int)j->type) < 0)
		return err_sys(e, errno, "%s: join %s namespace \"%s\"", j->where, ns_name(j->type),
			j->path);
	return 0;
}

/* UNS-05: maps beside the path of a user namespace say what the caller believes it to be; another
 * one would give the container ids that nobody meant it to have. */
static int check_maps(const struct plan_namespaces *ns, int proc, const char *where, struct err *e)
{
	if (!ns->n_uids)
		return 0;
	if (idmap_check(proc, "uid_map", ns->uids, ns->n_uids, e) < 0 ||
		idmap_check(proc, "gid_map", ns->gids, ns->n_gids, e) < 0)
		return err_in(e, "%s", where);
	return 0;
}

int init_join(const struct plan_namespaces *ns, int proc, struct err *e)
{
	bool later[PLAN_NAMESPACES] = { 0 };
	const struct plan_join *user = NULL;

	for (size_t i = 0; i < ns->n_join; i++) {
		const struct plan_join *j = &ns->join[i];

		if (j->type == CLONE_NEWNS || (j->type == CLONE_NEWPID && !plan_in_userns(ns)))
			continue;
		if (j->type == CLONE_NEWUSER) {
			user = j;
			continue;
		}
		if (init_join_one(j, e) < 0) {
			if (e->code != EPERM)
				return -1;
			later[i] = true;
		}
	}
	if (user && (init_join_one(user, e) < 0 || check_maps(ns, proc, user->where, e) < 0))
		return -1;
	for (size_t i = 0; i < ns->n_join; i++) {
		if (later[i] && init_join_one(&ns->join[i], e) < 0)
			return -1;
	}
	return 0;
}

/* Inside a user namespace we still carry the host's ids, which mean nothing there: become its root,
 * where it has one. */
int init_become_root(struct err *e)
{
	if (syscall(SYS_setresgid, 0, 0, 0) < 0 && errno != EINVAL)
		return err_sys(e, errno, "become group 0 of the user namespace");
	if (syscall(SYS_setresuid, 0, 0, 0) < 0 && errno != EINVAL)
		return err_sys(e, errno, "become user 0 of the user namespace");
	return 0;
}

int init_join_keyring(const char *name, struct err *e)
{
	if (!name || syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name) >= 0)
		return 0;
	/* no keys in this kernel, or the user's quota is used up: the caller's keyring stays (as in
	 * other runtimes) */
	if (errno == ENOSYS || errno == EDQUOT || errno == EPERM)
		return 0;
	return err_sys(e, errno, "join session keyring \"%s\"", name);
}

static int set_names(const struct plan_namespaces *ns, struct err *e)
{
	if (ns->hostname && sethostname(ns->hostname, strlen(ns->hostname)) < 0)
		return err_sys(e, errno, "set host name \"%s\"", ns->hostname);
	if (ns->domainname && setdomainname(ns->domainname, strlen(ns->domainname)) < 0)
		return err_sys(e, errno, "set domain name \"%s\"", ns->domainname);
	return 0;
}

static struct ns_clock clock_of(const struct plan_clock *c)
{
	return (struct ns_clock){ c->given, c->secs, c->nanosecs };
}

int init_undumpable(struct err *e)
{
	return prctl(PR_SET_DUMPABLE, 0) < 0 ? err_sys(e, errno, "make init undumpable") : 0;
}

static int set_clocks(const struct init *in, struct err *e)
{
	const struct plan_namespaces *ns = &in->plan->ns;
	struct ns_clock mono = clock_of(&ns->monotonic), boot = clock_of(&ns->boottime);

	return ns_set_clocks(in->args.proc, &mono, &boot, e);
}

/* A pid namespace that is joined keeps the process in between away (appear.c): we join, and make
 * the rest, ourselves. */
static int join_and_unshare(struct init *in, struct err *e)
{
	const struct plan_namespaces *ns = &in->plan->ns;

	if (init_join(ns, in->args.proc, e) < 0)
		return -1;
	in->args.flags |= INIT_STAGED;
	if (unshare((int)(ns->fresh & ~(unsigned)(CLONE_NEWCGROUP | CLONE_NEWTIME))) < 0)
		return err_sys(e, errno, "make the namespaces");
	if ((ns->fresh & CLONE_NEWUSER) && sync_send(in->args.sync, SYNC_UNSHARED, 0, -1) < 0)
		return err_sys(e, errno, "report to the parent");
	return 0;
}

/* init_namespaces - be in every namespace of the plan
 * Runs in: init, first. Must: leave no namespace of the host in place that the plan replaces (the
 * mount namespace, when it is joined, comes at pivot). Must not: touch a path of the container.
 * clone3 has made pid, network, ipc, uts, mount and user, or we do (INIT_UNSHARE). The cgroup
 * namespace is made here: its root is the cgroup of the process that makes it, and clone3 would
 * take the parent's. The time namespace is made here because its offsets must be set before anyone
 * is in it. */
int init_namespaces(struct init *in, struct err *e)
{
	const struct plan_namespaces *ns = &in->plan->ns;
	struct sync_message m;

	if ((in->args.flags & INIT_UNSHARE) && join_and_unshare(in, e) < 0)
		return -1;
	/* the parent writes id maps; systemd moves us into our cgroup */
	if (((ns->fresh & CLONE_NEWUSER) || in->plan->cgroup.scope) &&
		sync_expect(in->args.sync, SYNC_GO, "the parent", &m, e) < 0)
		return -1;
	/* not after the clocks: /proc/self belongs to the host's root from then on */
	if (!(ns->fresh & CLONE_NEWTIME) && init_undumpable(e) < 0)
		return -1;
	if (!(in->args.flags & INIT_STAGED) && init_join(ns, in->args.proc, e) < 0)
		return -1;
	if ((ns->fresh & CLONE_NEWTIME) && (set_clocks(in, e) < 0 || init_undumpable(e) < 0))
		return -1;
	/* a change of ids makes dumpable again what fs.suid_dumpable allows */
	if (plan_in_userns(ns) && (init_become_root(e) < 0 || init_undumpable(e) < 0))
		return -1;
	if ((ns->fresh & CLONE_NEWCGROUP) && unshare(CLONE_NEWCGROUP) < 0)
		return err_sys(e, errno, "create a cgroup namespace");
	/* a session of its own: the caller's terminal is out of reach (TIOCSTI, CVE-2017-5226) */
	if (setsid() < 0 && errno != EPERM)
		return err_sys(e, errno, "start a session");
	if (init_key_label(in->plan, in->args.proc, e) < 0 ||
		init_join_keyring(in->plan->keyring, e) < 0 || set_names(ns, e) < 0)
		return -1;
	return ns->loopback ? ns_loopback_up(e) : 0;
}

static int write_sysctl(int proc, const struct plan_sysctl *s, struct err *e)
{
	auto_close int sys = sys_openat2(proc, "sys", O_PATH | O_DIRECTORY | O_CLOEXEC, 0,
		RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS);
	auto_close int fd = -1;
	size_t len = strlen(s->value);

	if (sys >= 0)
		fd = sys_openat2(sys, s->path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0,
			RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS);
	if (fd < 0)
		return err_sys(e, errno, "%s: open \"/proc/sys/%s\"", s->where, s->path);
	if (write(fd, s->value, len) != (ssize_t)len)
		return err_sys(e, errno, "%s: write \"%s\" to \"/proc/sys/%s\"", s->where, s->value,
			s->path);
	return 0;
}

/* init_sysctl - kernel parameters of our namespaces
 * Runs in: init, before pivot. The files under /proc/sys answer by the namespaces of who opens
 * them, so the host's procfs will do; where it is read-only or covered (nested in another
 * container) an instance of our own takes its place. */
int init_sysctl(struct init *in, struct err *e)
{
	auto_close int own = -1;

	for (size_t i = 0; i < in->plan->n_sysctl; i++) {
		const struct plan_sysctl *s = &in->plan->sysctl[i];

		if (own < 0 && write_sysctl(in->args.proc, s, e) < 0) {
			if (e->code != EXDEV && e->code != EROFS)
				return -1;
			own = mnt_new("proc", NULL, NULL, 0,
				MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, e);
			if (own < 0)
				return -1;
		}
		if (own >= 0 && write_sysctl(own, s, e) < 0)
			return -1;
	}
	return 0;
}
