#!/bin/bash
# harness.t - the tests leave the host as it was: controllers.sh
. "${0%/*}/lib.sh"

export CONTROLLERS_ROOT=$CG CONTROLLERS_DIR=$W/lent
on() { cat "$CG/cgroup.subtree_control"; }

# hold FD NAME... - a test that has borrowed these, and returns them when descriptor FD (5 or 6) is closed
hold() {
	local end=$W/end.$((++serial))
	mkfifo "$end"
	job bash -c 'exec bash "$1" hold "${@:3}" <"$2"' - "$top/tests/controllers.sh" "$end" "${@:2}" 5>&- 6>&-
	eval "exec $1>\$end"
	job_said ready
}

t "controllers are switched off by the last test that ends"
if grep -qw hugetlb "$CG/cgroup.controllers"; then
	hold 5 hugetlb
	first=$JOB
	is "$(on)" hugetlb "the first test switches it on"
	hold 6 hugetlb nosuch
	exec 5>&-
	wait "$first"
	is "$(on)" hugetlb "it stays on while another test needs it"
	exec 6>&-
	job_ended
	is "$rc $(on)" "0 " "the last test switches it off"

	t "controllers that were on stay on"
	echo +hugetlb >"$CG/cgroup.subtree_control"
	hold 5 all
	exec 5>&-
	job_ended
	is "$(on)" hugetlb "controllers that were on stay on"
	echo -hugetlb >"$CG/cgroup.subtree_control"

	t "a test that is killed"
	hold 5 hugetlb
	killed=$CG/crun-lite-test.$JOB
	mkdir -p "$killed/self"
	echo +hugetlb >"$killed/cgroup.subtree_control"
	kill -KILL "$JOB"
	job_ended
	exec 5>&-
	is "$(on)" hugetlb "a test that is killed leaves its controller on"
	hold 5
	exec 5>&-
	job_ended
	is "$(on)" "" "the next test that ends switches it off"
	nok "and removes the cgroups of the killed test" test -e "$killed"
else
	skip "controllers are switched off by the last test that ends" "host: no controller hugetlb in cgroup v2"
fi

t "jobs that are killed"
is "$(bash -c '. "$1"; sleep 1000 & kill -KILL $!; wait $!; echo "$?"; true' - "$cli_dir/tap.sh" 2>&1)" 137 "the shell says nothing of them"
# shellcheck disable=SC2016
is "$(bash -c '. "$1"; W=$2; for s in KILL SEGV; do execute "$W/o" "$W/e" sh -c "kill -$s \$\$"; echo "$rc"; done' - "$cli_dir/tap.sh" "$W" 2>&1)" \
	$'137\n139' "nor of commands that a signal ends"
finish
