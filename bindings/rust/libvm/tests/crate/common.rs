//! What the tests share: a module with a bit of everything, and an isolate that holds it.
//!
//! SPDX-License-Identifier: MIT
#![allow(dead_code)]
use libvm::*;

pub const WORLD: &str = r#"module world
type Box struct { x: mut i64 }
import func ask "host" "ask" (i32) -> (i32)
memory memory 1 2
table table (ref null func) 2
global count mut i32 = 0
func mix (a: i32, b: i64, c: f32, d: f64, e: dyn) -> (f64) {
  local.get a
  f64.convert_i32_s
  local.get b
  f64.convert_i64_s
  f64.add
  local.get c
  f64.promote_f32
  f64.add
  local.get d
  f64.add
  local.get e
  dyn.to_f64
  f64.add
  return
}
func pair () -> (i32, (ref null Box)) {
  i32.const 7
  ref.null (ref null Box)
  return
}
func same (a: i32) -> (i32) {
  local.get a
  return
}
func same_dyn (a: dyn) -> (dyn) {
  local.get a
  return
}
func same_ref (a: (ref null any)) -> ((ref null any)) {
  local.get a
  return
}
func box (x: i64) -> ((ref Box)) {
  local.get x
  struct.new Box
  return
}
func unbox (b: (ref null Box)) -> (i64) {
  local.get b
  struct.get Box x
  return
}
func ask_it (n: i32) -> (i32) {
  local.get n
  call ask
  return
}
func ask_or (n: i32, otherwise: i32) -> (i32) {
  try t caught
  local.get n
  call ask
  return
  end t
caught ((ref exn)):
  drop
  local.get otherwise
  return
}
func div (a: i32, b: i32) -> (i32) {
  local.get a
  local.get b
  i32.div_s
  return
}
func peek (at: i32) -> (i32) {
  local.get at
  i32.load memory 0
  return
}
export func "mix" mix
export func "pair" pair
export func "same" same
export func "same_dyn" same_dyn
export func "same_ref" same_ref
export func "box" box
export func "unbox" unbox
export func "ask" ask_it
export func "ask_or" ask_or
export func "div" div
export func "peek" peek
export memory "memory" memory
export table "table" table
export global "count" count
export type "Box" Box
"#;

/// Exceptions through a host function that makes other calls before it passes them on.
pub const NESTED: &str = r#"module nested
type Unit func () -> ()
import func relay "host" "relay" ((ref func)) -> ()
import func odd "host" "odd" () -> ()
func thrower () -> () {
  i32.const 42
  dyn.from_i32
  throw
}
func throws () -> () {
  ref.func thrower
  call relay
  return
}
func odder () -> () {
  ref.func odd
  call relay
  return
}
func spin () -> () {
again:
  br again
}
export func "throws" throws
export func "odd" odder
export func "spin" spin
"#;

pub fn engine() -> Engine {
    Engine::new().unwrap()
}

pub struct World {
    pub isolate: Isolate,
    pub instance: Instance,
    pub engine: Engine,
}

impl World {
    pub fn new() -> World {
        World::with_host(Ok)
    }

    pub fn with_host(ask: impl Fn(i32) -> Result<i32, Throw> + Send + 'static) -> World {
        World::with_config(&IsolateConfig::new(), ask)
    }

    pub fn with_config(
        config: &IsolateConfig,
        ask: impl Fn(i32) -> Result<i32, Throw> + Send + 'static,
    ) -> World {
        let engine = engine();
        let module = Module::assemble(&engine, WORLD).unwrap();
        let mut isolate = Isolate::with_config(&engine, config).unwrap();
        isolate.define("host", "ask", ask).unwrap();
        let instance = isolate.instantiate(&module).unwrap();
        World { isolate, instance, engine }
    }
}
