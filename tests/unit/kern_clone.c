/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/clone.h"

#include "kern/proc.h"
#include "test.h"

struct shared {
	int fd, go;
	pid_t pid;
};

/* waits until it is told to go on, which it could not be if we stood still meanwhile */
static void child(void *arg)
{
	struct shared *s = arg;
	char c;

	(void)close(s->fd);
	(void)!read(s->go, &c, 1);
	s->pid = getpid();
	_exit(7);
}

TEST(clone_in_memory_is_seen_and_keeps_descriptors_apart)
{
	auto_close int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	_Alignas(16) char stack[CLONE_STACK];
	int go[2], pidfd = -1;
	struct shared s = { .fd = fd };
	struct clone_args a = { .flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uintptr_t)&pidfd };
	pid_t pid;

	CHECK_INT(pipe2(go, O_CLOEXEC), 0);
	s.go = go[0];
	pid = clone_in_memory(&a, stack, child, &s);
	if (pid < 0 && errno == ENOSYS)
		return;
	CHECK_TRUE(pid > 0);
	CHECK_TRUE(!proc_wait_end(pidfd, 0));
	CHECK_INT(write(go[1], "", 1), 1);
	CHECK_TRUE(proc_wait_end(pidfd, 10000));
	CHECK_INT(s.pid, pid);
	CHECK_TRUE(fcntl(fd, F_GETFD) >= 0);
	CHECK_INT(proc_reap(pidfd), 7);
	def_close(&pidfd);
	def_close(&go[0]);
	def_close(&go[1]);
}

TEST(clone_in_memory_fails_as_clone3_does)
{
	struct clone_args a = { .flags = CLONE_INTO_CGROUP, .cgroup = 1 << 20 };

	_Alignas(16) char stack[CLONE_STACK];

	CHECK_INT(clone_in_memory(&a, stack, child, NULL), -1);
	CHECK_TRUE(errno == EBADF || errno == ENOSYS);
}
