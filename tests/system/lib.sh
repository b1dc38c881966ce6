# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
# shellcheck shell=bash disable=SC2154
#
# What cases are written with.  Sourced by run.sh after vm.sh.

# Ends the case: it cannot be run, since the kernel or the device lacks $1.
skip() {
    echo "$*" >"$run/skip"
    exit 77
}

fail() {
    echo "FAIL: $*"
    exit 1
}

say() {
    printf '%s  %s\n' "$(date +%T.%3N)" "$*"
}

# Runs a command; it must succeed.
must() {
    "$@" || fail "exit status $? of: $*"
}

# -------------------------------------------------------- Open vSwitch

vsctl() { guest ovs-vsctl --timeout=30 "$@"; }
appctl() { guest ovs-appctl --timeout=30 "$@"; }

start_ovsdb() {
    # shellcheck disable=SC2016
    must guest_sh 'mkdir -p /run/openvswitch &&
        ovsdb-tool create /run/openvswitch/conf.db \
            "$OVS_PKGDATADIR/vswitch.ovsschema" &&
        ovsdb-server -vconsole:off /run/openvswitch/conf.db \
            --remote=punix:/run/openvswitch/db.sock --pidfile --detach \
            --log-file=/run/host/ovsdb-server.log --no-chdir &&
        ovs-vsctl --no-wait init -- set Open_vSwitch . \
            other_config:dpdk-init=true \
            other_config:dpdk-extra="$dpdk_extra" \
            other_config:dpdk-lcore-mask=0x1 \
            other_config:pmd-cpu-mask=0x2 \
            other_config:pmd-maxsleep=200'
}

start_vswitchd() {
    # shellcheck disable=SC2016
    must guest_sh '"$vswitchd" -vconsole:off \
            unix:/run/openvswitch/db.sock --pidfile --detach --no-chdir \
            --log-file=/run/host/ovs-vswitchd.log \
            >/run/host/ovs-vswitchd.out 2>&1 &&
        [ "$(ovs-vsctl get Open_vSwitch . dpdk_initialized)" = true ]'
}

# A bridge of its own for NIC $1: the NetVSC port and the application's.
add_port() { # NUMBER [OPTION=VALUE]...
    local n=$1 options=()
    shift
    [ $# -eq 0 ] || options=("${@/#/options:}")
    must vsctl add-br "br$n" -- set Bridge "br$n" datapath_type=netdev \
        -- add-port "br$n" "app$n" -- set Interface "app$n" type=dpdk \
        "options:dpdk-devargs=net_af_packet_app$n,iface=app$n" \
        -- add-port "br$n" "eth$n" -- set Interface "eth$n" type=netvsc \
        "options:synthetic=$backend" ${options[@]+"${options[@]}"}
    local error
    error=$(vsctl get Interface "eth$n" error)
    [ "$error" = "[]" ] || fail "port eth$n: $error"
}

del_port() { # NUMBER
    must vsctl --if-exists del-br "br$1"
}

# Waits until port $1 transmits on $2.
wait_path() { # NUMBER synthetic|vf [SECONDS]
    # shellcheck disable=SC2016
    guest_sh 'for ((i = 0; i < $3 * 10; i++)); do
            case $(ovs-appctl --timeout=10 netvsc/show "eth$1") in
                *"transmitting on: $2"*) exit 0 ;;
            esac
            sleep 0.1
        done
        ovs-appctl --timeout=10 netvsc/show "eth$1"
        exit 1' wait_path "$1" "$2" "${3:-20}" ||
        fail "port eth$1 does not transmit on $2"
}

# -------------------------------------------------------------- The VF

# The host offers the VF of NIC $1 to the guest, at slot $2.
plug() { # NUMBER [SLOT]
    local n=$1 slot=${2:-$1}
    qmp "{\"execute\":\"netdev_add\",\"arguments\":{\"type\":\"tap\",\
\"id\":\"vf$n\",\"ifname\":\"vf$n\",\"script\":\"no\",\
\"downscript\":\"no\"}}" || fail "netdev_add"
    touch "$run/vf$n.plugged"
    qmp "$(qmp_device_add "$(vf_device "$n" "$slot")")" || fail "device_add"
}

# The host takes it back without notice: it sends to the NetVSC first.
unplug() { # NUMBER
    local n=$1
    (
        flock 9
        rm -f "$run/vf$n.plugged"
        switch_to "$n" synthetic
    ) 9>"$run/switch.lock"
    qmp "{\"execute\":\"device_del\",\"arguments\":{\"id\":\"vfdev$n\"}}" \
        DEVICE_DELETED "vfdev$n" || fail "device_del"
    qmp "{\"execute\":\"netdev_del\",\"arguments\":{\"id\":\"vf$n\"}}" ||
        fail "netdev_del"
}

# What -device takes, as JSON.
qmp_device_add() { # DRIVER,KEY=VALUE...
    local words word json
    IFS=, read -r -a words <<<"$1"
    json="\"driver\":\"${words[0]}\""
    for word in "${words[@]:1}"; do
        json+=",\"${word%%=*}\":\"${word#*=}\""
    done
    echo "{\"execute\":\"device_add\",\"arguments\":{$json}}"
}

# ------------------------------------------------------- At the wire

# Sends packets both ways through port $1 while this runs.  Standard input of
# the tool is kept, for traffic_stop.
traffic_start() { # NUMBER [ARG]...
    local n=$1
    shift
    exec {traffic_in}> >(exec "$build/tests/netvsc-traffic" \
        --guest ":app$n" --host ":host$n" \
        --paths "synthetic=syn$n,vf=vf$n" --guest-ip 192.0.2.2 \
        --host-ip 192.0.2.1 --rate "$rate" --ring-mb 8 --settle 1000 \
        --warmup 1000 --json "$run/traffic$n.json" "$@" \
        >"$run/traffic$n.log" 2>&1 9>&-; echo $? >"$run/traffic$n.rc")
    rm -f "$run/traffic$n.rc"
}

# The most that the emulated guest forwards with ease, each way.
rate=200

# Ends that, and prints what jq's filter $2 says of it.
traffic_stop() { # NUMBER
    local i
    echo quit >&"$traffic_in"
    exec {traffic_in}>&-
    for ((i = 0; i < 200; i++)); do
        [ ! -s "$run/traffic$1.rc" ] || break
        sleep 0.05
    done
    [ -s "$run/traffic$1.rc" ] || fail "netvsc-traffic does not end"
    cat "$run/traffic$1.log"
    case $(cat "$run/traffic$1.rc") in
        0 | 1) ;;
        *) fail "netvsc-traffic: exit status $(cat "$run/traffic$1.rc")" ;;
    esac
}

# Traffic for some seconds.
traffic() { # NUMBER SECONDS [ARG]...
    local n=$1 seconds=$2
    shift 2
    traffic_start "$n" "$@"
    sleep "$seconds"
    traffic_stop "$n"
}

# Leaves nothing behind for the next case.
reset_guest() {
    local i
    for ((i = 1; i <= nics; i++)); do
        [ ! -e "$run/vf$i.plugged" ] || unplug "$i"
        vsctl --if-exists del-br "br$i"
    done
}
