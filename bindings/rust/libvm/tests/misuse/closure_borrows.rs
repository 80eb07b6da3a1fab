// A host function borrows from the stack, which it outlives.
//
// SPDX-License-Identifier: MIT
// error: E0373|E0597|E0521
use libvm::*;

pub fn f(isolate: &mut Isolate) {
    let number = 1;
    #[cfg(wrong)]
    let _ = isolate.define("host", "f", || -> i32 { number });
    #[cfg(not(wrong))]
    let _ = isolate.define("host", "f", move || -> i32 { number });
}
