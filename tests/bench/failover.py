# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# What packets see of a VF that comes and goes, at the host's end of the wire,
# in the lab.

import time

import benchlib

RATES = [10000, 100000]


def one_rate(context, rate, cycles):
    """The VF is pulled, plugged, taken away with notice and plugged again,
    CYCLES times.  Returns the report of netvsc-traffic."""
    with benchlib.Lab(context, "--vf") as lab:
        lab.add_bridge()
        lab.add_netvsc("eth1", "options:synthetic=af_packet")
        lab.wait_path("vf")
        lab.start_traffic(rate)
        for _ in range(cycles):
            for unplug in [["unplug"], ["unplug", "--graceful"]]:
                lab.lab(*unplug)
                lab.wait_path("synthetic")
                time.sleep(0.1)
                lab.lab("plug")
                lab.wait_path("vf")
                time.sleep(0.1)
        return lab.stop_traffic()


KINDS = [
    # Name, a switch to which path, which ones of them, since when.
    ("lost without notice", "synthetic", 0, "vf_gone_to_first_packet_ms"),
    ("taken away with notice", "synthetic", 1, "vf_gone_to_first_packet_ms"),
    ("back", "vf", None, "vf_up_to_first_packet_ms"),
]


def netvsc(context, raw):
    cycles = 1 if context.quick else 50
    rows = []
    for rate in RATES[:1] if context.quick else RATES:
        report = one_rate(context, rate, cycles)
        raw.append({"rate": rate, "switches": report["switches"],
                    "verdict": report["verdict"],
                    "directions": {k: {x: v[x] for x in (
                        "sent", "received", "lost", "duplicated",
                        "reordered")}
                        for k, v in report["directions"].items()}})
        for direction in ["guest-to-host", "host-to-guest"]:
            for kind, to, which, key in KINDS:
                switches = [s for s in report["switches"]
                            if s["direction"] == direction and s["to"] == to]
                if which is not None:
                    switches = switches[which::2]
                times = benchlib.summary([s[key] for s in switches
                                          if s.get(key) is not None])
                rows.append(
                    ["{:,}".format(rate), direction.replace("-", " "),
                     kind, str(len(switches)),
                     benchlib.number(times.get("median"), 2),
                     benchlib.number(times.get("p99"), 2)]
                    + [str(sum(s[x] for s in switches))
                       for x in ("lost", "duplicated", "reordered")])
    return {
        "title": "The VF comes and goes",
        "header": ["packets/s", "direction", "the VF is", "times",
                   "median, ms", "p99, ms", "lost", "duplicated",
                   "reordered"],
        "rows": rows,
        "note": "From the kernel's message, that the VF is up or gone, to the "
        "first packet on the other path; and all packets lost, duplicated and "
        "reordered.  (With notice, the host changes its path before.)",
        "command": "bench.py failover"}


# As a dpdk port gets them.
VF = "net_af_packet_vf,iface=enP1s1"
SYNTHETIC = "net_af_packet_syn,iface=eth1"
PEERS = {
    "netvsc": None,
    "bond of two dpdk ports": [
        "add-bond", "br0", "bond0", "pvf", "psyn",
        "bond_mode=active-backup", "other_config:bond-primary=pvf", "--",
        "set", "Interface", "pvf", "type=dpdk",
        "options:dpdk-devargs=\"%s\"" % VF, "--",
        "set", "Interface", "psyn", "type=dpdk",
        "options:dpdk-devargs=\"%s\"" % SYNTHETIC],
    "failsafe": [
        "add-port", "br0", "fs", "--", "set", "Interface", "fs", "type=dpdk",
        "options:dpdk-devargs=\"net_failsafe0,dev(%s),dev(%s)\""
        % (VF, SYNTHETIC)],
}
PEER_SECONDS = 3


def peers(context, raw):
    """The VF is pulled once; how many of the packets of the next seconds
    arrive?"""
    rows = []
    for name, command in PEERS.items():
        with benchlib.Lab(context, "--vf") as lab:
            lab.add_bridge()
            if command:
                lab.vsctl(*command)
                time.sleep(1)
            else:
                lab.add_netvsc("eth1", "options:synthetic=af_packet")
                lab.wait_path("vf")
            lab.start_traffic(RATES[0])
            lab.lab("unplug")
            time.sleep(PEER_SECONDS)
            report = lab.stop_traffic()
        directions = {k: {x: v[x] for x in ("sent", "received", "lost")}
                      for k, v in report["directions"].items()}
        raw.append({"name": name, "directions": directions})
        rows.append([name] + [
            "%d of %d" % (v["lost"], v["sent"])
            for v in directions.values()])
    return {
        "title": "The VF is lost once, beside other ways",
        "header": [""] + ["lost, " + k.replace("-", " ")
                          for k in directions],
        "rows": rows,
        "note": "At {:,} packets/s, {} s after the loss included.  Both paths "
        "are net_af_packet devices in the bond and in failsafe, and that "
        "driver reports neither a link state nor a removal, on which these "
        "depend: VFs of real hardware do.".format(RATES[0], PEER_SECONDS),
        "command": "bench.py failover"}


def run(context):
    raw = {"netvsc": [], "peers": []}
    return {"tables": [netvsc(context, raw["netvsc"]),
                       peers(context, raw["peers"])], "raw": raw}
