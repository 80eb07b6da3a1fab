"""A function's body under construction.

SPDX-License-Identifier: MIT
"""
import struct
from ctypes import byref, c_uint32
from contextlib import contextmanager
from threading import get_ident
from types import TracebackType
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Sequence, Type, Union

from . import _errors
from ._instructions import NAMES, Instructions
from ._load import api
from ._types import EXN, ValueType, name_bytes

if TYPE_CHECKING:
    from ._builder import Builder, Func, Label, Local

_MASK = 0xFFFFFFFFFFFFFFFF
_FLOATS = {'f32.const': '<f', 'f64.const': '<d'}
_RANGES = {'i32.const': 32, 'i64.const': 64}


class _End:
    """A label behind a block, made when something jumps there: what nothing reaches stays unreachable."""

    def __init__(self, code: 'Code', stack: Sequence[ValueType]) -> None:
        self._code, self._stack = code, stack
        self._label: Optional['Label'] = None

    @property
    def label(self) -> 'Label':
        if self._label is None:
            self._label = self._code.label(stack=self._stack)
        return self._label

    def jump(self) -> None:
        """Go there, if control comes here."""
        if self._code.reachable:
            self._code.br(self.label)

    def bind(self) -> None:
        """It is here."""
        if self._label is not None:
            self._code.bind(self._label)


class If:
    """What ``with f.if_() as branch:`` gives; branch.else_() begins the other case."""

    def __init__(self, code: 'Code', other: 'Label', end: _End) -> None:
        self._code, self._other, self._end = code, other, end
        self._done = False

    def else_(self) -> None:
        """From here on, what happens if the condition was zero."""
        if self._done:
            raise _errors.StateError('else_ was called before')
        self._done = True
        self._end.jump()
        self._code.bind(self._other)

    def _close(self) -> None:
        if not self._done:
            self.else_()
        self._end.bind()


class Loop:
    """What ``with f.loop() as loop:`` gives: the labels `again`, at its top, and `exit`, behind it."""

    def __init__(self, again: 'Label', end: _End) -> None:
        self.again = again
        self._end = end

    @property
    def exit(self) -> 'Label':
        """The end of the loop."""
        return self._end.label


class Try:
    """What ``with f.try_() as handler:`` gives; handler.catch() ends what is covered and begins the
    handler, with the exception on the stack."""

    def __init__(self, code: 'Code', caught: 'Label', end: _End, range: int) -> None:
        self._code, self._caught, self._end, self._range = code, caught, end, range
        self._done = False

    def catch(self) -> None:
        """From here on, the handler."""
        if self._done:
            raise _errors.StateError('catch was called before')
        self._done = True
        self._code._do(api.vm_fn_try_end, self._range)
        self._end.jump()
        self._code.bind(self._caught)

    def _close(self) -> None:
        if not self._done:
            self.catch()
            self._code.drop()
        self._end.bind()


class Code(Instructions):
    """A body. Instructions are methods, whose immediates are numbers, definitions, labels, locals, or the
    names of those: ``f.local_get('x').i32_const(1).i32_add().call('print')``. ``get``, ``set``, ``tee``
    and ``const`` are short for the commonest.

    ``with`` ends the body when the block ends; otherwise call end()."""

    def __init__(self, builder: 'Builder', fn: int, func: 'Func') -> None:
        self._builder = builder
        self._fn: Optional[int] = fn
        self.func = func
        self.locals: Dict[str, 'Local'] = {}
        self.labels: Dict[str, 'Label'] = {}
        from ._builder import Local
        for i, (name, _) in enumerate(func.params):
            if name is not None:
                self.locals[name] = Local(builder, i, name)
                self.locals[name].code = self
                self._do(api.vm_fn_local_name, i, name_bytes(name))

    # ---- life ----

    def _checked(self) -> int:
        if self._builder._thread != get_ident():
            raise _errors.ThreadError('the builder belongs to thread %d' % self._builder._thread)
        if self._fn is None:
            raise _errors.ClosedError('the body has ended')
        return self._fn

    def _do(self, function: Any, *arguments: Any) -> None:
        status = function(self._checked(), *arguments)
        if status:
            self._builder._fail(status)

    def end(self) -> 'Func':
        """End the body: labels are bound, and control does not fall off the end."""
        try:
            self._do(api.vm_fn_end)
        finally:
            self._fn = None
            if self in self._builder._codes:
                self._builder._codes.remove(self)
        return self.func

    def __enter__(self) -> 'Code':
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], value: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        if kind is None:
            self.end()

    # ---- instructions ----

    def op(self, opcode: int, *immediates: Any) -> 'Code':
        """Any instruction but switch, by its opcode."""
        count = len(immediates)
        if not count:
            self._do(api.vm_fn_op, opcode)
            return self
        name = NAMES.get(opcode, '')
        values = [self._immediate(name, i, count, x) for i, x in enumerate(immediates)]
        if count > 3:
            raise _errors.ArgumentError('%s: no instruction has %d immediates' % (name, count))
        self._do((api.vm_fn_op1, api.vm_fn_op2, api.vm_fn_op3)[count - 1], opcode, *values)
        return self

    def _immediate(self, op: str, at: int, count: int, x: Any) -> int:
        if isinstance(x, str):
            x = self._named(op, at, count, x)
        if isinstance(x, ValueType):
            return x.raw
        if hasattr(x, '_builder'):
            if x._builder is not self._builder or getattr(x, 'code', self) not in (self, None):
                raise _errors.ArgumentError('%s: %r belongs elsewhere' % (op, x))
            return int(x.index)
        if op in _FLOATS:
            try:
                return int.from_bytes(struct.pack(_FLOATS[op], x), 'little')
            except (struct.error, TypeError):
                raise _errors.ValueTypeError('%s: expected a number, found %.100r' % (op, x)) from None
            except OverflowError:
                raise _errors.RangeError('%s: %r is too large' % (op, x)) from None
        if not isinstance(x, int):
            raise _errors.ValueTypeError('%s: immediate %d: found %.100r' % (op, at, x))
        bits = _RANGES.get(op, 64)
        if not -1 << (bits - 1) <= x < 1 << bits:
            raise _errors.RangeError('%s: %d has more than %d bits' % (op, x, bits))
        if op == 'i32.const' and x >= 1 << 31:
            x -= 1 << 32
        return int(x & _MASK)

    def _named(self, op: str, at: int, count: int, name: str) -> Any:
        """What a name means for that immediate of that instruction."""
        from ._builder import Func, Global, TypeDef
        builder = self._builder
        if op.startswith('local.'):
            return self._find(self.locals, name, 'local')
        if op.startswith('br'):
            return self._find(self.labels, name, 'label')
        if op.startswith('global.'):
            return builder._mine(name, Global)
        if op in ('call', 'return_call', 'ref.func', 'closure.new') or \
                (op.startswith('dyn.') and at == count - 1):
            return builder._mine(name, Func)
        if op == 'symbol.const' or (op.startswith('dyn.') and at == count - 2):
            return builder.text(name)
        if at == 0 and not op.endswith('.const'):
            return builder._mine(name, TypeDef)
        raise _errors.ValueTypeError('%s: immediate %d cannot be a name, found %r' % (op, at, name))

    def _find(self, names: Dict[str, Any], name: str, what: str) -> Any:
        if name not in names:
            raise _errors.NotFoundError('no %s is called %r' % (what, name))
        return names[name]

    def switch(self, labels: Sequence[Union['Label', str]], otherwise: Union['Label', str]) -> 'Code':
        """Jump to labels[i] for the popped i, or to `otherwise`."""
        indices = [self._immediate('br', 0, 1, x) for x in labels]
        row = (c_uint32 * len(indices))(*indices)
        self._do(api.vm_fn_switch, row, len(indices), self._immediate('br', 0, 1, otherwise))
        return self

    def get(self, local: Union['Local', str, int]) -> 'Code':
        """``local.get``"""
        self.local_get(local)
        return self

    def set(self, local: Union['Local', str, int]) -> 'Code':
        """``local.set``"""
        self.local_set(local)
        return self

    def tee(self, local: Union['Local', str, int]) -> 'Code':
        """``local.tee``"""
        self.local_tee(local)
        return self

    def field(self, type: Any, name: Union[str, int]) -> 'Code':
        """``struct.get`` of a field by name"""
        self.struct_get(type, type.field(name))
        return self

    def set_field(self, type: Any, name: Union[str, int]) -> 'Code':
        """``struct.set`` of a field by name"""
        self.struct_set(type, type.field(name))
        return self

    def dyn(self, x: Union[None, bool, int, float, str]) -> 'Code':
        """Push a constant as a dyn: None, a boolean, an integer, a double, or a text as a symbol."""
        if x is None:
            self.dyn_nil()
        elif isinstance(x, bool):
            self.i32_const(int(x)).dyn_from_bool()
        elif isinstance(x, int):
            if not -1 << 31 <= x < 1 << 31:
                raise _errors.RangeError('%d: an integer in a dyn has 32 bits' % x)
            self.i32_const(x).dyn_from_i32()
        elif isinstance(x, float):
            self.f64_const(x).dyn_from_f64()
        else:
            self.symbol_const(x)
        return self

    # ---- locals, lines, the stack ----

    def local(self, name: Optional[str], type: ValueType) -> 'Local':
        """A new local, which starts as zero, null or nil."""
        from ._builder import Local
        out = c_uint32()
        self._do(api.vm_fn_local, type.raw, None if name is None else name_bytes(name), byref(out))
        made = Local(self._builder, out.value, name)
        made.code = self
        if name is not None:
            self.locals[name] = made
        return made

    def line(self, line: int) -> 'Code':
        """Instructions from here on come from that source line."""
        self._do(api.vm_fn_line, line)
        return self

    @property
    def reachable(self) -> bool:
        """Can an instruction stand here? Not behind an unconditional jump, where only a label can."""
        return bool(api.vm_fn_reachable(self._checked()))

    @property
    def stack(self) -> List[ValueType]:
        """The types of the operands, deepest first."""
        types, out = [], c_uint32()
        for i in reversed(range(api.vm_fn_depth(self._checked()))):
            self._do(api.vm_fn_operand, i, byref(out))
            types.append(ValueType(out.value))
        return types

    # ---- labels and blocks ----

    def label(self, name: Optional[str] = None, types: Sequence[ValueType] = (),
              stack: Optional[Sequence[ValueType]] = None) -> 'Label':
        """A new label, to be bound once. The operand stack there is the present one with `types` on top,
        or exactly `stack`."""
        from ._builder import Label
        out = c_uint32()
        text = None if name is None else name_bytes(name)
        whole = [t.raw for t in (types if stack is None else stack)]
        row = (c_uint32 * len(whole))(*whole)
        make = api.vm_fn_label_here if stack is None else api.vm_fn_label_new
        self._do(make, row, len(whole), text, byref(out))
        made = Label(self._builder, out.value, name)
        made.code = self
        if name is not None:
            self.labels[name] = made
        return made

    def bind(self, label: Union['Label', str]) -> 'Code':
        """The label is here."""
        self._do(api.vm_fn_label_bind, self._immediate('br', 0, 1, label))
        return self

    @contextmanager
    def if_(self, *results: ValueType) -> Iterator[If]:
        """Pop an i32; the block is run if it is not zero::

            with f.if_() as branch:
                ...
                branch.else_()
                ...

        Each of the two leaves `results` on the stack, if it comes to its end."""
        below = self.stack[:-1]
        other = self.label(stack=below)
        self.br_unless(other)
        branch = If(self, other, _End(self, below + list(results)))
        yield branch
        branch._close()

    @contextmanager
    def loop(self) -> Iterator[Loop]:
        """Run the block again and again, until it jumps to ``loop.exit``."""
        again, end = self.label(), _End(self, self.stack)
        self.bind(again)
        yield Loop(again, end)
        if self.reachable:
            self.br(again)
        end.bind()

    @contextmanager
    def while_(self) -> Iterator['While']:
        """``with f.while_() as w:`` - the condition, then w.do(), then the body."""
        with self.loop() as loop:
            yield While(self, loop)

    @contextmanager
    def block(self, *results: ValueType) -> Iterator['Label']:
        """A block whose end is a label."""
        end = self.label(types=results)
        yield end
        self.bind(end)

    @contextmanager
    def try_(self, *results: ValueType) -> Iterator[Try]:
        """Exceptions in the block come to the handler::

            with f.try_() as handler:
                ...
                handler.catch()
                f.exn_payload()
                ...

        The operand stack must be empty before, for a handler finds the exception alone."""
        caught = self.label(stack=[EXN.ref])
        end, out = _End(self, self.stack + list(results)), c_uint32()
        self._do(api.vm_fn_try_begin, caught.index, byref(out))
        handler = Try(self, caught, end, out.value)
        yield handler
        handler._close()


class While(Loop):
    """What ``with f.while_()`` gives."""

    def __init__(self, code: Code, loop: Loop) -> None:
        super().__init__(loop.again, loop._end)
        self._code = code

    def do(self) -> None:
        """Pop the condition; go on with the body if it is not zero, else leave the loop."""
        self._code.br_unless(self.exit)

