"""Finding and loading the library, and what is checked before it is used.

SPDX-License-Identifier: MIT

In this order:

1. the file that the environment variable LIBVM_LIBRARY names; nothing else is tried then;
2. the library inside this package (``_native/libvm.so.0``), if the wheel was built with one;
3. the installed one: ``libvm.so.0``, where the dynamic loader finds it, then in the ``lib`` folders of
   ``sys.prefix``, ``/usr/local`` and ``/usr``.

A library of another version than these declarations were generated from is refused.
"""
import ctypes
import os
import sys
from typing import List, Tuple

from . import _abi
from ._abi import Api

SONAME = 'libvm.so.0'
VARIABLE = 'LIBVM_LIBRARY'


def _candidates() -> List[str]:
    named = os.environ.get(VARIABLE)
    if named:
        return [named]
    found = []
    bundled = os.path.join(os.path.dirname(os.path.abspath(__file__)), '_native', SONAME)
    if os.path.exists(bundled):
        found.append(bundled)
    found.append(SONAME)
    multiarch = getattr(sys.implementation, '_multiarch', '')
    for prefix in (sys.prefix, '/usr/local', '/usr'):
        for folder in ('lib', 'lib64', os.path.join('lib', multiarch)):
            path = os.path.join(prefix, folder, SONAME)
            if path not in found and os.path.exists(path):
                found.append(path)
    return found


def _open() -> Tuple[ctypes.CDLL, str]:
    failures = []
    for path in _candidates():
        try:
            return ctypes.CDLL(path), path
        except OSError as error:
            failures.append('  %s: %s' % (path, error))
    raise ImportError('libvm: no library was found. Tried:\n%s\nInstall libvm, or name its file in the '
                      'environment variable %s.' % ('\n'.join(failures), VARIABLE))


def check_version(number: int, text: str, path: str) -> None:
    """Until 1.0 a minor version may change the API, so both numbers must be the same; a library with a
    higher patch version is fine."""
    expected = _abi.VM_VERSION_NUMBER
    if number // 100 == expected // 100 and number >= expected:
        return
    major, minor = _abi.VM_VERSION_MAJOR, _abi.VM_VERSION_MINOR
    raise ImportError('libvm: %s has version %s; this package was made for %d.%d, from %s on. Install that '
                      'version, or name another file in the environment variable %s.'
                      % (path, text, major, minor, _abi.VM_VERSION_TEXT, VARIABLE))


def load() -> Tuple[Api, ctypes.CDLL, str]:
    """The functions with their types, the library itself, and its path."""
    library, path = _open()
    try:
        library.vm_version_number.restype = ctypes.c_uint32
        library.vm_version_text.restype = ctypes.c_char_p
        number, text = library.vm_version_number(), library.vm_version_text().decode()
    except AttributeError:
        raise ImportError('libvm: %s is another library: it has no vm_version_number. Expected libvm %s.'
                          % (path, _abi.VM_VERSION_TEXT)) from None
    check_version(number, text, path)
    api = Api()
    missing = []
    for name, result, parameters in _abi.FUNCTIONS:
        try:
            function = getattr(library, name)
        except AttributeError:
            missing.append(name)
            continue
        function.restype = result
        function.argtypes = parameters
        setattr(api, name, function)
    if missing:
        raise ImportError('libvm: %s, version %s, lacks %s; this package was made for %s.'
                          % (path, text, ', '.join(missing), _abi.VM_VERSION_TEXT))
    return api, library, path


api, library, path = load()
