/* SPDX-License-Identifier: Apache-2.0 */
/* resctrl.h - classes of service and monitoring groups of cache and memory bandwidth
 * (config-linux.md, "IntelRdt")
 *
 * Everything goes through a descriptor of the mount, so that a test can have a tree of plain files
 * in its place. */
#ifndef CL_KERN_RESCTRL_H
#define CL_KERN_RESCTRL_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"

#define RESCTRL_MOUNT "/sys/fs/resctrl"

struct resctrl {
	const char *where;        /* place in config.json, for messages; NULL: not asked for */
	const char *group;        /* directory below the mount; "" is the root group */
	bool own;                 /* the container's own: made for it, removed with it */
	const char *const *lines; /* of schemata, in order, NULL-terminated */
	const char *monitor;      /* monitoring group to make in it, NULL: none */
};

/* resctrl_open - O_PATH descriptor of the directory at path, whose file system must have this magic
 * (RDTGROUP_SUPER_MAGIC). The error names what is missing: kernel, processor, mount. */
NODISCARD int resctrl_open(const char *path, long magic, struct err *e);

/* resctrl_check - can r be had? The container's own group must not be there yet; another one must
 * be there unless lines say how to make it, and must then agree with them. *ret_exists: the group
 * is there. Changes nothing. */
NODISCARD int resctrl_check(int mount, const struct resctrl *r, bool *ret_exists, struct err *e);

/* resctrl_make_group - make its directory. *ret_made false: it has been there, and agrees with the
 * lines */
NODISCARD int resctrl_make_group(int mount, const struct resctrl *r, bool *ret_made, struct err *e);

/* resctrl_write - the lines to schemata of the group, one write(2) each */
NODISCARD int resctrl_write(int mount, const struct resctrl *r, struct err *e);

/* resctrl_change - the same for a group in use, all lines or none. *ret_former: what takes it back
 * by resctrl_write, in the arena */
NODISCARD int resctrl_change(struct arena *a, int mount, const struct resctrl *r,
	struct resctrl *ret_former, struct err *e);

/* resctrl_make_monitor - make the monitoring group. *ret_made as above; one that is there is an
 * error */
NODISCARD int resctrl_make_monitor(int mount, const struct resctrl *r, bool *ret_made,
	struct err *e);

/* resctrl_enter - put process pid into the group, and into the monitoring group */
NODISCARD int resctrl_enter(int mount, const struct resctrl *r, pid_t pid, struct err *e);

/* resctrl_remove - take away what was made; what is not there is no error. monitor: its name, NULL:
 * none was made. RESCTRL_GROUP: the group, too. RESCTRL_SHARED: but not while anybody is in it: the
 * kernel would put them out. */
enum { RESCTRL_GROUP = 1, RESCTRL_SHARED = 2 };
NODISCARD int resctrl_remove(int mount, const char *group, const char *monitor, unsigned flags,
	struct err *e);

#endif
