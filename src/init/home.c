/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/num.h"
#include "kern/syscalls.h"
#include "stage.h"

/* One line "name:x:uid:gid:gecos:home:shell" of a passwd file; true when it is uid's. The shell may
 * be missing. */
static bool passwd_home(char *line, uint32_t uid, char **ret_home)
{
	char *field[6];
	uint32_t id;

	for (size_t i = 0; i < ARRAY_LEN(field); i++) {
		if (!line)
			return false;
		field[i] = line;
		line = strchr(line, ':');
		if (line)
			*line++ = '\0';
	}
	*ret_home = field[5];
	return num_u32(field[2], &id) && id == uid;
}

/* true: line is the user's, and HOME is what it says */
static bool take_line(struct init *in, char *line)
{
	char *home;

	if (!passwd_home(line, in->plan->process.cred.uid, &home) || *home != '/')
		return false;
	(void)snprintf(in->home, sizeof(in->home), "HOME=%s", home);
	*in->plan->process.home = in->home;
	return true;
}

/* Lines too long for the buffer are left out, whole. */
static int read_passwd(struct init *in, int fd)
{
	char buf[INIT_PASSWD_LINE];
	size_t have = 0, total = 0;
	bool skip = false; /* up to the end of a line that was too long */

	for (;;) {
		ssize_t n = read(fd, buf + have, sizeof(buf) - 1 - have);
		char *line = buf, *end;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		have += (size_t)n;
		total += (size_t)n;
		buf[have] = '\0';
		while ((end = memchr(line, '\n', (size_t)(buf + have - line)))) {
			*end = '\0';
			if (!skip && take_line(in, line))
				return 0;
			skip = false;
			line = end + 1;
		}
		/* the last line needs no line feed */
		if (n == 0 && !skip)
			(void)take_line(in, line);
		if (n == 0 || total >= LIMIT_PASSWD_BYTES)
			return 0;
		have = (size_t)(buf + have - line);
		skip = skip || have == sizeof(buf) - 1;
		if (skip)
			have = 0;
		memmove(buf, line, have);
	}
}

/* Is this what the image answers, and not what we lack? */
static bool says_image(int code)
{
	return code == ENOENT || code == ENOTDIR || code == ELOOP || code == ENXIO ||
		code == EACCES || code == EPERM || code == ENAMETOOLONG;
}

/* PROC-07: HOME of the user, from the container's own /etc/passwd, "/" when it is not there. The
 * file is the image's: a regular file is read, whatever it holds, but not for ever (a sparse one
 * costs an image nothing). */
int init_home(struct init *in, struct err *e)
{
	struct stat st;
	auto_close int fd = -1;

	if (!in->plan->process.home)
		return 0;
	fd = sys_openat2(in->root, "/etc/passwd", O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0,
		RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
	if (fd < 0 && says_image(errno))
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0 || (S_ISREG(st.st_mode) && read_passwd(in, fd) < 0))
		return err_sys(e, errno, "read \"/etc/passwd\" for the HOME of user %u",
			in->plan->process.cred.uid);
	return 0;
}
