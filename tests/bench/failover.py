# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# What packets see of a VF that comes and goes, at the host's end of the wire,
# in the lab.

import time

import benchlib

# Packets a second, and where they go.  Both ways, 100,000 are more than two
# processors can make, pass on and look at: whoever is to react would wait for
# these programs.
RATES = [(10000, "both"), (100000, "guest-to-host")]

# The VF of the lab, by its kind: the lab's options and the port's.  The queues
# of one by AF_XDP end with its netdevice, as it is set down, and what is in
# them is lost: "bifurcated" is as mlx5's and MANA's, whose queues do not.
VFS = {
    "AF_XDP": (["--vf"], []),
    "bifurcated": (["--vf", "--bifurcated"],
                   ["options:vf=\"net_af_xdp_vf0,iface=vfq0\""]),
}

# net_af_xdp's ring for what is sent has room for 2,048 packets, but it makes
# the kernel take each burst from it before it returns, so that no more than
# one of dpif-netdev's bursts is in it.
RING_PACKETS = 32


def may_lose(rate):
    """What the VF's ring held and 1 ms of traffic."""
    return RING_PACKETS + rate // 1000


def one_rate(context, vf, rate, direction, cycles):
    """The VF is pulled, plugged, taken away with notice and plugged again,
    CYCLES times.  Returns the report of netvsc-traffic."""
    lab_options, port_options = VFS[vf]
    with benchlib.Lab(context, *lab_options) as lab:
        lab.add_bridge()
        lab.add_netvsc("eth1", "options:synthetic=af_packet", *port_options)
        lab.wait_path("vf")
        lab.start_traffic(rate, "--direction", direction)
        for _ in range(cycles):
            for unplug in [["unplug"],
                           ["unplug", "--graceful", "--drain", "100"]]:
                lab.lab(*unplug)
                lab.wait_path("synthetic")
                time.sleep(0.05)
                lab.lab("plug")
                lab.wait_path("vf")
                time.sleep(0.1)
        return lab.stop_traffic()


def switches_of(report, rate):
    """Each switch of either direction, of three kinds, in order."""
    found = []
    for direction in report["directions"]:
        n_lost = 0
        for s in report["switches"]:
            if s["direction"] != direction:
                continue
            kind = "back"
            if s["to"] == "synthetic":
                # By turns without notice and with it.
                kind = ["lost", "taken"][n_lost % 2]
                n_lost += 1
            found.append({
                "direction": direction, "kind": kind,
                "gone_ms": s["vf_gone_to_first_packet_ms"],
                "up_ms": s["vf_up_to_first_packet_ms"],
                "silence_ms": s["gap_ns"] / 1e6,
                "lost": s["lost"], "may_lose": may_lose(rate),
                "duplicated": s["duplicated"], "reordered": s["reordered"]})
    return found


KINDS = {
    "lost": "lost without notice",
    "taken": "taken away with notice",
    "back": "back",
}


def netvsc(context, raw):
    cycles = 2 if context.quick else 50
    rows = []
    parts = {}
    for rate, ways in RATES[:1] if context.quick else RATES:
        for vf in VFS:
            report = one_rate(context, vf, rate, ways, cycles)
            switches = switches_of(report, rate)
            raw.append({"rate": rate, "vf": vf, "switches": switches,
                        "verdict": report["verdict"],
                        "directions": {k: {x: v[x] for x in (
                            "sent", "received", "lost", "lost_elsewhere",
                            "duplicated", "reordered", "tx_max_late_ns")}
                            for k, v in report["directions"].items()}})
            for direction in report["directions"]:
                for kind, text in KINDS.items():
                    found = [s for s in switches if s["kind"] == kind
                             and s["direction"] == direction]
                    key = "up_ms" if kind == "back" else "gone_ms"
                    values = [s[key] for s in found if s[key] is not None]
                    times = benchlib.summary(values)
                    if direction == "guest-to-host" and kind == "lost":
                        parts["%s, %d/s" % (vf, rate)] \
                            = benchlib.points(values)
                    rows.append(
                        ["{:,}".format(rate), vf, direction.replace("-", " "),
                         text, str(len(found))]
                        + [benchlib.number(times.get(x), 2)
                           for x in ("median", "p99", "max")]
                        + [str(sum(s[x] for s in found))
                           for x in ("lost", "duplicated", "reordered")]
                        + [str(max([s["lost"] for s in found], default=0)),
                           str(sum(s["lost"] > s["may_lose"]
                                   for s in found))])
    return {
        "title": "The VF comes and goes",
        "header": ["packets/s", "VF's kind", "direction", "the VF is",
                   "times", "median, ms", "p99, ms", "max, ms", "lost",
                   "duplicated", "reordered", "most lost at once",
                   "times more than its ring and 1 ms"],
        "rows": rows,
        "note": "From the kernel's message, that the VF is up or gone, to the "
        "first packet on the other path; and all packets lost, duplicated and "
        "reordered.  (With notice, the host changes its path before.)  The "
        "VF's ring is taken to hold %d packets." % RING_PACKETS,
        "command": "bench.py failover"}, {
            "kind": "parts", "x": "ms from the message to the first packet",
            "y": "percent of losses", "set": ["set yrange [0:100]"],
            "series": parts}


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
PEER_SECONDS = 0.3
PEER_SETTLE = 0.25


def peer_once(lab, name, rate, direction):
    """The VF is pulled: what do packets see of it, by direction?  The port is
    made anew each time: of a VF that returns, none of the peers gets to
    know."""
    port, command = PEERS[name]
    if command:
        lab.vsctl(*command)
    else:
        lab.add_netvsc(port, "options:synthetic=af_packet")
        lab.wait_path("vf")
    lab.start_traffic(rate, "--direction", direction, "--warmup", "100",
                      "--settle", "50", settle=0.1 + PEER_SETTLE)
    lab.lab("unplug")
    time.sleep(PEER_SECONDS)
    stopped = time.time_ns()
    report = lab.stop_traffic()
    lab.vsctl("del-port", port)
    lab.restore_mac()
    lab.lab("plug")
    return {k: {
        "lost": d["lost"], "duplicated": d["duplicated"],
        "reordered": d["reordered"],
        # One that lasts to the end is a silence too.
        "silence_ms": max(d["longest_gap_ns"], stopped - d["last_ns"]) / 1e6,
    } for k, d in report["directions"].items()}


def peers(context, raw):
    repetitions = 1 if context.quick else 50
    rates = RATES[:1] if context.quick else RATES
    with benchlib.Lab(context, "--vf") as lab:
        lab.add_bridge()
        for rate, ways in rates:
            for i in range(repetitions):
                names = list(PEERS)
                # Another begins each time.
                for n in range(len(names)):
                    name = names[(i + n) % len(names)]
                    raw.append({"name": name, "rate": rate, "repetition": i,
                                "directions": peer_once(lab, name, rate,
                                                        ways)})
    rows = []
    for rate, _ in rates:
        for direction in next(x for x in raw
                              if x["rate"] == rate)["directions"]:
            ours = None
            for name in PEERS:
                found = [x["directions"][direction] for x in raw
                         if x["name"] == name and x["rate"] == rate]
                lost = [x["lost"] for x in found]
                ours = ours or lost
                rows.append([
                    "{:,}".format(rate), direction.replace("-", " "), name,
                    str(len(found)),
                    benchlib.spread(benchlib.summary(lost), 0, longest=True),
                    # Who loses none is as good as who loses one.
                    "%.3g" % benchlib.ratio([max(1, x) for x in lost],
                                            [max(1, x) for x in ours]),
                    benchlib.spread(benchlib.summary(
                        [x["silence_ms"] for x in found]), longest=True),
                    str(sum(x["duplicated"] for x in found)),
                    str(sum(x["reordered"] for x in found))])
    return {
        "title": "The VF is lost without notice, beside other ways",
        "header": ["packets/s", "direction", "port", "times",
                   "packets lost each time", "ratio to netvsc",
                   "longest silence, ms", "duplicated", "reordered"],
        "rows": rows,
        "note": "Median, range and max.  Packets flow for about %g s after "
        "the loss, and a silence that lasts so long did not end.  All three "
        "by turns.  Both paths are net_af_packet devices in the bond and in "
        "failsafe, and that driver reports neither a link state nor a "
        "removal, on which these depend: VFs of real hardware do."
        % PEER_SECONDS,
        "command": "bench.py failover"}


def run(context):
    raw = {"netvsc": [], "peers": []}
    table, plot = netvsc(context, raw["netvsc"])
    return {"tables": [table, peers(context, raw["peers"])], "plot": plot,
            "raw": raw}
