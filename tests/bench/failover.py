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
# The port's name and how it is added.
PEERS = {
    "netvsc": ("eth1", None),
    "bond of two dpdk ports": ("bond0", [
        "add-bond", "br0", "bond0", "pvf", "psyn",
        "bond_mode=active-backup", "other_config:bond-primary=pvf", "--",
        "set", "Interface", "pvf", "type=dpdk",
        "options:dpdk-devargs=\"%s\"" % VF, "--",
        "set", "Interface", "psyn", "type=dpdk",
        "options:dpdk-devargs=\"%s\"" % SYNTHETIC]),
    "failsafe": ("fs", [
        "add-port", "br0", "fs", "--", "set", "Interface", "fs", "type=dpdk",
        "options:dpdk-devargs=\"net_failsafe0,dev(%s),dev(%s)\""
        % (VF, SYNTHETIC)]),
}
PEER_SECONDS = 0.5
PEER_SETTLE = 0.3


def peer(context, name, rate, repetitions):
    """The VF is pulled, REPETITIONS times; which part of the packets of
    PEER_SECONDS is lost?  By direction, percent.  The port is made anew each
    time: of a VF that returns, none of the peers gets to know."""
    port, command = PEERS[name]
    lost = {}
    with benchlib.Lab(context, "--vf") as lab:
        lab.add_bridge()
        for i in range(repetitions):
            if i:
                lab.lab("plug")
            if command:
                lab.vsctl(*command)
                time.sleep(PEER_SETTLE)
            else:
                lab.add_netvsc(port, "options:synthetic=af_packet")
                lab.wait_path("vf")
            lab.start_traffic(rate, settle=PEER_SETTLE)
            lab.lab("unplug")
            time.sleep(PEER_SECONDS)
            report = lab.stop_traffic()
            for key, d in report["directions"].items():
                lost.setdefault(key, []).append(
                    100.0 * d["lost"] / (rate * PEER_SECONDS))
            lab.vsctl("del-port", port)
    return lost


def peers(context, raw):
    repetitions = 1 if context.quick else 50
    rows = []
    for rate in RATES[:1] if context.quick else RATES:
        for name in PEERS:
            lost = peer(context, name, rate, repetitions)
            raw.append({"name": name, "rate": rate, "lost_percent": lost})
            rows.append(["{:,}".format(rate), name, str(repetitions)] + [
                benchlib.spread(benchlib.summary(v)) for v in lost.values()])
    return {
        "title": "The VF is lost without notice, beside other ways",
        "header": ["packets/s", "port", "times"] + [
            "lost, %%, %s" % k.replace("-", " ") for k in lost],
        "rows": rows,
        "note": "Of the packets of %g s after the loss: median and range.  "
        "Both paths are net_af_packet devices in the bond and in failsafe, "
        "and that driver reports neither a link state nor a removal, on which "
        "these depend: VFs of real hardware do." % PEER_SECONDS,
        "command": "bench.py failover"}


def run(context):
    raw = {"netvsc": [], "peers": []}
    return {"tables": [netvsc(context, raw["netvsc"]),
                       peers(context, raw["peers"])], "raw": raw}
