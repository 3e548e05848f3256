# SPDX-License-Identifier: Apache-2.0
# make            the program, build/release/crun-lite     make B=dev|asan|ubsan|cov|clang|analyze  another flavour
# make check      unit, lint, containers (root)            make check-unit T=json_            unit tests by name
# make lint       style and layers                         make check-cli T=mounts V=1        one file of container tests
# make demo       a tour (root)                            make deps                          install what a build needs
# make check-vm   tests in a virtual machine (root)        make check-vm T=limits V=1         one file of them
# make check-engines  with Docker and others (root)        make check-engines T=docker      one of them
# make check-all  every check there is, one by one (root)
# make check-builds  compilers, flags, directories (root)  make check-builds T=sid         part of a build's name
# make check-sanitizers  containers, with sanitizers (root)  make check-sanitizers T=exec  part of a file's name
# make mutants    break one line at a time: does a test notice? (root)  make mutants T=seal   some of them
# make check-oci  the tests of OCI runtime-tools (root)    make check-oci T=mounts            some of them

VERSION = 0.1.0
# of this tree's own repository, not of another one that the tree has been unpacked in
COMMIT := $(shell [ "$$(git rev-parse --show-toplevel 2>/dev/null)" -ef . ] && git ls-files --error-unmatch Makefile >/dev/null 2>&1 && \
	git rev-parse --short=12 HEAD)

B ?= release
O = build/$(B)
prefix = /usr/local
bindir = $(prefix)/bin
mandir = $(prefix)/share/man
docdir = $(prefix)/share/doc/crun-lite
INSTALL = install
PKG_CONFIG ?= pkg-config

ifeq ($(filter $(B),release dev asan ubsan cov clang analyze),)
$(error B=$(B): must be one of release, dev, asan, ubsan, cov, clang, analyze)
endif

# ---- flags -----------------------------------------------------------------------------------

ifeq ($(B),clang)
CC = clang
else ifeq ($(origin CC),default)
CC = gcc
endif

WARN = -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wformat=2 -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wpointer-arith -Wwrite-strings -Wundef -Wswitch-enum -Wcast-qual \
	-Wimplicit-fallthrough
# A warning is an error for developers and for CI (make WERROR=-Werror), never for a user, whose compiler may be newer.
WERROR = $(if $(filter release,$(B)),,-Werror)
# CPPFLAGS, CFLAGS and LDFLAGS are the user's, and come behind ours
DEFINES = -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -iquote include -iquote src
PKG_CPPFLAGS := $(filter-out -I/usr/include -I/usr/include/yajl,$(shell $(PKG_CONFIG) --cflags-only-I libseccomp yajl 2>/dev/null))
HARDEN = -fstack-protector-strong -fPIE
FORTIFY = $(if $(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
# the same program from any directory
MAP = -ffile-prefix-map=$(CURDIR)=.

FLAGS_release = -O2 -g $(FORTIFY) $(HARDEN) -ffunction-sections -fdata-sections
FLAGS_dev = -O1 -g $(HARDEN)
FLAGS_asan = -O1 -g -fPIE -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
# undefined behaviour ends the process with SIGILL. That needs no library, so it works in init, under any seccomp filter and
# resource limit, and in a static program (gcc 12 does not know the newer name of the option, -fsanitize-trap).
FLAGS_ubsan = -O1 -g $(HARDEN) -ffunction-sections -fdata-sections -fsanitize=undefined -fsanitize-undefined-trap-on-error
FLAGS_cov = -O0 -g -fPIE --coverage
FLAGS_clang = -O1 -g $(HARDEN)
FLAGS_analyze = -O1 -g $(HARDEN) -fanalyzer
ALL_CFLAGS = -std=gnu17 $(WARN) $(WERROR) $(FLAGS_$(B)) $(MAP) $(CFLAGS)

LINK_release = -Wl,--gc-sections
LINK_ubsan = -Wl,--gc-sections
LINK_asan = -fsanitize=address,undefined
LINK_cov = --coverage
ALL_LDFLAGS = -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed $(LINK_$(B)) $(LDFLAGS)

# $(call library,package,archive,-lname): the archive when the platform has it, else the shared library
library = $(or $(wildcard $(addsuffix /$2,$(shell $(PKG_CONFIG) --variable=libdir $1 2>/dev/null))),$3)
LIBS := $(call library,libseccomp,libseccomp.a,-lseccomp) $(call library,yajl,libyajl_s.a,-lyajl) -ldl

# a release is linked statically where there is an archive of everything (STATIC= : not so)
ifeq ($(if $(filter release ubsan,$(B)),release) $(filter -l%,$(LIBS)),release -ldl)
STATIC := $(filter /%,$(shell $(CC) -print-file-name=rcrt1.o))
endif

# Tables of pointers cost less at every start: 800 bytes tell where they are, not 80,000 (binutils 2.38, glibc 2.36).
hash := \#
comma := ,
RELR = $(if $(and $(findstring pack-relative-relocs,$(shell $(CC) -Wl,--help 2>/dev/null)), \
	$(findstring yes,$(shell printf '%s\n' '$(hash)include <features.h>' '$(hash)if __GLIBC_PREREQ(2, 36)' yes '$(hash)endif' | \
		$(CC) -E -P - 2>/dev/null))),-Wl$(comma)-z$(comma)pack-relative-relocs)

# where the kernel enters a static program, and how that is compiled: it runs before the C library does (src/kern/entry.c)
ENTRY = $(if $(shell $(CC) $(CFLAGS) -dM -E -x c /dev/null 2>/dev/null | grep -E '__(x86_64|aarch64)__'),-Wl$(comma)-e$(comma)program_entry)
$(O)/src/kern/entry.o: ALL_CFLAGS += -ffreestanding -fno-stack-protector -fno-sanitize=all -fno-lto \
	$(if $(findstring clang,$(CC)),,-fno-tree-loop-distribute-patterns)

# a stack of the size that may be needed is not to be touched as a whole
$(O)/src/kern/clone.o: ALL_CFLAGS += -fno-stack-clash-protection

# one word a file; V=1 shows whole commands
Q = $(if $(V),,@echo "  $1 $@" &&)

# ---- files -----------------------------------------------------------------------------------

SRC := $(sort $(wildcard src/*/*.c))
OBJ = $(SRC:%.c=$(O)/%.o)
UNIT_SRC := $(sort $(wildcard tests/unit/*.c))
UNIT_OBJ = $(UNIT_SRC:%.c=$(O)/%.o) $(filter-out $(O)/src/cli/main.o,$(OBJ))
# programs that tests run inside containers, and the yardstick of the benchmark: static, one file each (*_fake.c is a library,
# which its test compiles)
TOOLS = $(patsubst %.c,build/tests/%,$(notdir $(filter-out %_fake.c,$(wildcard tests/cli/*.c tests/bench/*.c))))
C_FILES = $(SRC) $(UNIT_SRC) $(wildcard src/*/*.h include/*/*.h tests/*/*.h tests/cli/*.c tests/bench/*.c)
PROGRAM = $(if $(wildcard src/cli/main.c),$(O)/crun-lite)

.PHONY: all unit tools deps check check-unit check-cli check-vm check-oci check-engines check-builds check-sanitizers check-all lint tidy mutants bench demo install uninstall dist clean \
	format FORCE
.DELETE_ON_ERROR:
.SUFFIXES:

all: $(if $(filter analyze,$(B)),$(OBJ),$(or $(PROGRAM),$(OBJ)))
unit: $(O)/unit
tools: $(TOOLS)

ifdef STATIC
# what is started is linked statically; within it is the program that loads libraries (include/kern/library.h)
$(O)/crun-lite: $(filter-out %/kern/library.o,$(OBJ)) $(O)/library_static.o
	$(call Q,LINK) $(CC) $(ALL_CFLAGS) -static-pie $(RELR) $(ENTRY) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(O)/library_static.o: src/kern/library.c $(O)/loads
	$(call Q,CC  ) $(CC) $(DEFINES) $(CPPFLAGS) $(ALL_CFLAGS) -DPROGRAM_THAT_LOADS='"$(O)/loads"' -MMD -MP -c -o $@ $<

$(O)/loads: $(OBJ)
	$(call Q,LINK) $(CC) $(ALL_CFLAGS) -pie $(ALL_LDFLAGS) -s -o $@ $^ $(LIBS)
else
# what keeps a release from being static, unless that was asked for
MISSING := $(or $(patsubst -l%,lib%.a,$(subst yajl,yajl_s,$(filter -lseccomp -lyajl,$(LIBS)))),rcrt1.o of the C library)
$(O)/crun-lite: $(OBJ)
	$(call Q,LINK) $(CC) $(ALL_CFLAGS) -pie $(ALL_LDFLAGS) -o $@ $^ $(LIBS)
	$(if $(filter release,$(B)),$(if $(filter command,$(origin STATIC)),,@echo \
		"note: $@ is linked dynamically and starts slower: there is no $(MISSING)"))
endif

$(O)/unit: $(UNIT_OBJ)
	$(call Q,LINK) $(CC) $(ALL_CFLAGS) -pie $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(O)/%.o: %.c Makefile | $(O)/deps-ok
	@mkdir -p $(@D)
	$(call Q,CC  ) $(CC) $(DEFINES) $(PKG_CPPFLAGS) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

define tool_rule
build/tests/%: $1/%.c Makefile | $$(O)/deps-ok
	@mkdir -p $$(@D)
	$$(call Q,CC  ) $$(CC) $$(DEFINES) $$(CPPFLAGS) -std=gnu17 $$(WARN) $$(WERROR) -O2 -static -MMD -MP -o $$@ $$<
endef
$(foreach d,tests/cli tests/bench,$(eval $(call tool_rule,$d)))

# one look at what the build needs, so that what is missing is told by name
$(O)/deps-ok:
	@tests/deps.sh --check build
	@mkdir -p $(@D) && touch $@

# only files that show the commit are compiled again when it changes
COMMIT_OBJ = $(patsubst %.c,$(O)/%.o,$(shell grep -lw COMMIT src/cli/*.c 2>/dev/null))
$(COMMIT_OBJ): DEFINES += -DCOMMIT='"$(COMMIT)"'
$(COMMIT_OBJ): $(O)/commit
$(O)/commit: FORCE
	@mkdir -p $(@D)
	@echo '$(COMMIT)' | cmp -s - $@ || echo '$(COMMIT)' >$@

-include $(OBJ:.o=.d) $(UNIT_SRC:%.c=$(O)/%.d) $(addsuffix .d,$(TOOLS))

# ---- work ------------------------------------------------------------------------------------

deps:
	@tests/deps.sh build

need_root = @[ "$$(id -u)" -eq 0 ] || { echo "make $@: must be run as root" >&2; exit 1; }

check:
	$(need_root)
	@tests/deps.sh build test prometheus
	@unset MAKEFLAGS MFLAGS MAKEOVERRIDES; exec tests/run

check-unit:
	@$(MAKE) --no-print-directory B=asan unit
	build/asan/unit $(T)

check-cli: all tools
	$(need_root)
	@CRUN_LITE=$(CURDIR)/$(O)/crun-lite V=$(V) KEEP=$(KEEP) \
		prove -f -o $(if $(V),-v,-j2) $(or $(wildcard tests/cli/$(T).t),$(wildcard tests/cli/*$(T)*.t))

check-vm: all tools
	$(need_root)
	@tests/deps.sh vm
	@V=$(V) tests/vm/run $(or $(wildcard tests/vm/$(T).t),$(wildcard tests/vm/*$(T)*.t))

# one after the other, whatever became of the one before
CHECKS = check check-builds check-sanitizers check-oci check-engines check-vm
check-all:
	$(need_root)
	@failed=; for c in $(CHECKS); do \
		echo "== make $$c"; $(MAKE) --no-print-directory $$c || failed="$$failed $$c"; done; \
	echo "== $(CHECKS):$${failed:+ failed:}$${failed:- all passed}"; [ -z "$$failed" ]

check-engines:
	$(need_root)
	@tests/deps.sh build test engines
	@unset MAKEFLAGS MFLAGS MAKEOVERRIDES; exec tests/run $(or $(wildcard tests/engines/$(T).t),$(wildcard tests/engines/*$(T)*.t))

check-builds:
	$(need_root)
	@tests/deps.sh build vm clang
	@unset MAKEFLAGS MFLAGS MAKEOVERRIDES; prove -f -o -v --exec bash tests/builds/builds.t :: $(T)

# the black-box tests with undefined behaviour caught in every process, init included, as each of the two compilers sees it
check-sanitizers:
	$(need_root)
	@tests/deps.sh build test prometheus clang
	@unset MAKEFLAGS MFLAGS MAKEOVERRIDES; failed=; for c in gcc clang; do echo "-- sanitizers of $$c"; \
		O=build/ubsan-$$c FLAVOUR="B=ubsan CC=$$c" tests/run $(wildcard tests/cli/*$(T)*.t) || failed="$$failed $$c"; done; \
	[ -z "$$failed" ] || { echo "sanitizers: failed:$$failed; make check-cli B=asan T=FILE shows the line" >&2; exit 1; }

check-oci: all tools
	$(need_root)
	@tests/deps.sh oci
	@CRUN_LITE=$(CURDIR)/$(O)/crun-lite tests/oci/run $(T)

lint: all
	@prove -f -o -j2 --exec sh tests/lint/*.sh

tidy:
	clang-tidy --quiet $(SRC) -- -std=gnu17 $(DEFINES) $(CPPFLAGS) -DCOMMIT='""' $(PKG_CPPFLAGS)

mutants:
	$(need_root)
	@unset MAKEFLAGS MFLAGS MAKEOVERRIDES; exec tests/mutants/run $(T)

bench: all tools
	$(need_root)
	@tests/bench/run.sh
	@tests/bench/scale.sh

demo:
	$(need_root)
	@tests/deps.sh build demo
	@$(MAKE) --no-print-directory -s all tools
	@tests/demo.sh

format:
	clang-format -i $(C_FILES)

# SHELL=FILE below share
COMPLETIONS = bash=bash-completion/completions/crun-lite fish=fish/vendor_completions.d/crun-lite.fish \
	zsh=zsh/site-functions/_crun-lite

define install_completion
@mkdir -p $(DESTDIR)$(prefix)/share/$(dir $2) && $(O)/crun-lite completion $1 >$(DESTDIR)$(prefix)/share/$2

endef

install: all
	$(INSTALL) -D -m 755 $(O)/crun-lite $(DESTDIR)$(bindir)/crun-lite
	$(foreach c,$(COMPLETIONS),$(call install_completion,$(firstword $(subst =, ,$c)),$(lastword $(subst =, ,$c))))
	$(INSTALL) -D -m 644 man/crun-lite.8 $(DESTDIR)$(mandir)/man8/crun-lite.8
	$(INSTALL) -D -m 644 -t $(DESTDIR)$(docdir) README.md LICENSE config.json.example

uninstall:
	rm -f $(DESTDIR)$(bindir)/crun-lite $(DESTDIR)$(mandir)/man8/crun-lite.8
	rm -f $(foreach c,$(COMPLETIONS),$(DESTDIR)$(prefix)/share/$(lastword $(subst =, ,$c)))
	rm -rf $(DESTDIR)$(docdir)

dist:
	@mkdir -p build
	git archive --prefix=crun-lite-$(VERSION)/ -o build/crun-lite-$(VERSION).tar.gz HEAD

clean:
	rm -rf build
