#!/usr/bin/env bash
# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# Builds the Debian packages and tries them on a Debian that has nothing else
# than them and openvswitch-switch: see scenario.sh.  That Debian is made by
# debootstrap in _build/package, once; each run has a copy of its own, by
# overlayfs in a tmpfs, and its own mounts, processes and network, so this
# machine stays as it is.

set -euo pipefail

prog=${0##*/}
top=$(cd "$(dirname "$0")/../.." && pwd)
dir=$top/_build/package
# shellcheck source=tests/package/common.sh
. "$top/tests/package/common.sh"
base=$dir/base
full=false
again=false
mode=

# What scenario.sh calls, and an init system, without which invoke-rc.d does
# nothing.  systemd does not run there: it looks the unit over.
tools=(bash-completion ethtool iproute2 iputils-ping jq systemd sysvinit-core)

usage() {
    cat <<USAGE
usage: $prog [--full | --again | --shell]

Builds the Debian packages, checks them with lintian, and installs, upgrades,
removes and purges them beside Debian's openvswitch-switch.  Debian 12, root.

  --full      as on a build daemon: Open vSwitch is built from
              openvswitch-source, and the unit tests are run (takes minutes)
  --again     with the packages that were built the last time
  --shell     bash, there, with openvswitch-switch running and the package in
              the folder above; built before if there is none
  -h, --help

Environment:
  OVS_SOURCE_DIR, OVS_BUILD_DIR
              sources and build of the Open vSwitch to build against (default:
              utilities/build-ovs.sh)
  DEBIAN_MIRROR, DEBIAN_SECURITY_MIRROR
              where debootstrap and apt get packages from

Exit status: 0 all is well, 1 not, 2 wrong usage.  Logs are in _build/package.
USAGE
}

# ---------------------------------------------------------------- Packages

# What is under version control, or else what the release has.
copy_tree() {
    rm -rf "$dir/src" "$dir"/*.deb "$dir"/*.changes "$dir"/*.buildinfo
    mkdir -p "$dir/src"
    cd "$top"
    if [ -e .git ]; then
        git ls-files -zco --exclude-standard
    else
        find . -path ./_build -prune -o -type f -print0
    fi | xargs -0 cp -a --parents -t "$dir/src"
    cd "$dir/src"
    list_tree >"$dir/tree"
}

# Sorted, but for Python's caches.
list_tree() {
    find . -name __pycache__ -prune -o -type f -print | sort
}

build() {
    local env=(DEB_BUILD_OPTIONS="parallel=$(nproc) nocheck") options
    if $full; then
        env=(DEB_BUILD_OPTIONS="parallel=$(nproc)")
        unset OVS_SOURCE_DIR OVS_BUILD_DIR
    elif [ -z "${OVS_SOURCE_DIR:-}" ] || [ -z "${OVS_BUILD_DIR:-}" ]; then
        options=$("$top/utilities/build-ovs.sh")
        env+=(OVS_SOURCE_DIR="$(sed -n 's/.*-source=//p' <<<"$options")"
            OVS_BUILD_DIR="$(sed -n 's/.*-build=//p' <<<"$options")")
    fi
    echo "Building the packages"
    logged build.log env "${env[@]}" dpkg-buildpackage -b -us -uc
    # Open vSwitch is built with the flags of a package too.
    ! $full || grep -q -- '-fstack-protector-strong' \
        "$dir/src/debian/ovs/static/build.log" ||
        die "Open vSwitch was not built with dpkg-buildflags"
}

check() {
    echo "Checking them"
    logged lintian.log lintian --profile debian --allow-root \
        --fail-on error,warning "$dir"/*.changes
    logged clean.log make -f debian/rules clean
    [ -z "$(comm -13 "$dir/tree" <(list_tree))" ] ||
        die "debian/rules clean leaves $(comm -13 "$dir/tree" <(list_tree))"
}

# A second version, of the same contents.
make_upgrade() {
    local root=$dir/upgrade version
    rm -rf "$root"
    dpkg-deb -R "$deb" "$root"
    version=$(dpkg-deb -f "$deb" Version)+upgrade
    sed -i "s/^Version: .*/Version: $version/" "$root/DEBIAN/control"
    upgrade=$dir/upgrade.deb
    logged upgrade.log dpkg-deb --root-owner-group -b "$root" "$upgrade"
    rm -rf "$root"
}

# --------------------------------------------------------------- A Debian

# With what our package depends on, but without its recommendations.
make_base() {
    local depends
    depends=$(dpkg-deb -f "$deb" Depends |
        sed 's/([^)]*)//g; s/|[^,]*//g; s/,/ /g')
    # shellcheck disable=SC2086
    make_debian bookworm "$base" $depends "${tools[@]}"
}

# In namespaces of its own: mounts, processes, network, host name.
# shellcheck disable=SC2016
try() {
    echo "Trying them beside openvswitch-switch $(in_debian "$base" \
        dpkg-query -W \
        -f '${Version}' openvswitch-switch)"
    logs=$dir/logs
    rm -rf "$logs"
    mkdir "$logs"
    timeout -k 10 600 unshare --mount --net --pid --uts --ipc --fork \
        --kill-child bash -euc '
        base=$1 logs=$2 here=$3 mode=$4
        shift 4
        new=$base/mnt
        mount -t tmpfs tmpfs "$new"
        mkdir "$new/upper" "$new/work" "$new/root"
        mount -t overlay overlay -o \
            "lowerdir=$base,upperdir=$new/upper,workdir=$new/work" "$new/root"
        root=$new/root
        mount -t proc proc "$root/proc"
        mount -t sysfs sysfs "$root/sys"
        mount --rbind /dev "$root/dev"
        mount -t tmpfs tmpfs "$root/run"
        if [ -d /lib/modules ]; then
            mkdir -p "$root/lib/modules"
            mount --bind -o ro /lib/modules "$root/lib/modules"
        fi
        mkdir "$root/run/try" "$root/run/try/logs"
        mount --bind "$logs" "$root/run/try/logs"
        cp "$here/scenario.sh" "$root/run/try"
        cp "$1" "$root/run/try/first.deb"
        cp "$2" "$root/run/try/second.deb"
        hostname debian
        exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C \
            DEBIAN_FRONTEND=noninteractive \
            chroot "$root" bash /run/try/scenario.sh $mode' \
        bash "$base" "$logs" "$top/tests/package" "$mode" "$deb" "$upgrade" ||
        die "see above; the logs are in $logs"
}

case ${1:-} in
    --full) full=true ;;
    --again) again=true ;;
    --shell) mode=shell; [ ! -e "$dir/upgrade.deb" ] || again=true ;;
    -h | --help) usage; exit 0 ;;
    '') ;;
    *) usage >&2; exit 2 ;;
esac
[ "$EUID" -eq 0 ] || die "must be root"
mkdir -p "$dir"
exec 9>"$dir/.lock"
flock 9
if ! $again; then
    copy_tree
    build
    check
fi
deb=$(echo "$dir"/openvswitch-switch-netvsc_*_*.deb)
make_upgrade
make_base
try
