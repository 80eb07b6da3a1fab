#!/bin/sh
# refused.sh SOURCE BINDING INCLUDE CXX... - each case of refused.cpp fails to compile and says why; case 0 compiles.
# With VM_RESULTS a result that nobody looks at is warned of.
#
# SPDX-License-Identifier: MIT
set -eu
source=$1 binding=$2 include=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$binding/vm.hpp" "$work"
for cxx in "$@"; do
  flags="-std=c++17 -I$work -I$include"
  case $("$cxx" --version) in
  *clang*)
    "$cxx" $flags -x c++-header "$work/vm.hpp" -o "$work/vm.pch"
    pch="-include-pch $work/vm.pch" ;;
  *)
    "$cxx" $flags -x c++-header "$work/vm.hpp" -o "$work/vm.hpp.gch"
    pch="-include vm.hpp" ;;
  esac
  "$cxx" $flags $pch -DCASE=0 -Wall -Wextra -Werror -fsyntax-only "$source/refused.cpp"
  number=1
  while text=$(sed -n "s|.*// case $number: ||p" "$source/refused.cpp"); [ -n "$text" ]; do
    if LC_ALL=C "$cxx" $flags $pch -DCASE=$number -fsyntax-only "$source/refused.cpp" >"$work/log" 2>&1; then
      echo "$cxx: case $number compiles, but should say: $text"
      exit 1
    fi
    case $("$cxx" --version)$text in # what the compilers say themselves they say differently
    *clang*"use of deleted function") text="deleted" ;;
    *clang*"no match") text="no matching" ;;
    *clang*"void value not ignored") text="cannot initialize" ;;
    esac
    if ! grep -qF "$text" "$work/log"; then
      echo "$cxx: case $number should say: $text"
      cat "$work/log"
      exit 1
    fi
    number=$((number + 1))
  done
  [ $number -gt 20 ] || { echo "only $number cases were found"; exit 1; }
  printf '#include "vm.hpp"\nvoid f(vm::Isolate &i) { i.collect(); }\n' >"$work/ignored.cpp"
  if "$cxx" $flags -DVM_RESULTS=1 -Wall -Werror -fsyntax-only "$work/ignored.cpp" 2>"$work/log"; then
    echo "$cxx: a result that is not looked at is not warned of"
    exit 1
  fi
  printf '#define VM_RESULTS 0\n#include "vm.hpp"\n' >"$work/throws.cpp"
  if "$cxx" $flags -fno-exceptions -fsyntax-only "$work/throws.cpp" 2>"$work/log" ||
    ! grep -q 'failures cannot be thrown' "$work/log"; then
    echo "$cxx: -fno-exceptions with VM_RESULTS 0 was not refused"
    exit 1
  fi
  rm -f "$work"/*.gch "$work"/*.pch
done
echo "refused: $((number - 1)) cases"
