#!/bin/bash
. "${0%/*}/lib.sh"

t "run"
run . say hello , exit 3
is "$rc $out" "3 hello" "run: exit status and output are the program's"

finish
