#!/bin/sh
# tool.sh VM BIN WORK - what the tool does with WebAssembly and WASI: translation, options, exit codes, errors.
set -u
vm=$1 bin=$2 work=$3
rm -rf "$work" && mkdir -p "$work/dir" && cd "$work" || exit 1
bad=0

# check CODE TEXT ARGS...: exit code and a part of what is printed
check()
{
  code=$1 text=$2
  shift 2
  "$vm" "$@" > out.txt 2>&1 < /dev/null
  rc=$?
  [ $rc -eq "$code" ] || { echo "vm $*: expected exit code $code, found $rc: $(cat out.txt)"; bad=1; }
  [ -z "$text" ] || grep -qF -- "$text" out.txt || { echo "vm $*: no '$text' in: $(cat out.txt)"; bad=1; }
}

check 0 "hello world" run "$bin/hello.wasm"
check 0 "" wasm "$bin/hello.wasm" -o hello.vmb
check 0 "hello world" run hello.vmb
check 0 "" verify "$bin/hello.wasm" "$bin/files.wasm" hello.vmb
check 0 "wasi_snapshot_preview1" dis "$bin/hello.wasm"
"$vm" dis "$bin/hello.wasm" > hello.vma && "$vm" asm hello.vma -o again.vmb && cmp hello.vmb again.vmb || bad=1
check 0 "func _start" dis --tier=1 hello.vmb
check 64 "expected IN -o OUT" wasm "$bin/hello.wasm"
check 65 "expected a WebAssembly binary" wasm hello.vmb -o x.vmb
check 66 "cannot open" wasm missing.wasm -o x.vmb
head -c 100 "$bin/hello.wasm" > cut.wasm
check 65 "cut.wasm: malformed:" run cut.wasm
check 65 "malformed" wasm cut.wasm -o x.vmb
[ ! -e x.vmb ] || { echo "x.vmb was written"; bad=1; }
check 65 "no exported function 'main'" run --entry=main "$bin/hello.wasm"
check 64 "expected NAME=VALUE" run --env=NAME "$bin/hello.wasm"
check 64 "expected NAME=VALUE" run --env==x "$bin/hello.wasm"
check 64 "expected HOST or HOST::GUEST" run --dir= "$bin/hello.wasm"
check 64 "expected HOST or HOST::GUEST" run --dir=::x "$bin/hello.wasm"
check 66 "directory missing: No such file or directory" run --dir=missing "$bin/hello.wasm"
check 66 "Not a directory" run --dir=hello.vmb "$bin/hello.wasm"
check 66 "the host process itself" run --dir=/proc/self "$bin/hello.wasm"

# Nothing is open that was not opened; a directory has the name that it was given.
echo "some words in a file" > dir/file
check 1 "file: " run "$bin/words.wasm" file
check 1 "dir/file: " run "$bin/words.wasm" dir/file
check 0 "1 files" run --dir=dir "$bin/words.wasm" dir
check 0 "1 files" run --dir=dir::/a/b "$bin/words.wasm" /a/b
check 1 "" run --dir=dir::/a/b "$bin/words.wasm" /a
check 0 "2 files" run --dir=dir::x --dir=./dir::/y "$bin/words.wasm" x /y
mkfifo pipe

# Streams that are closed are the guest's neither, whatever the tool opens.
"$vm" run "$bin/digest.wasm" md5 <&- > out.txt 2>&1
[ $? -eq 1 ] && [ ! -s out.txt ] || { echo "closed input: $(cat out.txt)"; bad=1; }
"$vm" run --tier=0 "$bin/digest.wasm" md5 dir/file "$bin/words.wasm" > /dev/null 2>&- >&- <&-
[ $? -eq 1 ] || { echo "closed streams"; bad=1; }

# The deadline ends a guest that waits: in poll_oneoff, and for a pipe that nobody writes to.
(sleep 5 > pipe) &
sleeper=$!
"$vm" run --deadline=200 "$bin/digest.wasm" md5 < pipe > out.txt 2>&1
[ $? -eq 70 ] && grep -q "trap deadline" out.txt || { echo "waiting for a pipe: $(cat out.txt)"; bad=1; }
kill $sleeper

# Imports that nobody provides: all of them.
cat > needs.vma <<'X'
import func a "wasi_snapshot_preview1" "fd_write" (i64) -> (i32)
import func b "wasi_snapshot_preview1" "path_frob" (i32, f64) -> ()
import func c "vm" "print_i32" (i32) -> ()
import memory m "env" "memory" 1 2
import global g "env" "base" i32
func main () -> () { return }
export func "main" main
X
check 65 '"wasi_snapshot_preview1" "fd_write" (i64) -> (i32); provided is (i32, i32, i32, i32) -> (i32)' run needs.vma
for part in '"path_frob" (i32, f64) -> ()' 'memory "env" "memory" 1 2' 'global "env" "base" i32'; do
  grep -qF "$part" out.txt || { echo "no '$part' in: $(cat out.txt)"; bad=1; }
done
grep -q print_i32 out.txt && { echo "print_i32 is provided"; bad=1; }

# A module without memory cannot be meant by addresses; the end is the end, also in a start function.
cat > bare.vma <<'X'
import func close "wasi_snapshot_preview1" "fd_close" (i32) -> (i32)
func main () -> (i32) { i32.const 77 call close return }
export func "main" main
X
check 70 'exports no memory called "memory"' run bare.vma
cat > end.vma <<'X'
import func exit "wasi_snapshot_preview1" "proc_exit" (i32) -> ()
memory mem 1 1
export memory "memory" mem
func begin () -> () {
  try t caught
  i32.const 300 call exit
  end t
  return
caught ((ref exn)):
  drop return
}
func main () -> () { return }
start begin
export func "main" main
X
check 44 "" run end.vma
[ $bad -eq 0 ] && echo "all as expected"
exit $bad
