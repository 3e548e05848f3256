/* SPDX-License-Identifier: Apache-2.0 */
/* devprog.c - device rules to eBPF
 *
 * Each kind of access (read, write, mknod) to each type of device is decided on its own, by a
 *section that asks the rules about them from the last to the first:
 *
 *		if the access does not ask for the kind, or the type is the other one, goto next
 *section if the device is that of the rule: deny, or goto next section
 *		...
 *		deny
 *	next section:
 *		...
 *		allow
 *
 * What has the same rules shares a section: the usual list, where every rule is about character
 *devices and all kinds of access, makes one for these and a bare "deny" for block devices.
 *
 * Loading is mostly the time of the verifier, which follows every path. So a rule is one
 *conditional jump (major and minor number are compared as one 32-bit key), nothing but the position
 *carries state, and each section loads what it looks at afresh: where paths meet the verifier finds
 *nothing new and goes on with one of them. Collecting in a register which kinds of access are
 *decided needs one section only, and takes seconds for some hundred rules. All jumps are forward.
 *No instruction is unreachable: the verifier refuses those. */
#include "kern/devprog.h"

#include <assert.h>

enum {
	KINDS = 3,
	ACCESS_ALL = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE,
	TYPES_ALL = BPF_DEVCG_DEV_BLOCK |
		BPF_DEVCG_DEV_CHAR, /* used as a set, though numbers to the kernel */
	SECTIONS = KINDS * 2,
	MINOR_BITS = 20, /* dev_t inside the kernel: 12 and 20 bits */
	MAJOR_LAST = 0xfff,
	MINOR_LAST = 0xfffff,
	JUMP_REACH = 32000,  /* a little less than the 16 bit of an offset */
	COVER_WINDOW = 4096, /* rules looked at for one that covers; keeps a huge list from going
				quadratic */

	SECTION_INSNS = 16, /* four for each condition, six to load, two at the end */
	RULE_INSNS = 4,     /* comparison, two to return, and its share of the stepping stones */
	END_INSNS = 4,

	R_RESULT = BPF_REG_0,
	R_CONTEXT = BPF_REG_1,
	R_ACCESS = BPF_REG_2,
	R_TYPE = BPF_REG_3,
	R_MAJOR = BPF_REG_4,
	R_MINOR = BPF_REG_5,
	R_KEY = BPF_REG_0, /* major << 20 | minor, sign-extended like an immediate; the result comes
			      after it */
};

struct builder {
	struct bpf_insn *insns;
	size_t n;
	size_t open; /* a BPF_JA with offset 0 from here on wants to go to the end of the section */
	bool allows; /* some path leads to the end of the program */
};

struct section {
	unsigned kinds, types;         /* what it decides: BPF_DEVCG_ACC_*, BPF_DEVCG_DEV_* */
	const struct dev_rule **rules; /* last first */
	size_t n;
};

static void put(struct builder *b, unsigned code, unsigned dst, unsigned src, int off, int32_t imm)
{
	b->insns[b->n++] = (struct bpf_insn){
		.code = (uint8_t)code,
		.dst_reg = dst & 0xf,
		.src_reg = src & 0xf,
		.off = (int16_t)off,
		.imm = imm,
	};
}

static void put_load(struct builder *b, unsigned reg, size_t offset)
{
	put(b, BPF_LDX | BPF_MEM | BPF_W, reg, R_CONTEXT, (int)offset, 0);
}

static void put_return(struct builder *b, bool allow)
{
	put(b, BPF_ALU64 | BPF_MOV | BPF_K, R_RESULT, 0, 0, allow);
	put(b, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* put_leave - go to the end of the section */
static void put_leave(struct builder *b)
{
	put(b, BPF_JMP | BPF_JA, 0, 0, 0, 0);
	b->allows = true;
}

/* close_jumps - what wants to go to the end of the section arrives here */
static void close_jumps(struct builder *b)
{
	for (; b->open < b->n; b->open++) {
		struct bpf_insn *in = &b->insns[b->open];

		if (in->code == (BPF_JMP | BPF_JA) && in->off == 0)
			in->off = (int16_t)(b->n - b->open - 1);
	}
}

static bool matches_all(const struct dev_rule *r)
{
	return r->any_major && r->any_minor;
}

static void put_rule(struct builder *b, const struct dev_rule *r)
{
	const int behind = r->allow ? 1 : 2;

	assert(!matches_all(r));
	if (r->any_major)
		put(b, BPF_JMP | BPF_JNE | BPF_K, R_MINOR, 0, behind, (int32_t)r->minor);
	else if (r->any_minor)
		put(b, BPF_JMP | BPF_JNE | BPF_K, R_MAJOR, 0, behind, (int32_t)r->major);
	else
		put(b, BPF_JMP | BPF_JNE | BPF_K, R_KEY, 0, behind,
			(int32_t)(r->major << MINOR_BITS | r->minor));
	if (r->allow)
		put_leave(b);
	else
		put_return(b, false);
	if (b->n - b->open > JUMP_REACH) {
		/* a stepping stone, with a way around it */
		put(b, BPF_JMP | BPF_JA, 0, 0, 1, 0);
		close_jumps(b);
		put_leave(b);
	}
}

/* put_conditions - leave a section that does not decide about this access */
static void put_conditions(struct builder *b, const struct section *s)
{
	if (s->kinds != ACCESS_ALL) {
		put_load(b, R_ACCESS, offsetof(struct bpf_cgroup_dev_ctx, access_type));
		put(b, BPF_ALU64 | BPF_RSH | BPF_K, R_ACCESS, 0, 0, 16);
		put(b, BPF_JMP | BPF_JSET | BPF_K, R_ACCESS, 0, 1, (int32_t)s->kinds);
		put_leave(b);
	}
	if (s->types != TYPES_ALL) {
		put_load(b, R_TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
		put(b, BPF_ALU64 | BPF_AND | BPF_K, R_TYPE, 0, 0, 0xffff);
		/* should there ever be a third type, it has to pass all sections */
		put(b, BPF_JMP | BPF_JNE | BPF_K, R_TYPE, 0, 1, (int32_t)(TYPES_ALL & ~s->types));
		put_leave(b);
	}
}

static void put_section(struct builder *b, const struct section *s)
{
	const bool ends_in_allow = s->n > 0 && matches_all(s->rules[s->n - 1]);
	const size_t n = ends_in_allow ? s->n - 1 : s->n;

	if (ends_in_allow)
		b->allows = true;
	if (ends_in_allow && n == 0)
		return;
	b->open = b->n;
	put_conditions(b, s);
	if (n > 0) {
		put_load(b, R_MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
		put_load(b, R_MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
		put(b, BPF_ALU64 | BPF_MOV | BPF_X, R_KEY, R_MAJOR, 0, 0);
		put(b, BPF_ALU64 | BPF_LSH | BPF_K, R_KEY, 0, 0, 32 + MINOR_BITS);
		put(b, BPF_ALU64 | BPF_ARSH | BPF_K, R_KEY, 0, 0, 32);
		put(b, BPF_ALU64 | BPF_OR | BPF_X, R_KEY, R_MINOR, 0, 0);
	}
	for (size_t i = 0; i < n; i++)
		put_rule(b, s->rules[i]);
	if (!ends_in_allow)
		put_return(b, false);
	close_jumps(b);
}

/* covers - does later match every device that r matches? Both are rules of one section. */
static bool covers(const struct dev_rule *later, const struct dev_rule *r)
{
	return (later->any_major || (!r->any_major && later->major == r->major)) &&
		(later->any_minor || (!r->any_minor && later->minor == r->minor));
}

static bool is_covered(const struct dev_rule *r, const struct section *s)
{
	for (size_t i = s->n > COVER_WINDOW ? s->n - COVER_WINDOW : 0; i < s->n; i++)
		if (covers(s->rules[i], r))
			return true;
	return false;
}

static bool concerns(const struct dev_rule *r, const struct section *s)
{
	return (r->access & s->kinds) &&
		(r->type == 'a' || (s->types == BPF_DEVCG_DEV_BLOCK) == (r->type == 'b')) &&
		(r->any_major || r->major <= MAJOR_LAST) &&
		(r->any_minor || r->minor <= MINOR_LAST);
}

/* select_rules - those that matter for one kind of access to one type of device */
static void select_rules(struct arena *a, const struct dev_rule *rules, size_t n, struct section *s)
{
	s->rules = arena_array(a, n + 1, sizeof(*s->rules));
	for (size_t i = n; i-- > 0;) {
		if (!concerns(&rules[i], s) || is_covered(&rules[i], s))
			continue;
		s->rules[s->n++] = &rules[i];
		if (matches_all(&rules[i]))
			break;
	}
	/* the end of the section denies as well */
	while (s->n > 0 && !s->rules[s->n - 1]->allow)
		s->n--;
}

static bool same_rules(const struct section *s, const struct section *t)
{
	if (s->n != t->n)
		return false;
	for (size_t i = 0; i < s->n; i++)
		if (s->rules[i]->allow != t->rules[i]->allow || !covers(s->rules[i], t->rules[i]) ||
			!covers(t->rules[i], s->rules[i]))
			return false;
	return true;
}

/* merge - let one section decide where two say the same, as long as what it decides is kinds times
 * types */
static void merge(struct section *sections)
{
	for (size_t i = 0; i < SECTIONS; i++) {
		for (size_t j = i + 1; j < SECTIONS; j++) {
			struct section *s = &sections[i], *t = &sections[j];

			if ((s->kinds != t->kinds && s->types != t->types) || !same_rules(s, t))
				continue;
			s->kinds |= t->kinds;
			s->types |= t->types;
			t->kinds = t->types = 0;
		}
	}
}

void devprog_build(struct arena *a, const struct dev_rule *rules, size_t n, struct bpf_insn **ret,
	size_t *ret_n)
{
	struct section sections[SECTIONS] = { 0 };
	size_t total = END_INSNS;
	struct builder b = { 0 };

	for (size_t i = 0; i < SECTIONS; i++) {
		sections[i].types = i < KINDS ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK;
		sections[i].kinds = 1U << i % KINDS;
		select_rules(a, rules, n, &sections[i]);
		total += SECTION_INSNS + sections[i].n * RULE_INSNS;
	}
	merge(sections); /* the kinds of each type */
	merge(sections); /* and then the types */
	b.insns = arena_array(a, total, sizeof(*b.insns));
	for (size_t i = 0; i < SECTIONS; i++)
		if (sections[i].kinds != 0)
			put_section(&b, &sections[i]);
	if (b.allows)
		put_return(&b, true);
	assert(b.n <= total);
	*ret = b.insns;
	*ret_n = b.n;
}

/* one access under interpretation */
struct machine {
	struct bpf_cgroup_dev_ctx context;
	uint64_t regs[MAX_BPF_REG];
};

static bool run_load(struct machine *m, const struct bpf_insn *in)
{
	switch ((size_t)in->off) {
	case offsetof(struct bpf_cgroup_dev_ctx, access_type):
		m->regs[in->dst_reg] = m->context.access_type;
		return true;
	case offsetof(struct bpf_cgroup_dev_ctx, major):
		m->regs[in->dst_reg] = m->context.major;
		return true;
	case offsetof(struct bpf_cgroup_dev_ctx, minor):
		m->regs[in->dst_reg] = m->context.minor;
		return true;
	default:
		return false;
	}
}

/* run_one - one instruction other than an exit; *pc moves behind it or to its target. false: not
 * one of ours. */
static bool run_one(struct machine *m, const struct bpf_insn *in, size_t *pc)
{
	const uint64_t imm = (uint64_t)(int64_t)in->imm;
	bool jump = false;

	if (in->dst_reg >= MAX_BPF_REG || in->src_reg >= MAX_BPF_REG)
		return false;
	uint64_t *const dst = &m->regs[in->dst_reg];
	switch (in->code) {
	case BPF_LDX | BPF_MEM | BPF_W:
		if (in->src_reg != R_CONTEXT || !run_load(m, in))
			return false;
		break;
	case BPF_ALU64 | BPF_MOV | BPF_K:
		*dst = imm;
		break;
	case BPF_ALU64 | BPF_MOV | BPF_X:
		*dst = m->regs[in->src_reg];
		break;
	case BPF_ALU64 | BPF_AND | BPF_K:
		*dst &= imm;
		break;
	case BPF_ALU64 | BPF_OR | BPF_X:
		*dst |= m->regs[in->src_reg];
		break;
	case BPF_ALU64 | BPF_LSH | BPF_K:
		*dst <<= imm & 63;
		break;
	case BPF_ALU64 | BPF_ARSH | BPF_K:
		*dst = (uint64_t)((int64_t)*dst >> (imm & 63));
		break;
	case BPF_ALU64 | BPF_RSH | BPF_K:
		*dst >>= imm & 63;
		break;
	case BPF_JMP | BPF_JA:
		jump = true;
		break;
	case BPF_JMP | BPF_JNE | BPF_K:
		jump = *dst != imm;
		break;
	case BPF_JMP | BPF_JSET | BPF_K:
		jump = (*dst & imm) != 0;
		break;
	default:
		return false;
	}
	if (jump && in->off < 0)
		return false;
	*pc += 1 + (jump ? (size_t)in->off : 0);
	return true;
}

bool devprog_eval(const struct bpf_insn *prog, size_t n, char type, uint32_t major, uint32_t minor,
	unsigned access)
{
	struct machine m = { .context = { .major = major, .minor = minor } };

	if (major > MAJOR_LAST || minor > MINOR_LAST)
		return false;
	m.context.access_type =
		access << 16 | (type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	for (size_t pc = 0; pc < n;) {
		if (prog[pc].code == (BPF_JMP | BPF_EXIT))
			return m.regs[R_RESULT] != 0;
		if (!run_one(&m, &prog[pc], &pc))
			return false;
	}
	return false;
}
