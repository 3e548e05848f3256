/* SPDX-License-Identifier: Apache-2.0 */
/* config_landlock.c - annotations crun-lite.landlock.*
 *
 * The runtime-spec has no place for Landlock, so the rules come as annotations. The grammar, RIGHTS
 * being names or masks with commas between them:
 *
 *   mode                    "strict" (the default) or "best-effort"
 *   fs.ro fs.rx fs.rw fs.rwx    PATH:PATH...        what may be done there and below
 *   fs.rule.NAME            RIGHTS:PATH             the same right by right; one path, which may
 * have a colon net.bind net.connect    PORT,PORT...            TCP net.rule.NAME
 * RIGHTS:PORT,PORT... fs.handled net.handled  RIGHTS                  what is restricted at all
 *   scope, log              RIGHTS
 *
 * Who writes fs.ro=/usr expects that nothing else can be written: with any fs annotation all the
 * filesystem rights of FS_ALL are handled, so that what no rule allows is denied. FS_ALL does not
 * grow with the kernel or this program, or the same document would mean less tomorrow; newer rights
 * are handled once they are mentioned. For the network only what is mentioned is handled: binding
 * and connecting are separate wishes. fs.handled and net.handled replace either default.
 *
 * A misspelt restriction is none, so unlike other annotations an unknown one below this prefix is
 * an error. */
#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "base/path.h"
#include "oci/config_in.h"
#include "oci/field.h"

#define PREFIX "crun-lite.landlock."

/* as in names_landlock_fs */
enum {
	FS_EXECUTE = 1 << 0,
	FS_READ = 1 << 2 | 1 << 3, /* read_file, read_dir */
	FS_ALL = (1 << 16) - 1,    /* what ABI 5 has */
	FS_WRITE = FS_ALL & ~(FS_READ | FS_EXECUTE),
	NET_BIND = 1 << 0,
	NET_CONNECT = 1 << 1,
};

struct reader {
	struct json_doc *d;
	struct config_landlock *ret;
	uint64_t mentioned_fs, mentioned_net; /* by rules */
	bool explicit_fs, explicit_net;       /* handled says what is */
};

/* ---- values ---- */

/* "0x" and 1 to 16 hexadecimal digits */
static bool read_mask(const char *text, uint64_t *ret)
{
	size_t len = strlen(text);
	uint64_t value = 0;

	if (len < 3 || len > 18 || text[2 + strspn(text + 2, "0123456789abcdefABCDEF")])
		return false;
	for (const char *p = text + 2; *p; p++)
		value = value << 4 | (uint64_t)(*p <= '9' ? *p - '0' : (*p | 0x20) - 'a' + 10);
	*ret = value;
	return true;
}

/* The next piece of *list up to sep; NULL behind the last. */
static const char *next_piece(struct arena *a, const char **list, char sep)
{
	const char *start = *list, *end;

	if (!start)
		return NULL;
	end = strchr(start, sep);
	*list = end ? end + 1 : NULL;
	return arena_dup(a, start, end ? (size_t)(end - start) : strlen(start));
}

/* RIGHTS: names of t and masks; what: how a message calls one of them */
static bool read_rights(struct reader *r, const struct json *at, const char *text,
	const struct names *t, const char *what, uint64_t *ret)
{
	uint64_t bits = 0;

	for (const char *piece; (piece = next_piece(r->d->arena, &text, ','));) {
		const struct name *known = names_find(t, piece);
		uint64_t mask = 0;

		if (known) {
			bits |= known->value;
			continue;
		}
		if (!str_after(piece, "0x") || !read_mask(piece, &mask) || !mask) {
			const char *near = names_near(t, piece);

			json_error(r->d, at,
				"unknown %s %s, must be %s, or a mask such as 0x8, with commas between them%s%s%s",
				what, field_quote(r->d->arena, piece), field_names(r->d->arena, t),
				near ? "; did you mean \"" : "", near ? near : "",
				near ? "\"?" : "");
			return false;
		}
		bits |= mask;
	}
	*ret = bits;
	return true;
}

/* ---- rules ---- */

/* Room for as many rules as the values have separators, and one each. */
static bool make_room(struct json_doc *d, const struct config_annotation *list, size_t count,
	struct config_landlock *ret)
{
	size_t rules = 0;

	for (size_t i = 0; i < count; i++) {
		if (!list[i].value || !str_after(list[i].key, PREFIX))
			continue;
		rules++;
		for (const char *p = list[i].value; (p = strpbrk(p, ":,")); p++)
			rules++;
		if (rules > LIMIT_LANDLOCK_RULES) {
			json_error(d, list[i].at, "must not make more than %d Landlock rules",
				LIMIT_LANDLOCK_RULES);
			return false;
		}
	}
	ret->rules = arena_array(d->arena, rules, sizeof(*ret->rules));
	return true;
}

static bool add_path(struct reader *r, const struct json *at, const char *path, uint64_t access)
{
	if (!path_is_abs(path)) {
		json_error(r->d, at, "must have absolute paths with colons between them, not %s",
			field_quote(r->d->arena, path));
		return false;
	}
	r->ret->rules[r->ret->n_rules++] = (struct config_landlock_rule){
		.at = at,
		.access = access,
		.path = path_clean(r->d->arena, path),
	};
	return true;
}

static void add_ports(struct reader *r, const struct json *at, const char *ports, uint64_t access)
{
	for (const char *piece; (piece = next_piece(r->d->arena, &ports, ','));) {
		uint32_t port;

		if (!num_u32(piece, &port) || port > UINT16_MAX) {
			json_error(r->d, at,
				"must have ports from 0 to 65535 with commas between them, not %s",
				field_quote(r->d->arena, piece));
			return;
		}
		r->ret->rules[r->ret->n_rules++] = (struct config_landlock_rule){
			.at = at,
			.access = access,
			.port = (uint16_t)port,
		};
	}
}

/* ---- annotations ---- */

struct key {
	const char *name; /* behind PREFIX; with a dot at its end a NAME follows */
	void (*read)(struct reader *r, const struct config_annotation *a, uint64_t access);
	uint64_t access;
};

static void read_mode(struct reader *r, const struct config_annotation *a, uint64_t access)
{
	(void)access;
	r->ret->best_effort = str_eq(a->value, "best-effort");
	if (!r->ret->best_effort && !str_eq(a->value, "strict"))
		json_error(r->d, a->at, "must be \"strict\" or \"best-effort\", not %s",
			field_quote(r->d->arena, a->value));
}

static void read_fs_handled(struct reader *r, const struct config_annotation *a, uint64_t access)
{
	(void)access;
	r->explicit_fs = true;
	r->ret->fs_at = a->at;
	(void)read_rights(r, a->at, a->value, &names_landlock_fs, "filesystem right", &r->ret->fs);
}

static void read_net_handled(struct reader *r, const struct config_annotation *a, uint64_t access)
{
	(void)access;
	r->explicit_net = true;
	r->ret->net_at = a->at;
	(void)read_rights(r, a->at, a->value, &names_landlock_net, "network right", &r->ret->net);
}

static void read_paths(struct reader *r, const struct config_annotation *a, uint64_t access)
{
	const char *list = a->value[0] ? a->value : NULL;

	r->mentioned_fs |= access;
	for (const char *piece; (piece = next_piece(r->d->arena, &list, ':'));)
		if (!add_path(r, a->at, piece, access))
			return;
}

static void read_ports(struct reader *r, const struct config_annotation *a, uint64_t access)
{
	r->mentioned_net |= access;
	if (a->value[0])
		add_ports(r, a->at, a->value, access);
}

/* RIGHTS:REST of a rule; NULL: a finding was recorded */
static const char *read_rule(struct reader *r, const struct config_annotation *a,
	const struct names *t, const char *what, uint64_t *ret)
{
	const char *rest = a->value, *rights = next_piece(r->d->arena, &rest, ':');

	if (!rest) {
		json_error(r->d, a->at, "must be rights, a colon and %s, not %s",
			t == &names_landlock_fs ? "a path" : "ports",
			field_quote(r->d->arena, a->value));
		return NULL;
	}
	return read_rights(r, a->at, rights, t, what, ret) ? rest : NULL;
}

static void read_fs_rule(struct reader *r, const struct config_annotation *a, uint64_t access)
{
	const char *path = read_rule(r, a, &names_landlock_fs, "filesystem right", &access);

	if (path && add_path(r, a->at, path, access))
		r->mentioned_fs |= access;
}

static void read_net_rule(struct reader *r, const struct config_annotation *a, uint64_t access)
{
	const char *ports = read_rule(r, a, &names_landlock_net, "network right", &access);

	if (!ports)
		return;
	r->mentioned_net |= access;
	add_ports(r, a->at, ports, access);
}

static void read_scope(struct reader *r, const struct config_annotation *a, uint64_t access)
{
	(void)access;
	r->ret->scope_at = a->at;
	(void)read_rights(r, a->at, a->value, &names_landlock_scopes, "scope", &r->ret->scope);
}

static void read_log(struct reader *r, const struct config_annotation *a, uint64_t access)
{
	(void)access;
	r->ret->log_at = a->at;
	(void)read_rights(r, a->at, a->value, &names_landlock_log, "log flag", &r->ret->log);
}

static const struct key keys[] = {
	{ "mode", read_mode, 0 },
	{ "fs.ro", read_paths, FS_READ },
	{ "fs.rx", read_paths, FS_READ | FS_EXECUTE },
	{ "fs.rw", read_paths, FS_READ | FS_WRITE },
	{ "fs.rwx", read_paths, FS_ALL },
	{ "fs.rule.", read_fs_rule, 0 },
	{ "fs.handled", read_fs_handled, 0 },
	{ "net.bind", read_ports, NET_BIND },
	{ "net.connect", read_ports, NET_CONNECT },
	{ "net.rule.", read_net_rule, 0 },
	{ "net.handled", read_net_handled, 0 },
	{ "scope", read_scope, 0 },
	{ "log", read_log, 0 },
};

static void read_annotation(struct reader *r, const struct config_annotation *a, const char *name)
{
	auto_str struct str known = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const struct key *k = &keys[i];
		const char *label = str_after(name, k->name);
		bool named = k->name[strlen(k->name) - 1] == '.';

		str_addf(&known, "%s%s%s",
			!i                                ? ""
				: i + 1 < ARRAY_LEN(keys) ? ", "
							  : " or ",
			k->name, named ? "NAME" : "");
		if (!label || (*label != '\0') != named)
			continue;
		if (str_after(name, "fs.") && !r->explicit_fs && !r->ret->fs_at)
			r->ret->fs_at = a->at;
		if (str_after(name, "net.") && !r->explicit_net && !r->ret->net_at)
			r->ret->net_at = a->at;
		k->read(r, a, k->access);
		return;
	}
	json_error(r->d, a->at, "unknown annotation, behind \"" PREFIX "\" must be %s",
		str_text(&known));
}

/* ---- all together ---- */

/* A rule can only allow what is handled. The short forms are cut to it; who writes rights of his
 * own means each. */
static void check_rule(struct reader *r, struct config_landlock_rule *rule)
{
	uint64_t handled = rule->path ? r->ret->fs : r->ret->net;
	const struct names *t = rule->path ? &names_landlock_fs : &names_landlock_net;
	auto_str struct str text = { 0 };

	if (!(rule->access & ~handled))
		return;
	if (strstr(rule->at->key, ".rule.") || !(rule->access & handled)) {
		names_bits(t, rule->access & ~handled, &text);
		json_error(r->d, rule->at, "allows %s, which " PREFIX "%s leaves alone",
			str_text(&text), rule->path ? "fs.handled" : "net.handled");
	}
	rule->access &= handled;
}

void config_read_landlock(struct json_doc *d, const struct config_annotation *list, size_t count,
	struct config_landlock *ret)
{
	struct reader r = { .d = d, .ret = ret };
	unsigned before = d->error_count;

	if (!make_room(d, list, count, ret))
		return;
	for (size_t i = 0; i < count; i++) {
		const char *name = str_after(list[i].key, PREFIX);

		if (!name || !list[i].value)
			continue;
		ret->at = list[i].at;
		read_annotation(&r, &list[i], name);
	}
	if (!ret->at || d->error_count != before)
		return;
	if (ret->fs_at && !r.explicit_fs)
		ret->fs = FS_ALL | r.mentioned_fs;
	if (ret->net_at && !r.explicit_net)
		ret->net = r.mentioned_net;
	for (size_t i = 0; i < ret->n_rules; i++)
		check_rule(&r, &ret->rules[i]);
	if (!(ret->fs | ret->net | ret->scope))
		json_error(d, ret->at,
			"restricts nothing without an annotation " PREFIX
			"fs.*, net.* or scope beside it");
}
