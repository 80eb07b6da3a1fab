#!/usr/bin/env python3
"""warmup.py - how long whole programs take that run 20 ms, 100 ms and 1 s as native code.

SPDX-License-Identifier: MIT

    python3 bench/warmup.py --build build/release [--runs 5] [--programs core,loop] [--sizes 20,100]

Every system runs the same program, from the start of its process to its end, in wall time: start,
loading, interpreting, compiling and running. The argument is found for each program and size by timing
gcc -O2's code. Systems take turns within a round. Outputs are compared first. Prints a table for each
size, and for each program the ratios of `auto` and `auto warm` to the better of `tier 1` and
`tier 2 warm` in the same round (median over rounds; the goal is 1.15). Goals for the mean of `auto` are
60, 150 and 950 ms. Writes BUILD/bench/warmup.json with every single time.

  auto           vm run FILE: nothing kept from earlier runs
  auto warm      vm run --cache=DIR, DIR filled before by runs of the largest size
  tier 1         vm run --tier=1: no compiler
  tier 2 warm    vm run --tier=2 --cache=DIR, DIR filled before: all code is there from the first call

The mean goes over core, interp, nbody and sieve; `loop`, one call with nothing but a loop, stands apart.
"""
import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # no __pycache__ beside the sources
import run  # noqa: E402
from run import Failed, Process, geometric, vma  # noqa: E402

MEAN = ["core", "interp", "nbody", "sieve"]
PROGRAMS = MEAN + ["loop"]
SIZES = [20, 100, 1000]
GOAL = 1.15
COLD = {20: 60, 100: 150, 1000: 950}  # goals for the mean of auto, ms
AUTO, WARM, TIER1, TIER2 = "auto", "auto warm", "tier 1", "tier 2 warm"


class Cached(Process):
    """libvm with a code cache of its own for each program, filled before anything is timed."""

    def __init__(self, name, vm, tier, folder):
        self.vm, self.tier, self.folder = vm, tier, folder
        super().__init__(name, self.arguments, "wall", False, "this build")

    def arguments(self, program, *more):
        cache = os.path.join(self.folder, self.tier + "-" + program)
        return [self.vm, "run", *more, "--tier=" + self.tier, "--cache=" + cache, vma(program)]

    def fill(self, program, argument):
        """Runs until a run finds all the code it wants; returns how many units that are."""
        for _ in range(5):
            done = subprocess.run(self.arguments(program, "--stats") + [str(argument)], text=True,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, check=False)
            found = re.search(r"cache: (\d+) units taken, (\d+) missed", done.stderr)
            if done.returncode == 0 and found and int(found[1]) > 0 and int(found[2]) == 0:
                return int(found[1])
        raise Failed("%s: the cache of %s does not fill: %s" % (self.name, program, done.stderr))


def find_systems(options, out, scratch):
    vm = os.path.join(options.build, "vm")
    native = run.compile_c(options.cc, os.path.join(out, "c-O2"), ["-O2"], PROGRAMS)
    systems = [Process(run.REFERENCE, native, "wall", False, run.first_line(options.cc, "--version")),
               Process(AUTO, lambda p: [vm, "run", vma(p)], "wall", False, "this build"),
               Cached(WARM, vm, "auto", scratch),
               Process(TIER1, lambda p: [vm, "run", "--tier=1", vma(p)], "wall", False, "this build"),
               Cached(TIER2, vm, "2", scratch)]
    others = run.script_systems() + run.java_systems(out)
    return systems + [s for s in others if s.name in ("LuaJIT", "Node", "Java")]


# ---- sizes ----

def calibrate(native, program):
    """Arguments for the sizes wanted: native time is a start-up cost and a part for each step."""
    def best(argument):
        return min(native.time(program, argument)["cpu"] for _ in range(3))

    start, argument = best(1), 8
    while best(argument) < 0.1:
        argument *= 2
    step = (best(argument) - start) / (argument - 1)
    return {size: max(1, round((size / 1000 - start) / step)) for size in SIZES}


# ---- measuring ----

def measure(systems, program, arguments, options):
    """Rows of this program, one a size: system -> wall times, round by round."""
    for system in systems:
        if isinstance(system, Cached):
            system.fill(program, arguments[SIZES[-1]])
    rows = []
    for size in options.sizes:
        row = {"program": program, "size_ms": size, "argument": arguments[size], "runs": []}
        for _ in range(options.runs):
            row["runs"].append({s.name: s.time(program, arguments[size]) for s in systems})
        wall = {s.name: [r[s.name]["wall"] for r in row["runs"]] for s in systems}
        row["median_ms"] = {name: 1000 * statistics.median(times) for name, times in wall.items()}
        better = [min(times) for times in zip(wall[TIER1], wall[TIER2])]
        row["to_better"] = {name: statistics.median(a / b for a, b in zip(wall[name], better))
                            for name in (AUTO, WARM)}
        rows.append(row)
    return rows


def same_outputs(systems, program, argument):
    want = systems[0].output(program, argument)
    for system in systems:
        if system.output(program, argument) != want:
            raise Failed("%s: output of %s differs from %s" % (system.name, program, run.REFERENCE))


# ---- what is written ----

def line(names, first, argument, cells):
    return first.ljust(10) + str(argument).rjust(10) + "".join(
        cell.rjust(max(7, len(name) + 2)) for name, cell in zip(names, cells))


def cells_of(milliseconds, ratios):
    return ["%.0f" % t if t >= 99.5 else "%.1f" % t for t in milliseconds] + [
        "%.2f" % r for r in ratios.values()]


def print_size(size, rows, systems):
    """The table of a size; returns its means."""
    names = [s.name for s in systems]
    head = names + ["auto/better", "warm/better"]
    print("\n%d ms of native work: wall time of the whole process, ms (medians)\n" % size)
    print(line(head, "", "argument", head))
    for row in rows:
        cells = cells_of([row["median_ms"][n] for n in names], row["to_better"])
        print(line(head, row["program"], row["argument"], cells))
    inside = [r for r in rows if r["program"] in MEAN]
    if not inside:
        return None
    mean = {n: geometric([r["median_ms"][n] for r in inside]) for n in names}
    ratios = {n: geometric([r["to_better"][n] for r in inside]) for n in (AUTO, WARM)}
    print(line(head, "mean of %d" % len(inside), "", cells_of(mean.values(), ratios)))
    return {"programs": [r["program"] for r in inside], "mean_ms": mean, "to_better": ratios}


def print_goals(rows, means):
    print()
    for name in (AUTO, WARM):
        missed = ["%s at %d ms (%.2f)" % (r["program"], r["size_ms"], r["to_better"][name])
                  for r in rows if r["to_better"][name] > GOAL]
        print("%s against the better of %s and %s, at most %.2f: %s" %
              (name, TIER1, TIER2, GOAL, "missed by " + ", ".join(missed) if missed else "met everywhere"))
    for size, mean in means.items():
        if mean and mean["programs"] == MEAN:
            print("mean of %s at %d ms, at most %d: %.0f" % (AUTO, size, COLD[size], mean["mean_ms"][AUTO]))


def parse():
    parser = argparse.ArgumentParser(description="whole programs, from cold and from a warm cache")
    parser.add_argument("--build", default=os.path.join(run.ROOT, "build", "release"))
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--programs", default=",".join(PROGRAMS), help="comma-separated")
    parser.add_argument("--systems", help="comma-separated, as in the table's head, besides libvm's and gcc")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="of 20, 100 and 1000 (ms)")
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    options.programs = options.programs.split(",")
    options.sizes = [int(s) for s in options.sizes.split(",")]
    unknown = [p for p in options.programs if p not in PROGRAMS] + [
        s for s in options.sizes if s not in SIZES]
    if unknown or options.runs < 1:
        parser.error("unknown: %s" % unknown[0] if unknown else "runs: at least 1")
    return options


def main():
    options = parse()
    out = os.path.join(options.build, "bench")
    os.makedirs(out, exist_ok=True)
    scratch = tempfile.mkdtemp(prefix="libvm-warmup-")
    try:
        systems = find_systems(options, out, scratch)
        if options.systems is not None:
            wanted = options.systems.split(",")
            systems = systems[:5] + [s for s in systems[5:] if s.name in wanted]
        about = run.facts(options, systems)
        print("\n".join("%-15s %s" % item for item in about["versions"].items()), flush=True)
        rows = []
        for program in options.programs:
            arguments = calibrate(systems[0], program)
            same_outputs(systems, program, arguments[SIZES[0]])
            rows += measure(systems, program, arguments, options)
            print(program, end=" ", flush=True)
        print()
        means = {size: print_size(size, [r for r in rows if r["size_ms"] == size], systems)
                 for size in options.sizes}
        print_goals(rows, means)
    except Failed as problem:
        print("bench: %s" % problem, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    about["load_after"] = os.getloadavg()
    path = os.path.join(out, "warmup.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"about": about, "means": means, "rows": rows}, file, indent=1)
    print("raw data %s" % path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
