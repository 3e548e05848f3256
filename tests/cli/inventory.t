#!/bin/bash
# inventory.t - exit statuses and outputs that scripts know from runc, and the few things that crun has besides; the spellings of all
# options are in tests/data/inventory
. "${0%/*}/lib.sh"

mkdir -m 700 "$STATE"

# gives STATUS WORD... - the exit status; an error is one line on standard error, and nothing on standard output
gives() {
	cl "${@:2}"
	if [ "$1" = 0 ]; then
		is "$rc" 0 "$*"
	else
		is "$rc:$out:$(wc -l <<<"$err")" "$1::1" "$*"
	fi
}

t "exit statuses"
for c in state kill start delete pause resume ps update events checkpoint; do gives 1 "$c" nosuch; done
gives 255 exec nosuch true
gives 0 delete -f nosuch
gives 0 delete --force nosuch
gives 0 kill -r nosuch
gives 1 create -b "$W/nosuch" x
gives 1 run --bundle="$W/nosuch" x
gives 1 restore --image-path="$W/nosuch" x
for c in checkpoint restore; do
	gives 1 "$c" x y
	gives 1 "$c" --manage-cgroups-mode=none x
	gives 1 "$c" --network-lock none x
	gives 1 "$c" --empty-ns pid x
	gives 1 "$c" --image-path
done
for c in create run state kill start delete exec ps pause resume update events checkpoint restore; do
	gives 1 "$c"
	gives 1 "$c" --nosuch x
done
gives 1 --nosuch list
gives 3 nosuch
gives 3 nosuch --help
gives 0
like "$out" "^usage: crun-lite " "no command: help"
for o in -h --help -help '-?' --usage; do
	gives 0 "$o"
	like "$out" "^usage: crun-lite " "$o: help"
	gives 0 state "$o"
	like "$out" "^usage: crun-lite state " "state $o: help"
done

t "switches with a value, as Go's flag package has them"
RUN=(--detach=false --keep=true)
run . exit 4
is "$rc" 4 "run --detach=false waits"
status_is stopped "run --keep=true keeps"
cl delete --force=false "$ID"
is "$rc" 0 "delete --force=false of a stopped container"
cl delete --force=false "$ID"
is "$rc" 1 "of one that is not there"
cl delete -f=1 "$ID"
is "$rc" 0 "delete -f=1"
RUN=(-d=true)
run . catch
init_pid
cl kill -a=0 "$ID" USR1
is "$rc" 0 "kill -a=0"
cl exec -t=false "$ID" /bin/true
is "$rc" 0 "exec -t=false"
cl list -q=F
is "$(head -n 1 <<<"$out" | cut -c 1-2)" ID "list -q=F is a table"
cl list --quiet=T
is "$out" "$ID" "list --quiet=T"
cl list --quiet=maybe
like "$rc:$err" '^1:.*option "--quiet" must be true or false, not "maybe"' "another word"

t "options behind the arguments"
cl delete "$ID" --force
is "$rc" 0 "delete ID --force"
RUN=(-d)
run . catch
cl kill "$ID" KILL --all
is "$rc" 0 "kill ID KILL --all"

t "signals as kill(1) has them"
for words in "-9 @" "-KILL @" "-SIGKILL @" "-kill @" "@ -9" "-s KILL @" "-s 9 @" "-s9 @" "-sKILL @" "--signal KILL @" "--signal=SIGKILL @" "-a -9 @" "-9 -a @"; do
	RUN=(-d)
	run . pause
	init_pid
	# shellcheck disable=SC2086 # words
	cl kill ${words//@/$ID}
	is "$rc:$err" "0:" "kill $words"
	ok "has ended it" "$AID" wait-pid "$PID"
	cl delete "$ID"
done
RUN=(-d)
run . pause
cl kill -0 "$ID"
is "$rc:$err" "0:" "kill -0 asks"
cl kill -TERM "$ID" KILL
is "$rc:$err" '1:crun-lite: signal given twice: "TERM" and "KILL"' "two signals"
cl kill -frob "$ID"
like "$rc:$err" '^1:.*unknown option "-frob"' "neither option nor signal"
cl kill -s NOSUCH "$ID"
like "$rc:$err" '^1:.*unknown signal "NOSUCH"' "no signal"
cl delete -9 "$ID"
like "$rc:$err" '^1:.*unknown option "-9"' "no other command takes one"

t "ids that the other runtimes take"
for id in .hidden a,b ... -x --help -- "$(printf '%0255d' 7)"; do
	RUN=(-d)
	conf . pause
	cl run -d -b "$B" -- "$id"
	is "$rc:$err" "0:" "run ${id:0:20}"
	cl list -q
	is "$out" "$id" "list"
	cl kill -- "$id" KILL
	is "$rc:$err" "0:" "kill"
	cl create -b "$B" -- "$id"
	like "$rc:$err" "^1:.*crun-lite delete (--force )?(-- )?${id//./\\.}\"" "the name is taken: what removes it"
	[[ "$id" != -* ]] || like "$err" ' -- -' "behind -- when it looks like an option"
	cl delete --force -- "$id"
	is "$rc:$err" "0:" "delete"
done
cl run -b "$B" -x
like "$rc:$err" '^1:.*unknown option "-x"' "before -- it is an option"
cl delete --help
like "$rc:$out" '^0:.*delete' "so is --help"
cl create ..
is "$rc:$err" '1:crun-lite: create "..": invalid container ID: must not be "." or "..": ".."' "not the parent directory"
cl create a/b
is "$rc:$err" '1:crun-lite: create "a/b": invalid container ID: invalid character in "a/b", must be made of letters, digits and "_+,.-"' "nor a path"

t "spec --file"
mkdir "$B/spec" && cd "$B/spec" || exit 1
cl spec -f other.json
is "$rc:$(echo *)" "0:other.json" "spec -f"
mkdir d
cl spec --file=third.json -b d
is "$rc:$(echo d/*)" "0:d/third.json" "spec --file -b"
cl spec --file "$B/spec/abs.json" -b d
is "$rc:$(echo ./*.json)" "0:./abs.json ./other.json" "spec --file of an absolute path"
cl spec --file other.json
like "$rc:$err" '^1:crun-lite: file "./other.json" exists: remove it first' "an existing file is refused"
cd "$W" || exit 1

finish
