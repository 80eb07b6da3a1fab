#!/bin/sh
# build.sh PROCESSOR SOURCE BUILD CMAKE GENERATOR: cross-build the interpreter, the tool and the tests that
# run on it. Exit code 77 where a tool is missing.
# SPDX-License-Identifier: MIT
set -eu
processor=$1 source=$2 build=$3 cmake=$4 generator=$5
for tool in "$processor-linux-gnu-gcc" "qemu-$processor"; do
  command -v "$tool" >/dev/null || { echo "$tool is not installed"; exit 77; }
done
"$cmake" -G "$generator" -S "$source" -B "$build" -DCMAKE_BUILD_TYPE=None -DCMAKE_C_FLAGS=-O1 -DVM_JIT=OFF -DVM_TESTS=OFF \
  -DCMAKE_TOOLCHAIN_FILE="$source/cmake/toolchains/$processor.cmake" >/dev/null
"$cmake" --build "$build" --parallel 2 --target vm_tool libvm_static
for test in isa golden; do # by hand: the cross build has no cmocka, which the tests folder needs
  "$processor-linux-gnu-gcc" -std=gnu11 -O1 -D_GNU_SOURCE -I"$source/include" \
    -I"$source/lib/isa" -I"$source/lib/base" -I"$source/lib/module" \
    -o "$build/${test}_test" "$source/tests/$test"/*.c "$build/libvm.a" -lpthread -ldl -lm
done
