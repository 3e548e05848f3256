/* SPDX-License-Identifier: Apache-2.0 */
/* update.c - other limits for a container
 *
 * All or nothing: before a file is written it is known what would take that back. Systemd comes
 * behind the files, because it takes note of a limit and tells nobody that the kernel has refused
 * it; and the files are written once more behind systemd, which rounds some values in its own way.
 * What it has taken note of then holds over its reloads.
 *
 * The device filter is not touched, whatever the resources say: others (plug-ins for graphics
 * cards) add to it, and engines send a list here that knows nothing of that.
 *
 * Two at a time would take back each other's changes, so they go one after the other. The lock is
 * on a file of the state directory that nobody else locks: the container's own lock is held by
 * `start` while its hooks run, which may well be what calls this; the cgroup can be locked from
 * inside the container. */
#include "ctr/update.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/num.h"
#include "ctr/status.h"
#include "kern/cgroup.h"
#include "kern/library.h"
#include "local.h"
#include "settings.h"

struct undo {
	const char *file, *value;
};

struct update {
	const struct update_options *options;
	struct arena arena;
	struct container container; /* loaded, not locked */
	struct json_doc doc;
	struct config_resources resources;
	struct plan_cgroup cgroup; /* what is to be written */
	struct resctrl rdt, rdt_former;
	int lock_fd, cgroup_fd, rdt_fd;
	bool below_usage; /* more memory is in use than will be allowed */
	struct undo *undo;
	size_t n_undo;
	struct systemd *systemd;
};

#define auto_update __attribute__((cleanup(update_done)))

static void update_done(struct update *u)
{
	systemd_close(u->systemd);
	def_close(&u->rdt_fd);
	def_close(&u->cgroup_fd);
	def_close(&u->lock_fd);
	container_done(&u->container);
	arena_done(&u->arena);
}

/* ---- what is asked for ---- */

static int check_status(const struct update *u, struct err *e)
{
	enum ctr_status status;

	if (ctr_status(&u->container, &status, NULL, e) < 0)
		return -1;
	switch (status) {
	case STATUS_CREATED:
	case STATUS_RUNNING:
	case STATUS_PAUSED:
		return 0;
	case STATUS_STOPPED:
		return err_set(e, ESRCH, "container not running");
	case STATUS_CREATING:
		break;
	}
	return err_set(e, EBUSY, "cannot update a container in the %s state",
		ctr_status_name(status));
}

static int lock(struct update *u, struct err *e)
{
	int r;

	u->lock_fd = openat(u->container.dir_fd, STORE_CONFIG, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (u->lock_fd < 0)
		return err_sys(e, errno, "open \"%s\" in the state directory", STORE_CONFIG);
	do
		r = flock(u->lock_fd, LOCK_EX);
	while (r < 0 && errno == EINTR);
	return r < 0 ? err_sys(e, errno, "lock \"%s\" in the state directory", STORE_CONFIG) : 0;
}

/* A file that is not there, because nobody needed its controller so far, stands for what the kernel
 * begins with. */
static struct plan_limits limits_now(int cgroup)
{
	struct plan_limits now = {
		.memory = UINT64_MAX,
		.swap = UINT64_MAX,
		.quota = UINT64_MAX,
		.period = 100000,
	};
	auto_str struct str text = { 0 };
	const char *period;

	(void)cg_number(cgroup, "memory.max", NULL, &now.memory);
	(void)cg_number(cgroup, "memory.swap.max", NULL, &now.swap);
	(void)cg_number(cgroup, "cpu.max", NULL, &now.quota);
	if (cg_read(cgroup, "cpu.max", &text) < 0 || !text.len)
		return now;
	/* "QUOTA PERIOD", and a newline, which is no part of the number */
	text.data[strcspn(text.data, "\n")] = '\0';
	period = strchr(text.data, ' ');
	if (period)
		(void)num_u64(period + 1, &now.period);
	return now;
}

/* plan, with the cgroup as it is */
static int plan(struct update *u, struct err *e)
{
	const struct state *s = &u->container.state;
	struct plan_limits now;

	if (has_cgroup(s)) {
		u->cgroup_fd = cgroup_open(s, e);
		if (u->cgroup_fd < 0)
			return -1;
	}
	now = limits_now(u->cgroup_fd);
	if (plan_cgroup_changes(&u->arena, &u->doc, &u->resources, &now, &u->cgroup, e) < 0)
		return -1;
	if (u->cgroup.n_settings == 0 || u->cgroup_fd >= 0)
		return 0;
	(void)err_set(e, ENOENT, "%s: the container has no cgroup of its own",
		u->cgroup.settings[0].where);
	return s->owner ? err_more(e, "%s", limits_recipe) : -1;
}

/* ---- memory in use ---- */

/* May memory in use be taken away? What this update says counts, then what the configuration of the
 * container says. */
static int is_checked(struct update *u, bool *ret, struct err *e)
{
	const struct config_memory *m = &u->resources.memory;
	auto_str struct str text = { 0 };
	struct config c;

	*ret = m->check_before_update;
	if (m->check_before_update_at)
		return 0;
	if (fd_read_regular(u->container.dir_fd, STORE_CONFIG, STORE_CONFIG, LIMIT_CONFIG_BYTES,
		    &text, e) < 0 ||
		config_parse(&u->arena, STORE_CONFIG, str_text(&text), text.len, &c, e) < 0)
		return err_in(e, "the configuration of the container");
	*ret = c.linux.resources.memory.check_before_update;
	return 0;
}

/* memory.checkBeforeUpdate: a limit below what is in use is refused, not put in force by killing */
static int check_usage(struct update *u, struct err *e)
{
	static const struct {
		const char *limit, *usage, *name;
	} files[] = {
		{ "memory.max", "memory.current", "memory" },
		{ "memory.swap.max", "memory.swap.current", "swap" },
	};

	for (size_t i = 0; i < u->cgroup.n_settings; i++) {
		const struct plan_setting *s = &u->cgroup.settings[i];
		size_t k = str_eq(s->file, files[1].limit);
		uint64_t limit, usage;
		bool checked;

		if (!str_eq(s->file, files[k].limit) || !num_u64(s->value, &limit) ||
			!cg_number(u->cgroup_fd, files[k].usage, NULL, &usage) || usage <= limit)
			continue;
		if (is_checked(u, &checked, e) < 0)
			return -1;
		u->below_usage = u->below_usage || k == 0;
		if (checked)
			return err_set(e, EBUSY,
				"%s: rejecting %s limit %ju: \"%s\" must not go below what is in use (memory.checkBeforeUpdate is true), %ju bytes",
				s->where, files[k].name, (uintmax_t)limit, s->file,
				(uintmax_t)usage);
	}
	return 0;
}

static bool count_killed(const struct update *u, uint64_t *ret)
{
	return cg_number(u->cgroup_fd, "memory.events", "oom_kill", ret);
}

/* Has a limit below what was in use ended the container? With its last process gone, systemd puts
 * the scope and the cgroup away, which may be sooner than we come to the next step. */
static bool is_killed(const struct update *u)
{
	return u->below_usage && cg_populated(u->cgroup_fd) <= 0;
}

/* Is that what the files of a removed cgroup say, or systemd of a unit? */
static bool is_gone(const struct err *e)
{
	return e->code == ENODEV || e->code == ENOENT || e->code == EREMOTEIO;
}

/* before, after: the kills, as far as they could be counted */
static void tell_killed(const struct update *u, uint64_t before, uint64_t after)
{
	bool counted = count_killed(u, &after);

	if (after > before)
		log_warning(
			"less memory than was in use: %ju processes of the container were killed",
			(uintmax_t)(after - before));
	else if (!counted && is_killed(u))
		log_warning(
			"less memory than was in use: all processes of the container were killed");
}

/* ---- the files ---- */

static void remember(struct update *u, const char *file, const char *value)
{
	auto_str struct str former = { 0 };

	if (cg_former(u->cgroup_fd, file, value, &former) < 0)
		return;
	/* that of an idle cgroup; it cannot be written */
	if (str_eq(file, "cpu.weight") && str_eq(former.data, "0\n"))
		return;
	u->undo[u->n_undo++] = (struct undo){ file, arena_str(&u->arena, former.data) };
}

static void take_back(struct update *u)
{
	struct err e;

	while (u->n_undo > 0) {
		const struct undo *b = &u->undo[--u->n_undo];

		err_init(&e);
		if (cg_write(u->cgroup_fd, u->container.state.cgroup, b->file, b->value, &e) < 0)
			log_warning("take a change back: %s", err_text(&e));
	}
}

/* Is it a value, and not an order such as memory.reclaim? Those cannot be read. */
static bool is_remembered(const struct update *u, const char *file)
{
	for (size_t i = 0; i < u->n_undo; i++) {
		if (str_eq(u->undo[i].file, file))
			return true;
	}
	return false;
}

/* again: what systemd may have written in the meantime */
static int write_all(struct update *u, bool again, struct err *e)
{
	for (size_t i = 0; i < u->cgroup.n_settings; i++) {
		const struct plan_setting *s = &u->cgroup.settings[i];
		const char *value, *file = setting_file(u->cgroup_fd, s, &value);

		if (again && (!file || !is_remembered(u, file)))
			continue;
		if (file && !again) {
			/* a cgroup that becomes idle forgets its weight */
			if (str_eq(file, "cpu.idle"))
				remember(u, "cpu.weight", value);
			remember(u, file, value);
		}
		if (setting_write(u->cgroup_fd, u->container.state.cgroup, s, e) < 0)
			return -1;
	}
	return 0;
}

static int change_systemd(struct update *u, struct err *e)
{
	const struct plan_cgroup *c = &u->cgroup;

	if (c->n_properties &&
		systemd_set_properties(u->systemd, u->container.state.scope, c->properties,
			c->n_properties, e) < 0)
		return -1;
	return write_all(u, true, e);
}

static int change_cgroup(struct update *u, struct err *e)
{
	const struct state *s = &u->container.state;
	uint64_t before = 0, after;
	int fd, r;

	if (u->cgroup.n_settings == 0)
		return 0;
	if (cg_adopt(&u->arena, s->cgroup_mount, s->cgroup, u->cgroup.controllers, &fd, e) < 0)
		return s->owner ? err_more(e, "%s", limits_recipe) : -1;
	def_close(&u->cgroup_fd);
	u->cgroup_fd = fd;
	if (check_usage(u, e) < 0)
		return -1;
	u->undo = arena_array(&u->arena, 2 * u->cgroup.n_settings, sizeof(*u->undo));
	(void)count_killed(u, &before);
	after = before;
	r = write_all(u, false, e);
	if (r == 0 && s->scope) {
		(void)count_killed(u, &after);
		r = change_systemd(u, e);
	}
	if (r < 0 && !(s->scope && is_gone(e) && is_killed(u))) {
		take_back(u);
		return -1;
	}
	tell_killed(u, before, after);
	return 0;
}

/* ---- cache and memory bandwidth ---- */

static int plan_rdt(struct update *u, struct err *e)
{
	const struct str *text = u->options->intel_rdt;
	const char *group = u->container.state.rdt_group;
	struct config_intel_rdt c;
	struct json_doc doc;

	if (!text)
		return 0;
	if (config_parse_intel_rdt(&u->arena, "", str_text(text), text->len, &doc, &c, e) < 0)
		return -1;
	if (!group)
		return err_set(e, ENOENT,
			"the container has no resctrl group: it was made without linux.intelRdt");
	u->rdt = (struct resctrl){
		.where = "linux.intelRdt",
		.group = group,
		.lines = plan_resctrl_lines(&u->arena, &c),
	};
	u->rdt_fd = resctrl_open(RESCTRL_MOUNT, RDTGROUP_SUPER_MAGIC, e);
	return u->rdt_fd < 0 ? -1 : 0;
}

static int change_rdt(struct update *u, struct err *e)
{
	return u->rdt.where ? resctrl_change(&u->arena, u->rdt_fd, &u->rdt, &u->rdt_former, e) : 0;
}

static void take_back_rdt(struct update *u)
{
	struct err e;

	err_init(&e);
	if (u->rdt.where && resctrl_write(u->rdt_fd, &u->rdt_former, &e) < 0)
		log_warning("take a change back: %s", err_text(&e));
}

/* ---- */

static int prepare(struct update *u, const struct store *s, struct err *e)
{
	const struct update_options *o = u->options;
	const struct state *state = &u->container.state;

	if (config_parse_resources(&u->arena, o->name, str_text(o->resources), o->resources->len,
		    &u->doc, &u->resources, e) < 0)
		return -1;
	if (store_load(s, o->id, 0, &u->container, e) < 0 || check_status(u, e) < 0)
		return -1;
	/* which begins again from the start: warnings come after it */
	if (state->scope && library_need(e) < 0)
		log_debug("%s", err_text(e));
	json_log_warnings(&u->doc);
	if (lock(u, e) < 0 || plan(u, e) < 0 || plan_rdt(u, e) < 0)
		return -1;
	if (!state->scope || u->cgroup.n_settings == 0)
		return 0;
	plan_scope_changes(&u->arena, &u->cgroup);
	return systemd_open(&u->arena, state->user_manager ? SYSTEMD_USER : 0, &u->systemd, e);
}

int ctr_update(const struct store *s, const struct update_options *o, struct err *e)
{
	auto_update struct update u = {
		.options = o,
		.lock_fd = -1,
		.cgroup_fd = -1,
		.rdt_fd = -1,
	};

	container_init(&u.container);
	if (prepare(&u, s, e) < 0 || change_rdt(&u, e) < 0)
		return -1;
	if (change_cgroup(&u, e) == 0)
		return 0;
	take_back_rdt(&u);
	return -1;
}
