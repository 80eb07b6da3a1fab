#!/usr/bin/env python3
"""generate.py - the ctypes declarations of libvm's public headers.

SPDX-License-Identifier: MIT

    generate.py [--check] [--include DIR] [--cc COMPILER]

Preprocesses vm/vm.h with the C compiler, parses the result with pycparser (Debian: python3-pycparser),
and writes src/libvm/_abi.py (types, constants, functions) and src/libvm/_instructions.py (a method an
instruction). With --check nothing is written; the exit code says whether both files are current
(0), are not (1), or cannot be checked here (77).

Everything that the headers declare is taken: enumerations, structures, unions, typedefs, functions,
object-like macros with an integer or text value, and macros VM_X_INIT as functions. Inline functions
cannot be called through ctypes; their names are listed (INLINE), and src/libvm/_values.py has each of
them in Python, which a test compares with the compiled ones.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE = os.path.join(HERE, '..', 'src', 'libvm')

# The C library's headers are more than pycparser wants; of them the API uses only these.
SYSTEM = {
    'stddef.h': 'typedef unsigned long size_t;\n#define NULL ((void *)0)\n',
    'stdint.h': '''
typedef signed char int8_t; typedef unsigned char uint8_t;
typedef short int16_t; typedef unsigned short uint16_t;
typedef int int32_t; typedef unsigned int uint32_t;
typedef long int64_t; typedef unsigned long uint64_t; typedef unsigned long uintptr_t;
#define UINT32_MAX 4294967295u
#define UINT64_MAX 18446744073709551615u
#define UINT64_C(x) x##u
''',
    'string.h': '''
void *memset(void *to, int byte, size_t size);
void *memcpy(void *to, const void *from, size_t size);
''',
}

C_TYPES = {
    'char': 'c_char', 'signed char': 'c_int8', 'int8_t': 'c_int8', 'uint8_t': 'c_uint8',
    'int16_t': 'c_int16', 'uint16_t': 'c_uint16', 'int': 'c_int', 'int32_t': 'c_int32',
    'uint32_t': 'c_uint32', 'int64_t': 'c_int64', 'uint64_t': 'c_uint64', 'size_t': 'c_size_t', 'uintptr_t': 'c_size_t',
    'float': 'c_float', 'double': 'c_double',
}


# Enumerations that Python sees as such: of C, of Python, prefix of the members, base class.
ENUMERATIONS = [
    ('vm_status', 'Status', 'VM_', 'IntEnum'),
    ('vm_trap', 'TrapCode', 'VM_TRAP_', 'IntEnum'),
    ('vm_tier', 'Tier', 'VM_TIER_', 'IntEnum'),
    ('vm_entity', 'EntityKind', 'VM_ENTITY_', 'IntEnum'),
    ('vm_function_state', 'FunctionState', 'VM_FUNCTION_', 'IntEnum'),
    (None, 'GC', 'VM_GC_', 'IntFlag'),
]


class Headers:
    """The headers, preprocessed."""

    def __init__(self, cc, include):
        self.cc = cc
        self.include = include

    def preprocess(self, text, *flags):
        with tempfile.TemporaryDirectory() as folder:
            for name, content in SYSTEM.items():
                guard = name.replace('.', '_')
                with open(os.path.join(folder, name), 'w') as f:
                    f.write('#ifndef %s\n#define %s\n%s\n#endif\n' % (guard, guard, content))
            done = subprocess.run(
                [self.cc, '-E', '-nostdinc', '-I', folder, '-I', self.include, *flags,
                 '-D__attribute__(x)=', '-Dinline=', '-'],
                input='#include "vm/vm.h"\n' + text, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                universal_newlines=True)
        if done.returncode != 0:
            raise SystemExit('generate.py: the C preprocessor failed:\n' + done.stderr)
        return done.stdout

    def macros(self):
        """Names of the object-like macros of vm/*.h that have a value, sorted."""
        names = []
        for line in self.preprocess('', '-dM').splitlines():
            m = re.match(r'#define (VM_\w+) (.+)', line)
            if m and not m.group(1).endswith('_H') and m.group(1) != 'VM_API':
                names.append(m.group(1))
        return sorted(names)


def fold(node, c_ast, names):
    """The value of a constant expression; None if it is none."""
    def wrap(value, type_name):
        bits = {'uint32_t': 32, 'vm_type': 32, 'uint64_t': 64, 'unsigned int': 32}.get(type_name)
        return value & ((1 << bits) - 1) if bits and isinstance(value, int) else value

    if isinstance(node, c_ast.Constant):
        if node.type == 'string':
            return node.value[1:-1]
        return int(node.value.rstrip('uUlL'), 0) if 'int' in node.type else None
    if isinstance(node, c_ast.ID):
        return names.get(node.name)
    if isinstance(node, c_ast.Cast):
        value = fold(node.expr, c_ast, names)
        type_name = getattr(getattr(node.to_type.type, 'type', None), 'names', [''])
        return wrap(value, ' '.join(type_name))
    if isinstance(node, c_ast.UnaryOp) and node.op == '-':
        value = fold(node.expr, c_ast, names)
        return None if value is None else -value
    if isinstance(node, c_ast.BinaryOp):
        left, right = fold(node.left, c_ast, names), fold(node.right, c_ast, names)
        if not isinstance(left, int) or not isinstance(right, int):
            return None
        return {'|': left | right, '+': left + right, '*': left * right,
                '<<': left << right}.get(node.op)
    return None


class Writer:
    def __init__(self, headers):
        import pycparser
        self.c_ast = pycparser.c_ast
        self.headers = headers
        macros = headers.macros()
        probes = ''.join('int probe_%s = %s;\n' % (m, m) for m in macros
                         if not m.endswith('_INIT') and m != 'VM_NULL_REF')
        self.inits = [m for m in macros if m.endswith('_INIT')]
        probes += ''.join('%s probe_%s = %s;\n' % (m[:-5].lower(), m, m) for m in self.inits)
        text = headers.preprocess(probes, '-P')
        self.tree = pycparser.CParser().parse(text, 'vm/vm.h')
        self.known = {}      # typedef or tag -> ctypes expression
        self.constants = {}  # name -> value
        self.enums = []      # (name, [(member, value)])
        self.records = []    # lines
        self.functions = []  # (name, result, [parameters], prototype)
        self.callbacks = []
        self.inline = []
        self.init_values = {}

    # ---- types ----

    def type_of(self, node):
        c = self.c_ast
        if isinstance(node, (c.Typename, c.Decl)):
            return self.type_of(node.type)
        if isinstance(node, c.TypeDecl):
            return self.type_of(node.type)
        if isinstance(node, c.IdentifierType):
            name = ' '.join(node.names)
            if name == 'void':
                return 'None'
            return C_TYPES.get(name) or self.known[name]
        if isinstance(node, (c.Struct, c.Union, c.Enum)):
            return self.known[node.name]
        if isinstance(node, c.ArrayDecl):
            return '%s * %d' % (self.type_of(node.type), fold(node.dim, c, self.constants))
        if isinstance(node, c.PtrDecl):
            return self.pointer_to(node.type)
        raise SystemExit('generate.py: a type of kind %s' % type(node).__name__)

    def pointer_to(self, node):
        c = self.c_ast
        if isinstance(node, c.FuncDecl):
            return self.prototype(node)
        name = self.base_name(node)
        if isinstance(node, c.TypeDecl) and name in self.function_types:
            return name
        if isinstance(node, c.TypeDecl) and name in self.opaque:
            return 'c_void_p'
        if isinstance(node, c.TypeDecl) and name in ('void', 'uint8_t'):
            return 'c_void_p'
        if name == 'char' and isinstance(node, c.TypeDecl):
            # Text comes as bytes; a char * that is written or freed is an address.
            return 'c_char_p' if 'const' in (node.quals or []) else 'c_void_p'
        return 'POINTER(%s)' % self.type_of(node)

    def base_name(self, node):
        while not isinstance(node, self.c_ast.TypeDecl):
            node = node.type
        inner = node.type
        if isinstance(inner, self.c_ast.IdentifierType):
            return ' '.join(inner.names)
        return inner.name

    def prototype(self, node):
        result = self.type_of(node.type)
        return 'CFUNCTYPE(%s)' % ', '.join([result] + [self.parameter(p) for p in self.params(node)])

    def parameter(self, p):
        return self.type_of(p.type)

    def params(self, node):
        params = node.args.params if node.args else []
        if len(params) == 1 and isinstance(params[0], self.c_ast.Typename) and \
                self.base_name(params[0].type) == 'void' and \
                isinstance(params[0].type, self.c_ast.TypeDecl):
            return []
        return params

    # ---- declarations ----

    def enum(self, name, node):
        value, members = 0, []
        for e in node.values.enumerators:
            if e.value is not None:
                value = fold(e.value, self.c_ast, self.constants)
            self.constants[e.name] = value
            members.append((e.name, value))
            value += 1
        self.enums.append((name, members))
        if name:
            self.known[name] = 'c_uint'

    def record(self, name, node):
        self.known[name] = name
        kind = 'Union' if isinstance(node, self.c_ast.Union) else 'Structure'
        fields = []
        before = []
        for d in node.decls:
            inner = d.type.type if isinstance(d.type, self.c_ast.TypeDecl) else None
            if isinstance(inner, (self.c_ast.Union, self.c_ast.Struct)) and inner.decls and not inner.name:
                inner.name = '%s_%s' % (name, d.name)
                self.record(inner.name, inner)
            points_to_itself = isinstance(d.type, self.c_ast.PtrDecl) and self.base_name(d.type) == name
            fields.append((d.name, 'c_void_p' if points_to_itself else self.type_of(d.type)))
        lines = ['class %s(%s):' % (name, kind), '    _fields_ = [']
        lines += ["        (%r, %s)," % (field, text) for field, text in fields]
        self.records += before + lines + ['    ]', '']
        note = ['    if TYPE_CHECKING:']
        note += ['        %s: %s' % (field, self.annotation(text)) for field, text in fields]
        self.records[-1:] = note + ['', '']

    def annotation(self, text):
        if '*' in text and not text.startswith(('CFUNCTYPE', 'POINTER')):
            return 'Bytes' if text.startswith('c_char') else 'Any'
        if text in ('c_float', 'c_double'):
            return 'float'
        if text == 'c_char_p':
            return 'Optional[Bytes]'
        if text == 'c_void_p':
            return 'Optional[int]'
        if text.startswith('c_'):
            return 'int'
        if text.startswith(('POINTER', 'CFUNCTYPE')) or text in self.function_types:
            return 'Any'
        return text

    def collect(self):
        c = self.c_ast
        self.opaque = {'vm_engine', 'vm_module', 'vm_isolate', 'vm_instance', 'vm_builder', 'vm_fn'}
        self.function_types = {
            d.name for d in self.tree.ext
            if isinstance(d, c.Typedef) and isinstance(d.type, c.FuncDecl)}
        for d in self.tree.ext:
            if isinstance(d, c.FuncDef):
                self.inline.append(d.decl.name)
            elif isinstance(d, c.Typedef):
                self.typedef(d)
            elif isinstance(d, c.Decl) and isinstance(d.type, c.FuncDecl):
                if d.name.startswith('vm_'):
                    self.function(d)
            elif isinstance(d, c.Decl) and isinstance(d.type, c.Enum):
                self.enum(d.type.name, d.type)
            elif isinstance(d, c.Decl) and (d.name or '').startswith('probe_'):
                self.probe(d)

    def typedef(self, d):
        c = self.c_ast
        if isinstance(d.type, c.FuncDecl):
            self.callbacks.append((d.name, self.prototype(d.type)))
            self.records += ['%s = %s' % self.callbacks[-1], '']
            return
        inner = d.type.type
        if isinstance(inner, c.Enum) and inner.values:
            self.enum(d.name, inner)
        elif isinstance(inner, (c.Struct, c.Union)):
            if inner.decls:
                self.record(d.name, inner)
            elif d.name not in self.opaque:
                raise SystemExit('generate.py: %s is opaque; say so in collect()' % d.name)
        elif isinstance(inner, c.IdentifierType) and d.name not in C_TYPES:
            self.known[d.name] = self.type_of(inner)

    def function(self, d):
        params = self.params(d.type)
        self.functions.append((d.name, self.type_of(d.type.type), [self.parameter(p) for p in params]))

    def probe(self, d):
        name = d.name[len('probe_'):]
        if name in self.inits:
            self.init_values[name] = [
                self.constants.get(x.name) if isinstance(x, self.c_ast.ID)
                else fold(x, self.c_ast, self.constants) for x in d.init.exprs]
            return
        value = fold(d.init, self.c_ast, self.constants)
        if value is None:
            raise SystemExit('generate.py: the macro %s has no constant value' % name)
        self.constants[name] = value

    # ---- output ----

    def abi(self):
        enum_members = {m for _, members in self.enums for m, _ in members}
        out = [HEAD % 'The ctypes declarations of include/vm/*.h.',
               'from ctypes import (CFUNCTYPE, POINTER, Structure, Union, c_char, c_char_p, c_double, c_float,',
               '                    c_int, c_int32, c_int64, c_size_t, c_uint, c_uint32, c_uint64, c_void_p,',
               '                    sizeof)',
               'from enum import IntEnum, IntFlag',
               'from typing import TYPE_CHECKING, Any, Callable, List, Optional, Tuple', '',
               'Bytes = bytes  # a field may be called so', '', '# ---- macros ----', '']
        for name, value in sorted(self.constants.items()):
            if name not in enum_members:
                out.append('%s = %s' % (name, show(value)))
        out += ['', '# ---- enumerations ----', '']
        for name, members in self.enums:
            for member, value in members:
                out.append('%s = %s' % (member, show(value)))
            out.append('')
        for enum, name, prefix, base in ENUMERATIONS:
            members = dict(self.enums).get(enum) or [
                m for n, ms in self.enums if n is None for m in ms if m[0].startswith(prefix)]
            out += ['', 'class %s(%s):' % (name, base), '    """%s of C."""' % (enum or prefix + '*'), '']
            for member, _ in members:
                short = member[len(prefix):]
                if short[0].isdigit():
                    short = 'TIER_' + short
                out.append('    %s = %s' % (short, member))
            out.append('')
        out += ['', '# ---- types ----', ''] + self.records
        out += ['# ---- initial values ----', '']
        for name in sorted(self.init_values):
            record = name[:-5].lower()
            rest = ''.join(', ' + INIT_ARGUMENT(v) for v in self.init_values[name][1:]
                           if not isinstance(v, list))
            if all(v in (0, None) for v in self.init_values[name][1:]):
                rest = ''
            out += ['', 'def %s() -> %s:' % (name.lower(), record),
                    '    """What %s is in C."""' % name,
                    '    return %s(sizeof(%s)%s)' % (record, record, rest), '']
        out += ['', '# ---- inline functions: _values.py has them ----', '', 'INLINE = (']
        out += ['    %r,' % n for n in self.inline] + [')', '']
        out += ['# ---- functions: name, result, parameters ----', '',
                'FUNCTIONS: List[Tuple[str, Any, List[Any]]] = [']
        out += ['    (%r, %s, [%s]),' % (n, r, ', '.join(p)) for n, r, p in self.functions]
        out += [']', '', '', 'class Api:', '    """The functions of a loaded library, with their types."""', '']
        for n, r, _ in self.functions:
            result = self.annotation(r) if r != 'None' else 'None'
            out.append('    %s: Callable[..., %s]' % (n, result))
        return '\n'.join(out) + '\n'

    def instructions(self):
        ops = dict(self.enums)['vm_opcode']
        out = [HEAD % 'A method an instruction, for Code (_builder.py).',
               'from typing import Any, Dict, TypeVar', '', 'T = TypeVar("T", bound="Instructions")', '', '',
               'class Instructions:',
               '    """Every instruction as a method: its immediates are the arguments. docs/instructions.md',
               '    has operands and meaning. Each returns the object itself, so that calls can be chained."""',
               '', '    def op(self: T, opcode: int, *immediates: Any) -> T:',
               '        raise NotImplementedError', '']
        text = open(os.path.join(self.headers.include, 'vm', 'opcodes.h')).read()
        spelt = dict(re.findall(r'(VM_OP_\w+) = \w+,? /\* (\S+) \*/', text))
        names = ['#: opcodes and what the assembler calls them', 'NAMES: Dict[int, str] = {']
        names += ['    0x%02X: %r,' % (value, spelt[name]) for name, value in ops] + ['}', '', '']
        at = out.index('class Instructions:')
        out[at:at] = names
        for name, value in ops:
            method = name[len('VM_OP_'):].lower()
            if method in ('switch',):
                continue
            if method in ('return', 'try', 'if', 'else', 'with', 'raise'):
                method += '_'
            out += ['    def %s(self: T, *immediates: Any) -> T:' % method,
                    '        """``%s``"""' % spelt[name],
                    '        return self.op(%s, *immediates)' % ('0x%02X' % value), '']
        return '\n'.join(out).rstrip() + '\n'


def INIT_ARGUMENT(value):
    if isinstance(value, str):
        return repr(value.encode())
    return 'None' if value is None else show(value)


def show(value):
    if isinstance(value, str):
        return repr(value)
    return hex(value) if value > 0xFFFF else str(value)


HEAD = '''"""%s

SPDX-License-Identifier: MIT

Generated by tools/generate.py; do not edit.
"""'''


def main():
    parser = argparse.ArgumentParser(description='ctypes declarations from the headers of libvm')
    parser.add_argument('--check', action='store_true', help='compare, write nothing')
    parser.add_argument('--include', default=os.path.join(HERE, '..', '..', '..', 'include'))
    parser.add_argument('--cc', default='cc')
    options = parser.parse_args()
    try:
        import pycparser  # noqa: F401
    except ImportError:
        print('skipped: pycparser is not installed (Debian: python3-pycparser)')
        return 77
    writer = Writer(Headers(options.cc, options.include))
    writer.collect()
    stale = False
    for name, text in (('_abi.py', writer.abi()), ('_instructions.py', writer.instructions())):
        path = os.path.join(PACKAGE, name)
        if not options.check:
            with open(path, 'w') as f:
                f.write(text)
            continue
        try:
            with open(path) as f:
                current = f.read() == text
        except OSError:
            current = False
        if not current:
            print('%s is not what the headers say: run bindings/python/tools/generate.py' % path)
            stale = True
    return 1 if stale else 0


if __name__ == '__main__':
    sys.exit(main())
