/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/idmap.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/limits.h"
#include "test.h"

static const struct id_map two[] = { { 0, 100000, 1000 }, { 5000, 7, 1 } };

static int open_proc(void)
{
	return open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool can_make_userns(void)
{
	pid_t pid;
	int status = -1;

	if (geteuid() != 0) {
		test_skip("host: not root");
		return false;
	}
	pid = fork();
	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER) < 0);
	(void)waitpid(pid, &status, 0);
	if (status != 0)
		test_skip("host: no user namespaces");
	return status == 0;
}

TEST(idmap_to_host_finds_the_line)
{
	static const struct {
		uint32_t inside;
		int64_t host;
	} rows[] = { { 0, 100000 }, { 999, 100999 }, { 1000, -1 }, { 4999, -1 }, { 5000, 7 },
		{ 5001, -1 }, { UINT32_MAX, -1 } };
	static const struct id_map all = { 0, 0, UINT32_MAX },
				   top = { UINT32_MAX - 1, 4000000000, 1 };

	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		test_row("%u", rows[i].inside);
		CHECK_INT(idmap_to_host(two, 2, rows[i].inside), rows[i].host);
	}
	test_row("edges");
	CHECK_INT(idmap_to_host(&all, 1, UINT32_MAX - 1), UINT32_MAX - 1);
	CHECK_INT(idmap_to_host(&all, 1, UINT32_MAX), -1);
	CHECK_INT(idmap_to_host(&top, 1, UINT32_MAX - 1), 4000000000);
	CHECK_INT(idmap_to_host(NULL, 0, 0), -1);
}

TEST(idmap_write_refuses_maps_the_kernel_cannot_take)
{
	auto_close int proc = open_proc();
	struct id_map many[LIMIT_ID_MAPS + 1];
	struct err e;

	for (uint32_t i = 0; i < ARRAY_LEN(many); i++)
		many[i] = (struct id_map){ 4000000000u + i, 4000000000u + i, 1 };
	CHECK_INT(idmap_write(proc, getpid(), many, LIMIT_ID_MAPS + 1, NULL, 0, 0, &e), -1);
	CHECK_STR(err_text(&e), "uid_map with 341 lines, must have at most 340");
	if (sysconf(_SC_PAGESIZE) != 4096)
		return;
	CHECK_INT(idmap_write(proc, getpid(), NULL, 0, many, LIMIT_ID_MAPS, 0, &e), -1);
	CHECK_STR(err_text(&e),
		"gid_map of 8160 bytes in 340 lines, must be shorter than a page (4096 bytes)");
}

TEST(idmap_write_shows_what_the_kernel_refused)
{
	auto_close int proc = open_proc();
	char text[160];
	struct err e;

	/* our own map is set already */
	CHECK_INT(idmap_write(proc, getpid(), two, 2, two, 2, 0, &e), -1);
	(void)snprintf(text, sizeof(text),
		"write \"0 100000 1000,5000 7 1\" to \"uid_map\" of process %d: operation not permitted",
		getpid());
	CHECK_STR(err_text(&e), text);
}

/* text of /proc/PID/file */
static const char *proc_text(struct str *out, int proc, pid_t pid, const char *file)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%d/%s", pid, file);
	str_clear(out);
	CHECK_INT(fd_read_at(proc, path, 0, LIMIT_KERNEL_FILE, out), 0);
	return str_text(out);
}

TEST(idmap_write_denies_setgroups_when_told)
{
	auto_close int proc = open_proc();
	auto_str struct str text = { 0 };
	int ready[2];
	char byte;
	pid_t pid;
	struct err e;

	if (!can_make_userns())
		return;
	CHECK_INT(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWUSER) < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	(void)close(ready[1]);
	CHECK_INT(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	CHECK_INT(idmap_write(proc, pid, two, 2, two, 1, IDMAP_DENY_SETGROUPS, &e), 0);
	CHECK_STR(proc_text(&text, proc, pid, "setgroups"), "deny\n");
	CHECK_STR(proc_text(&text, proc, pid, "uid_map"),
		"         0     100000       1000\n      5000          7          1\n");
	CHECK_STR(proc_text(&text, proc, pid, "gid_map"), "         0     100000       1000\n");
	CHECK_INT(kill(pid, SIGKILL), 0);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
}

static int userns;

static int map_inside(void)
{
	auto_str struct str text = { 0 };

	if (setns(userns, CLONE_NEWUSER) < 0)
		return 2;
	if (fd_read_at(AT_FDCWD, "/proc/self/uid_map", 0, LIMIT_KERNEL_FILE, &text) < 0)
		return 3;
	return strstr(str_text(&text), "0     100000       1000") == NULL;
}

TEST(idmap_userns_has_the_maps_and_leaves_no_process)
{
	auto_close int proc = open_proc();
	struct err e;

	if (!can_make_userns())
		return;
	err_init(&e);
	userns = idmap_userns(proc, two, 2, two, 1, &e);
	CHECK_STR(err_text(&e), "");
	CHECK_TRUE(userns >= 0);
	CHECK_INT(ioctl(userns, NS_GET_NSTYPE), CLONE_NEWUSER);
	CHECK_INT(test_child(map_inside), 0);
	(void)close(userns);
	CHECK_INT(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	CHECK_INT(errno, ECHILD);
}

TEST(idmap_userns_leaves_nothing_when_the_map_is_refused)
{
	static const struct id_map bad[] = { { 0, 0, 10 }, { 5, 100, 1 } }; /* overlap */
	auto_close int proc = open_proc();
	struct err e;

	if (!can_make_userns())
		return;
	CHECK_INT(idmap_userns(proc, bad, 2, two, 1, &e), -1);
	CHECK_INT(e.code, EINVAL);
	CHECK_INT(waitpid(-1, NULL, WNOHANG | __WALL), -1);
}
