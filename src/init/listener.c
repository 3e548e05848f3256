/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: seccomp(2) returns the descriptor on which an agent answers notifications to the one
 *process that must not make another system call but execve(2) after it. Any call may be one that
 *the filter notifies, and would wait for an agent that has no descriptor yet; execve itself may be
 *one. So somebody else has to send it, and two things have to be told without system calls: "it is
 *there" to the sender, and "it is sent" to us, because execve closes it.
 *
 * The sender is a thread of this process, made just before. It shares the table of descriptors, so
 *it needs no right to trace anybody; it is not filtered, because a filter holds for the thread that
 *loads it (TSYNC is never asked for here); and execve ends it, so that the program finds no child
 *it does not know. Both things are told by a page fault: a page is registered with userfaultfd(2),
 *we load the filter and then touch the page. The kernel stops us there, which is no system call,
 *and the sender's read(2) returns. It sends the descriptor, closes it, and fills the page, on which
 * we go on to execve.
 *
 *	init                            thread                         agent
 *	  clone ───────────────────────▶ read(userfaultfd)
 *	  seccomp(2) = N, in memory        ⋮
 *	  touch the page ──── fault ────▶ sendmsg(state, N) ───────────▶ holds N
 *	    ⋮                             close both
 *	    ⋮ ◀───────────────────────── fill the page
 *	  execve(2) ── waits, when it is notified ────────────────────▶ answers
 *
 * What cannot be sent is told like any other error, by the thread, and ends this process: the
 *program never runs without its agent. Nobody spins: with a real-time policy on one processor that
 *would be for ever. Nobody is stopped for good either: who could resume us lives and dies with us.
 *
 * Nothing can be done about a thread more than the limit on processes or tasks allows: then start
 *says so. */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "stage.h"

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

enum { STACK_BYTES = 128 * 1024 };

/* init_listener - the page and what watches over it
 * Runs in: init, last before READY, so that `create` can say what this kernel does not have. Faults
 * in user mode are all we need, and are open to everybody. */
int init_listener(struct init *in, struct err *e)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	auto_close int fd = -1;
	char *memory;

	if (!in->plan->listener.path || !in->plan->process.given)
		return 0;
	memory = mmap(NULL, STACK_BYTES + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		-1, 0);
	if (memory == MAP_FAILED)
		return err_sys(e, errno, "map memory for the seccomp listener");
	fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
	if (fd < 0)
		return err_sys(e, errno,
			"linux.seccomp: SCMP_ACT_NOTIFY needs userfaultfd(2), which this kernel does not give us");
	area.range.start = (uintptr_t)memory + STACK_BYTES;
	area.range.len = page;
	if (ioctl(fd, UFFDIO_API, &api) < 0 || ioctl(fd, UFFDIO_REGISTER, &area) < 0)
		return err_sys(e, errno, "watch over a page of memory by userfaultfd");
	in->listener = (struct init_listener){
		.fault_fd = take_fd(&fd),
		.agent = -1,
		.fd = -1,
		.stack_end = memory + STACK_BYTES,
		.gate = memory + STACK_BYTES,
		.page = page,
	};
	return 0;
}

void init_listener_pid(struct init *in, int32_t pid)
{
	const struct plan_listener *l = &in->plan->listener;
	char digits[PLAN_PID_DIGITS + 1];

	if (!l->path)
		return;
	(void)snprintf(digits, sizeof(digits), "%*d", PLAN_PID_DIGITS, (int)pid);
	for (size_t i = 0; i < l->n_pids; i++)
		memcpy(l->text + l->pid_at[i], digits, PLAN_PID_DIGITS);
}

/* The descriptor goes with the first bytes only; a long state may need more than one write. */
static int send_all(const struct plan_listener *l, int agent, int fd)
{
	enum { FIRST = 4096 };
	const size_t first = l->len < FIRST ? l->len : FIRST;

	if (fd_send(agent, l->text, first, &fd, 1) < 0)
		return -1;
	for (size_t at = first; at < l->len;) {
		const size_t rest = l->len - at < FIRST ? l->len - at : FIRST;

		if (fd_send(agent, l->text + at, rest, NULL, 0) < 0)
			return -1;
		at += rest;
	}
	return 0;
}

static int hand_over(struct init *in, struct err *e)
{
	struct init_listener *l = &in->listener;
	struct uffdio_zeropage fill = { .range = { (uintptr_t)l->gate, l->page } };
	struct uffd_msg fault;

	if (read(l->fault_fd, &fault, sizeof(fault)) != (ssize_t)sizeof(fault))
		return err_sys(e, errno, "wait for the seccomp filter");
	if (send_all(&in->plan->listener, l->agent, l->fd) < 0)
		return err_sys(e, errno, "send the seccomp listener to \"%s\"%s",
			in->plan->listener.path, fd_impatience(errno));
	/* the agent has the only one now, and sees the end of what it is sent */
	def_close(&l->fd);
	def_close(&l->agent);
	return ioctl(l->fault_fd, UFFDIO_ZEROPAGE, &fill) < 0 ? err_sys(e, errno, "let init go on")
							      : 0;
}

static int thread_main(void *arg)
{
	struct init *in = arg;
	struct err e;

	err_init(&e);
	if (hand_over(in, &e) < 0) {
		(void)!sync_send_error(in->reply, &e);
		_exit(1); /* both of us */
	}
	return 0; /* of this thread: clone(3) */
}

static int make_thread(struct init *in, struct err *e)
{
	struct sync_message m;

	if (sync_expect(in->reply, SYNC_LISTENER, "the starter", &m, e) < 0)
		return -1;
	if (m.fd < 0)
		return err_set(e, EPROTO, "the starter sent no socket of the seccomp agent");
	in->listener.agent = m.fd;
	if (clone(thread_main, in->listener.stack_end,
		    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
			    CLONE_SYSVSEM,
		    in) < 0)
		return err_sys(e, errno,
			"make the thread that sends the seccomp listener (it counts as a process)");
	return 0;
}

int init_install_filter(struct init *in, struct err *e)
{
	struct init_listener *l = &in->listener;
	int fd;

	if (!in->plan->filter.n)
		return 0;
	if (in->plan->listener.path && make_thread(in, e) < 0)
		return -1;
	fd = seccomp_install(&in->plan->filter);
	if (fd < 0)
		return err_sys(e, errno, "install the seccomp filter");
	if (!in->plan->listener.path)
		return 0;
	/* no system call from here on */
	*(volatile int *)&l->fd = fd;
	(void)*(const volatile char *)l->gate;
	return 0;
}
