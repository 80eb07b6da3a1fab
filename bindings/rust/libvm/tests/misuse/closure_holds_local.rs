// A host function holds a handle.
//
// SPDX-License-Identifier: MIT
// error: E0521|lifetime may not live long enough|E0277
use libvm::*;

pub fn f(isolate: &mut Isolate, other: &mut Isolate) {
    isolate.enter(|cx| {
        let map = cx.new_map().unwrap();
        let _kept = cx.persist(map);
        #[cfg(wrong)]
        let _ = other.define("host", "f", move || { let _ = &map; });
        #[cfg(not(wrong))]
        let _ = other.define("host", "f", move || { let _ = &_kept; });
    });
}
