//! The driver of wasmi, an interpreter that comes as a Rust crate; the protocol is in ../../driver.h.
//!
//! SPDX-License-Identifier: MIT
//!
//!   wasmi-driver KERNEL.wasm
//!   wasmi-driver --version
use std::io::{stdin, BufRead};

use wasmi::{Engine, Linker, Module, Store};

const VERSION: &str = "wasmi 2.0.0";

/// Processor time of this thread in seconds.
fn now() -> f64 {
    let mut ts = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut ts) };
    ts.tv_sec as f64 + ts.tv_nsec as f64 * 1e-9
}

fn main() {
    let path = std::env::args().nth(1).expect("wasmi-driver KERNEL.wasm");
    if path == "--version" {
        return println!("{VERSION}");
    }
    let engine = Engine::default();
    let module = Module::new(&engine, &std::fs::read(path).unwrap()[..]).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate_and_start(&mut store, &module).unwrap();
    let initialize = instance.get_typed_func::<(), ()>(&store, "_initialize").unwrap();
    let run = instance.get_typed_func::<u32, u32>(&store, "run").unwrap();
    initialize.call(&mut store, ()).unwrap();
    println!("ready");
    for line in stdin().lock().lines() {
        let n = line.unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let begin = now();
        let sum = run.call(&mut store, n).unwrap();
        println!("{:.9} {}", now() - begin, sum);
    }
}
