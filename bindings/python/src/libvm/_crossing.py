"""Exceptions across the border, both ways.

SPDX-License-Identifier: MIT

Out of Python: what a host function raises is thrown into the guest as a host object, unless it comes from
the guest itself, which is raised again, or is no Exception, which ends the guest. Out of the guest: a host
object that is an exception is raised as it is; anything else becomes a GuestError.
"""
from ctypes import byref, c_int32
from typing import TYPE_CHECKING, Any, List, Optional, cast

from . import _abi, _convert, _errors
from ._abi import TrapCode, vm_ref
from ._convert import dyn_value
from ._errors import Frame, GuestError, GuestExit, check
from ._load import api
from ._objects import wrap
from ._types import name_text

if TYPE_CHECKING:
    from ._isolate import Isolate

_STATUS_EXCEPTION = _abi.VM_EXCEPTION
_STATUS_TERMINATED = _abi.VM_TERMINATED


class Crossing:
    """The part of Isolate that does so."""

    if TYPE_CHECKING:
        _ptr: Optional[int]
        _error: _abi.vm_error
        _errorp: Any
        _scope: Optional[_abi.vm_scope]
        _made: bool
        _pending: Optional[BaseException]  # what a signal handler raised
        _leaving: Optional[BaseException]  # ends the guest on its way out
        _passing: Optional[GuestError]     # raised again in a host function

        def _open(self) -> None: ...
        def _flush(self) -> None: ...
        def _new_object(self, x: Any, out: vm_ref) -> int: ...

    @property
    def _me(self) -> 'Isolate':
        return cast('Isolate', self)

    def _host_failed(self, error: BaseException) -> int:
        """What a host function returns when Python raised `error`."""
        try:
            return self._throw(error)
        except BaseException as second:  # no memory, or a signal
            self._leaving = second
            return api.vm_isolate_exit(self._ptr, 1)

    def _throw(self, error: BaseException) -> int:
        if isinstance(error, GuestError) and not isinstance(error, GuestExit):
            reference = error.reference
            if reference is not None and reference._iso is self:
                self._passing = error
                return api.vm_isolate_rethrow(self._ptr, reference._valid())
            if isinstance(error, (_errors.GuestException, _errors.Trap)) and reference is None:
                return self._throw_new(error)
        if isinstance(error, GuestExit) or not isinstance(error, Exception):
            self._leaving = error
            return api.vm_isolate_exit(self._ptr, error.code if isinstance(error, GuestExit) else 1)
        value = _abi.vm_value()
        value.kind = _abi.VM_KIND_DYN
        value.is_ref = 1
        out = vm_ref()
        if self._new_object(error, out):
            self._leaving = error  # no memory for it: end the guest, for it would be lost
            return api.vm_isolate_exit(self._ptr, 1)
        value.of.ref = out
        return api.vm_isolate_throw(self._ptr, byref(value))

    def _throw_new(self, error: GuestError) -> int:
        """What a host function made itself: its payload, or its trap."""
        if isinstance(error, _errors.Trap):
            status = api.vm_isolate_trap(self._ptr, error.trap)
            if status != _STATUS_EXCEPTION:
                return self._throw(_errors.ArgumentError('a host function cannot trap with %r' % error.trap))
        else:
            try:
                value = _convert.put(self._me, _abi.VM_DYN, error.payload, 'payload')
            except _errors.Error as wrong:
                return self._throw(wrong)
            status = api.vm_isolate_throw(self._ptr, byref(value))
        self._passing = error
        return status

    def _failure(self, status: int) -> BaseException:
        """The exception to raise for the status of a call."""
        pending, self._pending = self._pending, None
        leaving, self._leaving = self._leaving, None
        passing, self._passing = self._passing, None
        if pending is not None:
            self._flush()
            return pending
        if status not in (_STATUS_EXCEPTION, _STATUS_TERMINATED):
            error = _errors.make(status, self._error)
            if self._made:
                self._flush()
            return _as_type_error(error)
        if self._error.trap == TrapCode.EXIT and leaving is not None:
            return leaving
        return self._guest_error(status, passing)

    def _guest_error(self, status: int, passing: Optional[GuestError]) -> BaseException:
        if self._scope is None:
            self._open()
        out, info, error = vm_ref(), _abi.vm_exception(), self._error
        message = error.message.decode('utf-8', 'replace')
        trap = error.trap
        check(api.vm_isolate_get_exception(self._ptr, byref(out), self._errorp), error)
        try:
            if passing is not None and passing.reference is None:  # made by the host function
                if passing.trap == trap:
                    passing.reference = wrap(self._me, out, persist=True)
                    passing.backtrace = self._backtrace(out)
                    return passing
            elif passing is not None:
                same = c_int32()
                raw = passing.reference._valid()
                if api.vm_ref_same(self._ptr, raw, out, byref(same), None) == 0 and same.value:
                    passing.backtrace = self._backtrace(out)
                    return passing
            payload = None
            if trap == TrapCode.NONE or trap == TrapCode.EXIT:
                value = _abi.vm_value()
                check(api.vm_exception_get_payload(self._ptr, out, byref(value), self._errorp), error)
                payload = dyn_value(self._me, value.is_ref, value.of.dyn)
                if isinstance(payload, BaseException) and value.is_ref:
                    _annotate(payload, self._backtrace(out))
                    return payload
            return self._make_guest_error(status, trap, message, payload, out, info)
        finally:
            self._flush()

    def _make_guest_error(self, status: int, trap: int, message: str, payload: Any, out: vm_ref,
                          info: _abi.vm_exception) -> GuestError:
        made: GuestError
        if trap == TrapCode.EXIT:
            made = GuestExit(payload if isinstance(payload, int) else 0)
        elif status == _STATUS_TERMINATED:
            made = _errors.Terminated(message)
        elif trap == TrapCode.NONE:
            made = _errors.GuestException('exception: %.200r' % (payload,))
        else:
            made = _errors.Trap(message)
        made.trap = TrapCode(trap)
        made.payload = payload
        made.backtrace = self._backtrace(out)
        made.reference = wrap(self._me, out, persist=True)
        return made

    def _backtrace(self, exception: vm_ref) -> List[Frame]:
        info, frame, frames = _abi.vm_exception(), _abi.vm_frame(), []
        if api.vm_exception_get(self._ptr, exception, byref(info), None):
            return []
        for i in range(info.frames):
            if api.vm_exception_get_frame(self._ptr, exception, i, byref(frame), None):
                break
            frames.append(_frame(frame))
        return frames


def _as_type_error(error: _errors.Error) -> _errors.Error:
    """A refused argument of a call is a TypeError to Python."""
    if type(error) is _errors.ArgumentError:
        made = _errors.ValueTypeError(*error.args)
        made.status = error.status
        return made
    return error


def _frame(frame: _abi.vm_frame) -> Frame:
    host = frame.index == _abi.VM_NO_OFFSET
    return Frame(name_text(frame.module) or '', name_text(frame.function), name_text(frame.file), frame.line or None,
                 None if host else frame.index, None if host else frame.offset)


def _annotate(error: BaseException, backtrace: List[Frame]) -> None:
    """Leave the guest's frames with an exception of Python's that came through them."""
    try:
        error.guest_backtrace = backtrace  # type: ignore[attr-defined]
    except AttributeError:
        pass
