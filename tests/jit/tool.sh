#!/bin/sh
# tool.sh VM EXAMPLES OUT: cache, ahead-of-time files, traces and maps through the tool, with the
# real compiler.
# SPDX-License-Identifier: MIT
set -eu
vm=$1 examples=$2 out=$3 lines=$(dirname "$0")/lines.vma
case $lines in /*) ;; *) lines=$PWD/$lines;; esac
rm -rf "$out"
mkdir -p "$out"
cd "$out"
fail() { echo "failed: $*"; exit 1; }
has() { grep -q "$1" "$2" || { cat "$2"; fail "no \"$1\" in $2"; }; }

"$vm" run --tier=0 "$examples/queens.vma" >want

# cold, warm; the second run starts no worker
"$vm" run --tier=2 --stats --cache=cache "$examples/queens.vma" >got 2>stats
cmp want got || fail "cold cache"
has "^cache: 0 units taken, [1-9][0-9]* missed, 0 rejected, [1-9]" stats
"$vm" run --stats --cache=cache "$examples/queens.vma" >got 2>stats
cmp want got || fail "warm cache"
has "^cache: [1-9][0-9]* units taken, 0 missed, 0 rejected, 0 stored" stats
has " 0 worker starts" stats
has "^tier 0: 0 functions interpreted" stats

# ahead of time; trusted by its name only
"$vm" compile "$examples/queens.vma" -o queens.vmx
"$vm" run --stats queens.vmx >got 2>stats
cmp want got || fail "vmx"
has "^cache: [1-9][0-9]* units taken" stats
has " 0 worker starts" stats
cp queens.vmx queens.vmb
"$vm" run --tier=0 queens.vmb >got && cmp want got || fail "vmx as bytecode"
"$vm" run --stats queens.vmb >got 2>stats
cmp want got || fail "vmx that is not trusted"
if grep -q "units taken" stats; then fail "code of an untrusted file was used"; fi
"$vm" asm "$examples/queens.vma" -o plain.vmb
"$vm" dis plain.vmb >plain && "$vm" dis queens.vmx >inside && cmp plain inside || fail "vmx disassembled"

# assembly, as comments: the text is still a module
"$vm" dis --tier=2 plain.vmb >listing
has "^;; function [0-9]* main" listing
"$vm" asm listing -o listed.vmb && cmp plain.vmb listed.vmb || fail "listing is no module text"

# events and symbols
"$vm" run --tier=2 --gc-stress --trace=trace.json --perf-map --keep-code "$examples/queens.vma" >got
cmp want got || fail "traced"
for event in compile publish collect load; do has "\"name\":\"$event\"" trace.json; done
has '"cat":"tier","name":"2"' trace.json
if command -v python3 >/dev/null; then
  pid=$(python3 -c 'import json; e = json.load(open("trace.json"))["traceEvents"]; print(e[0]["pid"])') ||
    fail "the trace is no JSON"
  cp "/tmp/perf-$pid.map" map && rm -f "/tmp/perf-$pid.map"
  has "^[0-9a-f]* [0-9a-f]* main" map
fi

# gdb stops at a guest line in compiled code and names guest functions
if command -v gdb >/dev/null; then
  printf 'set breakpoint pending on\nset confirm off\nbreak loop.src:13\nrun\nbt 2\ndelete\ncontinue\nquit\n' >script
  TMPDIR=$out gdb -q -batch -x script --args "$vm" run --tier=2 --keep-code "$lines" >gdb.out 2>&1 || true
  if grep -q "ptrace: Operation not permitted" gdb.out; then
    echo "gdb may not trace here"
  else
    has "vm1_work.*loop.src:13" gdb.out
    has "vm2_main.*loop.src:21" gdb.out
  fi
fi
