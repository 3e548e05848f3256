/* SPDX-License-Identifier: Apache-2.0 */
/* config.c - everything that reads a document somebody else wrote, with any bytes at all
 *
 * clang -fsanitize=fuzzer,address,undefined; a good start is the documents in tests/data/config.
 * The first byte chooses the entry point, the rest is the text. */
#include <string.h>

#include "oci/config.h"
#include "oci/mount_options.h"
#include "oci/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* a configuration that was accepted holds what its header promises */
static void check_accepted(struct arena *a, const struct config *c)
{
	if (!c->root_path || !c->oci_version)
		abort();
	if (c->process.at && (!c->process.args[0] || c->process.cwd[0] != '/' || !c->process.env))
		abort();
	for (size_t i = 0; i < c->n_mounts; i++) {
		struct mount_options o;

		if (c->mounts[i].destination[0] != '/' || !c->mounts[i].destination[1])
			abort();
		mount_options_parse(a, c->mounts[i].options, &o);
		if (o.n_propagation > ARRAY_LEN(o.propagation) ||
			(o.attr_set & o.attr_clr & ~UINT64_C(0x70)))
			abort();
	}
}

/* what was written is read back */
static void check_state(struct arena *a, const struct state *s)
{
	auto_str struct str text = { 0 };
	struct state again;
	struct err e;

	state_text(s, &text);
	if (state_parse(a, "again", str_text(&text), text.len, &again, &e) < 0 ||
		strcmp(again.id, s->id) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena a = { 0 };
	auto_free char *text = malloc(size + 1);
	struct config_resources resources;
	struct config_process process;
	struct config_hooks hooks;
	struct config config;
	struct state state;
	struct json_doc doc;
	struct err e;

	if (size == 0 || !text)
		return 0;
	size--;
	memcpy(text, data + 1, size);
	err_init(&e);
	switch (data[0] % 5) {
	case 0:
		if (config_parse(&a, "config.json", text, size, &config, &e) == 0)
			check_accepted(&a, &config);
		break;
	case 1:
		(void)!config_parse_process(&a, "process.json", text, size, &doc, &process, &e);
		break;
	case 2:
		(void)!config_parse_resources(&a, "resources.json", text, size, &doc, &resources,
			&e);
		break;
	case 3:
		(void)!config_parse_hooks(&a, "hooks", text, size, &hooks, &e);
		break;
	default:
		if (state_parse(&a, "state.json", text, size, &state, &e) == 0)
			check_state(&a, &state);
	}
	return 0;
}
