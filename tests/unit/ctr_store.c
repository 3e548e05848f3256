/* SPDX-License-Identifier: Apache-2.0 */
/* the state directory, in a temporary one; no root needed */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "ctr/list.h"
#include "ctr/status.h"
#include "ctr/store.h"
#include "test.h"

/* a root that exists, opened; the path is in the arena */
static void open_root(struct arena *a, struct store *s)
{
	struct err e;
	const char *path = arena_fmt(a, "%s/root", test_dir());

	if (!CHECK_INT(store_open(a, path, STORE_MAKE, s, &e), 0))
		printf("# %s\n", err_text(&e));
}

static void write_file(const char *path, const char *text)
{
	auto_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK_TRUE(fd >= 0 && fd_write_all(fd, text, strlen(text)) == 0);
}

static void fill(struct state *s)
{
	s->bundle = "/b";
	s->rootfs = "/b/rootfs";
	s->created = "2026-01-02T03:04:05.000000006Z";
	s->pid = 0;
}

/* make container id with a whole state and let go of it */
static void make(const struct store *s, const char *id)
{
	auto_container struct container c;
	struct err e;

	container_init(&c);
	if (!CHECK_INT(store_claim(s, id, &c, &e), 0)) {
		printf("# %s\n", err_text(&e));
		return;
	}
	fill(&c.state);
	CHECK_INT(container_save(&c, &e), 0);
}

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

TEST(store_open_makes_the_root_and_its_parents)
{
	auto_arena struct arena a = { 0 };
	auto_store struct store s = { .fd = -1 }, again = { .fd = -1 };
	const char *path = arena_fmt(&a, "%s/p/q/./root/", test_dir());
	struct stat st;
	struct err e;

	CHECK_INT(store_open(&a, path, 0, &s, &e), 0);
	CHECK_INT(s.fd, -1);
	CHECK_INT(store_open(&a, path, STORE_MAKE, &s, &e), 0);
	CHECK_TRUE(s.fd >= 0);
	CHECK_STR(s.path, arena_fmt(&a, "%s/p/q/root", test_dir()));
	CHECK_INT(stat(s.path, &st), 0);
	CHECK_INT(st.st_mode & 07777, 0700);
	CHECK_INT(store_open(&a, path, 0, &again, &e), 0);
	CHECK_TRUE(again.fd >= 0);
}

TEST(store_open_makes_a_sticky_root)
{
	auto_arena struct arena a = { 0 };
	auto_store struct store s = { .fd = -1 };
	struct stat st;
	struct err e;

	CHECK_INT(store_open(&a, arena_fmt(&a, "%s/root", test_dir()), STORE_MAKE | STORE_STICKY,
			  &s, &e),
		0);
	CHECK_INT(fstat(s.fd, &st), 0);
	CHECK_INT(st.st_mode & 07777, 01700);
}

TEST(store_open_refuses_what_others_may_write_to)
{
	static const struct {
		mode_t mode;
		bool good;
	} rows[] = { { 0700, true }, { 0711, true }, { 0755, true }, { 0770, false },
		{ 0702, false }, { 01777, false } };
	auto_arena struct arena a = { 0 };
	const char *path = arena_fmt(&a, "%s/root", test_dir());

	CHECK_INT(mkdir(path, 0700), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_store struct store s = { .fd = -1 };
		struct err e;
		int r;

		test_row("mode %o", rows[i].mode);
		CHECK_INT(chmod(path, rows[i].mode), 0);
		r = store_open(&a, path, STORE_MAKE, &s, &e);
		CHECK_INT(r, rows[i].good ? 0 : -1);
		if (r < 0)
			CHECK_STR(err_text(&e),
				arena_fmt(&a,
					"state root \"%s\" must be writable by its owner only, not mode %04o: chmod go-w \"%s\"",
					path, rows[i].mode, path));
	}
}

TEST(store_open_refuses_the_root_of_the_file_system)
{
	static const char *const rows[] = { "/", "//", "/.", "/../" };
	auto_arena struct arena a = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_store struct store s = { .fd = -1 };
		struct err e;

		test_row("%s", rows[i]);
		CHECK_INT(store_open(&a, rows[i], 0, &s, &e), -1);
		CHECK_STR(err_text(&e),
			arena_fmt(&a,
				"state root \"%s\" is refused: must be a directory of its own",
				rows[i]));
	}
}

TEST(store_open_refuses_a_file)
{
	auto_arena struct arena a = { 0 };
	auto_store struct store s = { .fd = -1 };
	const char *path = arena_fmt(&a, "%s/root", test_dir());
	struct err e;

	write_file(path, "");
	CHECK_INT(store_open(&a, path, STORE_MAKE, &s, &e), -1);
	CHECK_STR(err_text(&e), arena_fmt(&a, "open state root \"%s\": not a directory", path));
}

TEST(store_claim_is_exclusive)
{
	auto_arena struct arena a = { 0 };
	auto_store struct store s = { .fd = -1 };
	auto_container struct container c, second;
	struct stat st;
	struct err e;

	container_init(&c);
	container_init(&second);
	open_root(&a, &s);
	CHECK_INT(store_claim(&s, "web", &c, &e), 0);
	CHECK_STR(c.state.id, "web");
	CHECK_TRUE(c.locked);
	CHECK_INT(fstat(c.dir_fd, &st), 0);
	CHECK_INT(st.st_mode & 07777, 0700);
	CHECK_INT(store_claim(&s, "web", &second, &e), -1);
	CHECK_STR(err_text(&e), "container with id exists: \"web\"");
	CHECK_INT(store_claim(&s, "../up", &second, &e), -1);
	CHECK_INT(store_claim(&s, "", &second, &e), -1);
	/* somebody who looks meanwhile sees the lock */
	CHECK_INT(store_load(&s, "web", STORE_TRY_LOCK | STORE_BROKEN, &second, &e), 1);
	CHECK_FALSE(second.locked);
}

TEST(store_load_reads_what_was_saved)
{
	auto_arena struct arena a = { 0 };
	auto_store struct store s = { .fd = -1 };
	auto_container struct container c;
	enum ctr_status status;
	struct stat st;
	struct err e;

	container_init(&c);
	open_root(&a, &s);
	make(&s, "web");
	CHECK_INT(store_load(&s, "web", STORE_LOCK, &c, &e), 0);
	CHECK_TRUE(c.locked);
	CHECK_STR(c.state.id, "web");
	CHECK_STR(c.state.bundle, "/b");
	CHECK_STR(c.state.created, "2026-01-02T03:04:05.000000006Z");
	CHECK_INT(fstatat(c.dir_fd, STORE_STATE, &st, AT_SYMLINK_NOFOLLOW), 0);
	CHECK_INT(st.st_mode & 07777, 0600);
	CHECK_INT(ctr_status(&c, &status, NULL, &e), 0);
	CHECK_STR(ctr_status_name(status), "creating");
}

TEST(store_load_of_a_large_state)
{
	auto_arena struct arena a = { 0 };
	auto_store struct store s = { .fd = -1 };
	auto_container struct container c;
	struct config_annotation note = { .key = "k" };
	struct err e;

	open_root(&a, &s);
	for (size_t n = 7900; n < 8300; n++) {
		char *value = arena_alloc(&a, n + 1);

		test_row("%zu", n);
		memset(value, 'x', n);
		note.value = value;
		CHECK_INT(store_claim(&s, "web", &c, &e), 0);
		fill(&c.state);
		c.state.annotations = &note;
		c.state.n_annotations = 1;
		CHECK_INT(container_save(&c, &e), 0);
		container_done(&c);
		CHECK_INT(store_load(&s, "web", 0, &c, &e), 0);
		CHECK_INT(strlen(c.state.annotations[0].value), n);
		CHECK_INT(container_remove(&c, &e), 0);
		container_done(&c);
	}
	container_init(&c);
}

TEST(store_load_of_an_unknown_id)
{
	static const char *const rows[] = { "nosuch", "", ".", "..", "a/b", "-x" };
	static const unsigned flags[] = { 0, STORE_LOCK, STORE_BROKEN | STORE_TRY_LOCK };
	auto_arena struct arena a = { 0 };
	auto_store struct store s = { .fd = -1 }, missing = { .fd = -1 }, peek = { .fd = -1 };
	const struct store *const stores[] = { &s, &missing, &peek };
	struct err e;

	open_root(&a, &s);
	CHECK_INT(store_open(&a, arena_fmt(&a, "%s/none", test_dir()), 0, &missing, &e), 0);
	CHECK_INT(store_open(&a, s.path, STORE_PEEK, &peek, &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows) * ARRAY_LEN(flags) * ARRAY_LEN(stores); i++) {
		const char *id = rows[i % ARRAY_LEN(rows)];
		unsigned how = flags[i / ARRAY_LEN(rows) % ARRAY_LEN(flags)];
		auto_container struct container c;

		container_init(&c);
		test_row("%s, flags %u, %zu", id, how, i);
		CHECK_INT(store_load(stores[i / ARRAY_LEN(rows) / ARRAY_LEN(flags)], id, how, &c,
				  &e),
			-1);
		CHECK_INT(e.code, ENOENT);
		CHECK_STR(err_text(&e), arena_fmt(&a, "container \"%s\" does not exist", id));
	}
}

/* contents of state.json that must not be believed */
TEST(store_load_of_a_broken_state)
{
	static const char whole[] =
		"{\"crunLite\":1,\"id\":\"web\",\"pid\":0,\"startTime\":0,\"pidInode\":0,\"bundle\":\"/b\","
		"\"rootfs\":\"/b/r\",\"created\":\"2026-01-02T03:04:05Z\",\"owner\":0,\"cgroupMade\":false,\"socket\":false}";
	static const struct {
		const char *text, *reason;
	} rows[] = {
		{ "", "" },
		{ "{", "" },
		{ "{\"crunLite\":2,\"id\":\"web\"}",
			"state.json has format 2, this crun-lite reads 1" },
		{ "{\"ociVersion\":\"1.0.2\",\"id\":\"web\",\"init_process_pid\":1}", "crunLite" },
		{ "{\"crunLite\":1,\"id\":\"web\"}", "pid" },
		{ "[]", "" },
	};
	auto_arena struct arena a = { 0 };
	auto_store struct store s = { .fd = -1 };
	const char *path;
	struct err e;

	open_root(&a, &s);
	make(&s, "web");
	path = arena_fmt(&a, "%s/web/%s", s.path, STORE_STATE);
	for (size_t i = 0; i <= ARRAY_LEN(rows) + sizeof(whole) - 1; i++) {
		auto_container struct container c;
		size_t cut = i - ARRAY_LEN(rows);
		bool good = i >= ARRAY_LEN(rows) && cut == sizeof(whole) - 1;
		int r;

		test_row("%zu", i);
		container_init(&c);
		/* the table, then the good document cut at every length */
		write_file(path, i < ARRAY_LEN(rows) ? rows[i].text : arena_dup(&a, whole, cut));
		r = store_load(&s, "web", 0, &c, &e);
		CHECK_INT(r, good ? 0 : -1);
		if (r == 0)
			continue;
		CHECK_TRUE(str_after(err_text(&e), "container \"web\" is broken: ") != NULL);
		CHECK_TRUE(strstr(err_text(&e), path) != NULL);
		if (i < ARRAY_LEN(rows))
			CHECK_TRUE(strstr(err_text(&e), rows[i].reason) != NULL);
		container_done(&c);
		CHECK_INT(store_load(&s, "web", STORE_BROKEN | STORE_LOCK, &c, &e), 1);
		CHECK_STR(c.state.id, "web");
		CHECK_TRUE(c.state.bundle == NULL && c.state.pid == 0 && c.state.cgroup == NULL);
	}
}

/* as create leaves it behind: both files */
static void make_noted(const struct store *s, const char *id)
{
	auto_container struct container c;
	struct err e;

	container_init(&c);
	CHECK_INT(store_claim(s, id, &c, &e), 0);
	fill(&c.state);
	c.state.cgroup_mount = "/sys/fs/cgroup";
	c.state.cgroup = "/a/long/path/that/is/not/there";
	c.state.cgroup_has_id = true;
	CHECK_INT(container_note(&c, &e), 0);
	/* and once more, shorter: what is left behind the sum does not count */
	c.state.cgroup = "/a/b";
	c.state.cgroup_id = 5512;
	c.state.cgroup_made = true;
	c.state.pid = 4711;
	c.state.start_time = 11;
	c.state.pid_inode = 12;
	CHECK_INT(container_note(&c, &e), 0);
	CHECK_INT(container_save(&c, &e), 0);
}

TEST(store_load_of_a_broken_state_has_the_undo_core)
{
	static const char *const texts[] = { "", "{", "{\"crunLite\":2,\"pid\":\"7\"}", NULL };
	auto_arena struct arena a = { 0 };
	auto_store struct store s = { .fd = -1 };
	const char *path;
	struct err e;

	open_root(&a, &s);
	make_noted(&s, "web");
	path = arena_fmt(&a, "%s/web/%s", s.path, STORE_STATE);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		auto_container struct container c;

		test_row("%zu", i);
		container_init(&c);
		if (texts[i])
			write_file(path, texts[i]);
		else
			CHECK_INT(unlink(path), 0);
		CHECK_INT(store_load(&s, "web", STORE_BROKEN, &c, &e), 1);
		CHECK_TRUE(c.has_undo);
		CHECK_STR(c.state.id, "web");
		CHECK_INT(c.state.pid, 4711);
		CHECK_INT(c.state.start_time, 11);
		CHECK_INT(c.state.pid_inode, 12);
		CHECK_STR(c.state.cgroup, "/a/b");
		CHECK_STR(c.state.cgroup_mount, "/sys/fs/cgroup");
		CHECK_INT(c.state.cgroup_id, 5512);
		CHECK_TRUE(c.state.cgroup_has_id && c.state.cgroup_made);
		CHECK_TRUE(c.state.bundle == NULL);
	}
	/* that of another container says nothing */
	CHECK_INT(renameat(s.fd, "web", s.fd, "copy"), 0);
	{
		auto_container struct container c;

		container_init(&c);
		CHECK_INT(store_load(&s, "copy", STORE_BROKEN, &c, &e), 1);
		CHECK_FALSE(c.has_undo);
		CHECK_INT(c.state.pid, 0);
	}
}

TEST(container_confirm_believes_the_undo_core)
{
	auto_arena struct arena a = { 0 };
	auto_store struct store s = { .fd = -1 };
	auto_container struct container c;
	struct err e;

	container_init(&c);
	open_root(&a, &s);
	make_noted(&s, "web");
	CHECK_INT(store_load(&s, "web", STORE_LOCK, &c, &e), 0);
	c.state.pid = 4712;
	c.state.cgroup = "/c";
	CHECK_INT(container_save(&c, &e), 0);
	container_done(&c);
	CHECK_INT(store_load(&s, "web", STORE_LOCK, &c, &e), 0);
	CHECK_INT(c.state.pid, 4712);
	container_confirm(&c);
	CHECK_INT(c.state.pid, 4711);
	CHECK_STR(c.state.cgroup, "/a/b");
	CHECK_STR(c.state.bundle, "/b");
	/* a damaged one says nothing */
	write_file(arena_fmt(&a, "%s/web/%s", s.path, STORE_UNDO), "crun-lite undo\n");
	c.state.pid = 4713;
	container_confirm(&c);
	CHECK_INT(c.state.pid, 4713);
}

TEST(container_is_bare_before_and_after_all_else)
{
	auto_arena struct arena a = { 0 };
	auto_store struct store s = { .fd = -1 };
	auto_container struct container c;
	struct err e;

	container_init(&c);
	open_root(&a, &s);
	CHECK_INT(store_claim(&s, "web", &c, &e), 0);
	CHECK_INT(container_is_bare(&c, &e), 1);
	CHECK_INT(container_note(&c, &e), 0);
	CHECK_INT(container_is_bare(&c, &e), 1);
	write_file(arena_fmt(&a, "%s/web/%s", s.path, STORE_CONFIG), "{}");
	CHECK_INT(container_is_bare(&c, &e), 0);
}

TEST(store_load_refuses_the_state_of_another_container)
{
	auto_arena struct arena a = { 0 };
	auto_store struct store s = { .fd = -1 };
	auto_container struct container c;
	struct err e;

	container_init(&c);
	open_root(&a, &s);
	make(&s, "web");
	CHECK_INT(renameat(s.fd, "web", s.fd, "copy"), 0);
	CHECK_INT(store_load(&s, "copy", 0, &c, &e), -1);
	CHECK_STR(err_text(&e),
		arena_fmt(&a,
			"container \"copy\" is broken: \"%s/copy/state.json\" is the state of container \"web\"",
			s.path));
}

TEST(store_follows_no_symlink)
{
	auto_arena struct arena a = { 0 };
	auto_store struct store s = { .fd = -1 };
	auto_container struct container c;
	struct err e;
	const char *outside = arena_fmt(&a, "%s/outside", test_dir());

	container_init(&c);
	open_root(&a, &s);
	make(&s, "web");
	/* the container's directory */
	CHECK_INT(symlinkat("web", s.fd, "link"), 0);
	CHECK_INT(store_load(&s, "link", 0, &c, &e), -1);
	CHECK_STR(err_text(&e), arena_fmt(&a, "open \"%s/link\": not a directory", s.path));
	container_done(&c);
	CHECK_INT(store_claim(&s, "link", &c, &e), -1);
	/* its state */
	CHECK_INT(mkdir(outside, 0700), 0);
	CHECK_INT(rename(arena_fmt(&a, "%s/web/state.json", s.path),
			  arena_fmt(&a, "%s/state.json", outside)),
		0);
	CHECK_INT(symlink(arena_fmt(&a, "%s/state.json", outside),
			  arena_fmt(&a, "%s/web/state.json", s.path)),
		0);
	CHECK_INT(store_load(&s, "web", 0, &c, &e), -1);
	container_done(&c);
	/* and what is removed */
	CHECK_INT(symlink(outside, arena_fmt(&a, "%s/web/dir", s.path)), 0);
	CHECK_INT(store_load(&s, "web", STORE_BROKEN | STORE_LOCK, &c, &e), 1);
	CHECK_INT(container_remove(&c, &e), 0);
	CHECK_FALSE(exists(arena_fmt(&a, "%s/web", s.path)));
	CHECK_TRUE(exists(arena_fmt(&a, "%s/state.json", outside)));
}

TEST(store_load_does_not_hang_on_a_fifo)
{
	auto_arena struct arena a = { 0 };
	auto_store struct store s = { .fd = -1 };
	auto_container struct container c;
	struct err e;

	container_init(&c);
	open_root(&a, &s);
	CHECK_INT(mkdirat(s.fd, "web", 0700), 0);
	CHECK_INT(mkfifoat(s.fd, "web/state.json", 0600), 0);
	CHECK_INT(store_load(&s, "web", 0, &c, &e), -1);
}

TEST(container_remove_takes_everything)
{
	auto_arena struct arena a = { 0 };
	auto_store struct store s = { .fd = -1 };
	auto_container struct container c;
	struct err e;

	container_init(&c);
	open_root(&a, &s);
	make(&s, "web");
	CHECK_INT(mkdirat(s.fd, "web/sub", 0700), 0);
	CHECK_INT(mkdirat(s.fd, "web/sub/sub", 0700), 0);
	write_file(arena_fmt(&a, "%s/web/sub/file", s.path), "x");
	write_file(arena_fmt(&a, "%s/web/.state.json.tmp-1", s.path), "x");
	CHECK_INT(store_load(&s, "web", STORE_LOCK, &c, &e), 0);
	CHECK_INT(container_remove(&c, &e), 0);
	CHECK_FALSE(exists(arena_fmt(&a, "%s/web", s.path)));
	make(&s, "web"); /* the id is free while the old lock is still held */
}

/* who waited for the lock of a container that is gone by then must not work on a directory without
 * a name */
TEST(store_load_locks_the_container_that_has_the_id_now)
{
	auto_arena struct arena a = { 0 };
	auto_store struct store s = { .fd = -1 };
	auto_container struct container old, c;
	struct stat st;
	struct err e;

	container_init(&old);
	container_init(&c);
	open_root(&a, &s);
	make(&s, "web");
	CHECK_INT(store_load(&s, "web", STORE_LOCK, &old, &e), 0);
	CHECK_INT(container_remove(&old, &e), 0);
	make(&s, "web");
	CHECK_INT(store_load(&s, "web", STORE_LOCK, &c, &e), 0);
	CHECK_INT(fstat(c.dir_fd, &st), 0);
	CHECK_TRUE(st.st_nlink > 0);
}

TEST(store_ids_are_sorted_directories)
{
	auto_arena struct arena a = { 0 };
	auto_store struct store s = { .fd = -1 };
	const char **ids;
	struct err e;
	size_t n = 0;

	open_root(&a, &s);
	CHECK_INT(store_ids(&a, &s, &ids, &e), 0);
	CHECK_TRUE(ids[0] == NULL);
	for (int i = 99; i >= 0; i--)
		CHECK_INT(mkdirat(s.fd, arena_fmt(&a, "c%02d", i), 0700), 0);
	CHECK_INT(mkdirat(s.fd, "c99.", 0700), 0);
	CHECK_INT(mkdirat(s.fd, "a b", 0700), 0);
	CHECK_INT(symlinkat("c00", s.fd, "link"), 0);
	write_file(arena_fmt(&a, "%s/file", s.path), "");
	CHECK_INT(store_ids(&a, &s, &ids, &e), 0);
	for (; ids[n]; n++)
		CHECK_STR(ids[n], n < 100 ? arena_fmt(&a, "c%02zu", n) : "c99.");
	CHECK_INT(n, 101);
}

TEST(list_load_says_who_is_at_work_and_what_is_broken)
{
	auto_arena struct arena a = { 0 };
	auto_store struct store s = { .fd = -1 };
	auto_container struct container maker, c;
	const char *status;
	struct err e;
	pid_t pid;

	container_init(&maker);
	container_init(&c);
	open_root(&a, &s);
	CHECK_INT(store_claim(&s, "web", &maker, &e), 0);
	CHECK_INT(list_load(&s, "web", &c, &status, &pid, NULL), LIST_LOADED);
	CHECK_STR(status, "creating");
	CHECK_STR(c.state.id, "web");
	CHECK_STR(c.state.bundle, "");
	CHECK_INT(pid, 0);
	container_done(&c);
	container_done(&maker);
	CHECK_INT(list_load(&s, "nosuch", &c, &status, &pid, NULL), LIST_GONE);
}

TEST(list_owner_reads_passwd)
{
	auto_arena struct arena a = { 0 };
	auto_str struct str passwd = { 0 };

	str_add(&passwd, "short\nroot:x:0:0::/:/bin/sh\nweb:x:1000:1000:a:b:c\n:x:7:7:::\n8:x");
	CHECK_STR(list_owner(&a, &passwd, 0), "root");
	CHECK_STR(list_owner(&a, &passwd, 1000), "web");
	CHECK_STR(list_owner(&a, &passwd, 1001), "#1001");
	CHECK_STR(list_owner(&a, &passwd, 7), "#7");
	CHECK_STR(list_owner(&a, &passwd, 8), "#8");
}
