#!/bin/sh
# examples.sh PROCESSOR SOURCE BUILD VM: every example, assembled by the host's tool VM, prints there
# what it prints here; loaded, disassembled and assembled there it has the same bytes; its text
# assembles there to the same bytes; and the text of the golden programs does, too.
# SPDX-License-Identifier: MIT
set -eu
processor=$1 source=$2 build=$3 vm=$4
. "$source/tests/portability/run.sh"
there=$(find "$build" -name vm -type f -perm -u+x | head -n 1)
[ -n "$there" ] || { echo "no tool was built"; exit 1; }
out=$build/examples
mkdir -p "$out"

# The published sizes take minutes in an emulated interpreter; here and there the same smaller ones.
arguments() {
  case $1 in
    nbody) echo 1000;; fannkuch-redux) echo 6;; spectral-norm) echo 30;; mandelbrot) echo 60;;
    fasta) echo 300;; binary-trees) echo 7;; queens) echo 6;; *) echo;;
  esac
}

round_trip() { # TEXT NAME
  "$vm" asm "$1" -o "$out/$2.vmb" || { fail "$2: not assembled here"; return; }
  run "$there" asm "$1" -o "$out/$2.there.vmb" && cmp "$out/$2.vmb" "$out/$2.there.vmb" ||
    fail "$2: assembles to other bytes"
  run "$there" dis "$out/$2.vmb" >"$out/$2.there.vma" || fail "$2: not disassembled"
  "$vm" dis "$out/$2.vmb" | cmp - "$out/$2.there.vma" || fail "$2: disassembles to another text"
  run "$there" asm "$out/$2.there.vma" -o "$out/$2.again.vmb" &&
    cmp "$out/$2.vmb" "$out/$2.again.vmb" || fail "$2: disassembled and assembled differs"
  run "$there" verify "$out/$2.vmb" >/dev/null || fail "$2: does not verify"
}

for text in "$source"/examples/*.vma; do
  name=$(basename "$text" .vma)
  round_trip "$text" "$name"
  "$vm" run "$out/$name.vmb" $(arguments "$name") >"$out/$name.out" 2>&1 || fail "$name: fails here"
  run "$there" run "$out/$name.vmb" $(arguments "$name") >"$out/$name.there.out" 2>&1 ||
    fail "$name: fails there"
  cmp "$out/$name.out" "$out/$name.there.out" || fail "$name: prints something else"
  [ -s "$out/$name.out" ] || fail "$name: prints nothing"
done
for text in "$source"/tests/isa/programs/*.vma; do
  round_trip "$text" "isa-$(basename "$text" .vma)"
done
[ "$failures" -eq 0 ]
