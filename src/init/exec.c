/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: the container is there and may be hostile. What runs in it sees a process as soon as that
 * is in its pid namespace, and with CAP_SYS_PTRACE looks at its root directory and into its
 * descriptors. So the program's process is cloned by one in between that stays in the host's pid
 * namespace: that one is in the cgroup already, closes what belongs to the host, and joins all
 * namespaces in one call through the pidfd of init (no path of /proc is looked up). Where the
 * container has no pid namespace it sees the host's processes anyway, and nobody is in between. */
#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kern/tty.h"
#include "stage.h"

/* The labels come first: the procfs of the host is at hand here only. What is cloned later inherits
 * them. */
int exec_join(const struct init_args *a, struct err *e)
{
	if (init_key_label(a->plan, a->proc, e) < 0 || init_set_labels(a->plan, a->proc, e) < 0)
		return -1;
	if (a->shown && ns_join(a->shown, e) < 0)
		return -1;
	if (!a->shown && a->namespaces && setns(a->target, (int)a->namespaces) < 0) {
		if (errno == ESRCH)
			return err_set(e, ESRCH,
				"cannot exec in a stopped container: container not running");
		(void)err_sys(e, errno, "join the namespaces of the container");
		return e->code == EPERM
			? err_more(e,
				  "only the user who has made it may, and not before it has executed its program")
			: -1;
	}
	/* where the root directory is not that of the mount namespace, it has been looked up by the
	 * parent */
	if (a->root >= 0 && (fchdir(a->root) < 0 || chroot(".") < 0))
		return err_sys(e, errno, "enter the root directory of the container");
	return chdir("/") < 0 ? err_sys(e, errno, "enter the root directory of the container") : 0;
}

/* exec_enter - be where the container's processes are
 * Runs in: exec, first. Must: end with the container's root as our root and current directory. */
int exec_enter(struct init *in, struct err *e)
{
	const struct init_args *a = &in->args;

	if (!(a->flags & INIT_STAGED)) {
		struct ns_set shown = { .n = 0 };

		if (exec_join(a, e) < 0)
			return -1;
		if (a->shown)
			shown = *a->shown;
		ns_close(&shown);
	}
	def_close(&in->args.target);
	if ((a->namespaces & CLONE_NEWUSER) && (init_become_root(e) < 0 || init_undumpable(e) < 0))
		return -1;
	/* a session of its own: no terminal of the caller can be reached (TIOCSTI, CVE-2017-5226)
	 */
	if (setsid() < 0 && errno != EPERM)
		return err_sys(e, errno, "start a session");
	if (init_join_keyring(in->plan->keyring, e) < 0)
		return -1;
	in->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return in->root < 0 ? err_sys(e, errno, "open the root directory of the container") : 0;
}

/* exec_terminal - as init_terminal, but /dev/console stays the first program's */
int exec_terminal(struct init *in, struct err *e)
{
	if (!in->plan->process.terminal)
		return 0;
	if (init_open_terminal(in, e) < 0 || tty_take(in->slave, e) < 0)
		return -1;
	if (in->slave > 2)
		def_close(&in->slave);
	in->slave = 0;
	return 0;
}
