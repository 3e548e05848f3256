/* SPDX-License-Identifier: Apache-2.0 */
/* global.c - the options before the command, and what they mean */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "cli/cli.h"
#include "ctr/host.h"

static const char *const formats[] = { "text", "json", NULL };
static const char *const levels[] = { "error", "warning", "info", "debug", NULL };
static const char *const managers[] = { "cgroupfs", "systemd", "disabled", NULL };
static const char *const rootless[] = { "true", "false", "auto", NULL };

#define SWITCH(field, name, help) OPT_SWITCH_ROW(struct global, field, name, 0, help)
#define TEXT(field, name, value, help) OPT_TEXT_ROW(struct global, field, name, 0, value, help)
#define CHOICE(field, name, value, list, help) \
	OPT_CHOICE_ROW(struct global, field, name, 0, value, list, help)

static const struct opt opts[] = {
	TEXT(root, "root", "DIR", "keep the state of containers in DIR (default: /run/crun-lite)"),
	TEXT(log, "log", "FILE", "append messages to FILE; errors go to standard error as well"),
	CHOICE(log_format, "log-format", "FORMAT", formats, "format of messages"),
	CHOICE(log_level, "log-level", "LEVEL", levels, "least level of messages"),
	SWITCH(debug, "debug", "the same as --log-level debug"),
	CHOICE(cgroup_manager, "cgroup-manager", "MANAGER", managers, "who makes cgroups"),
	SWITCH(systemd_cgroup, "systemd-cgroup", "the same as --cgroup-manager systemd"),
	CHOICE(rootless, "rootless", "BOOL", rootless,
		"go on without what the caller may not do (default: auto)"),
	TEXT(criu, "criu", "FILE", "the program criu (default: in PATH)"),
	{ .name = "version",
		.letter = 'v',
		.other = 'V',
		.kind = OPT_SWITCH,
		.store = offsetof(struct global, version),
		.help = "show versions" },
};

static const struct opt_arg args[] = { { "COMMAND", 0 },
	{ "ARGUMENT", ARG_OPTIONAL | ARG_REPEATED } };

const struct opt_table global_options = {
	opts,
	ARRAY_LEN(opts),
	args,
	ARRAY_LEN(args),
	OPT_STOP,
};

/* XDG_RUNTIME_DIR where it is ours to use: not for root of the host (where a login sets it for the
 * login, and engines set it empty), but for root of a user namespace, which is how engines of
 * ordinary users call */
static const char *runtime_dir(void)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");

	if (!dir || !dir[0])
		return NULL;
	return geteuid() != 0 || host_in_userns() ? dir : NULL;
}

/* a directory of the caller's that nobody else may use */
static bool is_private(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
		!(st.st_mode & (S_IRWXG | S_IRWXO));
}

/* May names in it be relied on to stay what they are? */
static bool is_sticky(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == 0 &&
		(st.st_mode & S_ISVTX || !(st.st_mode & (S_IWGRP | S_IWOTH)));
}

/* An ordinary user without XDG_RUNTIME_DIR, as `su - USER` leaves him: what a login would have set,
 * else a directory of his own in /tmp. Always the same one, so that every command finds what
 * another has made: where somebody else has that name already, it is an error. */
static int open_without_login(struct cli *c, unsigned flags, struct store *ret, struct err *e)
{
	const unsigned uid = geteuid();
	const char *dir = arena_fmt(&c->arena, "/run/user/%u", uid);

	if (is_private(dir))
		return store_open(&c->arena, arena_fmt(&c->arena, "%s/crun-lite", dir), flags, ret,
			e);
	*ret = (struct store){ .fd = -1 };
	if (!is_sticky("/tmp"))
		return err_set(e, EPERM,
			"XDG_RUNTIME_DIR is not set, and \"/tmp\" must belong to root and have mode 1777 to take its place: set "
			"XDG_RUNTIME_DIR, or name a state root with --root");
	if (store_open(&c->arena, arena_fmt(&c->arena, "/tmp/crun-lite-%u", uid),
		    flags | STORE_PUBLIC, ret, e) < 0)
		return err_more(e,
			"XDG_RUNTIME_DIR is not set: set it, or name another state root with --root");
	return 0;
}

static int open_in_runtime_dir(struct cli *c, const char *dir, unsigned flags, struct store *ret,
	struct err *e)
{
	struct stat st;

	if (store_open(&c->arena, arena_fmt(&c->arena, "%s/crun-lite", dir), flags, ret, e) == 0)
		return 0;
	if (stat(dir, &st) < 0)
		return err_more(e,
			"XDG_RUNTIME_DIR=\"%s\" cannot be used (%s): unset it, or name another state root with --root",
			dir, err_errno_text(errno));
	if (st.st_uid != geteuid())
		return err_more(e,
			"XDG_RUNTIME_DIR=\"%s\" belongs to user %u, not %u: unset it, or name another state root with --root",
			dir, st.st_uid, geteuid());
	return -1;
}

int cli_store(struct cli *c, unsigned flags, struct store *ret, struct err *e)
{
	const char *root = c->global.root;
	const char *dir;

	if (root)
		return store_open(&c->arena, root, flags, ret, e);
	dir = runtime_dir();
	if (dir)
		return open_in_runtime_dir(c, dir, flags | STORE_STICKY, ret, e);
	if (geteuid() != 0)
		return open_without_login(c, flags | STORE_STICKY, ret, e);
	if (store_open(&c->arena, "/run/crun-lite", flags, ret, e) == 0)
		return 0;
	return host_in_userns()
		? err_more(e,
			  "XDG_RUNTIME_DIR is not set: set it, or name another state root with --root")
		: -1;
}

int cli_store_ids(struct cli *c, struct store *ret, const char ***ret_ids, struct err *e)
{
	if (cli_store(c, 0, ret, e) < 0)
		return -1;
	if (c->global.root && ret->fd < 0)
		return err_sys(e, ENOENT, "open state root \"%s\"", ret->path);
	return store_ids(&c->arena, ret, ret_ids, e);
}

int cli_log(struct cli *c, struct err *e)
{
	const struct global *g = &c->global;
	enum log_format format = g->log_format ? (enum log_format)(g->log_format - 1) : LOG_TEXT;
	enum log_level level = LOG_WARNING;

	if (g->log_level)
		level = (enum log_level)(g->log_level - 1);
	else if (g->debug)
		level = LOG_DEBUG;
	if (!g->log) {
		if (format != LOG_TEXT || level != LOG_WARNING)
			log_setup(level, format, STDERR_FILENO, false);
		return 0;
	}
	c->log_fd = open(g->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);
	/* not in the place of a standard descriptor that the caller left closed */
	if (c->log_fd >= 0 && c->log_fd <= STDERR_FILENO) {
		int low = c->log_fd;

		c->log_fd = fcntl(low, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		def_close(&low);
	}
	if (c->log_fd < 0)
		return err_sys(e, errno, "open log \"%s\"", g->log);
	log_setup(level, format, c->log_fd, true);
	return 0;
}

int cli_print(const struct str *text, struct err *e)
{
	fd_survive_limit();
	if (fd_write_all(STDOUT_FILENO, str_text(text), text->len) < 0)
		return err_sys(e, errno, "write standard output");
	return 0;
}
