/* SPDX-License-Identifier: Apache-2.0 */
/* oci_golden.c - every document in tests/data/config against the text beside it
 *
 * CFG-15. NAME.err holds the error that NAME.json must give, NAME.ok the warnings of a document
 * that is accepted. process-*.json and resources-*.json are what "exec --process" and "update
 * --resources" read. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "oci_parse.h"
#include "test.h"

#define DATA "tests/data/config"

static enum oci_document document_of(const char *name)
{
	if (str_after(name, "process-"))
		return OCI_PROCESS;
	return str_after(name, "resources-") ? OCI_RESOURCES : OCI_CONFIG;
}

/* NAME.err or NAME.ok for NAME.json, without the line feed at its end; false when there is neither
 */
static bool read_expected(int dir, const char *name, struct str *out)
{
	static const char *const kinds[] = { "err", "ok" };
	int stem = (int)(strlen(name) - strlen("json"));

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		char path[300];

		(void)snprintf(path, sizeof(path), "%.*s%s", stem, name, kinds[i]);
		if (fd_read_at(dir, path, 0, 1 << 20, out) == 0) {
			if (out->len && out->data[out->len - 1] == '\n')
				out->data[--out->len] = '\0';
			return true;
		}
	}
	return false;
}

static int is_document(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return dot && strcmp(dot, ".json") == 0;
}

TEST(cfg_15_the_corpus_is_accepted_and_refused_as_it_should)
{
	auto_close int dir = open(DATA, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **list = NULL;
	int count = scandir(DATA, &list, is_document, alphasort);

	CHECK_TRUE(dir >= 0 && count > 0);
	for (int i = 0; i < count; i++) {
		auto_str struct str text = { 0 }, expected = { 0 }, found = { 0 };
		auto_free struct dirent *entry = list[i];

		test_row("%s", entry->d_name);
		CHECK_TRUE(fd_read_at(dir, entry->d_name, 0, 1 << 24, &text) == 0);
		CHECK_TRUE(read_expected(dir, entry->d_name, &expected));
		oci_parse(document_of(entry->d_name), str_text(&text), text.len, &found);
		CHECK_STR(str_text(&found), str_text(&expected));
	}
	free(list);
}
