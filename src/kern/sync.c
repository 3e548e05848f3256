/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/sync.h"

#include <string.h>

#include "base/fd.h"
#include "base/log.h"

/* What goes over the wire: this, and for SYNC_ERROR the text. magic tells a foreign message. */
struct header {
	uint32_t magic;
	uint32_t type;
	int32_t value;
	uint32_t len;
};

enum { MAGIC = 0x434c5359 };

static int send_message(int sock, enum sync_type type, int32_t value, int fd, const char *text,
	size_t len)
{
	struct {
		struct header h;
		char text[ERR_MAX];
	} m;

	m.h = (struct header){ .magic = MAGIC, .type = type, .value = value, .len = (uint32_t)len };
	memcpy(m.text, text, len);
	return fd_send(sock, &m, sizeof(m.h) + len, &fd, fd >= 0 ? 1 : 0);
}

int sync_send(int sock, enum sync_type type, int32_t value, int fd)
{
	return send_message(sock, type, value, fd, "", 0);
}

int sync_send_error(int sock, const struct err *e)
{
	const char *text = err_text(e);

	return send_message(sock, SYNC_ERROR, e->code, -1, text, strlen(text));
}

int sync_send_warning(int sock, const struct err *e)
{
	const char *text = err_text(e);

	return send_message(sock, SYNC_WARNING, 0, -1, text, strlen(text));
}

int sync_recv(int sock, struct sync_message *ret)
{
	struct {
		struct header h;
		char text[ERR_MAX];
	} m;
	unsigned nfds = 0;
	ssize_t n;

	ret->fd = -1;
	n = fd_recv(sock, &m, sizeof(m), &ret->fd, 1, &nfds);
	if (n <= 0)
		return (int)n;
	if ((size_t)n < sizeof(m.h) || m.h.magic != MAGIC || m.h.len != (size_t)n - sizeof(m.h)) {
		def_close(&ret->fd);
		ret->fd = -1;
		errno = EPROTO;
		return -1;
	}
	ret->type = (enum sync_type)m.h.type;
	ret->value = m.h.value;
	ret->len = m.h.len;
	memcpy(ret->text, m.text, m.h.len);
	return 1;
}

static int receive(const struct sync_peer *peer, struct sync_message *ret, struct err *e)
{
	int r;

	ret->fd = -1;
	if (peer->wait && peer->wait(peer->arg, peer->sock, e) < 0)
		return -1;
	r = sync_recv(peer->sock, ret);
	if (r < 0)
		return err_sys(e, errno, "receive from %s", peer->name);
	return r == 0 ? err_set(e, EPIPE, "%s ended without a word", peer->name) : 0;
}

int sync_expect_from(const struct sync_peer *peer, enum sync_type type, struct sync_message *ret,
	struct err *e)
{
	for (;;) {
		if (receive(peer, ret, e) < 0)
			return -1;
		if (ret->type != SYNC_WARNING)
			break;
		log_warning("%.*s", (int)ret->len, ret->text);
		def_close(&ret->fd);
	}
	if (ret->type == type)
		return 0;
	def_close(&ret->fd);
	ret->fd = -1;
	if (ret->type == SYNC_ERROR)
		return err_load(e, ret->value, ret->text, ret->len);
	return err_set(e, EPROTO, "%s sent message %d where %d was expected", peer->name,
		(int)ret->type, (int)type);
}

int sync_expect(int sock, enum sync_type type, const char *peer, struct sync_message *ret,
	struct err *e)
{
	const struct sync_peer p = { .sock = sock, .name = peer };

	return sync_expect_from(&p, type, ret, e);
}
