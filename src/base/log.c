/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - one line, one write(2)
 *
 * Several processes may share a log file (opened with O_APPEND); a line that goes out in one write
 * is never mixed with another's. */
#include "base/log.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/fd.h"
#include "base/jsonw.h"
#include "base/show.h"

static struct {
	enum log_level level;
	enum log_format format;
	int fd;
	bool is_file;
	bool is_hushed; /* no warnings */
} target = { LOG_WARNING, LOG_TEXT, STDERR_FILENO, false, false };

static const char *const names[] = { "error", "warning", "info", "debug" };

void log_setup(enum log_level level, enum log_format format, int fd, bool is_file)
{
	target.level = level;
	target.format = format;
	target.fd = fd;
	target.is_file = is_file;
}

bool log_enabled(enum log_level level)
{
	return level <= target.level && !(target.is_hushed && level == LOG_WARNING);
}

void log_hush(void)
{
	target.is_hushed = true;
}

void log_speak(void)
{
	target.is_hushed = false;
}

/* the time as RFC 3339 wants it, in UTC */
static void time_now(char *out, size_t size)
{
	struct timespec now = { 0 };
	struct tm tm;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (!gmtime_r(&now.tv_sec, &tm) || strftime(out, size, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		(void)snprintf(out, size, "1970-01-01T00:00:00Z");
}

static void json_line(struct str *out, enum log_level level, const char *msg, const char *now)
{
	struct jsonw w;

	jsonw_init(&w, out, 0);
	jsonw_object(&w, NULL);
	jsonw_string(&w, "level", names[level]);
	jsonw_string(&w, "msg", msg);
	jsonw_string(&w, "time", now);
	jsonw_end_object(&w);
}

/* Engines look for these words in all that a runtime prints, and make an exit status of them (126,
 * 127) or take a failure for a success. They are for errors: what goes on in spite of a problem
 * must not decide about that. */
static const struct {
	const char *words, *instead;
} reserved[] = {
	{ "operation not permitted", "not permitted (EPERM)" },
	{ "permission denied", "denied (EACCES)" },
	{ "no such file or directory", "not found (ENOENT)" },
	{ "no such process", "gone (ESRCH)" },
	{ "does not exist", "is not there" },
	{ "executable file not found", "program not found" },
};

static void avoid_reserved(char *msg)
{
	for (size_t i = 0; i < ARRAY_LEN(reserved); i++) {
		size_t old = strlen(reserved[i].words), new = strlen(reserved[i].instead);

		assert(new <= old);
		for (char *at = msg; (at = strstr(at, reserved[i].words)); at += new) {
			size_t rest = strlen(at + old) + 1;

			memmove(at + new, at + old, rest);
			memcpy(at, reserved[i].instead, new);
		}
	}
}

void log_no_memory(void)
{
	static const char plain[] = "crun-lite: out of memory\n";
	char line[160], now[32];
	int n;

	time_now(now, sizeof(now));
	if (target.format == LOG_JSON)
		n = snprintf(line, sizeof(line),
			"{\"level\":\"error\",\"msg\":\"out of memory\",\"time\":\"%s\"}\n", now);
	else if (target.is_file)
		n = snprintf(line, sizeof(line), "time=\"%s\" level=error msg=\"out of memory\"\n",
			now);
	else
		n = snprintf(line, sizeof(line), "%s", plain);
	fd_survive_limit();
	(void)!fd_write_all(target.fd, line, (size_t)n);
	/* as for every error: whoever reads one of the two must find it there */
	if (target.fd != STDERR_FILENO)
		(void)!fd_write_all(STDERR_FILENO, plain, sizeof(plain) - 1);
}

void log_at(enum log_level level, const char *fmt, ...)
{
	auto_str struct str line = { 0 };
	char msg[ERR_MAX + 512], now[32];
	int saved = errno;
	va_list ap;

	if (!log_enabled(level))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	if (level != LOG_ERROR)
		avoid_reserved(msg);
	time_now(now, sizeof(now));
	if (target.format == LOG_JSON) {
		json_line(&line, level, msg, now);
	} else if (target.is_file || level == LOG_DEBUG) {
		str_addf(&line, "time=\"%s\" level=%s msg=\"", now, names[level]);
		show_escaped(&line, msg, strlen(msg));
		str_addc(&line, '"');
	} else if (level == LOG_ERROR) {
		str_addf(&line, "crun-lite: %s", msg);
	} else {
		str_addf(&line, "crun-lite: %s: %s", names[level], msg);
	}
	str_addc(&line, '\n');
	fd_survive_limit();
	if (fd_write_all(target.fd, line.data, line.len) < 0)
		errno = saved; /* there is nowhere to tell it */
	errno = saved;
}
