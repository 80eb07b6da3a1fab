"""Values both ways, objects of the guest, host objects.

SPDX-License-Identifier: MIT
"""
import gc
import math
import unittest
import weakref

from support import STRESS, World  # first: it finds the package of this tree
import libvm
from libvm import ANY, DYN, F64, I32, I64


class Thing:
    pass


class Values(World):
    def test_numbers(self):
        result = self.exports.all(-2**31, 2**63 - 1, 1.5, math.pi, True, None)
        self.assertEqual(result, (-2**31, 2**63 - 1, 1.5, math.pi, True, None))
        self.assertEqual(self.exports.add(True, 2), 3)

    def test_ranges(self):
        for args in ((2**31, 0), (0, -2**31 - 1), (2**100, 0)):
            with self.assertRaises(OverflowError) as caught:
                self.exports.add(*args)
            self.assertIn('i32', str(caught.exception))
        for args in (('x', 0), (1.5, 0), (None, 0), ([], 0)):
            with self.assertRaises(TypeError) as caught:
                self.exports.add(*args)
            self.assertIn('argument 0: expected i32', str(caught.exception))
        good = [1, 1, 1.0, 1.0, None, None]
        for at, bad in ((1, 2**63), (1, 'x'), (2, 1e300), (2, 'x'), (3, 'x'), (3, 10**400), (4, 2**31)):
            args = list(good)
            args[at] = bad
            with self.assertRaises(TypeError):
                self.exports.all(*args)
        with self.assertRaises(TypeError) as caught:
            self.exports.add(1)
        self.assertIn('expected 2 arguments, found 1', str(caught.exception))

    def test_dyn(self):
        for x in (None, True, False, 0, -1, 2**31 - 1, -2**31, 0.0, -0.0, 1.0, 1e300, math.inf, '', 'abc',
                  'ä€😀', '\udcff'):
            y = self.exports.identity(x)
            self.assertEqual((type(y), repr(y)), (type(x), repr(x)))
        self.assertTrue(math.isnan(self.exports.identity(math.nan)))

    def test_strings(self):
        array = self.exports.identity(b'bytes\0\xff')
        self.assertIsInstance(array, libvm.Array)
        self.assertEqual(bytes(array), b'bytes\0\xff')
        self.assertEqual(self.isolate.bytes(b'abc').text(), 'abc')
        self.assertEqual(bytes(self.isolate.bytes(b'')), b'')
        symbol = self.isolate.symbol('name')
        self.assertEqual(str(symbol), 'name')
        self.assertEqual(self.exports.identity(symbol), 'name')

    def test_structs(self):
        node = self.instance.type('Node')
        self.assertEqual(list(node.fields), ['value', 'next', 'tag', 'fixed'])
        a = node(value=2**40, fixed=3)
        self.assertEqual((a.value, a.next, a.tag, a.fixed, a[3]), (2**40, None, 0, 3, 3))
        a.value, a['tag'], a.next = -1, 255, a
        self.assertEqual((a.value, a.tag), (-1, 255))
        self.assertTrue(a.next == a)
        self.assertTrue(a.isinstance(node) and a.type == node)
        self.assertEqual(self.exports.make(5, a).next.value, -1)
        kind = self.exports.make(6, None).type
        self.isolate.collect()
        self.assertEqual(kind(value=8).value, 8)
        with self.assertRaises(libvm.ArgumentError):
            a.fixed = 4
        with self.assertRaises(OverflowError):
            a.value = 2**63
        with self.assertRaises(AttributeError):
            a.nothing
        with self.assertRaises(TypeError):
            node(1, 2, 3, 4, 5)
        with self.assertRaises(TypeError):
            node.array(3)

    def test_arrays(self):
        a = self.exports.numbers(3)
        a[0], a[-1] = 1.5, 2
        self.assertEqual((len(a), list(a), a[1:]), (3, [1.5, 0.0, 2.0], [0.0, 2.0]))
        for index in (3, -4):
            with self.assertRaises(IndexError):
                a[index]
        with self.assertRaises(TypeError):
            a[0] = 'x'
        ints = self.isolate.array_type(I32).of([1, -2, 3])
        self.assertEqual(list(ints), [1, -2, 3])
        ints.write(b'\0' * 8, 1)
        self.assertEqual((list(ints), ints.read(0, 1)), ([1, 0, 0], b'\1\0\0\0'))
        with self.assertRaises(IndexError):
            ints.write(b'\0' * 8, 2)
        with self.assertRaises(OverflowError):
            self.isolate.array_type(I32).of([2**31])
        refs = self.isolate.array_type(DYN).of([1, 'x', None])
        self.assertEqual(list(refs), [1, 'x', None])
        with self.assertRaises(TypeError):
            refs.read()
        with self.assertRaises(TypeError):
            self.isolate.array_type(DYN)()

    def test_dynamic(self):
        m = self.isolate.map()
        m['a'], m[1], m[1.5] = 1, 'one', m
        self.assertEqual((len(m), m['a'], m[1], 'b' in m, m.get('b', 7)), (3, 1, 'one', False, 7))
        self.assertEqual(list(m), ['a', 1, 1.5])
        del m['a']
        with self.assertRaises(KeyError):
            m['a']
        with self.assertRaises(KeyError):
            del m['a']
        base = self.isolate.shaped()
        base['x'] = 1
        derived = self.isolate.shaped(base)
        self.assertEqual((derived['x'], derived['y']), (1, None))
        derived['x'] = 'mine'
        self.assertEqual((derived['x'], base['x']), ('mine', 1))
        self.assertIsInstance(self.exports.identity(derived), libvm.Shaped)
        self.assertIsInstance(self.exports.identity(m), libvm.Map)

    def test_functions(self):
        add = self.exports.add
        self.assertEqual((add.params, add.results), ([I32, I32], [I32]))
        self.assertEqual(str(add.describe()), 'demo.add')
        self.assertEqual(self.exports.identity(add)(1, 2), 3)
        call = self.exports.identity(add).call
        gc.collect()
        self.isolate.collect()
        self.assertEqual(call(3, 4), 7)
        self.assertEqual(self.isolate.get_function('host', 'call')('x'), 'x')

    def test_instance(self):
        self.assertEqual(self.instance.globals['counter'], 5)
        self.instance.globals['counter'] = 6
        self.assertEqual(self.instance.globals['counter'], 6)
        with self.assertRaises(libvm.ArgumentError):
            self.instance.globals['fixed'] = 2.5
        with self.assertRaises(OverflowError):
            self.instance.globals['counter'] = 2**31
        with self.assertRaises(libvm.NotFoundError):
            self.instance.globals['none']
        memory = self.instance.memory('mem')
        memory.write(65534, b'ab')
        self.assertEqual((len(memory), memory.read(65534, 2)), (65536, b'ab'))
        for address, size in ((65535, 2), (-1, 1), (0, 2**62)):
            with self.assertRaises(libvm.ArgumentError):
                memory.read(address, size)
        self.assertEqual((memory.grow(2), len(memory)), (1, 3 * 65536))
        with self.assertRaises(libvm.LimitError):
            memory.grow(1)
        table = self.instance.table('tab')
        self.assertEqual((len(table), table[0](1, 2), table[1]), (2, 3, None))
        table[1] = self.exports.spin
        self.assertTrue(table[1] == self.exports.spin)
        with self.assertRaises(libvm.Error):
            table[1] = self.exports.numbers(1)
        with self.assertRaises(IndexError):
            table[2]
        self.assertEqual(table.grow(3, self.exports.add), 2)
        self.assertEqual(table[4](2, 2), 4)
        self.assertIn('add', dir(self.instance.exports))
        with self.assertRaises(AttributeError):
            self.instance.exports.nothing_so_called

    def test_host_types(self):
        self.isolate.define('host', 'wide', lambda a, b: (b, a), [I64, F64], [F64, I64])
        self.assertEqual(self.isolate.get_function('host', 'wide')(2**60, 0.5), (0.5, 2**60))
        for bad in (5, (1,), (1.0, 2, 3), None):
            self.isolate.define('host', 'bad%r' % (bad,), lambda a, b, bad=bad: bad, [I64, F64], [F64, I64])
            with self.assertRaises(TypeError):
                self.isolate.get_function('host', 'bad%r' % (bad,))(1, 1)
        self.isolate.define('host', 'range', lambda: 2**31, [], [I32])
        with self.assertRaises(OverflowError) as caught:
            self.isolate.get_function('host', 'range')()
        self.assertIn('result 0: expected i32', str(caught.exception))
        self.isolate.define('host', 'refs', lambda x: x, [ANY.null], [ANY.ref])
        refs = self.isolate.get_function('host', 'refs')
        self.assertTrue(refs(self.exports.add) == self.exports.add)
        with self.assertRaises(libvm.Error):
            refs(None)

    def test_identity(self):
        thing = Thing()
        self.assertIs(self.exports.identity(thing), thing)
        self.assertIs(getattr(self.exports, 'pass')(thing), thing)
        self.assertIs(self.exports.through(thing), thing)
        ref = self.isolate.object(thing)
        self.assertIs(ref.value, thing)
        self.assertIs(self.exports.identity(ref), thing)
        self.assertEqual(getattr(self.exports, 'pass')('text'), 'text')  # an extern may be anything
        self.assertIsNone(getattr(self.exports, 'pass')(None))

    def test_lifetime(self):
        thing = Thing()
        seen = weakref.ref(thing)
        self.exports.hold(thing)
        del thing
        gc.collect()
        self.isolate.collect()
        self.assertIsNotNone(seen())  # the guest holds it
        self.assertEqual(self.isolate.held_objects, 1)
        self.assertIs(self.instance.globals['held'], seen())
        self.exports.hold(None)
        self.assertIsNotNone(seen())
        self.isolate.collect()
        self.assertIsNone(seen())
        self.assertEqual(self.isolate.held_objects, 0)

    def test_lifetime_ends_with_isolate(self):
        isolate = self.new_isolate()
        instance = isolate.instantiate(self.module)
        thing = Thing()
        seen = weakref.ref(thing)
        instance.exports.hold(thing)
        del thing
        self.assertIsNotNone(seen())
        isolate.close()
        self.assertIsNone(seen())

    def test_references_are_released(self):
        self.exports.make(0, None)  # which makes handles of the function itself
        before = self.isolate.stats.persistent_handles
        kept = [self.exports.make(i, None) for i in range(50)]
        self.assertEqual(self.isolate.stats.persistent_handles, before + 50)
        self.assertEqual(kept[7].value, 7)
        del kept
        stats = self.isolate.stats
        self.assertEqual(stats.persistent_handles, before)
        self.assertEqual(stats.local_handles, 0)

    def test_weak_and_finalizers(self):
        ended = []
        node = self.exports.make(1, None)
        weak = node.weak()
        node.finalizer(lambda: ended.append('node'))
        self.isolate.collect()
        self.assertTrue(weak() == node)
        self.assertEqual(ended, [])
        node.release()
        self.isolate.collect()
        self.assertIsNone(weak())
        self.assertEqual(ended, ['node'])

    def test_cycle_of_isolate(self):
        """Host functions refer to their isolate; Python's collector takes both."""
        isolate = self.new_isolate()
        isolate.define('host', 'me', lambda: isolate.stats.calls, [], [I64])
        self.assertGreaterEqual(isolate.get_function('host', 'me')(), 0)
        seen = weakref.ref(isolate)
        self._cleanups[:] = [c for c in self._cleanups if isolate not in c[1]]
        del isolate
        gc.collect()
        self.assertIsNone(seen())

    def test_instances_go(self):
        def count():
            gc.collect()
            self.isolate.collect()
            return self.isolate.stats.instances
        before = count()
        other = self.isolate.instantiate(self.module)
        add, node, kind = other.exports.add, other.exports.make(1, None), other.type('Node')
        other.release()
        other.release()
        for use in (lambda: other.exports.add, lambda: other.memory('mem'), lambda: other.type('Node')):
            with self.assertRaises(libvm.ClosedError):
                use()
        self.assertEqual((add(1, 2), node.value, kind(value=4).value), (3, 1, 4))
        self.assertEqual(count(), before + 1)
        del add, node, kind, use
        self.assertEqual(count(), before)
        other = self.isolate.instantiate(self.module)
        memory = other.memory('mem')
        del other
        self.assertEqual(count(), before + 1)
        del memory
        self.assertEqual(count(), before)
        self.isolate.instantiate(self.module, 'named')
        self.assertEqual(count(), before + 1)
        self.assertEqual(self.isolate.get_function('named', 'add')(1, 2), 3)

    def test_caller(self):
        seen = []
        self.host = lambda x: seen.append(self.isolate.caller) or x
        self.exports.through(1)
        self.assertIs(seen[0], self.instance)
        self.assertIsNone(self.isolate.caller)

    def test_isolate_globals(self):
        self.isolate.define_global('host', 'n', I32, 5)
        self.isolate.define_global('host', 'd', DYN, 'text', mut=False)
        self.isolate.define_global('host', 'z', F64)
        b = libvm.Builder('uses')
        b.import_global('host', 'n', I32, mut=True)
        with b.function('next', [], [I32], export=True) as f:
            f.global_get('n').i32_const(1).i32_add().global_set('n').global_get('n').return_()
        uses = self.isolate.instantiate(self.engine.load(b.finish()))
        self.assertEqual((uses.exports.next(), self.isolate.get_global('host', 'n')), (6, 6))
        self.isolate.set_global('host', 'n', 9)
        self.assertEqual((uses.exports.next(), self.isolate.get_global('host', 'd')), (10, 'text'))
        with self.assertRaises(OverflowError):
            self.isolate.set_global('host', 'n', 2**31)
        with self.assertRaises(libvm.ArgumentError):
            self.isolate.set_global('host', 'd', 1)
        with self.assertRaises(libvm.NotFoundError):
            self.isolate.get_global('host', 'none')

    def test_scopes(self):
        with self.isolate.scope() as scope:
            node = self.exports.make(1, None)
            other = self.exports.make(2, node)
            self.assertTrue(other.next == node)
            kept = scope.escape(other)
        with self.assertRaises(libvm.HandleError):
            node.value
        self.assertEqual(kept.value, 2)
        with self.assertRaises(libvm.HandleError):
            self.exports.identity(node)


class ValuesStress(Values):
    isolate_options = {'gc': STRESS}


class ValuesTier1(Values):
    engine_options = {'tier': libvm.Tier.TIER_1}


if __name__ == '__main__':
    unittest.main()
