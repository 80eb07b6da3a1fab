#!/bin/sh
# generated.sh SOURCE OUT - the generated files of the crates are what generate.sh makes of the headers.
#
# SPDX-License-Identifier: MIT
set -eu
source=$1 out=$2
rust=$source/bindings/rust
mkdir -p "$out"
rm -f "$out"/*
sh "$rust/generate.sh" "$source" "$out"
hint='run `cmake --build BUILD --target rust_generate`'
diff "$rust/libvm/src/op.rs" "$out/op.rs" || { echo "libvm/src/op.rs is not current: $hint"; exit 1; }
if [ "$(bindgen --version 2>/dev/null)" != "bindgen 0.60.1" ]; then
  echo "skipped: bindings.rs is compared with what bindgen 0.60.1 makes (Debian: apt-get install bindgen)"
  exit 77
fi
# Only words count: where rustfmt is missing, bindgen does not break lines.
words() { tr -d ' \n,' <"$1"; }
if [ "$(words "$rust/libvm-sys/src/bindings.rs" | cksum)" != "$(words "$out/bindings.rs" | cksum)" ]; then
  diff "$rust/libvm-sys/src/bindings.rs" "$out/bindings.rs" | head -n 40
  echo "libvm-sys/src/bindings.rs is not current: $hint"
  exit 1
fi
echo "generated files are current"
