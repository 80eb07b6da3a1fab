"""Objects of the guest as Python sees them.

SPDX-License-Identifier: MIT

A Ref names an object of an isolate and keeps it alive. What comes from the guest is of the class that
suits it: Struct, Array, Function, Map, Shaped, Exn, Weak, or Ref. Host objects come as the Python object
itself, symbols as str.
"""
import ctypes
import struct as _struct
from ctypes import byref, c_int32, c_size_t, c_uint32, c_void_p
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, Optional, Tuple, Type, Union

from . import _abi, _convert, _errors, _types
from ._abi import vm_ref, vm_value
from ._errors import HandleError, check
from ._load import api, library
from ._typeid import ELEMENTS, TypeId

if TYPE_CHECKING:
    from ._isolate import Isolate


class Ref:
    """A reference to an object of the guest. `release` or losing the last Python reference gives it up."""

    __slots__ = ('_iso', '_raw', '_persistent', '__weakref__')

    def __new__(cls) -> Any:
        raise TypeError('references come from the guest')

    _iso: 'Isolate'
    _raw: Optional[vm_ref]
    _persistent: bool

    def _valid(self) -> vm_ref:
        raw = self._raw
        if raw is None:
            raise HandleError('the reference was released')
        return raw

    def _use(self) -> Tuple[int, vm_ref]:
        iso = self._iso
        iso._enter()
        return iso._ptr, self._valid()  # type: ignore[return-value]

    def _prepare(self) -> Tuple['Isolate', vm_ref]:
        """For what makes a local handle."""
        iso = self._iso
        iso._enter()
        if iso._scope is None:
            iso._open()
        return iso, self._valid()

    @property
    def isolate(self) -> 'Isolate':
        return self._iso

    def release(self) -> None:
        """Give the object up; the reference cannot be used any more."""
        raw, self._raw = self._raw, None
        if raw is not None and self._persistent:
            self._iso._dead.append(raw)

    def __del__(self) -> None:
        raw = self._raw
        if raw is not None and self._persistent:
            self._iso._dead.append(raw)

    def persist(self) -> Any:
        """Another reference to the same object, which outlives the block of a scope."""
        iso, raw = self._prepare()
        out = vm_ref()
        check(api.vm_ref_persist(iso._ptr, raw, byref(out), iso._errorp), iso._error)
        return _make(type(self), iso, out, True)

    def same(self, other: 'Ref') -> bool:
        """Do both refer to the same object? ``==`` asks that too."""
        if other._iso is not self._iso:
            return False
        pointer, raw = self._use()
        out, iso = c_int32(), self._iso
        check(api.vm_ref_same(pointer, raw, other._valid(), byref(out), iso._errorp), iso._error)
        return bool(out.value)

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Ref) and self.same(other)

    # Objects compare by asking the guest, so they have no hash.

    @property
    def info(self) -> _abi.vm_ref_info:
        """What the object is."""
        pointer, raw = self._use()
        info = _abi.vm_ref_info()
        check(api.vm_ref_get_info(pointer, raw, byref(info), self._iso._errorp), self._iso._error)
        return info

    @property
    def type(self) -> 'TypeId':
        """Its exact type."""
        # The type lives as long as objects of it, so this one is kept with it.
        return TypeId(self._iso, self.info.type, self if self._persistent else self.persist())

    def isinstance(self, kind: 'TypeId') -> bool:
        """Is the object of that type or of a subtype?"""
        pointer, raw = self._use()
        if kind._iso is not self._iso:
            raise HandleError('%r belongs to another isolate' % (kind,))
        out = c_int32()
        check(api.vm_ref_is(pointer, raw, kind.index, byref(out), self._iso._errorp), self._iso._error)
        return bool(out.value)

    def finalizer(self, function: Callable[[], Any]) -> None:
        """Have `function` called after the object has died, or with the isolate. It cannot use the isolate."""
        pointer, raw = self._use()
        if not callable(function):
            raise TypeError('%r is not callable' % (function,))
        iso = self._iso
        key = iso._next_object
        iso._next_object += 1
        iso._objects[key] = _Finalizer(function)
        status = api.vm_finalizer_add(pointer, raw, iso._drop, key, iso._errorp)
        if status:
            iso._objects.pop(key)._function = None
            check(status, iso._error)

    def weak(self) -> 'Weak':
        """A weak reference to the object, as one of the guest's."""
        iso, raw = self._prepare()
        out = vm_ref()
        check(api.vm_weak_new(iso._ptr, raw, byref(out), iso._errorp), iso._error)
        result: Weak = iso._take(out)
        return result

    def __repr__(self) -> str:
        raw = self._raw
        state = 'released' if raw is None else '%d/%d' % (raw.index, raw.serial)
        return '<libvm.%s %s>' % (type(self).__name__, state)


class _Finalizer:
    """Calls a function when the isolate drops it."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self._function: Optional[Callable[[], Any]] = function

    def __del__(self) -> None:
        if self._function is not None:
            self._function()


def _make(kind: Type[Any], iso: 'Isolate', raw: vm_ref, persistent: bool) -> Any:
    made = object.__new__(kind)
    made._iso, made._raw, made._persistent = iso, raw, persistent
    return made


def adopt(iso: 'Isolate', kind: Type[Any], local: vm_ref, persist: bool = False) -> Any:
    """A Ref of class `kind` for a local handle."""
    if iso._local and not persist:
        return _make(kind, iso, vm_ref(local.index, local.serial), False)
    out = vm_ref()
    check(api.vm_ref_persist(iso._ptr, local, byref(out), iso._errorp), iso._error)
    iso._made = True
    return _make(kind, iso, out, True)


def raw_of(iso: 'Isolate', ref: Optional[Ref]) -> vm_ref:
    """The handle of a reference of this isolate, null for None."""
    if ref is None:
        return vm_ref()
    if not isinstance(ref, Ref):
        raise _errors.ValueTypeError('expected a reference, found %.100r' % (ref,))
    if ref._iso is not iso:
        raise HandleError('%r belongs to another isolate' % (ref,))
    return ref._valid()


def wrap(iso: 'Isolate', local: vm_ref, persist: bool = False) -> Any:
    """The Python object for a local handle that is not null."""
    info = _abi.vm_ref_info()  # not shared: a signal handler may come in between
    check(api.vm_ref_get_info(iso._ptr, local, byref(info), iso._errorp), iso._error)
    heap = info.heap
    if heap == _abi.VM_HEAP_EXTERN:
        return _unwrap(iso, local)
    kind = _CLASSES.get(heap, Ref)
    if heap not in _CLASSES or heap == _abi.VM_HEAP_STRUCT:
        out = ctypes.c_uint()
        check(api.vm_dynamic_get_kind(iso._ptr, local, byref(out), iso._errorp), iso._error)
        if out.value == _abi.VM_DYNAMIC_SYMBOL:
            iso._made = True
            return symbol_text(iso, local)
        kind = DYNAMIC.get(out.value, kind)
    iso._made = True
    return adopt(iso, kind, local, persist)


def symbol_text(iso: 'Isolate', raw: vm_ref) -> str:
    data, size = c_void_p(), c_size_t()
    check(api.vm_symbol_read(iso._ptr, raw, ctypes.cast(byref(data), ctypes.POINTER(ctypes.c_char_p)),
                             byref(size), iso._errorp), iso._error)
    text = ctypes.string_at(data.value or 0, size.value) if size.value else b''
    return text.decode('utf-8', 'surrogateescape')


#: with the finalizer as an address
_get_finalizer = library['vm_extern_get_finalizer']
_get_finalizer.restype = ctypes.c_uint
_get_finalizer.argtypes = [c_void_p, vm_ref, ctypes.POINTER(c_void_p), ctypes.POINTER(_abi.vm_error)]


def unwrap_word(iso: 'Isolate', word: int) -> Any:
    """The Python object for a local handle of static type extern; None for null."""
    return _unwrap(iso, vm_ref(*_convert.word_ref(word))) if word else None


def _unwrap(iso: 'Isolate', local: vm_ref) -> Any:
    """A host object: the Python object if it is one of ours."""
    iso._made = True
    cell = c_void_p()
    cellp = byref(cell)
    check(_get_finalizer(iso._ptr, local, cellp, iso._errorp), iso._error)
    if cell.value != iso._drop_address:
        return adopt(iso, HostObject, local)
    check(api.vm_extern_get(iso._ptr, local, cellp, iso._errorp), iso._error)
    return iso._objects[cell.value or 0]


class HostObject(Ref):
    """A host object as a reference: Isolate.object makes one. One that is not Python's comes so too."""

    __slots__ = ()

    @property
    def value(self) -> Any:
        """The Python object."""
        self._use()
        found = _unwrap(self._iso, self._valid())
        if isinstance(found, HostObject):
            raise HandleError('the object belongs to another part of the program')
        return found


class Struct(Ref):
    """A struct: fields by name as attributes, by number or name as items."""

    __slots__ = ('_type',)
    _type: TypeId

    def _kind(self) -> TypeId:
        try:
            return self._type
        except AttributeError:
            object.__setattr__(self, '_type', TypeId(self._iso, self.info.type))
            return self._type

    def __getitem__(self, field: Union[int, str]) -> Any:
        iso, raw = self._prepare()
        index = self._kind().field_index(field)
        out = vm_value()
        check(api.vm_struct_get(iso._ptr, raw, index, byref(out), iso._errorp), iso._error)
        value = _convert.get(iso, out)
        if iso._made:
            iso._flush()
        return value

    def __setitem__(self, field: Union[int, str], x: Any) -> None:
        iso, raw = self._prepare()
        kind = self._kind()
        index = kind.field_index(field)
        value = _convert.put(iso, kind._layout()[index][1], x, 'field %s' % field)
        check(api.vm_struct_set(iso._ptr, raw, index, byref(value), iso._errorp), iso._error)
        if iso._made:
            iso._flush()

    def __getattr__(self, name: str) -> Any:
        if name.startswith('_'):
            raise AttributeError(name)
        try:
            return self[name]
        except _errors.NotFoundError as error:
            raise AttributeError(str(error)) from None

    def __setattr__(self, name: str, x: Any) -> None:
        if name.startswith('_'):
            object.__setattr__(self, name, x)
        else:
            self[name] = x


class Array(Ref):
    """An array: len, indexing, slices (which copy), iteration; bytes(array) of numbers."""

    __slots__ = ('_type',)
    _type: TypeId

    def _kind(self) -> TypeId:
        try:
            return self._type
        except AttributeError:
            self._type = TypeId(self._iso, self.info.type)
            return self._type

    def __len__(self) -> int:
        pointer, raw = self._use()
        out = c_uint32()
        check(api.vm_array_get_length(pointer, raw, byref(out), self._iso._errorp), self._iso._error)
        return out.value

    def _index(self, index: int) -> int:
        length = len(self)
        at = index + length if index < 0 else index
        if not 0 <= at < length:
            raise IndexError('index %d: the array has %d elements' % (index, length))
        return at

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        iso, raw = self._prepare()
        at = self._index(index)
        out = vm_value()
        check(api.vm_array_get(iso._ptr, raw, at, byref(out), iso._errorp), iso._error)
        value = _convert.get(iso, out)
        if iso._made:
            iso._flush()
        return value

    def __setitem__(self, index: int, x: Any) -> None:
        iso, raw = self._prepare()
        at = self._index(index)
        value = _convert.put(iso, self._kind()._layout()[0][1], x, 'element %d' % at)
        check(api.vm_array_set(iso._ptr, raw, at, byref(value), iso._errorp), iso._error)
        if iso._made:
            iso._flush()

    def __iter__(self) -> Iterator[Any]:
        for i in range(len(self)):
            yield self[i]

    def __bytes__(self) -> bytes:
        return self.read()

    def _size(self) -> int:
        raw = self._kind()._layout()[0][1]
        if raw not in ELEMENTS:
            raise _errors.ValueTypeError('an array of numbers is wanted, this is one of %s'
                                         % _types.type_text(raw))
        return _struct.calcsize('=' + ELEMENTS[raw])

    def read(self, start: int = 0, count: Optional[int] = None) -> bytes:
        """The numbers of `count` elements, in the host's representation."""
        pointer, raw = self._use()
        size = self._size()
        count = len(self) - start if count is None else count
        if start < 0 or count < 0 or start + count > len(self):
            raise IndexError('%d elements from %d: the array has %d' % (count, start, len(self)))
        data = ctypes.create_string_buffer(max(count * size, 1))
        check(api.vm_array_read(pointer, raw, start, count, data, count * size, self._iso._errorp),
              self._iso._error)
        return data.raw[:count * size]

    def write(self, data: bytes, start: int = 0) -> None:
        """The reverse."""
        pointer, raw = self._use()
        size, data = self._size(), bytes(memoryview(data))
        if start < 0 or len(data) % size or start + len(data) // size > len(self):
            raise IndexError('%d bytes from element %d: the array has %d of %d bytes'
                             % (len(data), start, len(self), size))
        check(api.vm_array_write(pointer, raw, start, len(data) // size, data, len(data),
                                 self._iso._errorp), self._iso._error)

    def text(self) -> str:
        """A byte string as text."""
        return self.read().decode('utf-8', 'surrogateescape')


class Function(Ref):
    """A function of the guest; calling it calls that. ``function.call`` is the same and a little
    faster, for loops: a plain Python function."""

    __slots__ = ('_call',)
    _call: Callable[..., Any]

    @property
    def params(self) -> List[_types.ValueType]:
        return [_types.ValueType(t) for t in self._signature()[0]]

    @property
    def results(self) -> List[_types.ValueType]:
        return [_types.ValueType(t) for t in self._signature()[1]]

    def _signature(self) -> Tuple[Tuple[int, ...], Tuple[int, ...]]:
        pointer, raw = self._use()
        out = _abi.vm_func_type()
        check(api.vm_func_get_type(pointer, raw, byref(out), self._iso._errorp), self._iso._error)
        return tuple(out.params[:out.nparams]), tuple(out.results[:out.nresults])

    @property
    def call(self) -> Callable[..., Any]:
        try:
            return self._call
        except AttributeError:
            pass
        from ._isolate import _vm_call
        params, results = self._signature()
        iso = self._iso
        owner = self.persist()  # lives as long as the call, which may outlive this object
        made = _convert.call_factory(params, results)(
            iso, _vm_call, owner._valid(), c_void_p(iso._ptr), owner)
        self._call = made
        return self._call

    def release(self) -> None:
        """Give the function up."""
        try:
            self._call = _released
        finally:
            super().release()

    def __call__(self, *arguments: Any) -> Any:
        try:
            call = self._call
        except AttributeError:
            call = self.call
        try:
            return call(*arguments)
        except TypeError as error:
            if isinstance(error, _errors.Error) or error.__traceback__ is None or \
                    error.__traceback__.tb_next is not None:
                raise
            raise _errors.ValueTypeError('%s: expected %d arguments, found %d' % (
                self.describe(), len(self._signature()[0]), len(arguments))) from None

    def describe(self) -> _errors.Frame:
        """Its names, file and line."""
        from ._crossing import _frame
        pointer, raw = self._use()
        out = _abi.vm_frame()
        check(api.vm_func_describe(pointer, raw, byref(out), self._iso._errorp), self._iso._error)
        return _frame(out)


def _released(*_arguments: Any) -> Any:
    raise HandleError('the reference was released')


class Exn(Ref):
    """An exception object of the guest."""

    __slots__ = ()


class Weak(Ref):
    """A weak reference of the guest; calling it gives the target, or None if that has died."""

    __slots__ = ()

    def __call__(self) -> Any:
        iso, raw = self._prepare()
        out = vm_ref()
        check(api.vm_weak_get(iso._ptr, raw, byref(out), iso._errorp), iso._error)
        return iso._take(out)


_CLASSES: Dict[int, Type[Ref]] = {
    _abi.VM_HEAP_STRUCT: Struct, _abi.VM_HEAP_ARRAY: Array, _abi.VM_HEAP_FUNC: Function,
    _abi.VM_HEAP_EXN: Exn, _abi.VM_HEAP_WEAK: Weak, _abi.VM_HEAP_EXTERN: HostObject,
}
#: filled by _dynamic.py
DYNAMIC: Dict[int, Type[Ref]] = {}
