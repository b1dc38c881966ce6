# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
# shellcheck shell=bash disable=SC2154
#
# For cases with the driver of tests/vf-pmd.  Sourced by run.sh after lib.sh.
#
# A VF receives unicast for its own address, unless it is promiscuous, which
# MANA's cannot be.  Azure sends it no other: so the application has it too, by
# --guest-mac of netvsc-traffic.

# The NIC that VFs are meanwhile: one that the driver knows.
pmd_model=e1000e

# From now on VFs seem to be bound to the kernel driver DRIVER, and are used
# through a PMD that is to imitate WORDs; see tests/vf-pmd/vf-pmd.h.
imitate() { # DRIVER [WORD]...
    imitate_siblings "$1" '' "${@:2}"
}

# The same, with function 1 of a slot shown as another network device on
# function 0.  Its netdevice will be called NIC.
imitate_siblings() { # DRIVER NIC [WORD]...
    local driver=$1 sibling=$2 i bus function0
    shift 2
    vf_model=$pmd_model
    touch "$run/imitating"
    rm -rf "$run/vf-driver"
    for ((i = 1; i <= slots; i++)); do
        # QEMU's root port, and the bus behind it, of slot i.
        bus=$(printf '0000:%02x' "$i")
        function0=$run/vf-driver/$(slot_bdf "$i")/$bus:00.0
        mkdir -p "$function0"
        ln -s "../../../../bus/pci/drivers/$driver" "$function0/driver"
        if [ -n "$sibling" ]; then
            mkdir "$function0/net"
            ln -s "../../$bus:00.1/net/$sibling" "$function0/net/$sibling"
            mkdir -p "${function0%0}1/net/$sibling"
            ln -s "../../../$bus:00.0" "${function0%0}1/net/$sibling/device"
        fi
    done
    [ "$driver" != mana ] || set -- mana "$@"
    # shellcheck disable=SC2016
    must guest_sh 'modprobe "$1" && shift && echo "$*" >/run/vf-pmd/mode &&
        "$top/tests/system/guest/vf-driver" /run/host/vf-driver' \
        imitate "$pmd_model" "$@"
}

# Another set of WORDs for the same kernel driver.
imitate_now() { # [WORD]...
    # shellcheck disable=SC2016
    must guest_sh 'echo "$*" >/run/vf-pmd/mode' imitate_now "$@"
}

# The same for the next VF.
imitate_again() {
    must guest "$top/tests/system/guest/vf-driver" again
}

# Back to what is there, for the next case.
stop_imitating() {
    # shellcheck disable=SC2046
    [ ! -e "$run/siblings" ] || unplug_siblings $(cat "$run/siblings")
    # shellcheck disable=SC2016
    guest_sh '"$top/tests/system/guest/vf-driver"; rm -f /run/vf-pmd/mode'
    rm "$run/imitating"
}

# The PMD reports an event: see tests/vf-pmd/vf-pmd-event.c.
report_event() { # EVENT NIC
    # shellcheck disable=SC2016
    must guest_sh 'echo "$1 $2" >/run/vf-pmd/control' report_event "$@"
}

# What broadcast and vlan are about, for port 1 on its VF.
frames_pass() {
    local to
    frames_once --vlan 77 host1 "$(host_mac 1)" "$(nic_mac 1)" vf1 app1
    frames_once --vlan 77 app1 "$(app_mac 1)" "$(host_mac 1)" vf1 host1
    for to in ff:ff:ff:ff:ff:ff 01:00:5e:01:02:03; do
        frames_once host1 "$(host_mac 1)" "$to" syn1 app1
        frames_once app1 "$(app_mac 1)" "$to" vf1 host1
    done
}

# Key $2 of the status of port $1.
status() { # NUMBER KEY
    vsctl --if-exists get Interface "eth$1" "status:$2" | tr -d '"'
}

must_be() { # WHAT VALUE EXPECTED
    [ "$2" = "$3" ] || fail "$1 is \"$2\", not \"$3\""
}

# The VFs of NICs $1 and $2, as functions 0 and 1 of slot $3.
plug_siblings() { # NUMBER NUMBER SLOT
    local n
    imitate_again
    echo "$1 $2" >"$run/siblings"
    for n in "$1" "$2"; do
        qmp "{\"execute\":\"netdev_add\",\"arguments\":{\"type\":\"tap\",\
\"id\":\"vf$n\",\"ifname\":\"vf$n\",\"script\":\"no\",\
\"downscript\":\"no\"}}" || fail "netdev_add"
        touch "$run/vf$n.plugged"
    done
    # Function 0 last: it has the guest look at the slot.
    must qmp "$(qmp_device_add "$(vf_device "$2" "$3"),addr=0.1")"
    must qmp "$(qmp_device_add \
        "$(vf_device "$1" "$3"),addr=0.0,multifunction=on")"
}

# Takes both back, without notice.
unplug_siblings() { # NUMBER NUMBER
    local n
    rm "$run/siblings"
    for n in "$1" "$2"; do
        (
            flock 9
            rm -f "$run/vf$n.plugged"
            switch_to "$n" synthetic
        ) 9>"$run/switch.lock"
    done
    qmp "{\"execute\":\"device_del\",\"arguments\":{\"id\":\"vfdev$1\"}}" \
        DEVICE_DELETED "vfdev$1" || fail "device_del"
    for n in "$1" "$2"; do
        qmp "{\"execute\":\"netdev_del\",\"arguments\":{\"id\":\"vf$n\"}}" ||
            fail "netdev_del"
    done
}
