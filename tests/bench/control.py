# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# What the control plane costs: attaching a VF, the main thread's longest
# stall, events of other devices, ports.

import json
import re
import socket
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
    "net_af_xdp": ([], "net_af_xdp_peer%d,iface=peer0,busy_budget=0"),
    "net_null": (["options:vf=\"net_null_vf,no-rx=1\""],
                 "net_null_peer%d,no-rx=1"),
}
STALLS = ["attach", "dpdk add", "detach", "dpdk del", "idle"]


def attach_once(lab, beat, devargs, raw):
    """The VF is attached and lost, then the same is done with a dpdk port."""
    beat.take()
    time.sleep(0.3)
    raw["idle"].append(beat.take())
    lab.lab("plug")
    lab.wait_path("vf")
    time.sleep(0.1)
    raw["attach"].append(beat.take())
    history = lab.appctl("netvsc/history", "eth1")
    took = re.findall(r"vf: opening -> open \(.*took (\d+) ms\)", history)
    raw["probe"].append(float(took[-1]))
    opening = re.findall(r"(\S+) (\S+) vf: closed -> opening", history)[-1]
    used = re.findall(r"(\S+) (\S+) port: synthetic -> vf", history)[-1]

    def ms(stamp):
        t = time.strptime(stamp[1][:8], "%H:%M:%S")
        return ((t.tm_hour * 60 + t.tm_min) * 60 + t.tm_sec) * 1000 \
            + int(stamp[1][9:12])
    raw["rest"].append((ms(used) - ms(opening)) % 86400000 - float(took[-1]))
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


def attach(context):
    """Where the time goes from the VF's appearance to its use, and how long
    the main thread does not answer meanwhile."""
    raw = {}
    rows = []
    for driver, (options, devargs) in DRIVERS.items():
        values = {key: [] for key in ["probe", "rest"] + STALLS}
        with benchlib.Lab(context) as lab:
            lab.add_bridge()
            lab.add_netvsc("eth1", "options:synthetic=af_packet", *options)
            lab.wait_path("synthetic")
            # Whose add-port and del-port are the measure.
            lab.guest("ip", "link", "add", "peer0", "up", "type", "veth",
                      "peer", "name", "peer1")
            beat = Heartbeat(lab)
            beat.start()
            for i in range(2 if context.quick else 20):
                attach_once(lab, beat, devargs.replace("%d", str(i)), values)
            beat.stop()
        # One after the other, under the same conditions.
        values["attach, more"] = [
            x - y for x, y in zip(values["attach"], values["dpdk add"])]
        values["detach, more"] = [
            x - y for x, y in zip(values["detach"], values["dpdk del"])]
        raw[driver] = values
    for key, title in [
            ("probe", "DPDK opens the VF"),
            ("rest", "from the monitor's plan to the first use, less that"),
            ("attach", "main thread's longest silence, VF attached"),
            ("dpdk add", "... a dpdk port of the same driver is added"),
            ("attach, more", "... VF attached, less that"),
            ("detach", "... VF lost"),
            ("dpdk del", "... a dpdk port of the same driver is removed"),
            ("detach, more", "... VF lost, less that"),
            ("idle", "... nothing happens")]:
        rows.append([title] + [benchlib.spread(benchlib.summary(v[key]))
                               for v in raw.values()])
    return {"title": "A VF is attached and lost, milliseconds",
            "header": ["the VF's driver is"] + list(DRIVERS), "rows": rows,
            "note": "Median and range.  Times of the history are whole "
            "milliseconds, so that differences are wrong by up to 2.",
            "command": "bench.py control"}, raw


def add_links(lab, n):
    """N devices for ports to drive.  Returns their names."""
    names = ["nv%d" % i for i in range(n)]
    for name in names:
        lab.guest("ip", "link", "add", name, "up", "type", "veth", "peer",
                  "name", name + "p")
    return names


def add_ports(lab, names):
    """A port for each of NAMES, at once."""
    command = []
    for name in names:
        command += ["--", "add-port", "br0", name, "--", "set", "Interface",
                    name, "type=netvsc", "options:force=true",
                    "options:vf=any", "options:synthetic=af_packet"]
    lab.vsctl(*command[1:])


def wait_ports(lab, n):
    lab.wait(lambda: lab.appctl("netvsc/show").count(
        "transmitting on: synthetic ") == n, 60)


def storm_once(context, n_links, n_ports, n_events):
    """What an event costs the monitor, microseconds of CPU time."""
    with benchlib.Lab(context) as lab:
        lab.add_bridge()
        add_ports(lab, add_links(lab, n_ports))
        wait_ports(lab, n_ports)
        path = lab.dir + "/batch"
        open(path, "w").write("".join(
            "link add other%d type veth peer name other%dp\n" % (i, i)
            for i in range(n_links // 2)))
        lab.guest("ip", "-batch", path, timeout=600)
        open(path, "w").write("".join(
            "link set dev other0 mtu %d\n" % (1400 + i % 2)
            for i in range(n_events)))
        time.sleep(0.5)
        before = lab.thread_times("netvsc_monitor")
        lab.guest("ip", "-batch", path, timeout=600)
        time.sleep(0.5)
        return (lab.thread_times("netvsc_monitor") - before) / 1000 / n_events


def storm(context):
    """An event of a device of no interest, with few other devices and ports
    and with many."""
    rows, raw = [], []
    n_events = 2000 if context.quick else 20000
    for n_links, n_ports in ([(2, 1), (64, 2)] if context.quick else
                             [(2, 1), (512, 1), (4096, 1), (2, 16),
                              (2, MAX_PORTS), (4096, MAX_PORTS)]):
        us = storm_once(context, n_links, n_ports, n_events)
        raw.append({"links": n_links, "ports": n_ports, "events": n_events,
                    "us": us})
        rows.append(["{:,}".format(n_links), str(n_ports),
                     "{:,}".format(n_events), benchlib.number(us, 3)])
    return {"title": "CPU time of the monitor for an event of another device",
            "header": ["other links", "netvsc ports", "events",
                       "microseconds each"],
            "rows": rows, "command": "bench.py control"}, raw


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
