#!/usr/bin/env bash
# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# Builds this tree, and Open vSwitch before it, from whatever state they are
# in.  What is done already is not done again, so that other scripts can call
# this whenever they need a build.

set -euo pipefail

prog=${0##*/}
top=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=utilities/script.sh
. "$top/utilities/script.sh"
dir=
variant=static
targets=()
configure_args=()

usage() {
    cat <<USAGE
usage: $prog [--dir DIR] [--variant V] [TARGET]... [-- CONFIGURE-ARGUMENT...]

Builds Open vSwitch (by utilities/build-ovs.sh, kept in _build/ovs) and
ovs-netvsc.

  --dir DIR    where to build ovs-netvsc (default: _build/build in this tree,
               or _build/shared)
  --variant V  of Open vSwitch: static (default), or shared, which makes the
               module netvsc.so
  TARGET       of make (default: all and check-programs)
  CONFIGURE-ARGUMENT
               such as CC=clang or --enable-sanitizers=thread; other arguments
               than last time's make it start from scratch in DIR
  -h, --help   this text

What the tools say goes to build.log in DIR.  Environment: JOBS (default: the
number of processors).

Exit status: 0 built, 1 not, 2 wrong usage.
USAGE
}

# Runs a command with its output in the log, whose end is shown if it fails.
logged() { # WHAT COMMAND [ARG]...
    local what=$1
    shift
    if ! "$@" >>"$log" 2>&1; then
        tail -n 25 "$log" >&2
        die "$what failed; the whole log is $log"
    fi
}

# make regenerates what boot.sh made, should configure.ac or a Makefile.am have
# changed since.
boot() {
    [ ! -x "$top/configure" ] || return 0
    logged "boot.sh" "$top/boot.sh"
}

build_ovs() {
    local options
    options=$("$top/utilities/build-ovs.sh" --variant "$variant") || exit 1
    mapfile -t ovs_options <<<"$options"
}

# Not somebody's own folder, given by mistake.
empty_dir() {
    case $dir in
        "$top"/_build/*) ;;
        *) [ -e "$stamp" ] || [ -z "$(find "$dir" -mindepth 1 ! -name \
               build.log -print -quit)" ] ||
            die "$dir is neither empty nor an earlier build of $prog's" ;;
    esac
    find "$dir" -mindepth 1 -maxdepth 1 ! -name build.log -exec rm -rf {} +
}

# Another Open vSwitch or other arguments: nothing of the old build is of use.
configure() {
    local stamp=$dir/.configured-for want
    want=$(printf '%s\n' "${ovs_options[@]}" "${configure_args[@]}" &&
        cat "${ovs_options[1]#*=}/.built-from")
    if [ -e "$dir/Makefile" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$want" ]
    then
        return
    fi
    echo "Configuring ovs-netvsc"
    empty_dir
    cd "$dir"
    logged "configure" "$top/configure" "${ovs_options[@]}" \
        "${configure_args[@]}"
    echo "$want" >"$stamp"
}

while [ $# -gt 0 ]; do
    case $1 in
        --dir) need_value "$@"; dir=$2; shift ;;
        --variant) need_value "$@"; variant=$2; shift ;;
        --) shift; configure_args=("$@"); break ;;
        -h | --help) usage; exit 0 ;;
        -*) wrong_usage "unknown option '$1'" ;;
        *) targets+=("$1") ;;
    esac
    shift
done
[ ${#targets[@]} -gt 0 ] || targets=(all check-programs)
case $variant in
    static) dir=${dir:-$top/_build/build} ;;
    shared) dir=${dir:-$top/_build/shared} ;;
    *) wrong_usage "--variant: '$variant' is neither static nor shared" ;;
esac

mkdir -p "$dir" "$top/_build"
dir=$(cd "$dir" && pwd)
log=$dir/build.log

# Builds in several folders still share what boot.sh makes and the test suite.
exec 8>"$top/_build/.lock"
flock 8
: >"$log"
boot
build_ovs
configure
echo "Building ovs-netvsc in $dir"
# One by one: "all" is a make of its own, and two at once would write the same
# library.
for target in "${targets[@]}"; do
    logged "make $target" make -C "$dir" -j"${JOBS:-$(nproc)}" "$target"
done
