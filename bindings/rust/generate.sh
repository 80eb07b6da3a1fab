#!/bin/sh
# generate.sh SOURCE OUT - the generated files of the Rust crates, made of the headers in SOURCE/include:
# OUT/bindings.rs (with bindgen 0.60, Debian 12's) and OUT/op.rs.
#
# SPDX-License-Identifier: MIT
set -eu
source=$1 out=$2
mkdir -p "$out/vm"

# The headers' plain comments become documentation, by the same filter as those of the reference.
for header in "$source"/include/vm/*; do
  awk -f "$source/docs/reference/filter.awk" "$header" >"$out/vm/$(basename "$header")"
done

if command -v bindgen >/dev/null; then
  {
    echo '// Generated from include/vm/vm.h by bindings/rust/generate.sh; do not edit.'
    echo
    bindgen --no-layout-tests --default-enum-style consts --no-prepend-enum-name --size_t-is-usize \
      --rust-target 1.47 --allowlist-function 'vm_.*' --allowlist-type 'vm_.*' --allowlist-var 'VM_.*' \
      "$out/vm/vm.h" -- -I"$out" | sed 's/doc = "< /doc = " /; s/doc = "  *\(.\)/doc = " \1/; /automatically generated/d'
  } >"$out/bindings.rs"
fi

# Every opcode as a constant: VM_OP_I32_ADD = 0x2C, /* i32.add */
awk '
  BEGIN {
    print "// Generated from include/vm/opcodes.h by bindings/rust/generate.sh; do not edit."
    print ""
    print "use super::Op;"
    print ""
    print "impl Op {"
  }
  match($0, /VM_OP_[A-Z0-9_]+ = 0x[0-9A-F]+/) {
    split(substr($0, RSTART + 6, RLENGTH - 6), part, " = ")
    name = $0
    sub(/.*\/\* /, "", name)
    sub(/ \*\/.*/, "", name)
    print "    /// `" name "`"
    print "    pub const " part[1] ": Op = Op(" part[2] ");"
  }
  END { print "}" }' "$source/include/vm/opcodes.h" >"$out/op.rs"
rm -rf "$out/vm"
