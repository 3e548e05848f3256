/* SPDX-License-Identifier: Apache-2.0 */
/* bench.c - time commands of a few milliseconds on a machine that is not quiet
 *
 *   bench ROUNDS <LINES
 *
 * A line is NAME|SETUP|COMMAND [; COMMAND...]|CLEANUP. SETUP and CLEANUP are for the shell, and are
 * not timed. A COMMAND is executed without a shell, from start to exit, its words separated by
 * single blanks. Rounds are interleaved: every line once, then every line again, so that a busy
 * second of the machine hits all alike. For each line: NAME, median and least time in microseconds,
 * number of failed rounds.
 *
 *   bench ROUNDS crowd N COMMAND...
 *
 * N times the same command at once: median, 99th percentile and longest time in microseconds over
 * all rounds, number of failures. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_LINES = 64, MAX_COMMANDS = 8, MAX_WORDS = 32 };

struct line {
	char *name, *setup, *cleanup;
	char *commands[MAX_COMMANDS][MAX_WORDS + 1];
	size_t n_commands;
	uint64_t *times;
	size_t n_times, failures;
};

extern char **environ;

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* start - one program with nothing on its standard streams; -1 when it cannot be executed */
static pid_t start(char *const *argv)
{
	posix_spawn_file_actions_t files;
	pid_t pid = -1;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_adddup2(&files, 0, 1);
	posix_spawn_file_actions_adddup2(&files, 0, 2);
	if (posix_spawn(&pid, argv[0], &files, NULL, argv, environ) != 0)
		pid = -1;
	posix_spawn_file_actions_destroy(&files);
	return pid;
}

/* run - from its start to its end; 0 when it exits with 0 */
static int run(char *const *argv)
{
	pid_t pid = start(argv);
	int status;

	return pid < 0 || waitpid(pid, &status, 0) < 0 ? -1 : status;
}

static void shell(char *script)
{
	char sh[] = "/bin/sh", option[] = "-c", *argv[] = { sh, option, script, NULL };

	if (*script)
		run(argv);
}

/* split - the next part of *rest up to the character; never NULL */
static char *split(char **rest, const char *at)
{
	static char nothing[1];
	char *part = *rest ? strsep(rest, at) : NULL;

	return part ? part : nothing;
}

static void parse(struct line *l, char *text, size_t rounds)
{
	char *commands;

	l->name = split(&text, "|");
	l->setup = split(&text, "|");
	commands = split(&text, "|");
	l->cleanup = split(&text, "|");
	l->times = calloc(rounds, sizeof(*l->times));
	while (commands && l->n_commands < MAX_COMMANDS) {
		char *command = strsep(&commands, ";"), *word;
		size_t n = 0;

		while ((word = strsep(&command, " ")))
			if (*word && n < MAX_WORDS)
				l->commands[l->n_commands][n++] = word;
		if (n)
			l->n_commands++;
	}
}

static void measure(struct line *l)
{
	uint64_t start;
	int bad = 0;

	shell(l->setup);
	start = now();
	for (size_t i = 0; i < l->n_commands; i++)
		bad |= run(l->commands[i]);
	l->times[l->n_times++] = now() - start;
	shell(l->cleanup);
	if (bad) {
		l->n_times--;
		l->failures++;
	}
	/* what detached containers leave to us */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static int by_time(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int crowd(size_t rounds, size_t n, char *const *argv)
{
	uint64_t *begin = calloc(n, sizeof(*begin)), *times = calloc(n * rounds, sizeof(*times));
	pid_t *pids = calloc(n, sizeof(*pids)), pid;
	size_t done = 0, failures = 0;
	int status;

	for (size_t r = 0; r < rounds; r++) {
		for (size_t i = 0; i < n; i++) {
			begin[i] = now();
			pids[i] = start(argv);
			failures += pids[i] < 0;
		}
		while ((pid = waitpid(-1, &status, 0)) > 0) {
			for (size_t i = 0; i < n; i++) {
				if (pids[i] != pid)
					continue;
				times[done++] = now() - begin[i];
				failures += status != 0;
			}
		}
	}
	qsort(times, done, sizeof(*times), by_time);
	if (done)
		printf("%lu %lu %lu %zu\n", times[done / 2] / 1000, times[done * 99 / 100] / 1000,
			times[done - 1] / 1000, failures);
	return 0;
}

int main(int argc, char **argv)
{
	static struct line lines[MAX_LINES];
	size_t n = 0, rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 0, size = 0;
	char *text = NULL;

	if (rounds == 0)
		return 2;
	if (argc > 4 && strcmp(argv[2], "crowd") == 0)
		return crowd(rounds, strtoul(argv[3], NULL, 10), argv + 4);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	while (n < MAX_LINES && getline(&text, &size, stdin) > 0) {
		text[strcspn(text, "\n")] = '\0';
		parse(&lines[n++], text, rounds);
		text = NULL;
		size = 0;
	}
	for (size_t r = 0; r < rounds; r++)
		for (size_t i = 0; i < n; i++)
			measure(&lines[i]);
	for (size_t i = 0; i < n; i++) {
		struct line *l = &lines[i];

		qsort(l->times, l->n_times, sizeof(*l->times), by_time);
		printf("%s %lu %lu %zu\n", l->name,
			l->n_times ? l->times[l->n_times / 2] / 1000 : 0,
			l->n_times ? l->times[0] / 1000 : 0, l->failures);
	}
	return 0;
}
