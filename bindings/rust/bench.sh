#!/bin/sh
# bench.sh BUILD [TIER [RUNS [COUNT]]] - what a call costs in Rust and in C, with the libvm of BUILD: both programs take
# turns; prints the medians of nanoseconds a call, and of the ratio within a turn. With `instructions` as RUNS, and
# valgrind: instructions a call, which no other load of the machine changes.
#
# SPDX-License-Identifier: MIT
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd) tier=${2:-1} runs=${3:-15} count=${4:-2000000}
export LIBVM_DIR="$build" LD_LIBRARY_PATH="$build" CARGO_TARGET_DIR="$build/rust" CARGO_NET_OFFLINE=true
cargo=${CARGO:-cargo}
cd "$here"
"$cargo" build --release --benches >/dev/null 2>&1 || "$cargo" build --release --benches
rust=$(ls -t "$build"/rust/release/deps/calls-* | grep -v '\.d$' | head -n 1)
cc -O2 -I"$here/../../include" bench/calls.c -L"$build" -lvm -o "$build/rust/calls_c"
if [ "$runs" = instructions ]; then
  instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 | awk '/Collected/ { print $4 }'
  }
  a_call() { # PROGRAM CALL: what 10,000 calls more, and 1,000 to warm up, take
    few=$(instructions "$1" "$tier" 1000 bench/calls.vma "$2")
    many=$(instructions "$1" "$tier" 11000 bench/calls.vma "$2")
    echo "$few $many" | awk '{ print ($2 - $1) / 11000 }'
  }
  echo "| call | C, instructions | Rust, instructions | ratio |"
  echo "| --- | ---: | ---: | ---: |"
  for call in guest_i32 guest_i32_f64 guest_object host_i32 host_object; do
    echo "$call $(a_call "$build/rust/calls_c" $call) $(a_call "$rust" $call)" |
      awk '{ printf "| %s | %.0f | %.0f | %.3f |\n", $1, $2, $3, $3 / $2 }'
  done
  exit
fi
run=0
while [ "$run" -lt "$runs" ]; do
  run=$((run + 1))
  "$build/rust/calls_c" "$tier" "$count" bench/calls.vma | sed "s/^/$run c /"
  "$rust" "$tier" "$count" bench/calls.vma | sed "s/^/$run rust /"
done | sort -k3,3 -k1,1n -k2,2 | awk -v runs="$runs" '
  function median(list, n,   i, j, t) {
    for (i = 2; i <= n; i++) for (j = i; j > 1 && list[j - 1] > list[j]; j--) {
      t = list[j]; list[j] = list[j - 1]; list[j - 1] = t
    }
    return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
  }
  function flush_row() {
    if (n) printf "| %s | %.1f | %.1f | %.3f |\n", name, median(c, n), median(r, n), median(q, n)
    n = 0
  }
  BEGIN { print "| call | C, ns | Rust, ns | ratio |\n| --- | ---: | ---: | ---: |" }
  $3 != name { flush_row(); name = $3 }
  $2 == "c" { c[++n] = $4 }
  $2 == "rust" { r[n] = $4; q[n] = $4 / c[n] }
  END { flush_row() }'
