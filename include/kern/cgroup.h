/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup.h - one cgroup v2 directory: find the mount, make it, enable controllers, write limits,
 * kill, freeze, remove
 *
 *
 * Every file is opened below the descriptor of the container's own cgroup with
 * openat2(RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS), so that no name, however it got
 * here, leaves it. (cgroup-v2.rst) */
#ifndef CL_KERN_CGROUP_H
#define CL_KERN_CGROUP_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* cg_find_mount - host path of the cgroup2 mount: /sys/fs/cgroup (unified), /sys/fs/cgroup/unified
 * (hybrid), both by one statfs(2), else the first cgroup2 entry of /proc/self/mountinfo (libmount,
 * loaded on first use). The error says what to mount. */
NODISCARD int cg_find_mount(struct arena *a, const char **ret, struct err *e);

/* cg_self - path of the calling process in the v2 hierarchy, "/user.slice/…", from
 * /proc/self/cgroup */
NODISCARD int cg_self(struct arena *a, const char **ret, struct err *e);

/* cg_of - the same of the process whose "cgroup" file in procfs is file */
NODISCARD int cg_of(struct arena *a, const char *file, const char **ret, struct err *e);

/* cg_outer - the cgroup around self ("/user.slice/…", as cg_self says), when the caller may make
 * cgroups in it and hand controllers down to them; else NULL. One that systemd runs (".slice") is
 * not for others to change. */
const char *cg_outer(struct arena *a, const char *mount, const char *self);

/* cg_may_move - may the caller move a process of its own from cgroup self to path? Both exist below
 * mount; the nearest cgroup above both decides, and path itself. */
bool cg_may_move(struct arena *a, const char *mount, const char *self, const char *path);

/* cg_open - O_PATH-free directory descriptor (O_RDONLY | O_DIRECTORY | O_CLOEXEC) of the existing
 * cgroup path below mount; checked to be on cgroup2. fd, or -1 with errno (ENOENT: there is none;
 * EINVAL: path is not clean; EXDEV: mount is not cgroup2) */
NODISCARD int cg_open(const char *mount, const char *path);

/* cg_id - what tells the cgroup behind fd from one that is given its path later: the inode number
 * of its directory, of which the hierarchy never has the same twice. 0, or -1 with errno */
NODISCARD int cg_id(int fd, uint64_t *ret);

/* cg_open_id - the same as cg_open for the cgroup that has this id, 0: any. ESTALE: the cgroup at
 * path is another one */
NODISCARD int cg_open_id(const char *mount, const char *path, uint64_t id);

/* cg_probe - what cg_make will find at path: *ret_exists says whether there is a cgroup. One that
 * is in use or frozen is an error (CGP-07), in the words of cg_make. */
NODISCARD int cg_probe(struct arena *a, const char *mount, const char *path, bool *ret_exists,
	struct err *e);

/* cg_make - make path below mount with all missing parents and return its descriptor. Every
 * controller that the cgroups above have is handed down to it, top down from the mount itself, as
 * far as the caller may and the kernel allows it. controllers: NULL-terminated list of those that
 * must be usable in it (NULL: none, and none is handed down). *ret_made: how many of these
 * directories are new, 0: none. One that exists already is used when it is empty and not frozen,
 * else it is an error (CGP-07). Errors name the controller, the ancestor whose cgroup.controllers
 * lacks it or whose processes block it, and the remedy. Parents made here stay when cg_remove takes
 * path (cg_remove_parents); on failure every directory made here is removed again, controllers
 * already enabled in older ancestors stay enabled. path must be clean and not "/". */
NODISCARD int cg_make(struct arena *a, const char *mount, const char *path,
	const char *const *controllers, unsigned *ret_made, int *ret_fd, struct err *e);

/* cg_adopt - the same for a cgroup that exists, whatever lives in it */
NODISCARD int cg_adopt(struct arena *a, const char *mount, const char *path,
	const char *const *controllers, int *ret_fd, struct err *e);

/* cg_enter - move this process into the cgroup behind fd, by a write instead of CLONE_INTO_CGROUP.
 *
 * What is cloned into a cgroup is killed at birth by Linux 6.14 and later where that cgroup and the
 * caller's have not been killed equally often (cgroup.kill): cgroup_css_set_fork() in
 * kernel/cgroup/cgroup.c reads the count of the caller's, cgroup_post_fork() compares it with the
 * other's. So who dies by SIGKILL without a word is cloned once more, and enters by itself: slower,
 * since the kernel waits for all processors, but always right. */
NODISCARD int cg_enter(int fd, const char *shown, struct err *e);

/* cg_write - value to file of the cgroup behind fd. The error names cgroup path (shown), file and
 * value. */
NODISCARD int cg_write(int fd, const char *shown, const char *file, const char *value,
	struct err *e);

/* cg_former - append to *ret what has to be written to file to take a write of value back, as
 * things are now: the whole value, or what the file has for the device or name that value is about.
 * 0, or -1 with errno (a file that is there to be written only cannot be read) */
NODISCARD int cg_former(int fd, const char *file, const char *value, struct str *ret);

/* cg_check - did the kernel do what was written to file? Only cpuset.cpus.partition takes what it
 * then does not do: it reads as "root invalid (REASON)". 0, or -1 with an error that has the
 * reason. shown: the cgroup in messages */
NODISCARD int cg_check(int fd, const char *shown, const char *file, struct err *e);

/* cg_explain - put behind *e what is known about the kernel's refusal (code) of a write to file.
 * Returns -1. */
int cg_explain(int fd, const char *file, int code, struct err *e);

/* cg_number - the number in file, UINT64_MAX for "max"; key: behind this word at the start of a
 * line. false: there is none */
bool cg_number(int fd, const char *file, const char *key, uint64_t *ret);

/* cg_delegate - give the cgroup behind fd to uid: the directory and the files that let its owner
 * manage what is below, as /sys/kernel/cgroup/delegate lists them (4.15; before that cgroup.procs,
 * cgroup.subtree_control and cgroup.threads), not the limits. Those that this cgroup does not have
 * are passed over. 0, or -1 with errno */
NODISCARD int cg_delegate(int fd, uid_t uid);

/* cg_read - whole file into *out. 0, or -1 with errno */
NODISCARD int cg_read(int fd, const char *file, struct str *out);

/* cg_pids - the processes in the cgroup and below that the caller's pid namespace can name, in the
 * arena, 0 behind the last; *ret_unnamed: how many more there are. 0, or -1 with errno (ENOENT,
 * ENODEV: it is removed) */
NODISCARD int cg_pids(struct arena *a, int fd, pid_t **ret, size_t *ret_unnamed);

/* cg_signal - signal every process in the cgroup and below, each through a pidfd. Who forks
 * meanwhile may get past it. 0, or -1 with errno (ELOOP: more levels than can be walked) */
NODISCARD int cg_signal(int fd, int sig);

/* cg_kill - kill every process in the cgroup and below: cgroup.kill (kernel 5.14; works on a frozen
 * one), else freeze, signal each through a pidfd, thaw. 0, or -1 with errno (ENOENT: it is removed,
 * or the root, which is never killed) */
NODISCARD int cg_kill(int fd);

/* cg_wait_empty - wait (poll on cgroup.events) until nothing lives in it; timeout_ms -1: no limit.
 * 1: empty or removed, 0: not in time, -1 with errno */
NODISCARD int cg_wait_empty(int fd, int timeout_ms);

/* cg_wait_end - wait until nothing lives in it, or the process behind pidfd has ended. 0: one of
 * the two, 1: not in time, -1 with errno */
NODISCARD int cg_wait_end(int fd, int pidfd, int timeout_ms);

/* cg_populated - is any process in it or below? 1, 0, or -1 with errno */
NODISCARD int cg_populated(int fd);

/* cg_frozen - is it frozen (cgroup.events)? 1, 0, or -1 with errno */
NODISCARD int cg_frozen(int fd);

/* cg_open_events - its cgroup.events, for poll(POLLPRI), or -1 with errno. cg_frozen_events,
 * cg_populated_events - what that says now, as cg_frozen and cg_populated: the next change wakes */
NODISCARD int cg_open_events(int fd);
NODISCARD int cg_frozen_events(int events_fd);
NODISCARD int cg_populated_events(int events_fd);

/* cg_freezer - the cgroup whose cgroup.freeze is set, path itself or the nearest one above it;
 * NULL: none */
const char *cg_freezer(struct arena *a, const char *mount, const char *path);

/* cg_freeze - write cgroup.freeze and wait until the state is reached or timeout_ms passed. 1:
 * reached, 0: not in time (the request is taken back), -1 with errno. busy may be NULL; else, when
 * it could not be frozen in time, `12 "name", 13 "name"` is appended for the processes that kept
 * it: what they do in the kernel must end first */
NODISCARD int cg_freeze(int fd, bool frozen, int timeout_ms, struct str *busy);

/* cg_make_child - make cgroup name below the one behind fd and open it as cg_open does. fd, or -1
 * with errno */
NODISCARD int cg_make_child(int fd, const char *name);

/* cg_sweep - remove the children of the cgroup behind fd that are empty and have names that begin
 * with prefix; those that cannot be removed stay */
void cg_sweep(int fd, const char *prefix);

/* cg_remove_parents - remove the n cgroups above path, nearest first, until one is in use */
void cg_remove_parents(const char *mount, const char *path, unsigned n);

/* cg_remove - kill what lives in path, remove its children deepest first and path itself; parents
 * stay. ENOENT is success. id as in cg_open_id: 1 when the cgroup at path is another one, to which
 * nothing is done. Waits on cgroup.events at most timeout_ms. The error names what keeps it. */
NODISCARD int cg_remove(const char *mount, const char *path, uint64_t id, int timeout_ms,
	struct err *e);

/* cg_remove_unused - remove path if it is empty and has no children. 0: it is gone, 1: it is in
 * use; -1 with errno */
NODISCARD int cg_remove_unused(const char *mount, const char *path);

#endif
