#!/bin/sh
# escape.sh VM OPTIONS WASM RACE EXPECTED WORK - the hostile guest of programs/escape.c in a directory full of traps:
# what it prints must be as expected, what is outside must be as before, and no rename lets it out.
set -u
vm=$1 options=$2 wasm=$3 race=$4 expected=$5 work=$6
rm -rf "$work" && mkdir -p "$work" && cd "$work" || exit 1
mkdir outside box box/sub box/sub/deep box/flip box/m box/m/n box/m/n/deep
echo "SECRET of the outside" > outside/secret
echo "inside" > box/inside.txt
echo "inner" > box/sub/inner.txt
echo "harmless" > box/flip/secret
echo "harmless" > box/m/secret
(
  cd box || exit 1
  ln -s inside.txt inlink
  ln -s sub dirlink
  ln -s ./sub tosub
  ln -s /etc/passwd abs
  ln -s /etc absdir
  ln -s ../outside/secret up
  ln -s ../outside updir
  ln -s ../../../../../../../../.. upup
  ln -s chain2 chain1
  ln -s sub/chain3 chain2
  ln -s ../chain4 sub/chain3
  ln -s sub/../../outside/secret chain4
  ln -s .. mid
  ln -s ../../outside/secret sub/out
  ln -s loop loop
  ln -s . self
  ln -s /proc/self/root proc
  ln -s /proc/self/fd/3 procfd
  ln -s ../outside/made dangling-out
  ln -s ../outside flop
  mkfifo fifo
  ln -s inside.txt long0
  i=0
  while [ $i -lt 41 ]; do ln -s "l$((i + 1))" "l$i"; i=$((i + 1)); done
  ln -s inside.txt l41
  ln -s l2 long1 # 40 links and this one
  ln -s l3 long2
) || exit 1
before=$(ls -lR outside | grep -v '^total'; cat outside/secret)
$vm run $options --dir=box::. "$wasm" > out.txt 2> err.txt < /dev/null
rc=$?
bad=0
[ $rc -eq 0 ] || { echo "exit code $rc"; cat err.txt; bad=1; }
diff "$expected" out.txt || bad=1
grep -q SECRET out.txt && { echo "the secret was read"; bad=1; }
[ "$before" = "$(ls -lR outside | grep -v '^total'; cat outside/secret)" ] || { echo "the outside was changed"; bad=1; }
"$race" box outside &
racer=$!
$vm run $options --dir=box::. "$wasm" race 5000 || { echo "race: exit code $?"; bad=1; }
kill $racer
exit $bad
