//! Modules: verified code.
//!
//! SPDX-License-Identifier: MIT
use crate::engine::Engine;
use crate::error::{check, Error, Result, Status};
use crate::{from_c, sys};
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};
use std::sync::Arc;

/// A kind of what is imported or exported.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entity {
    /// A function.
    Func,
    /// A table.
    Table,
    /// A linear memory.
    Memory,
    /// A global.
    Global,
    /// A type.
    Type,
}

/// What a module wants from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The module it is to come from.
    pub module: String,
    /// Its name there.
    pub name: String,
    /// What it is.
    pub kind: Entity,
    /// Its type as assembler text, such as `(i32, f64) -> (i32)`; what is very long is cut.
    pub ty: String,
}

/// What a module offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Entity,
    /// Its type, as of an [`Import`].
    pub ty: String,
}

struct ModuleInner {
    module: NonNull<sys::vm_module>,
    engine: Engine, // outlives the module
}

// SAFETY: "Any thread at any time; vm_module_free must be the host's last use": that is in drop.
unsafe impl Send for ModuleInner {}
// SAFETY: as above.
unsafe impl Sync for ModuleInner {}

impl Drop for ModuleInner {
    fn drop(&mut self) {
        // SAFETY: our reference, given up once.
        unsafe { sys::vm_module_free(self.module.as_ptr()) }
    }
}

/// Verified code, immutable, for any number of isolates of its engine. A clone is the same module. Any thread.
#[derive(Clone)]
pub struct Module(Arc<ModuleInner>);

impl Module {
    fn wrap(engine: &Engine, module: *mut sys::vm_module) -> Result<Module> {
        match NonNull::new(module) {
            Some(module) => Ok(Module(Arc::new(ModuleInner { module, engine: engine.clone() }))),
            None => Err(Error::new(Status::Memory, "no module")),
        }
    }

    /// Read and verify a module in its binary form, which may come from anywhere.
    ///
    /// [`Status::Malformed`], [`Status::Invalid`]: with the place. [`Status::Limit`], [`Status::Memory`].
    pub fn load(engine: &Engine, bytes: &[u8]) -> Result<Module> {
        let mut module = ptr::null_mut();
        // SAFETY: the bytes are borrowed for the call.
        check(|e| unsafe {
            sys::vm_module_load(engine.as_raw(), bytes.as_ptr().cast(), bytes.len(), &mut module, e)
        })?;
        Module::wrap(engine, module)
    }

    /// Assemble a text and load the result. As [`Module::load`], and [`Status::Syntax`]: with line and column.
    pub fn assemble(engine: &Engine, text: &str) -> Result<Module> {
        let mut module = ptr::null_mut();
        // SAFETY: the text is borrowed for the call, and need not end in NUL.
        check(|e| unsafe {
            sys::vm_module_assemble(
                engine.as_raw(),
                text.as_ptr().cast(),
                text.len(),
                &mut module,
                e,
            )
        })?;
        Module::wrap(engine, module)
    }

    /// The module's name; empty if it has none.
    pub fn name(&self) -> String {
        // SAFETY: borrowed as long as the module lives.
        unsafe { from_c(sys::vm_module_name(self.as_raw())) }.unwrap_or_default()
    }

    /// The engine it was loaded into.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    fn entity(
        &self,
        get: unsafe extern "C" fn(
            *const sys::vm_module,
            u32,
            *mut sys::vm_entity_info,
            *mut sys::vm_error,
        ) -> sys::vm_status,
        index: u32,
    ) -> Option<Import> {
        // SAFETY: zero is fine for its fields; the strings that come back end in NUL and live with the module.
        unsafe {
            let mut raw: sys::vm_entity_info = MaybeUninit::zeroed().assume_init();
            if get(self.as_raw(), index, &mut raw, ptr::null_mut()) != sys::VM_OK {
                return None;
            }
            Some(Import {
                module: from_c(raw.module).unwrap_or_default(),
                name: from_c(raw.name).unwrap_or_default(),
                kind: match raw.kind {
                    sys::VM_ENTITY_FUNC => Entity::Func,
                    sys::VM_ENTITY_TABLE => Entity::Table,
                    sys::VM_ENTITY_MEMORY => Entity::Memory,
                    sys::VM_ENTITY_GLOBAL => Entity::Global,
                    _ => Entity::Type,
                },
                ty: from_c(raw.type_.as_ptr()).unwrap_or_default(),
            })
        }
    }

    /// What it imports, in the order of the file.
    pub fn imports(&self) -> Vec<Import> {
        // SAFETY: the module lives.
        let count = unsafe { sys::vm_module_import_count(self.as_raw()) };
        (0..count).filter_map(|i| self.entity(sys::vm_module_get_import, i)).collect()
    }

    /// What it exports, in the order of the file.
    pub fn exports(&self) -> Vec<Export> {
        // SAFETY: the module lives.
        let count = unsafe { sys::vm_module_export_count(self.as_raw()) };
        (0..count)
            .filter_map(|i| self.entity(sys::vm_module_get_export, i))
            .map(|e| Export { name: e.name, kind: e.kind, ty: e.ty })
            .collect()
    }

    /// Compile the whole module now, and wait until that is done.
    ///
    /// [`Status::Compile`]: the compiler is missing, or some function failed; what compiled is used all the same.
    pub fn compile(&self) -> Result<()> {
        // SAFETY: the module lives; NULL and 0 are all functions.
        check(|e| unsafe { sys::vm_module_compile(self.as_raw(), ptr::null(), 0, e) })
    }

    /// The module as C has it, valid as long as this one or a clone lives.
    pub fn as_raw(&self) -> *mut sys::vm_module {
        self.0.module.as_ptr()
    }
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Module({:?})", self.name())
    }
}
