#!/bin/bash
# contract.t - every call that container engines make, without the engines: tests/data/contract has them, and says how to read it
. "${0%/*}/lib.sh"
. "$top/tests/cli/contract.sh"

for file in "$top"/tests/data/contract/*; do
	[ -d "$file" ] || [ "${file##*/}" = README ] || replay "$file"
done
finish
