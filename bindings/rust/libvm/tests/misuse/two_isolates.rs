// A handle of one isolate is given to another, which is entered inside.
//
// SPDX-License-Identifier: MIT
// error: E0521|lifetime may not live long enough
use libvm::*;

pub fn f(a: &mut Isolate, b: &mut Isolate) {
    a.enter(|a| {
        let map = a.new_map().unwrap();
        b.enter(|b| {
            #[cfg(wrong)]
            let _ = b.map_get(map, 1);
            #[cfg(not(wrong))]
            let _ = b.map_get(b.new_map().unwrap(), 1);
        });
        let _ = a.map_get(map, 1);
    });
}
