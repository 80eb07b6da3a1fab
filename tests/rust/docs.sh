#!/bin/sh
# docs.sh SOURCE BUILD CMAKE - documentation without a warning, of everything public; clippy and format where they are.
#
# SPDX-License-Identifier: MIT
set -eu
. "$(dirname "$0")/common.sh"
RUSTDOCFLAGS="-D warnings" "$cargo" doc --offline --locked --no-deps
if "$cargo" clippy --version >/dev/null 2>&1; then
  "$cargo" clippy --offline --locked --all-targets -- -D warnings
else
  echo "clippy is not there: style was not looked at"
fi
if "$cargo" fmt --version >/dev/null 2>&1; then
  "$cargo" fmt --check
else
  echo "rustfmt is not there: format was not looked at"
fi
# The program of the README is the example.
awk '/^```rust$/ { on = 1; next } /^```/ { on = 0 } on' libvm/README.md >"$CARGO_TARGET_DIR/readme.rs"
tail -n +4 libvm/examples/hello.rs | diff - "$CARGO_TARGET_DIR/readme.rs" ||
  { echo "libvm/examples/hello.rs is not the program of libvm/README.md"; exit 1; }
