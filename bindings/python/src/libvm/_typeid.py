"""Types of an isolate: what its structs and arrays are made of, and making them.

SPDX-License-Identifier: MIT
"""
import struct as _struct
from ctypes import byref
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple, Union

from . import _abi, _convert, _errors, _types
from ._abi import vm_ref, vm_value
from ._errors import check
from ._load import api

if TYPE_CHECKING:
    from ._isolate import Isolate
    from ._objects import Array, Struct


class TypeId:
    """A type of the isolate: Instance.type, Ref.type and Isolate.array_type give one."""

    def __init__(self, isolate: 'Isolate', index: int, keep: Any = None) -> None:
        self._iso = isolate
        self._keep = keep  # an instance or object whose type it is
        self.index = index
        self._fields: Optional[List[Tuple[Optional[str], int, bool]]] = None
        info = _abi.vm_ref_info()
        check(api.vm_type_get_info(isolate._ptr, index, byref(info), isolate._errorp), isolate._error)
        self.heap: int = info.heap
        self.count: int = info.count
        self.name = _types.name_text(info.name)

    @property
    def ref(self) -> _types.ValueType:
        return _types.HeapType(self.index, self.name).ref

    @property
    def null(self) -> _types.ValueType:
        return _types.HeapType(self.index, self.name).null

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, TypeId) and other._iso is self._iso and other.index == self.index

    def __hash__(self) -> int:
        return hash((id(self._iso), self.index))

    def __repr__(self) -> str:
        return '<libvm.TypeId %s>' % (self.name or self.index)

    def _layout(self) -> List[Tuple[Optional[str], int, bool]]:
        """Name, storage type and mutability of each field, or of the element."""
        if self._fields is None:
            iso, info, fields = self._iso, _abi.vm_field_info(), []
            iso._enter()
            count = self.count if self.heap == _abi.VM_HEAP_STRUCT else 1
            for i in range(count):
                check(api.vm_type_get_field(iso._ptr, self.index, i, byref(info), iso._errorp), iso._error)
                name = _types.name_text(info.name)
                fields.append((name, info.type, bool(info.mut)))
            self._fields = fields
        return self._fields

    @property
    def fields(self) -> Dict[str, _types.ValueType]:
        """Names and storage types of a struct's fields."""
        self._iso._enter()
        return {n or '#%d' % i: _types.ValueType(t) for i, (n, t, _) in enumerate(self._layout())}

    def field_index(self, name: Union[str, int]) -> int:
        layout = self._layout()
        for i, field in enumerate(layout):
            if field[0] == name or i == name:
                return i
        raise _errors.NotFoundError('%s has no field %r' % (self.name or 'the struct', name))

    def __call__(self, *fields: Any, **named: Any) -> 'Struct':
        """Make a struct: all fields in order, or some by name and the others their default."""
        iso = self._iso
        iso._enter()
        if self.heap != _abi.VM_HEAP_STRUCT:
            raise _errors.ValueTypeError('%r is not a struct type; .array makes arrays' % self)
        layout = self._layout()
        values: List[Any] = [_default(raw) for _, raw, _ in layout]
        if len(fields) > len(layout):
            raise _errors.ValueTypeError('%r: expected at most %d fields, found %d'
                                         % (self, len(layout), len(fields)))
        values[:len(fields)] = fields
        for name, x in named.items():
            values[self.field_index(name)] = x
        if iso._scope is None:
            iso._open()
        row = (vm_value * len(layout))()
        for i, (field, raw, _) in enumerate(layout):
            row[i] = _convert.put(iso, raw, values[i], 'field %s' % (field or i))
        out = vm_ref()
        check(api.vm_struct_new(iso._ptr, self.index, row if layout else None, len(layout), byref(out),
                                iso._errorp), iso._error)
        result: Struct = iso._take(out)
        return result

    def array(self, length: int, fill: Any = None) -> 'Array':
        """Make an array of `length` elements, each `fill`, or the default."""
        iso = self._iso
        iso._enter()
        self._array_type()
        if iso._scope is None:
            iso._open()
        value = None
        if fill is not None:
            value = byref(_convert.put(iso, self._layout()[0][1], fill, 'fill'))
        out = vm_ref()
        if not 0 <= length <= 0xFFFFFFFF:
            raise _errors.RangeError('length: expected a number from 0 to 2**32-1, found %d' % length)
        check(api.vm_array_new(iso._ptr, self.index, length, value, byref(out), iso._errorp), iso._error)
        result: Array = iso._take(out)
        return result

    def of(self, values: Any) -> 'Array':
        """Make an array of these elements."""
        iso = self._iso
        iso._enter()
        self._array_type()
        values = list(values)
        raw = self._layout()[0][1]
        if iso._scope is None:
            iso._open()
        if raw in ELEMENTS:
            try:
                data = _struct.pack('=%d%s' % (len(values), ELEMENTS[raw]),
                                    *_bounded(raw, values))
            except (_struct.error, TypeError, OverflowError) as error:
                _convert.complain_all([raw] * len(values), values, 'element', error)
            out = vm_ref()
            check(api.vm_array_new_data(iso._ptr, self.index, data, len(values), byref(out), iso._errorp),
                  iso._error)
            result: Array = iso._take(out)
            return result
        made = self.array(len(values), values[0] if values else None)
        for i, x in enumerate(values):
            made[i] = x
        return made

    def _array_type(self) -> None:
        if self.heap != _abi.VM_HEAP_ARRAY:
            raise _errors.ValueTypeError('%r is not an array type; calling it makes structs' % self)


def _default(raw: int) -> Any:
    kind = raw >> 28
    return None if kind in (_abi.VM_KIND_DYN, _abi.VM_KIND_REF) else 0


def _bounded(raw: int, values: List[Any]) -> List[Any]:
    """Packed elements take the low bits."""
    if raw == _abi.VM_I8:
        return [x & 0xFF for x in values]
    return [x & 0xFFFF for x in values] if raw == _abi.VM_I16 else values


#: how struct packs the elements of arrays of numbers
ELEMENTS = {_abi.VM_I8: 'B', _abi.VM_I16: 'H', _abi.VM_I32: 'i', _abi.VM_I64: 'q', _abi.VM_F32: 'f',
             _abi.VM_F64: 'd'}
