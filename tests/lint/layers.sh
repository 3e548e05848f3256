#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# layers.sh - who may include whom: the table of src/README.md, as a check
. "$(dirname "$0")/report"

allowed() {
	case $1 in
	src/cli/* | include/cli/*) echo cli ctr oci base ;;
	src/ctr/* | include/ctr/*) echo ctr init plan kern oci base ;;
	src/init/* | include/init/*) echo init plan kern base ;;
	include/plan/*) echo plan kern base ;; # init sees these, and init sees no config
	src/plan/*) echo plan kern oci base ;;
	src/kern/* | include/kern/*) echo kern base ;;
	src/oci/* | include/oci/*) echo oci base ;;
	src/base/* | include/base/*) echo base ;;
	esac
}

product() {
	c_files | grep -E '^(src|include)/'
}

# FILE INCLUDED, one line each, for our own headers
includes() {
	product | xargs grep -oE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^"]*"' /dev/null |
		sed -E 's/:.*"([^"]*)"/ \1/'
}

wrong_layer() {
	includes | while read -r file header; do
		# a header beside the file is its layer's own
		[ -f "${file%/*}/$header" ] && continue
		layer=${header%%/*}
		case " $(allowed "$file") " in
		*" $layer "*) ;;
		*) echo "$file: must not include \"$header\" (may: $(allowed "$file"))" ;;
		esac
		case $file in
		src/"$layer"/*) ;;
		*) [ -f "include/$header" ] || echo "$file: \"$header\" is not under include" ;;
		esac
	done
}

own_header_first() {
	for file in src/*/*.c; do
		own=${file#src/}
		own=${own%.c}.h
		[ -f "include/$own" ] || continue
		first=$(grep -m1 '^#include' "$file")
		[ "$first" = "#include \"$own\"" ] || echo "$file: must include \"$own\" first"
	done
}

# foreign HEADER PLACES - a library stays behind the modules that were made for it
foreign() {
	product | xargs grep -nE "^#include <$1" /dev/null | grep -Ev "^(src|include)/($2)"
}

guards() {
	for file in include/*/*.h; do
		guard=CL_$(echo "${file#include/}" | tr 'a-z/.' 'A-Z__')
		grep -qx "#ifndef $guard" "$file" || echo "$file: guard must be $guard"
	done
}

plan 7
wrong_layer | report "layers include only what is below them"
own_header_first | report "a module includes its own header first"
foreign yajl/ base/json | report "yajl stays behind base/json"
foreign 'seccomp\.h' 'kern/|oci/' | report "seccomp.h is for kern, and its numbers for oci"
foreign '(libmount/|sys/capability\.h|linux/bpf\.h|systemd/|dlfcn\.h)' kern/ | report "kernel libraries stay in kern"
foreign '(linux|sys)/mount\.h>' base/mount | report "the headers of mounts are included by base/mount.h, in the right order"
guards | report "header guards carry the path"
