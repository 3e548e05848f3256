#!/bin/bash
# readme.t - the commands of README.md, pasted as they are written there, by root and by a user after "su -"
. "${0%/*}/lib.sh"

U=7002
mkdir -m 755 "$W/bin" "$W/home"
mkdir "$W/here"
chmod 711 "$W"
cp "$CRUN_LITE" "$W/bin/crun-lite"
mount --bind "$W/bin" /usr/local/bin
mount -t tmpfs -o mode=755 tmpfs /run
own_tmp
{ cat /etc/passwd && echo "reader:*:$U:$U::$W/home:/bin/sh"; } >"$W/passwd"
chmod 644 "$W/passwd"
mount --bind "$W/passwd" /etc/passwd
chown $U:$U "$W/home"
slurp /proc/self/mountinfo && mounts_before=$REPLY

# blocks SECTION [N...] - the commands in this section of README.md, or in its Nth blocks
blocks() {
	awk -v section="## $1" -v which=" ${*:2} " '/^## /{ here = $0 == section } /^```/{ on = 0 } on { print }
		/^```sh$/ && here { n++; on = which == "  " || index(which, " " n " ") }' "$top/README.md"
}

# paste DIR INPUT PROGRAM... - a shell on a terminal reads the commands of $W/blocks there; INPUT is typed when it says something
# first. What fails is in $W/failed
paste() {
	{
		printf 'cd %q || exit\n' "$1"
		echo "trap 'echo \"\$BASH_COMMAND: \$?\" >>$W/failed' ERR"
		cat "$W/blocks"
	} >"$W/script"
	: >"$W/failed"
	chmod 644 "$W/script"
	chmod 666 "$W/failed"
	execute "$W/out" "$W/err" "$AID" pty "$2" "${@:3}"
	slurp "$W/failed" && failed=$REPLY
	out=${out//$'\r'/}
}

t "five minutes by hand"
blocks "Five minutes by hand" >"$W/blocks"
paste "$W/here" $'ps\nhostname\nexit 3\n' bash "$W/script"
is "$failed" "crun-lite run shell: 3
crun-lite run --config wrong.json web: 1" "every command works, but the two that are to fail"
like "$out" "PID +USER +COMMAND.* 1 0 .* sh.*ps.*crun-lite" "the shell"
is "$(grep -o '"status": "[a-z]*"' <<<"$out" | xargs)" "status: created status: stopped" "the states are those of the text"
messages=$(sed -n '/^crun-lite: run "web": wrong/,/^```/p' "$top/README.md" | sed '$d')
is "$(grep -c . <<<"$messages"):$(grep -Fxc "$messages" <<<"$out")" "2:2" "the messages are, too"
is "$(bash -c 'crun-lite list -q')" "" "nothing is left"

t "without root"
is "$(blocks "Without root" 2 3 | head -n 2)" 'systemctl edit user@.service        # [Service], Delegate=cpu cpuset io memory pids
cd /sys/fs/cgroup && echo +memory +pids >cgroup.subtree_control' "the other blocks are for a host with systemd or the controllers: vm/systemd.t"
blocks "Without root" 1 >"$W/blocks"
for login in - ''; do
	rm -rf "$W/home/mine"
	# shellcheck disable=SC2086 # none, or a dash
	XDG_RUNTIME_DIR=/run/user/0 paste "$W/home" $'id -u\nexit 3\n' su $login reader -c "bash '$W/script'"
	if [ "$login" ]; then
		is "$failed" "crun-lite run mine: 3" "after su -: every command works"
		like "$out" "# .*id -u"$'\n'"0"$'\n' "the shell"
	else
		like "$failed:$out" "^crun-lite run mine: 1.*XDG_RUNTIME_DIR=\"/run/user/0\" .*: unset it" "after su, with the environment of root: it is said what to do"
	fi
done
is "$(stat -c '%u %a' /tmp/crun-lite-$U)" "$U 1700" "the state is in a directory of the user"

t "monitoring"
cd "$W/here/tour" || exit 1
bash -c 'crun-lite run --detach web'
mkdir -p /run/node_exporter
blocks Monitoring 2 | sed 's|/var/lib|/run|g' >"$W/blocks"
paste "$W/here/tour" '' bash "$W/script"
is "$failed" "" "metrics for the textfile collector"
like "$(cat /run/node_exporter/crun-lite.prom)" 'crunlite_container_info\{id="web"' "they are there"
blocks Monitoring 1 >"$W/blocks"
job "$AID" pty "" bash "$W/blocks"
job_said $'\n'
bash -c 'crun-lite delete --force web'
job_ended
is "$rc" 0 "events end with the container"

t "every block of commands"
is "$(awk '/^## /{ section = substr($0, 4) } /^```sh$/{ n[section]++ } END { for (s in n) print s ": " n[s] }' "$top/README.md" | sort)" \
	": 1
Build and install: 1
Checkpoint and restore: 1
Five minutes by hand: 6
Monitoring: 2
Reference: 1
With engines: 3
Without root: 3" "is run here, by example.t, vm/checkpoint.t, engines/dropin.t, engines/examples.t, engines/function.t or make check itself"

cd / || exit 1
umount /etc/passwd "$W" /tmp /run /usr/local/bin
slurp /proc/self/mountinfo && mounts_before=$REPLY
finish
