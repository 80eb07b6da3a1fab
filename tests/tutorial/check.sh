#!/bin/sh
# check.sh CMAKE BUILD TUTORIAL CC FLAGS CHAPTERS - follow the tutorial. CHAPTERS are numbers, with ; between them.
#
# SPDX-License-Identifier: MIT
set -eu
cmake=$1 build=$2 tutorial=$3 cc=$4 flags=$5 chapters=$6
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$cmake" --install "$build" --prefix "$work/usr" >/dev/null
PKG_CONFIG_PATH=$(dirname "$(find "$work/usr" -name libvm.pc)")
LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH")
mkdir "$work/bin" "$work/sprig"
printf '#!/bin/sh\nexec %s %s "$@"\n' "$cc" "$flags" >"$work/bin/cc"
chmod +x "$work/bin/cc"
PATH=$work/bin:$work/usr/bin:$PATH
export PKG_CONFIG_PATH LD_LIBRARY_PATH PATH
cd "$work/sprig"
awk -v out=. -v console=1 -f "$tutorial/extract.awk" "$tutorial"/[1-9]-*.md

# A line of an answer against one of the page, in which ... stands for anything.
matches() {
  rest=$1 pattern=
  while :; do
    case $rest in
    *...*) pattern=$pattern$(printf '%s' "${rest%%...*}" | sed 's/[][*?\\]/\\&/g')'*' rest=${rest#*...} ;;
    *) pattern=$pattern$(printf '%s' "$rest" | sed 's/[][*?\\]/\\&/g'); break ;;
    esac
  done
  case $2 in $pattern) return 0 ;; esac
  return 1
}

# compare CHAPTER COMMAND: the files expected and found.
compare() {
  while IFS= read -r want <&3; do
    IFS= read -r got <&4 || got='(nothing more)'
    matches "$want" "$got" || {
      echo "$1: $2"
      echo "  expected: $want"
      echo "  found:    $got"
      return 1
    }
  done 3<expected 4<found
  [ "$(wc -l <expected)" -ge "$(wc -l <found)" ] || {
    echo "$1: $2: more was found than expected:"
    cat found
    return 1
  }
}

failures=0 commands=0
step() {
  [ -n "$command" ] || return 0
  commands=$((commands + 1))
  sh -c "$command" >found 2>&1 </dev/null || true
  compare "$chapter" "$command" || failures=$((failures + 1))
}

for number in $(echo "$chapters" | tr ';' ' '); do
  for chapter in "$number"-*.console; do
    command=
    : >expected
    while IFS= read -r line <&5; do
      case $line in
      '$ '*) step; command=${line#'$ '}; : >expected ;;
      *) printf '%s\n' "$line" >>expected ;;
      esac
    done 5<"$chapter"
    step
  done
done

# The finished language says the same in every tier.
if [ -x sprig ]; then
  for program in primes tree counter errors trap; do
    ./sprig --tier=0 $program.sprig a b a >expected 2>&1 || true
    for tier in 1 2; do
      ./sprig --tier=$tier $program.sprig a b a >found 2>&1 || true
      cmp expected found || failures=$((failures + 1))
    done
  done
fi
echo "$commands commands, $failures failures"
[ "$commands" -gt 0 ] && exit $((failures != 0))
