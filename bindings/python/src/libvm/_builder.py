"""Making modules.

SPDX-License-Identifier: MIT

A Builder collects types, imports, functions and the rest; Builder.finish gives the module's bytes. Code is
one function's body: a method an instruction (Instructions), locals and labels by name, and blocks as
context managers. Each call is checked at once, against the typed operand stack, and a mistake raises an
Error that names place, expected and found; after the first one a builder can only be thrown away.
"""
import ctypes
import struct
from ctypes import byref, c_size_t, c_uint32, c_void_p
from threading import get_ident
from types import TracebackType
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Type, TypeVar, Union

from . import _abi, _errors
from ._abi import VM_NO_INDEX, vm_field_def, vm_init
from ._code import Code
from ._load import api
from ._types import HeapType, ValueType, name_bytes

Names = Sequence[Union[ValueType, Tuple[str, ValueType]]]
_D = TypeVar('_D', bound='Def')


class Def:
    """Something of a module under construction; `index` is its number there."""

    def __init__(self, builder: 'Builder', index: int, name: Optional[str]) -> None:
        self._builder = builder
        self.index = index
        self.name = name

    def __repr__(self) -> str:
        return '<libvm.%s %s>' % (type(self).__name__, self.name or self.index)


class TypeDef(Def, HeapType):
    """A struct, array or function type; ``.ref`` and ``.null`` are references to its objects."""

    def __init__(self, builder: 'Builder', index: int, name: Optional[str]) -> None:
        Def.__init__(self, builder, index, name)


class StructDef(TypeDef):
    """A struct type. Fields are named by name or number."""

    def __init__(self, builder: 'Builder', index: int, name: Optional[str]) -> None:
        super().__init__(builder, index, name)
        self.fields: List[Optional[str]] = []

    def field(self, which: Union[str, int]) -> int:
        """The number of a field."""
        if isinstance(which, int):
            return which
        if which not in self.fields:
            raise _errors.NotFoundError('%r has no field %r' % (self, which))
        return self.fields.index(which)


class Func(Def):
    """A function; `with func.body() as f:` gives its body."""

    params: Sequence[Tuple[Optional[str], ValueType]] = ()

    def body(self) -> Code:
        """Begin the body."""
        return self._builder.body(self)


class Global(Def):
    """A global."""


class TableDef(Def):
    """A table."""


class MemoryDef(Def):
    """A linear memory."""


class Data(Def):
    """A data segment."""


class Elem(Def):
    """An element segment."""


class Label(Def):
    """A place in a body. Code.label makes one."""

    code: Optional[Code] = None


class Local(Def):
    """A local of a body. Code.local makes one."""

    code: Optional[Code] = None


class Builder:
    """A module under construction. `name` is for messages, `file` the source file of all functions.

    In ``with Builder('demo') as b:`` an error inside the block throws the builder away."""

    def __init__(self, name: Optional[str] = None, *, file: Optional[str] = None,
                 producers: Optional[str] = None) -> None:
        self._ptr: Optional[int] = None
        out, error = c_void_p(), _abi.vm_error_init()
        _errors.check(api.vm_builder_new(None, byref(out), byref(error)), error)
        self._ptr = out.value
        self._thread = get_ident()
        self.functions: Dict[str, Func] = {}
        self.globals: Dict[str, Global] = {}
        self.types: Dict[str, TypeDef] = {}
        self._texts: Dict[bytes, Data] = {}
        self._codes: List[Code] = []
        if name is not None:
            self._do(api.vm_builder_name, _name(name))
        if producers is not None:
            self._do(api.vm_builder_producers, _name(producers))
        if file is not None:
            self.file(file)

    # ---- life ----

    def _do(self, function: Callable[..., int], *arguments: Any) -> None:
        """Call a function of the builder."""
        if self._thread != get_ident():
            raise _errors.ThreadError('the builder belongs to thread %d' % self._thread)
        if self._ptr is None:
            raise _errors.ClosedError('the builder is closed')
        status = function(self._ptr, *arguments)
        if status:
            self._fail(status)

    def _fail(self, status: int) -> None:
        error = _abi.vm_error_init()
        api.vm_builder_error(self._ptr, byref(error))
        raise _errors.make(status, error)

    def _index(self, function: Callable[..., int], *arguments: Any) -> int:
        """The same, for one that gives an index."""
        out = c_uint32()
        self._do(function, *arguments, byref(out))
        return out.value

    def finish(self) -> bytes:
        """Check that the module is complete; its binary form, for Engine.load. The builder is closed."""
        out, size, error = c_void_p(), c_size_t(), _abi.vm_error_init()
        if self._thread != get_ident() or self._ptr is None:
            self._do(api.vm_builder_name, None)  # says why not
        _errors.check(api.vm_builder_finish(self._ptr, byref(out), byref(size), byref(error)), error)
        try:
            return ctypes.string_at(out.value or 0, size.value)
        finally:
            api.vm_builder_bytes_free(None, out, size)
            self.close()

    def close(self) -> None:
        """Throw the builder away."""
        pointer, self._ptr = self._ptr, None
        for code in self._codes:
            code._fn = None
        self._codes = []
        if pointer is not None:
            api.vm_builder_free(pointer)

    def __enter__(self) -> 'Builder':
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], value: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        if kind is not None:
            self.close()

    def __del__(self) -> None:
        if getattr(self, '_ptr', None) is not None:
            self.close()

    def _mine(self, thing: Any, kind: Type[Def]) -> int:
        """The index of a definition of this builder."""
        if isinstance(thing, str):
            names: Dict[str, Any] = self.types
            if kind is Func:
                names = self.functions
            elif kind is Global:
                names = self.globals
            if thing not in names:
                raise _errors.NotFoundError('no %s is called %r' % (kind.__name__.lower(), thing))
            thing = names[thing]
        if not isinstance(thing, kind):
            raise _errors.ValueTypeError('expected a %s, found %.100r' % (kind.__name__, thing))
        if thing._builder is not self:
            raise _errors.ArgumentError('%r belongs to another builder' % (thing,))
        return thing.index

    # ---- types ----

    def file(self, name: str) -> int:
        """A source file; functions begun later come from it."""
        return self._index(api.vm_builder_file, _name(name))

    def declare_struct(self, name: Optional[str] = None) -> StructDef:
        """A struct type to be defined later: until then it may stand in references."""
        return self._note(StructDef(self, self._index(api.vm_builder_type_declare, _name(name)), name))

    def define_struct(self, struct_type: StructDef, fields: Names, super: Optional[StructDef] = None) -> StructDef:
        """Define a declared struct type; see `struct`."""
        row, names = _fields(fields)
        above = VM_NO_INDEX if super is None else self._mine(super, StructDef)
        self._do(api.vm_builder_type_define, self._mine(struct_type, StructDef), above, row, len(names))
        struct_type.fields = (list(super.fields) if super is not None else []) + names
        return struct_type

    def struct(self, name: Optional[str], fields: Names, super: Optional[StructDef] = None) -> StructDef:
        """A struct type: its fields, each a type or (name, type), which are mutable, or const(type)."""
        return self.define_struct(self.declare_struct(name), fields, super)

    def array(self, element: ValueType, name: Optional[str] = None, mut: bool = True) -> TypeDef:
        """The array type with these elements; equal ones are one."""
        return self._note(TypeDef(self, self._index(
            api.vm_builder_type_array, _name(name), element.raw, mut), name))

    def signature(self, params: Sequence[ValueType] = (), results: Sequence[ValueType] = (),
                  name: Optional[str] = None) -> TypeDef:
        """The function type with these parameters and results; equal ones are one."""
        p, r = _types(params), _types(results)
        return self._note(TypeDef(self, self._index(
            api.vm_builder_type_func, _name(name), p, len(p), r, len(r)), name))

    def _note(self, made: _D) -> _D:
        """Keep it by name."""
        if made.name is not None:
            if isinstance(made, TypeDef):
                self.types[made.name] = made
            elif isinstance(made, Func):
                self.functions[made.name] = made
            elif isinstance(made, Global):
                self.globals[made.name] = made
        return made

    # ---- imports ----

    def import_function(self, module: str, name: str, params: Names = (),
                        results: Sequence[ValueType] = (), local: Optional[str] = None) -> Func:
        """Import a function; `local` is what it is called here, `name` if None."""
        typed = _named(params)
        sig = self.signature([t for _, t in typed], results)
        local = name if local is None else local
        made = Func(self, self._index(api.vm_builder_import_func, _name(module), _name(name), _name(local),
                                      sig.index), local)
        made.params = typed
        return self._note(made)

    def import_global(self, module: str, name: str, type: ValueType, mut: bool = False) -> Global:
        """Import a global."""
        return self._note(Global(self, self._index(
            api.vm_builder_import_global, _name(module), _name(name), _name(name), type.raw, mut), name))

    def import_memory(self, module: str, name: str, min: int = 0, max: Optional[int] = None) -> MemoryDef:
        """Import a memory; limits in pages of 65,536 bytes."""
        return MemoryDef(self, self._index(api.vm_builder_import_memory, _name(module), _name(name),
                                           _name(name), _u32(min), _limit(max)), name)

    def import_table(self, module: str, name: str, type: ValueType, min: int = 0,
                     max: Optional[int] = None) -> TableDef:
        """Import a table."""
        return TableDef(self, self._index(api.vm_builder_import_table, _name(module), _name(name),
                                          _name(name), type.raw, _u32(min), _limit(max)), name)

    def import_type(self, module: str, name: str, struct_type: StructDef) -> None:
        """Make a struct type the one that another module exports."""
        self._do(api.vm_builder_import_type, _name(module), _name(name), self._mine(struct_type, StructDef))

    # ---- definitions ----

    def memory(self, name: Optional[str] = None, min: int = 1, max: Optional[int] = None,
               export: Union[bool, str] = False) -> MemoryDef:
        """A linear memory of `min` pages."""
        made = MemoryDef(self, self._index(api.vm_builder_memory, _name(name), _u32(min), _limit(max)), name)
        return self._export(made, export)

    def table(self, type: ValueType, name: Optional[str] = None, min: int = 0, max: Optional[int] = None,
              export: Union[bool, str] = False) -> TableDef:
        """A table of nullable references."""
        made = TableDef(self, self._index(api.vm_builder_table, _name(name), type.raw, _u32(min),
                                          _limit(max)), name)
        return self._export(made, export)

    def global_(self, name: Optional[str], type: ValueType, init: Any = None, mut: bool = True,
                export: Union[bool, str] = False) -> Global:
        """A global. `init` is a number, None for null or nil, a Func, or an immutable Global."""
        made = Global(self, self._index(api.vm_builder_global, _name(name), type.raw, mut,
                                        self._init(type, init)), name)
        return self._export(self._note(made), export)

    def _init(self, type: ValueType, x: Any) -> vm_init:
        if isinstance(x, Func):
            return vm_init(_abi.VM_INIT_FUNC, self._mine(x, Func), None)
        if isinstance(x, Global):
            return vm_init(_abi.VM_INIT_GLOBAL, self._mine(x, Global), None)
        kind = type.raw >> 28
        if kind == _abi.VM_KIND_REF:
            if x is not None:
                raise _errors.ValueTypeError('initial value: expected None or a Func, found %.100r' % (x,))
            return vm_init(_abi.VM_INIT_NULL, 0, None)
        if kind == _abi.VM_KIND_DYN:
            if x is not None:
                raise _errors.ValueTypeError('initial value: a dyn is None, found %.100r' % (x,))
            return vm_init(_abi.VM_INIT_CONST, 0, None)
        from . import _convert
        x = 0 if x is None else x
        _convert.complain(type.raw, x, 'initial value')
        packed = struct.pack('<' + 'iqfd'[kind], x).ljust(8, b'\0')
        return vm_init(_abi.VM_INIT_CONST, int.from_bytes(packed, 'little'), None)

    def data(self, data: bytes, name: Optional[str] = None, memory: Optional[MemoryDef] = None,
             offset: int = 0) -> Data:
        """A data segment; with `memory` it is written there when the module is instantiated."""
        data = bytes(memoryview(data))
        if memory is None:
            index = self._index(api.vm_builder_data, _name(name), data, len(data))
        else:
            start = vm_init(_abi.VM_INIT_CONST, _u32(offset), None)
            index = self._index(api.vm_builder_data_active, _name(name), self._mine(memory, MemoryDef),
                                start, data, len(data))
        return Data(self, index, name)

    def text(self, text: Union[str, bytes]) -> Data:
        """The data segment of a text: for property names and symbol.const. Equal ones are one."""
        data = text.encode('utf-8', 'surrogateescape') if isinstance(text, str) else bytes(text)
        if data not in self._texts:
            self._texts[data] = self.data(data)
        return self._texts[data]

    def elem(self, type: ValueType, items: Sequence[Optional[Func]], name: Optional[str] = None,
             table: Optional[TableDef] = None, offset: int = 0) -> Elem:
        """An element segment of functions and nulls; with `table` it is written there."""
        row = (vm_init * len(items))(*[self._init(type, x) for x in items])
        if table is None:
            index = self._index(api.vm_builder_elem, _name(name), type.raw, row, len(items))
        else:
            start = vm_init(_abi.VM_INIT_CONST, _u32(offset), None)
            index = self._index(api.vm_builder_elem_active, _name(name), self._mine(table, TableDef), start,
                                type.raw, row, len(items))
        return Elem(self, index, name)

    def export(self, thing: Def, name: Optional[str] = None) -> None:
        """Export a function, global, table, memory or type."""
        kinds: List[Tuple[Type[Def], Callable[..., int]]] = [
            (Func, api.vm_builder_export_func), (Global, api.vm_builder_export_global),
            (TableDef, api.vm_builder_export_table), (MemoryDef, api.vm_builder_export_memory),
            (TypeDef, api.vm_builder_export_type)]
        for kind, function in kinds:
            if isinstance(thing, kind):
                self._do(function, _name(name or thing.name or ''), self._mine(thing, kind))
                return
        raise _errors.ValueTypeError('%r cannot be exported' % (thing,))

    def _export(self, made: _D, export: Union[bool, str]) -> _D:
        if export:
            self.export(made, export if isinstance(export, str) else None)
        return made

    def start(self, func: Union[Func, str]) -> None:
        """The function that runs when the module is instantiated."""
        self._do(api.vm_builder_start, self._mine(func, Func))

    # ---- functions ----

    def declare(self, name: Optional[str], params: Names = (), results: Sequence[ValueType] = (),
                export: Union[bool, str] = False, env: Optional[ValueType] = None) -> Func:
        """Declare a function, whose body comes at any time before finish. `env` makes it the body of
        closures, reached by closure_new alone; the environment is the local ``env``."""
        typed = _named(params)
        sig = self.signature([t for _, t in typed], results)
        if env is None:
            made = Func(self, self._index(api.vm_builder_func, _name(name), sig.index), name)
        else:
            made = Func(self, self._index(api.vm_builder_func_env, _name(name), sig.index, env.raw), name)
            typed = typed + [('env', env)]
        made.params = typed
        return self._export(self._note(made), export)

    def body(self, func: Union[Func, str]) -> Code:
        """``with b.body(func) as f:`` - the body of a declared function."""
        index = self._mine(func, Func)
        out = c_void_p()
        self._do(api.vm_fn_begin, index, byref(out))
        code = Code(self, out.value or 0, self.functions[func] if isinstance(func, str) else func)
        self._codes.append(code)
        return code

    def function(self, name: Optional[str], params: Names = (), results: Sequence[ValueType] = (),
                 export: Union[bool, str] = False, env: Optional[ValueType] = None) -> Code:
        """``with b.function('add', [('x', I32), ('y', I32)], [I32]) as f:`` - declare and begin."""
        return self.body(self.declare(name, params, results, export, env))


class Const(ValueType):
    """The type of a field that is set once: const(type)."""

    __slots__ = ()


def const(type: ValueType) -> Const:
    """A field of this type that cannot be set again."""
    return Const(type.raw)


def _name(name: Optional[str]) -> Optional[bytes]:
    return None if name is None else name_bytes(name)


def _named(params: Names) -> List[Tuple[Optional[str], ValueType]]:
    return [(None, p) if isinstance(p, ValueType) else (p[0], p[1]) for p in params]


def _types(types: Sequence[ValueType]) -> Any:
    for t in types:
        if not isinstance(t, ValueType):
            raise _errors.ValueTypeError('expected a value type, found %.100r' % (t,))
    return (c_uint32 * len(types))(*[t.raw for t in types])


def _fields(fields: Names) -> Tuple[Any, List[Optional[str]]]:
    row, names = (vm_field_def * len(fields))(), []
    for i, (name, type) in enumerate(_named(fields)):
        row[i].type, row[i].mut = type.raw, not isinstance(type, Const)
        row[i].name = _name(name)
        names.append(name)
    return row, names


def _u32(value: int) -> int:
    if not 0 <= value <= 0xFFFFFFFF:
        raise _errors.RangeError('expected a number from 0 to 2**32-1, found %d' % value)
    return value


def _limit(value: Optional[int]) -> int:
    return VM_NO_INDEX if value is None else _u32(value)
