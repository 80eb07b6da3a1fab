#!/bin/sh
# Check the dynamic symbols and dependencies of libvm.so. Usage: check.sh NM READELF LIBRARY HEADERS
#
# SPDX-License-Identifier: MIT
set -eu
export LC_ALL=C
nm=$1 readelf=$2 library=$3 headers=$4
failed=0

exported=$("$nm" -D --defined-only "$library" |
  awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort -u)
stray=$(printf '%s\n' "$exported" | grep -v '^vm_' || true)
if [ -n "$stray" ]; then
  echo "exported, but not vm_*:" $stray
  failed=1
fi

# What the headers declare and the library does not have would fail at the user's link.
declared=$(cat "$headers"/*.h | tr '\n' ' ' | sed 's/VM_API/\nVM_API/g' |
  sed -n 's/^VM_API[^(;]*[ *]\(vm_[a-z0-9_]*\)(.*/\1/p' | sort -u)
for name in $declared; do
  if ! printf '%s\n' "$exported" | grep -qx "$name"; then
    echo "declared, but not exported: $name"
    failed=1
  fi
done
for name in $exported; do
  if ! printf '%s\n' "$declared" | grep -qx "$name"; then
    echo "exported, but not declared: $name"
    failed=1
  fi
done

for needed in $("$readelf" -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
  case $needed in
  libc.so.* | libm.so.* | libdl.so.* | libpthread.so.* | ld-linux*.so.* | ld64.so.*) ;;
  *)
    echo "depends on $needed"
    failed=1
    ;;
  esac
done
soname=$("$readelf" -d "$library" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')
if [ "$soname" != libvm.so.0 ]; then
  echo "SONAME: expected libvm.so.0, found $soname"
  failed=1
fi
[ -n "$exported" ] || { echo "nothing is exported"; failed=1; }
exit $failed
