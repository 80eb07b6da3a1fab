"""Isolates: one heap, one stack, limits; what modules can import; handles and scopes.

SPDX-License-Identifier: MIT

Handles. What Python holds of the guest's are Ref objects (_objects.py), each a persistent handle that is
released when the object goes. Calls of C make local handles; they are made in a scope that is opened when
one is needed (`_open`) and closed when they have been turned into Refs (`_flush`). In a ``with
isolate.scope()`` block Refs are local handles instead: cheaper, and stale when the block ends.

A Ref may be finalized by any thread at any moment, so it only puts its handle on the list `_dead`, which
the next use of the isolate empties.

State. `_thread` is the thread that may use the isolate: its owner's, or RUNNING while its guest runs, or
CLOSED. So one comparison finds the wrong thread, a signal handler that would use the isolate in the middle
of guest code, and use after close.
"""
import ctypes
import threading
import weakref
from ctypes import byref, c_size_t, c_uint32, c_uint64, c_void_p
from threading import get_ident
from types import TracebackType
from typing import Any, Callable, Dict, List, Optional, Sequence, Type

from . import _abi, _convert, _errors
from ._abi import TrapCode, vm_ref
from ._convert import RUNNING, ref_word, word_ref
from ._crossing import Crossing
from ._dynamic import Symbol
from ._engine import Engine, Module, Stats, _open_things, read_stats
from ._errors import ClosedError, GuestError, HandleError, ThreadError, check, natural
from ._load import api, library
from ._objects import HostObject, Ref, adopt, raw_of, wrap
from ._typeid import TypeId
from ._types import ValueType, name_bytes
from ._watch import watch

CLOSED = -1
_STATUS_EXCEPTION = _abi.VM_EXCEPTION
_STATUS_TERMINATED = _abi.VM_TERMINATED

#: vm_call without the types of its parameters, for what calls hand it is prepared
_vm_call = library['vm_call']
_vm_call.restype = ctypes.c_uint


class Scope:
    """A ``with isolate.scope()`` block: references made in it end with it."""

    def __init__(self, isolate: 'Isolate') -> None:
        self._isolate = isolate
        self._scope: Optional[_abi.vm_scope] = None
        self._outer: Any = (False, None)

    def __enter__(self) -> 'Scope':
        iso = self._isolate
        iso._enter()
        scope = _abi.vm_scope()
        check(api.vm_scope_open(iso._ptr, byref(scope), iso._errorp), iso._error)
        self._scope, self._outer = scope, (iso._local, iso._scope)
        iso._local, iso._scope = True, scope
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], value: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        iso, scope = self._isolate, self._scope
        if scope is None or iso._thread == CLOSED:
            return
        iso._enter()
        check(api.vm_scope_close(iso._ptr, scope, iso._errorp), iso._error)
        self._scope = None
        iso._local, iso._scope = self._outer

    def escape(self, ref: Any) -> Any:
        """A reference to the same object that outlives the block."""
        return ref.persist()


class Isolate(Crossing):
    """An independent guest world. The thread that makes it owns it; `adopt` changes that.

    max_heap, stack_size, native_stack   bytes, 0 for the default
    gc                                   modes of the collector: GC.STRESS and so on

    ``with Isolate(engine) as isolate:`` closes it at the end."""

    def __init__(self, engine: Engine, *, max_heap: int = 0, stack_size: int = 0, native_stack: int = 0,
                 gc: int = 0) -> None:
        self._ptr: Optional[int] = None
        self.engine = engine
        self._error = _abi.vm_error_init()
        self._errorp = byref(self._error)
        self._record = ctypes.pointer(self._error)
        config = _abi.vm_isolate_config_init()
        config.max_heap, config.stack_size = natural(max_heap, 'max_heap'), natural(stack_size, 'stack_size')
        config.native_stack = natural(native_stack, 'native_stack')
        config.gc_flags = int(gc)
        out = c_void_p()
        check(api.vm_isolate_new(engine._pointer, byref(config), byref(out), self._errorp), self._error)
        self._ptr = out.value
        self._native = engine._native
        assert self._native is not None
        self._native.retain()
        self._owner = self._thread = get_ident()
        self._main = threading.current_thread() is threading.main_thread()
        self._dead: List[Any] = []          # handles, and addresses of instances, to be released
        self._instances: 'weakref.WeakValueDictionary[int, Any]' = weakref.WeakValueDictionary()
        self._scope: Optional[_abi.vm_scope] = None  # the innermost, if it is ours to close
        self._local = False                 # in a block of Scope
        self._made = False                  # local handles were made that are not wanted any more
        self._host_depth = 0
        self._objects: Dict[int, Any] = {}  # what the guest holds of Python's
        self._next_object = 1
        self._callbacks: Dict[int, Any] = {}
        self._pending: Optional[BaseException] = None   # what a signal handler raised
        self._leaving: Optional[BaseException] = None   # ends the guest on its way out
        self._passing: Optional[GuestError] = None      # raised again in a host function
        weak = weakref.ref(self)
        objects = self._objects

        def _libvm_callback_drop(data: Optional[int]) -> None:
            objects.pop(data or 0, None)

        def _libvm_callback_pause(_isolate: Any, _user: Any) -> int:
            try:
                iso = weak()
                return _STATUS_TERMINATED if iso is not None and iso._pending is not None else 0
            except BaseException as error:  # a signal handler's
                iso = weak()
                if iso is not None:
                    iso._pending = error
                return _STATUS_TERMINATED

        self._drop = _abi.vm_finalizer(_libvm_callback_drop)
        self._drop_address = ctypes.cast(self._drop, c_void_p).value
        self._pause = _abi.vm_pause_function(_libvm_callback_pause)
        check(api.vm_isolate_set_pause(self._ptr, self._pause, None, self._errorp), self._error)
        _open_things.add(self)

    # ---- who may use it ----

    def _enter(self) -> None:
        """At the start of every use."""
        if self._thread != get_ident():
            self._refuse()
        if self._dead:
            self._drain()

    def _refuse(self) -> None:
        if self._ptr is None:
            raise ClosedError('the isolate is closed')
        if self._thread == RUNNING:
            raise ThreadError('the guest of the isolate is running: only its host functions may use it')
        raise ThreadError('the isolate belongs to thread %d, this is %d (Isolate.adopt changes that)'
                          % (self._owner, get_ident()))

    def adopt(self) -> None:
        """Make the calling thread the owner. Nobody else may be using the isolate meanwhile."""
        if self._ptr is None or self._thread == RUNNING or self._host_depth:
            if self._thread == get_ident():
                return
            self._refuse()
        self._owner = self._thread = get_ident()
        self._main = threading.current_thread() is threading.main_thread()

    @property
    def closed(self) -> bool:
        return self._ptr is None

    def close(self) -> None:
        """Free it with its instances, objects and handles. StateError: its guest is running."""
        if self._ptr is None:
            return
        self._enter()
        self._free()

    def _free(self) -> None:
        with watch.lock:
            status = api.vm_isolate_free(self._ptr, self._errorp)
            if status == 0:
                self._ptr = None
        check(status, self._error)
        self._thread = CLOSED
        self._dead = []
        self._callbacks.clear()
        if self._native is not None:
            self._native.release()

    def _finish(self) -> None:
        if self._ptr is not None and self._thread != RUNNING and not self._host_depth:
            self._free()

    def __enter__(self) -> 'Isolate':
        self._enter()
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], value: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, '_ptr', None) is not None and hasattr(self, '_pause'):
            self._finish()

    def __repr__(self) -> str:
        return '<libvm.Isolate %s>' % ('closed' if self._ptr is None else hex(self._ptr))

    # ---- handles ----

    def _drain(self) -> None:
        dead = self._dead
        while dead:
            thing = dead.pop()
            if isinstance(thing, int):
                api.vm_instance_release(thing, None)
            else:
                api.vm_ref_release(self._ptr, thing, None)

    def _open(self) -> None:
        scope = _abi.vm_scope()
        check(api.vm_scope_open(self._ptr, byref(scope), self._errorp), self._error)
        self._scope = scope

    def _flush(self) -> None:
        """Let go of local handles, unless they are what the user wants."""
        self._made = False
        if self._local or self._scope is None:
            return
        scope, self._scope = self._scope, None
        check(api.vm_scope_close(self._ptr, scope, self._errorp), self._error)

    def _wrap(self, word: int) -> Any:
        """The Python object for a local handle."""
        return wrap(self, vm_ref(*word_ref(word)))

    def _take(self, ref: vm_ref) -> Any:
        """The same for an out parameter, None for null; local handles are let go."""
        if not ref.index and not ref.serial:
            return None
        result = wrap(self, ref)
        self._flush()
        return result

    def _reference(self, x: Any, heap: int) -> int:
        """The content of a reference to `x` for a parameter of this heap type: an object of the guest, a
        text as a symbol, bytes as a byte string, anything else as a host object."""
        if isinstance(x, Ref):
            if x._iso is not self:
                raise HandleError('%r belongs to another isolate' % (x,))
            raw = x._valid()
            return ref_word(raw.index, raw.serial)
        if x is None:
            return 0
        if self._scope is None:
            self._open()
        out = vm_ref()
        if heap == _abi.VM_HEAP_ANY and isinstance(x, str):
            data = x.encode('utf-8', 'surrogateescape')
            status = api.vm_symbol_new(self._ptr, data, len(data), byref(out), self._errorp)
        elif heap in (_abi.VM_HEAP_ANY, _abi.VM_HEAP_ARRAY) and isinstance(x, (bytes, bytearray)):
            status = self._new_bytes(bytes(x), out)
        elif heap in (_abi.VM_HEAP_ANY, _abi.VM_HEAP_EXTERN):
            status = self._new_object(x, out)
        else:
            kind = ValueType((_abi.VM_KIND_REF << 28) | heap)
            raise _errors.ValueTypeError('expected %s, found %.100r' % (kind, x))
        check(status, self._error)
        self._made = True
        return ref_word(out.index, out.serial)

    def _new_bytes(self, data: bytes, out: vm_ref) -> int:
        type_id = c_uint32()
        status = api.vm_array_find_type(self._ptr, _abi.VM_I8, 1, byref(type_id), self._errorp)
        return status or api.vm_array_new_data(self._ptr, type_id, data, len(data), byref(out),
                                               self._errorp)

    def _new_object(self, x: Any, out: vm_ref) -> int:
        key = self._next_object
        self._next_object = key + 1
        self._objects[key] = x
        status = api.vm_extern_new(self._ptr, key, self._drop, byref(out), self._errorp)
        if status:
            del self._objects[key]
        return status

    def scope(self) -> Scope:
        """``with isolate.scope():`` - references made inside are cheap and end with the block."""
        return Scope(self)

    # ---- what modules can import ----

    def define(self, module: str, name: str, function: Callable[..., Any],
               params: Sequence[ValueType] = (), results: Sequence[ValueType] = ()) -> None:
        """Let modules import `function`, any Python callable, as (module, name).

        It is called with a Python value a parameter and returns one value, or a tuple of several. What it
        raises, the guest sees as an exception that it can catch; uncaught it arrives as the same object at
        whoever called the guest. KeyboardInterrupt, SystemExit and what else is no Exception end the
        guest without asking it."""
        self._enter()
        if not callable(function):
            raise TypeError('%r is not callable' % (function,))
        p, r = tuple(t.raw for t in params), tuple(t.raw for t in results)
        host = _convert.host_factory(p, r)(self, function, p, r)
        callback = _HOST_TYPE(host)
        status = api.vm_isolate_define_func(
            self._ptr, name_bytes(module), name_bytes(name), (c_uint32 * len(p))(*p), len(p),
            (c_uint32 * len(r))(*r), len(r), ctypes.cast(callback, _abi.vm_host_function), None,
            _NO_DROP, self._errorp)
        check(status, self._error)
        self._callbacks[len(self._callbacks)] = callback

    def function(self, module: str, params: Sequence[ValueType] = (), results: Sequence[ValueType] = (),
                 name: Optional[str] = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """`define` as a decorator; the name is the function's."""
        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            self.define(module, name or function.__name__, function, params, results)
            return function
        return decorate

    def get_function(self, module: str, name: str) -> Any:
        """The function that was defined as (module, name)."""
        self._enter()
        if self._scope is None:
            self._open()
        out = vm_ref()
        check(api.vm_isolate_get_func(self._ptr, name_bytes(module), name_bytes(name), byref(out),
                                      self._errorp), self._error)
        return self._take(out)

    def instantiate(self, module: Module, name: Optional[str] = None) -> Any:
        """Link a module and run its start function. With `name`, later ones can import from it."""
        from ._instance import Instance
        return Instance(self, module, name)

    def define_global(self, module: str, name: str, type: ValueType, value: Any = None,
                      mut: bool = True) -> None:
        """Let modules import a global of the isolate's own as (module, name)."""
        self._enter()
        if value is None and type.raw >> 28 < _abi.VM_KIND_DYN:
            value = 0
        first = _convert.put(self, type.raw, value, 'value')
        check(api.vm_isolate_define_global(self._ptr, name_bytes(module), name_bytes(name), type.raw, mut,
                                           byref(first), self._errorp), self._error)
        self._flush()

    def _global(self, module: str, name: str) -> _abi.vm_value:
        self._enter()
        if self._scope is None:
            self._open()
        out = _abi.vm_value()
        check(api.vm_isolate_get_global(self._ptr, name_bytes(module), name_bytes(name), byref(out),
                                        self._errorp), self._error)
        return out

    def get_global(self, module: str, name: str) -> Any:
        """The value of a global that was defined as (module, name)."""
        value = _convert.get(self, self._global(module, name))
        self._flush()
        return value

    def set_global(self, module: str, name: str, x: Any) -> None:
        """Set it."""
        kind = self._global(module, name).kind
        raw = kind << 28 if kind != _abi.VM_KIND_REF else (kind << 28) | _abi.VM_HEAP_ANY
        value = _convert.put(self, raw, x, 'global %s' % name)
        check(api.vm_isolate_set_global(self._ptr, name_bytes(module), name_bytes(name), byref(value),
                                        self._errorp), self._error)
        self._flush()

    @property
    def caller(self) -> Any:
        """In a host function: the Instance whose code called it, for its memory; None if there is none or
        Python has lost it."""
        self._enter()
        return self._instances.get(api.vm_isolate_caller(self._ptr) or 0)

    # ---- limits ----

    def interrupt(self) -> None:
        """Stop running guest code, or the next call: Terminated with trap INTERRUPT. Any thread."""
        with watch.lock:
            if self._ptr is None:
                raise ClosedError('the isolate is closed')
            api.vm_isolate_interrupt(self._ptr, None)

    def poll(self) -> None:
        """For host functions that work long: raise if the guest is to stop."""
        self._enter()
        status = api.vm_isolate_poll(self._ptr)
        if status == _STATUS_TERMINATED:
            self._error.trap = TrapCode.INTERRUPT
            self._error.message = b'the guest is to stop'
            raise self._failure(status)
        if status:
            raise _errors.make(status)

    @property
    def fuel(self) -> Optional[int]:
        """Units left; None without a limit. The engine must meter fuel."""
        self._enter()
        out = c_uint64()
        check(api.vm_isolate_get_fuel(self._ptr, byref(out), self._errorp), self._error)
        return None if out.value == 0xFFFFFFFFFFFFFFFF else out.value

    @fuel.setter
    def fuel(self, units: Optional[int]) -> None:
        self._enter()
        units = 0xFFFFFFFFFFFFFFFF if units is None else natural(units, 'fuel')
        check(api.vm_isolate_set_fuel(self._ptr, units, self._errorp), self._error)

    def set_deadline(self, seconds: Optional[float]) -> None:
        """Guest code that still runs so long from now ends with Terminated; None: no deadline."""
        self._enter()
        ms = 0 if seconds is None else max(1, natural(int(seconds * 1000), 'deadline'))
        check(api.vm_isolate_set_deadline(self._ptr, ms, self._errorp), self._error)

    # ---- the collector ----

    def collect(self) -> int:
        """Collect, then run finalizers; how many."""
        self._enter()
        if not self._host_depth:
            self._passing = None
        check(api.vm_isolate_collect(self._ptr, self._errorp), self._error)
        return self.run_finalizers()

    def run_finalizers(self) -> int:
        """Let go of what the guest no longer holds, and run finalizers; how many. Calls do so too."""
        self._enter()
        count = c_size_t()
        check(api.vm_isolate_run_finalizers(self._ptr, byref(count), self._errorp), self._error)
        return count.value

    def verify_heap(self) -> None:
        """Walk the heap and check its invariants; slow."""
        self._enter()
        check(api.vm_isolate_verify_heap(self._ptr, self._errorp), self._error)

    @property
    def stats(self) -> Stats:
        """vm_isolate_stats."""
        self._enter()
        return read_stats(_abi.vm_isolate_stats(), lambda r: api.vm_isolate_get_stats(
            self._ptr, byref(r), self._errorp), self._error)

    @property
    def held_objects(self) -> int:
        """How many Python objects the guest holds."""
        return len(self._objects)

    # ---- objects that need no type of a module ----

    def _new(self, make: Callable[..., int], *arguments: Any) -> Any:
        self._enter()
        if self._scope is None:
            self._open()
        out = vm_ref()
        check(make(self._ptr, *arguments, byref(out), self._errorp), self._error)
        return self._take(out)

    def symbol(self, text: str) -> Any:
        """The symbol of this text, looked up once. A str does in its place wherever a dyn is wanted."""
        self._enter()
        if self._scope is None:
            self._open()
        data, out = text.encode('utf-8', 'surrogateescape'), vm_ref()
        check(api.vm_symbol_new(self._ptr, data, len(data), byref(out), self._errorp), self._error)
        result = adopt(self, Symbol, out)
        self._flush()
        return result

    def bytes(self, data: bytes) -> Any:
        """A byte string of the guest, ``array mut i8``."""
        return self._new(lambda p, o, e: self._new_bytes(data, o._obj))

    def object(self, x: Any) -> Any:
        """A reference to a Python object as the guest has it. Passing `x` itself makes a new one each
        time; passing this one keeps its identity."""
        self._enter()
        if self._scope is None:
            self._open()
        out = vm_ref()
        check(self._new_object(x, out), self._error)
        result = adopt(self, HostObject, out)
        self._flush()
        return result

    def map(self) -> Any:
        """A new map of the guest's (docs/dynamic.md)."""
        return self._new(api.vm_map_new)

    def shaped(self, proto: Any = None) -> Any:
        """A new shaped object (docs/dynamic.md)."""
        return self._new(api.vm_shaped_new, raw_of(self, proto))

    def array_type(self, element: ValueType, mut: bool = True) -> Any:
        """The type of arrays with these elements."""
        self._enter()
        out = c_uint32()
        check(api.vm_array_find_type(self._ptr, element.raw, mut, byref(out), self._errorp), self._error)
        return TypeId(self, out.value)


_HOST_TYPE = ctypes.CFUNCTYPE(ctypes.c_uint, c_void_p, c_void_p, c_void_p, c_void_p)
_NO_DROP = dict((n, p) for n, _, p in _abi.FUNCTIONS)['vm_isolate_define_func'][9]()
