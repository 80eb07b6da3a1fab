#!/usr/bin/env python3
"""bench.py - what a call each way costs, beside C and beside wasmtime's Python package.

SPDX-License-Identifier: MIT

    bench.py [--build FOLDER] [--wasmtime PYTHON]

Nanoseconds of processor time, best of five, one argument and one result. FOLDER is a build folder of
libvm (for C), PYTHON one that has the package wasmtime. `--only NAME` is for the program itself.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CALLS = 100000


def best(function, *arguments, count=CALLS, loop=True):
    """Nanoseconds a call."""
    least = None
    for _ in range(5):
        start = time.process_time()
        if loop:
            for _ in range(count):
                function(*arguments)
        else:
            function(*arguments)
        taken = (time.process_time() - start) / count * 1e9
        least = taken if least is None else min(least, taken)
    return least


def module():
    from libvm import DYN, EXTERN, I32, Builder
    b = Builder('bench')
    b.import_function('host', 'twice', [I32], [I32])
    for name, kind in (('square', I32), ('dyn', DYN), ('extern', EXTERN.null)):
        with b.function(name, [('x', kind)], [kind], export=True) as f:
            f.get('x')
            if kind == I32:
                f.get('x').i32_mul()
            f.return_()
    with b.function('repeat', [('n', I32)], [I32], export=True) as f:
        f.local('i', I32), f.local('x', I32)
        with f.while_() as w:
            f.get('i').get('n').i32_lt_s()
            w.do()
            f.get('i').call('twice').set('x')
            f.get('i').i32_const(1).i32_add().set('i')
        f.get('x').return_()
    return b.finish()


def measure_libvm():
    from libvm import I32, Engine, Isolate
    engine = Engine()
    isolate = Isolate(engine)
    isolate.define('host', 'twice', lambda x: x * 2, [I32], [I32])
    exports = isolate.instantiate(engine.load(module())).exports
    thing = object()
    print(best(exports.square.call, 3), best(exports.square, 3), best(exports.repeat, CALLS, loop=False),
          best(exports.dyn.call, 3), best(exports.extern.call, thing))


WAT = '''(module
  (import "host" "twice" (func $twice (param i32) (result i32)))
  (func (export "square") (param i32) (result i32) local.get 0 local.get 0 i32.mul)
  (func (export "extern") (param externref) (result externref) local.get 0)
  (func (export "repeat") (param $n i32) (result i32) (local $i i32) (local $x i32)
    (loop $again
      (local.set $x (call $twice (local.get $i)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_s (local.get $i) (local.get $n))))
    local.get $x))'''


def measure_wasmtime():
    import wasmtime
    store = wasmtime.Store()
    module = wasmtime.Module(store.engine, WAT)
    i32 = wasmtime.ValType.i32()
    twice = wasmtime.Func(store, wasmtime.FuncType([i32], [i32]), lambda x: x * 2)
    exports = wasmtime.Instance(store, module, [twice]).exports(store)
    square, repeat, extern = exports['square'], exports['repeat'], exports['extern']
    thing = object()
    print(best(lambda: square(store, 3)), best(lambda: repeat(store, CALLS), loop=False),
          best(lambda: extern(store, thing)), getattr(wasmtime, '__version__', '?'))


def measure_c(build):
    with tempfile.TemporaryDirectory() as folder:
        program, data = os.path.join(folder, 'call'), os.path.join(folder, 'bench.vmb')
        with open(data, 'wb') as f:
            f.write(module())
        subprocess.check_call([shutil.which('cc') or 'cc', '-O2', os.path.join(HERE, 'call.c'), '-o', program,
                               '-I', os.path.join(HERE, '..', '..', '..', 'include'), '-L', build, '-lvm',
                               '-Wl,-rpath,' + build])
        return [float(x) for x in subprocess.check_output([program, data]).split()]


def run(python, only):
    out = subprocess.check_output([python, os.path.abspath(__file__), '--only', only])
    return [float(x) for x in out.decode().split() if x.replace('.', '').isdigit()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--build', default=os.path.join(HERE, '..', '..', '..', 'build', 'release'))
    parser.add_argument('--wasmtime', help='a python that has the package wasmtime')
    parser.add_argument('--only', choices=['libvm', 'wasmtime'])
    options = parser.parse_args()
    if options.only:
        return measure_libvm() if options.only == 'libvm' else measure_wasmtime()
    build = os.path.abspath(options.build)
    os.environ.setdefault('LIBVM_LIBRARY', os.path.join(build, 'libvm.so.0'))
    source = os.path.join(HERE, '..', 'src')
    os.environ['PYTHONPATH'] = source
    sys.path.insert(0, source)
    call, method, host, dyn, extern = run(sys.executable, 'libvm')
    c_call, c_host = measure_c(build)
    w = ['', '', '']
    if options.wasmtime:
        w = ['%.0f' % x for x in run(options.wasmtime, 'wasmtime')[:3]]
    print('| | C | libvm for Python | wasmtime for Python |\n| --- | --- | --- | --- |')
    print('| guest function, `f.call(x)` | %.0f | %.0f | |' % (c_call, call))
    print('| guest function, `f(x)` | | %.0f | %s |' % (method, w[0]))
    print('| host function, called by a loop of the guest | %.0f | %.0f | %s |' % (c_host, host, w[1]))
    print('| guest function, a dyn each way | | %.0f | |' % dyn)
    print('| guest function, a Python object each way | | %.0f | %s |' % (extern, w[2]))


if __name__ == '__main__':
    main()
