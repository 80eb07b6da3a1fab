#!/bin/sh
# wheel.sh PYTHON BINDING BUILD WORK - the wheels are built, installed in fresh environments outside the tree,
# and used there: one with the library inside, one that finds the installed library.
set -eu
python=$1 binding=$2 build=$3 work=$4
for module in setuptools wheel pip venv; do
  "$python" -c "import $module" 2>/dev/null || {
    echo "skipped: $python has no module $module (Debian: python3-setuptools python3-wheel python3-pip python3-venv)"
    exit 77
  }
done
unset LIBVM_LIBRARY PYTHONPATH
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INDEX=1
outside=$(mktemp -d)
trap 'rm -rf "$outside"' EXIT
rm -rf "$work"
mkdir -p "$work"
cp -R "$binding" "$work/source" # setuptools writes into its source folder
rm -rf "$work/source/build" "$work/source"/src/*.egg-info

wheel() { # FOLDER [BUNDLE]
  (cd "$work/source" && LIBVM_BUNDLE=${2:-} "$python" -m pip -q wheel --no-deps --no-build-isolation \
    -w "$outside/$1" . 2>"$work/log") || { cat "$work/log"; exit 1; }
}
use() { # FOLDER PYTHON
  (cd "$outside/$1" && "$2" -c '
import re, libvm
print(libvm.library_path)
for block in re.findall(r"```python\n(.*?)```", open("'"$binding"'/README.md").read(), re.S):
    exec(compile(block, "README.md", "exec"), {"__name__": "__main__"})
with libvm.Engine(tier=libvm.Tier.TIER_2) as engine:
    module = engine.assemble("module m\nfunc f () -> (i32) {\n  i32.const 7\n  return\n}\nexport func \"f\" f\n")
    stats = engine.stats
    print("compiled", stats.compiled_functions, stats.compiler_reason)
    module.close()
' >out 2>&1 && "$2" "$binding/examples/calc.py" >>out <<EOF
def fib(n) { if n < 2 { return n } return fib(n - 1) + fib(n - 2) }
print fib(15)
EOF
  ) || { cat "$outside/$1/out"; exit 1; }
  for line in 6765 55 'no way demo.fail (demo.src:5)' 610; do
    grep -qx "$line" "$outside/$1/out" || { echo "$1: no line '$line' in:"; cat "$outside/$1/out"; exit 1; }
  done
}

wheel bundled "$build"
"$python" -m venv --without-pip "$outside/bundled/env" # pip from outside: its own would take seconds
"$python" -m pip -q --python "$outside/bundled/env/bin/python" install --no-deps "$outside"/bundled/*.whl
use bundled "$outside/bundled/env/bin/python"
ls "$outside"/bundled/*-py3-none-linux_*.whl >/dev/null
grep -q "^$outside/bundled/env/.*/_native/libvm.so.0$" "$outside/bundled/out" ||
  { echo "not its own library:"; cat "$outside/bundled/out"; exit 1; }
if [ -x "$build/libexec/libvm/libvm-worker" ]; then
  grep -q '^compiled 1' "$outside/bundled/out" || { echo "not compiled:"; cat "$outside/bundled/out"; exit 1; }
fi

wheel plain
ls "$outside"/plain/*-py3-none-any.whl >/dev/null
mkdir "$outside/lib"
cp "$(realpath "$build/libvm.so.0")" "$outside/lib/libvm.so.0" # stands for /usr/local/lib
"$python" -m zipfile -e "$outside"/plain/*.whl "$outside/plain/site"
export PYTHONPATH="$outside/plain/site" LD_LIBRARY_PATH="$outside/lib"
use plain "$python"
grep -qx 'libvm.so.0' "$outside/plain/out" || { echo "not the installed library:"; cat "$outside/plain/out"; exit 1; }
