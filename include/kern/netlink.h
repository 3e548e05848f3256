/* SPDX-License-Identifier: Apache-2.0 */
/* netlink.h - questions and orders to the kernel over a route socket (netlink(7), rtnetlink(7)) */
#ifndef CL_KERN_NETLINK_H
#define CL_KERN_NETLINK_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "base/err.h"

enum { NETLINK_WHY = 128 };

struct netlink {
	int fd; /* owned */
	uint32_t seq;
	char why[NETLINK_WHY]; /* the kernel's own words for the last refusal, "" when it had none
				*/
};

enum { NETLINK_ROOM = 1024 };

struct netlink_request {
	struct nlmsghdr header;
	_Alignas(NLMSG_ALIGNTO) char payload[NETLINK_ROOM];
};

#define auto_netlink __attribute__((cleanup(netlink_close)))

/* netlink_open - a route socket of the network namespace that the caller is in; it stays one of
 * that namespace when the caller leaves it. netlink_close also takes one with fd -1. */
NODISCARD int netlink_open(struct netlink *ret, struct err *e);
void netlink_close(struct netlink *n);

/* netlink_begin - a request of RTM_* type with its fixed part; netlink_attr adds an attribute. What
 * does not fit is a mistake of the caller (assert): nothing here is longer than a name or address.
 */
void netlink_begin(struct netlink_request *r, unsigned type, unsigned flags, const void *fixed,
	size_t len);
void netlink_attr(struct netlink_request *r, unsigned type, const void *data, size_t len);

/* called for each message of the answer */
typedef void netlink_each(const struct nlmsghdr *h, void *arg);

/* netlink_ask - send the request, hand on the answer, wait for its end. each may be NULL. 0, or -1
 * with errno and n->why; EINTR: a dump that changes made inconsistent, to be asked for once more.
 */
NODISCARD int netlink_ask(struct netlink *n, struct netlink_request *r, netlink_each *each,
	void *arg);

/* netlink_fixed - the fixed part of a message, NULL when it has not that many bytes. netlink_find -
 * the value of the attribute of that type behind a fixed part of this size, *ret_len bytes; NULL:
 * it has none. The kernel's own macros for this drop const. */
const void *netlink_fixed(const struct nlmsghdr *h, size_t size);
const void *netlink_find(const struct nlmsghdr *h, size_t fixed, unsigned type, size_t *ret_len);

/* netlink_error - err_sys with the kernel's own words, where it has some, in parentheses. Returns
 * -1. */
int netlink_error(const struct netlink *n, int code, struct err *e, const char *fmt, ...)
	PRINTF(4, 5);

#endif
