#!/bin/bash
# program.t - what is said about a program that cannot be executed (PROC-08, PROC-10)
. "${0%/*}/lib.sh"

# file NAME MODE BYTES - a file /app/NAME of the image
file() {
	printf %b "$3" >"$B/rootfs/app/$1"
	chmod "$2" "$B/rootfs/app/$1"
}

# image - files that nobody can execute
image() {
	local app=$B/rootfs/app
	mkdir -p "$app/private" "$B/rootfs/bin/directory"
	file gone 755 '#!/bin/bash -e\n'
	file crlf 755 '#!/bin/sh\r\n'
	file bang 755 '#! \n'
	file text 755 'echo hello\n'
	file empty 755 ''
	file bom 755 '\xef\xbb\xbf#!/bin/sh\n'
	file bytes 755 '\x01\x00\x02'
	file short 755 '\x7fELF'
	file plain 644 '#!/bin/sh\n'
	file chain 755 '#!/app/text\n'
	file denied 755 '#!/app/plain\n'
	file circle 755 '#!/app/circle\n'
	file odd 755 '#!/a"b\x1b[1m\n'
	file stale 755 '#!/app/dangling\n'
	cp "$B/rootfs/bin/probe" "$app/foreign"
	cp "$B/rootfs/bin/probe" "$app/private/p"
	# e_machine of arm64, or of s390x where that is what we are
	printf '\xb7\x00' | dd of="$app/foreign" bs=1 seek=18 conv=notrunc status=none
	cp "$(type -P true)" "$app/dynamic"
	ln -s /nowhere/x "$app/dangling"
	ln -s /nowhere/x "$B/rootfs/bin/dangling"
	ln -s self "$app/self"
	cp "$app/plain" "$B/rootfs/bin/plain"
	chmod 700 "$app/private"
	RULES='mnt("/noexec"; "tmpfs"; [ "noexec", "mode=777" ])'
}

# sorry PROGRAM TEXT DESCRIPTION - exec fails, with exactly this text behind the name
sorry() {
	cl exec ${EXEC[@]+"${EXEC[@]}"} "$ID" "$1"
	is "$rc:$err" "255:crun-lite: exec failed: $2" "$3"
}

# all - what exec says about all of them
all() {
	sorry nosuch 'exec: "nosuch": executable file not found in $PATH (/bin)' "PROC-08 not in PATH: PATH is shown"
	sorry dangling 'exec: "dangling": executable file not found in $PATH (/bin): "/bin/dangling" is a symbolic link to "/nowhere/x", which leads to nothing in the container' \
		"PROC-08 a link in PATH that leads nowhere"
	sorry directory 'exec: "directory": executable file not found in $PATH (/bin): "/bin/directory" is a directory, not a regular file' \
		"PROC-08 a directory in PATH"
	sorry plain 'exec: "plain": "/bin/plain": permission denied: it may not be executed by user 0 (mode 0644, owner 0:0): chmod +x is missing' \
		"PROC-08 in PATH, not executable"
	sorry /app/nosuch 'exec: "/app/nosuch": stat /app/nosuch: no such file or directory: the file "/app/nosuch" does not exist in the container' \
		"PROC-08 a file that is not there"
	sorry /no/such/x 'exec: "/no/such/x": stat /no/such/x: no such file or directory: directory "/no" does not exist in the container' \
		"PROC-08 a directory on the way that is not there"
	sorry /app/text/x 'exec: "/app/text/x": stat /app/text/x: not a directory: "/app/text" is not a directory' "PROC-08 a file on the way"
	sorry /app 'exec: "/app": is a directory: permission denied' "PROC-08 a directory"
	sorry /app/self 'exec: "/app/self": stat /app/self: too many levels of symbolic links: the symbolic links at "/app/self" go round in a circle' \
		"PROC-08 a circle of links"
	sorry /dev/null 'exec: "/dev/null": stat /dev/null: permission denied: it is a device, not a regular file' "PROC-08 a device"
	sorry /noexec/x 'exec: "/noexec/x": stat /noexec/x: permission denied: it lies on a mount with the option noexec' "PROC-08 a mount without exec"
	sorry /app/plain 'exec: "/app/plain": stat /app/plain: permission denied: it may not be executed by user 0 (mode 0644, owner 0:0): chmod +x is missing' \
		"PROC-08 not executable"
	EXEC=(--user 5)
	sorry /app/private/p 'exec: "/app/private/p": stat /app/private/p: permission denied: directory "/app/private" may not be entered by user 5 (mode 0700, owner 0:0)' \
		"PROC-08 a directory that the user may not enter is named"
	EXEC=(--cwd /app)
	sorry ./nosuch 'exec: "./nosuch": stat ./nosuch: no such file or directory (in "/app"): the file "./nosuch" does not exist in the container' \
		"PROC-08 a relative path, with the working directory"
	EXEC=()
	later
}

# later - those that only execve(2) knows of
later() {
	sorry /app/gone 'exec /app/gone: no such file or directory: its interpreter "/bin/bash", named in its first line, does not exist in the container' \
		"PROC-10 an interpreter that is not there"
	sorry /app/stale 'exec /app/stale: no such file or directory: "/app/dangling" is a symbolic link to "/nowhere/x", which leads to nothing in the container' \
		"PROC-10 an interpreter that is a link to nothing"
	sorry /app/crlf 'exec /app/crlf: no such file or directory: its first line ends with a carriage return (CRLF, as editors of Windows write), so the interpreter is called "/bin/sh\r"' \
		"PROC-10 a script with CRLF"
	sorry /app/bang 'exec /app/bang: exec format error: the first line of the file has a "#!" and no interpreter' "PROC-10 #! and nothing"
	sorry /app/text 'exec /app/text: exec format error: it is text without "#!" and an interpreter in its first line' "PROC-10 text without #!"
	sorry /app/empty 'exec /app/empty: exec format error: it is an empty file' "PROC-10 an empty file"
	sorry /app/bom 'exec /app/bom: exec format error: it has a byte order mark before its "#!": save it as UTF-8 without one' "PROC-10 a byte order mark"
	sorry /app/bytes 'exec /app/bytes: exec format error: it is neither an ELF program nor a script with "#!"' "PROC-10 neither program nor script"
	sorry /app/short 'exec /app/short: exec format error: it is an ELF file that ends after 4 bytes' "PROC-10 a program cut short"
	sorry /app/chain 'exec /app/chain: exec format error: its interpreter "/app/text" is text without "#!" and an interpreter in its first line' \
		"PROC-10 an interpreter that cannot be executed"
	sorry /app/denied 'exec /app/denied: permission denied: its interpreter "/app/plain" may not be executed by user 0 (mode 0644, owner 0:0): chmod +x is missing' \
		"PROC-10 an interpreter without the right mode"
	sorry /app/circle 'exec /app/circle: too many levels of symbolic links: its interpreters name one another' "PROC-10 interpreters in a circle"
	sorry /app/odd 'exec /app/odd: no such file or directory: its interpreter "/a\x22b\x1b[1m", named in its first line, does not exist in the container' \
		"PROC-10 what the image has written cannot steer a terminal"
	cl exec "$ID" /app/foreign
	like "$err" 'exec /app/foreign: exec format error: it is a program for arm64 .*, and this machine is ' "PROC-10 another architecture"
	cl exec "$ID" /app/dynamic
	like "$err" 'exec /app/dynamic: no such file or directory: the loader "/lib.*" that it needs does not exist in the container: it was built for glibc' \
		"PROC-10 a loader that is not there"
	jq -n '{ args: [ "/bin/true", ("x" * 100000), ("x" * 100000) ], cwd: "/", user: { uid: 0, gid: 0 }, rlimits: [ { type: "RLIMIT_STACK", soft: 600000, hard: 600000 } ] }' >"$W/process"
	cl exec --process "$W/process" "$ID"
	like "$err" 'exec /bin/true: argument list too long: arguments and environment have 2000[0-9]+ bytes, at most 150000 fit, a quarter of RLIMIT_STACK' "PROC-10 too long"
}

t "exec"
image
create "$RULES" say ready , pause
start
said ready
init_pid
: >"/proc/$PID/root/noexec/x"
chmod 755 "/proc/$PID/root/noexec/x"
EXEC=()
all
is "$(wc -l <"$CG/$ID/cgroup.procs")" 1 "none of them leaves a process"

t "exec under a filter"
# what may be sent, and what may be looked at, is the filter's to say: nothing is asked that it ends us for
image
create '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [ { names: [ "sendmsg" ], action: "SCMP_ACT_KILL_PROCESS" } ] }' say ready , pause
start
said ready
later

t "exec under a filter that lets nothing be looked at"
image
create '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [ { names: [ "sendmsg", "openat", "statx", "statfs" ], action: "SCMP_ACT_KILL_PROCESS" } ] }' say ready , pause
start
said ready
sorry /app/gone 'exec /app/gone: no such file or directory' "the program is named all the same"
sorry /app/text 'exec /app/text: exec format error' "another"

t "execve denied"
image
create '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [ { names: [ "execve" ], action: "SCMP_ACT_ERRNO" } ] }' pause
start
fails 'exec /bin/probe: operation not permitted: linux\.seccomp answers execve' "SEC-11 the filter itself is the cause"

t "run and start"
image
for f in . '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [ { names: [ "sendmsg", "mkdir" ], action: "SCMP_ACT_KILL_PROCESS" } ] }'; do
	run "$f | .process.args = [ \"/app/gone\" ]"
	fails 'exec /app/gone: no such file or directory: its interpreter "/bin/bash", named in its first line' "PROC-10 run says it too"
	create "$f | .process.args = [ \"/app/text\" ]"
	start
	fails 'exec /app/text: exec format error: it is text without "#!"' "PROC-10 and start"
	create "$f | .process.args = [ \"/app/plain\" ]"
	fails 'permission denied: it may not be executed by user 0' "PROC-08 create knows what it can see"
done

finish
