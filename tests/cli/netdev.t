#!/bin/bash
# netdev.t - network devices of the runtime's namespace moved into the container's (config-linux.md "Network Devices")
. "${0%/*}/lib.sh"

# Everything happens in the network namespace of the test. The kernel destroys virtual devices with their namespace, some time
# after its last process has ended.
command -v ip >/dev/null || fail_all "no ip: tests/deps.sh test"
ip link add probe0 type veth peer name probe1 2>/dev/null || skip_all "host: the kernel has no veth devices"
ip link del probe0

# pair NAME - a new pair NAME, NAME-p
pair() {
	ip link del "$1" 2>/dev/null
	ip link del "$1-p" 2>/dev/null
	ip link add "$1" type veth peer name "$1-p" && ip link set "$1-p" up
}

# number NAME - of a device (ifindex)
number() { ip -o link show dev "$1" | cut -d: -f1; }

# inside ARGUMENT... - ip(8) in the container's network namespace, in out
inside() {
	out=$(nsenter --net="/proc/$PID/ns/net" ip "$@" 2>&1)
	rc=$?
}

# here NAME - what is known of a device, but for what changes by itself
here() { ip -o addr show dev "$1" scope global 2>&1; ip -o link show dev "$1" 2>&1 | sed 's/ state [A-Z]*//; s/NO-CARRIER,//; s/,LOWER_UP//'; }

# namespace NAME - a network namespace that stays, at $W/NAME: /run/netns is the host's
namespace() { : >"$W/$1" && unshare --net="$W/$1" true; }

t "a device is moved"
pair v0
create '.linux.netDevices = { v0: {} }' pause
init_pid
inside -o link show dev v0
like "$out" "v0@" "NET-01 it is inside"
like "$out" "<[^>]*[,<]UP[,>]" "NET-06 and up"
like "$(ip -o link show dev v0 2>&1)" "does not exist" "NET-01 and no longer outside"
inside -o link show
is "$(wc -l <<<"$out")" 2 "NET-01 beside the loopback device nothing else is"
cl kill "$ID" KILL
"$AID" wait-pid "$PID"
cl delete "$ID"
succeeds "NET-07 delete knows nothing of devices"
like "$(ip -o link show dev v0 2>&1)" "does not exist" "NET-07 and brings none back"

t "what runs inside sees it"
pair v0
run '.linux.netDevices = { v0: { name: "lan0" } } | .linux.sysctl = { "net.ipv4.conf.lan0.forwarding": "1" }' \
	ls /sys/class/net , read /proc/sys/net/ipv4/conf/lan0/forwarding
like "$out" "lan0" "NET-01 the program sees the device"
like "$out" "forwarding=OK:1" "NET-01 the device is there before sysctl"

t "names"
pair v0
create '.linux.netDevices = { v0: { name: "lan0" } }' pause
init_pid
inside -o link show dev lan0
like "$out" "lan0@.*[,<]UP[,>]" "NET-02 the name inside is the one given"
inside -o link show dev v0
like "$out" "does not exist" "NET-02 and no other"
pair v1
for n in a/b a:b "a b" . .. 0123456789abcdef; do
	run ".linux.netDevices = { v1: { name: \"$n\" } }" say never
	refused linux.netDevices.v1.name "must be the name of an interface" "NET-02 \"$n\" is refused"
done
ok "NET-02 the device stays" ip link show dev v1

t "a name that is taken"
pair v0
ip addr add 192.0.2.7/24 dev v0
ip -6 addr add 2001:db8::7/64 dev v0 nodad
ip link set v0 up
before=$(here v0)
run '.linux.netDevices = { v0: { name: "lo" } }' say never
fails 'config\.json:[0-9]+:[0-9]+: linux\.netDevices\.v0: network device "v0" cannot be called "lo": .*give another name' "NET-03 the name of the loopback device is taken"
is "$(here v0)" "$before" "NET-03 the device stays where it was, with its addresses"
namespace taken
nsenter --net="$W/taken" ip link add lan0 type veth peer name lan1
run "nons(\"network\") | .linux.namespaces += [ { type: \"network\", path: \"$W/taken\" } ]
	| .linux.netDevices = { v0: { name: \"lan0\" } }" say never
fails 'cannot be called "lan0"' "NET-03 as is a name in a namespace that is joined"
is "$(here v0)" "$before" "NET-03 the device stays there, too"
pair v1
run '.linux.netDevices = { v1: { name: "ok0" }, v0: { name: "lo" } }' say never
fails 'network device "v0" cannot be called "lo"' "NET-03 one of two"
ok "NET-03 the other one stays as well" ip link show dev v1
is "$(here v0)" "$before" "NET-03 and the one"
create "nons(\"network\") | .linux.namespaces += [ { type: \"network\", path: \"$W/taken\" } ]
	| .linux.netDevices = { v0: { name: \"lan7\" } }" pause
init_pid
inside -o link show dev lan7
like "$out" "lan7@.*[,<]UP[,>]" "NET-01 a device is moved into a namespace that is joined"
inside -o addr show dev lan7
like "$out" "192\.0\.2\.7/24.*2001:db8::7/64" "NET-05 with its addresses"
cl delete --force "$ID"
ok "NET-07 it stays in a namespace that stays" nsenter --net="$W/taken" ip link show dev lan7
umount "$W/taken"

t "templates"
pair v0
pair v1
create '.linux.netDevices = { v0: { name: "eth%d" }, v1: { name: "eth%d" } }' pause
init_pid
inside -o link show
like "$out" "eth0@.*eth1@" "NET-04 the kernel picks the names"
pair v2
ip addr add 198.51.100.2/24 dev v2
cl delete --force "$ID"
create '.linux.netDevices = { v2: { name: "net%d" } }' pause
init_pid
inside -o addr show dev net0
like "$out" "198\.51\.100\.2/24 .* global net0" "NET-04 the address is found on it, under its own label"

t "numbers that are taken"
pair v0
index=$(number v0)
namespace other
nsenter --net="$W/other" ip link add x0 index "$index" type veth peer name x1
ip addr add 203.0.113.1/24 dev v0
create "nons(\"network\") | .linux.namespaces += [ { type: \"network\", path: \"$W/other\" } ]
	| .linux.netDevices = { v0: { name: \"new%d\" } }" pause
init_pid
inside -o addr show dev new0
like "$out" "203\.0\.113\.1/24 .* new0" "NET-04 a device is found again when its number is in use inside"
cl delete --force "$ID"
umount "$W/other"

t "addresses"
pair v0
ip link set v0 up
ip addr add 192.0.2.1/24 brd 192.0.2.255 dev v0
ip addr add 192.0.2.2/24 dev v0 label v0:alias
ip addr add 10.0.0.1 peer 10.0.0.9 dev v0
ip addr add 192.0.2.5/32 dev v0 metric 77 noprefixroute
ip addr add 192.0.2.3/24 valid_lft 1000 preferred_lft 1000 dev v0
ip addr add 198.51.100.4/24 scope 253 dev v0
ip -6 addr add 2001:db8::1/64 dev v0 nodad
ip -6 addr add 2001:db8::2/64 valid_lft 1000 preferred_lft 1000 dev v0 nodad
ip -6 addr add 2001:db8::3/64 preferred_lft 0 dev v0 nodad
ip -6 addr add fd00::1/128 dev v0 nodad
create '.linux.netDevices = { v0: { name: "lan0" } }' pause
init_pid
inside -o -4 addr show dev lan0
like "$out" "inet 192\.0\.2\.1/24 brd 192\.0\.2\.255 scope global lan0\\\\ +valid_lft forever" "NET-05 IPv4, with its broadcast address"
like "$out" "192\.0\.2\.2/24 scope global secondary lan0:alias" "NET-05 the label follows the name"
like "$out" "10\.0\.0\.1 peer 10\.0\.0\.9/32" "NET-05 the peer's address"
like "$out" "192\.0\.2\.5/32 metric 77 scope global noprefixroute" "NET-05 metric and flags"
unlike "$out" "192\.0\.2\.3" "NET-05 not one that runs out"
unlike "$out" "198\.51\.100\.4" "NET-05 not one of the link"
inside -o -6 addr show dev lan0
like "$out" "2001:db8::1/64 scope global [^\\]*\\\\ +valid_lft forever" "NET-05 IPv6"
like "$out" "fd00::1/128 scope global" "NET-05 and another"
unlike "$out" "2001:db8::2/" "NET-05 IPv6, not one that runs out"
unlike "$out" "2001:db8::[13]/64[^\\]*tentative" "NET-05 they can be used at once"
like "$out" "2001:db8::3/64 scope global [^\\]*deprecated [^\\]*\\\\ +valid_lft forever preferred_lft 0sec" "NET-05 a deprecated address stays one"

t "what cannot be moved"
run '.linux.netDevices = { nope0: {} }' say never
fails 'config\.json:[0-9]+:[0-9]+: linux\.netDevices\.nope0: network device "nope0" does not exist in the caller.s network namespace$' \
	"NET-01 a device that is not there"
run '.linux.netDevices = { lo: { name: "lo1" } }' say never
fails 'network device "lo" cannot be moved: a loopback device belongs to its network namespace' "NET-01 the loopback device"
run 'nons("network") | .linux.netDevices = { v0: {} }' say never
refused linux.netDevices 'must not be given without the namespace "network"' "NET-08 there is nowhere to move to without a network namespace"
pair v0
ip addr add 192.0.2.7/24 dev v0
before=$(here v0)
run 'nons("network") | .linux.namespaces += [ { type: "network", path: "/proc/self/ns/net" } ] | .linux.netDevices = { v0: {} }' say never
fails "linux\.netDevices\.v0: the container is in the caller's own network namespace" "NET-08 nor in the caller's own"
is "$(here v0)" "$before" "NET-08 the device is left alone"
ip link set lo up
PREFIX=(setpriv --bounding-set -net_admin --inh-caps -net_admin)
run 'userns | .linux.netDevices = { v0: {} }' say never
fails 'move network device "v0" .*CAP_NET_ADMIN.*operation not permitted' "NET-01 without the right to"
is "$(here v0)" "$before" "NET-01 it stays"
# the run of an ordinary user: as in rootless.t
cp "$CRUN_LITE" "$W/crun-lite"
mkdir -m 700 "$W/user"
rm -r "$B/rootfs"
cp -a "$W/template/rootfs" "$B/rootfs"
chown -hR 7001:7001 "$W/user" "$B/rootfs"
PREFIX=(setpriv --reuid 7001 --regid 7001 --clear-groups env "XDG_RUNTIME_DIR=$W/user" "$W/crun-lite" --root "$W/user/state" run -b "$B" u1)
conf 'del(.linux.cgroupsPath) | ns("user") | .linux.uidMappings = [ { containerID: 0, hostID: 7001, size: 1 } ]
	| .linux.gidMappings = .linux.uidMappings | .linux.netDevices = { v0: {} }' say never
execute "$W/out" "$W/err" "${PREFIX[@]}"
PREFIX=()
like "$rc:$err" '^1:.*linux\.netDevices\.v0: move network device "v0" .*CAP_NET_ADMIN.*: permission denied' "NET-08 an ordinary user cannot move one"
is "$(here v0)" "$before" "NET-08 it stays"

t "a create that fails later"
pair v0
pair v1
ip link set v0 up
ip addr add 192.0.2.7/24 dev v0
ip -6 addr add 2001:db8::7/64 dev v0 nodad
index=$(number v0)
before=$(here v0; here v1)
cat >"$B/fail" <<'END'
#!/bin/sh
exit 3
END
chmod +x "$B/fail"
run '.linux.netDevices = { v0: { name: "lan%d" }, v1: {} } | .hooks = { createRuntime: [ { path: "\($b)/fail" } ] }' say never
fails "createRuntime" "LIFE-21 a hook fails behind the move"
is "$(here v0; here v1)" "$before" "LIFE-21 the devices are back: names, addresses, state"
is "$(number v0)" "$index" "LIFE-21 and numbers"
run '.linux.netDevices = { v0: { name: "lan0" }, v1: {} } | .hooks = { createContainer: [ { path: "\($b)/fail" } ] }' say never
fails "createContainer" "LIFE-21 a hook inside fails"
is "$(here v0; here v1)" "$before" "LIFE-21 the devices are back then, too"
run '.linux.netDevices = { v0: { name: "lan0" } } | .linux.sysctl = { "net.ipv4.conf.nope.forwarding": "1" }' say never
fails "sysctl" "LIFE-21 a parameter fails"
is "$(here v0; here v1)" "$before" "LIFE-21 the devices are back"
run '.linux.netDevices = { v0: { name: "lan0" } } | .process.args = [ "/no/such/program" ]' say never
fails "no such file" "LIFE-21 there is no program"
is "$(here v0; here v1)" "$before" "LIFE-21 the devices are back once more"
run '.linux.netDevices = { v0: { name: "lan0" } } | .hooks = { poststart: [ { path: "\($b)/fail" } ] }' pause
fails "poststart" "LIFE-21 a hook of run fails"
is "$(here v0; here v1)" "$before" "LIFE-21 even then"

t "other names"
pair v0
if ip link property add dev v0 altname the-long-name-0 2>/dev/null; then
	create '.linux.netDevices = { "the-long-name-0": { name: "lan0" } }' pause
	init_pid
	inside -o link show dev lan0
	like "$out" "lan0@" "NET-01 an alternative name of a device will do"
else
	skip "NET-01 an alternative name of a device will do" "host: the kernel has no alternative names"
fi
pair v1
if ip link add br0 type bridge 2>/dev/null; then
	ip link set v1 master br0
	before=$(here v1)
	run '.linux.netDevices = { v1: { name: "lan0" } } | .process.args = [ "/no/such/program" ]' say never
	is "$(here v1)" "$before" "LIFE-21 a port of a bridge is one again"
	ip link del br0
else
	skip "LIFE-21 a port of a bridge is one again" "host: the kernel has no bridges"
fi

t "user namespaces"
pair v0
ip addr add 192.0.2.7/24 dev v0
create 'userns | .linux.netDevices = { v0: { name: "eth0" } }' pause
init_pid
inside -o addr show dev eth0
like "$out" "192\.0\.2\.7/24" "NET-01 a device is moved into a container with a user namespace"

t "the plan"
run '.linux.netDevices = { v0: { name: "lan0" }, v9: {} }' say never
cl run --dry-run -b "$B" "$ID"
like "$out" "network device v0 as lan0"$'\n'"network device v9 as v9" "NET-01 --dry-run shows what would be moved"

finish
