# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# lib.sh - harness of the black-box tests: the first line of every tests/cli/TOPIC.t sources it
#
# A test file runs again inside namespaces of its own (mount, pid, uts, ipc, net and, in the pure view, cgroup), so that it can
# neither disturb the host nor other test files, and so that "nothing is left behind" is exact: the process list, mount table and
# cgroup tree it sees contain nothing foreign. What survives it is killed with its pid namespace.
#
#   CRUN_LITE=FILE  the runtime under test (default: build/release/crun-lite of this tree)
#   KEEP=1          keep the work directory; V=1 show every command and its output; V=2 trace the shell too
#   MUST_RUN=1      a skipped test is a failed test
#   LIMIT=100 FILE_LIMIT=1800   seconds that a command and a test file may take. They end what hangs, and nothing that is
#                   only slow: the tests pass where forty other processes want the processors
#   LENIENT=1       accept any wording of an error: for a look at how another runtime does
#   VIEW=host       set by a test file before sourcing: leave the host's cgroup mounts as they are
#
# Variables for tests: W work directory, B bundle, STATE state directory (--root), ID container, CG cgroup directory below which the
# containers live, rc out err of the last command. See tests/README.md for the functions.

export LC_ALL=C
cli_dir=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
top=${cli_dir%/tests/cli}
: "${CRUN_LITE:=$top/build/release/crun-lite}" "${V:=0}" "${KEEP:=0}" "${MUST_RUN:=0}" "${LENIENT:=0}" "${VIEW:=pure}"
: "${TEST_BIN:=$top/build/tests}"
export CRUN_LITE V KEEP MUST_RUN LENIENT VIEW TEST_BIN
. "$top/tests/controllers.sh"

# --- outside: build the programs, make a cgroup, enter the namespaces -----------------------------------------------------------

# fail_all REASON - the whole file fails: what it needs and every machine can have is not there
fail_all() {
	echo "1..1"
	echo "not ok 1 - $1"
	exit 1
}

# skip_all REASON - the whole file, for a reason of tests/skips
skip_all() {
	[ "$MUST_RUN" = 0 ] || fail_all "skipped: $1"
	echo "1..0 # SKIP $1"
	exit 0
}

build_programs() {
	local p
	mkdir -p "$TEST_BIN"
	exec 9>"$TEST_BIN/.lock"
	flock 9
	for p in probe aid; do
		[ "$TEST_BIN/$p" -nt "$cli_dir/$p.c" ] && [ "$TEST_BIN/$p" -nt "$cli_dir/probe_try.h" ] && continue
		gcc -std=gnu17 -D_GNU_SOURCE -iquote "$top/include" -static -O2 -s -o "$TEST_BIN/$p" "$cli_dir/$p.c" || exit 1
	done
	exec 9>&-
}

# leave - remove what enter has made, and give the controllers back; also when this shell is interrupted
# shellcheck disable=SC2317
leave() {
	local group=$CLT_GROUP
	echo 1 >"$group/cgroup.kill"
	"$TEST_BIN/aid" wait-empty "$group"
	find "$group" -depth -type d -exec rmdir {} +
	controllers_return
	if [ "$KEEP" = 1 ]; then echo "# kept: $W"; else rm -rf "$W"; fi
}

enter() {
	local cg2 lend=hugetlb
	[ "$(id -u)" = 0 ] || skip_all "host: not root"
	[ -x "$CRUN_LITE" ] || fail_all "no runtime at $CRUN_LITE"
	cg2=$(cgroup2_mount) || skip_all "host: no cgroup2 file system is mounted"
	build_programs
	export CLT_INSIDE=1 CLT_GROUP=$cg2/crun-lite-test.$$
	W=$(mktemp -d "${TMPDIR:-/tmp}/crun-lite-test.XXXXXX") || exit 1
	export W
	# where the runtime sees the root, it hands down every controller that the root has
	[ "$VIEW" = pure ] || lend=all
	controllers_borrow "$lend" || exit 1
	trap leave EXIT
	mkdir -p "$CLT_GROUP/self" || exit 1
	if [ "$VIEW" = pure ]; then
		# the cgroup namespace begins at the group, while the processes are below it
		timeout --foreground -s KILL "${FILE_LIMIT:-1800}" bash -c 'echo $$ >"$CLT_GROUP/cgroup.procs" && exec unshare -C "$@"' - \
			bash -c 'echo $$ >"$CLT_GROUP/self/cgroup.procs" && exec "$@"' - \
			unshare -mpuin -f --kill-child --propagation private bash "$0" 8>&-
	else
		timeout --foreground -s KILL "${FILE_LIMIT:-1800}" bash -c 'echo $$ >"$CLT_GROUP/self/cgroup.procs" && exec "$@"' - \
			unshare -mpuin -f --kill-child --propagation private bash "$0" 8>&-
	fi
	exit
}

[ "${CLT_INSIDE-}" = 1 ] || enter

# --- inside: the world of one test file ------------------------------------------------------------------------------------------

base_config() {
	cat <<-'END'
	{
		"ociVersion": "1.2.0",
		"process": {
			"user": { "uid": 0, "gid": 0 },
			"args": [ "/bin/probe" ],
			"env": [ "PATH=/bin", "TERM=xterm" ],
			"cwd": "/",
			"capabilities": {
				"bounding": [ "CAP_CHOWN", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_MKNOD", "CAP_SETUID" ],
				"effective": [ "CAP_CHOWN", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_MKNOD", "CAP_SETUID" ],
				"permitted": [ "CAP_CHOWN", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_MKNOD", "CAP_SETUID" ]
			},
			"noNewPrivileges": true
		},
		"root": { "path": "rootfs" },
		"hostname": "inside",
		"mounts": [
			{ "destination": "/proc", "type": "proc", "source": "proc" },
			{ "destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": [ "nosuid", "strictatime", "mode=755", "size=64k" ] },
			{ "destination": "/dev/pts", "type": "devpts", "source": "devpts",
				"options": [ "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620" ] },
			{ "destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": [ "nosuid", "noexec", "nodev", "mode=1777" ] },
			{ "destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": [ "nosuid", "noexec", "nodev" ] },
			{ "destination": "/sys", "type": "sysfs", "source": "sysfs", "options": [ "nosuid", "noexec", "nodev", "ro" ] },
			{ "destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
				"options": [ "nosuid", "noexec", "nodev", "relatime", "ro" ] }
		],
		"linux": {
			"namespaces": [ { "type": "pid" }, { "type": "network" }, { "type": "ipc" }, { "type": "uts" }, { "type": "mount" },
				{ "type": "cgroup" } ],
			"maskedPaths": [ "/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware" ],
			"readonlyPaths": [ "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger" ]
		}
	}
	END
}

# own_tmp - a /tmp that nobody outside of this file sees, with the work directory in its place
own_tmp() {
	exec 8<"$W"
	mount -t tmpfs -o mode=1777 tmpfs /tmp
	mkdir -p "$W"
	mount -c --bind /proc/self/fd/8 "$W"
	exec 8<&-
}

# base_rootfs - the files of the template: the probe and a shell
base_rootfs() {
	local r=$W/template/rootfs a
	mkdir -p "$r"/{bin,dev,etc,proc,sys,tmp,mnt,root,run}
	chmod 1777 "$r/tmp"
	cp "$TEST_BIN/probe" "$r/bin/probe"
	cp "$(command -v busybox)" "$r/bin/busybox"
	for a in sh cat echo ls true false sleep env id pwd touch mkdir mount umount kill head tail grep ps stat sync ln rm mv; do
		ln -s busybox "$r/bin/$a"
	done
	echo "root:x:0:0::/root:/bin/sh" >"$r/etc/passwd"
}

settle() {
	mount -t proc proc /proc
	chmod 755 "$W"
	[ "$KEEP" = 1 ] || mount -t tmpfs -o mode=755 tmpfs "$W"
	cgbase=
	if [ "$VIEW" = pure ]; then
		umount -R /sys/fs/cgroup
		mount -t cgroup2 cgroup2 /sys/fs/cgroup
		CG=/sys/fs/cgroup
	else
		CG=$CLT_GROUP cgbase=/${CLT_GROUP##*/}
	fi
	hostname outside
	STATE=$W/state AID=$TEST_BIN/aid
	mkdir "$W/b"
	base_rootfs
	base_config >"$W/base.json"
	cd "$W" || exit 1
}

[ "$V" = 2 ] && set -x
shopt -s nullglob globstar
settle
serial=0 jobs_running=() ID='' B=''

. "$cli_dir/tap.sh"

# --- what a test says of the last command -----------------------------------------------------------------------------------------------

# kernel VERSION - is it at least that?
kernel() { [ "$(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n 1)" = "$1" ]; }
# may a container without a mount namespace have mounts?
lone_mounts=true
kernel 6.15 || lone_mounts=false

# line LINE DESCRIPTION - out has exactly this line (and the command succeeded); lines = several, newline between them
line() { lines "$1" "$2"; }
lines() {
	local l missing=()
	while IFS= read -r l; do
		[[ $'\n'$out$'\n' = *$'\n'"$l"$'\n'* ]] || missing+=("missing: $l")
	done <<<"$1"
	if [ ${#missing[@]} = 0 ] && [ "$rc" = 0 ]; then pass "$2"; else fail "$2" "${missing[@]}"; fi
}

# val KEY - the value of "KEY=value" in out, in REPLY; fails when there is none
val() {
	local l
	REPLY=
	while IFS= read -r l; do
		[[ "$l" = "$1="* ]] && REPLY=${l#"$1="} && return 0
	done <<<"$out"
	return 1
}

# value KEY WANT DESCRIPTION; value_like KEY REGEX DESCRIPTION
value() { val "$1"; is "$REPLY" "$2" "$3"; }
value_like() { val "$1"; like "$REPLY" "$2" "$3"; }

# fails REGEX DESCRIPTION - the last command ended with an ordinary error that says REGEX, and the container is not there
fails() {
	[ "$LENIENT" = 1 ] && set -- . "$2"
	if [ "$rc" = 0 ] || [ "$rc" -ge 124 ]; then fail "$2" "want an error"
	elif [[ ! "$err" =~ $1 ]]; then fail "$2" "want stderr: /$1/"
	elif [ -e "$STATE/$ID" ]; then fail "$2" "left behind: $STATE/$ID"
	else pass "$2"; fi
}

# refused JSON-PATH REGEX DESCRIPTION - config.json is refused: exit status 1 and "config.json:LINE:COLUMN: JSON-PATH: REGEX"
refused() {
	local path=${1//./\\.}
	path=${path//[/\\[}
	path=${path//]/\\]}
	fails "config\.json:[0-9]+:[0-9]+: $path: .*$2" "$3"
}

# missing JSON-PATH DESCRIPTION - config.json is refused because this property is not there
missing() { refused "$1" "is missing" "$2"; }

# warns REGEX DESCRIPTION - it succeeded and said so on standard error
warns() {
	[ "$LENIENT" = 1 ] && set -- "" "$2"
	if [ "$rc" = 0 ] && [[ "$err" =~ $1 ]]; then pass "$2"; else fail "$2" "want exit status 0 and stderr: /$1/"; fi
}

# --- what must be the same before and after -----------------------------------------------------------------------------------------

# others - pids of processes that are neither this shell, nor jobs of it, nor ended and only not yet reaped
others() {
	local p s j
	REPLY=
	for p in /proc/[0-9]*; do
		p=${p#/proc/}
		[ "$p" = $$ ] && continue
		for j in "${jobs_running[@]}"; do [ "$p" = "$j" ] && continue 2; done
		{ read -r s <"/proc/$p/stat"; } 2>/dev/null || continue
		[[ "$s" = *") Z "* || "$s" = *") X "* ]] || REPLY+="$p "
	done
}

# linger - others, once they have had the time to end: who has been killed may still be on its way out, and is not in its cgroup any more
linger() {
	local p
	others
	for p in $REPLY; do "$AID" wait-pid "$p"; done
	others
}

# mount_changes TABLE - how the mount table is another one than that, in REPLY. The copies of what others had mounted on the host when
# the test began go with its directories, when these are removed there, and move with them.
mount_changes() {
	local side id parent device root point rest changes='' moved=' '
	slurp /proc/self/mountinfo
	[ "$REPLY" != "$1" ] || { REPLY='' && return; }
	while read -r side id parent device root point rest; do
		case $side in
		'<') [ -e "$(printf %b "$point")" ] || { moved+="$id " && continue; } ;;
		'>') [[ "$moved" != *" $id "* ]] || continue ;;
		*) continue ;;
		esac
		changes+="$side $id $parent $device $root $point $rest"$'\n'
	done < <(diff <(echo "$1") <(echo "$REPLY") | sort)
	REPLY=$changes
}

# leaks - everything that is there now and was not at the beginning, one a line, in REPLY
leaks() {
	local found='' p dirs
	mount_changes "$mounts_before"
	[ -z "$REPLY" ] || found+="mount table: $REPLY"
	dirs=("$CG"/**/)
	[ "${dirs[*]}" = "$cgroups_before" ] || found+="cgroups: ${dirs[*]}"$'\n'
	dirs=("$STATE"/*)
	[ ${#dirs[@]} = 0 ] || found+="state: ${dirs[*]}"$'\n'
	if [ ${#jobs_running[@]} = 0 ]; then
		linger
		for p in $REPLY; do
			tr '\0' ' ' <"/proc/$p/cmdline" >"$W/cmdline"
			slurp "$W/cmdline"
			found+="process $p: $REPLY"$'\n'
		done
	fi
	REPLY=$found
}

# sweep - delete the containers of the test that ends, stop its jobs, and look for what it left behind
sweep() {
	local d j p
	for d in "$STATE"/*; do
		timeout --foreground -s KILL "${LIMIT:-100}" "$CRUN_LITE" --root "$STATE" delete --force -- "${d##*/}" >"$W/out" 2>"$W/err" </dev/null ||
			{ rc=$? && slurp "$W/err" && err=$REPLY && fail "delete --force ${d##*/}"; }
	done
	for j in "${jobs_running[@]}"; do
		kill -KILL "$j" 2>/dev/null
		wait "$j" 2>/dev/null
	done
	jobs_running=()
	leaks
	if [ -n "$REPLY" ]; then
		fail "nothing is left behind by: ${title:-$last}" "$REPLY"
		# go on with a clean table: all of these processes and cgroups are ours
		others
		for p in $REPLY; do kill -KILL "$p" && "$AID" wait-pid "$p"; done
		for p in "$CG"/**/; do [[ " $cgroups_before " = *" $p "* ]] || echo 1 >"$p/cgroup.kill"; done
		find "$CG" -mindepth 1 -depth -type d ! -name self -exec rmdir {} + 2>/dev/null
		rm -rf "${STATE:?}"/*
		slurp /proc/self/mountinfo && mounts_before=$REPLY
		dirs=("$CG"/**/) && cgroups_before=${dirs[*]}
	fi
}

# t TITLE - a test begins: the one before is swept, and there is a new bundle
t() {
	sweep
	title=$1
	[ "$V" = 0 ] || note "--- $1"
	bundle
}

# finish - the last line of every test file
finish() {
	sweep
	title="this file"
	[ $failures -gt 0 ] || pass "nothing is left behind: mounts, cgroups, processes, state"
	echo "1..$total"
	exit $((failures > 0))
}

# --- containers --------------------------------------------------------------------------------------------------------------------

# bundle - a fresh one in B: rootfs and the base configuration
bundle() {
	B=$W/b/$((++serial))
	cp -al "$W/template" "$B"
	cp "$W/base.json" "$B/config.json"
}

# conf FILTER [PROBE-ARGUMENT...] - write config.json: the base changed by the jq filter; the arguments, if any, are those of the probe
conf() {
	local filter=${1:-.}
	shift
	jq --arg id "$ID" --arg base "$cgbase" --arg b "$B" --arg w "$W" '
		def opt(d; o): .mounts |= map(if .destination == d then .options += o else . end);
		def nomount(d): .mounts |= map(select(.destination != d));
		def mnt(d; t; o): .mounts += [ { destination: d, type: t, source: t, options: o } ];
		def bind(d; s; o): .mounts += [ { destination: d, source: s, options: (["bind"] + o) } ];
		def nons(t): .linux.namespaces |= map(select(.type != t));
		def nomntns: nons("mount") | if '$lone_mounts' then . else .mounts = [] end;
		def ns(t): .linux.namespaces += [ { type: t } ];
		def userns: ns("user") | .linux.uidMappings = [ { containerID: 0, hostID: 100000, size: 65536 } ]
			| .linux.gidMappings = .linux.uidMappings;
		def caps(l): .process.capabilities = { bounding: l, effective: l, permitted: l };
		.linux.cgroupsPath = $base + "/" + $id
		| if $ARGS.positional != [] then .process.args = ["/bin/probe"] + $ARGS.positional else . end
		| '"$filter" "$W/base.json" --args "$@" >"$B/config.json" || fail "jq: $filter"
}

new_id() { ID=c$((++serial)); }

# cl ARGUMENT... - the runtime; sets rc, out, err
# The files are not those of the command before, which a container in the background may be writing to.
cl() { rm -f "$W/out" "$W/err" && execute "$W/out" "$W/err" ${PREFIX[@]+"${PREFIX[@]}"} "$CRUN_LITE" --root "$STATE" "$@"; }

# run FILTER [PROBE-ARGUMENT...] - a new container in the foreground; RUN holds more options
run() {
	[ -n "$B" ] || bundle
	new_id
	conf "$@"
	cl run -b "$B" ${RUN[@]+"${RUN[@]}"} "$ID"
}

# rerun - once more with config.json as it is (written by hand or by conf)
rerun() {
	[ -n "$ID" ] || new_id
	cl run -b "$B" ${RUN[@]+"${RUN[@]}"} "$ID"
}

# create FILTER [PROBE-ARGUMENT...] - a new container; its output goes to $B/out and $B/err
create() {
	[ -n "$B" ] || bundle
	new_id
	conf "$@"
	recreate
}

recreate() {
	execute "$B/out" "$B/err" ${PREFIX[@]+"${PREFIX[@]}"} "$CRUN_LITE" --root "$STATE" create -b "$B" ${RUN[@]+"${RUN[@]}"} "$ID"
}

start() { cl start "$ID"; }

# state FILTER - of the container, through jq, in REPLY
state() {
	cl state "$ID"
	REPLY=$(jq -r "$1" 2>/dev/null <"$W/out")
}

# status_is WANT DESCRIPTION
status_is() { state .status; is "$REPLY" "$1" "$2"; }

init_pid() { state .pid; PID=$REPLY; }

# said TEXT - wait until the container's output has the text
said() { "$AID" wait-text "$B/out" "$1"; }

# ended - wait until the container's init (PID, from init_pid) is gone, then read its output into out and err
ended() {
	"$AID" wait-pid "$PID"
	slurp "$B/out" && out=$REPLY
	slurp "$B/err" && err=$REPLY
}

# job COMMAND... - in the background until the end of the test; its output goes to $W/job.N; sets JOB (pid) and JOBOUT
job() {
	JOBOUT=$W/job.$((++serial))
	: >"$JOBOUT"
	[ "$V" = 0 ] || note "+ $* &"
	"$@" >"$JOBOUT" 2>&1 </dev/null &
	JOB=$!
	jobs_running+=("$JOB")
}

# job_said TEXT; job_ended - wait for it, its output in out
job_said() { "$AID" wait-text "$JOBOUT" "$1"; }
job_ended() {
	local left=() j
	wait "$JOB"
	rc=$?
	for j in "${jobs_running[@]}"; do [ "$j" = "$JOB" ] || left+=("$j"); done
	jobs_running=(${left[@]+"${left[@]}"})
	slurp "$JOBOUT" && out=$REPLY
}

slurp /proc/self/mountinfo && mounts_before=$REPLY
dirs=("$CG"/**/) && cgroups_before=${dirs[*]}
title='' PREFIX=() RUN=()
