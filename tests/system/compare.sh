#!/usr/bin/env bash
# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# Measures our port beside vdev_netvsc, failsafe and tap: see
# Documentation/topics/comparison.rst.

set -euo pipefail

prog=tests/system/compare.sh
self=$(readlink -f "$0")
top=${self%/tests/system/*}
# shellcheck source=utilities/script.sh
. "$top/utilities/script.sh"
build=$top/_build/build
output=$top/_build/compare
# 27 cycles of each system that can have so many: 25 are wanted.
repetitions=3
cycles=9

usage() {
    cat <<USAGE
usage: $prog [OPTION]...

Boots a guest as tests/system/run.sh does, and has VFs come and go on a port of
ours and, in turn, on a dpdk port over vdev_netvsc, failsafe and tap.  Must be
root.

  --repetitions N  times that each system has its turn (default: $repetitions)
  --cycles N       that each system that survives a loss of the VF has in each
                   of them with the VF back at its address and INTR_RMV reported
                   (default: $cycles); in other conditions there are fewer
  --minutes N      no cycle begins later than so many minutes from now
  --build DIR      this tree's build (default: _build/build)
  --output DIR     where results.json, results.rst and packets.tar.xz go
                   (default: _build/compare)
  -h, --help       this text

A repetition takes about 10 minutes on two processors that have nothing else to
do.  Runs that are complete are counted, should one fail.  Nothing is measured
if there are changes outside Documentation/ that are not committed.

Exit status: 0 done, 1 not, 2 wrong usage.
USAGE
}

while [ $# -gt 0 ]; do
    case $1 in
        --repetitions) need_value "$@"; repetitions=$2; shift ;;
        --cycles) need_value "$@"; cycles=$2; shift ;;
        --minutes)
            need_value "$@"
            COMPARE_UNTIL=$((EPOCHSECONDS + 60 * $2))
            export COMPARE_UNTIL
            shift ;;
        --build) need_value "$@"; build=$(readlink -m "$2"); shift ;;
        --output) need_value "$@"; output=$(readlink -m "$2"); shift ;;
        -h | --help) usage; exit 0 ;;
        *) wrong_usage "unknown argument '$1'" ;;
    esac
    shift
done

# The results name what was measured.
commit=$("$top/tests/system/compare.py" --commit)
if [[ $commit = *-dirty ]]; then
    die "$commit: there are changes that are not committed"
fi

# As it is, the original is of no use after the first removal, which takes long
# to watch.  The systems begin by turns.
systems=(netvsc original_spared original)
runs=()
for ((i = 0; i < repetitions; i++)); do
    for ((j = 0; j < ${#systems[@]}; j++)); do
        system=${systems[(i + j) % ${#systems[@]}]}
        case $system in
            original) runs+=("$system always same 3") ;;
            *) runs+=("$system always same $cycles") ;;
        esac
        runs+=("$system always other 3" "$system never same 2")
    done
done

COMPARE_RUNS=$(printf '%s\n' "${runs[@]}")
export COMPARE_RUNS
rc=0
"$top/tests/system/run.sh" --build "$build" --backend tap --nics 1 compare |
    tee "$top/_build/compare.log" || rc=$?
run=$(sed -n 's/.*; logs are in //p' "$top/_build/compare.log" | tail -n 1)
[ -n "$run" ] || exit 1
echo "commit=$commit" >>"$run/config"
"$top/tests/system/compare.py" "$build" "$output" "$run"
echo "$output/results.rst"
exit $rc
