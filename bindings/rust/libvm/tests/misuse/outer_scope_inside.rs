// The outer scope is used while an inner one is open: its handles would die too early.
//
// SPDX-License-Identifier: MIT
// error: E0499|E0502
use libvm::*;

pub fn f(cx: &mut Scope<'_>) {
    let _ = cx.scope(|_inner| {
        #[cfg(wrong)]
        cx.new_map()?;
        #[cfg(not(wrong))]
        _inner.new_map()?;
        Ok(())
    });
}
