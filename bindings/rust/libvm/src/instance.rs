//! Instances: modules linked into an isolate.
//!
//! SPDX-License-Identifier: MIT
use crate::error::{Error, Result, Status};
use crate::isolate::Shared;
use crate::object::Type;
use crate::scope::{Local, Scope};
use crate::typed::Func;
use crate::value::Value;
use crate::{c_name, sys};
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

/// What can be done with a module linked into an isolate: with an [`Instance`] of the host's, or with the
/// [`Caller`] of a host function. It takes a scope of its isolate; another isolate's is refused with
/// [`Status::Handle`]. What it exports is found by name, or [`Status::NotFound`].
pub struct InstanceRef {
    instance: NonNull<sys::vm_instance>,
    shared: Arc<Shared>,
    released: AtomicBool,
}

// SAFETY: the pointer is used only with a scope of the isolate that owns it, which is in one thread, and then lives.
unsafe impl Send for InstanceRef {}
// SAFETY: as above.
unsafe impl Sync for InstanceRef {}

/// A module linked into an isolate: its globals, memories and tables. It can be kept anywhere; a clone is the same
/// instance. The instance lives as long as its isolate, or until it was released ([`Instance::release`]) and nothing
/// reaches it any more.
#[derive(Clone, Debug)]
pub struct Instance(Arc<InstanceRef>);

impl Deref for Instance {
    type Target = InstanceRef;
    fn deref(&self) -> &InstanceRef {
        &self.0
    }
}

/// The instance whose code called a host function ([`Scope::caller`]): known until that returns.
#[derive(Debug)]
pub struct Caller<'h> {
    instance: InstanceRef,
    scope: PhantomData<fn(&'h ()) -> &'h ()>,
}

impl Deref for Caller<'_> {
    type Target = InstanceRef;
    fn deref(&self) -> &InstanceRef {
        &self.instance
    }
}

impl Instance {
    /// # Safety
    /// C made the instance for us, and nobody else has it.
    pub(crate) unsafe fn wrap(cx: &Scope<'_>, instance: *mut sys::vm_instance) -> Option<Instance> {
        Some(Instance(Arc::new(InstanceRef::new(cx, instance)?)))
    }

    /// The host needs it no more: it goes in the collection that finds that nothing reaches it, no function or
    /// object of it, no frame, no other instance. The names that [`InstanceRef::define`] gave are free. Clones of this
    /// `Instance` are refused from now on with [`Status::State`].
    pub fn release(&self, cx: &Scope<'_>) -> Result<()> {
        let raw = self.raw(cx)?;
        self.released.store(true, Ordering::Relaxed);
        // SAFETY: ours and not released before; the pointer is not used again.
        cx.check(|e| unsafe { sys::vm_instance_release(raw, e) })
    }
}

impl<'h> Scope<'h> {
    /// In a host function: the instance whose code called it.
    pub fn caller(&self) -> Option<Caller<'h>> {
        // SAFETY: the isolate lives. What comes back is good until the host function returns, which 'h ends before.
        let instance = unsafe { sys::vm_isolate_caller(self.as_raw()) };
        Some(Caller { instance: InstanceRef::new(self, instance)?, scope: PhantomData })
    }
}

impl InstanceRef {
    fn new(cx: &Scope<'_>, instance: *mut sys::vm_instance) -> Option<InstanceRef> {
        let instance = NonNull::new(instance)?;
        Some(InstanceRef { instance, shared: cx.shared_arc(), released: AtomicBool::new(false) })
    }

    fn raw(&self, cx: &Scope<'_>) -> Result<*mut sys::vm_instance> {
        if !cx.is_ours(&self.shared) {
            return Err(Error::foreign("Instance"));
        }
        // Whoever releases has a scope of the isolate, as we do: so it is in this thread, and no order is needed.
        if self.released.load(Ordering::Relaxed) {
            return Err(Error::new(Status::State, "Instance: it was released"));
        }
        Ok(self.instance.as_ptr())
    }

    /// Let later instances import what this one exports, under the name `module`.
    ///
    /// [`Status::State`]: a name is defined already.
    pub fn define(&self, cx: &Scope<'_>, module: &str) -> Result<()> {
        let (raw, module) = (self.raw(cx)?, c_name(module));
        // SAFETY: the instance is of this isolate; names are borrowed for the call. So it is below.
        cx.check(|e| unsafe { sys::vm_instance_define(raw, module.as_ptr(), e) })
    }

    /// Take back what [`InstanceRef::define`] did, under all names: instances that imported from it keep what they
    /// have.
    pub fn undefine(&self, cx: &Scope<'_>) -> Result<()> {
        let raw = self.raw(cx)?;
        cx.check(|e| unsafe { sys::vm_instance_undefine(raw, e) })
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
    /// [`Status::Argument`]: it is immutable, or of another type.
    pub fn set_global<'s>(
        &self,
        cx: &Scope<'s>,
        name: &str,
        value: impl Into<Value<'s>>,
    ) -> Result<()> {
        let (raw, name, value) = (self.raw(cx)?, c_name(name), value.into().to_raw());
        cx.check(|e| unsafe { sys::vm_instance_set_global(raw, name.as_ptr(), &value, e) })
    }

    /// The bytes of an exported linear memory, in place. Nothing can run in the isolate as long as they are
    /// borrowed. What is of several bytes is little-endian.
    pub fn memory<'m>(&self, cx: &'m mut Scope<'_>, name: &str) -> Result<&'m mut [u8]> {
        let (raw, name) = (self.raw(cx)?, c_name(name));
        let (mut base, mut size) = (ptr::null_mut(), 0);
        cx.check(|e| unsafe {
            sys::vm_instance_view_memory(raw, name.as_ptr(), &mut base, &mut size, e)
        })?;
        match (base.is_null(), usize::try_from(size)) {
            // SAFETY: valid until guest code runs or the memory grows, which both take the scope.
            (false, Ok(size)) => Ok(unsafe { std::slice::from_raw_parts_mut(base, size) }),
            _ => Ok(&mut []),
        }
    }

    /// Copy bytes out of an exported memory.
    ///
    /// [`Status::Argument`]: out of bounds.
    pub fn read_memory(
        &self,
        cx: &Scope<'_>,
        name: &str,
        address: u64,
        buffer: &mut [u8],
    ) -> Result<()> {
        let (raw, name) = (self.raw(cx)?, c_name(name));
        let (bytes, size) = (buffer.as_mut_ptr().cast(), buffer.len());
        cx.check(|e| unsafe {
            sys::vm_instance_read_memory(raw, name.as_ptr(), address, bytes, size, e)
        })
    }

    /// Copy bytes into an exported memory.
    ///
    /// [`Status::Argument`]: out of bounds.
    pub fn write_memory(
        &self,
        cx: &Scope<'_>,
        name: &str,
        address: u64,
        bytes: &[u8],
    ) -> Result<()> {
        let (raw, name) = (self.raw(cx)?, c_name(name));
        let (bytes, size) = (bytes.as_ptr().cast(), bytes.len());
        cx.check(|e| unsafe {
            sys::vm_instance_write_memory(raw, name.as_ptr(), address, bytes, size, e)
        })
    }

    /// Grow an exported memory by so many pages of 65,536 bytes; how many there were.
    ///
    /// [`Status::Limit`].
    pub fn grow_memory(&self, cx: &mut Scope<'_>, name: &str, pages: u32) -> Result<u32> {
        let (raw, name, mut old) = (self.raw(cx)?, c_name(name), 0);
        cx.check(|e| unsafe {
            sys::vm_instance_grow_memory(raw, name.as_ptr(), pages, &mut old, e)
        })?;
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
    /// [`Status::Argument`]: out of bounds.
    pub fn table_get<'s>(
        &self,
        cx: &Scope<'s>,
        name: &str,
        index: u32,
    ) -> Result<Option<Local<'s>>> {
        let (raw, name) = (self.raw(cx)?, c_name(name));
        let mut out = sys::VM_NULL_REF;
        cx.check(|e| unsafe {
            sys::vm_instance_get_table(raw, name.as_ptr(), index, &mut out, e)
        })?;
        // SAFETY: made in this scope.
        Ok(unsafe { Local::from_raw(out) })
    }

    /// Set an entry of an exported table.
    ///
    /// [`Status::Argument`]: out of bounds, or of another type.
    pub fn table_set<'s>(
        &self,
        cx: &Scope<'s>,
        name: &str,
        index: u32,
        value: Option<Local<'s>>,
    ) -> Result<()> {
        let (raw, name) = (self.raw(cx)?, c_name(name));
        let value = value.map_or(sys::VM_NULL_REF, Local::raw);
        cx.check(|e| unsafe { sys::vm_instance_set_table(raw, name.as_ptr(), index, value, e) })
    }

    /// Grow an exported table by `count` entries, each `value`; how many there were.
    ///
    /// [`Status::Argument`]: of another type. [`Status::Limit`].
    pub fn table_grow<'s>(
        &self,
        cx: &Scope<'s>,
        name: &str,
        count: u32,
        value: Option<Local<'s>>,
    ) -> Result<u32> {
        let (raw, name, mut old) = (self.raw(cx)?, c_name(name), 0);
        let value = value.map_or(sys::VM_NULL_REF, Local::raw);
        cx.check(|e| unsafe {
            sys::vm_instance_grow_table(raw, name.as_ptr(), count, value, &mut old, e)
        })?;
        Ok(old)
    }

    /// A type that the module exports, or names so.
    pub fn get_type(&self, cx: &Scope<'_>, name: &str) -> Result<Type> {
        let (raw, name, mut id) = (self.raw(cx)?, c_name(name), 0);
        cx.check(|e| unsafe { sys::vm_instance_get_type(raw, name.as_ptr(), &mut id, e) })?;
        Ok(Type { shared: cx.shared_arc(), id, _keep: None })
    }

    /// A type that a builder declared, by its index in the module.
    ///
    /// [`Status::Argument`]: there is none.
    pub fn get_type_at(&self, cx: &Scope<'_>, index: crate::TypeIndex) -> Result<Type> {
        let (raw, mut id) = (self.raw(cx)?, 0);
        cx.check(|e| unsafe { sys::vm_instance_get_type_at(raw, index.0, &mut id, e) })?;
        Ok(Type { shared: cx.shared_arc(), id, _keep: None })
    }
}

impl std::fmt::Debug for InstanceRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Instance({:p})", self.instance)
    }
}
