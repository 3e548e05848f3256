/* SPDX-License-Identifier: Apache-2.0 */
/* fd.h - whole reads and writes, files replaced atomically, descriptors over sockets
 *
 * Every descriptor made here is O_CLOEXEC. EINTR is retried (never for close). */
#ifndef CL_BASE_FD_H
#define CL_BASE_FD_H

#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

enum {
	FD_SEND_MAX = 8,      /* descriptors in one message */
	FD_FIFO_SECONDS = 10, /* how long a FIFO is waited for that nobody writes to */
};

struct fd_list {
	int *list; /* ascending, from 3 up */
	size_t n;
};

/* fd_survive_limit - from now on a write beyond the limit on the size of files (ulimit -f) fails
 * with EFBIG and does not end the process. A handler: what is executed later has the default again.
 */
void fd_survive_limit(void);

/* fd_write_all - write len bytes to fd, as many write(2) as needed. 0, or -1 with errno. */
NODISCARD int fd_write_all(int fd, const void *data, size_t len);

/* fd_read_all - append everything up to end of file to *out; more than limit bytes is EFBIG.
 * 0, or -1 with errno. */
NODISCARD int fd_read_all(int fd, size_t limit, struct str *out);

/* fd_read_at - open dirfd/path (O_RDONLY | O_CLOEXEC | O_NOCTTY | flags) and fd_read_all it. 0, or
 * -1 with errno. */
NODISCARD int fd_read_at(int dirfd, const char *path, int flags, size_t limit, struct str *out);

/* fd_read_regular - as fd_read_at, for a file a user wrote: refuses anything but a regular file
 * (opened O_NONBLOCK, so a FIFO does not hang us) and one larger than limit. The error names the
 * file as shown. */
NODISCARD int fd_read_regular(int dirfd, const char *path, const char *shown, size_t limit,
	struct str *out, struct err *e);

/* fd_read_given - as fd_read_regular, for a file that the command line names, which may be a FIFO:
 * <(command) of a shell. It is read to its end; that nothing comes for FD_FIFO_SECONDS is an error.
 */
NODISCARD int fd_read_given(int dirfd, const char *path, const char *shown, size_t limit,
	struct str *out, struct err *e);

/* fd_write_at - open an existing kernel file (O_WRONLY | O_CLOEXEC | O_NOCTTY | flags, no O_CREAT,
 * no O_TRUNC) below dirfd and write text in one write(2). 0, or -1 with errno. */
NODISCARD int fd_write_at(int dirfd, const char *path, int flags, const char *text, size_t len);

/* fd_replace_at - file dirfd/name holds exactly data afterwards, or is untouched: a temporary file
 * ".name.tmp-PID" beside it (O_EXCL | O_NOFOLLOW, mode less umask) and renameat(2). No fsync: the
 * files we keep do not outlive a boot. 0, or -1 with errno. */
NODISCARD int fd_replace_at(int dirfd, const char *name, const void *data, size_t len, mode_t mode);

/* fd_make_dir - the directory path with mode, and its missing parents with 0755, both less the
 * umask. 1: made, 0: it is there (whatever it is), or -1 with errno */
NODISCARD int fd_make_dir(const char *path, mode_t mode);

/* fd_send - one message with data[len] and nfds descriptors (0..FD_SEND_MAX, by SCM_RIGHTS) on a
 * socket; MSG_NOSIGNAL. 0, or -1 with errno. */
NODISCARD int fd_send(int sock, const void *data, size_t len, const int *fds, unsigned nfds);

/* fd_recv - one message of at most cap bytes. Returns its length (0: end of file), or -1 with
 * errno; a truncated message is EMSGSIZE. Descriptors that came along (at most cap_fds) are stored
 * in fds, O_CLOEXEC, owned by the caller, and counted in *nfds; surplus ones are closed. fds may be
 * NULL with cap_fds 0. */
NODISCARD ssize_t fd_recv(int sock, void *data, size_t cap, int *fds, unsigned cap_fds,
	unsigned *nfds);

/* how long a process that we connect or send to may take */
enum { FD_PATIENCE_MS = 10000 };

/* fd_patience - sending on the socket sock, and connecting it, waits at most patience_ms for room
 * or for the backlog of its peer, and fails with EAGAIN then; fd_connect_unix and fd_send say
 * ETIMEDOUT. 0, or -1 with errno. */
NODISCARD int fd_patience(int sock, unsigned patience_ms);

/* fd_impatience - what to put behind the name of a peer that an attempt failed at with errno code
 */
const char *fd_impatience(int code);

/* fd_connect_unix - a SOCK_STREAM | SOCK_CLOEXEC socket connected to path, with fd_patience. A path
 * longer than sun_path is reached through its parent directory. fd, or -1 with errno (ETIMEDOUT:
 * its backlog is full, and nobody accepts). */
NODISCARD int fd_connect_unix(const char *path, unsigned patience_ms);

/* fd_probe_unix - is somebody's SOCK_STREAM socket bound at path? Nothing is connected: whoever
 * listens there does not notice. 0, or -1 with errno (ECONNREFUSED: nobody has it any more). */
NODISCARD int fd_probe_unix(const char *path);

/* fd_cloexec_from - set O_CLOEXEC on every open descriptor >= first. close_range(2), or a walk over
 * the process's own limit where the kernel lacks it. 0, or -1 with errno. */
NODISCARD int fd_cloexec_from(unsigned first);

/* fd_close_range - close every open descriptor from first to last. close_range(2), or a walk as in
 * fd_cloexec_from. 0, or -1 with errno. */
NODISCARD int fd_close_range(unsigned first, unsigned last);

/* fd_keep_only - close every open descriptor from first up but passed (NULL: none) and keep[n],
 * whose entries may be -1; sorts keep. 0, or -1 with errno */
NODISCARD int fd_keep_only(unsigned first, const struct fd_list *passed, int *keep, size_t n);

#endif
