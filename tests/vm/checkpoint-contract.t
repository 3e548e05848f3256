#!/bin/bash
# checkpoint-contract.t - the calls that engines make for a checkpoint, without the engines: tests/data/contract/vm
. "${0%/*}/../cli/lib.sh"
. "$top/tests/vm/checkpoint.sh"
. "$top/tests/cli/contract.sh"

replay "$top"/tests/data/contract/vm/*
finish
