/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/proc.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
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

/* both numbers come again after a start of the machine */
TEST(proc_open_wants_the_start_time_of_what_may_be_old)
{
	struct proc_id id = identify(getpid());

	id.may_be_old = true;
	CHECK_INT(open_answer(&id), 1);
	id.start_time++;
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

	CHECK_TRUE(proc_wait_end(pidfd, 10000));
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
TEST(proc_end_clone_knows_who_has_run)
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
	CHECK_TRUE(proc_wait_end(killed_fd, 10000) && proc_wait_end(ended_fd, 10000));
	CHECK_INT(proc_end_clone(killed_fd, killed, &stillborn), 128 + SIGKILL);
	CHECK_FALSE(stillborn);
	stillborn = true;
	CHECK_INT(proc_end_clone(ended_fd, ended, &stillborn), 7);
	CHECK_FALSE(stillborn);
}

/* A process in the pid namespace of the one behind pidfd, which has ended and is not reaped by its
 * parent. What the parent is told by closing go: to end. Their pids, in ours */
static pid_t start_zombie(int pidfd, pid_t *ret_parent, int *ret_go)
{
	int told[2], go[2];
	pid_t zombie = -1;

	CHECK_INT(pipe(told), 0);
	CHECK_INT(pipe(go), 0);
	*ret_parent = fork();
	if (*ret_parent == 0) {
		char c;

		(void)close(go[1]);
		if (setns(pidfd, CLONE_NEWPID) < 0)
			_exit(1);
		zombie = start(0);
		if (waitid(P_PID, (id_t)zombie, NULL, WEXITED | WNOWAIT) < 0 ||
			write(told[1], &zombie, sizeof(zombie)) != sizeof(zombie))
			_exit(1);
		_exit(read(go[0], &c, 1) == 0 ? 0 : 1);
	}
	(void)close(told[1]);
	(void)close(go[0]);
	CHECK_INT(read(told[0], &zombie, sizeof(zombie)), sizeof(zombie));
	(void)close(told[0]);
	*ret_go = go[1];
	return zombie;
}

TEST(proc_held_by_a_zombie_is_told_from_one_that_lives)
{
	const struct clone_args a = { .flags = CLONE_NEWPID, .exit_signal = SIGCHLD };
	pid_t init = (pid_t)syscall(SYS_clone3, &a, sizeof(a)), parent = -1, zombie;
	auto_str struct str text = { 0 }, want = { 0 };
	auto_close int pidfd = -1;
	struct proc_end end;
	struct proc_id id;
	int go = -1;

	if (init < 0) {
		test_skip("host: not root");
		return;
	}
	if (init == 0) {
		for (;;)
			(void)pause();
	}
	pidfd = open_pidfd(init);
	id = identify(init);
	CHECK_INT(proc_list_zombies(init, &text), 0);
	zombie = start_zombie(pidfd, &parent, &go);
	CHECK_INT(proc_list_zombies(init, &text), 1);
	str_addf(&want, "pid %d ", zombie);
	CHECK_TRUE(str_after(str_text(&text), str_text(&want)) != NULL);
	str_clear(&want);
	str_addf(&want, ", which pid %d ", parent);
	CHECK_TRUE(strstr(str_text(&text), str_text(&want)) &&
		strstr(str_text(&text), " has not reaped"));
	CHECK_FALSE(proc_is_held(&id));
	CHECK_INT(kill(init, SIGKILL), 0);
	/* on a busy machine the kernel needs a while to end it as far as that */
	for (int i = 0; i < 10000 && !proc_is_held(&id); i++)
		CHECK_FALSE(proc_wait_end(pidfd, 1));
	CHECK_TRUE(proc_is_held(&id));
	CHECK_FALSE(proc_wait_end(pidfd, 0));
	CHECK_INT(open_answer(&id), 1);
	CHECK_INT(proc_reap(pidfd), -1);
	CHECK_INT(errno, EBUSY);
	CHECK_INT(proc_end_unreaped(init, &end), 0);
	CHECK_INT(end.signal, SIGKILL);
	CHECK_INT(proc_end_unreaped(parent, &end), -1);
	CHECK_INT(close(go), 0);
	CHECK_INT(waitpid(parent, NULL, 0), parent);
	CHECK_TRUE(proc_wait_end(pidfd, 10000));
	CHECK_INT(proc_reap(pidfd), 128 + SIGKILL);
}

/* without a SIGKILL the wait for it would never end */
TEST(proc_end_child_ends_one_that_stands_still)
{
	pid_t child = fork();
	auto_close int fd = -1;

	if (child == 0) {
		(void)kill(getpid(), SIGSTOP);
		_exit(1);
	}
	fd = open_pidfd(child);
	CHECK_INT(waitpid(child, NULL, WUNTRACED), child);
	CHECK_INT(proc_end_child(fd, child), 128 + SIGKILL);
	CHECK_INT(proc_end_child(fd, child), -1);
	CHECK_INT(errno, ECHILD);
}

TEST(proc_has_executed_tells_a_copy_from_a_program)
{
	pid_t copy = fork(), program;
	auto_close int copy_fd = -1, program_fd = -1;

	if (copy == 0)
		_exit(0);
	program = fork();
	if (program == 0) {
		execl("/bin/true", "true", NULL);
		_exit(1);
	}
	copy_fd = open_pidfd(copy);
	program_fd = open_pidfd(program);
	CHECK_TRUE(proc_wait_end(copy_fd, 10000) && proc_wait_end(program_fd, 10000));
	CHECK_INT(proc_has_executed(copy_fd, copy), 0);
	CHECK_INT(proc_has_executed(program_fd, program), 1);
	CHECK_INT(proc_reap(program_fd), 0);
	CHECK_INT(proc_has_executed(program_fd, program), 1);
	CHECK_INT(proc_reap(copy_fd), 0);
}
