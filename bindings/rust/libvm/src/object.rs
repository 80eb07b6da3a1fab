//! Objects of the guest's: structs, arrays, host objects, weak references, and those of dynamic languages.
//!
//! SPDX-License-Identifier: MIT
use crate::error::{Error, Result, Status};
use crate::isolate::Shared;
use crate::scope::{Local, Ref, Scope};
use crate::typed::Func;
use crate::value::{Dyn, Heap, ValType, Value};
use crate::{c_name, from_c, len32, sys};
use std::any::{type_name, TypeId};
use std::os::raw::c_void;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr::{self, NonNull};
use std::sync::Arc;

/// A type of an isolate: a struct type of a module, or an array type. It comes from
/// [`InstanceRef::get_type`](crate::InstanceRef::get_type), [`Scope::array_type`] or [`Scope::type_of`].
#[derive(Clone)]
pub struct Type {
    pub(crate) shared: Arc<Shared>,
    pub(crate) id: sys::vm_typeid,
    /// What keeps the type, if the isolate does not: the id could become another type's.
    pub(crate) _keep: Option<Ref>,
}

impl Type {
    /// A reference to objects of the type, never null, as a type in this isolate's signatures.
    pub fn reference(&self) -> ValType {
        ValType::reference(Heap(self.id))
    }

    /// The same, or null.
    pub fn nullable(&self) -> ValType {
        ValType::nullable(Heap(self.id))
    }

    fn id(&self, cx: &Scope<'_>) -> Result<sys::vm_typeid> {
        if cx.is_ours(&self.shared) {
            Ok(self.id)
        } else {
            Err(Error::foreign("Type"))
        }
    }
}

impl PartialEq for Type {
    fn eq(&self, other: &Type) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared) && self.id == other.id
    }
}

impl Eq for Type {}

impl std::fmt::Debug for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Type({})", self.id)
    }
}

/// What an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Struct, array, function, host object, exception or weak reference.
    pub heap: Heap,
    /// Fields of a struct, length of an array, else 0.
    pub count: u32,
    /// The name of a struct type, if it has one.
    pub name: Option<String>,
}

/// Kinds of objects of dynamic languages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DynamicKind {
    /// None of these.
    Other,
    /// A symbol: an immutable text, one object for equal texts.
    Symbol,
    /// A map from dyn to dyn, in the order of insertion.
    Map,
    /// An object with named properties and a prototype.
    Object,
}

// ---- host objects ----

/// What is in front of each Rust value that the guest holds.
struct Header {
    type_id: TypeId,
    type_name: &'static str,
    shared: NonNull<Shared>,
    drop: unsafe fn(*mut Header),
}

#[repr(C)]
struct Boxed<T> {
    header: Header,
    value: T,
}

unsafe fn drop_boxed<T>(header: *mut Header) {
    // SAFETY: it was made by Box::into_raw of a Boxed<T>, whose first field this is.
    drop(unsafe { Box::from_raw(header.cast::<Boxed<T>>()) });
}

/// The finalizer of all of them, by which they are known.
unsafe extern "C" fn finalize(data: *mut c_void) {
    let header = data.cast::<Header>();
    // SAFETY: C calls it once for each that vm_extern_new took; the isolate holds `shared` until they are gone.
    unsafe {
        let shared = (*header).shared;
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| ((*header).drop)(header))) {
            shared.as_ref().keep_panic(panic);
        }
    }
}

fn boxed<T: Send + 'static>(cx: &Scope<'_>, value: T) -> *mut Boxed<T> {
    let header = Header {
        type_id: TypeId::of::<T>(),
        type_name: type_name::<T>(),
        shared: NonNull::from(cx.shared()),
        drop: drop_boxed::<T>,
    };
    Box::into_raw(Box::new(Boxed { header, value }))
}

struct CallOnDrop<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> Drop for CallOnDrop<F> {
    fn drop(&mut self) {
        if let Some(f) = self.0.take() {
            f();
        }
    }
}

impl<'s> Scope<'s> {
    /// Give a Rust value to the guest: an object of heap type extern, which the guest can keep, pass on and
    /// compare. It is dropped after the object has died, or with the isolate, on the isolate's thread.
    ///
    /// [`Status::Memory`].
    pub fn new_host<T: Send + 'static>(&self, value: T) -> Result<Local<'s>> {
        let data = boxed(self, value);
        let mut raw = sys::VM_NULL_REF;
        // SAFETY: the isolate lives; C takes `data` if it succeeds.
        let result = self.check(|e| unsafe {
            sys::vm_extern_new(self.as_raw(), data.cast(), Some(finalize), &mut raw, e)
        });
        if let Err(error) = result {
            // SAFETY: C did not take it.
            drop(unsafe { Box::from_raw(data) });
            return Err(error);
        }
        // SAFETY: made in this scope.
        unsafe { self.take(raw) }
    }

    /// The Rust value that an object holds. There is no `&mut` of it, as the guest may lead back to it any time:
    /// `Cell` and `RefCell` do what is to be changed.
    ///
    /// [`Status::Handle`]: it is no host object, not one of this crate's, or holds something of another type.
    pub fn host<T: Send + 'static>(&self, object: Local<'s>) -> Result<&'s T> {
        let (mut data, mut finalizer) = (ptr::null_mut(), None);
        // SAFETY: the handle is of an open scope.
        self.check(|e| unsafe {
            sys::vm_extern_get_finalizer(self.as_raw(), object.raw(), &mut finalizer, e)
        })?;
        let ours: unsafe extern "C" fn(*mut c_void) = finalize;
        if finalizer.map(|f| f as usize) != Some(ours as usize) {
            return Err(Error::new(Status::Handle, "host object: it was not made by this crate"));
        }
        self.check(|e| unsafe { sys::vm_extern_get(self.as_raw(), object.raw(), &mut data, e) })?;
        // SAFETY: our finalizer, so our header. The handle keeps the object, and thereby the value, as long as 's.
        unsafe {
            let header = data.cast::<Header>();
            if (*header).type_id != TypeId::of::<T>() {
                return Err(Error::new(
                    Status::Handle,
                    format!(
                        "host object: expected {}, found {}",
                        type_name::<T>(),
                        (*header).type_name
                    ),
                ));
            }
            Ok(&(*header.cast::<Boxed<T>>()).value)
        }
    }

    /// Have `f` called after an object has died, or with the isolate.
    ///
    /// [`Status::Memory`].
    pub fn on_death<F: FnOnce() + Send + 'static>(&self, object: Local<'s>, f: F) -> Result<()> {
        let data = boxed(self, CallOnDrop(Some(f)));
        // SAFETY: the handle is of an open scope; C takes `data` if it succeeds.
        let result = self.check(|e| unsafe {
            sys::vm_finalizer_add(self.as_raw(), object.raw(), Some(finalize), data.cast(), e)
        });
        if result.is_err() {
            // SAFETY: C did not take it.
            let mut data = unsafe { Box::from_raw(data) };
            data.value.0 = None; // it did not die
        }
        result
    }

    /// A weak reference to an object: an object itself.
    ///
    /// [`Status::Memory`].
    pub fn new_weak(&self, target: Local<'s>) -> Result<Local<'s>> {
        let mut raw = sys::VM_NULL_REF;
        // SAFETY: the handle is of an open scope.
        self.check(|e| unsafe { sys::vm_weak_new(self.as_raw(), target.raw(), &mut raw, e) })?;
        // SAFETY: made in this scope.
        unsafe { self.take(raw) }
    }

    /// What a weak reference refers to; `None` if that has died.
    ///
    /// [`Status::Handle`]: it is no weak reference. [`Status::Memory`].
    pub fn weak_target(&self, weak: Local<'s>) -> Result<Option<Local<'s>>> {
        let mut raw = sys::VM_NULL_REF;
        // SAFETY: the handle is of an open scope.
        self.check(|e| unsafe { sys::vm_weak_get(self.as_raw(), weak.raw(), &mut raw, e) })?;
        // SAFETY: made in this scope.
        Ok(unsafe { Local::from_raw(raw) })
    }

    // ---- what objects are ----

    /// What is it?
    pub fn info(&self, object: Local<'s>) -> Result<ObjectInfo> {
        let raw = self.raw_info(object)?;
        // SAFETY: the name is NULL or ends in NUL, and is copied.
        Ok(ObjectInfo { heap: Heap(raw.heap), count: raw.count, name: unsafe { from_c(raw.name) } })
    }

    /// Its exact type, which keeps the object.
    pub fn type_of(&self, object: Local<'s>) -> Result<Type> {
        let id = self.raw_info(object)?.type_;
        Ok(Type { shared: self.shared_arc(), id, _keep: Some(self.persist(object)?) })
    }

    fn raw_info(&self, object: Local<'s>) -> Result<sys::vm_ref_info> {
        let mut raw = sys::vm_ref_info { heap: 0, type_: 0, count: 0, name: ptr::null() };
        // SAFETY: the handle is of an open scope.
        self.check(|e| unsafe { sys::vm_ref_get_info(self.as_raw(), object.raw(), &mut raw, e) })?;
        Ok(raw)
    }

    /// Is it of this type, or of a subtype?
    pub fn is(&self, object: Local<'s>, ty: &Type) -> Result<bool> {
        let (id, mut is) = (ty.id(self)?, 0);
        // SAFETY: the handle is of an open scope.
        self.check(|e| unsafe { sys::vm_ref_is(self.as_raw(), object.raw(), id, &mut is, e) })?;
        Ok(is != 0)
    }

    /// It as a function.
    ///
    /// [`Status::Handle`]: it is none.
    pub fn func(&self, object: Local<'s>) -> Result<Func<'s>> {
        Func::from_local(self, object)
    }

    /// A function that was defined under `(module, name)`, by the host or by
    /// [`InstanceRef::define`](crate::InstanceRef::define).
    ///
    /// [`Status::NotFound`], [`Status::Memory`].
    pub fn defined_func(&self, module: &str, name: &str) -> Result<Func<'s>> {
        let (module, name) = (c_name(module), c_name(name));
        let mut raw = sys::VM_NULL_REF;
        // SAFETY: names are borrowed for the call.
        self.check(|e| unsafe {
            sys::vm_isolate_get_func(self.as_raw(), module.as_ptr(), name.as_ptr(), &mut raw, e)
        })?;
        // SAFETY: made in this scope.
        Ok(Func(unsafe { self.take(raw) }?))
    }

    // ---- structs ----

    /// Make a struct. `fields` are all of them, inherited ones first; an empty list: each its default.
    ///
    /// [`Status::Argument`]: no struct type, a wrong count or type, a field without default. [`Status::Memory`].
    pub fn new_struct(&self, ty: &Type, fields: &[Value<'s>]) -> Result<Local<'s>> {
        let id = ty.id(self)?;
        let fields: Vec<sys::vm_value> = fields.iter().map(|v| v.to_raw()).collect();
        let first = if fields.is_empty() { ptr::null() } else { fields.as_ptr() };
        let mut raw = sys::VM_NULL_REF;
        // SAFETY: handles are of open scopes.
        self.check(|e| unsafe {
            sys::vm_struct_new(self.as_raw(), id, first, len32(fields.len()), &mut raw, e)
        })?;
        // SAFETY: made in this scope.
        unsafe { self.take(raw) }
    }

    /// Read field `index` of a struct. Packed fields come as an i32, zero-extended.
    ///
    /// [`Status::Argument`]: no such field. [`Status::Handle`]: no struct. [`Status::Memory`].
    pub fn get_field(&self, object: Local<'s>, index: u32) -> Result<Value<'s>> {
        let mut out = Value::I32(0).to_raw();
        // SAFETY: the handle is of an open scope.
        self.check(|e| unsafe {
            sys::vm_struct_get(self.as_raw(), object.raw(), index, &mut out, e)
        })?;
        // SAFETY: a handle in it was made in this scope.
        Ok(unsafe { Value::from_raw(&out) })
    }

    /// Write field `index` of a struct.
    ///
    /// [`Status::Argument`]: no such field, it is immutable, or of another type. [`Status::Handle`]: no struct.
    pub fn set_field(
        &self,
        object: Local<'s>,
        index: u32,
        value: impl Into<Value<'s>>,
    ) -> Result<()> {
        let value = value.into().to_raw();
        // SAFETY: handles are of open scopes.
        self.check(|e| unsafe { sys::vm_struct_set(self.as_raw(), object.raw(), index, &value, e) })
    }

    /// The index of the field with that name.
    ///
    /// [`Status::Argument`]: no struct type. [`Status::NotFound`].
    pub fn find_field(&self, ty: &Type, name: &str) -> Result<u32> {
        let (id, name, mut index) = (ty.id(self)?, c_name(name), 0);
        // SAFETY: the name is borrowed for the call.
        self.check(|e| unsafe {
            sys::vm_struct_find_field(self.as_raw(), id, name.as_ptr(), &mut index, e)
        })?;
        Ok(index)
    }

    // ---- arrays ----

    /// The array type with these elements, whether a module declares it or not.
    ///
    /// [`Status::Argument`]: no type of an element. [`Status::Memory`].
    pub fn array_type(&self, element: ValType, mutable: bool) -> Result<Type> {
        let mut id = 0;
        // SAFETY: the isolate lives.
        self.check(|e| unsafe {
            sys::vm_array_find_type(self.as_raw(), element.0, i32::from(mutable), &mut id, e)
        })?;
        Ok(Type { shared: self.shared_arc(), id, _keep: None })
    }

    /// Make an array of `length` elements, each `fill`, or the default.
    ///
    /// [`Status::Argument`]: no array type, another type, no default. [`Status::Limit`], [`Status::Memory`].
    pub fn new_array(&self, ty: &Type, length: u32, fill: Option<Value<'s>>) -> Result<Local<'s>> {
        let id = ty.id(self)?;
        let fill = fill.map(Value::to_raw);
        let fill = fill.as_ref().map_or(ptr::null(), |fill| fill as *const sys::vm_value);
        let mut raw = sys::VM_NULL_REF;
        // SAFETY: handles are of open scopes.
        self.check(|e| unsafe { sys::vm_array_new(self.as_raw(), id, length, fill, &mut raw, e) })?;
        // SAFETY: made in this scope.
        unsafe { self.take(raw) }
    }

    /// Make an `array mut i8` of these bytes: what texts are.
    ///
    /// [`Status::Limit`], [`Status::Memory`].
    pub fn new_bytes(&self, bytes: &[u8]) -> Result<Local<'s>> {
        let mut id = 0;
        let mut raw = sys::VM_NULL_REF;
        // SAFETY: bytes are borrowed for the call, and are as many as the length says, or the length is refused.
        self.check(|e| unsafe {
            sys::vm_array_find_type(self.as_raw(), sys::VM_I8, 1, &mut id, e)
        })?;
        if len32(bytes.len()) as usize != bytes.len() {
            return Err(Error::new(
                Status::Limit,
                format!("array: {} bytes are too many", bytes.len()),
            ));
        }
        self.check(|e| unsafe {
            sys::vm_array_new_data(
                self.as_raw(),
                id,
                bytes.as_ptr().cast(),
                bytes.len() as u32,
                &mut raw,
                e,
            )
        })?;
        // SAFETY: made in this scope.
        unsafe { self.take(raw) }
    }

    /// The bytes of an array of i8.
    ///
    /// [`Status::Handle`]: no array. [`Status::Argument`]: of something else.
    pub fn read_bytes(&self, array: Local<'s>) -> Result<Vec<u8>> {
        let length = self.array_len(array)?;
        let mut bytes = vec![0u8; length as usize];
        // SAFETY: there is room for as many bytes as are given; elements of another size are refused.
        self.check(|e| unsafe {
            sys::vm_array_read(
                self.as_raw(),
                array.raw(),
                0,
                length,
                bytes.as_mut_ptr().cast(),
                bytes.len(),
                e,
            )
        })?;
        Ok(bytes)
    }

    /// How many elements an array has.
    ///
    /// [`Status::Handle`]: it is no array.
    pub fn array_len(&self, array: Local<'s>) -> Result<u32> {
        let mut length = 0;
        // SAFETY: the handle is of an open scope.
        self.check(|e| unsafe {
            sys::vm_array_get_length(self.as_raw(), array.raw(), &mut length, e)
        })?;
        Ok(length)
    }

    /// Read element `index` of an array.
    ///
    /// [`Status::Argument`]: out of bounds. [`Status::Handle`]: no array. [`Status::Memory`].
    pub fn get_element(&self, array: Local<'s>, index: u32) -> Result<Value<'s>> {
        let mut out = Value::I32(0).to_raw();
        // SAFETY: the handle is of an open scope.
        self.check(|e| unsafe {
            sys::vm_array_get(self.as_raw(), array.raw(), index, &mut out, e)
        })?;
        // SAFETY: a handle in it was made in this scope.
        Ok(unsafe { Value::from_raw(&out) })
    }

    /// Write element `index` of an array.
    ///
    /// [`Status::Argument`]: out of bounds, immutable, or of another type. [`Status::Handle`]: no array.
    pub fn set_element(
        &self,
        array: Local<'s>,
        index: u32,
        value: impl Into<Value<'s>>,
    ) -> Result<()> {
        let value = value.into().to_raw();
        // SAFETY: handles are of open scopes.
        self.check(|e| unsafe { sys::vm_array_set(self.as_raw(), array.raw(), index, &value, e) })
    }

    // ---- dynamic languages ----

    /// What kind of object of a dynamic language is it?
    pub fn dynamic_kind(&self, object: Local<'s>) -> Result<DynamicKind> {
        let mut kind = 0;
        // SAFETY: the handle is of an open scope.
        self.check(|e| unsafe {
            sys::vm_dynamic_get_kind(self.as_raw(), object.raw(), &mut kind, e)
        })?;
        Ok(match kind {
            sys::VM_DYNAMIC_SYMBOL => DynamicKind::Symbol,
            sys::VM_DYNAMIC_MAP => DynamicKind::Map,
            sys::VM_DYNAMIC_OBJECT => DynamicKind::Object,
            _ => DynamicKind::Other,
        })
    }

    /// The symbol of these bytes.
    ///
    /// [`Status::Limit`]: more than 2^30 bytes. [`Status::Memory`].
    pub fn symbol(&self, bytes: impl AsRef<[u8]>) -> Result<Local<'s>> {
        let bytes = bytes.as_ref();
        let mut raw = sys::VM_NULL_REF;
        // SAFETY: bytes are borrowed for the call.
        self.check(|e| unsafe {
            sys::vm_symbol_new(self.as_raw(), bytes.as_ptr().cast(), bytes.len(), &mut raw, e)
        })?;
        // SAFETY: made in this scope.
        unsafe { self.take(raw) }
    }

    /// The bytes of a symbol.
    ///
    /// [`Status::Handle`]: it is none.
    pub fn symbol_bytes(&self, symbol: Local<'s>) -> Result<&'s [u8]> {
        let (mut bytes, mut size) = (ptr::null(), 0);
        // SAFETY: the handle is of an open scope, and keeps the symbol, and thereby its bytes, as long as 's.
        self.check(|e| unsafe {
            sys::vm_symbol_read(self.as_raw(), symbol.raw(), &mut bytes, &mut size, e)
        })?;
        Ok(if size == 0 { &[] } else { unsafe { std::slice::from_raw_parts(bytes.cast(), size) } })
    }

    /// A new map. [`Status::Memory`].
    pub fn new_map(&self) -> Result<Local<'s>> {
        let mut raw = sys::VM_NULL_REF;
        // SAFETY: the isolate lives.
        self.check(|e| unsafe { sys::vm_map_new(self.as_raw(), &mut raw, e) })?;
        // SAFETY: made in this scope.
        unsafe { self.take(raw) }
    }

    /// The value of a key, if the map has it.
    ///
    /// [`Status::Handle`]: no map. [`Status::Memory`].
    pub fn map_get(&self, map: Local<'s>, key: impl Into<Dyn<'s>>) -> Result<Option<Dyn<'s>>> {
        let (key, mut out, mut found) = (key.into().to_raw(), Dyn::Nil.to_raw(), 0);
        // SAFETY: handles are of open scopes.
        self.check(|e| unsafe {
            sys::vm_map_get(self.as_raw(), map.raw(), &key, &mut out, &mut found, e)
        })?;
        // SAFETY: a dyn; a handle in it was made in this scope.
        Ok(if found != 0 { Some(unsafe { Dyn::from_raw(&out) }) } else { None })
    }

    /// Set the value of a key. As [`Scope::map_get`].
    pub fn map_set(
        &self,
        map: Local<'s>,
        key: impl Into<Dyn<'s>>,
        value: impl Into<Dyn<'s>>,
    ) -> Result<()> {
        let (key, value) = (key.into().to_raw(), value.into().to_raw());
        // SAFETY: handles are of open scopes.
        self.check(|e| unsafe { sys::vm_map_set(self.as_raw(), map.raw(), &key, &value, e) })
    }

    /// Delete a key; was there one? As [`Scope::map_get`].
    pub fn map_delete(&self, map: Local<'s>, key: impl Into<Dyn<'s>>) -> Result<bool> {
        let (key, mut deleted) = (key.into().to_raw(), 0);
        // SAFETY: handles are of open scopes.
        self.check(|e| unsafe {
            sys::vm_map_delete(self.as_raw(), map.raw(), &key, &mut deleted, e)
        })?;
        Ok(deleted != 0)
    }

    /// The next entry of a map in the order of insertion, from `*position` on, which is 0 at first and then left
    /// where to go on; `None`: there are no more. As [`Scope::map_get`].
    pub fn map_next(
        &self,
        map: Local<'s>,
        position: &mut u32,
    ) -> Result<Option<(Dyn<'s>, Dyn<'s>)>> {
        let (mut key, mut value) = (Dyn::Nil.to_raw(), Dyn::Nil.to_raw());
        // SAFETY: the handle is of an open scope.
        let result = self.check(|e| unsafe {
            sys::vm_map_next(self.as_raw(), map.raw(), position, &mut key, &mut value, e)
        });
        match result {
            // SAFETY: dyns; handles in them were made in this scope.
            Ok(()) => Ok(Some(unsafe { (Dyn::from_raw(&key), Dyn::from_raw(&value)) })),
            Err(error) if error.status() == Status::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A new object with named properties; `proto` is another one.
    ///
    /// [`Status::Handle`]: `proto` is none. [`Status::Memory`].
    pub fn new_shaped(&self, proto: Option<Local<'s>>) -> Result<Local<'s>> {
        let mut raw = sys::VM_NULL_REF;
        let proto = proto.map_or(sys::VM_NULL_REF, Local::raw);
        // SAFETY: the handle is null or of an open scope.
        self.check(|e| unsafe { sys::vm_shaped_new(self.as_raw(), proto, &mut raw, e) })?;
        // SAFETY: made in this scope.
        unsafe { self.take(raw) }
    }

    /// The property `name`, a symbol, of the object or of its prototypes; nil if there is none.
    ///
    /// [`Status::Handle`]: no such object, or no symbol. [`Status::Memory`].
    pub fn get_property(&self, object: Local<'s>, name: Local<'s>) -> Result<Dyn<'s>> {
        let mut out = Dyn::Nil.to_raw();
        // SAFETY: handles are of open scopes.
        self.check(|e| unsafe {
            sys::vm_shaped_get(self.as_raw(), object.raw(), name.raw(), &mut out, e)
        })?;
        // SAFETY: a dyn; a handle in it was made in this scope.
        Ok(unsafe { Dyn::from_raw(&out) })
    }

    /// Set or add a property of its own. As [`Scope::get_property`].
    pub fn put_property(
        &self,
        object: Local<'s>,
        name: Local<'s>,
        value: impl Into<Dyn<'s>>,
    ) -> Result<()> {
        let value = value.into().to_raw();
        // SAFETY: handles are of open scopes.
        self.check(|e| unsafe {
            sys::vm_shaped_put(self.as_raw(), object.raw(), name.raw(), &value, e)
        })
    }
}
