#!/bin/bash
# boot.t - the machine is what the other files expect, and containers run in it
. "${0%/*}/../cli/lib.sh"

t "the machine"
like "$(uname -r)" "^(6\.1[0-9]|[7-9])" "kernel"
for c in cpu cpuset io memory hugetlb pids rdma misc; do
	ok "controller $c" grep -qw "$c" "$CG/cgroup.controllers"
done
like "$(busctl get-property org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager SystemState)" \
	"running" "systemd is up"
is "$(loginctl show-user tester -p State --value)" lingering "and has a service manager for an ordinary user"
like "$(cat /sys/kernel/security/lsm)" apparmor "AppArmor is on"
is "$(cat /sys/module/apparmor/parameters/enabled)" Y "and enabled"

t "a container"
run . say hello
is "$rc:$out:$err" "0:hello:" "run"
create . pause
succeeds "create"
init_pid
is "$(cat "$CG/$ID/cgroup.procs")" "$PID" "the container has its cgroup"
start
status_is running "start"
cl kill "$ID" KILL
ended
status_is stopped "kill"
cl delete "$ID"
succeeds "delete"
nok "and no cgroup stays" test -e "$CG/$ID"
finish
