#!/usr/bin/env bash
# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# Builds Open vSwitch out of Debian's openvswitch-source tarball, with DPDK,
# into a folder that is kept: a second call finds it done and returns at once.
# What it prints on stdout is two lines for ./configure:
#
#     --with-ovs-source=DIR
#     --with-ovs-build=DIR
#
# Progress goes to stderr, the compiler's output to build.log in the folder.

set -euo pipefail

usage() {
    cat <<USAGE
usage: ${0##*/} [--dir DIR] [--tarball FILE] [--variant static|shared]

Builds Open vSwitch with DPDK and prints the two options that ovs-netvsc's
./configure needs to find it.

  --dir DIR        where to build (default: _build/ovs in the source tree)
  --tarball FILE   source (default: the openvswitch-source package's)
  --variant V      static (default, as Debian and Ubuntu link ovs-vswitchd)
                   or shared (libraries, as Fedora and RHEL do)
  -h, --help       this text

Environment: CC, CFLAGS (default: -g -O2; never -march=native, so that the
result runs on any x86-64), JOBS (default: the number of processors).

Exit status: 0 built, 1 not, 2 wrong usage.
USAGE
}

top=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=utilities/script.sh
. "$top/utilities/script.sh"
dir=$top/_build/ovs
tarball=/usr/src/openvswitch/openvswitch.tar.gz
variant=static

while [ $# -gt 0 ]; do
    case $1 in
        --dir) need_value "$@"; dir=$2; shift ;;
        --tarball) need_value "$@"; tarball=$2; shift ;;
        --variant) need_value "$@"; variant=$2; shift ;;
        -h|--help) usage; exit 0 ;;
        *) wrong_usage "unknown argument '$1'" ;;
    esac
    shift
done
case $variant in
    static) link_opts=(--disable-shared --enable-static) ;;
    shared) link_opts=(--enable-shared --disable-static) ;;
    *) wrong_usage "--variant: '$variant' is neither static nor shared" ;;
esac
[ -r "$tarball" ] || die "$tarball: not found (Debian: apt-get install" \
    "openvswitch-source)"
pkg-config --exists libdpdk || die "DPDK not found by pkg-config (Debian:" \
    "apt-get install libdpdk-dev)"

mkdir -p "$dir"
dir=$(cd "$dir" && pwd -P)
CC=${CC:-gcc}
CFLAGS=${CFLAGS:--g -O2}
src=$dir/src
build=$dir/$variant
stamp=$build/.built-from
want="$build $(sha256sum <"$tarball") $CC $CFLAGS ${link_opts[*]} dpdk-$(pkg-config \
    --modversion libdpdk)"

# Two builds at once (several checkouts sharing one --dir) wait for each other.
exec 9>"$dir/.lock"
flock 9

if [ "$(cat "$stamp" 2>/dev/null)" != "$want" ]; then
    echo "Building Open vSwitch ($variant) in $build ..." >&2
    rm -rf "$build"
    mkdir -p "$build"
    if [ "$(cat "$src/.unpacked-from" 2>/dev/null)" \
         != "$(sha256sum <"$tarball")" ]; then
        rm -rf "$src"
        mkdir -p "$src"
        tar -xzf "$tarball" -C "$src" --strip-components=1
        sha256sum <"$tarball" >"$src/.unpacked-from"
    fi
    log=$build/build.log
    if ! (
        cd "$build"
        [ -x "$src/configure" ] || (cd "$src" && ./boot.sh)
        # Its documentation is not needed.
        "$src/configure" CC="$CC" CFLAGS="$CFLAGS" SPHINXBUILD=none \
            --with-dpdk=shared \
            --localstatedir=/var --sysconfdir=/etc --prefix=/usr \
            "${link_opts[@]}"
        make -j"${JOBS:-$(nproc)}"
    ) >"$log" 2>&1; then
        tail -n 25 "$log" >&2
        die "the build of Open vSwitch failed; the whole log is $log"
    fi
    echo "$want" >"$stamp"
fi

echo "--with-ovs-source=$src"
echo "--with-ovs-build=$build"
