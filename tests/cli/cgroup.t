#!/bin/bash
# cgroup.t - the container's cgroup and its limits (config-linux.md "Control groups"), where the hierarchy is cgroup v2 alone
. "${0%/*}/lib.sh"
# shellcheck source=tests/cli/cgroup.sh
. "$cli_dir/cgroup.sh"
finish
