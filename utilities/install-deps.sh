#!/usr/bin/env bash
# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# Installs the Debian packages that the scripts of this tree need, those only
# that are missing.  On another system than Debian 12, where names and versions
# differ, and if not root it only says what is missing.

set -euo pipefail

prog=${0##*/}
top=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=utilities/script.sh
. "$top/utilities/script.sh"
log=${NETVSC_INSTALL_LOG:-}

# To build Open vSwitch (openvswitch-source has its sources) and this tree.
# libc6-dev is only recommended by gcc, and recommendations are not installed.
build=(
    autoconf automake gcc libc6-dev libtool make pkg-config python3
    openvswitch-source
    libbpf-dev libcap-ng-dev libdpdk-dev libnl-3-dev libnl-route-3-dev
    libnuma-dev libpcap-dev libssl-dev libunbound-dev libxdp-dev
)
# To run the lab, and to read what was measured there.
lab=(ethtool iproute2 iputils-ping jq procps util-linux)
# To run every test, ...
test=(
    build-essential clang debhelper debootstrap dpkg-dev graphviz
    lintian mscgen python3-sphinx rpm rpm2cpio rpmlint tcpdump
    busybox-static cpio kmod qemu-system-x86 socat
)
# ... and these are only unpacked, in _build/ovn: installed, they would bring
# Debian's Open vSwitch and start its daemons.
unpacked=(ovn-common ovn-central ovn-host)
# To run the benchmarks and plot what they find.
bench=(gnuplot-nox python3 strace)

usage() {
    cat <<USAGE
usage: $prog [--list] GROUP...

Installs what is missing of groups of packages (Debian 12, as root; elsewhere
it only names them).

  build   compilers, tools and libraries
  lab     what utilities/ovs-netvsc-lab and quickstart.sh call
  test    what the tests need in addition; OVN is unpacked in _build/ovn and
          not installed
  bench   what the benchmarks need in addition to "lab"

  --list  print the packages of these groups instead
  -h, --help

Environment: NETVSC_INSTALL_LOG, a file for what apt-get says (default: shown
only if it fails).

Exit status: 0 nothing is missing (any more), 1 something is, 2 wrong usage.
USAGE
}

# Sets "missing" to those of $@ that dpkg does not know as installed.
find_missing() {
    local package status
    missing=()
    for package; do
        status=$(dpkg-query -W -f '${db:Status-Status} ' "$package" \
            2>/dev/null) || status=
        case " $status" in
            *" installed "*) ;;
            *) missing+=("$package") ;;
        esac
    done
}

is_debian_12() {
    local ID='' VERSION_ID=''
    # shellcheck source=/dev/null
    [ ! -r /etc/os-release ] || . /etc/os-release
    [ "$ID:$VERSION_ID" = debian:12 ]
}

run_apt() {
    DEBIAN_FRONTEND=noninteractive apt-get -q -y \
        -o DPkg::Lock::Timeout=300 "$@" </dev/null >>"$log" 2>&1
}

install_missing() {
    local own_log=
    if [ -z "$log" ]; then
        log=$(mktemp) own_log=$log
    fi
    echo "Installing ${#missing[@]} packages:"
    fold -s -w 70 <<<"${missing[*]}" | sed 's/^/  /'
    # A new system has no lists of packages, and old lists name files that the
    # servers have replaced; either shows by the first attempt failing.
    if ! run_apt install --no-install-recommends "${missing[@]}"; then
        echo "Updating the lists of packages"
        if ! run_apt update ||
            ! run_apt install --no-install-recommends "${missing[@]}"; then
            tail -n 15 "$log" >&2
            [ -z "$own_log" ] || rm -f "$own_log"
            die "apt-get failed; could not install: ${missing[*]}"
        fi
    fi
    [ -z "$own_log" ] || rm -f "$own_log"
}

# Unpacks the packages $@ in folder $1, unless that was done.
unpack() { # DIR PACKAGE...
    local dir=$1 debs deb
    shift
    [ ! -e "$dir" ] || return 0
    echo "Unpacking in $dir: $*"
    debs=$(mktemp -d)
    # The list is new if anything was installed just now, but may be missing.
    if ! (cd "$debs" && apt-get -q download "$@" >/dev/null 2>&1) &&
        ! { apt-get -q update >/dev/null 2>&1 &&
            (cd "$debs" && apt-get -q download "$@" >/dev/null); }; then
        rm -rf "$debs"
        die "could not download: $*"
    fi
    mkdir -p "$dir.new"
    for deb in "$debs"/*.deb; do
        dpkg -x "$deb" "$dir.new"
    done
    mv "$dir.new" "$dir"
    rm -rf "$debs"
}

wanted=()
list=false
ovn=false
while [ $# -gt 0 ]; do
    case $1 in
        build) wanted+=("${build[@]}") ;;
        lab) wanted+=("${lab[@]}") ;;
        test) wanted+=("${test[@]}"); ovn=true ;;
        bench) wanted+=("${bench[@]}") ;;
        --list) list=true ;;
        -h | --help) usage; exit 0 ;;
        *) wrong_usage "unknown argument '$1'" ;;
    esac
    shift
done
[ ${#wanted[@]} -gt 0 ] || wrong_usage "which group of packages?"
if $list; then
    printf '%s\n' "${wanted[@]}"
    exit 0
fi

missing=("${wanted[@]}")
! command -v dpkg-query >/dev/null || find_missing "${wanted[@]}"
if [ ${#missing[@]} -eq 0 ]; then
    ! $ovn || ! is_debian_12 || unpack "$top/_build/ovn" "${unpacked[@]}"
    exit 0
fi

command -v dpkg-query >/dev/null ||
    die "this is not Debian; install what corresponds to its packages" \
        "${missing[*]}"
is_debian_12 ||
    die "only on Debian 12 packages are installed without asking; here," \
        "try: apt-get install ${missing[*]}"
[ "$EUID" -eq 0 ] ||
    die "not root; let root run: apt-get install ${missing[*]}"
install_missing
! $ovn || unpack "$top/_build/ovn" "${unpacked[@]}"
