//! The builder: mistakes, whatever it is given, and a module with a bit of everything.
//!
//! SPDX-License-Identifier: MIT
use crate::common::*;
use libvm::*;

#[test]
fn builder_mistakes_have_their_place() {
    let m = ModuleBuilder::new("m").unwrap();
    let f = m.func("f", &[], &[ValType::I32]);
    let body = m.body(f);
    body.line(12).i32_const(1).op(Op::F64_ADD).ret();
    body.end();
    m.export_func("f", f); // does nothing any more
    let error = m.finish().unwrap_err();
    assert_eq!((error.status(), error.line()), (Status::Argument, Some(12)));
    let m = ModuleBuilder::new("").unwrap();
    m.func("f", &[], &[]);
    assert_eq!(m.finish().unwrap_err().status(), Status::State);
    let m = ModuleBuilder::new("m").unwrap();
    let f = m.func("f", &[], &[]);
    m.body(f).ret(); // never ended
    assert_eq!(m.finish().unwrap_err().status(), Status::State);
    let m = ModuleBuilder::new("m").unwrap();
    let body = m.body(FuncIndex::from_raw(9)); // there is none: nothing is done with it
    assert!(!body.is_reachable() && body.depth() == 0);
    body.i32_const(1)
        .call(FuncIndex::from_raw(3))
        .bind(Label::from_raw(7))
        .switch(&[], Label::from_raw(1));
    body.end();
    assert_eq!(m.finish().unwrap_err().status(), Status::Argument);
}

/// Whatever a safe program gives the builder: an error, or a module that loads.
#[test]
fn builder_takes_anything() {
    let engine = engine();
    let (mut state, mut loaded) = (1u64, 0);
    let mut draw = move |below: u64| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % below
    };
    for _ in 0..3000 {
        let m = ModuleBuilder::new("any").unwrap();
        let node = m.declare_type("Node");
        if draw(4) > 0 {
            m.define_type(
                node,
                None,
                &[
                    ("x", ValType::I32, true),
                    ("", ValType::nullable(TypeIndex::from_raw(draw(9) as u32 / 7)), true),
                ],
            );
        }
        let types = [
            ValType::I32,
            ValType::I64,
            ValType::F64,
            ValType::DYN,
            ValType::nullable(node),
            ValType::I8,
        ];
        let ty = |draw: &mut dyn FnMut(u64) -> u64| types[draw(types.len() as u64) as usize];
        let t = ty(&mut draw);
        let f = m.func("f", &[t, ty(&mut draw)], &[t]);
        let g = if draw(2) == 0 { m.func_env("g", &[], &[], node) } else { m.func("g", &[], &[]) };
        let (a, b) = (m.body(f), m.body(if draw(8) == 0 { f } else { g }));
        for _ in 0..draw(12) * draw(2) {
            let body = if draw(3) == 0 { &b } else { &a };
            match draw(9) {
                0 => body.op(Op::from_raw(draw(0x120) as u32)),
                1 => body.op1(Op::from_raw(draw(0x100) as u32), draw(4)),
                2 => body.op2(Op::from_raw(0xF000 + draw(0x50) as u32), draw(4), draw(4)),
                3 => body.op3(Op::from_raw(0xF000 + draw(0x50) as u32), draw(4), u64::MAX, draw(4)),
                4 => body.local_get(LocalIndex::from_raw(draw(4) as u32)),
                5 => body.i32_const(draw(9) as i32),
                6 => body.bind(if draw(2) == 0 {
                    body.label_here(&[])
                } else {
                    Label::from_raw(draw(3) as u32)
                }),
                7 => {
                    body.switch(&[Label::from_raw(draw(3) as u32)], Label::from_raw(draw(3) as u32))
                }
                _ => body.call(if draw(2) == 0 { f } else { g }),
            };
        }
        a.local_get(a.param(0)).ret();
        a.end();
        b.ret();
        b.end();
        m.export_func("f", FuncIndex::from_raw(draw(9) as u32 / 4));
        if let Ok(bytes) = m.finish() {
            Module::load(&engine, &bytes).unwrap();
            loaded += 1;
        }
    }
    assert!(loaded > 20, "{} loaded", loaded);
}

#[test]
fn builder_makes_everything() {
    let engine = engine();
    let m = ModuleBuilder::new("all").unwrap();
    m.producers("a test");
    let node = m.declare_type("Node");
    m.define_type(
        node,
        None,
        &[("value", ValType::I32, true), ("next", ValType::nullable(node), true)],
    );
    let special = m.struct_type("Special", Some(node), &[("extra", ValType::I8, true)]);
    let bytes = m.array_type("", ValType::I8, true);
    let unary = m.func_type(&FuncType::new([ValType::I32], [ValType::I32]));
    let host = m.import_func("host", "f", &[ValType::I32], &[ValType::I32]);
    let memory = m.memory("memory", 1, Some(2));
    m.data_active("", memory, &Init::I32(4), b"\x2A");
    let text = m.data("text", b"hello");
    let table = m.table("t", ValType::nullable(unary), 2, None);
    let base = m.global("base", ValType::I32, false, &Init::I32(40));
    let more = m.global(
        "more",
        ValType::I32,
        true,
        &Init::Expr(vec![Init::Global(base), Init::I32(2), Init::Add]),
    );
    let twice = m.func("twice", &[ValType::I32], &[ValType::I32]);
    m.elem_active("", table, &Init::I32(1), ValType::nullable(unary), &[Init::Func(twice)]);
    m.elem("", ValType::nullable(unary), &[Init::Null]);
    let f = m.body(twice);
    f.local_get(f.param(0)).i32_const(2).op(Op::I32_MUL).call(host).ret();
    f.end();

    let run = m.func("run", &[ValType::I32], &[ValType::I32]);
    let f = m.body(run);
    let n = f.param(0);
    f.name_local(n, "n");
    assert_eq!(f.local_type(n), Some(ValType::I32));
    let object = f.local(ValType::nullable(node), "object");
    let (zero, one, other, end) =
        (f.label(&[]), f.label(&[]), f.label(&[]), f.label(&[ValType::I32]));
    f.local_get(n).switch(&[zero, one], other);
    f.bind(zero)
        .i32_const(5)
        .ref_null(ValType::nullable(node))
        .i32_const(6)
        .struct_new(special)
        .local_tee(object);
    f.struct_get(node, 0).br(end);
    f.bind(one).i32_const(0).load(Op::I32_LOAD, memory, 4).br(end);
    f.bind(other).local_get(n).i32_const(1).call_indirect(table, unary).br(end);
    f.bind(end).global_get(more).op(Op::I32_ADD).ret();
    f.end();

    let handled = m.func("handled", &[ValType::I32], &[ValType::I32]);
    let f = m.body(handled);
    let handler = f.label(&[ValType::reference(Heap::EXN)]);
    let range = f.try_begin(handler);
    f.i32_const(1).local_get(f.param(0)).op(Op::I32_DIV_S).ret();
    f.try_end(range).bind(handler).drop().i32_const(-1).ret();
    f.end();

    let string = m.func("string", &[], &[ValType::reference(bytes)]);
    let f = m.body(string);
    f.i32_const(0).i32_const(5).op2(Op::ARRAY_NEW_DATA, bytes, text).ret();
    f.end();

    let env = m.struct_type("Env", None, &[("n", ValType::I32, false)]);
    let adder = m.func_env("adder", &[ValType::I32], &[ValType::I32], env);
    let make = m.func("make", &[ValType::I32], &[ValType::reference(unary)]);
    let (f, g) = (m.body(make), m.body(adder)); // both open
    g.local_get(g.param(0)).local_get(g.param(1)).struct_get(env, 0).op(Op::I32_ADD).ret();
    f.local_get(f.param(0)).struct_new(env).closure_new(adder).ret();
    f.end();
    g.end();
    for (name, func) in [("run", run), ("handled", handled), ("string", string), ("make", make)] {
        m.export_func(name, func);
    }
    m.export_type("Node", node);
    m.export_memory("memory", memory);
    m.export_table("t", table);
    m.export_global("more", more);
    let module = m.load(&engine).unwrap();
    let mut isolate = Isolate::new(&engine).unwrap();
    isolate.define("host", "f", |x: i32| x + 1).unwrap();
    let instance = isolate.instantiate(&module).unwrap();
    isolate.enter(|cx| {
        let run = instance.func(cx, "run").unwrap().typed::<i32, i32>(cx).unwrap();
        let results: Vec<i32> = (0..4).map(|n| run.call(cx, n).unwrap()).collect();
        assert_eq!(results, [5 + 42, 42 + 42, 5 + 42, 7 + 42]);
        let handled = instance.func(cx, "handled").unwrap().typed::<i32, i32>(cx).unwrap();
        assert_eq!((handled.call(cx, 1).unwrap(), handled.call(cx, 0).unwrap()), (1, -1));
        let string = instance
            .func(cx, "string")
            .unwrap()
            .typed::<(), Object>(cx)
            .unwrap()
            .call(cx, ())
            .unwrap();
        assert_eq!(cx.read_bytes(string).unwrap(), b"hello");
        let make = instance.func(cx, "make").unwrap().typed::<i32, FuncObject>(cx).unwrap();
        let add = cx.func(make.call(cx, 10).unwrap()).unwrap().typed::<i32, i32>(cx).unwrap();
        assert_eq!(add.call(cx, 5).unwrap(), 15);
        assert_eq!(instance.get_type_at(cx, node).unwrap(), instance.get_type(cx, "Node").unwrap());
    });
}
