"""What the tests share: modules and worlds.

SPDX-License-Identifier: MIT
"""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'src'))

import libvm  # noqa: E402
from libvm import (ANY, DYN, EXTERN, F32, F64, FUNC, GC, I32, I64, Builder, Engine,  # noqa: E402
                   Isolate)

#: how often what is counted in millions by hand is done in the tests
ROUNDS = int(os.environ.get('LIBVM_TEST_ROUNDS', '1000'))

STRESS = GC.STRESS | GC.POISON | GC.VERIFY


def demo_module():
    """A module with a bit of everything; see the functions' names."""
    with Builder('demo', file='demo.src') as b:
        node = b.struct('Node', [('value', I64), ('next', ANY.null), ('tag', libvm.I8),
                                 ('fixed', libvm.const(I32))])
        b.export(node)
        doubles = b.array(F64, 'Doubles')
        b.import_function('host', 'call', [DYN], [DYN])
        b.import_function('host', 'take', [EXTERN.null], [EXTERN.null])
        b.import_function('host', 'nothing')
        b.memory('mem', 1, 3, export=True)
        table = b.table(FUNC.null, 'tab', 2, 10, export=True)
        b.global_('counter', I32, 5, export=True)
        b.global_('fixed', F64, 1.5, mut=False, export=True)
        b.global_('held', DYN, export=True)
        with b.function('add', [('a', I32), ('b', I32)], [I32], export=True) as f:
            f.get('a').get('b').i32_add().return_()
        b.elem(FUNC.null, [b.functions['add'], None], table=table)
        with b.function('all', [('a', I32), ('b', I64), ('c', F32), ('d', F64), ('e', DYN), ('n', ANY.null)],
                        [I32, I64, F32, F64, DYN, ANY.null], export=True) as f:
            for name in 'abcden':
                f.get(name)
            f.return_()
        with b.function('identity', [('x', DYN)], [DYN], export=True) as f:
            f.get('x').return_()
        with b.function('pass', [('x', EXTERN.null)], [EXTERN.null], export=True) as f:
            f.get('x').call('take').return_()
        with b.function('through', [('x', DYN)], [DYN], export=True) as f:
            f.line(70).get('x').call('call').return_()
        with b.function('guarded', [('x', DYN)], [DYN], export=True) as f:
            with f.try_(DYN) as handler:
                f.get('x').call('call')
                handler.catch()
                f.exn_payload()
            f.return_()
        with b.function('throw', [('x', DYN)], [], export=True) as f:
            f.line(60).get('x').throw()
        with b.function('divide', [('a', I32), ('b', I32)], [I32], export=True) as f:
            f.line(41).get('a').get('b').i32_div_s().return_()
        with b.function('spin', [], [], export=True) as f:
            with f.loop():
                pass
        with b.function('spin_host', [], [], export=True) as f:
            with f.loop():
                f.call('nothing')
        with b.function('deep', [('n', I32)], [I32], export=True) as f:
            f.get('n').call('deep').i32_const(1).i32_add().return_()
        with b.function('hold', [('x', DYN)], [], export=True) as f:
            f.get('x').global_set('held').return_()
        with b.function('make', [('value', I64), ('next', ANY.null)], [ANY.ref], export=True) as f:
            f.get('value').get('next').i32_const(7).i32_const(9).struct_new(node).return_()
        with b.function('numbers', [('n', I32)], [ANY.ref], export=True) as f:
            f.get('n').array_new_default(doubles).return_()
        with b.function('repeat', [('n', I32), ('x', DYN)], [DYN], export=True) as f:
            f.local('i', I32)
            f.local('last', DYN)
            with f.while_() as w:
                f.get('i').get('n').i32_lt_s()
                w.do()
                f.get('x').call('call').set('last')
                f.get('i').i32_const(1).i32_add().set('i')
            f.get('last').return_()
    return b.finish()


DEMO = demo_module()


class World(unittest.TestCase):
    """An engine, an isolate and the demo module in it; `self.host` is what "host" "call" does."""

    engine_options = {}
    isolate_options = {}

    def setUp(self):
        self.engine = Engine(**self.engine_options)
        self.addCleanup(self.engine.close)
        self.module = self.engine.load(DEMO)
        self.addCleanup(self.module.close)
        self.isolate = self.new_isolate()
        self.instance = self.isolate.instantiate(self.module)
        self.exports = self.instance.exports

    def new_isolate(self):
        isolate = Isolate(self.engine, **self.isolate_options)
        self.addCleanup(self.close, isolate)
        self.host = lambda x: x
        isolate.define('host', 'call', lambda x: self.host(x), [DYN], [DYN])
        isolate.define('host', 'take', lambda x: x, [EXTERN.null], [EXTERN.null])
        isolate.define('host', 'nothing', lambda: None)
        return isolate

    def close(self, isolate):
        if not isolate.closed and isolate._thread == isolate._owner:
            isolate.adopt()
            isolate.close()
