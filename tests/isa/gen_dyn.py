#!/usr/bin/env python3
"""dyn arithmetic and comparison on pairs of edge values, from the rules of docs/dynamic.md and not from the
implementation: python3 gen_dyn.py > programs/dyn_rows.vma

SPDX-License-Identifier: MIT
"""
import math

MIN, MAX = -2**31, 2**31 - 1
INTS = [0, 1, -1, 7, 65536, MIN, MAX]
DOUBLES = [0.0, -0.0, 7.0, -1e308, math.inf, math.nan]
OTHERS = ['nil', 'true']
FEW = [0, 7, MIN, -0.0, 7.0, math.nan, 'nil', 'true']
SLOW = 'true'  # what the slow path of arithmetic answers; that of comparisons 7
ARITHMETIC = ['add', 'sub', 'mul', 'div', 'idiv', 'mod', 'and', 'or', 'xor']
COMPARISONS = ['eq', 'lt', 'le', 'gt', 'ge']
PRELUDE = """; dyn arithmetic and comparison on edge values. Made by gen_dyn.py; do not edit.
module dyn_rows

func slow2 (dyn, dyn) -> (dyn) {
  i32.const 1
  dyn.from_bool
  return
}
func slow1 (dyn) -> (dyn) {
  i32.const 1
  dyn.from_bool
  return
}
func unknown (dyn, dyn) -> (i32) {
  i32.const 7
  return
}
"""


def text(v):
    if isinstance(v, str):
        return v
    if isinstance(v, int):
        return 'i:%d' % v
    if math.isnan(v):
        return 'd:nan:0x7ff8000000000000'
    return 'd:' + (v.hex() if math.isfinite(v) else repr(v))


def divide(a, b):
    if math.isnan(a) or math.isnan(b):
        return math.nan
    if b == 0:
        if a == 0:
            return math.nan
        return math.copysign(math.inf, math.copysign(1, a) * math.copysign(1, b))
    if math.isinf(a) and math.isinf(b):
        return math.nan
    return a / b


def double_op(op, a, b):
    return {'add': lambda: a + b, 'sub': lambda: a - b, 'mul': lambda: a * b,
            'div': lambda: divide(a, b)}.get(op, lambda: SLOW)()


def int_op(op, a, b):
    if op in ('add', 'sub', 'mul'):
        r = {'add': a + b, 'sub': a - b, 'mul': a * b}[op]
        if not MIN <= r <= MAX or (op == 'mul' and r == 0 and (a < 0 or b < 0)):
            return SLOW
        return r
    if op in ('idiv', 'mod'):
        if a < 0 or b <= 0:
            return SLOW
        return a // b if op == 'idiv' else a % b
    if op in ('and', 'or', 'xor'):
        return {'and': a & b, 'or': a | b, 'xor': a ^ b}[op]
    return SLOW


def arithmetic(op, a, b):
    if isinstance(a, int) and isinstance(b, int):
        return int_op(op, a, b)
    if isinstance(a, float) and isinstance(b, float):
        return double_op(op, a, b)
    return SLOW


def compare(op, a, b):
    number = (int, float)
    if type(a) is type(b) and isinstance(a, number):
        return int({'eq': a == b, 'lt': a < b, 'le': a <= b, 'gt': a > b, 'ge': a >= b}[op])
    if op != 'eq' or (isinstance(a, number) and isinstance(b, number)):
        return 7
    return int(a is b or (isinstance(a, str) and a == b))


def negate(a):
    if isinstance(a, int) and a not in (0, MIN):
        return -a
    return -a if isinstance(a, float) else SLOW


def constant(v):
    if isinstance(v, int):
        return '  i32.const %d\n  dyn.from_i32\n' % v
    return '  f64.const %s\n  dyn.from_f64\n' % (v.hex() if math.isfinite(v) else repr(v))


def function(name, result, *lines):
    print('export func "%s" %s\nfunc %s (dyn, dyn) -> (%s) {' % (name, name, name, result))
    print('\n'.join('  ' + l if not l.endswith(':') else l for l in lines))
    print('}')


PAIR = ('local.get 0', 'local.get 1')


def main():
    print(PRELUDE)
    for op in ARITHMETIC:
        function(op, 'dyn', *PAIR, 'dyn.%s slow2' % op, 'return')
    print('export func "neg" neg\nfunc neg (dyn) -> (dyn) {\n  local.get 0\n  dyn.neg slow1\n  return\n}')
    for op in COMPARISONS:
        row = 'dyn.%s unknown' % op
        function(op, 'i32', *PAIR, row, 'return')
        function(op + '_if', 'i32', *PAIR, row, 'br_if yes', 'i32.const 0', 'return', 'yes:',
                 'i32.const 1', 'return')
        function(op + '_unless', 'i32', *PAIR, row, 'br_unless no', 'i32.const 1', 'return', 'no:',
                 'i32.const 0', 'return')
        function(op + '_eqz_if', 'i32', *PAIR, row, 'i32.eqz', 'br_if no', 'i32.const 1', 'return', 'no:',
                 'i32.const 0', 'return')
    constants = [1, 0, -1, 0.5, math.nan]
    for i, k in enumerate(constants):
        for op in ('add', 'mul', 'mod'):
            print('export func "%s_k%d" %s_k%d\nfunc %s_k%d (dyn) -> (dyn) {\n  local.get 0\n%s  dyn.%s slow2\n  return\n}'
                  % (op, i, op, i, op, i, constant(k), op))
            print('export func "%s_l%d" %s_l%d\nfunc %s_l%d (dyn) -> (dyn) {\n%s  local.get 0\n  dyn.%s slow2\n  return\n}'
                  % (op, i, op, i, op, i, constant(k), op))
        for op in ('lt', 'eq'):
            print('export func "%s_k%d" %s_k%d\nfunc %s_k%d (dyn) -> (i32) {\n  local.get 0\n%s  dyn.%s unknown\n  br_if yes\n'
                  '  i32.const 0\n  return\nyes:\n  i32.const 1\n  return\n}' % (op, i, op, i, op, i, constant(k), op))
    values = INTS + DOUBLES + OTHERS
    pairs = [(a, b) for a in values for b in values]
    for op in ARITHMETIC:
        for a, b in pairs:
            print('; expect %s %s %s = %s' % (op, text(a), text(b), text(arithmetic(op, a, b))))
    for a in values:
        print('; expect neg %s = %s' % (text(a), text(negate(a))))
    for op in COMPARISONS:
        for a, b in pairs:
            r = compare(op, a, b)
            print('; expect %s %s %s = %d' % (op, text(a), text(b), r))
            if a not in FEW or b not in FEW:
                continue
            for form in ('if', 'unless', 'eqz_if'):
                print('; expect %s_%s %s %s = %d' % (op, form, text(a), text(b), r != 0))
    for i, k in enumerate(constants):
        for a in values:
            for op in ('add', 'mul', 'mod'):
                print('; expect %s_k%d %s = %s' % (op, i, text(a), text(arithmetic(op, a, k))))
                print('; expect %s_l%d %s = %s' % (op, i, text(a), text(arithmetic(op, k, a))))
            for op in ('lt', 'eq'):
                print('; expect %s_k%d %s = %d' % (op, i, text(a), compare(op, a, k) != 0))


if __name__ == '__main__':
    main()
