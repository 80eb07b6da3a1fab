// A builder is used by two threads at a time.
//
// SPDX-License-Identifier: MIT
// error: E0277
use libvm::*;

pub fn f(m: ModuleBuilder) {
    #[cfg(wrong)]
    fn wants<T: Sync>(_: T) {}
    #[cfg(not(wrong))]
    fn wants<T: Send>(_: T) {}
    wants(m);
}
