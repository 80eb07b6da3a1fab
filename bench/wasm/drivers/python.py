#!/usr/bin/env python3
"""python.py - the driver of systems that come as Python packages: wasm3, and wasmtime's two ways.

SPDX-License-Identifier: MIT

    python.py wasm3|wasmtime|pulley KERNEL.wasm
    python.py wasm3|wasmtime|pulley --version

The call itself happens inside the system; what Python adds is some microseconds a call.
"""
import importlib.metadata
import sys
import time


def load_wasm3(binary):
    import wasm3
    environment = wasm3.Environment()
    runtime = environment.new_runtime(1 << 20)
    runtime.load(environment.parse_module(binary))
    runtime.find_function("_initialize")()
    return runtime.find_function("run")


def load_wasmtime(binary, target=None):
    import wasmtime
    config = wasmtime.Config()
    config.cranelift_opt_level = "speed"
    if target:
        config.target = target
    engine = wasmtime.Engine(config)
    store = wasmtime.Store(engine)
    instance = wasmtime.Instance(store, wasmtime.Module(engine, binary), [])
    exports = instance.exports(store)
    exports["_initialize"](store)
    return lambda n: exports["run"](store, n)


SYSTEMS = {"wasm3": ("pywasm3", load_wasm3),
           "wasmtime": ("wasmtime", load_wasmtime),
           "pulley": ("wasmtime", lambda binary: load_wasmtime(binary, "pulley64"))}


def main():
    package, load = SYSTEMS[sys.argv[1]]
    if sys.argv[2] == "--version":
        print(package, importlib.metadata.version(package))
        return
    with open(sys.argv[2], "rb") as file:
        run = load(file.read())
    print("ready", flush=True)
    for line in sys.stdin:
        n = int(line.split()[1])
        begin = time.thread_time()
        result = run(n)
        print("%.9f %d" % (time.thread_time() - begin, result & 0xFFFFFFFF), flush=True)


main()
