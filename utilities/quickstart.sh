#!/usr/bin/env bash
# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# Shows what a netvsc port is for, from a clean clone on a fresh system:
# packets flow both ways through one port while its VF is plugged in, pulled
# out and plugged in at another address.
#
# What the port says about itself is shown, but not believed.  The verdict
# comes from tests/netvsc-traffic, which sees every numbered packet at the
# host's end of either path and at the application that it is for.

set -Eeuo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=utilities/script.sh
. "$top/utilities/script.sh"
lab_script=$top/utilities/ovs-netvsc-lab
traffic=$top/_build/build/tests/netvsc-traffic
rate=10000
phase=3.5        # Seconds on each path, enough for its figures to be steady.
patience=15      # Seconds until a switch that has not happened is a failure.

keep=false
name=quickstart-$$
reason=          # Why it failed.
signalled=
logs=
job_pid=         # The process group that is running, and ...
job_signal=TERM  # ... how to end it.
traffic_pid=
lab_exists=false
lossy=false      # Did it fail because packets are missing?
netns_mounted=true

usage() {
    cat <<USAGE
usage: ${0##*/} [--keep] [--name NAME]

Builds Open vSwitch and ovs-netvsc, installing what is missing (Debian 12, as
root), which takes several minutes the first time and more on a busy machine,
and demonstrates a netvsc port in utilities/ovs-netvsc-lab: $rate
packets/s each way while the VF is plugged in, unplugged by surprise and
plugged in again at another address.  Nothing is left running, and nothing
outside of the lab is changed but for the packages.

  --keep       leave the lab running and say what can be done with it
  --name NAME  of the lab (default: quickstart- and the process id)
  -h, --help   this text

Environment: NO_COLOR (no colors), TMPDIR (where the logs go; they are kept if
it fails).

Exit status: 0 packets took each path in turn, as seen by the host, and
arrived; 1 not; 2 wrong usage.
USAGE
}

# ----------------------------------------------------------------- Talking

tty=false bold='' red='' green='' plain=''
[ ! -t 1 ] || [ "${TERM:-dumb}" = dumb ] || tty=true
if $tty && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\e[1m' red=$'\e[1;31m' green=$'\e[1;32m' plain=$'\e[0m'
fi

# A line that the next one replaces.
live() {
    ! $tty || printf '\r\e[K%s' "${1:0:${COLUMNS:-79}}"
}

say() {
    ! $tty || printf '\r\e[K'
    printf '%s\n' "$*"
}

title() {
    say ""
    say "$bold$*$plain"
}

fail() {
    reason=$*
    exit 1
}

# ------------------------------------------------------------- Cleaning up

# Ends process group $1 by signal $2, and by SIGKILL if it takes $3 seconds.
stop_group() {
    local n
    kill "-$2" -- "-$1" 2>/dev/null || kill "-$2" "$1" 2>/dev/null || :
    for ((n = 0; n < $3 * 20; n++)); do
        kill -0 -- "-$1" 2>/dev/null || kill -0 "$1" 2>/dev/null || return 0
        sleep 0.05
    done
    kill -KILL -- "-$1" 2>/dev/null || :
}

save_logs() {
    local dir
    $lab_exists || return 0
    rm -f "$logs/traffic.in"
    dir=$(guest printenv OVS_RUNDIR) || dir=
    [ ! -d "$dir" ] || cp "$dir"/*.log "$dir"/*.out "$dir"/conf.db "$logs"
    guest timeout 5 ovs-appctl netvsc/show >"$logs/netvsc-show"
    guest timeout 5 ovs-appctl netvsc/history >"$logs/netvsc-history"
    lab status >"$logs/lab-status"
    # Where packets may have been dropped.
    guest timeout 5 ovs-vsctl --columns=name,statistics list Interface \
        >"$logs/interface-statistics"
    guest timeout 5 ovs-appctl coverage/show >"$logs/coverage"
    guest ip -s link >"$logs/guest-links"
    lab exec host ip -s link >"$logs/host-links"
}

remove_lab() {
    lab down >>"$logs/lab.out" 2>&1 ||
        reason=${reason:-"the lab was not removed entirely: $(
            tail -n 1 "$logs/lab.out")"}
    # The first "ip netns add" ever makes this mount; ours, if it is empty.
    if ! $netns_mounted && umount /run/netns 2>/dev/null; then
        rmdir /run/netns 2>/dev/null || :
    fi
}

# Invoked by trap, whatever happens.
cleanup() {
    local rc=$?
    trap '' INT TERM HUP
    trap - EXIT ERR
    set +e
    exec >&3     # A command's redirection lasts while a trap runs.
    ! $tty || printf '\r\e[K'

    # What installs packages is asked to end, not made to.
    [ -z "$job_pid" ] || stop_group "$job_pid" "$job_signal" 600
    [ -z "$traffic_pid" ] || stop_group "$traffic_pid" TERM 5
    if [ $rc -ne 0 ]; then
        reason=${reason:-"exit status $rc"}
        [ -n "$signalled" ] || save_logs 2>/dev/null
    fi
    if $lab_exists; then
        if $keep && [ -z "$signalled" ]; then
            how_to_play
        else
            remove_lab
        fi
    fi

    if [ -n "$signalled" ]; then
        say "quickstart: ended by SIG$signalled"
    elif [ -n "$reason" ]; then
        [ -z "$logs" ] || say "Logs are kept in $logs"
        ! $lossy || what_to_look_at
        say "${red}quickstart: FAIL:$plain $reason"
        exit 1
    else
        say "${green}quickstart: PASS$plain"
    fi
    [ -z "$logs" ] || rm -rf "$logs"
    exit $rc
}

# ---------------------------------------------------------------- Building

# Runs a command in a process group of its own, so that it can be ended as a
# whole and at any time; shows its output and how long it has been at it.
run() { # COMMAND [ARG]...
    local line='' part='' rc=0 fd since=$SECONDS
    exec {fd}< <(exec env --default-signal=INT,QUIT setsid "$@" 2>&1 3>&-)
    job_pid=$!
    while :; do
        rc=0
        read -r -t 0.5 -u "$fd" line || rc=$?
        if [ $rc -eq 0 ]; then
            say "  $part$line"
            part=
        elif [ $rc -gt 128 ]; then
            part+=$line # Of a line whose rest is not there yet.
            live "  $((SECONDS - since)) s"
        else
            break
        fi
    done
    live ""
    rc=0
    wait "$job_pid" || rc=$?
    job_pid=
    exec {fd}<&-
    return $rc
}

prepare() {
    local since=$SECONDS
    title "Packages, Open vSwitch and ovs-netvsc (several minutes, at first)"
    job_signal=INT
    NETVSC_INSTALL_LOG=$logs/apt.log \
        run "$top/utilities/install-deps.sh" build lab ||
        fail "packages are missing, see above"
    job_signal=TERM
    run "$top/utilities/build.sh" all tests/netvsc-traffic ||
        fail "the build failed, see above"
    say "  ready after $((SECONDS - since)) s"
}

# ----------------------------------------------------------------- The lab

# What outlives this script must not keep its output open.
lab() {
    "$lab_script" --name "$name" "$@" 3>&-
}

guest() {
    lab exec guest "$@"
}

# Runs a command in the guest and shows it, as one would type it there.
shown() {
    local word line='  #'
    for word; do
        if [ $((${#line} + ${#word})) -gt 75 ]; then
            say "$line \\"
            line='       '
        fi
        line+=" $word"
    done
    say "$line"
    guest timeout 20 "$@" >>"$logs/lab.out" 2>&1 ||
        fail "$1 failed: $(tail -n 1 "$logs/lab.out")"
}

lab_up() {
    local masks=()
    title "A Hyper-V host in miniature, in two network namespaces"
    # DPDK's own thread and the PMD thread, side by side if possible.
    [ "$(nproc)" -gt 1 ] || masks=(--pmd-mask 0x1)
    mountpoint -q /run/netns || netns_mounted=false
    # It must not be another's lab that is removed in the end.
    ! lab status >/dev/null 2>&1 || fail "there is a lab '$name' already"
    lab_exists=true
    lab up ${masks[@]+"${masks[@]}"} >>"$logs/lab.out" 2>&1 || {
        keep=false # There is nothing to play with.
        tail -n 5 "$logs/lab.out"
        fail "the lab does not start, see above"
    }
    cat <<'PICTURE'
        guest                                        host
  app1 ---- app0 [OVS] eth1   ------------ syn0 \
                       enP1s1 ------------ vf0   vsw0 ---- host0
PICTURE
}

# app0 stands for the guest's applications, so it is no part of what is shown;
# it comes first because it brings the memory pool that the port then shares.
add_ports() {
    title "A bridge and a port"
    shown ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev
    shown ovs-vsctl add-port br0 app0 -- set Interface app0 type=dpdk \
        options:dpdk-devargs=net_af_packet_app0,iface=app0
    shown ovs-vsctl add-port br0 eth1 -- set Interface eth1 type=netvsc \
        options:force=true options:vf=any options:synthetic=af_packet
    wait_for_port
    port_says
}

port_error() {
    guest timeout 5 ovs-vsctl get Interface eth1 error || :
}

wait_for_port() {
    local until=$((SECONDS + patience)) shown=
    while [ $SECONDS -lt $until ]; do
        shown=$(show_port)
        [[ $shown != *"transmitting on: synthetic"* ]] || return 0
        sleep 0.1
    done
    [ -n "$shown" ] || fail "ovs-vswitchd does not answer"
    fail "the port does not transmit, Interface:error is $(port_error)"
}

# Prints nothing if there is no answer.
show_port() {
    guest timeout 5 ovs-appctl netvsc/show eth1 2>/dev/null || :
}

port_says() {
    local line
    while read -r line; do
        case $line in
            "transmitting on:"* | "path switches:"* | *" path: "*)
                say "    port: $line" ;;
        esac
    done <<<"$(show_port)"
}

# Whether the lab may have the name that was given, before anything is built.
check_name() {
    local said
    said=$("$lab_script" --name "$name" status 2>&1 >/dev/null) ||
        [ $? -ne 2 ] || { said=${said%%$'\n'*}; wrong_usage "${said#*: }"; }
}

# ------------------------------------------------------------- The traffic

# What the tool has reported so far: switches by direction, and the latest of
# its lines that counts.
declare -A switches=([guest-to-host]=0 [host-to-guest]=0)
progress_shown=0
heard_part=      # The beginning of a line whose rest is not there yet.

start_traffic() {
    title "$rate packets/s each way, and the VF comes and goes"
    mkfifo "$logs/traffic.in"
    exec {to_traffic}<>"$logs/traffic.in"
    exec {from_traffic}< <(exec setsid "$traffic" --rate $rate --progress \
        --guest "netvsc-$name-guest:app1" --host "netvsc-$name-host:host0" \
        --watch-mac eth1 --json "$logs/traffic.json" \
        <&"$to_traffic" 2>"$logs/traffic.err")
    traffic_pid=$!
}

# Sets "field" to what a line of the tool says about each name.
parse() { # LINE
    local word
    field=()
    for word in $1; do
        case $word in
            *=*) field[${word%%=*}]=${word#*=} ;;
        esac
    done
}

heard() { # LINE
    local -A field
    local time cause=
    parse "$1"
    time=$(printf '%8.3f s' "${field[t]:-0}")
    echo "$1" >>"$logs/traffic.out"
    case $1 in
        progress*) heard_progress ;;
        *kind=mark*) say "$time $bold${1#*text=}$plain" ;;
        *kind=vf_appeared*) say "$time VF ${field[iface]} appeared" ;;
        *kind=vf_up*) say "$time VF ${field[iface]} is up" ;;
        *kind=vf_gone*) say "$time VF ${field[iface]} is gone" ;;
        *kind=path*) say "$time ${field[dir]//-/ }: on ${field[path]}" ;;
        switch*)
            switches[${field[dir]}]=$((switches[${field[dir]}] + 1))
            case $1 in
                *vf_up_to*=*) cause="after the VF came up" ;;
                *vf_gone_to*=*) cause="after the VF was lost" ;;
            esac
            [ -z "$cause" ] || cause=", ${1##*=} ms $cause"
            say "$time ${field[dir]//-/ }: ${field[from]} ->" \
                "${field[to]}$cause" ;;
    esac
}

# A terminal sees each of these lines, in one place; others every third.
heard_progress() {
    local line
    line=$(printf '%8.3f s to the host %s/s on %s, to the guest %s/s on %s' \
        "${field[t]}" "${field[g2h.rx_pps]}" "${field[g2h.path]}" \
        "${field[h2g.rx_pps]}" "${field[h2g.path]}")
    if $tty; then
        live "$line"
    elif ((progress_shown++ % 3 == 1)); then
        say "$line"
    fi
}

# Shows what the tool reports until each direction has switched $1 times;
# always returns after $2 seconds.
listen() {
    local line rc until=$((${EPOCHREALTIME/[.,]/} + ${2/./}00000))
    while [ "${EPOCHREALTIME/[.,]/}" -lt $until ]; do
        [ "${switches[guest-to-host]}" -lt "$1" ] ||
            [ "${switches[host-to-guest]}" -lt "$1" ] || return 0
        rc=0
        read -r -t 0.1 -u "$from_traffic" line || rc=$?
        if [ $rc -eq 0 ]; then
            heard "$heard_part$line"
            heard_part=
        elif [ $rc -lt 128 ]; then
            fail "netvsc-traffic has ended: $(tail -n 1 "$logs/traffic.err")"
        else
            heard_part+=$line
        fi
    done
    return 1
}

steady() {
    listen 99 "$phase" || :
}

no_switch() { # COUNT WHAT
    local dir missing=
    [ -n "$(show_port)" ] || fail "ovs-vswitchd does not answer after '$2'"
    port_says
    for dir in guest-to-host host-to-guest; do
        [ "${switches[$dir]}" -ge "$1" ] || missing+="${missing:+ and }$dir"
    done
    fail "no $missing packet on the other path $patience s after '$2'"
}

# One thing that the host does, which must make both directions switch paths.
host_does() { # WHAT COMMAND [ARG]...
    local what=$1 count=$((switches[guest-to-host] + 1))
    shift
    echo "mark host: $what" >&"$to_traffic"
    lab "$@" >>"$logs/lab.out" 2>&1 ||
        fail "'$1' failed: $(tail -n 1 "$logs/lab.out")"
    listen "$count" $patience.0 || no_switch "$count" "$what"
    port_says
    steady
}

end_traffic() {
    local line
    echo quit >&"$to_traffic"
    # Till the end of file; the rest is the tool's own summary.
    while read -r -t 10 -u "$from_traffic" line; do
        echo "$heard_part$line" >>"$logs/traffic.out"
        heard_part=
    done
    stop_group "$traffic_pid" TERM 10
    traffic_pid=
    jq -e .exit_code "$logs/traffic.json" >/dev/null 2>&1 ||
        fail "netvsc-traffic has no results: $(tail -n 1 "$logs/traffic.err")"
}

# ------------------------------------------------------------- The verdict

# The lines of the table, tab-separated.
# shellcheck disable=SC2016
table_jq='
def way: if . == "guest-to-host" then "guest to host" else "host to guest" end;
def since: (.vf_up_to_first_packet_ms // .vf_gone_to_first_packet_ms)
           // "-";
. as $all
| (range([.directions[].switches] | max) as $i
   | .directions | keys[] as $d
   | [$all.switches[] | select(.direction == $d)][$i] | select(.)
   | ["\($i + 1) \(.from) -> \(.to)", ($d | way), since,
      .lost, .duplicated, .reordered]),
  (.directions | to_entries[]
   | ["outside the switches", (.key | way), "-", .value.lost_elsewhere,
      .value.duplicated_elsewhere, .value.reordered_elsewhere]),
  (.directions | to_entries[]
   | ["all of \(.value.sent) packets", (.key | way), "-", .value.lost,
      .value.duplicated, .value.reordered])
| @tsv'

show_table() {
    local what way since lost duplicated reordered previous=
    title "Measured at the host's NICs and by who the packets were for"
    printf '  %-27s%-16s%9s%8s%8s%8s\n' "" "" "ms till" "" "dupli-" "re-" \
        "switch of path" "direction" "packet *" lost cated ordered
    while IFS=$'\t' read -r what way since lost duplicated reordered; do
        [ "$what" != "$previous" ] || what=
        previous=${what:-$previous}
        case $since in
            -) since= ;;
            *) since=$(printf '%.1f' "$since") ;;
        esac
        printf '  %-27s%-16s%9s%8s%8s%8s\n' "$what" "$way" "$since" \
            "$lost" "$duplicated" "$reordered"
    done < <(jq -r "$table_jq" "$logs/traffic.json")
    say "  * from when the VF came up, or was lost, to the first packet on the"
    say "    other path"
    say "  path switches: $(jq -r '[.directions[].switches] | join(" and ")' \
        "$logs/traffic.json") seen; the port itself counts $(port_switches)"
}

port_switches() {
    guest timeout 5 ovs-vsctl get Interface eth1 status:path_switches |
        tr -d '"' || :
}

# Why it is no success, if it is not.  A switch may lose what is in the VF's
# rings and what the host sends before the guest is ready, so losses are shown
# and not judged, unless there is no telling whether the path has worked.
# shellcheck disable=SC2016
verdict_jq='
. as $all
| [(if .exit_code == 3 or .tool_drops > 0 then
      "the tool missed packets, its figures are of no use" else empty end),
   (.directions | to_entries[] | .key as $d | .value as $v
    | ([$all.switches[] | select(.direction == $d) | .to]) as $paths
    | (if [$v.initial_path] + $paths != ["synthetic", "vf", "synthetic", "vf"]
       then "\($d) packets took the paths "
            + ([$v.initial_path] + $paths | join(", ")) else empty end),
      ($all.switches[] | select(.direction == $d)
       | select(.lost > $all.config.rate_pps)
       | "\(.lost) \($d) packets were lost at the switch to \(.to)"),
      (select($v.lost_elsewhere * 20 > $v.sent)
       | "\($v.lost_elsewhere) \($d) packets were lost without a switch"),
      (select($all.end_ns - $all.config.settle_ms * 1e6 - $v.last_ns > 3e8)
       | "\($d) packets do not arrive any more"))]
| first // empty'

judge() {
    local error
    reason=$(jq -r "$verdict_jq" "$logs/traffic.json")
    if [ -n "$reason" ]; then
        lossy=true
        exit 1
    fi
    [[ $(show_port) = *"transmitting on: vf"* ]] ||
        fail "the port does not say that it transmits on the VF"
    error=$(port_error)
    [ "$error" = "[]" ] || fail "the port has Interface:error $error"
}

# What lost packets may be due to.
what_to_look_at() {
    local load rest
    read -r load rest </proc/loadavg
    say "The machine's load is $load, with $(nproc) processors: one that is" \
        "busy drops packets."
    say "Where, the counters in that folder tell: interface-statistics and" \
        "coverage"
    say "(Open vSwitch), guest-links and host-links (kernel)."
}

how_to_play() {
    title "The lab is left running; to play with it:"
    sed 's/^/  /' <<PLAY
lab="$lab_script --name $name"
\$lab status
\$lab unplug                # or: plug, plug --new-address, servicing 5
\$lab exec guest ovs-appctl netvsc/show
\$lab exec guest ovs-netvsc show
\$lab exec guest ovs-appctl netvsc/history
\$lab exec guest ovs-appctl netvsc/set-path eth1 synthetic
\$lab exec guest ovs-vsctl list Interface eth1
$traffic --progress --watch-mac eth1 \\
    --guest netvsc-$name-guest:app1 --host netvsc-$name-host:host0
\$lab down                  # ends and removes it
PLAY
    say ""
}

# ------------------------------------------------------------------- Main

while [ $# -gt 0 ]; do
    case $1 in
        --keep) keep=true ;;
        --name) need_value "$@"; name=$2; shift ;;
        -h | --help) usage; exit 0 ;;
        *) wrong_usage "unknown argument '$1'" ;;
    esac
    shift
done

check_name
exec 3>&1
trap cleanup EXIT
trap 'signalled=INT; exit 130' INT
trap 'signalled=TERM; exit 143' TERM
trap 'signalled=HUP; exit 129' HUP
trap 'reason=${reason:-"line $LINENO: $BASH_COMMAND"}' ERR

[ "$EUID" -eq 0 ] || fail "must be root"
logs=$(mktemp -d "${TMPDIR:-/tmp}/ovs-netvsc-quickstart.XXXXXX")
prepare
lab_up
add_ports
start_traffic
steady
host_does "plugs the VF in" plug
host_does "pulls the VF out, without notice" unplug
host_does "plugs the VF in at another address" plug --new-address
end_traffic
show_table
judge
