#!/bin/sh
# full.sh VM EXAMPLES - disks that are full, or run full: no program's output changes.
#
# SPDX-License-Identifier: MIT
#
# In a mount namespace of its own, /tmp (where the worker works) and the cache's folder are file systems
# of a few pages. Skipped (77) where such a namespace cannot be made.
set -eu
vm=$1 examples=$2
case $vm$examples in /tmp/*|*/tmp/*) exit 77 ;; esac # would be hidden
if [ "${3:-}" != inside ]; then
  unshare -m sh -c 'mount -t tmpfs -o size=4k none /tmp' 2>/dev/null || exit 77
  exec unshare -m sh "$0" "$vm" "$examples" inside
fi
want=$("$vm" run --tier=0 "$examples/queens.vma" 7)

check() { # what, arguments of vm run
  what=$1
  shift
  got=$("$vm" run "$@" "$examples/queens.vma" 7)
  [ "$got" = "$want" ] && return
  echo "$what, $*: output differs: $got"
  exit 1
}

for pages in 1 2 3 4 8 16 32 64 2000; do
  mount -t tmpfs -o "size=$((pages * 4))k,nr_inodes=$((pages + 4))" none /tmp
  mkdir -m 700 /tmp/cache 2>/dev/null || true
  for tier in auto 2; do
    check "$pages pages in /tmp" --tier=$tier
    [ ! -d /tmp/cache ] || check "$pages pages in /tmp, with a cache in it" --tier=$tier --cache=/tmp/cache
    [ ! -d /tmp/cache ] || check "$pages pages in /tmp, the cache again" --tier=$tier --cache=/tmp/cache
  done
  left=$(ls -A /tmp | grep -v '^cache$' || true)
  [ -z "$left" ] || { echo "$pages pages: left behind: $left"; exit 1; }
  umount /tmp
done
# Room for the worker, hardly any for the cache.
mkdir -p /tmp/libvm-full.$$
trap 'rmdir /tmp/libvm-full.$$' EXIT
for pages in 1 2 3 4 5 6 8 12; do
  mount -t tmpfs -o "size=$((pages * 4))k,mode=700" none /tmp/libvm-full.$$
  for i in 1 2 3; do check "$pages pages for the cache" --tier=2 --cache=/tmp/libvm-full.$$; done
  umount /tmp/libvm-full.$$
done
echo "no output changed"
