//! Instances: modules linked into an isolate.
//!
//! SPDX-License-Identifier: MIT
use crate::error::{Error, Result};
use crate::isolate::Shared;
use crate::object::Type;
use crate::scope::{Local, Scope};
use crate::typed::Func;
use crate::value::Value;
use crate::{c_name, sys};
use std::ptr::{self, NonNull};
use std::sync::Arc;

/// A module linked into an isolate, which owns it: its globals, memories and tables. It can be kept anywhere, and
/// takes a scope of its isolate to be used; another isolate's is refused with
/// [`Status::Handle`](crate::Status::Handle). What it exports is found by name, or
/// [`Status::NotFound`](crate::Status::NotFound).
#[derive(Clone)]
pub struct Instance {
    instance: NonNull<sys::vm_instance>,
    shared: Arc<Shared>,
}

// SAFETY: the pointer is used only with a scope of the isolate that owns it, which is in one thread, and then lives.
unsafe impl Send for Instance {}
// SAFETY: as above.
unsafe impl Sync for Instance {}

impl Instance {
    pub(crate) fn wrap(cx: &Scope<'_>, instance: *mut sys::vm_instance) -> Option<Instance> {
        Some(Instance { instance: NonNull::new(instance)?, shared: cx.shared_arc() })
    }

    fn raw(&self, cx: &Scope<'_>) -> Result<*mut sys::vm_instance> {
        if cx.is_ours(&self.shared) { Ok(self.instance.as_ptr()) } else { Err(Error::foreign("Instance")) }
    }

    /// Let later instances import what this one exports, under the name `module`.
    ///
    /// [`Status::State`](crate::Status::State): a name is defined already.
    pub fn define(&self, cx: &Scope<'_>, module: &str) -> Result<()> {
        let (raw, module) = (self.raw(cx)?, c_name(module));
        // SAFETY: the instance is of this isolate; names are borrowed for the call. So it is below.
        cx.check(|e| unsafe { sys::vm_instance_define(raw, module.as_ptr(), e) })
    }

    /// An exported function.
    pub fn func<'s>(&self, cx: &Scope<'s>, name: &str) -> Result<Func<'s>> {
        let (raw, name) = (self.raw(cx)?, c_name(name));
        let mut out = sys::VM_NULL_REF;
        cx.check(|e| unsafe { sys::vm_instance_get_func(raw, name.as_ptr(), &mut out, e) })?;
        // SAFETY: made in this scope.
        Ok(Func(unsafe { cx.take(out) }?))
    }

    /// The value of an exported global.
    pub fn global<'s>(&self, cx: &Scope<'s>, name: &str) -> Result<Value<'s>> {
        let (raw, name) = (self.raw(cx)?, c_name(name));
        let mut out = Value::I32(0).to_raw();
        cx.check(|e| unsafe { sys::vm_instance_get_global(raw, name.as_ptr(), &mut out, e) })?;
        // SAFETY: a handle in it was made in this scope.
        Ok(unsafe { Value::from_raw(&out) })
    }

    /// Set an exported global.
    ///
    /// [`Status::Argument`](crate::Status::Argument): it is immutable, or of another type.
    pub fn set_global<'s>(&self, cx: &Scope<'s>, name: &str, value: impl Into<Value<'s>>) -> Result<()> {
        let (raw, name, value) = (self.raw(cx)?, c_name(name), value.into().to_raw());
        cx.check(|e| unsafe { sys::vm_instance_set_global(raw, name.as_ptr(), &value, e) })
    }

    /// The bytes of an exported linear memory, in place. Nothing can run in the isolate as long as they are
    /// borrowed. What is of several bytes is little-endian.
    pub fn memory<'m>(&self, cx: &'m mut Scope<'_>, name: &str) -> Result<&'m mut [u8]> {
        let (raw, name) = (self.raw(cx)?, c_name(name));
        let (mut base, mut size) = (ptr::null_mut(), 0);
        cx.check(|e| unsafe { sys::vm_instance_view_memory(raw, name.as_ptr(), &mut base, &mut size, e) })?;
        match (base.is_null(), usize::try_from(size)) {
            // SAFETY: valid until guest code runs or the memory grows, which both take the scope.
            (false, Ok(size)) => Ok(unsafe { std::slice::from_raw_parts_mut(base, size) }),
            _ => Ok(&mut []),
        }
    }

    /// Copy bytes out of an exported memory.
    ///
    /// [`Status::Argument`](crate::Status::Argument): out of bounds.
    pub fn read_memory(&self, cx: &Scope<'_>, name: &str, address: u64, buffer: &mut [u8]) -> Result<()> {
        let (raw, name) = (self.raw(cx)?, c_name(name));
        let (bytes, size) = (buffer.as_mut_ptr().cast(), buffer.len());
        cx.check(|e| unsafe { sys::vm_instance_read_memory(raw, name.as_ptr(), address, bytes, size, e) })
    }

    /// Copy bytes into an exported memory.
    ///
    /// [`Status::Argument`](crate::Status::Argument): out of bounds.
    pub fn write_memory(&self, cx: &Scope<'_>, name: &str, address: u64, bytes: &[u8]) -> Result<()> {
        let (raw, name) = (self.raw(cx)?, c_name(name));
        let (bytes, size) = (bytes.as_ptr().cast(), bytes.len());
        cx.check(|e| unsafe { sys::vm_instance_write_memory(raw, name.as_ptr(), address, bytes, size, e) })
    }

    /// Grow an exported memory by so many pages of 65,536 bytes; how many there were.
    ///
    /// [`Status::Limit`](crate::Status::Limit).
    pub fn grow_memory(&self, cx: &mut Scope<'_>, name: &str, pages: u32) -> Result<u32> {
        let (raw, name, mut old) = (self.raw(cx)?, c_name(name), 0);
        cx.check(|e| unsafe { sys::vm_instance_grow_memory(raw, name.as_ptr(), pages, &mut old, e) })?;
        Ok(old)
    }

    /// How many entries an exported table has.
    pub fn table_size(&self, cx: &Scope<'_>, name: &str) -> Result<u32> {
        let (raw, name, mut size) = (self.raw(cx)?, c_name(name), 0);
        cx.check(|e| unsafe { sys::vm_instance_get_table_size(raw, name.as_ptr(), &mut size, e) })?;
        Ok(size)
    }

    /// An entry of an exported table.
    ///
    /// [`Status::Argument`](crate::Status::Argument): out of bounds.
    pub fn table_get<'s>(&self, cx: &Scope<'s>, name: &str, index: u32) -> Result<Option<Local<'s>>> {
        let (raw, name) = (self.raw(cx)?, c_name(name));
        let mut out = sys::VM_NULL_REF;
        cx.check(|e| unsafe { sys::vm_instance_get_table(raw, name.as_ptr(), index, &mut out, e) })?;
        // SAFETY: made in this scope.
        Ok(unsafe { Local::from_raw(out) })
    }

    /// Set an entry of an exported table.
    ///
    /// [`Status::Argument`](crate::Status::Argument): out of bounds, or of another type.
    pub fn table_set<'s>(&self, cx: &Scope<'s>, name: &str, index: u32, value: Option<Local<'s>>) -> Result<()> {
        let (raw, name) = (self.raw(cx)?, c_name(name));
        let value = value.map_or(sys::VM_NULL_REF, Local::raw);
        cx.check(|e| unsafe { sys::vm_instance_set_table(raw, name.as_ptr(), index, value, e) })
    }

    /// Grow an exported table by `count` entries, each `value`; how many there were.
    ///
    /// [`Status::Argument`](crate::Status::Argument): of another type. [`Status::Limit`](crate::Status::Limit).
    pub fn table_grow<'s>(
        &self,
        cx: &Scope<'s>,
        name: &str,
        count: u32,
        value: Option<Local<'s>>,
    ) -> Result<u32> {
        let (raw, name, mut old) = (self.raw(cx)?, c_name(name), 0);
        let value = value.map_or(sys::VM_NULL_REF, Local::raw);
        cx.check(|e| unsafe { sys::vm_instance_grow_table(raw, name.as_ptr(), count, value, &mut old, e) })?;
        Ok(old)
    }

    /// A type that the module exports, or names so.
    pub fn get_type(&self, cx: &Scope<'_>, name: &str) -> Result<Type> {
        let (raw, name, mut id) = (self.raw(cx)?, c_name(name), 0);
        cx.check(|e| unsafe { sys::vm_instance_get_type(raw, name.as_ptr(), &mut id, e) })?;
        Ok(Type { shared: cx.shared_arc(), id })
    }

    /// A type that a builder declared, by its index in the module.
    ///
    /// [`Status::Argument`](crate::Status::Argument): there is none.
    pub fn get_type_at(&self, cx: &Scope<'_>, index: crate::TypeIndex) -> Result<Type> {
        let (raw, mut id) = (self.raw(cx)?, 0);
        cx.check(|e| unsafe { sys::vm_instance_get_type_at(raw, index.0, &mut id, e) })?;
        Ok(Type { shared: cx.shared_arc(), id })
    }
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Instance({:p})", self.instance)
    }
}
