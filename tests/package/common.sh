# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
# shellcheck shell=bash disable=SC2154
#
# What the tests of packages share.  "prog" is the name of the script, "dir" the
# folder that logs go to.

# shellcheck source=utilities/script.sh
. "$top/utilities/script.sh"

# Runs a command with its output in a log, whose end is shown if it fails.
logged() { # LOG COMMAND [ARG]...
    local log=$dir/$1
    shift
    if ! "$@" >"$log" 2>&1; then
        tail -n 25 "$log" >&2
        die "$1 failed; the whole log is $log"
    fi
}

# --------------------------------------------------------------- A Debian

mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
security=${DEBIAN_SECURITY_MIRROR:-http://deb.debian.org/debian-security}

# Runs a command in the Debian of a folder.
# shellcheck disable=SC2016
in_debian() { # ROOT COMMAND [ARG]...
    unshare --mount --pid --fork --kill-child bash -c '
        mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" &&
        exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C \
            DEBIAN_FRONTEND=noninteractive chroot "$@"' bash "$@"
}

# Makes a Debian in a folder, unless that was done, with packages in which
# nothing runs: /usr/sbin/policy-rc.d forbids that.
make_debian() { # RELEASE ROOT PACKAGE...
    local release=$1 root=$2 want
    shift 2
    want="$mirror $security $release $*"
    [ "$(cat "$root/.made-for" 2>/dev/null)" != "$want" ] || return 0

    echo "Making a Debian ($release) to try them on"
    if [ ! -e "$root/.bootstrapped" ]; then
        rm -rf "$root"
        # What it mounts there goes with it, even if it is killed.
        logged debootstrap.log unshare --mount \
            debootstrap --variant=minbase "$release" "$root" "$mirror"
        touch "$root/.bootstrapped"
    fi
    cat >"$root/etc/apt/sources.list" <<SOURCES
deb $mirror $release main
deb $mirror $release-updates main
deb $security $release-security main
SOURCES
    echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe-io"
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod +x "$root/usr/sbin/policy-rc.d"
    logged apt-update.log in_debian "$root" apt-get -q update
    logged apt.log in_debian "$root" apt-get -q -y install \
        --no-install-recommends "$@"
    logged apt-clean.log in_debian "$root" apt-get clean
    rm "$root/usr/sbin/policy-rc.d"
    echo "$want" >"$root/.made-for"
}
