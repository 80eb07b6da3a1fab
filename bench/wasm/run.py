#!/usr/bin/env python3
"""run.py - WebAssembly: kernels in C as .wasm, in every tier of libvm and every other system found.

SPDX-License-Identifier: MIT

    python3 bench/wasm/run.py --build build/release [--runs 5] [--programs matmul,sort]
                              [--systems "tier 2,Node"] [--others build/wasm-systems]

Each kernel of bench/wasm/kernels is compiled once by clang-14 -O2 to WebAssembly, and that file is run by
all; the reference is the same C compiled natively by gcc -O2. A kernel imports nothing and exports
run(n), so that no system's libraries are measured. All systems take turns, the reference with them; a
ratio is the median over the rounds of (time of the system / time of gcc -O2 in that round). The checksum of
every single call is compared with the reference's.

What is timed, in every system: one call of run(n), after loading and instantiation, by the processor time
of the thread that makes it (drivers/driver.h). Threads and processes that compile beside it are not
counted. "tier 2", wasm2c and the compilers of wasmtime and wazero compile everything before; "auto" and
"Node" are measured as they come, in a fresh process for every call. Interpreters get a smaller n.

Other systems are those that bench/wasm/install.sh puts into the folder --others. Prints a table; writes
BUILD/bench/wasm/results.json, results.md and ratios.svg.
"""
import argparse
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
sys.dont_write_bytecode = True
import run  # noqa: E402  (bench/run.py)

# name: (n for compilers, n for interpreters, n of the comparison of checksums)
KERNELS = {
    "matmul": (180, 18, 2),
    "nbody": (9000000, 900000, 1000),
    "fft": (4500, 450, 3),
    "mandelbrot": (8000, 800, 5),
    "sieve": (120, 12, 1),
    "life": (1300, 130, 3),
    "sort": (64, 6, 1),
    "hashmap": (150, 15, 1),
    "dijkstra": (260, 26, 1),
    "lz": (55, 5, 1),
    "sha256": (1350, 135, 2),
    "aes": (3300, 330, 3),
    "regex": (110, 11, 1),
    "switchvm": (3800, 380, 3),
    "pointervm": (2600, 260, 3),
    "nqueens": (14, 13, 7),
}
# The kernels call no library, so nobody may look at errno behind a square root; both sides round alike.
FLAGS = ["-O2", "-fno-math-errno", "-ffp-contract=off"]
WASI = ["--target=wasm32-wasi", "-mexec-model=reactor", "-Wl,--strip-debug"]
WASM2C_RUNTIME = "/usr/share/wabt/wasm2c"


class Kernel(run.Driver):
    """A system behind the protocol of drivers/driver.h. `fresh`: each call in a process of its own."""

    sums = {}  # of (kernel, n): what the first system answered, which is the reference

    def __init__(self, name, command, small, version, fresh=False):
        super().__init__(name, command, small, version)
        self.fresh = fresh

    def time(self, program, argument):
        if self.fresh:
            self.close()
            self.open(program)
        seconds, total = self.ask("run %d" % argument).split()
        if self.sums.setdefault((program, argument), int(total)) != int(total):
            raise run.Failed("%s: checksum of %s %d is %s, not %d" % (
                self.name, program, argument, total, self.sums[program, argument]))
        return {"cpu": float(seconds)}

    def output(self, _program, argument):
        return self.ask("run %d" % argument).split()[1].encode()


# ---- building the kernels ----

def source(kernel):
    return os.path.join(HERE, "kernels", kernel + ".c")


def driver(name):
    return os.path.join(HERE, "drivers", name)


def build(folder, kernels, command):
    """Runs the command (a function of kernel and target) for each kernel; returns what starts one."""
    os.makedirs(folder, exist_ok=True)
    for kernel in kernels:
        subprocess.run(command(kernel, os.path.join(folder, kernel)), check=True)
    return lambda kernel: [os.path.join(folder, kernel)]


def compile_wasm(clang, out, kernels):
    build(os.path.join(out, "wasm"), kernels,
          lambda kernel, target: [clang, *WASI, *FLAGS, source(kernel), "-o", target + ".wasm"])
    return lambda kernel: os.path.join(out, "wasm", kernel + ".wasm")


def native_system(options, out, kernels):
    command = build(os.path.join(out, "native"), kernels, lambda kernel, target: [
        options.cc, *FLAGS, source(kernel), driver("native.c"), "-o", target])
    return Kernel(run.REFERENCE, command, False, run.first_line(options.cc, "--version"))


def wasm2c_system(options, out, wasm, name, flags):
    """C made by wasm2c, linked with wabt's own runtime; as it comes it has guard pages."""
    folder = os.path.join(out, name.replace(" ", "-"))

    def command(kernel, target):
        place = target + ".c-files"
        os.makedirs(place, exist_ok=True)
        made = os.path.join(place, "kernel_wasm2c.c")
        subprocess.run(["wasm2c", wasm(kernel), "-n", "kernel", "-o", made], check=True)
        return [options.cc, *FLAGS, *flags, "-w", "-DKERNEL_WASM2C", "-I" + place, "-I" + WASM2C_RUNTIME,
                made, driver("native.c"), os.path.join(WASM2C_RUNTIME, "wasm-rt-impl.c"), "-o", target,
                "-lm"]
    version = "wasm2c " + str(run.first_line("wasm2c", "--version"))
    return Kernel(name, build(folder, options.programs, command), False, version)


# ---- what there is to compare ----

def libvm_systems(options, wasm, tiers=("2", "2+guard", "auto", "1", "0")):
    tool = os.path.join(options.build, "bench", "bench_wasm_libvm")
    return [Kernel(tier if tier == "auto" else "tier " + tier,
                   lambda kernel, tier=tier: [tool, tier, wasm(kernel)], tier in "01", "this build",
                   fresh=tier == "auto") for tier in tiers]


def node_systems(wasm):
    if not shutil.which("node"):
        return []
    version = "Node " + str(run.first_line("node", "--version"))
    program = driver("node.mjs")
    best = ["--no-liftoff", "--no-wasm-lazy-compilation"]
    return [Kernel("Node", lambda k: ["node", program, wasm(k)], False, version, fresh=True),
            Kernel("Node TurboFan", lambda k: ["node", *best, program, wasm(k)], False, version)]


def installed_systems(folder, wasm):
    """The systems that install.sh left in the folder."""
    python, script = os.path.join(folder, "venv", "bin", "python"), driver("python.py")
    wazero = os.path.join(folder, "wazero-driver")
    known = [("wasmtime", [python, script, "wasmtime"], False), ("wazero", [wazero, "compiler"], False),
             ("wasm3", [python, script, "wasm3"], True),
             ("wasmi", [os.path.join(folder, "wasmi-driver")], True),
             ("wasmtime Pulley", [python, script, "pulley"], True),
             ("wazero -int", [wazero, "interpreter"], True),
             ("wabt", [os.path.join(folder, "wabt-driver")], True)]
    systems = []
    for name, command, small in known:
        asked = ["wasm-interp"] if name == "wabt" else command
        version = os.path.exists(command[0]) and run.first_line(*asked, "--version")
        if version:
            systems.append(Kernel(name, lambda k, c=command: [*c, wasm(k)], small, version))
    return systems


def find_systems(options, out):
    wasm = compile_wasm(options.clang, out, options.programs)
    systems = [native_system(options, out, options.programs)]
    if shutil.which("wasm2c") and os.path.isdir(WASM2C_RUNTIME):
        systems += [wasm2c_system(options, out, wasm, "wasm2c", []),
                    wasm2c_system(options, out, wasm, "wasm2c checks",
                                  ["-DWASM_RT_MEMCHECK_SIGNAL_HANDLER=0"])]
    return (systems + libvm_systems(options, wasm) + node_systems(wasm) +
            installed_systems(options.others, wasm))


def write_markdown(out, lines):
    path = os.path.join(out, "results.md")
    with open(path, "w", encoding="utf-8") as file:
        for number, line in enumerate(lines):
            file.write("| " + " | ".join(line) + " |\n")
            if number == 0:
                file.write("| --- |" + " ---: |" * (len(line) - 1) + "\n")
    print("markdown %s" % path)


def check(options, out):
    """Compares checksums at the small n, between gcc and the tiers that the test names."""
    if not shutil.which(options.clang) or not os.path.exists("/usr/lib/wasm32-wasi/libc.a"):
        print("skipped: %s or wasi-libc is not installed" % options.clang)
        return 77
    wasm = compile_wasm(options.clang, out, options.programs)
    systems = [native_system(options, out, options.programs)]
    systems += libvm_systems(options, wasm, options.check.split(","))
    wrong = 0
    for kernel in options.programs:
        able = run.same_outputs(systems, kernel, KERNELS[kernel][2])
        wrong += len(systems) - len(able)
        for system in able:
            system.close()
    print("%d kernels, %d systems, %d wrong" % (len(options.programs), len(systems), wrong))
    return 1 if wrong else 0


def parse():
    more = argparse.ArgumentParser(add_help=False)
    more.add_argument("--clang", default="clang-14")
    more.add_argument("--others", default=os.path.join(run.ROOT, "build", "wasm-systems"))
    more.add_argument("--check", metavar="TIERS", help="only compare checksums, in these tiers")
    return run.parse("WebAssembly in libvm and other systems against gcc -O2", KERNELS, [more])


def main():
    options = parse()
    out = os.path.join(options.build, "bench", "wasm")
    os.makedirs(out, exist_ok=True)
    if options.check:
        return check(options, out)
    systems = run.chosen(find_systems(options, out), options)
    lines, wrong = run.compare(options, KERNELS, systems, {"mean": options.programs}, out)
    write_markdown(out, lines)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
