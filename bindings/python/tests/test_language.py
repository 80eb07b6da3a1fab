"""A small language made with the builder (examples/calc.py), and the README's examples.

SPDX-License-Identifier: MIT
"""
import contextlib
import io
import os
import re
import sys
import unittest

import support  # noqa: F401  first: it finds the package of this tree
import libvm

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'examples'))
import calc  # noqa: E402


class Language(unittest.TestCase):
    def run_program(self, source):
        shown = []
        result = calc.run(source, 'test', shown.append)
        return shown, result

    def test_programs(self):
        self.assertEqual(self.run_program('print 1 + 2 * 3 - -4'), ([11], 0))
        self.assertEqual(self.run_program('''
            def fib(n) { if n < 2 { return n } return fib(n - 1) + fib(n - 2) }
            print fib(20)'''), ([6765], 0))
        self.assertEqual(self.run_program('''
            i = 1
            while i <= 20 {
              if i % 15 == 0 { print -15 } else { if i % 5 == 0 { print -5 } else { print i } }
              i = i + 1
            }
            return i''')[1], 21)
        self.assertEqual(self.run_program('''
            def even(n) { if n == 0 { return 1 } return odd(n - 1) }
            def odd(n) { if n == 0 { return 0 } return even(n - 1) }
            print even(10)  # either order
            print odd(10)'''), ([1, 0], 0))

    def test_errors(self):
        for source in ('print (1', 'x = ', 'def f(', 'print $', 'if 1 { print 2'):
            with self.assertRaises((SyntaxError, libvm.Error)):
                self.run_program(source)
        with self.assertRaises(libvm.NotFoundError):
            self.run_program('print nothing')
        with self.assertRaises(libvm.Trap) as caught:
            self.run_program('def f(x) {\n return 1 / x\n }\n print f(0)')
        self.assertEqual([str(f) for f in caught.exception.backtrace],
                         ['calc.f (test:2)', 'calc.main (test:4)'])
        with self.assertRaises(ZeroDivisionError):  # out of the program's print
            calc.run('print 1', 'test', lambda x: x / 0)


class Readme(unittest.TestCase):
    def test_examples(self):
        """Each Python block of README.md runs as it stands, and prints what its comments say."""
        with open(os.path.join(HERE, '..', 'README.md')) as f:
            blocks = re.findall(r'```python\n(.*?)```', f.read(), re.S)
        self.assertGreaterEqual(len(blocks), 2)
        for block in blocks:
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(block, 'README.md', 'exec'), {'__name__': '__main__'})
            expected = re.findall(r'# prints (.*)', block)
            self.assertEqual(out.getvalue().splitlines(), expected)


if __name__ == '__main__':
    unittest.main()
