"""Instances: functions, globals, memories, tables and types of a linked module.

SPDX-License-Identifier: MIT
"""
import ctypes
from ctypes import byref, c_uint32, c_uint64, c_void_p
from typing import TYPE_CHECKING, Any, Dict, Iterator, Optional, Union

from . import _abi, _convert, _errors
from ._abi import EntityKind, vm_ref, vm_value
from ._engine import Module
from ._errors import check
from ._load import api
from ._types import name_bytes

if TYPE_CHECKING:
    from ._isolate import Isolate
    from ._objects import Function
    from ._typeid import TypeId


class Instance:
    """A module linked into an isolate. Isolate.instantiate makes one.

    It goes with the isolate, or earlier: once released, by `release` or because Python has lost it, it goes
    when nothing of the guest reaches it any more. One with a name stays until it is released or undefined.

    ``instance.exports.add(1, 2)``, ``instance.call('add', 1, 2)`` and ``instance['add'](1, 2)`` are
    alike; ``instance.globals['counter']`` reads and writes globals."""

    def __init__(self, isolate: 'Isolate', module: Module, name: Optional[str] = None) -> None:
        self.isolate = isolate
        self.module = module
        isolate._enter()
        out = c_void_p()
        self._functions: Dict[str, 'Function'] = {}
        self._pointer: Optional[int] = None
        self._named = False
        status = self._start(isolate, module, out)
        if status == _abi.VM_ARGUMENT:
            raise _errors.make(status, isolate._error)
        if status or isolate._pending is not None:
            raise isolate._failure(status)
        self._pointer = out.value
        isolate._instances[out.value or 0] = self
        if name is not None:
            self.define(name)

    @staticmethod
    def _start(isolate: 'Isolate', module: Module, out: c_void_p) -> int:
        from ._watch import watch
        arguments = (isolate._ptr, module._pointer, byref(out), isolate._errorp)
        owner = isolate._owner
        isolate._thread = _convert.RUNNING
        try:
            if isolate._main and watch.current is not isolate:
                return watch.run(isolate, api.vm_instance_new, *arguments)
            return api.vm_instance_new(*arguments)
        finally:
            isolate._thread = owner

    @property
    def _ptr(self) -> int:
        if self._pointer is None:
            raise _errors.ClosedError('the instance was released')
        return self._pointer

    def _enter(self) -> 'Isolate':
        self.isolate._enter()
        return self.isolate

    def _prepare(self) -> 'Isolate':
        iso = self.isolate
        iso._enter()
        if iso._scope is None:
            iso._open()
        return iso

    def define(self, name: str) -> None:
        """Let later instances import what this one exports, under the module name `name`."""
        iso = self._enter()
        check(api.vm_instance_define(self._ptr, name_bytes(name), iso._errorp), iso._error)
        self._named = True

    def undefine(self) -> None:
        """Take back all names; who imported from it keeps what it has."""
        iso = self._enter()
        check(api.vm_instance_undefine(self._ptr, iso._errorp), iso._error)
        self._named = False

    def release(self) -> None:
        """Give it up, names too. What was taken from it (functions, objects) goes on working."""
        iso = self._enter()
        pointer, self._pointer = self._pointer, None
        self._functions.clear()
        if pointer is not None:
            iso._instances.pop(pointer, None)
            iso._drain()
            check(api.vm_instance_release(pointer, iso._errorp), iso._error)

    def __del__(self) -> None:
        pointer = getattr(self, '_pointer', None)
        if pointer is not None and not self._named:
            self.isolate._dead.append(pointer)

    def function(self, name: str) -> 'Function':
        """An exported function."""
        found = self._functions.get(name)
        if found is not None and found._raw is not None:
            return found
        iso = self._prepare()
        out = vm_ref()
        check(api.vm_instance_get_func(self._ptr, name_bytes(name), byref(out), iso._errorp), iso._error)
        from ._objects import Function, adopt
        made: Function = adopt(iso, Function, out, persist=True)
        iso._flush()
        self._functions[name] = made
        return made

    __getitem__ = function

    def call(self, name: str, *arguments: Any) -> Any:
        """Call an exported function."""
        return self.function(name)(*arguments)

    @property
    def exports(self) -> 'Exports':
        """Exported functions as attributes."""
        return Exports(self)

    @property
    def globals(self) -> 'Globals':
        """Exported globals by name."""
        return Globals(self)

    def memory(self, name: str) -> 'Memory':
        """An exported linear memory."""
        return Memory(self, name)

    def table(self, name: str) -> 'Table':
        """An exported table."""
        return Table(self, name)

    def type(self, which: Union[str, int]) -> 'TypeId':
        """A type that the module exports or names so, or by its index in the module."""
        from ._typeid import TypeId
        iso = self._enter()
        out = c_uint32()
        if isinstance(which, str):
            check(api.vm_instance_get_type(self._ptr, which.encode(), byref(out), iso._errorp), iso._error)
        else:
            check(api.vm_instance_get_type_at(self._ptr, which, byref(out), iso._errorp), iso._error)
        return TypeId(iso, out.value, self)

    def __repr__(self) -> str:
        return '<libvm.Instance of %r>' % (self.module,)


class Exports:
    """Exported functions of an instance as attributes."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    def __getattr__(self, name: str) -> 'Function':
        if name.startswith('__'):
            raise AttributeError(name)
        try:
            return self._instance.function(name)
        except _errors.NotFoundError as error:
            raise AttributeError(str(error)) from None

    def __dir__(self) -> Iterator[str]:
        return (e.name for e in self._instance.module.exports if e.kind == EntityKind.FUNC)


class Globals:
    """Exported globals of an instance."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    def _get(self, name: str) -> vm_value:
        iso = self._instance._prepare()
        out = vm_value()
        check(api.vm_instance_get_global(self._instance._ptr, name_bytes(name), byref(out), iso._errorp),
              iso._error)
        return out

    def __getitem__(self, name: str) -> Any:
        iso = self._instance.isolate
        value = _convert.get(iso, self._get(name))
        iso._flush()
        return value

    def __setitem__(self, name: str, x: Any) -> None:
        iso = self._instance.isolate
        kind = self._get(name).kind
        raw = kind << 28 if kind != _abi.VM_KIND_REF else (kind << 28) | _abi.VM_HEAP_ANY
        value = _convert.put(iso, raw, x, 'global %s' % name)
        check(api.vm_instance_set_global(self._instance._ptr, name_bytes(name), byref(value), iso._errorp),
              iso._error)
        iso._flush()


class Memory:
    """A linear memory. Bytes are copied: a view of them would not survive the memory's growth."""

    def __init__(self, instance: Instance, name: str) -> None:
        self._instance = instance
        self._name = name_bytes(name)
        len(self)

    def __len__(self) -> int:
        """Its size in bytes."""
        iso = self._instance._enter()
        base, size = c_void_p(), c_uint64()
        check(api.vm_instance_view_memory(self._instance._ptr, self._name,
                                          byref(base), byref(size),
                                          iso._errorp), iso._error)
        return size.value

    def read(self, address: int, size: int) -> bytes:
        """Copy bytes out."""
        iso = self._instance._enter()
        self._check(address, size)
        data = ctypes.create_string_buffer(size or 1)
        check(api.vm_instance_read_memory(self._instance._ptr, self._name, address, data, size,
                                          iso._errorp), iso._error)
        return data.raw[:size]

    def write(self, address: int, data: Union[bytes, bytearray, memoryview]) -> None:
        """Copy bytes in."""
        iso = self._instance._enter()
        data = bytes(memoryview(data))
        self._check(address, len(data))
        check(api.vm_instance_write_memory(self._instance._ptr, self._name, address, data, len(data),
                                           iso._errorp), iso._error)

    def _check(self, address: int, size: int) -> None:
        """Before a buffer is made of a size that the memory does not have."""
        length = len(self)
        if address < 0 or size < 0 or address + size > length:
            raise _errors.ArgumentError('%d bytes at %d: the memory has %d' % (size, address, length))

    def grow(self, pages: int) -> int:
        """Grow by pages of 65,536 bytes; the number of pages before."""
        iso = self._instance._enter()
        if not 0 <= pages <= 0xFFFFFFFF:
            raise _errors.RangeError('pages: expected a number from 0 to 2**32-1, found %d' % pages)
        old = c_uint32()
        check(api.vm_instance_grow_memory(self._instance._ptr, self._name, pages, byref(old), iso._errorp),
              iso._error)
        return old.value


class Table:
    """A table of references."""

    def __init__(self, instance: Instance, name: str) -> None:
        self._instance = instance
        self._name = name_bytes(name)
        len(self)

    def __len__(self) -> int:
        iso = self._instance._enter()
        out = c_uint32()
        check(api.vm_instance_get_table_size(self._instance._ptr, self._name, byref(out), iso._errorp),
              iso._error)
        return out.value

    def _at(self, index: int) -> int:
        if not 0 <= index < len(self):
            raise IndexError('index %d: the table has %d entries' % (index, len(self)))
        return index

    def __getitem__(self, index: int) -> Any:
        iso = self._instance._prepare()
        out = vm_ref()
        check(api.vm_instance_get_table(self._instance._ptr, self._name, self._at(index), byref(out),
                                        iso._errorp), iso._error)
        return iso._take(out)

    def _ref(self, x: Any) -> vm_ref:
        iso = self._instance._prepare()
        word = iso._reference(x, _abi.VM_HEAP_ANY)
        return vm_ref(*_convert.word_ref(word))

    def __setitem__(self, index: int, x: Any) -> None:
        iso = self._instance.isolate
        ref = self._ref(x)
        check(api.vm_instance_set_table(self._instance._ptr, self._name, self._at(index), ref,
                                        iso._errorp), iso._error)
        iso._flush()

    def grow(self, count: int, value: Any = None) -> int:
        """Grow by `count` entries, each `value`; the length before."""
        iso = self._instance.isolate
        if not 0 <= count <= 0xFFFFFFFF:
            raise _errors.RangeError('count: expected a number from 0 to 2**32-1, found %d' % count)
        ref, old = self._ref(value), c_uint32()
        check(api.vm_instance_grow_table(self._instance._ptr, self._name, count, ref, byref(old),
                                         iso._errorp), iso._error)
        iso._flush()
        return old.value
