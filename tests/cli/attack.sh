# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # variables of lib.sh
# attack.sh - sourced behind lib.sh by the tests of attacks: whether the host is what it was

O=$W/outside

# outside - files that an attack may want, made anew
outside() {
	rm -rf "$O"
	mkdir -p "$O/d" "$O/t"
	echo MARKER >"$O/d/secret"
	echo MARKER >"$O/d/ptmx"
	echo MARKER >"$O/t/resolv.conf"
	chmod 600 "$O/d/secret"
	now_outside
	outside_before=$REPLY
	slurp /proc/self/mountinfo && table_before=$REPLY
}

now_outside() { REPLY=$(cd "$O" && find . -printf '%p %y %m %U:%G %s %n %T@\n' | sort && find . -type f -exec cat {} +); }

# attack FILTER [ARGUMENT...] - run, with the files outside as they should be
attack() {
	outside
	run "$@"
}

# safe DESCRIPTION
safe() {
	now_outside
	local o=$REPLY
	mount_changes "$table_before"
	if [ "$o" != "$outside_before" ]; then
		fail "$1" "outside was: $outside_before" "and is: $o"
	elif [ -n "$REPLY" ]; then fail "$1" "the mount table changed" "$REPLY"
	elif [[ "$out$err" = *MARKER* ]]; then fail "$1" "the marker was read"
	elif [ "$rc" -ge 124 ]; then fail "$1" "died, or took too long"
	else pass "$1"; fi
}

# stopped REGEX DESCRIPTION - safe, and an error says why
stopped() {
	safe "$2"
	fails "$1" "$2: it is an error"
}

# terminal FILTER [ARGUMENT...] - run at a terminal of its own, with the files outside as they should be
terminal() {
	outside
	new_id
	conf "$@"
	execute "$W/out" "$W/err" "$AID" pty "" "$CRUN_LITE" --root "$STATE" run -b "$B" "$ID"
}
