# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
# shellcheck shell=bash
#
# How the scripts that run from the tree end, by the name that they have in
# "prog", if any.  Sourced by them.

die() {
    echo "${prog:-${0##*/}}: $*" >&2
    exit 1
}

wrong_usage() { # WHAT
    echo "${prog:-${0##*/}}: $*" >&2
    echo "Try '${prog:-${0##*/}} --help'." >&2
    exit 2
}

need_value() { # OPTION [VALUE]
    [ -n "${2:-}" ] || wrong_usage "$1 needs a value"
}
