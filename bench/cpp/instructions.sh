#!/bin/sh
# instructions.sh BENCH_CALLS - machine instructions a call, C and C++, counted by valgrind: the same on a busy machine.
# Twice as many calls less so many: what starts the process falls out.
#
# SPDX-License-Identifier: MIT
set -eu
bench=$1
count() { # WHAT SIDE TIER CALLS
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$bench" --one "$@" 2>&1 | sed -n 's/.*Collected : //p'
}
number=0
for name in "guest call, numbers" "guest call, references, in a scope" "host call, numbers" \
  "host call, host object and dyn"; do
  for side in c cpp; do
    eval "$side=$((($(count $number $side 3 4000) - $(count $number $side 3 2000)) / 2000))"
  done
  awk -v name="$name" -v c="$c" -v cpp="$cpp" \
    'BEGIN { printf "%-36s %6d %6d  %.3f\n", name, c, cpp, cpp / c }'
  number=$((number + 1))
done
