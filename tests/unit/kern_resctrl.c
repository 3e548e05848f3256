/* SPDX-License-Identifier: Apache-2.0 */
/* A tree of plain files stands for the file system: what the kernel puts into a new directory, the
 * tests put there. */
#include "kern/resctrl.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "base/str.h"
#include "test.h"

static const char *const no_lines[] = { NULL };

static void make_dir(int at, const char *path)
{
	CHECK_INT(mkdirat(at, path, 0755), 0);
}

static void make_file(int at, const char *path, const char *text)
{
	auto_close int fd = openat(at, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	CHECK_INT(fd_write_all(fd, text, strlen(text)), 0);
}

static void check_file(int at, const char *path, const char *expected)
{
	auto_str struct str text = { 0 };

	CHECK_INT(fd_read_at(at, path, 0, 4096, &text), 0);
	CHECK_STR(str_text(&text), expected);
}

static bool is_there(int at, const char *path)
{
	return faccessat(at, path, F_OK, 0) == 0;
}

/* what the kernel would put into a group */
static void fill(int at, const char *group, const char *schemata)
{
	auto_str struct str path = { 0 };
	static const char *const files[] = { "schemata", "tasks", "mon_groups" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		str_clear(&path);
		str_addf(&path, "%s%s%s", group, group[0] ? "/" : "", files[i]);
		if (i == 2)
			make_dir(at, path.data);
		else
			make_file(at, path.data, i == 0 ? schemata : "");
	}
}

/* a mount with a root group and the group "gold" */
static int fake(void)
{
	const char *dir = test_dir();
	struct statfs fs = { 0 };
	struct err e;
	int fd;

	err_init(&e);
	CHECK_INT(statfs(dir, &fs), 0);
	fd = resctrl_open(dir, fs.f_type, &e);
	CHECK_STR(err_text(&e), "");
	fill(fd, "", "    L3:0=fffff;1=fffff\n    MB:0=100;1=100\n");
	make_dir(fd, "gold");
	fill(fd, "gold", "    L3:0=000ff;1=FF000\n    MB:0= 70;1=100\n");
	return fd;
}

TEST(resctrl_open_names_what_is_missing)
{
	const char *dir = test_dir();
	auto_str struct str path = { 0 }, expected = { 0 };
	struct utsname uts;
	struct err e;
	static const char needs[] =
		"resctrl needs kernel 4.10 (monitoring 4.14) with CONFIG_X86_CPU_RESCTRL, and a processor with allocation of cache or memory bandwidth";

	CHECK_INT(uname(&uts), 0);
	str_addf(&path, "%s/none", dir);
	CHECK_INT(resctrl_open(path.data, RDTGROUP_SUPER_MAGIC, &e), -1);
	str_addf(&expected,
		"no resctrl file system is mounted on \"%s\": kernel %s has none on this machine\n%s",
		path.data, uts.release, needs);
	CHECK_STR(err_text(&e), expected.data);
	CHECK_INT(resctrl_open(dir, RDTGROUP_SUPER_MAGIC, &e), -1);
	CHECK_INT(e.code, ENOENT);
	str_clear(&expected);
	str_addf(&expected,
		"no resctrl file system is mounted on \"%s\" (kernel %s)\nmount -t resctrl resctrl %s; %s",
		dir, uts.release, dir, needs);
	CHECK_STR(err_text(&e), expected.data);
}

/* RDT-02, RDT-04, RDT-05: which group, and may it be there? */
TEST(resctrl_check_knows_the_rules)
{
	static const char *const same[] = { "L3:0=ff;1=ff000", "MB:1=100;0=70", NULL };
	static const char *const part[] = { "L3:1=0ff000", NULL };
	static const char *const twice[] = { "L3:0=1", "L3:0=ff", NULL };
	static const char *const other[] = { "L3:0=ff;1=fff", NULL };
	static const char *const less[] = { "MB:0=7", NULL };
	static const char *const domain[] = { "MB:0=70;2=70", NULL };
	static const char *const resource[] = { "L2:0=1", NULL };
	static const char *const words[] = { "L3", NULL };
	static const char *const root[] = { "L3:0=fffff", NULL };
	static const struct {
		struct resctrl r;
		const char *error;
		bool exists;
	} rows[] = {
		{ { .group = "c1", .own = true, .lines = no_lines }, "", false },
		{ { .group = "c1", .own = true, .lines = same }, "", false },
		{ { .group = "gold", .own = true, .lines = no_lines },
			"resctrl group \"gold\" exists; give a closID to share it, or remove it (rmdir) if nothing uses it",
			false },
		{ { .group = "gold", .lines = no_lines }, "", true },
		{ { .group = "", .lines = no_lines }, "", true },
		{ { .group = "", .lines = root }, "", true },
		{ { .group = "new", .lines = no_lines },
			"resctrl group \"new\" does not exist; make it (mkdir), or give a schema for it",
			false },
		{ { .group = "new", .lines = same }, "", false },
		{ { .group = "gold", .lines = same }, "", true },
		{ { .group = "gold", .lines = part }, "", true },
		{ { .group = "gold", .lines = twice }, "", true },
		{ { .group = "gold", .lines = other },
			"resctrl group \"gold\" exists with L3:1=FF000, not \"L3:0=ff;1=fff\"; choose another closID, or leave the schema out to use the group as it is",
			false },
		{ { .group = "gold", .lines = less },
			"resctrl group \"gold\" exists with MB:0=70, not \"MB:0=7\"; choose another closID, or leave the schema out to use the group as it is",
			false },
		{ { .group = "gold", .lines = domain },
			"resctrl group \"gold\" exists and has no domain 2 for \"MB:0=70;2=70\"; choose another closID",
			false },
		{ { .group = "gold", .lines = resource },
			"resctrl group \"gold\" exists and has no resource for \"L2:0=1\"; choose another closID",
			false },
		{ { .group = "gold", .lines = words },
			"resctrl group \"gold\" exists and has no resource for \"L3\"; choose another closID",
			false },
		{ { .group = "gold", .lines = no_lines, .monitor = "m" },
			"resctrl group \"gold\" has a monitoring group \"m\" already; remove it (rmdir) if nothing uses it",
			false },
		{ { .group = "gold", .lines = no_lines, .monitor = "n" }, "", true },
	};
	auto_close int fd = fake();

	make_dir(fd, "gold/mon_groups/m");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool exists = false;
		struct err e;

		test_row("%zu", i);
		err_init(&e);
		CHECK_INT(resctrl_check(fd, &rows[i].r, &exists, &e), rows[i].error[0] ? -1 : 0);
		CHECK_STR(err_text(&e), rows[i].error);
		CHECK_INT(exists, rows[i].exists);
	}
}

/* RDT-02, RDT-03, RDT-06, RDT-07, RDT-08: the life of a group of the container's own */
TEST(resctrl_makes_and_removes_a_group)
{
	static const char *const lines[] = { "L3:0=f", "MB:0=20", "L3:1=f0", NULL };
	const struct resctrl r = { .group = "c1", .own = true, .lines = lines, .monitor = "c1" };
	auto_close int fd = fake();
	bool made = false;
	struct err e;

	err_init(&e);
	CHECK_INT(resctrl_make_group(fd, &r, &made, &e), 0);
	CHECK_TRUE(made);
	fill(fd, "c1", "");
	CHECK_INT(resctrl_write(fd, &r, &e), 0);
	check_file(fd, "c1/schemata", "L3:0=f\nMB:0=20\nL3:1=f0\n");
	made = false;
	CHECK_INT(resctrl_make_monitor(fd, &r, &made, &e), 0);
	CHECK_TRUE(made);
	make_file(fd, "c1/mon_groups/c1/tasks", "");
	CHECK_INT(resctrl_enter(fd, &r, 4711, &e), 0);
	CHECK_STR(err_text(&e), "");
	check_file(fd, "c1/tasks", "4711");
	check_file(fd, "c1/mon_groups/c1/tasks", "4711");

	CHECK_INT(resctrl_make_group(fd, &r, &made, &e), -1);
	CHECK_STR(err_text(&e),
		"resctrl group \"c1\" exists; give a closID to share it, or remove it (rmdir) if nothing uses it");
	CHECK_INT(resctrl_make_monitor(fd, &r, &made, &e), -1);
	CHECK_STR(err_text(&e),
		"resctrl group \"c1\" has a monitoring group \"c1\" already; remove it (rmdir) if nothing uses it");
	CHECK_FALSE(made);

	/* a directory of the real file system goes with its files */
	CHECK_INT(unlinkat(fd, "c1/mon_groups/c1/tasks", 0), 0);
	CHECK_INT(resctrl_remove(fd, "c1", "c1", 0, &e), 0);
	CHECK_FALSE(is_there(fd, "c1/mon_groups/c1"));
	CHECK_TRUE(is_there(fd, "c1"));
	CHECK_INT(resctrl_remove(fd, "c1", NULL, RESCTRL_GROUP, &e), -1);
	CHECK_STR(err_text(&e), "remove resctrl group \"c1\": directory not empty");
	CHECK_INT(unlinkat(fd, "c1/mon_groups", AT_REMOVEDIR), 0);
	CHECK_INT(unlinkat(fd, "c1/schemata", 0), 0);
	CHECK_INT(unlinkat(fd, "c1/tasks", 0), 0);
	err_init(&e);
	CHECK_INT(resctrl_remove(fd, "c1", "c1", RESCTRL_GROUP, &e), 0);
	CHECK_FALSE(is_there(fd, "c1"));
	CHECK_INT(resctrl_remove(fd, "c1", "c1", RESCTRL_GROUP, &e), 0);
	CHECK_STR(err_text(&e), "");
}

/* RDT-04, RDT-08: a group that others may share */
TEST(resctrl_shares_a_group)
{
	static const char *const lines[] = { "L3:0=ff", NULL };
	static const char *const wrong[] = { "L3:0=f", NULL };
	struct resctrl r = { .group = "gold", .lines = lines };
	auto_close int fd = fake();
	bool made = true;
	struct err e;

	err_init(&e);
	CHECK_INT(resctrl_make_group(fd, &r, &made, &e), 0);
	CHECK_FALSE(made);
	CHECK_INT(resctrl_enter(fd, &r, 1, &e), 0);
	check_file(fd, "gold/tasks", "1");
	/* with somebody in it nobody is put out, and no error */
	CHECK_INT(resctrl_remove(fd, "gold", NULL, RESCTRL_GROUP | RESCTRL_SHARED, &e), 0);
	CHECK_TRUE(is_there(fd, "gold"));
	CHECK_STR(err_text(&e), "");
	r.lines = wrong;
	CHECK_INT(resctrl_make_group(fd, &r, &made, &e), -1);
	/* the root group is nobody's to make or to remove */
	r = (struct resctrl){ .group = "", .lines = no_lines, .monitor = "c1" };
	CHECK_INT(resctrl_make_group(fd, &r, &made, &e), 0);
	CHECK_FALSE(made);
	CHECK_INT(resctrl_make_monitor(fd, &r, &made, &e), 0);
	make_file(fd, "mon_groups/c1/tasks", "");
	CHECK_INT(resctrl_enter(fd, &r, 5, &e), 0);
	check_file(fd, "tasks", "5");
	check_file(fd, "mon_groups/c1/tasks", "5");
	CHECK_INT(unlinkat(fd, "mon_groups/c1/tasks", 0), 0);
	CHECK_INT(resctrl_remove(fd, "", "c1", RESCTRL_GROUP, &e), 0);
	CHECK_FALSE(is_there(fd, "mon_groups/c1"));
	CHECK_TRUE(is_there(fd, "tasks"));
}

TEST(resctrl_refusals_come_with_their_reason)
{
	static const char *const lines[] = { "L3:0=f", NULL };
	const struct resctrl r = { .group = "gold", .lines = lines, .monitor = "c1" };
	auto_close int fd = fake();
	struct err e;
	bool made;

	/* the last one of a test's files to be written can be none */
	CHECK_INT(unlinkat(fd, "gold/tasks", 0), 0);
	make_dir(fd, "info");
	make_file(fd, "info/last_cmd_status", "Invalid pid 0\n");
	CHECK_INT(resctrl_enter(fd, &r, 0, &e), -1);
	CHECK_STR(err_text(&e),
		"write \"0\" to \"gold/tasks\" of resctrl: no such file or directory (Invalid pid 0)");
	make_file(fd, "info/last_cmd_status", "ok\n");
	CHECK_INT(resctrl_enter(fd, &r, 0, &e), -1);
	CHECK_STR(err_text(&e),
		"write \"0\" to \"gold/tasks\" of resctrl: no such file or directory");
	CHECK_INT(unlinkat(fd, "gold/mon_groups", AT_REMOVEDIR), 0);
	CHECK_INT(resctrl_make_monitor(fd, &r, &made, &e), -1);
	CHECK_STR(err_text(&e),
		"make resctrl monitoring group \"gold/mon_groups/c1\" (monitoring needs kernel 4.14 and a processor that can do it): no such file or directory");
}

/* all lines, or none; only the resources that are mentioned are touched */
TEST(resctrl_change_is_taken_back)
{
	static const char *const lines[] = { "MB:0=50", NULL };
	const struct resctrl r = { .group = "gold", .lines = lines };
	auto_arena struct arena a = { 0 };
	auto_close int fd = fake();
	struct resctrl former = { 0 };
	struct err e;

	CHECK_INT(resctrl_change(&a, fd, &r, &former, &e), 0);
	CHECK_STR(former.group, "gold");
	CHECK_STR(former.lines[0], "MB:0= 70;1=100");
	CHECK_TRUE(former.lines[1] == NULL);
	/* the kernel would have taken it as a request */
	make_file(fd, "gold/schemata", "");
	CHECK_INT(resctrl_change(&a, fd, &r, &former, &e), 0);
	check_file(fd, "gold/schemata", "MB:0=50\n");
	CHECK_TRUE(former.lines[0] == NULL);
	CHECK_INT(unlinkat(fd, "gold/schemata", 0), 0);
	CHECK_INT(resctrl_change(&a, fd, &r, &former, &e), -1);
	CHECK_STR(err_text(&e), "read \"gold/schemata\" of resctrl: no such file or directory");
}
