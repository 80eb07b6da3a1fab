"""setup.py - what pyproject.toml cannot say: a wheel with the library inside.

SPDX-License-Identifier: MIT

LIBVM_BUNDLE=FOLDER, a build folder of libvm or a prefix that it is installed in, puts libvm.so.0 and the
worker into the package and gives the wheel the tag of this platform. Without it the wheel is pure Python
and runs with the installed library.
"""
import os
import shutil
import sys

from setuptools import setup
from setuptools.command.build_py import build_py

try:
    from wheel.bdist_wheel import bdist_wheel
except ImportError:  # setuptools from 70 on has it
    from setuptools.command.bdist_wheel import bdist_wheel

LIBRARY = 'libvm.so.0'
WORKER = os.path.join('libexec', 'libvm', 'libvm-worker')


def find(folder, *names):
    for name in names:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            return os.path.realpath(path)
    return None


class Build(build_py):
    def run(self):
        super().run()
        native = os.path.join(self.build_lib, 'libvm', '_native')
        shutil.rmtree(native, ignore_errors=True)  # of an earlier build
        bundle = os.environ.get('LIBVM_BUNDLE')
        if not bundle:
            return
        library = find(bundle, LIBRARY, os.path.join('lib', LIBRARY), os.path.join('lib64', LIBRARY),
                       os.path.join('lib', getattr(sys.implementation, '_multiarch', ''), LIBRARY))
        if library is None:
            raise SystemExit('LIBVM_BUNDLE: there is no %s in %s' % (LIBRARY, bundle))
        os.makedirs(os.path.join(native, os.path.dirname(WORKER)))
        shutil.copy(library, os.path.join(native, LIBRARY))
        worker = find(bundle, WORKER)
        if worker is None:
            print('LIBVM_BUNDLE: no %s in %s: the wheel has no compiler' % (WORKER, bundle))
            return
        shutil.copy(worker, os.path.join(native, WORKER))
        os.chmod(os.path.join(native, WORKER), 0o755)


class Wheel(bdist_wheel):
    def finalize_options(self):
        super().finalize_options()
        if os.environ.get('LIBVM_BUNDLE'):
            self.root_is_pure = False

    def get_tag(self):
        tag = super().get_tag()
        return ('py3', 'none', tag[2])  # no extension module: any Python


setup(cmdclass={'build_py': Build, 'bdist_wheel': Wheel})
