//! What a safe program may try: panics through the guest, isolates that go while things of theirs are held,
//! forgetting, closures and host objects that outlive or lead back, several isolates, threads.
//!
//! SPDX-License-Identifier: MIT
use crate::common::*;
use libvm::*;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Counts its drops.
#[derive(Debug)]
struct Counted(Arc<AtomicUsize>);
impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn counter() -> (Arc<AtomicUsize>, impl Fn() -> usize) {
    let count = Arc::new(AtomicUsize::new(0));
    let read = count.clone();
    (count, move || read.load(Ordering::SeqCst))
}

fn panic_text(result: std::thread::Result<()>) -> String {
    let panic = result.unwrap_err();
    panic
        .downcast_ref::<&str>()
        .map(|s| s.to_string())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap()
}

fn quiet() {
    std::panic::set_hook(Box::new(|_| ()));
}

/// The markers that the compiler gives, as the documentation says.
#[test]
fn auto_traits() {
    fn send<T: Send>() {}
    fn sync<T: Sync>() {}
    send::<Engine>();
    sync::<Engine>();
    send::<Module>();
    sync::<Module>();
    send::<Isolate>();
    send::<Ref>();
    sync::<Ref>();
    send::<Instance>();
    sync::<Instance>();
    send::<Type>();
    sync::<Type>();
    send::<InterruptHandle>();
    sync::<InterruptHandle>();
    send::<Error>();
    sync::<Error>();
    send::<ModuleBuilder>();
    send::<EngineConfig>();
    // What must not be is in tests/misuse.
}

#[test]
fn panics_go_past_the_guest() {
    quiet();
    let (count, dropped) = counter();
    let mut w = World::with_host(move |x| {
        let _held = Counted(count.clone());
        if x < 0 {
            panic!("host {}", x);
        }
        Ok(x)
    });
    let instance = w.instance.clone();
    for _ in 0..3 {
        let result = catch_unwind(AssertUnwindSafe(|| {
            w.isolate.enter(|cx| {
                // The guest's handler does not get it.
                let ask =
                    instance.func(cx, "ask_or").unwrap().typed::<(i32, i32), i32>(cx).unwrap();
                let _ = ask.call(cx, (-5, 0));
                unreachable!();
            })
        }));
        assert_eq!(panic_text(result), "host -5");
        w.isolate.enter(|cx| {
            let ask = instance.func(cx, "ask").unwrap().typed::<i32, i32>(cx).unwrap();
            assert_eq!(ask.call(cx, 3).unwrap(), 3);
            assert_eq!(cx.stats().local_handles, 1); // scopes that the panic passed are closed
        });
    }
    assert_eq!(dropped(), 6);
}

#[test]
fn panics_go_through_nested_calls_or_stop_there() {
    quiet();
    let engine = engine();
    let mut isolate = Isolate::new(&engine).unwrap();
    isolate.define("host", "panics", || -> () { panic!("deep") }).unwrap();
    isolate
        .define("host", "relay", |cx: &mut Scope<'_>| -> Result<(), Throw> {
            cx.defined_func("host", "panics")?.call(cx, &[])?;
            unreachable!()
        })
        .unwrap();
    isolate
        .define("host", "catches", |cx: &mut Scope<'_>| -> Result<i32, Throw> {
            let caught = catch_unwind(AssertUnwindSafe(|| {
                let _ = cx.defined_func("host", "relay").unwrap().call(cx, &[]);
            }));
            assert_eq!(panic_text(caught), "deep");
            Ok(1)
        })
        .unwrap();
    let result = catch_unwind(AssertUnwindSafe(|| {
        isolate.enter(|cx| {
            let _ = cx.defined_func("host", "relay").unwrap().call(cx, &[]);
        })
    }));
    assert_eq!(panic_text(result), "deep");
    isolate.enter(|cx| {
        assert_eq!(
            cx.defined_func("host", "catches").unwrap().call(cx, &[]).unwrap()[0].as_i32(),
            Some(1)
        );
    });
}

#[test]
fn panics_as_exceptions() {
    quiet();
    let config = IsolateConfig::new().panics(Panics::Throw);
    let mut w =
        World::with_config(&config, |x| if x < 0 { panic!("less than {}", 0) } else { Ok(x) });
    let instance = w.instance.clone();
    w.isolate.enter(|cx| {
        let ask = instance.func(cx, "ask").unwrap().typed::<i32, i32>(cx).unwrap();
        assert_eq!(ask.call(cx, -1).unwrap_err().message(), "exception: panic: less than 0");
        let catch = instance.func(cx, "ask_or").unwrap().typed::<(i32, i32), i32>(cx).unwrap();
        assert_eq!(catch.call(cx, (-1, 9)).unwrap(), 9);
    });
}

struct PanicsInDrop(&'static str);
impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("{}", self.0);
    }
}

#[test]
fn panics_in_drop_wait_until_c_is_left() {
    quiet();
    let mut w = World::new();
    w.isolate.enter(|cx| {
        cx.new_host(PanicsInDrop("first")).unwrap();
        cx.new_host(PanicsInDrop("second")).unwrap();
    });
    let result = catch_unwind(AssertUnwindSafe(|| w.isolate.collect()));
    assert!(["first", "second"].contains(&&*panic_text(result))); // one goes on, both were dropped
    w.isolate.collect();
    // Before a call from outside, as finalizers run then.
    w.isolate.enter(|cx| {
        cx.new_host(PanicsInDrop("third")).unwrap();
    });
    let instance = w.instance.clone();
    let result = catch_unwind(AssertUnwindSafe(|| {
        w.isolate.enter(|cx| {
            cx.collect();
            let _ = instance.func(cx, "same").unwrap().call(cx, &[Value::I32(1)]);
            unreachable!();
        })
    }));
    assert_eq!(panic_text(result), "third");
    // With the isolate; a closure's, too.
    w.isolate.enter(|cx| {
        cx.new_host(PanicsInDrop("last")).unwrap();
    });
    assert_eq!(panic_text(catch_unwind(AssertUnwindSafe(move || drop(w)))), "last");
    let mut isolate = Isolate::new(&engine()).unwrap();
    let held = PanicsInDrop("closure");
    isolate
        .define("host", "f", move || {
            let _ = &held;
        })
        .unwrap();
    assert_eq!(panic_text(catch_unwind(AssertUnwindSafe(move || drop(isolate)))), "closure");
}

/// What is panicked with panics again when it is dropped.
#[test]
fn payloads_that_panic() {
    quiet();
    let mut isolate =
        Isolate::with_config(&engine(), &IsolateConfig::new().panics(Panics::Throw)).unwrap();
    isolate
        .define("host", "f", || -> i32 { std::panic::panic_any(PanicsInDrop("again")) })
        .unwrap();
    isolate.enter(|cx| {
        assert_eq!(
            cx.defined_func("host", "f").unwrap().call(cx, &[]).unwrap_err().trap(),
            Trap::Host
        );
    });
}

#[test]
fn host_objects_live_as_long_as_the_guest_holds_them() {
    let (count, dropped) = counter();
    let mut w = World::new();
    let kept = w.isolate.enter(|cx| {
        cx.new_host(Counted(count.clone())).unwrap();
        let object = cx.new_host(Counted(count.clone())).unwrap();
        cx.persist(object).unwrap()
    });
    w.isolate.collect();
    assert_eq!(dropped(), 1);
    let copy = kept.clone();
    drop(kept);
    w.isolate.collect();
    assert_eq!(dropped(), 1);
    w.isolate.enter(|cx| {
        let object = copy.local(cx).unwrap();
        assert_eq!(cx.host::<Counted>(object).unwrap().0.load(Ordering::SeqCst), 1);
        assert_eq!(cx.host::<i32>(object).unwrap_err().status(), Status::Handle);
        let bytes = cx.new_bytes(b"").unwrap();
        assert_eq!(cx.host::<Counted>(bytes).unwrap_err().status(), Status::Handle);
    });
    // Dropped in another thread: the isolate's thread lets go.
    std::thread::spawn(move || drop(copy)).join().unwrap();
    w.isolate.collect();
    assert_eq!(dropped(), 2);
    assert_eq!(w.isolate.stats().persistent_handles, 0);
    w.isolate.enter(|cx| {
        cx.new_host(Counted(count.clone())).unwrap();
    });
    drop(w);
    assert_eq!(dropped(), 3);
}

/// An extern that C made is not taken for one of ours.
#[test]
fn foreign_host_objects_are_refused() {
    let mut isolate = Isolate::new(&engine()).unwrap();
    isolate.enter(|cx| {
        let mut out = sys::VM_NULL_REF;
        let array = cx.array_type(ValType::nullable(Heap::EXTERN), true).unwrap();
        let array = cx.new_array(&array, 1, None).unwrap();
        // SAFETY: data that nobody looks at; the handle is of this scope. The array gets it into our hands.
        unsafe {
            assert_eq!(
                sys::vm_extern_new(cx.as_raw(), 16 as *mut _, None, &mut out, std::ptr::null_mut()),
                0
            );
            let value = sys::vm_value {
                kind: sys::VM_KIND_REF,
                is_ref: 0,
                of: sys::vm_value__bindgen_ty_1 { ref_: out },
            };
            assert_eq!(
                sys::vm_array_set(cx.as_raw(), array.raw(), 0, &value, std::ptr::null_mut()),
                0
            );
        }
        let object = cx.get_element(array, 0).unwrap().as_ref().unwrap();
        assert_eq!(
            cx.host::<u8>(object).unwrap_err().message(),
            "host object: it was not made by this crate"
        );
    });
}

#[test]
fn what_outlives_its_isolate_is_harmless() {
    let mut w = World::new();
    let instance = w.instance.clone();
    let (object, ty, error) = w.isolate.enter(|cx| {
        let object = cx.new_bytes(b"x").unwrap();
        let error = instance.func(cx, "unbox").unwrap().call(cx, &[Value::Ref(None)]).unwrap_err();
        (cx.persist(object).unwrap(), instance.get_type(cx, "Box").unwrap(), error)
    });
    let module = Module::assemble(&w.engine, WORLD).unwrap();
    drop(w);
    let mut other = World::new();
    other.isolate.enter(|cx| {
        assert_eq!(object.local(cx).unwrap_err().status(), Status::Handle);
        assert_eq!(instance.func(cx, "box").unwrap_err().status(), Status::Handle);
        assert_eq!(instance.memory(cx, "memory").unwrap_err().status(), Status::Handle);
        assert_eq!(cx.new_struct(&ty, &[]).unwrap_err().status(), Status::Handle);
        assert_eq!(error.payload(cx).unwrap_err().status(), Status::Handle);
    });
    drop(module); // the last of the first engine
    assert_eq!(error.trap(), Trap::NullReference);
}

#[test]
fn errors_of_another_isolate_are_thrown_as_text() {
    let inner = World::new();
    let instance = inner.instance.clone();
    let inner = Mutex::new(inner.isolate);
    let mut w = World::with_host(move |x| {
        inner.lock().unwrap().enter(|cx| {
            let div = instance.func(cx, "div")?.typed::<(i32, i32), i32>(cx)?;
            Ok(div.call(cx, (10, x))?)
        })
    });
    let instance = w.instance.clone();
    w.isolate.enter(|cx| {
        let ask = instance.func(cx, "ask").unwrap().typed::<i32, i32>(cx).unwrap();
        assert_eq!(ask.call(cx, 5).unwrap(), 2);
        let error = ask.call(cx, 0).unwrap_err();
        assert_eq!(error.trap(), Trap::None);
        let cause = error.cause().unwrap().downcast_ref::<Error>().unwrap();
        assert_eq!(cause.trap(), Trap::DivideByZero);
    });
}

#[test]
fn things_may_be_forgotten() {
    let engine = engine();
    let mut isolate = Isolate::new(&engine).unwrap();
    isolate.enter(|cx| {
        let object = cx.new_bytes(b"x").unwrap();
        std::mem::forget(cx.persist(object).unwrap());
        let _ = cx.scope(|cx| {
            cx.new_map()?;
            Ok(())
        });
        let m = ModuleBuilder::new("m").unwrap();
        let f = m.func("f", &[], &[]);
        m.body(f).ret(); // and no end
        assert_eq!(m.finish().unwrap_err().status(), Status::State);
    });
    drop(isolate);
}

#[test]
fn references_to_their_own_isolate_do_not_keep_it() {
    let (count, dropped) = counter();
    let mut w = World::new();
    let instance = w.instance.clone();
    let held = Arc::new(Mutex::new(None));
    let inside = held.clone();
    let counted = Counted(count.clone());
    w.isolate
        .define("host", "holds", move || {
            let _ = (&inside, &counted);
        })
        .unwrap();
    w.isolate.enter(|cx| {
        // A host object that holds itself: as long as the isolate.
        let object = cx.new_host((Counted(count.clone()), Mutex::new(None::<Ref>))).unwrap();
        let (_, slot) = cx.host::<(Counted, Mutex<Option<Ref>>)>(object).unwrap();
        *slot.lock().unwrap() = Some(cx.persist(object).unwrap());
        let func = instance.func(cx, "same").unwrap().local();
        *held.lock().unwrap() = Some((cx.persist(func).unwrap(), instance.clone()));
    });
    w.isolate.collect();
    assert_eq!(dropped(), 0);
    drop(w);
    assert_eq!(dropped(), 2);
    drop(held);
}

#[test]
fn on_death_and_weak() {
    let (count, dropped) = counter();
    let mut isolate = Isolate::new(&engine()).unwrap();
    let weak = isolate.enter(|cx| {
        let object = cx.new_bytes(b"x").unwrap();
        let counted = Counted(count.clone());
        cx.on_death(object, move || drop(counted)).unwrap();
        let weak = cx.new_weak(object).unwrap();
        assert_eq!(cx.weak_target(object).unwrap_err().status(), Status::Handle);
        cx.persist(weak).unwrap()
    });
    isolate.collect();
    assert_eq!(dropped(), 1);
    isolate.enter(|cx| {
        let weak = weak.local(cx).unwrap();
        assert!(cx.weak_target(weak).unwrap().is_none());
        let object = cx.new_bytes(b"y").unwrap();
        cx.on_death(object, || ()).unwrap();
    });
}

/// A host function that its own callee calls again, down to the end of the stack.
#[test]
fn host_functions_are_entered_again() {
    let engine = engine();
    let mut isolate = Isolate::new(&engine).unwrap();
    isolate
        .define("host", "down", |cx: &mut Scope<'_>, n: i32| -> Result<i32, Throw> {
            if n == 0 {
                return Ok(0);
            }
            let down = cx.defined_func("host", "down")?.typed::<i32, i32>(cx)?;
            Ok(down.call(cx, n - 1)? + 1)
        })
        .unwrap();
    isolate.enter(|cx| {
        let down = cx.defined_func("host", "down").unwrap().typed::<i32, i32>(cx).unwrap();
        assert_eq!(down.call(cx, 100).unwrap(), 100);
        let error = down.call(cx, i32::MAX).unwrap_err();
        assert_eq!((error.status(), error.trap()), (Status::Exception, Trap::StackOverflow));
        assert_eq!(down.call(cx, 10).unwrap(), 10);
    });
}

#[test]
fn isolates_move_between_threads() {
    let (count, dropped) = counter();
    let engine = engine();
    let module = Module::assemble(&engine, WORLD).unwrap();
    let mut threads = Vec::new();
    for i in 0..4 {
        let (engine, module, count) = (engine.clone(), module.clone(), count.clone());
        threads.push(std::thread::spawn(move || {
            let mut isolate = Isolate::new(&engine).unwrap();
            isolate.define("host", "ask", move |x: i32| x + i).unwrap();
            let instance = isolate.instantiate(&module).unwrap();
            let kept = isolate.enter(|cx| {
                let object = cx.new_host(Counted(count)).unwrap();
                cx.persist(object).unwrap()
            });
            (isolate, instance, kept)
        }));
    }
    let mut worlds: Vec<_> = threads.into_iter().map(|t| t.join().unwrap()).collect();
    for (i, (isolate, instance, _)) in worlds.iter_mut().enumerate() {
        isolate.enter(|cx| {
            let ask = instance.func(cx, "ask").unwrap().typed::<i32, i32>(cx).unwrap();
            assert_eq!(ask.call(cx, 1).unwrap(), 1 + i as i32);
        });
    }
    let threads: Vec<_> = worlds
        .into_iter()
        .map(|(mut isolate, instance, kept)| {
            std::thread::spawn(move || {
                for _ in 0..100 {
                    let other = kept.clone();
                    isolate.enter(|cx| {
                        let object = other.local(cx).unwrap();
                        let same = instance
                            .func(cx, "same_ref")
                            .unwrap()
                            .typed::<Option<Object>, Option<Object>>(cx)
                            .unwrap();
                        assert!(cx.same(same.call(cx, Some(object)).unwrap().unwrap(), object));
                    });
                }
                drop(isolate);
                drop(kept);
            })
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
    assert_eq!(dropped(), 4);
}

#[test]
fn start_functions_panic_and_throw() {
    quiet();
    let engine = engine();
    let text = "module m\nimport func f \"host\" \"f\" () -> ()\nfunc go () -> () {\n call f\n return\n}\nstart go\n";
    let module = Module::assemble(&engine, text).unwrap();
    let mut isolate = Isolate::new(&engine).unwrap();
    let calls = AtomicUsize::new(0);
    isolate
        .define("host", "f", move || -> Result<(), Throw> {
            match calls.fetch_add(1, Ordering::SeqCst) {
                0 => panic!("in start"),
                1 => Err(Throw::text("no")),
                _ => Ok(()),
            }
        })
        .unwrap();
    assert_eq!(
        panic_text(catch_unwind(AssertUnwindSafe(|| {
            let _ = isolate.instantiate(&module);
        }))),
        "in start"
    );
    assert_eq!(isolate.instantiate(&module).unwrap_err().message(), "exception: no");
    isolate.instantiate(&module).unwrap();
}
