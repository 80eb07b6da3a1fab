//! The builder: how a front end makes a module.
//!
//! SPDX-License-Identifier: MIT
use crate::engine::Engine;
use crate::error::{check, Error, Result, Status};
use crate::function::FnBuilder;
use crate::module::Module;
use crate::value::{FuncType, Heap, ValType};
use crate::{c_name, len32, sys};
use std::ffi::CString;
use std::os::raw::c_char;
use std::ptr::{self, NonNull};

/// An instruction; `docs/instructions.md` of libvm says what each takes and does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Op(pub(crate) u32);

#[path = "op.rs"]
mod op;

impl Op {
    /// The opcode, for what is made elsewhere: wrong ones are refused where they are used.
    pub fn from_raw(opcode: u32) -> Op {
        Op(opcode)
    }

    /// Its number.
    pub fn as_raw(self) -> u32 {
        self.0
    }
}

macro_rules! indices {
    ($($(#[$doc:meta])* $name:ident)*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub struct $name(pub(crate) u32);

        impl $name {
            /// From a number, for what front ends count themselves: wrong ones are refused where they are used.
            pub fn from_raw(index: u32) -> $name {
                $name(index)
            }

            /// Its number.
            pub fn as_raw(self) -> u32 {
                self.0
            }
        }

        impl From<$name> for u64 {
            fn from(index: $name) -> u64 {
                u64::from(index.0)
            }
        })*
    };
}

indices! {
    /// A function of the module.
    FuncIndex
    /// A declared type of the module.
    TypeIndex
    /// A local of a function, parameters included.
    LocalIndex
    /// A label of a function.
    Label
    /// A range of a function whose exceptions are handled.
    Try
    /// A global of the module.
    Global
    /// A table of the module.
    Table
    /// A linear memory of the module.
    Memory
    /// A data segment of the module.
    Data
    /// A segment of references of the module.
    Elem
    /// A source file's name.
    File
}

impl From<TypeIndex> for Heap {
    fn from(index: TypeIndex) -> Heap {
        Heap(index.0)
    }
}

/// An initial value.
#[derive(Clone, Debug, PartialEq)]
pub enum Init {
    /// A 32-bit integer.
    I32(i32),
    /// A 64-bit integer.
    I64(i64),
    /// A 32-bit float.
    F32(f32),
    /// A 64-bit float.
    F64(f64),
    /// Nil, of type dyn.
    Nil,
    /// The null reference.
    Null,
    /// A reference to a function, which takes no environment.
    Func(FuncIndex),
    /// The value of an immutable global that exists already.
    Global(Global),
    /// Arithmetic on i32 or i64, in the order of a stack machine, of constants, globals and the three below.
    Expr(Vec<Init>),
    /// In an expression: pop two values, push their sum.
    Add,
    /// In an expression: their difference.
    Sub,
    /// In an expression: their product.
    Mul,
}

impl Init {
    /// `keep` holds what the result points to.
    fn raw(&self, keep: &mut Vec<Vec<sys::vm_init>>) -> sys::vm_init {
        // SAFETY: they make values of their arguments; that of vm_init_expr is borrowed until it is used, and kept.
        unsafe {
            match self {
                Init::I32(x) => sys::vm_init_i32(*x),
                Init::I64(x) => sys::vm_init_i64(*x),
                Init::F32(x) => sys::vm_init_f32(*x),
                Init::F64(x) => sys::vm_init_f64(*x),
                Init::Nil => sys::vm_init_nil(),
                Init::Null => sys::vm_init_null(),
                Init::Func(f) => sys::vm_init_func(f.0),
                Init::Global(g) => sys::vm_init_global(g.0),
                Init::Add => sys::vm_init_add(),
                Init::Sub => sys::vm_init_sub(),
                Init::Mul => sys::vm_init_mul(),
                Init::Expr(ops) => {
                    let ops: Vec<_> = ops.iter().map(|op| op.raw(keep)).collect();
                    let raw = sys::vm_init_expr(ops.as_ptr(), len32(ops.len()));
                    keep.push(ops);
                    raw
                }
            }
        }
    }
}

pub(crate) struct Name(Option<CString>);

impl Name {
    pub(crate) fn ptr(&self) -> *const c_char {
        self.0.as_ref().map_or(ptr::null(), |name| name.as_ptr())
    }
}

/// An empty name is none, as the binary form has it.
pub(crate) fn optional(name: &str) -> Name {
    Name(if name.is_empty() { None } else { Some(c_name(name)) })
}

pub(crate) fn raw_types(types: &[ValType]) -> Vec<sys::vm_type> {
    types.iter().map(|t| t.0).collect()
}

/// A module under construction. The first mistake is kept: every later call does nothing, and
/// [`ModuleBuilder::finish`] says what it was, so results need not be looked at on the way. Where a name is asked
/// for, an empty one is none.
pub struct ModuleBuilder {
    builder: NonNull<sys::vm_builder>,
}

// SAFETY: "A builder may be used by one thread at a time": it is not Sync, as is a raw pointer.
unsafe impl Send for ModuleBuilder {}

impl Drop for ModuleBuilder {
    fn drop(&mut self) {
        // SAFETY: ours; bodies that are open borrow the builder.
        unsafe { sys::vm_builder_free(self.builder.as_ptr()) }
    }
}

macro_rules! index_of {
    ($self:ident, $index:ident, $call:expr) => {{
        let mut index = sys::VM_NO_INDEX;
        // SAFETY: the builder lives; what is given to the call is borrowed for it alone.
        let _ = unsafe { $call(&mut index) }; // the first failure is kept
        $index(index)
    }};
}

pub(crate) use index_of;

impl ModuleBuilder {
    /// A new, empty one.
    ///
    /// [`Status::Memory`].
    pub fn new(name: &str) -> Result<ModuleBuilder> {
        let mut builder = ptr::null_mut();
        // SAFETY: NULL is the C library's allocator.
        check(|e| unsafe { sys::vm_builder_new(ptr::null(), &mut builder, e) })?;
        let builder =
            NonNull::new(builder).ok_or_else(|| Error::new(Status::Memory, "no builder"))?;
        let builder = ModuleBuilder { builder };
        let name = optional(name);
        // SAFETY: the name is borrowed for the call.
        unsafe { sys::vm_builder_name(builder.raw(), name.ptr()) };
        Ok(builder)
    }

    fn raw(&self) -> *mut sys::vm_builder {
        self.builder.as_ptr()
    }

    /// The first mistake, if there was one.
    pub fn error(&self) -> Result<()> {
        // SAFETY: the builder lives.
        check(|e| unsafe { sys::vm_builder_error(self.raw(), e) })
    }

    /// What made the module, free text.
    pub fn producers(&self, text: &str) {
        let text = optional(text);
        // SAFETY: the text is borrowed for the call.
        unsafe { sys::vm_builder_producers(self.raw(), text.ptr()) };
    }

    /// A source file's name; functions begun later take the last one given.
    pub fn file(&self, name: &str) -> File {
        let name = c_name(name);
        index_of!(self, File, |i| sys::vm_builder_file(self.raw(), name.as_ptr(), i))
    }

    // ---- types ----

    /// Declare a struct type, to be defined later: until then it may stand in references.
    pub fn declare_type(&self, name: &str) -> TypeIndex {
        let name = optional(name);
        index_of!(self, TypeIndex, |i| sys::vm_builder_type_declare(self.raw(), name.ptr(), i))
    }

    /// Define a declared struct type: an earlier one that it inherits from, then its own fields, each a name, a
    /// type and whether it is mutable.
    pub fn define_type(
        &self,
        ty: TypeIndex,
        parent: Option<TypeIndex>,
        fields: &[(&str, ValType, bool)],
    ) {
        let names: Vec<Name> = fields.iter().map(|field| optional(field.0)).collect();
        let fields = raw_fields(fields, &names);
        let parent = parent.map_or(sys::VM_NO_INDEX, |parent| parent.0);
        // SAFETY: fields and names are borrowed for the call.
        unsafe {
            sys::vm_builder_type_define(
                self.raw(),
                ty.0,
                parent,
                fields.as_ptr(),
                len32(fields.len()),
            )
        };
    }

    /// Declare and define a struct type.
    pub fn struct_type(
        &self,
        name: &str,
        parent: Option<TypeIndex>,
        fields: &[(&str, ValType, bool)],
    ) -> TypeIndex {
        let ty = self.declare_type(name);
        self.define_type(ty, parent, fields);
        ty
    }

    /// The array type with these elements. Equal ones are one.
    pub fn array_type(&self, name: &str, element: ValType, mutable: bool) -> TypeIndex {
        let name = optional(name);
        index_of!(self, TypeIndex, |i| sys::vm_builder_type_array(
            self.raw(),
            name.ptr(),
            element.0,
            i32::from(mutable),
            i
        ))
    }

    /// The function type with these parameters and results. Equal ones are one.
    pub fn func_type(&self, ty: &FuncType) -> TypeIndex {
        self.func_type_of(&ty.params, &ty.results)
    }

    fn func_type_of(&self, params: &[ValType], results: &[ValType]) -> TypeIndex {
        let (params, results) = (raw_types(params), raw_types(results));
        index_of!(self, TypeIndex, |i| sys::vm_builder_type_func(
            self.raw(),
            ptr::null(),
            params.as_ptr(),
            len32(params.len()),
            results.as_ptr(),
            len32(results.len()),
            i
        ))
    }

    // ---- imports ----

    /// Import a function; imports of a kind come before its definitions.
    pub fn import_func(
        &self,
        module: &str,
        name: &str,
        params: &[ValType],
        results: &[ValType],
    ) -> FuncIndex {
        let ty = self.func_type_of(params, results);
        let (module, name) = (c_name(module), c_name(name));
        index_of!(self, FuncIndex, |i| sys::vm_builder_import_func(
            self.raw(),
            module.as_ptr(),
            name.as_ptr(),
            name.as_ptr(),
            ty.0,
            i
        ))
    }

    /// Import a global.
    pub fn import_global(&self, module: &str, name: &str, ty: ValType, mutable: bool) -> Global {
        let (module, name) = (c_name(module), c_name(name));
        index_of!(self, Global, |i| sys::vm_builder_import_global(
            self.raw(),
            module.as_ptr(),
            name.as_ptr(),
            name.as_ptr(),
            ty.0,
            i32::from(mutable),
            i
        ))
    }

    /// Import a table of at least `min` entries.
    pub fn import_table(
        &self,
        module: &str,
        name: &str,
        ty: ValType,
        min: u32,
        max: Option<u32>,
    ) -> Table {
        let (module, name) = (c_name(module), c_name(name));
        let max = max.unwrap_or(sys::VM_NO_INDEX);
        index_of!(self, Table, |i| sys::vm_builder_import_table(
            self.raw(),
            module.as_ptr(),
            name.as_ptr(),
            name.as_ptr(),
            ty.0,
            min,
            max,
            i
        ))
    }

    /// Import a memory of at least `min` pages.
    pub fn import_memory(&self, module: &str, name: &str, min: u32, max: Option<u32>) -> Memory {
        let (module, name) = (c_name(module), c_name(name));
        let max = max.unwrap_or(sys::VM_NO_INDEX);
        index_of!(self, Memory, |i| sys::vm_builder_import_memory(
            self.raw(),
            module.as_ptr(),
            name.as_ptr(),
            name.as_ptr(),
            min,
            max,
            i
        ))
    }

    /// Make a struct type the one that another module exports.
    pub fn import_type(&self, module: &str, name: &str, ty: TypeIndex) {
        let (module, name) = (c_name(module), c_name(name));
        // SAFETY: names are borrowed for the call.
        unsafe { sys::vm_builder_import_type(self.raw(), module.as_ptr(), name.as_ptr(), ty.0) };
    }

    // ---- memories, tables, globals, segments, exports ----

    /// A memory of `min` pages of 65,536 bytes.
    pub fn memory(&self, name: &str, min: u32, max: Option<u32>) -> Memory {
        let (name, max) = (optional(name), max.unwrap_or(sys::VM_NO_INDEX));
        index_of!(self, Memory, |i| sys::vm_builder_memory(self.raw(), name.ptr(), min, max, i))
    }

    /// A table of `min` entries, of a type of nullable references.
    pub fn table(&self, name: &str, ty: ValType, min: u32, max: Option<u32>) -> Table {
        let (name, max) = (optional(name), max.unwrap_or(sys::VM_NO_INDEX));
        index_of!(self, Table, |i| sys::vm_builder_table(self.raw(), name.ptr(), ty.0, min, max, i))
    }

    /// A global.
    pub fn global(&self, name: &str, ty: ValType, mutable: bool, init: &Init) -> Global {
        let (name, mut keep) = (optional(name), Vec::new());
        let init = init.raw(&mut keep);
        index_of!(self, Global, |i| sys::vm_builder_global(
            self.raw(),
            name.ptr(),
            ty.0,
            i32::from(mutable),
            init,
            i
        ))
    }

    /// A passive data segment, for the instructions that name it.
    pub fn data(&self, name: &str, bytes: &[u8]) -> Data {
        let name = optional(name);
        index_of!(self, Data, |i| sys::vm_builder_data(
            self.raw(),
            name.ptr(),
            bytes.as_ptr().cast(),
            len32(bytes.len()),
            i
        ))
    }

    /// A data segment that is written to `memory` at `offset` when the module is instantiated.
    pub fn data_active(&self, name: &str, memory: Memory, offset: &Init, bytes: &[u8]) -> Data {
        let (name, mut keep) = (optional(name), Vec::new());
        let offset = offset.raw(&mut keep);
        index_of!(self, Data, |i| sys::vm_builder_data_active(
            self.raw(),
            name.ptr(),
            memory.0,
            offset,
            bytes.as_ptr().cast(),
            len32(bytes.len()),
            i
        ))
    }

    /// A passive segment of references.
    pub fn elem(&self, name: &str, ty: ValType, items: &[Init]) -> Elem {
        let (name, mut keep) = (optional(name), Vec::new());
        let items: Vec<_> = items.iter().map(|item| item.raw(&mut keep)).collect();
        index_of!(self, Elem, |i| sys::vm_builder_elem(
            self.raw(),
            name.ptr(),
            ty.0,
            items.as_ptr(),
            len32(items.len()),
            i
        ))
    }

    /// A segment of references that is written to `table` at `offset` when the module is instantiated.
    pub fn elem_active(
        &self,
        name: &str,
        table: Table,
        offset: &Init,
        ty: ValType,
        items: &[Init],
    ) -> Elem {
        let (name, mut keep) = (optional(name), Vec::new());
        let offset = offset.raw(&mut keep);
        let items: Vec<_> = items.iter().map(|item| item.raw(&mut keep)).collect();
        index_of!(self, Elem, |i| sys::vm_builder_elem_active(
            self.raw(),
            name.ptr(),
            table.0,
            offset,
            ty.0,
            items.as_ptr(),
            len32(items.len()),
            i
        ))
    }

    /// Export a function; a name may be exported once.
    pub fn export_func(&self, name: &str, func: FuncIndex) {
        let name = c_name(name);
        // SAFETY: the name is borrowed for the call; so it is below.
        unsafe { sys::vm_builder_export_func(self.raw(), name.as_ptr(), func.0) };
    }

    /// Export a global.
    pub fn export_global(&self, name: &str, global: Global) {
        let name = c_name(name);
        unsafe { sys::vm_builder_export_global(self.raw(), name.as_ptr(), global.0) };
    }

    /// Export a table.
    pub fn export_table(&self, name: &str, table: Table) {
        let name = c_name(name);
        unsafe { sys::vm_builder_export_table(self.raw(), name.as_ptr(), table.0) };
    }

    /// Export a memory.
    pub fn export_memory(&self, name: &str, memory: Memory) {
        let name = c_name(name);
        unsafe { sys::vm_builder_export_memory(self.raw(), name.as_ptr(), memory.0) };
    }

    /// Export a type.
    pub fn export_type(&self, name: &str, ty: TypeIndex) {
        let name = c_name(name);
        unsafe { sys::vm_builder_export_type(self.raw(), name.as_ptr(), ty.0) };
    }

    /// The function, of type () -> (), that runs when the module is instantiated.
    pub fn start(&self, func: FuncIndex) {
        // SAFETY: the builder lives.
        unsafe { sys::vm_builder_start(self.raw(), func.0) };
    }

    // ---- functions ----

    /// Declare a function, whose body may be given any time later ([`ModuleBuilder::body`]): so functions call
    /// each other in any order.
    pub fn func(&self, name: &str, params: &[ValType], results: &[ValType]) -> FuncIndex {
        let ty = self.func_type_of(params, results);
        let name = optional(name);
        index_of!(self, FuncIndex, |i| sys::vm_builder_func(self.raw(), name.ptr(), ty.0, i))
    }

    /// Declare the body of closures: a function that also gets an environment, a struct, as its last local after
    /// the parameters. It is reached through `closure.new` only.
    pub fn func_env(
        &self,
        name: &str,
        params: &[ValType],
        results: &[ValType],
        env: TypeIndex,
    ) -> FuncIndex {
        let ty = self.func_type_of(params, results);
        let (name, env) = (optional(name), ValType::reference(env));
        index_of!(self, FuncIndex, |i| sys::vm_builder_func_env(
            self.raw(),
            name.ptr(),
            ty.0,
            env.0,
            i
        ))
    }

    /// Begin the body of a declared function; several may be open at once. It ends by [`FnBuilder::end`]. Locals
    /// begin with the parameters.
    pub fn body(&self, func: FuncIndex) -> FnBuilder<'_> {
        let mut raw = ptr::null_mut();
        // SAFETY: the builder lives; NULL comes back on failure, which all calls refuse.
        unsafe { sys::vm_fn_begin(self.raw(), func.0, &mut raw) };
        FnBuilder::new(self, raw)
    }

    /// Check that the module is complete, and give its binary form.
    ///
    /// The first mistake, whatever it was; else [`Status::State`]: something that was declared is missing, and
    /// [`Status::Limit`]: the module is too large.
    pub fn finish(self) -> Result<Vec<u8>> {
        let (mut bytes, mut size) = (ptr::null_mut(), 0);
        // SAFETY: the builder lives. What it gives is freed with the allocator that it was made with.
        check(|e| unsafe { sys::vm_builder_finish(self.raw(), &mut bytes, &mut size, e) })?;
        unsafe {
            let copy = std::slice::from_raw_parts(bytes, size).to_vec();
            sys::vm_builder_bytes_free(ptr::null(), bytes, size);
            Ok(copy)
        }
    }

    /// Finish, and load the module. As [`ModuleBuilder::finish`] and [`Module::load`].
    pub fn load(self, engine: &Engine) -> Result<Module> {
        Module::load(engine, &self.finish()?)
    }
}

fn raw_fields(fields: &[(&str, ValType, bool)], names: &[Name]) -> Vec<sys::vm_field_def> {
    fields
        .iter()
        .zip(names)
        .map(|(field, name)| sys::vm_field_def {
            type_: field.1 .0,
            mut_: i32::from(field.2),
            name: name.ptr(),
        })
        .collect()
}

impl std::fmt::Debug for ModuleBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ModuleBuilder({:?})", self.error())
    }
}

impl From<ValType> for u64 {
    fn from(ty: ValType) -> u64 {
        u64::from(ty.0)
    }
}
