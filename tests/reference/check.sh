#!/bin/sh
# check.sh DOXYFILE SOURCE - make the reference, with warnings as errors.
#
# SPDX-License-Identifier: MIT
set -eu
doxyfile=$1 source=$2
command -v doxygen >/dev/null || { echo "skipped: doxygen is missing"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# make INPUT: quietly; the warnings are in the file `warnings`.
make() {
  { cat "$doxyfile"; echo "WARN_AS_ERROR = FAIL_ON_WARNINGS"; echo "OUTPUT_DIRECTORY = $work"
    echo "INPUT = $1"; } >"$work/Doxyfile"
  doxygen "$work/Doxyfile" >"$work/warnings" 2>&1
}

make "$source/include/vm $source/bindings/cpp/vm.hpp" || { cat "$work/warnings"; exit 1; }
for name in vm_call vm_builder_new vm_fn_op1 VM_TRAP_FUEL vm_engine_config TypedFunction Scope Builder try_call; do
  grep -rqw "$name" "$work/html" || { echo "not in the reference: $name"; exit 1; }
done

# It would be seen.
mkdir "$work/vm"
cp "$source"/include/vm/* "$work/vm"
sed -i '/^VM_API vm_status vm_engine_drain/a\
\
VM_API void vm_engine_hidden(void);' "$work/vm/engine.h"
if make "$work/vm" || ! grep -q 'vm_engine_hidden.*not documented' "$work/warnings"; then
  echo "a function without a comment was not reported:"
  cat "$work/warnings"
  exit 1
fi
sed 's/^  \/\/\/ A second Ref for the same object\.$/  void hidden_in_ref();\n\n&/' "$source/bindings/cpp/vm.hpp" >"$work/vm.hpp"
if make "$work/vm.hpp" || ! grep -q 'hidden_in_ref.*not documented' "$work/warnings"; then
  echo "a member of vm.hpp without a comment was not reported:"
  cat "$work/warnings"
  exit 1
fi
echo "no warning"
