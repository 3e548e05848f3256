#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# format.sh - clang-format has nothing to change ("make format" does it)
. "$(dirname "$0")/report"

plan 1
c_files | while read -r f; do
	clang-format --dry-run -Werror "$f" >/dev/null 2>&1 || echo "$f"
done | report "C files are formatted"
