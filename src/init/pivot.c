/* SPDX-License-Identifier: Apache-2.0 */
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base/mount.h"
#include "kern/mnt.h"
#include "kern/ns.h"
#include "kern/syscalls.h"
#include "stage.h"

/* init_attach - from here the tree can be seen by who shares our mount namespace: the hooks of the
 * host, through /proc/PID/root
 * Runs in: init, after build. Without a mount namespace of its own the container keeps the detached
 * tree: attaching it would put it into somebody else's mount table. */
int init_attach(struct init *in, struct err *e)
{
	return in->plan->ns.fresh & CLONE_NEWNS ? init_attach_tree(in, e) : 0;
}

int init_run_hooks(const struct plan_hooks *hooks, struct err *e)
{
	char pid[PLAN_PID_DIGITS + 1];

	if (!hooks->count)
		return 0;
	/* the pid as it is called in here; blanks before a number are JSON */
	(void)snprintf(pid, sizeof(pid), "%*d", PLAN_PID_DIGITS, (int)getpid());
	memcpy(hooks->state + hooks->pid_at, pid, PLAN_PID_DIGITS);
	for (size_t i = 0; i < hooks->count; i++) {
		struct spawn s = hooks->list[i].spawn;

		s.input = hooks->state;
		s.input_len = hooks->state_len;
		if (spawn_run(&s, e) < 0)
			return err_in(e, "%s", hooks->list[i].where);
	}
	return 0;
}

/* init_hooks - the hooks of create, in the order of runtime.md: prestart and createRuntime by the
 * parent, then createContainer here, in the container's namespaces but with the host's paths */
int init_hooks(struct init *in, struct err *e)
{
	struct sync_message m;

	if (in->args.flags & INIT_HOST_HOOKS) {
		if (sync_send(in->args.sync, SYNC_BUILT, 0, -1) < 0)
			return err_sys(e, errno, "report to the parent");
		if (sync_expect(in->args.sync, SYNC_HOOKS_DONE, "the parent", &m, e) < 0)
			return -1;
	}
	return init_run_hooks(&in->plan->create_container, e);
}

/* Without a mount namespace of our own: the root directory is the detached tree, the mount table
 * stays as it is. The tree lives as long as somebody uses it; the kernel keeps its mounts connected
 * when its descriptor closes (UMOUNT_CONNECTED). */
static int enter_detached(struct init *in, struct err *e)
{
	if (fchdir(in->root) < 0 || chroot(".") < 0)
		return err_sys(e, errno, "change the root directory");
	return 0;
}

/* init_join_mounts - into the mount namespace that is joined, if any, with the root directory as it
 * is Runs in: init, after seal: the kernel lets nobody change a detached tree from another mount
 * namespace than the one it was made in. */
int init_join_mounts(struct init *in, struct err *e)
{
	const struct plan_join *j = plan_join_of(&in->plan->ns, CLONE_NEWNS);

	if (!j)
		return 0;
	if (setns(j->fd, CLONE_NEWNS) < 0)
		return err_sys(e, errno, "%s: join mount namespace \"%s\"", j->where, j->path);
	if (enter_detached(in, e) < 0)
		return -1;
	return chdir("/") < 0 ? err_sys(e, errno, "enter the root directory") : 0;
}

/* --no-pivot: for a root filesystem that cannot be pivoted away from (initramfs). It stays
 * mounted, covered by ours. What is mounted on it must not: see kern/mnt_hide. Until chroot(2)
 * absolute paths start at the old root and lead to nothing of ours. */
static int move_root(struct init *in, struct err *e)
{
	if (fchdir(in->root) < 0)
		return err_sys(e, errno, "enter the root filesystem");
	if (mount(".", "/", NULL, MS_MOVE, NULL) < 0)
		return err_sys(e, errno, "move the root filesystem to \"/\"");
	if (mnt_hide_all(in->args.proc, e) < 0)
		return err_in(e, "hide the host's mounts");
	if (chroot(".") < 0)
		return err_sys(e, errno, "change the root directory");
	return 0;
}

static int pivot(struct init *in, struct err *e)
{
	if (fchdir(in->root) < 0)
		return err_sys(e, errno, "enter the root filesystem");
	/* The old root is stacked on the new one and detached, so the image needs no directory for
	 * it (pivot_root(2)). It is a slave of the host since build: unmounting it here unmounts
	 * nothing there. */
	if (sys_pivot_root(".", ".") < 0) {
		if (errno == EINVAL)
			return err_sys(e, errno,
				"pivot to the root filesystem (on an initramfs --no-pivot is needed)");
		return err_sys(e, errno, "pivot to the root filesystem");
	}
	if (umount2(".", MNT_DETACH) < 0)
		return err_sys(e, errno, "detach the host's mounts");
	return 0;
}

/* init_pivot - make the prepared tree the root
 * Runs in: init, after the hooks. Must: leave no way back to the host's tree: no descriptor of it
 * is inherited by the program (all are O_CLOEXEC), and the current directory is inside. Must not:
 * drop capabilities (seal needs them). */
int init_pivot(struct init *in, struct err *e)
{
	int r;

	if (!(in->plan->ns.fresh & CLONE_NEWNS))
		r = enter_detached(in, e);
	else if (in->plan->root.pivot)
		r = pivot(in, e);
	else
		r = move_root(in, e);
	if (r < 0)
		return -1;
	return chdir("/") < 0 ? err_sys(e, errno, "enter the new root directory") : 0;
}
