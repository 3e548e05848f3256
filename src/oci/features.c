/* SPDX-License-Identifier: Apache-2.0 */
/* features.c - features.md and features-linux.md
 *
 * Every list is the table that the parser itself uses. What is not applied yet says false: an
 * engine that reads this turns to something else, while a wrong true makes it rely on nothing. */
#include "oci/features.h"

#include "base/jsonw.h"
#include "oci/mount_options.h"
#include "oci/names.h"
#include "oci/state.h"

static void write_names(struct jsonw *w, const char *key, const struct names *t)
{
	jsonw_array(w, key);
	for (size_t i = 0; i < t->count; i++)
		jsonw_string(w, NULL, t->list[i].name);
	jsonw_end_array(w);
}

static void write_enabled(struct jsonw *w, const char *key, bool enabled)
{
	jsonw_object(w, key);
	jsonw_bool(w, "enabled", enabled);
	jsonw_end_object(w);
}

static void write_seccomp(struct jsonw *w, const struct features_facts *f)
{
	jsonw_object(w, "seccomp");
	jsonw_bool(w, "enabled", true);
	write_names(w, "actions", &names_seccomp_actions);
	write_names(w, "operators", &names_seccomp_operators);
	jsonw_array(w, "archs");
	for (size_t i = 0; i < names_seccomp_archs.count; i++) {
		if (f->seccomp_arch((uint32_t)names_seccomp_archs.list[i].value))
			jsonw_string(w, NULL, names_seccomp_archs.list[i].name);
	}
	jsonw_end_array(w);
	write_names(w, "knownFlags", &names_seccomp_flags);
	jsonw_array(w, "supportedFlags");
	for (size_t i = 0; i < names_seccomp_flags.count; i++) {
		if (names_seccomp_flags.list[i].value & f->seccomp_flags)
			jsonw_string(w, NULL, names_seccomp_flags.list[i].name);
	}
	jsonw_end_array(w);
	jsonw_end_object(w);
}

static void write_cgroup(struct jsonw *w)
{
	jsonw_object(w, "cgroup");
	jsonw_bool(w, "v1", false);
	jsonw_bool(w, "v2", true);
	jsonw_bool(w, "systemd", true);
	jsonw_bool(w, "systemdUser", true);
	jsonw_bool(w, "rdma", true);
	jsonw_end_object(w);
}

static void write_linux(struct jsonw *w, const struct features_facts *f)
{
	jsonw_object(w, "linux");
	write_names(w, "namespaces", &names_namespaces);
	write_names(w, "capabilities", &names_capabilities);
	write_cgroup(w);
	write_seccomp(w, f);
	write_enabled(w, "apparmor", true);
	write_enabled(w, "selinux", true);
	jsonw_object(w, "intelRdt");
	jsonw_bool(w, "enabled", true);
	jsonw_bool(w, "schemata", true);
	jsonw_bool(w, "monitoring", true);
	jsonw_end_object(w);
	jsonw_object(w, "mountExtensions");
	write_enabled(w, "idmap", true);
	jsonw_end_object(w);
	write_enabled(w, "netDevices", true);
	jsonw_object(w, "memoryPolicy");
	write_names(w, "modes", &names_memory_modes);
	write_names(w, "flags", &names_memory_flags);
	jsonw_end_object(w);
	jsonw_end_object(w);
}

/* What an engine may want to know before it writes annotations of ours. Their prefix is also named
 * as one that changes what the runtime does: rules add up, so who can add one widens what others
 * restrict. */
static void write_landlock(struct jsonw *w)
{
	static const struct {
		const char *key;
		const struct names *names;
	} parts[] = {
		{ "crun-lite.landlock.fs", &names_landlock_fs },
		{ "crun-lite.landlock.net", &names_landlock_net },
		{ "crun-lite.landlock.scope", &names_landlock_scopes },
		{ "crun-lite.landlock.log", &names_landlock_log },
	};
	auto_str struct str text = { 0 };

	str_addf(&text, "%d", NAMES_LANDLOCK_ABI);
	jsonw_string(w, "crun-lite.landlock.abi", str_text(&text));
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		str_clear(&text);
		for (size_t k = 0; k < parts[i].names->count; k++)
			str_addf(&text, "%s%s", k ? "," : "", parts[i].names->list[k].name);
		jsonw_string(w, parts[i].key, str_text(&text));
	}
}

void features_text(const struct features_facts *f, struct str *out)
{
	static const char *const hooks[] = { "prestart", "createRuntime", "createContainer",
		"startContainer", "poststart", "poststop", NULL };
	/* names, and prefixes that end in a dot */
	static const char *const unsafe[] = { "crun-lite.landlock.", "org.criu.config",
		"org.systemd.property.", "run.oci.", NULL };
	struct jsonw w;

	jsonw_init(&w, out, 2);
	jsonw_object(&w, NULL);
	jsonw_string(&w, "ociVersionMin", OCI_VERSION_MIN);
	jsonw_string(&w, "ociVersionMax", OCI_VERSION);
	jsonw_strings(&w, "hooks", hooks);
	write_names(&w, "mountOptions", &names_mount_options);
	write_linux(&w, f);
	jsonw_object(&w, "annotations");
	jsonw_string(&w, "io.github.seccomp.libseccomp.version", f->libseccomp);
	jsonw_string(&w, "crun-lite.version", f->version);
	if (f->commit[0])
		jsonw_string(&w, "crun-lite.commit", f->commit);
	/* the names that engines look for */
	jsonw_string(&w, "org.opencontainers.runc.checkpoint.enabled", "true");
	jsonw_string(&w, "run.oci.crun.checkpoint.enabled", "true");
	write_landlock(&w);
	jsonw_end_object(&w);
	jsonw_strings(&w, "potentiallyUnsafeConfigAnnotations", unsafe);
	jsonw_end_object(&w);
	str_addc(out, '\n');
}
