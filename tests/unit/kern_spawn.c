/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/spawn.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "test.h"

/* run a line of shell; the text of the error, "" when it ends well */
static const char *shell(struct spawn *s, const char *line)
{
	static struct err e;
	const char *const argv[] = { "sh", "-c", line, NULL };
	int r;

	err_init(&e);
	s->path = "/bin/sh";
	s->argv = argv;
	r = spawn_run(s, &e);
	CHECK_INT(r, err_text(&e)[0] == '\0' ? 0 : -1);
	return err_text(&e);
}

TEST(spawn_gives_the_input_and_end_of_file)
{
	struct spawn s = { .input = "one\ntwo\n", .input_len = 8, .cwd_fd = -1 };

	CHECK_STR(shell(&s, "read a && read b && ! read c && [ $a$b = onetwo ]"), "");
	s.input_len = 0;
	CHECK_STR(shell(&s, "! read a"), "");
}

TEST(spawn_hands_over_much_input_to_who_reads_and_who_does_not)
{
	enum { SIZE = 1 << 20 };
	auto_free char *input = calloc(1, SIZE);
	struct spawn s = { .input = input, .input_len = SIZE, .cwd_fd = -1 };

	CHECK_STR(shell(&s, "[ $(wc -c) -eq 1048576 ]"), "");
	CHECK_STR(shell(&s, "exit 0"), "");
}

TEST(spawn_says_how_the_program_ended)
{
	struct spawn s = { .cwd_fd = -1 };

	CHECK_STR(shell(&s, "exit 3"), "exit status 3");
	CHECK_STR(shell(&s, "exit 137"), "exit status 137");
	CHECK_STR(shell(&s, "kill -KILL $$"), "killed by signal 9 (KILL)");
	CHECK_STR(shell(&s, "kill -TERM $$"), "killed by signal 15 (TERM)");
	CHECK_STR(shell(&s, "kill -40 $$"), "killed by signal 40");
}

TEST(spawn_tells_exec_errors_from_exit_codes)
{
	struct spawn s = { .path = "/nonexistent/hook", .cwd_fd = -1 };
	struct err e;

	CHECK_INT(spawn_run(&s, &e), -1);
	CHECK_STR(err_text(&e), "could not be executed: no such file or directory");
	CHECK_INT(e.code, ENOENT);
	s.path = "/";
	CHECK_INT(spawn_run(&s, &e), -1);
	CHECK_STR(err_text(&e), "could not be executed: permission denied");
	CHECK_STR(shell(&s, "exit 127"), "exit status 127");
}

TEST(spawn_passes_exactly_the_arguments_and_the_environment)
{
	const char *const one[] = { "A=b", NULL }, *const none[] = { NULL };
	struct spawn s = { .envp = one, .cwd_fd = -1 };
	struct err e;

	CHECK_INT(setenv("SPAWN_TEST", "inherited", 1), 0);
	CHECK_STR(shell(&s, "[ \"$A\" = b ] && [ -z \"$SPAWN_TEST\" ]"), "");
	s.envp = none;
	CHECK_STR(shell(&s, "[ -z \"$A\" ] && [ -z \"$SPAWN_TEST\" ]"), "");
	s.envp = NULL;
	CHECK_STR(shell(&s, "[ \"$SPAWN_TEST\" = inherited ]"), "");
	CHECK_INT(unsetenv("SPAWN_TEST"), 0);
	s.path = "/bin/true";
	s.argv = NULL;
	CHECK_INT(spawn_run(&s, &e), 0);
}

TEST(spawn_starts_in_the_directory)
{
	auto_close int dir = open(test_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct spawn s = { .cwd_fd = dir };
	struct err e;

	CHECK_INT(mkdirat(dir, "marker", 0755), 0);
	CHECK_STR(shell(&s, "[ -d marker ]"), "");
	s.cwd_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	CHECK_INT(spawn_run(&s, &e), -1);
	CHECK_STR(err_text(&e), "enter its working directory: not a directory");
	(void)close(s.cwd_fd);
}

TEST(spawn_gives_a_clean_process)
{
	struct spawn s = { .cwd_fd = -1 };
	struct sigaction ignore = { .sa_handler = SIG_IGN }, action;
	sigset_t some, before;
	int leak = fcntl(1, F_DUPFD, 50);

	CHECK_INT(sigemptyset(&some), 0);
	CHECK_INT(sigaddset(&some, SIGTERM), 0);
	CHECK_INT(sigprocmask(SIG_BLOCK, &some, &before), 0);
	CHECK_INT(sigaction(SIGPIPE, &ignore, &action), 0);
	CHECK_STR(shell(&s, "kill -PIPE $$; exit 1"), "killed by signal 13 (PIPE)");
	CHECK_STR(shell(&s, "kill -TERM $$; exit 1"), "killed by signal 15 (TERM)");
	CHECK_STR(
		shell(&s,
			"for fd in /proc/$$/fd/*; do [ ${fd##*/} -lt 3 ] || [ ! -e $fd ] || exit 1; done"),
		"");
	CHECK_STR(shell(&s, "set -- $(cat /proc/$$/stat); [ $5 = $$ ]"), "");
	CHECK_INT(sigaction(SIGPIPE, &action, NULL), 0);
	CHECK_INT(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	(void)close(leak);
}

/* Standard output is a pipe here, which every process of the group has from its birth: end of file
 * comes when the last of them has ended, however far a slow machine got with them in one second. */
TEST(spawn_kills_the_whole_group_on_timeout)
{
	auto_close int before = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	auto_close int out = -1;
	struct spawn s = { .cwd_fd = -1, .timeout = 1 };
	struct pollfd p = { .events = POLLIN };
	const char *text;
	int fds[2];
	char rest;

	CHECK_INT(pipe2(fds, O_CLOEXEC), 0);
	out = fds[0];
	(void)fflush(stdout);
	CHECK_INT(dup2(fds[1], STDOUT_FILENO), STDOUT_FILENO);
	(void)close(fds[1]);
	text = shell(&s, "sleep 1000 & sleep 1000");
	CHECK_INT(dup2(before, STDOUT_FILENO), STDOUT_FILENO);
	CHECK_STR(text, "no answer after 1 s, killed");
	p.fd = out;
	CHECK_INT(poll(&p, 1, TEST_WAIT_MS), 1);
	CHECK_INT(read(out, &rest, 1), 0);
}

/* with standard error to /dev/null, as there is nobody to read it here */
static const char *shell_quietly(struct spawn *s, const char *line)
{
	auto_close int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	auto_close int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	const char *r;

	CHECK_INT(dup2(null, STDERR_FILENO), STDERR_FILENO);
	r = shell(s, line);
	CHECK_INT(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	return r;
}

TEST(spawn_shows_the_end_of_standard_error)
{
	struct spawn s = { .cwd_fd = -1 };
	const char *r;

	CHECK_STR(shell_quietly(&s, "echo fine >&2"), "");
	CHECK_STR(shell_quietly(&s, "echo no GPU >&2; exit 3"), "exit status 3, stderr: no GPU");
	CHECK_STR(shell_quietly(&s, "printf 'a\\nb\\n\\n' >&2; exit 3"),
		"exit status 3, stderr: a\\nb");
	CHECK_STR(shell_quietly(&s, "printf 'a\\033[1m\\\\\\303\\274' >&2; exit 3"),
		"exit status 3, stderr: a\\x1b[1m\\x5c\\xc3\\xbc");
	r = shell_quietly(&s,
		"i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done >&2; exit 4");
	CHECK_TRUE(strncmp(r, "exit status 4, stderr: ...line ", 31) == 0);
	CHECK_TRUE(strstr(r, "\\nline 2999") && !strstr(r, "\\nline 2000\\n"));
	CHECK_TRUE(strlen(r) < 1500);
	/* a line that is longer than what is kept */
	r = shell_quietly(&s, "printf %05000d 7 >&2; exit 5");
	CHECK_TRUE(strncmp(r, "exit status 5, stderr: ...0000", 30) == 0 && strstr(r, "007"));
}

TEST(spawn_does_not_wait_for_what_holds_standard_error)
{
	struct spawn s = { .cwd_fd = -1, .timeout = 8 };

	CHECK_STR(shell_quietly(&s, "sleep 2 & echo bye >&2; exit 1"),
		"exit status 1, stderr: bye");
}

/* A reader that takes nothing must not keep us from the timeout, nor one that is gone end us. */
TEST(spawn_passes_standard_error_on_as_far_as_it_is_taken)
{
	auto_close int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	struct spawn s = { .cwd_fd = -1, .timeout = 1 };
	int fds[2];
	char got[16] = "";

	CHECK_INT(pipe2(fds, O_CLOEXEC), 0);
	CHECK_INT(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	CHECK_STR(shell(&s, "echo hello >&2"), "");
	CHECK_INT(read(fds[0], got, sizeof(got)), 6);
	CHECK_STR(got, "hello\n");
	CHECK_TRUE(strncmp(shell(&s, "exec yes full >&2"),
			   "no answer after 1 s, killed, stderr: ...full", 44) == 0);
	CHECK_INT(close(fds[0]), 0);
	CHECK_STR(shell(&s, "echo to nobody >&2; echo twice >&2; exit 2"),
		"exit status 2, stderr: to nobody\\ntwice");
	CHECK_INT(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	CHECK_INT(close(fds[1]), 0);
}
