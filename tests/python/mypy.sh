#!/bin/sh
# mypy.sh PYTHON BINDING BUILD WORK - the Python package is clean to mypy --strict.
set -eu
python=$1 binding=$2 work=$4
if "$python" -m mypy --version >/dev/null 2>&1; then
  set -- "$python" -m mypy
elif command -v mypy >/dev/null 2>&1; then
  set -- mypy
else
  echo "skipped: mypy is not installed (Debian: mypy)"
  exit 77
fi
mkdir -p "$work"
cd "$binding"
"$@" --strict --cache-dir "$work" src/libvm
