#!/bin/sh
# install.sh - fetches and builds the WebAssembly systems that bench/wasm/run.py compares libvm with.
#
# SPDX-License-Identifier: MIT
#
#   sh bench/wasm/install.sh [DIR]      default: build/wasm-systems
#
# From PyPI: wasm3 (package pywasm3) and wasmtime (its compiler Cranelift and its interpreter Pulley); from
# crates.io: wasmi; from the Go module proxy: wazero; from Debian: wabt with its interpreter and wasm2c.
# What cannot be installed is left out with a message; run.py uses what it finds.
set -u
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:-$here/../../build/wasm-systems}
mkdir -p "$dir" && dir=$(cd "$dir" && pwd)

try() {
  name=$1
  shift
  if "$@" > "$dir/$name.log" 2>&1; then echo "$name: installed"; else echo "$name: left out, see $dir/$name.log"; fi
}

python() {
  [ -d "$dir/venv" ] || python3 -m venv "$dir/venv" || return 1
  "$dir/venv/bin/pip" install "$1"
}

wasmi() {
  cargo build --release --manifest-path "$here/drivers/wasmi/Cargo.toml" --target-dir "$dir/wasmi" &&
    cp "$dir/wasmi/release/wasmi-driver" "$dir/"
}

wazero() {
  (cd "$here/drivers/wazero" && go build -o "$dir/wazero-driver" .)
}

wabt() {
  g++ -O2 -std=c++17 "$here/drivers/wabt.cc" -lwabt -lcrypto -o "$dir/wabt-driver"
}

try wasm3 python pywasm3==0.5.0
try wasmtime python wasmtime
try wasmi wasmi
try wazero wazero
try wabt wabt
