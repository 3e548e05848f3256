/* SPDX-License-Identifier: Apache-2.0 */
/* ns.h - namespaces by descriptor (namespaces(7)) */
#ifndef CL_KERN_NS_H
#define CL_KERN_NS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* ns_name - "network" for CLONE_NEWNET …, the words of config.json */
const char *ns_name(unsigned type);

/* ns_open - descriptor of the namespace file at path, checked to be one (NSFS_MAGIC) and of this
 * type (NS_GET_NSTYPE): a path of another kind must not be joined as what it is not (NS-04) */
NODISCARD int ns_open(const char *path, unsigned type, struct err *e);

/* ns_is_own - is the namespace behind fd the one of this type that the caller is in? Also when that
 * cannot be told. proc_fd: a procfs root */
bool ns_is_own(int proc_fd, int fd, unsigned type);

/* Namespaces by descriptor, in an order in which they can be joined: the user namespace first,
 * which gives the right to the others. */
enum { NS_TYPES = 8 };
struct ns_set {
	size_t n;
	int fds[NS_TYPES];
	unsigned types[NS_TYPES]; /* CLONE_NEW* */
};

/* ns_open_own - those of the caller that are of the given types: of a pid namespace the one that
 * children get. proc_fd: a procfs root. On failure none is open. */
NODISCARD int ns_open_own(int proc_fd, unsigned types, struct ns_set *ret, struct err *e);

/* ns_join - join all of them */
NODISCARD int ns_join(const struct ns_set *s, struct err *e);

void ns_close(struct ns_set *s);

/* ns_elsewhere - CLONE_NEW* of those that process pid is not in together with the caller. proc_fd:
 * a procfs root */
NODISCARD int ns_elsewhere(int proc_fd, pid_t pid, unsigned *ret, struct err *e);

/* ns_set_clocks - a fresh time namespace with these offsets for the caller itself:
 * unshare(CLONE_NEWTIME), timens_offsets through proc_fd (a procfs root), and setns(2) into it; the
 * offsets freeze when the first process enters. given_… false leaves a clock alone. */
struct ns_clock {
	bool given;
	int64_t secs;
	uint32_t nanosecs;
};
NODISCARD int ns_set_clocks(int proc_fd, const struct ns_clock *monotonic,
	const struct ns_clock *boottime, struct err *e);

/* ns_loopback_up - bring "lo" of the current network namespace up */
NODISCARD int ns_loopback_up(struct err *e);

#endif
