// The guest runs while its memory is borrowed.
//
// SPDX-License-Identifier: MIT
// error: E0502
use libvm::*;

pub fn f(cx: &mut Scope<'_>, instance: &Instance) -> Result<()> {
    let func = instance.func(cx, "f")?.typed::<(), ()>(cx)?;
    let bytes = instance.memory(cx, "memory")?;
    #[cfg(wrong)]
    func.call(cx, ())?;
    bytes[0] = 1;
    #[cfg(not(wrong))]
    func.call(cx, ())?;
    Ok(())
}
