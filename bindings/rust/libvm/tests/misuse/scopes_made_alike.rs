// Two isolates' scopes are made to have the same lifetime.
//
// SPDX-License-Identifier: MIT
// error: E0521|lifetime may not live long enough
use libvm::*;

fn mix<'x>(_a: &Scope<'x>, b: &Scope<'x>, map: Local<'x>) {
    let _ = b.map_get(map, 1);
}
pub fn f(a: &mut Isolate, b: &mut Isolate) {
    a.enter(|a| {
        let map = a.new_map().unwrap();
        b.enter(|_b| {
            #[cfg(wrong)]
            mix(a, _b, map);
            #[cfg(not(wrong))]
            mix(a, a, map);
        });
    });
}
