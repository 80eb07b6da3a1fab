// A handle leaves the closure that its scope is.
//
// SPDX-License-Identifier: MIT
// error: E0521|lifetime may not live long enough
use libvm::*;

pub fn f(isolate: &mut Isolate) {
    #[cfg(wrong)]
    let _kept = isolate.enter(|cx| cx.new_map().unwrap());
    #[cfg(not(wrong))]
    let _kept = isolate.enter(|cx| cx.persist(cx.new_map().unwrap()));
}
