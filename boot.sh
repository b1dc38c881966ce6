#!/bin/sh
# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# Generates ./configure and the Makefile.in that it needs.

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
