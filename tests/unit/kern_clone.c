/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/clone.h"

#include "kern/proc.h"
#include "test.h"

struct shared {
	int fd;
	pid_t pid;
};

static void child(void *arg)
{
	struct shared *s = arg;

	(void)close(s->fd);
	s->pid = getpid();
	_exit(7);
}

TEST(clone_in_memory_is_seen_and_keeps_descriptors_apart)
{
	auto_close int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct shared s = { .fd = fd };
	int pidfd = -1;
	struct clone_args a = { .flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uintptr_t)&pidfd };
	pid_t pid = clone_in_memory(&a, child, &s);

	if (pid < 0 && errno == ENOSYS)
		return;
	CHECK_TRUE(pid > 0);
	CHECK_INT(s.pid, pid);
	CHECK_TRUE(fcntl(fd, F_GETFD) >= 0);
	/* we go on when it has left our memory, which is before it can be waited for */
	CHECK_TRUE(proc_wait_end(pidfd, 10000));
	CHECK_INT(proc_reap(pidfd), 7);
	def_close(&pidfd);
}

TEST(clone_in_memory_fails_as_clone3_does)
{
	struct clone_args a = { .flags = CLONE_INTO_CGROUP, .cgroup = 1 << 20 };

	CHECK_INT(clone_in_memory(&a, child, NULL), -1);
	CHECK_TRUE(errno == EBADF || errno == ENOSYS);
}
