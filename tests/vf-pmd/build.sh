#!/usr/bin/env bash
# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# Builds the poll mode driver for tests that is described in vf-pmd.h.
#
# The headers that a driver needs are not in libdpdk-dev.  They are taken from
# Debian's source package of the version that is installed, which apt fetches
# and verifies; lists of source packages are kept in the cache, so that the
# system's own configuration of apt stays as it is.

set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=utilities/script.sh
. "$top/utilities/script.sh"
here=$top/tests/vf-pmd
dir=$top/_build/vf-pmd
headers=(
    drivers/bus/pci/bus_pci_driver.h
    lib/eal/include/bus_driver.h
    lib/eal/include/dev_driver.h
    lib/ethdev/ethdev_driver.h
    lib/ethdev/ethdev_pci.h
)

usage() {
    cat <<USAGE
usage: ${0##*/} [--dir DIR]

Builds librte_net_vf_pmd.so, for EAL's -d, and prints its path.

  --dir DIR   where, and where what is fetched is kept (default: _build/vf-pmd
              in this tree)
  -h, --help  this text

Exit status: 0 built, 1 not, 2 wrong usage.
USAGE
}

# Writes deb-src entries of the system's Debian release.
write_sources() {
    local release=
    # shellcheck source=/dev/null
    release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    [ -n "$release" ] || die "this is no Debian release"
    local key=/usr/share/keyrings/debian-archive-keyring.gpg
    local url=http://deb.debian.org/debian
    cat <<SOURCES
deb-src [signed-by=$key] $url $release main
deb-src [signed-by=$key] $url $release-updates main
deb-src [signed-by=$key] $url-security $release-security main
SOURCES
}

apt_get() {
    timeout 300 apt-get -q -o "Dir::Etc::SourceList=$dir/apt/sources.list" \
        -o Dir::Etc::SourceParts=/nonexistent \
        -o "Dir::State::Lists=$dir/apt/lists" \
        -o APT::Sandbox::User=root "$@" >>"$dir/apt.log" 2>&1
}

fetch_headers() { # VERSION
    local version=$1 tarball
    mkdir -p "$dir/apt/lists/partial"
    : >"$dir/apt.log"
    write_sources >"$dir/apt/sources.list"
    echo "Fetching the headers of dpdk $version" >&2
    if ! apt_get update || ! (cd "$dir/apt" && apt_get source \
        --download-only --only-source "dpdk=$version"); then
        tail -n 10 "$dir/apt.log" >&2
        die "apt-get could not fetch the source package dpdk $version"
    fi
    tarball=$(ls "$dir"/apt/dpdk_*.orig.tar.*)
    rm -rf "$dir/include"
    mkdir -p "$dir/include"
    tar -xf "$tarball" -C "$dir/include" --wildcards --strip-components=1 \
        "${headers[@]/#/*/}"
    rm -rf "$dir/apt"
    echo "$version" >"$dir/include/.version"
}

while [ $# -gt 0 ]; do
    case $1 in
        --dir) need_value "$@"; dir=$2; shift ;;
        -h | --help) usage; exit 0 ;;
        *) wrong_usage "unknown argument '$1'" ;;
    esac
    shift
done

mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
exec 9>"$dir/.lock"
flock 9

# Newer ones than what apt knows might be installed, and older ones too: the
# version decides, not what is current.
version=$(dpkg-query -W -f '${source:Version}' libdpdk-dev) ||
    die "libdpdk-dev is not installed"
if [ "$(cat "$dir/include/.version" 2>/dev/null)" != "$version" ]; then
    fetch_headers "$version"
fi

so=$dir/librte_net_vf_pmd.so
if [ -e "$so" ] &&
    [ -z "$(find "$here" "$dir/include" -newer "$so" -type f)" ]; then
    echo "$so"
    exit 0
fi
includes=()
for h in "${headers[@]}"; do
    includes+=("-I$dir/include/${h%/*}")
done
read -ra dpdk_cflags < <(pkg-config --cflags libdpdk)
recovery=()
if grep -q RTE_ETH_EVENT_RECOVERY_SUCCESS /usr/include/dpdk/rte_ethdev.h; then
    recovery=(-DVF_HAVE_RECOVERY)
fi
${CC:-gcc} -g -O2 -Wall -Wextra -Werror -std=gnu11 -fPIC -shared \
    -D_GNU_SOURCE -DALLOW_INTERNAL_API -DALLOW_EXPERIMENTAL_API \
    "${recovery[@]}" "${includes[@]}" "${dpdk_cflags[@]}" \
    -o "$so.new" "$here"/vf-pmd-*.c \
    -lrte_ethdev -lrte_bus_pci -lrte_kvargs -lrte_mbuf -lrte_mempool \
    -lrte_eal -lbpf ||
    die "could not build the driver"
mv "$so.new" "$so"
echo "$so"
