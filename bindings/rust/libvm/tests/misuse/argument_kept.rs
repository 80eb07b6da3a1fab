// A host function keeps an argument's handle.
//
// SPDX-License-Identifier: MIT
// error: E0521|lifetime may not live long enough|E0277|E0597|E0308
use libvm::*;

pub fn f(isolate: &mut Isolate) {
    #[cfg(wrong)]
    let kept = std::sync::Mutex::new(None::<Local<'static>>);
    #[cfg(not(wrong))]
    let kept = std::sync::Mutex::new(None::<Ref>);
    let _ = isolate.define_with::<Object, (), _>("host", "f", move |_cx, object| {
        #[cfg(wrong)]
        { *kept.lock().unwrap() = Some(object); }
        #[cfg(not(wrong))]
        { *kept.lock().unwrap() = Some(_cx.persist(object)?); }
        Ok(())
    });
}
