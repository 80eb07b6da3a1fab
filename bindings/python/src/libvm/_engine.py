"""Engines and modules.

SPDX-License-Identifier: MIT
"""
import atexit
import ctypes
import os
import threading
import weakref
from ctypes import byref, c_size_t, c_uint32, c_void_p
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Type, Union
from types import TracebackType

from . import _abi, _errors
from ._abi import GC, EntityKind, FunctionState, Tier
from ._errors import ClosedError, check, natural
from ._load import api
from ._types import name_text

_open_things: 'weakref.WeakSet[Any]' = weakref.WeakSet()


class Stats(Dict[str, Any]):
    """Numbers by name, as in vm/stats.h; attributes do as well."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def read_stats(record: Any, fill: Callable[[Any], int], error: _abi.vm_error) -> Stats:
    """A size-prefixed structure of statistics as a dictionary."""
    record.size = ctypes.sizeof(record)
    check(fill(record), error)
    values = Stats()
    for field in record._fields_:
        if field[0] != 'size':
            value = getattr(record, field[0])
            values[field[0]] = value.decode('utf-8', 'replace') if isinstance(value, bytes) else value
    return values


def new_record() -> _abi.vm_error:
    return _abi.vm_error_init()


class _Native:
    """The engine of C, and who keeps it: the Engine, its modules and its isolates. Garbage collection may
    finalize those in any order, so the last one frees it."""

    def __init__(self, pointer: int) -> None:
        self.pointer: Optional[int] = pointer
        self.users = 0
        self.orphan = False
        self.lock = threading.RLock()
        self.kept: List[Any] = []  # callbacks
        self.modules: 'weakref.WeakSet[Module]' = weakref.WeakSet()

    def retain(self) -> None:
        with self.lock:
            self.users += 1

    def release(self) -> None:
        with self.lock:
            self.users -= 1
            if self.orphan:
                self.free()

    def free(self) -> bool:
        with self.lock:
            if self.pointer is None:
                return True
            if self.users:
                return False
            pointer, self.pointer = self.pointer, None
            api.vm_engine_free(pointer, None)
            self.kept.clear()
            return True


class Engine:
    """Compiler, compiled code and configuration; usually one a process. Any thread may use it.

    tier                which tiers run guest code
    meter_fuel          code counts fuel, see Isolate.fuel
    gc                  modes of the collector for all isolates: GC.STRESS and so on
    worker, temp_dir, cache_dir, trust_native, keep_code, max_code, max_cache, guard_memory,
    compile_timeout_ms  as in vm/engine.h
    trace               called as trace(category, name, detail, event) from any thread; must not use libvm

    ``with Engine() as engine:`` closes it at the end."""

    def __init__(self, *, tier: Tier = Tier.AUTO, meter_fuel: bool = False, gc: int = 0,
                 worker: Optional[str] = None, temp_dir: Optional[str] = None,
                 cache_dir: Optional[str] = None, trust_native: bool = False, keep_code: bool = False,
                 compile_timeout_ms: int = 0, max_code: int = 0, max_cache: int = 0,
                 guard_memory: bool = False, tier_flags: int = 0, switch_seed: int = 0,
                 trace: Optional[Callable[[str, str, str, Any], None]] = None) -> None:
        self._native: Optional[_Native] = None
        config = _abi.vm_engine_config_init()
        config.tier = int(tier)
        config.meter_fuel = meter_fuel
        config.gc_flags = int(gc)
        for name, path in (('worker', worker), ('temp_dir', temp_dir), ('cache_dir', cache_dir)):
            setattr(config, name, None if path is None else os.fsencode(path))
        config.trust_native, config.keep_code, config.guard_memory = trust_native, keep_code, guard_memory
        config.compile_timeout_ms = natural(compile_timeout_ms, 'compile_timeout_ms', 32)
        config.max_code, config.max_cache = natural(max_code, 'max_code'), natural(max_cache, 'max_cache')
        config.tier_flags, config.switch_seed = tier_flags, switch_seed
        kept = []
        if trace is not None:
            config.trace = _tracer(trace)
            kept.append(config.trace)
        out, error = c_void_p(), new_record()
        check(api.vm_engine_new(byref(config), byref(out), byref(error)), error)
        assert out.value is not None
        self._native = _Native(out.value)
        self._native.kept = kept
        _open_things.add(self)

    @property
    def _pointer(self) -> int:
        if self._native is None or self._native.pointer is None:
            raise ClosedError('the engine is closed')
        return self._native.pointer

    def load(self, data: Union[bytes, bytearray, memoryview]) -> 'Module':
        """Read and verify a module in its binary form."""
        data = bytes(memoryview(data))
        return Module._make(self, lambda out, error: api.vm_module_load(
            self._pointer, data, len(data), out, error))

    def assemble(self, text: str) -> 'Module':
        """Assemble a text and load the result."""
        data = text.encode()
        return Module._make(self, lambda out, error: api.vm_module_assemble(
            self._pointer, data, len(data), out, error))

    def drain(self) -> None:
        """Wait until nothing is queued for compilation."""
        error = new_record()
        check(api.vm_engine_drain(self._pointer, byref(error)), error)

    @property
    def stats(self) -> Stats:
        """vm_engine_stats."""
        error, record = new_record(), _abi.vm_engine_stats()
        return read_stats(record, lambda r: api.vm_engine_get_stats(
            self._pointer, byref(r), byref(error)), error)

    @property
    def closed(self) -> bool:
        return self._native is None or self._native.pointer is None

    def close(self) -> None:
        """Stop the compiler, close the engine's modules and free it. StateError: an isolate of it is open."""
        native = self._native
        if native is None or native.pointer is None:
            return
        modules = [m for m in native.modules if not m.closed]
        isolates = native.users - len(modules)
        if isolates:
            raise _errors.StateError('the engine has %d open isolates: close those first' % isolates)
        for module in modules:
            module.close()
        native.free()

    def __enter__(self) -> 'Engine':
        self._pointer
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], value: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()

    def _finish(self) -> None:
        native = self._native
        if native is not None:
            native.orphan = True
            native.free()

    def __del__(self) -> None:
        if getattr(self, '_native', None) is not None:
            self._finish()


def _tracer(trace: Callable[[str, str, str, Any], None]) -> Any:
    def _libvm_trace(_user: Any, event: Any) -> None:
        e = event.contents
        texts = [(getattr(e, n, None) or b'').decode('utf-8', 'replace')
                 for n in ('category', 'name', 'detail')]
        copy = Stats((f[0], getattr(e, f[0])) for f in e._fields_
                     if f[0] not in ('category', 'name', 'detail'))
        trace(texts[0], texts[1], texts[2], copy)
    return _abi.vm_trace_function(_libvm_trace)


class Entity(NamedTuple):
    """An import or export."""

    module: Optional[str]  # imports only
    name: str
    kind: EntityKind
    number: int  # in the module's index space of its kind
    type: str  # as assembler text


class FunctionInfo(NamedTuple):
    """What is known of a function of a module."""

    name: Optional[str]
    file: Optional[str]
    nparams: int
    nresults: int
    code_size: int
    frame_size: int
    state: FunctionState
    translated: bool


class Module:
    """Verified code, immutable, shared by any number of isolates; any thread. Engine.load and
    Engine.assemble make one."""

    def __init__(self, engine: Engine, pointer: int) -> None:
        self.engine = engine
        self._ptr: Optional[int] = pointer
        self._native = engine._native
        assert self._native is not None
        self._native.retain()
        self._native.modules.add(self)
        _open_things.add(self)

    @staticmethod
    def _make(engine: Engine, load: Callable[[Any, Any], int]) -> 'Module':
        out, error = c_void_p(), new_record()
        check(load(byref(out), byref(error)), error)
        assert out.value is not None
        return Module(engine, out.value)

    @property
    def _pointer(self) -> int:
        if self._ptr is None:
            raise ClosedError('the module is closed')
        return self._ptr

    @property
    def name(self) -> str:
        """Its name; '' if it has none."""
        return name_text(api.vm_module_name(self._pointer)) or ''

    def _entities(self, count: int, get: Callable[..., int]) -> List[Entity]:
        info, error, found = _abi.vm_entity_info(), new_record(), []
        for i in range(count):
            check(get(self._pointer, i, byref(info), byref(error)), error)
            found.append(Entity(name_text(info.module), name_text(info.name) or '', EntityKind(info.kind),
                                info.index, info.type.decode('utf-8', 'replace')))
        return found

    @property
    def imports(self) -> List[Entity]:
        return self._entities(api.vm_module_import_count(self._pointer), api.vm_module_get_import)

    @property
    def exports(self) -> List[Entity]:
        return self._entities(api.vm_module_export_count(self._pointer), api.vm_module_get_export)

    @property
    def functions(self) -> List[FunctionInfo]:
        """All functions, imported ones first."""
        info, error, found = _abi.vm_function_info(), new_record(), []
        for i in range(api.vm_module_function_count(self._pointer)):
            check(api.vm_module_get_function(self._pointer, i, byref(info), byref(error)), error)
            found.append(FunctionInfo(name_text(info.name), name_text(info.file), info.nparams, info.nresults,
                                      info.code_size, info.frame_size, FunctionState(info.state),
                                      bool(info.translated)))
        return found

    def function_stats(self, index: int) -> Stats:
        """vm_function_stats of function `index`."""
        error, record = new_record(), _abi.vm_function_stats()
        return read_stats(record, lambda r: api.vm_module_get_function_stats(
            self._pointer, index, byref(r), byref(error)), error)

    def _some(self, act: Callable[..., int], functions: Optional[Sequence[int]]) -> None:
        error = new_record()
        if functions is None:
            check(act(self._pointer, None, 0, byref(error)), error)
        elif len(functions):  # none at all is not all of them
            array = (c_uint32 * len(functions))(*functions)
            check(act(self._pointer, array, len(functions), byref(error)), error)

    def compile(self, functions: Optional[Sequence[int]] = None) -> None:
        """Compile functions, by index, or all of them, now."""
        self._some(api.vm_module_compile, functions)

    def discard_code(self, functions: Optional[Sequence[int]] = None) -> None:
        """Put functions back into the interpreter."""
        self._some(api.vm_module_discard_code, functions)

    def exclude(self, functions: Optional[Sequence[int]] = None) -> None:
        """The same, and never compile them on their own."""
        self._some(api.vm_module_exclude, functions)

    def _bytes(self, make: Callable[..., int]) -> bytes:
        out, size, error = c_void_p(), c_size_t(), new_record()
        check(make(self._pointer, byref(out), byref(size), byref(error)), error)
        try:
            return ctypes.string_at(out.value or 0, size.value)
        finally:
            api.vm_module_bytes_free(self.engine._pointer, out, size)

    def save_compiled(self) -> bytes:
        """Bytecode and machine code, as in a .vmx file; Engine(trust_native=True) runs it."""
        return self._bytes(api.vm_module_save_compiled)

    def list_register_code(self) -> str:
        """The bytecode and the register code that tier 1 makes of it, as text."""
        return self._bytes(api.vm_module_list_register_code).rstrip(b'\0').decode()

    def list_assembly(self) -> str:
        """What GCC makes of each function, as text."""
        return self._bytes(api.vm_module_list_assembly).rstrip(b'\0').decode()

    @property
    def closed(self) -> bool:
        return self._ptr is None

    def close(self) -> None:
        """Give it up; isolates that use it go on doing so."""
        pointer, self._ptr = self._ptr, None
        if pointer is not None:
            api.vm_module_free(pointer)
            assert self._native is not None
            self._native.release()

    _finish = close

    def __enter__(self) -> 'Module':
        self._pointer
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], value: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, '_ptr', None) is not None:
            self.close()

    def __repr__(self) -> str:
        return '<libvm.Module %s>' % ('closed' if self._ptr is None else repr(self.name))


def assemble(text: str) -> bytes:
    """A module's binary form from assembler text, not verified."""
    data, out, size, error = text.encode(), c_void_p(), c_size_t(), new_record()
    check(api.vm_text_assemble(None, data, len(data), byref(out), byref(size), byref(error)), error)
    try:
        return ctypes.string_at(out.value or 0, size.value)
    finally:
        api.vm_text_bytes_free(None, out, size)


def disassemble(data: bytes) -> str:
    """Assembler text of a module's binary form."""
    out, size, error = c_void_p(), c_size_t(), new_record()
    check(api.vm_text_disassemble(None, data, len(data), byref(out), byref(size), byref(error)), error)
    try:
        return ctypes.string_at(out.value or 0, size.value).decode()
    finally:
        api.vm_text_free(None, out, size)


def _at_exit() -> None:
    """Isolates, then modules, then engines, so that the compiler's worker ends and its files go."""
    things = list(_open_things)
    for thing in sorted(things, key=lambda t: {'Engine': 2, 'Module': 1}.get(type(t).__name__, 0)):
        try:
            thing._finish()
        except Exception:
            pass


atexit.register(_at_exit)
__all__ = ['Engine', 'Module', 'Entity', 'FunctionInfo', 'Stats', 'GC', 'Tier', 'assemble', 'disassemble']
