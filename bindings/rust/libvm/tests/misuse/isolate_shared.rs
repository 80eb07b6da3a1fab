// An isolate is shared between threads.
//
// SPDX-License-Identifier: MIT
// error: E0277
use libvm::*;

pub fn f(isolate: Isolate) {
    #[cfg(wrong)]
    fn wants<T: Sync>(_: T) {}
    #[cfg(not(wrong))]
    fn wants<T: Send>(_: T) {}
    wants(isolate);
}
