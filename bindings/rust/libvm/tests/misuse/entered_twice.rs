// An isolate is entered while it is entered.
//
// SPDX-License-Identifier: MIT
// error: E0500|E0501
use libvm::*;

pub fn f(isolate: &mut Isolate) {
    isolate.enter(|_cx| {
        #[cfg(wrong)]
        isolate.enter(|_| ());
    });
}
