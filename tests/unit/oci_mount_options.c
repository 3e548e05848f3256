/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/mount_options.h"

#include <string.h>

#include "base/mount.h"
#include "base/str.h"
#include "test.h"

#define OPTIONS(...) ((const char *const[]){ __VA_ARGS__, NULL })

TEST(mount_options_are_listed_in_alphabetical_order)
{
	for (size_t i = 1; i < names_mount_options.count; i++)
		CHECK_TRUE(strcmp(names_mount_options.list[i - 1].name,
				   names_mount_options.list[i].name) < 0);
}

/* what one option, or several, ask for */
static const struct {
	const char *const *options;
	struct mount_options expected;
} rows[] = {
	{ OPTIONS("defaults"), { 0 } },
	{ OPTIONS("bind"), { .flags = MOUNT_BIND } },
	{ OPTIONS("rbind"), { .flags = MOUNT_BIND | MOUNT_BIND_REC } },
	{ OPTIONS("remount"), { .flags = MOUNT_REMOUNT } },
	{ OPTIONS("tmpcopyup"), { .flags = MOUNT_COPY_UP } },
	{ OPTIONS("idmap"), { .flags = MOUNT_IDMAP } },
	{ OPTIONS("ridmap"), { .flags = MOUNT_IDMAP | MOUNT_IDMAP_REC } },
	{ OPTIONS("src-nofollow", "dest-nofollow"),
		{ .flags = MOUNT_SRC_NOFOLLOW | MOUNT_DEST_NOFOLLOW } },
	{ OPTIONS("nosuid", "nodev", "noexec"),
		{ .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC } },
	{ OPTIONS("suid", "dev", "exec"),
		{ .attr_clr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC } },
	{ OPTIONS("nosymfollow"), { .attr_set = MOUNT_ATTR_NOSYMFOLLOW } },
	{ OPTIONS("nosymfollow", "symfollow"), { .attr_clr = MOUNT_ATTR_NOSYMFOLLOW } },
	{ OPTIONS("nodiratime"), { .attr_set = MOUNT_ATTR_NODIRATIME } },
	{ OPTIONS("diratime"), { .attr_clr = MOUNT_ATTR_NODIRATIME } },
	/* the later one wins */
	{ OPTIONS("ro"), { .attr_set = MOUNT_ATTR_RDONLY, .sb_set = MS_RDONLY } },
	{ OPTIONS("ro", "rw"), { .attr_clr = MOUNT_ATTR_RDONLY, .sb_clr = MS_RDONLY } },
	{ OPTIONS("rw", "ro"), { .attr_set = MOUNT_ATTR_RDONLY, .sb_set = MS_RDONLY } },
	{ OPTIONS("sync", "async"), { .sb_clr = MS_SYNCHRONOUS } },
	{ OPTIONS("async", "sync"), { .sb_set = MS_SYNCHRONOUS } },
	{ OPTIONS("dirsync", "mand", "lazytime", "iversion", "silent"),
		{ .sb_set = MS_DIRSYNC | MS_MANDLOCK | MS_LAZYTIME | MS_I_VERSION | MS_SILENT } },
	{ OPTIONS("nomand", "nolazytime", "noiversion", "loud"),
		{ .sb_clr = MS_MANDLOCK | MS_LAZYTIME | MS_I_VERSION | MS_SILENT } },
	/* access time modes exclude each other */
	{ OPTIONS("noatime"), { .attr_set = MOUNT_ATTR_NOATIME, .attr_clr = MOUNT_ATTR__ATIME } },
	{ OPTIONS("relatime"), { .attr_clr = MOUNT_ATTR__ATIME } },
	{ OPTIONS("noatime", "strictatime"),
		{ .attr_set = MOUNT_ATTR_STRICTATIME, .attr_clr = MOUNT_ATTR__ATIME } },
	{ OPTIONS("noatime", "atime"), { .attr_clr = MOUNT_ATTR__ATIME } },
	{ OPTIONS("strictatime", "atime"),
		{ .attr_set = MOUNT_ATTR_STRICTATIME, .attr_clr = MOUNT_ATTR__ATIME } },
	{ OPTIONS("strictatime", "nostrictatime"), { .attr_clr = MOUNT_ATTR__ATIME } },
	{ OPTIONS("noatime", "norelatime"),
		{ .attr_set = MOUNT_ATTR_NOATIME, .attr_clr = MOUNT_ATTR__ATIME } },
	/* of the tree */
	{ OPTIONS("rro"), { .rec_set = MOUNT_ATTR_RDONLY } },
	{ OPTIONS("rro", "rrw"), { .rec_clr = MOUNT_ATTR_RDONLY } },
	{ OPTIONS("rnosuid", "rnodev", "rnoexec", "rnosymfollow", "rnodiratime"),
		{ .rec_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
				MOUNT_ATTR_NOSYMFOLLOW | MOUNT_ATTR_NODIRATIME } },
	{ OPTIONS("rsuid", "rdev", "rexec", "rsymfollow", "rdiratime"),
		{ .rec_clr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
				MOUNT_ATTR_NOSYMFOLLOW | MOUNT_ATTR_NODIRATIME } },
	{ OPTIONS("rnoatime"), { .rec_set = MOUNT_ATTR_NOATIME, .rec_clr = MOUNT_ATTR__ATIME } },
	{ OPTIONS("rstrictatime"),
		{ .rec_set = MOUNT_ATTR_STRICTATIME, .rec_clr = MOUNT_ATTR__ATIME } },
	{ OPTIONS("rrelatime"), { .rec_clr = MOUNT_ATTR__ATIME } },
	{ OPTIONS("ratime", "rnorelatime", "rnostrictatime"), { .rec_clr = MOUNT_ATTR__ATIME } },
	/* the tree takes back what was said about its top before, not after */
	{ OPTIONS("nodev", "rdev"), { .rec_clr = MOUNT_ATTR_NODEV } },
	{ OPTIONS("rdev", "nodev"), { .attr_set = MOUNT_ATTR_NODEV, .rec_clr = MOUNT_ATTR_NODEV } },
};

TEST(mount_options_do_what_they_say)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct mount_options *e = &rows[i].expected;
		auto_arena struct arena a = { 0 };
		struct mount_options o;

		mount_options_parse(&a, rows[i].options, &o);
		test_row("%zu %s", i, rows[i].options[0]);
		CHECK_INT(o.flags, e->flags);
		CHECK_INT(o.attr_set, e->attr_set);
		CHECK_INT(o.attr_clr, e->attr_clr);
		CHECK_INT(o.rec_set, e->rec_set);
		CHECK_INT(o.rec_clr, e->rec_clr);
		CHECK_INT(o.sb_set, e->sb_set);
		CHECK_INT(o.sb_clr, e->sb_clr);
		CHECK_INT(o.n_propagation, 0);
		CHECK_INT(o.n_data, 0);
	}
}

TEST(mount_options_every_name_is_ours)
{
	for (size_t i = 0; i < names_mount_options.count; i++) {
		auto_arena struct arena a = { 0 };
		struct mount_options o;

		test_row("%s", names_mount_options.list[i].name);
		mount_options_parse(&a, OPTIONS(names_mount_options.list[i].name), &o);
		CHECK_INT(o.n_data, 0);
		CHECK_STR(o.data[0], NULL);
	}
}

TEST(mount_options_propagation_keeps_its_order)
{
	auto_arena struct arena a = { 0 };
	struct mount_options o;

	mount_options_parse(&a, OPTIONS("shared", "rslave", "shared", "unbindable"), &o);
	CHECK_INT(o.n_propagation, 3);
	CHECK_INT(o.propagation[0], MS_SLAVE | MS_REC);
	CHECK_INT(o.propagation[1], MS_SHARED);
	CHECK_INT(o.propagation[2], MS_UNBINDABLE);
	mount_options_parse(&a,
		OPTIONS("private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable",
			"runbindable", "private", "rprivate"),
		&o);
	CHECK_INT(o.n_propagation, 8);
	CHECK_INT(o.propagation[7], MS_PRIVATE | MS_REC);
}

TEST(mount_options_others_belong_to_the_filesystem)
{
	auto_arena struct arena a = { 0 };
	struct mount_options o;

	mount_options_parse(&a, OPTIONS("size=64k", "", "ro", "RO", "mode=755"), &o);
	CHECK_INT(o.n_data, 3);
	CHECK_STR(o.data[0], "size=64k");
	CHECK_STR(o.data[1], "RO");
	CHECK_STR(o.data[2], "mode=755");
	CHECK_STR(o.data[3], NULL);
	mount_options_parse(&a, NULL, &o);
	CHECK_INT(o.n_data, 0);
	/* categories have commas between them */
	mount_options_parse(&a,
		OPTIONS("mode=755,context=\"u:r:t:s0:c1,c2\",size=64k", "rootcontext=\"a,b\"",
			"name=\"a,b\"", "context=\"", "context=u:r:t:s0:c1,c2"),
		&o);
	CHECK_INT(o.n_data, 8);
	CHECK_STR(o.data[0], "mode=755");
	CHECK_STR(o.data[1], "context=u:r:t:s0:c1,c2");
	CHECK_STR(o.data[2], "size=64k");
	CHECK_STR(o.data[3], "rootcontext=a,b");
	CHECK_STR(o.data[4], "name=\"a,b\"");
	CHECK_STR(o.data[5], "context=\"");
	CHECK_STR(o.data[6], "context=u:r:t:s0:c1");
	CHECK_STR(o.data[7], "c2");
}
