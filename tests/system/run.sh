#!/usr/bin/env bash
# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# System tests: a stock Debian kernel in QEMU, whose NICs come and go on a PCI
# bus, with this tree's build in it.

set -uo pipefail

prog=tests/system/run.sh
self=$(readlink -f "$0")
top=${self%/tests/system/*}
# shellcheck source=utilities/script.sh
. "$top/utilities/script.sh"
cache=$top/_build/system
build=$top/_build/build
nics=3
all_backends=(tap af_packet af_xdp)
backends=()
mode=run
cases=()
brief=false
guests=
limit=

usage() {
    cat <<USAGE
usage: $prog [OPTION]... [CASE]...

Boots Debian's kernel under QEMU (software emulation), with this machine's
root, read-only, in it, and runs the cases (default: all) with each synthetic
backend.  Must be root.

  --list           list the cases
  --shell          boot, and give a prompt in the guest; Ctrl-] leaves it
  --backend NAME   tap, af_packet or af_xdp; may be repeated (default: each)
  --brief          more than one backend only in cases with a line "# Each",
                   and fewer cycles in pmd-cycles
  --guests N       share the cases among N guests side by side (default: 2 for
                   more than 4 cases, else 1)
  --limit SECONDS  what has no result by then has failed (default: none)
  --nics N         of 3 NICs, one for each backend in that order, the first N
  --build DIR      this tree's build (default: _build/build)
  -h, --help       this text

Each result is a line "ok|FAIL|skip CASE BACKEND [REASON]"; the last line is
"N passed, N failed", and ", N skipped" if there are any.  A case that a guest
did not come to has failed.  Logs are in _build/system/run.

Exit status: 0 some have passed and none has failed, 1 not, 2 wrong usage.
USAGE
}

while [ $# -gt 0 ]; do
    case $1 in
        --list) mode=list ;;
        --shell) mode=shell ;;
        --backend) need_value "$@"; backends+=("$2"); shift ;;
        --brief) brief=true ;;
        --guests) need_value "$@"; guests=$2; shift ;;
        --limit) need_value "$@"; limit=$2; shift ;;
        --nics) need_value "$@"; nics=$2; shift ;;
        --build) need_value "$@"; build=$(readlink -m "$2"); shift ;;
        -h | --help) usage; exit 0 ;;
        -*) wrong_usage "unknown option '$1'" ;;
        *) cases+=("$1") ;;
    esac
    shift
done
[ ${#backends[@]} -gt 0 ] || backends=("${all_backends[@]}")
[[ ${guests:-1} =~ ^[1-9]$ && ${limit:-1} =~ ^[1-9][0-9]*$ ]] ||
    wrong_usage "--guests needs a number from 1 to 9, --limit one from 1"

# What a case says of itself in a line "# KEY: VALUE".
case_says() { # CASE KEY
    sed -n "s/^# $2: //p" "$top/tests/system/cases/$1"
}

all_cases=()
for path in "$top"/tests/system/cases/*; do
    case ${path##*/} in
        '*' | *[!a-z0-9-]*) ;;
        *) all_cases+=("${path##*/}") ;;
    esac
done
if [ $mode = list ]; then
    for name in ${all_cases[@]+"${all_cases[@]}"}; do
        printf '%-24s %s\n' "$name" "$(case_says "$name" Case)"
    done
    exit 0
fi
for name in ${cases[@]+"${cases[@]}"}; do
    [ -r "$top/tests/system/cases/$name" ] || {
        echo "$prog: no case '$name', see --list" >&2
        exit 2
    }
done
# By default, all but those that measure.
if [ ${#cases[@]} -eq 0 ]; then
    for name in ${all_cases[@]+"${all_cases[@]}"}; do
        grep -q '^# Apart' "$top/tests/system/cases/$name" || cases+=("$name")
    done
fi
[ "$EUID" = 0 ] || die "must be root"
case $top/ in
    /run/* | /dev/* | /proc/* | /sys/*)
        die "$top: the guest has file systems of its own in ${top%"${top#/*/}"}" ;;
esac
for tool in qemu-system-x86_64 busybox cpio depmod ip bridge jq socat; do
    command -v "$tool" >/dev/null ||
        die "$tool: not found (utilities/install-deps.sh lab test)"
done
ovs_build=$(sed -n 's/^OVS_BUILD = //p' "$build/Makefile" 2>/dev/null)
ovs_source=$(sed -n 's/^OVS_SRC = //p' "$build/Makefile" 2>/dev/null)
vswitchd=$build/vswitchd-plugin/ovs-vswitchd
[ -n "$ovs_build" ] && [ -x "$vswitchd" ] ||
    die "$build is no finished build (utilities/build.sh)"

# shellcheck source=/dev/null
. "$top/tests/system/vm.sh"
# shellcheck source=/dev/null
. "$top/tests/system/log.sh"
# shellcheck source=/dev/null
. "$top/tests/system/lib.sh"
# shellcheck source=/dev/null
. "$top/tests/system/vf-pmd.sh"

mkdir -p "$cache/run"
get_kernel
vf_pmd=$("$top/tests/vf-pmd/build.sh") || die "no driver for tests"
dpdk_extra+=" -d /run/vf-pmd/${vf_pmd##*/}"

# Sets "fit" to those of the backends to run with that case $1 is about.
backends_of() { # CASE
    local only
    only=$(case_says "$1" Backends)
    fit=()
    for one in "${backends[@]}"; do
        case " ${only:-$one} " in
            *" $one "*) fit+=("$one") ;;
        esac
    done
    if grep -q '^# Once' "$top/tests/system/cases/$1" ||
        { $brief && ! grep -q '^# Each' "$top/tests/system/cases/$1"; }; then
        fit=("${fit[@]:0:1}")
    fi
}

report() { # ok|FAIL|skip CASE BACKEND [REASON]
    printf '%-4s %-24s %-9s %s\n' "$1" "$2" "$3" "${4:-}"
}

# ---------------------------------------------------- All of the guests

# This script becomes that of a guest, with the cases in "cases".  All that is
# on this machine's side is in network and process namespaces, which go with
# that process, and that with its parent.
become_guest() { # with|without: VFs when it boots
    local args=(--build "$build" --nics "$nics")
    for one in "${backends[@]}"; do
        args+=(--backend "$one")
    done
    [ $mode != shell ] || args+=(--shell)
    ! $brief || args+=(--brief)
    NETVSC_SYSTEM_VFS=$1 NETVSC_SYSTEM_CLAIMS=${claims:-} exec \
        setpriv --pdeathsig KILL unshare --net --mount --pid --fork \
        --kill-child --mount-proc -- "$BASH" -c \
        'mount -t sysfs sysfs /sys && exec "$@"' bash "$self" \
        "${args[@]}" "${cases[@]}"
}

# Whether the first guest boots with VFs.  The others do not.
first_boots() {
    local name
    for name in "${cases[@]}"; do
        [ "$(case_says "$name" Boot)" != with ] || { echo with; return; }
    done
    echo without
}

# Runs the cases in guests side by side, each of which takes the next one when
# it is free, and adds up what they report.
run_guests() {
    local vfs i in out line result name one pids=() summary
    local why="no guest has run it to its end"
    local passed=0 failed=0 skipped=0
    local -A wanted=()

    vfs=$(first_boots)
    for name in "${cases[@]}"; do
        backends_of "$name"
        for one in ${fit[@]+"${fit[@]}"}; do
            if [ "$vfs,$guests,$(case_says "$name" Boot)" = with,1,without ]
            then
                report skip "$name" "$one" "the only guest boots with VFs"
                skipped=$((skipped + 1))
            else
                wanted[$name $one]=yes
            fi
        done
    done
    # A pipe, in which each line is whole.
    exec {out}<> <(:)
    exec {in}<"/dev/fd/$out"
    for ((i = 1; i <= guests; i++)); do
        become_guest "$vfs" > >(grep -a --line-buffered '' >&"$out") 2>&1 &
        pids+=($!)
        vfs=without
    done
    exec {out}>&-
    while { [ -z "$limit" ] || ((SECONDS < limit)); } &&
        IFS= read -r ${limit:+-t "$((limit - SECONDS))"} line; do
        printf '%s\n' "$line"
        read -r result name one _ <<<"$line"
        [ -n "${wanted[${name:-.} ${one:-.}]:-}" ] || [ "${one:-}" = all ] ||
            continue
        case $result in
            ok) passed=$((passed + 1)) ;;
            skip) skipped=$((skipped + 1)) ;;
            FAIL) failed=$((failed + 1)) ;;
            *) continue ;;
        esac
        unset "wanted[$name $one]"
    done <&"$in"
    if [ -n "$limit" ] && ((SECONDS >= limit)); then
        why="not done in $limit s"
        kill -KILL "${pids[@]}" 2>/dev/null
    fi
    for ((i = 0; i < guests; i++)); do
        wait "${pids[i]}" 2>/dev/null || {
            report FAIL guest $((i + 1)) "exit status $?"
            failed=$((failed + 1))
        }
    done
    for line in "${!wanted[@]}"; do
        # shellcheck disable=SC2086
        report FAIL $line "$why"
        failed=$((failed + 1))
    done
    say "that took $SECONDS s"
    summary="$passed passed, $failed failed"
    [ $skipped -eq 0 ] || summary+=", $skipped skipped"
    echo "$summary"
    [ $failed -eq 0 ] && [ $passed -gt 0 ]
}

if [ -z "${NETVSC_SYSTEM_VFS:-}" ] || [ $$ != 1 ]; then
    # The last runs' logs are kept.
    find "$cache/run" -mindepth 1 -maxdepth 1 -type d -mmin +600 \
        -exec rm -rf {} +
    [ $mode != shell ] || become_guest "$(first_boots)"
    if [ -z "$guests" ]; then
        guests=1
        [ ${#cases[@]} -le 4 ] || guests=2
    fi
    claims=$(mktemp -d "$cache/run/claims.XXXXXX")
    trap 'rm -rf "$claims"' EXIT
    run_guests
    exit
fi

# ---------------------------------------------------------- One guest

run=$(mktemp -d "$cache/run/XXXXXX")

# Whatever else runs ends with this process, the first of its namespace.
trap stop_vm EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

boot() {
    make_initramfs
    create_network
    say "booting Linux $kernel"
    boot_vfs=()
    if [ "$NETVSC_SYSTEM_VFS" = with ]; then
        for ((nic = 1; nic <= nics; nic++)); do
            touch "$run/vf$nic.plugged"
            boot_vfs+=(-netdev
                "tap,id=vf$nic,ifname=vf$nic,script=no,downscript=no"
                -device "$(vf_device "$nic" "$nic")")
        done
    fi
    start_vm ${boot_vfs[@]+"${boot_vfs[@]}"} || die "the guest does not boot; its console is $console"
    follow_guest &
    socat "UNIX-LISTEN:$run/ovs-vswitchd.ctl,fork" TCP:192.0.3.2:7001 \
        2>>"$run/socat.log" &
    say "the guest is up"
}

# Runs a case with backends, side by side, each on the NIC of its number.  Sets
# "usable" to false if the guest is of no more use.  Not to be called where the
# shell ignores "set -e", as in a condition: cases would too.
run_case() { # CASE BACKEND...
    local name=$1 pids=() started=$SECONDS rc reason kept='' log_start wrong
    shift
    log_start=$(log_end)
    for backend; do
        touch "$run/alive.$backend"
    done
    for backend; do
        nic_of "$backend"
        rm -f "$run/skip.$backend"
        (
            trap 'rm -f "$run/alive.$backend"' EXIT
            set -e
            # shellcheck source=/dev/null
            . "$top/tests/system/cases/$name"
            run
        ) >"$run/$name.$backend.log" 2>&1 &
        pids+=($!)
    done
    for backend; do
        wait "${pids[0]}"
        rc=$?
        pids=("${pids[@]:1}")
        reason="$((SECONDS - started)) s"
        case $rc in
            0) report ok "$name" "$backend" "$reason" ;;
            77) report skip "$name" "$backend" "$(cat "$run/skip.$backend")" ;;
            *)
                reason=$(sed -n 's/^FAIL: //p' "$run/$name.$backend.log")
                report FAIL "$name" "$backend" "${reason:-exit status $rc}"
                kept=${kept:-$name.$backend}
                post_mortem "$kept" "$name.$backend.log" ;;
        esac
    done
    if ! kill -0 "$qemu_pid" 2>/dev/null; then
        report FAIL "$name" all "the guest has ended"
        usable=false
        return
    fi
    if ! vswitchd_lives; then
        report FAIL "$name" all "ovs-vswitchd has ended, or does not answer"
        post_mortem "${kept:-$name.all}"
    fi
    (set -e; reset_guest) >"$run/reset.log" 2>&1
    rc=$?
    if [ $rc -ne 0 ]; then
        tail -n 15 "$run/reset.log"
        report FAIL "$name" all "the guest cannot be used for more"
        usable=false
        return
    fi
    wrong=$(unexpected_log "$name" "$log_start")
    if [ -n "$wrong" ]; then
        report FAIL "$name" all "ovs-vswitchd logs what it should not"
        printf '%s\n' "$wrong" | tail -n 30
    fi
}

# Sets "nic" to the number of the NIC that backend $1 is tested on.
nic_of() {
    for ((nic = 1; nic <= nics; nic++)); do
        [ "${all_backends[nic - 1]}" != "$1" ] || return 0
    done
    die "no backend '$1'"
}

# What there is to see of a failure, in files that begin with PREFIX, unless it
# was seen before; prints the end of each, and of FILEs.
post_mortem() { # PREFIX [FILE]...
    local prefix=$1 log file
    shift
    if [ ! -e "$run/$prefix.state" ]; then
        {
            guest ip -d link
            guest dmesg | tail -n 30
            vsctl show
            appctl netvsc/history
            appctl netvsc/show
            appctl netdev-dpdk/get-mempool-info |
                grep -E '^mempool|chunks|populated|total_obj|pool_count'
        } >"$run/$prefix.state" 2>&1
        cp "$run/ovs-vswitchd.log" "$run/$prefix.vswitchd.log"
        cp "$console" "$run/$prefix.console.log"
    fi
    for file in "$@" "$prefix".{console.log,vswitchd.log,state}; do
        log=$run/$file
        printf -- '-- the end of %s\n' "$log"
        tail -n 30 "$log"
    done
}

# Bash reads a script as it goes.  This way it has all of it before it begins,
# should the tree change meanwhile.
main() {
    local name one own=() rest=()
    usable=true
    # Those that are about how this guest boots come first, and no others are.
    for name in "${cases[@]}"; do
        case $(case_says "$name" Boot) in
            "$NETVSC_SYSTEM_VFS") own+=("$name") ;;
            '') rest+=("$name") ;;
        esac
    done
    boot
    start_ovsdb || die "no ovsdb-server; logs are in $run"
    start_vswitchd || die "no ovs-vswitchd; logs are in $run"
    (add_bridges) || die "no bridges; logs are in $run"
    say "Open vSwitch is up"
    if [ $mode = shell ]; then
        socat -,raw,echo=0,escape=0x1d "UNIX-CONNECT:$run/shell.sock"
        exit 0
    fi
    for name in ${own[@]+"${own[@]}"} ${rest[@]+"${rest[@]}"}; do
        backends_of "$name"
        # The guest that makes the folder has the case.
        if [ ${#fit[@]} -eq 0 ] || ! mkdir "$NETVSC_SYSTEM_CLAIMS/$name" \
            2>/dev/null; then
            continue
        elif grep -q '^# Alone' "$top/tests/system/cases/$name"; then
            for one in "${fit[@]}"; do
                run_case "$name" "$one"
                $usable || break
            done
        else
            run_case "$name" "${fit[@]}"
        fi
        $usable || break
    done
    say "that took $SECONDS s; logs are in $run"
    exit 0
}

main
