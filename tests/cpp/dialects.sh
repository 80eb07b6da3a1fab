#!/bin/sh
# dialects.sh SOURCE BINDING INCLUDE CXX... - header and tests without a warning: every compiler, C++17 and C++20, failures
# thrown, as results, without exceptions.
#
# SPDX-License-Identifier: MIT
set -eu
source=$1 binding=$2 include=$3
shift 3
warn='-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Werror'
# check CXX STD NAME [FLAG...]
check() {
  cxx=$1 std=$2 name=$3
  shift 3
  "$cxx" -std=c++$std $warn -I"$binding" -I"$include" -fsyntax-only "$@" "$source/$name.cpp"
}
for cxx in "$@"; do
  check "$cxx" 17 objects
  check "$cxx" 17 results -fno-exceptions -fno-rtti
  check "$cxx" 20 crossing
done
echo "no warning: $*"
