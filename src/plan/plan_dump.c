/* SPDX-License-Identifier: Apache-2.0 */
/* One operation a line, in the order of execution; what is not there is not printed. The format is
 * for people and for the golden tests, no interface. */
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mount.h"
#include "kern/ns.h"
#include "oci/names.h"
#include "plan/plan.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

static const struct {
	uint64_t bit;
	const char *name;
} attributes[] = {
	{ MOUNT_ATTR_RDONLY, "ro" },
	{ MOUNT_ATTR_NOSUID, "nosuid" },
	{ MOUNT_ATTR_NODEV, "nodev" },
	{ MOUNT_ATTR_NOEXEC, "noexec" },
	{ MOUNT_ATTR_NOATIME, "noatime" },
	{ MOUNT_ATTR_STRICTATIME, "strictatime" },
	{ MOUNT_ATTR_NODIRATIME, "nodiratime" },
	{ MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow" },
};

/* flags of a superblock that fsconfig(2) gets; MS_RDONLY is told by "ro" */
static const struct {
	unsigned long bit;
	const char *name;
} sb_flags[] = {
	{ MS_SYNCHRONOUS, "sync" },
	{ MS_DIRSYNC, "dirsync" },
	{ MS_LAZYTIME, "lazytime" },
	{ MS_MANDLOCK, "mand" },
};

static void dump_sb_flags(struct str *out, const char *what, unsigned long bits)
{
	for (size_t i = 0; i < ARRAY_LEN(sb_flags); i++) {
		if (bits & sb_flags[i].bit)
			str_addf(out, " %s %s", what, sb_flags[i].name);
	}
}

static void dump_attributes(struct str *out, const char *what, uint64_t bits)
{
	size_t n = 0;

	if (!bits)
		return;
	str_addf(out, " %s", what);
	/* the access time mode is a field, not a bit: who sets one clears all of it */
	if ((bits & MOUNT_ATTR__ATIME) == MOUNT_ATTR__ATIME) {
		bits &= ~(uint64_t)MOUNT_ATTR__ATIME;
		str_addf(out, "%c%s", n++ ? ',' : '=', "atime");
	}
	for (size_t i = 0; i < ARRAY_LEN(attributes); i++) {
		if (bits & attributes[i].bit)
			str_addf(out, "%c%s", n++ ? ',' : '=', attributes[i].name);
	}
}

static void dump_maps(struct str *out, const char *what, const struct id_map *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		str_addf(out, "  %s %u -> %u size %u\n", what, m[i].inside, m[i].outside,
			m[i].size);
}

static void dump_mount(struct str *out, const struct op *op)
{
	const struct op_mount *m = &op->mount;

	if (m->type)
		str_addf(out, " type %s", m->type);
	if (m->source)
		str_addf(out, " from %s", m->source);
	for (size_t i = 0; m->data && m->data[i]; i++)
		str_addf(out, "%s%s", i ? "," : " data ", m->data[i]);
	dump_sb_flags(out, "super", m->sb_set);
	dump_sb_flags(out, "super-not", m->sb_clear);
	dump_attributes(out, "set", m->attr_set);
	dump_attributes(out, "clear", m->attr_clear | m->attr_others);
	dump_attributes(out, "set-all", m->rec_set);
	dump_attributes(out, "clear-all", m->rec_clear);
	for (size_t i = 0; i < m->n_propagation; i++)
		str_addf(out, " propagation %s", names_of(&names_propagations, m->propagation[i]));
	if (op->flags & OP_REC)
		str_add(out, " recursive");
	if (op->flags & OP_SRC_NOFOLLOW)
		str_add(out, " the-link-itself");
	if (op->flags & OP_DEST_NOFOLLOW)
		str_add(out, " on-the-link-itself");
	if (op->flags & OP_COPY_SYMLINK)
		str_add(out, " a-link-is-copied");
	if (op->flags & OP_COPY_UP)
		str_add(out, " copy-up");
	if (op->flags & OP_COVERED_MODE)
		str_add(out, " mode-of-what-it-covers");
	if (op->flags & OP_INSIDE)
		str_addf(out, " which is %s inside", m->inside);
	if (op->flags & OP_JOINED_IDMAP)
		str_add(out, " ids-of-the-user-namespace");
	if (m->label)
		str_addf(out, " label %s", m->label);
	if (m->instead)
		str_addf(out, " or-bind %s", m->instead);
	str_add(out, "\n");
	dump_maps(out, "  uid", m->uids, m->n_uids);
	dump_maps(out, "  gid", m->gids, m->n_gids);
	if (op->flags & OP_IDMAP_REC)
		str_add(out, "    ids of the whole tree\n");
}

static void dump_node(struct str *out, const struct op *op)
{
	const struct op_node *n = &op->node;
	char type = S_ISBLK(n->mode) ? 'b' : S_ISFIFO(n->mode) ? 'p' : 'c';

	str_addf(out, " %c %u:%u mode %04o owner %u:%u%s\n", type, n->major, n->minor,
		n->mode & 07777u, n->uid, n->gid, n->bind ? " (bind)" : "");
}

static void dump_op(struct str *out, const struct op *op)
{
	static const char *const names[] = {
		[OP_MOUNT] = "mount",
		[OP_BIND] = "bind",
		[OP_REMOUNT] = "remount",
		[OP_NODE] = "node",
		[OP_LINK] = "link",
		[OP_MASK] = "mask",
		[OP_READONLY] = "readonly",
	};

	str_addf(out, "%s %s", names[op->kind], op->target);
	switch (op->kind) {
	case OP_MOUNT:
	case OP_BIND:
	case OP_REMOUNT:
		dump_mount(out, op);
		return;
	case OP_NODE:
		dump_node(out, op);
		return;
	case OP_LINK:
		str_addf(out, " to %s%s\n", op->link_to, op->flags & OP_FORCE ? " (replaces)" : "");
		return;
	case OP_MASK:
	case OP_READONLY:
		break;
	}
	str_add(out, op->flags & OP_ITSELF ? " (itself)\n" : "\n");
}

static void dump_namespaces(struct str *out, const struct plan_namespaces *ns)
{
	str_add(out, "namespaces");
	for (size_t i = 0; i < names_namespaces.count; i++) {
		if (ns->fresh & names_namespaces.list[i].value)
			str_addf(out, " %s", names_namespaces.list[i].name);
	}
	str_add(out, "\n");
	for (size_t i = 0; i < ns->n_join; i++)
		str_addf(out, "  join %s %s\n", ns_name(ns->join[i].type), ns->join[i].path);
	dump_maps(out, "uid", ns->uids, ns->n_uids);
	dump_maps(out, "gid", ns->gids, ns->n_gids);
	if (ns->map_flags & IDMAP_NEWUIDMAP)
		str_add(out, "  newuidmap\n");
	if (ns->map_flags & IDMAP_NEWGIDMAP)
		str_add(out, "  newgidmap\n");
	if (ns->map_flags & IDMAP_DENY_SETGROUPS)
		str_add(out, "  setgroups denied\n");
	if (ns->monotonic.given)
		str_addf(out, "  clock monotonic %lld.%09u\n", (long long)ns->monotonic.secs,
			ns->monotonic.nanosecs);
	if (ns->boottime.given)
		str_addf(out, "  clock boottime %lld.%09u\n", (long long)ns->boottime.secs,
			ns->boottime.nanosecs);
	if (ns->hostname)
		str_addf(out, "  hostname %s\n", ns->hostname);
	if (ns->domainname)
		str_addf(out, "  domainname %s\n", ns->domainname);
}

static void dump_setting(struct str *out, const struct plan_setting *s)
{
	str_addf(out, "  %s = %s", s->file, strcmp(s->value, "\n") == 0 ? "" : s->value);
	if (s->other_file)
		str_addf(out, ", else %s = %s", s->other_file, s->other_value);
	str_addf(out, "%s\n", s->optional ? " (if there)" : "");
}

/* "  scope a.scope in b.slice", and a property a line */
static void dump_scope(struct str *out, const struct plan_cgroup *c)
{
	if (!c->scope)
		return;
	str_addf(out, "  scope %s in %s%s%s\n", c->scope, c->slice,
		c->subgroup ? ", container in its " : "", c->subgroup ? c->subgroup : "");
	for (size_t i = 0; i < c->n_properties; i++) {
		const struct unit_property *p = &c->properties[i];

		str_addf(out, "  %s =", p->name);
		if (p->type == UNIT_TEXT)
			str_addf(out, " %s", p->text);
		else if (p->type == UNIT_INT)
			str_addf(out, " %d", (int)(int32_t)p->number);
		else if (p->type <= UNIT_NUMBER)
			str_addf(out, " %ju", (uintmax_t)p->number);
		for (const char *const *t = p->list; t && *t; t++)
			str_addf(out, " %s", *t);
		for (size_t j = 0; j < p->count && p->bytes; j++)
			str_addf(out, " %02x", p->bytes[j]);
		for (size_t j = 0; j < p->count && p->type == UNIT_TEXT_PAIRS; j++)
			str_addf(out, " %s %s", p->pairs[j].name, p->pairs[j].text);
		for (size_t j = 0; j < p->count && p->type == UNIT_NUMBER_PAIRS; j++)
			str_addf(out, " %s %ju", p->pairs[j].name, (uintmax_t)p->pairs[j].number);
		str_add(out, "\n");
	}
}

static void dump_cgroup(struct str *out, const struct plan_cgroup *c)
{
	if (!c->path)
		return;
	str_addf(out, "cgroup %s", c->path);
	for (size_t i = 0; c->controllers && c->controllers[i]; i++)
		str_addf(out, "%s%s", i ? "," : " controllers ", c->controllers[i]);
	str_add(out, "\n");
	dump_scope(out, c);
	for (size_t i = 0; i < c->n_settings; i++)
		dump_setting(out, &c->settings[i]);
	for (size_t i = 0; i < c->n_rules; i++) {
		const struct dev_rule *r = &c->rules[i];

		str_addf(out, "  device %s %c ", r->allow ? "allow" : "deny", r->type);
		str_addf(out, r->any_major ? "*" : "%u", r->major);
		str_addf(out, r->any_minor ? ":*" : ":%u", r->minor);
		str_addf(out, " %s%s%s\n", r->access & BPF_DEVCG_ACC_READ ? "r" : "",
			r->access & BPF_DEVCG_ACC_WRITE ? "w" : "",
			r->access & BPF_DEVCG_ACC_MKNOD ? "m" : "");
	}
}

static void dump_resctrl(struct str *out, const struct resctrl *r)
{
	if (!r->where)
		return;
	str_addf(out, "resctrl group %s%s\n", r->group[0] ? r->group : "/",
		r->own ? " (its own)" : "");
	for (const char *const *l = r->lines; *l; l++)
		str_addf(out, "  %s\n", *l);
	if (r->monitor)
		str_addf(out, "  monitoring group %s\n", r->monitor);
}

static void dump_caps(struct str *out, const char *set, uint64_t bits)
{
	if (!bits)
		return;
	str_addf(out, "  %s", set);
	for (size_t i = 0; i < names_capabilities.count; i++) {
		if (bits >> names_capabilities.list[i].value & 1)
			str_addf(out, " %s", names_capabilities.list[i].name);
	}
	str_add(out, "\n");
}

static void dump_kernel_attributes(struct str *out, const struct plan_process *p)
{
	const struct plan_scheduler *s = &p->scheduler;

	if (p->has_oom_score_adj)
		str_addf(out, "  oom_score_adj %d\n", p->oom_score_adj);
	if (s->given)
		str_addf(out, "  scheduler %u nice %d priority %d flags %ju times %ju %ju %ju\n",
			s->policy, s->nice, s->priority, (uintmax_t)s->flags, (uintmax_t)s->runtime,
			(uintmax_t)s->deadline, (uintmax_t)s->period);
	if (p->has_io_priority)
		str_addf(out, "  io priority %#x\n", (unsigned)p->io_priority);
	if (p->has_personality)
		str_addf(out, "  personality %#lx\n", p->personality);
	if (!p->has_memory_policy)
		return;
	str_addf(out, "  memory policy %#x nodes", (unsigned)p->memory_mode);
	for (size_t i = ARRAY_LEN(p->memory_nodes); i-- > 0;) {
		if (p->memory_nodes[i])
			str_addf(out, " %zu:%lx", i, p->memory_nodes[i]);
	}
	str_add(out, "\n");
}

/* "SCMP_ACT_ERRNO(1)": the errno is folded into the action */
static void dump_action(struct str *out, uint32_t action)
{
	const char *name = names_of(&names_seccomp_actions, action);

	if (!name)
		name = names_of(&names_seccomp_actions, action & 0xffff0000u);
	str_addf(out, " %s", name ? name : "?");
	if (action & 0xffffu)
		str_addf(out, "(%u)", action & 0xffffu);
}

static void dump_seccomp(struct str *out, const struct seccomp_profile *s)
{
	str_add(out, "seccomp");
	dump_action(out, s->default_action);
	for (size_t i = 0; i < s->n_archs; i++)
		str_addf(out, " %s", names_of(&names_seccomp_archs, s->archs[i]));
	str_addf(out, " flags %#x\n", s->flags);
	for (size_t i = 0; i < s->n_rules; i++) {
		const struct seccomp_rule *r = &s->rules[i];

		str_add(out, " ");
		dump_action(out, r->action);
		for (const char *const *n = r->names; *n; n++)
			str_addf(out, " %s", *n);
		for (size_t j = 0; j < r->n_args; j++)
			str_addf(out, " [%u %s %ju %ju]", r->args[j].index,
				names_of(&names_seccomp_operators, r->args[j].op),
				(uintmax_t)r->args[j].value, (uintmax_t)r->args[j].value_two);
		str_add(out, "\n");
	}
}

static void dump_restricted(struct str *out, const char *what, const struct names *t, uint64_t bits)
{
	if (!bits)
		return;
	str_addf(out, "  %s ", what);
	names_bits(t, bits, out);
	str_add(out, "\n");
}

static void dump_landlock(struct str *out, const struct plan_landlock *l)
{
	str_addf(out, "landlock%s\n", l->best_effort ? " best-effort" : "");
	dump_restricted(out, "restrict", &names_landlock_fs, l->handled.fs);
	dump_restricted(out, "restrict", &names_landlock_net, l->handled.net);
	dump_restricted(out, "scope", &names_landlock_scopes, l->handled.scope);
	dump_restricted(out, "log", &names_landlock_log, l->handled.log);
	for (size_t i = 0; i < l->n_rules; i++) {
		const struct plan_landlock_rule *r = &l->rules[i];

		if (r->path)
			str_addf(out, "  beneath %s allow ", r->path);
		else
			str_addf(out, "  port %u allow ", r->port);
		names_bits(r->path ? &names_landlock_fs : &names_landlock_net, r->access, out);
		str_add(out, "\n");
	}
}

static void dump_process(struct str *out, const struct plan *p)
{
	const struct plan_process *r = &p->process;

	if (!r->given) {
		str_add(out, "no process\n");
		return;
	}
	str_add(out, "process");
	for (size_t i = 0; r->args[i]; i++)
		str_addf(out, " %s", r->args[i]);
	str_addf(out, "\n  cwd %s\n  user %u:%u umask %04o%s\n", r->cwd, r->cred.uid, r->cred.gid,
		(unsigned)r->umask, r->terminal ? " terminal" : "");
	for (size_t i = 0; i < r->cred.n_groups; i++)
		str_addf(out, "  group %u\n", r->cred.groups[i]);
	for (size_t i = 0; r->env[i]; i++)
		str_addf(out, "  env %s\n", r->env[i]);
	for (size_t i = 0; i < r->n_rlimits; i++)
		str_addf(out, "  %s %llu %llu\n", r->rlimits[i].name,
			(unsigned long long)r->rlimits[i].soft,
			(unsigned long long)r->rlimits[i].hard);
	dump_caps(out, "bounding", r->cred.bounding);
	dump_caps(out, "effective", r->cred.effective);
	dump_caps(out, "inheritable", r->cred.inheritable);
	dump_caps(out, "permitted", r->cred.permitted);
	dump_caps(out, "ambient", r->cred.ambient);
	if (r->no_new_privs)
		str_add(out, "  no_new_privs\n");
	if (r->apparmor.value)
		str_addf(out, "  AppArmor profile %s\n", r->apparmor.value);
	if (r->selinux.value)
		str_addf(out, "  SELinux label %s\n", r->selinux.value);
	if (r->rows || r->columns)
		str_addf(out, "  terminal of %u rows, %u columns\n", r->rows, r->columns);
	if (r->keep_fds)
		str_addf(out, "  descriptors 3 to %u\n", 2 + r->keep_fds);
	dump_kernel_attributes(out, r);
}

void plan_dump(const struct plan *p, struct str *out)
{
	str_addf(out, "container %s\nbundle %s\n", p->id, p->bundle);
	dump_cgroup(out, &p->cgroup);
	dump_resctrl(out, &p->resctrl);
	dump_namespaces(out, &p->ns);
	if (p->keyring)
		str_addf(out, "  keyring %s\n", p->keyring);
	str_addf(out, "root %s%s\n", p->root.path, p->root.readonly ? " readonly" : "");
	if (p->root.label)
		str_addf(out, "  label %s\n", p->root.label);
	for (size_t i = 0; i < p->root.n_build; i++)
		dump_op(out, &p->root.build[i]);
	for (size_t i = 0; i < p->n_net_devices; i++)
		str_addf(out, "network device %s as %s\n", p->net_devices[i].name,
			p->net_devices[i].new_name ? p->net_devices[i].new_name
						   : p->net_devices[i].name);
	for (size_t i = 0; i < p->create_container.count; i++)
		str_addf(out, "%s\n", p->create_container.list[i].where);
	for (size_t i = 0; i < p->n_sysctl; i++)
		str_addf(out, "sysctl %s = %s\n", p->sysctl[i].path, p->sysctl[i].value);
	str_addf(out, "%s\n",
		!(p->ns.fresh & CLONE_NEWNS) ? "chroot"
			: p->root.pivot      ? "pivot_root"
					     : "move root");
	for (size_t i = 0; i < p->root.n_seal; i++)
		dump_op(out, &p->root.seal[i]);
	if (p->root.propagation)
		str_addf(out, "propagation %s%s\n", p->root.propagation_rec ? "r" : "",
			names_of(&names_propagations, p->root.propagation));
	dump_process(out, p);
	if (p->landlock.given)
		dump_landlock(out, &p->landlock);
	if (p->has_seccomp)
		dump_seccomp(out, &p->seccomp);
	else if (p->filter.n)
		str_addf(out, "seccomp filter of %zu instructions\n", p->filter.n);
	if (p->listener.path)
		str_addf(out, "  agent %s\n", p->listener.path);
	for (size_t i = 0; i < p->start_container.count; i++)
		str_addf(out, "%s\n", p->start_container.list[i].where);
}
