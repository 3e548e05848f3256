/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: nothing is decided while a container is being made. This file and its parts read the
 * typed configuration once, fill in what the specification leaves to the runtime (default devices,
 * links, search path, HOME), and refuse what cannot work; init and ctr then only execute. The order
 * of operations in plan_root is the order of config.md: mounts as listed, then devices and links
 * (so that they land on a mounted /dev), and, after the hooks that may still change the tree,
 * read-only and masked paths. */
#include "plan/plan.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/path.h"
#include "plan/plan_parts.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

int plan_unsupported(const struct plan_input *in, const struct json *at, struct err *e,
	const char *fmt, ...)
{
	va_list args;
	char line[512];

	va_start(args, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	return err_set(e, EOPNOTSUPP, "%s: %s", config_at(in->arena, &in->config->doc, at), line);
}

static struct plan_clock plan_clock(const struct config_time_offset *o)
{
	return (struct plan_clock){ .given = o->at != NULL,
		.secs = o->secs,
		.nanosecs = o->nanosecs };
}

/* Those of the annotation come first, as with crun. */
static void plan_clocks(const struct plan_input *in, struct plan_namespaces *ns)
{
	const struct config_run_oci *a = &in->config->run_oci;
	const struct config_linux *l = &in->config->linux;

	if (ns->fresh & CLONE_NEWTIME) {
		ns->monotonic = plan_clock(a->monotonic.at ? &a->monotonic : &l->monotonic);
		ns->boottime = plan_clock(a->boottime.at ? &a->boottime : &l->boottime);
	} else if (a->monotonic.at || a->boottime.at)
		log_warning("run.oci.timens_offset is ignored: there is no new time namespace");
}

int plan_namespaces(const struct plan_input *in, struct plan *ret, struct err *e)
{
	const struct config_linux *l = &in->config->linux;
	struct plan_namespaces *ns = &ret->ns;

	for (size_t i = 0; i < l->n_namespaces; i++) {
		const struct config_namespace *n = &l->namespaces[i];

		if (!n->path) {
			ns->fresh |= n->type;
			continue;
		}
		if (ns->n_join == PLAN_NAMESPACES)
			return err_set(e, E2BIG, "more than %d namespaces to join",
				PLAN_NAMESPACES);
		ns->join[ns->n_join++] = (struct plan_join){
			.type = n->type,
			.path = n->path,
			.where = config_at(in->arena, &in->config->doc, n->at),
			.fd = -1,
		};
	}
	if (plan_in_userns(ns) && !(ns->fresh & CLONE_NEWNS))
		return plan_unsupported(in, l->at, e,
			"a container in a user namespace needs a mount namespace of its own: only its owner may mount");
	plan_clocks(in, ns);
	ns->hostname = in->config->hostname;
	ns->domainname = in->config->domainname;
	ns->loopback = (ns->fresh & CLONE_NEWNET) != 0;
	return plan_user_namespace(in, ns, e);
}

static void plan_sysctl(const struct plan_input *in, struct plan *ret)
{
	const struct config_linux *l = &in->config->linux;

	ret->sysctl = arena_array(in->arena, l->n_sysctl, sizeof(*ret->sysctl));
	ret->n_sysctl = l->n_sysctl;
	for (size_t i = 0; i < l->n_sysctl; i++) {
		char *path = arena_str(in->arena, l->sysctl[i].key);

		/* "net.ipv4.conf.eno2/100.forwarding" or "net/ipv4/conf/eno2.100/forwarding":
		 * whichever comes first separates, the other one stands for a dot (sysctl.d(5)) */
		if (path[strcspn(path, "./")] == '.') {
			for (char *p = path; *p; p++)
				*p = *p == '.' ? '/' : *p == '/' ? '.' : *p;
		}
		ret->sysctl[i] = (struct plan_sysctl){
			.path = path,
			.value = l->sysctl[i].value,
			.where = config_at(in->arena, &in->config->doc, l->sysctl[i].at),
		};
	}
}

static void plan_net_devices(const struct plan_input *in, struct plan *ret)
{
	const struct config_linux *l = &in->config->linux;

	ret->net_devices = arena_array(in->arena, l->n_net_devices, sizeof(*ret->net_devices));
	ret->n_net_devices = l->n_net_devices;
	for (size_t i = 0; i < l->n_net_devices; i++)
		ret->net_devices[i] = (struct netdev){
			.name = l->net_devices[i].name,
			.new_name = l->net_devices[i].new_name,
			.where = config_at(in->arena, &in->config->doc, l->net_devices[i].at),
		};
}

/* env: the environment of a hook that names none, NULL for the caller's */
static void plan_hook_list(const struct plan_input *in, enum config_hook_kind kind,
	const char *name, const char *const *env, struct plan_hooks *ret)
{
	const struct config_hooks *h = &in->config->hooks;

	ret->count = h->count[kind];
	ret->list = arena_array(in->arena, ret->count, sizeof(*ret->list));
	for (size_t i = 0; i < ret->count; i++) {
		const struct config_hook *c = &h->list[kind][i];

		ret->list[i].where =
			arena_fmt(in->arena, "error running %s hook #%zu: hooks.%s[%zu] \"%s\"",
				name, i, name, i, c->path);
		ret->list[i].spawn = (struct spawn){
			.path = c->path,
			.argv = c->args,
			.envp = c->env ? c->env : env,
			.cwd_fd = -1,
			.timeout = c->timeout,
			.flags = SPAWN_TIED,
		};
	}
}

/* CGP-03: of the container's name; where the caller's own cgroup counts, in that one. A cgroup with
 * processes, as that one is, cannot hand controllers down, so with limits beside it where possible.
 */
static const char *default_cgroup(const struct plan_input *in, const struct plan_cgroup *c)
{
	const struct facts *f = in->facts;
	const char *parent = f->cgroup_self;

	if (parent && c->controllers[0] && f->cgroup_outer)
		parent = f->cgroup_outer;
	return path_join(in->arena, parent ? parent : "/", in->options->id);
}

/* does ".." go above the root somewhere on the way? */
static bool leaves_root(const char *path)
{
	int depth = 0;

	while (*path && depth >= 0) {
		size_t n = strcspn(path, "/");

		if (n == 2 && strncmp(path, "..", 2) == 0)
			depth--;
		else if (n > 0 && !(n == 1 && *path == '.'))
			depth++;
		path += n + (path[n] == '/');
	}
	return depth < 0;
}

/* what is taken literally, and was probably meant otherwise */
static void warn_cgroup_path(const struct plan_input *in, const char *given, const char *path)
{
	const char *at = config_at(in->arena, &in->config->doc, in->config->linux.cgroups_path_at);
	const char *colon = strchr(given, ':');

	if (given[0] != '/' && colon && strchr(colon + 1, ':'))
		log_warning(
			"%s: \"%s\" becomes the name of a cgroup, it looks like a path for --cgroup-manager systemd",
			at, given);
	else if (leaves_root(given))
		log_warning("%s: \"%s\" is taken for \"%s\"", at, given, path);
}

static int plan_cgroup(const struct plan_input *in, struct plan *ret, struct err *e)
{
	const struct config_linux *l = &in->config->linux;
	const char *given = l->cgroups_path;

	if (plan_cgroup_settings(in->arena, &in->config->doc, &l->resources, &ret->cgroup, e) < 0)
		return -1;
	if (in->options->flags & PLAN_NO_CGROUP) {
		if (ret->cgroup.n_settings)
			log_warning("linux.resources is ignored: no cgroup is made");
		ret->cgroup = (struct plan_cgroup){ 0 };
		return 0;
	}
	if (in->options->systemd) {
		plan_device_rules(in->arena, in->config, &ret->cgroup);
		return plan_scope(in->arena, in->config, in->options, &ret->cgroup, e);
	}
	for (size_t i = 0; i < in->config->n_annotations; i++) {
		const struct config_annotation *a = &in->config->annotations[i];

		if (str_eq(a->key, "run.oci.systemd.subgroup") && a->value[0])
			log_warning("%s is ignored: systemd does not make the cgroup", a->key);
	}
	ret->cgroup.path = path_clean(in->arena, given ? given : default_cgroup(in, &ret->cgroup));
	if (str_eq(ret->cgroup.path, "/"))
		return plan_unsupported(in, l->cgroups_path_at, e,
			"must name a cgroup below the root, not \"%s\"", given);
	if (given)
		warn_cgroup_path(in, given, ret->cgroup.path);
	plan_device_rules(in->arena, in->config, &ret->cgroup);
	return 0;
}

static void plan_listener(const struct config_seccomp *s, struct plan *ret)
{
	if (s->notifies)
		ret->listener = (struct plan_listener){ .path = s->listener_path,
			.metadata = s->listener_metadata };
}

/* the one of the annotation, which replaces linux.seccomp */
static void plan_filter(const struct plan_input *in, struct plan *ret)
{
	const struct config_run_oci *a = &in->config->run_oci;

	ret->filter.n = a->filter_len / sizeof(*ret->filter.insns);
	ret->filter.insns = arena_alloc(in->arena, a->filter_len);
	memcpy(ret->filter.insns, a->filter, a->filter_len);
	if (in->config->linux.seccomp.at)
		log_warning("linux.seccomp is ignored: run.oci.seccomp_bpf_data replaces it");
}

static void plan_seccomp(const struct plan_input *in, struct plan *ret)
{
	const struct config_seccomp *s = &in->config->linux.seccomp;
	struct seccomp_rule *rules = arena_array(in->arena, s->n_rules, sizeof(*rules));

	if (in->config->run_oci.filter) {
		plan_filter(in, ret);
		return;
	}

	for (size_t i = 0; i < s->n_rules; i++) {
		const struct config_seccomp_rule *r = &s->rules[i];
		struct seccomp_arg *args = arena_array(in->arena, r->n_args, sizeof(*args));

		for (size_t j = 0; j < r->n_args; j++)
			args[j] = (struct seccomp_arg){ r->args[j].index, r->args[j].value,
				r->args[j].value_two, r->args[j].op };
		rules[i] = (struct seccomp_rule){
			.names = r->names,
			.action = r->action,
			.args = args,
			.n_args = r->n_args,
			.where = config_at(in->arena, &in->config->doc, r->at),
		};
	}
	plan_listener(s, ret);
	ret->has_seccomp = s->at != NULL;
	ret->seccomp = (struct seccomp_profile){
		.default_action = s->default_action,
		.archs = s->archs,
		.n_archs = s->n_archs,
		.flags = s->flags,
		.rules = rules,
		.n_rules = s->n_rules,
		.is_strict = in->config->run_oci.seccomp_strict,
	};
}

int plan_make(struct arena *a, const struct config *c, const struct plan_options *o,
	const struct facts *f, struct plan *ret, struct err *e)
{
	const struct plan_input in = { .arena = a, .config = c, .options = o, .facts = f };
	struct plan_process of_exec;

	*ret = (struct plan){ .id = o->id, .bundle = o->bundle };
	if (plan_namespaces(&in, ret, e) < 0 || plan_cgroup(&in, ret, e) < 0 ||
		plan_root(&in, ret, e) < 0 || plan_process(&in, ret, e) < 0 ||
		plan_landlock(&in, ret, e) < 0)
		return -1;
	/* what is wrong for a later exec is refused now, where it can be told by its place */
	if (plan_affinity(&in, &of_exec, e) < 0)
		return -1;
	plan_sysctl(&in, ret);
	plan_net_devices(&in, ret);
	plan_resctrl(&in, ret);
	plan_seccomp(&in, ret);
	plan_hook_list(&in, HOOK_CREATE_CONTAINER, "createContainer", NULL, &ret->create_container);
	/* the program's own: what runs inside has no business with the caller's variables */
	plan_hook_list(&in, HOOK_START_CONTAINER, "startContainer", ret->process.env,
		&ret->start_container);
	if (!(o->flags & PLAN_NO_NEW_KEYRING))
		ret->keyring = arena_fmt(a, "_ses.%s", o->id);
	return 0;
}

/* What holds for every process of a container. What best effort had to leave out was told when it
 * was made; and what is no longer there cannot be reached without a rule either. */
static int plan_of_container(const struct plan_input *in, struct plan *ret, struct err *e)
{
	if (plan_landlock(in, ret, e) < 0)
		return -1;
	ret->landlock.best_effort = true;
	plan_listener(&in->config->linux.seccomp, ret);
	return 0;
}

int plan_make_exec(struct arena *a, const struct plan_exec *x, const struct plan_options *o,
	const struct facts *f, struct plan *ret, struct err *e)
{
	const struct plan_input in = { .arena = a, .config = x->config, .options = o, .facts = f };
	const struct plan_input of_container = { .arena = a,
		.config = x->container,
		.options = o,
		.facts = f,
		.quiet = true };

	*ret = (struct plan){ .id = o->id, .ns.fresh = x->namespaces };
	if (plan_process(&in, ret, e) < 0 || plan_affinity(&in, &ret->process, e) < 0 ||
		(x->container && plan_of_container(&of_container, ret, e) < 0))
		return -1;
	ret->keyring = arena_fmt(a, "_ses.%s", o->id);
	return 0;
}

int plan_make_dump(struct arena *a, const struct config *c, const struct plan_options *o,
	struct plan *ret, struct err *e)
{
	/* it has been made: whoever did so was allowed to */
	const struct facts f = { .caps = UINT64_MAX, .lsm = FACT_APPARMOR | FACT_SELINUX };
	const struct plan_input in = { .arena = a, .config = c, .options = o, .facts = &f };

	*ret = (struct plan){ .id = o->id, .bundle = o->bundle };
	return plan_namespaces(&in, ret, e) < 0 || plan_root(&in, ret, e) < 0 ? -1 : 0;
}
