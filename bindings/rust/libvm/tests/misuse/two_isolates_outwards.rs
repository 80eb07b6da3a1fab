// A handle of the isolate that was entered inside is given to the outer one.
//
// SPDX-License-Identifier: MIT
// error: E0521|lifetime may not live long enough
use libvm::*;

pub fn f(a: &mut Isolate, b: &mut Isolate) {
    a.enter(|a| {
        b.enter(|b| {
            let map = b.new_map().unwrap();
            #[cfg(wrong)]
            let _ = a.map_get(map, 1);
            #[cfg(not(wrong))]
            let _ = b.map_get(map, 1);
            let _ = &a;
        });
    });
}
