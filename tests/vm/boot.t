#!/bin/bash
# boot.t - the machine is what the other files expect, and containers run in it, also with real-time scheduling
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

t "real time"
create '.process.scheduler = { policy: "SCHED_DEADLINE", runtime: 1000000, deadline: 20000000, period: 30000000 }' pause
start
init_pid
said ready
like "$(chrt -p "$PID")" "SCHED_DEADLINE.*1000000/20000000/30000000" "PROC-26 policy, runtime, deadline and period"
run '.process.scheduler = { policy: "SCHED_DEADLINE", runtime: 30000000, deadline: 20000000, period: 20000000 }' say never
fails "process\.scheduler" "PROC-26 more time than until the deadline is an error"

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
