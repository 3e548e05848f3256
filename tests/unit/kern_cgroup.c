/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/cgroup.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/limits.h"
#include "kern/cgroup_priv.h"
#include "test.h"

/* Everything of a test is below base, a cgroup of this process alone. */
static struct {
	struct arena arena;
	const char *mount, *base;
} t;

static const char *in_base(const char *path)
{
	return arena_fmt(&t.arena, "%s%s", t.base, path);
}

static const char *on_host(const char *path)
{
	return arena_fmt(&t.arena, "%s%s%s", t.mount, t.base, path);
}

static bool is_there(const char *path)
{
	return access(on_host(path), F_OK) == 0;
}

static bool setup(void)
{
	struct err e;

	t.base = arena_fmt(&t.arena, "/crun-lite-unit-%d", getpid());
	if (cg_find_mount(&t.arena, &t.mount, &e) < 0 || geteuid() != 0 ||
		access(t.mount, W_OK) < 0 || mkdir(on_host(""), 0755) < 0) {
		test_skip("host: not root, or no cgroup2 mount that can be written to");
		return false;
	}
	return true;
}

static void teardown(void)
{
	struct err e;

	err_init(&e);
	CHECK_INT(cg_remove(t.mount, t.base, 0, TEST_WAIT_MS, &e), 0);
	CHECK_STR(err_text(&e), "");
	CHECK_FALSE(is_there(""));
	arena_done(&t.arena);
}

/* make path in base; its descriptor */
static int make(const char *path)
{
	unsigned made = 0;
	struct err e;
	int fd = -1;

	err_init(&e);
	CHECK_INT(cg_make(&t.arena, t.mount, in_base(path), NULL, &made, &fd, &e), 0);
	CHECK_STR(err_text(&e), "");
	CHECK_TRUE(made);
	return fd;
}

/* the text of the error of making path */
static const char *make_error(const char *path, const char *const *controllers)
{
	unsigned made = 0;
	struct err e;
	int fd = -1;

	CHECK_INT(cg_make(&t.arena, t.mount, path, controllers, &made, &fd, &e), -1);
	CHECK_INT(fd, -1);
	return arena_str(&t.arena, err_text(&e));
}

/* a process that waits for ever in the cgroup behind fd */
static pid_t live_in(int fd)
{
	pid_t pid = fork();
	struct err e;

	if (pid == 0) {
		for (;;)
			(void)pause();
	}
	err_init(&e);
	CHECK_INT(cg_write(fd, "x", "cgroup.procs", arena_fmt(&t.arena, "%d", pid), &e), 0);
	CHECK_STR(err_text(&e), "");
	return pid;
}

/* was it killed? */
static bool reap_killed(pid_t pid)
{
	int status = 0;

	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
		WTERMSIG(status) == SIGKILL;
}

TEST(cg_paths_that_are_not_clean_are_refused)
{
	static const char *const bad[] = { "", "a", "/a/", "//", "//a", "/a//b", "/.", "/..",
		"/a/..", "/a/../b", "/./a", "/a/." };
	static const char *const good[] = { "/a", "/a/b", "/...", "/.a", "/a..", "/a./b", "/" };

	for (unsigned i = 0; i < ARRAY_LEN(bad); i++) {
		test_row("%s", bad[i]);
		CHECK_STR(cg_relative(bad[i]), NULL);
		CHECK_INT(cg_open("/", bad[i]), -1);
		CHECK_INT(errno, EINVAL);
	}
	for (unsigned i = 0; i < ARRAY_LEN(good); i++) {
		test_row("%s", good[i]);
		CHECK_STR(cg_relative(good[i]), good[i] + 1);
	}
}

TEST(cg_open_wants_a_cgroup2_mount)
{
	unsigned made;
	struct err e;
	int fd;

	CHECK_INT(cg_open("/proc", "/self"), -1);
	CHECK_INT(errno, EXDEV);
	CHECK_INT(cg_make(&t.arena, "/proc", "/x", NULL, &made, &fd, &e), -1);
	CHECK_STR(err_text(&e), "open the cgroup2 mount \"/proc\": invalid cross-device link");
	CHECK_INT(cg_make(&t.arena, "/proc", "/a/../b", NULL, &made, &fd, &e), -1);
	CHECK_STR(err_text(&e),
		"cgroup path \"/a/../b\" must be absolute, below \"/\" and without \".\", \"..\" or \"//\"");
	CHECK_INT(cg_remove("/proc", "/", 0, 0, &e), -1);
	CHECK_STR(err_text(&e),
		"cgroup path \"/\" must be absolute, below \"/\" and without \".\", \"..\" or \"//\"");
	CHECK_INT(cg_remove("/nonexistent", "/x", 0, 0, &e), 0);
	arena_done(&t.arena);
}

TEST(cg_scan_mounts_takes_the_first_cgroup2)
{
	static const char with[] =
		"22 1 0:20 / / rw,relatime - ext4 /dev/vda rw\n"
		"23 22 0:21 / /mnt/cgroup rw - cgroup none rw,cpu\n"
		"24 22 0:22 / /mnt/my\\040groups rw,nosuid shared:9 - cgroup2 cgroup2 rw\n"
		"25 22 0:23 / /mnt/other rw - cgroup2 cgroup2 rw\n";
	auto_close int dir = open(test_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *file = arena_fmt(&t.arena, "%s/mountinfo", test_dir());
	const char *found = NULL;
	struct err e;

	CHECK_INT(fd_replace_at(dir, "mountinfo", with, sizeof(with) - 1, 0600), 0);
	err_init(&e);
	if (cg_scan_mounts(&t.arena, file, &found, &e) < 0 && e.code == ENOENT && !found) {
		test_skip("host: no cgroup2 file system is mounted");
		arena_done(&t.arena);
		return;
	}
	CHECK_STR(found, "/mnt/my groups");
	CHECK_INT(fd_replace_at(dir, "mountinfo", with, 45, 0600), 0);
	CHECK_INT(cg_scan_mounts(&t.arena, file, &found, &e), -1);
	CHECK_STR(err_text(&e),
		arena_fmt(&t.arena,
			"no cgroup2 file system is mounted (\"%s\")\nmount it with: mount -t cgroup2 cgroup2 "
			"/sys/fs/cgroup/unified, or boot with systemd.unified_cgroup_hierarchy=1",
			file));
	arena_done(&t.arena);
}

TEST(cg_self_is_an_absolute_path)
{
	const char *path = NULL;
	struct err e;

	if (cg_self(&t.arena, &path, &e) < 0)
		test_skip("host: no cgroup v2");
	else
		CHECK_INT(path[0], '/');
	arena_done(&t.arena);
}

TEST(cg_make_uses_an_empty_cgroup_and_keeps_parents)
{
	auto_close int fd = -1;
	int again = -1;
	unsigned made = 7;
	struct err e;

	if (!setup())
		return;
	fd = make("/a/b/c");
	CHECK_TRUE(is_there("/a/b/c"));
	CHECK_INT(cg_make(&t.arena, t.mount, in_base("/a/b/c"), NULL, &made, &again, &e), 0);
	CHECK_FALSE(made);
	(void)close(again);
	CHECK_INT(cg_populated(fd), 0);
	CHECK_INT(cg_frozen(fd), 0);
	CHECK_INT(cg_remove(t.mount, in_base("/a/b/c"), 0, 0, &e), 0);
	CHECK_FALSE(is_there("/a/b/c"));
	CHECK_TRUE(is_there("/a/b"));
	CHECK_INT(cg_remove(t.mount, in_base("/a/b/c"), 0, 0, &e), 0);
	CHECK_INT(cg_remove(t.mount, in_base("/x/y/z"), 0, 0, &e), 0);
	CHECK_INT(cg_open(t.mount, in_base("/a/b/c")), -1);
	CHECK_INT(errno, ENOENT);
	CHECK_INT(cg_wait_empty(fd, -1), 1); /* removed under us */
	CHECK_INT(cg_kill(fd), -1);
	CHECK_INT(errno, ENOENT);
	teardown();
}

TEST(cg_make_refuses_a_cgroup_in_use)
{
	auto_close int fd = -1;
	pid_t pid;

	if (!setup())
		return;
	fd = make("/used/below");
	pid = live_in(fd);
	CHECK_STR(make_error(in_base("/used/below"), NULL),
		arena_fmt(&t.arena,
			"container's cgroup is not empty: \"%s\" exists and has processes in it (pid %d)",
			on_host("/used/below"), pid));
	CHECK_STR(make_error(in_base("/used"), NULL),
		arena_fmt(&t.arena,
			"container's cgroup is not empty: \"%s\" exists and has processes in it (pid %d)",
			on_host("/used"), pid));
	CHECK_INT(cg_kill(fd), 0);
	CHECK_TRUE(reap_killed(pid));
	CHECK_INT(cg_wait_empty(fd, TEST_WAIT_MS), 1);
	CHECK_INT(cg_freeze(fd, true, TEST_WAIT_MS, NULL), 1);
	CHECK_STR(make_error(in_base("/used/below"), NULL),
		arena_fmt(&t.arena,
			"container's cgroup unexpectedly frozen: \"%s\" exists and must be thawed",
			on_host("/used/below")));
	teardown();
}

TEST(cg_freezer_names_the_nearest_frozen_cgroup)
{
	auto_close int top = -1, below = -1, events = -1;

	if (!setup())
		return;
	top = make("/f");
	below = make("/f/a/b");
	events = cg_open_events(below);
	CHECK_INT(cg_frozen_events(events), 0);
	CHECK_TRUE(cg_freezer(&t.arena, t.mount, in_base("/f/a/b")) == NULL);
	CHECK_INT(cg_freeze(top, true, TEST_WAIT_MS, NULL), 1);
	CHECK_INT(cg_frozen_events(events), 1);
	CHECK_STR(cg_freezer(&t.arena, t.mount, in_base("/f/a/b")), in_base("/f"));
	CHECK_INT(cg_freeze(below, true, TEST_WAIT_MS, NULL), 1);
	CHECK_STR(cg_freezer(&t.arena, t.mount, in_base("/f/a/b")), in_base("/f/a/b"));
	teardown();
}

TEST(cg_wait_end_ends_with_the_process_or_the_last_of_the_cgroup)
{
	auto_close int fd = -1, pidfd = -1, self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	pid_t one, other;

	if (!setup())
		return;
	fd = make("/w");
	one = live_in(fd);
	other = live_in(fd);
	pidfd = (int)syscall(SYS_pidfd_open, one, 0);
	CHECK_INT(cg_wait_end(fd, pidfd, 0), 1);
	CHECK_INT(kill(one, SIGKILL), 0);
	CHECK_INT(cg_wait_end(fd, pidfd, TEST_WAIT_MS), 0);
	CHECK_INT(cg_populated(fd), 1);
	CHECK_INT(cg_wait_end(fd, self, 0), 1);
	CHECK_INT(kill(other, SIGKILL), 0);
	CHECK_INT(cg_wait_end(fd, self, TEST_WAIT_MS), 0);
	CHECK_INT(cg_populated(fd), 0);
	CHECK_TRUE(reap_killed(one) && reap_killed(other));
	teardown();
}

TEST(cg_probe_tells_what_cg_make_will_find)
{
	auto_close int fd = -1;
	bool exists = true;
	pid_t pid;
	struct err e;

	if (!setup())
		return;
	CHECK_INT(cg_probe(&t.arena, t.mount, in_base("/probe/d"), &exists, &e), 0);
	CHECK_FALSE(exists);
	fd = make("/probe/d");
	CHECK_INT(cg_probe(&t.arena, t.mount, in_base("/probe/d"), &exists, &e), 0);
	CHECK_TRUE(exists);
	pid = live_in(fd);
	CHECK_INT(cg_probe(&t.arena, t.mount, in_base("/probe/d"), &exists, &e), -1);
	CHECK_STR(err_text(&e),
		arena_fmt(&t.arena,
			"container's cgroup is not empty: \"%s\" exists and has processes in it (pid %d)",
			on_host("/probe/d"), pid));
	CHECK_INT(cg_kill(fd), 0);
	CHECK_TRUE(reap_killed(pid));
	teardown();
}

TEST(cg_delegate_gives_away_what_is_below_but_no_limits)
{
	static const char *const given[] = { ".", "cgroup.procs", "cgroup.subtree_control",
		"cgroup.threads" };
	auto_close int fd = -1;
	struct stat st;

	if (!setup())
		return;
	fd = make("/mine");
	CHECK_INT(cg_delegate(fd, 4242), 0);
	for (size_t i = 0; i < ARRAY_LEN(given); i++) {
		CHECK_INT(fstatat(fd, given[i], &st, 0), 0);
		CHECK_INT(st.st_uid, 4242);
	}
	CHECK_INT(fstatat(fd, "cgroup.max.depth", &st, 0), 0);
	CHECK_INT(st.st_uid, 0);
	teardown();
}

TEST(cg_make_names_what_the_kernel_refused)
{
	auto_close int fd = -1;
	struct err e;

	if (!setup())
		return;
	fd = make("/full");
	CHECK_INT(cg_write(fd, "x", "cgroup.max.descendants", "0", &e), 0);
	CHECK_STR(make_error(in_base("/full/more"), NULL),
		arena_fmt(&t.arena,
			"make cgroup \"%s\": resource temporarily unavailable\n"
			"cgroup.max.descendants or cgroup.max.depth of an ancestor is reached",
			on_host("/full/more")));
	CHECK_INT(cg_write(fd, "/x", "memory.nothing", "1", &e), -1);
	CHECK_STR(err_text(&e),
		"write \"1\" to \"memory.nothing\" of cgroup \"/x\": no such file or directory");
	CHECK_INT(cg_write(fd, "/x", "cgroup.max.depth", "zzz", &e), -1);
	CHECK_STR(err_text(&e),
		"write \"zzz\" to \"cgroup.max.depth\" of cgroup \"/x\": invalid argument");
	CHECK_INT(cg_write(fd, "/x", "../cgroup.max.depth", "max", &e), -1);
	CHECK_INT(e.code, EXDEV);
	teardown();
}

TEST(cg_make_names_a_controller_that_is_not_there)
{
	static const char *const wanted[] = { "nosuch", NULL };
	const char *error, *start;
	auto_str struct str has = { 0 };

	if (!setup())
		return;
	error = make_error(in_base("/p/q"), wanted);
	CHECK_INT(fd_read_at(AT_FDCWD, arena_fmt(&t.arena, "%s/cgroup.controllers", t.mount), 0,
			  LIMIT_KERNEL_FILE, &has),
		0);
	start = arena_fmt(&t.arena,
		"controller \"nosuch\" is not available in cgroup \"%s\" (cgroup.controllers has: %.*s); ",
		t.mount, (int)strcspn(str_text(&has), "\n"), has.len > 1 ? has.data : "none");
	CHECK_TRUE(str_after(error, start) != NULL);
	CHECK_TRUE(strstr(error, " or do without the limit") != NULL);
	CHECK_FALSE(is_there("/p")); /* undone with its parent */
	teardown();
}

/* The root hands all its controllers down until give_back, as cg_make lets it: tests/controllers.sh
 * says why they are lent. */
struct loan {
	const char *controller; /* the first one */
	pid_t pid;
	int hold;
};

/* start tests/controllers.sh, which holds the loan until the end of its standard input */
static bool start_lender(struct loan *loan)
{
	int in[2], out[2];
	char answer;

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		return false;
	loan->pid = fork();
	if (loan->pid == 0) {
		if (dup2(in[0], STDIN_FILENO) < 0 || dup2(out[1], STDOUT_FILENO) < 0)
			_exit(1);
		(void)execlp("bash", "bash", "tests/controllers.sh", "hold", "all", (char *)NULL);
		_exit(127);
	}
	(void)close(in[0]);
	(void)close(out[1]);
	loan->hold = in[1];
	/* it prints a line when the controller is on, and nothing when that fails */
	CHECK_INT(read(out[0], &answer, 1), 1);
	return close(out[0]) == 0;
}

static void give_back(struct loan *loan)
{
	int status = -1;

	(void)close(loan->hold);
	CHECK_INT(waitpid(loan->pid, &status, 0), loan->pid);
	CHECK_INT(status, 0);
}

/* borrow the first controller of the root, or skip the test and end it */
static bool borrow(struct loan *ret)
{
	auto_str struct str has = { 0 };
	auto_close int root = cg_open(t.mount, "/");

	CHECK_INT(cg_read(root, "cgroup.controllers", &has), 0);
	if (has.len <= 1) {
		test_skip("host: no controller is bound to cgroup v2");
		teardown();
		return false;
	}
	ret->controller = arena_dup(&t.arena, has.data, strcspn(has.data, " \n"));
	return CHECK_TRUE(start_lender(ret));
}

TEST(cg_make_hands_controllers_down)
{
	const char *wanted[] = { NULL, NULL };
	auto_str struct str has = { 0 }, all = { 0 };
	auto_close int fd = -1, root = -1;
	unsigned made = 0;
	struct loan loan;
	struct err e;

	if (!setup() || !borrow(&loan))
		return;
	wanted[0] = loan.controller;
	root = cg_open(t.mount, "/");
	err_init(&e);
	CHECK_INT(cg_make(&t.arena, t.mount, in_base("/p/q/r"), wanted, &made, &fd, &e), 0);
	CHECK_STR(err_text(&e), "");
	CHECK_INT(cg_read(fd, "cgroup.controllers", &has), 0);
	CHECK_TRUE(strstr(str_text(&has), wanted[0]) != NULL);
	CHECK_INT(cg_read(root, "cgroup.controllers", &all), 0);
	CHECK_STR(str_text(&has), str_text(&all));
	str_clear(&has);
	CHECK_INT(cg_read(fd, "cgroup.subtree_control", &has), 0);
	CHECK_STR(str_text(&has), ""); /* nothing in the leaf: it is to hold processes */
	teardown();
	give_back(&loan);
}

TEST(cg_make_names_the_ancestor_whose_processes_block)
{
	const char *wanted[] = { NULL, NULL };
	auto_close int fd = -1;
	struct loan loan;
	pid_t pid;

	if (!setup() || !borrow(&loan))
		return;
	wanted[0] = loan.controller;
	fd = make("/holder");
	pid = live_in(fd);
	CHECK_STR(make_error(in_base("/holder/leaf"), wanted),
		arena_fmt(&t.arena,
			"write \"+%s\" to \"cgroup.subtree_control\" of cgroup \"%s\", which has processes of its "
			"own (pid %d): device or resource busy\n"
			"move them into a child cgroup, or choose another linux.cgroupsPath",
			wanted[0], on_host("/holder"), pid));
	CHECK_FALSE(is_there("/holder/leaf"));
	CHECK_INT(cg_kill(fd), 0);
	CHECK_TRUE(reap_killed(pid));
	teardown();
	give_back(&loan);
}

TEST(cg_kill_reaches_every_level_also_when_frozen)
{
	static int (*const kills[])(int) = { cg_kill, cg_kill_each };
	auto_close int top = -1;
	auto_close int below = -1;

	if (!setup())
		return;
	top = make("/k");
	below = make("/k/a/b");
	for (unsigned i = 0; i < ARRAY_LEN(kills); i++) {
		pid_t one = live_in(top), two = live_in(below);

		test_row("way %u", i);
		CHECK_INT(cg_populated(top), 1);
		CHECK_INT(cg_wait_empty(top, 0), 0);
		CHECK_INT(kills[i](top), 0);
		CHECK_TRUE(reap_killed(one));
		CHECK_TRUE(reap_killed(two));
		CHECK_INT(cg_wait_empty(top, TEST_WAIT_MS), 1);

		one = live_in(below);
		CHECK_INT(cg_freeze(top, true, TEST_WAIT_MS, NULL), 1);
		CHECK_INT(cg_frozen(below), 1);
		CHECK_INT(kills[i](top), 0);
		CHECK_TRUE(reap_killed(one));
		CHECK_INT(cg_wait_empty(top, TEST_WAIT_MS), 1);
		CHECK_INT(cg_freeze(top, false, TEST_WAIT_MS, NULL), 1);
		CHECK_INT(cg_frozen(below), 0);
	}
	teardown();
}

TEST(cg_kill_each_takes_more_than_one_batch)
{
	enum { MANY = 150 };
	auto_close int fd = -1;
	pid_t pids[MANY];

	if (!setup())
		return;
	fd = make("/many");
	for (unsigned i = 0; i < MANY; i++)
		pids[i] = live_in(fd);
	CHECK_INT(cg_kill_each(fd), 0);
	for (unsigned i = 0; i < MANY; i++)
		CHECK_TRUE(reap_killed(pids[i]));
	CHECK_INT(cg_wait_empty(fd, TEST_WAIT_MS), 1);
	teardown();
}

TEST(cg_freeze_that_cannot_be_reached_is_taken_back)
{
	auto_close int top = -1;
	auto_close int below = -1;
	auto_str struct str text = { 0 };

	if (!setup())
		return;
	top = make("/f");
	below = make("/f/a");
	CHECK_INT(cg_freeze(top, true, TEST_WAIT_MS, NULL), 1);
	CHECK_INT(cg_freeze(below, true, TEST_WAIT_MS, NULL), 1);
	CHECK_INT(cg_freeze(below, false, 1, NULL), 0); /* its parent is frozen */
	CHECK_INT(cg_read(below, "cgroup.freeze", &text), 0);
	CHECK_STR(str_text(&text), "1\n");
	CHECK_INT(cg_freeze(top, false, TEST_WAIT_MS, NULL), 1);
	CHECK_INT(cg_freeze(below, false, TEST_WAIT_MS, NULL), 1);
	teardown();
}

TEST(cg_kill_never_touches_the_root)
{
	auto_close int root = -1;

	if (!setup())
		return;
	root = cg_open(t.mount, "/");
	if (faccessat(root, "cgroup.events", F_OK, 0) == 0) {
		test_skip("host: the root of cgroup v2 is not mounted");
	} else {
		CHECK_INT(cg_kill_each(root), -1);
		CHECK_INT(errno, ENOENT);
		CHECK_INT(cg_wait_empty(root, 0), -1);
	}
	teardown();
}

TEST(cg_remove_clears_a_wide_tree_with_processes)
{
	auto_close int fd = -1;
	pid_t pid;
	struct err e;

	if (!setup())
		return;
	for (unsigned i = 0; i < 20; i++)
		(void)close(make(arena_fmt(&t.arena, "/w/%u/x/y", i)));
	fd = make("/w/7/x/z");
	pid = live_in(fd);
	CHECK_INT(cg_remove(t.mount, in_base("/w"), 0, TEST_WAIT_MS, &e), 0);
	CHECK_FALSE(is_there("/w"));
	CHECK_TRUE(is_there(""));
	CHECK_TRUE(reap_killed(pid));
	teardown();
}

TEST(cg_remove_clears_a_tree_deeper_than_the_walk)
{
	enum { DEPTH = 200 };
	auto_close int fd = -1;
	pid_t pid;

	if (!setup())
		return;
	fd = make("/deep");
	for (unsigned i = 0; i < DEPTH && fd >= 0; i++) {
		int next;

		CHECK_INT(mkdirat(fd, "side", 0755), 0);
		CHECK_INT(mkdirat(fd, "d", 0755), 0);
		next = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		(void)close(fd);
		fd = next;
	}
	pid = live_in(fd);
	teardown();
	CHECK_TRUE(reap_killed(pid));
}
