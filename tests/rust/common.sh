# common.sh - what the tests of the Rust crates begin with: sh STEP.sh SOURCE BUILD CMAKE. To be sourced.
#
# SPDX-License-Identifier: MIT
source=$1 build=$2 cmake=$3
cargo=${VM_CARGO:-}
case $cargo in '' | *-NOTFOUND) cargo=$(command -v cargo || true) ;; esac
if [ -z "$cargo" ] || ! "$cargo" --version >/dev/null 2>&1; then
  echo "skipped: there is no cargo (Debian: apt-get install cargo)"
  exit 77
fi
# Its own compiler, not another one that PATH has first.
if [ -x "$(dirname "$cargo")/rustc" ]; then
  RUSTC=$(dirname "$cargo")/rustc RUSTDOC=$(dirname "$cargo")/rustdoc
else
  RUSTC=$(command -v rustc) RUSTDOC=$(command -v rustdoc)
fi
[ -n "${LIBVM_CALLS:-}" ] || unset LIBVM_CALLS
# Where each compiler's results lie, so that two of them do not build over each other.
CARGO_TARGET_DIR=$build/rust/$("$RUSTC" --version | cut -d ' ' -f 2)
CARGO_NET_OFFLINE=true LIBVM_DIR=$build LD_LIBRARY_PATH=$build RUST_BACKTRACE=0
export RUSTC RUSTDOC CARGO_TARGET_DIR CARGO_NET_OFFLINE LIBVM_DIR LD_LIBRARY_PATH RUST_BACKTRACE
cd "$source/bindings/rust"
