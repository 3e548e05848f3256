#!/bin/bash
# selinux.t - SELinux is on, enforces, and containers run
. "${0%/*}/../cli/lib.sh"

setenforce 1
t "the machine"
like "$(cat /sys/kernel/security/lsm)" selinux "SELinux is on"
is "$(cat /sys/fs/selinux/enforce)" 1 "and enforces"
like "$(tr -d '\0' </proc/self/attr/current)" "^unconfined_u:unconfined_r:unconfined_t:" "the caller is an administrator"

t "a container"
run . say hello
is "$rc:$out:$err" "0:hello:" "run, without a label"
run . read /proc/self/attr/current
like "$out" "=OK:unconfined_u:unconfined_r:unconfined_t:" "it has the caller's label"
finish
