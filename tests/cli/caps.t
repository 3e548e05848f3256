#!/bin/bash
# caps.t - capabilities (config.md "Linux Process")
. "${0%/*}/lib.sh"

KILL=0000000000000020 CHOWN=0000000000000001 NONE=0000000000000000

t "sets"
run '.process.capabilities = { bounding: [ "CAP_CHOWN", "CAP_KILL" ], effective: [ "CAP_KILL" ], permitted: [ "CAP_CHOWN", "CAP_KILL" ],
	inheritable: [ "CAP_CHOWN" ], ambient: [ "CAP_CHOWN" ] }' caps
lines "cap.bounding=0000000000000021
cap.permitted=0000000000000021
cap.inheritable=$CHOWN
cap.ambient=$CHOWN" "CAP-01 each set is as listed"
run '.process.user.uid = 1000 | .process.capabilities = { bounding: [ "CAP_KILL" ], effective: [ "CAP_KILL" ], permitted: [ "CAP_KILL" ],
	inheritable: [ "CAP_KILL" ], ambient: [ "CAP_KILL" ] }' caps , ids
lines "cap.bounding=$KILL
cap.effective=$KILL
cap.permitted=$KILL
cap.inheritable=$KILL
cap.ambient=$KILL
uid=1000 1000 1000" "CAP-06 ambient capabilities of another user than root survive exec"
run '.process.user.uid = 1000 | caps([ "CAP_KILL" ])' caps
lines "cap.bounding=$KILL
cap.effective=$NONE
cap.permitted=$NONE
cap.inheritable=$NONE
cap.ambient=$NONE" "CAP-01 without ambient ones nothing is left after exec by another user than root"
run 'caps([])' caps
lines "cap.bounding=$NONE
cap.effective=$NONE
cap.permitted=$NONE" "CAP-01 empty sets"
run 'del(.process.capabilities)' caps
lines "cap.bounding=$NONE
cap.effective=$NONE
cap.permitted=$NONE
cap.inheritable=$NONE
cap.ambient=$NONE" "CAP-05 capabilities absent: none"
run '.process.capabilities = {}' caps
lines "cap.bounding=$NONE
cap.effective=$NONE
cap.permitted=$NONE
cap.inheritable=$NONE
cap.ambient=$NONE" "CAP-05 an empty object too"
run 'del(.process.capabilities) | .process.noNewPrivileges = false' caps
value cap.effective $NONE "CAP-05 also without noNewPrivileges"
run 'caps([ "CAP_KILL" ])' caps
lines "cap.inheritable=$NONE
cap.ambient=$NONE
securebits=0" "CAP-01 inheritable and ambient are empty unless given"

t "names"
mine=$((0x$(sed -n 's/CapEff:\t//p' /proc/self/status)))
i=0
all='[] '
for c in CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN \
	NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME \
	SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF \
	CHECKPOINT_RESTORE; do
	[ $((mine >> i & 1)) = 1 ] && all+="+ [ \"CAP_$c\" ]"
	i=$((i + 1))
done
run "caps($all)" caps
value cap.bounding "$(printf %016x $mine)" "CAP-02 every capability has its name"
run "caps($all)" caps
value cap.effective "$(printf %016x $mine)" "CAP-02 in every set"
for c in CAP_BOGUS cap_kill KILL ''; do
	run "caps([ \"CAP_KILL\", \"$c\" ])" caps
	warns "$c" "CAP-03 an unknown capability (\"$c\") is a warning"
	value cap.bounding $KILL "CAP-03 LIFE-20 and the others are set"
done
run '.process.capabilities.bounding = [ 7 ]' say never
refused "process.capabilities.bounding[0]" string "CAP-02 a capability that is no string is refused"
run '.process.capabilities.effective = "CAP_KILL"' say never
refused "process.capabilities.effective" array "CAP-02 a set that is no array is refused"
if [ $((mine >> 24 & 1)) = 0 ]; then
	run 'caps([ "CAP_KILL", "CAP_SYS_RESOURCE" ])' caps
	warns CAP_SYS_RESOURCE "CAP-03 one that cannot be granted is a warning"
	value cap.effective $KILL "CAP-03 and the others are granted"
else
	skip "CAP-03 one that cannot be granted is a warning" "host: every capability can be granted"
fi

t "sets that contradict each other"
run '.process.capabilities = { bounding: [ "CAP_KILL" ], permitted: [], effective: [ "CAP_KILL" ] }' say ok
warns "CAP_KILL|effective" "CAP-04 effective beyond permitted is a warning"
is "$out" ok "CAP-04 and the program runs"
run '.process.user.uid = 1000 | .process.capabilities = { bounding: [ "CAP_KILL" ], permitted: [ "CAP_KILL" ], ambient: [ "CAP_KILL" ] }' caps
warns "can't raise ambient capability CAP_KILL: process\\.capabilities\\.ambient " "CAP-04 ambient beyond inheritable is a warning"
value cap.ambient $NONE "CAP-04 and dropped"

# What execve leaves of five sets (capabilities(7)), each with CAP_KILL or without, without file capabilities: "inheritable permitted
# effective bounding ambient", 1 or 0 each. Before, a set that asks for more than another gives is cut.
after_exec() { # UID NNP BOUNDING EFFECTIVE INHERITABLE PERMITTED AMBIENT
	local root=$(($1 == 0)) b=$3 i=$(($5 & $3)) p=$6 a e
	e=$(($4 & p)) a=$(($7 & p & i))
	if [ $root = 1 ]; then
		# root's files have all capabilities; with no_new_privs nothing is gained
		e=$((i | b)) a=$((i & a))
		[ "$2" = 1 ] && e=$((e & p))
		p=$e
	else
		p=$a e=$a
	fi
	echo "$i $p $e $b $a"
}

t "every combination of sets, users and noNewPrivileges"
conf '.process.capabilities = "CAPS" | .process.user = { uid: 4242, gid: 0 } | .process.noNewPrivileges = "NNP"' caps
mv "$B/config.json" "$B/template"
set_of() { [ "$2" = 0 ] && echo "\"$1\":[]" || echo "\"$1\":[\"CAP_KILL\"]"; }
wrong='' n=0
for uid in 0 1000; do
	for nnp in 0 1; do
		for sets in {0,1}" "{0,1}" "{0,1}" "{0,1}" "{0,1}; do
			read -ra bit <<<"$sets"
			text="{$(set_of bounding "${bit[0]}"),$(set_of effective "${bit[1]}"),$(set_of inheritable "${bit[2]}"),$(set_of permitted "${bit[3]}"),$(set_of ambient "${bit[4]}")}"
			sed "s/\"CAPS\"/$text/; s/4242/$uid/; s/\"NNP\"/$( ((nnp)) && echo true || echo false)/" "$B/template" >"$B/config.json"
			rerun
			want=$(after_exec $uid $nnp "${bit[@]}")
			got=$(sed -n 's/^cap\.inheritable=/1 /p; s/^cap\.permitted=/2 /p; s/^cap\.effective=/3 /p; s/^cap\.bounding=/4 /p; s/^cap\.ambient=/5 /p' <<<"$out" |
				sort | awk '{ printf "%s%d", (NR > 1 ? " " : ""), $2 ~ /2.$/ }')
			n=$((n + 1))
			[ "$rc:$got" = "0:$want" ] ||
				wrong+="uid $uid, nnp $nnp, bounding effective inheritable permitted ambient $sets: $rc:$got for $want ($err)"$'\n'
		done
	done
done
is "$n:$wrong" "128:" "CAP-01 CAP-04 CAP-06 is as capabilities(7) has it"

t "before the program"
run 'caps([ "CAP_KILL" ]) | .hostname = "x" | .linux.sysctl = { "net.ipv4.ip_forward": "1" } | mnt("/m"; "tmpfs"; [])' uts
value hostname x "CAP-06 what the runtime itself does needs none of them"
run 'caps([]) | .process.user = { uid: 1000, gid: 1000, additionalGids: [ 4 ] }' ids
lines "uid=1000 1000 1000
groups=4" "CAP-06 nor does changing the user"
run 'userns | caps([ "CAP_KILL" ])' caps
value cap.effective $KILL "CAP-01 sets in a user namespace"

finish
