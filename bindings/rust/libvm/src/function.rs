//! The builder of function bodies.
//!
//! SPDX-License-Identifier: MIT
use crate::builder::{
    index_of, optional, raw_types, File, FuncIndex, Global, Label, LocalIndex, Memory,
    ModuleBuilder, Op, Table, Try, TypeIndex,
};
use crate::value::ValType;
use crate::{len32, sys};
use std::marker::PhantomData;
use std::ptr;

/// A function body under construction. Every instruction is checked against the types on the operand stack; the
/// first mistake is kept, as [`ModuleBuilder`] says. Dropped without [`FnBuilder::end`], the function is missing.
pub struct FnBuilder<'b> {
    raw: *mut sys::vm_fn, // NULL after a mistake
    builder: PhantomData<&'b ModuleBuilder>,
}

macro_rules! simple {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $ty:ty => $value:expr),*) = $call:ident;)*) => {
        $($(#[$doc])*
        pub fn $name(&self $(, $arg: $ty)*) -> &Self {
            // SAFETY: the body is open; C checks what it is given.
            unsafe { sys::$call(self.raw $(, $value)*) };
            self
        })*
    };
}

impl<'b> FnBuilder<'b> {
    pub(crate) fn new(_: &'b ModuleBuilder, raw: *mut sys::vm_fn) -> FnBuilder<'b> {
        FnBuilder { raw, builder: PhantomData }
    }

    /// The body is complete: every label is bound, every range closed, and control does not fall off the end.
    pub fn end(self) {
        // SAFETY: open until now, and gone after this.
        unsafe { sys::vm_fn_end(self.raw) };
    }

    /// A new local, which starts as zero, null or nil.
    pub fn local(&self, ty: ValType, name: &str) -> LocalIndex {
        let name = optional(name);
        index_of!(self, LocalIndex, |i| sys::vm_fn_local(self.raw, ty.0, name.ptr(), i))
    }

    /// Name a local, parameters included.
    pub fn name_local(&self, local: LocalIndex, name: &str) -> &Self {
        let name = optional(name);
        // SAFETY: the name is borrowed for the call.
        unsafe { sys::vm_fn_local_name(self.raw, local.0, name.ptr()) };
        self
    }

    /// Parameter `index`, as a local.
    pub fn param(&self, index: u32) -> LocalIndex {
        LocalIndex(index)
    }

    /// The type of a local. To ask for one that is not there is a mistake like any other.
    pub fn local_type(&self, local: LocalIndex) -> Option<ValType> {
        let mut ty = 0;
        // SAFETY: the body is open, or NULL.
        let status = unsafe { sys::vm_fn_local_type(self.raw, local.0, &mut ty) };
        if status == sys::VM_OK {
            Some(ValType(ty))
        } else {
            None
        }
    }

    /// Can an instruction be emitted here? Not behind an unconditional transfer, where only a label can follow.
    pub fn is_reachable(&self) -> bool {
        // SAFETY: the body is open, or NULL.
        !self.raw.is_null() && unsafe { sys::vm_fn_reachable(self.raw) != 0 }
    }

    /// How many operands are on the stack.
    pub fn depth(&self) -> u32 {
        // SAFETY: as above.
        if self.raw.is_null() {
            0
        } else {
            unsafe { sys::vm_fn_depth(self.raw) }
        }
    }

    /// A new label: `stack` is the whole operand stack there, deepest first.
    pub fn label(&self, stack: &[ValType]) -> Label {
        let types = raw_types(stack);
        index_of!(self, Label, |i| sys::vm_fn_label_new(
            self.raw,
            types.as_ptr(),
            len32(types.len()),
            ptr::null(),
            i
        ))
    }

    /// A new label whose operand stack is the present one with `types` on top.
    pub fn label_here(&self, types: &[ValType]) -> Label {
        let types = raw_types(types);
        index_of!(self, Label, |i| sys::vm_fn_label_here(
            self.raw,
            types.as_ptr(),
            len32(types.len()),
            ptr::null(),
            i
        ))
    }

    /// Open a range of instructions whose exceptions continue at `handler`, a label whose only type is `(ref exn)`.
    pub fn try_begin(&self, handler: Label) -> Try {
        index_of!(self, Try, |i| sys::vm_fn_try_begin(self.raw, handler.0, i))
    }

    /// `switch`: jump to `labels[i]` for the popped i, to `otherwise` if there is none.
    pub fn switch(&self, labels: &[Label], otherwise: Label) -> &Self {
        let labels: Vec<u32> = labels.iter().map(|label| label.0).collect();
        // SAFETY: labels are borrowed for the call.
        unsafe { sys::vm_fn_switch(self.raw, labels.as_ptr(), len32(labels.len()), otherwise.0) };
        self
    }

    simple! {
        /// Bind a label here.
        bind(label: Label => label.0) = vm_fn_label_bind;
        /// Close a range.
        try_end(range: Try => range.0) = vm_fn_try_end;
        /// Instructions from here on come from this source line; 0: from none.
        line(line: u32 => line) = vm_fn_line;
        /// The source file of this function.
        file(file: File => file.0) = vm_fn_file;
        /// An instruction without immediate operands.
        op(op: Op => op.0) = vm_fn_op;
        /// An instruction with one: an index, a count, a constant's bits, a type, a label.
        op1(op: Op => op.0, a: impl Into<u64> => a.into()) = vm_fn_op1;
        /// An instruction with two.
        op2(op: Op => op.0, a: impl Into<u64> => a.into(), b: impl Into<u64> => b.into()) = vm_fn_op2;
        /// An instruction with three.
        op3(op: Op => op.0, a: impl Into<u64> => a.into(), b: impl Into<u64> => b.into(),
            c: impl Into<u64> => c.into()) = vm_fn_op3;
        /// `i32.const`
        i32_const(value: i32 => value) = vm_fn_i32_const;
        /// `i64.const`
        i64_const(value: i64 => value) = vm_fn_i64_const;
        /// `f32.const`
        f32_const(value: f32 => value) = vm_fn_f32_const;
        /// `f64.const`
        f64_const(value: f64 => value) = vm_fn_f64_const;
        /// `local.get`
        local_get(local: LocalIndex => local.0) = vm_fn_local_get;
        /// `local.set`
        local_set(local: LocalIndex => local.0) = vm_fn_local_set;
        /// `local.tee`
        local_tee(local: LocalIndex => local.0) = vm_fn_local_tee;
        /// `global.get`
        global_get(global: Global => global.0) = vm_fn_global_get;
        /// `global.set`
        global_set(global: Global => global.0) = vm_fn_global_set;
        /// `drop`
        drop() = vm_fn_drop;
        /// `select`
        select(ty: ValType => ty.0) = vm_fn_select;
        /// `br`
        br(label: Label => label.0) = vm_fn_br;
        /// `br_if`
        br_if(label: Label => label.0) = vm_fn_br_if;
        /// `br_unless`
        br_unless(label: Label => label.0) = vm_fn_br_unless;
        /// `return`
        ret() = vm_fn_return;
        /// `call`
        call(func: FuncIndex => func.0) = vm_fn_call;
        /// `call_indirect`
        call_indirect(table: Table => table.0, ty: TypeIndex => ty.0) = vm_fn_call_indirect;
        /// `call_ref`
        call_ref(ty: TypeIndex => ty.0) = vm_fn_call_ref;
        /// `return_call`
        return_call(func: FuncIndex => func.0) = vm_fn_return_call;
        /// `return_call_ref`
        return_call_ref(ty: TypeIndex => ty.0) = vm_fn_return_call_ref;
        /// `throw`
        throw() = vm_fn_throw;
        /// `ref.null`
        ref_null(ty: ValType => ty.0) = vm_fn_ref_null;
        /// `ref.func`
        ref_func(func: FuncIndex => func.0) = vm_fn_ref_func;
        /// `ref.cast`
        ref_cast(ty: ValType => ty.0) = vm_fn_ref_cast;
        /// `ref.test`
        ref_test(ty: ValType => ty.0) = vm_fn_ref_test;
        /// `closure.new`
        closure_new(func: FuncIndex => func.0) = vm_fn_closure_new;
        /// `struct.new`
        struct_new(ty: TypeIndex => ty.0) = vm_fn_struct_new;
        /// `struct.get` of a field that is not packed
        struct_get(ty: TypeIndex => ty.0, field: u32 => field) = vm_fn_struct_get;
        /// `struct.set`
        struct_set(ty: TypeIndex => ty.0, field: u32 => field) = vm_fn_struct_set;
        /// `array.new`
        array_new(ty: TypeIndex => ty.0) = vm_fn_array_new;
        /// `array.new_default`
        array_new_default(ty: TypeIndex => ty.0) = vm_fn_array_new_default;
        /// `array.new_fixed`
        array_new_fixed(ty: TypeIndex => ty.0, count: u32 => count) = vm_fn_array_new_fixed;
        /// `array.get` of elements that are not packed
        array_get(ty: TypeIndex => ty.0) = vm_fn_array_get;
        /// `array.set`
        array_set(ty: TypeIndex => ty.0) = vm_fn_array_set;
        /// `array.len`
        array_len() = vm_fn_array_len;
        /// A load from a memory
        load(op: Op => op.0, memory: Memory => memory.0, offset: u32 => offset) = vm_fn_load;
        /// A store to a memory
        store(op: Op => op.0, memory: Memory => memory.0, offset: u32 => offset) = vm_fn_store;
    }
}

impl std::fmt::Debug for FnBuilder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FnBuilder({:p})", self.raw)
    }
}
