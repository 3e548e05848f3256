/* SPDX-License-Identifier: Apache-2.0 */
/* state.c - the state document, out and in
 *
 * What is read back decides which process is signalled and which directories are removed, so every
 * field is checked as if a stranger had written it. The hooks are kept byte for byte as config.json
 * had them: hooks see what the user wrote. */
#include "oci/state.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/path.h"
#include "oci/config_in.h"
#include "oci/field.h"

enum {
	STATE_VERSION = 1,
	PID_MAX = 1 << 22, /* PID_MAX_LIMIT of the kernel */
};

static void write_annotations(struct jsonw *w, const struct state *s)
{
	if (!s->n_annotations)
		return;
	jsonw_object(w, "annotations");
	for (size_t i = 0; i < s->n_annotations; i++)
		jsonw_string(w, s->annotations[i].key, s->annotations[i].value);
	jsonw_end_object(w);
}

static void write_end(struct jsonw *w, const struct state_end *end)
{
	if (end->is_known && end->signal)
		jsonw_i64(w, "exitSignal", end->signal);
	else if (end->is_known)
		jsonw_i64(w, "exitCode", end->code);
	if (end->finished)
		jsonw_string(w, "finished", end->finished);
	if (end->has_oom)
		jsonw_bool(w, "oomKilled", end->oom_killed);
}

void state_text(const struct state *s, struct str *out)
{
	struct jsonw w;

	jsonw_init(&w, out, 0);
	jsonw_object(&w, NULL);
	jsonw_u64(&w, "crunLite", STATE_VERSION);
	jsonw_string(&w, "id", s->id);
	jsonw_i64(&w, "pid", s->pid);
	jsonw_u64(&w, "startTime", s->start_time);
	jsonw_u64(&w, "pidInode", s->pid_inode);
	jsonw_string(&w, "bundle", s->bundle);
	jsonw_string(&w, "rootfs", s->rootfs);
	jsonw_string(&w, "created", s->created);
	jsonw_u64(&w, "owner", s->owner);
	if (s->cgroup)
		jsonw_string(&w, "cgroup", s->cgroup);
	if (s->cgroup_mount)
		jsonw_string(&w, "cgroupMount", s->cgroup_mount);
	if (s->cgroup && s->cgroup_has_id)
		jsonw_u64(&w, "cgroupId", s->cgroup_id);
	jsonw_bool(&w, "cgroupMade", s->cgroup_made);
	if (s->rdt_group) {
		jsonw_object(&w, "resctrl");
		jsonw_string(&w, "group", s->rdt_group);
		jsonw_bool(&w, "made", s->rdt_made);
		jsonw_bool(&w, "monitor", s->rdt_monitor);
		jsonw_end_object(&w);
	}
	if (s->scope) {
		jsonw_string(&w, "systemdScope", s->scope);
		jsonw_string(&w, "systemdSlice", s->slice);
		jsonw_bool(&w, "systemdUser", s->user_manager);
	}
	jsonw_bool(&w, "socket", s->has_socket);
	if (s->listener)
		jsonw_string(&w, "listener", s->listener);
	if (s->apparmor)
		jsonw_string(&w, "apparmor", s->apparmor);
	if (s->selinux)
		jsonw_string(&w, "selinux", s->selinux);
	if (s->namespaces)
		jsonw_u64(&w, "namespaces", s->namespaces);
	if (s->chroot)
		jsonw_bool(&w, "chroot", true);
	if (s->descriptors)
		jsonw_strings(&w, "descriptors", s->descriptors);
	if (s->process_end) {
		jsonw_u64(&w, "processStart", s->process_start);
		jsonw_u64(&w, "processEnd", s->process_end);
	}
	if (s->end.is_known) {
		jsonw_object(&w, "end");
		write_end(&w, &s->end);
		jsonw_end_object(&w);
	}
	write_annotations(&w, s);
	if (s->hooks)
		jsonw_raw(&w, "hooks", s->hooks, s->hooks_len);
	jsonw_end_object(&w);
}

static const char *read_path(struct json_doc *d, const char *key)
{
	return field_text(d, field_need(d, d->root, key, "an absolute path"), FIELD_ABSOLUTE);
}

static void read_process(struct json_doc *d, struct state *ret)
{
	int64_t pid = 0;

	(void)json_i64(d, field_need(d, d->root, "pid", "a process id"), 0, PID_MAX, &pid);
	ret->pid = (pid_t)pid;
	(void)json_u64(d, field_need(d, d->root, "startTime", "a number"), 0, UINT64_MAX,
		&ret->start_time);
	(void)json_u64(d, field_need(d, d->root, "pidInode", "a number"), 0, UINT64_MAX,
		&ret->pid_inode);
}

/* delete removes what these two name together */
static void read_cgroup(struct json_doc *d, struct state *ret)
{
	struct json *at = json_get(d->root, "cgroup"), *id = json_get(d->root, "cgroupId");

	ret->cgroup = field_text(d, at, FIELD_ABSOLUTE);
	ret->cgroup_mount = field_text(d, json_get(d->root, "cgroupMount"), FIELD_ABSOLUTE);
	if (ret->cgroup && !str_eq(path_clean(d->arena, ret->cgroup), ret->cgroup))
		json_error(d, at, "must be a path without \".\", \"..\" and empty parts, not %s",
			field_quote(d->arena, ret->cgroup));
	if (ret->cgroup && !ret->cgroup_mount)
		json_missing(d, d->root, "cgroupMount", "the absolute path of the cgroup mount");
	ret->cgroup_has_id = id && json_u64(d, id, 0, UINT64_MAX, &ret->cgroup_id);
	(void)json_bool(d, field_need(d, d->root, "cgroupMade", "true or false"),
		&ret->cgroup_made);
}

/* as above: never a path that leads out of the mount */
static void read_resctrl(struct json_doc *d, struct state *ret)
{
	struct json *n = json_get(d->root, "resctrl");
	struct json *group;

	if (!n || !json_object(d, n))
		return;
	group = field_need(d, n, "group", "the name of a resctrl group");
	if (json_string(d, group, &ret->rdt_group) &&
		(strchr(ret->rdt_group, '/') || str_eq(ret->rdt_group, ".") ||
			str_eq(ret->rdt_group, "..")))
		json_error(d, group, "must be the name of one directory or \"\", not %s",
			field_quote(d->arena, ret->rdt_group));
	(void)json_bool(d, field_need(d, n, "made", "true or false"), &ret->rdt_made);
	(void)json_bool(d, field_need(d, n, "monitor", "true or false"), &ret->rdt_monitor);
}

/* the unit that delete stops */
static void read_scope(struct json_doc *d, struct state *ret)
{
	struct json *at = json_get(d->root, "systemdScope");
	const char *text = at ? field_text(d, at, FIELD_FILLED) : NULL;
	size_t len = text ? strlen(text) : 0, tail = strlen(".scope");

	if (!text)
		return;
	if (len <= tail || !str_eq(text + len - tail, ".scope"))
		json_error(d, at, "must end in \".scope\", as %s does not",
			field_quote(d->arena, text));
	ret->scope = text;
	ret->slice = field_text(d, field_need(d, d->root, "systemdSlice", "a slice of systemd"),
		FIELD_FILLED);
	(void)json_bool(d, field_need(d, d->root, "systemdUser", "true or false"),
		&ret->user_manager);
}

static void read_end(struct json_doc *d, struct state *ret)
{
	struct json *n = json_get(d->root, "end");
	struct json *code = json_get(n, "exitCode"), *signal = json_get(n, "exitSignal");
	struct json *oom = json_get(n, "oomKilled");
	int64_t number = 0;

	if (!n || !json_object(d, n))
		return;
	if (code && json_i64(d, code, 0, UINT8_MAX, &number))
		ret->end = (struct state_end){ .is_known = true, .code = (int)number };
	else if (signal && json_i64(d, signal, 1, NSIG - 1, &number))
		ret->end = (struct state_end){ .is_known = true, .signal = (int)number };
	else if (!code && !signal)
		json_missing(d, n, "exitCode", "an exit status");
	ret->end.finished = field_text(d, json_get(n, "finished"), FIELD_FILLED);
	ret->end.has_oom = oom && json_bool(d, oom, &ret->end.oom_killed);
}

static void read_descriptors(struct json_doc *d, struct state *ret)
{
	struct json *n = json_get(d->root, "descriptors");
	const char **names;
	size_t count;

	if (!n || !json_strings(d, n, &names, &count))
		return;
	if (count > STATE_DESCRIPTORS)
		json_error(d, n, "must have at most %d elements, not %zu", STATE_DESCRIPTORS,
			count);
	ret->descriptors = names;
}

static void read_process_place(struct json_doc *d, struct state *ret)
{
	uint64_t start = 0, end = 0;

	if (json_u64(d, json_get(d->root, "processEnd"), 1, LIMIT_CONFIG_BYTES, &end) &&
		json_u64(d, field_need(d, d->root, "processStart", "a number"), 0, end - 1,
			&start)) {
		ret->process_start = (uint32_t)start;
		ret->process_end = (uint32_t)end;
	}
}

static void read_hooks(struct json_doc *d, struct state *ret)
{
	struct json *n = json_get(d->root, "hooks");
	struct config_hooks hooks = { 0 };

	if (!n)
		return;
	config_read_hooks(d, n, &hooks);
	ret->hooks = d->text + n->start;
	ret->hooks_len = n->end - n->start;
}

static void read_id(struct json_doc *d, struct state *ret)
{
	struct json *at = field_need(d, d->root, "id", "a container id");
	struct err e;

	err_init(&e);
	if (json_string(d, at, &ret->id) && state_check_id(ret->id, &e) < 0)
		json_error(d, at, "%s", err_text(&e));
}

int state_parse(struct arena *a, const char *name, const char *text, size_t len, struct state *ret,
	struct err *e)
{
	uint64_t version, owner = 0;
	struct json_doc doc;
	struct json_doc *d = &doc;

	memset(ret, 0, sizeof(*ret));
	if (len > LIMIT_STATE_BYTES)
		return err_set(e, 0, "%s: must have at most %d bytes, not %zu", name,
			LIMIT_STATE_BYTES, len);
	if (json_parse(a, name, text, len, d, e) < 0)
		return -1;
	/* the fields of another version mean nothing to us */
	if (!json_object(d, d->root) ||
		!json_u64(d, field_need(d, d->root, "crunLite", "the version of this document, 1"),
			0, UINT64_MAX, &version))
		return json_finish(d, e);
	if (version != STATE_VERSION)
		return err_set(e, 0, "%s has format %llu, this crun-lite reads %d", name,
			(unsigned long long)version, STATE_VERSION);
	read_id(d, ret);
	read_process(d, ret);
	ret->bundle = read_path(d, "bundle");
	if (!json_string(d, field_need(d, d->root, "rootfs", "an absolute path or \"\""),
		    &ret->rootfs))
		ret->rootfs = "";
	else if (ret->rootfs[0] && !path_is_abs(ret->rootfs))
		json_error(d, json_get(d->root, "rootfs"),
			"must be an absolute path or \"\", not %s", field_quote(a, ret->rootfs));
	ret->created = field_text(d, field_need(d, d->root, "created", "a time"), FIELD_FILLED);
	(void)json_u64(d, field_need(d, d->root, "owner", "a user id"), 0, UINT32_MAX, &owner);
	ret->owner = (uint32_t)owner;
	read_cgroup(d, ret);
	read_resctrl(d, ret);
	read_scope(d, ret);
	(void)json_bool(d, field_need(d, d->root, "socket", "true or false"), &ret->has_socket);
	ret->listener = field_text(d, json_get(d->root, "listener"), FIELD_ABSOLUTE);
	ret->apparmor = field_text(d, json_get(d->root, "apparmor"), FIELD_FILLED);
	ret->selinux = field_text(d, json_get(d->root, "selinux"), FIELD_FILLED);
	(void)json_u64(d, json_get(d->root, "namespaces"), 0, UINT32_MAX, &ret->namespaces);
	(void)json_bool(d, json_get(d->root, "chroot"), &ret->chroot);
	config_read_annotations(d, json_get(d->root, "annotations"), &ret->annotations,
		&ret->n_annotations);
	read_descriptors(d, ret);
	read_process_place(d, ret);
	read_end(d, ret);
	read_hooks(d, ret);
	return json_finish(d, e);
}

void state_oci(const struct state *s, const char *status, pid_t pid, bool full, unsigned indent,
	struct str *out)
{
	char owner[16];
	struct jsonw w;

	jsonw_init(&w, out, indent);
	jsonw_object(&w, NULL);
	jsonw_string(&w, "ociVersion", OCI_VERSION);
	jsonw_string(&w, "id", s->id);
	jsonw_i64(&w, "pid", pid);
	jsonw_string(&w, "status", status);
	jsonw_string(&w, "bundle", s->bundle);
	if (full) {
		jsonw_string(&w, "rootfs", s->rootfs);
		jsonw_string(&w, "created", s->created);
	}
	write_annotations(&w, s);
	if (full) { /* a string in the peers' output as well, there the name of the user */
		/* a user name, as the peers show it, where it needs no look-up */
		(void)snprintf(owner, sizeof(owner), "%u", s->owner);
		jsonw_string(&w, "owner",
			s->owner_name           ? s->owner_name
				: s->owner == 0 ? "root"
						: owner);
		write_end(&w, &s->end);
	}
	jsonw_end_object(&w);
}

void state_listener(const struct state *s, const char *status, pid_t pid, const char *metadata,
	struct str *out)
{
	static const char *const fds[] = { "seccompFd", NULL };
	auto_str struct str state = { 0 };
	struct jsonw w;

	state_oci(s, status, pid, false, 0, &state);
	jsonw_init(&w, out, 0);
	jsonw_object(&w, NULL);
	jsonw_string(&w, "ociVersion", OCI_VERSION);
	jsonw_strings(&w, "fds", fds);
	jsonw_i64(&w, "pid", 0);
	if (metadata)
		jsonw_string(&w, "metadata", metadata);
	jsonw_raw(&w, "state", str_text(&state), state.len);
	jsonw_end_object(&w);
}

int state_check_id(const char *id, struct err *e)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+,.-";
	auto_arena struct arena a = { 0 };
	const char *bad = id + strspn(id, allowed);

	if (!id[0])
		return err_set(e, 0, "invalid container ID: must not be empty");
	if (strlen(id) > LIMIT_ID_LEN)
		return err_set(e, 0, "invalid container ID: must have at most %d bytes, not %zu",
			LIMIT_ID_LEN, strlen(id));
	if (*bad)
		return err_set(e, 0,
			"invalid container ID: invalid character in %s, must be made of letters, digits and \"_+,.-\"",
			field_quote(&a, id));
	/* it becomes the name of a directory */
	if (str_eq(id, ".") || str_eq(id, ".."))
		return err_set(e, 0, "invalid container ID: must not be \".\" or \"..\": %s",
			field_quote(&a, id));
	return 0;
}

const char *state_end_of_options(const char *id)
{
	return id[0] == '-' ? "-- " : "";
}
