/* SPDX-License-Identifier: Apache-2.0 */
/* store.c - the state directory
 *
 * The root is checked once, when it is opened: nobody but its owner can write to it, so names below
 * it are what this program made. Even so nothing is followed: a container is a directory opened
 * with O_NOFOLLOW and used through its descriptor, and what is removed is removed by name below
 * such a descriptor.
 *
 * mkdirat(2) is the claim on an id, flock(2) on the directory the lock of a command. A lock that
 * was waited for may be one on a directory that is gone by then (its link count is 0): who takes a
 * lock looks again. */
#include "ctr/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdalign.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/path.h"
#include "kern/deadline.h"
#include "oci/undo.h"

enum {
	REMOVE_DEPTH = 8,
	READ_STEP = 8192,
	ENTRIES_BYTES = 32768,
};

static const char *absolute(struct arena *a, const char *path)
{
	char cwd[PATH_MAX];

	if (path_is_abs(path))
		return path_clean(a, path);
	if (!getcwd(cwd, sizeof(cwd)))
		return NULL;
	return path_clean(a, path_join(a, cwd, path));
}

/* nobody else may be able to put a container, or something that looks like one, below the root */
static int check_root(int fd, const char *path, struct err *e)
{
	uint32_t self = (uint32_t)getauxval(AT_EUID); /* as geteuid(2), without a system call */
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(e, errno, "look at state root \"%s\"", path);
	if (st.st_uid != self)
		return err_set(e, EPERM,
			"state root \"%s\" must belong to user %u, not %u: give another with --root",
			path, self, st.st_uid);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return err_set(e, EPERM,
			"state root \"%s\" must be writable by its owner only, not mode %04o: chmod go-w \"%s\"",
			path, st.st_mode & 07777, path);
	return 0;
}

int store_open(struct arena *a, const char *path, unsigned flags, struct store *ret, struct err *e)
{
	const char *root = absolute(a, path);
	const int how =
		O_RDONLY | O_DIRECTORY | O_CLOEXEC | (flags & STORE_PUBLIC ? O_NOFOLLOW : 0);
	auto_close int fd = -1;
	bool made = false;

	*ret = (struct store){ .path = root ? root : path, .fd = -1 };
	if (!root)
		return err_sys(e, errno, "find the working directory for state root \"%s\"", path);
	if (str_eq(root, "/"))
		return err_set(e, EINVAL,
			"state root \"%s\" is refused: must be a directory of its own", path);
	if ((flags & STORE_PEEK) && !(flags & STORE_PUBLIC)) {
		ret->peek = true;
		return 0;
	}
	fd = open(root, how);
	if (fd < 0 && errno == ENOENT && (flags & STORE_MAKE)) {
		int r = fd_make_dir(root, 0700);

		if (r < 0)
			return err_sys(e, errno, "make state root \"%s\"", root);
		made = r > 0;
		fd = open(root, how);
	} else if (fd < 0 && errno == ENOENT) {
		return 0;
	}
	if (fd < 0)
		return err_sys(e, errno, "open state root \"%s\"", root);
	if (made && fchmod(fd, flags & STORE_STICKY ? 01700 : 0700) < 0)
		return err_sys(e, errno, "set the mode of state root \"%s\"", root);
	if (check_root(fd, root, e) < 0)
		return -1;
	ret->fd = take_fd(&fd);
	return 0;
}

void store_close(struct store *s)
{
	def_close(&s->fd);
	s->fd = -1;
}

void container_init(struct container *c)
{
	*c = (struct container){ .dir_fd = -1, .store_fd = -1, .undo_fd = -1 };
}

void container_done(struct container *c)
{
	def_close(&c->dir_fd); /* and with it the lock */
	def_close(&c->undo_fd);
	str_done(&c->text);
	arena_done(&c->arena);
	container_init(c);
}

static int open_dir(const struct store *s, const char *id)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	auto_str struct str path = { 0 };

	if (!s->peek)
		return openat(s->fd, id, flags);
	str_addf(&path, "%s/%s", s->path, id);
	return open(path.data, flags);
}

/* 1: the lock is ours, 0: somebody else has it (only with LOCK_NB), -1 with errno */
static int lock_dir(int fd, int how)
{
	int r;

	do
		r = flock(fd, LOCK_EX | how);
	while (r < 0 && errno == EINTR);
	if (r < 0 && errno == EWOULDBLOCK)
		return 0;
	return r < 0 ? -1 : 1;
}

static void do_nothing(int sig)
{
	(void)sig;
}

/* The same, at most STORE_LOCK_S seconds; -1 with ETIMEDOUT. flock(2) has no time limit, so the
 * signal of a timer interrupts it; not only once, because it may come just before the call. */
static int lock_dir_soon(int fd)
{
	const struct itimerval every = { .it_interval.tv_sec = 1, .it_value.tv_sec = STORE_LOCK_S },
			       never = { 0 };
	const struct sigaction interrupt = { .sa_handler = do_nothing }; /* no SA_RESTART */
	const int64_t deadline = deadline_in(STORE_LOCK_S * 1000L);
	struct sigaction before;
	sigset_t alarm, mask;
	int r, code;

	(void)sigemptyset(&alarm);
	(void)sigaddset(&alarm, SIGALRM);
	if (sigaction(SIGALRM, &interrupt, &before) < 0 ||
		sigprocmask(SIG_UNBLOCK, &alarm, &mask) < 0 ||
		setitimer(ITIMER_REAL, &every, NULL) < 0)
		return -1;
	do
		r = flock(fd, LOCK_EX);
	while (r < 0 && errno == EINTR && deadline_left(deadline) > 0);
	code = errno == EINTR ? ETIMEDOUT : errno;
	if (setitimer(ITIMER_REAL, &never, NULL) < 0 || sigprocmask(SIG_SETMASK, &mask, NULL) < 0 ||
		sigaction(SIGALRM, &before, NULL) < 0)
		return -1;
	errno = code;
	return r < 0 ? -1 : 1;
}

/* as the flags of store_load say */
static int lock_as(int fd, unsigned flags)
{
	if (flags & STORE_LOCK_SOON)
		return lock_dir_soon(fd);
	return lock_dir(fd, flags & STORE_LOCK ? 0 : LOCK_NB);
}

/* has the directory been removed since it was opened? */
static bool is_gone(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_nlink == 0;
}

static void set_id(struct container *c, const struct store *s, const char *id)
{
	c->store_fd = s->fd;
	c->state = (struct state){ .id = arena_str(&c->arena, id) };
}

int store_claim(const struct store *s, const char *id, struct container *ret, struct err *e)
{
	container_init(ret);
	if (state_check_id(id, e) < 0)
		return -1;
	if (mkdirat(s->fd, id, 0700) < 0) {
		if (errno == EEXIST)
			return err_set(e, EEXIST, "container with id exists: \"%s\"", id);
		return err_sys(e, errno, "make \"%s/%s\"", s->path, id);
	}
	set_id(ret, s, id);
	ret->dir_fd = open_dir(s, id);
	if (ret->dir_fd < 0 || lock_dir(ret->dir_fd, 0) < 0) {
		(void)err_sys(e, errno, "open \"%s/%s\"", s->path, id);
		(void)unlinkat(s->fd, id, AT_REMOVEDIR);
		return -1;
	}
	if (is_gone(ret->dir_fd))
		return err_set(e, ENOENT, "container \"%s\" was deleted while it was made", id);
	ret->locked = true;
	return 0;
}

/* open ROOT/ID and, when asked, lock it. Whoever had the lock may have removed the directory and
 * somebody may have claimed the id anew: then that one is meant. */
static int open_container(const struct store *s, const char *id, unsigned flags,
	struct container *c)
{
	for (;;) {
		int r;

		c->dir_fd = open_dir(s, id);
		if (c->dir_fd < 0)
			return -1;
		if (!(flags & (STORE_LOCK | STORE_TRY_LOCK | STORE_LOCK_SOON)))
			return 0;
		r = lock_as(c->dir_fd, flags);
		if (r < 0)
			return -1;
		if (r == 0)
			return 0;
		if (!is_gone(c->dir_fd)) {
			c->locked = true;
			return 0;
		}
		(void)close(take_fd(&c->dir_fd));
	}
}

/* The text of state.json. A link is not followed, a FIFO not waited for; nothing else but a regular
 * file can hold the document, and of that a short read is the last one. */
static int read_state(struct container *c, const char *shown, struct err *e)
{
	auto_close int fd = openat(c->dir_fd, STORE_STATE,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return err_sys(e, errno, "open \"%s\"", shown);
	do {
		n = read(fd, str_room(&c->text, READ_STEP), READ_STEP);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, errno, "read \"%s\"", shown);
		str_grew(&c->text, (size_t)n);
		if (c->text.len > LIMIT_STATE_BYTES)
			return err_sys(e, EFBIG, "read \"%s\"", shown);
	} while (n < 0 || n == READ_STEP);
	return 0;
}

/* Is there a document to be had at another time? Only that it is missing or no file says that the
 * container is broken: to forget its cgroup because memory was short would leave that behind. */
static bool may_be_read_later(int code)
{
	return code != ENOENT && code != ELOOP && code != EISDIR && code != ENXIO && code != EFBIG;
}

/* 0, -1, or -2: the document may be in order, but cannot be read now */
static int load_state(const struct store *s, const char *id, struct container *c, struct err *e)
{
	const char *shown = arena_fmt(&c->arena, "%s/%s/%s", s->path, id, STORE_STATE);

	if (read_state(c, shown, e) < 0)
		return may_be_read_later(e->code) ? -2 : -1;
	if (state_parse(&c->arena, shown, str_text(&c->text), c->text.len, &c->state, e) < 0)
		return -1;
	if (!str_eq(c->state.id, id))
		return err_set(e, EINVAL, "\"%s\" is the state of container \"%s\"", shown,
			c->state.id);
	return 0;
}

/* The undo core. 1: *ret has it, 0: there is none that is good, -1 with *e: it cannot be read now
 */
static int read_undo(struct container *c, struct state *ret, struct err *e)
{
	auto_str struct str text = { 0 };

	if (fd_read_at(c->dir_fd, STORE_UNDO, O_NOFOLLOW | O_NONBLOCK, LIMIT_STATE_BYTES, &text) <
		0)
		return may_be_read_later(errno)
			? err_sys(e, errno, "read \"%s\" in the state directory", STORE_UNDO)
			: 0;
	if (undo_parse(&c->arena, STORE_UNDO, str_text(&text), text.len, ret, e) < 0)
		return 0;
	/* a copy of another's directory */
	return str_eq(ret->id, c->state.id);
}

/* For a container whose state.json is broken, the reason being in *e. 0, or -1 with another reason
 * in *e */
static int take_undo(struct container *c, struct err *e)
{
	struct state undo;
	struct err why;
	int r;

	err_init(&why);
	r = read_undo(c, &undo, &why);
	if (r > 0) {
		undo_take(&c->state, &undo);
		c->has_undo = true;
	}
	if (r < 0)
		*e = why;
	return r < 0 ? -1 : 0;
}

int store_load(const struct store *s, const char *id, unsigned flags, struct container *ret,
	struct err *e)
{
	int r;

	container_init(ret);
	if (state_check_id(id, e) < 0 || (s->fd < 0 && !s->peek))
		return err_set(e, ENOENT, "container \"%s\" does not exist", id);
	set_id(ret, s, id);
	if (open_container(s, id, flags, ret) < 0) {
		if (errno == ENOENT)
			return err_set(e, ENOENT, "container \"%s\" does not exist", id);
		return err_sys(e, errno, "open \"%s/%s\"", s->path, id);
	}
	r = load_state(s, id, ret, e);
	if (r == 0)
		return 0;
	if (is_gone(ret->dir_fd)) /* deleted while we looked */
		return err_set(e, ENOENT, "container \"%s\" does not exist", id);
	set_id(ret, s, id); /* whatever a broken document said does not count */
	if (r == -2)
		return err_in(e, "container \"%s\"", id);
	if (flags & STORE_BROKEN) {
		r = take_undo(ret, e);
		return r < 0 ? err_in(e, "container \"%s\"", id) : 1;
	}
	return err_in(e, "container \"%s\" is broken", id);
}

static int locked(struct container *c, int r, struct err *e)
{
	if (r < 0)
		return err_sys(e, errno, "lock container \"%s\"", c->state.id);
	if (r == 0)
		return 2;
	c->locked = !is_gone(c->dir_fd);
	return c->locked ? 0 : 1;
}

int container_lock(struct container *c, struct err *e)
{
	return locked(c, lock_dir(c->dir_fd, 0), e);
}

int container_try_lock(struct container *c, struct err *e)
{
	return locked(c, lock_dir(c->dir_fd, LOCK_NB), e);
}

void container_unlock(struct container *c)
{
	c->locked = flock(c->dir_fd, LOCK_UN) < 0 && c->locked;
}

int store_explain(struct err *e)
{
	return e->code == EFBIG
		? err_more(e,
			  "the limit on the size of files that the caller has (ulimit -f) is too low")
		: -1;
}

int container_save(struct container *c, struct err *e)
{
	auto_str struct str text = { 0 };

	state_text(&c->state, &text);
	if (fd_replace_at(c->dir_fd, STORE_STATE, text.data, text.len, 0600) == 0)
		return 0;
	(void)err_sys(e, errno, "write %s of container \"%s\"", STORE_STATE, c->state.id);
	return store_explain(e);
}

int container_note(struct container *c, struct err *e)
{
	auto_str struct str text = { 0 };
	ssize_t n;

	if (c->undo_fd < 0)
		c->undo_fd = openat(c->dir_fd, STORE_UNDO,
			O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	undo_text(&c->state, &text);
	/* In place, at once: it is short enough not to be interrupted, and a text cut by a crash of
	 * the machine has a wrong sum. */
	do
		n = c->undo_fd < 0 ? -1 : pwrite(c->undo_fd, text.data, text.len, 0);
	while (n < 0 && errno == EINTR);
	if (n >= 0 && (size_t)n == text.len)
		return 0;
	if (n >= 0)
		errno = ENOSPC;
	(void)err_sys(e, errno, "write %s of container \"%s\"", STORE_UNDO, c->state.id);
	return store_explain(e);
}

void container_confirm(struct container *c)
{
	struct state undo;
	struct err e;

	err_init(&e);
	if (read_undo(c, &undo, &e) <= 0)
		return;
	/* until the process is on record undo is ahead */
	if (c->state.pid != 0 && !undo_same(&c->state, &undo))
		log_warning(
			"container \"%s\": %s and %s in its state directory do not say the same; what %s says is undone",
			c->state.id, STORE_STATE, STORE_UNDO, STORE_UNDO);
	undo_take(&c->state, &undo);
}

int container_is_bare(const struct container *c, struct err *e)
{
	if (faccessat(c->dir_fd, STORE_CONFIG, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (errno != ENOENT)
		return err_sys(e, errno, "look for \"%s\" of container \"%s\"", STORE_CONFIG,
			c->state.id);
	return 1;
}

static int remove_in(int dir, int depth);

/* remove one entry; a directory with what is in it */
static int remove_entry(int dir, const char *name, int depth)
{
	auto_close int sub = -1;

	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	sub = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (sub < 0 || remove_in(sub, depth - 1) < 0)
		return -1;
	return unlinkat(dir, name, AT_REMOVEDIR);
}

static bool is_dots(const char *name)
{
	return str_eq(name, ".") || str_eq(name, "..");
}

/* a directory stream over a descriptor of its own, from the start */
static DIR *open_stream(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d && fd >= 0)
		def_close(&fd);
	return d;
}

static int remove_in(int dir, int depth)
{
	DIR *d = depth > 0 ? open_stream(dir) : NULL;
	const struct dirent *entry;
	int r = 0;

	if (!d) {
		errno = depth > 0 ? errno : ELOOP;
		return -1;
	}
	while (r == 0 && (entry = readdir(d)))
		if (!is_dots(entry->d_name))
			r = remove_entry(dir, entry->d_name, depth);
	if (closedir(d) < 0)
		return -1;
	return r;
}

int container_remove(struct container *c, struct err *e)
{
	/* nearly always all there is, without listing it; what a second try needs last
	 * (container_is_bare) */
	static const char *const files[] = { STORE_SOCKET, STORE_CONFIG, STORE_STATE, STORE_UNDO };

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		(void)unlinkat(c->dir_fd, files[i], 0);
	if (unlinkat(c->store_fd, c->state.id, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if ((errno == ENOTEMPTY || errno == EEXIST) && remove_in(c->dir_fd, REMOVE_DEPTH) == 0 &&
		(unlinkat(c->store_fd, c->state.id, AT_REMOVEDIR) == 0 || errno == ENOENT))
		return 0;
	return err_sys(e, errno, "remove the state directory of container \"%s\"", c->state.id);
}

static bool is_directory(int dir, const struct dirent64 *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct ids {
	struct arena *arena;
	const char **list;
	size_t n, cap;
};

static void add_id(struct ids *ids, const char *id)
{
	if (ids->n == ids->cap) {
		size_t cap = ids->cap ? 2 * ids->cap : 32;
		const char **more = arena_array(ids->arena, cap + 1, sizeof(*more));

		memcpy(more, ids->list, ids->n * sizeof(*more));
		ids->list = more;
		ids->cap = cap;
	}
	ids->list[ids->n++] = arena_str(ids->arena, id);
}

/* Not through a DIR, which needs a descriptor of its own and five system calls for it: this is a
 * large part of `list`. 0, or -1 with errno */
static int read_ids(int fd, struct ids *ids)
{
	alignas(struct dirent64) char entries[ENTRIES_BYTES];
	struct err ignored;
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return -1;
	while ((n = getdents64(fd, entries, sizeof(entries))) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *entry = (const void *)(entries + at);

			at += entry->d_reclen;
			if (is_directory(fd, entry) && state_check_id(entry->d_name, &ignored) == 0)
				add_id(ids, entry->d_name);
		}
	}
	return n < 0 ? -1 : 0;
}

int store_ids(struct arena *a, const struct store *s, const char ***ret, struct err *e)
{
	struct ids ids = { .arena = a, .list = arena_array(a, 1, sizeof(*ids.list)) };

	if (s->fd >= 0 && read_ids(s->fd, &ids) < 0)
		return err_sys(e, errno, "list state root \"%s\"", s->path);
	qsort(ids.list, ids.n, sizeof(*ids.list), compare);
	*ret = ids.list;
	return 0;
}
