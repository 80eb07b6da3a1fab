#!/bin/sh
# help.sh VM SOURCE - the tool, its --help, docs/tool.md and the manual page name the same options, commands and exit codes.
#
# SPDX-License-Identifier: MIT
set -u
export LC_ALL=C
vm=$1 source=$2
page=$source/tools/vm/vm.1 doc=$source/docs/tool.md
help=$("$vm" --help)
failures=0

# agree WHAT A B LIST_A LIST_B: two lists of words are the same.
agree() {
  for word in $4; do
    case " $5 " in *" $word "*) ;; *) echo "$1: $word: in $2, not in $3"; failures=$((failures + 1)) ;; esac
  done
  for word in $5; do
    case " $4 " in *" $word "*) ;; *) echo "$1: $word: in $3, not in $2"; failures=$((failures + 1)) ;; esac
  done
  [ -n "$4" ] || { echo "$1: none found in $2"; failures=$((failures + 1)); }
}

words() { sort -u | tr '\n' ' ' | sed 's/ $//'; }

# What `run` knows, from its source; what each text says.
code=$(sed -n '/^static int .*option/,$s/.*"\(--[a-z-][a-z-]*\)[="].*/\1/p' "$source/tools/vm/options.c" |
  grep -v '^--$' | words)
told=$(printf '%s\n' "$help" | sed -n 's/^  \(--[a-z-]*\).*/\1/p' | words)
table=$(sed -n 's/^| `\(--[a-z-]*\).*/\1/p' "$doc" | words)
items=$(sed -n 's/^\.It Fl -\([a-z-]*\).*/--\1/p' "$page" | words)
synopsis=$(sed -n '/^\.Cm run/,/^\.Cm asm/s/^\.Op Fl -\([a-z][a-z-]*\).*/--\1/p' "$page" | words)
agree options tools/vm/options.c --help "$code" "$told"
agree options --help docs/tool.md "$told" "$table"
agree options --help "vm.1, DESCRIPTION" "$told" "$items"
agree options --help "vm.1, SYNOPSIS" "$told" "$synopsis"

commands=$(printf '%s\n' "$help" | sed -n 's/^[a-z: ]* vm \([a-z][a-z]*\) .*/\1/p' | words)
agree commands --help docs/tool.md "$commands" "$(sed -n 's/^vm \([a-z]*\) .*/\1/p' "$doc" | words)"
agree commands --help vm.1 "$commands" \
  "$(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESC/s/^\.Cm \([a-z]*\).*/\1/p' "$page" | words)"

codes=$(sed -n '/^## Exit codes/,/^## What/s/^| \([0-9][0-9]*\) |.*/\1/p' "$doc" | words)
agree "exit codes" docs/tool.md vm.1 "$codes" \
  "$(sed -n '/^\.Sh EXIT STATUS/,/^\.Sh [^E]/s/^\.It \([0-9][0-9]*\).*/\1/p' "$page" | words)"
agree "exit codes" docs/tool.md tools/vm/tool.h "$codes" \
  "$(sed -n 's/.*EXIT_[A-Z_]* = \([0-9][0-9]*\).*/\1/p' "$source/tools/vm/tool.h" | words)"
[ $failures -eq 0 ] && echo "all agree: $code"
exit $((failures != 0))
