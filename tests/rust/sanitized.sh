#!/bin/sh
# sanitized.sh SOURCE BUILD CMAKE - the tests that run guests, with a libvm under the address sanitizer, which also looks
# at all that Rust allocates: leaks fail.
#
# SPDX-License-Identifier: MIT
set -eu
. "$(dirname "$0")/common.sh"
asan=$("${VM_CC:-cc}" -print-file-name=libasan.so)
export RUSTFLAGS="-C link-arg=-Wl,--allow-shlib-undefined"
"$cargo" test --offline --locked -p libvm --test crate --no-run
test=$(ls -t "$CARGO_TARGET_DIR"/debug/deps/crate-* | grep -v '\.d$' | head -n 1)
# Two tests leave something behind, as they say: what is forgotten, and what may not be dropped.
LD_PRELOAD=$asan LIBVM_CALLS=${LIBVM_CALLS:-5000} "$test" --skip things_may_be_forgotten --skip payloads_that_panic
