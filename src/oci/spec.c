/* SPDX-License-Identifier: Apache-2.0 */
/* spec.c - a config.json to begin with: a shell in its own namespaces, and nothing it does not need
 */
#include "oci/spec.h"

#include "base/jsonw.h"
#include "oci/state.h"

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void write_ids(struct jsonw *w, const char *key)
{
	jsonw_object(w, key);
	jsonw_u64(w, "uid", 0);
	jsonw_u64(w, "gid", 0);
	jsonw_end_object(w);
}

static void write_process(struct jsonw *w)
{
	static const char *const caps[] = { "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE",
		NULL };

	jsonw_object(w, "process");
	jsonw_bool(w, "terminal", true);
	write_ids(w, "user");
	jsonw_strings(w, "args", LIST("sh"));
	jsonw_strings(w, "env",
		LIST("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			"TERM=xterm"));
	jsonw_string(w, "cwd", "/");
	jsonw_object(w, "capabilities");
	jsonw_strings(w, "bounding", caps);
	jsonw_strings(w, "effective", caps);
	jsonw_strings(w, "permitted", caps);
	jsonw_end_object(w);
	jsonw_array(w, "rlimits");
	jsonw_object(w, NULL);
	jsonw_string(w, "type", "RLIMIT_NOFILE");
	jsonw_u64(w, "hard", 1024);
	jsonw_u64(w, "soft", 1024);
	jsonw_end_object(w);
	jsonw_end_array(w);
	jsonw_bool(w, "noNewPrivileges", true);
	jsonw_end_object(w);
}

struct template_mount {
	const char *destination, *type, *source;
	const char *options[8];
};

static const struct template_mount mounts[] = {
	{ "/proc", "proc", "proc", { NULL } },
	{ "/dev", "tmpfs", "tmpfs", { "nosuid", "strictatime", "mode=755", "size=65536k" } },
	{ "/dev/pts", "devpts", "devpts",
		{ "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5" } },
	{ "/dev/shm", "tmpfs", "shm", { "nosuid", "noexec", "nodev", "mode=1777", "size=65536k" } },
	{ "/dev/mqueue", "mqueue", "mqueue", { "nosuid", "noexec", "nodev" } },
	{ "/sys", "sysfs", "sysfs", { "nosuid", "noexec", "nodev", "ro" } },
	{ "/sys/fs/cgroup", "cgroup", "cgroup", { "nosuid", "noexec", "nodev", "relatime", "ro" } },
};

/* what an ordinary user cannot have: group 5 is not mapped, and sysfs needs a network namespace of
 * one's own */
static const struct template_mount rootless_mounts[] = {
	{ "/dev/pts", "devpts", "devpts",
		{ "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620" } },
	{ "/sys", "none", "/sys", { "rbind", "nosuid", "noexec", "nodev", "rro" } },
};

static void write_mount(struct jsonw *w, const struct template_mount *m)
{
	jsonw_object(w, NULL);
	jsonw_string(w, "destination", m->destination);
	jsonw_string(w, "type", m->type);
	jsonw_string(w, "source", m->source);
	if (m->options[0])
		jsonw_strings(w, "options", m->options);
	jsonw_end_object(w);
}

static void write_mounts(struct jsonw *w, const struct spec_options *o)
{
	jsonw_array(w, "mounts");
	for (size_t i = 0; i < ARRAY_LEN(mounts); i++) {
		const struct template_mount *m = &mounts[i];

		for (size_t k = 0; o->rootless && k < ARRAY_LEN(rootless_mounts); k++) {
			if (str_eq(rootless_mounts[k].destination, m->destination))
				m = &rootless_mounts[k];
		}
		write_mount(w, m);
	}
	jsonw_end_array(w);
}

static void write_id_map(struct jsonw *w, const char *key, uint32_t id)
{
	jsonw_array(w, key);
	jsonw_object(w, NULL);
	jsonw_u64(w, "containerID", 0);
	jsonw_u64(w, "hostID", id);
	jsonw_u64(w, "size", 1);
	jsonw_end_object(w);
	jsonw_end_array(w);
}

static void write_namespaces(struct jsonw *w, const struct spec_options *o)
{
	static const char *const with_root[] = { "pid", "network", "ipc", "uts", "mount", "cgroup",
		NULL };
	static const char *const without[] = { "pid", "ipc", "uts", "mount", "cgroup", "user",
		NULL };

	jsonw_array(w, "namespaces");
	for (const char *const *n = o->rootless ? without : with_root; *n; n++) {
		jsonw_object(w, NULL);
		jsonw_string(w, "type", *n);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

static void write_resources(struct jsonw *w)
{
	jsonw_object(w, "resources");
	jsonw_array(w, "devices");
	jsonw_object(w, NULL);
	jsonw_bool(w, "allow", false);
	jsonw_string(w, "access", "rwm");
	jsonw_end_object(w);
	jsonw_end_array(w);
	jsonw_end_object(w);
}

static void write_linux(struct jsonw *w, const struct spec_options *o)
{
	jsonw_object(w, "linux");
	if (o->rootless) {
		write_id_map(w, "uidMappings", o->uid);
		write_id_map(w, "gidMappings", o->gid);
	} else {
		write_resources(w);
	}
	write_namespaces(w, o);
	jsonw_strings(w, "maskedPaths",
		LIST("/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys",
			"/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
			"/proc/sched_debug", "/proc/scsi", "/sys/firmware",
			"/sys/devices/virtual/powercap"));
	jsonw_strings(w, "readonlyPaths",
		LIST("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"));
	jsonw_end_object(w);
}

void spec_text(const struct spec_options *o, struct str *out)
{
	struct jsonw w;

	jsonw_init(&w, out, 2);
	jsonw_object(&w, NULL);
	jsonw_string(&w, "ociVersion", OCI_VERSION);
	write_process(&w);
	jsonw_object(&w, "root");
	jsonw_string(&w, "path", "rootfs");
	jsonw_bool(&w, "readonly", true);
	jsonw_end_object(&w);
	jsonw_string(&w, "hostname", "crun-lite");
	write_mounts(&w, o);
	write_linux(&w, o);
	jsonw_end_object(&w);
	str_addc(out, '\n');
}
