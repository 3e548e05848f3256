#!/bin/bash
# suite.t - the validation tests of OCI runtime-tools, one result for each of their programs
#
# Their words are theirs: in tests/README.md is a table of those that do not pass, each with the reason; they are run all the
# same. $SUITE is where they have been built, $NAMES words to choose by; tests/oci/run sets both.
. "${0%/*}/../cli/lib.sh"

[ -d "${SUITE-}" ] || fail_all "started without tests/oci/run"

# the programs do not say where the state is to be kept: a new /run for it
mount -t tmpfs -o mode=755 tmpfs /run
slurp /proc/self/mountinfo && mounts_before=$REPLY
STATE=/run/crun-lite
mkdir "$W/tmp"
export RUNTIME=$CRUN_LITE TMPDIR=$W/tmp

# reasons - NAME REASON for what does not pass, from the table
declare -A reason=()
reasons() {
	local bar names text name
	while IFS='|' read -r bar names text bar; do
		for name in ${names//[\`,]/}; do reason[$name]=${text# }; done
	done < <(sed -n '/^| test | why it does not pass |/,/^$/p' "$top/tests/README.md" | tail -n +3)
}

chosen() {
	local word
	for word in $NAMES; do [[ "$1" = *$word* ]] && return; done
	[ -z "$NAMES" ]
}

# verdict NAME - run it once. Some of the programs print no result when all is well, and only a diagnostic when it is not.
verdict() {
	local plan
	LIMIT=300 execute "$W/out" "$W/err" env -C "$SUITE" "./$1.test"
	why=$(grep -E '^not ok ' <<<"$out" | grep -v '# TODO')
	[ -n "$why" ] || why=$(sed -n 's/^    "error": \(".*[^,]\),\{0,1\}$/\1/p' <<<"$out" | grep -v '^""$')
	if grep -qE '^(not )?ok ' <<<"$out"; then
		plan=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' <<<"$out" | head -n 1)
		[ -n "$why" ] || [ "$(grep -cE '^(not )?ok ' <<<"$out")" = "$plan" ] || why="planned $plan results, not those that came"
		# what comes with a result that is ok is not an error
		grep -qE '^not ok ' <<<"$out" || [ "$rc" != 0 ] || [[ "$why" = planned* ]] || why=
	fi
	[ "$rc" = 0 ] || why="exit status $rc: ${why:-$err}"
	out=
	[ -z "$why" ]
}

# more than one try for those that race with their own container
set_tries() {
	case $1 in
	killsig | poststart) tries=5 ;;
	*) tries=1 ;;
	esac
}

reasons
for file in "$SUITE"/*.test; do
	name=${file##*/}
	name=${name%.test}
	chosen "$name" || continue
	set_tries "$name"
	for ((try = 1; try <= tries; try++)); do verdict "$name" && break; done
	if [ -n "${reason[$name]-}" ]; then
		word=ok
		[ -z "$why" ] || word="not ok"
		printf '%s %d - %s # TODO %s\n' "$word" $((++total)) "$name" "${reason[$name]}"
	elif [ -z "$why" ]; then pass "$name"
	else fail "$name" "$why"; fi
	title=$name
	# a parent that linux.cgroupsPath names is shared, and stays
	find "$CG/testdir" -depth -type d ! -name container -exec rmdir {} + 2>/dev/null
	sweep
done
finish
