#!/bin/bash
# example.t - config.json.example runs as it is; README.md and --help name the same commands and options
. "${0%/*}/lib.sh"

t "config.json.example"
new_id
cp "$top/config.json.example" "$B/config.json"
rerun
is "$rc:$err:$out" "0::hello from example, as user 1000" "it is accepted without a warning, and runs"
is "$(jq -r .linux.cgroupsPath "$B/config.json")" /crun-lite-example "cgroupsPath is as this test expects it"
create ". as \$base | $(jq -c . "$top/config.json.example") | .linux.cgroupsPath = \$base.linux.cgroupsPath
	| .process.args = [ \"/bin/probe\", \"say\", \"up\", \",\", \"pause\" ]"
is "$rc:$err" "0:" "it can be created"
start
is "$rc:$err" "0:" "and started, with all its hooks"
state '.annotations["com.example.purpose"]'
is "$REPLY" "a tour of config.json" "its annotations are in the state"

# first_words FILE HEADING - the first word of every row of the table below a heading of README.md
first_words() { sed -n "/^### $2\$/,/^##/s/^| \`\([^\` ]*\).*/\1/p" "$1" | sort | xargs; }

t "README.md"
cl --help
is "$(first_words "$top/README.md" Commands)" "$(sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' <<<"$out" | sort | xargs)" \
	"the commands are those of --help"
is "$(first_words "$top/README.md" "Global options")" \
	"$(sed -nE '/^options:/,/^$/s/^ +(-[a-z], )?(--[a-z-]+).*/\2/p' <<<"$out" | sort | xargs)" "the global options are those of --help"

finish
