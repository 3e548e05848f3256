#!/bin/bash
# affinity.t - the processors of a container's programs: those of its cpuset, whatever the caller is bound to, with both cgroup managers
VIEW=host
. "${0%/*}/../cli/lib.sh"
# the short way to the service manager is closed to other pid namespaces
export SYSTEMCTL_FORCE_BUS=1

of() { sed -n 's/Cpus_allowed_list:\t//p' "/proc/$1/status"; }

# made CPUS FILTER - a running container that has these processors; the caller is bound to processor 0
made() {
	RUN=()
	new_id
	conf ".linux.resources.cpu = { cpus: \"$1\", mems: \"0\" } | $2" pause
	[ "$MANAGER" = cgroupfs ] || conf "del(.linux.cgroupsPath) | .linux.resources.cpu = { cpus: \"$1\", mems: \"0\" } | $2" pause
	execute "$B/out" "$B/err" taskset -c 0 "$CRUN_LITE" --root "$STATE" --cgroup-manager "$MANAGER" create -b "$B" "$ID"
	init_pid
	start
}

# execs - processors of a program that exec runs while the caller is bound to processor 0
execs() {
	execute "$W/out" "$W/err" taskset -c 0 "$CRUN_LITE" --root "$STATE" exec "$ID" /bin/probe read /proc/self/status
	out=$(<"$W/out")
	[[ "$out" =~ Cpus_allowed_list:.x09([0-9,-]*) ]] && got=${BASH_REMATCH[1]}
}

for MANAGER in cgroupfs systemd; do
	t "$MANAGER"
	for cpus in 0-1 1 0; do
		made "$cpus" .
		is "$(of "$PID")" "$cpus" "PROC-27 $MANAGER: init has the cpuset $cpus"
		execs
		is "$got" "$cpus" "PROC-27 $MANAGER: exec as well"
		cl delete --force "$ID"
	done
	made 1 '.process.execCPUAffinity = { initial: "0" }'
	execs
	is "$got" 1 "PROC-27 $MANAGER: the first processors of an exec hold until it is in the cgroup"
	cl delete --force "$ID"
	made 0-1 '.process.execCPUAffinity = { initial: "0", final: "1" }'
	is "$(of "$PID")" 0-1 "PROC-27 $MANAGER: init is not concerned"
	execs
	is "$got" 1 "PROC-27 $MANAGER: the final ones hold"
	cl update --cpuset-cpus 0 "$ID"
	is "$(of "$PID")" 0 "PROC-27 $MANAGER: init follows the cpuset"
	cl update --cpuset-cpus 0-1 "$ID"
	is "$(of "$PID")" 0-1 "PROC-27 $MANAGER: also when that grows"
	cl delete --force "$ID"
done

finish
