#!/bin/bash
# config.t - config.json as a document: encoding, types, unknown and missing properties, version, annotations (config.md)
. "${0%/*}/lib.sh"

# document - run $B/config.json as it now is, under a new id
document() {
	new_id
	cl run -b "$B" "$ID"
}

t "encoding"
new_id
conf '.annotations = { a: "@@" }' say ok
cp "$B/config.json" "$W/good.json"
sed 's/@@/\xff\xfe/' "$W/good.json" >"$B/config.json"
document
fails "config\.json:[0-9]+:[0-9]+: .*UTF-8" "CFG-01 bytes that are no UTF-8 are refused"
sed 's/@@/\\ud800/' "$W/good.json" >"$B/config.json"
document
fails "config\.json:[0-9]+:[0-9]+: " "CFG-01 half a surrogate pair is refused"
sed 's/@@/ü€😀\\u00e9\\ud83d\\ude00/' "$W/good.json" >"$B/config.json"
document
is "$rc:$out" "0:ok" "CFG-01 every character is good"
{ printf '\xef\xbb\xbf' && cat "$W/good.json"; } >"$B/config.json"
document
fails "config\.json:1:1: " "CFG-12 a byte order mark is refused"
for bad in 'garbage' '{}' 'null' ',' '}' '// comment'; do
	{ cat "$W/good.json" && echo "$bad"; } >"$B/config.json"
	document
	fails "config\.json:[0-9]+:[0-9]+: " "CFG-08 \"$bad\" after the document is refused"
done
{ echo '// comment' && cat "$W/good.json"; } >"$B/config.json"
document
fails "config\.json:1:1: " "CFG-11 a comment is refused"
{ echo '/* comment */' && cat "$W/good.json"; } >"$B/config.json"
document
fails "config\.json:1:1: " "CFG-11 of either kind"
{ printf '\n \t\r\n' && cat "$W/good.json" && printf ' \n\t'; } >"$B/config.json"
document
is "$rc:$out" "0:ok" "CFG-08 white space around it is not"
sed '1s/{/{ "hostname": "first",/' "$W/good.json" >"$B/config.json"
document
fails "config\.json:[0-9]+:[0-9]+: .*hostname" "CFG-02 a name given twice is refused"
sed 's/"cwd"/"cwd": "\/", "cwd"/' "$W/good.json" >"$B/config.json"
document
fails "config\.json:[0-9]+:[0-9]+: .*process.*cwd" "CFG-02 at any depth"
jq -c '[ to_entries | reverse | .[] ] | from_entries' "$W/good.json" >"$B/config.json"
document
is "$rc:$out" "0:ok" "CFG-03 the order of names has no meaning"
for text in '' 'null' '[]' '7' '"x"' '{' '{]' '{"a":}' '{"a":1,}' '{a:1}' "{'a':1}" 'NaN' $'{"a":"\n"}' '{"a":01}' '{"a":+1}' '{"a":.5}' '{"a":"\x"}'; do
	printf '%s' "$text" >"$B/config.json"
	document
	fails "config\.json:[0-9]+:[0-9]+: " "CFG-14 \"$text\" is refused"
done
head -c 100000 /dev/zero | tr '\0' '[' >"$B/config.json"
document
fails "config\.json:1:[0-9]+: .*(deep|nest|level)" "CFG-14 a hundred thousand nested arrays are refused"
{ printf '{"x":' && head -c 1000000 /dev/zero | tr '\0' '[' && head -c 1000000 /dev/zero | tr '\0' ']' && printf '}'; } >"$B/config.json"
document
fails "config\.json:1:[0-9]+: " "CFG-14 a million too"
for f in '.process.args = [ "/bin/true\u0000x" ]' '.process.env = [ "A=\u0000" ]' '.process.cwd = "/a\u0000b"' '.hostname = "a\u0000b"' \
	'.root.path = "rootfs\u0000"' '.mounts[0].destination = "/proc\u0000x"' '.annotations = { "a": "\u0000" }' '.linux.cgroupsPath = "/a\u0000"'; do
	new_id
	conf "$f"
	document
	fails "config\.json:[0-9]+:[0-9]+: .*(NUL|u0000|zero byte)" "CFG-13 ${f%% *} with a NUL is refused"
done

t "unknown and missing properties"
for p in '.["com.example.x"]' .process.foo .linux.zork .linux.resources.new .hooks.frobnicate .root.extra '.mounts[0].extra' '.linux.namespaces[0].extra' \
	.process.user.extra .process.capabilities.extra; do
	run "$p = { \"deep\": [ 1 ] }" say ok
	is "$rc:$out" "0:ok" "CFG-04 unknown $p is ignored"
	like "$err" "${p##*.}|com\.example\.x" "CFG-04 with a warning"
done
for p in hostname domainname mounts hooks annotations process.oomScoreAdj process.rlimits process.capabilities process.env process.user.additionalGids \
	process.user.umask linux.seccomp linux.resources linux.maskedPaths linux.readonlyPaths linux.devices linux.sysctl linux.rootfsPropagation \
	linux.uidMappings root.readonly process.terminal process.noNewPrivileges; do
	run ".$p = null" say ok
	is "$rc:$out" "0:ok" "CFG-09 $p may be null"
done
for p in ociVersion root process.cwd process.args root.path; do
	run ".$p = null" say never
	fails "config\.json:[0-9]+:[0-9]+: .*${p##*.}" "CFG-09 null for $p means it is missing"
done
run '.process.Args = .process.args | del(.process.args)' say never
missing process.args "CFG-10 names are case-sensitive"
run '.Hostname = "other"' uts
value hostname inside "CFG-10 Hostname is not hostname"

t "types"
while read -r path value; do
	[ -n "$path" ] || continue
	run ".$path = $value" say never
	fails "config\.json:[0-9]+:[0-9]+: [^ ]*: .*must be" "CFG-06 $path = $value is refused"
done <<'END'
ociVersion 1
process.terminal 1
process.cwd 7
process.args "x"
process.args [1]
process.env {}
process.user []
process.user.uid "0"
process.user.uid true
process.oomScoreAdj "1"
process.rlimits {}
process.noNewPrivileges 1
process.capabilities []
root "rootfs"
root.path 7
root.readonly "true"
hostname false
mounts[0] "x"
mounts[0].type 7
mounts[0].source []
annotations []
annotations {"a":1}
hooks []
linux []
linux.namespaces {}
linux.namespaces[0] "pid"
linux.maskedPaths "x"
linux.maskedPaths [1]
linux.sysctl []
linux.cgroupsPath 7
linux.resources []
linux.resources.devices {}
linux.seccomp "x"
linux.rootfsPropagation 1
linux.uidMappings {}
END
for v in 4294967296 -1 0.5 1e2; do
	run ".process.user.uid = \"@@\"" say never
	sed -i "s/\"@@\"/$v/" "$B/config.json"
	rerun
	fails "config\.json:[0-9]+:[0-9]+: process\.user\.uid: " "CFG-07 uid $v is refused"
done
new_id
conf '.process.user.uid = "@@"' say never
sed -i 's/"@@"/0.0/' "$B/config.json"
rerun
fails "config\.json:[0-9]+:[0-9]+: process\.user\.uid: " "CFG-07 0.0 is no integer"
for v in 18446744073709551616 99999999999999999999999999 1e400 -9223372036854775809; do
	conf '.process.rlimits = [ { type: "RLIMIT_CORE", soft: 0, hard: "@@" } ]' say never
	sed -i "s/\"@@\"/$v/" "$B/config.json"
	rerun
	fails "config\.json:[0-9]+:[0-9]+: process\.rlimits\[0\]\.hard: " "CFG-07 rlimit $v is refused"
done
cat >"$B/config.json" <<-'END'
	{
		"ociVersion": "1.2.0",
		"root": { "path": 7 },
		"process": { "cwd": "x", "args": [] }
	}
END
rerun
lines_wanted="config\.json:3:[0-9]+: root\.path: .*config\.json:4:[0-9]+: process\.cwd: .*config\.json:4:[0-9]+: process\.args: "
like "$rc:$err" "^1:.*$lines_wanted" "CFG-05 all errors of a file are reported, each with its place"

t "version"
run 'del(.ociVersion)' say never
fails "config\.json:1:1: .*ociVersion" "VER-01 ociVersion is required"
for v in '' abc 1.0 01.0.0 1.0.0.0 1.2.x v1.0.0 1.0.0- '1.0.0+' 1..0; do
	run ".ociVersion = \"$v\"" say never
	refused ociVersion . "VER-02 \"$v\" is no version"
done
for v in 1.0.0 1.0.2-dev 1.0.0-rc5 1.1.0 1.2.1+dev 1.3.0; do
	run ".ociVersion = \"$v\"" say ok
	is "$rc:$out" "0:ok" "VER-03 $v is accepted"
done
for v in 0.9.0 2.0.0 99.0.0; do
	run ".ociVersion = \"$v\"" say never
	refused ociVersion "$v" "VER-03 $v is refused"
done
run '.ociVersion = "1.9.0"' say ok
warns "1\.9\.0" "VER-03 a newer minor version is a warning"
cl features
if [ "$rc" = 0 ]; then
	features=$out
	for k in ociVersionMin ociVersionMax; do
		v=$(jq -r ".$k" <<<"$features")
		run ".ociVersion = \"$v\"" say ok
		is "$rc:$out" "0:ok" "VER-04 $k ($v) is accepted"
	done
else
	fail "VER-04 ociVersionMin and ociVersionMax are accepted" "want exit status 0"
fi

t "annotations"
create '.annotations = { "a": "b", "c.d/e": "", "org.opencontainers.image.stopSignal": "SIGKILL", "quote\"s": "\t\n\\ü" }' catch
state '.annotations | to_entries | map("\(.key)=\(.value)") | sort | join(",")'
is "$REPLY" $'a=b,c.d/e=,org.opencontainers.image.stopSignal=SIGKILL,quote"s=\t\n\\ü' "ANN-02 annotations come back in the state"
start && said ready
init_pid
cl kill "$ID"
ended
like "$out" "signal=TERM" "ANN-03 image.stopSignal is information only"
create 'del(.annotations)' pause
state '.annotations // {} | length'
is "$REPLY" 0 "ANN-02 none: absent or empty"
run '.annotations = { "": "v" }' say never
fails "config\.json:[0-9]+:[0-9]+: annotations" "ANN-01 an empty key is refused"
run '.annotations = { "a": 1 }' say never
refused "annotations.a" string "ANN-01 a value that is no string is refused"

t "other platforms"
run '.windows = { x: 1 } | .vm = [] | .solaris = "y" | .zos = 7 | .freebsd = { devices: [ { path: 7 } ], jail: { vnet: "disable" } }' say ok
is "$rc:$out" "0:ok" "PLAT-01 what is for other platforms is ignored"

finish
