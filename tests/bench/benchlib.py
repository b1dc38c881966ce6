# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# What the benchmarks have in common: arithmetic, the lab, tables and plots.

import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


class Context:
    def __init__(self, build, quick):
        self.build = build
        self.quick = quick
        makefile = open(os.path.join(build, "Makefile")).read()
        self.ovs_build = re.search(r"^OVS_BUILD = (.*)$", makefile,
                                   re.M).group(1)
        self.ovs_source = re.search(r"^OVS_SRC = (.*)$", makefile,
                                    re.M).group(1)

    def program(self, name):
        path = os.path.join(self.build, name)
        if not os.path.exists(path):
            raise SystemExit("%s is not there: make all, make check-programs"
                             % path)
        return path


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True,
                              text=True).stdout.splitlines()[0]
    except (OSError, IndexError):
        return "unknown"


def commit():
    """Of this tree, with "-dirty" if there are changes that are not committed,
    but to the documentation, where results are put."""
    name = first_line("git", "-C", TOP, "describe", "--always")
    if name != "unknown" and subprocess.run(
            ["git", "-C", TOP, "diff", "--quiet", "HEAD", "--", ".",
             ":!Documentation"]).returncode:
        name += "-dirty"
    return name


def environment(context):
    cpu = re.search(r"model name\s*: (.*)", open("/proc/cpuinfo").read())
    config = open(os.path.join(context.build, "netvsc-config.h")).read()
    version = re.search(r'define NETVSC_OVS_VERSION "(.*)"', config)
    return {
        "date": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        "commit": commit(),
        "kernel": platform.release(),
        "cpu": cpu.group(1) if cpu else platform.machine(),
        "cpus": os.cpu_count(),
        "ovs": version.group(1) if version else "unknown",
        "dpdk": first_line("pkg-config", "--modversion", "libdpdk"),
        "load_before": os.getloadavg(),
    }


# -------------------------------------------------------------- Arithmetic

median = statistics.median


def percentile(values, p):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * p / 100))]


def summary(values):
    """What is shown of repetitions: the middle, and the range of all but the
    outer tenths, which on a machine with other things to do mean little."""
    if not values:
        return {"n": 0}
    return {
        "n": len(values),
        "median": statistics.median(values),
        "p10": percentile(values, 10),
        "p90": percentile(values, 90),
        "p99": percentile(values, 99),
        "min": min(values),
        "max": max(values),
    }


def ratios(values, base):
    """Of repetitions that were made one right after the other."""
    return [a / b for a, b in zip(values, base)]


def ratio(values, base):
    return median(ratios(values, base))


def number(x, digits=1):
    return "-" if x is None else "%.*f" % (digits, x)


def spread(s, digits=1, longest=False):
    """A summary as text."""
    if not s["n"]:
        return "-"
    text = "%s (%s - %s)" % (number(s["median"], digits),
                             number(s["p10"], digits),
                             number(s["p90"], digits))
    return text + ", max %s" % number(s["max"], digits) if longest else text


def points(values):
    """A plot's points, the part of VALUES that is not more than each: no more
    than a hundred."""
    values = sorted(values)
    step = max(1, len(values) // 100)
    chosen = list(range(step - 1, len(values), step))
    return [[values[i], 100.0 * (i + 1) / len(values)] for i in chosen] + [
        [values[-1], 100]] if values else []


# ----------------------------------------------------------------- The lab

class Lab:
    """utilities/ovs-netvsc-lab, as a context manager."""

    def __init__(self, context, *options, suffix=""):
        self.name = "bench-%d%s" % (os.getpid(), suffix)
        self.context = context
        self.options = options
        self.env = dict(
            os.environ,
            OVS_VSWITCHD=context.program("vswitchd-plugin/ovs-vswitchd"),
            OVS_BUILD_DIR=context.ovs_build,
            OVS_SOURCE_DIR=context.ovs_source,
            OVS_CTL_TIMEOUT="30")
        self.dir = os.path.join(os.environ.get("OVS_NETVSC_LAB_DIR",
                                               "/run/ovs-netvsc-lab"),
                                self.name)

    def __enter__(self):
        self.lab("up", *self.options)
        self.mac = self.guest("cat", "/sys/class/net/eth1/address").strip()
        for line in self.lab("env").splitlines():
            match = re.match(r"export (\w+)=(.*)", line)
            if match:
                self.env[match.group(1)] = match.group(2).strip("'\"")
        return self

    def __exit__(self, *_):
        self.lab("down")

    def run(self, *command, check=True, timeout=120):
        result = subprocess.run(command, env=self.env, text=True,
                                capture_output=True, timeout=timeout)
        if check and result.returncode:
            raise RuntimeError("%s: %s%s" % (" ".join(command),
                                             result.stdout, result.stderr))
        return result.stdout

    def lab(self, *args):
        return self.run(os.path.join(TOP, "utilities/ovs-netvsc-lab"),
                        "--name", self.name, *args)

    def vsctl(self, *args):
        return self.run("ovs-vsctl", *args)

    def appctl(self, *args):
        return self.run("ovs-appctl", *args)

    def guest(self, *args, **kwargs):
        return self.run("ip", "netns", "exec",
                        "netvsc-%s-guest" % self.name, *args, **kwargs)

    def host(self, *args, **kwargs):
        return self.run("ip", "netns", "exec", "netvsc-%s-host" % self.name,
                        *args, **kwargs)

    def restore_mac(self, nic="eth1"):
        """net_failsafe gives its devices an address of its own."""
        self.guest("ip", "link", "set", "dev", nic, "address", self.mac)

    def vswitchd_pid(self):
        return int(open(os.path.join(self.dir, "ovs-vswitchd.pid")).read())

    def add_bridge(self):
        self.vsctl("add-br", "br0", "--", "set", "Bridge", "br0",
                   "datapath_type=netdev", "--", "add-port", "br0", "app0",
                   "--", "set", "Interface", "app0", "type=dpdk",
                   "options:dpdk-devargs=net_af_packet_app0,iface=app0,"
                   "framecnt=4096")

    def add_netvsc(self, name="eth1", *options):
        self.vsctl("add-port", "br0", name, "--", "set", "Interface", name,
                   "type=netvsc", "options:force=true", "options:vf=any",
                   "options:vf-flap-limit=0", *options)

    def wait_path(self, path, port="eth1", timeout=20):
        try:
            self.wait(lambda: "transmitting on: %s " % path
                      in self.appctl("netvsc/show", port), timeout)
        except RuntimeError as error:
            raise RuntimeError("%s: %s" % (error, self.appctl("netvsc/show",
                                                              port)))

    def wait(self, condition, timeout=20):
        end = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > end:
                raise RuntimeError("not within %d s" % timeout)
            time.sleep(0.01)

    def thread_times(self, name):
        """CPU time of threads whose name begins with NAME, ns."""
        total = 0
        tasks = "/proc/%d/task" % self.vswitchd_pid()
        for task in os.listdir(tasks):
            path = os.path.join(tasks, task)
            if open(path + "/comm").read().startswith(name):
                total += int(open(path + "/schedstat").read().split()[0])
        return total

    def main_time(self):
        """CPU time of ovs-vswitchd's main thread, ns."""
        pid = self.vswitchd_pid()
        with open("/proc/%d/task/%d/schedstat" % (pid, pid)) as f:
            return int(f.read().split()[0])

    def start_traffic(self, rate, *options, settle=1):
        self.json = os.path.join(self.dir, "traffic.json")
        self.traffic = subprocess.Popen(
            [self.context.program("tests/netvsc-traffic"),
             "--guest", "netvsc-%s-guest:app1" % self.name,
             "--host", "netvsc-%s-host:host0" % self.name,
             "--rate", str(rate), "--watch-mac", "eth1",
             "--json", self.json] + list(options),
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, text=True)
        time.sleep(settle)

    def stop_traffic(self):
        self.traffic.communicate("quit\n", timeout=60)
        return json.load(open(self.json))


# -------------------------------------------------------- Tables and plots

def table_rst(table):
    """A table is a dictionary: "title", "header" and "rows", lists of text,
    and "note" and "command"."""
    lines = ["", table["title"], "~" * len(table["title"]), "",
             ".. list-table::", "   :header-rows: 1", ""]
    for row in [table["header"]] + table["rows"]:
        for i, cell in enumerate(row):
            lines.append(("   %s - %s" % (" " if i else "*", cell)).rstrip())
    for text in (table.get("note"),
                 "command" in table and "``%s``" % table["command"]):
        if text:
            lines += ["", text]
    return "\n".join(lines + [""])


def results_rst(results, goals):
    """All tables, that of GOALS first."""
    env = results["environment"]
    lines = [
        ".. Made by tests/bench/bench.py.", "",
        "Measured %s at commit %s: %s, %d CPUs, Linux %s, Open vSwitch %s, "
        "DPDK %s; load average %.1f before and %.1f after.%s"
        % (env["date"], env["commit"], env["cpu"], env["cpus"],
           env["kernel"], env["ovs"], env["dpdk"], env["load_before"][0],
           env["load_after"][0],
           "  **A quick run: too short for figures to be relied on.**"
           if results["quick"] else ""),
        "",
        "Ranges are without the outer tenths of the repetitions; *max* is the "
        "worst of all.", "", table_rst(goals)]
    for name, benchmark in results["benchmarks"].items():
        if "error" in benchmark:
            lines += ["", "**%s was not measured**: %s"
                      % (name, benchmark["error"].splitlines()[-1]), ""]
            continue
        for table in benchmark["tables"]:
            lines.append(table_rst(table))
            if "kept" in benchmark:
                lines += ["Measured %s." % benchmark["kept"], ""]
        if "plot" in benchmark and shutil.which("gnuplot"):
            lines += [".. image:: benchmarks/%s.svg" % name, ""]
    return "\n".join(lines)


# By a plot's "kind": how a series' points are drawn.
STYLES = {
    "lines": "using 1:2:3:4 with yerrorlines",      # x, y, low, high
    "parts": "using 1:2 with steps",                # x, percent that is less
    "bars": "using 1:2:3:4:(0.6) with boxerrorbars",    # x, y, low, high
}


def plot(results, output):
    """A benchmark's "plot" is a dictionary: "kind", "x" and "y", labels,
    "series", lists of points by name, and "set", more of gnuplot's commands.
    """
    for name, benchmark in results["benchmarks"].items():
        if "plot" not in benchmark:
            continue
        p = benchmark["plot"]
        script = ['set terminal svg size 720,400 background "white"',
                  'set output "%s"' % os.path.join(output, name + ".svg"),
                  'set xlabel "%s"' % p["x"], 'set ylabel "%s"' % p["y"],
                  "set yrange [0:*]", "set key outside", "set grid"]
        script += p.get("set", [])
        if p["kind"] == "bars":
            script += ["set style fill solid 0.5",
                       "set xrange [-0.6:%f]" % (len(p["series"]) - 0.4),
                       "unset xtics"]
        data, curves = [], []
        for i, (title, points) in enumerate(p["series"].items()):
            if not points:
                continue
            data.append("$d%d << EOD\n%s\nEOD" % (i, "\n".join(
                " ".join(map(str, point)) for point in points)))
            curves.append('$d%d %s title "%s"' % (
                i, STYLES[p["kind"]], title.replace("_", "\\\\_")))
        if curves:
            subprocess.run(["gnuplot"], input="\n".join(
                script + data + ["plot " + ", ".join(curves)]) + "\n",
                text=True, check=True)
