// An isolate is dropped while it is entered.
//
// SPDX-License-Identifier: MIT
// error: E0505
use libvm::*;

pub fn f(mut isolate: Isolate) {
    #[cfg(wrong)]
    isolate.enter(|_| drop(isolate));
    #[cfg(not(wrong))]
    { isolate.enter(|_| ()); drop(isolate) }
}
