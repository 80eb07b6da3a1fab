#!/bin/sh
# example.sh PROGRAM EXPECTED - run an example in C; its output must be that file, and it must end well.
#
# SPDX-License-Identifier: MIT
set -eu
found=$(mktemp)
trap 'rm -f "$found"' EXIT
"$1" >"$found"
diff -u "$2" "$found"
