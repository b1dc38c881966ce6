# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# What the project wants of its figures, beside what came of them.

import benchlib

# What failover.py leaves: the VF's kind that loses nothing by its driver, and
# the direction in which it is the guest who decides.
BIFURCATED = "bifurcated"
FROM_GUEST = "guest-to-host"


class Missing(Exception):
    """The results do not have it."""


def raw_of(results, name):
    try:
        return results["benchmarks"][name]["raw"]
    except KeyError:
        raise Missing


def values(results, benchmark, what, variant, parameter):
    """One row of bench-dp's."""
    for row in raw_of(results, benchmark):
        if (row["what"], row["variant"],
                row["parameter"]) == (what, variant, parameter):
            return row["values"]
    raise Missing



def cycles(peer, burst, bound):
    """A function for GOALS."""
    def check(results):
        ours = values(results, "cycles", "rx+tx", "netvsc-vf", burst)
        base = values(results, "cycles", "rx+tx", peer, burst)
        return ("%s ×" % benchlib.spread(
            benchlib.summary(benchlib.ratios(ours, base)), 3),
            benchlib.ratio(ours, base) <= bound)
    return check


def empty_poll(results):
    bare = values(results, "idle", "idle", "bare VF", 0)
    both = values(results, "idle", "idle", "VF and net_af_packet", 0)
    text = "%s ×" % benchlib.spread(
        benchlib.summary(benchlib.ratios(both, bare)), 3)
    failsafe = values(results, "idle", "idle", "failsafe with net_af_packet",
                      0)
    return ("%s; failsafe %.3f ×" % (text, benchlib.ratio(failsafe, bare)),
            benchlib.ratio(both, bare) <= 1.2)


def trickle(results):
    for row in raw_of(results, "fairness"):
        if row["variant"] == "synthetic":
            s = benchlib.summary(row["values"])
            return ("p99 %.1f µs, longest %.1f µs" % (s["p99"], s["max"]),
                    s["p99"] <= 100)
    raise Missing


def switches(results, kinds, vf=None, direction=None):
    """What packets saw of the VF's coming and going, one row a switch."""
    found = []
    for run in raw_of(results, "failover")["netvsc"]:
        for switch in run["switches"]:
            if (switch["kind"] in kinds and vf in (None, run["vf"])
                    and direction in (None, switch["direction"])):
                found.append(dict(switch, rate=run["rate"], vf=run["vf"]))
    if not found:
        raise Missing
    return found


def gone(results):
    s = benchlib.summary([
        x["gone_ms"] for x in switches(results, ["lost"],
                                       direction=FROM_GUEST)
        if x["gone_ms"] is not None])
    if not s["n"]:
        raise Missing
    return ("p99 %.2f ms, median %.2f, longest %.2f, %d times"
            % (s["p99"], s["median"], s["max"], s["n"]), s["p99"] <= 1)


def gone_loss(results):
    found = switches(results, ["lost"], direction=FROM_GUEST)
    worse = [x for x in found if x["lost"] > x["may_lose"]]
    return ("more in %d of %d times; at most %d packets" % (
        len(worse), len(found), max(x["lost"] for x in found)), not worse)


def graceful(results):
    found = switches(results, ["taken", "back"], vf=BIFURCATED)
    lost, duplicated = [sum(x[key] for x in found)
                        for key in ("lost", "duplicated")]
    # As the VF goes, the host may change its path before all packets that it
    # sent on it have come.
    reordered = sum(x["reordered"] for x in found if x["kind"] == "back")
    return ("%d lost, %d duplicated, %d reordered on return, in %d switches"
            % (lost, duplicated, reordered, len(found)),
            not (lost or duplicated or reordered))


def attach(results):
    texts, met = [], True
    for driver, v in raw_of(results, "control")["attach"].items():
        if not v["less dpdk"]:
            raise Missing
        s = benchlib.summary(v["less dpdk"])
        texts.append("%s: %s ms" % (
            driver, benchlib.spread(s, 2, longest=True)))
        met = met and s["median"] <= 5
    return "; ".join(texts), met


def stall(results):
    texts, met = [], True
    for driver, v in raw_of(results, "control")["attach"].items():
        for what in ("attach", "detach"):
            s = benchlib.summary(v[what + ", more"])
            texts.append("%s, %s: %s ms" % (
                driver, what, benchlib.spread(s, longest=True)))
            met = met and s["max"] <= 10
    if not texts:
        raise Missing
    return "; ".join(texts), met


def event(results):
    found = [x for x in raw_of(results, "control")["storm"]
             if not x["of interest"]]
    if not found:
        raise Missing
    texts = ["%.2f µs with %d links, %d ports" % (
        benchlib.median(x["own"]), x["links"], x["ports"]) for x in found]
    return ("; ".join(texts),
            all(benchlib.median(x["own"]) <= 2 for x in found))


def fallback(results):
    texts, met = [], True
    for size in (64, 512, 1500):
        tap = values(results, "fallback", "fallback", "net_tap", size)
        best = {}
        for driver in ("net_af_packet", "net_af_xdp"):
            v = values(results, "fallback", "fallback", driver, size)
            best[driver] = benchlib.median(tap) / benchlib.median(v)
        driver = max(best, key=best.get)
        texts.append("%d bytes: %.2f × by %s" % (size, best[driver], driver))
        met = met and best[driver] >= 2
    return "; ".join(texts), met


# What, the goal, and a function of the results that returns what was measured,
# as text, and whether it is as good as that.  It raises Missing if the results
# do not tell.
GOALS = [
    ("Cycles per packet by the VF, burst of 32, beside a ``dpdk`` port",
     "≤ 1.01 ×", cycles("bare", 32, 1.01)),
    ("... beside failsafe", "≤ 1 ×", cycles("failsafe", 32, 1)),
    ("Cycles per packet by the VF, burst of 1, beside a ``dpdk`` port",
     "≤ 1.05 ×", cycles("bare", 1, 1.05)),
    ("... beside failsafe", "≤ 1 ×", cycles("failsafe", 1, 1)),
    ("Empty poll, VF and af_packet, beside the bare VF's", "≤ 1.2 ×",
     empty_poll),
    ("Wait of a lone packet on synthetic, the VF saturated", "p99 ≤ 100 µs",
     trickle),
    ("VF gone, from the kernel's message to the first packet on synthetic",
     "p99 ≤ 1 ms", gone),
    ("... packets lost, at most what the VF's ring held and 1 ms of traffic",
     "never more", gone_loss),
    ("VF taken away with notice, and back: packets lost or duplicated, or on "
     "return reordered", "0", graceful),
    ("VF there, from the kernel's message to its use, less what DPDK "
     "needs to open it",
     "median ≤ 5 ms", attach),
    ("Main thread's stall as the VF comes or goes, beyond that of a ``dpdk`` "
     "port added or removed", "≤ 10 ms, each time", stall),
    ("Event of another device, its sender and the monitor", "≤ 2 µs with any "
     "number of links and ports", event),
    ("Fallback by af_packet or af_xdp, beside tap", "≥ 2 ×", fallback),
]


def table(results):
    rows = []
    for what, goal, check in GOALS:
        try:
            measured, met = check(results)
            rows.append([what, goal, measured, "met" if met else "**missed**"])
        except Missing:
            rows.append([what, goal, "not measured", "-"])
    return {"title": "Goals", "header": ["what", "goal", "measured", ""],
            "rows": rows,
            "note": "Median and range, unless it says otherwise."}
