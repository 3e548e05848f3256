#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ids.sh - every requirement of tests/data/requirements has a test that names it, or a reason in tests/README.md
. "$(dirname "$0")/report"

list=tests/data/requirements

# ids that tests name
named() {
	tree | grep -E '^tests/(cli|vm|unit)/.*\.(t|sh|c|h)$' | xargs grep -ohE '\b[A-Z]{2,5}-[0-9]{2}\b' | sort -u
}

# ids in the first column of the table of reasons; "CG-04 ... CG-09" are six of them
excused() {
	sed -n '/^Not covered/,/^## /s/^| \([^|]*\) |.*/\1/p' tests/README.md | sed 's/ \.\.\. /.../g' | tr -s ', ' '\n' |
		awk -F '\\.\\.\\.|-' 'NF == 4 { for (i = $2; i <= $4; i++) printf "%s-%02d\n", $1, i; next } { print }' |
		grep -E '^[A-Z]+-[0-9]+$' | sort -u
}

ids() {
	cut -d ' ' -f 1 $list | sort -u
}

# sections are what is in front of the number: other words may look like an id (UTF-16)
unknown() {
	sections=$(ids | sed 's/-.*//' | sort -u | paste -sd '|')
	{ named && excused; } | grep -E "^($sections)-" | sort -u | comm -13 "$work.ids" -
}

work=$state.ids
trap 'rm -f "$work".*' HUP INT TERM
ids >"$work.ids"
{ named && excused; } | sort -u >"$work.found"

plan 3
comm -23 "$work.ids" "$work.found" | while read -r id; do grep "^$id " $list; done | report "every requirement has a test or a reason"
unknown | report "every id is a requirement"
cut -d ' ' -f 1 $list | sort | uniq -d | report "no requirement is listed twice"
rm -f "$work".*
