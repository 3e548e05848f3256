# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# controllers.sh - controllers of the host's root cgroup, switched on for as long as a test runs
#
# A cgroup below the root has a controller only while the root's cgroup.subtree_control has it. That file is the host's. So every
# test holds a shared lock while it needs a controller, and the last test that ends switches off what the tests have switched on.
# /run/crun-lite-tests has three files: "lock" is held while one of the other two changes, "users" is the shared lock, "ours"
# lists the controllers that tests have switched on. The kernel drops the lock of a test that is killed, and the list
# stays: the next test that ends clears up for both.
#
#   controllers_borrow NAME...   the root hands these down until controllers_return; "all": each controller that it has.
#                                The lock is descriptor 8, which other processes must not inherit: COMMAND 8>&-
#   controllers_return           when the cgroups of the test have been removed
#   bash tests/controllers.sh hold NAME...   borrow, print "ready", return at the end of standard input
#
# CONTROLLERS_ROOT, CONTROLLERS_DIR: another cgroup in place of the root, another directory in place of /run/crun-lite-tests.

: "${CONTROLLERS_DIR:=/run/crun-lite-tests}"

# cgroup2_mount - where the host has it
cgroup2_mount() {
	local id parent dev root point rest
	while read -r id parent dev root point rest; do
		case $rest in *" - cgroup2 "*) echo "$point" && return ;; esac
	done </proc/self/mountinfo
	return 1
}

# controllers_of FILE - the words in it, with a space at each end
controllers_of() {
	local words
	read -ra words <"$controllers_root/$1"
	REPLY=" ${words[*]} "
}

# controllers_switch_off - those on the list, which keeps what somebody else uses by now; the caller has "lock"
controllers_switch_off() {
	local name left=()
	while read -r name; do
		# shellcheck disable=SC2094
		echo "-$name" 2>/dev/null >"$controllers_root/cgroup.subtree_control" || left+=("$name")
	done <"$CONTROLLERS_DIR/ours"
	printf '%s\n' ${left[@]+"${left[@]}"} | sed '/^$/d' >"$CONTROLLERS_DIR/ours"
}

# controllers_sweep - remove the cgroups of tests that were killed; the name ends with the id of the process
controllers_sweep() {
	local group
	for group in "$controllers_root"/crun-lite-{test,bench,unit}[.-]*; do
		if [ ! -d "$group" ] || [ -e "/proc/${group##*[.-]}" ]; then continue; fi
		echo 1 >"$group/cgroup.kill"
		[ ! -x "${TEST_BIN-}/aid" ] || "$TEST_BIN/aid" wait-empty "$group"
		# a process that has not ended yet keeps its cgroup until the next sweep
		find "$group" -depth -type d -exec rmdir {} + 2>/dev/null
	done
}

controllers_borrow() {
	local name has on
	controllers_root=${CONTROLLERS_ROOT:-$(cgroup2_mount)} || return
	mkdir -p "$CONTROLLERS_DIR" || return
	exec 7>>"$CONTROLLERS_DIR/lock" 8>>"$CONTROLLERS_DIR/users"
	flock 7
	flock -s 8
	touch "$CONTROLLERS_DIR/ours"
	controllers_of cgroup.controllers && has=$REPLY
	[ "$*" != all ] || eval "set -- $has"
	for name; do
		controllers_of cgroup.subtree_control && on=$REPLY
		[[ "$has" = *" $name "* && "$on" != *" $name "* ]] || continue
		# the list first, as this test may be killed in between: to switch off what is off is no error
		echo "$name" >>"$CONTROLLERS_DIR/ours"
		echo "+$name" 2>/dev/null >"$controllers_root/cgroup.subtree_control"
	done
	exec 7>&-
}

controllers_return() {
	exec 7>>"$CONTROLLERS_DIR/lock"
	flock 7
	flock -u 8
	if flock -xn 8; then
		controllers_sweep
		controllers_switch_off
	fi
	exec 7>&- 8>&-
}

if [ "${BASH_SOURCE[0]}" = "$0" ] && [ "${1-}" = hold ]; then
	controllers_borrow "${@:2}" || exit 1
	echo ready
	read -r _
	controllers_return
fi
