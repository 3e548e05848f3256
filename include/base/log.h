/* SPDX-License-Identifier: Apache-2.0 */
/* log.h - what goes on in spite of a problem, and debug lines
 *
 * The only mutable state below cli: level, format and target. Text lines are
 * `time="RFC3339" level=warning msg="…"` when they go to a file and `crun-lite: warning: …` (an
 * error: `crun-lite: …`) on a terminal or standard error, but for debug lines, which look the same
 * everywhere; JSON lines are {"level":…,"msg":…,"time":…} as engines parse them (the last line with
 * level "error" is what they show to their user, so a message is never split). */
#ifndef CL_BASE_LOG_H
#define CL_BASE_LOG_H

#include "base/err.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_TEXT, LOG_JSON };

/* log_setup - take over fd (not closed by log) as target. Called once by cli; until then errors and
 * warnings go to standard error as text. */
void log_setup(enum log_level level, enum log_format format, int fd, bool is_file);

/* log_enabled - would a line of this level be written? */
bool log_enabled(enum log_level level);

/* log_hush - until log_speak no warning is written: something is done once more, and they have been
 * written before */
void log_hush(void);
void log_speak(void);

/* log_at - write one line; words that engines know from errors ("permission denied") are put
 * otherwise in all that is none; errors in writing are ignored, there is nowhere to tell them */
void log_at(enum log_level level, const char *fmt, ...) PRINTF(2, 3);

/* log_no_memory - the error that memory ran out, without any */
void log_no_memory(void);

#define log_error(...) log_at(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_at(LOG_WARNING, __VA_ARGS__)
/* these two are for a few: with the default level nothing but the comparison is done */
#define log_info(...)                                  \
	do {                                           \
		if (log_enabled(LOG_INFO))             \
			log_at(LOG_INFO, __VA_ARGS__); \
	} while (0)
#define log_debug(...)                                  \
	do {                                            \
		if (log_enabled(LOG_DEBUG))             \
			log_at(LOG_DEBUG, __VA_ARGS__); \
	} while (0)

#endif
