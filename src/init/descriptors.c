/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "stage.h"

/* init_descriptors - close what neither the program nor the rest of init needs
 * Runs in: init, after everything that looks something up, before the program is looked up. Must:
 * leave no descriptor of the host. Close-on-exec comes too late: the kernel looks the program up
 * before it closes them, so an image whose entry point is /proc/self/fd/9/usr/bin/x would run, and
 * then hold, a file of the host (CVE-2024-21626); who shares our pid namespace may open
 * /proc/PID/fd/9 for as long as we wait for start; and what a caller left open, such as a lock or a
 * pipe, would not end with it. */
int init_descriptors(struct init *in, struct err *e)
{
	/* what a later step needs goes in here */
	int keep[4 + NS_TYPES];
	size_t n = 0;

	if (init_show_open(in, e) < 0)
		return -1;
	keep[n++] = in->args.sync;
	keep[n++] = in->args.start;
	keep[n++] = in->master;
	keep[n++] = in->ruleset;
	for (size_t i = 0; i < in->shown.n; i++)
		keep[n++] = in->shown.fds[i];
	if (fd_keep_only(3, &in->plan->process.fds, keep, n) < 0)
		return err_sys(e, errno, "close the descriptors of the host");
	in->args.proc = -1;
	in->root = -1;
	return 0;
}
