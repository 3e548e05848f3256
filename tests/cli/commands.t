#!/bin/bash
# commands.t - the command line itself: help, options, messages, where the state is kept, list, spec, features
. "${0%/*}/lib.sh"

# bare ARGUMENT... - the runtime without --root
bare() { execute "$W/out" "$W/err" ${PREFIX[@]+"${PREFIX[@]}"} "$CRUN_LITE" "$@"; }

commands="checkpoint completion create delete events exec features help kill list metrics pause ps restore resume run spec start state update"

# a root that is named must exist
mkdir -m 700 "$STATE"

t "help"
bare --help
is "$rc:$err" "0:" "--help succeeds and says nothing on standard error"
help=$out
is "$(sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' <<<"$out" | xargs)" "$commands" "--help lists the commands"
for word in -h -help help ''; do
	bare ${word:+"$word"}
	is "$rc:$out" "0:$help" "\"$word\" shows the same"
done
for c in $commands; do
	bare "$c" --help
	like "$rc:$err:$out" "^0::usage: crun-lite $c " "$c --help"
	about=$out
	bare help "$c"
	is "$rc:$out" "0:$about" "help $c shows the same"
	bare --debug "$c" -h x y z
	is "$rc:$out" "0:$about" "$c -h among other words too"
done
bare help nosuch
like "$rc:$out:$err" "^1::crun-lite: No help topic for 'nosuch': unknown command \"nosuch\"" "help about nothing"

t "version"
bare --version
like "$rc:$err:$out" $'^0::crun-lite version [0-9][^\n]*\n(commit: [^\n]+\n)?spec: 1\.3\.0\nlibseccomp: [0-9.]+$' "--version"
version=$out
for o in -v -V -version --version=true; do
	bare "$o"
	is "$rc:$out" "0:$version" "$o shows the same"
done

t "wrong command lines"
bare nosuch
is "$rc:$out:$err" '3::crun-lite: unknown command "nosuch" (see "crun-lite --help")' "unknown command"
bare --bogus list
is "$rc:$out:$err" '1::crun-lite: unknown option "--bogus" (see "crun-lite --help")' "unknown global option"
for c in $commands; do
	bare "$c" --bogus=1 x
	is "$rc:$out:$err" "1::crun-lite: $c: unknown option \"--bogus\" (see \"crun-lite $c --help\")" "$c: unknown option"
done
for c in create delete kill pause ps resume run start state; do
	bare "$c"
	is "$rc:$out:$err" "1::crun-lite: $c: argument ID is missing (see \"crun-lite $c --help\")" "$c: no id"
done
for c in create pause resume run start state; do
	bare "$c" a b
	is "$rc:$out:$err" "1::crun-lite: $c: unexpected argument \"b\" (see \"crun-lite $c --help\")" "$c: two ids"
done
bare create --bundel x y
like "$rc:$err" '^1:.*unknown option "--bundel", did you mean "--bundle"\?' "a misspelt option is recognised"
bare list --root x
like "$rc:$err" '^1:.*option "--root" must stand before the command' "a global option behind the command"
bare create --preserve-fds -1 x
like "$rc:$err" '^1:.*option "--preserve-fds" must be a number from 0 to 1024, not "-1"' "--preserve-fds -1"
bare run --preserve-fds=x y
like "$rc:$err" '^1:.*option "--preserve-fds" must be a number from 0 to 1024, not "x"' "--preserve-fds x"
bare --log-format xml list
like "$rc:$err" '^1:.*option "--log-format" must be text or json, not "xml"' "--log-format xml"

for w in rm:delete stop:kill inspect:state ls:list unpause:resume top:ps 'stats:events --stats' version:--version; do
	bare "${w%%:*}" x
	is "$rc:$err" "3:crun-lite: unknown command \"${w%%:*}\", for that there is: ${w#*:} (see \"crun-lite --help\")" "a word of engines: ${w%%:*}"
done
bare logs x
like "$rc:$err" '^3:.*for that there is: an engine' "a word of engines for what no runtime has"
for w in craete:create delet:delete Exec:exec; do
	bare "${w%:*}" x
	is "$rc:$err" "3:crun-lite: unknown command \"${w%:*}\", did you mean \"${w#*:}\"? (see \"crun-lite --help\")" "a misspelt command: ${w%:*}"
done
bare create --config-file x y
is "$rc:$err" '1:crun-lite: create: unknown option "--config-file" (see "crun-lite create --help")' "what is like none has no suggestion"
bare kill x TREM
like "$rc:$err" '^1:.*unknown signal "TREM": must be .*; did you mean "TERM"\?$' "a misspelt signal"
bare --log-levle debug list
like "$rc:$err" '^1:.*unknown option "--log-levle", did you mean "--log-level"\?' "a misspelt global option"

t "accepted without effect"
for o in --rootless=true "--rootless false" --rootless=auto "--criu /x" --criu= --debug=false; do
	# shellcheck disable=SC2086 # words
	cl $o list -q
	is "$rc:$out:$err" "0::" "$o"
done

t "messages"
cl state nosuch
is "$rc:$out:$err" '1::crun-lite: container "nosuch" does not exist' "an error is text on standard error"
cl --log "$W/log" state nosuch
is "$rc:$err" '1:crun-lite: container "nosuch" does not exist' "with --log it is still there"
like "$(cat "$W/log")" '^time="[0-9TZ:-]+" level=error msg="container \\"nosuch\\" does not exist"$' "and in the log"
cl -log="$W/json" -log-format json state nosuch
is "$rc:$(jq -c '[.level, .msg]' "$W/json")" '1:["error","container \"nosuch\" does not exist"]' "as JSON"
like "$(jq -r .time "$W/json")" '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,}(Z|[+-][0-9:]{5})$' "with the time"
cl --log "$W/json" --log-format=json state other
is "$(jq -r .msg "$W/json" | tail -n 1)" 'container "other" does not exist' "a log is appended to"
is "$(stat -c %a "$W/json")" 644 "mode of the log"
cl --log-format json state nosuch
is "$rc:$(jq -r .msg <<<"$err")" '1:container "nosuch" does not exist' "JSON on standard error"
cl --log /nosuch/dir/log list
like "$rc:$err" '^1:crun-lite: open log "/nosuch/dir/log": no such file or directory$' "a log that cannot be opened"
execute "$W/out" "$W/err" bash -c 'exec "$0" --root "$1" list >/dev/full' "$CRUN_LITE" "$STATE"
like "$rc:$err" '^1:crun-lite: write standard output: no space left' "standard output that takes nothing"

t "dry run"
new_id
conf . say ok
cl create --dry-run -b "$B" "$ID"
like "$rc:$err:$out" "^0::container $ID" "a plan that can be done"
dry() {
	conf "$1" "${@:3}"
	cl create --dry-run -b "$B" "$ID"
	like "$rc:$out" "^1:container $ID" "the plan is shown: ${1:0:60}"
	like "$err" "^crun-lite: create \"$ID\": .*$2" "${1:0:60}"
	cl run --dry-run -b "$B" "$ID"
	like "$rc:$err" "^1:crun-lite: run \"$ID\": .*$2" "run --dry-run, too"
}
dry 'bind("/data"; "/no/such/source"; [])' 'open mount source "/no/such/source": no such file or directory' say ok
dry '.process.args = [ "/no/such/program" ]' 'exec: "/no/such/program": stat /no/such/program: no such file or directory' say ok
dry '.process.args = [ "nosuch" ]' 'exec: "nosuch": executable file not found in \$PATH' say ok
dry '.process.args = [ "/etc" ]' 'exec: "/etc": is a directory' say ok
dry '.linux.resources = { unified: { "nosuch.max": "1" } }' 'controller "nosuch" is not available in cgroup "[^"]*" \(cgroup.controllers has: ' say ok
for f in 'bind("/data"; "/"; []) | .process.args = [ "/data/no/such" ]' '.process.args = [ "sh" ]' \
	'.process.cwd = "/bin" | .process.args = [ "./probe" ]'; do
	conf "$f" say ok
	cl create --dry-run -b "$B" "$ID"
	is "$rc:$err" "0:" "no word where nothing is wrong, or nothing can be known: $f"
done
is "$(ls "$STATE")" "" "nothing is made"

t "what is in the way"
RUN=(-d)
run . pause
init_pid
cl create -b "$B" "$ID"
is "$rc:$err" "1:crun-lite: create \"$ID\": container with id exists: \"$ID\" (running): choose another ID, or remove it with \"crun-lite delete --force $ID\"" "an id in use: by what, and the way out"
cl kill "$ID" KILL
"$AID" wait-pid "$PID"
cl create -b "$B" "$ID"
is "$rc:$err" "1:crun-lite: create \"$ID\": container with id exists: \"$ID\" (stopped): choose another ID, or remove it with \"crun-lite delete $ID\"" "by one that has stopped"
cl delete "$ID"
mkdir "$W/empty"
cl create -b "$W/empty" x
is "$rc:$err" "1:crun-lite: create \"x\": open \"$W/empty/config.json\": no such file or directory"$'\n'"no bundle here: \"crun-lite spec\" writes a config.json, --bundle DIR names another place" "no bundle"
RUN=()
run '.linux.cgroupsPath = "system.slice:foo:bar"' say ok
like "$rc:$out:$err" '^0:ok:crun-lite: warning: config\.json:[0-9]+:[0-9]+: linux\.cgroupsPath: "system\.slice:foo:bar" becomes the name of a cgroup, it looks like a path for --cgroup-manager systemd$' "a path for systemd without it"
run '.linux.cgroupsPath = "/x/../../'"$ID"'up"' say ok
like "$rc:$out:$err" "^0:ok:crun-lite: warning: .*linux\.cgroupsPath: \"/x/\.\./\.\./[^\"]*up\" is taken for \"/[^\"]*up\"\$" "a path that goes up"

t "debug"
# steps COMMAND... - with --debug: text on standard error, text and JSON in a log
steps() {
	: >"$W/steps"
	cl --debug --log "$W/steps" --log-format json "$@"
	is "$rc" 0 "--debug $1"
	isnt "$(jq -c 'select(.level == "debug") | .msg' "$W/steps" | wc -l)" 0 "its steps are in the log as JSON"
	cp "$W/steps" "$W/steps.$1"
}
new_id
conf . pause
steps create -b "$B" "$ID"
like "$(jq -r .msg "$W/steps")" "claimed id \"$ID\": state directory \"$STATE/$ID\".*init is process [0-9]+.*init is ready.*recorded" "create: path, pid, the order of things"
like "$(jq -r .msg "$W/steps")" "plan: container $ID"$'\n'"plan: " "and the plan"
init_pid
steps start "$ID"
like "$(jq -r .msg "$W/steps")" "tell init, process $PID, to start" "start: whom it tells"
steps exec "$ID" /bin/true
like "$(jq -r .msg "$W/steps")" "container \"$ID\" is running, init is process $PID.*process [0-9]+ is to run \"/bin/true\".*exit status 0" "exec: where, what, its end"
steps kill "$ID" KILL
like "$(jq -r .msg "$W/steps")" "signal 9 for container \"$ID\": init is process $PID" "kill: what goes where"
"$AID" wait-pid "$PID"
steps delete "$ID"
like "$(jq -r .msg "$W/steps")" "container \"$ID\" is removed" "delete: what goes"
new_id
conf . exit 3
cl --debug run -b "$B" "$ID"
is "$rc" 3 "--debug run"
like "$err" '^time="[0-9TZ:-]+" level=debug msg="command run, process [0-9]+ of user 0"' "text on standard error, as runc writes it"
like "$err" 'level=debug msg="the program has ended, exit status 3"' "to the end"
cl --debug --log-format json run -b "$B" "$ID"
like "$err" '^\{"level":"debug","msg":"command run' "JSON on standard error"
: >"$W/steps"
cl --debug --log "$W/steps" run -b "$B" "$ID"
like "$(head -n 1 "$W/steps")" '^time="[0-9TZ:-]+" level=debug msg="command run' "text in a log"
is "$err" "" "then nothing on standard error"
cl run -b "$B" "$ID"
is "$err" "" "without --debug no word"

t "where the state is kept"
PREFIX=(env -u XDG_RUNTIME_DIR)
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/crun-lite/one "$W/xdg/crun-lite/two"
chmod 700 /run/crun-lite "$W/xdg/crun-lite"
touch_state() { echo '{}' >"$1/state.json"; }
touch_state /run/crun-lite/one
touch_state "$W/xdg/crun-lite/two"
bare list -q
is "$rc:$out" "0:one" "root: /run/crun-lite"
PREFIX=(env XDG_RUNTIME_DIR="$W/xdg")
bare list -q
is "$rc:$out" "0:one" "root: also with XDG_RUNTIME_DIR"
PREFIX=(env XDG_RUNTIME_DIR="$W/xdg" unshare -Ur)
bare list -q
is "$rc:$out" "0:two" "root of a user namespace: XDG_RUNTIME_DIR"
PREFIX=(env XDG_RUNTIME_DIR= unshare -Ur)
bare list -q
is "$rc:$out" "0:one" "root of a user namespace: an empty XDG_RUNTIME_DIR is none"
chmod 711 "$W"
cp "$CRUN_LITE" "$W/crun-lite"
mkdir -m 700 "$W/user" "$W/user/crun-lite" "$W/user/crun-lite/three"
touch_state "$W/user/crun-lite/three"
chown -R 1000:1000 "$W/user"
PREFIX=(env XDG_RUNTIME_DIR="$W/user" setpriv --reuid 1000 --regid 1000 --clear-groups)
saved=$CRUN_LITE CRUN_LITE=$W/crun-lite
bare list -q
is "$rc:$out" "0:three" "another user: XDG_RUNTIME_DIR"
PREFIX=(env -u XDG_RUNTIME_DIR setpriv --reuid 1000 --regid 1000 --clear-groups)
own_tmp
bare list
is "$rc:$err:$out" "0::ID          PID         STATUS      BUNDLE      CREATED     OWNER" "another user without it: there is a place for him, too"
nok "which is not made by looking" test -e /tmp/crun-lite-1000
mkdir /run/user
mkdir -m 700 /run/user/1000 /run/user/1000/crun-lite /run/user/1000/crun-lite/four
touch_state /run/user/1000/crun-lite/four
chown -R 1000:1000 /run/user/1000
bare list -q
is "$rc:$out" "0:four" "what a login would have set, where that is there"
chmod 750 /run/user/1000
bare list -q
is "$rc:$out" "0:" "and nobody else may use it"
rm -r /run/user
mkdir -m 700 /tmp/crun-lite-1000 /tmp/crun-lite-1000/five
touch_state /tmp/crun-lite-1000/five
chown -R 1000:1000 /tmp/crun-lite-1000
bare list -q
is "$rc:$out" "0:five" "else a directory in /tmp"
mv /tmp/crun-lite-1000 /tmp/other
ln -s other /tmp/crun-lite-1000
for c in list 'state five' 'exec five true' 'delete --force five'; do
	# shellcheck disable=SC2086
	bare $c
	like "$err" 'open state root "/tmp/crun-lite-1000": not a directory.*XDG_RUNTIME_DIR is not set: set it' "which may be no link: $c"
done
ok "nothing has happened where that leads" test -e /tmp/other/five/state.json
rm /tmp/crun-lite-1000
mkdir -p /tmp/crun-lite-1000/five
touch_state /tmp/crun-lite-1000/five
chmod -R a+rX /tmp/crun-lite-1000
for c in list 'state five' 'exec five true' 'kill five'; do
	# shellcheck disable=SC2086
	bare $c
	like "$err" 'state root "/tmp/crun-lite-1000" must belong to user 1000, not 0.*XDG_RUNTIME_DIR is not set: set it' "nor somebody else's: $c"
done
rm -r /tmp/crun-lite-1000
chmod 777 /tmp
bare list
like "$rc:$err" '^1:.*XDG_RUNTIME_DIR is not set, and "/tmp" must belong to root and have mode 1777' "nor can it be where anybody could take its place"
umount "$W" /tmp
PREFIX=(env XDG_RUNTIME_DIR=/run/user/0 setpriv --reuid 1000 --regid 1000 --clear-groups)
mkdir /run/user
mkdir -m 700 /run/user/0
bare list
like "$rc:$err" '^1:.*open state root "/run/user/0/crun-lite": permission denied.*XDG_RUNTIME_DIR="/run/user/0" belongs to user 0, not 1000: unset it' "one of another user, as su leaves it"
rm -r /run/user
bare --root "$W/user/crun-lite" list -q
is "$rc" 0 "is no obstacle with --root"
bare --root /run/crun-lite list -q
like "$rc:$err" '^1:.*open state root "/run/crun-lite": permission denied' "what belongs to somebody else"
CRUN_LITE=$saved PREFIX=()
chmod 750 /run/crun-lite
bare list -q
is "$rc:$out" "0:one" "others may look"
chmod 770 /run/crun-lite
bare list -q
like "$rc:$err" '^1:.*state root "/run/crun-lite" must be writable by its owner only, not mode 0770: chmod go-w' "others may not write"
chown 1000 /run/crun-lite
bare kill one
like "$rc:$err" '^1:.*state root "/run/crun-lite" must belong to user 0, not 1000' "nor own it"
rm -r /run/crun-lite
PREFIX=(env -u XDG_RUNTIME_DIR)
bare list
is "$rc:$out:$err" "0:ID          PID         STATUS      BUNDLE      CREATED     OWNER:" "the default one holds nothing while it does not exist"
nok "and is not made by looking" test -e /run/crun-lite
PREFIX=()
umount /run
rm -rf "$W/xdg" "$W/user"
chmod 755 "$W"
for r in / // /. /run/..; do
	bare --root "$r" list
	like "$rc:$err" "^1:.*state root \"$r\" is refused" "--root $r"
done
cd "$W" && bare --root no/such list
is "$rc:$out:$err" "1::crun-lite: open state root \"$W/no/such\": no such file or directory" "a root that was named and does not exist"
nok "and is not made by looking" test -e "$W/no"

t "list"
cl list --format json
is "$rc:$out:$err" "0:null:" "json without containers"
cl list -q
is "$rc:$out:$err" "0::" "quiet without containers"
RUN=(-d)
run . pause
init_pid
cl list
is "$rc:$err" "0:" "table"
is "$(tail -n 1 <<<"$out" | tr -s ' ')" "$ID $PID running $B $(jq -r .created "$STATE/$ID/state.json") root" "a running container"
row=$(tail -n 1 <<<"$out") head=$(head -n 1 <<<"$out")
row=${row%%20[0-9][0-9]-*}:${row%root} head=${head%%CREATED*}:${head%OWNER}
is "${row//?/x}" "${head//?/x}" "columns are aligned"
for o in "-f json" --format=json -fjson "-format json"; do
	# shellcheck disable=SC2086 # words
	cl list $o
	is "$rc:$(jq -c '.[0] | [.id, .pid, .status]' <<<"$out")" "0:[\"$ID\",$PID,\"running\"]" "list $o"
done
cl state "$ID"
one=$(jq -S . "$W/out")
cl list -f json
is "$(jq -S '.[0]' "$W/out")" "$one" "an entry is what state shows"
jq -c '.owner = 1' "$STATE/$ID/state.json" >"$W/owned" && cat "$W/owned" >"$STATE/$ID/state.json"
user=$(getent passwd 1 | cut -d: -f1)
cl list -f json
is "$(jq -r '.[0].owner' "$W/out")" "${user:-#1}" "JSON has the name of the owner"
cl list
is "$(awk 'NR == 2 { print $NF }' <<<"$out")" "${user:-#1}" "and so has the table"
cl list -f table -q
is "$rc:$out" "0:$ID" "quiet"
mkdir -m 700 "$STATE/aaa" "$STATE/zzz"
echo '{ "crunLite": 1' >"$STATE/zzz/state.json"
cl list
is "$rc:$(awk '{ print $1, $3 }' <<<"$out" | xargs)" "0:ID STATUS aaa broken $ID running zzz broken" "broken ones do not stop the list"
like "$err" "warning: container \"aaa\" is broken: open \"$STATE/aaa/state.json\": not found" "and are told by name and reason"
like "$err" "warning: container \"zzz\" is broken: $STATE/zzz/state.json:[0-9]+:[0-9]+: " "with the place in the file"
cl list -f json
is "$(jq -c 'map([.id, .status])' "$W/out")" "[[\"aaa\",\"broken\"],[\"$ID\",\"running\"],[\"zzz\",\"broken\"]]" "also as JSON"
cl state aaa
like "$rc:$err" "^1:.*container \"aaa\" is broken: open " "state of a broken one"
cl kill zzz
like "$rc:$err" "^1:.*container \"zzz\" is broken: " "kill of a broken one"
cl delete aaa
like "$rc:$err" "^1:.*container \"aaa\" is broken: .*delete --force aaa" "delete of a broken one says how"
touch "$STATE/zzz/config.json"
cl delete -f aaa zzz
like "$rc:$err" "^1:.*container \"zzz\" is broken: .*nothing was deleted" "delete --force of one of which nothing is known"
rm "$STATE/zzz/config.json"
cl delete -f aaa zzz
is "$rc:$err" "0:" "delete --force of what was only begun"
nok "takes them away" test -e "$STATE/aaa" -o -e "$STATE/zzz"

t "spec"
mkdir "$B/spec" && cd "$B/spec" || exit 1
bare spec
is "$rc:$out:$err" "0::" "spec"
ok "writes config.json" jq -e '.ociVersion and .process and .root and .linux' config.json
cp config.json before
bare spec
like "$rc:$err" '^1:crun-lite: file "./config.json" exists: remove it first' "an existing file is refused"
ok "and not touched" cmp config.json before
mkdir r
for o in "--bundle r" "--bundle=r" "-b r" "-br"; do
	rm -f r/config.json
	# shellcheck disable=SC2086 # words
	bare spec $o
	ok "spec $o" cmp config.json r/config.json
done
bare spec --rootless -b /nosuch
like "$rc:$err" '^1:crun-lite: make "/nosuch/config.json": no such file' "spec where there is no directory"
rm config.json
bare spec --rootless
ok "spec --rootless" jq -e '[.linux.namespaces[].type] | index("user")' config.json
cd "$W" || exit 1

t "features"
bare features
is "$rc:$err" "0:" "features"
is "$(jq -r '.ociVersionMax' "$W/out")" 1.3.0 "is JSON"

finish
