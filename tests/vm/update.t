#!/bin/bash
# update.t - other limits for a container that is there, with every controller and both cgroup managers
VIEW=host
. "${0%/*}/../cli/lib.sh"
# the short way to the service manager is closed to other pid namespaces
export SYSTEMCTL_FORCE_BUS=1

disk=$(cat /sys/block/nullb0/dev)
d="\"major\":${disk%:*},\"minor\":${disk#*:}"

# has FILE VALUE DESCRIPTION
has() { is "$(sed 's/ *$//' "$CGROUP/$1")" "$2" "$3: $1"; }

# shows NAME VALUE DESCRIPTION - of the scope, as systemd has it; nothing without one
shows() { [ -z "$SCOPE" ] || is "$(systemctl show -p "$1" --value "$SCOPE")" "$2" "$3: systemd knows $1"; }

# with JSON [ARGUMENT...] - update --resources -
with() {
	printf '%s' "$1" >"$W/json"
	IN=$W/json
	cl update --resources - "${@:2}" "$ID"
	IN=/dev/null
}

up() { cl update "$@" "$ID"; }
fine() { is "$rc:$err" "0:" "$1"; }

# says REGEX DESCRIPTION - the update failed, and the container is still there
says() { if [ "$rc" != 1 ]; then fail "$2" "want exit status 1"; else like "$err" "$1" "$2"; fi; }

# made FILTER [PROBE...] - with the cgroup manager MANAGER
made() {
	RUN=()
	new_id
	if [ "$MANAGER" = systemd ]; then
		conf "del(.linux.cgroupsPath) | $1" "${@:2}"
		SCOPE=crun-lite-$ID.scope CGROUP=/sys/fs/cgroup/system.slice/$SCOPE
	else
		conf "$@"
		SCOPE='' CGROUP=$CG/$ID
	fi
	execute "$B/out" "$B/err" "$CRUN_LITE" --root "$STATE" --cgroup-manager "$MANAGER" create -b "$B" "$ID"
	init_pid
}

for MANAGER in cgroupfs systemd; do
	t "$MANAGER: memory"
	made '.linux.resources.memory = { limit: 104857600, swap: 157286400 }' pause
	up --memory 200m
	fine "$MANAGER: --memory"
	has memory.max 209715200 "$MANAGER: a higher limit"
	has memory.swap.max 52428800 "$MANAGER: swap stays as it is"
	shows MemoryMax 209715200 "$MANAGER"
	shows MemorySwapMax 52428800 "$MANAGER"
	up --memory-swap 300m
	fine "CG-06 $MANAGER: swap alone goes by the limit in force"
	has memory.swap.max 104857600 "CG-06 $MANAGER"
	has memory.max 209715200 "CG-06 $MANAGER"
	shows MemorySwapMax 104857600 "$MANAGER"
	up --memory 64m --memory-swap 64m --memory-reservation 1.5m
	fine "CG-07 $MANAGER: all of them down"
	has memory.max 67108864 "CG-07 $MANAGER"
	has memory.swap.max 0 "CG-07 $MANAGER"
	has memory.low 1572864 "CG-07 $MANAGER"
	up --memory-swap 32m
	says "memory.swap: must be memory and swap together, so at least the limit 67108864, not 33554432" "CG-06 $MANAGER: less than the limit in force"
	up --memory -1
	fine "$MANAGER: no limit"
	has memory.max max "$MANAGER"
	has memory.swap.max max "CG-06 $MANAGER: none of swap either"
	shows MemoryMax infinity "$MANAGER"
	[ -z "$SCOPE" ] || systemctl daemon-reload
	has memory.low 1572864 "$MANAGER: after a reload"

	t "$MANAGER: cpu"
	made '.linux.resources.cpu = { shares: 1024, quota: 20000, period: 100000 }' pause
	up --cpu-quota 30000
	fine "$MANAGER: quota alone"
	has cpu.max "30000 100000" "CG-15 $MANAGER: the period stays"
	shows CPUQuotaPerSecUSec 300ms "$MANAGER"
	up --cpu-period 70000
	fine "$MANAGER: period alone"
	has cpu.max "30000 70000" "CG-15 $MANAGER: the quota stays"
	up --cpu-burst 5000
	fine "$MANAGER: burst"
	has cpu.max.burst 5000 "CG-16 $MANAGER"
	up --cpu-quota 4000
	says "cpu.quota: write \"4000 70000\" to \"cpu.max\".*invalid argument.*burst in cpu.max.burst, now 5000" "CG-16 $MANAGER: a quota below the burst is refused, with the reason"
	has cpu.max "30000 70000" "$MANAGER: and nothing has changed"
	up --cpu-quota 4000 --cpu-burst 3000
	fine "CG-16 $MANAGER: both"
	has cpu.max "4000 70000" "CG-16 $MANAGER"
	has cpu.max.burst 3000 "CG-16 $MANAGER"
	made . pause
	up --cpu-period 50000
	fine "CG-15 $MANAGER: a period without a quota"
	has cpu.max "max 50000" "CG-15 $MANAGER: is a setting"
	up --cpu-quota 20000
	has cpu.max "20000 50000" "CG-15 $MANAGER: a quota that comes later is one of that period"
	made '.linux.resources.cpu = { quota: 4000, period: 70000, burst: 3000 }' pause
	up --cpu-quota -1 --cpu-burst 0
	[ "$rc" = 0 ] || note "$err"
	has cpu.max "max 70000" "CG-15 $MANAGER: no limit"
	up --cpu-share 2048
	has cpu.weight 174 "CG-14 $MANAGER"
	shows CPUWeight 174 "$MANAGER"
	up --cpu-idle 1 --cpu-share 512
	is "$rc:$err" "0:crun-lite: warning: cpu.shares: unable to apply both shares and idle: an idle cgroup has no share" \
		"CG-17 $MANAGER: idle, and the share that is lost is named"
	has cpu.idle 1 "CG-17 $MANAGER: shares mean nothing then"
	up --cpu-share 512
	says "cpu.shares: write \"59\" to \"cpu.weight\".*invalid argument.*cpu.idle must be 0, and is 1" "CG-17 $MANAGER: shares of an idle one are refused, with the reason"
	up --cpu-idle 0 --cpu-share 512
	fine "$MANAGER: not idle"
	has cpu.idle 0 "CG-17 $MANAGER"
	has cpu.weight 59 "CG-17 $MANAGER"
	up --cpu-idle 1
	up --cpu-idle 0
	fine "$MANAGER: not idle, without shares"
	[ -z "$SCOPE" ] || systemctl daemon-reload
	up --cpu-quota 50000
	has cpu.idle 0 "CG-17 $MANAGER: systemd has forgotten it too"
	up --cpuset-cpus 0 --cpuset-mems 0
	fine "$MANAGER: processors"
	has cpuset.cpus 0 "CG-18 $MANAGER"
	has cpuset.mems 0 "CG-18 $MANAGER"
	has cpuset.cpus.effective 0 "CG-18 $MANAGER"
	shows AllowedCPUs 0 "$MANAGER"
	up --cpuset-cpus 0-77
	says "cpu.cpus: write \"0-77\" to \"cpuset.cpus\".*(invalid argument|numerical result out of range).*processors that this machine has: 0-1" "CG-18 $MANAGER: a processor that is not there, with those that are"
	has cpuset.cpus 0 "$MANAGER: nothing has changed"

	t "$MANAGER: pids, io, huge pages"
	made '.linux.resources = { pids: { limit: 77 } }' pause
	up --pids-limit 33
	fine "$MANAGER: --pids-limit"
	has pids.max 33 "CG-25 $MANAGER"
	shows TasksMax 33 "$MANAGER"
	up --pids-limit -1
	has pids.max max "CG-25 $MANAGER: -1 is no limit"
	up --pids-limit 0
	has pids.max 0 "CG-25 $MANAGER: 0 is a limit"
	up --pids-limit 55
	up --blkio-weight 500
	fine "$MANAGER: --blkio-weight"
	is "$(head -n 1 "$CGROUP/io.weight")" "default 4950" "CG-20 $MANAGER"
	shows IOWeight 4950 "$MANAGER"
	with "{\"blockIO\":{\"throttleReadBpsDevice\":[{$d,\"rate\":1048576}],\"throttleWriteIOPSDevice\":[{$d,\"rate\":400}]}}"
	fine "$MANAGER: throttled devices"
	has io.max "$disk rbps=1048576 wbps=max riops=max wiops=400" "CG-23 $MANAGER"
	with "{\"blockIO\":{\"throttleReadBpsDevice\":[{$d,\"rate\":2097152}]}}"
	has io.max "$disk rbps=2097152 wbps=max riops=max wiops=400" "CG-23 $MANAGER: one key, the others stay"
	with '{"blockIO":{"throttleReadBpsDevice":[{"major":99,"minor":7,"rate":1}]}}'
	says '"99:7 rbps=1" to "io.max".*no such device.*no block device of this machine has that number' "CG-23 $MANAGER: a device that is not there"
	with '{"hugepageLimits":[{"pageSize":"2MB","limit":4194304}],"rdma":{"rxe0":{"hcaHandles":3}}}'
	fine "$MANAGER: what systemd has no property for"
	has hugetlb.2MB.max 4194304 "CG-24 $MANAGER"
	has rdma.max "rxe0 hca_handle=3 hca_object=max" "CG-34 $MANAGER"
	with '{"unified":{"memory.high":"83886080","cpu.weight":"33","pids.max":"44"}}'
	fine "$MANAGER: unified"
	has memory.high 83886080 "CG-35 $MANAGER"
	has cpu.weight 33 "CG-35 $MANAGER"
	has pids.max 44 "CG-35 $MANAGER"
	shows MemoryHigh 83886080 "$MANAGER"
	with '{"unified":{"memory.max":"","pids.max":"\n","cpu.weight":" "}}'
	fine "$MANAGER: empty values"
	has cpu.weight 33 "CG-35 $MANAGER: leave the files as they are"
	has pids.max 44 "CG-35 $MANAGER: leave the files as they are"
	with '{"unified":{"memory.reclaim":"1","memory.high":"max"}}'
	fine "$MANAGER: an order that cannot be read back"
	has memory.high max "CG-35 $MANAGER"

	t "$MANAGER: all or nothing"
	made ".linux.resources = { memory: { limit: 104857600 }, cpu: { shares: 512, quota: 20000 }, pids: { limit: 77 },
		blockIO: { throttleReadBpsDevice: [ { major: ${disk%:*}, minor: ${disk#*:}, rate: 1048576 } ] } }" pause
	values() { (cd "$CGROUP" && cat memory.max memory.swap.max memory.low cpu.max cpu.weight cpu.idle cpuset.cpus.effective pids.max io.max io.weight hugetlb.2MB.max rdma.max); }
	before=$(values)
	for bad in '"unified":{"memory.high":"many"}' '"unified":{"cpuset.cpus":"77"}' '"unified":{"pids.no":"1"}'; do
		with "{\"memory\":{\"limit\":52428800,\"swap\":62914560,\"reservation\":1048576},\"cpu\":{\"shares\":2048,\"quota\":30000,\"period\":50000,\"cpus\":\"0\"},\"pids\":{\"limit\":5},
			\"blockIO\":{\"weight\":100,\"throttleReadBpsDevice\":[{$d,\"rate\":7340032}],\"throttleWriteBpsDevice\":[{$d,\"rate\":8388608}]},
			\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":0}],\"rdma\":{\"rxe0\":{\"hcaObjects\":5}},$bad}"
		says "unified\[.*of cgroup" "$MANAGER: $bad is refused"
		is "$(values)" "$before" "$MANAGER: and all is as it was"
	done
	with '{"cpu":{"idle":1},"unified":{"pids.no":"1"}}'
	says "pids.no" "$MANAGER: idle and something that is refused"
	has cpu.idle 0 "$MANAGER: not idle"
	has cpu.weight 59 "$MANAGER: and with the weight from before"
	shows MemoryMax 104857600 "$MANAGER: a refused update"
	shows TasksMax 77 "$MANAGER: a refused update"

	t "$MANAGER: what engines send"
	made '.linux.resources = { memory: { limit: 104857600 }, cpu: { shares: 512 } }' pause
	# docker update --memory 64m
	with '{"memory":{"limit":67108864},"cpu":{"shares":0,"quota":0,"period":0},"blockIO":{"weight":0}}'
	fine "$MANAGER: docker"
	has memory.max 67108864 "$MANAGER: docker"
	has cpu.weight 59 "$MANAGER: docker"
	# docker update --cpus 0.5 --pids-limit 0
	with '{"cpu":{"quota":50000,"period":100000},"pids":{"limit":-1},"memory":{"kernel":0,"kernelTCP":0}}'
	fine "$MANAGER: docker --cpus"
	has cpu.max "50000 100000" "$MANAGER: docker --cpus"
	has pids.max max "$MANAGER: docker --cpus"
	# the kubelet, through containerd or CRI-O
	with '{"devices":[{"allow":false,"access":"rwm"}],"memory":{"limit":134217728,"swap":134217728},"cpu":{"shares":204,"quota":20000,"period":100000,"cpus":"0-1","mems":"0"},"hugepageLimits":[{"pageSize":"2MB","limit":0}],"unified":{"memory.oom.group":"1"}}'
	fine "$MANAGER: CRI"
	has memory.max 134217728 "$MANAGER: CRI"
	has memory.swap.max 0 "$MANAGER: CRI"
	has memory.oom.group 1 "$MANAGER: CRI"
	has cpuset.cpus 0-1 "$MANAGER: CRI"
	# podman update --cpu-shares 512
	printf '%s' '{"cpu":{"shares":512},"memory":{},"pids":{"limit":2048},"blockIO":{}}' >"$W/file"
	cl update "--resources=$W/file" "$ID"
	fine "$MANAGER: podman"
	has cpu.weight 59 "$MANAGER: podman"
	has pids.max 2048 "$MANAGER: podman"
	has memory.max 134217728 "$MANAGER: podman: what is not mentioned stays"
	has cpu.max "20000 100000" "$MANAGER: podman: what is not mentioned stays"
	with '{}'
	fine "$MANAGER: {}"
	cl exec "$ID" /bin/probe say ok
	is "$rc:$out" "0:ok" "$MANAGER: exec afterwards"
	start
	succeeds "$MANAGER: start afterwards"

	t "$MANAGER: memory in use"
	made '.process.args = ["/bin/sh", "-c", "/bin/busybox dd if=/dev/zero of=/dev/shm/x bs=1M count=24 2>/dev/null; echo full; exec sleep 1000"]
		| .linux.resources.memory = { limit: 104857600, checkBeforeUpdate: true }'
	start
	said full
	up --memory 8m
	says "memory.limit: rejecting memory limit 8388608: \"memory.max\" must not go below what is in use \(memory.checkBeforeUpdate is true\), [0-9]+ bytes" \
		"CG-08 $MANAGER: a limit below what is in use is refused if the configuration says so"
	has memory.max 104857600 "CG-08 $MANAGER: the limit stays"
	up --memory 64m
	fine "CG-08 $MANAGER: one above is not"
	with '{"memory":{"limit":8388608,"checkBeforeUpdate":false}}'
	is "$rc" 0 "CG-08 $MANAGER: the update can say otherwise"
	said=$err
	ended
	like "$said" "less memory than was in use: ([0-9]+|all) processes of the container were killed" "CG-07 $MANAGER: memory runs out, and that is said"
	status_is stopped "CG-07 $MANAGER: the container has ended"
	up --memory 64m
	says "container not running" "$MANAGER: a stopped container"
	if [ -n "$SCOPE" ]; then
		# held between its own writes and its call to systemd, which is quicker then
		made '.process.args = ["/bin/sh", "-c", "/bin/busybox dd if=/dev/zero of=/dev/shm/x bs=1M count=24 2>/dev/null; echo full; exec sleep 1000"]'
		start
		said full
		echo '{"memory":{"limit":8388608}}' >"$B/json"
		: >"$W/trace"
		job strace -qq -o "$W/trace" -P memory.events -e trace=openat2 -e inject=openat2:signal=STOP:when=2 \
			"$CRUN_LITE" --root "$STATE" update --resources "$B/json" "$ID"
		"$AID" wait-text "$W/trace" SIGSTOP
		"$AID" wait-gone "$CGROUP"
		is "$(systemctl is-active "$SCOPE")" inactive "CG-07 $MANAGER: the scope is gone before it is told"
		kill -CONT "$(pgrep -P "$JOB")"
		job_ended
		like "$rc:$out" '^0:.*less memory than was in use: all processes of the container were killed$' \
			"CG-07 $MANAGER: and memory runs out, and that is said"
	fi
	made '.process.args = ["/bin/sh", "-c", "/bin/busybox dd if=/dev/zero of=/dev/shm/x bs=1M count=24 2>/dev/null; echo full; exec sleep 1000"]
		| .linux.resources.memory = { limit: 104857600 }'
	start
	said full
	with '{"memory":{"limit":8388608,"checkBeforeUpdate":true}}'
	says "must not go below what is in use" "CG-08 $MANAGER: or the update itself"
	status_is running "CG-08 $MANAGER"

	t "$MANAGER: devices"
	made '.linux.devices = [ { path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 438 }, { path: "/dev/kmem", type: "c", major: 1, minor: 1, fileMode: 438 } ]
		| caps(["CAP_SYS_ADMIN", "CAP_MKNOD", "CAP_SYS_RAWIO"])
		| .linux.resources.devices = [ { allow: false, access: "rwm" }, { allow: true, type: "c", major: 10, minor: 229, access: "rw" } ]
		| .process.args = ["/bin/sh", "-c", "look() { for d in null zero fuse kmem; do (: <\"/dev/$d\") 2>&1 | grep -q permitted && echo \"$1 no $d\"; done; echo \"$1 end\"; }; look one; while ! test -e /tmp/go; do sleep 0.2; done; look two"]'
	start
	said "one end"
	with '{"devices":[{"allow":true,"access":"rwm"}],"memory":{"limit":104857600}}'
	fine "DCG-09 $MANAGER: rules are passed over"
	up --pids-limit 50
	fine "DCG-09 $MANAGER: twice"
	touch "/proc/$PID/root/tmp/go"
	said "two end"
	is "$(tr '\n' ',' <"$B/out")" "one no kmem,one end,two no kmem,two end," "DCG-09 $MANAGER: the devices stay as they are"
done

t "systemd does not answer"
MANAGER=systemd
made '.linux.resources.memory = { limit: 104857600 }' pause
PREFIX=(env DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere)
up --memory 50m
says 'the system bus "unix:path=/nowhere": connect: no such file or directory' "no bus is an error"
has memory.max 104857600 "before anything is written"
with '{}'
fine "nothing asked for needs no bus"
job "$AID" pidfd "$W/mute"
job_said ready
kill -STOP "$JOB"
PREFIX=(env DBUS_SYSTEM_BUS_ADDRESS="unix:path=$W/mute")
up --memory 50m
says "no answer in time" "a bus that does not answer is given up"
has memory.max 104857600 "and nothing has changed"
PREFIX=()

t "a user"
chmod 711 "$W" "$W/b"
mkdir "$W/user"
chown 1000:1000 "$W/user"
chown -R 1000:1000 "$B"
AS=(setpriv --reuid 1000 --regid 1000 --clear-groups env HOME=/home/tester XDG_RUNTIME_DIR=/run/user/1000)
user() { execute "$W/out" "$W/err" "${AS[@]}" "$CRUN_LITE" --root "$W/user/state" "$@"; }
mapped='ns("user") | .linux.uidMappings = [ { containerID: 0, hostID: 1000, size: 1 } ] | .linux.gidMappings = .linux.uidMappings'
new_id
conf "del(.linux.cgroupsPath) | $mapped | .linux.resources = { memory: { limit: 104857600 } }" pause
user --systemd-cgroup create -b "$B" "$ID"
CGROUP=/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/user.slice/crun-lite-$ID.scope SCOPE=
user update --memory 50m --pids-limit 7 "$ID"
fine "a user's service manager"
has memory.max 52428800 "a user"
has pids.max 7 "a user"
is "$("${AS[@]}" systemctl --user show -p MemoryMax --value "crun-lite-$ID.scope")" 52428800 "systemd knows"
user delete --force "$ID"
new_id
conf "del(.linux.cgroupsPath) | $mapped" pause
user create -b "$B" "$ID"
user update --memory 50m "$ID"
says "memory.limit: the container has no cgroup of its own.*systemctl edit user@.service" "a limit that a user cannot have is an error, with the way to it"
user update "$ID"
fine "no limit is none"
user delete --force "$ID"
finish
