"""The declarations: inline functions and structures against the C compiler's.

SPDX-License-Identifier: MIT
"""
import ctypes
import itertools
import math
import os
import shutil
import subprocess
import tempfile
import unittest

import support  # noqa: F401  first: it finds the package of this tree
import libvm
from libvm import _abi, _values

HERE = os.path.dirname(os.path.abspath(__file__))
INCLUDE = os.path.join(HERE, '..', '..', '..', 'include')
CC = os.environ.get('CC') or shutil.which('cc')


class Abi(unittest.TestCase):
    def test_every_inline_function_is_there(self):
        for name in _abi.INLINE:
            self.assertTrue(callable(getattr(_values, name, None)), name)

    def test_statuses(self):
        from libvm._load import api
        for code in libvm.Status:
            name = api.vm_status_name(code).decode().upper().replace('-', '_')
            self.assertEqual(code.name, name)
        for trap in list(libvm.TrapCode)[1:]:
            self.assertEqual(trap.name, api.vm_trap_name(trap).decode().upper().replace('-', '_'))

    def compiled(self, source):
        if CC is None or not os.path.isdir(INCLUDE):
            self.skipTest('no C compiler or no headers')
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = os.path.join(folder.name, 'probe.so')
        with open(os.path.join(folder.name, 'probe.c'), 'w') as f:
            f.write('#include <vm/vm.h>\n' + source)
        subprocess.check_call([CC, '-shared', '-fPIC', '-I', INCLUDE, f.name, '-o', path])
        return ctypes.CDLL(path)

    def test_layout(self):
        """Size of each structure and offset of each field."""
        records = [getattr(_abi, n) for n in dir(_abi) if n.startswith('vm_') and
                   isinstance(getattr(_abi, n), type) and issubclass(getattr(_abi, n), ctypes.Structure)]
        self.assertGreater(len(records), 15)
        lines = ['const size_t sizes[] = {']
        for r in records:
            lines.append('sizeof(%s),' % r.__name__)
            lines += ['offsetof(%s, %s),' % (r.__name__, f[0]) for f in r._fields_]
        library = self.compiled('\n'.join(lines) + '0};')
        expected = []
        for r in records:
            expected.append(ctypes.sizeof(r))
            expected += [getattr(r, f[0]).offset for f in r._fields_]
        found = (ctypes.c_size_t * len(expected)).in_dll(library, 'sizes')
        self.assertEqual(list(found), expected)

    def test_inline(self):
        """Each inline function gives what the compiled one does."""
        values = 'vm_value'
        wrappers, kinds = [], {}
        for name in _abi.INLINE:
            if name.startswith('vm_value_') or name in ('vm_dyn_nil', 'vm_dyn_bool', 'vm_dyn_int',
                                                        'vm_dyn_double', 'vm_dyn_ref'):
                parameter = {'i32': 'int32_t', 'i64': 'int64_t', 'f32': 'float', 'f64': 'double',
                             'ref': 'vm_ref', 'dyn': 'uint64_t', 'bool': 'int', 'int': 'int32_t',
                             'double': 'double'}.get(name.rsplit('_', 1)[1])
                result = values
            elif name.startswith('vm_ref_'):
                parameter, result = ('vm_ref', 'int') if name == 'vm_ref_is_null' else (None, 'vm_ref')
            else:
                parameter = values
                result = {'vm_dyn_to_double': 'double', 'vm_dyn_to_int': 'int32_t'}.get(name, 'int')
            kinds[name] = parameter, result
            wrappers.append('%s w_%s(%s) { return %s(%s); }' % (
                result, name, parameter + ' x' if parameter else 'void', name, 'x' if parameter else ''))
        library = self.compiled('\n'.join(wrappers))
        types = {'int32_t': ctypes.c_int32, 'int64_t': ctypes.c_int64, 'float': ctypes.c_float,
                 'double': ctypes.c_double, 'vm_ref': _abi.vm_ref, 'uint64_t': ctypes.c_uint64,
                 'int': ctypes.c_int, 'vm_value': _abi.vm_value}
        words = [0, 6, 7, 0xFFFE000000000005, 0xFFFEFFFFFFFFFFFF, 0x0002000000000000, 0x3FF2000000000000,
                 0xFFFA000000000000]
        dyns = [_values.vm_value_dyn(w) for w in words] + [_values.vm_dyn_ref(_abi.vm_ref(3, 4)),
                                                           _values.vm_value_i32(5), _values.vm_value_null()]
        samples = {'int32_t': [0, -1, 2**31 - 1, -2**31], 'int64_t': [0, -1, 2**63 - 1],
                   'float': [0.0, -0.5, math.inf], 'double': [0.0, -0.0, 1.5, -1e300, math.inf, math.nan],
                   'vm_ref': [_abi.vm_ref(), _abi.vm_ref(1, 2)], 'uint64_t': words, 'int': [0, 1, 2],
                   'vm_value': dyns}
        compared = 0
        for name, (parameter, result) in kinds.items():
            function = getattr(library, 'w_' + name)
            function.restype = types[result]
            function.argtypes = [types[parameter]] if parameter else []
            for x in samples[parameter] if parameter else [None]:
                args = [x] if parameter else []
                found, expected = getattr(_values, name)(*args), function(*args)
                if result in ('vm_value', 'vm_ref'):
                    found, expected = bytes(found), bytes(expected)
                elif result == 'int':
                    found, expected = bool(found), bool(expected)
                elif name == 'vm_dyn_to_double':
                    found, expected = repr(found), repr(expected)
                self.assertEqual(found, expected, (name, x))
                compared += 1
        self.assertGreater(compared, 100)
        self.assertEqual(len(set(itertools.chain(kinds))), len(_abi.INLINE))


if __name__ == '__main__':
    unittest.main()
