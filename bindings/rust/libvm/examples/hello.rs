//! The program of the README.
//!
//! SPDX-License-Identifier: MIT
use libvm::{Engine, Isolate, ModuleBuilder, Op, Result, Throw, ValType};

fn main() -> Result<()> {
    // The guest: fn sum(n) { let total = 0; while n != 0 { total += half(n); n -= 1 } return total }
    let m = ModuleBuilder::new("demo")?;
    let half = m.import_func("host", "half", &[ValType::I32], &[ValType::I32]);
    let sum = m.func("sum", &[ValType::I32], &[ValType::I32]);
    let f = m.body(sum);
    let (n, total) = (f.param(0), f.local(ValType::I32, "total"));
    let (again, done) = (f.label(&[]), f.label(&[]));
    f.bind(again).local_get(n).br_unless(done);
    f.local_get(total).local_get(n).call(half).op(Op::I32_ADD).local_set(total);
    f.local_get(n).i32_const(2).op(Op::I32_SUB).local_set(n).br(again);
    f.bind(done).local_get(total).ret();
    f.end();
    m.export_func("sum", sum);

    let engine = Engine::new()?;
    let module = m.load(&engine)?;
    let mut isolate = Isolate::new(&engine)?;
    isolate.define("host", "half", |x: i32| {
        if x % 2 == 0 {
            Ok(x / 2)
        } else {
            Err(Throw::text("odd number"))
        }
    })?;
    let instance = isolate.instantiate(&module)?;

    isolate.enter(|cx| {
        let sum = instance.func(cx, "sum")?.typed::<i32, i32>(cx)?; // checked here, cheap to call
        assert_eq!(sum.call(cx, 8)?, 4 + 3 + 2 + 1);

        let error = sum.call(cx, 7).unwrap_err();
        assert_eq!(error.message(), "exception: odd number");
        assert_eq!(error.backtrace()[1].function.as_deref(), Some("sum"));
        println!("{:?}", error);
        Ok(())
    })
}
