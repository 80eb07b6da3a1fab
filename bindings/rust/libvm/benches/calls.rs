//! What a call costs: `calls TIER COUNT FILE [CALL]`, as bench/calls.c. bench.sh runs both.
//!
//! SPDX-License-Identifier: MIT
use libvm::{Engine, EngineConfig, Instance, Isolate, Local, Module, Object, Result, Scope, Tier};

extern "C" {
    fn clock() -> std::os::raw::c_long;
}

/// Processor time in nanoseconds.
fn now() -> f64 {
    // SAFETY: no arguments. POSIX has a million a second.
    unsafe { clock() as f64 * 1000.0 }
}

type Call = for<'s> fn(&mut Scope<'s>, &Instance, i32, Local<'s>) -> Result<()>;

fn guest_i32<'s>(cx: &mut Scope<'s>, instance: &Instance, count: i32, _: Local<'s>) -> Result<()> {
    let same = instance.func(cx, "same")?.typed::<i32, i32>(cx)?;
    let mut sum = 0;
    for i in 0..count {
        sum += i64::from(same.call(cx, i)?);
    }
    assert_eq!(sum, i64::from(count) * i64::from(count - 1) / 2);
    Ok(())
}

fn guest_i32_f64<'s>(
    cx: &mut Scope<'s>,
    instance: &Instance,
    count: i32,
    _: Local<'s>,
) -> Result<()> {
    let mix = instance.func(cx, "mix")?.typed::<(i32, f64), i64>(cx)?;
    let mut sum = 0;
    for i in 0..count {
        sum += mix.call(cx, (i, f64::from(i)))?;
    }
    assert_eq!(sum, i64::from(count) * i64::from(count - 1) / 2);
    Ok(())
}

fn guest_object<'s>(
    cx: &mut Scope<'s>,
    instance: &Instance,
    count: i32,
    object: Local<'s>,
) -> Result<()> {
    let same = instance.func(cx, "same_ref")?.typed::<Option<Object>, Option<Object>>(cx)?;
    for _ in 0..count {
        cx.scope(|cx| same.call(cx, Some(object)).map(|_| ()))?;
    }
    Ok(())
}

fn host_i32<'s>(cx: &mut Scope<'s>, instance: &Instance, count: i32, _: Local<'s>) -> Result<()> {
    instance.func(cx, "ask_many")?.typed::<i32, i32>(cx)?.call(cx, count).map(|_| ())
}

fn host_object<'s>(
    cx: &mut Scope<'s>,
    instance: &Instance,
    count: i32,
    object: Local<'s>,
) -> Result<()> {
    instance
        .func(cx, "pass_many")?
        .typed::<(i32, Option<Object>), ()>(cx)?
        .call(cx, (count, Some(object)))
}

fn main() -> Result<()> {
    // cargo gives --bench as well.
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|text| !text.starts_with("--")).collect();
    let (tier, count, file) = match &arguments[..] {
        [tier, count, file] | [tier, count, file, _] => {
            (&tier[..], count.parse::<i32>().expect("a number"), file)
        }
        _ => return Ok(()), // cargo test runs it, too
    };
    let config = EngineConfig::new().tier(if tier == "2" { Tier::Two } else { Tier::One });
    let engine = Engine::with_config(&config)?;
    let module = Module::assemble(&engine, &std::fs::read_to_string(file).expect("the file"))?;
    let mut isolate = Isolate::new(&engine)?;
    let one = std::cell::Cell::new(1);
    isolate.define("host", "ask", move |x: i32| x + one.get())?;
    isolate
        .define_with::<Option<Object>, Option<Object>, _>("host", "pass", |_, object| Ok(object))?;
    let instance = isolate.instantiate(&module)?;
    isolate.enter(|cx| {
        let object = cx.new_host(())?;
        let calls: [(&str, Call); 5] = [
            ("guest_i32", guest_i32),
            ("guest_i32_f64", guest_i32_f64),
            ("guest_object", guest_object),
            ("host_i32", host_i32),
            ("host_object", host_object),
        ];
        for (name, call) in calls {
            if arguments.get(3).map_or(true, |only| only == name) {
                call(cx, &instance, count / 10 + 1, object)?; // warm
                let begin = now();
                call(cx, &instance, count, object)?;
                println!("{} {:.2}", name, (now() - begin) / f64::from(count));
            }
        }
        Ok(())
    })
}
