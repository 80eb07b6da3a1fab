# run.sh - for the other scripts: `run PROGRAM ARGUMENT...` under qemu-user. Needs $processor, $build.
# SPDX-License-Identifier: MIT
command -v "qemu-$processor" >/dev/null || exit 77
[ -d "$build" ] || exit 77
run() { "qemu-$processor" -L "/usr/$processor-linux-gnu" "$@"; }
failures=0
fail() { echo "$processor: $*"; failures=$((failures + 1)); }
