/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - one line, one write(2)
 *
 * Several processes may share a log file (opened with O_APPEND); a line that goes out in one write
 * is never mixed with another's. */
#include "base/log.h"

#include <stdio.h>
#include <time.h>

#include "base/fd.h"
#include "base/jsonw.h"
#include "base/show.h"

static struct {
	enum log_level level;
	enum log_format format;
	int fd;
	bool is_file;
} target = { LOG_WARNING, LOG_TEXT, STDERR_FILENO, false };

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
	return level <= target.level;
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
	time_now(now, sizeof(now));
	if (target.format == LOG_JSON) {
		json_line(&line, level, msg, now);
	} else if (target.is_file) {
		str_addf(&line, "time=\"%s\" level=%s msg=\"", now, names[level]);
		show_escaped(&line, msg, strlen(msg));
		str_addc(&line, '"');
	} else if (level == LOG_ERROR) {
		str_addf(&line, "crun-lite: %s", msg);
	} else {
		str_addf(&line, "crun-lite: %s: %s", names[level], msg);
	}
	str_addc(&line, '\n');
	if (fd_write_all(target.fd, line.data, line.len) < 0)
		errno = saved; /* there is nowhere to tell it */
	errno = saved;
}
