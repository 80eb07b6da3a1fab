"""Wrong use gives exceptions and never a crash; builders; threads; versions.

SPDX-License-Identifier: MIT
"""
import gc
import os
import subprocess
import sys
import threading
import unittest

from support import DEMO, STRESS, World  # first: it finds the package of this tree
import libvm
from libvm import ANY, DYN, F64, I32, Builder, Engine, Isolate
from libvm import _load


class Closed(World):
    def test_isolate(self):
        node = self.exports.make(1, None)
        array = self.exports.numbers(3)
        add, call, memory = self.exports.add, self.exports.add.call, self.instance.memory('mem')
        table, symbol, m = self.instance.table('tab'), self.isolate.symbol('x'), self.isolate.map()
        kind = self.instance.type('Node')
        self.isolate.close()
        self.isolate.close()  # twice is fine
        for use in (lambda: node.value, lambda: array[0], lambda: add(1, 2), lambda: call(1, 2),
                    lambda: memory.read(0, 1), lambda: table[0], lambda: str(symbol), lambda: m['x'],
                    lambda: kind(), lambda: self.isolate.stats, lambda: self.isolate.collect(),
                    lambda: self.isolate.interrupt(), lambda: self.isolate.define('a', 'b', len),
                    lambda: self.isolate.instantiate(self.module), lambda: self.instance.globals['fixed'],
                    lambda: self.isolate.scope().__enter__(), lambda: node == array, lambda: node.persist(),
                    lambda: self.isolate.adopt(), lambda: self.isolate.shaped(), lambda: len(array)):
            with self.assertRaises(libvm.ClosedError):
                use()
        del node, array, symbol
        gc.collect()

    def test_module_and_engine(self):
        engine = Engine()
        module, other = engine.load(DEMO), engine.load(DEMO)
        isolate = Isolate(engine)
        with self.assertRaises(libvm.StateError) as caught:
            engine.close()
        self.assertIn('1 open isolate', str(caught.exception))
        isolate.close()
        module.close()
        for use in (lambda: module.name, lambda: module.exports, lambda: module.compile(),
                    lambda: self.isolate.instantiate(module)):
            with self.assertRaises(libvm.ClosedError):
                use()
        engine.close()
        engine.close()
        self.assertTrue(other.closed and engine.closed)
        for use in (lambda: engine.load(DEMO), lambda: other.name, lambda: engine.stats, lambda: Isolate(engine), engine.drain):
            with self.assertRaises(libvm.ClosedError):
                use()

    def test_while_running(self):
        found = []

        def host(x):
            for act in (self.isolate.close, lambda: Isolate.close(self.isolate)):
                try:
                    act()
                except libvm.StateError as error:
                    found.append(error)
            return x
        self.host = host
        self.assertEqual(self.exports.through(5), 5)
        self.assertEqual(len(found), 2)

    def test_released(self):
        node, add = self.exports.make(1, None), self.isolate.get_function('host', 'call')
        node.release()
        node.release()
        add.release()
        for use in (lambda: node.value, lambda: self.exports.identity(node), lambda: add(1),
                    lambda: node == node):
            with self.assertRaises(libvm.HandleError):
                use()

    def test_without_close(self):
        """Whatever order Python's collector finds them in."""
        for _ in range(3):
            engine = Engine()
            isolate = Isolate(engine)
            isolate.define('host', 'call', lambda x: isolate and x, [DYN], [DYN])
            module = engine.load(DEMO)
            isolate.cycle = [engine, module]
            engine.cycle = isolate
            del engine, isolate, module
        gc.collect()


class Wrong(World):
    def test_isolates(self):
        other = self.new_isolate()
        instance = other.instantiate(self.module)
        node = instance.exports.make(1, None)
        for use in (lambda: self.exports.identity(node), lambda: self.exports.make(1, node),
                    lambda: self.isolate.shaped(node), lambda: self.exports.make(2, None).isinstance(node.type)):
            with self.assertRaises(libvm.HandleError) as caught:
                use()
            self.assertIn('another isolate', str(caught.exception))
        self.assertFalse(node == self.exports.make(1, None))
        engine = Engine()
        self.addCleanup(engine.close)
        with Isolate(engine) as isolate, self.assertRaises(libvm.ArgumentError):
            isolate.instantiate(self.module)

    def test_thread(self):
        node, errors = self.exports.make(1, None), []

        def use():
            for act in (lambda: node.value, lambda: self.exports.add(1, 2), lambda: self.isolate.stats,
                        lambda: self.isolate.close()):
                try:
                    act()
                except libvm.ThreadError as error:
                    errors.append(str(error))
        thread = threading.Thread(target=use)
        thread.start()
        thread.join()
        self.assertEqual(len(errors), 4)
        self.assertIn('belongs to thread', errors[0])
        self.assertEqual(node.value, 1)

    def test_thread_while_running(self):
        errors = []

        def use():
            for act in (self.isolate.adopt, self.isolate.collect):
                try:
                    act()
                except libvm.ThreadError as error:
                    errors.append(error)
            self.isolate.interrupt()
        timer = threading.Timer(0.1, use)
        timer.start()
        with self.assertRaises(libvm.Terminated):
            self.exports.spin()
        timer.join()
        self.assertEqual(len(errors), 2)

    def test_adopt(self):
        results = []

        def use():
            self.isolate.adopt()
            results.append(self.exports.add(1, 2))
        thread = threading.Thread(target=use)
        thread.start()
        thread.join()
        self.assertEqual(results, [3])
        with self.assertRaises(libvm.ThreadError):
            self.exports.add(1, 2)
        self.isolate.adopt()
        self.assertEqual(self.exports.add(1, 2), 3)

    def test_released_by_another_thread(self):
        """A reference may end anywhere; the isolate's thread lets go of it."""
        self.exports.make(0, None)
        before = self.isolate.stats.persistent_handles
        nodes = [self.exports.make(i, None) for i in range(10)]
        thread = threading.Thread(target=nodes.clear)
        thread.start()
        thread.join()
        self.assertEqual(self.isolate.stats.persistent_handles, before)

    def test_modules(self):
        for data, kind in ((b'', libvm.MalformedError), (b'nonsense', libvm.MalformedError),
                           (DEMO[:-5], libvm.MalformedError)):
            with self.assertRaises(kind):
                self.engine.load(data)
        with self.assertRaises(libvm.AssemblyError) as caught:
            self.engine.assemble('module x\nfunc f () -> () { nonsense }')
        self.assertEqual(caught.exception.line, 2)
        with Isolate(self.engine) as bare, self.assertRaises(libvm.LinkError):
            bare.instantiate(self.module)
        with self.assertRaises(libvm.NotFoundError):
            self.instance.function('nothing')
        with self.assertRaises(libvm.NotFoundError):
            self.instance.function('add\0more')  # no name ends at its NUL
        with self.assertRaises(libvm.NotFoundError):
            self.instance.type('nothing')
        with self.assertRaises(libvm.StateError):
            self.isolate.define('host', 'call', len, [DYN], [DYN])
        with self.assertRaises(TypeError):
            self.isolate.define('host', 'x', None)
        with self.assertRaises(libvm.ArgumentError):
            Engine(cache_dir='relative')
        for make in (lambda: Engine(max_code=-1), lambda: Isolate(self.engine, max_heap=-1),
                     lambda: Isolate(self.engine, stack_size=2**64)):
            with self.assertRaises(OverflowError):
                make()
        for make in (lambda: self.engine.load(5), lambda: self.instance.memory('mem').write(0, 5), libvm.Ref):
            with self.assertRaises(TypeError):
                make()

    def test_scopes(self):
        outer, inner = self.isolate.scope(), self.isolate.scope()
        with outer:
            inner.__enter__()
            with self.assertRaises(libvm.StateError):
                outer.__exit__(None, None, None)
            inner.__exit__(None, None, None)

    def test_heap_limit(self):
        with Isolate(self.engine, max_heap=1 << 20) as small:
            with self.assertRaises(MemoryError):
                small.array_type(F64).array(1 << 20)
            self.assertEqual(len(small.array_type(F64).array(100)), 100)
            with self.assertRaises(OverflowError):
                small.array_type(F64).array(1 << 40)


class WrongStress(Wrong):
    isolate_options = {'gc': STRESS}


class Builders(unittest.TestCase):
    def test_stack(self):
        b = Builder('x')
        f = b.function('f', [('a', I32)], [I32])
        with self.assertRaises(libvm.ArgumentError) as caught:
            f.get('a').i64_eqz()
        self.assertIn('found i32', str(caught.exception))
        with self.assertRaises(libvm.Error):  # it sticks
            f.get('a')
        with self.assertRaises(libvm.Error):
            b.finish()

    def test_names(self):
        b = Builder('x')
        f = b.function('f', [('a', I32)], [I32])
        for use in (lambda: f.get('b'), lambda: f.call('g'), lambda: f.br('l'), lambda: f.global_get('g'),
                    lambda: f.struct_new('S')):
            with self.assertRaises(libvm.NotFoundError):
                use()
        for use in (lambda: f.i32_const(2**32), lambda: f.i32_const('x'), lambda: f.f64_const('x'),
                    lambda: f.dyn(2**31), lambda: f.i32_add(1, 2, 3, 4)):
            with self.assertRaises((TypeError, ValueError)):
                use()
        f.get('a').return_()
        f.end()
        with self.assertRaises(libvm.ClosedError):
            f.get('a')
        with self.assertRaises(libvm.ClosedError):
            f.reachable
        b.finish()
        for use in (b.finish, lambda: b.memory(), lambda: b.function('g')):
            with self.assertRaises(libvm.ClosedError):
                use()

    def test_foreign(self):
        a, b = Builder('a'), Builder('b')
        fa = a.declare('f')
        f = b.function('g')
        for use in (lambda: f.call(fa), lambda: b.export(fa), lambda: b.body(fa), lambda: b.start(fa)):
            with self.assertRaises(libvm.ArgumentError):
                use()
        g = b.function('h', [('x', I32)])
        label, local = f.label('l'), g.locals['x']
        for use in (lambda: g.br(label), lambda: f.get(local)):
            with self.assertRaises(libvm.ArgumentError):
                use()
        a.close()
        a.close()

    def test_abandoned(self):
        f = Builder('x').function('f')  # the builder lives on with its bodies
        gc.collect()
        f.return_()
        with self.assertRaises(ZeroDivisionError):
            with Builder('y') as b:
                g = b.function('g')
                1 / 0
        with self.assertRaises(libvm.ClosedError):
            g.return_()

    def test_strange_names(self):
        b = Builder('m\0dule')
        with b.function('f\0ö', [('\0', I32)], [I32], export=True) as f:
            f.get('\0').return_()
        with Engine() as engine, Isolate(engine) as isolate, engine.load(b.finish()) as module:
            self.assertEqual((module.name, module.exports[0].name), ('m\0dule', 'f\0ö'))
            function = isolate.instantiate(module).function('f\0ö')
            self.assertEqual((function(3), function.describe().function), (3, 'f\0ö'))

    def test_trace(self):
        events = []
        with Engine(tier=libvm.Tier.TIER_2, trace=lambda *event: events.append(event)) as engine:
            with engine.load(DEMO):
                available = engine.stats.compiler_available
        if available:
            self.assertIn(('compiler', 'compile'), [e[:2] for e in events])

    def test_thread(self):
        b, errors = Builder('x'), []

        def use():
            try:
                b.memory()
            except libvm.ThreadError as error:
                errors.append(error)
        thread = threading.Thread(target=use)
        thread.start()
        thread.join()
        self.assertEqual(len(errors), 1)

    def test_round_trip(self):
        text = libvm.disassemble(DEMO)
        self.assertIn('func add', text)
        self.assertEqual(libvm.assemble(text), DEMO)
        with Engine() as engine, engine.load(DEMO) as module:
            self.assertEqual(module.name, 'demo')
            self.assertEqual([e.name for e in module.imports], ['call', 'take', 'nothing'])
            self.assertIn('add', [e.name for e in module.exports])
            self.assertIn('add', [f.name for f in module.functions])
            self.assertEqual(module.function_stats(4).calls, 0)
            self.assertTrue(module.list_register_code())
            module.exclude([])
            with self.assertRaises(libvm.ArgumentError):
                module.exclude([999])

    def test_all_parts(self):
        """Types that refer to each other, closures, segments, globals, switch."""
        b = Builder('parts', producers='test', file='parts.src')
        tree = b.declare_struct('Tree')
        b.define_struct(tree, [('left', tree.null), ('right', tree.null), ('value', I32)])
        leaf = b.struct('Leaf', [('more', DYN)], super=tree)
        self.assertEqual(leaf.fields, ['left', 'right', 'value', 'more'])
        env = b.struct('Env', [('n', I32)])
        adder = b.declare('adder', [('x', I32)], [I32], env=env.ref)
        with adder.body() as f:
            f.get('x').get('env').field(env, 'n').i32_add().return_()
        sig = b.signature([I32], [I32])
        with b.function('add5', [('x', I32)], [I32], export=True) as f:
            f.get('x').i32_const(5).struct_new(env).closure_new('adder').call_ref(sig).return_()
        b.global_('k', I32, 7, mut=False)
        b.global_('f', libvm.FUNC.null, b.functions['add5'], mut=False)
        with b.function('pick', [('x', I32)], [I32], export=True) as f:
            f.label('one'), f.label('two')
            f.get('x').switch(['one', 'two'], 'two')
            f.bind('one').i32_const(-1).return_()
            f.bind('two').global_get('k').return_()
        data = b.data(b'\1\2\3')
        array = b.array(libvm.I8)
        with b.function('bytes', [], [ANY.ref], export=True) as f:
            f.i32_const(0).i32_const(3).array_new_data(array, data).return_()
        with b.function('sum', [('t', tree.null)], [I32]) as f:
            f.get('t').ref_is_null()
            with f.if_(I32) as branch:
                f.i32_const(0)
                branch.else_()
                f.get('t').field(tree, 'value')
                for side in ('left', 'right'):
                    f.get('t').field(tree, side).call('sum').i32_add()
            f.return_()
        with b.function('trees', [], [I32], export=True) as f:
            f.ref_null(tree.null).ref_null(tree.null).i32_const(1).dyn('x').struct_new(leaf)
            f.ref_null(tree.null).ref_null(tree.null).i32_const(2).struct_new(tree)
            f.i32_const(4).struct_new(tree).call('sum').return_()
        with Engine() as engine, Isolate(engine) as isolate, engine.load(b.finish()) as module:
            exports = isolate.instantiate(module).exports
            self.assertEqual((exports.add5(1), exports.pick(0), exports.pick(1), exports.pick(9)),
                             (6, -1, 7, 7))
            self.assertEqual(bytes(exports.bytes()), b'\1\2\3')
            self.assertEqual(exports.trees(), 7)


class Threads(unittest.TestCase):
    def test_isolates_in_threads(self):
        results, errors = [], []
        with Engine() as engine, engine.load(DEMO) as module:
            def work(number):
                try:
                    with Isolate(engine, gc=libvm.GC.STRESS if number % 2 else 0) as isolate:
                        isolate.define('host', 'call', lambda x: x + number, [DYN], [DYN])
                        isolate.define('host', 'take', lambda x: x, [libvm.EXTERN.null], [libvm.EXTERN.null])
                        isolate.define('host', 'nothing', lambda: None)
                        exports = isolate.instantiate(module).exports
                        total = 0
                        for i in range(200):
                            total += exports.through(i)
                            exports.make(i, [i])
                        results.append((number, total))
                except BaseException as error:
                    errors.append(error)
            threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
        self.assertEqual(errors, [])
        self.assertEqual(sorted(results), [(n, 19900 + 200 * n) for n in range(6)])


class Loading(unittest.TestCase):
    def test_version(self):
        expected = libvm._abi.VM_VERSION_NUMBER
        _load.check_version(expected, 'same', 'x')
        _load.check_version(expected + 1, 'patch', 'x')
        for number in (expected + 100, expected - 100, expected + 10000):
            with self.assertRaises(ImportError) as caught:
                _load.check_version(number, '9.9.9', '/lib/x.so')
            for part in ('/lib/x.so', '9.9.9', libvm._abi.VM_VERSION_TEXT, 'LIBVM_LIBRARY'):
                self.assertIn(part, str(caught.exception))

    def run_with(self, library):
        env = dict(os.environ, LIBVM_LIBRARY=library,
                   PYTHONPATH=os.path.dirname(os.path.dirname(libvm.__file__)))
        return subprocess.run([sys.executable, '-c', 'import libvm'], env=env, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, universal_newlines=True)

    def test_no_library(self):
        done = self.run_with('/nonexistent/libvm.so')
        self.assertNotEqual(done.returncode, 0)
        self.assertIn('ImportError: libvm: no library was found', done.stdout)
        self.assertIn('/nonexistent/libvm.so', done.stdout)

    def test_another_library(self):
        done = self.run_with('libc.so.6')
        self.assertNotEqual(done.returncode, 0)
        self.assertIn('libc.so.6 is another library', done.stdout)


if __name__ == '__main__':
    unittest.main()
