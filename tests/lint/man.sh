#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# man.sh - the manual is sound mdoc
. "$(dirname "$0")/report"

plan 1
for page in man/*.8; do
	[ ! -e "$page" ] || mandoc -Tlint -Wwarning "$page"
done | report "mandoc has nothing to say"
