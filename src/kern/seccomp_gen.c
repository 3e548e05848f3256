/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp_gen.c - what calls of which architectures answer, as a classic BPF program
 *
 *	       ld arch
 *	       jeq #AUDIT_ARCH_X86_64, 0, next
 *	       ld nr
 *	       jge #k, right, left ...              a balanced tree of ranges of numbers
 *	       ret #action                          a leaf: all numbers of the range answer the same
 *	       ld args[0] high ...                  or: one number whose answer depends on arguments
 *	next:  jeq #AUDIT_ARCH_I386, 0, next ...
 *	       ret KILL                             an architecture that the profile does not name
 *
 * Neighbours that answer the same are one range, so that a list of 350 names becomes some sixty
 *leaves. Conditional jumps reach 255 instructions; where the target is further away the branch goes
 *over a `ja`, which has 32 bits. Code never jumps out of its subtree, so that it can be moved for
 *that. The kernel's cache of allowed calls (5.11) emulates every instruction that comes before a
 *load of an argument.
 *
 * Rules for the same call. A rule that asks for less wins over one that asks for all of that and
 *more (a rule without conditions over every other), wherever they stand; of two with the same
 *conditions the first. What is left is tried in this order: conditions on higher arguments first,
 *on one argument equal, unequal and masked before less before greater, narrow ones of these before
 *wide ones; else as in the profile. This is how filters of libseccomp come out, for which profiles
 *are written; it decides only between rules that contradict each other.
 *
 * Arguments are compared in halves of 32 bits, the high one first. On a 32-bit architecture there
 *is only the low one, of the value in the rule as well: -1, written as 2^64-1, is -1 there, too. */
#include "kern/seccomp_gen.h"

#include <assert.h>
#include <endian.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>

enum {
	ARGS = 6,
	FAILS_MAX = 3 * ARGS, /* jumps out of the comparisons of one rule, at most */
	REACH = UINT8_MAX,
};

struct comparison {
	uint32_t index;
	uint32_t op;          /* MASKED_EQ is EQ here */
	uint64_t mask, value; /* of 32 bits where arguments have no more */
};

/* a rule as it will be compared */
struct test {
	uint32_t order, action;
	size_t n;
	struct comparison list[ARGS]; /* by index */
	bool dead;                    /* a more general rule takes its place */
};

/* numbers from here to the next range */
struct range {
	uint32_t from;
	uint32_t action;
	struct test *tests; /* NULL: the action is all */
	size_t n_tests;
};

struct gen {
	struct arena *arena;
	uint32_t default_action;
	struct sock_filter *insns;
	size_t n;
	bool full;
	struct range *ranges; /* of the architecture at work */
	size_t n_ranges;
};

/* jumps to "this rule does not match", to be filled in */
struct fails {
	struct {
		size_t at;
		bool if_true;
	} list[FAILS_MAX];
	size_t n;
};

static void put(struct gen *g, unsigned code, uint32_t k, size_t jt, size_t jf)
{
	assert(jt <= REACH && jf <= REACH);
	if (g->n == BPF_MAXINSNS) {
		g->full = true;
		return;
	}
	g->insns[g->n++] = (struct sock_filter){ .code = (uint16_t)code,
		.jt = (uint8_t)jt,
		.jf = (uint8_t)jf,
		.k = k };
}

static void put_load(struct gen *g, size_t offset)
{
	put(g, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void put_return(struct gen *g, uint32_t action)
{
	put(g, BPF_RET | BPF_K, action, 0, 0);
}

/* branch - a jump on condition code k at place `at`, over what has been put behind it.
 * over_if_true: jump when the condition holds, else when it does not. */
static void branch(struct gen *g, size_t at, unsigned code, uint32_t k, bool over_if_true)
{
	const size_t size = g->n - at - 1;
	struct sock_filter *in = &g->insns[at];

	if (g->full)
		return;
	*in = (struct sock_filter){ .code = (uint16_t)(BPF_JMP | BPF_K | code), .k = k };
	if (size <= REACH) {
		*(over_if_true ? &in->jt : &in->jf) = (uint8_t)size;
		return;
	}
	*(over_if_true ? &in->jf : &in->jt) = 1;
	put(g, 0, 0, 0, 0);
	if (g->full)
		return;
	memmove(in + 2, in + 1, size * sizeof(*in));
	in[1] = (struct sock_filter){ .code = BPF_JMP | BPF_JA, .k = (uint32_t)size };
}

/* ---- comparisons ---- */

enum half { LOW, HIGH };

static void put_half(struct gen *g, const struct comparison *c, enum half half)
{
	const uint32_t mask = (uint32_t)(c->mask >> (half == HIGH ? 32 : 0));
	const bool second = (half == HIGH) == (__BYTE_ORDER == __LITTLE_ENDIAN);

	put_load(g,
		offsetof(struct seccomp_data, args) + c->index * sizeof(uint64_t) +
			(second ? sizeof(uint32_t) : 0));
	if (mask != UINT32_MAX)
		put(g, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
}

/* what to do when the condition of a jump does not (NO_...) or does hold */
static void put_fail(struct gen *g, struct fails *f, unsigned code, uint32_t k, bool if_true)
{
	assert(f->n < FAILS_MAX);
	f->list[f->n].at = g->n;
	f->list[f->n++].if_true = if_true;
	put(g, BPF_JMP | BPF_K | code, k, 0, 0);
}

static void put_equal(struct gen *g, const struct comparison *c, struct fails *f)
{
	const uint32_t high = (uint32_t)(c->value >> 32), low = (uint32_t)c->value;

	if (c->mask >> 32) {
		put_half(g, c, HIGH);
		put_fail(g, f, BPF_JEQ, high, false);
	}
	if ((uint32_t)c->mask) {
		put_half(g, c, LOW);
		put_fail(g, f, BPF_JEQ, low, false);
	}
}

static void put_unequal(struct gen *g, const struct comparison *c, struct fails *f)
{
	if (c->mask >> 32) {
		put_half(g, c, HIGH);
		put(g, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(c->value >> 32), 0, 2);
	}
	put_half(g, c, LOW);
	put_fail(g, f, BPF_JEQ, (uint32_t)c->value, true);
}

/* less is not greater or equal: the same jumps, with the other outcome */
static void put_ordered(struct gen *g, const struct comparison *c, struct fails *f)
{
	const uint32_t high = (uint32_t)(c->value >> 32);
	const bool less = c->op == SCMP_CMP_LT || c->op == SCMP_CMP_LE;
	const unsigned code = c->op == SCMP_CMP_GT || c->op == SCMP_CMP_LE ? BPF_JGT : BPF_JGE;

	if (c->mask >> 32) {
		put_half(g, c, HIGH);
		if (less) {
			put_fail(g, f, BPF_JGT, high, true);
			put(g, BPF_JMP | BPF_JEQ | BPF_K, high, 0, 2);
		} else {
			put(g, BPF_JMP | BPF_JGT | BPF_K, high, 3, 0);
			put_fail(g, f, BPF_JEQ, high, false);
		}
	}
	put_half(g, c, LOW);
	put_fail(g, f, code, (uint32_t)c->value, less);
}

static void put_test(struct gen *g, const struct test *t)
{
	struct fails f = { .n = 0 };

	for (size_t i = 0; i < t->n; i++) {
		const struct comparison *c = &t->list[i];

		if (c->op == SCMP_CMP_EQ)
			put_equal(g, c, &f);
		else if (c->op == SCMP_CMP_NE)
			put_unequal(g, c, &f);
		else
			put_ordered(g, c, &f);
	}
	put_return(g, t->action);
	if (g->full)
		return;
	for (size_t i = 0; i < f.n; i++) {
		struct sock_filter *in = &g->insns[f.list[i].at];
		const size_t distance = g->n - f.list[i].at - 1;

		assert(distance <= REACH);
		*(f.list[i].if_true ? &in->jt : &in->jf) = (uint8_t)distance;
	}
}

/* ---- rules for the same call ---- */

static void read_comparison(struct comparison *ret, const struct seccomp_arg *arg, bool narrow)
{
	const uint64_t width = narrow ? UINT32_MAX : UINT64_MAX;

	ret->index = arg->index;
	ret->op = arg->op;
	ret->mask = width;
	ret->value = arg->value & width;
	if (arg->op == SCMP_CMP_MASKED_EQ) {
		ret->op = SCMP_CMP_EQ;
		ret->mask = arg->value & width;
		ret->value = arg->value_two & ret->mask;
	}
}

static void read_test(struct test *ret, const struct gen_call *call, bool narrow)
{
	*ret = (struct test){ .order = call->order, .action = call->action };
	assert(call->n_args <= ARGS);
	for (size_t i = 0; i < call->n_args; i++) {
		struct comparison c;
		size_t at;

		read_comparison(&c, &call->args[i], narrow);
		/* always true */
		if (c.mask == 0 || (c.op == SCMP_CMP_GE && c.value == 0))
			continue;
		for (at = ret->n++; at > 0 && ret->list[at - 1].index > c.index; at--)
			ret->list[at] = ret->list[at - 1];
		ret->list[at] = c;
	}
}

static bool same_comparison(const struct comparison *a, const struct comparison *b)
{
	return a->index == b->index && a->op == b->op && a->mask == b->mask && a->value == b->value;
}

/* does b ask for all that a asks for? */
static bool asks_less(const struct test *a, const struct test *b)
{
	size_t i = 0;

	for (size_t j = 0; i < a->n && j < b->n; j++)
		i += same_comparison(&a->list[i], &b->list[j]);
	return i == a->n;
}

static int rank(uint32_t op)
{
	switch (op) {
	case SCMP_CMP_GT:
	case SCMP_CMP_GE:
		return 2;
	case SCMP_CMP_LT:
	case SCMP_CMP_LE:
		return 1;
	default:
		return 0;
	}
}

static int order_of(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int by_narrowness(const void *va, const void *vb)
{
	const struct test *a = va, *b = vb;

	for (size_t i = 0; i < a->n && i < b->n; i++) {
		const struct comparison *x = &a->list[i], *y = &b->list[i];
		int r = order_of(y->index, x->index);

		if (r == 0)
			r = order_of((uint64_t)rank(x->op), (uint64_t)rank(y->op));
		if (r == 0)
			r = rank(x->op) == 1 ? order_of(x->value, y->value)
					     : order_of(y->value, x->value);
		if (r != 0)
			return r;
	}
	return order_of(a->order, b->order);
}

/* prune - leave out what a more general rule says already; returns how many are left */
static size_t prune(struct test *tests, size_t n)
{
	size_t left = 0;

	/* more of them than the program could have instructions: it fails by its length */
	for (size_t i = 0; i < n && n <= BPF_MAXINSNS; i++) {
		for (size_t j = 0; j < n && !tests[i].dead; j++) {
			const bool earlier =
				tests[j].n < tests[i].n || (tests[j].n == tests[i].n && j < i);

			tests[i].dead =
				earlier && !tests[j].dead && asks_less(&tests[j], &tests[i]);
		}
	}
	for (size_t i = 0; i < n; i++)
		if (!tests[i].dead)
			tests[left++] = tests[i];
	return left;
}

/* ---- ranges ---- */

static void add_range(struct gen *g, uint32_t from, uint32_t action, struct test *tests, size_t n)
{
	struct range *last = g->n_ranges ? &g->ranges[g->n_ranges - 1] : NULL;

	if (last && !last->tests && !tests && last->action == action)
		return;
	g->ranges[g->n_ranges++] = (struct range){ from, action, tests, n };
}

/* the answer to calls[n], which all have the same number */
static void add_calls(struct gen *g, const struct gen_call *calls, size_t n, bool narrow)
{
	struct test *tests = NULL;
	size_t left;

	if (n == 1 && calls->n_args == 0) {
		add_range(g, calls->number, calls->action, NULL, 0);
		return;
	}
	tests = arena_array(g->arena, n, sizeof(*tests));
	for (size_t i = 0; i < n; i++)
		read_test(&tests[i], &calls[i], narrow);
	left = prune(tests, n);
	if (tests[0].n == 0 && left == 1) {
		add_range(g, calls->number, tests[0].action, NULL, 0);
		return;
	}
	qsort(tests, left, sizeof(*tests), by_narrowness);
	add_range(g, calls->number, g->default_action, tests, left);
}

/* from … to of set s, which no call has */
static void add_gap(struct gen *g, const struct gen_set *s, uint32_t from, uint32_t to)
{
	const uint32_t first = from > s->enosys_from ? from : s->enosys_from;

	if (s->enosys_from >= s->enosys_end || first > to || first >= s->enosys_end) {
		add_range(g, from, g->default_action, NULL, 0);
		return;
	}
	if (from < first)
		add_range(g, from, g->default_action, NULL, 0);
	add_range(g, first, SCMP_ACT_ERRNO(ENOSYS), NULL, 0);
	if (s->enosys_end <= to)
		add_range(g, s->enosys_end, g->default_action, NULL, 0);
}

static int by_number(const void *va, const void *vb)
{
	const struct gen_call *a = va, *b = vb;
	const int r = order_of(a->number, b->number);

	return r ? r : order_of(a->order, b->order);
}

static void add_set(struct gen *g, struct gen_set *s)
{
	uint32_t next = s->from; /* not said yet */
	size_t end;

	qsort(s->calls, s->n_calls, sizeof(*s->calls), by_number);
	for (size_t i = 0; i < s->n_calls; i = end) {
		const uint32_t number = s->calls[i].number;

		assert(number >= next && number <= s->to);
		if (number > next)
			add_gap(g, s, next, number - 1);
		for (end = i; end < s->n_calls && s->calls[end].number == number;)
			end++;
		add_calls(g, &s->calls[i], end - i, s->narrow);
		next = number + 1;
	}
	if (next <= s->to)
		add_gap(g, s, next, s->to);
}

/* ---- the program ---- */

static void put_leaf(struct gen *g, const struct range *r)
{
	for (size_t i = 0; i < r->n_tests; i++)
		put_test(g, &r->tests[i]);
	put_return(g, r->action);
}

static void put_tree(struct gen *g, const struct range *ranges, size_t n)
{
	const size_t middle = n / 2, at = g->n;

	if (n == 1) {
		put_leaf(g, ranges);
		return;
	}
	put(g, 0, 0, 0, 0);
	if (g->full)
		return;
	put_tree(g, ranges, middle);
	branch(g, at, BPF_JGE, ranges[middle].from, true);
	put_tree(g, ranges + middle, n - middle);
}

/* sets[n] have the same audit */
static void put_arch(struct gen *g, struct gen_set *sets, size_t n)
{
	const size_t at = g->n;
	uint32_t next = 0;
	size_t most = 3;

	for (size_t i = 0; i < n; i++)
		most += 4 + 2 * sets[i].n_calls;
	g->ranges = arena_array(g->arena, most, sizeof(*g->ranges));
	g->n_ranges = 0;
	for (size_t i = 0; i < n; i++) {
		assert(sets[i].from >= next && sets[i].to < UINT32_MAX);
		if (sets[i].from > next)
			add_range(g, next, SCMP_ACT_KILL_THREAD, NULL, 0);
		add_set(g, &sets[i]);
		next = sets[i].to + 1;
	}
	if (next != UINT32_MAX)
		add_range(g, next, SCMP_ACT_KILL_THREAD, NULL, 0);
	add_range(g, UINT32_MAX, g->default_action, NULL, 0);
	put(g, 0, 0, 0, 0);
	if (g->full)
		return;
	put_load(g, offsetof(struct seccomp_data, nr));
	put_tree(g, g->ranges, g->n_ranges);
	branch(g, at, BPF_JEQ, sets->audit, false);
}

void seccomp_gen(struct arena *a, uint32_t default_action, struct gen_set *sets, size_t n,
	struct seccomp_filter *ret)
{
	struct gen g = { .arena = a, .default_action = default_action };
	size_t end;

	g.insns = arena_array(a, BPF_MAXINSNS, sizeof(*g.insns));
	put_load(&g, offsetof(struct seccomp_data, arch));
	for (size_t i = 0; i < n; i = end) {
		for (end = i; end < n && sets[end].audit == sets[i].audit;)
			end++;
		put_arch(&g, &sets[i], end - i);
	}
	put_return(&g, SCMP_ACT_KILL_THREAD);
	ret->insns = g.insns;
	ret->n = g.n + g.full;
}
