# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# What tests/bench/bench-dp measures: the data path by itself.

import collections
import os
import statistics
import subprocess

import benchlib

# With --quick, a burst of 32 may cost so many times what a dpdk port's does.
QUICK_BOUND = 1.10
QUICK_ATTEMPTS = 3

# How many processes a whole run of what counts single cycles takes.
PROCESSES = 15

BURSTS = [1, 4, 8, 16, 32]
# Each with the dpdk port that it is beside: over the same device, but for
# failsafe, which makes its own.
VARIANTS = {
    "bare": "bare",
    "netvsc-vf": "bare",
    "failsafe": "bare",
    "bare-again": "bare-again",
    "netvsc-synthetic": "bare-again",
}


def measure(context, what, *args, repetitions, slice_us, setup="true",
            processes=1):
    """Runs bench-dp in a network namespace of its own, prepared by shell
    command SETUP, PROCESSES times: where code and data come to lie, which
    differs from one to the next, can cost or save as much as what is measured.
    Returns its lines, by their first three words and what follows the value,
    the command, and cycles per second."""
    command = [context.program("tests/bench/bench-dp"),
               "--repetitions=%d" % repetitions, "--slice-us=%d" % slice_us]
    command += [what] + list(args)
    shown = " ".join(["bench-dp"] + command[1:])
    if processes > 1:
        shown += " (%d times)" % processes
    values = collections.OrderedDict()
    hz = None
    for _ in range(processes):
        result = subprocess.run(
            ["unshare", "--net", "sh", "-ec", setup + '\nexec "$@"', "sh"]
            + command, capture_output=True, text=True, timeout=600,
            env=dict(os.environ, LIBXDP_SKIP_DISPATCHER="1"))
        if result.returncode:
            raise RuntimeError("%s: %s" % (shown, result.stderr))
        for line in result.stdout.splitlines():
            words = line.split(None, 5)
            if words[0] == "hz":
                hz = float(words[4])
            else:
                name = words[5] if len(words) > 5 else words[1]
                values.setdefault((words[0], name, int(words[2])),
                                  []).append(float(words[4]))
    return values, shown, hz


def flatten(values):
    return [{"what": k[0], "variant": k[1], "parameter": k[2], "values": v}
            for k, v in values.items()]


def cycles_once(context):
    values, command, hz = measure(
        context, "cycles", repetitions=31, slice_us=200,
        processes=1 if context.quick else PROCESSES)
    tables = []
    plot = {"kind": "lines", "x": "packets in a burst",
            "y": "cycles per packet, rx and tx",
            "set": ["set logscale x 2"], "series": {v: [] for v in VARIANTS}}
    for what in ["rx+tx", "tx"]:
        rows = []
        for variant, peer in VARIANTS.items():
            row = [variant]
            for burst in BURSTS:
                s = benchlib.summary(values[what, variant, burst])
                base = values[what, peer, burst]
                row.append("%s, %.3f, %+.1f" % (
                    benchlib.spread(s),
                    benchlib.ratio(values[what, variant, burst], base),
                    burst * (s["min"] - min(base))))
                if what == "rx+tx":
                    plot["series"][variant].append(
                        [burst, s["median"], s["p10"], s["p90"]])
            rows.append(row)
        tables.append({
            "title": ("Cycles per packet, sent and received"
                      if what == "rx+tx" else "Cycles per packet, sent"),
            "header": [""] + ["burst of %d" % b for b in BURSTS],
            "rows": rows,
            "note": "Median, range, ratio to the dpdk port over the same "
            "device, *bare* for the first three and *bare-again* for the "
            "last two, and how many cycles more the fastest slice took for a "
            "burst.",
            "command": command})
    return {"tables": tables, "plot": plot, "raw": flatten(values),
            "hz": hz}, values


def run_cycles(context):
    bound_ratio = None
    for _ in range(QUICK_ATTEMPTS if context.quick else 1):
        result, values = cycles_once(context)
        # On a machine with other things to do, either may be off.
        bound_ratio = max(
            min(benchlib.ratio(v, base), min(v) / min(base))
            for v, base in ((values["rx+tx", variant, 32],
                             values["rx+tx", VARIANTS[variant], 32])
                            for variant in ("netvsc-vf", "netvsc-synthetic")))
        if bound_ratio <= QUICK_BOUND:
            break
    result["burst 32 against bare"] = bound_ratio
    if context.quick and bound_ratio > QUICK_BOUND:
        result["failures"] = [
            "bursts of 32 cost %.3f times what those of a dpdk port do, more "
            "than %.2f, %d times in a row" % (bound_ratio, QUICK_BOUND,
                                              QUICK_ATTEMPTS)]
    return result


VETHS = "\n".join(
    "ip link add %s0 type veth peer name %s1 && ip link set %s0 up && "
    "ip link set %s1 up" % (v, v, v, v) for v in "axy")


def run_idle(context):
    # A queue has one AF_XDP socket: failsafe gets a device of its own.
    values, command, hz = measure(
        context, "idle",
        "net_af_packet,iface=a0", "net_af_packet,iface=a0",
        "net_af_xdp,iface=x0,busy_budget=0",
        "net_af_xdp,iface=y0,busy_budget=0",
        repetitions=31, slice_us=200, setup=VETHS,
        processes=1 if context.quick else PROCESSES)
    bare = values["idle", "bare VF", 0]
    order = sorted(values, key=lambda k: (k[1] != "bare VF", k[1]))
    plot = {"kind": "bars", "x": "", "y": "cycles per empty poll",
            "series": {}}
    for i, key in enumerate(order):
        s = benchlib.summary(values[key])
        plot["series"][key[1]] = [[i, s["median"], s["p10"], s["p90"]]]
    rows = [[name, benchlib.spread(benchlib.summary(v)),
             "%.3f" % benchlib.ratio(v, bare)]
            for (_, name, _), v in [(key, values[key]) for key in order]]
    return {"tables": [{
        "title": "Cycles per empty poll",
        "header": ["", "cycles", "ratio to *bare VF*"], "rows": rows,
        "note": "Median and range.  The VF is a net_ring.",
        "command": command}], "plot": plot, "raw": flatten(values), "hz": hz}


def run_fairness(context):
    values, command, hz = measure(
        context, "fairness", repetitions=3 if context.quick else 20,
        slice_us=20000 if context.quick else 100000)
    rows = []
    plot = {"kind": "parts", "x": "microseconds", "y": "percent of packets",
            "set": ["set logscale x 10", "set yrange [0:100]"], "series": {}}
    for (_, name, work), v in values.items():
        s = benchlib.summary(v)
        plot["series"]["on " + name] = benchlib.points(v)
        rows.append(["%s, the other path saturated" % name, str(s["n"]),
                     benchlib.number(s["median"]),
                     benchlib.number(s["p99"]), benchlib.number(s["max"])])
    return {"tables": [{
        "title": "Wait of a lone packet, microseconds",
        "header": ["on path", "packets", "median", "p99", "longest"],
        "rows": rows,
        "note": "Each packet costs 100 cycles of other work.",
        "command": command}], "plot": plot, "raw": flatten(values), "hz": hz}


QUEUES = [1, 2, 4]


def txqs(context):
    # A thread that has a lock and no CPU makes all wait: no more than there
    # are.
    cpus = len(os.sched_getaffinity(0))
    values, command, hz = measure(
        context, "txqs", str(min(4, cpus)),
        repetitions=11 if context.quick else 101, slice_us=10000)
    rows = []
    for (what, name, n), v in values.items():
        if what != "txqs":
            continue
        rows.append([str(n), name, "no" if int(name) >= n else "yes",
                     benchlib.spread(benchlib.summary(v)),
                     "%.3f" % benchlib.ratio(v, values["txqs", "4", n]),
                     benchlib.spread(benchlib.summary(
                         values["txqs-mpps", name, n]), 2)])
    return {
        "title": "Several threads send",
        "header": ["threads, queues of the port", "queues of the path",
                   "with a lock", "cycles per packet", "ratio to 4 queues",
                   "million packets/s, all together"],
        "rows": rows,
        "note": "Bursts of 32, net_null.  Each thread has a CPU of its own: "
        "with the %d CPUs here there are no more threads than %s." % (
            cpus, rows[-1][0]),
        "command": command}, flatten(values)


def rxqs(context):
    values, command, hz = measure(
        context, "rxqs", repetitions=31 if context.quick else 301,
        slice_us=200)
    rows = []
    for n in QUEUES:
        bare = values["rxqs", "bare", n]
        rows.append([str(n), benchlib.spread(benchlib.summary(bare))] + [
            "%s, %.3f" % (benchlib.spread(benchlib.summary(v)),
                          benchlib.ratio(v, bare))
            for v in (values["rxqs", str(m), n] for m in QUEUES)])
    return {
        "title": "Cycles per packet received from several queues",
        "header": ["queues of the path", "bare"] + [
            "%d of the port" % m for m in QUEUES],
        "rows": rows,
        "note": "And the ratio to *bare*, a dpdk port with as many queues as "
        "the path.  One thread, which polls all queues in turn.  The path is "
        "a net_null, the other one is idle.",
        "command": command}, flatten(values)


def run_queues(context):
    tx_table, tx_raw = txqs(context)
    rx_table, rx_raw = rxqs(context)
    return {"tables": [rx_table, tx_table], "raw": rx_raw + tx_raw}


def run_fallback(context):
    values, command, hz = measure(
        context, "fallback", "net_af_packet,iface=a0", "net_af_xdp,iface=x0",
        "net_tap", repetitions=5 if context.quick else 51, slice_us=5000,
        setup=VETHS)
    rows = []
    plot = {"kind": "lines", "x": "bytes", "y": "thousand packets/s",
            "series": {}}
    for backend in ["net_af_packet", "net_af_xdp", "net_tap"]:
        row = [backend]
        plot["series"][backend] = []
        for size in [64, 512, 1500]:
            v = values.get(("fallback", backend, size))
            tap = values.get(("fallback", "net_tap", size))
            if not v or not tap:
                row.append("-")
                continue
            kpps = benchlib.summary([hz / x / 1000 for x in v])
            plot["series"][backend].append(
                [size, kpps["median"], kpps["p10"], kpps["p90"]])
            row.append("%.0f, %.2f" % (
                hz / statistics.median(v) / 1000,
                statistics.median(tap) / statistics.median(v)))
        rows.append(row)
    return {"tables": [{
        "title": "Thousands of packets/s that one core can send",
        "header": ["", "64 bytes", "512 bytes", "1,500 bytes"],
        "rows": rows,
        "note": "And the ratio to *net_tap*, which here has no ``remote=``: "
        "the way from the tap device to the NetVSC, which costs another core "
        "or more time of this one, is not in it.",
        "command": command}], "plot": plot, "raw": flatten(values), "hz": hz}
