// A handle goes to another thread.
//
// SPDX-License-Identifier: MIT
// error: E0277
use libvm::*;

pub fn f(isolate: &mut Isolate) {
    isolate.enter(|cx| {
        let map = cx.new_map().unwrap();
        let _kept = cx.persist(map);
        std::thread::scope(|s| {
            #[cfg(wrong)]
            s.spawn(move || drop(map));
            #[cfg(not(wrong))]
            s.spawn(move || drop(_kept));
        });
    });
}
