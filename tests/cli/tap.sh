# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# tap.sh - what all test files in shell share: assertions in TAP, and running a command with a deadline
#
# Sourced by lib.sh; by itself, with W set to a directory for output, where a test must not run inside lib.sh's namespaces.

: "${V:=0}" "${MUST_RUN:=0}"
total=0 failures=0 rc=0 out='' err='' last='' IN=/dev/null

# Tests kill their jobs. With a trap, which SIGKILL never runs, bash prints no "Killed" for them in the middle of the output.
# shellcheck disable=SC2173
trap : KILL

note() { printf '# %s\n' "${1//$'\n'/$'\n'# }"; }

pass() { printf 'ok %d - %s\n' $((++total)) "${1//$'\n'/\\n}"; }

# fail DESCRIPTION [WHY...]
fail() {
	local w
	printf 'not ok %d - %s\n' $((++total)) "${1//$'\n'/\\n}"
	failures=$((failures + 1))
	for w in "${@:2}"; do note "$w"; done
	if [ "$V" = 0 ]; then
		note "last command: $last"
		note "exit status $rc"
		[ -z "$out" ] || note "stdout: ${out:0:3000}"
		[ -z "$err" ] || note "stderr: ${err:0:3000}"
	fi
}

# skip DESCRIPTION REASON - the reason is a line of tests/skips
skip() {
	if [ "$MUST_RUN" = 1 ]; then
		fail "$1" "skipped: $2"
	else
		printf 'ok %d - %s # SKIP %s\n' $((++total)) "$1" "$2"
	fi
}

# is GOT WANT DESCRIPTION
is() { if [[ "$1" = "$2" ]]; then pass "$3"; else fail "$3" "got:  $1" "want: $2"; fi; }
isnt() { if [[ "$1" != "$2" ]]; then pass "$3"; else fail "$3" "got: $1"; fi; }

# like GOT REGEX DESCRIPTION
like() { if [[ "$1" =~ $2 ]]; then pass "$3"; else fail "$3" "got:  $1" "want: /$2/"; fi; }
unlike() { if [[ ! "$1" =~ $2 ]]; then pass "$3"; else fail "$3" "got: $1" "do not want: /$2/"; fi; }

# ok DESCRIPTION COMMAND... - the command's exit status decides
ok() { if "${@:2}" >/dev/null 2>&1; then pass "$1"; else fail "$1" "false: ${*:2}"; fi; }
nok() { if ! "${@:2}" >/dev/null 2>&1; then pass "$1"; else fail "$1" "true: ${*:2}"; fi; }

slurp() { IFS= read -rd '' REPLY <"$1"; REPLY=${REPLY%$'\n'}; }

# execute OUT ERR COMMAND... - with a deadline, standard input from $IN; sets rc
execute() {
	local o=$1 e=$2
	shift 2
	last="${*:1:40}"
	[ "$V" = 0 ] || note "+ $last"
	# the group is for what bash itself says of a signal
	{ timeout --foreground -s KILL "${LIMIT:-100}" "$@" >"$o" 2>"$e" <"${IN:-/dev/null}"; } 2>/dev/null
	rc=$?
	slurp "$o" && out=$REPLY
	slurp "$e" && err=$REPLY
	out=${out%"${out##*[!$'\n']}"}
	[ "$V" = 0 ] || note "exit status $rc"$'\n'"$out"$'\n'"$err"
}

# spin COMMAND... - until it succeeds, for what nothing tells of; with a deadline
spin() {
	local end=$((SECONDS + ${LIMIT:-100} + 1))
	until "$@"; do [ $SECONDS -lt $end ] || return 1; done
}

succeeds() { if [ "$rc" = 0 ]; then pass "$1"; else fail "$1"; fi; }

# e COMMAND... - for engines: run it; eok DESCRIPTION COMMAND...: it succeeds; esays TEXT DESCRIPTION COMMAND...: it succeeds and
# prints TEXT; efails RC REGEX DESCRIPTION COMMAND...: it ends with this status and says so
e() { execute "$W/out" "$W/err" "$@"; }

eok() {
	e "${@:2}"
	succeeds "$1"
}

esays() {
	e "${@:3}"
	if [ "$rc" = 0 ] && [[ "$out" == *"$1"* ]]; then pass "$2"; else fail "$2" "want exit status 0 and: $1"; fi
}

# soon TEXT DESCRIPTION COMMAND... - esays, once it does: for what an engine does in its own time
soon() {
	spin prints "$1" "${@:3}"
	if [ "$rc" = 0 ] && [[ "$out" == *"$1"* ]]; then pass "$2"; else fail "$2" "want exit status 0 and: $1, in time"; fi
}

prints() {
	e "${@:2}"
	[ "$rc" = 0 ] && [[ "$out" == *"$1"* ]]
}

efails() {
	e "${@:4}"
	if [ "$rc" = "$1" ] && [[ "$out$err" =~ $2 ]]; then pass "$3"; else fail "$3" "want exit status $1 and: $2"; fi
}
