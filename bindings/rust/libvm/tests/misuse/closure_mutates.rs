// A host function changes its state, although the guest may call it again meanwhile.
//
// SPDX-License-Identifier: MIT
// error: E0525|E0594
use libvm::*;

pub fn f(isolate: &mut Isolate) {
    let (mut count, cell) = (0, std::cell::Cell::new(0));
    let _ = (&mut count, &cell);
    #[cfg(wrong)]
    let _ = isolate.define("host", "f", move || -> i32 { count += 1; count });
    #[cfg(not(wrong))]
    let _ = isolate.define("host", "f", move || -> i32 { cell.set(cell.get() + 1); cell.get() });
}
