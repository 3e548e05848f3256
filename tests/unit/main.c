/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - runs the tests that registered themselves */
#include "test.h"

#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* the linker puts these around the section that TEST fills */
extern const struct test *const __start_unit_tests[];
extern const struct test *const __stop_unit_tests[];

static struct {
	bool failed;
	char row[256];
	const char *skip;
	char dir[256];
} now;

static void fail(const char *file, int line, const char *what)
{
	now.failed = true;
	printf("# %s:%d: %s%s%s%s\n", file, line, what, now.row[0] ? " [" : "", now.row,
		now.row[0] ? "]" : "");
}

/* a string over several lines stays a comment */
static void show(const char *label, const char *s)
{
	printf("#   %s ", label);
	if (!s) {
		printf("NULL\n");
		return;
	}
	putchar('"');
	for (; *s; s++) {
		if (*s == '\n')
			printf("\\n");
		else if ((unsigned char)*s < 0x20)
			printf("\\x%02x", *s);
		else
			putchar(*s);
	}
	printf("\"\n");
}

bool test_int(const char *file, int line, const char *what, intmax_t found, intmax_t expected)
{
	if (found == expected)
		return true;
	fail(file, line, what);
	printf("#   found    %" PRIdMAX "\n#   expected %" PRIdMAX "\n", found, expected);
	return false;
}

bool test_str(const char *file, int line, const char *what, const char *found, const char *expected)
{
	if (found == expected || (found && expected && strcmp(found, expected) == 0))
		return true;
	fail(file, line, what);
	show("found   ", found);
	show("expected", expected);
	return false;
}

bool test_true(const char *file, int line, const char *what, bool found, bool expected)
{
	if (found == expected)
		return true;
	fail(file, line, what);
	printf("#   found    %s\n", found ? "true" : "false");
	return false;
}

void test_row(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(now.row, sizeof(now.row), fmt, ap);
	va_end(ap);
	for (char *p = now.row; *p; p++)
		if (*p == '\n')
			*p = ' ';
}

void test_skip(const char *reason)
{
	now.skip = reason;
}

const char *test_dir(void)
{
	const char *base = getenv("TMPDIR");

	if (now.dir[0])
		return now.dir;
	(void)snprintf(now.dir, sizeof(now.dir), "%s/crun-lite-unit-XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(now.dir)) {
		perror(now.dir);
		exit(1);
	}
	return now.dir;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int wait_for(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		perror("child");
		exit(1);
	}
	return status;
}

bool test_aborts(void (*fn)(void))
{
	static const struct rlimit no_core;
	int status;
	pid_t pid;

	(void)fflush(stdout);
	pid = fork();
	if (pid == 0) {
		(void)setrlimit(RLIMIT_CORE, &no_core);
		(void)close(STDERR_FILENO);
		fn();
		_exit(0);
	}
	status = wait_for(pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

int test_child(int (*fn)(void))
{
	int status;
	pid_t pid;

	(void)fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(fn());
	status = wait_for(pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void run_one(const struct test *t, unsigned number)
{
	memset(&now, 0, sizeof(now));
	t->run();
	if (now.dir[0])
		(void)nftw(now.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	printf("%sok %u - %s", now.failed ? "not " : "", number, t->name);
	if (now.skip)
		printf(" # SKIP %s", now.skip);
	putchar('\n');
	(void)fflush(stdout);
}

static bool wanted(const struct test *t, char *const *parts)
{
	if (!*parts)
		return true;
	for (; *parts; parts++)
		if (strstr(t->name, *parts))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	unsigned total = 0, number = 0, failed = 0;

	(void)argc;
	for (const struct test *const *t = __start_unit_tests; t < __stop_unit_tests; t++)
		total += wanted(*t, argv + 1);
	printf("1..%u\n", total);
	(void)fflush(stdout);
	if (total == 0)
		fprintf(stderr, "no test has such a name\n");
	for (const struct test *const *t = __start_unit_tests; t < __stop_unit_tests; t++) {
		if (!wanted(*t, argv + 1))
			continue;
		run_one(*t, ++number);
		failed += now.failed;
	}
	return failed > 0 || total == 0;
}
