//! Scopes and the handles in them: the part that everything else's safety rests on.
//!
//! SPDX-License-Identifier: MIT
//!
//! `'s` of `Scope<'s>` is invariant, and chosen by us alone: whoever gets a scope gets it as the argument of a
//! closure that has to work for every `'s`. So no two scopes that a program can reach at a time have the same, a
//! `Local<'s>` fits its own scope only, and nothing with `'s` in it leaves the closure. A scope inside another is
//! given as `Nested<'t, 's>`, whose form says that `'s` outlives `'t`: that is how handles of the outer scope, and
//! no others, shrink to fit the inner one. The outer scope is borrowed mutably meanwhile, since C makes handles in
//! the innermost scope: one made for `'s` would die with `'t`.
use crate::error::{Error, ErrorBuffer, Result};
use crate::isolate::Shared;
use crate::sys;
use std::error::Error as StdError;
use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::ops::{Deref, DerefMut};
use std::ptr::{self, NonNull};
use std::sync::atomic::Ordering;
use std::sync::Arc;

/// An open scope of an isolate: what is needed to do anything with it. It is given to closures, by
/// [`Isolate::enter`](crate::Isolate::enter), [`Scope::scope`] and to host functions.
pub struct Scope<'s> {
    isolate: NonNull<sys::vm_isolate>,
    shared: NonNull<Shared>,
    brand: PhantomData<fn(&'s ()) -> &'s ()>,
}

/// A scope inside another: a [`Scope`], and the knowledge that handles of the outer one may be used in it.
pub struct Nested<'t, 's: 't> {
    scope: Scope<'t>,
    outer: PhantomData<&'t &'s ()>,
}

impl<'t, 's: 't> Deref for Nested<'t, 's> {
    type Target = Scope<'t>;
    fn deref(&self) -> &Scope<'t> {
        &self.scope
    }
}

impl<'t, 's: 't> DerefMut for Nested<'t, 's> {
    fn deref_mut(&mut self) -> &mut Scope<'t> {
        &mut self.scope
    }
}

/// Closes what it opened, also when a panic passes.
struct Opened {
    isolate: NonNull<sys::vm_isolate>,
    scope: sys::vm_scope,
}

impl Opened {
    #[inline]
    fn new(isolate: NonNull<sys::vm_isolate>) -> Result<Opened> {
        let mut scope = sys::vm_scope { mark: 0, depth: 0 };
        // SAFETY: whoever has a Scope, or an Isolate by &mut, may use the isolate.
        match unsafe { sys::vm_scope_open(isolate.as_ptr(), &mut scope, ptr::null_mut()) } {
            sys::VM_OK => Ok(Opened { isolate, scope }),
            _ => Err(Error::new(crate::Status::Memory, "no memory for a scope")),
        }
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        // SAFETY: as above. It is the innermost one, since scopes are closures.
        let status =
            unsafe { sys::vm_scope_close(self.isolate.as_ptr(), self.scope, ptr::null_mut()) };
        debug_assert_eq!(status, sys::VM_OK);
    }
}

/// Runs `f` in a new scope of an isolate that is not entered.
///
/// # Safety
/// The isolate lives and belongs to this thread until this returns; `shared` is its own.
pub(crate) unsafe fn enter<R>(
    isolate: NonNull<sys::vm_isolate>,
    shared: NonNull<Shared>,
    f: impl for<'s> FnOnce(&mut Scope<'s>) -> R,
) -> Result<R> {
    let opened = Opened::new(isolate)?;
    // SAFETY: as the caller says.
    let result = unsafe {
        shared.as_ref().release_dropped(isolate); // what other threads let go of
        with(isolate, shared, f)
    };
    drop(opened);
    Ok(result)
}

/// Runs `f` in the scope that is open already: a host function's.
///
/// # Safety
/// As of [`enter`]; and no other `Scope` can be used before this returns.
pub(crate) unsafe fn with<R>(
    isolate: NonNull<sys::vm_isolate>,
    shared: NonNull<Shared>,
    f: impl for<'s> FnOnce(&mut Scope<'s>) -> R,
) -> R {
    f(&mut Scope { isolate, shared, brand: PhantomData })
}

impl<'s> Scope<'s> {
    /// The isolate as C has it, which may be used as long as this scope is.
    #[inline(always)]
    pub fn as_raw(&self) -> *mut sys::vm_isolate {
        self.isolate.as_ptr()
    }

    #[inline(always)]
    pub(crate) fn shared(&self) -> &Shared {
        // SAFETY: the isolate holds it, and outlives its scopes.
        unsafe { self.shared.as_ref() }
    }

    pub(crate) fn shared_arc(&self) -> Arc<Shared> {
        // SAFETY: it came from Arc::as_ptr, and the isolate's Arc lives.
        unsafe {
            Arc::increment_strong_count(self.shared.as_ptr());
            Arc::from_raw(self.shared.as_ptr())
        }
    }

    pub(crate) fn is_ours(&self, shared: &Arc<Shared>) -> bool {
        ptr::eq(Arc::as_ptr(shared), self.shared.as_ptr())
    }

    /// Calls C for something that does not run guest code.
    pub(crate) fn check(
        &self,
        call: impl FnOnce(*mut sys::vm_error) -> sys::vm_status,
    ) -> Result<()> {
        crate::error::check(call)
    }

    /// Calls C for something that runs guest code: panics that were caught on the way go on here, and errors tell
    /// of the exception.
    #[inline(always)]
    pub(crate) fn check_guest(
        &self,
        call: impl FnOnce(*mut sys::vm_error) -> sys::vm_status,
    ) -> Result<()> {
        let mut buffer = ErrorBuffer::new();
        let status = call(buffer.as_mut_ptr());
        if status == sys::VM_OK && !self.shared().panicked.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.guest_failed(status, buffer)
    }

    #[cold]
    #[inline(never)]
    fn guest_failed(&self, status: sys::vm_status, buffer: ErrorBuffer) -> Result<()> {
        self.shared().resume_panic();
        if status == sys::VM_OK {
            return Ok(());
        }
        Err(buffer.into_error(status).with_exception(self))
    }

    /// Runs `f` in a scope of its own, whose handles are let go of at its end. Wherever handles are made in a
    /// loop, each round should have one: without, they pile up until the scope around it closes.
    ///
    /// [`Status::Memory`](crate::Status::Memory), and what `f` fails with.
    #[inline]
    pub fn scope<R>(
        &mut self,
        f: impl for<'t> FnOnce(&mut Nested<'t, 's>) -> Result<R>,
    ) -> Result<R> {
        let opened = Opened::new(self.isolate)?;
        self.shared().release_dropped(self.isolate);
        let scope = Scope { isolate: self.isolate, shared: self.shared, brand: PhantomData };
        let result = f(&mut Nested { scope, outer: PhantomData });
        drop(opened);
        result
    }

    /// As [`Scope::scope`], and carries one object out into this scope: for functions that make others on the way.
    pub fn escape(
        &mut self,
        f: impl for<'t> FnOnce(&mut Nested<'t, 's>) -> Result<Local<'t>>,
    ) -> Result<Local<'s>> {
        let opened = Opened::new(self.isolate)?;
        let scope = Scope { isolate: self.isolate, shared: self.shared, brand: PhantomData };
        let mut raw = f(&mut Nested { scope, outer: PhantomData })?.raw();
        self.check(|e| unsafe { sys::vm_scope_escape(self.as_raw(), opened.scope, &mut raw, e) })?;
        std::mem::forget(opened); // closed by that
                                  // SAFETY: C made it in our scope, or it was of one around ours.
        unsafe { self.take(raw) }
    }

    /// A handle that C just made in this scope, the innermost one, and that is not null.
    ///
    /// # Safety
    /// That it is so.
    pub(crate) unsafe fn take(&self, raw: sys::vm_ref) -> Result<Local<'s>> {
        // SAFETY: as the caller says.
        unsafe { Local::from_raw(raw) }
            .ok_or_else(|| Error::new(crate::Status::Handle, "expected an object, found null"))
    }

    /// A persistent reference to an object.
    ///
    /// [`Status::Memory`](crate::Status::Memory).
    pub fn persist(&self, object: Local<'s>) -> Result<Ref> {
        self.shared().release_dropped(self.isolate);
        let mut raw = sys::VM_NULL_REF;
        // SAFETY: the handle is of an open scope of this isolate's.
        self.check(|e| unsafe { sys::vm_ref_persist(self.as_raw(), object.raw(), &mut raw, e) })?;
        Ok(Ref(Arc::new(RefInner { raw, shared: self.shared_arc() })))
    }

    /// Are they the same object?
    pub fn same(&self, a: Local<'s>, b: Local<'s>) -> bool {
        let mut same = 0;
        // SAFETY: handles of open scopes.
        unsafe {
            sys::vm_ref_same(self.as_raw(), a.raw(), b.raw(), &mut same, ptr::null_mut())
                == sys::VM_OK
                && same != 0
        }
    }

    /// The exception that the last call ended with.
    pub(crate) fn last_exception(&self) -> Option<Ref> {
        let opened = Opened::new(self.isolate).ok()?;
        let mut raw = sys::VM_NULL_REF;
        // SAFETY: the handle lives until `opened` closes.
        let exception = unsafe {
            if sys::vm_isolate_get_exception(self.as_raw(), &mut raw, ptr::null_mut()) != sys::VM_OK
            {
                return None;
            }
            Local::from_raw(raw)?
        };
        let kept = self.persist(exception).ok();
        drop(opened);
        kept
    }

    /// The Rust error that a host function failed with, if the exception that the last call ended with is the one
    /// that was made of it.
    pub(crate) fn take_source(&self) -> Option<Box<dyn StdError + Send + Sync>> {
        let (payload, source) = self.shared().take_source()?;
        let opened = Opened::new(self.isolate).ok();
        let mut same = 0;
        // SAFETY: null is the exception of the last call; `payload` is a persistent handle of ours.
        unsafe {
            let mut thrown: sys::vm_value = std::mem::zeroed();
            let null = sys::VM_NULL_REF;
            if opened.is_some()
                && sys::vm_exception_get_payload(self.as_raw(), null, &mut thrown, ptr::null_mut())
                    == sys::VM_OK
                && thrown.kind == sys::VM_KIND_DYN
                && thrown.is_ref != 0
            {
                sys::vm_ref_same(
                    self.as_raw(),
                    payload,
                    thrown.of.ref_,
                    &mut same,
                    ptr::null_mut(),
                );
            }
            sys::vm_ref_release(self.as_raw(), payload, ptr::null_mut());
        }
        if same != 0 {
            Some(source)
        } else {
            None
        }
    }
}

impl fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scope({:p})", self.isolate)
    }
}

/// An object of the guest's, alive as long as the scope that the handle was made in. Null is `None` of an
/// `Option<Local>`.
#[derive(Clone, Copy)]
pub struct Local<'s> {
    index: NonZeroU32,
    serial: u32,
    scope: PhantomData<(&'s (), *mut ())>,
}

impl<'s> Local<'s> {
    /// `None` for null.
    ///
    /// # Safety
    /// The handle is of a scope that is open as long as `'s`.
    #[inline(always)]
    pub(crate) unsafe fn from_raw(raw: sys::vm_ref) -> Option<Local<'s>> {
        Some(Local { index: NonZeroU32::new(raw.index)?, serial: raw.serial, scope: PhantomData })
    }

    /// The handle as C has it.
    #[inline(always)]
    pub fn raw(self) -> sys::vm_ref {
        sys::vm_ref { index: self.index.get(), serial: self.serial }
    }
}

impl fmt::Debug for Local<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Local({}.{})", self.index, self.serial)
    }
}

struct RefInner {
    raw: sys::vm_ref,
    shared: Arc<Shared>,
}

impl Drop for RefInner {
    fn drop(&mut self) {
        self.shared.drop_later(self.raw);
    }
}

/// An object of the guest's, kept alive wherever the reference is: in structures of the host's, in closures, in
/// other threads. To use it takes a scope of its isolate ([`Ref::local`]). A clone refers to the same object.
///
/// The isolate lets go of the object when its thread comes by next: when it is entered, opens a scope, or
/// persists something. A `Ref` does not keep the isolate alive.
///
/// Beware of circles: a host object, or a closure of a host function, that holds a `Ref` to what holds *it* keeps
/// both alive as long as the isolate. Hold it weakly then, see [`Scope::new_weak`].
#[derive(Clone)]
pub struct Ref(Arc<RefInner>);

impl Ref {
    /// A handle for it in this scope.
    ///
    /// [`Status::Handle`](crate::Status::Handle): it belongs to another isolate.
    pub fn local<'s>(&self, cx: &Scope<'s>) -> Result<Local<'s>> {
        if !cx.is_ours(&self.0.shared) {
            return Err(Error::foreign("Ref"));
        }
        let mut raw = sys::VM_NULL_REF;
        // SAFETY: a persistent handle of this isolate's, not released before the last Ref is gone; C makes the new
        // one in this scope.
        cx.check(|e| unsafe { sys::vm_ref_dup(cx.as_raw(), self.0.raw, &mut raw, e) })?;
        unsafe { cx.take(raw) }
    }
}

impl fmt::Debug for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ref({}.{})", self.0.raw.index, self.0.raw.serial)
    }
}
