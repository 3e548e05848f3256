/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/netlink.h"

#include <string.h>

#include "test.h"

static struct netlink_request example(void)
{
	const struct ifaddrmsg fixed = { .ifa_index = 7 };
	struct netlink_request r;

	netlink_begin(&r, RTM_NEWADDR, NLM_F_CREATE, &fixed, sizeof(fixed));
	netlink_attr(&r, IFA_LABEL, "lo:1", 5);
	netlink_attr(&r, IFA_FLAGS, "abcd", 4);
	return r;
}

TEST(netlink_find_reads_what_netlink_attr_wrote)
{
	struct netlink_request r = example();
	const struct ifaddrmsg *m = netlink_fixed(&r.header, sizeof(*m));
	size_t len = 0;

	CHECK_INT(r.header.nlmsg_flags, NLM_F_REQUEST | NLM_F_CREATE);
	CHECK_INT(m->ifa_index, 7);
	CHECK_STR(netlink_find(&r.header, sizeof(*m), IFA_LABEL, &len), "lo:1");
	CHECK_INT(len, 5);
	CHECK_TRUE(memcmp(netlink_find(&r.header, sizeof(*m), IFA_FLAGS, &len), "abcd", 4) == 0);
	CHECK_INT(len, 4);
	CHECK_TRUE(netlink_find(&r.header, sizeof(*m), IFA_BROADCAST, &len) == NULL);
}

TEST(netlink_find_stays_inside_the_message)
{
	struct netlink_request r = example();
	uint32_t whole = r.header.nlmsg_len;
	struct rtattr a = { .rta_len = 3, .rta_type = IFA_LABEL };
	size_t len = 0;

	for (uint32_t n = 0; n < whole; n++) {
		test_row("%u of %u bytes", n, whole);
		r.header.nlmsg_len = n;
		CHECK_TRUE(
			netlink_find(&r.header, sizeof(struct ifaddrmsg), IFA_FLAGS, &len) == NULL);
	}
	CHECK_TRUE(netlink_fixed(&r.header, whole) == NULL);
	r.header.nlmsg_len = whole;
	memcpy(r.payload + sizeof(struct ifaddrmsg), &a, sizeof(a));
	CHECK_TRUE(netlink_find(&r.header, sizeof(struct ifaddrmsg), IFA_LABEL, &len) == NULL);
	a.rta_len = UINT16_MAX;
	memcpy(r.payload + sizeof(struct ifaddrmsg), &a, sizeof(a));
	CHECK_TRUE(netlink_find(&r.header, sizeof(struct ifaddrmsg), IFA_LABEL, &len) == NULL);
}
