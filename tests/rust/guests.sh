#!/bin/sh
# guests.sh SOURCE BUILD CMAKE - the tests that run guests, with a libvm that looks closer. With the address sanitizer
# (VM_PRELOAD says so) that is all that Rust allocates, too: leaks fail.
#
# SPDX-License-Identifier: MIT
set -eu
. "$(dirname "$0")/common.sh"
[ -z "$VM_PRELOAD" ] || export RUSTFLAGS="-C link-arg=-Wl,--allow-shlib-undefined"
"$cargo" test --offline --locked -p libvm --test crate --no-run
test=$(ls -t "$CARGO_TARGET_DIR"/debug/deps/crate-* | grep -v '\.d$' | head -n 1)
export LIBVM_CALLS="${LIBVM_CALLS:-5000}"
[ -n "$VM_PRELOAD" ] || exec "$test"
# Two tests leave something behind, as they say: what is forgotten, and what may not be dropped.
preload=$("${VM_CC:-cc}" -print-file-name="$VM_PRELOAD")
LD_PRELOAD=$preload "$test" --skip things_may_be_forgotten --skip payloads_that_panic
