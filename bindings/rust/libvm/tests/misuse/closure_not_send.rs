// A host function holds what must stay in its thread.
//
// SPDX-License-Identifier: MIT
// error: E0277
use libvm::*;

pub fn f(isolate: &mut Isolate) {
    #[cfg(wrong)]
    let held = std::rc::Rc::new(1);
    #[cfg(not(wrong))]
    let held = std::sync::Arc::new(1);
    let _ = isolate.define("host", "f", move || -> i32 { *held });
}
