#!/bin/sh
# abi.sh check|record CC INCLUDE BASELINE - compare what the headers promise with what was recorded, or record it.
#
# SPDX-License-Identifier: MIT
#
# libabigail reads types from debug information. It is given a library with one pointer to each function of the
# headers, so that it sees what a user's compiler sees, opaque types included, whatever libvm itself was built with.
# (That the functions are there is check.sh's affair.) Functions may be added; all else is a difference.
set -eu
export LC_ALL=C
mode=$1 cc=$2 include=$3 baseline=$4
for tool in abidw abidiff; do
  command -v $tool >/dev/null || { echo "skipped: $tool (libabigail) is missing"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# describe INCLUDE OUTPUT
describe() {
  { echo '#include <vm/vm.h>'
    cat "$1"/vm/*.h | tr '\n' ' ' | sed 's/VM_API/\nVM_API/g' |
      sed -n 's/^VM_API[^(;]*[ *]\(vm_[a-z0-9_]*\)(.*/__typeof__(\1) *abi_\1 = \1;/p' | sort -u
  } >"$work/abi.c"
  "$cc" -std=gnu11 -g -fPIC -shared -I"$1" "$work/abi.c" -o "$work/abi.so"
  abidw --no-show-locs --no-corpus-path --no-comp-dir-path --no-elf-needed --out-file "$work/abi.xml" \
    "$work/abi.so"
  sed "s|$work/||g; s|$1/||g" "$work/abi.xml" >"$2"
}

# differs DESCRIPTION: from the baseline, beyond additions.
differs() { ! abidiff --no-added-syms "$baseline" "$1" >"$work/report" 2>&1; }

describe "$include" "$work/now.xml"
if [ "$mode" = record ]; then
  cp "$work/now.xml" "$baseline"
  echo "recorded $(grep -c '<elf-symbol' "$baseline") functions in $baseline"
  exit 0
fi

[ -e "$baseline" ] || { echo "skipped: no baseline: cmake --build BUILD --target abi_record makes one"; exit 77; }
architecture=$(sed -n "s/.*architecture='\([^']*\)'.*/\1/p" "$work/now.xml" | head -1)
if ! grep -q "architecture='$architecture'" "$baseline"; then
  echo "skipped: the baseline is of another architecture than $architecture"
  exit 77
fi
if differs "$work/now.xml"; then
  cat "$work/report"
  echo "The headers differ from the recorded ABI. If that is meant: cmake --build BUILD --target abi_record"
  exit 1
fi

# What is to be found is found: a field that moves, a function that goes.
cp -R "$include" "$work/moved"
sed -i 's/^  size_t max_heap;/  uint64_t before; size_t max_heap;/' "$work/moved/vm/isolate.h"
describe "$work/moved" "$work/moved.xml"
differs "$work/moved.xml" && grep -q before "$work/report" || { echo "a new field was not seen"; exit 1; }
cp -R "$include" "$work/gone"
sed -i '/^VM_API vm_status vm_engine_drain/d' "$work/gone/vm/engine.h"
describe "$work/gone" "$work/gone.xml"
differs "$work/gone.xml" && grep -q vm_engine_drain "$work/report" || { echo "a lost function was not seen"; exit 1; }
echo "the ABI is the recorded one"
