#!/usr/bin/env python3
"""run.py - the benchmarks: every tier of libvm and every other system found, against gcc -O2.

SPDX-License-Identifier: MIT

    python3 bench/run.py --build build/release [--runs 5] [--programs fib,tak] [--systems tier2,node]

Each program exists once per language, with the same algorithm. All systems that run it take turns,
gcc -O2 with them at the same argument, so that a disturbance hits all; a ratio is the median over the
rounds of (time of the system / time of gcc -O2 in that round). Outputs of all are compared first.
Prints a table; writes BUILD/bench/results.json (every single time) and BUILD/bench/ratios.svg.

What is timed: libvm's tiers from the call of the entry to its return, module loaded and (tier 2)
compiled before; everything else as a whole process from start to end, nothing subtracted. The clock
is processor time, except for systems that compile beside the running program (auto, Node, Java):
there it is wall time for both sides. Interpreters get a smaller argument than compilers.
"""
import argparse
import datetime
import hashlib
import json
import math
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True  # no __pycache__ beside the sources
import chart  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
REFERENCE = "gcc -O2"

# name: (argument for compilers, argument for interpreters, argument of the comparison of outputs)
PROGRAMS = {
    "fib": (43, 37, 20),
    "tak": (33, 27, 12),
    "nbody": (5000000, 300000, 1000),
    "fannkuch-redux": (10, 9, 7),
    "spectral-norm": (1500, 400, 100),
    "mandelbrot": (2000, 500, 100),
    "sieve": (150, 15, 1),
    "matmul": (900, 300, 50),
    "nqueens": (13, 12, 7),
    "wordcount": (1500, 80, 2),
    "richards": (1000, 60, 2),
    "constraints": (30000, 2500, 20),
    "lists": (150, 12, 2),
    "trees": (50, 5, 1),
    "fasta": (2500000, 150000, 1000),
    "binary-trees": (16, 13, 10),
    "core": (60000, 5000, 20),
    "interp": (130000, 12000, 20),
    "loop": (8000, 1000, 20),
}
EIGHT = list(PROGRAMS)[:8]


class Failed(Exception):
    """A system cannot run a program, or runs it wrongly."""


class Process:
    """A system that is timed as a whole process. `command` makes the argument list of a program."""

    def __init__(self, name, command, clock, small, version):
        self.name, self.command, self.clock, self.small = name, command, clock, small
        self.version = version

    def open(self, program):
        pass

    def close(self):
        pass

    def time(self, program, argument):
        begin = time.perf_counter()
        child = subprocess.Popen(self.command(program) + [str(argument)], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = status
        if status != 0:
            raise Failed("%s: %s ended with status %d" % (self.name, program, status))
        return {"cpu": used.ru_utime + used.ru_stime, "wall": time.perf_counter() - begin}

    def output(self, program, argument):
        done = subprocess.run(self.command(program) + [str(argument)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, check=False)
        return done.stdout


class Driver:
    """A system that runs inside a process of ours, which loads a program once, says "ready", and then
    answers requests, a line each. `command` makes the argument list of a program."""

    clock = "cpu"

    def __init__(self, name, command, small, version):
        self.name, self.command, self.small, self.version = name, command, small, version
        self.child = None

    def open(self, program):
        self.child = subprocess.Popen(self.command(program), stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True)
        if not self.child.stdout.readline().startswith("ready"):
            self.close()
            raise Failed("%s does not load %s" % (self.name, program))

    def close(self):
        if self.child:
            self.child.stdin.close()
            self.child.stdout.close()
            self.child.wait()
        self.child = None

    def ask(self, line):
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()
        answer = self.child.stdout.readline()
        if not answer:
            raise Failed("%s ended: %s" % (self.name, line))
        return answer


class Tier(Driver):
    """A tier of libvm, timed inside the process bench_tiers."""

    def __init__(self, name, tier, build, small):
        tool = os.path.join(build, "bench", "bench_tiers")
        super().__init__(name, lambda program: [tool, tier, vma(program)], small, "this build")
        self.scratch = os.path.join(build, "bench", "output")

    def time(self, _program, argument):
        return {"cpu": float(self.ask("time %d" % argument))}

    def output(self, _program, argument):
        self.ask("output %d %s" % (argument, self.scratch))
        with open(self.scratch, "rb") as file:
            return file.read()


def vma(program):
    path = os.path.join(HERE, "programs", program + ".vma")
    return path if os.path.exists(path) else os.path.join(ROOT, "examples", program + ".vma")


def java_class(program):
    return "".join(word.capitalize() for word in program.split("-"))


def first_line(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    return done.stdout.split("\n")[0] if done.returncode == 0 else None


# ---- what there is to compare ----

def compile_c(cc, folder, flags, programs=PROGRAMS):
    os.makedirs(folder, exist_ok=True)
    for program in programs:
        source = os.path.join(HERE, "c", program + ".c")
        subprocess.run([cc, *flags, "-ffp-contract=off", source, "-o", os.path.join(folder, program),
                        "-lm"], check=True)
    return lambda program: [os.path.join(folder, program)]


def c_systems(options, out):
    version = first_line(options.cc, "--version")
    plain = compile_c(options.cc, os.path.join(out, "c-O2"), ["-O2"])
    native = compile_c(options.cc, os.path.join(out, "c-O3"), ["-O3", "-march=native"])
    return [Process(REFERENCE, plain, "cpu", False, version),
            Process("gcc -O3 native", native, "cpu", False, version)]


def libvm_systems(options):
    vm = os.path.join(options.build, "vm")
    systems = [Tier("tier 2", "2", options.build, False)]
    systems.append(Process("auto", lambda p: [vm, "run", vma(p)], "wall", False, "this build"))
    systems += [Tier("tier 1", "1", options.build, True), Tier("tier 0", "0", options.build, True)]
    return [s for s in systems if not isinstance(s, Tier) or has_tier(s)]


def has_tier(system):
    done = subprocess.run(system.command("fib"), stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def script_systems():
    def script(folder, *command):
        suffix = "." + folder
        return lambda p: [*command, os.path.join(HERE, folder, p + suffix)]

    systems = []
    if shutil.which("luajit"):
        version = first_line("luajit", "-v")
        systems += [Process("LuaJIT", script("lua", "luajit", "-jon"), "cpu", False, version),
                    Process("LuaJIT -joff", script("lua", "luajit", "-joff"), "cpu", True, version)]
    for name in ("lua5.4", "lua"):
        version = shutil.which(name) and first_line(name, "-v")
        if version and version.startswith("Lua 5.4"):
            systems.append(Process("Lua 5.4", script("lua", name), "cpu", True, version))
            break
    if shutil.which("node"):
        version = "Node " + str(first_line("node", "--version"))
        systems.append(Process("Node", script("js", "node"), "wall", False, version))
    return systems


def java_systems(out):
    if not (shutil.which("java") and shutil.which("javac")):
        return []
    folder = os.path.join(out, "java")
    sources = [os.path.join(HERE, "java", f) for f in sorted(os.listdir(os.path.join(HERE, "java")))]
    subprocess.run(["javac", "-d", folder, *sources], check=True)
    version = first_line("java", "-version")
    return [Process("Java", lambda p: ["java", "-cp", folder, java_class(p)], "wall", False, version),
            Process("Java -Xint", lambda p: ["java", "-Xint", "-cp", folder, java_class(p)], "cpu",
                    True, version)]


def find_systems(options, out):
    return c_systems(options, out) + libvm_systems(options) + script_systems() + java_systems(out)


# ---- measuring ----

def same_outputs(systems, program, argument):
    """Opens every system on the program; leaves out, with a message, those that cannot run it."""
    able, want = [], None
    for system in systems:
        try:
            system.open(program)
            got = hashlib.sha256(system.output(program, argument)).hexdigest()
            want = want or got
            if got != want:
                system.close()
                raise Failed("%s: output of %s differs from %s" % (system.name, program, REFERENCE))
            able.append(system)
        except Failed as problem:
            print("bench: %s" % problem, file=sys.stderr)
    return able


def measure(systems, program, arguments, runs, wrong):
    """The rows of one program; arguments as in PROGRAMS. Who fails is added to `wrong`."""
    able = same_outputs(systems, program, arguments[2])
    wrong += [(program, s.name) for s in systems if s not in able]
    rows = {}
    for small in (False, True):
        group = [s for s in able if s.small == small or s.name == REFERENCE]
        argument = arguments[1 if small else 0]
        if len(group) < 2:
            continue
        for _ in range(runs):
            reference = None
            for system in group:
                took = system.time(program, argument)
                if reference is None:
                    reference = took
                key = (system.name, argument)
                row = rows.setdefault(key, {"program": program, "system": system.name,
                                            "argument": argument, "clock": system.clock, "runs": []})
                row["runs"].append(dict(took, reference=reference))
    for system in able:
        system.close()
    return [summary(row) for row in rows.values()]


def summary(row):
    clock = row["clock"]
    row["median"] = statistics.median(r[clock] for r in row["runs"])
    row["ratio"] = statistics.median(r[clock] / r["reference"][clock] for r in row["runs"])
    return row


# ---- what is written ----

def geometric(values):
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def ratios_of(rows, systems):
    """system -> program -> ratio; the reference is the 1 that all others are measured by."""
    table = {s.name: {} for s in systems if s.name != REFERENCE}
    for row in rows:
        if row["system"] in table:
            table[row["system"]][row["program"]] = row["ratio"]
    return table


def means(ratios, groups):
    """system -> group of programs -> geometric mean, None where a program of the group is missing."""
    return {name: {group: geometric([r[p] for p in members]) if all(p in r for p in members) else None
                   for group, members in groups.items()}
            for name, r in ratios.items()}


def groups_of(programs):
    return {"mean of 8": [p for p in EIGHT if p in programs], "mean of all": programs}


def cell(value):
    return "-" if value is None else "%.2f" % value if value < 9.995 else "%.1f" % value


def table(rows, ratios, groups):
    """Lines of cells, the head first: seconds of the reference, ratios of all others, their means."""
    seconds = {}
    for row in rows:  # the first of a program is that of the compilers' argument
        if row["system"] == REFERENCE:
            seconds.setdefault(row["program"], row["median"])
    names, mean = list(ratios), means(ratios, groups)
    lines = [["", "gcc s"] + names]
    lines += [[p, "%.3f" % seconds[p]] + [cell(ratios[n].get(p)) for n in names] for p in seconds]
    return lines + [[group, ""] + [cell(mean[n][group]) for n in names] for group in groups]


def print_table(lines):
    print("\nTimes as multiples of %s (medians)\n" % REFERENCE)
    width = max(len(line[0]) for line in lines) + 1
    for line in lines:
        columns = [text.rjust(max(7, len(head) + 1)) for text, head in zip(line[1:], lines[0][1:])]
        print(line[0].ljust(width) + "".join(columns))
    print(flush=True)


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
        return names[0]
    except (OSError, IndexError):
        return platform.machine()


def facts(options, systems):
    return {"date": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
            "command": " ".join(sys.argv), "runs": options.runs, "processor": processor(),
            "processors": os.cpu_count(), "system": platform.platform(),
            "load": os.getloadavg(), "versions": {s.name: s.version for s in systems}}


def write_results(out, data):
    path = os.path.join(out, "results.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(data, file, indent=1)
    picture = os.path.join(out, "ratios.svg")
    with open(picture, "w", encoding="utf-8") as file:
        file.write(chart.draw(data))
    print("raw data %s\npicture  %s" % (path, picture))


def parse(description, programs, parents=()):
    parser = argparse.ArgumentParser(description=description, parents=parents)
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "release"))
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--programs", help="comma-separated; all if not given")
    parser.add_argument("--systems", help="comma-separated, as in the table's head; all if not given")
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    options.programs = options.programs.split(",") if options.programs else list(programs)
    unknown = [p for p in options.programs if p not in programs]
    if unknown or options.runs < 1:
        parser.error("unknown program %s" % unknown[0] if unknown else "runs: at least 1")
    return options


def chosen(systems, options):
    wanted = [w.strip() for w in options.systems.split(",")] if options.systems else []
    return [s for s in systems if not wanted or s.name in wanted or s.name == REFERENCE]


def compare(options, programs, systems, groups, out):
    """Measures the chosen programs on the systems, prints the table and writes the results; returns the
    table's lines and what failed."""
    about = facts(options, systems)
    print("\n".join("%-15s %s" % item for item in about["versions"].items()), flush=True)
    rows, wrong = [], []
    for program in options.programs:
        rows += measure(systems, program, programs[program], options.runs, wrong)
        print(program, end=" ", flush=True)
    ratios = ratios_of(rows, systems)
    about["load_after"] = os.getloadavg()
    lines = table(rows, ratios, groups)
    print_table(lines)
    write_results(out, {"about": about, "programs": options.programs, "ratios": ratios,
                        "means": means(ratios, groups), "rows": rows})
    return lines, wrong


def main():
    options = parse("libvm's tiers and other systems against gcc -O2", PROGRAMS)
    out = os.path.join(options.build, "bench")
    os.makedirs(out, exist_ok=True)
    systems = chosen(find_systems(options, out), options)
    _, wrong = compare(options, PROGRAMS, systems, groups_of(options.programs), out)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
