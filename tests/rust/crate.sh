#!/bin/sh
# crate.sh SOURCE BUILD CMAKE - the tests of the crate, those in its documentation, and a library of another version.
#
# SPDX-License-Identifier: MIT
set -eu
. "$(dirname "$0")/common.sh"
"$cargo" test --offline --locked -p libvm
[ "$("$cargo" run --offline --locked -q -p libvm --example toy)" = "$(printf '6765\n3382.5')" ]

# ---- a libvm of another version says so
cat >"$CARGO_TARGET_DIR/other.c" <<'END'
unsigned vm_version_number(void) { return 199; }
const char *vm_version_text(void) { return "0.1.99"; }
unsigned other(void) { return 0; }
END
try() { # NUMBER TEXT
  sed -i "s/return [0-9]*; }/return $1; }/; s/\"[^\"]*\"/\"$2\"/" "$CARGO_TARGET_DIR/other.c"
  "${VM_CC:-cc}" -shared -fPIC "$CARGO_TARGET_DIR/other.c" -o "$CARGO_TARGET_DIR/other.so"
  LD_PRELOAD="$CARGO_TARGET_DIR/other.so" "$CARGO_TARGET_DIR/debug/examples/toy" 2>&1
}
try 199 0.1.99 >/dev/null # a later patch version is fine
for number in 200 9900; do
  if said=$(try $number "of-the-test"); then echo "version $number is taken"; exit 1; fi
  case $said in
  *'the libvm that was loaded is version of-the-test, but the crate was made for 0.1.0'*) ;;
  *) echo "expected the versions, found: $said"; exit 1 ;;
  esac
done

# ---- the build says what it did not find
for setting in LIBVM_DIR=/nonexistent LIBVM_DIR= ; do
  if said=$(env "$setting" PKG_CONFIG_LIBDIR=/nonexistent PKG_CONFIG_PATH= CARGO_TARGET_DIR="$CARGO_TARGET_DIR/missing" \
            "$cargo" build --offline --locked -p libvm-sys 2>&1); then
    echo "built without libvm: $setting"
    exit 1
  fi
  case $said in
  *'libvm was not found: LIBVM_DIR is '*'set LIBVM_DIR to the prefix'*) ;;
  *) echo "expected what was not found, found: $said"; exit 1 ;;
  esac
done
