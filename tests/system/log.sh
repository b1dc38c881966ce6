# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
# shellcheck shell=bash disable=SC2154
#
# What ovs-vswitchd logs.  Sourced by run.sh after vm.sh.

# Patterns of grep -E: what may be logged in any case here, and why.
allowed_log=(
    # net_af_xdp takes its program off a device that goes, or is gone.
    'remove_xdp_program\(\): bpf_xdp_detach failed'
    'eth_dev_close\(\): Error while removing XDP program'
    # net_tap flushes qdiscs, and tries the kernel's own too.
    'tap_nl_dump_ext_ack\(\): Cannot delete qdisc with handle of zero'
    # net_tap would tell DPDK's secondary processes, of which there is none.
    'tap_mp_req_on_rxtx\(\): Failed to send start req to secondary'
    # net_tap is closed because its NetVSC device is gone.
    'tap_flow_destroy_pmd\(\): Kernel refused TC filter rule deletion \(19\)'
    'tap_dev_close\(\): restore remote state failed: -'
    # netdev-dpdk asks about a port that is not probed as yet, or could not be.
    '\|ERR\|Invalid port_id=32$'
)

# How long ovs-vswitchd's log is, to be given to wait_log_after.
log_end() {
    wc -l <"$run/ovs-vswitchd.log"
}

# Waits until ovs-vswitchd has logged a line that matches $1, after its first
# $2 lines.
wait_log_after() { # PATTERN AFTER [SECONDS]
    local i
    for ((i = 0; i < ${3:-40} * 10; i++)); do
        ! sed "1,$2d" "$run/ovs-vswitchd.log" | grep -q -e "$1" || return 0
        sleep 0.1
    done
    fail "ovs-vswitchd does not log \"$1\""
}

# Prints what ovs-vswitchd has logged after its first $2 lines that a case $1
# which is in order has not: errors of whatever module, and warnings of this
# tree's.  A case names what it provokes in lines "# Logs: REGEX".
unexpected_log() { # CASE AFTER
    local path=$top/tests/system/cases/$1
    # What is measured there may be in any state.
    ! grep -q '^# Apart' "$path" || return 0
    sed "1,$2d" "$run/ovs-vswitchd.log" |
        awk -F '|' '$4 == "EMER" || $4 == "ERR" ||
            ($4 == "WARN" && $3 ~ /^(netdev_)?netvsc/)' |
        grep -v -E -f <(sed -n 's/^# Logs: //p' "$path"
            printf '%s\n' "${allowed_log[@]}")
}
