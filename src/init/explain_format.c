/* SPDX-License-Identifier: Apache-2.0 */
/* Two formats can be executed everywhere: "#!" and ELF. Each may name another file that must be
 * there. */
#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "explain.h"

#if defined(__x86_64__)
#define NATIVE EM_X86_64
#elif defined(__aarch64__)
#define NATIVE EM_AARCH64
#elif defined(__riscv)
#define NATIVE EM_RISCV
#elif defined(__powerpc64__)
#define NATIVE EM_PPC64
#elif defined(__s390x__)
#define NATIVE EM_S390
#else
#define NATIVE EM_NONE
#endif

#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif

/* as images call them */
static const struct {
	unsigned machine;
	const char *name;
} machines[] = {
	{ EM_386, "386 (32-bit x86)" },
	{ EM_X86_64, "amd64 (x86_64)" },
	{ EM_ARM, "arm" },
	{ EM_AARCH64, "arm64 (aarch64)" },
	{ EM_RISCV, "riscv" },
	{ EM_PPC, "ppc" },
	{ EM_PPC64, "ppc64" },
	{ EM_S390, "s390x" },
	{ EM_MIPS, "mips" },
	{ EM_LOONGARCH, "loong64" },
	{ EM_SPARCV9, "sparc64" },
};

/* one read of a file's start */
struct head {
	unsigned char bytes[LOOK_HEAD];
	size_t n;
	int fd;
};

static const char *machine_name(unsigned machine, char *number, size_t size)
{
	for (size_t i = 0; i < ARRAY_LEN(machines); i++) {
		if (machines[i].machine == machine)
			return machines[i].name;
	}
	(void)snprintf(number, size, "machine %u", machine);
	return number;
}

/* ---- #! ---- */

static size_t skip(const struct head *h, size_t at, const char *what)
{
	while (at < h->n && h->bytes[at] && strchr(what, h->bytes[at]))
		at++;
	return at;
}

static enum look_verdict look_at_script(struct look *l, const struct head *h)
{
	const char *text = (const char *)h->bytes;
	size_t start = skip(h, 2, " \t"), end = start, line;
	char shown[LOOK_SUBJECT];

	while (end < h->n && text[end] && !strchr(" \t\n", text[end]))
		end++;
	if (end == start) {
		(void)look_found(l, "the first line of the file has a \"#!\" and no interpreter");
		return l->code == ENOEXEC ? LOOK_FOUND : LOOK_NOTHING;
	}
	if (end - start >= LOOK_NAME)
		return LOOK_NOTHING;
	for (line = end; line < h->n && text[line] && text[line] != '\n';)
		line++;
	look_show(shown, sizeof(shown), text + start, end - start);
	(void)snprintf(l->path, sizeof(l->path), "%.*s", (int)(end - start), text + start);
	if (text[end - 1] == '\r') {
		(void)look_found(l,
			"its first line ends with a carriage return (CRLF, as editors of Windows write), so the interpreter is called \"%s\"",
			shown);
		return l->code == ENOENT ? LOOK_FOUND : LOOK_NEXT;
	}
	(void)look_found(l,
		"its interpreter \"%s\", named in its first line, does not exist in the container",
		shown);
	return look_next(l, "its interpreter \"%s\"", shown);
}

/* ---- ELF ---- */

static unsigned half(const struct head *h, size_t at)
{
	const unsigned char *p = h->bytes + at;

	return h->bytes[EI_DATA] == ELFDATA2MSB ? (unsigned)p[0] << 8 | p[1]
						: (unsigned)p[1] << 8 | p[0];
}

static const char *libc_of(const char *loader)
{
	if (strstr(loader, "ld-musl-"))
		return ": it was built for musl libc, as of Alpine";
	if (strstr(loader, "/ld-linux") || strstr(loader, "/ld64.so"))
		return ": it was built for glibc, which images of Alpine and static images lack";
	return "";
}

/* PT_INTERP of a native program; *ret has room for LOOK_NAME bytes. false: it has none that can be
 * read */
static bool read_loader(const struct look *l, const struct head *h, char *ret)
{
	Elf64_Ehdr eh;
	Elf64_Phdr ph;

	memcpy(&eh, h->bytes, sizeof(eh));
	if (eh.e_ident[EI_CLASS] != ELFCLASS64 || eh.e_phentsize != sizeof(ph))
		return false;
	for (unsigned i = 0; i < eh.e_phnum && i < 64; i++) {
		if (look_read(l, h->fd, &ph, sizeof(ph), eh.e_phoff + i * sizeof(ph)) !=
			(ssize_t)sizeof(ph))
			return false;
		if (ph.p_type != PT_INTERP)
			continue;
		if (ph.p_filesz < 2 || ph.p_filesz > LOOK_NAME ||
			look_read(l, h->fd, ret, ph.p_filesz, ph.p_offset) != (ssize_t)ph.p_filesz)
			return false;
		ret[ph.p_filesz - 1] = '\0';
		return true;
	}
	return false;
}

static enum look_verdict look_at_elf(struct look *l, const struct head *h)
{
	char loader[LOOK_NAME], shown[LOOK_SUBJECT], a[32], b[32];
	unsigned machine;

	if (h->n < sizeof(Elf64_Ehdr)) {
		(void)look_found(l, "%s is an ELF file that ends after %zu bytes", l->subject,
			h->n);
		return LOOK_FOUND;
	}
	machine = half(h, offsetof(Elf64_Ehdr, e_machine));
	if (machine != NATIVE) {
		(void)look_found(l, "%s is a program for %s, and this machine is %s", l->subject,
			machine_name(machine, a, sizeof(a)), machine_name(NATIVE, b, sizeof(b)));
		return l->code == ENOEXEC || l->code == ELIBBAD ? LOOK_FOUND : LOOK_NOTHING;
	}
	if (l->code == ENOEXEC && half(h, offsetof(Elf64_Ehdr, e_type)) != ET_EXEC &&
		half(h, offsetof(Elf64_Ehdr, e_type)) != ET_DYN) {
		(void)look_found(l, "%s is an ELF file, but neither a program nor a library",
			l->subject);
		return LOOK_FOUND;
	}
	if (!read_loader(l, h, loader))
		return LOOK_NOTHING;
	look_show(shown, sizeof(shown), loader, strlen(loader));
	(void)snprintf(l->path, sizeof(l->path), "%s", loader);
	(void)look_found(l, "the loader \"%s\" that %s needs does not exist in the container%s",
		shown, l->subject, libc_of(loader));
	return look_next(l, "its loader \"%s\"", shown);
}

/* ---- neither ---- */

static enum look_verdict look_at_other(struct look *l, const struct head *h)
{
	const char *text = (const char *)h->bytes;
	bool is_text = true;

	if (l->code != ENOEXEC && l->code != ELIBBAD)
		return LOOK_NOTHING;
	for (size_t i = 0; i < h->n; i++)
		is_text = is_text && (h->bytes[i] >= ' ' || strchr("\t\n\r\f", h->bytes[i])) &&
			h->bytes[i] != '\0';
	if (h->n == 0)
		(void)look_found(l, "%s is an empty file", l->subject);
	else if (h->n > 5 && memcmp(text, "\xef\xbb\xbf#!", 5) == 0)
		(void)look_found(l,
			"%s has a byte order mark before its \"#!\": save it as UTF-8 without one",
			l->subject);
	else if (is_text)
		(void)look_found(l,
			"%s is text without \"#!\" and an interpreter in its first line",
			l->subject);
	else
		(void)look_found(l, "%s is neither an ELF program nor a script with \"#!\"",
			l->subject);
	return LOOK_FOUND;
}

enum look_verdict look_format(struct look *l)
{
	struct head h = { .fd = look_open(l, l->path) };
	enum look_verdict r = LOOK_NOTHING;
	ssize_t n = h.fd < 0 ? -1 : look_read(l, h.fd, h.bytes, sizeof(h.bytes), 0);

	if (n >= 0) {
		h.n = (size_t)n;
		if (h.n >= 2 && memcmp(h.bytes, "#!", 2) == 0)
			r = look_at_script(l, &h);
		else if (h.n >= SELFMAG && memcmp(h.bytes, ELFMAG, SELFMAG) == 0)
			r = look_at_elf(l, &h);
		else
			r = look_at_other(l, &h);
	}
	if (h.fd >= 0 &&
		(!l->filter ||
			seccomp_spares(l->filter, SYS_close,
				(const uint64_t[6]){ (unsigned)h.fd })))
		def_close(&h.fd);
	return r;
}
