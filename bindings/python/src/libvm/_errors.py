"""What goes wrong, as exception classes.

SPDX-License-Identifier: MIT
"""
from typing import Any, Dict, List, NamedTuple, Optional, Type

from . import _abi
from ._abi import Status, TrapCode, vm_error
from ._load import api


class Error(Exception):
    """A call that libvm refused. ``str(error)`` is its message: place, expected, found."""

    status: Status = Status.ARGUMENT
    #: function index and byte offset in the module, line and column of the source; None if unknown
    function: Optional[int] = None
    offset: Optional[int] = None
    line: Optional[int] = None
    column: Optional[int] = None


class ArgumentError(Error, ValueError):
    """An argument is wrong; nothing was changed."""


class ValueTypeError(Error, TypeError):
    """A value does not fit the type it is wanted as."""


class RangeError(ValueTypeError, OverflowError):
    """An integer does not fit the type it is wanted as."""


class OutOfMemory(Error, MemoryError):
    """The host's memory ran out, or the isolate's heap limit was reached."""

    status = Status.MEMORY


class MalformedError(Error, ValueError):
    """The bytes are not a libvm module."""

    status = Status.MALFORMED


class InvalidError(Error, ValueError):
    """The module breaks a verification rule."""

    status = Status.INVALID


class AssemblyError(Error, ValueError):
    """The assembler text is wrong; ``line`` and ``column`` say where."""

    status = Status.SYNTAX


class LinkError(Error):
    """An import is missing or has another type."""

    status = Status.LINK


class LimitError(Error):
    """A limit of the implementation or of the isolate was reached."""

    status = Status.LIMIT


class HandleError(Error, ReferenceError):
    """A reference is stale, of another isolate, or of the wrong kind."""

    status = Status.HANDLE


class StateError(Error, RuntimeError):
    """The object is not in a state that allows this: closed, in use, wrong thread."""

    status = Status.STATE


class ClosedError(StateError):
    """The object was closed."""


class ThreadError(StateError):
    """An isolate was used by a thread that it does not belong to, or while its guest runs."""


class NotFoundError(Error, LookupError):
    """No such name."""

    status = Status.NOT_FOUND


class CompileError(Error):
    """The compiler is missing, failed, or was stopped."""

    status = Status.COMPILE


class Frame(NamedTuple):
    """A line of a guest backtrace."""

    module: str
    function: Optional[str]
    file: Optional[str]
    line: Optional[int]
    number: Optional[int]  # function index in its module; None: a host function
    offset: Optional[int]  # of the instruction in the function's code

    def __str__(self) -> str:
        name = self.function if self.function is not None else 'function %s' % self.number
        place = ''
        if self.file is not None and self.line:
            place = ' (%s:%d)' % (self.file, self.line)
        elif self.line:
            place = ' (line %d)' % self.line
        return (self.module + '.' if self.module else '') + name + place


class GuestError(Error):
    """The guest ended otherwise than by returning.

    ``trap`` is the code, ``payload`` what was thrown, ``backtrace`` the guest's frames, innermost first.
    Raised again in a host function it goes on through the guest as the same exception. A host function
    throws a value of the guest's language with ``raise GuestException(payload=value)``, and traps with
    ``raise Trap(trap=TrapCode.ARRAY_BOUNDS)``."""

    status = Status.EXCEPTION
    trap: TrapCode = TrapCode.NONE
    payload: Any = None
    reference: Any = None  # the exception object of the guest

    def __init__(self, message: str = '', *, payload: Any = None, trap: Optional[int] = None) -> None:
        super().__init__(message)
        self.payload = payload
        if trap is not None:
            self.trap = TrapCode(trap)
        self.backtrace: List[Frame] = []

    def __str__(self) -> str:
        return '\n'.join([str(self.args[0])] + ['  at ' + str(f) for f in self.backtrace])


class GuestException(GuestError):
    """The guest threw something and did not catch it: ``payload``."""


class Trap(GuestError):
    """The guest trapped: ``trap`` says why."""


class Terminated(GuestError):
    """The guest was stopped: interrupt, fuel, deadline. No handler of the guest sees that."""

    status = Status.TERMINATED


class GuestExit(Terminated):
    """The guest ended itself. Raised by a host function it ends the guest, uncaught by its handlers, and
    arrives at whoever called the guest."""

    trap = TrapCode.EXIT

    def __init__(self, code: int = 0) -> None:
        super().__init__('the guest ended itself with code %d' % code)
        self.code = code


_CLASSES: Dict[int, Type[Error]] = {
    _abi.VM_ARGUMENT: ArgumentError, _abi.VM_MEMORY: OutOfMemory, _abi.VM_MALFORMED: MalformedError,
    _abi.VM_INVALID: InvalidError, _abi.VM_SYNTAX: AssemblyError, _abi.VM_LINK: LinkError,
    _abi.VM_LIMIT: LimitError, _abi.VM_EXCEPTION: GuestError, _abi.VM_TERMINATED: Terminated,
    _abi.VM_HANDLE: HandleError, _abi.VM_STATE: StateError, _abi.VM_NOT_FOUND: NotFoundError,
    _abi.VM_COMPILE: CompileError,
}


def make(status: int, record: Optional[vm_error] = None) -> Error:
    """The exception for a status and its record."""
    message = record.message.decode('utf-8', 'replace') if record is not None else ''
    if not message:
        message = (api.vm_status_text(status) or b'').decode()
    error = _CLASSES.get(status, Error)(message)
    try:
        error.status = Status(status)
    except ValueError:
        pass
    if record is not None:
        error.function = None if record.function == _abi.VM_NO_OFFSET else record.function
        error.offset = None if record.offset == _abi.VM_NO_OFFSET else record.offset
        error.line, error.column = record.line or None, record.column or None
    return error


def natural(value: int, what: str, bits: int = 63) -> int:
    """A count for C, which would take a negative one for a large one."""
    if not 0 <= value < 1 << bits:
        raise RangeError('%s: expected a number from 0 to 2**%d-1, found %d' % (what, bits, value))
    return value


def check(status: int, record: vm_error) -> None:
    """Raise what is not VM_OK."""
    if status:
        raise make(status, record)
