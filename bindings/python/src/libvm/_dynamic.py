"""Symbols, maps and shaped objects (docs/dynamic.md).

SPDX-License-Identifier: MIT
"""
from ctypes import byref, c_int32, c_uint32
from typing import Any, Iterator, Tuple

from . import _abi, _convert
from ._abi import vm_ref, vm_value
from ._errors import check
from ._load import api
from ._objects import DYNAMIC, Ref, symbol_text


class Symbol(Ref):
    """A symbol that was looked up once: Isolate.symbol makes one. Anywhere else symbols are str."""

    __slots__ = ()

    def __str__(self) -> str:
        return symbol_text(self._iso, self._use()[1])

    def __bytes__(self) -> bytes:
        return symbol_text(self._iso, self._use()[1]).encode('utf-8', 'surrogateescape')

    def __eq__(self, other: Any) -> bool:
        return str(self) == other if isinstance(other, str) else super().__eq__(other)


class Map(Ref):
    """A map of the guest's; keys and values are whatever a dyn can be."""

    __slots__ = ()

    def _dyn(self, x: Any) -> vm_value:
        return _convert.put(self._iso, _abi.VM_DYN, x, 'key')

    def _find(self, key: Any) -> Tuple[bool, Any]:
        iso, raw = self._prepare()
        k, out, found = self._dyn(key), vm_value(), c_int32()
        check(api.vm_map_get(iso._ptr, raw, byref(k), byref(out), byref(found), iso._errorp), iso._error)
        value = _convert.get(iso, out) if found.value else None
        if iso._made:
            iso._flush()
        return bool(found.value), value

    def __contains__(self, key: Any) -> bool:
        return self._find(key)[0]

    def __getitem__(self, key: Any) -> Any:
        found, value = self._find(key)
        if not found:
            raise KeyError(key)
        return value

    def get(self, key: Any, default: Any = None) -> Any:
        found, value = self._find(key)
        return value if found else default

    def __setitem__(self, key: Any, x: Any) -> None:
        iso, raw = self._prepare()
        k, v = self._dyn(key), self._dyn(x)
        check(api.vm_map_set(iso._ptr, raw, byref(k), byref(v), iso._errorp), iso._error)
        if iso._made:
            iso._flush()

    def __delitem__(self, key: Any) -> None:
        iso, raw = self._prepare()
        k, deleted = self._dyn(key), c_int32()
        check(api.vm_map_delete(iso._ptr, raw, byref(k), byref(deleted), iso._errorp), iso._error)
        if iso._made:
            iso._flush()
        if not deleted.value:
            raise KeyError(key)

    def __len__(self) -> int:
        pointer, raw = self._use()
        out = c_uint32()
        check(api.vm_map_get_length(pointer, raw, byref(out), self._iso._errorp), self._iso._error)
        return out.value

    def items(self) -> Iterator[Tuple[Any, Any]]:
        """Keys and values in the order of insertion."""
        position = c_uint32(0)
        while True:
            iso, raw = self._prepare()
            key, value = vm_value(), vm_value()
            status = api.vm_map_next(iso._ptr, raw, byref(position), byref(key), byref(value), iso._errorp)
            if status == _abi.VM_NOT_FOUND:
                return
            check(status, iso._error)
            pair = _convert.get(iso, key), _convert.get(iso, value)
            if iso._made:
                iso._flush()
            yield pair

    def __iter__(self) -> Iterator[Any]:
        for key, _ in self.items():
            yield key

    keys = __iter__

    def values(self) -> Iterator[Any]:
        for _, value in self.items():
            yield value


class Shaped(Ref):
    """A shaped object: properties as items, ``object['name']``; None if there is none."""

    __slots__ = ()

    def _name(self, name: str) -> vm_ref:
        iso = self._iso
        out = vm_ref()
        data = name.encode('utf-8', 'surrogateescape')
        check(api.vm_symbol_new(iso._ptr, data, len(data), byref(out), iso._errorp), iso._error)
        iso._made = True
        return out

    def __getitem__(self, name: str) -> Any:
        iso, raw = self._prepare()
        out = vm_value()
        check(api.vm_shaped_get(iso._ptr, raw, self._name(name), byref(out), iso._errorp), iso._error)
        value = _convert.get(iso, out)
        iso._flush()
        return value

    def __setitem__(self, name: str, x: Any) -> None:
        iso, raw = self._prepare()
        symbol = self._name(name)
        value = _convert.put(iso, _abi.VM_DYN, x, name)
        check(api.vm_shaped_put(iso._ptr, raw, symbol, byref(value), iso._errorp), iso._error)
        iso._flush()


DYNAMIC.update({_abi.VM_DYNAMIC_MAP: Map, _abi.VM_DYNAMIC_OBJECT: Shaped})
