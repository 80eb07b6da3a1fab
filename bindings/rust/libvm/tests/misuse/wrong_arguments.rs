// A typed call gets arguments of other types.
//
// SPDX-License-Identifier: MIT
// error: E0308
use libvm::*;

pub fn f(cx: &mut Scope<'_>, func: TypedFunc<'_, (i32, f64), i64>) {
    let _ = cx;
    #[cfg(wrong)]
    fn call<'s>(cx: &Scope<'s>, func: TypedFunc<'s, (i32, f64), i64>) -> Result<i64> { func.call(cx, (1.0, 2)) }
    #[cfg(not(wrong))]
    fn call<'s>(cx: &Scope<'s>, func: TypedFunc<'s, (i32, f64), i64>) -> Result<i64> { func.call(cx, (1, 2.0)) }
    let _ = (call, func);
}
