# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# What packets and idle polls cost in ovs-vswitchd, with its datapath around
# the port, in the lab.

import os
import re
import signal
import subprocess
import time

import benchlib

NETVSC = ["type=netvsc", "options:force=true", "options:vf-flap-limit=0",
          "options:synthetic=af_packet"]

# A port by itself, which sends what it receives: net_null always has a full
# burst.  "netvsc" in the lab always has a VF, whose device is a net_null.
HAIRPIN = {
    "bare": ["type=dpdk", "options:dpdk-devargs=net_null_%d"],
    "netvsc-vf": NETVSC + ["options:vf=net_null_%d"],
    "failsafe": ["type=dpdk", "options:dpdk-devargs=\"net_failsafe%d,"
                 "dev(net_null_f%d),dev(net_af_packet_f%d,iface=eth1)\""],
}
# The same devices receive from a port with net_null.
FORWARD = {
    "bare af_packet": ["type=dpdk", "options:dpdk-devargs=net_af_packet_%d,"
                       "iface=eth1"],
    "netvsc-synthetic": NETVSC + ["options:vf=off"],
}


def perf(lab, seconds):
    """Cycles per packet of the PMD thread when it was busy."""
    lab.appctl("dpif-netdev/pmd-stats-clear")
    time.sleep(seconds)
    text = lab.appctl("dpif-netdev/pmd-perf-show", "-nh")
    match = re.search(r"Rx packets:\s*(\d+)\s*\(.*?,\s*([\d.]+) cycles/pkt",
                      text)
    if not match or not int(match.group(1)):
        raise RuntimeError("no packets: " + text)
    return float(match.group(2))


def numbered(words, n):
    return [w.replace("%d", str(n)) for w in words]


def packets(context):
    values = {name: [] for name in list(HAIRPIN) + list(FORWARD)}
    n = 0
    with benchlib.Lab(context, "--vf") as lab:
        lab.vsctl("add-br", "br0", "--", "set", "Bridge", "br0",
                  "datapath_type=netdev")
        # The tables have what is wanted before there are packets.
        lab.run("ovs-ofctl", "del-flows", "br0")
        for rep in range(1 if context.quick else 15):
            names = list(values)
            for name in names[rep % len(names):] + names[:rep % len(names)]:
                n += 1
                hairpin = name in HAIRPIN
                lab.run("ovs-ofctl", "add-flow", "br0", "in_port=%d,actions=%s"
                        % ((1, "in_port") if hairpin else (2, "output:1")))
                lab.vsctl("add-port", "br0", "eth1", "--", "set", "Interface",
                          "eth1", "ofport_request=1",
                          *numbered(HAIRPIN[name] if hairpin
                                    else FORWARD[name], n))
                if name.startswith("netvsc"):
                    lab.wait_path("vf" if hairpin else "synthetic")
                if not hairpin:
                    lab.vsctl("add-port", "br0", "source", "--", "set",
                              "Interface", "source", "ofport_request=2",
                              "type=dpdk", "options:dpdk-devargs=net_null_s%d"
                              % n)
                time.sleep(0.2)
                values[name].append(perf(lab, 0.3 if context.quick else 0.5))
                if not hairpin:
                    lab.vsctl("del-port", "source")
                lab.vsctl("del-port", "eth1")
                lab.restore_mac()
                lab.run("ovs-ofctl", "del-flows", "br0")
    rows = []
    for name, v in values.items():
        base = values["bare" if name in HAIRPIN else "bare af_packet"]
        rows.append([name, "VF's device to itself" if name in HAIRPIN
                     else "net_null to NetVSC",
                     benchlib.spread(benchlib.summary(v)),
                     "%.3f" % benchlib.ratio(v, base)])
    return {"title": "Cycles per packet in ovs-vswitchd",
            "header": ["port", "packets pass from", "cycles",
                       "ratio to *bare*"],
            "rows": rows,
            "note": "Of one PMD thread, as ``dpif-netdev/pmd-perf-show`` has "
            "them, full bursts, one flow.  What is sent to the NetVSC ends in "
            "the host's end of the wire, and most of it is the kernel's.",
            "command": "bench.py datapath"}, values


IDLE = {
    "a bare dpdk port": ["type=dpdk",
                         "options:dpdk-devargs=\"net_null_%d,no-rx=1\""],
    "netvsc, VF and af_packet": NETVSC + [
        "options:vf=\"net_null_%d,no-rx=1\""],
    "netvsc, af_packet alone": NETVSC + ["options:vf=off"],
    "netvsc, VF and af_xdp": NETVSC[:-1] + [
        "options:synthetic=af_xdp", "options:vf=\"net_null_%d,no-rx=1\""],
    "netvsc, af_xdp alone": NETVSC[:-1] + ["options:synthetic=af_xdp",
                                           "options:vf=off"],
    "failsafe, VF and af_packet": [
        "type=dpdk", "options:dpdk-devargs=\"net_failsafe%d,"
        "dev(net_null_i%d,no-rx=1),dev(net_af_packet_i%d,iface=eth1)\""],
    "failsafe, VF and af_xdp": [
        "type=dpdk", "options:dpdk-devargs=\"net_failsafe%d,"
        "dev(net_null_i%d,no-rx=1),"
        "dev(net_af_xdp_i%d,iface=eth1,busy_budget=0)\""],
}


def pmd_threads(lab):
    tasks = "/proc/%d/task" % lab.vswitchd_pid()
    return [int(t) for t in os.listdir(tasks)
            if open("%s/%s/comm" % (tasks, t)).read().startswith("pmd-")]


def count_calls(lab, seconds):
    """The system calls of all PMD threads, by name."""
    path = lab.dir + "/strace"
    command = ["strace", "-qq", "-o", path]
    for thread in pmd_threads(lab):
        command += ["-p", str(thread)]
    strace = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    strace.send_signal(signal.SIGINT)
    strace.wait(timeout=20)
    calls = {}
    for line in open(path):
        match = re.match(r"(?:\d+ +)?(\w+)\(", line)
        if match:
            calls[match.group(1)] = calls.get(match.group(1), 0) + 1
    return calls


def idle(context):
    seconds = 0.5 if context.quick else 3
    rows, raw = [], []
    with benchlib.Lab(context, "--vf") as lab:
        lab.vsctl("add-br", "br0", "--", "set", "Bridge", "br0",
                  "datapath_type=netdev")
        for n, (name, words) in enumerate(IDLE.items()):
            lab.vsctl("add-port", "br0", "eth1", "--", "set", "Interface",
                      "eth1", *numbered(words, n))
            if name.startswith("netvsc"):
                lab.wait_path("vf" if "VF" in name else "synthetic")
            time.sleep(0.5)
            lab.appctl("dpif-netdev/pmd-stats-clear")
            calls = count_calls(lab, seconds)
            text = lab.appctl("dpif-netdev/pmd-perf-show", "-nh")
            match = re.search(r"Iterations:\s*(\d+)", text)
            raw.append({"name": name, "seconds": seconds, "calls": calls})
            total = sum(calls.values())
            rows.append([name, "{:,.0f}".format(total / seconds),
                         ", ".join(sorted(calls)) or "none",
                         match.group(1) if match else "-"])
            lab.vsctl("del-port", "eth1")
            lab.restore_mac()
    return {"title": "System calls of a PMD thread with an idle port",
            "header": ["port", "a second", "which", "rounds of the thread"],
            "rows": rows,
            "note": "As strace sees them, in %g seconds." % seconds,
            "command": "bench.py datapath"}, raw


def run(context):
    packets_table, packets_raw = packets(context)
    idle_table, idle_raw = idle(context)
    return {"tables": [packets_table, idle_table],
            "raw": {"packets": packets_raw, "idle": idle_raw}}
