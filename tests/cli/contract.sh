# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2317 # called through ok
# contract.sh - sourced behind lib.sh: replay what tests/data/contract/README describes

mount -t tmpfs -o mode=755 tmpfs /run
slurp /proc/self/mountinfo && mounts_before=$REPLY
mkfifo "$W/fifo"
exec 9<>"$W/fifo"

# expand TEXT - the places in it, in REPLY
expand() {
	REPLY=${1//@ID/$ID}
	REPLY=${REPLY//@B/$B}
	REPLY=${REPLY//@U/$U}
	REPLY=${REPLY//@S/$socket}
	REPLY=${REPLY//@W/$W}
	REPLY=${REPLY//@R/$STATE}
}

# query FILTER - of the state, without changing the output of the call
query() { REPLY=$("$CRUN_LITE" --root "$STATE" state "$ID" 2>/dev/null | jq -r "$1"); }

# open_fds PID N - has it that many descriptors?
open_fds() {
	local fds=("/proc/$1/fd"/*)
	[ ${#fds[@]} = "$2" ]
}

# last_error FILE TEXT
last_error() {
	tail -n 1 "$1" | jq -e --arg text "$2" '.level == "error" and (.msg | contains($text)) and (.time | length > 18)'
}

# a line in the form that go-runc and Docker take apart
is_version() {
	local number='[0-9]+\.[0-9]+\.[0-9]+' line=$'[^\n]*\n'
	[[ "$out" =~ ^[a-z-]+\ version\ $number(${line}commit:\ [0-9a-z]+)?${line}spec:\ $number ]]
}

is_features() {
	jq -e '(.ociVersionMin | test("^1\\.")) and (.ociVersionMax | test("^1\\.")) and (.hooks | index("createRuntime") != null)
		and (.mountOptions | index("rro") != null) and (.linux.namespaces | index("user") != null)
		and (.linux.capabilities | index("CAP_CHOWN") != null) and .linux.cgroup.v2 and .linux.seccomp.enabled
		and (.linux.mountExtensions.idmap.enabled | type == "boolean")' <<<"$out"
}

is_state() {
	jq -e --arg id "$ID" --arg bundle "$B" --arg status "$1" '.id == $id and .bundle == $bundle and .status == $status
		and (.ociVersion | test("^1\\.")) and (.pid | type == "number") and ((.pid == 0) == ($status == "stopped"))
		and .rootfs == $bundle + "/rootfs" and (.created | test("^[0-9-]+T[0-9:]+(\\.[0-9]+)?Z$")) and has("owner")' <<<"$out"
}

# check WORD ARGUMENT... - see tests/data/contract/README
check() {
	case $1 in
	quiet) is "$out$err" "" "$what: says nothing" ;;
	pid)
		slurp "$2"
		local pid=$REPLY
		ok "$what: $2 names a process" test -d "/proc/$pid"
		[ "${3-}" = init ] || return
		PID=$pid
		query .pid
		is "$REPLY" "$pid" "$what: which is the container's"
		;;
	status)
		query .status
		is "${REPLY:-none}" "$2" "$what: the container is $2"
		;;
	state) ok "$what: the state, $2" is_state "$2" ;;
	says) like "$out" "${*:2}" "$what: says ${*:2}" ;;
	error) ok "$what: says why: ${*:2}" grep -qF -- "${*:2}" "$output.err" ;;
	log) ok "$what: the log says why: ${*:3}" last_error "$2" "${*:3}" ;;
	pids) ok "$what: pids" jq -e --argjson pid "$PID" 'type == "array" and index($pid) != null' "$output.out" ;;
	fds) ok "$what: the program has $2 descriptors" open_fds "$PID" "$2" ;;
	version) ok "$what: the version" is_version ;;
	features) ok "$what: the features" is_features ;;
	*) fail "$what: unknown check $1" ;;
	esac
}

# call STATUS ARGUMENTS [| CHECK]...
call() {
	local status=$1 parts part argv
	IFS='|' read -ra parts <<<"${2//|/ | }"
	# shellcheck disable=SC2206 # words
	argv=(${parts[0]})
	what="$engine: ${2%%|*}"
	what=${what//@U\//}
	what=${what% }
	expand "${argv[*]}"
	read -ra argv <<<"$REPLY"
	output=$U/call.$((++serial)) # the program goes on writing to that of "create"
	(
		for part in $leaks; do eval "exec $part<>'$W/fifo'"; done
		execute "$output.out" "$output.err" env -i "${environment[@]}" "$CRUN_LITE" "${argv[@]}"
		exit "$rc"
	) 9>&-
	rc=$? last="${environment[*]} crun-lite ${argv[*]}"
	IN=/dev/null
	slurp "$output.out" && out=$REPLY
	slurp "$output.err" && err=$REPLY
	like "$rc" "^($status)$" "$what: exit status $status"
	for part in "${parts[@]:1}"; do
		# shellcheck disable=SC2086 # words
		[ -z "${part// /}" ] || { expand "$part" && check $REPLY; }
	done
}

# one line of a file
obey() {
	local args
	case $1 in
	'' | '#'*) ;;
	engine)
		t "$2"
		engine=$2 environment=() leaks='' PID=''
		new_id
		U=$B/calls
		mkdir "$U"
		touch "$B/rootfs/etc/passwd"
		;;
	config) conf '.process.args = [ "/bin/probe", "pause" ] | '"$2" ;;
	root)
		sweep
		expand "$2"
		STATE=$REPLY
		[ "$STATE" != default ] || STATE=/run/crun-lite
		;;
	env) read -ra environment <<<"$2" ;;
	leak) leaks=$2 ;;
	file) echo "${2#* }" >"$U/${2%% *}" ;;
	exec | exec-terminal)
		eval "args=(${2#* })"
		jq --arg word "$1" '.process | .args = $ARGS.positional | .terminal = ($word == "exec-terminal")' "$B/config.json" --args -- "${args[@]}" >"$U/${2%% *}"
		;;
	terminal)
		socket=$U/socket$((++serial))
		job "$AID" console "$socket"
		job_said ready
		;;
	stdin)
		IN=$U/in
		echo "$2" >"$IN"
		;;
	ended) "$AID" wait-pid "$PID" ;;
	call) call "${2%% *}" "${2#* }" ;;
	*) fail "unknown word $1" ;;
	esac
}

# replay FILE...
replay() {
	local file
	socket=
	for file; do
		while read -r word rest <&8; do obey "$word" "$rest"; done 8<"$file"
	done
}
