/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/json.h"
#include "test.h"

/* a file as the log's target */
static int start(enum log_level level, enum log_format format, bool is_file)
{
	char path[300];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/log", test_dir());
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	log_setup(level, format, fd, is_file);
	return fd;
}

/* what was written; the log goes to standard error again */
static void stop(int fd, struct str *out)
{
	log_setup(LOG_WARNING, LOG_TEXT, STDERR_FILENO, false);
	(void)lseek(fd, 0, SEEK_SET);
	CHECK_INT(fd_read_all(fd, 1 << 20, out), 0);
	(void)close(fd);
}

/* put '0' for every digit between the first two quotes: the time is what it is */
static void hide_time(struct str *s, const char *before)
{
	char *p = strstr(s->data, before);

	if (!p)
		return;
	for (p += strlen(before); *p && *p != '"'; p++)
		if (*p >= '0' && *p <= '9')
			*p = '0';
}

TEST(log_text_on_a_terminal)
{
	auto_str struct str out = { 0 };
	int fd = start(LOG_DEBUG, LOG_TEXT, false);

	log_error("open \"%s\": no such file or directory", "x");
	log_warning("odd");
	log_at(LOG_INFO, "well");
	log_debug("step %d", 1);
	stop(fd, &out);
	hide_time(&out, "time=\"");
	CHECK_STR(str_text(&out),
		"crun-lite: open \"x\": no such file or directory\n"
		"crun-lite: warning: odd\n"
		"crun-lite: info: well\n"
		"time=\"0000-00-00T00:00:00Z\" level=debug msg=\"step 1\"\n");
}

TEST(log_text_in_a_file)
{
	auto_str struct str out = { 0 };
	int fd = start(LOG_WARNING, LOG_TEXT, true);

	log_error("a \"b\"\nc");
	stop(fd, &out);
	hide_time(&out, "time=\"");
	CHECK_STR(str_text(&out),
		"time=\"0000-00-00T00:00:00Z\" level=error msg=\"a \\\"b\\\"\\nc\"\n");
}

TEST(log_json_is_one_line)
{
	auto_str struct str out = { 0 };
	int fd = start(LOG_WARNING, LOG_JSON, true);

	log_error("a \"b\"\nc \xff");
	stop(fd, &out);
	hide_time(&out, "\"time\":\"");
	CHECK_STR(str_text(&out),
		"{\"level\":\"error\",\"msg\":\"a \\\"b\\\"\\nc \xef\xbf\xbd\",\"time\":\"0000-00-00T00:00:00Z\"}\n");
}

TEST(log_levels)
{
	auto_str struct str out = { 0 };
	int fd = start(LOG_WARNING, LOG_TEXT, false);

	CHECK_TRUE(log_enabled(LOG_ERROR));
	CHECK_TRUE(log_enabled(LOG_WARNING));
	CHECK_FALSE(log_enabled(LOG_INFO));
	CHECK_FALSE(log_enabled(LOG_DEBUG));
	log_debug("no");
	log_at(LOG_INFO, "no");
	log_warning("yes");
	stop(fd, &out);
	CHECK_STR(str_text(&out), "crun-lite: warning: yes\n");
}

TEST(log_holds_the_longest_error)
{
	auto_str struct str out = { 0 };
	struct err e;
	int fd;

	err_init(&e);
	for (int i = 0; i < 3000; i++)
		(void)err_in(&e, "%d", i);
	fd = start(LOG_WARNING, LOG_TEXT, false);
	log_error("%s", err_text(&e));
	stop(fd, &out);
	CHECK_INT(out.len, strlen("crun-lite: \n") + ERR_MAX - 1);
}

TEST(log_leaves_errno_alone)
{
	log_setup(LOG_WARNING, LOG_TEXT, -1, false);
	errno = EXDEV;
	log_warning("to nowhere");
	CHECK_INT(errno, EXDEV);
	log_setup(LOG_WARNING, LOG_TEXT, STDERR_FILENO, false);
}

/* Engines make an exit status of these words, wherever they stand. */
TEST(log_keeps_words_of_errors_for_errors)
{
	auto_str struct str out = { 0 };
	int fd = start(LOG_INFO, LOG_TEXT, false);

	log_warning("a: operation not permitted: b: permission denied, permission denied");
	log_at(LOG_INFO, "open \"x\": no such file or directory");
	log_warning("no such process; container \"x\" does not exist");
	log_warning("executable file not found in $PATH");
	log_error("permission denied");
	stop(fd, &out);
	CHECK_STR(str_text(&out),
		"crun-lite: warning: a: not permitted (EPERM): b: denied (EACCES), denied (EACCES)\n"
		"crun-lite: info: open \"x\": not found (ENOENT)\n"
		"crun-lite: warning: gone (ESRCH); container \"x\" is not there\n"
		"crun-lite: warning: program not found in $PATH\n"
		"crun-lite: permission denied\n");
}
