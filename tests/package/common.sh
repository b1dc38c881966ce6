# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
# shellcheck shell=bash disable=SC2154
#
# What the tests of packages share.  "prog" is the name of the script, "dir" the
# folder that logs go to.

die() {
    echo "$prog: $*" >&2
    exit 1
}

# Runs a command with its output in a log, whose end is shown if it fails.
logged() { # LOG COMMAND [ARG]...
    local log=$dir/$1
    shift
    if ! "$@" >"$log" 2>&1; then
        tail -n 25 "$log" >&2
        die "$1 failed; the whole log is $log"
    fi
}
