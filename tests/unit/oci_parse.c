/* SPDX-License-Identifier: Apache-2.0 */
#include "oci_parse.h"

#include <sys/mman.h>

#include "base/fd.h"
#include "base/log.h"
#include "oci/config.h"

/* Warnings go through the log, so the log goes to a file for a moment. */
static void add_warnings(const struct json_doc *d, struct str *out)
{
	auto_close int fd = memfd_create("warnings", MFD_CLOEXEC);
	auto_str struct str text = { 0 };

	log_setup(LOG_WARNING, LOG_TEXT, fd, false);
	json_log_warnings(d);
	log_setup(LOG_WARNING, LOG_TEXT, STDERR_FILENO, false);
	if (fd < 0 || lseek(fd, 0, SEEK_SET) < 0 || fd_read_all(fd, 1 << 20, &text) < 0)
		str_add(out, "cannot read the warnings");
	for (char *line = text.data, *end; line && *line; line = end + 1) {
		const char *message;

		end = strchrnul(line, '\n');
		*end = '\0';
		message = str_after(line, "crun-lite: ");
		str_addf(out, "%s%s", out->len ? "\n" : "", message ? message : line);
	}
}

void oci_parse(enum oci_document document, const char *text, size_t len, struct str *out)
{
	auto_arena struct arena a = { 0 };
	struct config_resources resources;
	struct config_process process;
	struct config config;
	struct json_doc doc;
	struct err e;
	int result;

	err_init(&e);
	if (document == OCI_PROCESS) {
		result = config_parse_process(&a, "process.json", text, len, &doc, &process, &e);
	} else if (document == OCI_RESOURCES) {
		result = config_parse_resources(&a, "resources.json", text, len, &doc, &resources,
			&e);
	} else {
		result = config_parse(&a, "config.json", text, len, &config, &e);
		doc = config.doc;
	}
	if (result < 0)
		str_add(out, err_text(&e));
	else
		add_warnings(&doc, out);
}
