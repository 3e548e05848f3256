/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_priv.h - shared by the files of the cgroup module and their tests */
#ifndef CL_KERN_CGROUP_PRIV_H
#define CL_KERN_CGROUP_PRIV_H

#include <dirent.h>

#include "kern/cgroup.h"

#define auto_dir __attribute__((cleanup(cg_close_dir)))

/* cg_relative - path without its leading slash ("" for the root), or NULL when it is not absolute
 * or not clean: "." and "..", empty components and a slash at the end are refused, since mkdirat(2)
 * and unlinkat(2) know no RESOLVE_BENEATH. Points into path. */
const char *cg_relative(const char *path);

/* cg_open_mount - O_PATH descriptor of the mount point. fd, or -1 with errno; EXDEV: not cgroup2 */
NODISCARD int cg_open_mount(const char *mount);

/* cg_openat - openat2(2) of path beneath dirfd, same mount, no symbolic links. fd, or -1 with
 * errno */
NODISCARD int cg_openat(int dirfd, const char *path, int flags);

/* cg_close_dir - for auto_dir: closedir(3) unless NULL, errno kept */
void cg_close_dir(DIR **dir);

/* cg_take_dir - stream over the cgroup directory *fd, which it takes over. NULL with errno */
DIR *cg_take_dir(int *fd);

/* cg_next_child - name of the next child cgroup, valid until the next call; NULL at the end (errno
 * 0) or with errno */
const char *cg_next_child(DIR *dir);

/* cg_is_vanished - does this errno say that the cgroup was removed meanwhile? */
static inline bool cg_is_vanished(int error)
{
	return error == ENOENT || error == ENODEV;
}

/* cg_list_procs - append "pid 12, 13" for the first few processes in the cgroup behind fd or below,
 * for a message; nothing when there are none */
void cg_list_procs(int fd, struct str *out);

/* cg_list_busy - the same for those that run or wait in the kernel, `12 "name", 13 "name"` */
void cg_list_busy(int fd, struct str *out);

/* cg_some_process - pidfd of a process that was in the cgroup behind fd or below a moment ago: to
 * wait for, not to signal. -1: none */
int cg_some_process(int fd);

/* cg_kill_each - what cg_kill does on a kernel without cgroup.kill. 0, or -1 with errno */
NODISCARD int cg_kill_each(int fd);

/* a cgroup that is being made */
struct cg_making {
	int mount_fd;
	char *path; /* below the mount, cut in place at a slash for a moment */
	size_t len;
	size_t first_made; /* length of the shortest prefix of path that was made here, 0: none */
	bool leaf_made;
	bool adopt; /* somebody else has made it, and may have put processes into it */
	const char *mount,
		*shown; /* for messages: path of the mount, and of the cgroup on the host */
	const char *const *controllers; /* that are needed, as for cg_make */
	struct arena *arena;
};

/* cg_parent_len - length of the parent of the prefix of length len; 0: the mount itself */
size_t cg_parent_len(const struct cg_making *m, size_t len);

/* cg_hand_down - let the cgroups above the one behind fd hand down to it all controllers that they
 * have, as far as possible. What m->controllers lists and cannot be had is an error. */
NODISCARD int cg_hand_down(const struct cg_making *m, int fd, struct err *e);

/* cg_scan_mounts - first cgroup2 mount point in a mountinfo file */
NODISCARD int cg_scan_mounts(struct arena *a, const char *mountinfo, const char **ret,
	struct err *e);

#endif
