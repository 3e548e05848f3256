/* SPDX-License-Identifier: Apache-2.0 */
/* mount_options.c - one table says for every option of config.md what it does
 *
 * A value of the table is a kind of effect and the bits it works on. mount(2) kept everything in
 * one word; the mount API since 5.2 has three places: attributes of this mount, attributes of the
 * tree (the r... options), and flags of the superblock. "ro" and "rw" mean the mount and, where a
 * filesystem is made, its superblock as well.
 *
 * The access time modes are one field of three values, not bits: whoever sets one has to clear the
 * whole field (MOUNT_ATTR__ATIME), or mount_setattr(2) refuses. "relatime" is the value 0 and the
 * kernel's default, to which the negated forms go back. */
#include "oci/mount_options.h"

#include <string.h>

#include "base/mount.h"
#include "base/str.h"

enum kind {
	KIND_NONE, /* accepted, asks for what is the case anyway */
	KIND_FLAG, /* MOUNT_* */
	KIND_SET,  /* attribute of this mount */
	KIND_CLEAR,
	KIND_ATIME,       /* access time mode of this mount */
	KIND_ATIME_RESET, /* back to the default, if the mode is this one */
	KIND_PROPAGATION,
	KIND_SB_SET,
	KIND_SB_CLEAR,
	KIND_READ_ONLY,
	KIND_READ_WRITE,
	KIND_RECURSIVE = 64, /* with SET, CLEAR, ATIME, ATIME_RESET: of the tree */
};

#define EFFECT(kind, bits) ((uint64_t)(kind) << 32 | (uint64_t)(bits))
#define REC(kind, bits) EFFECT((kind) | KIND_RECURSIVE, bits)

static const struct name options[] = {
	{ "async", EFFECT(KIND_SB_CLEAR, MS_SYNCHRONOUS) },
	{ "atime", EFFECT(KIND_ATIME_RESET, MOUNT_ATTR_NOATIME) },
	{ "bind", EFFECT(KIND_FLAG, MOUNT_BIND) },
	{ "copy-symlink", EFFECT(KIND_FLAG, MOUNT_COPY_SYMLINK) },
	{ "defaults", EFFECT(KIND_NONE, 0) },
	{ "dest-nofollow", EFFECT(KIND_FLAG, MOUNT_DEST_NOFOLLOW) },
	{ "dev", EFFECT(KIND_CLEAR, MOUNT_ATTR_NODEV) },
	{ "diratime", EFFECT(KIND_CLEAR, MOUNT_ATTR_NODIRATIME) },
	{ "dirsync", EFFECT(KIND_SB_SET, MS_DIRSYNC) },
	{ "exec", EFFECT(KIND_CLEAR, MOUNT_ATTR_NOEXEC) },
	{ "idmap", EFFECT(KIND_FLAG, MOUNT_IDMAP) },
	{ "iversion", EFFECT(KIND_SB_SET, MS_I_VERSION) },
	{ "lazytime", EFFECT(KIND_SB_SET, MS_LAZYTIME) },
	{ "loud", EFFECT(KIND_SB_CLEAR, MS_SILENT) },
	{ "mand", EFFECT(KIND_SB_SET, MS_MANDLOCK) },
	{ "noatime", EFFECT(KIND_ATIME, MOUNT_ATTR_NOATIME) },
	{ "nodev", EFFECT(KIND_SET, MOUNT_ATTR_NODEV) },
	{ "nodiratime", EFFECT(KIND_SET, MOUNT_ATTR_NODIRATIME) },
	{ "noexec", EFFECT(KIND_SET, MOUNT_ATTR_NOEXEC) },
	{ "noiversion", EFFECT(KIND_SB_CLEAR, MS_I_VERSION) },
	{ "nolazytime", EFFECT(KIND_SB_CLEAR, MS_LAZYTIME) },
	{ "nomand", EFFECT(KIND_SB_CLEAR, MS_MANDLOCK) },
	{ "norelatime", EFFECT(KIND_ATIME_RESET, MOUNT_ATTR_RELATIME) },
	{ "nostrictatime", EFFECT(KIND_ATIME_RESET, MOUNT_ATTR_STRICTATIME) },
	{ "nosuid", EFFECT(KIND_SET, MOUNT_ATTR_NOSUID) },
	{ "nosymfollow", EFFECT(KIND_SET, MOUNT_ATTR_NOSYMFOLLOW) },
	{ "private", EFFECT(KIND_PROPAGATION, MS_PRIVATE) },
	{ "ratime", REC(KIND_ATIME_RESET, MOUNT_ATTR_NOATIME) },
	{ "rbind", EFFECT(KIND_FLAG, MOUNT_BIND | MOUNT_BIND_REC) },
	{ "rdev", REC(KIND_CLEAR, MOUNT_ATTR_NODEV) },
	{ "rdiratime", REC(KIND_CLEAR, MOUNT_ATTR_NODIRATIME) },
	{ "relatime", EFFECT(KIND_ATIME, MOUNT_ATTR_RELATIME) },
	{ "remount", EFFECT(KIND_FLAG, MOUNT_REMOUNT) },
	{ "rexec", REC(KIND_CLEAR, MOUNT_ATTR_NOEXEC) },
	{ "ridmap", EFFECT(KIND_FLAG, MOUNT_IDMAP | MOUNT_IDMAP_REC) },
	{ "rnoatime", REC(KIND_ATIME, MOUNT_ATTR_NOATIME) },
	{ "rnodev", REC(KIND_SET, MOUNT_ATTR_NODEV) },
	{ "rnodiratime", REC(KIND_SET, MOUNT_ATTR_NODIRATIME) },
	{ "rnoexec", REC(KIND_SET, MOUNT_ATTR_NOEXEC) },
	{ "rnorelatime", REC(KIND_ATIME_RESET, MOUNT_ATTR_RELATIME) },
	{ "rnostrictatime", REC(KIND_ATIME_RESET, MOUNT_ATTR_STRICTATIME) },
	{ "rnosuid", REC(KIND_SET, MOUNT_ATTR_NOSUID) },
	{ "rnosymfollow", REC(KIND_SET, MOUNT_ATTR_NOSYMFOLLOW) },
	{ "ro", EFFECT(KIND_READ_ONLY, MOUNT_ATTR_RDONLY) },
	{ "rprivate", EFFECT(KIND_PROPAGATION, MS_PRIVATE | MS_REC) },
	{ "rrelatime", REC(KIND_ATIME, MOUNT_ATTR_RELATIME) },
	{ "rro", REC(KIND_SET, MOUNT_ATTR_RDONLY) },
	{ "rrw", REC(KIND_CLEAR, MOUNT_ATTR_RDONLY) },
	{ "rshared", EFFECT(KIND_PROPAGATION, MS_SHARED | MS_REC) },
	{ "rslave", EFFECT(KIND_PROPAGATION, MS_SLAVE | MS_REC) },
	{ "rstrictatime", REC(KIND_ATIME, MOUNT_ATTR_STRICTATIME) },
	{ "rsuid", REC(KIND_CLEAR, MOUNT_ATTR_NOSUID) },
	{ "rsymfollow", REC(KIND_CLEAR, MOUNT_ATTR_NOSYMFOLLOW) },
	{ "runbindable", EFFECT(KIND_PROPAGATION, MS_UNBINDABLE | MS_REC) },
	{ "rw", EFFECT(KIND_READ_WRITE, MOUNT_ATTR_RDONLY) },
	{ "shared", EFFECT(KIND_PROPAGATION, MS_SHARED) },
	{ "silent", EFFECT(KIND_SB_SET, MS_SILENT) },
	{ "slave", EFFECT(KIND_PROPAGATION, MS_SLAVE) },
	{ "src-nofollow", EFFECT(KIND_FLAG, MOUNT_SRC_NOFOLLOW) },
	{ "strictatime", EFFECT(KIND_ATIME, MOUNT_ATTR_STRICTATIME) },
	{ "suid", EFFECT(KIND_CLEAR, MOUNT_ATTR_NOSUID) },
	{ "symfollow", EFFECT(KIND_CLEAR, MOUNT_ATTR_NOSYMFOLLOW) },
	{ "sync", EFFECT(KIND_SB_SET, MS_SYNCHRONOUS) },
	{ "tmpcopyup", EFFECT(KIND_FLAG, MOUNT_COPY_UP) },
	{ "unbindable", EFFECT(KIND_PROPAGATION, MS_UNBINDABLE) },
};

const struct names names_mount_options = { options, ARRAY_LEN(options) };

/* a pair of words: what to set and what to clear */
struct change {
	uint64_t *set, *clear;
};

static void switch_on(struct change c, uint64_t bits)
{
	*c.set |= bits;
	*c.clear &= ~bits;
}

static void switch_off(struct change c, uint64_t bits)
{
	*c.set &= ~bits;
	*c.clear |= bits;
}

static void set_atime(struct change c, uint64_t mode)
{
	*c.set = (*c.set & ~(uint64_t)MOUNT_ATTR__ATIME) | mode;
	*c.clear |= MOUNT_ATTR__ATIME;
}

static void reset_atime(struct change c, uint64_t mode)
{
	if ((*c.set & MOUNT_ATTR__ATIME) == mode)
		set_atime(c, MOUNT_ATTR_RELATIME);
	else
		*c.clear |= MOUNT_ATTR__ATIME;
}

static void change_attr(struct change c, enum kind kind, uint64_t bits)
{
	if (kind == KIND_SET)
		switch_on(c, bits);
	else if (kind == KIND_CLEAR)
		switch_off(c, bits);
	else if (kind == KIND_ATIME)
		set_atime(c, bits);
	else
		reset_atime(c, bits);
}

/* The attributes of the tree are applied first, then those of the mount at its top. For the later
 * option to win, an option for the tree takes back what was said about the top so far. */
static void change_tree(struct mount_options *o, enum kind kind, uint64_t bits)
{
	uint64_t about = kind == KIND_SET || kind == KIND_CLEAR ? bits : MOUNT_ATTR__ATIME;

	o->attr_set &= ~about;
	o->attr_clr &= ~about;
	change_attr((struct change){ &o->rec_set, &o->rec_clr }, kind, bits);
}

/* There are eight propagation values, so with repeated ones moved to the end the array cannot
 * overflow. */
static void add_propagation(struct mount_options *o, unsigned long value)
{
	size_t kept = 0;

	for (size_t i = 0; i < o->n_propagation; i++) {
		if (o->propagation[i] != value)
			o->propagation[kept++] = o->propagation[i];
	}
	o->propagation[kept] = value;
	o->n_propagation = kept + 1;
}

/* "norelatime" and "nostrictatime" take back what an option before them has set. Alone they ask
 * for nothing: no flag of mount(2) is left, which keeps the mode. */
static bool takes_nothing_back(const struct mount_options *o, uint64_t mode)
{
	return mode != MOUNT_ATTR_NOATIME && !(o->attr_clr & MOUNT_ATTR__ATIME);
}

static void change_mount(struct mount_options *o, enum kind kind, uint64_t bits)
{
	o->named = true;
	if (kind == KIND_ATIME_RESET && takes_nothing_back(o, bits))
		return;
	if (kind == KIND_ATIME || (kind == KIND_SET && bits == MOUNT_ATTR_NODIRATIME))
		o->atime = true;
	change_attr((struct change){ &o->attr_set, &o->attr_clr }, kind, bits);
}

static void apply(struct mount_options *o, uint64_t effect)
{
	unsigned kind = (unsigned)(effect >> 32);
	uint64_t bits = (uint32_t)effect;
	struct change sb = { &o->sb_set, &o->sb_clr };

	if (kind & KIND_RECURSIVE) {
		change_tree(o, kind & ~(unsigned)KIND_RECURSIVE, bits);
		return;
	}
	switch (kind) {
	case KIND_NONE:
		return;
	case KIND_FLAG:
		o->flags |= (unsigned)bits;
		return;
	case KIND_PROPAGATION:
		add_propagation(o, bits);
		return;
	case KIND_SB_SET:
		switch_on(sb, bits);
		return;
	case KIND_SB_CLEAR:
		switch_off(sb, bits);
		return;
	case KIND_READ_ONLY:
		change_mount(o, KIND_SET, bits);
		switch_on(sb, MS_RDONLY);
		return;
	case KIND_READ_WRITE:
		change_mount(o, KIND_CLEAR, bits);
		switch_off(sb, MS_RDONLY);
		return;
	default:
		change_mount(o, kind, bits);
	}
}

/* bytes up to a comma that is not in double quotes, which are for labels:
 * context="user_u:role_r:type_t:s0:c1,c2" */
static size_t option_length(const char *text)
{
	bool quoted = false;
	size_t n = 0;

	for (; text[n] && (quoted || text[n] != ','); n++)
		quoted ^= text[n] == '"';
	return n;
}

const char *mount_options_label(const char *option)
{
	static const char *const names[] = { "context=", "fscontext=", "defcontext=",
		"rootcontext=" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *value = str_after(option, names[i]);

		if (value)
			return value;
	}
	return NULL;
}

/* mount(2) takes the quotes off the labels of SELinux and no others; fsconfig(2) wants them
 * without. */
static const char *unquote_label(struct arena *a, const char *option)
{
	const char *value = mount_options_label(option);
	size_t n = value ? strlen(value) : 0;

	if (n <= 2 || value[0] != '"' || value[n - 1] != '"')
		return option;
	return arena_fmt(a, "%.*s%.*s", (int)(value - option), option, (int)n - 2, value + 1);
}

/* Options of a filesystem may come several in one string, as mount(8) takes them: each goes to it
 * on its own. */
static void add_data(struct arena *a, const char *text, struct mount_options *ret)
{
	for (;;) {
		size_t len = option_length(text);

		if (len > 0)
			ret->data[ret->n_data++] =
				unquote_label(a, text[len] ? arena_dup(a, text, len) : text);
		if (!text[len])
			return;
		text += len + 1;
	}
}

void mount_options_parse(struct arena *a, const char *const *list, struct mount_options *ret)
{
	size_t count = 0, data = 0;

	for (; list && list[count]; count++) {
		for (const char *c = list[count]; *c; c++)
			data += *c == ',';
	}
	memset(ret, 0, sizeof(*ret));
	ret->data = arena_array(a, count + data + 1, sizeof(*ret->data));
	for (size_t i = 0; i < count; i++) {
		const struct name *known = names_find(&names_mount_options, list[i]);

		if (known)
			apply(ret, known->value);
		else
			add_data(a, list[i], ret);
	}
}
