#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# api.sh DIR - the messages of Kubernetes' container runtime interface as Python modules, from the distribution's packages
set -eu
mirror=${CRUN_LITE_MIRROR:-$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -m1 '/debian/*$')}
mkdir -p "$1"
mmdebstrap --mode=root --variant=extract --include=golang-github-kubernetes-cri-api-dev \
	--aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' trixie "$1/packages" "$mirror"
# without what only generators of Go know
sed '/gogoproto/d; s/ \[debug_redact = true\]//' "$1/packages/usr/share/gocode/src/k8s.io/cri-api/pkg/apis/runtime/v1/api.proto" >"$1/api.proto"
rm -rf "$1/packages"
protoc -I "$1" --python_out="$1" --grpc_out="$1" --plugin=protoc-gen-grpc="$(command -v grpc_python_plugin)" "$1/api.proto"
