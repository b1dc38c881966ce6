#!/bin/sh
# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# Generates ./configure and the Makefile.in that it needs.

case ${1-} in
    '') ;;
    -h | --help)
        echo "usage: ${0##*/}

Generates ./configure and the Makefile.in that it needs.

Exit status: 0 done, 1 not, 2 wrong usage."
        exit 0 ;;
    *) echo "usage: ${0##*/}" >&2; exit 2 ;;
esac

set -e
cd "$(dirname "$0")"

for tool in autoreconf automake libtoolize pkg-config; do
    if ! command -v "$tool" >/dev/null 2>&1; then
        echo "${0##*/}: $tool not found (Debian: apt-get install autoconf" \
             "automake libtool pkg-config)" >&2
        exit 1
    fi
done

autoreconf --install --force
