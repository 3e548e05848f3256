# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# pods.sh - pods and containers described as the kubelet does, for tests that call containerd through cri.py
#
#   C          the words of a call: "${C[@]}" COMMAND...
#   POD[NAME]  the id of a pod
# shellcheck disable=SC2154 # W, top, out, AID of the test

C=(/usr/bin/python3 "$top/tests/engines/cri/cri.py" "$CRI_API" /run/containerd/containerd.sock)
declare -A POD

# pod_network DIR - that of every pod
pod_network() {
	mkdir -p "$1"
	cat >"$1/10.conflist" <<-'END'
		{ "cniVersion": "0.4.0", "name": "n", "plugins": [
			{ "type": "bridge", "bridge": "cri0", "isGateway": true, "ipMasq": true,
				"ipam": { "type": "host-local", "ranges": [[{ "subnet": "10.91.0.0/24" }]], "routes": [{ "dst": "0.0.0.0/0" }] } },
			{ "type": "portmap", "capabilities": { "portMappings": true } } ] }
	END
}

# pod_config NAME CGROUP FILTER; container_config NAME FILTER ARGUMENT... - into $W/NAME.json; CGROUP: the parent of its cgroups
pod_config() {
	jq -n --arg name "$1" --arg logs "$W/logs/$1" --arg parent "$2" '{
		metadata: { name: $name, uid: ($name + "-uid"), namespace: "default" }, hostname: $name, log_directory: $logs,
		linux: { cgroup_parent: $parent, security_context: {
			namespace_options: { network: "POD", pid: "CONTAINER", ipc: "POD" }, seccomp: { profile_type: "RuntimeDefault" } } }
	} | '"$3" >"$W/$1.json"
	mkdir -p "$W/logs/$1"
}
container_config() {
	jq -n --arg name "$1" '{
		metadata: { name: $name }, image: { image: "localhost/bb:latest", user_specified_image: "localhost/bb:latest" },
		command: $ARGS.positional, log_path: ($name + ".log"), envs: [{ key: "K", value: "dmFsdWU=" }],
		linux: { resources: { oom_score_adj: 1000 }, security_context: {
			namespace_options: { network: "POD", pid: "CONTAINER", ipc: "POD" }, no_new_privs: true,
			masked_paths: ["/proc/kcore", "/proc/keys"], readonly_paths: ["/proc/sys", "/proc/bus"],
			seccomp: { profile_type: "RuntimeDefault" } } }
	} | '"$2" --args -- "${@:3}" >"$W/$1.json"
}

# container POD NAME FILTER ARGUMENT... - made and started; its id is in ID
container() {
	container_config "${@:2}"
	eok "create $2" "${C[@]}" create "${POD[$1]}" "$W/$1.json" "$W/$2.json"
	ID=$out
	eok "start $2" "${C[@]}" start "$ID"
}
# logged POD NAME TEXT DESCRIPTION
logged() { ok "$4" "$AID" wait-text "$W/logs/$1/$2.log" "$3"; }
