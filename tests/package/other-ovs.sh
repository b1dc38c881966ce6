#!/usr/bin/env bash
# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# Has another release of Open vSwitch and DPDK, those of Debian 13, load the
# module netvsc.so that was built for ours.  It has to be told why not, and
# ovs-vswitchd must not crash.  That Debian is made as deb.sh makes its own.

set -euo pipefail

prog=${0##*/}
top=$(cd "$(dirname "$0")/../.." && pwd)
dir=$top/_build/package/other
# shellcheck source=tests/package/common.sh
. "$top/tests/package/common.sh"
base=$dir/base
vswitchd=/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk

usage() {
    cat <<USAGE
usage: $prog MODULE

Loads MODULE, a netvsc.so with its netvsc-class.so beside it, into the
ovs-vswitchd of Debian 13 and prints what DPDK and that daemon say.  Debian 12,
root.

Environment:
  DEBIAN_MIRROR, DEBIAN_SECURITY_MIRROR
              where debootstrap and apt get packages from

Exit status: 0 ovs-vswitchd has refused it and ended, or gone on, by itself; 1
not.  Logs are in _build/package/other.
USAGE
}

# Starts the database and ovs-vswitchd with dpdk-init=$1, in namespaces of
# their own, and prints the exit status of the latter, "runs" if it does.
# shellcheck disable=SC2016
load() { # true|try
    timeout -k 10 120 unshare --mount --net --pid --fork --kill-child \
        bash -euc '
        base=$1 module=$2 init=$3 logs=$4 vswitchd=$5
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
        mkdir "$root/run/openvswitch" "$root/run/logs"
        mount --bind "$logs" "$root/run/logs"
        install -D -t "$root/usr/lib/ovs-netvsc" \
            "$module" "${module%.so}-class.so"
        exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C \
            chroot "$root" bash -euc "
            ovsdb-tool create /run/openvswitch/conf.db \
                /usr/share/openvswitch/vswitch.ovsschema
            ovsdb-server --remote=punix:/run/openvswitch/db.sock --pidfile \
                --detach --log-file=/run/logs/ovsdb-server.log \
                /run/openvswitch/conf.db
            ovs-vsctl --no-wait --timeout=10 init -- set Open_vSwitch . \
                other_config:dpdk-init=$init other_config:dpdk-extra=\"\\
                --no-huge --legacy-mem -m 256 --no-pci \
                -d /usr/lib/ovs-netvsc/netvsc.so\"
            $vswitchd \
                --pidfile --log-file=/run/logs/ovs-vswitchd.log \
                >/run/logs/output 2>&1 &
            for ((n = 0; n < 300; n++)); do
                sleep 0.1
                if ! kill -0 \$! 2>/dev/null; then
                    wait \$! && rc=0 || rc=\$?
                    echo \"exit status \$rc\"
                    exit
                fi
                if timeout 10 ovs-appctl -t ovs-vswitchd-dpdk version \
                    >/dev/null 2>&1; then
                    echo runs
                    exit
                fi
            done
            echo \"it does not begin\""' \
        bash "$base" "$module" "$1" "$dir/logs" "$vswitchd"
}

case ${1:-} in
    -h | --help) usage; exit 0 ;;
    *.so) module=$(readlink -f "$1") ;;
    *) usage >&2; exit 2 ;;
esac
[ "$EUID" -eq 0 ] || die "must be root"
mkdir -p "$dir"
exec 9>"$dir/.lock"
flock 9
make_debian trixie "$base" openvswitch-switch-dpdk
version=$(in_debian "$base" "$vswitchd" --version |
    sed -n '1s/-dpdk//p; s/^DPDK \([0-9]*\.[0-9]*\).*/\1/p')
echo "Loading it into ${version/$'\n'/, DPDK }"
for init in true try; do
    rm -rf "$dir/logs"
    mkdir "$dir/logs"
    echo "dpdk-init=$init: $(load $init)"
    sed -n 's/^[^|]*|[0-9]*|\([^|]*|[A-Z]*|netvsc.*\)/  \1/p' \
        "$dir/logs/ovs-vswitchd.log"
done
