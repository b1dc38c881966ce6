# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
# shellcheck shell=bash disable=SC2154
#
# What cases are written with.  Sourced by run.sh after vm.sh.

# Ends the case: it cannot be run, since the kernel or the device lacks $1.
skip() {
    echo "$*" >"$run/skip.$backend"
    exit 77
}

# Not to standard output, which may be a command substitution's.
fail() {
    echo "FAIL: $*" >&2
    exit 1
}

say() {
    printf '%s  %s\n' "$(date +%T.%3N)" "$*"
}

# Runs a command; it must succeed.
must() {
    "$@" || fail "exit status $? of: $*"
}

# Repeats a command until it succeeds.
wait_for() { # SECONDS COMMAND [ARG]...
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.1
    done
}

# -------------------------------------------------------- Open vSwitch

# These run on this side: the emulated guest takes a second to start a program.
vsctl() {
    "$ovs_build/utilities/ovs-vsctl" -vconsole:off --timeout=60 \
        --db=tcp:192.0.3.2:6640 "$@"
}

appctl() {
    "$ovs_build/utilities/ovs-appctl" -vconsole:off --timeout=60 \
        --target="$run/ovs-vswitchd.ctl" "$@"
}

start_ovsdb() {
    # shellcheck disable=SC2016
    guest_sh 'mkdir -p /run/openvswitch &&
        ovsdb-tool create /run/openvswitch/conf.db \
            "$OVS_PKGDATADIR/vswitch.ovsschema" &&
        ovsdb-server -vconsole:off /run/openvswitch/conf.db \
            --remote=punix:/run/openvswitch/db.sock \
            --remote=ptcp:6640:192.0.3.2 --pidfile --detach \
            --log-file=/run/host/ovsdb-server.log --no-chdir &&
        ovs-vsctl --no-wait init -- set Open_vSwitch . \
            other_config:dpdk-init=true \
            other_config:dpdk-extra="$dpdk_extra" \
            other_config:dpdk-lcore-mask=0x1 \
            other_config:pmd-cpu-mask=0x2 \
            other_config:pmd-maxsleep=2000'
}

start_vswitchd() {
    # shellcheck disable=SC2016
    guest_sh '"$vswitchd" -vconsole:off \
            unix:/run/openvswitch/db.sock --pidfile --detach --no-chdir \
            --log-file=/run/host/ovs-vswitchd.log \
            >/run/host/ovs-vswitchd.out 2>&1 &&
        pid=$(cat /run/openvswitch/ovs-vswitchd.pid) &&
        ln -sfn "ovs-vswitchd.$pid.ctl" /run/openvswitch/ovs-vswitchd.ctl &&
        echo "$pid" >/run/host/vswitchd.pid' &&
        [ "$(vsctl get Open_vSwitch . dpdk_initialized)" = true ]
}

# A bridge for each NIC, with the application's port.  They stay: a pool of
# packet buffers that nobody has is made anew by the next port, which takes
# seconds here.
add_bridges() {
    local i words=()
    for ((i = 1; i <= nics; i++)); do
        words+=(-- add-br "br$i" -- set Bridge "br$i" datapath_type=netdev
            -- add-port "br$i" "app$i" -- set Interface "app$i" type=dpdk
            "options:dpdk-devargs=net_af_packet_app$i,iface=app$i")
    done
    must vsctl "${words[@]:1}"
}

# The port of NetVSC device $1, with the backend that the case runs with.
add_port() { # NUMBER [OPTION=VALUE]...
    local n=$1 options=() error
    shift
    [ $# -eq 0 ] || options=("${@/#/options:}")
    error=$(must vsctl add-port "br$n" "eth$n" \
        -- set Interface "eth$n" type=netvsc "options:synthetic=$backend" \
        ${options[@]+"${options[@]}"} && vsctl get Interface "eth$n" error)
    [ "$error" = "[]" ] || fail "port eth$n: $error"
}

del_port() { # NUMBER
    must vsctl --if-exists del-port "eth$1"
}

# What netvsc/show says of port $1 matches $2, a pattern of the shell's.
shows() { # NUMBER PATTERN
    # shellcheck disable=SC2254
    case $(appctl netvsc/show "eth$1" 2>&1) in
        $2) ;;
        *) return 1 ;;
    esac
}

# Waits until it does.
wait_shown() { # NUMBER PATTERN WHAT-IS-WRONG-IF-NOT [SECONDS]
    wait_for "${4:-60}" shows "$1" "$2" || {
        appctl netvsc/show "eth$1"
        fail "$3"
    }
}

# Waits until port $1 transmits on $2.  The database may still have what an
# ovs-vswitchd that has ended wrote to it, so ovs-vswitchd is asked too.
wait_path() { # NUMBER synthetic|vf [SECONDS]
    local wrong="port eth$1 does not transmit on $2"
    vsctl --timeout="${3:-60}" wait-until Interface "eth$1" \
        "status:active_path=$2" || {
        vsctl --columns=status,error list Interface "eth$1"
        appctl netvsc/show "eth$1"
        fail "$wrong"
    }
    wait_shown "$1" "*transmitting on: $2*" "$wrong" "${3:-60}"
}

# Waits until path $2 of port $1 is open with MTU $3 and no complaint.
wait_path_mtu() { # NUMBER synthetic|vf MTU
    wait_for 60 path_has_mtu "$@" || {
        appctl netvsc/show "eth$1"
        fail "the $2 path of port eth$1 has not MTU $3"
    }
}

# What netvsc/show says of path $2 of port $1, if it is open.
show_path() { # NUMBER synthetic|vf
    appctl netvsc/show "eth$1" | sed -n "/^  $2 path: open/,/^  [a-z]/p"
}

path_has_mtu() { # NUMBER synthetic|vf MTU
    case $(show_path "$1" "$2") in
        *"    error: "*) return 1 ;;
        *"    MTU: $3"*) ;;
        *) return 1 ;;
    esac
}

# The application's end of NIC $1 becomes a port of the kernel's, which takes
# packets of any size, slowly.  The usual one returns after the case.
app_takes_large_packets() { # NUMBER
    touch "$run/app$1.large"
    guest ip link set dev "app$1" mtu 9000 &&
        vsctl del-port "app$1" -- add-port "br$1" "app$1"
}

# -------------------------------------------------------------- The VF

# The host offers the VF of NIC $1 to the guest, at slot $2.
plug() { # NUMBER [SLOT]
    local n=$1 slot=${2:-$1}
    [ ! -e "$run/imitating" ] || imitate_again
    qmp "{\"execute\":\"netdev_add\",\"arguments\":{\"type\":\"tap\",\
\"id\":\"vf$n\",\"ifname\":\"vf$n\",\"script\":\"no\",\
\"downscript\":\"no\"}}" || fail "netdev_add"
    touch "$run/vf$n.plugged"
    event device_add "$n" "$slot"
    qmp "$(qmp_device_add "$(vf_device "$n" "$slot")")" || fail "device_add"
    event device_added "$n" "$slot"
}

# The host takes it back without notice: it sends to the NetVSC first.  The
# next VF must not be taken for this one, so the guest must have seen it go.
unplug() { # NUMBER
    local n=$1
    (
        flock 9
        rm -f "$run/vf$n.plugged"
        switch_to "$n" synthetic
    ) 9>"$run/switch.lock"
    event device_del "$n"
    qmp "{\"execute\":\"device_del\",\"arguments\":{\"id\":\"vfdev$n\"}}" \
        DEVICE_DELETED "vfdev$n" || fail "device_del"
    event device_deleted "$n"
    qmp "{\"execute\":\"netdev_del\",\"arguments\":{\"id\":\"vf$n\"}}" ||
        fail "netdev_del"
    [ ! -e "$run/vf$n.state" ] || wait_vf "$n" down
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

# The guest's netdevice of NIC $1's VF and its PCI address, while it is up.
vf_name() { awk '$1 == "up" { print $3 }' "$run/vf$1.state"; }
vf_bdf() { awk '$1 == "up" { print $2 }' "$run/vf$1.state"; }

# Waits until the guest's hv_netvsc has said that NIC $1's VF is up, or down.
wait_vf() { # NUMBER up|down [SECONDS]
    local i
    for ((i = 0; i < ${3:-60} * 20; i++)); do
        ! grep -qs "^$2" "$run/vf$1.state" || return 0
        sleep 0.05
    done
    fail "the VF of NIC $1 is not $2"
}

# The port of NIC $1, which must be there, is on its VF, and packets are.
on_vf() { # NUMBER [SLOT]
    plug "$@"
    wait_vf "$1" up
    wait_path "$1" vf
}

# NetVSC device $1 loses its driver for $2 seconds.  What covers the device in
# sysfs would hide the new netdevice.  One at a time: the kernel gives a new
# netdevice a name that another had.
rebind_netvsc() { # NUMBER SECONDS
    local device
    device=$(must guest readlink -f "/sys/class/net/eth$1/device")
    # shellcheck disable=SC2016
    (
        flock 9
        must guest_sh 'cd /run/sysfs/bus/virtio/drivers/virtio_net &&
            echo "${1##*/}" >unbind && ! [ -e "/sys/class/net/$2" ] &&
            sleep "$3" && umount "$1" && echo "${1##*/}" >bind &&
            until [ -e "/sys/class/net/$2/device/class_id" ]; do
                sleep 0.1
            done' rebind_netvsc "$device" "eth$1" "$2"
    ) 9>"$run/rebind.lock" || exit
}

# ------------------------------------------------------- At the wire

# Packets a second each way: what three ports of the emulated guest forward
# with ease.
rate=100

# Sends packets both ways through port $1 until traffic_stop.
traffic_start() { # NUMBER [ARG]...
    local n=$1 i load quiet_ms=500
    shift
    # Packets may be on their way for long where much else runs, and the port take
    # its time from the VF's coming, when the host moves to it, to its own opening
    # of it, which costs what is on its way.
    read -r load _ </proc/loadavg
    load=${load%.*}
    [ "$load" -lt 2 ] || quiet_ms=1000
    rm -f "$run/traffic$n.rc"
    : >"$run/traffic$n.log"
    exec {traffic_in}> >(
        rc=0
        "$build/tests/netvsc-traffic" --guest ":app$n" --host ":host$n" \
            --paths "synthetic=syn$n,vf=vf$n" --guest-ip 192.0.2.2 \
            --host-ip 192.0.2.1 --rate "$rate" --ring-mb 32 --warmup 500 \
            --settle 600 --late "$((300 * load))" \
            --quiet-ms "$quiet_ms" \
            --json "$run/traffic$n.json" "$@" >"$run/traffic$n.log" 2>&1 ||
            rc=$?
        echo $rc >"$run/traffic$n.rc")
    for ((i = 0; i < 400; i++)); do
        [ ! -s "$run/traffic$n.rc" ] || break
        [ "$(grep -cs 'kind=path' "$run/traffic$n.log")" != 2 ] || return 0
        sleep 0.05
    done
    cat "$run/traffic$n.log"
    fail "packets do not flow both ways"
}

# Ends that; what came of it is for "wire".
traffic_stop() { # NUMBER
    local i
    echo quit >&"$traffic_in"
    exec {traffic_in}>&-
    for ((i = 0; i < 400; i++)); do
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

# Of what netvsc-traffic has measured: numbers of both directions, those that
# went by a path, and what must never be.
#
# "moved": both paths were used each way, nothing came twice, and only where the
# path changed were packets lost or out of order.  How many were lost there is
# bounded by how long nothing arrived, and some more that were on their way.
# Packets to the guest may be out of order there: until the port has opened the
# VF, those that the host sends to it go the long way by the kernel.
# shellcheck disable=SC2016
wire_jq='def each(f): [.directions[] | f];
    def sum(f): each(f) | add;
    def lost: sum(.lost);
    def by(path): each(.paths[path].packets);
    def twice: sum(.duplicated + .duplicated_elsewhere + .copies);
    def flawless: lost == 0 and twice == 0 and sum(.reordered) == 0;
    def moved: twice == 0 and (each(.paths[].packets) | min > 0)
        and sum(.lost_elsewhere + .reordered_elsewhere) == 0
        and .directions."guest-to-host".reordered == 0
        and ([.switches[] | .lost <= ([.gap_ns, .delivery_gap_ns] | max)
                  / 1e9 * $rate + 20] | all);
    def only(path): each(.paths | to_entries[] | select(.key != path)
        | .value.packets) | add == 0;
    def gap_s: each(.longest_gap_ns) | max / 1e9;
    '

# Checks what the last traffic through port $1 came to.
wire() { # NUMBER JQ
    jq -e --argjson rate "$rate" "$wire_jq $2" "$run/traffic$1.json" \
        >/dev/null ||
        fail "at the wire of NIC $1, not so: $2 ($(jq -c --argjson rate "$rate" "$wire_jq"'
            [{ lost: each(.lost), twice: each(.duplicated),
               reordered: each(.reordered), elsewhere: each(.lost_elsewhere),
               gap_ms: each(.longest_gap_ns / 1e6 | floor),
               synthetic: by("synthetic"), vf: by("vf") }]' \
            "$run/traffic$1.json"))"
}

# Steady traffic through port $1 for a second: all arrives, once, in order, and
# by path $2.
steady() { # NUMBER synthetic|vf [ARG]...
    local n=$1 path=$2
    shift 2
    traffic_start "$n" "$@"
    sleep 1
    traffic_stop "$n"
    wire "$n" "flawless and only(\"$path\") and sum(.received) > $rate"
}

# Numbered frames from IFACE arrive once at each of the others, as they were
# sent.
frames_once() { # ARG-OF-FRAMES.PY...
    local iface seen copies wrong out
    out=$("$top/tests/system/frames.py" --count 50 "$@" 2>&1) ||
        fail "frames.py $*: $out"
    echo "frames.py $*: $out"
    while read -r iface seen copies wrong; do
        [ "$seen $copies $wrong" = "50 0 0" ] ||
            fail "at $iface: $seen of 50 frames arrived, $copies copies," \
                "$wrong of them otherwise than sent (frames.py $*)"
    done <<<"$out"
}

# None of them arrives anywhere.
frames_none() { # ARG-OF-FRAMES.PY...
    local out
    out=$("$top/tests/system/frames.py" --count 50 --wait 2 "$@" 2>&1) ||
        fail "frames.py $*: $out"
    echo "frames.py $*: $out"
    ! grep -v ' 0 0 0$' <<<"$out" || fail "frames arrive (frames.py $*)"
}

# --------------------------------------------------- Cases side by side

# Runs a command once for all the backends that run the case just now, when all
# of them have come this far.  All fail if it does.
together() { # NAME COMMAND [ARG]...
    local name=$1 other leader=
    shift
    touch "$run/at.$name.$backend"
    for other in "$run"/alive.*; do
        while [ -e "$other" ] && [ ! -e "$run/at.$name.${other##*.}" ]; do
            sleep 0.05
        done
        [ -n "$leader" ] || [ ! -e "$other" ] || leader=${other##*.}
    done
    if [ "$leader" = "$backend" ]; then
        if "$@"; then
            echo true >"$run/done.$name.new"
        else
            echo false >"$run/done.$name.new"
        fi
        mv "$run/done.$name.new" "$run/done.$name"
    fi
    while [ ! -e "$run/done.$name" ]; do
        sleep 0.05
    done
    $(cat "$run/done.$name") || fail "$name failed"
}

vswitchd_runs() {
    appctl --timeout=20 version >/dev/null 2>&1
}

# The process that start_vswitchd has started still runs, unless end_vswitchd
# has ended it.  Nothing starts another, so that it is the one that answers.
vswitchd_lives() {
    [ ! -e "$run/vswitchd.pid" ] || vswitchd_runs
}

# Returns when the process is no more.  One that crashes as it exits leaves its
# pidfile.
end_vswitchd() { # exit|kill
    local pid gone
    pid=$(cat "$run/vswitchd.pid") || return
    gone="[ ! -e /proc/$pid ]"
    if [ "$1" = kill ]; then
        guest kill -9 "$pid"
    else
        gone+=' && [ ! -e /run/openvswitch/ovs-vswitchd.pid ]'
        appctl exit
    fi && wait_for 60 guest_sh "$gone" && rm "$run/vswitchd.pid"
}

restart_vswitchd() { # exit|kill
    end_vswitchd "$1" && start_vswitchd
}

# Leaves nothing behind for the next case.  To be run with "set -e".
reset_guest() {
    local i words=(-- --if-exists del-port dpdk1)
    rm -f "$run"/{at,done,alive}.*
    [ ! -e "$run/imitating" ] || stop_imitating
    for ((i = 1; i <= nics; i++)); do
        [ ! -e "$run/vf$i.plugged" ] || unplug "$i"
        words+=(-- --if-exists del-port "eth$i")
    done
    for ((i = 1; i <= nics; i++)); do
        if [ -e "$run/app$i.large" ]; then
            rm "$run/app$i.large"
            guest ip link set dev "app$i" mtu 1500
            words+=(-- --if-exists del-port "app$i"
                -- add-port "br$i" "app$i"
                -- set Interface "app$i" type=dpdk
                "options:dpdk-devargs=net_af_packet_app$i,iface=app$i")
        fi
    done
    vswitchd_runs || start_vswitchd
    vsctl "${words[@]:1}"
    rm -f "$run/hold-vf-up"
}
