#!/usr/bin/env bash
# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# Run by deb.sh as root of a Debian without systemd, in namespaces of its own:
# installs, upgrades, removes and purges the package beside openvswitch-switch,
# whose scripts it uses, and looks at what the switch does meanwhile.
#
# With "shell" it starts the switch, and then bash, beside the package.

set -euo pipefail

try=/run/try
ours=/usr/lib/openvswitch-switch-netvsc/ovs-vswitchd-netvsc
debians=/usr/lib/openvswitch-switch/ovs-vswitchd
rundir=/var/run/openvswitch
export OVS_CTL_TIMEOUT=30

# ------------------------------------------------------------------ Checks

failed() {
    local rc=$?
    trap - ERR
    echo "FAILED: $what: ${BASH_COMMAND}, in line ${BASH_LINENO[0]}" >&2
    cp -a /var/log/openvswitch "$try/logs" 2>/dev/null || :
    cp /run/ovs-netvsc-lab/lab/*.log "$try/logs" 2>/dev/null || :
    tail -n 15 "$try/logs/output" >&2 || :
    exit $((rc ? rc : 1))
}
trap failed ERR
set -E
what="to begin"

# What follows is about WHAT.
about() { # WHAT
    what=$*
    echo "  $what"
}

quietly() {
    echo "+ $*" >>"$try/logs/output"
    timeout -k 5 120 "$@" >>"$try/logs/output" 2>&1 </dev/null
}

# Retries for 20 s.
eventually() {
    local n
    for ((n = 0; n < 200; n++)); do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.1
    done
    "$@"
}

is() { # VALUE EXPECTED
    [ "$1" = "$2" ] || {
        echo "FAILED: $what: it is '$1', and should be '$2'" >&2
        false
    }
}

# ------------------------------------------------------------------ Facts

pid() {
    cat $rundir/ovs-vswitchd.pid
}

# The program that runs, which may have been replaced since.
running() {
    readlink "/proc/$(pid)/exe"
}

chosen() {
    update-alternatives --query ovs-vswitchd | sed -n 's/^Value: //p'
}

interface() { # COLUMN
    ovs-vsctl get Interface eth1 "$1" | tr -d '"'
}

transmits() {
    [ "$(interface status:active_path)" = synthetic ]
}

# Files outside of what changes all the time.
files() {
    find / -xdev \( -path /run -o -path /proc -o -path /sys -o -path /dev \
        -o -path /tmp -o -path /var/log -o -path /var/cache \
        -o -path /var/lib/dpkg/info -o -path /var/lib/openvswitch \
        -o -path /var/lib/apt -o -path /etc/openvswitch \) -prune -o -print |
        grep -vxF -e /var/lib/dpkg/status-old -e /var/lib/dpkg/lock \
            -e /var/lib/dpkg/alternatives -e /var/lib/dpkg/status | sort
}

has_flow() {
    ovs-ofctl dump-flows br0 | grep -q cookie=0x5eed
}

port_has_error() {
    interface error | grep -q 'could not open network device eth1'
}

# Bridge and flow, as configured below.
switch_is_as_before() {
    is "$(ovs-vsctl list-br)" br0
    eventually has_flow
}

port_works() {
    eventually transmits
    is "$(interface error)" "[]"
    eventually ping -q -c 1 -W 1 192.0.2.1
    quietly ping -q -c 3 -W 2 192.0.2.1
}

# ----------------------------------------------------------------- Actions

service_switch() {
    quietly /etc/init.d/openvswitch-switch "$@"
}

install_package() { # FILE
    quietly apt-get -q -y --no-install-recommends \
        --allow-downgrades --reinstall install "$1"
}

# As init tells when it has booted: invoke-rc.d, as the package's scripts call
# it, restarts only what belongs to the present runlevel.
enter_runlevel() { # NUMBER
    python3 - "$1" <<'PYTHON'
import struct, sys
RUN_LVL = 1
with open('/run/utmp', 'wb') as utmp:
    utmp.write(struct.pack('=hxxi376x', RUN_LVL, ord(sys.argv[1])))
PYTHON
    is "$(/sbin/runlevel)" "N $1"
}

make_network() {
    local lcore_mask=0x1 pmd_mask=0x1
    [ "$(nproc)" -lt 2 ] || pmd_mask=0x2
    quietly ip link set lo up
    quietly ip netns add outside
    quietly ip link add eth1 up type veth peer name far netns outside
    quietly ip -n outside addr add 192.0.2.1/24 dev far
    quietly ip -n outside link set far up
    quietly ovs-vsctl set Open_vSwitch . other_config:dpdk-init=true \
        other_config:dpdk-extra="--no-huge --legacy-mem -m 1024 --no-pci" \
        other_config:dpdk-lcore-mask=$lcore_mask \
        other_config:pmd-cpu-mask=$pmd_mask
    quietly ovs-vsctl add-br br0 -- set Bridge br0 datapath_type=netdev
    quietly ovs-ofctl add-flow br0 cookie=0x5eed,priority=7,udp,actions=drop
}

add_port() {
    quietly ovs-vsctl add-port br0 eth1 -- set Interface eth1 type=netvsc \
        options:force=true options:synthetic=af_packet
    quietly ip addr replace 192.0.2.2/24 dev br0
    quietly ip link set br0 up
}

# ------------------------------------------------------------- The scenario

version=$(dpkg-deb -f $try/first.deb Version)
files >$try/before

about "Debian's openvswitch-switch runs"
enter_runlevel 2
service_switch start
if [ "${1:-}" = shell ]; then
    trap - ERR
    # apt is without a network here.
    echo 'APT::Install-Recommends "false";' >/etc/apt/apt.conf.d/try
    cd $try
    mv first.deb "openvswitch-switch-netvsc_${version}_$(dpkg \
        --print-architecture).deb"
    # They are above the sources.
    mkdir sources
    cd sources
    exec bash
fi
is "$(chosen)" $debians
is "$(running)" $debians
make_network
switch_is_as_before

about "installed: chosen, running, flows are kept"
before=$(pid)
install_package $try/first.deb
is "$(chosen)" $ours
is "$(update-alternatives --query ovs-vswitchd | sed -n 's/^Status: //p')" auto
is "$(running)" $ours
[ "$(pid)" != "$before" ]
switch_is_as_before
is "$(ovs-appctl netvsc/version | head -n 1)" "ovs-netvsc ${version%%[-+]*}"
is "$(ovs-vsctl get Open_vSwitch . dpdk_initialized)" true

about "a port of type netvsc carries packets"
add_port
port_works

about "the programs and their pages are there"
quietly ovs-netvsc --version
quietly ovs-netvsc list
for page in man7/ovs-vswitchd-netvsc.7 man8/ovs-netvsc.8 \
    man8/ovs-netvsc-lab.8; do
    test -s /usr/share/man/$page.gz
done
# bash-completion loads what it completes with from a file of the command's
# name, when that is first typed.  Open vSwitch's runs interactive shells, which
# write down what they did.
completions() { # WORD...
    HISTFILE='' bash -c '
        . /usr/share/bash-completion/bash_completion
        _completion_loader "$1" || [ $? = 124 ]
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        COMP_LINE=$* COMP_POINT=${#COMP_LINE}
        function=$(complete -p "$1" | sed "s/.* -F \([^ ]*\) .*/\1/")
        "$function" "$1" "${COMP_WORDS[COMP_CWORD]}" \
            "${COMP_WORDS[COMP_CWORD - 1]}" || :
        printf "%s\n" "${COMPREPLY[@]}"' bash "$@" 2>>$try/logs/output
}
is "$(completions ovs-netvsc doctor hu)" hugepages
is "$(completions ovs-netvsc-lab unp)" unplug
is "$(completions ovs-appctl netvsc/show "")" eth1
# Open vSwitch's own script completes the rest.
completions ovs-appctl --ti | grep -q -e --timeout
test -s /lib/systemd/system/ovs-netvsc-auto.service
grep -q '^ExecStart=/usr/bin/ovs-netvsc auto' \
    /lib/systemd/system/ovs-netvsc-auto.service
grep -qx /etc/default/ovs-netvsc \
    /var/lib/dpkg/info/openvswitch-switch-netvsc.conffiles

about "systemd, which does not run here, understands the unit"
systemd-analyze verify --man=no --recursive-errors=no \
    /lib/systemd/system/ovs-netvsc-auto.service >$try/logs/unit 2>&1
is "$(cat $try/logs/unit)" ""

about "ovs-netvsc-lab runs with the installed programs"
quietly ovs-netvsc-lab up --vf
quietly ovs-netvsc-lab exec guest ovs-appctl netvsc/version
# In another mount namespace, seen from which this one's root has a name.
lab_pid=$(cat /run/ovs-netvsc-lab/lab/ovs-vswitchd.pid)
[[ $(readlink "/proc/$lab_pid/exe") = *$ours ]]
quietly ovs-netvsc-lab down

about "upgraded: restarted, flows, port and settings are kept"
echo 'AUTO_BRIDGE=br0' >>/etc/default/ovs-netvsc
before=$(pid)
install_package $try/second.deb
is "$(chosen)" $ours
is "$(running)" $ours
[ "$(pid)" != "$before" ]
switch_is_as_before
quietly ip addr replace 192.0.2.2/24 dev br0
quietly ip link set br0 up
port_works
grep -qx 'AUTO_BRIDGE=br0' /etc/default/ovs-netvsc

about "a choice by hand is respected, and what it runs left alone"
quietly update-alternatives --set ovs-vswitchd $debians
service_switch restart
is "$(running)" $debians
before=$(pid)
install_package $try/second.deb
is "$(chosen)" $debians
is "$(pid)" "$before"
quietly update-alternatives --auto ovs-vswitchd

about "a switch that was stopped stays so"
service_switch stop
install_package $try/first.deb
[ ! -e $rundir/ovs-vswitchd.pid ]
service_switch start
is "$(running)" $ours
eventually transmits

about "removed: Debian's runs again, the port has an error"
before=$(pid)
quietly apt-get -q -y remove openvswitch-switch-netvsc
is "$(chosen)" $debians
is "$(running)" $debians
[ "$(pid)" != "$before" ]
is "$(ovs-vsctl list-br)" br0
eventually port_has_error
test -e /etc/default/ovs-netvsc

about "installed again: the port works again"
install_package $try/first.deb
quietly ip addr replace 192.0.2.2/24 dev br0
quietly ip link set br0 up
port_works
grep -qx 'AUTO_BRIDGE=br0' /etc/default/ovs-netvsc

about "purged: nothing is left"
quietly apt-get -q -y purge openvswitch-switch-netvsc
is "$(running)" $debians
files >$try/after
is "$(diff $try/before $try/after || :)" ""
is "$(grep -c netvsc /var/lib/dpkg/alternatives/ovs-vswitchd || :)" 0
is "$(dpkg-query -W -f '${db:Status-Status}' openvswitch-switch-netvsc \
    2>/dev/null || :)" ""

about "the switch stops"
service_switch stop
[ ! -e $rundir/ovs-vswitchd.pid ]
