"""Many calls in each direction, with objects, exceptions and collections; nothing leaks.

SPDX-License-Identifier: MIT

LIBVM_TEST_ROUNDS says how many; 1000000 by hand.
"""
import ctypes
import gc
import unittest

from support import DEMO, ROUNDS, STRESS, World  # first: it finds the package of this tree
import libvm
from libvm import DYN, Engine, Isolate


class Odd(Exception):
    pass


class Thing:
    live = 0

    def __init__(self):
        Thing.live += 1

    def __del__(self):
        Thing.live -= 1


class Stress(World):
    rounds = ROUNDS

    def setUp(self):
        super().setUp()
        Thing.live = 0

    def settle(self):
        """Nothing is left: of handles, objects, Python's own."""
        gc.collect()
        self.isolate.collect()
        self.isolate.verify_heap()
        stats = self.isolate.stats
        self.assertEqual((stats.local_handles, self.isolate.held_objects, Thing.live), (0, 0, 0))
        return stats.persistent_handles

    def check(self, act):
        """`act` many times; the handles are as many as after the first time."""
        for i in range(9):
            act(i)
        before = self.settle()
        peak = 0
        for i in range(self.rounds):
            act(i)
            if i % 1000 == 0:
                peak = max(peak, self.isolate.stats.persistent_handles)
        self.assertEqual(self.settle(), before)
        self.assertLess(peak, before + 100)

    def test_calls(self):
        add = self.exports.add

        def act(i):
            if add(i, 1) != i + 1:
                self.fail('add')
        self.check(act)

    def test_objects_in(self):
        identity, hold = self.exports.identity, self.exports.hold

        def act(i):
            thing = Thing()
            if identity(thing) is not thing:
                self.fail('identity')
            hold(thing if i % 3 else None)
            node = self.exports.make(i, [i])
            if node.value != i:
                self.fail('node')
        self.check_with_hold(act)

    def check_with_hold(self, act):
        try:
            self.check(lambda i: (act(i), self.exports.hold(None)))
        finally:
            self.exports.hold(None)

    def test_calls_out(self):
        """The guest calls Python `rounds` times, with an object, within one call."""
        count = [0]

        def host(x):
            count[0] += 1
            return Thing() if count[0] % 7 == 0 else x
        self.host = host
        repeat = self.exports.repeat
        repeat(1, Thing())
        before = self.settle()
        repeat(self.rounds, Thing())
        self.assertEqual(count[0], self.rounds + 1)
        self.assertEqual(self.settle(), before)

    def test_exceptions(self):
        """Python's through the guest and back, the guest's through Python, caught and uncaught."""
        def host(x):
            if x % 3 == 0:
                raise Odd(x)
            if x % 3 == 1:
                self.exports.throw(x)
            return x
        self.host = host
        through, guarded = self.exports.through, self.exports.guarded

        def act(i):
            try:
                if through(i) != i or i % 3 != 2:
                    self.fail('through')
            except Odd as error:
                if error.args != (i,):
                    self.fail('payload')
            except libvm.GuestException as error:
                if error.payload != i:
                    self.fail('payload')
            guarded(i)
        self.check(act)

    def test_nested(self):
        def host(x):
            return x if x == 0 else self.exports.through(x - 1)
        self.host = host

        def act(i):
            if self.exports.through(5) != 0:
                self.fail('nested')
        self.rounds = self.rounds // 5 + 1
        self.check(act)


class StressCollecting(Stress):
    """With a collection at every allocation, poisoned memory, and a check of the heap."""

    isolate_options = {'gc': STRESS}
    rounds = ROUNDS // 10


class StressCompiled(Stress):
    engine_options = {'tier': libvm.Tier.TIER_2}
    rounds = ROUNDS // 2


class Mallinfo(ctypes.Structure):
    _fields_ = [(n, ctypes.c_size_t) for n in ('arena', 'ordblks', 'smblks', 'hblks', 'hblkhd', 'usmblks',
                                               'fsmblks', 'uordblks', 'fordblks', 'keepcost')]


class Leaks(unittest.TestCase):
    def in_use(self):
        """Bytes that the C library's allocator has given out."""
        libc = ctypes.CDLL(None)
        if not hasattr(libc, 'mallinfo2'):
            self.skipTest('the C library has no mallinfo2')
        libc.mallinfo2.restype = Mallinfo
        gc.collect()
        info = libc.mallinfo2()
        return info.uordblks + info.hblkhd

    def world(self):
        """Everything made and closed, once with errors on the way."""
        with Engine() as engine, engine.load(DEMO) as module:
            try:
                engine.load(b'nonsense')
            except libvm.MalformedError:
                pass
            with Isolate(engine) as isolate:
                try:
                    isolate.instantiate(module)
                except libvm.LinkError:
                    pass
                isolate.define('host', 'call', lambda x: x, [DYN], [DYN])
                isolate.define('host', 'take', lambda x: x, [libvm.EXTERN.null], [libvm.EXTERN.null])
                isolate.define('host', 'nothing', lambda: None)
                exports = isolate.instantiate(module).exports
                exports.hold(object())
                exports.make(1, 'x').next
                try:
                    exports.throw(object())
                except libvm.GuestException:
                    pass
        b = libvm.Builder('abandoned')
        b.function('f')

    def test_worlds(self):
        with open('/proc/self/maps') as maps:
            if 'libasan' in maps.read():
                self.skipTest('another allocator')
        for _ in range(20):
            self.world()
        before = self.in_use()
        for _ in range(100):
            self.world()
        self.assertLess(self.in_use() - before, 100 * 200)  # a leak of a handle's worth each would show


if __name__ == '__main__':
    unittest.main()
