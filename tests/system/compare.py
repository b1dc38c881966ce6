#!/usr/bin/env python3
# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# usage: compare.py BUILD OUTPUT RUN...
#        compare.py --from FOLDER OUTPUT
#        compare.py --show FOLDER RUN NUMBER...
#        compare.py --commit
#
# Reads what tests/system/cases/compare has left in each folder RUN: "events",
# and of each run netvsc-traffic's report and its row for each packet.  Writes
# to the folder OUTPUT
#
#     packets.tar.xz  all that was read, and what DPDK and netvsc ports logged
#     results.json    where and when it ran, and of each run what happened when
#                     and each cycle
#     results.rst     tables, for the documentation to include
#
# With --from it reads the first two of these from FOLDER and writes the other
# two anew.  With --show it prints what became of the packets with these NUMBERs
# of run RUN, at the wire and at their destination.  With --commit it prints the
# commit that would be measured, with "-dirty" after it if the tree has other
# changes.
#
# Times are of one clock, the host's: the kernel's stamps on packets at the
# host's end of the wire, and when the host's script learned of an event.

import csv
import io
import json
import os
import re
import shutil
import sys
import tarfile
import tempfile
import time

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "bench"))

import benchlib  # noqa: E402

# Without packets for so long, a direction is in a black hole.
HOLE_S = 10
RATE = 100                      # Packets a second, of lib.sh.
DIRECTIONS = ("guest-to-host", "host-to-guest")
SYSTEMS = {
    "netvsc": "netvsc",
    "original": "original",
    "original_spared": "original, spared",
}


# ------------------------------------------------------------------- Reading

def read_events(path):
    """Runs, in order.  One that was cut off is without its last cycle."""
    runs = []
    for line in open(path):
        time, what, *words = line.split()
        time = float(time)
        if what == "run":
            number, system, rmv, place, _ = words
            runs.append({"number": int(number), "system": system, "rmv": rmv,
                         "place": place, "crashed": False, "cycles": [],
                         "events": []})
        elif not runs or "end" in runs[-1]:
            continue
        runs[-1]["events"].append(line.strip())
        if what == "run":
            pass
        elif what == "cycle":
            runs[-1]["cycles"].append({"start": time})
            if len(words) > 1:
                runs[-1]["cycles"][-1]["load"] = float(words[1])
        elif what == "end":
            runs[-1]["end"] = time
        elif what == "crash":
            runs[-1]["crashed"] = True
        elif runs[-1]["cycles"]:
            note_event(runs[-1]["cycles"][-1], time, what, words)
    for run in runs:
        if "end" not in run and run["cycles"]:
            run["cut_off"] = True
            run["cycles_end"] = run["cycles"].pop()["start"]
    return [run for run in runs if run["cycles"]]


def note_event(cycle, time, what, words):
    """Of events of a kind, a cycle has the first."""
    if what == "switch":
        what = "switch_" + words[1]
    elif what == "link":
        what = "link_" + words[0]
        if words[0] != "deleted":
            cycle.setdefault("link_seen", time)
    elif what == "device_add":
        cycle.setdefault("slot", int(words[1]))
    cycle.setdefault(what, time)


def read_packets(path):
    """By direction: (time, path) at the wire, and (time, seq, time sent) where
    delivered."""
    wire = {d: [] for d in DIRECTIONS}
    delivered = {d: [] for d in DIRECTIONS}
    with open(path, newline="") as stream:
        for row in csv.DictReader(stream):
            if not row["tx_ns"]:
                break                   # Cut off.
            time = int(row["time_ns"]) / 1e9
            if row["kind"] == "wire":
                wire[row["direction"]].append((time, row["where"]))
            elif row["kind"] == "deliver":
                delivered[row["direction"]].append(
                    (time, int(row["seq"]), int(row["tx_ns"]) / 1e9))
    for packets in [*wire.values(), *delivered.values()]:
        packets.sort()
    return wire, delivered


# ----------------------------------------------------------------- Measuring

def first_on(wire, path, begin, end):
    return next((t for t, p in wire if p == path and begin <= t < end), None)


def ms(later, earlier):
    if later is None or earlier is None:
        return None
    return round((later - earlier) * 1e3, 3)


def silences(delivered, begin, end):
    """When nothing was delivered: (from, to)."""
    times = [begin] + [t for t, _, _ in delivered if begin < t < end] + [end]
    return list(zip(times, times[1:]))


def times_of_lost(delivered, rate, n_sent, first_tx):
    """When packets were sent that never arrived."""
    arrived = sorted({seq for _, seq, _ in delivered if seq < n_sent})
    tx = {seq: sent for _, seq, sent in delivered}
    times = []
    for before, after in zip([-1] + arrived, arrived + [n_sent]):
        base = tx.get(before, first_tx - 1 / rate)
        times += [base + (seq - before) / rate
                  for seq in range(before + 1, after)]
    return times


def report_from(wire, delivered):
    """In place of netvsc-traffic's report, of which it writes none if it is
    killed.  What may have been on its way then is left out."""
    begin = min(tx for p in delivered.values() for _, _, tx in p)
    end = max(t for p in wire.values() for t, _ in p) - 2
    sent = int((end - begin) * RATE)
    directions = {}
    for direction, packets in delivered.items():
        seqs = [seq for _, seq, _ in packets if seq < sent]
        highest, reordered = -1, 0
        for seq in seqs:
            reordered += seq < highest
            highest = max(highest, seq)
        received = len(set(seqs))
        directions[direction] = {
            "sent": sent, "received": received, "lost": sent - received,
            "duplicated": len(seqs) - received, "duplicated_elsewhere": 0,
            "copies": 0, "reordered": reordered}
    return end, {"start_ns": begin * 1e9, "verdict": "cut off",
                 "config": {"rate_pps": RATE}, "directions": directions}


def measure(run, folder):
    """Fills in the cycles of a run from its packets."""
    path = os.path.join(folder, "compare.%d" % run["number"])
    wire, delivered = read_packets(path + ".csv")
    if run.get("cut_off"):
        run["end"], report = report_from(wire, delivered)
    else:
        report = json.load(open(path + ".json"))
    rate = report["config"]["rate_pps"]
    begin, end = report["start_ns"] / 1e9, run["end"]
    quiet = {d: silences(delivered[d], begin, end) for d in DIRECTIONS}
    lost = {d: times_of_lost(delivered[d], rate,
                             report["directions"][d]["sent"], begin)
            for d in DIRECTIONS}
    run["directions"] = {d: {k: report["directions"][d][k] for k in (
        "sent", "received", "lost", "duplicated", "duplicated_elsewhere",
        "copies", "reordered")} for d in DIRECTIONS}
    run["verdict"] = report["verdict"]
    starts = [c["start"] for c in run["cycles"]]
    starts.append(run.get("cycles_end", end))
    for cycle, after in zip(run["cycles"], starts[1:]):
        measure_cycle(cycle, after, wire["guest-to-host"], quiet, lost)


def measure_cycle(cycle, after, wire, quiet, lost):
    added, removed = cycle.get("device_add"), cycle.get("device_del")
    if added is None or removed is None:
        return
    there = cycle.get("link_running", cycle.get("switch_up"))
    gone = cycle.get("link_deleted", cycle.get("switch_down"))
    used = first_on(wire, "vf", added, removed)
    back = first_on(wire, "synthetic", removed, after) if used else None
    cycle.update({
        "used": used is not None,
        "add_to_used_ms": ms(used, added),
        "seen_to_used_ms": ms(used, cycle.get("link_seen")),
        "there_to_used_ms": ms(used, there),
        "fell_back": back is not None,
        "del_to_fallback_ms": ms(back, removed),
        "gone_to_fallback_ms": ms(back, gone),
        "lost_to_vf": {d: sum(cycle["start"] <= t < removed for t in lost[d])
                       for d in DIRECTIONS},
        "lost_from_vf": {d: sum(removed <= t < after for t in lost[d])
                         for d in DIRECTIONS},
        "longest_silence_ms": {d: ms(*max(
            ((min(b, after), max(a, cycle["start"])) for a, b in quiet[d]
             if b > cycle["start"] and a < after),
            key=lambda x: x[0] - x[1])) for d in DIRECTIONS},
        "black_hole": any(b - a > HOLE_S and b > cycle["start"] + 0.1
                          and a < after - 0.1
                          for d in DIRECTIONS for a, b in quiet[d]),
    })


# -------------------------------------------------------------------- Tables

KIND = {
    "always": "INTR_RMV reported",
    "never": "no INTR_RMV",
    "same": "same address",
    "other": "two addresses by turns",
}


def kinds(runs):
    """Runs of one kind, by (system, rmv, place), in a fixed order, and at last
    of all kinds."""
    found = {}
    for place in ("same", "other"):
        for rmv in ("always", "never"):
            for system in SYSTEMS:
                some = [r for r in runs if r["system"] == system
                        and r["rmv"] == rmv and r["place"] == place]
                if some:
                    found[system, rmv, place] = some
    for system in SYSTEMS:
        if any(k[0] == system for k in found):
            found[system, None, None] = [r for r in runs
                                         if r["system"] == system]
    return found


def cycles_of(runs):
    return [c for r in runs for c in r["cycles"] if "used" in c]


def spread(cycles, key):
    return benchlib.spread(benchlib.summary(
        [c[key] for c in cycles if c.get(key) is not None]), 0)


def label(kind):
    system, rmv, place = kind
    return [SYSTEMS[system], KIND[rmv] + ", " + KIND[place] if rmv else "all"]


def times_table(found, title, counted, columns):
    """COUNTED and each of COLUMNS are a header and a key of cycles."""
    return {
        "title": title,
        "header": ["port", "VF", "runs", "cycles", counted[0]]
        + [header for header, _ in columns],
        "rows": [label(kind) + [
            str(len(runs)), str(len(cycles_of(runs))),
            str(sum(c[counted[1]] for c in cycles_of(runs)))]
            + [spread(cycles_of(runs), key) for _, key in columns]
            for kind, runs in found.items()],
    }


def packets_table(found):
    rows = []
    for kind, runs in found.items():
        cycles = cycles_of(runs)
        total = {k: [sum(r["directions"][d][k] for r in runs)
                     for d in DIRECTIONS]
                 for k in ("sent", "lost", "reordered")}
        twice = [sum(r["directions"][d][k] for r in runs for k in (
            "duplicated", "duplicated_elsewhere", "copies"))
            for d in DIRECTIONS]
        silence = [max(c["longest_silence_ms"][d] for c in cycles) / 1e3
                   for d in DIRECTIONS] if cycles else [0, 0]
        rows.append(label(kind) + [
            "%d / %d" % tuple(x) for x in (
                total["sent"], total["lost"], twice, total["reordered"])] + [
            "%.1f / %.1f" % tuple(silence),
            "%d of %d" % (sum(c["black_hole"] for c in cycles), len(cycles)),
            str(sum(r["crashed"] for r in runs))])
    return {
        "title": "Packets",
        "header": ["port", "VF", "sent", "lost", "twice", "reordered",
                   "longest silence, s", "cycles in a black hole", "crashes"],
        "rows": rows,
        "note": "Guest to host / host to guest.  The longest silence is that "
        "of one cycle.  A cycle is in a black hole if in either direction "
        "nothing arrived for more than %d s, which may have begun in an "
        "earlier cycle." % HOLE_S,
    }


def results_rst(results):
    env = results["environment"]
    found = kinds(results["runs"])
    loads = [c["load"] for r in results["runs"] for c in r["cycles"]
             if "load" in c]
    tables = [
        times_table(found, "The VF is there, until it is used",
                    ("used in", "used"), (
                        ("since device_add, ms", "add_to_used_ms"),
                        ("since its netdevice is there, ms",
                         "seen_to_used_ms"),
                        ("since that is up, ms", "there_to_used_ms"))),
        times_table({k: v for k, v in found.items()
                     if any(c["used"] for c in cycles_of(v))},
                    "The VF is pulled, until the fallback is used",
                    ("fell back in", "fell_back"), (
                        ("since device_del, ms", "del_to_fallback_ms"),
                        ("since its netdevice is gone, ms",
                         "gone_to_fallback_ms"))),
        packets_table(found),
    ]
    lines = [
        ".. Made by tests/system/compare.sh.", "",
        "Measured %s at commit %s: %s, %d CPUs, QEMU's software "
        "emulation, Linux %s in the guest, Open vSwitch %s, DPDK %s; load "
        "average %s." % (
            env["date"], env["commit"], env["cpu"], env["cpus"],
            env["guest_kernel"], env["ovs"], env["dpdk"],
            "%.1f to %.1f where written down" % (min(loads), max(loads)) if loads else "unknown"),
        "", "Times are medians (without the outer tenths, from - to), to the "
        "first packet from the guest that is seen at the wire.", ""]
    for table in tables:
        table["command"] = "tests/system/compare.sh"
        lines.append(benchlib.table_rst(table))
    return "\n".join(lines)


# ----------------------------------------------------------------- Archiving

ARCHIVE = "packets.tar.xz"


def log_lines(folder):
    path = os.path.join(folder, "ovs-vswitchd.log")
    if not os.path.exists(path):
        return ""
    return "".join(line for line in open(path, errors="replace")
                   if re.search(r"\|(dpdk|netvsc)[|(]", line))


def pack(folders, path):
    """Writes what the results come from, a folder 1, 2... of each run of the
    case.  The same data make the same archive."""
    with tarfile.open(path, "w:xz") as archive:
        for i, folder in enumerate(folders, 1):
            files = {name: open(os.path.join(folder, name)).read()
                     for name in os.listdir(folder) if re.fullmatch(
                         r"events|compare\.\d+\.(csv|json)", name)}
            files["ovs-vswitchd.log"] = log_lines(folder)
            for name, text in sorted(files.items()):
                member = tarfile.TarInfo("%d/%s" % (i, name))
                member.size = len(text.encode())
                archive.addfile(member, io.BytesIO(text.encode()))


def unpack(path):
    """Folders as pack() was given, and what removes them."""
    holder = tempfile.TemporaryDirectory()
    shutil.unpack_archive(path, holder.name)
    return [os.path.join(holder.name, x) for x in sorted(
        os.listdir(holder.name), key=int)], holder


def show(folder, run, numbers):
    folders, holder = unpack(os.path.join(folder, ARCHIVE))
    path = os.path.join(folders[0], "compare.%s.csv" % run)
    wire, arrived, sent = {}, set(), {}
    for row in csv.DictReader(open(path, newline="")):
        packet = row["seq"], row["direction"]
        sent[row["seq"]] = int(row["tx_ns"] or 0) / 1e9
        if row["kind"] == "wire":
            wire[packet] = row["where"]
        else:
            arrived.add(packet)
    holder.cleanup()
    print("sent          number  guest to host       host to guest")
    for number in numbers:
        t = sent[number]
        line = "%s.%03d %7s" % (time.strftime("%H:%M:%S", time.localtime(t)),
                                t % 1 * 1e3, number)
        for packet in ((number, d) for d in DIRECTIONS):
            line += "  %-9s  %-7s" % (
                wire.get(packet, "-"),
                "arrived" if packet in arrived else "lost")
        print(line.rstrip())


# ---------------------------------------------------------------------- Main

def read_runs(folders):
    runs = []
    for folder in folders:
        for run in read_events(os.path.join(folder, "events")):
            measure(run, folder)
            runs.append(run)
    return runs


def environment_of(build, folders, runs):
    environment = benchlib.environment(benchlib.Context(build, False))
    config = dict(line.rstrip("\n").split("=", 1)
                  for line in open(os.path.join(folders[0], "config")))
    environment["guest_kernel"] = config["kernel"]
    # At that time.
    environment["commit"] = config.get("commit", environment["commit"])
    environment["date"] = time.strftime(
        "%Y-%m-%d %H:%M:%S %z",
        time.localtime(runs[0]["cycles"][0]["start"]))
    return environment


def main():
    args = sys.argv[1:]
    if args == ["--commit"]:
        print(benchlib.commit())
        return
    if args[:1] == ["--show"] and len(args) > 3:
        show(args[1], args[2], args[3:])
        return
    if len(args) < 3:
        raise SystemExit("usage: compare.py BUILD OUTPUT RUN...\n"
                         "       compare.py --from FOLDER OUTPUT\n"
                         "       compare.py --show FOLDER RUN NUMBER...\n"
                         "       compare.py --commit")
    if args[0] == "--from":
        _, folder, output = args
        folders, holder = unpack(os.path.join(folder, ARCHIVE))
        runs = read_runs(folders)
        holder.cleanup()
        with open(os.path.join(folder, "results.json")) as stream:
            environment = json.load(stream)["environment"]
        os.makedirs(output, exist_ok=True)
    else:
        build, output, *folders = args
        runs = read_runs(folders)
        environment = environment_of(build, folders, runs)
        os.makedirs(output, exist_ok=True)
        pack(folders, os.path.join(output, ARCHIVE))
    results = {"environment": environment, "runs": runs}
    with open(os.path.join(output, "results.json"), "w") as stream:
        json.dump(results, stream, indent=1)
        stream.write("\n")
    with open(os.path.join(output, "results.rst"), "w") as stream:
        stream.write(results_rst(results))


if __name__ == "__main__":
    main()
