#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""cri.py API SOCKET COMMAND... - one call of the container runtime interface, as the kubelet makes it

API is the directory of the generated modules. The answer is printed as JSON; a refused call prints "STATUS: text" to standard
error and ends with 1.

	version | pods | containers | images
	pod FILE HANDLER            run a pod sandbox, described by PodSandboxConfig in JSON; prints its id
	create POD FILE CONFIG      a container (ContainerConfig) in it; prints its id
	start | remove | status | stats | reopen CONTAINER
	verbose CONTAINER           what the engine knows beyond that: pid, configuration
	stop CONTAINER SECONDS
	update CONTAINER FILE       LinuxContainerResources
	execsync CONTAINER SECONDS ARGUMENT...   prints what the program printed, and ends as it did
	exec CONTAINER ARGUMENT...  the same through the streaming service
	portforward POD PORT        print what an HTTP server at this port answers to "GET /"
	podstatus | podstats | stoppod | removepod POD
"""
import sys

sys.path.insert(0, sys.argv[1])
import grpc  # noqa: E402
from google.protobuf import json_format  # noqa: E402

import api_pb2 as api  # noqa: E402
import api_pb2_grpc  # noqa: E402
import stream  # noqa: E402

channel = grpc.insecure_channel("unix://" + sys.argv[2])
runtime = api_pb2_grpc.RuntimeServiceStub(channel)
images = api_pb2_grpc.ImageServiceStub(channel)
command, rest = sys.argv[3], sys.argv[4:]


def read(path, message):
    with open(path, encoding="utf-8") as file:
        return json_format.Parse(file.read(), message)


def call(method, request):
    return getattr(runtime, method)(request(), timeout=100)


SIMPLE = {
    "version": ("Version", lambda: api.VersionRequest()),
    "pods": ("ListPodSandbox", lambda: api.ListPodSandboxRequest()),
    "containers": ("ListContainers", lambda: api.ListContainersRequest()),
    "start": ("StartContainer", lambda: api.StartContainerRequest(container_id=rest[0])),
    "stop": ("StopContainer", lambda: api.StopContainerRequest(container_id=rest[0], timeout=int(rest[1]))),
    "remove": ("RemoveContainer", lambda: api.RemoveContainerRequest(container_id=rest[0])),
    "status": ("ContainerStatus", lambda: api.ContainerStatusRequest(container_id=rest[0])),
    "stats": ("ContainerStats", lambda: api.ContainerStatsRequest(container_id=rest[0])),
    "reopen": ("ReopenContainerLog", lambda: api.ReopenContainerLogRequest(container_id=rest[0])),
    "update": (
        "UpdateContainerResources",
        lambda: api.UpdateContainerResourcesRequest(container_id=rest[0], linux=read(rest[1], api.LinuxContainerResources())),
    ),
    "podstatus": ("PodSandboxStatus", lambda: api.PodSandboxStatusRequest(pod_sandbox_id=rest[0])),
    "podstats": ("PodSandboxStats", lambda: api.PodSandboxStatsRequest(pod_sandbox_id=rest[0])),
    "stoppod": ("StopPodSandbox", lambda: api.StopPodSandboxRequest(pod_sandbox_id=rest[0])),
    "removepod": ("RemovePodSandbox", lambda: api.RemovePodSandboxRequest(pod_sandbox_id=rest[0])),
}

try:
    if command == "images":
        print(json_format.MessageToJson(images.ListImages(api.ListImagesRequest())))
    elif command == "pod":
        config = read(rest[0], api.PodSandboxConfig())
        print(call("RunPodSandbox", lambda: api.RunPodSandboxRequest(config=config, runtime_handler=rest[1])).pod_sandbox_id)
    elif command == "create":
        pod, container = read(rest[1], api.PodSandboxConfig()), read(rest[2], api.ContainerConfig())
        request = api.CreateContainerRequest(pod_sandbox_id=rest[0], config=container, sandbox_config=pod)
        print(call("CreateContainer", lambda: request).container_id)
    elif command == "verbose":
        print(call("ContainerStatus", lambda: api.ContainerStatusRequest(container_id=rest[0], verbose=True)).info["info"])
    elif command == "execsync":
        done = call("ExecSync", lambda: api.ExecSyncRequest(container_id=rest[0], timeout=int(rest[1]), cmd=rest[2:]))
        sys.stdout.buffer.write(done.stdout)
        sys.stdout.flush()
        sys.stderr.buffer.write(done.stderr)
        sys.exit(done.exit_code)
    elif command == "exec":
        request = api.ExecRequest(container_id=rest[0], cmd=rest[1:], stdout=True, stderr=True)
        sys.exit(stream.run(call("Exec", lambda: request).url))
    elif command == "portforward":
        request = api.PortForwardRequest(pod_sandbox_id=rest[0], port=[int(rest[1])])
        sys.exit(stream.forward(call("PortForward", lambda: request).url, b"GET / HTTP/1.0\r\n\r\n"))
    else:
        print(json_format.MessageToJson(call(*SIMPLE[command]), including_default_value_fields=True))
except grpc.RpcError as error:
    print(f"{error.code().name}: {error.details()}", file=sys.stderr)
    sys.exit(1)
