/* SPDX-License-Identifier: Apache-2.0 */
/* systemd.h - scopes of systemd over D-Bus (org.freedesktop.systemd1(5))
 *
 * libsystemd is loaded with the first connection. Nothing here waits longer than
 * SYSTEMD_TIMEOUT_MS: not for the bus, not for an answer, not for a job. */
#ifndef CL_KERN_SYSTEMD_H
#define CL_KERN_SYSTEMD_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"

enum { SYSTEMD_TIMEOUT_MS = 10000 };

enum unit_type {
	UNIT_BOOL,         /* b: number */
	UNIT_INT,          /* i: number, as int32_t */
	UNIT_UINT,         /* u: number */
	UNIT_NUMBER,       /* t: number; UINT64_MAX is "infinity" */
	UNIT_TEXT,         /* s: text */
	UNIT_LIST,         /* as: list */
	UNIT_BYTES,        /* ay: bytes */
	UNIT_TEXT_PAIRS,   /* a(ss): pairs, name and text */
	UNIT_NUMBER_PAIRS, /* a(st): pairs, name and number */
};

struct unit_pair {
	const char *name, *text;
	uint64_t number;
};

/* a property of a unit, as StartTransientUnit takes it */
struct unit_property {
	const char *name;
	enum unit_type type;
	uint64_t number;
	const char *text;
	const char *const *list; /* NULL-terminated */
	const uint8_t *bytes;
	const struct unit_pair *pairs;
	size_t count; /* of bytes or pairs */
};

struct systemd;

enum {
	SYSTEMD_USER = 1, /* the caller's own service manager, not the system's */
};

/* systemd_open - connect to the bus of the service manager: DBUS_SYSTEM_BUS_ADDRESS or the usual
 * socket; SYSTEMD_USER: DBUS_SESSION_BUS_ADDRESS or XDG_RUNTIME_DIR/bus. It lives in the arena, and
 * is closed by systemd_close (NULL is allowed). The error names the bus and the remedy. */
NODISCARD int systemd_open(struct arena *a, unsigned flags, struct systemd **ret, struct err *e);
void systemd_close(struct systemd *s);

/* systemd_fd - the descriptor of the connection, for a child that must not keep it; -1 for NULL */
int systemd_fd(const struct systemd *s);

/* systemd_start_scope - one StartTransientUnit of scope unit with these properties, which systemd
 * moves the process behind pidfd into, and the end of its job. Where systemd has no PIDFDs (before
 * 254) it is called again with pid. A unit that failed before under this name is reset. *ret_ours,
 * also set on failure: may a unit of that name be there that is ours? (false: refused, or it is
 * somebody else's, code EEXIST) */
NODISCARD int systemd_start_scope(struct systemd *s, const char *unit,
	const struct unit_property *properties, size_t count, pid_t pid, int pidfd, bool *ret_ours,
	struct err *e);

/* systemd_set_properties - SetUnitProperties of unit, until it ends. On return systemd has written
 * to its cgroup what it writes for them. */
NODISCARD int systemd_set_properties(struct systemd *s, const char *unit,
	const struct unit_property *properties, size_t count, struct err *e);

/* systemd_attach - move process pid, as the initial pid namespace calls it, to the cgroup of unit,
 * or the one below it whose path there is below ("/a"; "": none) */
NODISCARD int systemd_attach(struct systemd *s, const char *unit, const char *below, pid_t pid,
	struct err *e);

/* systemd_stop - StopUnit, the end of its job, and ResetFailedUnit. A unit that does not exist is
 * success. */
NODISCARD int systemd_stop(struct systemd *s, const char *unit, struct err *e);

#endif
