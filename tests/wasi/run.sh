#!/bin/sh
# run.sh VM OPTIONS NAME BIN DATA WORK - program NAME, as BIN/NAME.wasm in the VM and as BIN/NAME natively:
# standard output, exit code and the files that come to be must be the same.
set -u
vm=$1 options=$2 name=$3 bin=$4 data=$5 work=$6
rm -rf "$work" && mkdir -p "$work/native" "$work/guest" || exit 1
for side in native guest; do cp -R "$data" "$work/$side/data" && chmod -R u+w "$work/$side/data" || exit 1; done
bad=0 n=0

# once ARGS...: standard input is $input; the guest sees its side's directory alone.
input=/dev/null
once()
{
  n=$((n + 1))
  (cd "$work/native" && FILES_TEST='a=b c' exec "$bin/$name" "$@") < "$input" > "$work/native.$n.out" 2> "$work/native.$n.err"
  want=$?
  (cd "$work/guest" && exec "$vm" run $options --dir=. '--env=FILES_TEST=a=b c' "$bin/$name.wasm" "$@") \
    < "$input" > "$work/guest.$n.out" 2> "$work/guest.$n.err"
  got=$?
  if [ $got -ne $want ]; then
    echo "$name $*: expected exit code $want, found $got"
    cat "$work/guest.$n.err"
    bad=1
  fi
  cmp "$work/native.$n.out" "$work/guest.$n.out" || bad=1
}

text="data/demo.script data/numbers.json data/tree/one.txt data/tree/sub/two.txt"
case $name in
digest)
  for kind in sha256 md5; do
    once $kind $text data/empty
    (cd "$work/native" && ${kind}sum $text data/empty) | cmp - "$work/native.$n.out" || bad=1
    input=$data/demo.script once $kind
    once $kind data/missing
  done
  ;;
squeeze)
  once $text data/empty data/noise
  once -c data/demo.script packed
  once -d packed unpacked
  cmp "$work/guest/unpacked" "$data/demo.script" || bad=1
  once -d data/noise unpacked2
  ;;
json)
  once data/numbers.json
  once -c -s data/numbers.json
  once -p 'deep.list[3].name' data/numbers.json
  once data/broken.json data/demo.script
  input=$data/numbers.json once -s
  ;;
words)
  once -n 12 data
  once -n 3 -w report data/tree data/tree/sub
  once data/missing
  ;;
script)
  once data/demo.script 2 "two words"
  once data/demo.script 9
  once data/broken.script
  ;;
workload) once 20 7 && once 5 && once x ;;
files)
  once
  once 200 "" "two words" 'quo"te'
  ;;
*) echo "unknown program $name"; exit 1 ;;
esac
diff -r "$work/native" "$work/guest" || bad=1
[ $bad -ne 0 ] || rm -rf "$work"
exit $bad
