#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# symbols.sh - what the objects reference: macros and inline functions hide nothing from nm(1)
. "$(dirname "$0")/report"

objects=build/release/src

# undefined LAYER... - FILE SYMBOL for every object of these layers; fortified names without their dress
undefined() {
	for layer; do
		for o in "$objects/$layer"/*.o; do
			[ -e "$o" ] || continue
			# an object of a source that is gone says nothing
			[ -e "${o#build/release/}" ] || [ -e "$(echo "${o#build/release/}" | sed 's/o$/c/')" ] || continue
			nm -u "$o" | sed -E "s|^ *[Uwv] +|$layer/$(basename "$o" .o).c |; s/ __isoc[0-9]+_/ /; s/ __(.*)_chk$/ \1/"
		done
	done
}

any_objects() {
	[ -e "$objects/base/err.o" ] || echo "no objects in $objects: run make first"
}

# banned WORDS LAYER...
banned() {
	words=$(echo "$1" | tr ' ' '|')
	shift
	undefined "$@" | grep -E " ($words)\$"
}

# writable LAYER... - objects with data that can change
writable() {
	for layer; do
		for o in "$objects/$layer"/*.o; do
			[ -e "$o" ] || continue
			size -A "$o" | awk -v name="$layer/$(basename "$o" .o).c" \
				'$1 ~ /^\.(t?data|t?bss)(\.|$)/ && $1 !~ /^\.data\.rel\.ro/ && $2 > 0 {
					print name ": " $1 " " $2 " bytes" }'
		done
	done
}

# kern_seccomp - what kern/seccomp*.c themselves offer, as a pattern
kern_seccomp() {
	nm --defined-only -g "$objects"/kern/seccomp*.o | sed 's/.* //' | paste -sd '|'
}

unsafe="strcpy strcat strncpy strtok sprintf vsprintf atoi atol atoll atof strtol strtoll strtoul strtoull gets"
unsafe="$unsafe system popen mktemp tmpnam tempnam signal dup sleep usleep nanosleep clock_nanosleep"
kernel="mount umount umount2 pivot_root chroot clone fork vfork _Fork setns unshare kill tgkill execve execv execvp"
kernel="$kernel execvpe execveat fexecve posix_spawn posix_spawnp prctl ptrace setuid setgid seteuid setegid setreuid"
kernel="$kernel setregid setresuid setresgid setgroups initgroups setrlimit prlimit mknod mknodat"
host="syscall open openat open64 openat64 fopen fopen64 stat lstat fstatat opendir readlink readlinkat getenv"
exits="exit _Exit quick_exit at_quick_exit"
stdio="fopen fopen64 fdopen freopen fprintf vfprintf printf vprintf dprintf vdprintf puts fputs fputc putc putchar"
stdio="$stdio fwrite fread fgets getline getdelim fflush fclose perror stdout stderr stdin"
parent="getenv secure_getenv getpwnam getpwuid getpwnam_r getpwuid_r getgrnam getgrgid getgrnam_r getgrgid_r"
parent="$parent getgrouplist initgroups getaddrinfo gethostbyname malloc calloc realloc reallocarray free strdup"
parent="$parent strndup asprintf vasprintf posix_memalign aligned_alloc opendir fdopendir scandir syslog"
parent="$parent pthread_mutex_lock pthread_create dlopen"
all="base oci plan kern init ctr cli"

plan 10
# shellcheck disable=SC2086 # lists of words
{
	any_objects | report "there are objects to look at"
	banned "$unsafe" $all | report "no banned call"
	banned "$kernel" base oci plan | report "base, oci and plan change nothing on the host"
	banned "$host" oci plan | report "oci and plan do not look at the host"
	banned "seccomp_.*|yajl_gen_.*" oci plan init ctr cli | grep -Ewv "$(kern_seccomp)" | report "libseccomp stays in kern"
	banned "$exits" base oci plan kern init ctr | report "only cli calls exit"
	banned "$stdio" base oci plan kern init | report "no stdio below ctr"
	banned "$parent" init | report "init has no heap, no environment, no NSS, no locks"
	# nor is there anything to be relocated yet
	{ undefined kern | grep '^kern/entry\.c ' | grep -Ewv '_start|__ehdr_start'; size -A "$objects/kern/entry.o" | awk '/^\.data/ && $2 > 0'; } |
		report "what runs before the C library needs nothing of it"
	# kern/criu.c: the callback of libcriu gets no argument of its caller
	writable base oci plan kern init ctr | grep -Ev '^(base/log|kern/criu)\.c:' | report "no state that changes outside cli and the log"
}
