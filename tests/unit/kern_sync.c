/* SPDX-License-Identifier: Apache-2.0 */
#include "kern/sync.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include "base/log.h"
#include "test.h"

/* What init tells in between goes to the log; the message that was waited for is the next one. */
TEST(sync_expect_logs_warnings_and_goes_on)
{
	auto_close int log = memfd_create("log", MFD_CLOEXEC);
	char text[200] = "";
	struct sync_message m;
	struct err e;
	int pair[2];

	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	err_init(&e);
	(void)err_set(&e, 0, "one \"%s\"", "%s");
	CHECK_INT(sync_send_warning(pair[0], &e), 0);
	(void)err_set(&e, 0, "two");
	CHECK_INT(sync_send_warning(pair[0], &e), 0);
	CHECK_INT(sync_send(pair[0], SYNC_READY, 7, -1), 0);
	log_setup(LOG_WARNING, LOG_TEXT, log, false);
	CHECK_INT(sync_expect(pair[1], SYNC_READY, "init", &m, &e), 0);
	log_setup(LOG_WARNING, LOG_TEXT, STDERR_FILENO, false);
	CHECK_INT(m.value, 7);
	CHECK_TRUE(pread(log, text, sizeof(text) - 1, 0) > 0);
	CHECK_STR(text, "crun-lite: warning: one \"%s\"\ncrun-lite: warning: two\n");
	def_close(&pair[0]);
	CHECK_INT(sync_expect(pair[1], SYNC_READY, "init", &m, &e), -1);
	CHECK_STR(err_text(&e), "init ended without a word");
	def_close(&pair[1]);
}
