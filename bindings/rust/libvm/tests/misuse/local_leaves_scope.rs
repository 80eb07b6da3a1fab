// A handle of an inner scope is used in the outer one.
//
// SPDX-License-Identifier: MIT
// error: E0521|lifetime may not live long enough
use libvm::*;

pub fn f(cx: &mut Scope<'_>) {
    let mut kept = None;
    let _ = cx.scope(|cx| {
        let map = cx.new_map()?;
        #[cfg(wrong)]
        { kept = Some(map); }
        #[cfg(not(wrong))]
        { kept = Some(cx.persist(map)?); }
        Ok(())
    });
    let _ = kept.is_some();
}
