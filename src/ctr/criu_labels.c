/* SPDX-License-Identifier: Apache-2.0 */
/* Theory: criu writes the label of a process to the images, and sets it last of all. Two things go
 * wrong there without a word, or without an end. A criu that is built without SELinux sees no
 * label, and the process would come back with the one of whoever calls restore. And when a label
 * cannot be set, criu (4.1) waits for the first process, whose end waits for the others, which criu
 * has not waited for. So the images are looked at while the container can still go on, labels are
 * tried before they are needed - by a process that ends at once, since what is asked for the next
 * execve(2) cannot be taken back - and looked at in the end. */
#include "criu_labels.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/limits.h"
#include "kern/facts.h"
#include "kern/lsm.h"
#include "kern/proc.h"
#include "kern/sync.h"
#include "kern/syscalls.h"

struct labels {
	const char *apparmor, *selinux; /* NULL: none */
};

/* ---- images ---- */

static bool image_has(int images, const char *name, const char *label)
{
	auto_str struct str text = { 0 };

	return fd_read_at(images, name, 0, LIMIT_STATE_BYTES, &text) == 0 && text.len &&
		memmem(text.data, text.len, label, strlen(label)) != NULL;
}

/* in one of the files that describe a process */
static bool images_have(int images, const char *label)
{
	int fd = openat(images, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	bool found = false;

	if (!d) {
		def_close(&fd);
		return false;
	}
	for (const struct dirent *entry; !found && (entry = readdir(d));)
		found = str_after(entry->d_name, "core-") &&
			image_has(images, entry->d_name, label);
	(void)closedir(d);
	return found;
}

int labels_saved(const struct state *s, int images, struct err *e)
{
	const struct {
		const char *label, *what;
	} list[] = { { s->apparmor, "AppArmor profile" }, { s->selinux, "SELinux label" } };

	for (size_t i = 0; i < ARRAY_LEN(list); i++) {
		if (!list[i].label || str_eq(list[i].label, "unconfined") ||
			images_have(images, list[i].label))
			continue;
		return err_set(e, EOPNOTSUPP,
			"criu has not written %s \"%s\" to the images, and could not restore it: use a criu that is built with support for it",
			list[i].what, list[i].label);
	}
	return 0;
}

/* ---- before ---- */

static NORETURN void ask(int proc_fd, const struct labels *wanted, int sock)
{
	struct err e;

	err_init(&e);
	if ((wanted->apparmor && lsm_apparmor_exec(proc_fd, wanted->apparmor, false, &e) < 0) ||
		(wanted->selinux && lsm_selinux_exec(proc_fd, wanted->selinux, &e) < 0))
		_exit(sync_send_error(sock, &e));
	_exit(sync_send(sock, SYNC_READY, 0, -1));
}

static int try_in_child(const struct launch *l, const struct labels *wanted, struct err *e)
{
	struct sync_message r;
	int pair[2], pidfd = -1, done;
	struct clone_args a = { .flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.exit_signal = SIGCHLD,
		.pidfd = (uintptr_t)&pidfd };
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, errno, "create a socket pair");
	pid = sys_clone3(&a);
	if (pid == 0)
		ask(l->proc_fd, wanted, pair[1]);
	def_close(&pair[1]);
	done = pid < 0 ? err_sys(e, errno, "clone a process to try labels in")
		       : sync_expect(pair[0], SYNC_READY, "the process that tries labels", &r, e);
	def_close(&pair[0]);
	if (pid > 0)
		(void)!proc_end_child(pidfd, pid);
	def_close(&pidfd);
	return done;
}

static struct labels wanted_labels(const struct launch *l, const char *given)
{
	struct labels r = { l->plan.process.apparmor.value, l->plan.process.selinux.value };

	if (given)
		r = (struct labels){ str_after(given, "apparmor:"), str_after(given, "selinux:") };
	return r;
}

static int check_module(const struct labels *given, struct err *e)
{
	const unsigned fact = given->apparmor ? FACT_APPARMOR : FACT_SELINUX;
	auto_arena struct arena a = { 0 };
	struct facts facts;

	if (facts_gather(&a, FACTS_WANT_LSM, &facts, e) < 0)
		return -1;
	return facts.lsm & fact ? 0
				: err_set(e, EOPNOTSUPP, "%s is not active on this host",
					  given->apparmor ? "AppArmor" : "SELinux");
}

int labels_try(const struct launch *l, const char *given, struct err *e)
{
	const struct labels wanted = wanted_labels(l, given);

	if ((given && check_module(&wanted, e) < 0) ||
		((wanted.apparmor || wanted.selinux) && try_in_child(l, &wanted, e) < 0))
		return given ? err_in(e, "--lsm-profile \"%s\"", given) : -1;
	return 0;
}

/* ---- after ---- */

static const char *label_of(const struct launch *l, const char *process, struct str *ret)
{
	static const char *const files[] = { "attr/apparmor/current", "attr/current" };
	char path[64];

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", process, files[i]);
		str_clear(ret);
		if (fd_read_at(l->proc_fd, path, 0, LIMIT_KERNEL_FILE, ret) == 0)
			break;
	}
	return str_text(ret);
}

int labels_back(const struct launch *l, const char *given, pid_t pid, struct err *e)
{
	const struct labels labels = wanted_labels(l, given);
	const char *wanted = labels.apparmor ? labels.apparmor : labels.selinux;
	auto_str struct str ours = { 0 }, theirs = { 0 };
	char process[16];

	if (!wanted)
		return 0;
	(void)snprintf(process, sizeof(process), "%d", (int)pid);
	if (!str_eq(label_of(l, "self", &ours), label_of(l, process, &theirs)) ||
		str_after(str_text(&theirs), wanted))
		return 0;
	return err_set(e, EOPNOTSUPP,
		"criu has restored the container with our label, \"%.*s\", instead of \"%s\"",
		(int)strcspn(str_text(&theirs), "\n"), str_text(&theirs), wanted);
}
