"""Exceptions both ways, interruption, limits.

SPDX-License-Identifier: MIT
"""
import ctypes
import os
import signal
import sys
import threading
import time
import traceback
import unittest

from support import STRESS, World  # first: it finds the package of this tree
import libvm
from libvm import TrapCode


class Custom(Exception):
    pass


class Exceptions(World):
    def test_python_through_guest(self):
        error = Custom('odd')

        def fail(_):
            raise error
        self.host = fail
        try:
            self.exports.through(1)
            self.fail('nothing was raised')
        except Custom as found:
            self.assertIs(found, error)
        names = [f.name for f in traceback.extract_tb(error.__traceback__)]
        self.assertIn('fail', names)
        self.assertEqual([str(f) for f in error.guest_backtrace], ['host.call', 'demo.through (demo.src:70)'])
        self.assertEqual(self.exports.add(1, 2), 3)

    def test_guest_catches_python(self):
        error = Custom('odd')

        def fail(_):
            raise error
        self.host = fail
        self.assertIs(self.exports.guarded(1), error)  # the handler gives the payload back

    def test_nested(self):
        """Python, guest, Python, guest, Python: the same object at each of Python's."""
        error, seen = Custom('deep'), []

        def inner(_):
            raise error

        def outer(_):
            self.host = inner
            try:
                self.exports.through(0)
            except Custom as found:
                seen.append(found)
                raise
        self.host = outer
        with self.assertRaises(Custom) as caught:
            self.exports.through(0)
        self.assertIs(caught.exception, error)
        self.assertEqual(seen, [error])

    def test_trap(self):
        with self.assertRaises(libvm.Trap) as caught:
            self.exports.divide(1, 0)
        error = caught.exception
        self.assertEqual(error.trap, TrapCode.DIVIDE_BY_ZERO)
        self.assertEqual([str(f) for f in error.backtrace], ['demo.divide (demo.src:41)'])
        self.assertIn('  at demo.divide (demo.src:41)', str(error))
        self.assertIsNone(error.payload)
        with self.assertRaises(libvm.Trap) as caught:
            self.exports.deep(1)
        self.assertEqual(caught.exception.trap, TrapCode.STACK_OVERFLOW)

    def test_throw(self):
        for payload in (99, 'text', None, 1.5):
            with self.assertRaises(libvm.GuestException) as caught:
                self.exports.throw(payload)
            self.assertEqual(caught.exception.payload, payload)
            self.assertEqual(caught.exception.trap, TrapCode.NONE)
            self.assertEqual([str(f) for f in caught.exception.backtrace], ['demo.throw (demo.src:60)'])

    def test_guest_through_python(self):
        """Raised again by a host function, after other calls, it is the same exception."""
        seen = []

        def host(x):
            try:
                self.exports.throw(x)
            except libvm.GuestException as error:
                seen.append(error)
                self.exports.add(1, 1)
                with self.assertRaises(libvm.Trap):
                    self.exports.divide(1, 0)
                raise
        self.host = host
        with self.assertRaises(libvm.GuestException) as caught:
            self.exports.through(31)
        self.assertIs(caught.exception, seen[0])
        self.assertEqual([str(f) for f in caught.exception.backtrace],
                         ['demo.throw (demo.src:60)', 'host.call', 'demo.through (demo.src:70)'])
        self.assertEqual(self.exports.guarded(32), 32)  # the guest sees its own payload

    def test_raise_from(self):
        def host(x):
            try:
                self.exports.divide(1, 0)
            except libvm.Trap as error:
                raise Custom('replaced') from error
        self.host = host
        with self.assertRaises(Custom) as caught:
            self.exports.through(1)
        self.assertIsInstance(caught.exception.__cause__, libvm.Trap)

    def test_exit(self):
        def host(x):
            raise libvm.GuestExit(3)
        self.host = host
        with self.assertRaises(libvm.GuestExit) as caught:
            self.exports.guarded(1)  # no handler sees it
        self.assertEqual(caught.exception.code, 3)

    def test_no_exception(self):
        """What is no Exception ends the guest unasked."""
        class Stop(BaseException):
            pass
        stop = Stop()

        def host(x):
            raise stop
        self.host = host
        with self.assertRaises(Stop) as caught:
            self.exports.guarded(1)
        self.assertIs(caught.exception, stop)
        self.assertEqual(self.exports.add(1, 2), 3)

    def test_host_throws_for_the_guest(self):
        """A payload of the guest's language, or a trap."""
        error = libvm.GuestException(payload='a value')

        def throw(x):
            raise error
        self.host = throw
        self.assertEqual(self.exports.guarded(1), 'a value')
        error = libvm.GuestException(payload='another')
        with self.assertRaises(libvm.GuestException) as caught:
            self.exports.through(1)
        self.assertIs(caught.exception, error)
        self.assertEqual(str(error.backtrace[-1]), 'demo.through (demo.src:70)')

        def trap(x):
            raise libvm.Trap(trap=TrapCode(x))
        self.host = trap
        with self.assertRaises(libvm.Trap) as caught:
            self.exports.through(TrapCode.ARRAY_BOUNDS)
        self.assertEqual(caught.exception.trap, TrapCode.ARRAY_BOUNDS)
        self.assertIsNone(self.exports.guarded(TrapCode.CAST_FAILURE))
        with self.assertRaises(libvm.ArgumentError):
            self.exports.through(TrapCode.FUEL)
        self.assertIsInstance(self.exports.guarded(0), libvm.ArgumentError)  # there is no such trap
        error = libvm.GuestException(payload=2**40)
        self.host = throw
        with self.assertRaises(OverflowError):
            self.exports.through(1)

    def test_host_swallows(self):
        def host(x):
            try:
                self.exports.throw(x)
            except libvm.GuestException as error:
                return error.payload + 1
        self.host = host
        self.assertEqual(self.exports.through(1), 2)

    def test_start_function(self):
        b = libvm.Builder('starts')
        b.import_function('host', 'nothing')
        with b.function('go') as f:
            f.unreachable()
        b.start('go')
        with self.assertRaises(libvm.Trap) as caught:
            self.isolate.instantiate(self.engine.load(b.finish()))
        self.assertEqual(caught.exception.trap, TrapCode.UNREACHABLE)


    def recurse(self):
        """Guest and host call each other until Python's or the guest's stack is full."""
        depth = [0]

        def host(x):
            depth[0] += 1
            return self.exports.through(x)
        self.host = host
        try:
            self.exports.through(1)
            self.fail('it ended')
        except (RecursionError, libvm.LimitError, libvm.Trap):
            pass
        self.host = lambda x: x
        self.assertEqual(self.exports.through(7), 7)
        return depth[0]

    def test_recursion(self):
        self.assertGreater(self.recurse(), 20)

    def test_recursion_in_thread(self):
        result = []

        def run():
            self.isolate.adopt()
            result.append(self.recurse())
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        self.isolate.adopt()
        self.assertGreater(result[0], 20)

    def test_recursion_without_limit(self):
        """Where Python sets no limit, the guest's stack does."""
        old = sys.getrecursionlimit()
        sys.setrecursionlimit(10**6)
        try:
            self.assertGreater(self.recurse(), 20)
        finally:
            sys.setrecursionlimit(old)

    def test_near_the_limit(self):
        """A call of the guest from anywhere near Python's limit raises or works."""
        worked = []

        def down(n):
            try:
                down(n + 1)
            except RecursionError:
                pass
            try:
                worked.append(self.exports.through(n) == n)
            except (RecursionError, ctypes.ArgumentError):  # the latter is what ctypes makes of it
                worked.append(None)
        down(0)
        self.assertIn(True, worked)
        self.assertNotIn(False, worked)


class ExceptionsStress(Exceptions):
    isolate_options = {'gc': STRESS}


class Interruption(World):
    def later(self, seconds, act):
        timer = threading.Timer(seconds, act)
        timer.start()
        self.addCleanup(timer.join)

    def test_ctrl_c(self):
        handlers = [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)]
        wakeup = signal.set_wakeup_fd(-1)
        hook = sys.unraisablehook
        for name in ('spin', 'spin_host'):
            self.later(0.1, lambda: os.kill(os.getpid(), signal.SIGINT))
            with self.assertRaises(KeyboardInterrupt):
                getattr(self.exports, name)()
            self.assertEqual(self.exports.add(1, 2), 3)
        self.assertEqual([signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)], handlers)
        self.assertEqual(signal.set_wakeup_fd(wakeup), -1)
        self.assertIs(sys.unraisablehook, hook)

    def test_ctrl_c_nested(self):
        """A host function may catch it and go on."""
        def host(x):
            try:
                self.exports.spin()
            except KeyboardInterrupt:
                return 'caught'
        self.host = host
        self.later(0.1, lambda: os.kill(os.getpid(), signal.SIGINT))
        self.assertEqual(self.exports.through(1), 'caught')

        def again(x):
            self.exports.spin()
        self.host = again
        self.later(0.1, lambda: os.kill(os.getpid(), signal.SIGINT))
        with self.assertRaises(KeyboardInterrupt):
            self.exports.guarded(1)

    def test_handler_that_returns(self):
        """Other signals' handlers run while the guest does, which goes on."""
        calls = []

        def handler(number, frame):
            calls.append(number)
            if len(calls) == 3:
                raise Custom('enough')
            with self.assertRaises(libvm.ThreadError):
                self.exports.add(1, 2)  # not in the middle of guest code
        old = signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
        try:
            with self.assertRaises(Custom):
                self.exports.spin()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, old)
        self.assertEqual(len(calls), 3)
        self.assertEqual(self.exports.add(1, 2), 3)

    def test_interrupt(self):
        self.later(0.05, self.isolate.interrupt)
        with self.assertRaises(libvm.Terminated) as caught:
            self.exports.spin()
        self.assertEqual(caught.exception.trap, TrapCode.INTERRUPT)
        self.assertTrue(caught.exception.backtrace)

    def test_deadline(self):
        self.isolate.set_deadline(0.02)
        with self.assertRaises(libvm.Terminated) as caught:
            self.exports.spin()
        self.assertEqual(caught.exception.trap, TrapCode.DEADLINE)
        self.isolate.set_deadline(None)
        self.assertEqual(self.exports.add(1, 2), 3)

    def test_poll(self):
        def host(x):
            self.isolate.interrupt()
            while True:
                self.isolate.poll()
        self.host = host
        with self.assertRaises(libvm.Terminated):
            self.exports.through(1)
        with self.assertRaises(libvm.StateError):
            self.isolate.poll()

    def test_threads_run(self):
        """The lock of the interpreter is free while a guest runs."""
        def tick():
            for _ in range(20):
                time.sleep(0.002)
            self.isolate.interrupt()
        thread = threading.Thread(target=tick)
        self.isolate.set_deadline(60)
        thread.start()
        with self.assertRaises(libvm.Terminated) as caught:
            self.exports.spin()
        thread.join()
        self.assertEqual(caught.exception.trap, TrapCode.INTERRUPT)

    def test_handler_uses_isolate(self):
        """A handler that comes in the middle of a call does not spoil it."""
        used, refused = [], []
        identity, through, add = self.exports.identity, self.exports.through, self.exports.add

        def handler(number, frame):
            try:
                used.append(identity('handler') == 'handler' and add(5, 6) == 11)
            except libvm.ThreadError:
                refused.append(number)
        old = signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
        try:
            end = time.monotonic() + 0.3
            i = 0
            while time.monotonic() < end or len(used) < 5:
                i += 1
                if add(i, 1) != i + 1 or identity('main') != 'main' or through('x') != 'x':
                    self.fail('spoilt')
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, old)
        self.assertTrue(all(used))


class InterruptionCompiled(World):
    engine_options = {'tier': libvm.Tier.TIER_2}
    later = Interruption.later
    test_ctrl_c = Interruption.test_ctrl_c


class Fuel(World):
    engine_options = {'meter_fuel': True}

    def test_fuel(self):
        self.assertIsNone(self.isolate.fuel)
        self.isolate.fuel = 1000
        with self.assertRaises(libvm.Terminated) as caught:
            self.exports.spin()
        self.assertEqual(caught.exception.trap, TrapCode.FUEL)
        self.assertEqual(self.isolate.fuel, 0)
        self.isolate.fuel = None
        self.assertEqual(self.exports.add(1, 2), 3)
        with self.assertRaises(OverflowError):
            self.isolate.fuel = -1


if __name__ == '__main__':
    unittest.main()
