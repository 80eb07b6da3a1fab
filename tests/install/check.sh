#!/bin/sh
# check.sh CMAKE BUILD SOURCE PROJECT GENERATOR - install into a temporary folder and use the copy from outside the tree.
#
# SPDX-License-Identifier: MIT
set -eu
cmake=$1 build=$2 source=$3 project=$4 generator=$5
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$cmake" --install "$build" --prefix "$work/first" >/dev/null
mv "$work/first" "$work/usr" # an installed copy may be moved
PKG_CONFIG_PATH=$(dirname "$(find "$work/usr" -name libvm.pc)")
libs=$(dirname "$PKG_CONFIG_PATH")
export PKG_CONFIG_PATH LD_LIBRARY_PATH="$libs"
mkdir "$work/app"
cd "$work/app"
cp "$source/consumer.c" "$source/consumer.cpp" "$project/examples/embed.c" .
cp consumer.c same.cpp # the same text is C++, too
awk '/^```c$/ { on = 1; next } /^```/ { on = 0 } on' "$project/README.md" >readme.c
awk '/^module fib/ { on = 1 } /^```/ { on = 0 } on' "$project/README.md" >fib.vma

# ---- pkg-config
flags=$(pkg-config --cflags libvm) link=$(pkg-config --libs libvm)
warn='-Wall -Wextra -Werror -pedantic'
cc -std=c11 $warn $flags consumer.c $link -o c11
c++ -std=c++17 $warn $flags same.cpp $link -o same17
c++ -std=c++17 $warn $flags consumer.cpp $link -o cxx17
cc -std=c11 $warn $flags readme.c $link -o readme
cc -std=c11 $flags embed.c $link -o embed
cc -std=c11 $warn $flags consumer.c "$libs/libvm.a" $(pkg-config --libs --static libvm | sed 's/-lvm//') -o static
./c11 && ./same17 && ./cxx17 && ./static
if readelf -d static | grep -q 'NEEDED.*libvm'; then echo "static: libvm.so is needed"; exit 1; fi
[ "$(./readme)" = 144 ] || { echo "README's program: expected 144, found '$(./readme)'"; exit 1; }
./embed | diff - "$project/tests/examples/expected/embed.out"

# ---- bindings/cpp/README.md: its programs, by its command, with the output that it shows
guide=$project/bindings/cpp/README.md
awk '/^```cpp$/ { n++; on = 1; next } /^```/ { on = 0 } on { print >"guide" n ".cpp" }' "$guide"
mv guide1.cpp first.cpp
command=$(grep '^c++ -std=c++17 first.cpp' "$guide")
awk '/^c\+\+ -std=c\+\+17 first.cpp/ { at = 1; next } at && /^```$/ { fences++; next } at && fences == 2 { print }
     fences > 2 { exit }' "$guide" >first.expected
[ -s first.expected ] || { echo "no output of the first program in $guide"; exit 1; }
eval "$command" >first.out
diff first.expected first.out
c++ -std=c++17 $warn -Wconversion -Wshadow $flags first.cpp $link -o first_strict
c++ -std=c++17 $warn -fno-exceptions $flags guide2.cpp $link -o guide2
./guide2 | grep -q 'function 0' || { echo "the second program: found '$(./guide2)'"; exit 1; }

# ---- find_package
cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.20)
project(consumer LANGUAGES C CXX)
set(CMAKE_C_STANDARD 11)
set(CMAKE_CXX_STANDARD 17)
find_package(libvm 0.1 REQUIRED)
add_executable(from_c consumer.c)
add_executable(from_cxx consumer.cpp)
foreach(target from_c from_cxx)
  set_target_properties(${target} PROPERTIES C_EXTENSIONS OFF CXX_EXTENSIONS OFF)
  target_link_libraries(${target} PRIVATE libvm::libvm)
endforeach()
END
"$cmake" -G "$generator" -S . -B build -DCMAKE_PREFIX_PATH="$work/usr" >/dev/null
"$cmake" --build build >/dev/null
build/from_c && build/from_cxx
sed -i 's/libvm 0.1 /libvm 0.2 /' CMakeLists.txt
if "$cmake" -G "$generator" -S . -B other -DCMAKE_PREFIX_PATH="$work/usr" >log 2>&1; then
  echo "find_package: version 0.2 was found"
  exit 1
fi
grep -q '0.1.0' log || { cat log; exit 1; }

# ---- the tool, its worker, the manual page
vm=$work/usr/bin/vm
[ "$("$vm" run --tier=0 "$project/examples/hello.vma")" = "Hello, world!" ]
[ "$("$vm" run fib.vma 20)" = 6765 ]
if [ -e "$work/usr/libexec/libvm/libvm-worker" ]; then
  "$vm" run --tier=2 --stats "$project/examples/hello.vma" 2>&1 | grep -q '1 functions compiled'
fi
[ -s "$work/usr/share/man/man1/vm.1" ] || { echo "no manual page"; exit 1; }
echo "installed copy works"
