# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# cache.sh - sourced by what needs something that takes minutes to make

cache_dir=${CRUN_LITE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/crun-lite}

# cached NAME WHAT RECIPE [FILE...] - sets REPLY to the directory that the script RECIPE makes ("RECIPE DIR"), kept for as long
# as neither it nor a FILE changes. WHAT says what is being made and how long it takes
cached() {
	local key dir lock
	key=$(cat "${@:3}" | sha256sum | cut -c1-12)
	dir=$cache_dir/$1-$key
	mkdir -p "$cache_dir"
	exec {lock}>"$cache_dir/$1.lock"
	flock "$lock"
	if [ ! -d "$dir" ]; then
		echo "making $2 in $dir" >&2
		if ! nice "$3" "$dir.new" >"$dir.log" 2>&1; then
			tail -n 20 "$dir.log" >&2
			rm -rf "$dir.new"
			echo "${3##*/} did not succeed, see $dir.log" >&2
			return 1
		fi
		# two branches with different recipes do not take each other's away
		find "$cache_dir" -maxdepth 1 -name "$1-????????????" -mtime +0 -exec rm -rf {} +
		mv "$dir.new" "$dir"
		rm -f "$dir.log"
	fi
	exec {lock}>&-
	REPLY=$dir
}
