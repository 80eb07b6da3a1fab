"""Signals while a guest runs: how Ctrl-C gets through.

SPDX-License-Identifier: MIT

Python runs its signal handlers on the main thread alone, between two bytecodes. While that thread is in
a guest there are none. So a helper thread asks the isolate, every INTERVAL, for a pause
(vm_isolate_request_pause); at its next poll the guest calls back into Python, and Python runs what
handlers are due. If one of them raises, as that of SIGINT does, the guest is ended and the call raises
the same exception; if not, the guest goes on. Nothing of the process's signal setup is touched, neither
handlers nor masks nor the wakeup descriptor. The helper sleeps while nothing runs.

A handler can also run, and raise, in the first moment of a callback of ctypes, before any ``try`` of
ours. ctypes then gives the exception to sys.unraisablehook, so that is ours while the main thread runs
a guest; what does not come from such a callback goes to the hook that was there.
"""
import os
import sys
import threading
import time
from threading import get_ident
from typing import TYPE_CHECKING, Any, Callable, Optional

from ._load import api

if TYPE_CHECKING:
    from ._isolate import Isolate

INTERVAL = 0.05
_IDLE_ROUNDS = 20


class Watch:
    """The one of a process."""

    def __init__(self) -> None:
        self.current: Optional['Isolate'] = None  # whose guest the main thread runs
        self.asleep = True
        self.lock = threading.RLock()  # held while another thread's isolate is asked for something
        self._wake = threading.Event()
        self._thread: Optional[threading.Thread] = None
        self._previous: Callable[[Any], Any] = sys.__unraisablehook__

    def run(self, isolate: 'Isolate', call: Callable[..., int], *arguments: Any) -> int:
        """``call(*arguments)``, which enters a guest from outside; the main thread alone."""
        outer, hook = self.current, sys.unraisablehook
        try:
            self.current = isolate
            if hook is not _hook:
                self._previous = hook
                sys.unraisablehook = _hook
            if self.asleep:
                self._start()
            return call(*arguments)
        finally:
            self.current = outer
            if outer is None and sys.unraisablehook is _hook:
                sys.unraisablehook = self._previous

    def _start(self) -> None:
        self.asleep = False
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._work, name='libvm signals', daemon=True)
            self._thread.start()
        self._wake.set()

    def _work(self) -> None:
        idle = 0
        while True:
            time.sleep(INTERVAL)
            if self.request():
                idle = 0
                continue
            idle += 1
            if idle < _IDLE_ROUNDS:
                continue
            self._wake.clear()
            self.asleep = True
            if self.current is None:  # else a call began before it could see that we sleep
                self._wake.wait()
            self.asleep = False
            idle = 0

    def request(self) -> bool:
        """Ask the running isolate for a pause. False: none runs."""
        with self.lock:  # closing an isolate takes it too
            isolate = self.current
            if isolate is None:
                return False
            if isolate._ptr is not None:
                api.vm_isolate_request_pause(isolate._ptr, None)
            return True

    def caught(self, unraisable: Any) -> bool:
        """Is it what a signal handler raised at the start of one of our callbacks? Then keep it."""
        isolate = self.current
        if isolate is None or get_ident() != threading.main_thread().ident:
            return False
        if 'ctypes callback' not in (unraisable.err_msg or ''):
            return False
        target = unraisable.object  # gone in Python 3.13, which has it in the text
        ours = getattr(target, '__qualname__', '') if target is not None else unraisable.err_msg
        if '_libvm_callback' not in ours or unraisable.exc_value is None:
            return False
        isolate._pending = unraisable.exc_value
        api.vm_isolate_request_pause(isolate._ptr, None)
        return True


watch = Watch()


def _hook(unraisable: Any) -> None:
    if not watch.caught(unraisable):
        watch._previous(unraisable)


def _after_fork() -> None:
    watch.__init__()  # type: ignore[misc]


os.register_at_fork(after_in_child=_after_fork)
