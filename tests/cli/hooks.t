#!/bin/bash
# hooks.t - hooks (config.md "POSIX-platform Hooks", runtime.md "Lifecycle")
. "${0%/*}/lib.sh"

# jq: hook(script) runs a shell on the host's side, with the bundle in $B; inner(script) one for inside the container, where the bundle is
# /log; log(NAME) and inlog(NAME) are hooks that append a line to the bundle's log
defs='
	def hook(s): { path: "/bin/sh", args: [ "sh", "-c", s ], env: [ "PATH=/usr/bin:/bin", "B=\($b)" ] };
	def inner(s): { path: "/bin/sh", args: [ "sh", "-c", s ], env: [ "PATH=/bin", "B=/log" ] };
	def log(n): hook("cat >/dev/null; echo \(n) >>$B/log");
	def inlog(n): inner("cat >/dev/null; echo \(n) >>$B/log");
	bind("/log"; $b; [])'
log() {
	REPLY=
	[ -e "$B/log" ] && slurp "$B/log" && REPLY=${REPLY//$'\n'/ }
}

t "order"
run "$defs"' | .hooks = { prestart: [ log("p1"), log("p2") ], createRuntime: [ log("r1"), log("r2") ], createContainer: [ log("c1"), log("c2") ],
	startContainer: [ inlog("s1"), inlog("s2") ], poststart: [ log("a1"), log("a2") ], poststop: [ log("z1"), log("z2") ] }' say hello
is "$rc:$out" "0:hello" "HOOK-01 every kind of hook can be given"
log
is "$REPLY" "p1 p2 r1 r2 c1 c2 s1 s2 a1 a2 z1 z2" "HOOK-01 they run in the order listed"

t "path, args, env"
export FROM_CALLER=yes
cat >"$B/hook.sh" <<'END'
#!/bin/sh
cat >/dev/null
tr '\0' '|' </proc/$$/cmdline >>"${0%/*}/args"
tr '\0' '|' </proc/$$/environ >>"${0%/*}/env"
END
chmod +x "$B/hook.sh"
run '.hooks.createRuntime = [ { path: "\($b)/hook.sh" } ]' say ok
is "$(cat "$B/args")" "/bin/sh|$B/hook.sh|" "HOOK-03 without args argv is the path"
like "$(cat "$B/env")" "FROM_CALLER=yes" "HOOK-04 without env the caller's environment is inherited"
rm -f "$B/args" "$B/env"
run '.hooks.createRuntime = [ { path: "\($b)/hook.sh", args: [ "zero", "one", "two words" ], env: [ "A=1", "B=" ] } ]' say ok
is "$(cat "$B/env")" "A=1|B=|" "HOOK-04 env is exactly the environment"
rm -f "$B/args" "$B/env"
run '.hooks.createRuntime = [ { path: "/usr/bin/env", args: [ "other-name" ], env: [] } ]' say ok
is "$rc:$out" "0:ok" "HOOK-04 an empty environment"
run '.hooks.createRuntime = [ { path: "/bin/sh", args: [ "zero", "-c", "cat >/dev/null; tr \"\\000\" \"|\" </proc/$$/cmdline >\($b)/args" ], env: [ "PATH=/bin:/usr/bin" ] } ]' say ok
like "$(cat "$B/args")" "^zero\|-c\|" "HOOK-03 args[0] is argv[0], not the path"
unset FROM_CALLER

for k in prestart createRuntime createContainer startContainer poststart poststop; do
	run ".hooks.$k = [ { path: \"hook.sh\" } ]" say never
	refused "hooks.${k}[0].path" absolute "HOOK-02 $k with a relative path is refused"
	run ".hooks.$k = [ { args: [ \"x\" ] } ]" say never
	missing "hooks.${k}[0].path" "HOOK-02 $k without a path is refused"
	run ".hooks.$k = [ { path: \"/bin/true\", timeout: 0 } ]" say never
	refused "hooks.${k}[0].timeout" . "HOOK-05 $k with timeout 0 is refused"
	run ".hooks.$k = [ { path: \"/bin/true\", timeout: -1 } ]" say never
	refused "hooks.${k}[0].timeout" . "HOOK-05 $k with a negative timeout is refused"
done
for k in prestart createRuntime createContainer startContainer; do
	run ".hooks.$k = [ { path: \"/no/such/hook\" } ]" say never
	fails "$k.*/no/such/hook" "HOOK-02 $k that does not exist is an error"
	is "$out" "" "HOOK-02 and the program does not run"
done
touch "$B/plain"
run '.hooks.createRuntime = [ { path: "\($b)/plain" } ]' say never
fails "plain.*permission denied" "HOOK-02 a hook that is not executable is an error"

t "timeout"
before=$EPOCHREALTIME
run "$defs"' | .hooks = { createRuntime: [ hook("sleep 1000 & sleep 1000; true") + { timeout: 1 } ], poststop: [ log("z") ] }' say never
took=$(((${EPOCHREALTIME/./} - ${before/./}) / 1000))
fails "createRuntime.*[^0-9]1 ?s" "HOOK-05 a hook that takes longer than its timeout is a failure"
ok "HOOK-05 it is ended when the timeout has passed, not before ($took ms)" test $took -ge 990
others
is "$REPLY" "" "HOOK-05 with the processes it has started"
is "$(cat "$B/log")" z "HOOK-11 poststop hooks run after it"

t "state on standard input"
create "$defs"' | .annotations = { "a.b": "c" } | .hooks = { prestart: [ hook("cat >$B/prestart") ], createRuntime: [ hook("cat >$B/createRuntime") ],
	createContainer: [ hook("cat >$B/createContainer") ], startContainer: [ inner("cat >$B/startContainer") ],
	poststart: [ hook("cat >$B/poststart") ], poststop: [ hook("cat >$B/poststop") ] }' pause
init_pid
start && said ready
cl kill "$ID" KILL
"$AID" wait-pid "$PID"
cl delete "$ID"
for k in prestart:created:$PID createRuntime:creating:$PID createContainer:creating: startContainer:created: poststart:running:$PID poststop:stopped:0; do
	IFS=: read -r k status pid <<<"$k"
	is "$(jq -r '[ .id, .status, .bundle, .annotations["a.b"] ] | join(" ")' "$B/$k" 2>&1)" "$ID $status $B c" \
		"HOOK-16 $k gets the state: id, status $status, bundle, annotations"
	like "$(jq -r .ociVersion "$B/$k" 2>&1)" '^1\.[0-9]+\.[0-9]+(-[0-9a-z.-]+)?$' "HOOK-06 $k gets a version of the specification"
	case $pid in
	'') like "$(jq -r .pid "$B/$k" 2>&1)" "^($PID|1)$" "HOOK-16 $k gets the pid" ;;
	0) like "$(jq -r .pid "$B/$k" 2>&1)" "^(0|null)$" "HOOK-16 $k gets no pid" ;;
	*) is "$(jq -r .pid "$B/$k" 2>&1)" "$PID" "HOOK-16 $k gets the pid as the runtime sees it" ;;
	esac
done

t "a hook that does not read"
run '
	def big: [ range(3000) | { key: "k\(.)", value: ("v" * 60) } ] | from_entries;
	.annotations = big | .hooks = { createRuntime: [ { path: "/bin/true" } ], poststop: [ { path: "/bin/true" } ] }' say ok
is "$rc:$out" "0:ok" "HOOK-06 a hook that does not read its standard input breaks nothing"

t "namespaces"
mine=$(for n in mnt pid net uts ipc; do readlink /proc/self/ns/$n; done | tr '\n' ' ')
create "$defs"' | def ns(n): "cat >$B/state; for n in mnt pid net uts ipc; do readlink /proc/self/ns/$n; done >$B/\(n)";
	mnt("/made"; "tmpfs"; [])
	| .hooks = { prestart: [ hook(ns("prestart")) ], createRuntime: [ hook(ns("createRuntime")
		+ "; grep -c /made /proc/$(sed \"s/.*\\\"pid\\\": *\\([0-9]*\\).*/\\1/\" $B/state | head -n 1)/mountinfo >$B/made; pwd >$B/cwd") ],
		createContainer: [ hook(ns("createContainer") + "; ls / >$B/root; pwd >$B/cwd2") ], poststart: [ hook(ns("poststart")) ],
		startContainer: [ inner(ns("startContainer") + "; ls / >$B/root2") ], poststop: [ hook(ns("poststop")) ] }' ns , pause
init_pid
start && said ready
theirs=$(for n in mnt pid net uts ipc; do readlink "/proc/$PID/ns/$n"; done | tr '\n' ' ')
cl kill "$ID" KILL
"$AID" wait-pid "$PID"
cl delete "$ID"
for k in prestart createRuntime poststart poststop; do
	is "$(tr '\n' ' ' <"$B/$k")" "$mine" "HOOK-07 $k runs in the namespaces of the runtime"
done
is "$(cat "$B/made")" 1 "HOOK-07 createRuntime finds the mounts made"
is "$(cat "$B/cwd")" "$B" "HOOK-18 hooks of the runtime's namespaces start in the bundle"
is "$(tr '\n' ' ' <"$B/createContainer" | cut -d' ' -f2-)" "${theirs#* }" "HOOK-08 createContainer runs in the container's namespaces"
isnt "$(head -n 1 "$B/createContainer")" "${mine%% *}" "HOOK-08 also as to mounts"
like "$(tr '\n' ' ' <"$B/root")" "usr" "HOOK-08 before the root file system has become the root"
is "$(tr '\n' ' ' <"$B/startContainer")" "$theirs" "HOOK-09 startContainer runs in the container's namespaces"
like "$(tr '\n' ' ' <"$B/root2")" "^bin .*log .*" "HOOK-09 with the container's root"
unlike "$(tr '\n' ' ' <"$B/root2")" "usr" "HOOK-09 and only that"

t "startContainer paths"
run '.hooks.startContainer = [ { path: "/bin/busybox", args: [ "touch", "/tmp/hooked" ] } ]' stat /tmp/hooked
like "$rc:$out" "^0:stat /tmp/hooked=- " "HOOK-09 startContainer is looked up in the container and runs before the program"
run '.hooks.createContainer = [ { path: "/bin/probe", args: [ "probe", "say", "x" ] } ]' say program
fails /bin/probe "HOOK-08 createContainer is looked up outside"

t "poststart"
# while execve(2) does its work there is no command line
create "$defs"' | .hooks.poststart = [ hook("cat >/dev/null; until grep -q . /proc/$(cat $B/pid)/cmdline; do :; done; tr \"\\000\" \" \" </proc/$(cat $B/pid)/cmdline >$B/cmdline") ]' pause
init_pid
echo "$PID" >"$B/pid"
start
like "$(cat "$B/cmdline")" "/bin/probe pause" "HOOK-10 poststart comes after the program has been executed, before start returns"

t "failures before start"
for k in prestart createRuntime createContainer; do
	rm -f "$B/log"
	for how in 'exit 3' 'kill -9 $$'; do
		create "$defs | .hooks = { $k: [ hook(\"$how\"), log(\"next\") ], poststop: [ log(\"z1\"), log(\"z2\") ] }" say never
		fails "$k.*(3|kill|signal)" "HOOK-12 create fails when $k does \"$how\""
		log
		is "$REPLY" "z1 z2" "HOOK-11 later hooks are not run, those of poststop are"
		leaks
		is "$REPLY" "" "HOOK-12 and nothing is left"
		rm -f "$B/log"
	done
done

t "failure of startContainer"
rm -f "$B/log"
create "$defs"' | .hooks = { startContainer: [ inner("exit 3"), inlog("next") ], poststart: [ log("a") ], poststop: [ log("z1"), log("z2") ] }' say never
init_pid
start
fails "startContainer.*3" "HOOK-13 start fails when startContainer does"
is "$(cat "$B/out")" "" "HOOK-13 the program has not run"
log
is "$REPLY" "z1 z2" "HOOK-13 nor poststart; poststop has"
cl state "$ID"
isnt "$rc" 0 "HOOK-13 the container is destroyed"

t "failure of poststart"
rm -f "$B/log"
create "$defs"' | .hooks = { poststart: [ hook("exit 3"), log("next") ], poststop: [ log("z1") ] }' pause
init_pid
start
fails "poststart.*3" "HOOK-14 start fails when poststart does"
ok "HOOK-14 the program is stopped" "$AID" wait-pid "$PID"
log
is "$REPLY" "z1" "HOOK-14 the container is destroyed, poststop has run"

t "failure of poststop"
rm -f "$B/log"
create "$defs"' | .hooks = { poststop: [ hook("exit 3"), log("z2"), { path: "/no/such" }, log("z4") ] }' pause
cl delete --force "$ID"
succeeds "HOOK-15 delete succeeds when poststop fails"
like "$err" "poststop" "HOOK-15 with a warning"
log
is "$REPLY" "z2 z4" "HOOK-15 and the remaining hooks run"

t "words of a failure"
for k in prestart createRuntime createContainer startContainer poststart; do
	sh=hook
	[ "$k" != startContainer ] || sh=inner
	: >"$W/log"
	cl_log="$W/log"
	new_id
	conf "$defs | .hooks.$k = [ $sh(\"cat >/dev/null\"), $sh(\"echo one >&2; echo cannot find GPU >&2; exit 3\") ]" pause
	cl --log "$cl_log" --log-format json run -b "$B" "$ID"
	like "$rc:$err" "^1:one"$'\n'"cannot find GPU"$'\n'"crun-lite: .*error running $k hook [#]1: hooks\.$k\[1\] \"/bin/sh\": exit status 3, stderr: one\\\\ncannot find GPU$" \
		"HOOK-12 $k: which, how it ended, and what it said"
	like "$(jq -r 'select(.level == "error") | .msg' "$cl_log")" "error running $k hook [#]1: .*stderr: one\\\\ncannot find GPU$" "HOOK-12 in the log as well"
done
create "$defs"' | .hooks.poststop = [ hook("echo sorry >&2; exit 4") ]' pause
cl delete --force "$ID"
like "$rc:$err" "^0:sorry"$'\n'"crun-lite: warning: container \"$ID\": error running poststop hook [#]0: hooks\.poststop\[0\] \"/bin/sh\": exit status 4, stderr: sorry$" \
	"HOOK-15 poststop: the same as a warning"
run "$defs"' | .hooks.createRuntime = [ hook("cat >/dev/null; echo note >&2") ]' say ok
is "$rc:$out:$err" "0:ok:note" "HOOK-18 standard error of a hook that succeeds goes to the caller"
run "$defs"' | .hooks.createRuntime = [ hook("cat >/dev/null; sleep 3 >/dev/null & exit 0") ]' say ok
is "$rc:$out" "0:ok" "HOOK-18 what a hook leaves behind is not waited for"
linger

t "others"
run '.hooks.frobnicate = [ { path: "relative" } ]' say ok
is "$rc:$out" "0:ok" "HOOK-17 an unknown kind of hook is ignored"
run '.hooks = {}' say ok
is "$rc:$out" "0:ok" "HOOK-01 there may be none"
run '.hooks.createRuntime = "x"' say never
refused hooks.createRuntime array "HOOK-01 a kind that is no array is refused"
run "$defs"' | .hooks = { prestart: [ hook("cat >/dev/null; echo noise") ], createRuntime: [ hook("cat >/dev/null; echo noise >&2") ] }' say clean
like "$rc:$out" "^0:.*clean" "HOOK-18 hooks may write"
run "$defs"' | .hooks.createRuntime = [ hook("cat >/dev/null; grep SigBlk /proc/self/status >$B/blocked; exec ls /proc/self/fd >$B/fds") ]' say ok
is "$(tr '\n' ' ' <"$B/fds")" "0 1 2 3 " "HOOK-18 hooks get no descriptors but their standard ones (3 is the directory that ls reads)"
like "$(cat "$B/blocked")" "0000000000000000" "HOOK-18 hooks start with no signal blocked"

finish
