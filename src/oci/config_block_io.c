/* SPDX-License-Identifier: Apache-2.0 */
/* config_block_io.c - config-linux.md, "Block IO" */
#include "base/limits.h"
#include "oci/config_in.h"
#include "oci/field.h"

static const char *const throttles[THROTTLE_KINDS] = {
	[THROTTLE_READ_BPS] = "throttleReadBpsDevice",
	[THROTTLE_WRITE_BPS] = "throttleWriteBpsDevice",
	[THROTTLE_READ_IOPS] = "throttleReadIOPSDevice",
	[THROTTLE_WRITE_IOPS] = "throttleWriteIOPSDevice",
};

static void read_device(struct json_doc *d, struct json *n, uint32_t *major, uint32_t *minor)
{
	(void)field_u32(d, field_need(d, n, "major", "a device number"), FIELD_MAJOR_MAX, major);
	(void)field_u32(d, field_need(d, n, "minor", "a device number"), FIELD_MINOR_MAX, minor);
}

/* 0 asks for nothing */
static void read_weight(struct json_doc *d, const struct json *n, struct config_u64 *ret)
{
	uint64_t value;

	if (!json_u64(d, n, 0, UINT64_MAX, &value))
		return;
	if (value && (value < 10 || value > 1000)) {
		json_error(d, n, "must be a whole number from 10 to 1000, not %ju",
			(uintmax_t)value);
		return;
	}
	*ret = (struct config_u64){ n, value };
}

static void read_weights(struct json_doc *d, struct json *n, struct config_u64 *weight,
	struct config_u64 *leaf)
{
	read_weight(d, json_get(n, "weight"), weight);
	read_weight(d, json_get(n, "leafWeight"), leaf);
	if (leaf->value)
		config_v1_only(d, leaf->at);
}

static void read_weight_device(struct json_doc *d, struct json *n, struct config_weight_device *ret)
{
	unsigned before = d->error_count;

	if (!json_object(d, n))
		return;
	ret->at = n;
	read_device(d, n, &ret->major, &ret->minor);
	read_weights(d, n, &ret->weight, &ret->leaf_weight);
	if (!ret->weight.at && !ret->leaf_weight.at && d->error_count == before)
		json_missing(d, n, "weight", "a number from 10 to 1000");
}

static void read_throttle(struct json_doc *d, struct json *n, struct config_throttle *ret)
{
	if (!json_object(d, n))
		return;
	ret->at = n;
	read_device(d, n, &ret->major, &ret->minor);
	(void)json_u64(d, field_need(d, n, "rate", "a number"), 0, UINT64_MAX, &ret->rate);
}

static size_t kind_of(const char *key)
{
	size_t kind = 0;

	while (kind < THROTTLE_KINDS && !str_eq(throttles[kind], key))
		kind++;
	return kind;
}

/* The four arrays become one list. First they are counted, then read, both in the order of the
 * document. */
static void read_throttles(struct json_doc *d, struct json *n, struct config_block_io *ret)
{
	size_t total = 0;

	for (struct json *i = json_first(n); i; i = i->next) {
		if (kind_of(i->key) == THROTTLE_KINDS)
			continue;
		i->known = true;
		if (i->type != JSON_NULL && json_array(d, i))
			total += i->count;
	}
	if (total > LIMIT_DEVICES) {
		json_error(d, n, "must have at most %d throttled devices, not %zu", LIMIT_DEVICES,
			total);
		return;
	}
	ret->throttles = arena_array(d->arena, total, sizeof(*ret->throttles));
	for (struct json *i = json_first(n); i; i = i->next) {
		size_t kind = kind_of(i->key);

		if (kind == THROTTLE_KINDS || i->type != JSON_ARRAY)
			continue;
		for (struct json *k = json_first(i); k; k = k->next) {
			struct config_throttle *t = &ret->throttles[ret->n_throttles++];

			t->kind = (enum config_throttle_kind)kind;
			read_throttle(d, k, t);
		}
	}
}

void config_read_block_io(struct json_doc *d, struct json *n, struct config_block_io *ret)
{
	struct json *list;

	if (!n || !json_object(d, n))
		return;
	read_weights(d, n, &ret->weight, &ret->leaf_weight);
	list = json_get(n, "weightDevice");
	ret->weight_devices = field_array(d, list, sizeof(*ret->weight_devices), LIMIT_DEVICES,
		&ret->n_weight_devices);
	for (struct json *i = ret->n_weight_devices ? json_first(list) : NULL; i; i = i->next)
		read_weight_device(d, i, &ret->weight_devices[i->index]);
	read_throttles(d, n, ret);
}
