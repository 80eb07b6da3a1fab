#!/usr/bin/env python3
# gen_rows.py - writes numeric.rows: for every numeric instruction, operands and the result that its
# specification demands. SPDX-License-Identifier: MIT
#
# A model of its own, in exact integers and fractions; it shares nothing with libvm. Run
# `gen_rows.py > numeric.rows`; a test checks that the file is what this script writes.
#
#   op NAME TYPES -> TYPE     starts an instruction
#   A B = R                   operands and result; R may be `trap NAME`, or `nan`: any quiet NaN
import math
import struct
from fractions import Fraction

MIN = {32: -(1 << 31), 64: -(1 << 63)}
MAX = {32: (1 << 31) - 1, 64: (1 << 63) - 1}


class Trap(Exception):
    pass


def signed(x, n):
    x &= (1 << n) - 1
    return x - (1 << n) if x >> (n - 1) else x


def unsigned(x, n):
    return x & ((1 << n) - 1)


# ---- floats: a value is its bits; FORMAT: width, exponent bits, fraction bits ----
FORMAT = {'f32': (32, 8, 23), 'f64': (64, 11, 52)}


def is_nan(b, t):
    w, e, f = FORMAT[t]
    return (b >> f) & ((1 << e) - 1) == (1 << e) - 1 and b & ((1 << f) - 1) != 0


def is_inf(b, t):
    w, e, f = FORMAT[t]
    return b & ((1 << (w - 1)) - 1) == ((1 << e) - 1) << f


def sign(b, t):
    return b >> (FORMAT[t][0] - 1)


def with_sign(b, s, t):
    w = FORMAT[t][0]
    return b & ((1 << (w - 1)) - 1) | s << (w - 1)


def inf(s, t):
    w, e, f = FORMAT[t]
    return with_sign(((1 << e) - 1) << f, s, t)


def exact(b, t):  # of a finite value
    w, e, f = FORMAT[t]
    bias = (1 << (e - 1)) - 1
    exp, frac = b >> f & ((1 << e) - 1), b & ((1 << f) - 1)
    if exp:
        frac |= 1 << f
    else:
        exp = 1
    x = Fraction(frac) * Fraction(2) ** (exp - bias - f)
    return -x if sign(b, t) else x


def round_int(x):  # to nearest, ties to even
    n = math.floor(x)
    d = x - n
    return n + (1 if d > Fraction(1, 2) or (d == Fraction(1, 2) and n & 1) else 0)


def rounded(x, t, zero_sign=0):  # exact fraction to bits, to nearest, ties to even
    w, e, f = FORMAT[t]
    if x == 0:
        return with_sign(0, zero_sign, t)
    s, x = (1, -x) if x < 0 else (0, x)
    bias = (1 << (e - 1)) - 1
    exp = x.numerator.bit_length() - x.denominator.bit_length()
    if Fraction(2) ** exp > x:
        exp -= 1
    exp = max(exp, 1 - bias)
    m = round_int(x / Fraction(2) ** (exp - f))
    if m >> (f + 1):
        m >>= 1
        exp += 1
    if exp > bias:
        return inf(s, t)
    bits = m if m < 1 << f else ((exp + bias) << f) + m - (1 << f)
    return with_sign(bits, s, t)


def is_zero(b, t):
    return with_sign(b, 0, t) == 0


def fadd(a, b, t):
    if is_nan(a, t) or is_nan(b, t):
        return 'nan'
    if is_inf(a, t):
        return 'nan' if is_inf(b, t) and sign(a, t) != sign(b, t) else a
    if is_inf(b, t):
        return b
    zero = sign(a, t) & sign(b, t) if is_zero(a, t) and is_zero(b, t) else 0
    return rounded(exact(a, t) + exact(b, t), t, zero)


def fsub(a, b, t):
    if is_nan(b, t):
        return 'nan'
    return fadd(a, with_sign(b, 1 - sign(b, t), t), t)


def fmul(a, b, t):
    s = sign(a, t) ^ sign(b, t)
    if is_nan(a, t) or is_nan(b, t):
        return 'nan'
    if is_inf(a, t) or is_inf(b, t):
        return 'nan' if is_zero(a, t) or is_zero(b, t) else inf(s, t)
    return rounded(exact(a, t) * exact(b, t), t, s)


def fdiv(a, b, t):
    s = sign(a, t) ^ sign(b, t)
    if is_nan(a, t) or is_nan(b, t) or (is_inf(a, t) and is_inf(b, t)):
        return 'nan'
    if is_inf(a, t):
        return inf(s, t)
    if is_inf(b, t):
        return with_sign(0, s, t)
    if is_zero(b, t):
        return 'nan' if is_zero(a, t) else inf(s, t)
    return rounded(exact(a, t) / exact(b, t), t, s)


def less(a, b, t):
    def key(x):
        if is_inf(x, t):
            return -math.inf if sign(x, t) else math.inf
        return exact(x, t)
    return key(a) < key(b)


def fmin(a, b, t, swap=False):
    if is_nan(a, t) or is_nan(b, t):
        return 'nan'
    if is_zero(a, t) and is_zero(b, t):
        return a if sign(a, t) != swap else b
    return a if less(a, b, t) != swap and a != b else b


def fsqrt(a, t):
    if is_nan(a, t) or (sign(a, t) and not is_zero(a, t)):
        return 'nan'
    if is_zero(a, t) or is_inf(a, t):
        return a
    x = exact(a, t)
    # hundreds of bits of the root, with a sticky bit below them, decide every rounding
    shift = 2600
    n = x * Fraction(2) ** shift
    root = math.isqrt(math.floor(n))
    sticky = 0 if Fraction(root * root) == n else 1
    return rounded(Fraction(2 * root + sticky) / Fraction(2) ** (shift // 2 + 1), t)


def fround(how):
    def go(a, t):
        if is_nan(a, t):
            return 'nan'
        if is_inf(a, t):
            return a
        return rounded(Fraction(how(exact(a, t))), t, sign(a, t))
    return go


def truncate(x):
    return math.ceil(x) if x < 0 else math.floor(x)


def compare(op):
    def go(a, b, t):
        if is_nan(a, t) or is_nan(b, t):
            return op == 'ne'
        equal = a == b or (is_zero(a, t) and is_zero(b, t))
        lt = not equal and less(a, b, t)
        return {'eq': equal, 'ne': not equal, 'lt': lt, 'gt': not lt and not equal,
                'le': lt or equal, 'ge': not lt}[op]
    return go


def to_int(a, t, n, is_signed, saturate):
    low, high = (MIN[n], MAX[n]) if is_signed else (0, (1 << n) - 1)
    if is_nan(a, t):
        if saturate:
            return 0
        raise Trap('invalid-conversion')
    if is_inf(a, t):
        x = low - 1 if sign(a, t) else high + 1
    else:
        x = truncate(exact(a, t))
    if saturate:
        return min(max(x, low), high)
    if not low <= x <= high:
        raise Trap('integer-overflow')
    return x


# ---- operands ----
def ints(n):
    small = [0, 1, -1, 2, MIN[n], MAX[n], 0x12345678 if n == 32 else 0x123456789ABCDEF0]
    pairs = [(a, b) for a in small for b in small]
    counts = [3, 5, 7, 31, 32, 33, 63, 64, 65, 127, -2, -31, -64, 1 << 30]
    pairs += [(a, b) for a in (signed(0x80000001 << (n - 32), n), -7) for b in counts]
    pairs += [(7, 2), (-7, 2), (7, -2), (-7, -2), (MIN[n], 3), (MIN[n], MIN[n] + 1),
              (1 << (n // 2), 1 << (n // 2 - 1)), (1 << (n // 2 - 1), 1 << (n // 2)),
              (MIN[n] >> 1, 2), (MIN[n] >> 1, 3), (46341, 46341), (3037000500, 3037000500)]
    return [(signed(a, n), signed(b, n)) for a, b in pairs]


def single_ints(n):
    values = {0, 1, -1, MIN[n], MAX[n], MIN[n] + 1, MAX[n] - 1, 0x12345678}
    for k in (7, 8, 15, 16, 23, 24, 25, 31, 32, 33, 52, 53, 54, 62, 63):
        for d in (-1, 0, 1):
            values |= {signed((1 << k) + d, n), signed(-(1 << k) + d, n)}
    for v in (0x80000040, 0x800000C0, 0x80000081, 0xFFFFFF7F, 0xFFFFFF80, 0x8000008000000001,
              0x8000004000000001, 0x8000008000000000, 0x7FFFFF4000000001, 0xFFFFFFFFFFFFFBFF,
              0xFFFFFFFFFFFFFC00, 0x7FFFFFFFFFFFFDFF, 0x7FFFFFFFFFFFFE00, 0x0020000000000003,
              0xFFFFFF7FFFFFFFFF, 0xFFFFFF8000000000):
        values.add(signed(v, n))
    return sorted(values)


def floats(t):
    w, e, f = FORMAT[t]
    one, big = ((1 << (e - 1)) - 1) << f, (((1 << e) - 1) << f) - 1
    quiet = inf(0, t) | 1 << (f - 1)
    base = [0, one, one + 1, one + (1 << (f - 1)), one * 2 - one + (1 << f), big, 1, (1 << f) - 1,
            1 << f, inf(0, t)]
    return [with_sign(b, s, t) for b in base for s in (0, 1)] + \
        [quiet, with_sign(quiet | 5, 1, t), inf(0, t) | 1]


def float_pairs(t):
    v = floats(t)
    keep = [v[i] for i in (0, 1, 2, 3, 6, 10, 11, 12, 18, 19, 20, 22)]
    pairs = [(a, b) for a in keep for b in keep]
    pairs += [(a, b) for a in v for b in (v[4], v[15])]
    exacts = [('1/3', '3'), ('1/10', '1/5'), ('10', '3'), ('1e30', '1e-30'), ('16777216', '1')]
    for a, b in exacts:
        pairs.append((rounded(Fraction(a), t), rounded(Fraction(b), t)))
    return pairs


def single_floats(t):
    v = list(floats(t))
    f = FORMAT[t][2]
    for x in ('1/2', '3/2', '5/2', '7/2', '49/100', '1/3', '2', '4', '3', '1/4', '9/10', '99/100'):
        v.append(rounded(Fraction(x), t))
    for k in (31, 32, 63, 64, f, f + 1, f - 1):
        v += [rounded(Fraction(2) ** k, t), rounded(Fraction(2) ** k, t) - 1,
              rounded(Fraction(2) ** k, t) + 1]
        for d in (Fraction(1, 2), Fraction(1), Fraction(9, 10)):
            v += [rounded(Fraction(2) ** k - d, t), rounded(Fraction(2) ** k + d, t)]
    v += [with_sign(b, 1, t) for b in v]
    return sorted(set(v))


def f64_for_demote():
    v = single_floats('f64')
    half_ulp = Fraction(2) ** 103
    for x in (Fraction(2) ** 128 - half_ulp, Fraction(2) ** 128 - half_ulp - 1,
              Fraction(2) ** 128, Fraction(2) ** -149, Fraction(2) ** -150,
              Fraction(2) ** -150 * (1 + Fraction(2) ** -50), Fraction(2) ** -126,
              Fraction(2) ** -126 - Fraction(2) ** -151, 1 + Fraction(2) ** -24,
              1 + Fraction(2) ** -24 + Fraction(2) ** -50, 1 + 3 * Fraction(2) ** -24):
        v += [rounded(x, 'f64'), with_sign(rounded(x, 'f64'), 1, 'f64')]
    return sorted(set(v))


# ---- text ----
def show(v, t):
    if v == 'nan':
        return 'nan'
    if t in ('i32', 'i64'):
        n = int(t[1:])
        v = signed(int(v), n)
        return str(v)
    if is_nan(v, t):
        return 'nan:0x%x' % v
    if is_inf(v, t):
        return '-inf' if sign(v, t) else 'inf'
    if is_zero(v, t):
        return '-0x0p+0' if sign(v, t) else '0x0p+0'
    x = struct.unpack('>d', struct.pack('>Q', v))[0] if t == 'f64' else \
        struct.unpack('>f', struct.pack('>I', v))[0]
    mantissa, exponent = x.hex().split('p')
    return mantissa.rstrip('0').rstrip('.') + 'p' + exponent


def section(name, params, result, rows, model):
    print('op %s %s -> %s' % (name, ' '.join(params), result))
    for row in dict.fromkeys(rows):
        try:
            out = show(model(*row), result)
        except Trap as trap:
            out = 'trap ' + str(trap)
        print(' '.join(show(v, t) for v, t in zip(row, params)) + ' = ' + out)


def checked(f, n):
    def go(a, b):
        x = f(a, b)
        if not MIN[n] <= x <= MAX[n]:
            raise Trap('integer-overflow')
        return x
    return go


def divide(n, is_signed, rem):
    def go(a, b):
        if not is_signed:
            a, b = unsigned(a, n), unsigned(b, n)
        if b == 0:
            raise Trap('divide-by-zero')
        q = truncate(Fraction(a, b))
        if rem:
            return a - b * q
        if is_signed and q > MAX[n]:
            raise Trap('integer-overflow')
        return q
    return go


def bits_from_top(a, n):
    return n - unsigned(a, n).bit_length()


def bits_from_bottom(a, n):
    a = unsigned(a, n)
    return (a & -a).bit_length() - 1 if a else n


def rotl(a, k, n):
    a, k = unsigned(a, n), k % n
    return a << k | a >> (n - k)


def integer_sections(n):
    t = 'i%d' % n
    u = lambda x: unsigned(x, n)
    section(t + '.eqz', [t], 'i32', [(a,) for a in single_ints(n)], lambda a: a == 0)
    relations = {'eq': lambda a, b: a == b, 'ne': lambda a, b: a != b}
    for name, op in (('lt', lambda a, b: a < b), ('gt', lambda a, b: a > b),
                     ('le', lambda a, b: a <= b), ('ge', lambda a, b: a >= b)):
        relations[name + '_s'] = op
        relations[name + '_u'] = lambda a, b, op=op: op(u(a), u(b))
    for name, op in relations.items():
        section('%s.%s' % (t, name), [t, t], 'i32', ints(n), op)
    singles = [(a,) for a in single_ints(n)]
    section(t + '.clz', [t], t, singles, lambda a: bits_from_top(a, n))
    section(t + '.ctz', [t], t, singles, lambda a: bits_from_bottom(a, n))
    section(t + '.popcnt', [t], t, singles, lambda a: bin(u(a)).count('1'))
    binary = {
        'add': lambda a, b: a + b, 'sub': lambda a, b: a - b, 'mul': lambda a, b: a * b,
        'div_s': divide(n, True, False), 'div_u': divide(n, False, False),
        'rem_s': divide(n, True, True), 'rem_u': divide(n, False, True),
        'and': lambda a, b: a & b, 'or': lambda a, b: a | b, 'xor': lambda a, b: a ^ b,
        'shl': lambda a, b: a << (b % n), 'shr_s': lambda a, b: a >> (b % n),
        'shr_u': lambda a, b: u(a) >> (b % n),
        'rotl': lambda a, b: rotl(a, b, n), 'rotr': lambda a, b: rotl(a, -b, n),
        'add_checked': checked(lambda a, b: a + b, n),
        'sub_checked': checked(lambda a, b: a - b, n),
        'mul_checked': checked(lambda a, b: a * b, n)}
    for name, op in binary.items():
        section('%s.%s' % (t, name), [t, t], t, ints(n), op)
    for k in (8, 16, 32):
        if k < n:
            section('%s.extend%d_s' % (t, k), [t], t, singles, lambda a, k=k: signed(a, k))


def float_sections(t):
    w = FORMAT[t][0]
    for op in ('eq', 'ne', 'lt', 'gt', 'le', 'ge'):
        section('%s.%s' % (t, op), [t, t], 'i32', float_pairs(t),
                lambda a, b, f=compare(op): f(a, b, t))
    singles = [(a,) for a in single_floats(t)]
    section(t + '.abs', [t], t, singles, lambda a: with_sign(a, 0, t))
    section(t + '.neg', [t], t, singles, lambda a: with_sign(a, 1 - sign(a, t), t))
    for name, how in (('ceil', math.ceil), ('floor', math.floor), ('trunc', truncate),
                      ('nearest', round_int)):
        section('%s.%s' % (t, name), [t], t, singles, lambda a, f=fround(how): f(a, t))
    section(t + '.sqrt', [t], t, singles, lambda a: fsqrt(a, t))
    for name, op in (('add', fadd), ('sub', fsub), ('mul', fmul), ('div', fdiv), ('min', fmin),
                     ('max', lambda a, b, t: fmin(a, b, t, True))):
        section('%s.%s' % (t, name), [t, t], t, float_pairs(t), lambda a, b, f=op: f(a, b, t))
    section(t + '.copysign', [t, t], t, float_pairs(t), lambda a, b: with_sign(a, sign(b, t), t))
    for n in (32, 64):
        for s in (True, False):
            for sat in (False, True):
                name = 'i%d.trunc_%s%s_%s' % (n, 'sat_' if sat else '', t, 's' if s else 'u')
                section(name, [t], 'i%d' % n, singles,
                        lambda a, n=n, s=s, sat=sat: to_int(a, t, n, s, sat))
            section('%s.convert_i%d_%s' % (t, n, 's' if s else 'u'), ['i%d' % n], t,
                    [(a,) for a in single_ints(n)],
                    lambda a, n=n, s=s: rounded(Fraction(a if s else unsigned(a, n)), t))
    section('i%d.reinterpret_%s' % (w, t), [t], 'i%d' % w, singles, lambda a: a)
    section('%s.reinterpret_i%d' % (t, w), ['i%d' % w], t, [(signed(a, w),) for (a,) in singles],
            lambda a: unsigned(a, w))


def convert(a, t, to):
    if is_nan(a, t):
        return 'nan'
    if is_inf(a, t):
        return inf(sign(a, t), to)
    return rounded(exact(a, t), to, sign(a, t))


def main():
    print('# Written by gen_rows.py.')
    for n in (32, 64):
        integer_sections(n)
    section('i32.wrap_i64', ['i64'], 'i32', [(a,) for a in single_ints(64)], lambda a: a)
    section('i64.extend_i32_s', ['i32'], 'i64', [(a,) for a in single_ints(32)], lambda a: a)
    section('i64.extend_i32_u', ['i32'], 'i64', [(a,) for a in single_ints(32)],
            lambda a: unsigned(a, 32))
    for t in ('f32', 'f64'):
        float_sections(t)
    section('f32.demote_f64', ['f64'], 'f32', [(a,) for a in f64_for_demote()],
            lambda a: convert(a, 'f64', 'f32'))
    section('f64.promote_f32', ['f32'], 'f64', [(a,) for a in single_floats('f32')],
            lambda a: convert(a, 'f32', 'f64'))


main()
