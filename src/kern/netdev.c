/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: the kernel moves a device and then renames it, in one request but in two steps; a rename
 * that fails leaves the device on the other side, where virtual ones die with the container. So
 * everything that can be known is looked at first, for all devices: are they there, are the names
 * inside free, are the numbers (ifindex) inside free. The number inside is chosen here and given
 * with the request: it is how a device is found again whose name a template left to the kernel.
 * What fails all the same goes back.
 *
 * The kernel forgets addresses on the way. They are noted before and given again before the device
 * is brought up, so that who sees it up sees it complete. */
#include "kern/netdev.h"

#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/compat.h"
#include "kern/netlink.h"

enum {
	DUMP_TRIES = 16,    /* a dump that changes under the kernel's hands */
	INDEX_TRIES = 4096, /* numbers looked at for a free one */
	LABEL_MAX = IF_NAMESIZE,
	ATTRS_MAX = 256,
};

struct netdev_address {
	struct netdev_address *next;
	struct ifaddrmsg fixed;
	uint32_t flags;
	char label[LABEL_MAX]; /* "" when it has none */
	size_t len;            /* of attrs */
	char attrs[ATTRS_MAX]; /* to be given again byte for byte */
};

/* a route socket in each of the two namespaces */
struct ends {
	int here_ns;
	int there_ns; /* not owned */
	struct netlink here, there;
};

#define auto_ends __attribute__((cleanup(ends_close)))

static void ends_close(struct ends *s)
{
	def_close(&s->here_ns);
	netlink_close(&s->here);
	netlink_close(&s->there);
}

static bool is_same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
		x.st_ino == y.st_ino;
}

static int ends_open(struct ends *s, int proc_fd, int namespace, struct err *e)
{
	int r;

	*s = (struct ends){ .here_ns = -1, .here = { .fd = -1 }, .there = { .fd = -1 } };
	s->there_ns = namespace;
	s->here_ns = openat(proc_fd, "self/ns/net", O_RDONLY | O_CLOEXEC);
	if (s->here_ns < 0)
		return err_sys(e, errno, "open the caller's network namespace");
	if (is_same_file(s->here_ns, namespace))
		return err_set(e, EINVAL,
			"the container is in the caller's own network namespace: there is nowhere to move a device to; give it a new one, or the path of another");
	if (netlink_open(&s->here, e) < 0)
		return -1;
	/* the way back is tried first: no way in without it */
	if (setns(s->here_ns, CLONE_NEWNET) < 0)
		return err_sys(e, errno,
			"enter network namespaces (needs CAP_SYS_ADMIN where the caller's own was made)");
	if (setns(namespace, CLONE_NEWNET) < 0)
		return err_sys(e, errno, "enter the container's network namespace");
	r = netlink_open(&s->there, e);
	if (setns(s->here_ns, CLONE_NEWNET) < 0)
		return err_sys(e, errno, "return to the caller's network namespace");
	return r;
}

/* ---- looking ---- */

static uint32_t attr_u32(const struct nlmsghdr *h, size_t fixed, unsigned type, uint32_t otherwise)
{
	uint32_t r = otherwise;
	size_t len;
	const void *at = netlink_find(h, fixed, type, &len);

	if (at && len >= sizeof(r))
		memcpy(&r, at, sizeof(r));
	return r;
}

static void attr_name(const struct nlmsghdr *h, size_t fixed, unsigned type, char ret[IF_NAMESIZE])
{
	size_t len;
	const char *at = netlink_find(h, fixed, type, &len);

	ret[0] = '\0';
	if (at)
		(void)snprintf(ret, IF_NAMESIZE, "%.*s", (int)len, at);
}

struct link {
	int index; /* 0: not seen */
	unsigned flags;
	uint32_t master;
	char name[IF_NAMESIZE];
};

static void see_link(const struct nlmsghdr *h, void *arg)
{
	const struct ifinfomsg *m = netlink_fixed(h, sizeof(*m));
	struct link *l = arg;

	if (h->nlmsg_type != RTM_NEWLINK || !m)
		return;
	l->index = m->ifi_index;
	l->flags = m->ifi_flags;
	l->master = attr_u32(h, sizeof(*m), IFLA_MASTER, 0);
	attr_name(h, sizeof(*m), IFLA_IFNAME, l->name);
}

/* the device called name, or with this number. 0, or -1 with errno (ENODEV: there is none) */
static int look(struct netlink *n, const char *name, int index, struct link *ret)
{
	const struct ifinfomsg fixed = { .ifi_index = index };
	const uint32_t mask = RTEXT_FILTER_SKIP_STATS;
	struct netlink_request r;

	*ret = (struct link){ 0 };
	netlink_begin(&r, RTM_GETLINK, 0, &fixed, sizeof(fixed));
	if (name)
		netlink_attr(&r, IFLA_IFNAME, name, strlen(name) + 1);
	netlink_attr(&r, IFLA_EXT_MASK, &mask, sizeof(mask));
	if (netlink_ask(n, &r, see_link, ret) < 0)
		return -1;
	errno = ret->index ? 0 : ENODEV;
	return ret->index ? 0 : -1;
}

struct address_list {
	struct arena *arena;
	int index;
	struct netdev_address *first, **end;
};

/* attributes that are the address; IFA_FLAGS and IFA_LABEL are made anew */
static const unsigned address_attrs[] = { IFA_LOCAL, IFA_ADDRESS, IFA_BROADCAST, IFA_CACHEINFO,
	IFA_RT_PRIORITY, IFA_PROTO };

static void keep_attr(struct netdev_address *n, unsigned type, const void *data, size_t len)
{
	struct rtattr a = { .rta_len = (uint16_t)RTA_LENGTH(len), .rta_type = (uint16_t)type };

	if (RTA_SPACE(len) > sizeof(n->attrs) - n->len)
		return;
	memcpy(n->attrs + n->len, &a, sizeof(a));
	memcpy(n->attrs + n->len + RTA_LENGTH(0), data, len);
	n->len += RTA_SPACE(len);
}

static void see_address(const struct nlmsghdr *h, void *arg)
{
	struct address_list *l = arg;
	const struct ifaddrmsg *m = netlink_fixed(h, sizeof(*m));
	struct netdev_address *n;
	uint32_t flags;

	if (h->nlmsg_type != RTM_NEWADDR || !m || m->ifa_index != (unsigned)l->index ||
		m->ifa_scope != RT_SCOPE_UNIVERSE)
		return;
	flags = attr_u32(h, sizeof(*m), IFA_FLAGS, m->ifa_flags);
	if (!(flags & IFA_F_PERMANENT))
		return;
	n = arena_alloc(l->arena, sizeof(*n));
	n->fixed = *m;
	n->flags = flags;
	attr_name(h, sizeof(*m), IFA_LABEL, n->label);
	for (size_t i = 0; i < ARRAY_LEN(address_attrs); i++) {
		size_t len;
		const void *at = netlink_find(h, sizeof(*m), address_attrs[i], &len);

		if (at)
			keep_attr(n, address_attrs[i], at, len);
	}
	*l->end = n;
	l->end = &n->next;
}

static int read_addresses(struct arena *a, struct netlink *n, struct netdev *d)
{
	const struct ifaddrmsg fixed = { .ifa_family = AF_UNSPEC };
	struct address_list l = { .arena = a, .index = d->index };
	struct netlink_request r;
	int failed = -1;

	errno = EINTR;
	for (int tries = 0; failed && errno == EINTR && tries < DUMP_TRIES; tries++) {
		l.first = NULL;
		l.end = &l.first;
		netlink_begin(&r, RTM_GETADDR, NLM_F_DUMP, &fixed, sizeof(fixed));
		failed = netlink_ask(n, &r, see_address, &l);
	}
	d->addresses = l.first;
	return failed;
}

/* a number that no device there has: index itself if possible */
static int free_index(struct netlink *n, int index)
{
	struct link l;

	for (int i = index; i < index + INDEX_TRIES; i++) {
		if (look(n, NULL, i, &l) < 0)
			return errno == ENODEV ? i : -1;
	}
	errno = ENOSPC;
	return -1;
}

static const char *name_inside(const struct netdev *d)
{
	return d->new_name ? d->new_name : d->real_name;
}

/* everything about a device that can be known before it moves */
static int inspect(struct arena *a, struct ends *s, struct netdev *d, struct err *e)
{
	struct link l, taken;

	if (look(&s->here, d->name, 0, &l) < 0 && errno == ENODEV)
		return err_set(e, ENODEV,
			"network device \"%s\" does not exist in the caller's network namespace",
			d->name);
	if (!l.index)
		return netlink_error(&s->here, errno, e, "look for network device \"%s\"", d->name);
	d->index = l.index;
	d->was_up = l.flags & IFF_UP;
	d->master = l.master;
	memcpy(d->real_name, l.name, sizeof(l.name));
	if (l.flags & IFF_LOOPBACK)
		return err_set(e, EINVAL,
			"network device \"%s\" cannot be moved: a loopback device belongs to its network namespace",
			d->name);
	if (!strchr(name_inside(d), '%') && look(&s->there, name_inside(d), 0, &taken) == 0)
		return err_set(e, EEXIST,
			"network device \"%s\" cannot be called \"%s\": the container's network namespace has a device of that name; give another name, or a template such as \"eth%%d\"",
			d->name, name_inside(d));
	if (read_addresses(a, &s->here, d) < 0)
		return netlink_error(&s->here, errno, e,
			"read the addresses of network device \"%s\"", d->name);
	return 0;
}

/* ---- moving ---- */

/* one request: to the namespace to, with this name and number */
static int send_away(struct netlink *from, int index, int to, const char *name, int new_index)
{
	const struct ifinfomsg fixed = { .ifi_index = index };
	struct netlink_request r;

	netlink_begin(&r, RTM_NEWLINK, 0, &fixed, sizeof(fixed));
	netlink_attr(&r, IFLA_NET_NS_FD, &to, sizeof(to));
	netlink_attr(&r, IFLA_IFNAME, name, strlen(name) + 1);
	netlink_attr(&r, IFLA_NEW_IFINDEX, &new_index, sizeof(new_index));
	return netlink_ask(from, &r, NULL, NULL);
}

/* An IPv4 label is the name of the device, maybe with ":" and more behind it. A label that does not
 * fit the new name is left to the kernel. */
static void make_label(const struct netdev_address *a, const char *old, const char *name,
	char ret[LABEL_MAX])
{
	size_t len = strlen(old), n = strlen(name);
	const char *rest = a->label + len;

	ret[0] = '\0';
	if (!a->label[0] || strncmp(a->label, old, len) != 0 || (*rest && *rest != ':') ||
		n + strlen(rest) >= LABEL_MAX)
		return;
	memcpy(ret, name, n);
	memcpy(ret + n, rest, strlen(rest) + 1);
}

static int give_address(struct netlink *to, const struct netdev_address *n, int index,
	const char *label)
{
	static const uint32_t kept = IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR |
		IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN;
	struct ifaddrmsg fixed = n->fixed;
	struct netlink_request r;
	uint32_t flags = n->flags & kept;

	/* It has been in use on this very device: nobody need wait a second until the kernel knows
	 * that it is nobody else's. */
	if (fixed.ifa_family == AF_INET6 && !(n->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)))
		flags |= IFA_F_NODAD;
	fixed.ifa_index = (unsigned)index;
	fixed.ifa_flags = (uint8_t)flags;
	netlink_begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &fixed, sizeof(fixed));
	netlink_attr(&r, IFA_FLAGS, &flags, sizeof(flags));
	if (label[0])
		netlink_attr(&r, IFA_LABEL, label, strlen(label) + 1);
	for (size_t at = 0; at < n->len;) {
		struct rtattr a;

		memcpy(&a, n->attrs + at, sizeof(a));
		netlink_attr(&r, a.rta_type, n->attrs + at + RTA_LENGTH(0), RTA_PAYLOAD(&a));
		at += RTA_ALIGN(a.rta_len);
	}
	return netlink_ask(to, &r, NULL, NULL);
}

static int give_addresses(struct netlink *to, const struct netdev *d, int index, const char *name,
	struct err *e)
{
	char label[LABEL_MAX];

	for (const struct netdev_address *n = d->addresses; n; n = n->next) {
		make_label(n, d->real_name, name, label);
		if (give_address(to, n, index, label) < 0)
			return netlink_error(to, errno, e,
				"give network device \"%s\" its IPv%d address of prefix length %u again%s",
				d->name, n->fixed.ifa_family == AF_INET6 ? 6 : 4,
				n->fixed.ifa_prefixlen,
				errno == EACCES ? " (IPv6 is disabled there)" : "");
	}
	return 0;
}

/* index goes up, and to its master if it is to have one */
static int set_up(struct netlink *n, int index, bool up, uint32_t master)
{
	const struct ifinfomsg fixed = {
		.ifi_index = index,
		.ifi_flags = up ? IFF_UP : 0,
		.ifi_change = up ? IFF_UP : 0,
	};
	struct netlink_request r;

	if (!up && !master)
		return 0;
	netlink_begin(&r, RTM_NEWLINK, 0, &fixed, sizeof(fixed));
	if (master)
		netlink_attr(&r, IFLA_MASTER, &master, sizeof(master));
	return netlink_ask(n, &r, NULL, NULL);
}

static int move_error(struct netlink *n, const struct netdev *d, int code, struct err *e)
{
	const char *remedy = code == EPERM ? " (needs CAP_NET_ADMIN in both network namespaces)"
		: code == EINVAL           ? " (some kinds of device stay where they were made)"
					   : "";

	return netlink_error(n, code, e,
		"move network device \"%s\" into the container as \"%s\"%s", d->name,
		name_inside(d), remedy);
}

static int move_one(struct ends *s, struct netdev *d, struct err *e)
{
	struct link l;

	d->index_inside = free_index(&s->there, d->index);
	if (d->index_inside < 0)
		return netlink_error(&s->there, errno, e,
			"find a number for network device \"%s\" inside", d->name);
	if (send_away(&s->here, d->index, s->there_ns, name_inside(d), d->index_inside) < 0) {
		(void)move_error(&s->here, d, errno, e);
		/* moved, but not renamed? */
		d->moved = look(&s->here, NULL, d->index, &l) < 0 && errno == ENODEV;
		return -1;
	}
	d->moved = true;
	if (look(&s->there, NULL, d->index_inside, &l) < 0)
		return netlink_error(&s->there, errno, e,
			"find network device \"%s\" inside (needs kernel 5.13)", d->name);
	if (give_addresses(&s->there, d, l.index, l.name, e) < 0)
		return -1;
	if (set_up(&s->there, l.index, true, 0) < 0)
		return netlink_error(&s->there, errno, e, "bring up network device \"%s\" inside",
			d->name);
	return 0;
}

static int return_one(struct ends *s, struct netdev *d, struct err *e)
{
	int index = free_index(&s->here, d->index);

	if (index < 0 || send_away(&s->there, d->index_inside, s->here_ns, d->real_name, index) < 0)
		return netlink_error(&s->there, errno, e, "move network device \"%s\" back",
			d->name);
	d->moved = false;
	if (give_addresses(&s->here, d, index, d->real_name, e) < 0)
		return -1;
	if (set_up(&s->here, index, d->was_up, d->master) < 0)
		return netlink_error(&s->here, errno, e, "bring up network device \"%s\" again",
			d->name);
	return 0;
}

static int return_all(struct ends *s, struct netdev *list, size_t n, struct err *e)
{
	struct err second;
	int r = 0;

	for (size_t i = n; i-- > 0;) {
		if (!list[i].moved || return_one(s, &list[i], r ? &second : e) == 0)
			continue;
		(void)err_in(r ? &second : e, "%s", list[i].where);
		r = -1;
	}
	return r;
}

int netdev_move(struct arena *a, int proc_fd, int namespace, struct netdev *list, size_t n,
	struct err *e)
{
	auto_ends struct ends s;
	struct err second;

	if (ends_open(&s, proc_fd, namespace, e) < 0)
		return n ? err_in(e, "%s", list[0].where) : -1;
	for (size_t i = 0; i < n; i++) {
		if (inspect(a, &s, &list[i], e) < 0)
			return err_in(e, "%s", list[i].where);
	}
	for (size_t i = 0; i < n; i++) {
		if (move_one(&s, &list[i], e) == 0)
			continue;
		(void)err_in(e, "%s", list[i].where);
		if (return_all(&s, list, i + 1, &second) < 0)
			(void)err_more(e, "%s", err_text(&second));
		return -1;
	}
	return 0;
}

int netdev_return(int proc_fd, int namespace, struct netdev *list, size_t n, struct err *e)
{
	auto_ends struct ends s;

	if (ends_open(&s, proc_fd, namespace, e) < 0)
		return -1;
	return return_all(&s, list, n, e);
}
