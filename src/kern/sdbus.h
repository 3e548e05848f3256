/* SPDX-License-Identifier: Apache-2.0 */
/* sdbus.h - a connection over sd-bus, the D-Bus client of libsystemd; shared inside kern
 *
 * The prototypes are those of systemd/sd-bus.h (libsystemd 241), written out here so that a build
 * needs no header of a library that most machines never load. */
#ifndef CL_KERN_SDBUS_H
#define CL_KERN_SDBUS_H

#include "base/err.h"

struct sd_bus;
struct sd_bus_message;
struct sd_bus_slot;

struct sd_bus_error {
	const char *name, *message;
	int need_free;
};

typedef int (*sdbus_handler)(struct sd_bus_message *m, void *arg, struct sd_bus_error *error);

struct sdbus_library {
	int (*bus_new)(struct sd_bus **ret);
	int (*set_address)(struct sd_bus *bus, const char *address);
	int (*set_bus_client)(struct sd_bus *bus, int yes);
	int (*start)(struct sd_bus *bus);
	struct sd_bus *(*close_unref)(struct sd_bus *bus);
	int (*get_fd)(struct sd_bus *bus);
	int (*get_events)(struct sd_bus *bus);
	int (*process)(struct sd_bus *bus, struct sd_bus_message **ret);
	int (*is_ready)(struct sd_bus *bus);
	int (*match_signal_async)(struct sd_bus *bus, struct sd_bus_slot **ret, const char *sender,
		const char *path, const char *interface, const char *member, sdbus_handler handler,
		sdbus_handler installed, void *arg);
	int (*call_async)(struct sd_bus *bus, struct sd_bus_slot **ret, struct sd_bus_message *m,
		sdbus_handler handler, void *arg, uint64_t usec);
	struct sd_bus_slot *(*slot_unref)(struct sd_bus_slot *slot);
	int (*message_new_method_call)(struct sd_bus *bus, struct sd_bus_message **ret,
		const char *destination, const char *path, const char *interface,
		const char *member);
	struct sd_bus_message *(*message_unref)(struct sd_bus_message *m);
	int (*message_append)(struct sd_bus_message *m, const char *types, ...);
	int (*message_append_array)(struct sd_bus_message *m, char type, const void *data,
		size_t size);
	int (*message_append_strv)(struct sd_bus_message *m, char **list);
	int (*message_open_container)(struct sd_bus_message *m, char type, const char *contents);
	int (*message_close_container)(struct sd_bus_message *m);
	int (*message_read)(struct sd_bus_message *m, const char *types, ...);
	const struct sd_bus_error *(*message_get_error)(struct sd_bus_message *m);
};

struct sdbus {
	struct sdbus_library lib;
	void *handle; /* of the library */
	struct sd_bus *bus;
};

/* sdbus_open - load the library, connect to address (shown as name) and log in. sdbus_close also
 * after a failure. */
NODISCARD int sdbus_open(struct sdbus *b, const char *name, const char *address, int64_t deadline,
	struct err *e);
void sdbus_close(struct sdbus *b);

/* sdbus_wait - let the connection work until *done or the deadline; handlers run in here. code
 * ETIMEDOUT: not in time */
NODISCARD int sdbus_wait(struct sdbus *b, const bool *done, int64_t deadline, struct err *e);

#endif
