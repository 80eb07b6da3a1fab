// A type of the program's says of itself that it is a host function.
//
// SPDX-License-Identifier: MIT
// error: E0200
use libvm::*;

pub struct Forged;
#[cfg(wrong)]
impl Ty for Forged {
    const TYPE: ValType = ValType::I32;
}
#[cfg(wrong)]
unsafe impl<'a> TyAt<'a> for Forged {
    type Value = i32;
    fn to_raw(_: i32) -> sys::vm_value { loop {} }
    unsafe fn from_raw(_: &sys::vm_value) -> i32 { 0 }
}
