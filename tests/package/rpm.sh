#!/usr/bin/env bash
# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# Checks the spec file, and builds RPMs of it with Debian's rpm.  That shows
# that it can be parsed, and that what it wants to pack is there; not that it
# builds on Fedora or RHEL, or that the RPMs can be installed there.

set -euo pipefail

prog=${0##*/}
top=$(cd "$(dirname "$0")/../.." && pwd)
dir=$top/_build/rpm
# shellcheck source=tests/package/common.sh
. "$top/tests/package/common.sh"
spec=$top/rhel/openvswitch-netvsc.spec

usage() {
    cat <<USAGE
usage: $prog

Parses rhel/openvswitch-netvsc.spec, checks it with rpmlint, and builds RPMs of
it against an Open vSwitch with shared libraries, in _build/rpm.  Debian 12.

Environment:
  OVS_SOURCE_DIR, OVS_BUILD_DIR
              sources and build of that Open vSwitch (default:
              utilities/build-ovs.sh --variant shared)

Exit status: 0 all is well, 1 not, 2 wrong usage.
USAGE
}

# What Fedora's systemd-rpm-macros define and Debian's rpm does not, and the
# same compiler's flags for all: those of the build.
fedora=(--define "_topdir $dir" --define "_unitdir /usr/lib/systemd/system"
    --define "systemd_post() : %1" --define "systemd_preun() : %1"
    --define "systemd_postun_with_restart() : %1"
    --define "debug_package %{nil}" --define "_build_id_links none")

parse() {
    local version
    echo "Parsing the spec file"
    # Both ways of getting Open vSwitch.
    logged parse.log rpmspec -P "${fedora[@]}" "$spec"
    grep -q '^Source1: .*/openvswitch-3' "$dir/parse.log" ||
        die "there is no source of Open vSwitch"
    # Unknown macros are left as they are.
    ! grep -v '^#' "$dir/parse.log" |
        grep -E '%\{|%(configure|make_|systemd_|_)' ||
        die "rpm does not know these macros"
    version=$(rpmspec -q --srpm --qf '%{version}' "${fedora[@]}" "$spec")
    grep -q "^AC_INIT(\[ovs-netvsc\], \[$version\])" "$top/configure.ac" ||
        die "configure.ac has another version than $version"
    logged rpmlint.log rpmlint -r "${spec%.spec}.rpmlintrc" "$spec"
    grep -q ' 0 errors, 0 warnings' "$dir/rpmlint.log" ||
        { cat "$dir/rpmlint.log" >&2; die "rpmlint has found something"; }
}

sources() {
    local version
    version=$(rpmspec -q --srpm --qf '%{version}' "${fedora[@]}" "$spec")
    mkdir -p "$dir/SOURCES"
    cd "$top"
    if [ -e .git ]; then
        git ls-files -zco --exclude-standard
    else
        find . -path ./_build -prune -o -type f -print0
    fi | tar --null -T - --transform "s,^\(\./\)\?,ovs-netvsc-$version/," \
        -czf "$dir/SOURCES/ovs-netvsc-$version.tar.gz"
}

build() {
    local options
    if [ -z "${OVS_SOURCE_DIR:-}" ] || [ -z "${OVS_BUILD_DIR:-}" ]; then
        options=$("$top/utilities/build-ovs.sh" --variant shared)
        OVS_SOURCE_DIR=$(sed -n 's/.*-source=//p' <<<"$options")
        OVS_BUILD_DIR=$(sed -n 's/.*-build=//p' <<<"$options")
    fi
    echo "Building RPMs"
    # Debian has what is required to build, but rpm does not know.
    logged build.log rpmbuild -bb --nodeps --nocheck "${fedora[@]}" \
        --define "ovs_source_dir $OVS_SOURCE_DIR" \
        --define "ovs_build_dir $OVS_BUILD_DIR" "$spec"
}

contents() {
    local rpm file
    echo "Looking at them"
    rpm=$(echo "$dir"/RPMS/*/openvswitch-netvsc-[0-9]*.rpm)
    rpm -qpl "$rpm" >"$dir/files"
    for file in /usr/bin/ovs-netvsc /etc/sysconfig/ovs-netvsc \
        /usr/lib64/ovs-netvsc/netvsc.so \
        /usr/lib64/ovs-netvsc/netvsc-class.so \
        /etc/bash_completion.d/ovs-netvsc-bashcomp.bash \
        /usr/lib/systemd/system/ovs-netvsc-auto.service; do
        grep -qx "$file" "$dir/files" || die "$rpm has no $file"
    done
    ! grep -E 'ovs-vswitchd$|\.la$' "$dir/files" || die "$rpm has too much"
    rpm -qpR "$rpm" >"$dir/requires"
    grep -q '^openvswitch < 3\.' "$dir/requires" ||
        die "$rpm fits any Open vSwitch"
    grep -q '^libopenvswitch-3\..*\.so' "$dir/requires" ||
        die "ovs-netvsc is not linked with Open vSwitch's shared library"
    # The modules take their symbols from the process.
    rm -rf "$dir/root"
    mkdir "$dir/root"
    (cd "$dir/root" && rpm2cpio "$rpm" | cpio -idm --quiet)
    ! readelf -d "$dir"/root/usr/lib64/ovs-netvsc/*.so "$dir/root/usr/bin/"* |
        grep -E 'RPATH|RUNPATH' || die "$rpm has paths of this machine"
    rm -rf "$dir/root"
}

case ${1:-} in
    '') ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
esac
mkdir -p "$dir"
exec 9>"$dir/.lock"
flock 9
rm -rf "$dir/RPMS" "$dir/BUILD" "$dir/SOURCES" "$dir/BUILDROOT"
parse
sources
build
contents
rm -rf "$dir/BUILD" "$dir/BUILDROOT"
