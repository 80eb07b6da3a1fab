#!/bin/sh
# package.sh SOURCE BUILD CMAKE - the packages as they would be published, used from outside the tree with an installed
# libvm, by the commands of libvm/README.md.
#
# SPDX-License-Identifier: MIT
set -eu
. "$(dirname "$0")/common.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$cmake" --install "$build" --prefix "$work/usr" >/dev/null
libs=$(dirname "$(find "$work/usr" -name libvm.pc)")

# ---- the packages. From cargo 1.90 on it makes both at a time; before, it looks for libvm-sys in the registry, which it
# does not get at here: then the list of files is cargo's, and the archive is made of it.
pack() { # CRATE
  if (cd "$1" && "$cargo" package --offline --allow-dirty --no-verify) >"$work/log" 2>&1; then
    cp "$CARGO_TARGET_DIR/package/$1-0.1.0.crate" "$work/"
    return
  fi
  grep -q 'libvm-sys' "$work/log" || { cat "$work/log"; exit 1; }
  mkdir "$work/$1-0.1.0"
  (cd "$1" && "$cargo" package --offline --allow-dirty --list) >"$work/list"
  while read -r file; do
    case $file in Cargo.lock | Cargo.toml.orig | .cargo_vcs_info.json) continue ;; esac
    mkdir -p "$(dirname "$work/$1-0.1.0/$file")"
    cp "$1/$file" "$work/$1-0.1.0/$file"
  done <"$work/list"
  # What cargo does to it: a published package names versions, not folders.
  sed -i 's/, path = "[^"]*"//' "$work/$1-0.1.0/Cargo.toml"
  tar -czf "$work/$1-0.1.0.crate" -C "$work" "$1-0.1.0"
  rm -r "$work/$1-0.1.0"
}
if "$cargo" package --offline --allow-dirty --no-verify --workspace >"$work/log" 2>&1; then
  cp "$CARGO_TARGET_DIR/package/libvm-sys-0.1.0.crate" "$CARGO_TARGET_DIR/package/libvm-0.1.0.crate" "$work/"
else
  pack libvm-sys
  pack libvm
fi
for crate in libvm-sys libvm; do
  tar -tzf "$work/$crate-0.1.0.crate" >"$work/list"
  for file in README.md src/lib.rs Cargo.toml; do
    grep -qx "$crate-0.1.0/$file" "$work/list" || { echo "$crate: $file is not in the package"; exit 1; }
  done
done

# ---- the README's commands, with libvm found by pkg-config; then it is found by LIBVM_DIR
awk '/^```sh$/ { on = 1; next } /^```/ { on = 0 } on' libvm/README.md >"$work/commands.sh"
[ "$(wc -l <"$work/commands.sh")" -ge 8 ] || { echo "README.md: no commands"; exit 1; }
cd "$work"
export CARGO_TARGET_DIR="$work/target" LD_LIBRARY_PATH="$libs/.."
unset LIBVM_DIR
export USER="${USER:-somebody}"
mkdir bin && ln -s "$cargo" bin/cargo
PATH=$work/bin:$PATH
PKG_CONFIG_PATH=$libs sh -eu commands.sh >out 2>log || { cat log; echo "the README's commands fail"; exit 1; }
grep -q 'exception: odd number' out || { echo "expected the exception, found:"; cat out; exit 1; }
cd hello
touch vendor/libvm-sys-0.1.0/build.rs
LIBVM_DIR=$work/usr "$cargo" build -p libvm-sys >../log 2>&1 || { cat ../log; echo "LIBVM_DIR=PREFIX fails"; exit 1; }
grep -qsx "cargo:libdir=$(dirname "$libs")" "$work"/target/debug/build/libvm-sys-*/output ||
  { echo "LIBVM_DIR=PREFIX: expected libvm in $(dirname "$libs")"; exit 1; }
echo "packages work"
