#!/bin/sh
# links.sh SOURCE - links in the documents: the file is there, and the heading in it.
#
# SPDX-License-Identifier: MIT
set -eu
cd "$1"
pages=$(find README.md HACKING.md docs examples frontends bench bindings -name '*.md' 2>/dev/null | sort)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# PAGE TARGET, a line a link, code blocks left out.
for page in $pages; do
  awk -v page="$page" '
    /^```/ { code = !code }
    !code {
      gsub(/`[^`]*`/, "")
      while (match($0, /\]\([^) ]*\)/)) {
        print page, substr($0, RSTART + 2, RLENGTH - 3)
        $0 = substr($0, RSTART + RLENGTH)
      }
    }' "$page"
done >"$work/links"

# The names that headings have as targets.
headings() {
  awk '/^```/ { code = !code } !code && /^#+ / {
    sub(/^#+ /, "")
    $0 = tolower($0)
    gsub(/[^a-z0-9 _-]/, "")
    gsub(/ /, "-")
    print
  }' "$1"
}

failures=0
while read -r page target; do
  case $target in http:* | https:* | mailto:*) continue ;; esac
  file=${target%%#*}
  path=$page
  [ -z "$file" ] || path=$(dirname "$page")/$file
  if [ ! -e "$path" ]; then
    echo "$page: $target: no such file"
    failures=$((failures + 1))
    continue
  fi
  case $target in
  *.md#* | '#'*)
    headings "$path" >"$work/headings"
    grep -qx -e "${target#*#}" "$work/headings" || {
      echo "$page: $target: no such heading"
      failures=$((failures + 1))
    } ;;
  esac
done <"$work/links"

for page in $(find docs -name '*.md' | sed 's|^docs/||' | sort); do
  case $page in README.md | tutorial/[1-9]*) continue ;; esac
  grep -q "]($page)" docs/README.md || { echo "docs/README.md: $page is not listed"; failures=$((failures + 1)); }
done
for example in $(cd examples && ls *.c *.cpp *.vma); do
  grep -qF -e "$example" examples/README.md ||
    { echo "examples/README.md: $example is not listed"; failures=$((failures + 1)); }
done
[ -s "$work/links" ] || { echo "no links found"; failures=1; }
echo "$(wc -l <"$work/links") links, $failures failures"
exit $((failures != 0))
