#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# skips.sh - tests/skips lists the reasons that tests give for a skip: all of them, and no other
. "$(dirname "$0")/report"

shell_tests() {
	tree | grep -E '^tests/(cli|engines|oci|vm)/[^/]*\.(t|sh)$' | xargs grep -HnE '(^|[^-a-z_])skip(_all)? "'
}

c_tests() {
	tree | grep -E '^tests/unit/.*\.c$' | xargs grep -Hn -A1 'test_skip(' | grep -v 'void test_skip('
}

# the reason is the last string of a call, on the line of the call
shell_reasons() {
	shell_tests | sed -nE 's/.*[^-a-z_]skip "([^"\\]|\\.)*" "([^"$\\]*)".*/\2/p; s/.*skip_all "([^"$\\]*)".*/\1/p'
}

c_reasons() {
	c_tests | sed -n 's/.*test_skip("\([^"%\\]*\)");.*/\1/p'
}

# calls whose reason cannot be read here, as it is made at run time
opaque() {
	shell_tests | grep -vE '[^-a-z_]skip "([^"\\]|\\.)*" "[^"$\\]+"|skip_all "[^"$\\]+"'
	c_tests | grep 'test_skip(' | grep -v 'test_skip("[^"%\\]*");'
}

work=$state.skips
trap 'rm -f "$work".*' HUP INT TERM
grep -v '^#' tests/skips | sort >"$work.listed"
{ shell_reasons && c_reasons; } | sort -u >"$work.given"

plan 3
opaque | report "the reason of a skip is one string, on the line of the call"
comm -13 "$work.listed" "$work.given" | report "every reason is in tests/skips"
comm -23 "$work.listed" "$work.given" | report "every reason in tests/skips is used, and listed once"
rm -f "$work".*
