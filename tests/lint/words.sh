#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# words.sh - what has no place in the tree
. "$(dirname "$0")/report"

# every text file but the licence and this list
texts() {
	tree | grep -Ev '^(LICENSE|tests/lint/words\.sh|tests/fuzz/corpus/.*|tests/data/.*)$'
}

search() {
	texts | xargs grep -nIE "$1"
}

spdx() {
	c_files | while read -r f; do
		[ "$(head -n1 "$f")" = "/* SPDX-License-Identifier: Apache-2.0 */" ] || echo "$f"
	done
}

# // outside of strings and comments
line_comments() {
	c_files | xargs perl -ne '
		BEGIN { undef $/ }
		s{("(?:\\.|[^"\\\n])*"|\x27(?:\\.|[^\x27\\\n])*\x27)|(/\*.*?\*/)}
		 { my $t = defined $1 ? "\"\"" : $2; $t =~ s/[^\n]//g if !defined $1; $t }gsex;
		my $n = 0;
		for my $l (split /\n/) { $n++; print "$ARGV:$n\n" if $l =~ m{//} }'
}

plan 6
# "# TODO" is a word of TAP, for failures that are expected
search '\b(TODO|FIXME|XXX|HACK)\b' | grep -v '# TODO' | report "nothing is left undone in a comment"
search '(^|[^A-Za-z0-9_.-])/work/' | report "no path of a developer"
search '([Ii]ssue|[Bb]ug|[Tt]icket|PR|[Pp]ull request) ?#?[0-9]+|(^|[[:space:](])#[0-9]+([^0-9]|$)' |
	report "no number of an issue"
search '[[:space:]]$' | report "no blank at the end of a line"
spdx | report "every C file starts with its licence"
line_comments | report "comments are /* */"
