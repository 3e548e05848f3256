#!/bin/bash
# cgroup-host.t - the same as cgroup.t with the host's own cgroup mounts, which may have v1 beside v2
VIEW=host
. "${0%/*}/lib.sh"
# shellcheck source=tests/cli/cgroup.sh
. "$cli_dir/cgroup.sh"
finish
