//! Errors and exceptions across the guest, in both directions.
//!
//! SPDX-License-Identifier: MIT
use crate::common::*;
use libvm::*;

#[derive(Debug)]
struct Odd(i32);
impl std::fmt::Display for Odd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is odd", self.0)
    }
}
impl std::error::Error for Odd {}

#[test]
fn errors_cross_the_guest() {
    let mut w = World::with_host(|x| if x % 2 == 0 { Ok(x / 2) } else { Err(Odd(x).into()) });
    let instance = w.instance.clone();
    w.isolate.enter(|cx| {
        let ask = instance.func(cx, "ask").unwrap().typed::<i32, i32>(cx).unwrap();
        assert_eq!(ask.call(cx, 8).unwrap(), 4);
        let error = ask.call(cx, 7).unwrap_err();
        assert_eq!((error.status(), error.trap()), (Status::Exception, Trap::None));
        assert_eq!(error.message(), "exception: 7 is odd");
        assert_eq!(error.cause().unwrap().downcast_ref::<Odd>().unwrap().0, 7);
        assert_eq!(
            error.backtrace().iter().map(|f| f.function.clone().unwrap()).collect::<Vec<_>>(),
            ["ask", "ask_it"]
        );
        let text = error.payload(cx).unwrap().unwrap().as_ref().unwrap();
        assert_eq!(cx.read_bytes(text).unwrap(), b"7 is odd");
        // Caught by the guest, the cause is gone: the next error does not get it.
        let catch = instance.func(cx, "ask_or").unwrap().typed::<(i32, i32), i32>(cx).unwrap();
        assert_eq!(catch.call(cx, (7, 99)).unwrap(), 99);
        let zero = instance.func(cx, "div").unwrap().typed::<(i32, i32), i32>(cx).unwrap();
        let error = zero.call(cx, (1, 0)).unwrap_err();
        assert_eq!((error.trap(), error.cause().is_none()), (Trap::DivideByZero, true));
        assert!(error.function().is_some() && error.offset().is_some());
        assert_eq!(zero.call(cx, (6, 3)).unwrap(), 2);
    });
}

#[test]
fn nested_errors_are_passed_on_whole() {
    let engine = engine();
    let mut isolate = Isolate::new(&engine).unwrap();
    let module = Module::assemble(&engine, NESTED).unwrap();
    isolate
        .define_with::<FuncObject, (), _>("host", "relay", |cx, f| {
            let f = cx.func(f)?.typed::<(), ()>(cx)?;
            let error = f.call(cx, ()).unwrap_err();
            // Another call in between, which ends with another exception.
            let other = cx.defined_func("host", "odd")?.typed::<(), ()>(cx)?;
            assert_eq!(other.call(cx, ()).unwrap_err().cause().unwrap().to_string(), "1 is odd");
            Err(error.into())
        })
        .unwrap();
    isolate.define("host", "odd", || -> Result<(), Throw> { Err(Odd(1).into()) }).unwrap();
    let instance = isolate.instantiate(&module).unwrap();
    isolate.enter(|cx| {
        let call =
            |name: &str| instance.func(cx, name).unwrap().typed::<(), ()>(cx).unwrap().call(cx, ());
        let error = call("throws").unwrap_err();
        assert!(matches!(error.payload(cx).unwrap(), Some(Dyn::Int(42))));
        let names: Vec<_> =
            error.backtrace().iter().map(|f| f.function.clone().unwrap_or_default()).collect();
        assert_eq!(names, ["thrower", "relay", "throws"]);
        let error = call("odd").unwrap_err();
        assert_eq!(error.cause().unwrap().downcast_ref::<Odd>().unwrap().0, 1);
    });
}

#[test]
fn throwing_values_traps_and_exits() {
    let engine = engine();
    let mut isolate = Isolate::new(&engine).unwrap();
    isolate
        .define("host", "int", |cx: &mut Scope<'_>| -> Result<(), Throw> {
            Err(Throw::value(cx, 5))
        })
        .unwrap();
    isolate
        .define("host", "object", |cx: &mut Scope<'_>| -> Result<(), Throw> {
            let object = cx.new_host(Odd(3))?;
            Err(Throw::value(cx, object))
        })
        .unwrap();
    isolate
        .define("host", "trap", || -> Result<(), Throw> { Err(Throw::trap(Trap::ArrayBounds)) })
        .unwrap();
    isolate
        .define("host", "no_trap", || -> Result<(), Throw> { Err(Throw::trap(Trap::Interrupt)) })
        .unwrap();
    isolate.define("host", "exit", || -> Result<(), Throw> { Err(Throw::exit(-3)) }).unwrap();
    isolate.define("host", "nul", || -> Result<(), Throw> { Err(Throw::text("a\0b")) }).unwrap();
    isolate.enter(|cx| {
        let error = |name: &str| cx.defined_func("host", name).unwrap().call(cx, &[]).unwrap_err();
        assert!(matches!(error("int").payload(cx).unwrap(), Some(Dyn::Int(5))));
        let object = error("object").payload(cx).unwrap().unwrap().as_ref().unwrap();
        assert_eq!(cx.host::<Odd>(object).unwrap().0, 3);
        assert_eq!(error("trap").trap(), Trap::ArrayBounds);
        assert_eq!(error("no_trap").trap(), Trap::Host);
        let exit = error("exit");
        assert_eq!(
            (exit.status(), exit.trap(), exit.exit_code()),
            (Status::Terminated, Trap::Exit, Some(-3))
        );
        let text = error("nul").payload(cx).unwrap().unwrap().as_ref().unwrap();
        assert_eq!(cx.read_bytes(text).unwrap(), b"a\0b");
    });
}
