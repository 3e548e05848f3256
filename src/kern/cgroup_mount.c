/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_mount.c - where the v2 hierarchy is, and where in it we are
 *
 * The two places every distribution uses are tried first, one statfs(2) each. Only a host that
 * mounts cgroup2 elsewhere pays for libmount, which is loaded then and not before. */
#include <fcntl.h>
#include <libmount/libmount.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "base/limits.h"
#include "kern/cgroup_priv.h"
#include "kern/dlopen_note.h"
#include "kern/library.h"

DLOPEN_NOTE(libmount,
	"[{\"feature\":\"mountinfo\",\"description\":\"finds cgroup2 in an unusual place\","
	"\"priority\":\"suggested\",\"soname\":[\"libmount.so.1\"]}]");

/* the part of libmount in use, with its own prototypes */
struct libmount {
	__typeof__(&mnt_new_table_from_file) new_table_from_file;
	__typeof__(&mnt_unref_table) unref_table;
	__typeof__(&mnt_new_iter) new_iter;
	__typeof__(&mnt_free_iter) free_iter;
	__typeof__(&mnt_table_next_fs) table_next_fs;
	__typeof__(&mnt_fs_get_fstype) fs_get_fstype;
	__typeof__(&mnt_fs_get_target) fs_get_target;
};

static const struct {
	const char *name;
	size_t at;
} symbols[] = {
	{ "mnt_new_table_from_file", offsetof(struct libmount, new_table_from_file) },
	{ "mnt_unref_table", offsetof(struct libmount, unref_table) },
	{ "mnt_new_iter", offsetof(struct libmount, new_iter) },
	{ "mnt_free_iter", offsetof(struct libmount, free_iter) },
	{ "mnt_table_next_fs", offsetof(struct libmount, table_next_fs) },
	{ "mnt_fs_get_fstype", offsetof(struct libmount, fs_get_fstype) },
	{ "mnt_fs_get_target", offsetof(struct libmount, fs_get_target) },
};
_Static_assert(sizeof(struct libmount) == ARRAY_LEN(symbols) * sizeof(void *),
	"a function of libmount has no name");

static const char *const usual[] = {
	"/sys/fs/cgroup",         /* v2 alone */
	"/sys/fs/cgroup/unified", /* beside v1 */
};

static const char remedy[] = "mount it with: mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified, or "
			     "boot with systemd.unified_cgroup_hierarchy=1";

/* The handle of libmount, or NULL with *e */
static void *load_libmount(struct libmount *ret, struct err *e)
{
	struct err why;
	void *handle;

	err_init(&why);
	handle = library_open("libmount.so.1", &why);
	if (!handle) {
		(void)err_set(e, ENOENT,
			"find the cgroup2 mount: it is neither \"%s\" nor \"%s\", and \"libmount.so.1\", "
			"needed to look elsewhere, cannot be loaded: %s",
			usual[0], usual[1], err_text(&why));
		(void)err_more(e, "install libmount (util-linux), or %s", remedy);
		return NULL;
	}
	for (unsigned i = 0; i < ARRAY_LEN(symbols); i++) {
		void *symbol = library_symbol(handle, symbols[i].name);

		if (!symbol) {
			(void)err_set(e, ENOSYS,
				"find the cgroup2 mount: \"libmount.so.1\" has no \"%s\"",
				symbols[i].name);
			library_close(handle);
			return NULL;
		}
		memcpy((char *)ret + symbols[i].at, &symbol, sizeof(symbol));
	}
	return handle;
}

/* Copy of the first mount point of type cgroup2 in table, or NULL */
static const char *first_cgroup2(const struct libmount *lib, struct libmnt_table *table,
	struct arena *a)
{
	struct libmnt_iter *iter = lib->new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs = NULL;
	const char *found = NULL;

	while (iter && !found && lib->table_next_fs(table, iter, &fs) == 0) {
		const char *type = lib->fs_get_fstype(fs), *target = lib->fs_get_target(fs);

		if (type && target && str_eq(type, "cgroup2"))
			found = arena_str(a, target);
	}
	lib->free_iter(iter);
	return found;
}

int cg_scan_mounts(struct arena *a, const char *mountinfo, const char **ret, struct err *e)
{
	struct libmnt_table *table;
	const char *found = NULL;
	struct libmount lib;
	void *handle = load_libmount(&lib, e);

	if (!handle)
		return -1;
	table = lib.new_table_from_file(mountinfo);
	if (!table) {
		(void)err_sys(e, errno, "read \"%s\"", mountinfo);
	} else {
		found = first_cgroup2(&lib, table, a);
		lib.unref_table(table);
		if (!found) {
			(void)err_set(e, ENOENT, "no cgroup2 file system is mounted (\"%s\")",
				mountinfo);
			(void)err_more(e, "%s", remedy);
		}
	}
	library_close(handle);
	if (!found)
		return -1;
	*ret = found;
	return 0;
}

int cg_find_mount(struct arena *a, const char **ret, struct err *e)
{
	for (unsigned i = 0; i < ARRAY_LEN(usual); i++) {
		struct statfs fs;

		if (statfs(usual[i], &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC) {
			*ret = usual[i];
			return 0;
		}
	}
	return cg_scan_mounts(a, "/proc/self/mountinfo", ret, e);
}

int cg_self(struct arena *a, const char **ret, struct err *e)
{
	return cg_of(a, "/proc/self/cgroup", ret, e);
}

int cg_of(struct arena *a, const char *file, const char **ret, struct err *e)
{
	static const char v2[] = "0::"; /* the v2 hierarchy is always number 0 and has no name */
	auto_str struct str text = { 0 };
	const char *line;

	if (fd_read_at(AT_FDCWD, file, 0, LIMIT_KERNEL_FILE, &text) < 0)
		return err_sys(e, errno, "read \"%s\"", file);
	line = str_text(&text);
	while (line) {
		const char *path = str_after(line, v2);

		if (path) {
			*ret = arena_dup(a, path, strcspn(path, "\n"));
			return 0;
		}
		line = strchr(line, '\n');
		if (line)
			line++;
	}
	return err_set(e, ENOENT, "\"%s\" has no line \"%s\": the kernel runs without cgroup v2",
		file, v2);
}

static bool may_write(struct arena *a, const char *mount, const char *path, const char *file)
{
	const char *full = arena_fmt(a, "%s%s/%s", mount, path, file);

	return faccessat(AT_FDCWD, full, W_OK, AT_EACCESS) == 0;
}

const char *cg_outer(struct arena *a, const char *mount, const char *self)
{
	const char *slash = strrchr(self, '/');
	const char *outer = slash ? arena_dup(a, self, (size_t)(slash - self)) : "";
	const size_t len = strlen(outer), slice = strlen(".slice");

	if (!slash || !slash[1] || (len > slice && str_eq(outer + len - slice, ".slice")))
		return NULL;
	if (!may_write(a, mount, outer, ".") || !may_write(a, mount, outer, "cgroup.procs") ||
		!may_write(a, mount, outer, "cgroup.subtree_control"))
		return NULL;
	return len ? outer : "/";
}

bool cg_may_move(struct arena *a, const char *mount, const char *self, const char *path)
{
	size_t common = 0;

	for (size_t i = 0;; i++) {
		bool ends = (!self[i] || self[i] == '/') && (!path[i] || path[i] == '/');

		if (ends)
			common = i;
		if (self[i] != path[i] || !self[i])
			break;
	}
	return may_write(a, mount, path, "cgroup.procs") &&
		may_write(a, mount, arena_dup(a, path, common), "cgroup.procs");
}
