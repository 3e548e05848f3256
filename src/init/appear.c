/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: when a pid namespace is joined, others are in it, and see a process from the moment of
 * its clone. With CAP_SYS_PTRACE they look through its root directory and into its descriptors. So
 * what has gone through the stages so far has done so in the pid namespace of the caller, has
 * joined the other one for its children only, and makes one now that has the container's root
 * directory and no descriptor of the host. CLONE_PARENT: that one is init, our parent's child like
 * us.
 *
 * Who may trace may also take a process over, so what it could never need is given up before. */
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>

#include "base/fd.h"
#include "kern/cred.h"
#include "kern/syscalls.h"
#include "stage.h"

#define CAP(c) ((uint64_t)1 << (c))

/* Permissions of files in the container, ids, limits and priorities are for the stages that follow;
 * mounts and a filter that is loaded without no_new_privs need CAP_SYS_ADMIN. The rest is what the
 * program gets. */
int init_limit_caps(const struct plan_process *p, bool admin, struct err *e)
{
	uint64_t keep = CAP(CAP_SETPCAP) | CAP(CAP_SETUID) | CAP(CAP_SETGID) | CAP(CAP_CHOWN) |
		CAP(CAP_FOWNER) | CAP(CAP_FSETID) | CAP(CAP_DAC_OVERRIDE) | CAP(CAP_SYS_NICE) |
		CAP(CAP_SYS_RESOURCE) | p->cred.permitted | p->cred.inheritable;

	return cred_limit(admin ? keep | CAP(CAP_SYS_ADMIN) : keep) < 0
		? err_sys(e, errno, "give up capabilities")
		: 0;
}

static int forget_host(struct init *in, struct err *e)
{
	int keep[4 + NS_TYPES] = { in->args.sync, in->args.start, in->root, -1 };
	size_t n = 4;

	if (init_show_open(in, e) < 0)
		return -1;
	for (size_t i = 0; i < in->shown.n; i++)
		keep[n++] = in->shown.fds[i];
	if (plan_in_userns(&in->plan->ns)) {
		in->args.setgroups = openat(in->args.proc, "self/setgroups", O_RDONLY | O_CLOEXEC);
		keep[3] = in->args.setgroups;
	}
	if (fd_keep_only(3, &in->plan->process.fds, keep, n) < 0)
		return err_sys(e, errno, "close the descriptors of the host");
	in->args.proc = -1;
	in->args.flags |= INIT_STAGED;
	return init_limit_caps(&in->plan->process, true, e) < 0 ? -1 : init_undumpable(e);
}

/* init_appear - be in the pid namespace that is joined
 * Runs in: init, after pivot; who calls it ends, and who returns from it is another process, known
 * to the parent. Must: have nothing of the host that can be seen in /proc/PID. */
int init_appear(struct init *in, struct err *e)
{
	const struct plan_join *join = plan_join_of(&in->plan->ns, CLONE_NEWPID);
	int pidfd = -1;
	struct clone_args a = { .flags = CLONE_PIDFD | CLONE_PARENT, .pidfd = (uintptr_t)&pidfd };
	struct sync_message m;
	pid_t pid;

	if (!join)
		return 0;
	if ((!plan_in_userns(&in->plan->ns) && init_join_one(join, e) < 0) ||
		forget_host(in, e) < 0)
		return -1;
	pid = sys_clone3(&a);
	if (pid < 0)
		return err_sys(e, errno, "clone init into pid namespace \"%s\"", join->path);
	if (pid > 0)
		_exit(sync_send(in->args.sync, SYNC_CHILD, pid, pidfd) < 0);
	if (sync_expect(in->args.sync, SYNC_GO, "the parent", &m, e) < 0)
		return -1;
	/* a session of its own, as in init_namespaces */
	return setsid() < 0 ? err_sys(e, errno, "start a session") : 0;
}
