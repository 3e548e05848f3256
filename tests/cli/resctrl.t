#!/bin/bash
# resctrl.t - cache and memory bandwidth (config-linux.md "IntelRdt") where there is none to be had; the rules themselves are tested
# on a tree of files (tests/unit/kern_resctrl.c)
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

finish
