/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_spec.c - spec: a config.json to start from */
#include <fcntl.h>

#include "base/fd.h"
#include "base/path.h"
#include "cli/cli.h"
#include "oci/spec.h"

struct options {
	const char *bundle, *file;
	bool rootless;
};

static const struct opt opts[] = {
	OPT_TEXT_ROW(struct options, bundle, "bundle", 'b', "DIR",
		"write DIR/config.json (default: .)"),
	OPT_TEXT_ROW(struct options, file, "file", 'f', "FILE",
		"another name for config.json; a relative one is in DIR"),
	OPT_SWITCH_ROW(struct options, rootless, "rootless", 0,
		"for a container that an ordinary user runs"),
};

static int do_spec(struct cli *c, const void *options, const struct opt_rest *r, struct err *e)
{
	const struct options *o = options;
	struct spec_options spec = { .rootless = o->rootless, .uid = geteuid(), .gid = getegid() };
	const char *path = path_join(&c->arena, o->bundle ? o->bundle : ".",
		o->file ? o->file : "config.json");
	auto_str struct str text = { 0 };
	auto_close int fd = -1;

	(void)r;
	spec_text(&spec, &text);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0 && errno == EEXIST)
		return err_set(e, EEXIST, "file \"%s\" exists: remove it first", path);
	if (fd < 0)
		return err_sys(e, errno, "make \"%s\"", path);
	fd_survive_limit();
	if (fd_write_all(fd, text.data, text.len) < 0) {
		(void)err_sys(e, errno, "write \"%s\"", path);
		(void)unlink(path);
		return -1;
	}
	return 0;
}

const struct command cmd_spec = {
	.name = "spec",
	.help = "write a config.json to start from",
	.table = { opts, ARRAY_LEN(opts), NULL, 0, 0 },
	.size = sizeof(struct options),
	.run = do_spec,
};
