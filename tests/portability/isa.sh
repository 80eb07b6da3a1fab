#!/bin/sh
# isa.sh PROCESSOR SOURCE BUILD: the interpreter's tests of every instruction, and golden programs,
# on another processor.
# SPDX-License-Identifier: MIT
set -eu
processor=$1 source=$2 build=$3
. "$source/tests/portability/run.sh"
unset VM_WORKER
run "$build/isa_test" 0 "$source/tests/isa/numeric.rows" || fail "numeric rows"
run "$build/isa_test" 0+stress "$source"/tests/isa/programs/*.vma || fail "programs"
for program in "$source"/tests/golden/programs/*.vma gen:large gen:wide gen:switch; do
  run "$build/golden_test" "$program" || fail "golden $program"
done
[ "$failures" -eq 0 ]
