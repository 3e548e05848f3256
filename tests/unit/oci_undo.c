/* SPDX-License-Identifier: Apache-2.0 */
/* the undo core: no text but a good one is believed */
#include <stdio.h>
#include <string.h>

#include "oci/undo.h"
#include "test.h"

static const struct state whole = {
	.id = "web",
	.pid = 4711,
	.start_time = 123456,
	.pid_inode = UINT64_MAX,
	.cgroup_mount = "/sys/fs/\ncgroup\\n",
	.cgroup = "/a/b c",
	.cgroup_id = 5512,
	.cgroup_has_id = true,
	.cgroup_made = true,
	.scope = "web.scope",
	.user_manager = true,
	.rdt_group = "gold",
	.rdt_made = true,
};

TEST(undo_text_is_read_back)
{
	auto_arena struct arena a = { 0 };
	auto_str struct str text = { 0 };
	struct state s;
	struct err e;

	undo_text(&whole, &text);
	CHECK_INT(undo_parse(&a, "undo", text.data, text.len, &s, &e), 0);
	CHECK_STR(s.id, "web");
	CHECK_INT(s.pid, 4711);
	CHECK_TRUE(s.start_time == 123456 && s.pid_inode == UINT64_MAX && s.cgroup_id == 5512);
	CHECK_STR(s.cgroup_mount, whole.cgroup_mount);
	CHECK_STR(s.cgroup, "/a/b c");
	CHECK_STR(s.scope, "web.scope");
	CHECK_STR(s.rdt_group, "gold");
	CHECK_TRUE(s.cgroup_has_id && s.cgroup_made && s.user_manager && s.rdt_made);
	CHECK_FALSE(s.rdt_monitor);
	CHECK_TRUE(undo_same(&whole, &s));
}

/* every version reads this: the text must never have to change */
TEST(undo_text_has_one_form_for_ever)
{
	static const char form[] = "crun-lite undo\nid web\npid 4711\nstart 11\ninode 12\n"
				   "cgroup-mount /sys/fs/cgroup\ncgroup /web\ncgroup-id 13\n"
				   "cgroup-made 1\nsum ";
	static const struct state state = {
		.id = "web",
		.pid = 4711,
		.start_time = 11,
		.pid_inode = 12,
		.cgroup_mount = "/sys/fs/cgroup",
		.cgroup = "/web",
		.cgroup_id = 13,
		.cgroup_has_id = true,
		.cgroup_made = true,
	};
	/* as a later version may write it, and somebody a longer one before */
	static const char later[] = "crun-lite undo\nid web\npid 4711\ncolour blue\nstart 11\n"
				    "sum fd9345aefe206be5\nof an older text\n";
	auto_arena struct arena a = { 0 };
	auto_str struct str text = { 0 };
	struct state s;
	struct err e;

	undo_text(&state, &text);
	CHECK_TRUE(str_after(text.data, form) != NULL);
	CHECK_INT(text.len, sizeof(form) - 1 + 16 + 1);
	if (!CHECK_INT(undo_parse(&a, "undo", later, strlen(later), &s, &e), 0))
		printf("# %s\n", err_text(&e));
	CHECK_INT(s.pid, 4711);
	CHECK_INT(s.start_time, 11);
}

TEST(undo_parse_believes_nothing_cut_or_changed)
{
	auto_arena struct arena a = { 0 };
	auto_str struct str text = { 0 };
	struct state s = { .pid = 1 };
	struct err e;

	undo_text(&whole, &text);
	for (size_t len = 0; len < text.len; len++) {
		test_row("cut at %zu", len);
		CHECK_INT(undo_parse(&a, "undo", arena_dup(&a, text.data, len), len, &s, &e), -1);
		CHECK_TRUE(str_after(err_text(&e), "undo is damaged: ") != NULL);
	}
	for (size_t i = 0; i < text.len * 8; i++) {
		char *changed = arena_dup(&a, text.data, text.len);

		test_row("bit %zu", i);
		changed[i / 8] ^= (char)(1 << i % 8);
		CHECK_INT(undo_parse(&a, "undo", changed, text.len, &s, &e), -1);
	}
	CHECK_INT(s.pid, 1);
}

TEST(undo_parse_refuses_what_must_not_be_removed)
{
	static const struct state rows[] = {
		{ .id = "web", .cgroup_mount = "/m", .cgroup = "/a/../b" },
		{ .id = "web", .cgroup_mount = "/m", .cgroup = "a" },
		{ .id = "web", .cgroup = "/a" },
		{ .id = "web", .cgroup_mount = "m", .cgroup = "/a" },
		{ .id = "web", .rdt_group = ".." },
		{ .id = "web", .rdt_group = "a/b" },
		{ .id = "web", .pid = -1 },
		{ .pid = 7 },
	};
	auto_arena struct arena a = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_str struct str text = { 0 };
		struct state s;
		struct err e;

		test_row("%zu", i);
		undo_text(&rows[i], &text);
		CHECK_INT(undo_parse(&a, "undo", text.data, text.len, &s, &e), -1);
		CHECK_STR(err_text(&e), "undo is damaged: a line of it cannot be");
	}
}
