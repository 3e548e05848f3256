/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: a proc filesystem shows the pid namespace of the process that makes it. With a pid
 * namespace that is joined, init cannot be that process: it is in it only when the tree is complete
 * (init/appear.c). Since Linux 6.17 an option names the namespace. Before, a process of ours has to
 * be in it for a moment, where it is seen by all who are: it has an empty root directory, no
 * descriptor but the socket that it sends the mount over, and one capability. The one in between,
 * which is not in the namespace, prepares that. */
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/log.h"
#include "init/init.h"
#include "kern/cred.h"
#include "kern/mnt.h"
#include "kern/proc.h"
#include "kern/sync.h"
#include "kern/syscalls.h"
#include "launch.h"

static int join(const struct plan_join *j, struct err *e)
{
	return setns(j->fd, (int)j->type) < 0
		? err_sys(e, errno, "%s: join namespace \"%s\"", j->where, j->path)
		: 0;
}

/* The owner of the namespace may be the user namespace that the container joins. Mounts are made in
 * a mount namespace of one's own user namespace. */
static int join_for_child(const struct plan_namespaces *ns, struct err *e)
{
	const struct plan_join *pid = plan_join_of(ns, CLONE_NEWPID);
	const struct plan_join *user = plan_join_of(ns, CLONE_NEWUSER);

	if (join(pid, e) == 0)
		return 0;
	if (e->code != EPERM || !user)
		return -1;
	if (join(user, e) < 0 || join(pid, e) < 0)
		return -1;
	return unshare(CLONE_NEWNS) < 0 ? err_sys(e, errno, "make a mount namespace") : 0;
}

static int forget_host(int sock, struct err *e)
{
	int keep[] = { sock };
	auto_close int empty = mnt_new("tmpfs", "tmpfs", NULL, 0,
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, e);

	if (empty < 0)
		return -1;
	if (fchdir(empty) < 0 || chroot(".") < 0)
		return err_sys(e, errno, "change the root directory");
	/* standard input, output and error, too */
	if (fd_keep_only(0, NULL, keep, ARRAY_LEN(keep)) < 0)
		return err_sys(e, errno, "close the descriptors of the host");
	if (cred_limit((uint64_t)1 << CAP_SYS_ADMIN) < 0)
		return err_sys(e, errno, "give up capabilities");
	return init_undumpable(e);
}

static NORETURN void mount_proc(const struct op_mount *m, int sock)
{
	struct err e;
	int fd;

	err_init(&e);
	fd = mnt_new(m->type, m->source, m->data, m->sb_set, m->attr_set, &e);
	_exit(fd < 0 ? sync_send_error(sock, &e) : sync_send(sock, SYNC_MOUNT, 0, fd));
}

static NORETURN void helper_main(const struct launch *l, const struct op_mount *m, int sock)
{
	const struct plan_namespaces *ns = &l->plan.ns;
	int pidfd = -1;
	struct clone_args a = { .flags = CLONE_PIDFD,
		.exit_signal = SIGCHLD,
		.pidfd = (uintptr_t)&pidfd };
	struct err e;
	pid_t pid;

	err_init(&e);
	if (launch_enter(l, &e) == 0 && join_for_child(ns, &e) == 0 && forget_host(sock, &e) == 0) {
		pid = sys_clone3(&a);
		if (pid == 0)
			mount_proc(m, sock);
		if (pid > 0)
			_exit(proc_wait_end(pidfd, -1) ? proc_reap(pidfd) : 1);
		err_sys(&e, errno, "clone a process into pid namespace \"%s\"",
			plan_join_of(ns, CLONE_NEWPID)->path);
	}
	(void)!sync_send_error(sock, &e);
	_exit(1);
}

/* in the cgroup of the container: its filter for devices holds for who takes the process over */
static int mount_from_inside(struct launch *l, struct op_mount *m, struct err *e)
{
	struct sync_message r;
	struct sync_peer peer = { .name = "the process that mounts proc" };
	int pair[2], pidfd = -1, done = -1;
	struct clone_args a = { .flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.exit_signal = SIGCHLD,
		.pidfd = (uintptr_t)&pidfd };
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, errno, "create a socket pair");
	launch_into(l, &a);
	pid = sys_clone3(&a);
	if (pid == 0)
		helper_main(l, m, pair[1]);
	peer.sock = pair[0];
	def_close(&pair[1]);
	if (pid < 0)
		err_sys(e, errno, "clone the process that mounts proc");
	else
		done = launch_expect_from(l, &peer, SYNC_MOUNT, &r, e);
	def_close(&pair[0]);
	if (pid > 0)
		launch_end_helper(l, &peer, pid, pidfd, done < 0 ? e : NULL);
	def_close(&pidfd);
	if (done == 0)
		m->source_fd = r.fd;
	return done;
}

static int mount_by_option(struct launch *l, struct op_mount *m, int ns, struct err *e)
{
	size_t n = 0;
	const char **data;

	while (m->data && m->data[n])
		n++;
	data = arena_array(&l->arena, n + 2, sizeof(*data));
	for (size_t i = 0; i < n; i++)
		data[i] = m->data[i];
	data[n] = arena_fmt(&l->arena, "pidns=/proc/self/fd/%d", ns);
	m->source_fd = mnt_new(m->type, m->source, data, m->sb_set, m->attr_set, e);
	return m->source_fd < 0 ? -1 : 0;
}

int launch_proc(struct launch *l, struct err *e)
{
	const struct plan_root *root = &l->plan.root;
	const struct plan_join *pid = plan_join_of(&l->plan.ns, CLONE_NEWPID);

	for (size_t i = 0; pid && i < root->n_build; i++) {
		struct op *op = &root->build[i];

		if (op->kind != OP_MOUNT || !str_eq(op->mount.type, "proc") ||
			mount_by_option(l, &op->mount, pid->fd, e) == 0)
			continue;
		log_debug("%s: %s; a process in the pid namespace mounts it", op->where,
			err_text(e));
		if (mount_from_inside(l, &op->mount, e) < 0)
			return err_in(e, "%s", op->where);
	}
	return 0;
}
