#!/usr/bin/env bash
# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# Tests netvsc-traffic against two network namespaces of its own.  In place of
# Open vSwitch the guest has a Linux bridge, so that what happens to packets
# is known exactly:
#
#       guest namespace            host namespace
#     app1 - app0 - gbr - eth1 === syn0 - vsw0
#                      \- vf1  === vf0 -/
#
# No bridge port learns or floods: a static FDB entry on either side says
# which of the two paths a direction takes, and changing it is a switch that
# loses nothing.

set -u

usage() {
    cat <<USAGE
usage: ${0##*/} [NETVSC-TRAFFIC]

Tests netvsc-traffic, which is built if it is not given.  Root.

  -h, --help   this text

Environment: KEEP (if set, the files of the test are kept), CC.

Exit status: 0 all has passed, 1 not, 2 wrong usage.
USAGE
}

case ${1:-} in
    -h | --help) usage; exit 0 ;;
    -*) usage >&2; exit 2 ;;
esac

top=$(cd "$(dirname "$0")/.." && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/test-traffic.XXXXXX")
guest=nvt-g$$
host=nvt-h$$
vf_mac=02:00:00:00:71:01            # Also eth1's, as on Azure.
app_mac=02:00:00:00:71:02
vsw_mac=02:00:00:00:71:03
ends=(--guest "$guest:app1" --host "$host:vsw0" --json "$dir/out.json")
failures=0
tool_pid=

cleanup() {
    if [ -n "$tool_pid" ]; then
        kill "$tool_pid" 2>/dev/null
        wait "$tool_pid" 2>/dev/null
    fi
    ip netns del "$guest" 2>/dev/null
    ip netns del "$host" 2>/dev/null
    if [ -n "${KEEP:-}" ]; then
        echo "# kept $dir"
    else
        rm -rf "$dir"
    fi
}
trap cleanup EXIT
trap 'exit 1' INT TERM

die() {
    echo "${0##*/}: $*" >&2
    exit 1
}

# result NAME STATUS [EXPLANATION]
result() {
    if [ "$2" -eq 0 ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        failures=$((failures + 1))
        if [ -n "${3:-}" ]; then
            echo "# $3"
        fi
    fi
}

# check NAME JQ-EXPRESSION: true of the JSON file of the latest run?
check() {
    local shown

    if [ "$(jq "$2" "$dir/out.json" 2>/dev/null)" = true ]; then
        result "$1" 0
    else
        shown=$(jq -c '{verdict, tool_drops, switches,
                        directions: (.directions | map_values(
                            {sent, received, lost, lost_elsewhere,
                             duplicated, reordered, wire_copies, tx_skipped,
                             tx_last_error, not_on_wire}))}' \
                "$dir/out.json" 2>&1)
        result "$1" 1 "$2 is not true of $shown"
    fi
}

check_exit() {
    [ "$status" -eq "$2" ]
    result "$1" $? "exit status $status instead of $2"
}

g() { ip -n "$guest" "$@"; }
h() { ip -n "$host" "$@"; }

# port NAMESPACE BRIDGE INTERFACE
port() {
    ip -n "$1" link set "$3" master "$2" up &&
    bridge -n "$1" link set dev "$3" learning off flood off
}

# path_to g2h|h2g synthetic|vf: makes that direction take that path.
path_to() {
    local ns mac dev

    case $1.$2 in
    g2h.synthetic) ns=$guest mac=$vsw_mac dev=eth1 ;;
    g2h.vf) ns=$guest mac=$vsw_mac dev=vf1 ;;
    h2g.synthetic) ns=$host mac=$app_mac dev=syn0 ;;
    h2g.vf) ns=$host mac=$app_mac dev=vf0 ;;
    *) die "path_to $*" ;;
    esac
    bridge -n "$ns" fdb replace "$mac" dev "$dev" master static
}

plug_vf() {
    g link add vf1 address "$vf_mac" type veth peer name vf0 netns "$host" &&
    port "$host" vsw0 vf0 &&
    port "$guest" gbr vf1
}

setup() {
    local ns

    for ns in "$guest" "$host"; do
        ip netns add "$ns" || die "cannot create a network namespace"
        ip netns exec "$ns" sysctl -qw net.ipv6.conf.default.disable_ipv6=1 \
            net.ipv6.conf.all.disable_ipv6=1 2>/dev/null
        ip -n "$ns" link set lo up
    done
    g link add gbr type bridge mcast_snooping 0 &&
    h link add vsw0 address "$vsw_mac" type bridge mcast_snooping 0 &&
    h addr add 192.0.2.1/24 dev vsw0 &&
    g link add app1 address "$app_mac" type veth peer name app0 &&
    g addr add 192.0.2.2/24 dev app1 &&
    g link add eth1 address "$vf_mac" type veth peer name syn0 \
        netns "$host" &&
    g link set gbr up &&
    g link set app1 up &&
    h link set vsw0 up &&
    port "$guest" gbr app0 &&
    port "$guest" gbr eth1 &&
    port "$host" vsw0 syn0 &&
    bridge -n "$guest" fdb replace "$app_mac" dev app0 master static &&
    path_to g2h synthetic &&
    path_to h2g synthetic
}

# run ARG...: runs the tool to its end, leaves its status in $status.
run() {
    rm -f "$dir/out.json"
    "$traffic" "${ends[@]}" "$@" >"$dir/out.txt" 2>"$dir/err.txt" </dev/null
    status=$?
}

# start ARG...: starts the tool and waits until packets flow.
start() {
    rm -f "$dir/out.json" "$dir/stdin"
    mkfifo "$dir/stdin"
    "$traffic" "${ends[@]}" "$@" >"$dir/out.txt" 2>"$dir/err.txt" \
        <"$dir/stdin" &
    tool_pid=$!
    exec 9>"$dir/stdin"
    wait_for 'event .* kind=path dir=guest-to-host' &&
    wait_for 'event .* kind=path dir=host-to-guest'
}

finish() {
    echo quit >&9
    exec 9>&-
    wait "$tool_pid"
    status=$?
    tool_pid=
}

# wait_for REGEX [COUNT]: until so many lines of output match.
wait_for() {
    local i

    for ((i = 0; i < 500; i++)); do
        if [ "$(grep -c -E "$1" "$dir/out.txt")" -ge "${2:-1}" ]; then
            return 0
        fi
        sleep 0.02
    done
    echo "# no line matched: $1"
    return 1
}

# True of each direction.
both() {
    echo ".directions | length == 2 and all(.[]; $1)"
}

test_usage() {
    run --guest "$guest:nosuch"
    check_exit "missing option is an error" 2
    run --guest "$guest:nosuch" --host "$host:vsw0"
    check_exit "missing interface is an error" 4
    grep -q "nosuch.*$guest" "$dir/err.txt"
    result "missing interface is named" $? "$(cat "$dir/err.txt")"
    run --guest "nosuch$$:app1" --host "$host:vsw0"
    grep -q "namespace \"nosuch$$\"" "$dir/err.txt"
    result "missing namespace is named" $? "$(cat "$dir/err.txt")"
    run --rate 0 --guest "$guest:app1" --host "$host:vsw0"
    check_exit "rate of zero is an error" 2
    "$traffic" --help | grep -q -- --watch-mac
    result "help" $?
}

test_steady() {
    run --duration 3
    check_exit "steady state is clean" 0
    [ ! -s "$dir/err.txt" ]
    result "nothing to complain about" $? "$(head -3 "$dir/err.txt")"
    check "steady state loses nothing" \
        "$(both '.lost == 0 and .duplicated == 0 and .reordered == 0')"
    check "each deadline is met or counted as skipped" \
        "$(both '.sent + .tx_skipped == 30000 and .received == .sent')"
    check "all was on the synthetic path" \
        "$(both '.paths.synthetic.packets == .sent and .paths.vf.packets == 0
                 and .initial_path == "synthetic" and .switches == 0')"
    check "the tool missed nothing" '.tool_drops == 0 and .verdict == "clean"'
    check "10,000 packets/s both ways leave room for others" \
        '.cpu_percent < 60'
    echo "# CPU: $(jq .cpu_percent "$dir/out.json") %"
    ! grep -q -E 'IcmpMsgOutType3|InErrors [1-9]' <(
        ip netns exec "$host" cat /proc/net/snmp)
    result "no ICMP errors are provoked" $?
}

test_checksums() {
    local n

    ip netns exec "$host" timeout 20 tcpdump -i syn0 -nn -vv -c 20 \
        udp port 7471 >"$dir/dump.txt" 2>/dev/null &
    sleep 0.5
    run --duration 1 --rate 100 --size 129 --flows 3 \
        --direction guest-to-host
    wait $!
    n=$(grep -c 'udp sum ok' "$dir/dump.txt")
    [ "$n" -eq 20 ] && ! grep -q -E 'bad (udp )?cksum' "$dir/dump.txt"
    result "checksums are right" $? "$(head -4 "$dir/dump.txt")"
    check "one direction only" \
        '.directions | keys == ["guest-to-host"]
         and .["guest-to-host"].received == 100'
}

test_inject() {
    run --duration 3 --rate 5000 --flows 4 --inject drop=7,dup=5,swap=3
    check_exit "faults give exit status 1" 1
    check "drops, duplicates and swaps are counted exactly" \
        "$(both '.injected == {drop: 7, dup: 5, swap: 3} and .lost == 7
                 and .duplicated == 5 and .copies == 5 and .reordered == 3
                 and .lost_before_wire == 7 and .lost_after_wire == 0')"
    check "lost packets are named" \
        "$(both '[.losses[] | [.first_seq, .count]] ==
                 [range(100; 701; 100) | [., 1]]')"
    check "faults without a switch are elsewhere" \
        "$(both '.lost_elsewhere == 7 and .duplicated_elsewhere == 5
                 and .reordered_elsewhere == 3')"
}

test_late() {
    run --duration 1 --rate 1000 --late 5000
    check "nobody waits for packets once all are there" \
        '.end_ns - .start_ns < 5e9'
    run --duration 1 --rate 1000 --late 3000 --inject drop=3
    check "packets that are missing are waited for" \
        '.end_ns - .start_ns > 4e9'
}

test_switch() {
    plug_vf || die "cannot plug the VF"
    start --rate 5000
    path_to g2h vf
    wait_for 'switch .* dir=guest-to-host from=synthetic to=vf'
    result "a switch is told at once" $?
    sleep 0.2
    path_to h2g vf
    wait_for 'switch .* dir=host-to-guest from=synthetic to=vf'
    sleep 0.2
    path_to g2h synthetic
    path_to h2g synthetic
    wait_for '^switch ' 4
    echo "mark half time" >&9
    wait_for 'kind=mark text=half time'
    result "marks are recorded" $?
    finish
    check_exit "a switch that loses nothing is clean" 0
    check "two switches in each direction, in order" \
        '[.switches[] | [.direction, .from, .to]] ==
         [["guest-to-host", "synthetic", "vf"],
          ["guest-to-host", "vf", "synthetic"],
          ["host-to-guest", "synthetic", "vf"],
          ["host-to-guest", "vf", "synthetic"]]'
    check "the switches lost nothing and took no time" \
        'all(.switches[]; .lost == 0 and .first_new_seq == .last_old_seq + 1
                          and .gap_ns > 0 and .gap_ns < 100000000)'
    check "paths add up" \
        "$(both '.paths.synthetic.packets + .paths.vf.packets == .sent
                 and .paths.vf.packets > 500')"
    check "without a watch no VF event is blamed" \
        '.vf_events == [] and all(.switches[]; .vf_event_ns == null)'
    g link del vf1
}

# The VF goes while both directions use it, and what they send is lost until
# they are told to use the synthetic path.
test_vf_events() {
    plug_vf || die "cannot plug the VF"
    path_to g2h vf && path_to h2g vf
    start --rate 5000 --watch-mac eth1 \
        --watch-guest-iface-exclude 'eth*,app*,gbr'
    g link del vf1
    wait_for 'event .* kind=vf_gone iface=vf1'
    result "unplugging is told at once" $?
    sleep 0.1
    path_to g2h synthetic && path_to h2g synthetic
    wait_for '^switch .* to=synthetic .*vf_gone_to_first_packet_ms=' 2
    result "switches from the VF follow" $?
    sleep 0.2

    # Another ifindex at both ends.
    g link add dummy0 type veth peer name dummy1 netns "$host"
    plug_vf || die "cannot plug the VF again"
    wait_for 'event .* kind=vf_up iface=vf1 .* initial=0'
    result "plugging is told at once" $?
    path_to g2h vf && path_to h2g vf
    wait_for '^switch .* to=vf .*vf_up_to_first_packet_ms=' 2
    result "switches to the VF follow" $?
    sleep 0.2
    finish
    check_exit "losses by a switch give exit status 1" 1
    check "the VF was there, went and came back" \
        '[.vf_events[].event] ==
         ["vf_appeared", "vf_up", "vf_down", "vf_gone",
          "vf_appeared", "vf_up"]
         and .vf_events[0].initial and (.vf_events[4].initial | not)
         and .vf_events[0].ifindex != .vf_events[4].ifindex'
    check "the switch from the VF is blamed for all losses" \
        "$(both '.lost > 400 and .lost_elsewhere == 0')"
    # shellcheck disable=SC2016
    check "lost packets of a switch" \
        '. as $r | all(.switches[]; .lost ==
            (if .from == "vf" then $r.directions[.direction].lost
             else 0 end))'
    check "the silence is the gap" \
        'all(.switches[] | select(.from == "vf");
             .delivery_gap_ns > 90e6
             and (.delivery_gap_ns - .gap_ns | fabs) < 20e6
             and .last_vf_packet_to_first_synthetic_ms > 90
             and .vf_gone_to_first_packet_ms > 90
             and .vf_gone_to_first_packet_ms < 5000)'
    check "the switch to the VF follows vf_up" \
        'all(.switches[] | select(.to == "vf");
             .vf_up_to_first_packet_ms > 0
             and .vf_up_to_first_packet_ms < 5000)'
    check "arrays for callers" \
        '.arrays | length == 2
         and all(.[]; (.vf_up_to_first_packet_ms | length == 1)
                      and (.vf_gone_to_first_packet_ms | length == 1)
                      and (.lost_from_vf | length == 1))'
    g link del vf1
    g link del dummy0
    path_to g2h synthetic && path_to h2g synthetic
}

# A bridge that floods sends each packet on both paths.
test_copies() {
    plug_vf || die "cannot plug the VF"
    bridge -n "$host" link set dev vf0 flood on
    bridge -n "$host" link set dev syn0 flood on
    bridge -n "$host" fdb del "$app_mac" dev syn0 master
    run --duration 1 --rate 1000 --direction host-to-guest
    check_exit "flooding is a fault" 1
    check "copies are duplicates, but no switches" \
        '.switches == [] and (.directions["host-to-guest"] |
         .sent == .duplicated and .wire_copies == .sent and .lost == 0
         and .paths.vf.packets == .sent
         and .paths.synthetic.packets == .sent)'
    bridge -n "$host" link set dev syn0 flood off
    path_to h2g synthetic
    g link del vf1
}

test_signals_and_files() {
    local n

    start --rate 1000 --raw "$dir/raw.csv" --progress
    wait_for '^progress t=.* g2h.rx_pps=.* h2g.path=synthetic'
    result "progress lines" $?
    kill -TERM "$tool_pid"
    wait "$tool_pid"
    status=$?
    tool_pid=
    exec 9>&-
    check_exit "SIGTERM ends a run with its results" 0
    n=$(grep -c ',deliver,guest-to-host,vsw0,' "$dir/raw.csv")
    check "the raw file has each delivery" \
        ".directions[\"guest-to-host\"].received == $n"
    n=$(grep -c ',wire,host-to-guest,synthetic,' "$dir/raw.csv")
    check "the raw file has each packet on the wire" \
        ".directions[\"host-to-guest\"].sent == $n"
}

# When the tool cannot keep up, it must own up to it and blame nobody else.
test_overload() {
    start --rate 20000
    kill -STOP "$tool_pid"
    sleep 0.3
    kill -CONT "$tool_pid"
    sleep 0.5
    finish
    check_exit "being stopped is not taken for loss" 0
    check "what could not be sent in time is counted" \
        "$(both '.tx_skipped > 1000 and .tx_skipped < 10000')"

    run --rate 20000 --ring-mb 2 --duration 2 --inject stall=1000
    check_exit "a measurement with packets missed is unreliable" 3
    check "packets missed are counted" \
        '.tool_drops > 1000 and .verdict == "unreliable"'
}

# The guest's interface goes down under way.  One packet or two may be in it
# just then, accepted and never seen again.
test_tx_errors() {
    start --rate 1000
    g link set app1 down
    sleep 0.2
    g link set app1 up
    sleep 0.2
    finish
    check "what send() refuses is not sent, thus not lost" \
        '.directions["guest-to-host"] |
         .tx_errors > 100 and .lost < 3 and .received + .lost == .sent
         and .tx_last_error == "Network is down"'
    check "what arrives at an interface that is down is lost" \
        '.directions["host-to-guest"] |
         .lost > 100 and .lost_after_wire == .lost'
}

[ "$(id -u)" -eq 0 ] || die "must be run by root"
for i in ip bridge jq tcpdump; do
    command -v "$i" >/dev/null || die "$i is needed"
done
traffic=${1:-}
if [ -z "$traffic" ]; then
    traffic=$dir/netvsc-traffic
    "${CC:-gcc}" -std=gnu11 -O2 -g "$top"/tests/netvsc-traffic.c \
        "$top"/tests/traffic-*.c -o "$traffic" -lpthread ||
        die "cannot build netvsc-traffic"
fi

setup || die "cannot build the test network"
test_usage
test_steady
test_checksums
test_inject
test_late
test_switch
test_vf_events
test_copies
test_signals_and_files
test_tx_errors
test_overload

echo "# $failures failed"
[ "$failures" -eq 0 ]
