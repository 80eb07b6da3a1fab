#!/usr/bin/env python3
"""The dyn programs in each tier against Lua, LuaJIT and Node: processor time in seconds (user, best of
--runs), and ratios to Lua 5.4. Usage: run.py VM [--runs N] [PROGRAM...]

SPDX-License-Identifier: MIT
"""
import math
import os
import resource
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SIZES = {'fib': 36, 'fib_double': 36, 'loop': 100000000, 'loop_double': 100000000, 'prop_mono': 50000000,
         'prop_poly': 50000000, 'prop_mega': 50000000, 'methods': 50000000}


def seconds(command, runs):
    best = math.inf
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode != 0:
            return None
        best = min(best, resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before)
    return best


def main():
    arguments = sys.argv[1:]
    runs = 3
    if '--runs' in arguments:
        at = arguments.index('--runs')
        runs = int(arguments[at + 1])
        del arguments[at:at + 2]
    vm, programs = arguments[0], arguments[1:] or list(SIZES)
    columns = [('tier 1', [vm, 'run', '--tier=1'], 'vma'), ('tier 2', [vm, 'run', '--tier=2'], 'vma'),
               ('auto', [vm, 'run'], 'vma'), ('lua5.4', ['lua5.4'], 'lua'),
               ('luajit -joff', ['luajit', '-joff'], 'lua'), ('luajit', ['luajit'], 'lua'),
               ('node', ['node'], 'js')]
    columns = [c for c in columns if c[1][0] == vm or shutil.which(c[1][0])]
    print('| program | ' + ' | '.join(c[0] for c in columns) + ' |')
    print('| --- |' + ' ---: |' * len(columns))
    ratios = {c[0]: [] for c in columns}
    for program in programs:
        row = {}
        for name, command, end in columns:
            row[name] = seconds(command + [os.path.join(HERE, program + '.' + end), str(SIZES[program])], runs)
        for name, value in row.items():
            if value and row.get('lua5.4'):
                ratios[name].append(row['lua5.4'] / value)
        print('| %s | ' % program
              + ' | '.join('-' if row[c[0]] is None else '%.2f' % row[c[0]] for c in columns) + ' |', flush=True)
    print('| times as fast as Lua 5.4 | ' + ' | '.join(
        '%.2f' % math.exp(sum(map(math.log, r)) / len(r)) if r else '-' for r in
        (ratios[c[0]] for c in columns)) + ' |')


if __name__ == '__main__':
    main()
