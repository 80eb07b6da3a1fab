"""libvm - a process virtual machine for language implementers, from Python.

SPDX-License-Identifier: MIT

    from libvm import Engine, Isolate, Builder, I32

    with Builder('demo') as b:
        with b.function('square', [('x', I32)], [I32], export=True) as f:
            f.get('x').get('x').i32_mul().return_()

    with Engine() as engine, Isolate(engine) as isolate:
        instance = isolate.instantiate(engine.load(b.finish()))
        print(instance.exports.square(12))

An Engine compiles; a Module is verified code; an Isolate is a guest world of its own, used by one thread
at a time; an Instance is a module linked into an isolate. Builder makes modules. What goes wrong is an
Error. README.md tells the whole, docs/ of libvm what guest code can do.
"""
from ._abi import GC, EntityKind, FunctionState, Status, Tier, TrapCode
from ._builder import (Builder, Data, Elem, Func, Global, Label, Local, MemoryDef, StructDef, TableDef,
                       TypeDef, const)
from ._code import Code
from ._dynamic import Map, Shaped, Symbol
from ._engine import Engine, Entity, FunctionInfo, Module, Stats, assemble, disassemble
from ._errors import (ArgumentError, AssemblyError, ClosedError, CompileError, Error, Frame, GuestError,
                      GuestException, GuestExit, HandleError, InvalidError, LimitError, LinkError,
                      MalformedError, NotFoundError, OutOfMemory, RangeError, StateError, Terminated,
                      ThreadError, Trap, ValueTypeError)
from ._instance import Exports, Globals, Instance, Memory, Table
from ._isolate import Isolate, Scope
from ._load import api as _api
from ._load import path as library_path
from ._objects import Array, Exn, Function, HostObject, Ref, Struct, Weak
from ._typeid import TypeId
from ._types import (ANY, ARRAY, DYN, EXN, EXTERN, F32, F64, FUNC, I8, I16, I32, I64, STRUCT, WEAK, HeapType,
                     ValueType)

#: the version of the library in use
__version__ = (_api.vm_version_text() or b'').decode()

__all__ = [
    'ANY', 'ARRAY', 'Array', 'ArgumentError', 'AssemblyError', 'Builder', 'ClosedError', 'Code',
    'CompileError', 'DYN', 'Data', 'EXN', 'EXTERN', 'Elem', 'Engine', 'Entity', 'EntityKind', 'Error', 'Exn',
    'Exports', 'F32', 'F64', 'FUNC', 'Frame', 'Func', 'Function', 'FunctionInfo', 'FunctionState', 'GC',
    'Global', 'Globals', 'GuestError', 'GuestException', 'GuestExit', 'HandleError', 'HeapType',
    'HostObject', 'I16', 'I32', 'I64', 'I8', 'Instance', 'InvalidError', 'Isolate', 'Label', 'LimitError',
    'LinkError', 'Local', 'MalformedError', 'Map', 'Memory', 'MemoryDef', 'Module', 'NotFoundError',
    'OutOfMemory', 'RangeError', 'Ref', 'STRUCT', 'Scope', 'Shaped', 'StateError', 'Stats', 'Status',
    'Struct', 'StructDef', 'Symbol', 'Table', 'TableDef', 'Terminated', 'ThreadError', 'Tier', 'Trap',
    'TrapCode', 'TypeDef', 'TypeId', 'ValueType', 'ValueTypeError', 'WEAK', 'Weak', 'assemble',
    'const', 'disassemble', 'library_path',
]
