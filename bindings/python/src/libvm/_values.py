"""The inline functions of vm/value.h in Python, for ctypes cannot call those.

SPDX-License-Identifier: MIT

A test compares each with the compiled one. The conversions that calls use (_convert.py) are made of the
same constants, but pack whole rows of values at once.
"""
import struct

from ._abi import (VM_DYN_DOUBLE, VM_DYN_FALSE, VM_DYN_INT, VM_DYN_NIL, VM_DYN_TRUE, VM_KIND_DYN,
                   VM_KIND_F32, VM_KIND_F64, VM_KIND_I32, VM_KIND_I64, VM_KIND_REF, vm_ref, vm_value)

_DOUBLE = struct.Struct('=d')
_WORD = struct.Struct('=Q')
NAN_BITS = 0x7FF8000000000000


def vm_value_i32(x: int) -> vm_value:
    v = vm_value(VM_KIND_I32)
    v.of.i32 = x
    return v


def vm_value_i64(x: int) -> vm_value:
    v = vm_value(VM_KIND_I64)
    v.of.i64 = x
    return v


def vm_value_f32(x: float) -> vm_value:
    v = vm_value(VM_KIND_F32)
    v.of.f32 = x
    return v


def vm_value_f64(x: float) -> vm_value:
    v = vm_value(VM_KIND_F64)
    v.of.f64 = x
    return v


def vm_value_ref(ref: vm_ref) -> vm_value:
    v = vm_value(VM_KIND_REF)
    v.of.ref = ref
    return v


def vm_value_null() -> vm_value:
    return vm_value(VM_KIND_REF)


def vm_value_dyn(word: int) -> vm_value:
    v = vm_value(VM_KIND_DYN)
    v.of.dyn = word
    return v


def vm_dyn_nil() -> vm_value:
    return vm_value_dyn(VM_DYN_NIL)


def vm_dyn_bool(x: int) -> vm_value:
    return vm_value_dyn(VM_DYN_TRUE if x else VM_DYN_FALSE)


def vm_dyn_int(x: int) -> vm_value:
    return vm_value_dyn(VM_DYN_INT | (x & 0xFFFFFFFF))


def double_word(x: float) -> int:
    """The word of a double; every NaN has the same."""
    bits: int = _WORD.unpack(_DOUBLE.pack(x))[0] if x == x else NAN_BITS
    return (bits + VM_DYN_DOUBLE) & 0xFFFFFFFFFFFFFFFF


def word_double(word: int) -> float:
    """The double of a word."""
    value: float = _DOUBLE.unpack(_WORD.pack((word - VM_DYN_DOUBLE) & 0xFFFFFFFFFFFFFFFF))[0]
    return value


def vm_dyn_double(x: float) -> vm_value:
    return vm_value_dyn(double_word(x))


def vm_dyn_ref(ref: vm_ref) -> vm_value:
    v = vm_value_dyn(VM_DYN_NIL)
    v.is_ref = ref.index != 0 or ref.serial != 0
    v.of.ref = ref
    return v


def vm_dyn_is_ref(v: vm_value) -> bool:
    return v.kind == VM_KIND_DYN and v.is_ref != 0


def vm_dyn_is_immediate(v: vm_value) -> bool:
    return v.kind == VM_KIND_DYN and v.is_ref == 0


def vm_dyn_is_nil(v: vm_value) -> bool:
    return vm_dyn_is_immediate(v) and v.of.dyn == VM_DYN_NIL


def vm_dyn_is_bool(v: vm_value) -> bool:
    return vm_dyn_is_immediate(v) and v.of.dyn in (VM_DYN_FALSE, VM_DYN_TRUE)


def vm_dyn_is_int(v: vm_value) -> bool:
    return vm_dyn_is_immediate(v) and v.of.dyn >= VM_DYN_INT


def vm_dyn_is_double(v: vm_value) -> bool:
    return vm_dyn_is_immediate(v) and VM_DYN_DOUBLE <= v.of.dyn < VM_DYN_INT


def vm_dyn_to_bool(v: vm_value) -> bool:
    return v.of.dyn == VM_DYN_TRUE


def vm_dyn_to_int(v: vm_value) -> int:
    low = v.of.dyn & 0xFFFFFFFF
    return low - 0x100000000 if low & 0x80000000 else low


def vm_dyn_to_double(v: vm_value) -> float:
    return word_double(v.of.dyn)


def vm_ref_null() -> vm_ref:
    return vm_ref(0, 0)


def vm_ref_is_null(ref: vm_ref) -> bool:
    return ref.index == 0 and ref.serial == 0
