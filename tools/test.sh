#!/bin/sh
# test.sh - on a bare Debian 12: install what is needed, build libvm, and run all tests: the release
# build, with sanitizers, with a collection at every allocation, without optimisation, and for other
# processors under emulation. `test.sh PRESET...` runs these presets only.
set -eu
cd "$(dirname "$0")/.."
. tools/setup.sh
install_missing $build_packages libcmocka-dev libedit-dev python3 git doxygen abigail-tools \
  clang-14 lld-14 wasi-libc libclang-rt-14-dev-wasm32 wabt libjansson-dev nodejs \
  gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user \
  python3-pycparser python3-setuptools python3-wheel python3-pip python3-venv mypy \
  cargo bindgen
[ $# -gt 0 ] || set -- release asan gc-stress debug
failed=
for preset in "$@"; do
  echo "== $preset"
  cmake --preset "$preset" -DVM_TESTS=ON >/dev/null
  cmake --build --preset "$preset" -- -k 0
  # Other processors are tried once. The slow builds leave out what repeats most (the modes in which compiled
  # code changes tier run the same machine code in each build) and the longest of the rest.
  modes='tier2[+]|wasm_spec_2[+]|guess_tier2' long='lox_tier2|golden_(tails|overflow|coverage)|jit_full|wasm_kernels|isa_programs_stress_tier2'
  case $preset in
  release) skip='^$' ;;
  debug) skip="portability|stress|fuzz|regress|tier2|unit_gc_graph|reference|jit_evict|$modes|$long" ;;
  gc-stress) # what is left out has stress modes of its own
    skip="portability|reference|unit_gc|golden|fuzz|threads|unit_api_dynamic_memory|$modes|$long" ;;
  *) skip="portability|unit_gc_graph|reference|jit_evict|fuzz_diff_small_tier2|$modes|$long" ;;
  esac
  ctest --preset "$preset" -j "$(nproc)" -E "$skip" || failed="$failed $preset"
done
[ -z "$failed" ] || { echo "failed:$failed" >&2; exit 1; }
