// A host function keeps its caller, which is known until it returns.
//
// SPDX-License-Identifier: MIT
// error: E0521|lifetime may not live long enough|E0277|E0597|E0308
use libvm::*;

pub fn f(isolate: &mut Isolate) {
    #[cfg(wrong)]
    let kept = std::sync::Mutex::new(None::<Caller<'static>>);
    let _ = isolate.define("host", "f", move |cx: &mut Scope<'_>| {
        #[cfg(wrong)]
        { *kept.lock().unwrap() = cx.caller(); }
        #[cfg(not(wrong))]
        { let _ = cx.caller(); }
    });
}
