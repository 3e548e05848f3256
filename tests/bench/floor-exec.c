/* SPDX-License-Identifier: Apache-2.0 */
/* floor-exec.c - the kernel's share of executing a program in a container that runs
 *
 *   floor-exec PID CGROUP PROGRAM [ARGUMENT...] */
#include "floor.h"

int main(int argc, char **argv)
{
	static char path[] = "PATH=/bin", *environment[] = { path, NULL };
	const int namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |
		CLONE_NEWUTS | CLONE_NEWCGROUP;
	int cgroup, target, pidfd;

	if (argc < 4)
		return 2;
	target = (int)must(syscall(SYS_pidfd_open, atoi(argv[1]), 0), "pidfd_open");
	cgroup = (int)must(open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC), argv[2]);
	must(setns(target, namespaces), "setns");
	if (clone_into(0, cgroup, &pidfd) == 0) {
		must(setsid(), "setsid");
		drop_capabilities();
		must(close_range(3, ~0U, CLOSE_RANGE_CLOEXEC), "close_range");
		execve(argv[3], argv + 3, environment);
		die(argv[3]);
	}
	return wait_for(pidfd);
}
