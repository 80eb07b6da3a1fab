//! Calls both ways, objects, exceptions, limits: what the crate does.
//!
//! SPDX-License-Identifier: MIT
use crate::common::*;
use libvm::*;
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

#[test]
fn version_is_the_crates() {
    assert!(version().starts_with("0.1."));
}

#[test]
fn every_status_and_trap_is_known() {
    for number in 0..64 {
        // SAFETY: any number may be asked for.
        let name = |text: *const std::os::raw::c_char| {
            unsafe { std::ffi::CStr::from_ptr(text) }.to_str().unwrap()
        };
        // The names of the two enums are not compared by number: those of this crate come from C by number.
        let (status, trap) =
            unsafe { (name(sys::vm_status_name(number)), name(sys::vm_trap_name(number))) };
        let known = |debug: String| !debug.starts_with("Unknown");
        let (our_status, our_trap) = (status_of(number), trap_of(number));
        assert_eq!(
            status != "unknown",
            known(format!("{:?}", our_status)),
            "status {} {}",
            number,
            status
        );
        assert_eq!(trap != "unknown", known(format!("{:?}", our_trap)), "trap {} {}", number, trap);
    }
}

fn status_of(number: u32) -> Status {
    [
        Status::Ok,
        Status::Argument,
        Status::Memory,
        Status::Malformed,
        Status::Invalid,
        Status::Syntax,
        Status::Link,
        Status::Limit,
        Status::Exception,
        Status::Terminated,
        Status::Handle,
        Status::State,
        Status::NotFound,
        Status::Compile,
    ]
    .iter()
    .copied()
    .find(|s| s.as_raw() == number)
    .unwrap_or(Status::Unknown(number))
}

fn trap_of(number: u32) -> Trap {
    [
        Trap::None,
        Trap::Unreachable,
        Trap::DivideByZero,
        Trap::IntegerOverflow,
        Trap::InvalidConversion,
        Trap::MemoryBounds,
        Trap::TableBounds,
        Trap::ArrayBounds,
        Trap::NullReference,
        Trap::CastFailure,
        Trap::CallType,
        Trap::UndefinedElement,
        Trap::StackOverflow,
        Trap::OutOfMemory,
        Trap::DynType,
        Trap::ArraySize,
        Trap::Interrupt,
        Trap::Fuel,
        Trap::Deadline,
        Trap::Host,
        Trap::Exit,
    ]
    .iter()
    .copied()
    .find(|t| t.as_raw() == number)
    .unwrap_or(Trap::Unknown(number))
}

#[test]
fn typed_and_untyped_calls() {
    let mut w = World::new();
    let instance = w.instance.clone();
    w.isolate.enter(|cx| {
        let mix = instance.func(cx, "mix").unwrap();
        assert_eq!(mix.ty(cx).unwrap().to_string(), "(i32, i64, f32, f64, dyn) -> (f64)");
        let typed = mix.typed::<(i32, i64, f32, f64, Dynamic), f64>(cx).unwrap();
        assert_eq!(typed.call(cx, (1, 2, 3.0, 4.0, Dyn::Double(5.0))).unwrap(), 15.0);
        let args = [
            Value::I32(1),
            Value::I64(2),
            Value::F32(3.0),
            Value::F64(4.0),
            Value::Dyn(Dyn::Double(5.0)),
        ];
        assert_eq!(mix.call(cx, &args).unwrap()[0].as_f64(), Some(15.0));

        let wrong = mix.typed::<(i32, f64), i64>(cx).unwrap_err();
        assert_eq!(wrong.status(), Status::Argument);
        assert_eq!(
            wrong.message(),
            "function: expected (i32, f64) -> (i64), found (i32, i64, f32, f64, dyn) -> (f64)"
        );
        let wrong = mix.call(cx, &args[1..]).unwrap_err();
        assert_eq!(
            (wrong.status(), wrong.message()),
            (Status::Argument, "arguments: expected 5, found 4")
        );
        let wrong = mix.call(cx, &[args[1]; 5]).unwrap_err();
        assert_eq!(
            (wrong.status(), wrong.message()),
            (Status::Argument, "argument 1: expected i32, found i64")
        );
        assert_eq!(instance.func(cx, "none").unwrap_err().status(), Status::NotFound);

        let pair =
            instance.func(cx, "pair").unwrap().typed::<(), (i32, Option<Object>)>(cx).unwrap();
        let (number, null) = pair.call(cx, ()).unwrap();
        assert_eq!((number, null.is_none()), (7, true));
        // What may be null is not to come back as never null.
        assert!(instance.func(cx, "pair").unwrap().typed::<(), (i32, Object)>(cx).is_err());
        let unsigned = instance.func(cx, "same").unwrap().typed::<u32, u32>(cx).unwrap();
        assert_eq!(unsigned.call(cx, u32::MAX).unwrap(), u32::MAX);
    });
}

#[test]
fn dyn_values_come_back_as_they_went() {
    let mut w = World::new();
    let instance = w.instance.clone();
    w.isolate.enter(|cx| {
        let same = instance.func(cx, "same_dyn").unwrap().typed::<Dynamic, Dynamic>(cx).unwrap();
        for int in [0, 1, -1, i32::MIN, i32::MAX] {
            assert!(matches!(same.call(cx, Dyn::Int(int)).unwrap(), Dyn::Int(x) if x == int));
        }
        for double in
            [0.0, -0.0, 1.5, f64::MAX, f64::MIN_POSITIVE, f64::INFINITY, f64::NEG_INFINITY, 5e-324]
        {
            assert!(matches!(same.call(cx, Dyn::Double(double)).unwrap(),
                             Dyn::Double(x) if x.to_bits() == double.to_bits()));
        }
        for nan in [
            f64::NAN,
            -f64::NAN,
            f64::from_bits(0xFFFF_FFFF_FFFF_FFFF),
            f64::from_bits(0x7FF0_0000_0000_0001),
        ] {
            assert!(
                matches!(same.call(cx, Dyn::Double(nan)).unwrap(), Dyn::Double(x) if x.is_nan())
            );
        }
        assert!(matches!(same.call(cx, Dyn::Nil).unwrap(), Dyn::Nil));
        assert!(matches!(same.call(cx, Dyn::Bool(true)).unwrap(), Dyn::Bool(true)));
        assert!(matches!(same.call(cx, Dyn::Bool(false)).unwrap(), Dyn::Bool(false)));
        let object = cx.new_host(1u8).unwrap();
        assert!(
            matches!(same.call(cx, Dyn::Ref(object)).unwrap(), Dyn::Ref(x) if cx.same(x, object))
        );
    });
}

#[test]
fn host_functions_of_every_form() {
    let engine = engine();
    let mut isolate = Isolate::new(&engine).unwrap();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    isolate
        .define("host", "none", move || {
            counted.fetch_add(1, Ordering::Relaxed);
        })
        .unwrap();
    isolate
        .define(
            "host",
            "eight",
            |a: i32, b: u32, c: i64, d: u64, e: f32, f: f64, g: i32, h: i32| -> f64 {
                f64::from(a)
                    + f64::from(b)
                    + c as f64
                    + d as f64
                    + f64::from(e)
                    + f
                    + f64::from(g)
                    + f64::from(h)
            },
        )
        .unwrap();
    isolate
        .define("host", "scoped", |cx: &mut Scope<'_>, x: i32| -> Result<i32, Throw> {
            let object = cx.new_host(x)?;
            Ok(*cx.host::<i32>(object)? + 1)
        })
        .unwrap();
    isolate
        .define_with::<(Option<Object>, Dynamic), (Dynamic, Option<Object>), _>(
            "host",
            "swap",
            |_, (a, b)| Ok((a.into(), b.as_ref())),
        )
        .unwrap();
    let ty = FuncType::new([ValType::I32, ValType::F64], [ValType::F64, ValType::I32]);
    isolate
        .define_untyped("host", "any", &ty, |_, args| {
            assert_eq!((args.len(), args.is_empty()), (2, false));
            Ok(args.iter().collect::<Vec<_>>().into_iter().rev().collect())
        })
        .unwrap();
    isolate
        .define_untyped("host", "bad", &FuncType::new([], [ValType::I32]), |_, _| Ok(vec![]))
        .unwrap();
    isolate
        .define_untyped("host", "bad_kind", &FuncType::new([], [ValType::I32]), |_, _| {
            Ok(vec![Value::F64(1.0)])
        })
        .unwrap();
    let twice = isolate.define("host", "none", || ()).unwrap_err();
    assert_eq!(twice.status(), Status::State);
    isolate.enter(|cx| {
        let f = |name: &str| cx.defined_func("host", name).unwrap();
        f("none").typed::<(), ()>(cx).unwrap().call(cx, ()).unwrap();
        assert_eq!(calls.load(Ordering::Relaxed), 1);
        let args = [
            Value::I32(1),
            Value::I32(-1),
            Value::I64(3),
            Value::I64(4),
            Value::F32(5.0),
            Value::F64(6.0),
            Value::I32(7),
            Value::I32(8),
        ];
        let sum = f64::from(u32::MAX) + 34.0;
        assert_eq!(f("eight").call(cx, &args).unwrap()[0].as_f64(), Some(sum));
        assert_eq!(f("scoped").typed::<i32, i32>(cx).unwrap().call(cx, 4).unwrap(), 5);
        let object = cx.new_host(()).unwrap();
        let swap =
            f("swap").typed::<(Option<Object>, Dynamic), (Dynamic, Option<Object>)>(cx).unwrap();
        let (a, b) = swap.call(cx, (Some(object), Dyn::Int(3))).unwrap();
        assert!(cx.same(a.as_ref().unwrap(), object) && b.is_none());
        let any = f("any").call(cx, &[Value::I32(1), Value::F64(2.0)]).unwrap();
        assert_eq!((any[0].as_f64(), any[1].as_i32()), (Some(2.0), Some(1)));
        assert_eq!(f("bad").call(cx, &[]).unwrap_err().trap(), Trap::Host);
        assert_eq!(f("bad_kind").call(cx, &[]).unwrap_err().trap(), Trap::Host);
    });
}

#[test]
fn objects() {
    let mut w = World::new();
    let instance = w.instance.clone();
    w.isolate.enter(|cx| {
        let ty = instance.get_type(cx, "Box").unwrap();
        let object = cx.new_struct(&ty, &[Value::I64(5)]).unwrap();
        assert_eq!(cx.get_field(object, 0).unwrap().as_i64(), Some(5));
        let x = cx.find_field(&ty, "x").unwrap();
        cx.set_field(object, x, 6i64).unwrap();
        let unbox = instance.func(cx, "unbox").unwrap().typed::<Option<Object>, i64>(cx).unwrap();
        assert_eq!(unbox.call(cx, Some(object)).unwrap(), 6);
        assert_eq!(unbox.call(cx, None).unwrap_err().trap(), Trap::NullReference);
        let bytes = cx.new_bytes(b"hello").unwrap();
        assert_eq!(unbox.call(cx, Some(bytes)).unwrap_err().status(), Status::Argument);
        assert_eq!(cx.set_field(object, 0, 1i32).unwrap_err().status(), Status::Argument);
        assert_eq!(cx.get_field(object, 1).unwrap_err().status(), Status::Argument);
        assert_eq!(cx.get_field(bytes, 0).unwrap_err().status(), Status::Handle);
        let info = cx.info(object).unwrap();
        assert_eq!((info.heap, info.count, info.name.as_deref()), (Heap::STRUCT, 1, Some("Box")));
        assert!(cx.is(object, &ty).unwrap() && !cx.is(bytes, &ty).unwrap());
        assert_eq!(cx.type_of(object).unwrap(), ty);

        assert_eq!(cx.read_bytes(bytes).unwrap(), b"hello");
        assert_eq!(cx.read_bytes(object).unwrap_err().status(), Status::Handle);
        let list = cx.array_type(ty.nullable(), true).unwrap();
        let array = cx.new_array(&list, 3, Some(Value::Ref(Some(object)))).unwrap();
        cx.set_element(array, 1, Value::Ref(None)).unwrap();
        assert!(cx.get_element(array, 1).unwrap().as_ref().is_none());
        assert!(cx.same(cx.get_element(array, 2).unwrap().as_ref().unwrap(), object));
        assert_eq!(cx.get_element(array, 3).unwrap_err().status(), Status::Argument);
        assert_eq!(cx.read_bytes(array).unwrap_err().status(), Status::Argument);

        let weak = cx.new_weak(object).unwrap();
        assert!(cx.same(cx.weak_target(weak).unwrap().unwrap(), object));

        let symbol = cx.symbol("name").unwrap();
        assert!(cx.same(symbol, cx.symbol("name").unwrap()));
        assert_eq!(cx.symbol_bytes(symbol).unwrap(), b"name");
        assert_eq!(cx.symbol_bytes(cx.symbol("").unwrap()).unwrap(), b"");
        let map = cx.new_map().unwrap();
        cx.map_set(map, symbol, 1).unwrap();
        cx.map_set(map, 2, true).unwrap();
        assert!(matches!(cx.map_get(map, symbol).unwrap(), Some(Dyn::Int(1))));
        assert!(cx.map_get(map, 3).unwrap().is_none());
        let (mut position, mut count) = (0, 0);
        while let Some((_, value)) = cx.map_next(map, &mut position).unwrap() {
            assert!(matches!(value, Dyn::Int(1) | Dyn::Bool(true)));
            count += 1;
        }
        assert_eq!(count, 2);
        assert!(cx.map_delete(map, 2).unwrap() && !cx.map_delete(map, 2).unwrap());
        let proto = cx.new_shaped(None).unwrap();
        let shaped = cx.new_shaped(Some(proto)).unwrap();
        cx.put_property(proto, symbol, 2.5).unwrap();
        assert!(matches!(cx.get_property(shaped, symbol).unwrap(), Dyn::Double(x) if x == 2.5));
        assert_eq!(cx.dynamic_kind(map).unwrap(), DynamicKind::Map);
        assert_eq!(cx.dynamic_kind(shaped).unwrap(), DynamicKind::Object);
        assert_eq!(cx.dynamic_kind(symbol).unwrap(), DynamicKind::Symbol);
        assert_eq!(cx.dynamic_kind(object).unwrap(), DynamicKind::Other);
        cx.verify_heap().unwrap();
    });
}

#[test]
fn memories_tables_and_globals() {
    let mut w = World::new();
    let instance = w.instance.clone();
    w.isolate.enter(|cx| {
        instance.memory(cx, "memory").unwrap()[8..12].copy_from_slice(&7i32.to_le_bytes());
        let peek = instance.func(cx, "peek").unwrap().typed::<i32, i32>(cx).unwrap();
        assert_eq!(peek.call(cx, 8).unwrap(), 7);
        assert_eq!(instance.memory(cx, "memory").unwrap().len(), 65536);
        assert_eq!(instance.grow_memory(cx, "memory", 1).unwrap(), 1);
        assert_eq!(instance.grow_memory(cx, "memory", 5).unwrap_err().status(), Status::Limit);
        assert_eq!(instance.memory(cx, "memory").unwrap().len(), 2 * 65536);
        let mut four = [0; 4];
        instance.read_memory(cx, "memory", 8, &mut four).unwrap();
        assert_eq!(i32::from_le_bytes(four), 7);
        instance.write_memory(cx, "memory", 65536, &[9]).unwrap();
        assert_eq!(instance.memory(cx, "memory").unwrap()[65536], 9);
        assert_eq!(
            instance.read_memory(cx, "memory", 2 * 65536 - 3, &mut four).unwrap_err().status(),
            Status::Argument
        );
        assert_eq!(instance.memory(cx, "none").unwrap_err().status(), Status::NotFound);

        assert_eq!(instance.global(cx, "count").unwrap().as_i32(), Some(0));
        instance.set_global(cx, "count", 9).unwrap();
        assert_eq!(instance.global(cx, "count").unwrap().as_i32(), Some(9));
        assert_eq!(instance.set_global(cx, "count", 9.0).unwrap_err().status(), Status::Argument);

        assert_eq!(instance.table_size(cx, "table").unwrap(), 2);
        assert!(instance.table_get(cx, "table", 0).unwrap().is_none());
        let func = instance.func(cx, "peek").unwrap().local();
        instance.table_set(cx, "table", 0, Some(func)).unwrap();
        assert!(cx.same(instance.table_get(cx, "table", 0).unwrap().unwrap(), func));
        assert_eq!(instance.table_grow(cx, "table", 2, None).unwrap(), 2);
        assert_eq!(instance.table_get(cx, "table", 4).unwrap_err().status(), Status::Argument);
    });
}

#[test]
fn linking_and_what_modules_say_of_themselves() {
    let mut w = World::new();
    let module = Module::assemble(
        &w.engine,
        "module user\nimport func peek \"lib\" \"peek\" (i32) -> (i32)\n\
        func f (x: i32) -> (i32) {\n local.get x\n call peek\n return\n}\nexport func \"f\" f\n",
    )
    .unwrap();
    assert_eq!(module.name(), "user");
    let import = &module.imports()[0];
    assert_eq!(
        (&*import.module, &*import.name, import.kind, &*import.ty),
        ("lib", "peek", Entity::Func, "(i32) -> (i32)")
    );
    assert_eq!(module.exports()[0].name, "f");
    assert_eq!(w.isolate.instantiate(&module).unwrap_err().status(), Status::Link);
    let instance = w.instance.clone();
    w.isolate.enter(|cx| instance.define(cx, "lib")).unwrap();
    let user = w.isolate.instantiate(&module).unwrap();
    w.isolate.enter(|cx| {
        assert_eq!(
            user.func(cx, "f").unwrap().typed::<i32, i32>(cx).unwrap().call(cx, 0).unwrap(),
            0
        );
        assert_eq!(instance.define(cx, "lib").unwrap_err().status(), Status::State);
    });
    let other = Engine::new().unwrap();
    let foreign = Module::assemble(&other, "module m\n").unwrap();
    assert_eq!(w.isolate.instantiate(&foreign).unwrap_err().status(), Status::Argument);
    let error = Module::assemble(&w.engine, "module m\nfunc (").unwrap_err();
    assert_eq!((error.status(), error.line()), (Status::Syntax, Some(2)));
    assert_eq!(Module::load(&w.engine, b"nonsense").unwrap_err().status(), Status::Malformed);
}

#[test]
fn limits() {
    let config = EngineConfig::new().meter_fuel(true).tier(Tier::Zero);
    let engine = Engine::with_config(&config).unwrap();
    let mut isolate =
        Isolate::with_config(&engine, &IsolateConfig::new().max_heap(1 << 20)).unwrap();
    let module = Module::assemble(&engine, NESTED).unwrap();
    isolate.define_with::<FuncObject, (), _>("host", "relay", |_, _| Ok(())).unwrap();
    isolate.define("host", "odd", || ()).unwrap();
    let instance = isolate.instantiate(&module).unwrap();
    isolate.set_fuel(10_000).unwrap();
    let spin = |isolate: &mut Isolate| {
        isolate.enter(|cx| {
            instance
                .func(cx, "spin")
                .unwrap()
                .typed::<(), ()>(cx)
                .unwrap()
                .call(cx, ())
                .unwrap_err()
        })
    };
    assert_eq!(spin(&mut isolate).trap(), Trap::Fuel);
    assert_eq!(isolate.fuel().unwrap(), 0);
    isolate.set_fuel(u64::MAX).unwrap();
    isolate.set_deadline(5).unwrap();
    let error = spin(&mut isolate);
    assert_eq!((error.status(), error.trap()), (Status::Terminated, Trap::Deadline));
    isolate.set_deadline(0).unwrap();
    let interrupt = isolate.interrupt_handle();
    let stop = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(5));
        interrupt.interrupt()
    });
    assert_eq!(spin(&mut isolate).trap(), Trap::Interrupt);
    assert!(stop.join().unwrap());
    isolate.enter(|cx| {
        let bytes = cx.array_type(ValType::I64, true).unwrap();
        assert_eq!(cx.new_array(&bytes, 1 << 20, None).unwrap_err().status(), Status::Memory);
    });
    let handle = isolate.interrupt_handle();
    drop(isolate);
    assert!(!handle.interrupt());
    assert_eq!(
        Engine::with_config(&EngineConfig::new().temp_dir("relative")).unwrap_err().status(),
        Status::Argument
    );
}

/// libvm's handler of SIGSEGV beside that of Rust, in the threads of a test.
#[test]
fn guarded_memories() {
    let config = EngineConfig::new().guard_memory(true).tier(Tier::Two);
    let engine = Engine::with_config(&config).unwrap();
    let module = Module::assemble(&engine, WORLD).unwrap();
    let mut isolate = Isolate::new(&engine).unwrap();
    isolate.define("host", "ask", |x: i32| x).unwrap();
    let instance = isolate.instantiate(&module).unwrap();
    isolate.enter(|cx| {
        let peek = instance.func(cx, "peek").unwrap().typed::<i32, i32>(cx).unwrap();
        for at in [65533, 65536, i32::MAX, -1, -65536] {
            assert_eq!(peek.call(cx, at).unwrap_err().trap(), Trap::MemoryBounds);
        }
        assert_eq!(peek.call(cx, 65532).unwrap(), 0);
    });
}

#[test]
fn waiting_host_functions_hear_of_interrupts() {
    let engine = engine();
    let mut isolate = Isolate::new(&engine).unwrap();
    isolate
        .define("host", "wait", |cx: &mut Scope<'_>| -> Result<(), Throw> {
            let handle = cx.interrupt_handle();
            std::thread::spawn(move || handle.interrupt()).join().unwrap();
            loop {
                cx.poll()?;
            }
        })
        .unwrap();
    isolate.enter(|cx| {
        let error = cx.defined_func("host", "wait").unwrap().call(cx, &[]).unwrap_err();
        assert_eq!((error.status(), error.trap()), (Status::Terminated, Trap::Interrupt));
    });
}

#[test]
fn scopes_let_go_and_escape() {
    let mut w = World::new();
    w.isolate.enter(|cx| {
        let outer = cx.new_bytes(b"outer").unwrap();
        let before = cx.stats().local_handles;
        for _ in 0..10 {
            cx.scope(|cx| {
                for _ in 0..10 {
                    cx.new_map()?;
                }
                assert_eq!(cx.read_bytes(outer)?, b"outer"); // an outer handle in the inner scope
                Ok(())
            })
            .unwrap();
        }
        assert_eq!(cx.stats().local_handles, before);
        let kept = cx
            .escape(|cx| {
                cx.new_map()?;
                cx.new_bytes(b"kept")
            })
            .unwrap();
        assert_eq!(cx.stats().local_handles, before + 1);
        cx.collect();
        assert_eq!(cx.read_bytes(kept).unwrap(), b"kept");
        let same = cx.escape(|_| Ok(outer)).unwrap();
        assert!(cx.same(same, outer));
        assert_eq!(
            cx.escape(|cx| cx.get_field(outer, 0).map(|_| outer)).unwrap_err().status(),
            Status::Handle
        );
        assert_eq!(cx.stats().local_handles, before + 1);
    });
}

#[test]
fn callers_are_known() {
    let engine = engine();
    let mut isolate = Isolate::new(&engine).unwrap();
    isolate
        .define("host", "ask", |cx: &mut Scope<'_>, at: i32| -> Result<i32, Throw> {
            let caller = cx.caller().ok_or_else(|| Throw::text("nobody"))?;
            let mut byte = [0];
            caller.read_memory(cx, "memory", at as u64, &mut byte)?;
            Ok(i32::from(byte[0]))
        })
        .unwrap();
    let module = Module::assemble(&engine, WORLD).unwrap();
    let instance = isolate.instantiate(&module).unwrap();
    isolate.enter(|cx| {
        instance.write_memory(cx, "memory", 100, &[77]).unwrap();
        let ask = instance.func(cx, "ask").unwrap().typed::<i32, i32>(cx).unwrap();
        assert_eq!(ask.call(cx, 100).unwrap(), 77);
        assert_eq!(ask.call(cx, -1).unwrap_err().status(), Status::Exception);
    });
}

#[test]
fn instances_are_released() {
    let mut w = World::new();
    let (instance, clone) = (w.instance.clone(), w.instance.clone());
    let kept = w.isolate.enter(|cx| {
        instance.define(cx, "lib").unwrap();
        instance.undefine(cx).unwrap();
        assert_eq!(cx.defined_func("lib", "peek").unwrap_err().status(), Status::NotFound);
        instance.define(cx, "lib").unwrap();
        let func = instance.func(cx, "same").unwrap().local();
        instance.release(cx).unwrap();
        assert_eq!(cx.defined_func("lib", "peek").unwrap_err().status(), Status::NotFound);
        assert_eq!(clone.func(cx, "same").unwrap_err().message(), "Instance: it was released");
        assert_eq!(clone.release(cx).unwrap_err().status(), Status::State);
        cx.persist(func).unwrap()
    });
    // What is held keeps it.
    w.isolate.collect();
    w.isolate.enter(|cx| {
        let func = cx.func(kept.local(cx).unwrap()).unwrap().typed::<i32, i32>(cx).unwrap();
        assert_eq!(func.call(cx, 5).unwrap(), 5);
        assert_eq!(cx.stats().instances, 1);
    });
    drop(kept);
    w.isolate.collect();
    assert_eq!(w.isolate.stats().instances, 0);
    // A function over a type of it, which a new instance declares anew.
    let mut isolate = Isolate::new(&w.engine).unwrap();
    isolate.define("host", "ask", |x: i32| x).unwrap();
    let module = Module::assemble(&w.engine, WORLD).unwrap();
    let instance = isolate.instantiate(&module).unwrap();
    let ty = isolate.enter(|cx| instance.get_type(cx, "Box").unwrap());
    let signature = FuncType::new([ty.nullable()], [ValType::I32]);
    isolate
        .define_untyped("host", "boxed", &signature, |_, args| {
            Ok(vec![Value::I32(args.get(0).unwrap().as_ref().is_some() as i32)])
        })
        .unwrap();
    isolate.enter(|cx| instance.release(cx)).unwrap();
    isolate.collect();
    isolate.collect();
    let instance = isolate.instantiate(&module).unwrap();
    isolate.enter(|cx| {
        let object = instance.func(cx, "box").unwrap().call(cx, &[Value::I64(1)]).unwrap()[0];
        let boxed = cx.defined_func("host", "boxed").unwrap();
        assert_eq!(boxed.call(cx, &[Value::Ref(None)]).unwrap()[0].as_i32(), Some(0));
        let _ = boxed.call(cx, &[object]);
        let _ = cx.new_struct(&ty, &[]);
        cx.verify_heap().unwrap();
    });
    // By its own host function: the caller is known until that has returned.
    let engine = engine();
    let mut isolate = Isolate::new(&engine).unwrap();
    let slot = std::sync::Arc::new(std::sync::Mutex::new(None::<Instance>));
    let inside = slot.clone();
    isolate
        .define("host", "ask", move |cx: &mut Scope<'_>, at: i32| -> Result<i32, Throw> {
            let caller = cx.caller().unwrap();
            inside.lock().unwrap().take().unwrap().release(cx)?;
            cx.collect();
            let mut byte = [0];
            caller.read_memory(cx, "memory", at as u64, &mut byte)?;
            Ok(i32::from(byte[0]))
        })
        .unwrap();
    let instance = isolate.instantiate(&Module::assemble(&engine, WORLD).unwrap()).unwrap();
    *slot.lock().unwrap() = Some(instance.clone());
    isolate.enter(|cx| {
        instance.write_memory(cx, "memory", 9, &[5]).unwrap();
        let ask = instance.func(cx, "ask").unwrap().typed::<i32, i32>(cx).unwrap();
        assert_eq!(ask.call(cx, 9).unwrap(), 5);
    });
    isolate.collect();
    assert_eq!(isolate.stats().instances, 0);
}

#[test]
fn globals_of_the_isolate() {
    let engine = engine();
    let mut isolate = Isolate::new(&engine).unwrap();
    let text = "module m\nimport global n \"host\" \"n\" mut i32\nfunc next () -> (i32) {\n global.get n\n i32.const 1\n \
                i32.add\n global.set n\n global.get n\n return\n}\nexport func \"next\" next\n";
    let module = Module::assemble(&engine, text).unwrap();
    isolate.enter(|cx| {
        cx.define_global("host", "n", ValType::I32, true, 5).unwrap();
        assert_eq!(
            cx.define_global("host", "n", ValType::I32, true, 5).unwrap_err().status(),
            Status::State
        );
        assert_eq!(
            cx.define_global("host", "m", ValType::I32, true, 5.0).unwrap_err().status(),
            Status::Argument
        );
        let (a, b) = (cx.instantiate(&module).unwrap(), cx.instantiate(&module).unwrap());
        let next = |i: &Instance| i.func(cx, "next").unwrap().call(cx, &[]).unwrap()[0].as_i32();
        assert_eq!((next(&a), next(&b)), (Some(6), Some(7)));
        cx.set_defined_global("host", "n", 1).unwrap();
        assert_eq!(
            (next(&a), cx.defined_global("host", "n").unwrap().as_i32()),
            (Some(2), Some(2))
        );
        assert_eq!(cx.defined_global("host", "x").unwrap_err().status(), Status::NotFound);
    });
}

#[test]
fn closures_may_keep_state() {
    let engine = engine();
    let mut isolate = Isolate::new(&engine).unwrap();
    let count = Cell::new(0); // Send, and Fn is enough
    isolate
        .define("host", "next", move || -> i32 {
            count.set(count.get() + 1);
            count.get()
        })
        .unwrap();
    isolate.enter(|cx| {
        let next = cx.defined_func("host", "next").unwrap().typed::<(), i32>(cx).unwrap();
        assert_eq!((next.call(cx, ()).unwrap(), next.call(cx, ()).unwrap()), (1, 2));
    });
}
