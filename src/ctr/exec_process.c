/* SPDX-License-Identifier: Apache-2.0 */
/* What the program of an exec is: from a file (engines), or the container's own process with what
 * the command line changes. Nothing of a process is for the first program alone. */
#include <ctype.h>
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/num.h"
#include "exec_in.h"
#include "kern/capname.h"
#include "oci/names.h"

static int from_file(struct exec *x, struct err *e)
{
	const char *path = x->options->process;

	if (fd_read_given(AT_FDCWD, path, path, LIMIT_CONFIG_BYTES, &x->text, e) < 0)
		return -1;
	if (config_parse_process(&x->arena, path, str_text(&x->text), x->text.len, &x->config.doc,
		    &x->config.process, e) < 0)
		return -1;
	json_log_warnings(&x->config.doc);
	return 0;
}

/* "UID" or "UID:GID", decimal and nothing else: what strtol takes for a number has been root before
 * (CVE-2026-30892) */
static int set_user(struct config_user *u, struct arena *a, const char *text, struct err *e)
{
	const char *colon = strchr(text, ':');
	const char *uid = colon ? arena_dup(a, text, (size_t)(colon - text)) : text;
	uint32_t id, group = u->gid;

	if (!num_u32(uid, &id) || id == UINT32_MAX ||
		(colon && (!num_u32(colon + 1, &group) || group == UINT32_MAX)))
		return err_set(e, EINVAL,
			"--user must be UID or UID:GID, numbers from 0 to 4294967294, not \"%s\"",
			text);
	u->uid = id;
	u->gid = group;
	return 0;
}

static size_t count_of(const char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

static int add_groups(struct exec *x, struct config_user *u, struct err *e)
{
	size_t more = count_of(x->options->groups);
	uint32_t *all = arena_array(&x->arena, u->n_groups + more, sizeof(*all));

	if (u->n_groups)
		memcpy(all, u->groups, u->n_groups * sizeof(*all));
	for (size_t i = 0; i < more; i++) {
		if (!num_u32(x->options->groups[i], &all[u->n_groups + i]) ||
			all[u->n_groups + i] == UINT32_MAX)
			return err_set(e, EINVAL,
				"--additional-gids must be a number from 0 to 4294967294, not \"%s\"",
				x->options->groups[i]);
	}
	u->groups = all;
	u->n_groups += more;
	return 0;
}

static bool same_variable(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return strncmp(a, b, n + 1) == 0;
}

static int add_env(struct exec *x, struct config_process *p, struct err *e)
{
	size_t have = count_of(p->env), more = count_of(x->options->env), n = 0;
	const char **all = arena_array(&x->arena, have + more + 1, sizeof(*all));

	for (size_t i = 0; i < have; i++)
		all[n++] = p->env[i];
	for (size_t i = 0; i < more; i++) {
		const char *entry = x->options->env[i];
		size_t at = 0;

		if (!strchr(entry, '=') || entry[0] == '=')
			return err_set(e, EINVAL, "--env must be NAME=VALUE, not \"%s\"", entry);
		while (at < n && !same_variable(entry, all[at]))
			at++;
		all[at] = entry;
		n += at == n;
	}
	p->env = all;
	return 0;
}

/* "CAP_CHOWN", "chown": one name for it, as config.json has it */
static const char *cap_name(struct arena *a, const char *text)
{
	char *name = arena_fmt(a, "%s%s", strncasecmp(text, "CAP_", 4) == 0 ? "" : "CAP_", text);

	for (char *c = name; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return name;
}

static void warn_unknown_cap(const char *given, const char *name)
{
	const char *near = names_near(&names_capabilities, name);

	if (near)
		log_warning("--cap: unknown capability \"%s\" is ignored, did you mean \"%s\"?",
			given, near);
	else
		log_warning("--cap: unknown capability \"%s\" is ignored", given);
}

/* --cap, in those names; what no kernel has is left out with a warning, as config.json has it, too
 */
static size_t list_caps(struct exec *x, const char **ret)
{
	size_t n = 0;

	for (size_t i = 0; x->options->caps && x->options->caps[i]; i++) {
		const char *name = cap_name(&x->arena, x->options->caps[i]);

		if (names_find(&names_capabilities, name) || capname_number(name) >= 0)
			ret[n++] = name;
		else
			warn_unknown_cap(x->options->caps[i], name);
	}
	return n;
}

/* --cap gives what the program of the container lacks: into bounding, effective and permitted,
 * never into inheritable (CVE-2022-29162), and into ambient only where inheritable is configured */
static void add_caps(struct exec *x, struct config_caps *c)
{
	static const enum config_cap_set sets[] = { CAPS_BOUNDING, CAPS_EFFECTIVE, CAPS_PERMITTED,
		CAPS_AMBIENT };
	const char **added = arena_array(&x->arena, count_of(x->options->caps) + 1, sizeof(*added));
	size_t more = list_caps(x, added);

	for (size_t i = 0; more && i < ARRAY_LEN(sets); i++) {
		size_t have = count_of(c->names[sets[i]]);
		const char **all = arena_array(&x->arena, have + more + 1, sizeof(*all));

		if (sets[i] == CAPS_AMBIENT && !count_of(c->names[CAPS_INHERITABLE]))
			continue;
		if (have)
			memcpy(all, c->names[sets[i]], have * sizeof(*all));
		memcpy(all + have, added, more * sizeof(*all));
		c->names[sets[i]] = all;
	}
}

/* Rules that a container's program is under must hold for whatever is run beside it. */
static bool has_landlock(const struct state *s)
{
	for (size_t i = 0; i < s->n_annotations; i++) {
		if (str_after(s->annotations[i].key, "crun-lite.landlock."))
			return true;
	}
	return false;
}

/* The configuration kept at create. Most often the process is all that is wanted of it, and the
 * rest, which may have many system calls and mounts in it, is left unread. */
static int read_kept(struct exec *x, bool whole, struct err *e)
{
	const struct state *s = &x->container.state;
	const char *text;

	if (fd_read_regular(x->container.dir_fd, STORE_CONFIG, STORE_CONFIG, LIMIT_CONFIG_BYTES,
		    &x->kept_text, e) < 0)
		return err_in(e, "the configuration of the container");
	text = str_text(&x->kept_text);
	if (whole)
		return config_parse(&x->arena, STORE_CONFIG, text, x->kept_text.len, &x->kept, e);
	if (s->process_end > x->kept_text.len)
		return err_set(e, EINVAL,
			"the configuration kept in the state directory is damaged");
	return config_parse_process(&x->arena, "process of " STORE_CONFIG, text + s->process_start,
		s->process_end - s->process_start, &x->config.doc, &x->config.process, e);
}

static int from_container(struct exec *x, struct err *e)
{
	const struct exec_options *o = x->options;
	struct config_process *p = &x->config.process;

	if (x->kept.doc.root)
		x->config = x->kept;
	if (!p->at) {
		p->at = x->config.doc.root;
		p->env = arena_array(&x->arena, 1, sizeof(*p->env));
		p->cwd = "/";
	}
	p->terminal = o->flags & EXEC_TTY;
	p->has_console_size = false;
	p->no_new_privileges = p->no_new_privileges || (o->flags & EXEC_NO_NEW_PRIVS);
	p->args = arena_array(&x->arena, count_of((const char *const *)o->args) + 1,
		sizeof(*p->args));
	for (size_t i = 0; o->args[i]; i++)
		p->args[i] = o->args[i];
	if (o->cwd)
		p->cwd = o->cwd;
	if (!path_is_abs(p->cwd))
		return err_set(e, EINVAL, "--cwd must be an absolute path, not \"%s\"", p->cwd);
	p->apparmor_profile = NULL;
	p->selinux_label = NULL;
	if (o->apparmor && *o->apparmor) {
		p->apparmor_profile = o->apparmor;
		p->apparmor_at = NULL;
	}
	if (o->process_label && *o->process_label) {
		p->selinux_label = o->process_label;
		p->selinux_at = NULL;
	}
	if (o->user && set_user(&p->user, &x->arena, o->user, e) < 0)
		return -1;
	add_caps(x, &p->caps);
	return add_groups(x, &p->user, e) < 0 || add_env(x, p, e) < 0 ? -1 : 0;
}

/* Who says nothing of labels gets those of the container: an engine's process file has them or
 * relies on that. What its host could not give the container is not asked for again. */
static void add_labels(struct config_process *p, const struct state *s)
{
	if (!p->apparmor_profile)
		p->apparmor_profile = s->apparmor;
	if (!p->selinux_label)
		p->selinux_label = s->selinux;
}

int exec_read(struct exec *x, struct err *e)
{
	const struct state *s = &x->container.state;
	const bool file = x->options->process;
	const bool whole = s->listener || has_landlock(s) || !s->process_end;
	bool terminal;

	if ((whole || !file) && read_kept(x, whole, e) < 0)
		return -1;
	if ((file ? from_file(x, e) : from_container(x, e)) < 0)
		return -1;
	x->config.linux = (struct config_linux){ .task = x->kept.linux.task };
	x->config.annotations = s->annotations;
	x->config.n_annotations = s->n_annotations;
	add_labels(&x->config.process, s);
	terminal = x->config.process.terminal;
	if (terminal && (x->options->flags & EXEC_DETACH) && !x->options->console_socket)
		return err_set(e, EINVAL,
			"a detached program with a terminal needs --console-socket to hand the terminal to");
	if (!terminal && x->options->console_socket)
		return err_set(e, EINVAL,
			"--console-socket given, but the program has no terminal");
	return 0;
}
