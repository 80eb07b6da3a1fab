//! The example's language: programs and their results, mistakes and their places.
//!
//! SPDX-License-Identifier: MIT
#[path = "../../examples/toy.rs"]
mod toy;

use std::sync::{Arc, Mutex};

fn eval(source: &str, argument: f64) -> f64 {
    toy::run(source, argument, |_| ()).unwrap()
}

#[test]
fn programs() {
    assert_eq!(eval("fn main(n) = n * n - 2 * (n + 1)", 5.0), 13.0);
    assert_eq!(eval("fn main(n) = 1 + (if n > 2 then 10 else 20) * 2", 3.0), 21.0);
    assert_eq!(eval("fn main(n) = let n = n + 1 in let m = n * 2 in m - n", 4.0), 5.0);
    let fib = "fn fib(n) = if n < 2 then n else fib(n - 1) + fib(n - 2)\nfn main(n) = fib(n)";
    assert_eq!(eval(fib, 20.0), 6765.0);
    assert_eq!(
        eval(
            "fn main(n) = even(n)\nfn even(n) = if n < 1 then 1 else odd(n - 1)\n\
                     fn odd(n) = if n < 1 then 0 else even(n - 1)",
            11.0
        ),
        0.0
    );
}

#[test]
fn printing() {
    let printed = Arc::new(Mutex::new(Vec::new()));
    let sink = printed.clone();
    let source =
        "fn count(n) = if n < 1 then 0 else print(n) + count(n - 1)\nfn main(n) = count(n)";
    assert_eq!(toy::run(source, 3.0, move |x| sink.lock().unwrap().push(x)).unwrap(), 0.0);
    assert_eq!(*printed.lock().unwrap(), [3.0, 2.0, 1.0]);
}

#[test]
fn mistakes() {
    for (source, message) in [
        ("fn main(n) = n +", "line 1: expected a value, found \"\""),
        ("fn main(n) =\n m", "line 2: expected a value, found \"m\""),
        ("fn main(n) = f(n)", "line 1: no function f"),
        ("fn f(a, b) = a\nfn main(n) = f(n)", "line 2: f takes 2 arguments, found 1"),
        ("fn main(n) = if n else 2", "line 1: expected \"then\", found \"else\""),
        ("fn main(", "line 1: expected \")\", found the end"),
    ] {
        assert_eq!(toy::run(source, 0.0, |_| ()).unwrap_err().to_string(), message);
    }
    let endless = toy::run("fn main(n) = main(n) + 1", 0.0, |_| ()).unwrap_err();
    let endless = endless.downcast_ref::<libvm::Error>().unwrap();
    assert_eq!(endless.trap(), libvm::Trap::StackOverflow);
    assert_eq!(endless.backtrace()[0].line, Some(1));
}
