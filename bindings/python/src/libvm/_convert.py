"""Values between Python and the guest: one compiled converter a function type.

SPDX-License-Identifier: MIT

A vm_value is 16 bytes: kind, is_ref, and 8 bytes of content. A call packs all arguments with one
struct.pack_into and unpacks all results with one unpack_from; the Python code that does so is made
here once for each function type and shared by all functions of that type. Conversions of single values
(fields, elements, globals) are at the end.
"""
import struct
import sys
from ctypes import addressof, c_char
from functools import partial
from threading import get_ident
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Sequence, Tuple

from . import _abi, _errors, _types
from ._abi import (VM_DYN_DOUBLE, VM_DYN_FALSE, VM_DYN_INT, VM_DYN_TRUE, VM_KIND_DYN, VM_KIND_F32,
                   VM_KIND_F64, VM_KIND_I32, VM_KIND_I64, VM_KIND_REF)
from ._types import type_text
from ._values import double_word, word_double
from ._watch import watch

if TYPE_CHECKING:
    from ._isolate import Isolate

#: Isolate._thread while the guest runs: nobody may use the isolate then
RUNNING = -3
_FORMATS = {VM_KIND_I32: 'i4x', VM_KIND_I64: 'q', VM_KIND_F32: 'f4x', VM_KIND_F64: 'd',
            VM_KIND_DYN: 'Q', VM_KIND_REF: 'Q'}
_RANGES = {VM_KIND_I32: ('i32', 31), VM_KIND_I64: ('i64', 63)}
_LITTLE = sys.byteorder == 'little'


def ref_word(index: int, serial: int) -> int:
    """The 8 bytes of a vm_ref as an integer."""
    return index | serial << 32 if _LITTLE else index << 32 | serial


def word_ref(word: int) -> Tuple[int, int]:
    """The reverse: index and serial."""
    low, high = word & 0xFFFFFFFF, word >> 32
    return (low, high) if _LITTLE else (high, low)


# ---- dyn ----

def dyn_word(isolate: 'Isolate', x: Any) -> Tuple[int, int]:
    """A Python value as a dyn: is_ref and the content."""
    kind = type(x)
    if kind is int:
        if -0x80000000 <= x <= 0x7FFFFFFF:
            return 0, VM_DYN_INT | (x & 0xFFFFFFFF)
        raise _errors.RangeError('%d: an integer in a dyn has 32 bits; pass a float, or an object of the '
                                 'guest' % x)
    if kind is float:
        return 0, double_word(x)
    if x is None:
        return 0, 0
    if kind is bool:
        return 0, VM_DYN_TRUE if x else VM_DYN_FALSE
    if kind is not str and isinstance(x, (int, float)):  # subclasses, IntEnum
        return dyn_word(isolate, int(x) if isinstance(x, int) else float(x))
    return 1, isolate._reference(x, _abi.VM_HEAP_ANY)


def dyn_value(isolate: 'Isolate', is_ref: int, word: int) -> Any:
    """The reverse."""
    if is_ref:
        return isolate._wrap(word)
    if word >= VM_DYN_INT:
        low = word & 0xFFFFFFFF
        return low - 0x100000000 if low & 0x80000000 else low
    if word >= VM_DYN_DOUBLE:
        return word_double(word)
    return None if word == 0 else word == VM_DYN_TRUE


# ---- what does not fit ----

def complain(raw: int, x: Any, what: str) -> None:
    """Raise if `x` cannot be packed as a number of type `raw`."""
    kind = raw >> 28
    if raw in (_abi.VM_I8, _abi.VM_I16):
        kind = VM_KIND_I32
    text = type_text(raw)
    if kind in _RANGES:
        try:
            value = x.__index__()
        except AttributeError:
            raise _errors.ValueTypeError('%s: expected %s (an int), found %.100r' % (what, text, x)) from None
        bits = _RANGES[kind][1]
        if not -1 << bits <= value < 1 << bits:
            raise _errors.RangeError('%s: expected %s (from -2**%d to 2**%d-1), found %d'
                                     % (what, text, bits, bits, value))
    elif kind in (VM_KIND_F32, VM_KIND_F64):
        try:
            struct.pack('=f' if kind == VM_KIND_F32 else '=d', x)
        except OverflowError:
            raise _errors.RangeError('%s: %r is too large for %s' % (what, x, text)) from None
        except (struct.error, TypeError):
            raise _errors.ValueTypeError('%s: expected %s (a float), found %.100r' % (what, text, x)) from None


def complain_all(types: Sequence[int], values: Sequence[Any], what: str, cause: BaseException) -> None:
    """Raise for the first of `values` that does not fit; or `cause`, if each one does."""
    for i, (raw, x) in enumerate(zip(types, values)):
        complain(raw, x, '%s %d' % (what, i))
    raise cause


# ---- compiled converters ----

def _row(types: Sequence[int]) -> struct.Struct:
    return struct.Struct('=' + ''.join('II' + _FORMATS[t >> 28] for t in types))


def _unpack_row(types: Sequence[int]) -> struct.Struct:
    parts = ['4xI' if t >> 28 == VM_KIND_DYN else '8x' for t in types]
    return struct.Struct('=' + ''.join(p + _FORMATS[t >> 28] for p, t in zip(parts, types)))


def _packing(types: Sequence[int], names: Sequence[str]) -> Tuple[List[str], List[str]]:
    """Statements before a pack, and its arguments."""
    before, packed = [], []
    for t, name in zip(types, names):
        kind = t >> 28
        if kind == VM_KIND_DYN:
            before.append('r_%s, w_%s = dyn_word(isolate, %s)' % (name, name, name))
            packed.append('%d, r_%s, w_%s' % (kind, name, name))
        elif kind == VM_KIND_REF:
            before.append('w_%s = 0 if %s is None else isolate._reference(%s, %d)'
                          % (name, name, name, t & _types.HEAP_MASK))
            packed.append('%d, 0, w_%s' % (kind, name))
        else:
            packed.append('%d, 0, %s' % (kind, name))
    return before, packed


def _unpacking(types: Sequence[int], prefix: str) -> Tuple[str, List[str]]:
    """The targets of an unpack, and the expressions for the Python values."""
    targets, values = [], []
    for i, t in enumerate(types):
        name = '%s%d' % (prefix, i)
        if t >> 28 == VM_KIND_DYN:
            targets.append('r_%s, %s' % (name, name))
            values.append('dyn_value(isolate, r_%s, %s)' % (name, name))
        elif t >> 28 == VM_KIND_REF:
            targets.append(name)
            extern = t & _types.HEAP_MASK == _abi.VM_HEAP_EXTERN
            values.append('unwrap_word(isolate, %s)' % name if extern else
                          '(isolate._wrap(%s) if %s else None)' % (name, name))
        else:
            targets.append(name)
            values.append(name)
    return ', '.join(targets) + ',', values


def _indent(lines: Sequence[str], by: int) -> str:
    return '\n'.join(' ' * by + line for line in lines)


# All conversions of a call happen while the isolate is RUNNING: a signal handler that comes in between
# cannot use the isolate, and so not the buffers and handles that are in use.
_CALL = '''
def factory(isolate, call, target, pointer, keep):
    arguments = bytearray({nargs} * 16 or 1)
    results = bytearray({nresults} * 16 or 1)
    at = (c_char * len(arguments)).from_buffer(arguments)
    back = (c_char * len(results)).from_buffer(results)
    record = isolate._record
    def {name}({names}):
        if isolate._thread != get_ident():
            isolate._refuse()
        if isolate._dead:
            isolate._drain()
        if isolate._host_depth or not isolate._main:
            headroom()
{scope}
        owner = isolate._owner
        isolate._thread = RUNNING
        try:
{before}
            try:
                pack(arguments, 0, {packed})
            except (struct_error, TypeError, OverflowError, AttributeError) as error:
                complain_all({types}, ({names}), 'argument', error)
            if isolate._main and watch.current is not isolate:
                status = watch.run(isolate, call, pointer, target, at, {cn}, back, {cr}, record)
            else:
                status = call(pointer, target, at, {cn}, back, {cr}, record)
            if status or isolate._pending is not None:
                raise isolate._failure(status)
{after}
        finally:
            isolate._thread = owner
    {name}.keep = keep  # the handle of the function
    return {name}
'''

_HOST = '''
def factory(isolate, function, type_args, type_results):
    def {name}(_isolate, _user, args, results):
        scope = isolate._scope
        local = isolate._local
        try:
            isolate._host_depth += 1
            isolate._scope = None
            isolate._local = False
{unpack}
            isolate._thread = isolate._owner
            value = function({values})
            isolate._thread = RUNNING
{store}
            return 0
        except BaseException as error:
            isolate._thread = RUNNING
            return isolate._host_failed(error)
        finally:
            isolate._host_depth -= 1
            isolate._scope = scope
            isolate._local = local
            isolate._thread = RUNNING
    return {name}
'''


# headroom() raises RecursionError here, before the guest is entered, if a callback could not do its work:
# raised while a callback begins or while it hands an exception on, it would be lost. Up to Python 3.11
# calls of C count towards the limit, which nested tuples use up quickest.
_NEST: Any = int
for _ in range(40):
    _NEST = (_NEST,)


def _descend(levels: int = 8) -> None:
    if levels:
        _descend(levels - 1)


headroom: Callable[[], Any] = _descend
if sys.version_info < (3, 12):
    headroom = partial(isinstance, None, _NEST)

_cache: Dict[Tuple[Any, ...], Callable[..., Any]] = {}


def _compile(source: str, extra: Dict[str, Any]) -> Callable[..., Any]:
    from ._objects import unwrap_word
    names: Dict[str, Any] = {
        'get_ident': get_ident, 'struct_error': struct.error, 'complain_all': complain_all,
        'dyn_word': dyn_word, 'dyn_value': dyn_value, 'watch': watch, 'RUNNING': RUNNING,
        'c_char': c_char, 'headroom': headroom, 'unwrap_word': unwrap_word,
    }
    names.update(extra)
    exec(compile(source, '<libvm call>', 'exec'), names)
    factory: Callable[..., Any] = names['factory']
    return factory


def call_factory(params: Tuple[int, ...], results: Tuple[int, ...]) -> Callable[..., Any]:
    """factory(isolate, vm_call, reference, isolate pointer, name) makes a Python function that calls a
    guest function of this type."""
    key = ('call', params, results)
    if key in _cache:
        return _cache[key]
    names = ['a%d' % i for i in range(len(params))]
    before, packed = _packing(params, names)
    target, values = _unpacking(results, 'v')
    traced = any(t >> 28 in (VM_KIND_DYN, VM_KIND_REF) for t in results)
    after = []
    if results:
        after.append('%s = unpack(results)' % target)
    if traced or before:
        result = values[0] if len(values) == 1 else '(%s)' % ''.join(v + ', ' for v in values)
        after += ['value = %s' % (result if values else 'None'),
                  'if isolate._made:', '    isolate._flush()', 'return value']
    elif results:
        after.append('return %s' % (values[0] if len(values) == 1 else ', '.join(values)))
    else:
        after.append('return None')
    source = _CALL.format(
        nargs=len(params), nresults=len(results), name='guest_function',
        names=''.join(n + ', ' for n in names),
        before=_indent(before, 12), packed=', '.join(packed), types=repr(params), cn=len(params),
        cr=len(results),
        scope=_indent(['if isolate._scope is None:', '    isolate._open()'], 8)
        if traced else '',
        after=_indent(after, 12))
    if not params:
        source = source.replace('                pack(arguments, 0, )\n', '                pass\n')
    _cache[key] = _compile(source, {'pack': _row(params).pack_into,
                                    'unpack': _unpack_row(results).unpack_from})
    return _cache[key]


def host_factory(params: Tuple[int, ...], results: Tuple[int, ...]) -> Callable[..., Any]:
    """factory(isolate, function, params, results) makes what ctypes calls for a host function."""
    key = ('host', params, results)
    if key in _cache:
        return _cache[key]
    target, values = _unpacking(params, 'a')
    unpack = ['%s = unpack(Arguments.from_address(args))' % target] if params else []
    for i, value in enumerate(values):
        if value != 'a%d' % i:
            unpack.append('a%d = %s' % (i, value))
    values = ['a%d' % i for i in range(len(params))]
    store = []
    names = ['v%d' % i for i in range(len(results))]
    if results:
        if len(results) == 1:
            names = ['value']
        else:
            store += ['try:', '    %s = value' % ', '.join(names),
                      'except (TypeError, ValueError):',
                      '    raise wrong_count(value, %d) from None' % len(results)]
        before, packed = _packing(results, names)
        store += before
        store += ['try:', '    pack(Results.from_address(results), 0, %s)' % ', '.join(packed),
                  'except (struct_error, TypeError, OverflowError, AttributeError) as error:',
                  "    complain_all(type_results, (%s,), 'result', error)" % ', '.join(names)]
    source = _HOST.format(name='_libvm_callback', unpack=_indent(unpack, 12),
                          values=', '.join(values), store=_indent(store, 12))
    _cache[key] = _compile(source, {
        'pack': _row(results).pack_into, 'unpack': _unpack_row(params).unpack_from,
        'Arguments': c_char * (16 * len(params)), 'Results': c_char * (16 * len(results)),
        'wrong_count': wrong_count})
    return _cache[key]


def wrong_count(value: Any, count: int) -> _errors.ValueTypeError:
    return _errors.ValueTypeError('results: expected a tuple of %d, found %.100r' % (count, value))


# ---- single values ----

def put(isolate: 'Isolate', raw: int, x: Any, what: str) -> _abi.vm_value:
    """A vm_value of type `raw`; packed types take an i32."""
    value = _abi.vm_value()
    kind = raw >> 28
    if raw in (_abi.VM_I8, _abi.VM_I16):
        kind = VM_KIND_I32
    value.kind = kind
    if kind == VM_KIND_DYN:
        value.is_ref, value.of.dyn = dyn_word(isolate, x)
    elif kind == VM_KIND_REF:
        value.of.dyn = 0 if x is None else isolate._reference(x, raw & _types.HEAP_MASK)
    else:
        try:
            struct.pack_into('=' + _FORMATS[kind], (c_char * 8).from_address(addressof(value.of)), 0, x)
        except (struct.error, TypeError, OverflowError, AttributeError) as error:
            complain(raw, x, what)
            raise error
    return value


def get(isolate: 'Isolate', value: _abi.vm_value) -> Any:
    """The Python value of a vm_value."""
    kind = value.kind
    if kind == VM_KIND_I32:
        return value.of.i32
    if kind == VM_KIND_F64:
        return value.of.f64
    if kind == VM_KIND_I64:
        return value.of.i64
    if kind == VM_KIND_F32:
        return value.of.f32
    if kind == VM_KIND_DYN:
        return dyn_value(isolate, value.is_ref, value.of.dyn)
    return isolate._wrap(value.of.dyn) if value.of.dyn else None
