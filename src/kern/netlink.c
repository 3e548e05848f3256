/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/netlink.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { ANSWER_MAX = 1 << 16 }; /* the kernel's dumps come in pieces of at most 32 KiB */

int netlink_open(struct netlink *ret, struct err *e)
{
	const int on = 1;
	auto_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return err_sys(e, errno, "open a route socket");
	/* only words are lost without these: the kernel's own for what it refuses */
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	*ret = (struct netlink){ .fd = take_fd(&fd) };
	return 0;
}

void netlink_close(struct netlink *n)
{
	def_close(&n->fd);
	n->fd = -1;
}

void netlink_begin(struct netlink_request *r, unsigned type, unsigned flags, const void *fixed,
	size_t len)
{
	assert(NLMSG_ALIGN(len) <= sizeof(r->payload));
	r->header = (struct nlmsghdr){
		.nlmsg_len = (uint32_t)NLMSG_LENGTH(NLMSG_ALIGN(len)),
		.nlmsg_type = (uint16_t)type,
		.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
	};
	memset(r->payload, 0, NLMSG_ALIGN(len));
	memcpy(r->payload, fixed, len);
}

void netlink_attr(struct netlink_request *r, unsigned type, const void *data, size_t len)
{
	struct rtattr a = { .rta_len = (uint16_t)RTA_LENGTH(len), .rta_type = (uint16_t)type };
	size_t used = r->header.nlmsg_len - NLMSG_HDRLEN;

	/* also keeps the 16 bits of rta_len from wrapping around (CVE-2021-43784) */
	assert(len <= sizeof(r->payload) && used + RTA_SPACE(len) <= sizeof(r->payload));
	memset(r->payload + used, 0, RTA_SPACE(len));
	memcpy(r->payload + used, &a, sizeof(a));
	memcpy(r->payload + used + RTA_LENGTH(0), data, len);
	r->header.nlmsg_len += (uint32_t)RTA_SPACE(len);
}

const void *netlink_fixed(const struct nlmsghdr *h, size_t size)
{
	return h->nlmsg_len >= NLMSG_HDRLEN + size ? (const char *)h + NLMSG_HDRLEN : NULL;
}

const void *netlink_find(const struct nlmsghdr *h, size_t fixed, unsigned type, size_t *ret_len)
{
	const char *at = (const char *)h + NLMSG_HDRLEN;
	size_t left = h->nlmsg_len - NLMSG_HDRLEN, step = NLMSG_ALIGN(fixed);
	struct rtattr a;

	if (h->nlmsg_len < NLMSG_HDRLEN)
		return NULL;
	while (step <= left) {
		at += step;
		left -= step;
		if (left < sizeof(a))
			return NULL;
		memcpy(&a, at, sizeof(a));
		if (a.rta_len < sizeof(a) || a.rta_len > left)
			return NULL;
		if ((a.rta_type & NLA_TYPE_MASK) == type) {
			*ret_len = a.rta_len - RTA_LENGTH(0);
			return at + RTA_LENGTH(0);
		}
		step = RTA_ALIGN(a.rta_len);
	}
	return NULL;
}

/* The words in an NLMSG_ERROR: attributes behind the header of the refused message, which is there
 * without its payload (NETLINK_CAP_ACK). */
static void keep_why(struct netlink *n, const struct nlmsghdr *h)
{
	const char *text;
	size_t len;

	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS) || !(h->nlmsg_flags & NLM_F_CAPPED))
		return;
	text = netlink_find(h, sizeof(struct nlmsgerr), NLMSGERR_ATTR_MSG, &len);
	if (text)
		(void)snprintf(n->why, sizeof(n->why), "%.*s", (int)len, text);
}

/* the errno of an NLMSG_ERROR or NLMSG_DONE, 0: success */
static int outcome(const struct nlmsghdr *h)
{
	const void *at = netlink_fixed(h, sizeof(int));
	int code = 0;

	if (at)
		memcpy(&code, at, sizeof(code));
	return code < 0 ? -code : 0;
}

struct answer {
	netlink_each *each;
	void *arg;
	int code;
	bool changed; /* the dump is not one moment's picture */
	bool done;
};

/* one of the messages that came together */
static void read_message(struct netlink *n, const struct nlmsghdr *h, struct answer *a)
{
	if (h->nlmsg_seq != n->seq)
		return;
	a->changed |= (h->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
	if (h->nlmsg_type == NLMSG_ERROR || h->nlmsg_type == NLMSG_DONE) {
		a->done = true;
		a->code = outcome(h);
		if (h->nlmsg_type == NLMSG_ERROR)
			keep_why(n, h);
	} else if (a->each) {
		a->each(h, a->arg);
	}
}

static void read_answer(struct netlink *n, const char *buf, size_t left, struct answer *a)
{
	while (left >= NLMSG_HDRLEN && !a->done) {
		const struct nlmsghdr *h = (const struct nlmsghdr *)(const void *)buf;
		size_t size = NLMSG_ALIGN(h->nlmsg_len);

		if (h->nlmsg_len < NLMSG_HDRLEN || h->nlmsg_len > left)
			return;
		read_message(n, h, a);
		if (size > left)
			return;
		buf += size;
		left -= size;
	}
}

int netlink_ask(struct netlink *n, struct netlink_request *r, netlink_each *each, void *arg)
{
	struct answer a = { .each = each, .arg = arg };
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	_Alignas(NLMSG_ALIGNTO) char buf[ANSWER_MAX];

	n->why[0] = '\0';
	r->header.nlmsg_seq = ++n->seq;
	/* without an acknowledgement a single answer would have no end */
	if ((r->header.nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP) /* NLM_F_EXCL is one of its bits */
		r->header.nlmsg_flags |= NLM_F_ACK;
	if (sendto(n->fd, &r->header, r->header.nlmsg_len, MSG_NOSIGNAL,
		    (const struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return -1;
	while (!a.done) {
		struct sockaddr_nl from = { 0 };
		socklen_t from_len = sizeof(from);
		ssize_t len = recvfrom(n->fd, buf, sizeof(buf), MSG_TRUNC, (struct sockaddr *)&from,
			&from_len);

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return -1;
		if ((size_t)len > sizeof(buf)) {
			errno = EMSGSIZE;
			return -1;
		}
		if (from.nl_pid ==
			0) /* anybody may send to a route socket, only the kernel counts */
			read_answer(n, buf, (size_t)len, &a);
	}
	errno = a.code ? a.code : a.changed ? EINTR : 0;
	return errno ? -1 : 0;
}

int netlink_error(const struct netlink *n, int code, struct err *e, const char *fmt, ...)
{
	va_list args;
	char line[512];

	va_start(args, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (!n->why[0])
		return err_sys(e, code, "%s", line);
	return err_set(e, code, "%s: %s (%s)", line, err_errno_text(code), n->why);
}
