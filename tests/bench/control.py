# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# What the control plane costs: attaching a VF, the main thread's longest
# stall, events of other devices, ports.

import datetime
import json
import os
import re
import socket
import subprocess
import threading
import time

import benchlib


# Debian's DPDK has so many devices at most, RTE_MAX_ETHPORTS; the lab needs
# one besides, and one port is there from the start.
MAX_PORTS = 32 - 2


class Heartbeat(threading.Thread):
    """Asks ovs-vswitchd's main thread something trivial all the time, over one
    connection.  'longest' is the longest that it took to answer, ms."""

    def __init__(self, lab):
        super().__init__(daemon=True)
        pid = lab.vswitchd_pid()
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect("%s/ovs-vswitchd.%d.ctl" % (lab.dir, pid))
        self.sock.settimeout(30)
        self.longest = 0.0
        self.stopping = False

    def run(self):
        n = 0
        while not self.stopping:
            n += 1
            start = time.monotonic()
            self.sock.sendall(json.dumps(
                {"method": "version", "params": [], "id": n}).encode())
            answer = ""
            while answer.count("{") == 0 or \
                    answer.count("{") != answer.count("}"):
                answer += self.sock.recv(65536).decode()
            self.longest = max(self.longest,
                               (time.monotonic() - start) * 1000)
            time.sleep(0.001)

    def take(self):
        longest, self.longest = self.longest, 0.0
        return longest

    def stop(self):
        self.stopping = True
        self.join()
        self.sock.close()


# A VF's options and the devargs of a dpdk port with the same driver.  What
# net_af_xdp asks of the kernel makes all wait that ask the kernel for anything
# about its devices, which the main thread does for each bridge's own port.
# net_null asks nothing: what is left is this project's and Open vSwitch's.
DRIVERS = {
    "net_af_xdp": ("options:vf=any",
                   "net_af_xdp_peer%d,iface=peer0,busy_budget=0"),
    "net_null": ("options:vf=\"net_null_vf,no-rx=1\"",
                 "net_null_peer%d,no-rx=1"),
}
STALLS = ["attach", "dpdk add", "plug", "detach", "dpdk del", "unplug", "idle"]

STAGES = ["message to opening", "dpdk", "rest", "publish", "whole",
          "less dpdk"]


def stages(transitions):
    """Where the milliseconds went from the kernel's message that the VF is up
    to its use, from a port's history.  The history's own times are whole
    milliseconds, what it tells in microseconds is exact.

    What the history does not tell is left out."""
    def when(t):
        return datetime.datetime.strptime(
            t["time"], "%Y-%m-%dT%H:%M:%S.%fZ").timestamp() * 1000

    def last(subject, to, before=None):
        return [t for t in transitions[:before] if t["subject"] == subject
                and t["to"] == to][-1]

    used = last("port", "vf")
    before = transitions.index(used) + 1
    opening, opened = last("vf", "opening", before), last("vf", "open", before)
    took = re.search(r"took (\d+) ms(?:, DPDK (\d+) us)?",
                     opened["reason"])
    found = {}
    if "reaction_us" in used:
        found["whole"] = used["reaction_us"] / 1000
        found["message to opening"] = max(
            0, found["whole"] - (when(used) - when(opening)))
    if took:
        found["publish"] = max(
            0, when(used) - when(opening) - int(took.group(1)))
    if took and took.group(2):
        found["dpdk"] = int(took.group(2)) / 1000
        found["rest"] = max(0, int(took.group(1)) - found["dpdk"])
        if "whole" in found:
            found["less dpdk"] = found["whole"] - found["dpdk"]
    return found


def attach_once(lab, beat, vf_option, devargs, raw):
    """The VF is attached and lost, then the same is done with a dpdk port.  And
    the VF comes and goes unused: the lab's own work for that is on the
    processor of the main thread."""
    beat.take()
    time.sleep(0.3)
    raw["idle"].append(beat.take())
    lab.lab("plug")
    lab.wait_path("vf")
    time.sleep(0.1)
    raw["attach"].append(beat.take())
    history = json.loads(lab.appctl("netvsc/history", "--json", "eth1"))
    for stage, ms in stages(history[0]["transitions"]).items():
        raw[stage].append(ms)
    beat.take()
    lab.lab("unplug")
    lab.wait_path("synthetic")
    time.sleep(0.2)
    raw["detach"].append(beat.take())
    lab.vsctl("add-port", "br0", "peer", "--", "set", "Interface", "peer",
              "type=dpdk", "options:dpdk-devargs=\"%s\"" % devargs)
    time.sleep(0.1)
    raw["dpdk add"].append(beat.take())
    lab.vsctl("del-port", "peer")
    time.sleep(0.2)
    raw["dpdk del"].append(beat.take())
    lab.vsctl("set", "Interface", "eth1", "options:vf=off")
    time.sleep(0.1)
    for what in ("plug", "unplug"):
        beat.take()
        lab.lab(what)
        time.sleep(0.3)
        raw[what].append(beat.take())
    lab.vsctl("set", "Interface", "eth1", vf_option)


def attach(context):
    """Where the time goes from the VF's appearance to its use, and how long
    the main thread does not answer meanwhile."""
    raw = {}
    rows = []
    for driver, (vf_option, devargs) in DRIVERS.items():
        values = {key: [] for key in STAGES + STALLS}
        with benchlib.Lab(context) as lab:
            lab.add_bridge()
            lab.add_netvsc("eth1", "options:synthetic=af_packet", vf_option)
            lab.wait_path("synthetic")
            # Whose add-port and del-port are the measure.
            lab.guest("ip", "link", "add", "peer0", "up", "type", "veth",
                      "peer", "name", "peer1")
            beat = Heartbeat(lab)
            beat.start()
            for i in range(2 if context.quick else 20):
                attach_once(lab, beat, vf_option,
                            devargs.replace("%d", str(i)), values)
            beat.stop()
            with open(lab.dir + "/ovs-vswitchd.log") as log:
                values["warnings"] = sum(
                    "Unreasonably long" in line for line in log)
        # One after the other, under the same conditions.
        values["attach, more"] = [x - max(y) for x, *y in zip(
            values["attach"], values["dpdk add"], values["plug"])]
        values["detach, more"] = [x - max(y) for x, *y in zip(
            values["detach"], values["dpdk del"], values["unplug"])]
        raw[driver] = values
    for key, title in [
            ("message to opening",
             "from the kernel's message to when the VF is being opened"),
            ("dpdk", "... DPDK probes, configures and starts it"),
            ("rest", "... the rest of opening it"),
            ("publish", "... from there to its use"),
            ("whole", "all of that"),
            ("less dpdk", "... less what DPDK needs"),
            ("attach", "main thread's longest silence, VF attached"),
            ("dpdk add", "... a dpdk port of the same driver is added"),
            ("plug", "... a VF appears that is not used"),
            ("attach, more", "... VF attached, less the longer of these"),
            ("detach", "... VF lost"),
            ("dpdk del", "... a dpdk port of the same driver is removed"),
            ("unplug", "... a VF goes that was not used"),
            ("detach, more", "... VF lost, less the longer of these"),
            ("idle", "... nothing happens")]:
        rows.append([title] + [
            benchlib.spread(benchlib.summary(v[key]), longest=True)
            for v in raw.values()])
    rows.append(["\"Unreasonably long\" poll intervals in Open vSwitch's log"]
                + [str(v["warnings"]) for v in raw.values()])
    return {"title": "A VF is attached and lost, milliseconds",
            "header": ["the VF's driver is"] + list(DRIVERS), "rows": rows,
            "note": "Median, range and max.  The first, third and fourth of "
            "these are differences of whole milliseconds, wrong by up to 2; "
            "*all of that* and DPDK's time are exact.",
            "command": "bench.py control"}, raw


def add_links(lab, n):
    """N devices for ports to drive.  Returns their names."""
    names = ["nv%d" % i for i in range(n)]
    for name in names:
        lab.guest("ip", "link", "add", name, "up", "type", "veth", "peer",
                  "name", name + "p")
    return names


NETVSC = ["type=netvsc", "options:force=true", "options:vf=any",
          "options:synthetic=af_packet"]
# What DPDK has by itself, with rings like those of a netvsc port.
DPDK = ["type=dpdk", "options:dpdk-devargs=\"net_af_packet_%s,iface=%s,"
        "framesz=2048,blocksz=8192,framecnt=2048\""]


def add_ports(lab, names, words=NETVSC):
    """A port for each of NAMES, at once."""
    command = []
    for name in names:
        command += ["--", "add-port", "br0", name, "--", "set", "Interface",
                    name] + [w.replace("%s", name) for w in words]
    lab.vsctl(*command[1:])


def del_ports(lab, names):
    command = []
    for name in names:
        command += ["--", "del-port", name]
    lab.vsctl(*command[1:])


def wait_ports(lab, n):
    lab.wait(lambda: lab.appctl("netvsc/show").count(
        "transmitting on: synthetic ") == n, 60)


def cpu_us(lab, *command):
    """CPU time of COMMAND in the guest, microseconds."""
    process = subprocess.Popen(
        ["ip", "netns", "exec", "netvsc-%s-guest" % lab.name] + list(command))
    status, usage = os.wait4(process.pid, 0)[1:]
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError("%s: %d" % (" ".join(command), process.returncode))
    return (usage.ru_utime + usage.ru_stime) * 1e6


def storm_of(lab, batch, n_events):
    """CPU time for an event of BATCH, microseconds: of the process that makes
    them, in whose context the kernel looks who wants to know of it; of the
    monitor; and of ovs-vswitchd's main thread."""
    def threads():
        return [lab.thread_times("netvsc_monitor"), lab.main_time()]
    before = threads()
    sender = cpu_us(lab, "ip", "-batch", batch)
    time.sleep(0.2)
    return [sender / n_events] + [
        (x - y) / 1000 / n_events for x, y in zip(threads(), before)]


class Storm:
    """Two labs with the same devices, one of which has netvsc ports and the
    other as many dpdk ports on devices of the same kind.  What differs is
    netvsc's."""

    def __init__(self, labs, context):
        self.labs = labs                # netvsc's, dpdk's.
        self.context = context
        self.names, self.links, self.ports = [], 0, 0
        for lab in labs:
            lab.add_bridge()
            names = add_links(lab, 2 if context.quick else MAX_PORTS)
        self.names = names

    def set_links(self, n):
        """N other devices, which are never less than before."""
        path = self.labs[0].dir + "/batch"
        with open(path, "w") as f:
            f.writelines(
                "link add other%d type veth peer name other%dp\n" % (i, i)
                for i in range(self.links // 2, n // 2))
        for lab in self.labs:
            lab.guest("ip", "-batch", path, timeout=600)
        self.links = n

    def set_ports(self, n):
        for lab, words in zip(self.labs, [NETVSC, DPDK]):
            if n < self.ports:
                del_ports(lab, self.names[n:self.ports])
            elif n > self.ports:
                add_ports(lab, self.names[self.ports:n], words)
        self.ports = n
        wait_ports(self.labs[0], n)

    def measure(self, of_interest=False):
        # Many short pairs, as what is left of a long one is mostly the
        # machine's.  50,000 in all.
        n_events = 1000 if self.context.quick else 2000
        repetitions = 2 if self.context.quick else 25
        path = self.labs[0].dir + "/batch"
        with open(path, "w") as f:
            # A port's own device, of which it wants to know all, or another.
            f.writelines(
                "link set dev %s %s%d\n"
                % (("nv0", "alias x", i % 2) if of_interest
                   else ("other0", "mtu ", 1400 + i % 2))
                for i in range(n_events))
        time.sleep(0.5)
        pairs = []
        for i in range(repetitions):
            pair = [None, None]
            for which in (0, 1) if i % 2 else (1, 0):
                pair[which] = storm_of(self.labs[which], path, n_events)
            pairs.append(pair)
        more = [[x - y for x, y in zip(*pair)] for pair in pairs]
        return {"links": self.links, "ports": self.ports, "events": n_events,
                "of interest": of_interest, "pairs": pairs,
                "sender": [m[0] for m in more],
                "monitor": [m[1] for m in more],
                "main": [m[2] for m in more],
                "own": [m[0] + m[1] for m in more]}


def storm(context):
    """An event of a device of no interest, with few other devices and ports
    and with many, and one of a port's own device."""
    raw = []
    with benchlib.Lab(context) as lab, \
            benchlib.Lab(context, suffix="-dpdk") as peer:
        both = Storm([lab, peer], context)
        for n_links, n_ports in ([(2, 1), (64, 2)] if context.quick else
                                 [(2, 1), (2, 16), (2, MAX_PORTS), (512, 1),
                                  (4096, 1), (4096, MAX_PORTS)]):
            if n_links > both.links:
                both.set_links(n_links)
            both.set_ports(n_ports)
            raw.append(both.measure())
            if len(raw) == 1:
                raw.append(both.measure(of_interest=True))
    rows = [["a port's own" if x["of interest"] else "another",
             "{:,}".format(x["links"]), str(x["ports"]),
             "{:,}".format(x["events"])]
            + [benchlib.spread(benchlib.summary(x[key]), 3)
               for key in ("sender", "monitor", "own", "main")]
            for x in raw]
    return {"title": "CPU time for an event of a device, microseconds",
            "header": ["device", "other links", "netvsc ports", "events",
                       "its sender", "the monitor", "these two",
                       "the main thread"],
            "rows": rows,
            "note": "How much more than with as many dpdk ports over "
            "net_af_packet: median and range of %d pairs of runs.  The sender "
            "pays for the kernel's looking whether a socket wants the event.  "
            "The main thread handles each for Open vSwitch itself, with any "
            "kind of ports, which takes far longer than these, now more and "
            "now less." % len(raw[0]["own"]),
            "command": "bench.py control"}, raw


def ports(context):
    """How long it takes to add ports, and their memory."""
    rows, raw = [], []
    for n in [1, 4] if context.quick else [1, 4, 16, MAX_PORTS]:
        with benchlib.Lab(context) as lab:
            lab.add_bridge()
            names = add_links(lab, n)
            pid = lab.vswitchd_pid()

            def rss():
                return int(re.search(r"VmRSS:\s*(\d+)", open(
                    "/proc/%d/status" % pid).read()).group(1))
            lab.add_netvsc("eth1", "options:synthetic=af_packet")
            lab.wait_path("synthetic")
            before = rss()
            start = time.monotonic()
            add_ports(lab, names)
            added = time.monotonic() - start
            wait_ports(lab, n + 1)
            used = time.monotonic() - start
            kib = (rss() - before) / n
            raw.append({"ports": n, "added_s": added, "used_s": used,
                        "kib": kib})
            rows.append([str(n), benchlib.number(added * 1000 / n),
                         benchlib.number(used * 1000 / n),
                         benchlib.number(kib, 0)])
    return {"title": "Ports added at once, for each",
            "header": ["ports", "ms until ovs-vsctl returns",
                       "ms until all transmit", "KiB resident"],
            "rows": rows,
            "note": "Most of the memory is the ring that net_af_packet maps.",
            "command": "bench.py control"}, raw


def run(context):
    tables, raw = [], {}
    for name, function in [("attach", attach), ("storm", storm),
                           ("ports", ports)]:
        table, values = function(context)
        tables.append(table)
        raw[name] = values
    return {"tables": tables, "raw": raw}
