"""Value types and heap types.

SPDX-License-Identifier: MIT
"""
from typing import Any, Dict, Optional

from . import _abi

def name_bytes(name: str) -> bytes:
    """A name for C: UTF-8 ended by NUL, in which U+0000 is written as two bytes."""
    return name.encode('utf-8', 'surrogateescape').replace(b'\0', b'\xc0\x80')


def name_text(data: Optional[bytes]) -> Optional[str]:
    """The reverse; None for none."""
    if data is None:
        return None
    return data.replace(b'\xc0\x80', b'\0').decode('utf-8', 'surrogateescape')


_NAMES: Dict[int, str] = {
    _abi.VM_I32: 'i32', _abi.VM_I64: 'i64', _abi.VM_F32: 'f32', _abi.VM_F64: 'f64', _abi.VM_DYN: 'dyn',
    _abi.VM_I8: 'i8', _abi.VM_I16: 'i16',
}
_HEAPS: Dict[int, str] = {
    _abi.VM_HEAP_ANY: 'any', _abi.VM_HEAP_STRUCT: 'struct', _abi.VM_HEAP_ARRAY: 'array',
    _abi.VM_HEAP_FUNC: 'func', _abi.VM_HEAP_EXTERN: 'extern', _abi.VM_HEAP_EXN: 'exn',
    _abi.VM_HEAP_WEAK: 'weak',
}
NULLABLE = 0x08000000
HEAP_MASK = 0xFFFFFF


def type_text(raw: int, names: Optional[Dict[int, str]] = None) -> str:
    """A vm_type as the assembler writes it."""
    if raw in _NAMES:
        return _NAMES[raw]
    heap = raw & HEAP_MASK
    name = _HEAPS.get(heap) or (names or {}).get(heap) or 'type %d' % heap
    return '(ref null %s)' % name if raw & NULLABLE else '(ref %s)' % name


class ValueType:
    """The type of a value, a field or an element: ``I32``, ``DYN``, ``EXTERN.ref``, ``node.null``."""

    __slots__ = ('raw', '_text')

    def __init__(self, raw: int, text: Optional[str] = None) -> None:
        self.raw = raw
        self._text = text

    def __repr__(self) -> str:
        return self._text or type_text(self.raw)

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, ValueType) and other.raw == self.raw

    def __hash__(self) -> int:
        return hash(self.raw)


class HeapType:
    """What a reference refers to. ``.ref`` is the reference to it, ``.null`` the one that may be null."""

    __slots__ = ('index', 'name')

    def __init__(self, index: int, name: Optional[str] = None) -> None:
        self.index = index
        self.name = name

    @property
    def ref(self) -> ValueType:
        """A reference that is never null."""
        return ValueType((_abi.VM_KIND_REF << 28) | self.index, self.name and '(ref %s)' % self.name)

    @property
    def null(self) -> ValueType:
        """A reference, or null."""
        return ValueType((_abi.VM_KIND_REF << 28) | NULLABLE | self.index,
                         self.name and '(ref null %s)' % self.name)

    def __repr__(self) -> str:
        return self.name or 'type %d' % self.index


I8 = ValueType(_abi.VM_I8)
I16 = ValueType(_abi.VM_I16)
I32 = ValueType(_abi.VM_I32)
I64 = ValueType(_abi.VM_I64)
F32 = ValueType(_abi.VM_F32)
F64 = ValueType(_abi.VM_F64)
DYN = ValueType(_abi.VM_DYN)

ANY = HeapType(_abi.VM_HEAP_ANY, 'any')
STRUCT = HeapType(_abi.VM_HEAP_STRUCT, 'struct')
ARRAY = HeapType(_abi.VM_HEAP_ARRAY, 'array')
FUNC = HeapType(_abi.VM_HEAP_FUNC, 'func')
EXTERN = HeapType(_abi.VM_HEAP_EXTERN, 'extern')
EXN = HeapType(_abi.VM_HEAP_EXN, 'exn')
WEAK = HeapType(_abi.VM_HEAP_WEAK, 'weak')
