#!/bin/sh
# tool.sh VM EXAMPLES WORK - the tool's commands, exit codes and messages.
set -u
vm=$1 examples=$2 work=$3/tool
rm -rf "$work" && mkdir -p "$work" && cd "$work" || exit 1
failures=0

# expect CODE PATTERN ARGS...: run the tool; exit code and a pattern of standard error must match.
expect() {
  code=$1 pattern=$2
  shift 2
  "$vm" "$@" >out 2>err </dev/null
  got=$?
  if [ $got -ne "$code" ]; then
    echo "vm $*: expected exit code $code, found $got: $(cat err)"
    failures=$((failures + 1))
  elif [ -n "$pattern" ] && ! grep -q -e "$pattern" err; then
    echo "vm $*: expected '$pattern' on standard error, found: $(cat err)"
    failures=$((failures + 1))
  fi
}

program() { # NAME BODY...: a module whose exported main is the body
  name=$1
  shift
  { echo 'source "test.src"'; echo 'func main () -> (i32) {'; printf '%s\n' "$@"; echo '}'
    echo 'export func "main" main'; } >"$name.vma"
}

program seven 'i32.const 7' 'return'
program trap 'line 3' 'i32.const 1' 'i32.const 0' 'i32.div_s' 'return'
program thrown 'line 5' 'i32.const 1' 'dyn.from_i32' 'throw'
program loop 'again:' 'br again'
program typed 'f64.const 1.5' 'return'
echo 'func main () -> (i32) {' >syntax.vma
printf '  i32.cnst 1\n}\n' >>syntax.vma
printf '\000vmx' >broken.vmb
: >empty.vma

expect 7 '' run seven.vma
expect 70 'divide-by-zero' run trap.vma
expect 70 'main.*3' run trap.vma
expect 70 'exception' run thrown.vma
expect 70 'fuel' run --fuel=1000 loop.vma
expect 70 'deadline' run --deadline=50 loop.vma
expect 65 'expected i32' run typed.vma
expect 65 'syntax.vma:2:3' run syntax.vma
expect 65 'malformed' run broken.vmb
expect 65 "no exported function 'nobody'" run --entry=nobody seven.vma
expect 65 'no exported function' run empty.vma
expect 66 'cannot open' run missing.vma
expect 64 'no command'
expect 64 'unknown command' fly
expect 64 'no file' run
expect 64 'unknown option' run --fast seven.vma
expect 64 'expected auto, 0, 1 or 2' run --tier=3 seven.vma
expect 64 'expected a number' run --fuel=none seven.vma
expect 64 'expected a number' run --max-heap=12X seven.vma
expect 64 'expected IN -o OUT' asm seven.vma
expect 64 'expected one file' dis
expect 64 'at least one file' verify
expect 0 '' asm seven.vma -o seven.vmb
expect 7 '' run seven.vmb
expect 0 '' verify seven.vma seven.vmb
expect 65 'typed.vma' verify seven.vma typed.vma
expect 73 'cannot create' asm seven.vma -o no/such/folder.vmb
expect 0 'tier 0' run --tier=0 --stats "$examples/hello.vma"
expect 70 'out-of-memory' run --tier=0 --max-heap=1M "$examples/binary-trees.vma" 16
expect 0 '' --help
expect 0 '' --version
if [ -w /dev/full ]; then
  "$vm" run "$examples/hello.vma" >/dev/full 2>err
  [ $? -eq 74 ] || { echo "full output device: expected exit code 74"; failures=$((failures + 1)); }
fi

# Assembling, disassembling and assembling again gives the same bytes.
for example in "$examples"/*.vma; do
  "$vm" asm "$example" -o one.vmb && "$vm" dis one.vmb >two.vma && "$vm" asm two.vma -o two.vmb &&
    cmp one.vmb two.vmb || { echo "$example does not round-trip"; failures=$((failures + 1)); }
done

[ $failures -eq 0 ] && echo "all as expected"
exit $((failures != 0))
