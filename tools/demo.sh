#!/bin/sh
# demo.sh - on a bare Debian 12: install what is needed, build libvm, and run a real program in every
# tier, showing its output and what each tier did.
set -eu
cd "$(dirname "$0")/.."
. tools/setup.sh
install_missing $build_packages
cmake --preset release -DVM_TESTS=OFF >/dev/null
cmake --build --preset release
for tier in 0 1 2 auto; do
  echo
  echo "== vm run --tier=$tier --stats examples/nbody.vma 500000"
  build/release/vm run --tier=$tier --stats examples/nbody.vma 500000
done
