// A scope goes to another thread.
//
// SPDX-License-Identifier: MIT
// error: E0277
use libvm::*;

pub fn f(isolate: &mut Isolate) {
    isolate.enter(|_cx| {
        std::thread::scope(|s| {
            #[cfg(wrong)]
            s.spawn(|| _cx.collect());
            #[cfg(not(wrong))]
            s.spawn(|| ());
        });
    });
}
