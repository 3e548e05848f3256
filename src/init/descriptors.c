/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "stage.h"

static void sort(int *fds, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		for (size_t j = i; j > 0 && fds[j] < fds[j - 1]; j--) {
			int other = fds[j];

			fds[j] = fds[j - 1];
			fds[j - 1] = other;
		}
	}
}

/* init_descriptors - close what neither the program nor the rest of init needs
 * Runs in: init, after everything that looks something up, before the program is looked up. Must: leave no
 * descriptor of the host. Close-on-exec comes too late: the kernel looks the program up before it
 * closes them, so an image whose entry point is /proc/self/fd/9/usr/bin/x would run, and then hold, a file of
 * the host (CVE-2024-21626); who shares our pid namespace may open /proc/PID/fd/9 for as long as we
 * wait for start; and what a caller left open, such as a lock or a pipe, would not end with it. */
int init_descriptors(struct init *in, struct err *e)
{
	/* what a later step needs goes in here */
	int keep[] = { in->args.sync, in->args.start, in->master, in->ruleset };
	unsigned first = 3 + in->plan->process.keep_fds;

	sort(keep, ARRAY_LEN(keep));
	for (size_t i = 0; i <= ARRAY_LEN(keep); i++) {
		bool end = i == ARRAY_LEN(keep);

		if (!end && keep[i] < (int)first)
			continue; /* -1 */
		if (fd_close_range(first, end ? ~0U : (unsigned)keep[i] - 1) < 0)
			return err_sys(e, errno, "close the descriptors of the host");
		if (!end)
			first = (unsigned)keep[i] + 1;
	}
	in->args.proc = -1;
	in->root = -1;
	return 0;
}
