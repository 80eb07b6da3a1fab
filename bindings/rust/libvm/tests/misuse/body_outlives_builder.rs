// A function body is used after its module was finished.
//
// SPDX-License-Identifier: MIT
// error: E0505
use libvm::*;

pub fn f(m: ModuleBuilder) -> Result<()> {
    let body = m.body(m.func("f", &[], &[]));
    body.ret();
    #[cfg(wrong)]
    m.finish()?;
    body.end();
    #[cfg(not(wrong))]
    m.finish()?;
    Ok(())
}
