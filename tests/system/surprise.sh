# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
# shellcheck shell=bash disable=SC2154
#
# For cases in which a VF's device stops to answer before anybody is told.
# Sourced by run.sh's cases after lib.sh.

# Has slot $1 power, or not: Power Controller Control, bit 10 of Slot Control,
# which is at offset 0x18 of a root port's PCI Express capability, 0x10 (PCI
# Express Base Specification, 7.5.3.10; 7.5.1.1.11 for the list of them).  QEMU
# (pcie_cap_update_power() in hw/pci/pcie.c) resets a function without power
# and has it answer nothing.  The guest's kernel leaves this alone: hot-plug is
# ACPI's.
set_power() { # SLOT on|off
    # shellcheck disable=SC2016
    must guest_sh 'config=/run/sysfs/bus/pci/devices/$1/config
        byte() { od -An -tu1 -j "$1" -N 1 "$config" | tr -d " "; }
        at=$(byte 52)
        while [ "$(byte "$at")" != 16 ]; do
            [ "$at" != 0 ] || exit
            at=$(byte $((at + 1)))
        done
        value=$(($(byte $((at + 25))) & ~4))
        [ "$2" = on ] || value=$((value | 4))
        printf "\\x$(printf %x "$value")" |
            dd of="$config" bs=1 seek=$((at + 25)) conv=notrunc status=none' \
        set_power "$(slot_bdf "$1")" "$2"
}

# The device of NIC $1's VF, in slot $2, is dead: reading it gives all ones.
# Neither the guest nor the host is told.
kill_vf() { # NUMBER SLOT
    event killed "$1"
    set_power "$2" off
    # shellcheck disable=SC2016
    must_be "what the dead VF answers" "$(guest_sh \
        'od -An -tx4 -N 4 "/run/sysfs/bus/pci/devices/$1/config"' kill_vf \
        "$(vf_bdf "$1")" | tr -d ' ')" ffffffff
}

# The host takes the dead VF away, and only then sends to the NetVSC device,
# if it does not already because the guest has said that its VF is gone.
unplug_dead() { # NUMBER SLOT
    event device_del "$1"
    qmp "{\"execute\":\"device_del\",\"arguments\":{\"id\":\"vfdev$1\"}}" \
        DEVICE_DELETED "vfdev$1" || fail "device_del"
    (
        flock 9
        rm -f "$run/vf$1.plugged"
        switch_to "$1" synthetic
    ) 9>"$run/switch.lock"
    qmp "{\"execute\":\"netdev_del\",\"arguments\":{\"id\":\"vf$1\"}}" ||
        fail "netdev_del"
    wait_vf "$1" down
    set_power "$2" on
}
