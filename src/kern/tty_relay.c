/* SPDX-License-Identifier: Apache-2.0 */
/* tty_relay.c - copy between the caller's terminal and the container's, for the foreground
 *
 * The caller owns the poll loop; a step asks again what is ready, without waiting, and moves at
 * most one buffer each way. The master does not block. Standard input is shared with whoever
 * started us, so O_NONBLOCK is never set on it: it is read only when poll says so. What the
 * container does not take at once waits in out[], and no more input is read until it is gone, so a
 * container that does not read stops its user's typing, as any terminal does. The other way it is
 * the same: what the caller does not take waits in shown[], and the container's program waits when
 * the terminal is full; we never do. */
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>

#include "kern/tty.h"

enum {
	DRAIN_MAX = 1 << 20, /* what is still shown when the container has ended */
	IN = 0,
	MASTER = 1,
	OUT = 2, /* places in the poll set */
};

_Static_assert(sizeof(struct termios) <= sizeof(((struct tty_relay *)0)->saved),
	"struct tty_relay has no room for the terminal's settings");

/* Standard output is shared with whoever started us, so O_NONBLOCK is not set on it. A terminal and
 * a FIFO can be opened once more, for us alone; where that is not allowed the controlling terminal
 * still has its name. A file description of our own of anything else would be another file, or
 * begin at another place. fd or -1 */
static int open_output(const struct stat *st)
{
	enum { FLAGS = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC };
	const bool master = S_ISCHR(st->st_mode) && st->st_rdev == makedev(5, 2);
	int fd;

	if (!S_ISFIFO(st->st_mode) && (master || !isatty(STDOUT_FILENO)))
		return -1;
	fd = open("/proc/self/fd/1", FLAGS);
	/* only of our controlling terminal may we ask this */
	if (fd < 0 && tcgetsid(STDOUT_FILENO) >= 0)
		fd = open("/dev/tty", FLAGS);
	return fd;
}

static void find_output(struct tty_relay *r)
{
	struct stat st;

	r->to = -1;
	r->step = 1;
	r->shown_len = r->drained = 0;
	if (fstat(STDOUT_FILENO, &st) < 0)
		return;
	r->to = open_output(&st);
	if (S_ISFIFO(st.st_mode))
		r->step = PIPE_BUF;
	else if (!isatty(STDOUT_FILENO))
		r->step = sizeof(r->shown); /* a file is never full */
}

/* One write without waiting: as write(2) */
static ssize_t put(const struct tty_relay *r)
{
	const size_t n = r->shown_len < r->step ? r->shown_len : r->step;
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };
	ssize_t sent;

	if (r->to >= 0)
		return write(r->to, r->shown, r->shown_len);
	sent = send(STDOUT_FILENO, r->shown, r->shown_len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent >= 0 || errno != ENOTSOCK)
		return sent;
	if (poll(&p, 1, 0) > 0)
		return write(STDOUT_FILENO, r->shown, n);
	errno = EAGAIN;
	return -1;
}

/* To standard output what it takes. false: nobody reads it */
static bool flush_out(struct tty_relay *r)
{
	while (r->shown_len > 0) {
		ssize_t n = put(r);

		if (n < 0 && errno == EAGAIN)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			r->shown_len -= (size_t)n;
			memmove(r->shown, r->shown + n, r->shown_len);
		}
	}
	return true;
}

/* One buffer from master, when that is empty, towards standard output. Number of bytes, 0: nothing
 * there now, -1: it has ended */
static ssize_t copy_out(struct tty_relay *r)
{
	ssize_t n = read(r->master, r->shown, sizeof(r->shown));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return -1;
	r->shown_len = (size_t)n;
	return flush_out(r) ? n : -1;
}

static void read_in(struct tty_relay *r)
{
	ssize_t n = read(STDIN_FILENO, r->out, sizeof(r->out));

	if (n > 0)
		r->out_len = (size_t)n;
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		r->in_open = false;
}

/* Hand waiting input to master, as much as it takes. */
static void flush_in(struct tty_relay *r)
{
	ssize_t n = write(r->master, r->out, r->out_len);

	if (n > 0) {
		r->out_len -= (size_t)n;
		memmove(r->out, r->out + n, r->out_len);
	} else if (n < 0 && errno != EAGAIN && errno != EINTR) {
		r->out_len = 0; /* nobody will read it */
	}
}

void tty_relay_want(const struct tty_relay *r, struct pollfd want[TTY_RELAY_FDS])
{
	const bool read_more = r->in_open && r->out_len == 0, show = r->shown_len > 0;
	const int events = (show ? 0 : POLLIN) | (r->out_len > 0 ? POLLOUT : 0);

	want[IN] = (struct pollfd){ .fd = read_more ? STDIN_FILENO : -1, .events = POLLIN };
	/* that it has hung up is told in any case, over and over */
	want[MASTER] = (struct pollfd){ .fd = events ? r->master : -1, .events = (short)events };
	want[OUT] = (struct pollfd){ .fd = show ? STDOUT_FILENO : -1, .events = POLLOUT };
}

static int make_raw(struct tty_relay *r, struct err *e)
{
	struct termios saved, raw;

	if (tcgetattr(r->host_tty, &saved) < 0)
		return err_sys(e, errno, "read the settings of the terminal");
	raw = saved;
	cfmakeraw(&raw);
	if (tcsetattr(r->host_tty, TCSANOW, &raw) < 0)
		return err_sys(e, errno, "put the terminal into raw mode");
	memcpy(r->saved, &saved, sizeof(saved));
	r->raw = true;
	return 0;
}

/* What the container's terminal adds to a line feed is for a raw terminal of ours, which adds
 * nothing. A file or a pipe would get carriage returns that the program has not written. */
static int keep_line_feeds(int master, struct err *e)
{
	struct termios t;

	if (tcgetattr(master, &t) < 0)
		return err_sys(e, errno, "read the settings of the container's terminal");
	t.c_oflag &= ~(tcflag_t)ONLCR;
	return tcsetattr(master, TCSANOW, &t) < 0
		? err_sys(e, errno, "change the settings of the container's terminal")
		: 0;
}

int tty_relay_start(struct tty_relay *r, int master, struct err *e)
{
	int flags = fcntl(master, F_GETFL);

	if (flags < 0 || fcntl(master, F_SETFL, flags | O_NONBLOCK) < 0)
		return err_sys(e, errno, "make the container's terminal non-blocking");
	r->host_tty = isatty(STDIN_FILENO) ? STDIN_FILENO : -1;
	r->raw = false;
	r->in_open = true;
	r->out_len = 0;
	if ((r->host_tty < 0 || !isatty(STDOUT_FILENO)) && keep_line_feeds(master, e) < 0)
		return -1;
	if (r->host_tty >= 0 && make_raw(r, e) < 0)
		return -1;
	find_output(r);
	r->master = master;
	tty_relay_resize(r);
	return 0;
}

void tty_relay_resize(const struct tty_relay *r)
{
	struct winsize size;

	if (r->host_tty >= 0 && ioctl(r->host_tty, TIOCGWINSZ, &size) == 0)
		(void)ioctl(r->master, TIOCSWINSZ, &size);
}

int tty_relay_step(struct tty_relay *r)
{
	struct pollfd ready[TTY_RELAY_FDS];

	tty_relay_want(r, ready);
	if (poll(ready, TTY_RELAY_FDS, 0) < 0)
		return 1;
	if (ready[IN].revents & POLLNVAL)
		r->in_open = false;
	else if (ready[IN].revents != 0)
		read_in(r);
	if (r->out_len > 0)
		flush_in(r);
	if (r->shown_len > 0)
		return flush_out(r);
	if ((ready[MASTER].revents & ~POLLOUT) && copy_out(r) < 0)
		return 0;
	return 1;
}

/* what tty_relay_rest shows */
static bool show_rest(struct tty_relay *r)
{
	while (flush_out(r)) {
		ssize_t n;

		if (r->shown_len > 0)
			return true;
		n = r->drained < DRAIN_MAX ? copy_out(r) : 0;
		if (n <= 0)
			return false;
		r->drained += (size_t)n;
	}
	return false;
}

bool tty_relay_rest(struct tty_relay *r)
{
	const bool more = show_rest(r);
	struct termios saved;

	/* before the caller waits: then the user's keys can interrupt it */
	if (r->raw) {
		memcpy(&saved, r->saved, sizeof(saved));
		(void)tcsetattr(r->host_tty, TCSANOW, &saved);
		r->raw = false;
	}
	return more;
}

void tty_relay_done(struct tty_relay *r)
{
	(void)tty_relay_rest(r);
	def_close(&r->master);
	def_close(&r->to);
	r->master = r->to = -1;
}
