/* SPDX-License-Identifier: Apache-2.0 */
/* systemd.c - start and stop a scope
 *
 * A method only queues a job; its result comes as signal JobRemoved, which may be on its way before
 * the answer to the method is. So signals are asked for first, and kept until it is known which of
 * them counts. Whoever started a job is told of its end without Subscribe, which would have the
 * manager send everybody everything. */
#include "kern/systemd.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "kern/deadline.h"
#include "sdbus.h"

#define DESTINATION "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER "org.freedesktop.systemd1.Manager"

enum {
	JOBS = 8,        /* of one unit, in the time of one call */
	TEXT_MAX = 1024, /* of an error */
};

struct job {
	char path[128], result[32];
};

struct systemd {
	struct sdbus bus;
	bool matching; /* JobRemoved has been asked for */
	const char *unit;
	struct job jobs[JOBS]; /* that were removed */
	size_t n_jobs;
	const char *awaited; /* path of the job, NULL: not known yet */
	const struct job *ended;
	bool done; /* what is waited for has come */
	/* the answer to a call */
	bool failed;
	char name[128], text[TEXT_MAX], path[128];
};

static void copy(char *to, size_t size, const char *from)
{
	(void)snprintf(to, size, "%s", from ? from : "");
}

/* ---- messages ---- */

static const char *const signatures[] = {
	[UNIT_BOOL] = "b",
	[UNIT_INT] = "i",
	[UNIT_UINT] = "u",
	[UNIT_NUMBER] = "t",
	[UNIT_TEXT] = "s",
	[UNIT_LIST] = "as",
	[UNIT_BYTES] = "ay",
	[UNIT_TEXT_PAIRS] = "a(ss)",
	[UNIT_NUMBER_PAIRS] = "a(st)",
};

static int append_pairs(const struct sdbus_library *l, struct sd_bus_message *m,
	const struct unit_property *p)
{
	bool text = p->type == UNIT_TEXT_PAIRS;
	int r = l->message_open_container(m, 'a', text ? "(ss)" : "(st)");

	for (size_t i = 0; i < p->count && r >= 0; i++) {
		const struct unit_pair *pair = &p->pairs[i];

		r = text ? l->message_append(m, "(ss)", pair->name, pair->text)
			 : l->message_append(m, "(st)", pair->name, pair->number);
	}
	return r < 0 ? r : l->message_close_container(m);
}

static int append_value(const struct sdbus_library *l, struct sd_bus_message *m,
	const struct unit_property *p)
{
	switch (p->type) {
	case UNIT_BOOL:
		return l->message_append(m, "b", (int)p->number);
	case UNIT_INT:
		return l->message_append(m, "i", (int32_t)p->number);
	case UNIT_UINT:
		return l->message_append(m, "u", (uint32_t)p->number);
	case UNIT_NUMBER:
		return l->message_append(m, "t", p->number);
	case UNIT_TEXT:
		return l->message_append(m, "s", p->text);
	case UNIT_LIST:
		return l->message_append_strv(m, (char **)(uintptr_t)p->list);
	case UNIT_BYTES:
		return l->message_append_array(m, 'y', p->bytes, p->count);
	case UNIT_TEXT_PAIRS:
	case UNIT_NUMBER_PAIRS:
		return append_pairs(l, m, p);
	}
	return -EINVAL;
}

/* a negative errno on failure, as sd-bus has it; here and below */
static int append_property(const struct sdbus_library *l, struct sd_bus_message *m,
	const struct unit_property *p)
{
	int r = l->message_open_container(m, 'r', "sv");

	if (r >= 0)
		r = l->message_append(m, "s", p->name);
	if (r >= 0)
		r = l->message_open_container(m, 'v', signatures[p->type]);
	if (r >= 0)
		r = append_value(l, m, p);
	if (r >= 0)
		r = l->message_close_container(m);
	return r < 0 ? r : l->message_close_container(m);
}

static int append_scope(const struct sdbus_library *l, struct sd_bus_message *m,
	const struct systemd *s, const struct unit_property *properties, size_t count, pid_t pid,
	int pidfd)
{
	int r = l->message_append(m, "ss", s->unit, "fail");

	if (r >= 0)
		r = l->message_open_container(m, 'a', "(sv)");
	if (r >= 0)
		r = pidfd >= 0 ? l->message_append(m, "(sv)", "PIDFDs", "ah", 1, pidfd)
			       : l->message_append(m, "(sv)", "PIDs", "au", 1, (uint32_t)pid);
	for (size_t i = 0; i < count && r >= 0; i++)
		r = append_property(l, m, &properties[i]);
	if (r >= 0)
		r = l->message_close_container(m);
	return r < 0 ? r : l->message_append(m, "a(sa(sv))", 0);
}

/* ---- calls and jobs ---- */

static void look_for_job(struct systemd *s)
{
	for (size_t i = 0; i < s->n_jobs && s->awaited; i++) {
		if (str_eq(s->jobs[i].path, s->awaited)) {
			s->ended = &s->jobs[i];
			s->done = true;
		}
	}
}

static int on_job_removed(struct sd_bus_message *m, void *arg, struct sd_bus_error *error)
{
	const char *path, *unit, *result;
	struct systemd *s = arg;
	uint32_t id;

	(void)error;
	if (s->bus.lib.message_read(m, "uoss", &id, &path, &unit, &result) < 0)
		return 0;
	if (!s->unit || !str_eq(unit, s->unit))
		return 0;
	if (s->n_jobs == JOBS) { /* the oldest ones can hardly be it */
		memmove(&s->jobs[0], &s->jobs[1], (JOBS - 1) * sizeof(s->jobs[0]));
		s->n_jobs--;
	}
	copy(s->jobs[s->n_jobs].path, sizeof(s->jobs[0].path), path);
	copy(s->jobs[s->n_jobs].result, sizeof(s->jobs[0].result), result);
	s->n_jobs++;
	look_for_job(s);
	return 0;
}

static int on_reply(struct sd_bus_message *m, void *arg, struct sd_bus_error *error)
{
	struct systemd *s = arg;
	const struct sd_bus_error *failure = s->bus.lib.message_get_error(m);
	const char *path = NULL;

	(void)error;
	s->done = true;
	s->failed = failure != NULL;
	if (failure) {
		copy(s->name, sizeof(s->name), failure->name);
		copy(s->text, sizeof(s->text), failure->message);
	} else if (s->bus.lib.message_read(m, "o", &path) >= 0) {
		copy(s->path, sizeof(s->path), path);
	}
	return 0;
}

/* Send m and wait for the answer, which lands in *s. m is released. */
static int call(struct systemd *s, struct sd_bus_message *m, int built, int64_t deadline,
	struct err *e)
{
	const struct sdbus_library *l = &s->bus.lib;
	struct sd_bus_slot *slot = NULL;
	int r = built;

	s->done = s->failed = false;
	s->path[0] = '\0';
	if (r >= 0)
		r = l->call_async(s->bus.bus, &slot, m, on_reply, s, UINT64_MAX);
	(void)l->message_unref(m);
	if (r < 0)
		return err_sys(e, -r, "write a message for systemd");
	r = sdbus_wait(&s->bus, &s->done, deadline, e);
	/* an answer that comes too late finds nobody */
	(void)l->slot_unref(slot);
	if (r < 0)
		return -1;
	if (s->failed)
		return err_set(e, EREMOTEIO, "%s (%s)", s->text, s->name);
	return 0;
}

/* Ask for the end of the jobs of unit from now on. */
static int watch_jobs(struct systemd *s, const char *unit, struct err *e)
{
	int r;

	s->unit = unit;
	s->n_jobs = 0;
	if (s->matching)
		return 0;
	r = s->bus.lib.match_signal_async(s->bus.bus, NULL, DESTINATION, MANAGER_PATH, MANAGER,
		"JobRemoved", on_job_removed, NULL, s);
	if (r < 0)
		return err_sys(e, -r, "watch the jobs of systemd");
	s->matching = true;
	return 0;
}

/* the end of the job that the last call has queued */
static int wait_job(struct systemd *s, int64_t deadline, struct err *e)
{
	s->awaited = s->path;
	s->done = false;
	look_for_job(s);
	int r = sdbus_wait(&s->bus, &s->done, deadline, e);

	s->awaited = NULL;
	if (r < 0)
		return err_in(e, "wait for job \"%s\"", s->path);
	if (!str_eq(s->ended->result, "done"))
		return err_set(e, EREMOTEIO,
			"its job ended with result \"%s\", must be \"done\"; \"journalctl -u %s\" may tell why",
			s->ended->result, s->unit);
	return 0;
}

static int new_call(struct systemd *s, const char *member, struct sd_bus_message **ret)
{
	*ret = NULL;
	return s->bus.lib.message_new_method_call(s->bus.bus, ret, DESTINATION, MANAGER_PATH,
		MANAGER, member);
}

static int reset_failed(struct systemd *s, int64_t deadline, struct err *e)
{
	struct sd_bus_message *m;
	int r = new_call(s, "ResetFailedUnit", &m);

	if (r >= 0)
		r = s->bus.lib.message_append(m, "s", s->unit);
	return call(s, m, r, deadline, e);
}

static int call_start(struct systemd *s, const struct unit_property *properties, size_t count,
	pid_t pid, int pidfd, int64_t deadline, struct err *e)
{
	struct sd_bus_message *m;
	int r = new_call(s, "StartTransientUnit", &m);

	if (r >= 0)
		r = append_scope(&s->bus.lib, m, s, properties, count, pid, pidfd);
	return call(s, m, r, deadline, e);
}

static bool failed_with(const struct systemd *s, const char *name)
{
	return s->failed && str_eq(s->name, name);
}

static int start(struct systemd *s, const struct unit_property *properties, size_t count, pid_t pid,
	int pidfd, int64_t deadline, struct err *e)
{
	int r = call_start(s, properties, count, pid, pidfd, deadline, e);

	if (r < 0 && failed_with(s, "org.freedesktop.DBus.Error.PropertyReadOnly") &&
		strstr(s->text, "PIDFDs")) {
		pidfd = -1;
		r = call_start(s, properties, count, pid, pidfd, deadline, e);
	}
	if (r < 0 && failed_with(s, "org.freedesktop.systemd1.UnitExists")) {
		/* one that failed keeps its name until it is reset */
		if (reset_failed(s, deadline, e) < 0 && !s->failed)
			return -1;
		r = call_start(s, properties, count, pid, pidfd, deadline, e);
	}
	if (r < 0 && failed_with(s, "org.freedesktop.systemd1.UnitExists"))
		return err_set(e, EEXIST, "%s (%s)", s->text, s->name);
	return r;
}

int systemd_start_scope(struct systemd *s, const char *unit, const struct unit_property *properties,
	size_t count, pid_t pid, int pidfd, bool *ret_ours, struct err *e)
{
	int64_t deadline = deadline_in(SYSTEMD_TIMEOUT_MS);

	*ret_ours = false;
	s->failed = false;
	if (watch_jobs(s, unit, e) == 0 &&
		start(s, properties, count, pid, pidfd, deadline, e) == 0) {
		*ret_ours = true;
		if (wait_job(s, deadline, e) == 0)
			return 0;
	}
	/* whoever gave no answer may have made it */
	if (!s->failed)
		*ret_ours = true;
	return err_in(e, "start scope \"%s\" by systemd", unit);
}

static int stop(struct systemd *s, int64_t deadline, struct err *e)
{
	struct sd_bus_message *m;
	int r = new_call(s, "StopUnit", &m);

	if (r >= 0)
		r = s->bus.lib.message_append(m, "ss", s->unit, "replace");
	if (call(s, m, r, deadline, e) < 0)
		return failed_with(s, "org.freedesktop.systemd1.NoSuchUnit") ? 0 : -1;
	if (wait_job(s, deadline, e) < 0)
		return -1;
	/* "not loaded" is what is hoped for */
	return reset_failed(s, deadline, e) < 0 && !s->failed ? -1 : 0;
}

int systemd_stop(struct systemd *s, const char *unit, struct err *e)
{
	if (watch_jobs(s, unit, e) < 0 || stop(s, deadline_in(SYSTEMD_TIMEOUT_MS), e) < 0)
		return err_in(e, "stop scope \"%s\" by systemd", unit);
	return 0;
}

/* ---- change ---- */

static int append_changes(const struct sdbus_library *l, struct sd_bus_message *m, const char *unit,
	const struct unit_property *properties, size_t count)
{
	int r = l->message_append(m, "sb", unit, 1);

	if (r >= 0)
		r = l->message_open_container(m, 'a', "(sv)");
	for (size_t i = 0; i < count && r >= 0; i++)
		r = append_property(l, m, &properties[i]);
	return r < 0 ? r : l->message_close_container(m);
}

/* Systemd answers first and writes then, before it looks at its next message: so it is asked
 * something. */
static int settle(struct systemd *s, const char *unit, int64_t deadline, struct err *e)
{
	struct sd_bus_message *m;
	int r = new_call(s, "GetUnit", &m);

	if (r >= 0)
		r = s->bus.lib.message_append(m, "s", unit);
	return call(s, m, r, deadline, e);
}

int systemd_set_properties(struct systemd *s, const char *unit,
	const struct unit_property *properties, size_t count, struct err *e)
{
	int64_t deadline = deadline_in(SYSTEMD_TIMEOUT_MS);
	struct sd_bus_message *m;
	int r = new_call(s, "SetUnitProperties", &m);

	if (r >= 0)
		r = append_changes(&s->bus.lib, m, unit, properties, count);
	if (call(s, m, r, deadline, e) < 0 || settle(s, unit, deadline, e) < 0)
		return err_in(e, "change scope \"%s\" by systemd", unit);
	return 0;
}

int systemd_attach(struct systemd *s, const char *unit, const char *below, pid_t pid, struct err *e)
{
	struct sd_bus_message *m;
	int r = new_call(s, "AttachProcessesToUnit", &m);

	if (r >= 0)
		r = s->bus.lib.message_append(m, "ssau", unit, below, 1, (uint32_t)pid);
	if (call(s, m, r, deadline_in(SYSTEMD_TIMEOUT_MS), e) == 0)
		return 0;
	return err_in(e, "put a process into scope \"%s\" by systemd", unit);
}

/* ---- connection ---- */

static const char *user_address(struct arena *a)
{
	const char *address = getenv("DBUS_SESSION_BUS_ADDRESS"), *dir = getenv("XDG_RUNTIME_DIR");

	if (address && address[0])
		return address;
	return dir && dir[0] == '/' ? arena_fmt(a, "unix:path=%s/bus", dir) : NULL;
}

static const char *system_address(void)
{
	const char *address = getenv("DBUS_SYSTEM_BUS_ADDRESS");

	return address && address[0] ? address : "unix:path=/run/dbus/system_bus_socket";
}

int systemd_open(struct arena *a, unsigned flags, struct systemd **ret, struct err *e)
{
	bool user = flags & SYSTEMD_USER;
	const char *address = user ? user_address(a) : system_address();
	struct systemd *s = arena_alloc(a, sizeof(*s));

	if (!address)
		return err_set(e, ENOENT,
			"the bus of the user's service manager is not known: "
			"DBUS_SESSION_BUS_ADDRESS or XDG_RUNTIME_DIR must be set (or use --cgroup-manager cgroupfs)");
	if (sdbus_open(&s->bus, user ? "the user's bus" : "the system bus", address,
		    deadline_in(SYSTEMD_TIMEOUT_MS), e) < 0) {
		sdbus_close(&s->bus);
		return err_more(e,
			"the systemd cgroup manager needs it; without systemd use --cgroup-manager cgroupfs");
	}
	*ret = s;
	return 0;
}

void systemd_close(struct systemd *s)
{
	if (s)
		sdbus_close(&s->bus);
}

int systemd_fd(const struct systemd *s)
{
	return s ? s->bus.lib.get_fd(s->bus.bus) : -1;
}
