/* SPDX-License-Identifier: Apache-2.0 */
/* holder.c - who has locked a container: the kernel knows (/proc/locks), so nobody has to leave a
 * note */
#include "holder.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "kern/proc.h"
#include "kern/procstat.h"
#include "kern/syscalls.h"

enum { PATIENCE_MS = 3000 };

/* A line is "1: FLOCK  ADVISORY  WRITE 4711 08:01:1234 0 EOF"; one that waits has "->". */
pid_t holder_of(int fd)
{
	auto_str struct str locks = { 0 };
	char wanted[64];
	struct stat st;
	int pid;

	if (fstat(fd, &st) < 0 ||
		fd_read_at(AT_FDCWD, "/proc/locks", 0, LIMIT_KERNEL_FILE, &locks) < 0)
		return 0;
	(void)snprintf(wanted, sizeof(wanted), " %02x:%02x:%llu ", major(st.st_dev),
		minor(st.st_dev), (unsigned long long)st.st_ino);
	for (const char *line = str_text(&locks); *line;) {
		const char *end = strchrnul(line, '\n');
		const char *at = strstr(line, wanted);

		if (at && at < end && sscanf(line, "%*d: FLOCK ADVISORY WRITE %d", &pid) == 1)
			return pid;
		line = *end ? end + 1 : end;
	}
	return 0;
}

void holder_end(int fd)
{
	static const int signals[] = { SIGTERM, SIGKILL };
	auto_close int pidfd = -1;
	struct err e;
	pid_t pid;

	/* the numbers of another pid namespace are those of bystanders here */
	if (procstat_check(&e) < 0) {
		log_warning("whoever is at work on the container cannot be found: %s",
			err_text(&e));
		return;
	}
	pid = holder_of(fd);
	pidfd = pid > 0 ? sys_pidfd_open(pid, 0) : -1;

	for (size_t i = 0; pidfd >= 0 && i < ARRAY_LEN(signals); i++) {
		/* asked again: the descriptor is that of a process that holds it now */
		if (proc_wait_end(pidfd, PATIENCE_MS) || holder_of(fd) != pid)
			return;
		log_warning("process %d does not let go of the container: send it signal %d",
			(int)pid, signals[i]);
		if (proc_signal(pidfd, signals[i]) < 0)
			log_warning("it cannot be sent: %s", err_errno_text(errno));
	}
}
