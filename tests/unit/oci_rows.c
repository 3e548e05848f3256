/* SPDX-License-Identifier: Apache-2.0 */
#include "oci_rows.h"

#include <stdio.h>

#include "base/str.h"
#include "oci_parse.h"

static const struct {
	enum oci_document document;
	const char *before, *after;
} parts[] = {
	[PART_WHOLE] = { OCI_CONFIG, "", "" },
	[PART_TOP] = { OCI_CONFIG, "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\"},\n",
		"}" },
	[PART_MOUNT] = { OCI_CONFIG,
		"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\"},\"mounts\":[{\n", "}]}" },
	[PART_LINUX] = { OCI_CONFIG,
		"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\"},\"linux\":{\"namespaces\":["
		"{\"type\":\"pid\"},{\"type\":\"mount\"},{\"type\":\"network\"},{\"type\":\"ipc\"},"
		"{\"type\":\"uts\"},{\"type\":\"cgroup\"},{\"type\":\"time\"}],\n",
		"}}" },
	[PART_BARE] = { OCI_CONFIG,
		"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\"},\"linux\":{\n", "}}" },
	[PART_SECCOMP] = { OCI_CONFIG,
		"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\"},\"linux\":{\"seccomp\":{\n",
		"}}}" },
	[PART_PROCESS] = { OCI_PROCESS,
		"{\"user\":{\"uid\":0,\"gid\":0},\"args\":[\"true\"],\"cwd\":\"/\",\n", "}" },
	[PART_RESOURCES] = { OCI_RESOURCES, "{\n", "}" },
};

void oci_check_rows(enum oci_part part, const struct oci_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		auto_str struct str text = { 0 }, found = { 0 };

		str_add(&text, parts[part].before);
		str_add(&text, rows[i].part);
		str_add(&text, parts[part].after);
		oci_parse(parts[part].document, str_text(&text), text.len, &found);
		test_row("%.200s", rows[i].part);
		CHECK_STR(str_text(&found), rows[i].expected);
	}
}
