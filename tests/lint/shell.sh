#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shell.sh - shellcheck over every shell file
. "$(dirname "$0")/report"

shell_files() {
	tree | while read -r f; do
		case $f in
		*.sh | *.t | tests/lint/report | *.bash) echo "$f" ;;
		*.*) ;;
		*) head -n1 "$f" 2>/dev/null | grep -aqE '^#!.*\b(ba)?sh\b' && echo "$f" ;;
		esac
	done
}

plan 1
shell_files | xargs shellcheck -f gcc -S style | report "shellcheck has nothing to say"
