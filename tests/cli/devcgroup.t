#!/bin/bash
# devcgroup.t - which devices may be used: the filter of the cgroup (config-linux.md "Allowed Device list")
. "${0%/*}/lib.sh"

# rules LIST - linux.resources.devices; EPERM is the answer of the filter, anything else the driver's (ENXIO where there is none)
rules() { echo '.linux.resources.devices = [ '"$1"' ] | caps([ "CAP_MKNOD" ])'; }
deny='{ allow: false, access: "rwm" }'

# nodes are bound from outside, so that making them does not depend on the filter
nodes=', open /n/fuse , open /n/other , open /n/loop , open /n/mem'
t "order"
mkdir "$B/n"
mknod -m 666 "$B/n/fuse" c 10 229
mknod -m 666 "$B/n/other" c 240 1
mknod -m 666 "$B/n/mem" c 1 1
mknod -m 666 "$B/n/loop" b 7 0
with='bind("/n"; "\($b)/n"; []) | '
run "$with $(rules "$deny, { allow: true, type: \"c\", major: 240, minor: 1, access: \"rw\" }")" open /n/other , open /n/fuse , open /n/loop , open /n/mem
like "$out" "open /n/fuse=EPERM.*open /n/loop=EPERM.*open /n/mem=EPERM" "DCG-01 deny all, then allow one: the others are denied"
unlike "$out" "open /n/other=EPERM" "DCG-01 and the one is allowed"
run "$with $(rules "{ allow: true, type: \"c\", major: 240, minor: 1, access: \"rw\" }, $deny")" open /n/other
line "open /n/other=EPERM" "DCG-01 allow one, then deny all: denied"
run "$with $(rules '{ allow: true, access: "rwm" }, { allow: false, type: "c", major: 10, minor: 229, access: "rwm" }')" open /n/other , open /n/fuse
like "$out" "open /n/fuse=EPERM" "DCG-01 allow all, then deny one"
unlike "$out" "open /n/other=EPERM" "DCG-01 the others stay allowed"
run "$with $(rules "$deny, { allow: true, type: \"c\", major: 240, access: \"rwm\" }")" open /n/other , open /n/fuse
like "$out" "open /n/fuse=EPERM" "DCG-04 minor absent: any"
unlike "$out" "open /n/other=EPERM" "DCG-04 of that major"
run "$with $(rules "$deny, { allow: true, type: \"c\", access: \"rwm\" }")" open /n/fuse , open /n/loop
like "$out" "open /n/loop=EPERM" "DCG-03 type c is not for block devices"
unlike "$out" "open /n/fuse=EPERM" "DCG-04 major absent: any"
run "$with $(rules "$deny, { allow: true, type: \"b\", access: \"rwm\" }")" open /n/fuse , open /n/loop
like "$out" "open /n/fuse=EPERM" "DCG-03 type b is not for character devices"
unlike "$out" "open /n/loop=EPERM" "DCG-03 but for block devices"
run "$with $(rules "$deny, { allow: true, type: \"a\", access: \"rwm\" }")" open /n/fuse , open /n/loop
unlike "$rc:$out" "^[^0]|EPERM" "DCG-03 type a is both"

t "access"
mkdir "$B/n"
mknod -m 666 "$B/n/other" c 240 1
run "$with $(rules "$deny, { allow: true, type: \"c\", major: 240, minor: 1, access: \"r\" }")" open /n/other , read /n/other , write /n/other ''
like "$out" "open /n/other=EPERM.*write /n/other=EPERM" "DCG-05 r does not allow writing"
unlike "$out" "read /n/other=EPERM" "DCG-05 but reading"
run "$(rules "$deny, { allow: true, type: \"c\", major: 10, minor: 229, access: \"m\" }") | .process.noNewPrivileges = false" mknod /tmp/fuse c 10 229 , open /tmp/fuse , \
	mknod /tmp/loop b 7 0
like "$out" "mknod /tmp/fuse=OK.*open /tmp/fuse=EPERM" "DCG-05 m allows to make the node, not to open it"
run "$with $(rules "$deny, { allow: true, type: \"c\", major: 240, minor: 1 }")" open /n/other
unlike "$rc:$out" "^0:.*EPERM" "DCG-05 access absent: all, or refused"

t "default devices"
run "$(rules "$deny")" open /dev/null , open /dev/zero , open /dev/full , open /dev/random , open /dev/urandom , open /dev/ptmx , write /dev/null x
lines "open /dev/null=OK
open /dev/zero=OK
open /dev/full=OK
open /dev/random=OK
open /dev/urandom=OK
open /dev/ptmx=OK" "DCG-06 the default devices can be used when all is denied"
for f in 'del(.linux.resources)' '.linux.resources = {}' '.linux.resources.devices = []'; do
	mkdir -p "$B/n"
	[ -e "$B/n/fuse" ] || mknod -m 666 "$B/n/fuse" c 10 229
	[ -e "$B/n/other" ] || mknod -m 666 "$B/n/other" c 240 1
	run "$with $f" open /n/fuse , open /n/other , open /dev/null
	like "$out" "open /n/fuse=EPERM.*open /n/other=EPERM.*open /dev/null=OK" "DCG-07 without a list ($f) only the default devices can be used"
done

t "values"
while read -r path entry; do
	[ -n "$path" ] || continue
	run "$(rules "$entry")" say never
	fails "config\.json:[0-9]+:[0-9]+: linux\.resources\.devices\[0\]\.?$path" "DCG-02 DCG-03 DCG-05 $entry is refused"
done <<'END'
allow { type: "c", major: 1, minor: 3, access: "r" }
allow { allow: "yes", access: "r" }
type { allow: true, type: "q", access: "rwm" }
access { allow: true, type: "c", access: "xyz" }
access { allow: true, type: "c", access: 7 }
major { allow: true, type: "c", major: "1", access: "r" }
END

t "many rules"
run "$(rules "$deny, (range(400) | { allow: true, type: \"c\", major: (200 + .), minor: ., access: \"rw\" })")" open /dev/null
line "open /dev/null=OK" "DCG-01 four hundred rules"

t "a filter that the kernel refuses"
if strace -qq -o /dev/null true 2>/dev/null; then
	for n in 1 2; do
		PREFIX=(strace -qq -o /dev/null -e trace=bpf -e "inject=bpf:error=EPERM:when=$n")
		run . say never
		PREFIX=()
		fails "device filter" "DCG-08 without its filter a container is not made"
	done
else
	skip "DCG-08 without its filter a container is not made" "host: strace cannot trace here"
fi
run "$(rules '{ allow: true, access: "rwm" }')" open /dev/null
line "open /dev/null=OK" "DCG-01 all allowed"

t "user namespace"
mkdir "$B/n" "$B/rootfs/n"
mknod -m 666 "$B/n/other" c 240 1
run "$with userns | .linux.resources.devices = [ $deny ]" open /n/other , open /dev/null
lines "open /n/other=EPERM
open /dev/null=OK" "DCG-08 the filter is there in a user namespace, too"

finish
