#![doc = include_str!("../README.md")]
//!
//! # The rules, and what holds them
//!
//! | rule of libvm | here |
//! | --- | --- |
//! | engines and modules may be used by any thread | [`Engine`] and [`Module`] are `Send` and `Sync`, and counted: they live as long as what was made from them |
//! | an isolate is used by one thread at a time | [`Isolate`] is `Send` and not `Sync`; so everything put into it (closures, host objects) is `Send` |
//! | a handle is valid until its scope closes | [`Local`] carries the lifetime of its [`Scope`]; scopes are closures, so that they close in order |
//! | a handle belongs to its isolate | that lifetime is of one scope of one isolate alone: another isolate's `Local` does not compile. What outlives scopes, [`Ref`], [`Instance`] and [`Type`], is compared when it is used, and refused with an [`Error`] |
//! | nothing may unwind through C | panics in host functions and in `drop` are caught, end the guest, and go on at the Rust caller of the guest |
//! | a view of a memory ends when the guest runs | it borrows the [`Scope`] mutably, so that nothing can run meanwhile |
//!
//! SPDX-License-Identifier: MIT
#![deny(missing_docs, unsafe_op_in_unsafe_fn)]

mod builder;
mod engine;
mod error;
mod function;
mod host;
mod instance;
mod isolate;
mod module;
mod object;
mod scope;
mod typed;
mod value;

pub use builder::{
    Data, Elem, File, FuncIndex, Global, Init, Label, LocalIndex, Memory, ModuleBuilder, Op, Table,
    Try, TypeIndex,
};
pub use engine::{version, Engine, EngineConfig, EngineStats, Tier};
pub use error::{Error, Frame, Result, Status, Throw, Trap};
pub use function::FnBuilder;
pub use host::{Args, HostFunction, HostResult, WithScope};
pub use instance::{Caller, Instance, InstanceRef};
pub use isolate::{InterruptHandle, Isolate, IsolateConfig, IsolateStats, Panics};
pub use libvm_sys as sys;
pub use module::{Entity, Export, Import, Module};
pub use object::{DynamicKind, ObjectInfo, Type};
pub use scope::{Local, Nested, Ref, Scope};
pub use typed::{
    ArrayObject, Dynamic, Func, FuncObject, HostObject, List, ListAt, Object, StructObject, Ty,
    TyAt, TypedFunc,
};
pub use value::{Dyn, FuncType, Heap, ValType, Value};

/// A name for C: U+0000 becomes the two bytes that libvm takes for it, so that no name is refused.
pub(crate) fn c_name(name: &str) -> std::ffi::CString {
    let mut bytes = Vec::with_capacity(name.len() + 1);
    for byte in name.bytes() {
        match byte {
            0 => bytes.extend_from_slice(&[0xC0, 0x80]),
            other => bytes.push(other),
        }
    }
    std::ffi::CString::new(bytes).expect("no NUL is left")
}

/// A name from C; `None` for NULL.
///
/// # Safety
/// `name` is NULL or ends in NUL.
pub(crate) unsafe fn from_c(name: *const std::os::raw::c_char) -> Option<String> {
    if name.is_null() {
        return None;
    }
    // SAFETY: as the caller says.
    let bytes = unsafe { std::ffi::CStr::from_ptr(name) }.to_bytes();
    if !bytes.contains(&0xC0) {
        return Some(String::from_utf8_lossy(bytes).into_owned());
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let nul = bytes[at..].starts_with(&[0xC0, 0x80]);
        out.push(if nul { 0 } else { bytes[at] });
        at += if nul { 2 } else { 1 };
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}

/// A length that C takes in 32 bits; what is longer is more than libvm allows of anything, and is refused as such.
pub(crate) fn len32(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
