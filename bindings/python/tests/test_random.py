"""Anything called with anything: exceptions, and never a crash.

SPDX-License-Identifier: MIT

Objects of every class are used by the names they have with arguments drawn from the same pile, on the
main thread, in host functions, and by another thread. LIBVM_TEST_SEED repeats a run, LIBVM_TEST_ROUNDS
says how long; what was called last stands in the message of a failure, and with LIBVM_TEST_TRACE in the
file that it names, for the case of a crash.
"""
import os
import random
import sys
import threading
import unittest

from support import DEMO, ROUNDS, STRESS  # first: it finds the package of this tree
from libvm import ANY, DYN, EXTERN, I32, Builder, Engine, Isolate, TrapCode

SEED = int(os.environ.get('LIBVM_TEST_SEED', '0')) or random.randrange(1 << 30)
TRACE = os.environ.get('LIBVM_TEST_TRACE')

#: they do not end, or take long
SKIP = {'spin', 'spin_host', 'deep', 'drain', 'compile', 'list_assembly', 'save_compiled'}
SPECIAL = {'__call__', '__getitem__', '__setitem__', '__delitem__', '__len__', '__eq__', '__enter__', '__exit__',
           '__bytes__', '__iter__', '__str__', '__repr__', '__contains__'}


class Pile:
    """A world of two isolates, and what is in it."""

    def __init__(self, draw):
        self.draw, self.depth, self.last = draw, 0, ''
        self.engine = Engine()
        self.module = self.engine.load(DEMO)
        self.isolates = [self.isolate(), self.isolate()]
        b = Builder('b')
        f = b.function('f', [('x', I32)], [I32])
        self.things = [None, True, 5, -1, 2**31, 2**63, 1.5, 'x', 'add', 'mem', 'tab', 'counter', 'Node', 'host',
                       'call', b'abc', object(), [1], 0, 1, 2, 3, I32, DYN, ANY.null, EXTERN.ref, TrapCode.HOST,
                       self.engine, self.module, b, f, b.memory(), b.struct('S', [('a', I32)]), b.declare('g'),
                       f.label('l')]
        for isolate in self.isolates:
            self.fill(isolate)

    def isolate(self):
        isolate = Isolate(self.engine, gc=self.draw.choice([0, STRESS]))
        isolate.define('host', 'call', self.host, [DYN], [DYN])
        isolate.define('host', 'take', lambda x: x, [EXTERN.null], [EXTERN.null])
        isolate.define('host', 'nothing', lambda: None)
        return isolate

    def fill(self, isolate):
        i = isolate.instantiate(self.module)
        e = i.exports
        self.things += [isolate, i, e.add, e.identity, e.through, e.guarded, e.hold, e.throw, e.make, e.numbers,
                        e.all, i.memory('mem'), i.table('tab'), i.globals, i.type('Node'), isolate.map(),
                        isolate.shaped(), isolate.symbol('q'), isolate.object(3), e.make(1, None), e.numbers(4),
                        isolate.bytes(b'zz'), e.make(1, None).weak(), isolate.scope(), isolate.array_type(I32)]

    def host(self, x):
        if self.draw.random() < 0.3:
            self.act()
        if self.draw.random() < 0.1:
            raise ValueError(x)
        return self.draw.choice(self.things) if self.draw.random() < 0.5 else x

    def act(self):
        """One call."""
        if self.depth > 3:
            return
        self.depth += 1
        try:
            thing = self.draw.choice([x for x in self.things if type(x).__module__.startswith('libvm.')])
            arguments = [self.draw.choice(self.things) for _ in range(self.draw.choice([0, 0, 1, 1, 2, 2, 3]))]
            names = [n for n in dir(type(thing)) if n in SPECIAL or not n.startswith('_') and n not in SKIP]
            name = self.draw.choice(names) if names else '__repr__'
            if name in ('close', 'release') and self.draw.random() < 0.9:
                return
            self.last = '%s.%s(%s)' % (type(thing).__name__, name,
                                       ', '.join(type(x).__name__ for x in arguments))
            if TRACE:
                with open(TRACE, 'w') as f:
                    f.write(self.last + '\n')
            found = getattr(thing, name)
            if callable(found):
                found = found(*arguments)
            if len(self.things) < 300:
                self.things.append(found)
        except Exception:
            pass
        finally:
            self.depth -= 1

    def close(self):
        self.things.clear()
        for isolate in self.isolates:
            if not isolate.closed:
                isolate.adopt()
                isolate.verify_heap()
                isolate.close()
        self.engine.close()


class Random(unittest.TestCase):
    def setUp(self):
        """Finalizers that cannot be called so would be told of."""
        hook, sys.unraisablehook = sys.unraisablehook, lambda unraisable: None
        self.addCleanup(setattr, sys, 'unraisablehook', hook)

    def test_anything(self):
        draw = random.Random(SEED)
        for _ in range(max(1, ROUNDS // 200)):
            pile = Pile(draw)
            try:
                for _ in range(300):
                    pile.act()
                thread = threading.Thread(target=lambda: [pile.act() for _ in range(50)])
                thread.start()
                thread.join()
                pile.close()
            except BaseException as error:
                raise AssertionError('seed %d, %s' % (SEED, pile.last)) from error


if __name__ == '__main__':
    unittest.main()
