//! The C API of libvm as it is. The crate `libvm` is the safe interface; the headers and their comments, which
//! are repeated here, say what each function may be given and what comes back.
//!
//! SPDX-License-Identifier: MIT
#![allow(non_camel_case_types, non_upper_case_globals, non_snake_case, clippy::all)]
#![allow(
    rustdoc::broken_intra_doc_links,
    rustdoc::invalid_html_tags,
    rustdoc::bare_urls,
    rustdoc::invalid_rust_codeblocks
)]

include!("bindings.rs");

// ---- what the headers define as macros or inline functions ----

/// The value type `i32`.
pub const VM_I32: vm_type = VM_KIND_I32 << 28;
/// The value type `i64`.
pub const VM_I64: vm_type = VM_KIND_I64 << 28;
/// The value type `f32`.
pub const VM_F32: vm_type = VM_KIND_F32 << 28;
/// The value type `f64`.
pub const VM_F64: vm_type = VM_KIND_F64 << 28;
/// The value type `dyn`.
pub const VM_DYN: vm_type = VM_KIND_DYN << 28;
/// The storage type of packed 8-bit fields and elements.
pub const VM_I8: vm_type = 0xE000_0000;
/// The storage type of packed 16-bit fields and elements.
pub const VM_I16: vm_type = 0xF000_0000;

/// A reference, never null, to a heap type.
pub const fn VM_REF(heap: u32) -> vm_type {
    VM_KIND_REF << 28 | heap
}

/// A reference, or null, to a heap type.
pub const fn VM_REF_NULL(heap: u32) -> vm_type {
    VM_REF(heap) | 0x0800_0000
}

/// The tagged word of a `dyn` that is nil.
pub const VM_DYN_NIL: u64 = 0;
/// The tagged word of a `dyn` that is false.
pub const VM_DYN_FALSE: u64 = 6;
/// The tagged word of a `dyn` that is true.
pub const VM_DYN_TRUE: u64 = 7;
/// The tag of a `dyn` integer, in whose low half its 32 bits are.
pub const VM_DYN_INT: u64 = 0xFFFE_0000_0000_0000;
/// What is added to the bits of a double to make it a `dyn`.
pub const VM_DYN_DOUBLE: u64 = 0x0002_0000_0000_0000;

/// The null reference.
pub const VM_NULL_REF: vm_ref = vm_ref { index: 0, serial: 0 };
