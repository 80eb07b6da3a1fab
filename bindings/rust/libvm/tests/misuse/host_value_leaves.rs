// A borrow of a host object's value outlives its scope.
//
// SPDX-License-Identifier: MIT
// error: E0521|lifetime may not live long enough
use libvm::*;

pub fn f(isolate: &mut Isolate) -> usize {
    #[cfg(wrong)]
    let text = isolate.enter(|cx| cx.host::<String>(cx.new_host(String::new()).unwrap()).unwrap());
    #[cfg(not(wrong))]
    let text = isolate.enter(|cx| cx.host::<String>(cx.new_host(String::new()).unwrap()).unwrap().clone());
    text.len()
}
