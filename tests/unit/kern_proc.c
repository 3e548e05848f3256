/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/proc.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "test.h"

static int open_pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static struct proc_id identify(pid_t pid)
{
	struct proc_id id = { 0 };
	auto_close int pidfd = open_pidfd(pid);
	struct err e;

	err_init(&e);
	CHECK_INT(proc_identify(pidfd, pid, &id, &e), 0);
	CHECK_STR(err_text(&e), "");
	return id;
}

/* 0: not opened and nothing to report */
static int open_answer(const struct proc_id *id)
{
	struct err e;
	int fd;

	err_init(&e);
	fd = proc_open(id, &e);
	CHECK_STR(err_text(&e), "");
	if (fd >= 0)
		(void)close(fd);
	return fd >= 0 ? 1 : fd + 1;
}

static pid_t start(int code)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (code >= 0)
			_exit(code);
		for (;;)
			(void)pause();
	}
	return pid;
}

TEST(proc_open_finds_the_process_it_identified)
{
	struct proc_id id = identify(getpid());

	CHECK_INT(id.pid, getpid());
	CHECK_TRUE(id.start_time > 0);
	CHECK_INT(open_answer(&id), 1);
	id.inode = 0;
	CHECK_INT(open_answer(&id), 1);
}

TEST(proc_open_refuses_another_owner_of_the_number)
{
	struct proc_id id = identify(getpid());

	id.start_time++;
	if (id.inode != 0) {
		CHECK_INT(open_answer(&id), 1); /* the inode decides */
		id.inode++;
		CHECK_INT(open_answer(&id), 0);
	}
	id.inode = 0;
	CHECK_INT(open_answer(&id), 0);
}

TEST(proc_open_says_gone_for_numbers_nobody_has)
{
	struct proc_id id = { .pid = 0 };

	CHECK_INT(open_answer(&id), 0);
	id.pid = -1;
	CHECK_INT(open_answer(&id), 0);
	id.pid = 0x7fffffff;
	CHECK_INT(open_answer(&id), 0);
}

TEST(proc_identify_reads_past_any_name)
{
	static const char *const names[] = { "a) S 1 2 3", ")", "((", " ) (", "x\ny" };
	char before[32] = "";
	struct proc_id id = identify(getpid());

	CHECK_INT(prctl(PR_GET_NAME, before), 0);
	for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
		test_row("%s", names[i]);
		CHECK_INT(prctl(PR_SET_NAME, names[i]), 0);
		CHECK_INT(identify(getpid()).start_time, id.start_time);
	}
	CHECK_INT(prctl(PR_SET_NAME, before), 0);
}

TEST(proc_zombie_is_gone)
{
	pid_t pid = start(7);
	auto_close int pidfd = open_pidfd(pid);
	struct proc_id id;

	CHECK_TRUE(proc_wait_end(pidfd, 10000));
	id = identify(pid);
	CHECK_INT(open_answer(&id), 0);
	id.inode = 0;
	CHECK_INT(open_answer(&id), 0);
	CHECK_INT(proc_reap(pidfd), 7);
	CHECK_INT(proc_reap(pidfd), -1);
	CHECK_INT(open_answer(&id), 0);
}

TEST(proc_identify_says_which_process_is_missing)
{
	pid_t pid = start(0);
	auto_close int pidfd = open_pidfd(pid);
	struct proc_id id;
	struct err e;
	char text[128];

	CHECK_INT(proc_reap(pidfd), 0);
	CHECK_INT(proc_identify(pidfd, pid, &id, &e), -1);
	(void)snprintf(text, sizeof(text),
		"read the start time in \"/proc/%d/stat\": no such file or directory", pid);
	CHECK_STR(err_text(&e), text);
}

TEST(proc_signal_ends_and_reap_tells_the_signal)
{
	pid_t pid = start(-1);
	auto_close int pidfd = open_pidfd(pid);

	CHECK_FALSE(proc_wait_end(pidfd, 0));
	CHECK_FALSE(proc_wait_end(pidfd, 1));
	CHECK_INT(proc_signal(pidfd, SIGTERM), 0);
	CHECK_TRUE(proc_wait_end(pidfd, -1));
	CHECK_INT(proc_reap(pidfd), 128 + SIGTERM);
	CHECK_INT(proc_signal(pidfd, SIGTERM), -1);
	CHECK_INT(errno, ESRCH);
}

/* what is killed at birth takes a cgroup: tests/cli/cgroup.sh */
TEST(proc_reap_child_knows_who_has_run)
{
	pid_t killed = fork(), ended;
	auto_close int killed_fd = -1, ended_fd = -1;
	bool stillborn = true;

	if (killed == 0) {
		(void)kill(getpid(), SIGKILL);
		_exit(1);
	}
	ended = start(7);
	ended_fd = open_pidfd(ended);
	killed_fd = open_pidfd(killed);
	CHECK_INT(proc_reap_child(killed_fd, killed, &stillborn), 128 + SIGKILL);
	CHECK_FALSE(stillborn);
	stillborn = true;
	CHECK_INT(proc_reap_child(ended_fd, ended, &stillborn), 7);
	CHECK_FALSE(stillborn);
}
