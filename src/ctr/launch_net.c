/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: devices move when init has built its tree and waits: nearly everything that can go wrong
 * has gone wrong by then, and sysctl and the hooks find them in place. As long as create can still
 * fail, the namespace is held open by its descriptor, so that they can be taken back even when init
 * is dead already. A program that runs ends that: from then on the devices share the fate of the
 * namespace (config-linux.md: no life cycle management). */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>

#include "base/log.h"
#include "kern/netdev.h"
#include "launch.h"

/* a descriptor of the container's network namespace, joined or its own */
static int open_namespace(const struct launch *l)
{
	const struct plan_namespaces *ns = &l->plan.ns;
	char path[32];

	for (size_t i = 0; i < ns->n_join; i++) {
		if (ns->join[i].type == CLONE_NEWNET)
			return fcntl(ns->join[i].fd, F_DUPFD_CLOEXEC, 3);
	}
	(void)snprintf(path, sizeof(path), "%d/ns/net", (int)l->pid);
	return openat(l->proc_fd, path, O_RDONLY | O_CLOEXEC);
}

int launch_net_devices(struct launch *l, struct err *e)
{
	struct plan *p = &l->plan;

	if (!p->n_net_devices)
		return 0;
	l->net_fd = open_namespace(l);
	if (l->net_fd < 0)
		return err_sys(e, errno,
			"%s: move network device \"%s\" into the container's network namespace%s",
			p->net_devices[0].where, p->net_devices[0].name,
			errno == EACCES
				? " (needs CAP_SYS_ADMIN and CAP_NET_ADMIN in the caller's own)"
				: "");
	if (netdev_move(&l->arena, l->proc_fd, l->net_fd, p->net_devices, p->n_net_devices, e) == 0)
		return 0;
	launch_net_settle(l); /* what had been moved is back */
	return -1;
}

void launch_net_undo(struct launch *l)
{
	struct err e;

	if (l->net_fd < 0)
		return;
	err_init(&e);
	if (netdev_return(l->proc_fd, l->net_fd, l->plan.net_devices, l->plan.n_net_devices, &e) <
		0)
		log_warning("%s", err_text(&e));
	launch_net_settle(l);
}

void launch_net_settle(struct launch *l)
{
	def_close(&l->net_fd);
	l->net_fd = -1;
}
