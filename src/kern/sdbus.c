/* SPDX-License-Identifier: Apache-2.0 */
/* sdbus.c - load libsystemd, connect to a bus, wait with a deadline
 *
 * sd_bus_call(3) and the functions that open a default bus wait as long as the other side likes (a
 * login without an answer: 90 s). So everything is asynchronous here, and the waiting is our own
 * poll(2). */
#include "sdbus.h"

#include <poll.h>
#include <string.h>

#include "kern/deadline.h"
#include "kern/dlopen_note.h"
#include "kern/library.h"

DLOPEN_NOTE(libsystemd,
	"[{\"feature\":\"systemd\",\"description\":\"puts containers into scopes of systemd\","
	"\"priority\":\"suggested\",\"soname\":[\"libsystemd.so.0\"]}]");

#define SYMBOL(member, symbol)                                 \
	{                                                      \
		symbol, offsetof(struct sdbus_library, member) \
	}

static const struct {
	const char *name;
	size_t at;
} symbols[] = {
	SYMBOL(bus_new, "sd_bus_new"),
	SYMBOL(set_address, "sd_bus_set_address"),
	SYMBOL(set_bus_client, "sd_bus_set_bus_client"),
	SYMBOL(start, "sd_bus_start"),
	SYMBOL(close_unref, "sd_bus_close_unref"),
	SYMBOL(get_fd, "sd_bus_get_fd"),
	SYMBOL(get_events, "sd_bus_get_events"),
	SYMBOL(process, "sd_bus_process"),
	SYMBOL(is_ready, "sd_bus_is_ready"),
	SYMBOL(match_signal_async, "sd_bus_match_signal_async"),
	SYMBOL(call_async, "sd_bus_call_async"),
	SYMBOL(slot_unref, "sd_bus_slot_unref"),
	SYMBOL(message_new_method_call, "sd_bus_message_new_method_call"),
	SYMBOL(message_unref, "sd_bus_message_unref"),
	SYMBOL(message_append, "sd_bus_message_append"),
	SYMBOL(message_append_array, "sd_bus_message_append_array"),
	SYMBOL(message_append_strv, "sd_bus_message_append_strv"),
	SYMBOL(message_open_container, "sd_bus_message_open_container"),
	SYMBOL(message_close_container, "sd_bus_message_close_container"),
	SYMBOL(message_read, "sd_bus_message_read"),
	SYMBOL(message_get_error, "sd_bus_message_get_error"),
};
_Static_assert(sizeof(struct sdbus_library) == ARRAY_LEN(symbols) * sizeof(void *),
	"a function of libsystemd has no name");

static const char library_name[] = "libsystemd.so.0";

static int load(struct sdbus *b, struct err *e)
{
	struct err why;

	err_init(&why);
	b->handle = library_open(library_name, &why);
	if (!b->handle)
		return err_set(e, ENOENT,
			"the systemd cgroup manager needs \"%s\", which cannot be loaded: %s; install libsystemd",
			library_name, err_text(&why));
	for (size_t i = 0; i < ARRAY_LEN(symbols); i++) {
		void *symbol = library_symbol(b->handle, symbols[i].name);

		if (!symbol)
			return err_set(e, ENOSYS,
				"the systemd cgroup manager needs \"%s\" of version 241 or newer: \"%s\" is missing",
				library_name, symbols[i].name);
		memcpy((char *)&b->lib + symbols[i].at, &symbol, sizeof(symbol));
	}
	return 0;
}

/* One round: handle what has come, else wait for more. 0, or -1 with *e */
static int step(struct sdbus *b, int64_t deadline, struct err *e)
{
	struct pollfd p = { .fd = -1 };
	int left = deadline_left(deadline), r = b->lib.process(b->bus, NULL);

	if (r < 0)
		return err_sys(e, -r, "talk to the bus");
	if (left == 0)
		return err_set(e, ETIMEDOUT, "no answer in time");
	if (r > 0)
		return 0;
	r = b->lib.get_events(b->bus);
	p.fd = b->lib.get_fd(b->bus);
	p.events = (short)r;
	if (r < 0 || p.fd < 0)
		return err_sys(e, r < 0 ? -r : -p.fd, "talk to the bus");
	/* when time is up, the next round says so */
	if (poll(&p, 1, left) < 0 && errno != EINTR)
		return err_sys(e, errno, "wait for the bus");
	return 0;
}

int sdbus_wait(struct sdbus *b, const bool *done, int64_t deadline, struct err *e)
{
	while (!*(const volatile bool *)done) {
		if (step(b, deadline, e) < 0)
			return -1;
	}
	return 0;
}

static int log_in(struct sdbus *b, int64_t deadline, struct err *e)
{
	int r;

	while ((r = b->lib.is_ready(b->bus)) == 0) {
		if (step(b, deadline, e) < 0)
			return -1;
	}
	return r < 0 ? err_sys(e, -r, "log in to the bus") : 0;
}

int sdbus_open(struct sdbus *b, const char *name, const char *address, int64_t deadline,
	struct err *e)
{
	int r;

	*b = (struct sdbus){ 0 };
	if (load(b, e) < 0)
		return -1;
	r = b->lib.bus_new(&b->bus);
	if (r >= 0)
		r = b->lib.set_address(b->bus, address);
	if (r >= 0)
		r = b->lib.set_bus_client(b->bus, 1);
	if (r >= 0)
		r = b->lib.start(b->bus);
	if (r < 0)
		(void)err_sys(e, -r, "connect");
	else if (log_in(b, deadline, e) == 0)
		return 0;
	return err_in(e, "%s \"%s\"", name, address);
}

void sdbus_close(struct sdbus *b)
{
	if (b->bus)
		(void)b->lib.close_unref(b->bus);
	b->bus = NULL;
	/* the library stays: it registers handlers for the end of the process */
}
