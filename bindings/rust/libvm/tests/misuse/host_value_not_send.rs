// The guest is given what must stay in its thread.
//
// SPDX-License-Identifier: MIT
// error: E0277
use libvm::*;

pub fn f(cx: &mut Scope<'_>) {
    #[cfg(wrong)]
    let _ = cx.new_host(std::rc::Rc::new(1));
    #[cfg(not(wrong))]
    let _ = cx.new_host(std::sync::Arc::new(1));
}
