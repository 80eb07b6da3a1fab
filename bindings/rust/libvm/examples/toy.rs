//! A language on two pages: numbers, functions, `if`, `let`, and Rust closures to call.
//!
//! ```text
//! fn fib(n) = if n < 2 then n else fib(n - 1) + fib(n - 2)
//! fn main(n) = let x = fib(n) in print(x) + x * 0.5
//! ```
//!
//! `cargo run --example toy -- 'fn main(n) = n * n' 12`. Every value is an f64; true is what is not 0.
//!
//! SPDX-License-Identifier: MIT
use libvm::{
    Engine, FnBuilder, FuncIndex, Isolate, LocalIndex, Module, ModuleBuilder, Op, ValType,
};
use std::collections::HashMap;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const NUMBER: ValType = ValType::F64;

/// Splits into names, numbers and signs, each with its line.
fn tokens(source: &str) -> Vec<(String, u32)> {
    let mut out = Vec::new();
    for (line, text) in source.lines().enumerate() {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
            let length = if word(first) {
                rest.find(|c| !word(c)).unwrap_or(rest.len())
            } else {
                first.len_utf8()
            };
            if !first.is_whitespace() {
                out.push((rest[..length].to_string(), line as u32 + 1));
            }
            rest = &rest[length..];
        }
    }
    out
}

struct Compiler<'a> {
    tokens: &'a [(String, u32)],
    at: usize,
    functions: &'a HashMap<String, (FuncIndex, usize)>,
}

impl<'a> Compiler<'a> {
    fn peek(&self) -> &'a str {
        self.tokens.get(self.at).map_or("", |token| &token.0)
    }

    fn line(&self) -> u32 {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(0, |token| token.1)
    }

    fn next(&mut self) -> &'a str {
        self.at += 1;
        self.tokens.get(self.at - 1).map_or("", |token| &token.0)
    }

    fn accept(&mut self, text: &str) -> bool {
        let found = self.peek() == text;
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, text: &str) -> Result<()> {
        let line = self.line();
        match self.next() {
            found if found == text => Ok(()),
            found => {
                Err(format!("line {}: expected \"{}\", found \"{}\"", line, text, found).into())
            }
        }
    }

    /// One operand more on the stack. Names are looked up from the end, so that inner ones hide outer ones.
    fn expression(
        &mut self,
        f: &FnBuilder<'_>,
        names: &mut Vec<(&'a str, LocalIndex)>,
    ) -> Result<()> {
        f.line(self.line());
        if self.accept("if") {
            self.expression(f, names)?;
            self.expect("then")?;
            let (no, end) = (f.label_here_below(), f.label_here_with(NUMBER));
            f.f64_const(0.0).op(Op::F64_NE).br_unless(no);
            self.expression(f, names)?;
            f.br(end).bind(no);
            self.expect("else")?;
            self.expression(f, names)?;
            f.bind(end);
            return Ok(());
        }
        if self.accept("let") {
            let name = self.next();
            self.expect("=")?;
            self.expression(f, names)?;
            let local = f.local(NUMBER, name);
            f.local_set(local);
            self.expect("in")?;
            names.push((name, local));
            let result = self.expression(f, names);
            names.pop();
            return result;
        }
        self.binary(f, names, 0)
    }

    fn binary(
        &mut self,
        f: &FnBuilder<'_>,
        names: &mut Vec<(&'a str, LocalIndex)>,
        level: usize,
    ) -> Result<()> {
        const LEVELS: [&[(&str, Op)]; 3] = [
            &[("<", Op::F64_LT), (">", Op::F64_GT)],
            &[("+", Op::F64_ADD), ("-", Op::F64_SUB)],
            &[("*", Op::F64_MUL), ("/", Op::F64_DIV)],
        ];
        if level == LEVELS.len() {
            return self.operand(f, names);
        }
        self.binary(f, names, level + 1)?;
        while let Some((_, op)) = LEVELS[level].iter().find(|(sign, _)| *sign == self.peek()) {
            self.at += 1;
            self.binary(f, names, level + 1)?;
            f.op(*op);
            if level == 0 {
                f.op(Op::F64_CONVERT_I32_S);
            }
        }
        Ok(())
    }

    fn operand(&mut self, f: &FnBuilder<'_>, names: &mut Vec<(&'a str, LocalIndex)>) -> Result<()> {
        let line = self.line();
        let token = self.next();
        if token == "(" {
            self.expression(f, names)?;
            return self.expect(")");
        }
        if let Ok(number) = token.parse() {
            f.f64_const(number);
            return Ok(());
        }
        if self.accept("(") {
            let (func, wanted) =
                self.functions.get(token).ok_or(format!("line {}: no function {}", line, token))?;
            let mut count = 0;
            while !self.accept(")") {
                if count > 0 {
                    self.expect(",")?;
                }
                self.expression(f, names)?;
                count += 1;
            }
            if count != *wanted {
                return Err(format!(
                    "line {}: {} takes {} arguments, found {}",
                    line, token, wanted, count
                )
                .into());
            }
            f.line(line).call(*func);
            return Ok(());
        }
        match names.iter().rev().find(|name| name.0 == token) {
            Some((_, local)) => f.local_get(*local),
            None => {
                return Err(format!("line {}: expected a value, found \"{}\"", line, token).into())
            }
        };
        Ok(())
    }
}

/// What the language's labels are: the operands around an `if` wait below.
trait Labels {
    fn label_here_below(&self) -> libvm::Label;
    fn label_here_with(&self, ty: ValType) -> libvm::Label;
}

impl Labels for FnBuilder<'_> {
    /// Behind the condition, which is on the stack now and is not there.
    fn label_here_below(&self) -> libvm::Label {
        self.label(&vec![NUMBER; self.depth() as usize - 1])
    }
    /// The same with a result on top.
    fn label_here_with(&self, ty: ValType) -> libvm::Label {
        let mut stack = vec![NUMBER; self.depth() as usize - 1];
        stack.push(ty);
        self.label(&stack)
    }
}

/// Makes a module of a program, which may call the host's functions.
pub fn compile(engine: &Engine, source: &str, host: &[(&str, usize)]) -> Result<Module> {
    let tokens = tokens(source);
    let m = ModuleBuilder::new("toy")?;
    m.file("toy.src");
    let mut functions = HashMap::new();
    for (name, count) in host {
        let func = m.import_func("toy", name, &vec![NUMBER; *count], &[NUMBER]);
        functions.insert(name.to_string(), (func, *count));
    }
    // First all heads, so that functions call each other in any order; then the bodies.
    let (mut bodies, none) = (Vec::new(), HashMap::new());
    for (at, token) in tokens.iter().enumerate().filter(|(_, token)| token.0 == "fn") {
        let mut head = Compiler { tokens: &tokens, at: at + 1, functions: &none };
        let name = head.next();
        let mut params = Vec::new();
        head.expect("(")?;
        while !head.accept(")") {
            match head.next() {
                "," => continue,
                "" => return Err(format!("line {}: expected \")\", found the end", token.1).into()),
                param => params.push((param, LocalIndex::from_raw(params.len() as u32))),
            }
        }
        head.expect("=")?;
        let func = m.func(name, &vec![NUMBER; params.len()], &[NUMBER]);
        m.export_func(name, func);
        functions.insert(name.to_string(), (func, params.len()));
        bodies.push((func, params, head.at));
    }
    for (func, mut params, at) in bodies {
        let mut body = Compiler { tokens: &tokens, at, functions: &functions };
        let f = m.body(func);
        body.expression(&f, &mut params)?;
        f.ret();
        f.end();
        if !matches!(body.peek(), "fn" | "") {
            return Err(
                format!("line {}: expected fn, found \"{}\"", body.line(), body.peek()).into()
            );
        }
    }
    Ok(m.load(engine)?)
}

/// Runs `main(argument)`; `print` prints.
pub fn run(source: &str, argument: f64, print: impl Fn(f64) + Send + 'static) -> Result<f64> {
    let engine = Engine::new()?;
    let module = compile(&engine, source, &[("print", 1)])?;
    let mut isolate = Isolate::new(&engine)?;
    isolate.define("toy", "print", move |x: f64| {
        print(x);
        0.0f64
    })?;
    let instance = isolate.instantiate(&module)?;
    isolate.enter(|cx| {
        let main = instance.func(cx, "main")?.typed::<f64, f64>(cx)?;
        Ok(main.call(cx, argument)?)
    })
}

#[allow(dead_code)]
fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let default = "fn fib(n) = if n < 2 then n else fib(n - 1) + fib(n - 2)\n\
                   fn main(n) = let x = fib(n) in print(x) + x * 0.5";
    let source = arguments.next().unwrap_or_else(|| default.to_string());
    let argument = arguments.next().map_or(Ok(20.0), |text| text.parse())?;
    println!("{}", run(&source, argument, |x| println!("{}", x))?);
    Ok(())
}
