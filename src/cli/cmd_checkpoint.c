/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_checkpoint.c - checkpoint and restore: what both have, and what only one of them has */
#include <limits.h>

#include "cli/cli.h"
#include "ctr/checkpoint.h"

struct options {
	const char *images, *work, *parent, *page_server, *lsm_profile, *lsm_mount_context;
	const char **empty_ns;
	bool leave_running, pre_dump, tcp_established, tcp_skip_in_flight, tcp_close, link_remap;
	bool ext_unix_sk, shell_job, lazy_pages, file_locks, auto_dedup;
	unsigned cgroups, network_lock, status_fd;
	/* restore */
	const char *bundle, *console_socket, *pid_file;
	bool detach, no_pivot, no_subreaper;
};

#define SWITCH(field, name, letter, help) OPT_SWITCH_ROW(struct options, field, name, letter, help)
#define TEXT(field, name, letter, value, help) \
	OPT_TEXT_ROW(struct options, field, name, letter, value, help)
#define CHOICE(field, name, value, list, help) \
	OPT_CHOICE_ROW(struct options, field, name, 0, value, list, help)

static const char *const modes[] = { "soft", "full", "strict", "ignore", NULL };
static const char *const locks[] = { "iptables", "nftables", "skip", NULL };

#define COMMON_OPTS                                                                            \
	TEXT(images, "image-path", 0, "DIR", "directory of the images (default: checkpoint)"), \
		TEXT(work, "work-path", 0, "DIR",                                              \
			"directory of the log (default: that of the images)"),                 \
		SWITCH(tcp_established, "tcp-established", 0, "with open TCP connections"),    \
		SWITCH(ext_unix_sk, "ext-unix-sk", 0,                                          \
			"with UNIX sockets whose other end is outside"),                       \
		SWITCH(shell_job, "shell-job", 0, "with the caller's terminal"),               \
		SWITCH(file_locks, "file-locks", 0, "with locks on files"),                    \
		SWITCH(lazy_pages, "lazy-pages", 0,                                            \
			"get the memory from a page server when it is used"),                  \
		CHOICE(cgroups, "manage-cgroups-mode", "MODE", modes,                          \
			"how criu treats cgroups (default: soft; ignore beside cgroup v1)"),   \
		OPT_LIST_ROW(struct options, empty_ns, "empty-ns", 0, "network",               \
			"accepted: a network namespace always comes back empty"),              \
		CHOICE(network_lock, "network-lock", "METHOD", locks,                          \
			"how packets of open TCP connections are held back"),                  \
		SWITCH(auto_dedup, "auto-dedup", 0, "free memory images that are used up")

static const struct opt checkpoint_opts[] = {
	COMMON_OPTS,
	SWITCH(leave_running, "leave-running", 0, "let the container go on"),
	SWITCH(pre_dump, "pre-dump", 0, "only the memory, for a checkpoint with --parent-path"),
	TEXT(parent, "parent-path", 0, "DIR",
		"directory of a pre-dump, relative to that of the images"),
	TEXT(page_server, "page-server", 0, "ADDRESS:PORT", "send the memory to a page server"),
	OPT_NUMBER_ROW(struct options, status_fd, "status-fd", 0, "FD", INT_MAX,
		"write a 0 byte to FD once the page server of --lazy-pages is ready"),
	SWITCH(tcp_skip_in_flight, "tcp-skip-in-flight", 0,
		"leave out TCP connections that are being made"),
	SWITCH(link_remap, "link-remap", 0, "with files that have been deleted"),
};

static const struct opt restore_opts[] = {
	COMMON_OPTS,
	SWITCH(tcp_close, "tcp-close", 0, "with TCP connections closed"),
	TEXT(bundle, "bundle", 'b', "DIR",
		"directory with config.json and the root filesystem (default: .)"),
	SWITCH(detach, "detach", 'd', "return as soon as the container runs"),
	TEXT(pid_file, "pid-file", 0, "FILE",
		"write the pid of the container's first process to FILE"),
	TEXT(console_socket, "console-socket", 0, "SOCKET",
		"send the master of the container's terminal to SOCKET"),
	TEXT(lsm_profile, "lsm-profile", 0, "TYPE:NAME",
		"other AppArmor profile or SELinux label: apparmor:NAME, selinux:LABEL"),
	TEXT(lsm_mount_context, "lsm-mount-context", 0, "CONTEXT",
		"other SELinux context of mounts"),
	SWITCH(no_pivot, "no-pivot", 0, "accepted, without effect"),
	SWITCH(no_subreaper, "no-subreaper", 0, "accepted, without effect"),
};

static const struct opt_arg args[] = { { "ID", 0 } };

static unsigned flags(const struct options *o)
{
	const struct {
		bool given;
		unsigned flag;
	} list[] = {
		{ o->leave_running, CRIU_LEAVE_RUNNING },
		{ o->pre_dump, CRIU_PRE_DUMP | CRIU_TRACK_MEM },
		{ o->parent != NULL, CRIU_TRACK_MEM },
		{ o->tcp_established, CRIU_TCP_ESTABLISHED },
		{ o->tcp_skip_in_flight, CRIU_TCP_SKIP_IN_FLIGHT },
		{ o->tcp_close, CRIU_TCP_CLOSE },
		{ o->link_remap, CRIU_LINK_REMAP },
		{ o->ext_unix_sk, CRIU_EXT_UNIX },
		{ o->shell_job, CRIU_SHELL_JOB },
		{ o->lazy_pages, CRIU_LAZY_PAGES },
		{ o->file_locks, CRIU_FILE_LOCKS },
		{ o->auto_dedup, CRIU_AUTO_DEDUP },
	};
	unsigned r = 0;

	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		r |= list[i].given ? list[i].flag : 0;
	return r;
}

static void fill(const struct cli *c, const struct options *o, struct checkpoint_options *ret)
{
	/* in the order of modes and locks; a choice counts from 1 */
	static const enum criu_cgroups mode_values[] = { CRIU_CGROUPS_SOFT, CRIU_CGROUPS_SOFT,
		CRIU_CGROUPS_FULL, CRIU_CGROUPS_STRICT, CRIU_CGROUPS_IGNORE };
	static const enum criu_lock lock_values[] = { CRIU_LOCK_DEFAULT, CRIU_LOCK_IPTABLES,
		CRIU_LOCK_NFTABLES, CRIU_LOCK_SKIP };

	*ret = (struct checkpoint_options){
		.images = o->images ? o->images : "checkpoint",
		.work = o->work,
		.parent = o->parent,
		.page_server = o->page_server,
		.empty_ns = o->empty_ns,
		.lsm_profile = o->lsm_profile,
		.lsm_mount_context = o->lsm_mount_context,
		.program = c->global.criu,
		.flags = flags(o),
		.has_cgroups = o->cgroups != 0,
		.cgroups = mode_values[o->cgroups],
		.network_lock = lock_values[o->network_lock],
		.status_fd = (int)o->status_fd,
	};
}

static int do_checkpoint(struct cli *c, const void *opts, const struct opt_rest *r, struct err *e)
{
	const struct options *o = opts;
	auto_store struct store s = { .fd = -1 };
	struct checkpoint_options checkpoint;

	fill(c, o, &checkpoint);
	if (cli_store(c, 0, &s, e) < 0 || ctr_checkpoint(&s, r->args[0], &checkpoint, e) < 0)
		return err_in(e, "checkpoint \"%s\"", r->args[0]);
	return 0;
}

static int do_restore(struct cli *c, const void *opts, const struct opt_rest *r, struct err *e)
{
	const struct options *o = opts;
	auto_store struct store s = { .fd = -1 };
	struct checkpoint_options checkpoint;
	struct create_options create = {
		.id = r->args[0],
		.bundle = o->bundle ? o->bundle : ".",
		.config = "config.json",
		.console_socket = o->console_socket,
		.pid_file = o->pid_file,
		.flags = o->detach ? CREATE_DETACH : 0,
	};
	int status = 0;

	fill(c, o, &checkpoint);
	cli_create(c, &create);
	if (cli_store(c, STORE_MAKE, &s, e) < 0 ||
		ctr_restore(&s, &create, &checkpoint, &status, e) < 0)
		return err_in(e, "restore \"%s\"", r->args[0]);
	return status;
}

const struct command cmd_checkpoint = {
	.name = "checkpoint",
	.flags = CMD_CHANGES,
	.help = "write the processes of a container to files, and delete it",
	.more = "Needs criu and libcriu. With --leave-running and --pre-dump the container goes on.",
	.table = { checkpoint_opts, ARRAY_LEN(checkpoint_opts), args, ARRAY_LEN(args), 0 },
	.size = sizeof(struct options),
	.run = do_checkpoint,
};

const struct command cmd_restore = {
	.name = "restore",
	.flags = CMD_CHANGES,
	.help = "make a container that goes on where a checkpoint was made",
	.more = "Needs criu and libcriu. In the foreground it waits for the container's end and deletes it; the exit\n"
		"status is that of the program, 128 + N when signal N ended it.",
	.table = { restore_opts, ARRAY_LEN(restore_opts), args, ARRAY_LEN(args), 0 },
	.size = sizeof(struct options),
	.run = do_restore,
};
