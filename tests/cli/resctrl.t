#!/bin/bash
# resctrl.t - cache and memory bandwidth (config-linux.md "IntelRdt") where there is none to be had, and with a tree of files that looks
# like it (resctrl_fake.c); the rules themselves: tests/unit/kern_resctrl.c
. "${0%/*}/lib.sh"

grep -q " - resctrl " /proc/self/mountinfo && skip_all "host: a real resctrl file system is mounted"

release=$(uname -r | sed 's/[.+]/\\&/g')
t "no resctrl"
for r in '{}' '{ closID: "/" }' '{ closID: "gold" }' '{ l3CacheSchema: "L3:0=f" }' '{ memBwSchema: "MB:0=70" }' '{ schemata: [ "L3:0=f" ] }' \
	'{ enableMonitoring: true }' '{ enableMonitoring: false }'; do
	run ".linux.intelRdt = $r" say never
	refused linux.intelRdt 'no resctrl file system is mounted on "/sys/fs/resctrl".*'"$release" "RDT-01 $r is refused, and says what is missing"
	like "$err" "needs kernel 4\.10 .*CONFIG_X86_CPU_RESCTRL" "RDT-01 and what it needs ($r)"
done
run '.' say ok
is "$rc:$out" "0:ok" "RDT-01 without it nobody asks for resctrl"
new_id
conf '.' say ok
execute "$W/out" "$W/err" strace -f -e trace=file "$CRUN_LITE" --root "$STATE" run -b "$B" "$ID"
unlike "$err" "resctrl" "RDT-01 nobody touches it"

t "rules of the document"
for c in . .. a/b /a; do
	run ".linux.intelRdt = { closID: \"$c\" }" say never
	refused linux.intelRdt.closID 'must be the name of one directory or "/"' "RDT-02 closID $c is refused"
done
run '.linux.intelRdt = { memBwSchema: "0=70" }' say never
refused linux.intelRdt.memBwSchema 'must start with "MB:"' "RDT-03 memBwSchema begins with MB:"
run '.linux.intelRdt = { memBwSchema: "MB:0=70\nL3:0=1" }' say never
refused linux.intelRdt.memBwSchema 'must be one line' "RDT-03 memBwSchema is one line"
run '.linux.intelRdt = { schemata: [ "L3:0=1", "L3:0=1\nMB:0=2" ] }' say never
refused "linux.intelRdt.schemata[1]" 'must be one line' "RDT-03 so is every element of schemata"
run '.linux.intelRdt = { enableCMT: true }' say never
like "$err" 'linux\.intelRdt\.enableCMT: unknown field' "RDT-07 enableCMT is gone"

t "a tree in its place"
gcc -std=gnu17 -D_GNU_SOURCE -O1 -shared -fPIC -o "$W/fake.so" "$cli_dir/resctrl_fake.c" -ldl || fail "the library is compiled"
R=$W/resctrl
# groups - the root and a group that somebody has made
groups() {
	rm -rf "$R"
	mkdir -p "$R/mon_groups" "$R/info" "$R/gold/mon_groups"
	printf '    L3:0=fffff\n    MB:0=100\n' >"$R/schemata"
	printf '    L3:0=000ff\n    MB:0= 70\n' >"$R/gold/schemata"
	: >"$R/tasks"
	: >"$R/gold/tasks"
}
# the same program, which the dynamic loader starts
[ ! -e "${CRUN_LITE%/*}/loads" ] || CRUN_LITE=${CRUN_LITE%/*}/loads
PREFIX=(env "LD_PRELOAD=$W/fake.so" "FAKE_RESCTRL=$R")
groups
before=$(cd "$R" && find . | sort)
create '.linux.intelRdt = { l3CacheSchema: "L3:0=f", memBwSchema: "MB:0=20", schemata: [ "L2:0=1", "MB:0=30" ], enableMonitoring: true }' pause
succeeds "RDT-02 a group of its own"
init_pid
is "$(cat "$R/$ID/schemata")" "$(printf 'L3:0=f\nMB:0=20\nL2:0=1\nMB:0=30')" "RDT-03 the schemas are written in their order, one line each"
is "$(cat "$R/$ID/tasks")" "$PID" "RDT-06 init is in it"
is "$(cat "$R/$ID/mon_groups/$ID/tasks")" "$PID" "RDT-07 and in a monitoring group of its own"
start && said ready
: >"$R/$ID/schemata"
cl update --l3-cache-schema $'L3:0=ff\nMB:0=9' --mem-bw-schema MB:0=40 "$ID"
is "$rc:$(cat "$R/$ID/schemata")" "0:$(printf 'L3:0=ff\nMB:0=40')" "RDT-03 update changes the schemas, in the same way"
printf '    L3:0=ff\n' >"$R/$ID/schemata"
cl update --l3-cache-schema L3:0=1 --pids-limit -2 "$ID"
is "$rc:$(cat "$R/$ID/schemata")" "1:    L3:0=ff" "and not when something else is wrong"
cl delete --force "$ID"
is "$(cd "$R" && find . | sort)" "$before" "RDT-08 RDT-07 delete removes both"
create '.linux.intelRdt = { closID: "new", schemata: [ "L3:0=f" ] }' pause
init_pid
is "$(cat "$R/new/schemata" "$R/new/tasks")" "$(printf 'L3:0=f\n%s' "$PID")" "RDT-04 a group with a closID is made when it is not there"
cl delete --force "$ID"
ok "RDT-08 and stays" test -d "$R/new"
groups
create '.linux.intelRdt = { closID: "gold", schemata: [ "L3:0=ff" ] }' pause
init_pid
is "$(cat "$R/gold/tasks")" "$PID" "RDT-04 one that is there is used when it has the schema"
cl delete --force "$ID"
ok "RDT-08 and stays" test -d "$R/gold"
groups
run '.linux.intelRdt = { closID: "gold", schemata: [ "L3:0=f" ] }' say never
fails 'config\.json:[0-9]+:[0-9]+: linux\.intelRdt.*"gold" exists with L3:0=000ff, not "L3:0=f"' "RDT-04 another schema is an error"
run '.linux.intelRdt = { closID: "none" }' say never
fails 'config\.json:[0-9]+:[0-9]+: linux\.intelRdt.*"none" does not exist' "RDT-05 without a schema the group must be there"
rm "$R/gold/tasks"
run '.linux.intelRdt = { closID: "gold" } | .mounts = .mounts' say never
fails 'linux\.intelRdt.*write "[0-9]+" to "gold/tasks" of resctrl' "RDT-06 init that cannot be put in is an error"
rmdir "$R/mon_groups"
run '.linux.intelRdt = { closID: "/", enableMonitoring: true }' say never
fails 'linux\.intelRdt.*monitoring' "RDT-07 a monitoring group that cannot be made is an error"
groups
run '.linux.intelRdt = { schemata: [ "L3:0=f" ], enableMonitoring: true } | .linux.sysctl = { "net.no.such": "1" }' say never
fails "net" "LIFE-21 a create that fails"
is "$(cd "$R" && find . | sort)" "$before" "RDT-08 leaves no group"
PREFIX=()

finish
