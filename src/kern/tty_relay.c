/* SPDX-License-Identifier: Apache-2.0 */
/* tty_relay.c - copy between the caller's terminal and the container's, for the foreground
 *
 * The caller owns the poll loop; a step asks again what is ready, without waiting, and moves at most
 * one buffer each way. The master does not block. Standard input is shared with whoever started
 * us, so O_NONBLOCK is never set on it: it is read only when poll says so. What the container does
 * not take at once waits in out[], and no more input is read until it is gone, so a container that
 * does not read stops its user's typing, as any terminal does. */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "kern/tty.h"

enum {
	FROM_MASTER = 16384, /* bytes moved to the caller in one step */
	DRAIN_MAX = 1 << 20, /* what is still shown when the container has ended */
	IN = 0,
	MASTER = 1, /* places in the poll set */
};

_Static_assert(sizeof(struct termios) <= sizeof(((struct tty_relay *)0)->saved),
	"struct tty_relay has no room for the terminal's settings");

/* All of it to standard output, which may be somebody's non-blocking pipe. false: nobody reads it */
static bool write_out(const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, data, len);

		if (n < 0 && errno == EAGAIN) {
			struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

			(void)poll(&p, 1, -1);
		} else if (n < 0 && errno != EINTR) {
			return false;
		}
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return true;
}

/* One buffer from master to standard output. Number of bytes, 0: nothing there now, -1: it has ended */
static ssize_t copy_out(const struct tty_relay *r)
{
	char data[FROM_MASTER];
	ssize_t n = read(r->master, data, sizeof(data));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return -1;
	return write_out(data, (size_t)n) ? n : -1;
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

void tty_relay_want(const struct tty_relay *r, struct pollfd want[2])
{
	bool read_more = r->in_open && r->out_len == 0;

	want[IN] = (struct pollfd){ .fd = read_more ? STDIN_FILENO : -1, .events = POLLIN };
	want[MASTER] = (struct pollfd){
		.fd = r->master,
		.events = (short)(POLLIN | (r->out_len > 0 ? POLLOUT : 0)),
	};
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

/* What the container's terminal adds to a line feed is for a raw terminal of ours, which adds nothing. A file or a
 * pipe would get carriage returns that the program has not written. */
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
	struct pollfd ready[2];

	tty_relay_want(r, ready);
	if (poll(ready, 2, 0) < 0)
		return 1;
	if (ready[IN].revents & POLLNVAL)
		r->in_open = false;
	else if (ready[IN].revents != 0)
		read_in(r);
	if (r->out_len > 0)
		flush_in(r);
	if ((ready[MASTER].revents & ~POLLOUT) && copy_out(r) < 0)
		return 0;
	return 1;
}

void tty_relay_done(struct tty_relay *r)
{
	struct termios saved;
	size_t drained = 0;
	ssize_t n;

	while (drained < DRAIN_MAX && (n = copy_out(r)) > 0)
		drained += (size_t)n;
	if (r->raw) {
		memcpy(&saved, r->saved, sizeof(saved));
		(void)tcsetattr(r->host_tty, TCSANOW, &saved);
		r->raw = false;
	}
	def_close(&r->master);
	r->master = -1;
}
