#!/bin/sh
# tool.sh VM EXAMPLES WORK ISA_PROGRAMS - the tool's commands, exit codes and messages.
set -u
vm=$1 examples=$2 work=$3/tool isa=$4
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
"$vm" asm typed.vma -o typed.vmb
expect 64 'no command'
expect 64 'unknown command' fly
expect 64 'no file' run
expect 64 'unknown option' run --fast seven.vma
expect 64 'expected auto, 0, 1 or 2' run --tier=3 seven.vma
expect 64 'expected a number' run --fuel=none seven.vma
expect 64 'expected a number' run --max-heap=12X seven.vma
expect 64 'expected IN -o OUT' asm seven.vma
expect 64 'expected one file' dis
expect 64 'expected one file' dis --tier=1
expect 64 'expected one file' dis --tier=0 seven.vmb
expect 65 'typed.vmb' dis --tier=1 typed.vmb
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

# Register code comes as comments beside the bytecode: the text is the same module. Every instruction is in
# the programs of tests/isa.
for program in "$examples"/*.vma "$isa"/*.vma; do
  "$vm" asm "$program" -o one.vmb || failures=$((failures + 1))
  "$vm" verify one.vmb >/dev/null 2>&1 || continue
  "$vm" dis one.vmb >plain.vma && "$vm" dis --tier=1 one.vmb >listed.vma || failures=$((failures + 1))
  "$vm" asm listed.vma -o two.vmb && cmp one.vmb two.vmb && grep -q '^;; function' listed.vma &&
    ! grep -q '^;;.*%' listed.vma ||
    { echo "$program: its listing is not the module"; failures=$((failures + 1)); }
done
program choose 'i32.const 1' 'call choose' 'return' '}' 'func choose (n: i32) -> (i32) {' 'local.get n' \
  'i32.const 2' 'i32.lt_s' 'br_unless more' 'local.get n' 'return' 'more:' 'local.get n' 'call choose' 'return'
"$vm" asm choose.vma -o choose.vmb && "$vm" dis --tier=1 choose.vmb >listed.vma
for line in '5  br_unless more$' '9  return  *if i32.lt_s n, 2 return n$' '^;; more:$' \
  'call choose  *<0> = n$' '^;;  *\[0\] = call choose$'; do
  grep -q -e "$line" listed.vma ||
    { echo "register code of choose: no '$line' in:"; grep '^;;' listed.vma; failures=$((failures + 1)); }
done

# A translation is an event.
"$vm" run --tier=1 --trace=trace.json choose.vmb
grep -q '"ph":"X","cat":"tier","name":"1".*"detail":"choose"' trace.json ||
  { echo "no event of a translation: $(cat trace.json)"; failures=$((failures + 1)); }

[ $failures -eq 0 ] && echo "all as expected"
exit $((failures != 0))
