#!/usr/bin/env python3
# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# Runs the benchmarks, each described in Documentation/topics/benchmarks.rst,
# and writes what came of them:
#
#     bench.json      the environment, the commands, every repetition, medians
#                     and ranges
#     results.rst     goals and tables, for the documentation to include
#     *.svg           plots, if there is gnuplot

import argparse
import json
import os
import shutil
import sys
import time
import traceback

import benchlib
import control
import cycles
import datapath
import failover
import goals

# In the order in which they are run and shown.
BENCHMARKS = {
    "cycles": cycles.run_cycles,
    "datapath": datapath.run,
    "idle": cycles.run_idle,
    "fairness": cycles.run_fairness,
    "queues": cycles.run_queues,
    "fallback": cycles.run_fallback,
    "failover": failover.run,
    "control": control.run,
}


def parse_args():
    parser = argparse.ArgumentParser(
        description="Runs the benchmarks of ovs-netvsc.  As root, on a "
        "machine that has nothing else to do.")
    parser.add_argument("--build", default=".", metavar="DIR",
                        help="build folder, of \"make all check-programs\" "
                        "(default: .)")
    parser.add_argument("--output", default="bench", metavar="DIR",
                        help="where results go (default: bench)")
    parser.add_argument("--quick", action="store_true",
                        help="few and short repetitions, and check only that "
                        "a full burst costs at most %.2f times what a dpdk "
                        "port costs" % cycles.QUICK_BOUND)
    parser.add_argument("--keep", action="store_true",
                        help="keep what is in DIR of benchmarks that are not "
                        "run now")
    parser.add_argument("--goals", metavar="FILE",
                        help="measure nothing, show the goals beside what "
                        "FILE, a bench.json, has")
    parser.add_argument("names", nargs="*", metavar="BENCHMARK",
                        help="only these: " + ", ".join(BENCHMARKS))
    args = parser.parse_args()
    for name in args.names:
        if name not in BENCHMARKS:
            parser.error("%s: no such benchmark" % name)
    return args


def write(results, output):
    """What there is so far: a failure later loses nothing of it."""
    results["environment"]["load_after"] = os.getloadavg()
    for name, text in [
            ("bench.json", json.dumps(results, indent=1)),
            ("results.rst", benchlib.results_rst(results,
                                                 goals.table(results)))]:
        path = os.path.join(output, name)
        with open(path + ".tmp", "w") as f:
            f.write(text)
        os.rename(path + ".tmp", path)


def kept(args):
    """What an earlier run has left, of other benchmarks."""
    path = os.path.join(args.output, "bench.json")
    if not args.keep or not os.path.exists(path):
        return {}
    with open(path) as f:
        earlier = json.load(f)
    env = earlier["environment"]
    for result in earlier["benchmarks"].values():
        result.setdefault("kept", "%s at commit %s"
                          % (env["date"], env["commit"]))
    return earlier["benchmarks"]


def main():
    args = parse_args()
    if args.goals:
        with open(args.goals) as f:
            print(benchlib.table_rst(goals.table(json.load(f))))
        return
    if os.geteuid():
        sys.exit("bench.py: must be root, for network namespaces")
    context = benchlib.Context(os.path.abspath(args.build), args.quick)
    os.makedirs(args.output, exist_ok=True)
    results = {
        "environment": benchlib.environment(context),
        "quick": args.quick,
        "benchmarks": {},
    }
    earlier = kept(args)
    failures = []
    for name, function in BENCHMARKS.items():
        if args.names and name not in args.names:
            if name in earlier:
                results["benchmarks"][name] = earlier[name]
            continue
        start = time.monotonic()
        print("%s ..." % name, flush=True)
        try:
            result = function(context)
        except Exception as error:
            traceback.print_exc()
            result = {"tables": [], "error": str(error) or repr(error)}
            failures.append("%s: %s" % (name, result["error"]))
        result["seconds"] = round(time.monotonic() - start, 1)
        results["benchmarks"][name] = result
        failures += result.pop("failures", [])
        for table in result["tables"]:
            print(benchlib.table_rst(table))
        print("%s took %.1f s" % (name, result["seconds"]), flush=True)
        write(results, args.output)
    write(results, args.output)
    print(benchlib.table_rst(goals.table(results)))

    if shutil.which("gnuplot"):
        benchlib.plot(results, args.output)
    else:
        print("no gnuplot, no plots")
    for failure in failures:
        print("FAILED: " + failure, file=sys.stderr)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
