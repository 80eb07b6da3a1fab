// The driver of wazero, which comes as a Go module: its interpreter and its compiler. The protocol is in
// ../driver.h.
//
// SPDX-License-Identifier: MIT
//
//	wazero-driver interpreter|compiler KERNEL.wasm
//	wazero-driver interpreter|compiler --version
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/tetratelabs/wazero"
	"golang.org/x/sys/unix"
)

// now is the processor time of this thread in seconds.
func now() float64 {
	var ts unix.Timespec
	check(unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts))
	return float64(ts.Sec) + float64(ts.Nsec)*1e-9
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dependency := range info.Deps {
			if dependency.Path == "github.com/tetratelabs/wazero" {
				return "wazero " + dependency.Version
			}
		}
	}
	return "wazero"
}

func main() {
	if os.Args[2] == "--version" {
		fmt.Println(version())
		return
	}
	runtime.LockOSThread()
	config := wazero.NewRuntimeConfigInterpreter()
	if os.Args[1] == "compiler" {
		config = wazero.NewRuntimeConfigCompiler()
	}
	ctx := context.Background()
	binary, err := os.ReadFile(os.Args[2])
	check(err)
	module, err := wazero.NewRuntimeWithConfig(ctx, config).Instantiate(ctx, binary)
	check(err)
	run := module.ExportedFunction("run")
	fmt.Println("ready")
	for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		var n uint32
		_, err := fmt.Sscanf(input.Text(), "run %d", &n)
		check(err)
		begin := now()
		results, err := run.Call(ctx, uint64(n))
		check(err)
		fmt.Printf("%.9f %d\n", now()-begin, uint32(results[0]))
	}
}
