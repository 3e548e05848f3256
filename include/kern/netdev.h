/* SPDX-License-Identifier: Apache-2.0 */
/* netdev.h - network devices moved from the caller's network namespace into another one
 *
 * config-linux.md, "Network Devices". Runs in the parent: it needs CAP_NET_ADMIN in both
 * namespaces, and CAP_SYS_ADMIN to enter the other one for a moment. */
#ifndef CL_KERN_NETDEV_H
#define CL_KERN_NETDEV_H

#include <net/if.h>

#include "base/arena.h"
#include "base/err.h"

struct netdev_address;

struct netdev {
	const char *name;     /* in the caller's namespace */
	const char *new_name; /* inside; may be a template, "eth%d"; NULL: keeps its name */
	const char *where;    /* place in config.json, for messages */
	/* filled in by netdev_move: what it was, for the way back */
	bool moved;
	int index, index_inside;
	char real_name[IF_NAMESIZE]; /* name may be an alternative one */
	bool was_up;
	uint32_t master;                  /* index of the bridge or bond it belonged to, 0: none */
	struct netdev_address *addresses; /* permanent and global, of every family, in order */
};

/* netdev_move - all n devices of list, or none: those that have been moved when one cannot be go
 * back. Each is renamed by the same request, gets its permanent global addresses again (the kernel
 * drops them), and is brought up. A name that is taken inside is found before anything moves.
 * Errors name the place, the device, the reason and the remedy. proc_fd: a procfs root; namespace:
 * the target's network namespace. */
NODISCARD int netdev_move(struct arena *a, int proc_fd, int namespace, struct netdev *list,
	size_t n, struct err *e);

/* netdev_return - the way back of what is marked as moved, with its old name, index, addresses,
 * state and master. Goes on as far as it can; the error is the first one. */
NODISCARD int netdev_return(int proc_fd, int namespace, struct netdev *list, size_t n,
	struct err *e);

#endif
