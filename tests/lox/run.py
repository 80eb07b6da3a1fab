#!/usr/bin/env python3
"""Runs the test programs of Crafting Interpreters and compares output, messages and exit code.

SPDX-License-Identifier: MIT

usage: run.py LOX SCRIPTS [OPTION...]     options are given to LOX, a set of all programs is run

What a program must do stands in its comments:
  // expect: TEXT                  a line on standard output
  // expect runtime error: TEXT    first line on standard error, with [line N] of this line; exit code 70
  // Error ...                     a message on standard error with this line's number; exit code 65
  // [line N] Error ...            the same with another line
  // [c line N], [java line N]     only for that implementation; ours follows the one in C
"""
import concurrent.futures
import os
import re
import subprocess
import sys

EXPECT = re.compile(r'// expect: ?(.*)')
RUNTIME = re.compile(r'// expect runtime error: (.+)')
ERROR = re.compile(r'// (Error.*)')
ERROR_LINE = re.compile(r'// \[((java|c) )?line (\d+)\] (Error.*)')

# How many programs and expectations there are in the book's folder and in `programs` beside this file: a run that
# finds fewer has not tested what it should.
COUNTS = {'lox': (197, 491), 'programs': (2, 37)}


class Expected:
    def __init__(self, path):
        self.output, self.errors, self.runtime, self.runtime_line = [], [], None, 0
        with open(path, encoding='utf-8') as f:
            for number, line in enumerate(f, 1):
                self.read_line(number, line)
        self.code = 65 if self.errors else 70 if self.runtime else 0

    def read_line(self, number, line):
        if m := EXPECT.search(line):
            self.output.append(m[1])
        elif m := RUNTIME.search(line):
            self.runtime, self.runtime_line = m[1], number
        elif m := ERROR_LINE.search(line):
            if m[2] != 'java':
                self.errors.append(f'[line {m[3]}] {m[4]}')
        elif m := ERROR.search(line):
            self.errors.append(f'[line {number}] {m[1]}')

    def count(self):
        return len(self.output) + len(self.errors) + (self.runtime is not None)


def differences(expected, done):
    out = done.stdout.decode('utf-8', 'replace').splitlines()
    err = done.stderr.decode('utf-8', 'replace').splitlines()
    if done.returncode != expected.code:
        yield f'exit code: expected {expected.code}, found {done.returncode}; {err[:3]}'
    if out != expected.output:
        yield f'output: expected {expected.output}, found {out}'
    if expected.runtime:
        if err[:1] != [expected.runtime]:
            yield f'error: expected {expected.runtime}, found {err[:1]}'
        place = next((l for l in err if l.startswith('[line ')), None)
        if not place or not place.startswith(f'[line {expected.runtime_line}] '):
            yield f'place: expected [line {expected.runtime_line}], found {place}'
    elif sorted(err) != sorted(expected.errors):
        yield f'errors: expected {expected.errors}, found {err}'


def check(lox, options, path):
    try:
        done = subprocess.run([lox, *options, path], capture_output=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        return [f'{path}: no end after 120 s']
    return [f'{path}: {d}' for d in differences(Expected(path), done)]


def programs(root):
    for folder, _, files in os.walk(root):
        if os.path.basename(folder) != 'benchmark':
            yield from (os.path.join(folder, f) for f in files if f.endswith('.lox'))


def main():
    lox, root, *options = sys.argv[1:]
    if not os.path.isdir(root):
        print(f'skipped: no test programs in {root}')
        return 77
    paths = sorted(programs(root))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        failures = [f for r in pool.map(lambda p: check(lox, options, p), paths) for f in r]
    expectations = sum(Expected(p).count() for p in paths)
    for f in failures:
        print(f)
    print(f'{len(paths)} programs, {expectations} expectations, {len(failures)} failures')
    expected = COUNTS[os.path.basename(os.path.normpath(root))]
    if (len(paths), expectations) != expected:
        print(f'expected {expected[0]} programs with {expected[1]} expectations')
        return 1
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
