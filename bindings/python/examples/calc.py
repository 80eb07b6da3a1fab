#!/usr/bin/env python3
"""calc.py - a small language on one page: integers, functions, if, while, print.

SPDX-License-Identifier: MIT

    def fib(n) { if n < 2 { return n } return fib(n - 1) + fib(n - 2) }
    print fib(20)

Statements: ``x = e``, ``print e``, ``return e``, ``if e { } else { }``, ``while e { }``, and
``def f(a, b) { }``. What stands outside a def is the function main. Run: calc.py [FILE].
"""
import re
import sys

from libvm import I32, Builder, Engine, Error, Isolate

TOKEN = re.compile(r'\s*(?:(\d+)|([A-Za-z_]\w*)|(==|!=|<=|>=|[-+*/%<>=(){},]))|\s*(#.*)|\s*(\S)')
LEVELS = [{'==': 'i32_eq', '!=': 'i32_ne', '<': 'i32_lt_s', '<=': 'i32_le_s', '>': 'i32_gt_s',
           '>=': 'i32_ge_s'},
          {'+': 'i32_add', '-': 'i32_sub'},
          {'*': 'i32_mul', '/': 'i32_div_s', '%': 'i32_rem_s'}]


class Compiler:
    def __init__(self, source, file):
        self.tokens = []
        for number, line in enumerate(source.splitlines(), 1):
            for m in TOKEN.finditer(line):
                if m.group(5):
                    raise SyntaxError('%s:%d: unexpected %r' % (file, number, m.group(5)))
                if not m.group(4):
                    self.tokens.append((m.group().strip(), number))
        self.tokens.append(('', len(source.splitlines())))
        self.at, self.file = 0, file
        self.builder = Builder('calc', file=file)
        self.builder.import_function('calc', 'print', [('value', I32)])

    @property
    def token(self):
        return self.tokens[self.at][0]

    def take(self, wanted=None):
        token, line = self.tokens[self.at]
        if not token or wanted not in (None, token):
            raise SyntaxError('%s:%d: expected %s, found %s' % (
                self.file, line, repr(wanted or 'something'), repr(token or 'the end')))
        self.at += 1
        return token

    def compile(self):
        bodies, main = [], []
        while self.token:  # first the names of all functions, then their bodies
            if self.token == 'def':
                self.take()
                name, params = self.take(), []
                self.take('(')
                while self.token != ')':
                    params.append((self.take(), I32))
                    if self.token == ',':
                        self.take()
                self.take(')')
                bodies.append((self.builder.declare(name, params, [I32], export=True), self.at))
                self.skip()
            else:
                main.append(self.at)
                self.skip_statement()
        for func, self.at in bodies:
            with func.body() as self.code:
                self.block()
                self.end()
        with self.builder.function('main', [], [I32], export=True) as self.code:
            for self.at in main:
                self.statement()
            self.end()
        return self.builder.finish()

    def end(self):
        if self.code.reachable:
            self.code.i32_const(0).return_()

    def skip(self):
        self.take('{')
        depth = 1
        while depth and self.token:
            depth += {'{': 1, '}': -1}.get(self.take(), 0)

    def skip_statement(self):
        start = self.tokens[self.at][1]
        while self.token and (self.token == '{' or self.tokens[self.at][1] == start):
            self.skip() if self.token == '{' else self.take()
            if self.token == 'else':
                self.take()

    def block(self):
        self.take('{')
        while self.token != '}':
            self.statement()
        self.take('}')

    def statement(self):
        f, word = self.code, self.token
        if not f.reachable:  # behind a return
            return self.skip_statement()
        f.line(self.tokens[self.at][1])
        self.take()
        if word == 'print':
            self.expression()
            f.call('print')
        elif word == 'return':
            self.expression()
            f.return_()
        elif word == 'if':
            self.expression()
            with f.if_() as branch:
                self.block()
                if self.token == 'else':
                    self.take()
                    branch.else_()
                    self.block()
        elif word == 'while':
            with f.while_() as loop:
                self.expression()
                loop.do()
                self.block()
        else:
            self.take('=')
            self.expression()
            if word not in f.locals:
                f.local(word, I32)
            f.set(word)

    def expression(self, level=0):
        if level == len(LEVELS):
            return self.primary()
        self.expression(level + 1)
        while self.token in LEVELS[level]:
            instruction = LEVELS[level][self.take()]
            self.expression(level + 1)
            getattr(self.code, instruction)()

    def primary(self):
        token = self.take()
        if token.isdigit():
            self.code.i32_const(int(token))
        elif token == '-':
            self.code.i32_const(0)
            self.primary()
            self.code.i32_sub()
        elif token == '(':
            self.expression()
            self.take(')')
        elif self.token == '(':
            self.take()
            while self.token != ')':
                self.expression()
                if self.token == ',':
                    self.take()
            self.take(')')
            self.code.call(token)
        else:
            self.code.get(token)


def run(source, file='calc', show=print):
    with Engine() as engine, Isolate(engine) as isolate:
        isolate.define('calc', 'print', show, [I32])
        with engine.load(Compiler(source, file).compile()) as module:
            return isolate.instantiate(module).exports.main()


if __name__ == '__main__':
    try:
        name = sys.argv[1] if len(sys.argv) > 1 else '-'
        run(sys.stdin.read() if name == '-' else open(name).read(), name)
    except (Error, SyntaxError, OSError) as error:
        sys.exit('calc: %s' % error)
