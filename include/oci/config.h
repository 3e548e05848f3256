/* SPDX-License-Identifier: Apache-2.0 */
/* config.h - config.json of the OCI runtime-spec 1.3 as one typed value
 *
 * config_parse turns text into struct config and applies every rule that can be checked without the
 * host. All findings are reported at once with line, column and JSON path. Everything lives in the
 * arena given to it. Pointers are NULL, counts 0 and has_ flags false where the document is silent;
 * strings are never empty unless the comment says so. `at` is the node a value came from, for
 * messages of later steps (json_error-style positions by config_at). */
#ifndef CL_OCI_CONFIG_H
#define CL_OCI_CONFIG_H

#include <sys/types.h>

#include "base/json.h"

/* gcc predefines the bare word as a macro unless -std=c17; a member below is called so */
#undef linux

struct config_user {
	const struct json *at;
	uint32_t uid, gid;
	bool has_umask;
	uint32_t umask;
	uint32_t *groups; /* additionalGids */
	size_t n_groups;
};

enum config_cap_set {
	CAPS_BOUNDING,
	CAPS_EFFECTIVE,
	CAPS_INHERITABLE,
	CAPS_PERMITTED,
	CAPS_AMBIENT,
	CAPS_SETS
};

struct config_caps {
	bool given; /* process.capabilities present */
	const char *
		*names[CAPS_SETS]; /* NULL-terminated, as written; NULL when the set is absent */
	const struct json *at[CAPS_SETS];
};

struct config_rlimit {
	const struct json *at;
	int resource; /* RLIMIT_* */
	const char *name;
	uint64_t soft, hard;
};

struct config_scheduler {
	const struct json *at; /* NULL: absent */
	uint32_t policy;       /* SCHED_* */
	int32_t nice;
	int32_t priority;
	uint64_t flags;                     /* SCHED_FLAG_* */
	uint64_t runtime, deadline, period; /* ns */
};

struct config_process {
	const struct json *at; /* NULL: config.json has no process */
	bool terminal;
	bool has_console_size;
	uint16_t console_height, console_width;
	struct config_user user;
	const char **args; /* NULL-terminated, at least one */
	const char **env;  /* NULL-terminated, never NULL when at is set; each "NAME=value" */
	const char *cwd;   /* absolute */
	struct config_caps caps;
	struct config_rlimit *rlimits;
	size_t n_rlimits;
	bool no_new_privileges;
	bool has_oom_score_adj;
	int oom_score_adj;
	const char *apparmor_profile; /* NULL: absent or empty */
	const char *selinux_label;    /* NULL: absent or empty */
	const struct json *apparmor_at, *selinux_at;
	struct config_scheduler scheduler;
	bool has_io_priority;
	int io_class, io_priority;                     /* IOPRIO_CLASS_* value 1..3, 0..7 */
	const char *affinity_initial, *affinity_final; /* execCPUAffinity, CPU lists */
};

struct config_id_map {
	const struct json *at;
	uint32_t container, host, size;
};

struct config_mount {
	const struct json *at;
	const char *destination; /* absolute and lexically clean; a relative one was taken from "/"
				    with a warning */
	const char *source;      /* as written; NULL when absent */
	const char *type;        /* as written; NULL when absent */
	const char **options;    /* NULL-terminated, as written; never NULL */
	struct config_id_map *uid_maps, *gid_maps;
	size_t n_uid_maps, n_gid_maps;
};

struct config_hook {
	const struct json *at;
	const char *path;  /* absolute */
	const char **args; /* NULL-terminated or NULL */
	const char **env;  /* NULL-terminated or NULL (absent) */
	uint32_t timeout;  /* seconds; 0: none */
};

enum config_hook_kind {
	HOOK_PRESTART,
	HOOK_CREATE_RUNTIME,
	HOOK_CREATE_CONTAINER,
	HOOK_START_CONTAINER,
	HOOK_POSTSTART,
	HOOK_POSTSTOP,
	HOOK_KINDS
};

struct config_hooks {
	const struct json *at; /* the "hooks" object, for copying its text into the state */
	struct config_hook *list[HOOK_KINDS];
	size_t count[HOOK_KINDS];
};

struct config_namespace {
	const struct json *at;
	unsigned type;    /* CLONE_NEW* */
	const char *path; /* absolute, or NULL: a new one */
};

struct config_device {
	const struct json *at;
	char type;        /* 'c', 'b', 'p' ("u" is 'c') */
	const char *path; /* absolute, clean */
	uint32_t major, minor;
	bool has_mode, has_uid, has_gid;
	uint32_t mode; /* default 0666 */
	uint32_t uid, gid;
};

struct config_device_rule {
	const struct json *at;
	bool allow;
	char type; /* 'a', 'b', 'c' */
	bool has_major, has_minor;
	uint32_t major, minor;
	unsigned access; /* DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD; all three when absent */
};

enum { DEVICE_MKNOD = 1, DEVICE_READ = 2, DEVICE_WRITE = 4 }; /* BPF_DEVCG_ACC_* */

/* a number that may be absent */
struct config_i64 {
	const struct json *at; /* NULL: absent */
	int64_t value;
};

struct config_u64 {
	const struct json *at;
	uint64_t value;
};

struct config_memory {
	struct config_i64 limit, reservation, swap, kernel, kernel_tcp;
	struct config_u64 swappiness;
	const struct json *disable_oom_killer_at, *use_hierarchy_at; /* NULL: absent */
	const struct json *check_before_update_at;                   /* NULL: absent */
	bool disable_oom_killer, use_hierarchy, check_before_update;
};

struct config_cpu {
	struct config_u64 shares, period, burst, realtime_period;
	struct config_i64 quota, idle, realtime_runtime;
	const char *cpus, *mems; /* NULL: absent or empty */
	const struct json *cpus_at, *mems_at;
};

struct config_weight_device {
	const struct json *at;
	uint32_t major, minor;
	struct config_u64 weight, leaf_weight;
};

enum config_throttle_kind {
	THROTTLE_READ_BPS,
	THROTTLE_WRITE_BPS,
	THROTTLE_READ_IOPS,
	THROTTLE_WRITE_IOPS,
	THROTTLE_KINDS
};

struct config_throttle {
	const struct json *at;
	enum config_throttle_kind kind;
	uint32_t major, minor;
	uint64_t rate;
};

struct config_block_io {
	struct config_u64 weight, leaf_weight;
	struct config_weight_device *weight_devices;
	size_t n_weight_devices;
	struct config_throttle *throttles; /* all four arrays, in the order of the document */
	size_t n_throttles;
};

struct config_hugepage {
	const struct json *at;
	const char *page_size;
	uint64_t limit;
};
struct config_rdma {
	const struct json *at;
	const char *device;
	struct config_u64 handles, objects;
};
struct config_unified {
	const struct json *at;
	const char *file, *value;
};
struct config_net_priority {
	const struct json *at;
	const char *name;
	uint32_t priority;
};

struct config_resources {
	const struct json *at; /* NULL: absent */
	struct config_device_rule *devices;
	size_t n_devices;
	struct config_memory memory;
	struct config_cpu cpu;
	struct config_i64 pids_limit;
	struct config_block_io block_io;
	struct config_hugepage *hugepages;
	size_t n_hugepages;
	struct config_rdma *rdma;
	size_t n_rdma;
	struct config_unified *unified;
	size_t n_unified;
	struct config_u64 net_class;
	struct config_net_priority *net_priorities;
	size_t n_net_priorities;
};

struct config_seccomp_arg {
	uint32_t index;
	uint64_t value, value_two;
	uint32_t op; /* enum scmp_compare */
};

struct config_seccomp_rule {
	const struct json *at;
	const char **names; /* NULL-terminated, at least one */
	uint32_t action;    /* SCMP_ACT_* with the errno folded in */
	struct config_seccomp_arg *args;
	size_t n_args;
};

struct config_seccomp {
	const struct json *at;   /* NULL: absent */
	uint32_t default_action; /* SCMP_ACT_* with the errno folded in */
	uint32_t *archs;         /* SCMP_ARCH_* */
	size_t n_archs;
	bool has_flags; /* "flags" present, possibly empty */
	uint32_t flags; /* SECCOMP_FILTER_FLAG_* */
	const char *listener_path, *listener_metadata;
	const struct json *listener_at;
	struct config_seccomp_rule *rules;
	size_t n_rules;
	bool notifies; /* a rule has SCMP_ACT_NOTIFY, or all that no rule is for */
};

struct config_time_offset {
	const struct json *at;
	int64_t secs;
	uint32_t nanosecs;
};

struct config_net_device {
	const struct json *at;
	const char *name;
	const char *new_name; /* NULL: keeps its name */
};
struct config_sysctl {
	const struct json *at;
	const char *key;
	const char *value;
	unsigned ns; /* CLONE_NEW* that it is a setting of */
};

struct config_intel_rdt {
	const struct json *at; /* NULL: absent */
	const char *clos_id, *l3_cache_schema, *mem_bw_schema;
	const char **schemata; /* NULL-terminated or NULL */
	bool enable_monitoring;
};

struct config_memory_policy {
	const struct json *at; /* NULL: absent */
	int mode;              /* MPOL_* */
	unsigned flags;        /* MPOL_F_* */
	const char *nodes;     /* list string; NULL: absent or empty */
};

/* What every process of a container takes on by itself, and not from a namespace or cgroup: exec,
 * too. What is new of that kind belongs here, and then nothing has to be done for exec. */
struct config_task {
	bool given; /* any of: */
	bool has_personality;
	unsigned long personality; /* PER_LINUX, PER_LINUX32 */
	struct config_memory_policy memory_policy;
};

struct config_linux {
	const struct json *at; /* NULL: absent */
	struct config_namespace *namespaces;
	size_t n_namespaces;
	struct config_id_map *uid_maps, *gid_maps;
	size_t n_uid_maps, n_gid_maps;
	struct config_time_offset monotonic, boottime;
	struct config_device *devices;
	size_t n_devices;
	struct config_net_device *net_devices;
	size_t n_net_devices;
	const char *cgroups_path; /* as written; NULL: absent or empty */
	const struct json *cgroups_path_at;
	struct config_resources resources;
	struct config_sysctl *sysctl;
	size_t n_sysctl;
	struct config_seccomp seccomp;
	const char *rootfs_propagation; /* as written, checked; NULL: absent or empty */
	const char **masked_paths, **readonly_paths; /* NULL-terminated, never NULL; absolute */
	const char *mount_label;                     /* NULL: absent or empty */
	const struct json *mount_label_at;
	struct config_intel_rdt intel_rdt;
	struct config_task task;
};

struct config_annotation {
	const struct json *at;
	const char *key, *value;
};

/* what crun-lite.landlock.* in annotations asks for; masks are the kernel's, landlock(7) */
struct config_landlock_rule {
	const struct json *at;
	uint64_t access;
	const char *path; /* absolute, clean; NULL: a rule for port */
	uint16_t port;
};

struct config_landlock {
	const struct json *at; /* one of the annotations; NULL: there is none */
	bool best_effort;
	uint64_t fs, net, scope, log;                          /* handled; flags of the log */
	const struct json *fs_at, *net_at, *scope_at, *log_at; /* NULL: nothing handled */
	struct config_landlock_rule *rules;
	size_t n_rules;
};

/* what the annotations run.oci.NAME ask for; keep_original_groups: config_keeps_groups */
struct config_run_oci {
	bool seccomp_strict;       /* an unknown system call is an error */
	const char *mount_context; /* the mount option that takes linux.mountLabel; NULL: context */
	const char *pidfd_receiver;
	const struct config_annotation *seccomp_receiver; /* where there is no listenerPath */
	const struct json *filter_at;
	const void *filter; /* compiled, instead of linux.seccomp; NULL: none */
	size_t filter_len;
	struct config_time_offset monotonic, boottime;
};

struct config {
	struct json_doc doc;
	const char *oci_version;
	const char *root_path; /* as written */
	bool root_readonly;
	struct config_mount *mounts;
	size_t n_mounts;
	struct config_process process;
	const char *hostname, *domainname; /* NULL: absent or empty */
	struct config_hooks hooks;
	struct config_annotation *annotations;
	size_t n_annotations;
	struct config_landlock landlock;
	struct config_run_oci run_oci;
	struct config_linux linux;
};

/* config_keeps_groups - does the annotation run.oci.keep_original_groups ask for the groups of the
 * caller? It does so for exec as well. */
bool config_keeps_groups(const struct config_annotation *list, size_t count);

/* config_parse - parse and check text[len] (which must outlive *ret) as config.json of
 * runtime-spec 1.x. name is how messages call it. Warnings (unknown fields, relative destinations,
 * a newer minor version …) are left in ret->doc for json_log_warnings. -1: every finding is in *e,
 * one line each. */
NODISCARD int config_parse(struct arena *a, const char *name, const char *text, size_t len,
	struct config *ret, struct err *e);

/* config_parse_process - the same for a process object on its own (exec --process) */
NODISCARD int config_parse_process(struct arena *a, const char *name, const char *text, size_t len,
	struct json_doc *doc, struct config_process *ret, struct err *e);

/* config_parse_resources - the same for a LinuxResources object (update --resources) */
NODISCARD int config_parse_resources(struct arena *a, const char *name, const char *text,
	size_t len, struct json_doc *doc, struct config_resources *ret, struct err *e);

/* config_parse_intel_rdt - the same for an intelRdt object */
NODISCARD int config_parse_intel_rdt(struct arena *a, const char *name, const char *text,
	size_t len, struct json_doc *doc, struct config_intel_rdt *ret, struct err *e);

/* config_parse_hooks - hooks object as kept in the state of a container */
NODISCARD int config_parse_hooks(struct arena *a, const char *name, const char *text, size_t len,
	struct config_hooks *ret, struct err *e);

/* config_namespace_find - the entry of CLONE_NEW* type, or NULL */
const struct config_namespace *config_namespace_find(const struct config *c, unsigned type);

/* config_at - "config.json:12:9: linux.sysctl" for node at, in the arena */
const char *config_at(struct arena *a, const struct json_doc *d, const struct json *at);

#endif
