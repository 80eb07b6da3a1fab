#!/usr/bin/env python3
"""run.py - Lox in each tier against Lua 5.4, LuaJIT and Node, the same programs in all of them.

SPDX-License-Identifier: MIT

    python3 bench/lox/run.py --build build/release [--runs 5] [--programs fib,zoo]
                             [--systems "Lua 5.4,auto"]

Five programs are the book's, read where the conformance suites lie (VM_CONFORMANCE_DIR, else
../shared/conformance beside the project); five are bench/lox/programs. Every run is a whole process, and what
it prints is compared with what Lua printed, numbers as numbers, times left out. All systems take turns;
a ratio is the median over the rounds of (Lua's time / the system's time in that round): more is better.

The clock is the processor time of the process's first thread, which is the one that runs the program. Beside it
stands that of the whole process with its children (compilers, collectors), and wall time, both in
the raw data, the medians in a second and a third table. Only the first means something on a machine that does
other things too. Writes BUILD/bench/lox/results.json.
"""
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
sys.dont_write_bytecode = True
import run  # noqa: E402  (bench/run.py)

REFERENCE = "Lua 5.4"
# The lines of its output that say how long it took.
BOOK = {"fib": (1,), "binary_trees": (-1,), "method_call": (2,), "zoo": (1,), "string_equality": (1, 3, 5)}
OWN = {p: () for p in ("nbody", "richards", "strings", "closures", "hash_count")}
PROGRAMS = {**BOOK, **OWN}
CLOCKS = ("thread", "cpu", "wall")
TITLES = {"thread": "processor time of the first thread", "cpu": "processor time of everything",
          "wall": "wall time"}


def suite():
    folder = os.environ.get("VM_CONFORMANCE_DIR") or os.path.join(run.ROOT, "..", "shared", "conformance")
    return os.path.join(folder, "lox", "benchmark")


def source(program, end):
    if end != "lox":
        return os.path.join(HERE, end, program + "." + end)
    return os.path.join(suite() if program in BOOK else os.path.join(HERE, "programs"), program + ".lox")


class System:
    def __init__(self, name, command, end, version):
        self.name, self.command, self.end, self.version = name, command, end, version

    def output(self, program):
        done = subprocess.run(self.command + [source(program, self.end)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise run.Failed("%s: %s ended with status %d" % (self.name, program, done.returncode))
        lines = done.stdout.splitlines()
        for i in sorted(PROGRAMS[program], reverse=True):
            del lines[i]
        return [value(line) for line in lines]

    def time(self, program):
        begin = time.perf_counter()
        child = subprocess.Popen(self.command + [source(program, self.end)], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        wall = time.perf_counter() - begin
        with open("/proc/%d/schedstat" % child.pid, encoding="ascii") as file:  # of its first thread
            thread = int(file.read().split()[0]) / 1e9
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = status
        if status != 0:
            raise run.Failed("%s: %s ended with status %d" % (self.name, program, status))
        return {"thread": thread, "cpu": used.ru_utime + used.ru_stime, "wall": wall}


def value(line):
    try:
        return float(line)
    except ValueError:
        return line


def find_systems(options):
    lox = os.path.join(options.build, "lox")
    systems = []
    for name in ("lua5.4", "lua"):
        version = shutil.which(name) and run.first_line(name, "-v")
        if version and version.startswith(REFERENCE):
            systems.append(System(REFERENCE, [name], "lua", version))
            break
    systems.append(System("auto", [lox], "lox", "this build"))
    systems += [System("tier " + t, [lox, "--tier=" + t], "lox", "this build") for t in "210"]
    if shutil.which("luajit"):
        version = run.first_line("luajit", "-v")
        systems += [System("LuaJIT -joff", ["luajit", "-joff"], "lua", version),
                    System("LuaJIT", ["luajit", "-jon"], "lua", version)]
    if shutil.which("node"):
        systems.append(System("Node", ["node"], "js", "Node " + str(run.first_line("node", "--version"))))
    return systems


def able(systems, program):
    """The systems that run the program and print what the first of them does; a message for others."""
    good, want = [], None
    for system in systems:
        try:
            got = system.output(program)
            want = want or got
            if got != want:
                raise run.Failed("%s: output of %s differs" % (system.name, program))
            good.append(system)
        except run.Failed as problem:
            print("bench: %s" % problem, file=sys.stderr)
    return good


def measure(systems, program, runs, wrong):
    good = able(systems, program)
    wrong += [(program, s.name) for s in systems if s not in good]
    taken = {s.name: [] for s in good}
    for _ in range(runs):
        for system in good:
            taken[system.name].append(system.time(program))
    return taken


def ratios(rows, name, clock):
    """program -> how many times as fast as the reference."""
    out = {}
    for program, taken in rows.items():
        if name in taken and REFERENCE in taken:
            out[program] = statistics.median(
                r[clock] / t[clock] for r, t in zip(taken[REFERENCE], taken[name]))
    return out


def print_table(rows, systems, clock):
    names = [s.name for s in systems if s.name != REFERENCE]
    print("\nTimes as fast as %s, %s (medians)\n" % (REFERENCE, TITLES[clock]))
    print("| program | Lua 5.4, s | " + " | ".join(names) + " |")
    print("| --- |" + " ---: |" * (len(names) + 1))
    table = {name: ratios(rows, name, clock) for name in names}
    for program, taken in rows.items():
        seconds = statistics.median(t[clock] for t in taken[REFERENCE]) if REFERENCE in taken else None
        print("| %s | %s | " % (program, "-" if seconds is None else "%.2f" % seconds)
              + " | ".join(run.cell(table[name].get(program)) for name in names) + " |")
    print("| geometric mean | | " + " | ".join(
        run.cell(run.geometric(list(table[name].values()))) for name in names) + " |")
    print("| least | | " + " | ".join(
        run.cell(min(table[name].values(), default=None)) for name in names) + " |", flush=True)


def main():
    options = run.parse("Lox against Lua, LuaJIT and Node", PROGRAMS)
    if any(p in BOOK for p in options.programs) and not os.path.isdir(suite()):
        print("bench: %s is missing: set VM_CONFORMANCE_DIR; without the book's programs" % suite(),
              file=sys.stderr)
        options.programs = [p for p in options.programs if p in OWN]
    systems = find_systems(options)
    if options.systems:
        wanted = [w.strip() for w in options.systems.split(",")]
        systems = [s for s in systems if s.name in wanted or s.name == REFERENCE]
    about = run.facts(options, systems)
    print("\n".join("%-13s %s" % item for item in about["versions"].items()), flush=True)
    rows, wrong = {}, []
    for program in options.programs:
        rows[program] = measure(systems, program, options.runs, wrong)
        print(program, end=" ", flush=True)
    about["load_after"] = os.getloadavg()
    for clock in CLOCKS:
        print_table(rows, systems, clock)
    out = os.path.join(options.build, "bench", "lox")
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "results.json"), "w", encoding="utf-8") as file:
        json.dump({"about": about, "rows": rows}, file, indent=1)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
