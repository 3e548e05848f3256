#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# guest.sh FILE... - in the virtual machine: run these test files one after the other, their TAP to /ctl/NAME.tap
#
# They use the harness of tests/cli, from copies: nothing of what a test does to the runtime and its helpers depends on how
# the shared tree is attached.
set -u

# devices that limits can be set for, the same for every file: nullb0, whose share of time the kernel can weigh, and rxe0.
# rxe0 stays until the end: the kernel (6.12) crashes when such a device goes after a cgroup that had a limit for it.
hardware() {
	modprobe -a null_blk dummy rdma_rxe
	echo "$(cat /sys/block/nullb0/dev) enable=1" >/sys/fs/cgroup/io.cost.qos
	ip link add dummy0 type dummy
	ip link set dummy0 up
	rdma link add rxe0 type rxe netdev dummy0
}

bin=/opt/tests
hardware
mkdir -p "$bin"
cp -p build/release/crun-lite build/tests/probe build/tests/aid "$bin"
touch "$bin"/* # newer than their sources, whatever happens to these now: there is no compiler here
# the deadlines of the harness are for a machine that is 10 to 30 times faster
export CRUN_LITE=$bin/crun-lite TEST_BIN=$bin LIMIT=300 FILE_LIMIT=3600
status=0
for file; do
	tap=/ctl/$(basename "$file" .t).tap
	begin=$SECONDS
	if [ "${V:-0}" = 0 ]; then bash "$file" >"$tap"; else bash "$file" | tee "$tap"; fi
	[ "${PIPESTATUS[0]}" = 0 ] || status=1
	echo "$file: $(grep -c '^ok ' "$tap") ok, $(grep -c '^not ok ' "$tap") not ok, $((SECONDS - begin)) s"
done
journalctl --no-pager -o short-monotonic >/ctl/journal 2>&1
exit $status
