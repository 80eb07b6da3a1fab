#!/bin/sh
# check.sh CMAKE BUILD SOURCE EXAMPLES GENERATOR - install into a temporary folder and use the copy.
set -eu
cmake=$1 build=$2 source=$3 examples=$4 generator=$5
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$cmake" --install "$build" --prefix "$work/usr" >/dev/null
libdir=$(dirname "$(find "$work/usr" -name libvm.pc)")
libs=$(dirname "$libdir")
export LD_LIBRARY_PATH="$libs"

PKG_CONFIG_PATH=$libdir
export PKG_CONFIG_PATH
cp "$source/consumer.c" "$work/consumer.c"
cc -std=c11 -Wall -Wextra -Werror -pedantic $(pkg-config --cflags libvm) \
  "$work/consumer.c" $(pkg-config --libs libvm) -o "$work/consumer_c"
"$work/consumer_c"

mkdir "$work/project"
cp "$source/consumer.c" "$work/project/consumer.cpp"
cat >"$work/project/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.20)
project(consumer LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 17)
find_package(libvm REQUIRED)
add_executable(consumer consumer.cpp)
target_link_libraries(consumer PRIVATE libvm::libvm)
END
"$cmake" -G "$generator" -S "$work/project" -B "$work/project/build" -DCMAKE_PREFIX_PATH="$work/usr" >/dev/null
"$cmake" --build "$work/project/build" >/dev/null
"$work/project/build/consumer"

[ "$("$work/usr/bin/vm" run --tier=0 "$examples/hello.vma")" = "Hello, world!" ]
if [ -e "$work/usr/libexec/libvm/libvm-worker" ]; then
  "$work/usr/bin/vm" run --tier=2 --stats "$examples/hello.vma" 2>&1 | grep -q '1 functions compiled'
fi
echo "installed copy works"
