#!/bin/bash
# seccomp.t - system call filters (config-linux.md "Seccomp")
. "${0%/*}/lib.sh"

# allow all, with these rules
rules() { echo '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", architectures: [ "SCMP_ARCH_X86_64" ], syscalls: [ '"$1"' ] }'; }
seccomp() { echo ".linux.seccomp = $1"; }
[ "$(uname -m)" = x86_64 ] || rules() { echo '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [ '"$1"' ] }'; }
# what a program needs at least
basic='"execve", "execveat", "write", "exit", "exit_group", "brk", "mmap", "munmap", "mprotect", "arch_prctl", "set_tid_address", "set_robust_list",
	"rseq", "prlimit64", "readlinkat", "getrandom", "newfstatat", "fstat", "ioctl", "read", "close", "readlink", "prctl", "uname"'

t "actions"
run . nnp
value seccomp 0 "SEC-01 seccomp absent: no filter"
run "$(rules '{ names: [ "mkdir" ], action: "SCMP_ACT_ERRNO" }')" sys mkdir , nnp
lines "sys mkdir=EPERM
seccomp=2" "SEC-08 SEC-10 ERRNO: EPERM"
run "$(rules '{ names: [ "mkdir", "rmdir" ], action: "SCMP_ACT_ERRNO", errnoRet: 38 }')" sys mkdir , sys rmdir
lines "sys mkdir=ENOSYS
sys rmdir=ENOSYS" "SEC-08 errnoRet"
run "$(rules '{ names: [ "mkdir" ], action: "SCMP_ACT_ERRNO", errnoRet: 28 }')" sys mkdir
line "sys mkdir=ENOSPC" "SEC-08 another errnoRet with the same rules"
run "$(rules '{ names: [ "mkdir" ], action: "SCMP_ACT_ERRNO", errnoRet: 0 }')" sys mkdir
line "sys mkdir=OK" "SEC-08 errnoRet 0"
run "$(rules '{ names: [ "mkdir" ], action: "SCMP_ACT_KILL_PROCESS" }')" say before , sys mkdir , say after
is "$rc:$out" "159:before" "SEC-10 KILL_PROCESS"
is "$err" "crun-lite: warning: container \"$ID\": ended by signal 31 (SYS): probably linux.seccomp; the audit log names the system call" \
	"and run says what has ended it"
run 'nons("pid")' die 31
is "$rc:$err" "159:" "but not without a filter"
for a in KILL KILL_THREAD; do
	run "$(rules "{ names: [ \"mkdir\" ], action: \"SCMP_ACT_$a\" }")" say before , sys mkdir , say after
	is "$rc:$out" "159:before" "SEC-10 $a"
done
run "$(rules '{ names: [ "mkdir" ], action: "SCMP_ACT_TRAP" }')" say before , sys mkdir , say after
is "$rc:$out" "159:before" "SEC-10 TRAP"
run "$(rules '{ names: [ "mkdir" ], action: "SCMP_ACT_TRACE", errnoRet: 5 }')" sys mkdir
line "sys mkdir=ENOSYS" "SEC-10 TRACE without a tracer"
run "$(rules '{ names: [ "mkdir" ], action: "SCMP_ACT_LOG" }')" sys mkdir
line "sys mkdir=EFAULT" "SEC-10 LOG goes on"
run '.linux.seccomp = { defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 38, syscalls: [ { names: [ '"$basic"' ], action: "SCMP_ACT_ALLOW" } ] }' \
	sys mkdir , say ok
lines "sys mkdir=ENOSYS
ok" "SEC-02 SEC-11 defaultErrnoRet; a filter that allows only what the program needs"
run '.linux.seccomp = { defaultAction: "SCMP_ACT_ERRNO", syscalls: [ { names: [ '"$basic"' ], action: "SCMP_ACT_ALLOW" } ] }' sys mkdir
line "sys mkdir=EPERM" "SEC-02 without it EPERM"
run '.process.noNewPrivileges = false | .linux.seccomp = { defaultAction: "SCMP_ACT_ERRNO", syscalls: [ { names: [ '"$basic"', "capset", "capget",
	"setuid", "setgid", "setgroups", "setresuid", "setresgid", "getresuid", "getresgid", "close_range", "recvmsg", "recvfrom", "sendmsg", "sendto", "fchdir", "chdir", "getcwd", "openat", "openat2", "fcntl", "dup3",
	"rt_sigprocmask", "rt_sigaction", "getpid", "socket", "poll", "ppoll", "umask" ], action: "SCMP_ACT_ALLOW" } ] }' sys mkdir
line "sys mkdir=EPERM" "SEC-11 also without noNewPrivileges"

t "values"
while read -r path value; do
	[ -n "$path" ] || continue
	run "$(seccomp "$value")" say never
	fails "config\.json:[0-9]+:[0-9]+: linux\.seccomp\.?$path" "SEC-01 SEC-03 SEC-04 SEC-06 SEC-07 SEC-08 SEC-09 $value is refused"
done <<'END'
defaultAction {}
defaultAction { defaultAction: "BOGUS" }
defaultAction { defaultAction: 7 }
defaultErrnoRet { defaultAction: "SCMP_ACT_ALLOW", defaultErrnoRet: 38 }
defaultErrnoRet { defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: -1 }
architectures { defaultAction: "SCMP_ACT_ALLOW", architectures: [ "BOGUS" ] }
architectures { defaultAction: "SCMP_ACT_ALLOW", architectures: "SCMP_ARCH_X86" }
flags { defaultAction: "SCMP_ACT_ALLOW", flags: [ "BOGUS" ] }
syscalls { defaultAction: "SCMP_ACT_ALLOW", syscalls: [ { names: [], action: "SCMP_ACT_ERRNO" } ] }
syscalls { defaultAction: "SCMP_ACT_ALLOW", syscalls: [ { action: "SCMP_ACT_ERRNO" } ] }
syscalls { defaultAction: "SCMP_ACT_ALLOW", syscalls: [ { names: [ "mkdir" ] } ] }
syscalls { defaultAction: "SCMP_ACT_ALLOW", syscalls: [ { names: [ "mkdir" ], action: "BOGUS" } ] }
syscalls { defaultAction: "SCMP_ACT_ALLOW", syscalls: [ { names: [ "mkdir" ], action: "SCMP_ACT_ALLOW", errnoRet: 5 } ] }
syscalls { defaultAction: "SCMP_ACT_ALLOW", syscalls: [ { names: [ "mkdir" ], action: "SCMP_ACT_KILL", errnoRet: 5 } ] }
syscalls { defaultAction: "SCMP_ACT_ALLOW", syscalls: [ { names: [ "mkdir" ], action: "SCMP_ACT_ERRNO", args: [ { index: 6, value: 1, op: "SCMP_CMP_EQ" } ] } ] }
syscalls { defaultAction: "SCMP_ACT_ALLOW", syscalls: [ { names: [ "mkdir" ], action: "SCMP_ACT_ERRNO", args: [ { index: 0, value: 1, op: "BOGUS" } ] } ] }
syscalls { defaultAction: "SCMP_ACT_ALLOW", syscalls: [ { names: [ "mkdir" ], action: "SCMP_ACT_ERRNO", args: [ { index: 0, value: -1, op: "SCMP_CMP_EQ" } ] } ] }
syscalls { defaultAction: "SCMP_ACT_ALLOW", syscalls: [ { names: [ "mkdir" ], action: "SCMP_ACT_ERRNO", args: [ { index: 0, op: "SCMP_CMP_EQ" } ] } ] }
listenerMetadata { defaultAction: "SCMP_ACT_ALLOW", listenerMetadata: "x" }
END

t "names and architectures"
run "$(rules '{ names: [ "no_such_call", "mkdir" ], action: "SCMP_ACT_ERRNO" }')" sys mkdir
line "sys mkdir=EPERM" "SEC-06 an unknown name is passed over"
is "$err" "" "SEC-06 without a word, as profiles of engines have names for many kernels"
cl --log-level info run -b "$B" "$ID.info"
like "$err" 'info: .*linux\.seccomp.*: unknown system call "no_such_call" is left out' "SEC-06 with one at the level of info"
run "$(seccomp '{ defaultAction: "SCMP_ACT_ALLOW", architectures: [ "SCMP_ARCH_X86", "SCMP_ARCH_X32" ], syscalls: [ { names: [ "mkdir" ], action: "SCMP_ACT_ERRNO" } ] }')" \
	sys mkdir
like "$rc:$out" "^0:sys mkdir=EPERM" "SEC-03 the native architecture is always filtered"
run "$(seccomp '{ defaultAction: "SCMP_ACT_ALLOW", syscalls: [ { names: [ "mkdir" ], action: "SCMP_ACT_ERRNO" } ] }')" sys mkdir
line "sys mkdir=EPERM" "SEC-03 architectures absent"

t "arguments"
arg() { rules "{ names: [ \"personality\" ], action: \"SCMP_ACT_ERRNO\", errnoRet: 38, args: [ $1 ] }"; }
while IFS='|' read -r op value two hit miss; do
	[ -n "$op" ] || continue
	run "$(arg "{ index: 0, value: $value, valueTwo: $two, op: \"SCMP_CMP_$op\" }")" sys "personality:$hit" , sys "personality:$miss"
	like "$out" "sys personality:$hit=ENOSYS"$'\n'"sys personality:$miss=[^E]*(OK|EINVAL)" "SEC-09 $op"
done <<'END'
EQ|8|0|8|0xffffffff
NE|4294967295|0|8|0xffffffff
LT|5|0|4|0xffffffff
LE|5|0|5|0xffffffff
GT|4294967290|0|0xffffffff|0
GE|4294967295|0|0xffffffff|0
MASKED_EQ|15|8|8|0xffffffff
END
run "$(rules '{ names: [ "ioctl" ], action: "SCMP_ACT_ERRNO", errnoRet: 38, args: [ { index: 0, value: 77, op: "SCMP_CMP_EQ" }, { index: 1, value: 21522, op: "SCMP_CMP_EQ" } ] }')" \
	sys ioctl:77:21522 , sys ioctl:78:21522 , sys ioctl:77:1
lines "sys ioctl:77:21522=ENOSYS
sys ioctl:78:21522=EBADF
sys ioctl:77:1=EBADF" "SEC-09 several conditions must all hold"
run "$(rules '{ names: [ "ioctl" ], action: "SCMP_ACT_ERRNO", errnoRet: 38, args: [ { index: 1, value: 1, op: "SCMP_CMP_EQ" }, { index: 1, value: 2, op: "SCMP_CMP_EQ" } ] }')" \
	sys ioctl:77:1 , sys ioctl:77:2 , sys ioctl:77:3
lines "sys ioctl:77:1=ENOSYS
sys ioctl:77:2=ENOSYS
sys ioctl:77:3=EBADF" "SEC-09 the same argument twice: either"
conf "$(arg '{ index: 0, value: "@@", op: "SCMP_CMP_EQ" }')" sys personality:0xffffffffffffffff
new_id
sed -i 's/"@@"/18446744073709551615/' "$B/config.json"
rerun
line "sys personality:0xffffffffffffffff=ENOSYS" "SEC-09 the value 2^64-1"
run "$(rules '{ names: [ "ioctl" ], action: "SCMP_ACT_ERRNO", errnoRet: 38, args: [ { index: 1, value: 4294967295, valueTwo: 21522, op: "SCMP_CMP_MASKED_EQ" } ] }')" \
	sys ioctl:77:0x5412 , sys ioctl:77:0x100005412
lines "sys ioctl:77:0x5412=ENOSYS
sys ioctl:77:0x100005412=ENOSYS" "SEC-09 a masked comparison is not fooled by high bits"


t "arguments of 64 bits"
# the mask asks for the low half only: one, where the command of ioctl(2) is an int
run "$(rules '{ names: [ "ioctl" ], action: "SCMP_ACT_ERRNO", errnoRet: 38, args: [ { index: 1, value: 4294967295, valueTwo: 21522, op: "SCMP_CMP_MASKED_EQ" } ] }')" \
	sys ioctl:77:0x5412 , sys ioctl:77:0xffffffff00005412 , sys ioctl:77:0x5413 , sys ioctl:77:0x15412
lines "sys ioctl:77:0x5412=ENOSYS
sys ioctl:77:0xffffffff00005412=ENOSYS
sys ioctl:77:0x5413=EBADF
sys ioctl:77:0x15412=EBADF" "SEC-09 a mask of the low half"
# wide OP VALUE VALUE-TWO ARGUMENT... - jq would round numbers of more than 53 bits
wide() {
	local calls=() c
	for c in "${@:4}"; do calls+=("," sys "ioctl:77:$c"); done
	new_id
	conf "$(rules "{ names: [ \"ioctl\" ], action: \"SCMP_ACT_ERRNO\", errnoRet: 38, args: [ { index: 1, value: \"@1\", valueTwo: \"@2\", op: \"SCMP_CMP_$1\" } ] }")" \
		"${calls[@]:1}"
	sed -i "s/\"@1\"/$(printf %u "$2")/; s/\"@2\"/$(printf %u "$3")/" "$B/config.json"
	rerun
}
wide MASKED_EQ 0xffffffff00000000 0x8000000100000000 0x8000000100000001 0x80000001ffffffff 0x8000000000000001 0x0000000100000001
lines "sys ioctl:77:0x8000000100000001=ENOSYS
sys ioctl:77:0x80000001ffffffff=ENOSYS
sys ioctl:77:0x8000000000000001=EBADF
sys ioctl:77:0x0000000100000001=EBADF" "SEC-09 a mask of the high half"
wide EQ 0x8000000100000001 0 0x8000000100000001 0x8000000100000000 0x0000000100000001 0x1
lines "sys ioctl:77:0x8000000100000001=ENOSYS
sys ioctl:77:0x8000000100000000=EBADF
sys ioctl:77:0x0000000100000001=EBADF
sys ioctl:77:0x1=EBADF" "SEC-09 equal is equal in all 64 bits"
wide GT 0x8000000000000000 0 0x8000000000000001 0xffffffffffffffff 0x8000000000000000 0x7fffffffffffffff
lines "sys ioctl:77:0x8000000000000001=ENOSYS
sys ioctl:77:0xffffffffffffffff=ENOSYS
sys ioctl:77:0x8000000000000000=EBADF
sys ioctl:77:0x7fffffffffffffff=EBADF" "SEC-09 greater is an unsigned comparison"

t "more of names, architectures and flags"
run "$(seccomp '{ defaultAction: "SCMP_ACT_ALLOW", architectures: [ "SCMP_ARCH_M68K" ] }')" say never
fails "SCMP_ARCH_M68K" "SEC-03 an architecture that the filter cannot have is an error"
run "$(seccomp '{ defaultAction: "SCMP_ACT_ALLOW", flags: [ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" ] }')" say ok
like "$rc:$out" "^0:ok|^1:" "SEC-04 SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"
run 'del(.linux.seccomp)' read /proc/self/status
before=$(grep -o 'Speculation_Store_Bypass:[^\\]*' <<<"$out")
run "$(seccomp '{ defaultAction: "SCMP_ACT_ALLOW", flags: [ "SECCOMP_FILTER_FLAG_SPEC_ALLOW" ], syscalls: [ { names: [ "mkdir" ], action: "SCMP_ACT_ERRNO" } ] }')" read /proc/self/status
is "$(grep -o 'Speculation_Store_Bypass:[^\\]*' <<<"$out")" "$before" "SEC-05 SPEC_ALLOW leaves speculation as it is"
for a in '{ names: [ 7 ], action: "SCMP_ACT_ERRNO" }' '{ names: "mkdir", action: "SCMP_ACT_ERRNO" }' '7'; do
	run "$(seccomp "{ defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [ $a ] }")" say never
	fails "config\.json:[0-9]+:[0-9]+: linux\.seccomp\.syscalls\[0\]" "SEC-06 syscall $a is refused"
done
run "$(seccomp '{ defaultAction: "SCMP_ACT_ALLOW", syscalls: [] }')" say ok
is "$rc:$out" "0:ok" "SEC-06 there may be no syscalls"
run "$(seccomp '{ defaultAction: "SCMP_ACT_ERRNO", syscalls: [ { names: [ range(3) | "execve", "write" ], action: "SCMP_ACT_ALLOW" },
	{ names: [ "execve", "exit_group", "write", "brk", "mmap", "mprotect", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "readlink",
	"getrandom", "newfstatat", "poll", "fcntl", "rt_sigaction", "prctl" ], action: "SCMP_ACT_ALLOW" } ] }')" say ok
is "$rc:$out" "0:ok" "SEC-07 names that come twice"

t "nothing but execve"
# init has no way to say anything after the filter is there, not even by its exit status
only='.linux.seccomp = { defaultAction: "SCMP_ACT_KILL_PROCESS", syscalls: [ { names: [ "execve" ], action: "SCMP_ACT_ALLOW" } ] }'
errno='.linux.seccomp = { defaultAction: "SCMP_ACT_ERRNO", syscalls: [ { names: [ "execve" ], action: "SCMP_ACT_ALLOW" } ] }'
printf '#!/no/such/interpreter\n' >"$B/rootfs/bin/script"
chmod 755 "$B/rootfs/bin/script"
for f in "$only" "$errno"; do
	run "$f | .process.args = [ \"/bin/script\" ]"
	fails "exec.*no such file" "SEC-11 run says why the program was not executed"
	create "$f | .process.args = [ \"/bin/script\" ]"
	succeeds "SEC-11 create knows nothing of it yet"
	init_pid
	start
	fails "exec.*no such file" "SEC-11 start says why the program was not executed"
done
run "$only" say never
is "$rc:$out" "159:" "SEC-11 the filter is in force from the first instruction of the program"
for a in KILL KILL_THREAD KILL_PROCESS TRAP; do
	run ".linux.seccomp = { defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [ { names: [ \"execve\" ], action: \"SCMP_ACT_$a\" } ] }" say never
	refused linux.seccomp "kills at execve" "SEC-11 LIFE-10 a filter that kills at execve is refused: $a"
done
create '.linux.seccomp = { defaultAction: "SCMP_ACT_KILL", syscalls: [ { names: [ "write", "clone3" ], action: "SCMP_ACT_ALLOW" } ] }' say never
refused linux.seccomp "kills at execve" "SEC-11 LIFE-10 also when it is what the default action does"

t "flags"
for f in SECCOMP_FILTER_FLAG_TSYNC SECCOMP_FILTER_FLAG_LOG SECCOMP_FILTER_FLAG_SPEC_ALLOW; do
	run "$(seccomp "{ defaultAction: \"SCMP_ACT_ALLOW\", flags: [ \"$f\" ], syscalls: [ { names: [ \"mkdir\" ], action: \"SCMP_ACT_ERRNO\" } ] }")" sys mkdir
	line "sys mkdir=EPERM" "SEC-04 $f"
done
run "$(seccomp '{ defaultAction: "SCMP_ACT_ALLOW", flags: [], syscalls: [ { names: [ "mkdir" ], action: "SCMP_ACT_ERRNO" } ] }')" sys mkdir , read /proc/self/status
like "$out" "sys mkdir=EPERM" "SEC-05 flags empty"

t "system calls newer than the profile"
run '.linux.seccomp = { defaultAction: "SCMP_ACT_ERRNO", syscalls: [ { names: [ '"$basic"' ], action: "SCMP_ACT_ALLOW" } ] }' sys 999
line "sys 999=ENOSYS" "SEC-11 a system call that did not exist when the filter was made is ENOSYS"

t "listener"
run "$(rules '{ names: [ "mkdir" ], action: "SCMP_ACT_NOTIFY" }')" say never
fails "config\.json:[0-9]+:[0-9]+: linux\.seccomp.*listenerPath" "SEC-12 NOTIFY without a listenerPath is refused"
run '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/no/such/socket" }' say ok
is "$rc:$out" "0:ok" "SEC-13 listenerPath without NOTIFY is not used"
run '.linux.seccomp = { defaultAction: "SCMP_ACT_NOTIFY" }' say never
fails "config\.json:[0-9]+:[0-9]+: linux\.seccomp\.defaultAction: must not be SCMP_ACT_NOTIFY without listenerPath" \
	"SEC-12 NOTIFY as the default action, too"

finish
