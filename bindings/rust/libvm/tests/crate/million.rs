//! Very many calls in each direction, with objects, exceptions and collections. LIBVM_CALLS says how many, 20,000
//! by default; with a collection at every allocation a fiftieth of that.
//!
//! SPDX-License-Identifier: MIT
use crate::common::*;
use libvm::*;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::Arc;

struct Item(i64, Arc<AtomicI64>);
impl Drop for Item {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Debug)]
struct Refused(i32);
impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "refused {}", self.0)
    }
}
impl std::error::Error for Refused {}

fn count() -> i64 {
    std::env::var("LIBVM_CALLS")
        .map_or(20_000, |text| text.parse().expect("LIBVM_CALLS is a number"))
}

fn calls(config: &IsolateConfig, count: i64) {
    let alive = Arc::new(AtomicI64::new(0));
    let mut w =
        World::with_config(
            config,
            |x| if x % 10 == 3 { Err(Refused(x).into()) } else { Ok(x + 1) },
        );
    let instance = w.instance.clone();
    let mut kept: Option<Ref> = None;
    for round in 0..count / 100 {
        w.isolate.enter(|cx| {
            let func = |name| instance.func(cx, name).unwrap();
            let make = func("box").typed::<i64, Object>(cx).unwrap();
            let unbox = func("unbox").typed::<Option<Object>, i64>(cx).unwrap();
            let same = func("same_ref").typed::<Option<Object>, Option<Object>>(cx).unwrap();
            let ask = func("ask").typed::<i32, i32>(cx).unwrap();
            let ask_or = func("ask_or").typed::<(i32, i32), i32>(cx).unwrap();
            for i in 0..100 {
                let n = round * 100 + i;
                cx.scope(|cx| {
                    let object = make.call(cx, n)?;
                    assert_eq!(unbox.call(cx, Some(object))?, n);
                    alive.fetch_add(1, Ordering::Relaxed);
                    let item = cx.new_host(Item(n, alive.clone()))?;
                    let back = same.call(cx, Some(item))?.unwrap();
                    assert_eq!(cx.host::<Item>(back)?.0, n);
                    match ask.call(cx, n as i32) {
                        Ok(x) => assert_eq!(i64::from(x), n + 1),
                        Err(error) => {
                            assert_eq!(n % 10, 3);
                            let cause =
                                error.cause().and_then(|cause| cause.downcast_ref::<Refused>());
                            assert_eq!(cause.unwrap().0, n as i32);
                            assert!(error.payload(cx)?.unwrap().as_ref().is_some());
                        }
                    }
                    let caught = i64::from(ask_or.call(cx, (n as i32, -1))?);
                    assert_eq!(caught, if n % 10 == 3 { -1 } else { n + 1 });
                    if i % 10 == 0 {
                        if let Some(old) = kept.replace(cx.persist(item)?) {
                            assert!(cx.host::<Item>(old.local(cx)?)?.0 < n);
                        }
                    }
                    Ok(())
                })
                .unwrap();
            }
            if round % 10 == 0 {
                cx.collect();
            }
        });
    }
    w.isolate.collect();
    assert_eq!(alive.load(Ordering::Relaxed), i64::from(kept.is_some()));
    w.isolate.enter(|cx| cx.verify_heap()).unwrap();
    let stats = w.isolate.stats();
    assert_eq!(
        (stats.local_handles, stats.persistent_handles),
        (0, i64::from(kept.is_some()) as u64)
    );
    assert!(stats.collections > 0 && stats.exceptions as i64 >= count / 100 * 20 - 2);
    drop(w);
    assert_eq!(alive.load(Ordering::Relaxed), 0);
}

#[test]
fn calls_both_ways() {
    calls(&IsolateConfig::new(), count());
}

#[test]
fn calls_with_a_collection_at_every_allocation() {
    calls(&IsolateConfig::new().gc_stress(true), count() / 50);
}

#[test]
fn calls_in_threads() {
    let threads: Vec<_> =
        (0..4).map(|_| std::thread::spawn(|| calls(&IsolateConfig::new(), count() / 4))).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}
