/* SPDX-License-Identifier: Apache-2.0 */
/* floor-kill.c - the kernel's share of removing a container that runs: kill all, wait for the end
 * of its init, remove the cgroup
 *
 *   floor-kill CGROUP
 *
 * Waiting is by pidfd: the kernel limits notifications of cgroup.events to one in 10 ms. */
#include "floor.h"

int main(int argc, char **argv)
{
	struct pollfd p = { .events = POLLIN };
	char text[256];
	int kill, procs;

	if (argc < 2 || chdir(argv[1]) < 0)
		return 2;
	procs = (int)must(open("cgroup.procs", O_RDONLY | O_CLOEXEC), "cgroup.procs");
	text[must(read(procs, text, sizeof(text) - 1), "cgroup.procs")] = '\0';
	p.fd = (int)must(syscall(SYS_pidfd_open, atoi(text), 0), "pidfd_open");
	kill = (int)must(open("cgroup.kill", O_WRONLY | O_CLOEXEC), "cgroup.kill");
	must(write(kill, "1", 1), "cgroup.kill");
	must(poll(&p, 1, 10000), "poll");
	must(rmdir(argv[1]), "rmdir");
	return 0;
}
