/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of crun-lite.landlock.*: what is refused, with the whole message, and what a document
 * that is right means. */
#include <string.h>

#include "oci/config.h"
#include "oci_rows.h"

#define LL(key, value) "\"crun-lite.landlock." key "\":\"" value "\""
#define ANN(...) "\"annotations\":{" __VA_ARGS__ "}"
#define AT(column, key) "config.json:2:" column ": annotations[\"crun-lite.landlock." key "\"]: "
#define FS_NAMES                                                                         \
	"execute, write_file, read_file, read_dir, remove_dir, remove_file, make_char, " \
	"make_dir, make_reg, make_sock, make_fifo, make_block, make_sym, refer, truncate, ioctl_dev or resolve_unix"
#define KEYS                                                                                     \
	"unknown annotation, behind \"crun-lite.landlock.\" must be mode, fs.ro, fs.rx, fs.rw, " \
	"fs.rwx, fs.rule.NAME, fs.handled, net.bind, net.connect, net.rule.NAME, net.handled, scope or log"

TEST(landlock_keys)
{
	static const struct oci_row rows[] = {
		{ ANN(LL("fs.ro", "/usr")), "" },
		{ ANN(LL("fs.r", "/usr")), AT("42", "fs.r") KEYS },
		{ ANN(LL("fs.rule", "read_dir:/")), AT("45", "fs.rule") KEYS },
		{ ANN(LL("fs.rule.", "read_dir:/")), AT("46", "fs.rule.") KEYS },
		{ ANN(LL("fs.ro.1", "/")), AT("45", "fs.ro.1") KEYS },
		{ ANN(LL("", "/")), AT("38", "") KEYS },
		{ ANN("\"crun-lite.other\":\"x\",\"landlock.fs.r\":\"y\""), "" },
		{ ANN("\"crun-lite.landlock.fs.ro\":7"),
			AT("43", "fs.ro") "must be a string, not 7" },
		{ ANN(LL("mode", "lax") "," LL("scope", "signal")),
			AT("42", "mode") "must be \"strict\" or \"best-effort\", not \"lax\"" },
		{ ANN(LL("mode", "best-effort") "," LL("scope", "signal")), "" },
		{ ANN(LL("mode", "strict")),
			AT("42",
				"mode") "restricts nothing without an annotation crun-lite.landlock.fs.*, net.* or scope beside it" },
		{ ANN(LL("log", "new_exec_on")),
			AT("41",
				"log") "restricts nothing without an annotation crun-lite.landlock.fs.*, net.* or scope beside it" },
	};

	CHECK_ROWS(PART_TOP, rows);
}

TEST(landlock_paths)
{
	static const struct oci_row rows[] = {
		{ ANN(LL("fs.ro", "")), "" },
		{ ANN(LL("fs.rwx", "/a:/b/../c/")), "" },
		{ ANN(LL("fs.ro", "usr")),
			AT("43",
				"fs.ro") "must have absolute paths with colons between them, not \"usr\"" },
		{ ANN(LL("fs.rw", "/usr:")),
			AT("43",
				"fs.rw") "must have absolute paths with colons between them, not \"\"" },
		{ ANN(LL("fs.rx", "/usr::/lib")),
			AT("43",
				"fs.rx") "must have absolute paths with colons between them, not \"\"" },
	};

	CHECK_ROWS(PART_TOP, rows);
}

TEST(landlock_rights)
{
	static const struct oci_row rows[] = {
		{ ANN(LL("fs.rule.a", "execute,0x10000,resolve_unix:/a:b")), "" },
		{ ANN(LL("fs.rule.a", "Execute:/a")),
			AT("47",
				"fs.rule.a") "unknown filesystem right \"Execute\", must be " FS_NAMES
					     ", or a mask such as 0x8, with commas between them; did you mean \"execute\"?" },
		{ ANN(LL("fs.rule.a", "0x:/a")),
			AT("47", "fs.rule.a") "unknown filesystem right \"0x\", must be " FS_NAMES
					      ", or a mask such as 0x8, with commas between them" },
		{ ANN(LL("fs.handled", "0x0")),
			AT("48",
				"fs.handled") "unknown filesystem right \"0x0\", must be " FS_NAMES
					      ", or a mask such as 0x8, with commas between them" },
		{ ANN(LL("fs.handled", "0x10000000000000000")),
			AT("48",
				"fs.handled") "unknown filesystem right \"0x10000000000000000\", must be " FS_NAMES
					      ", or a mask such as 0x8, with commas between them" },
		{ ANN(LL("scope", "")),
			AT("43",
				"scope") "unknown scope \"\", must be abstract_unix_socket or signal, or a mask such as 0x8, with commas between them" },
		{ ANN(LL("scope", "signal, abstract_unix_socket")),
			AT("43",
				"scope") "unknown scope \" abstract_unix_socket\", must be abstract_unix_socket or signal, or a mask such as 0x8, with commas between them; did you mean \"abstract_unix_socket\"?" },
		{ ANN(LL("scope", "signal") "," LL("log", "all")),
			AT("77",
				"log") "unknown log flag \"all\", must be same_exec_off, new_exec_on or subdomains_off, or a mask such as 0x8, with commas between them" },
		{ ANN(LL("fs.rule.a", "execute")),
			AT("47",
				"fs.rule.a") "must be rights, a colon and a path, not \"execute\"" },
		{ ANN(LL("fs.rule.a", "execute:")),
			AT("47",
				"fs.rule.a") "must have absolute paths with colons between them, not \"\"" },
		{ ANN(LL("net.rule.a", "bind_tcp")),
			AT("48",
				"net.rule.a") "must be rights, a colon and ports, not \"bind_tcp\"" },
		{ ANN(LL("net.rule.a", "bind_udp:53")),
			AT("48",
				"net.rule.a") "unknown network right \"bind_udp\", must be bind_tcp or connect_tcp, or a mask such as 0x8, with commas between them; did you mean \"bind_tcp\"?" },
	};

	CHECK_ROWS(PART_TOP, rows);
}

TEST(landlock_ports)
{
	static const struct oci_row rows[] = {
		{ ANN(LL("net.bind", "0,65535") "," LL("net.connect", "")), "" },
		{ ANN(LL("net.bind", "65536")),
			AT("46",
				"net.bind") "must have ports from 0 to 65535 with commas between them, not \"65536\"" },
		{ ANN(LL("net.connect", "80,http")),
			AT("49",
				"net.connect") "must have ports from 0 to 65535 with commas between them, not \"http\"" },
		{ ANN(LL("net.rule.dns", "0x8:")),
			AT("50",
				"net.rule.dns") "must have ports from 0 to 65535 with commas between them, not \"\"" },
	};

	CHECK_ROWS(PART_TOP, rows);
}

TEST(landlock_rules_within_what_is_handled)
{
	static const struct oci_row rows[] = {
		{ ANN(LL("fs.handled", "write_file") "," LL("fs.rw", "/tmp")), "" },
		{ ANN(LL("fs.rw", "/tmp") "," LL("fs.handled", "execute")),
			AT("43",
				"fs.rw") "allows write_file, read_file, read_dir, remove_dir, remove_file, make_char, make_dir, make_reg, make_sock, make_fifo, make_block, make_sym, refer, truncate, ioctl_dev, which crun-lite.landlock.fs.handled leaves alone" },
		{ ANN(LL("fs.handled", "write_file") "," LL("fs.rule.1",
			  "write_file,0x100002:/tmp")),
			AT("92",
				"fs.rule.1") "allows 0x100000, which crun-lite.landlock.fs.handled leaves alone" },
		{ ANN(LL("net.handled", "bind_tcp") "," LL("net.connect", "443")),
			AT("93",
				"net.connect") "allows connect_tcp, which crun-lite.landlock.net.handled leaves alone" },
	};

	CHECK_ROWS(PART_TOP, rows);
}

static const struct config_landlock *parse(struct arena *a, const char *annotations,
	struct config *ret)
{
	const char *text = arena_fmt(a,
		"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"annotations\":{%s}}",
		annotations);
	struct err e;

	err_init(&e);
	if (config_parse(a, "config.json", text, strlen(text), ret, &e) < 0)
		CHECK_STR(err_text(&e), "");
	return &ret->landlock;
}

enum { FS_ALL = 0xffff, READ = 0xc };

TEST(landlock_files_are_denied_unless_allowed)
{
	auto_arena struct arena a = { 0 };
	struct config c;
	const struct config_landlock *l = parse(&a,
		LL("fs.ro", "/a//b/:/c") "," LL("fs.rx", "/d") "," LL("fs.rw",
			"/e") "," LL("fs.rwx", "/f") "," LL("fs.rule.x", "truncate,0x20000:/g:h"),
		&c);

	CHECK_TRUE(l->at && !l->best_effort);
	CHECK_INT(l->fs, FS_ALL | 0x20000);
	CHECK_INT(l->net | l->scope | l->log, 0);
	if (!CHECK_INT(l->n_rules, 6))
		return;
	CHECK_STR(l->rules[0].path, "/a/b");
	CHECK_INT(l->rules[0].access, READ);
	CHECK_STR(l->rules[1].path, "/c");
	CHECK_INT(l->rules[2].access, READ | 1);
	CHECK_INT(l->rules[3].access, FS_ALL & ~1);
	CHECK_INT(l->rules[4].access, FS_ALL);
	CHECK_STR(l->rules[5].path, "/g:h");
	CHECK_INT(l->rules[5].access, 1 << 14 | 0x20000);
}

TEST(landlock_network_is_restricted_as_mentioned)
{
	auto_arena struct arena a = { 0 };
	struct config c;
	const struct config_landlock *l =
		parse(&a, LL("net.bind", "80,443") "," LL("net.rule.u", "0x4:53"), &c);

	CHECK_INT(l->fs | l->scope, 0);
	CHECK_INT(l->net, 5);
	if (!CHECK_INT(l->n_rules, 3))
		return;
	CHECK_TRUE(!l->rules[0].path && l->rules[0].port == 80 && l->rules[0].access == 1);
	CHECK_TRUE(!l->rules[2].path && l->rules[2].port == 53 && l->rules[2].access == 4);
	l = parse(&a, LL("net.connect", ""), &c);
	CHECK_TRUE(l->net == 2 && l->n_rules == 0);
}

TEST(landlock_handled_cuts_the_short_forms)
{
	auto_arena struct arena a = { 0 };
	struct config c;
	const struct config_landlock *l = parse(&a,
		LL("fs.rw", "/a") "," LL("fs.handled", "write_file,make_dir") "," LL("scope",
			"0x6,signal") "," LL("log", "subdomains_off") "," LL("mode", "best-effort"),
		&c);

	CHECK_INT(l->fs, 0x82);
	CHECK_TRUE(l->n_rules == 1 && l->rules[0].access == 0x82);
	CHECK_INT(l->scope, 6);
	CHECK_INT(l->log, 4);
	CHECK_TRUE(l->best_effort);
}

TEST(landlock_rules_have_a_limit)
{
	auto_arena struct arena a = { 0 };
	auto_str struct str text = { 0 };
	struct config c;
	struct err e;

	str_add(&text,
		"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\n\"annotations\":{\"crun-lite.landlock.net.bind\":\"0");
	for (int i = 0; i < 65536; i++)
		str_add(&text, ",1");
	str_add(&text, "\"}}");
	err_init(&e);
	CHECK_INT(config_parse(&a, "config.json", str_text(&text), text.len, &c, &e), -1);
	CHECK_STR(err_text(&e),
		AT("46", "net.bind") "must not make more than 65536 Landlock rules");
}
