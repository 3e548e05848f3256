#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sizes.sh - a ratchet against monsters: lines of a file, lines of a function
#
# With an argument (show): the largest ones, for a look.
. "$(dirname "$0")/report"

FILE_MAX=700
FUNCTION_MAX=80

# LINES FILE
files() {
	c_files | xargs wc -l | grep -v ' total$'
}

# LINES FILE:LINE FUNCTION, from the brace in column 1 to its end
functions() {
	c_files | grep '\.c$' | xargs awk '
		FNR == 1 { inside = 0; name = "" }
		!inside && /^[A-Za-z_].*\(/ && !/;[ \t]*$/ {
			name = $0
			sub(/\(.*/, "", name)
			sub(/.*[ *]/, "", name)
			if ($0 ~ /^TEST\(/) { name = $0; gsub(/.*\(|\).*/, "", name) }
		}
		!inside && /^{/ { inside = 1; start = FNR }
		inside && /^}/ { print FNR - start + 1, FILENAME ":" start, name; inside = 0 }'
}

if [ "${1:-}" = show ]; then
	files | sort -rn | head -15
	functions | sort -rn | head -15
	exit
fi

plan 2
files | awk -v max=$FILE_MAX '$1 > max { print $2 ": " $1 " lines, at most " max }' | report "no file is too long"
functions | awk -v max=$FUNCTION_MAX '$1 > max { print $2 ": " $3 " has " $1 " lines, at most " max }' |
	report "no function is too long"
