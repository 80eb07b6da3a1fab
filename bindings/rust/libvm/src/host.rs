//! Host functions: how C comes to a closure, and how the closure's end becomes the guest's.
//!
//! SPDX-License-Identifier: MIT
use crate::error::{check, Error, Kind, Payload, Result, Status, Throw, Trap};
use crate::isolate::{Panics, Shared};
use crate::scope::{self, Scope};
use crate::typed::{List, ListAt, Ty, TyAt};
use crate::value::{FuncType, Value};
use crate::{c_name, len32, sys};
use std::any::Any;
use std::marker::PhantomData;
use std::os::raw::c_void;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr::{self, NonNull};
use std::sync::Arc;

/// What C keeps of a host function. Several calls of it may run at a time, one inside the other, so there is no
/// way to a `&mut` of it.
struct Data<F> {
    shared: NonNull<Shared>, // the isolate's, which outlives its functions
    function: F,
}

pub(crate) type Entry = unsafe extern "C" fn(
    *mut sys::vm_isolate,
    *mut c_void,
    *const sys::vm_value,
    *mut sys::vm_value,
) -> sys::vm_status;

/// # Safety
/// `entry` is for functions of type F, and for signatures `ty`. The isolate is ours, `shared` its own.
pub(crate) unsafe fn define<F: Send + 'static>(
    isolate: NonNull<sys::vm_isolate>,
    shared: &Arc<Shared>,
    module: &str,
    name: &str,
    ty: &FuncType,
    entry: Entry,
    function: F,
) -> Result<()> {
    let (module, name) = (c_name(module), c_name(name));
    let raw = |types: &[crate::ValType]| types.iter().map(|t| t.0).collect::<Vec<sys::vm_type>>();
    let (params, results) = (raw(&ty.params), raw(&ty.results));
    // SAFETY: an Arc's pointer is never null.
    let shared = unsafe { NonNull::new_unchecked(Arc::as_ptr(shared) as *mut Shared) };
    let data = Box::into_raw(Box::new(Data { shared, function }));
    // SAFETY: names and types are borrowed for the call; `data` is dropped by the isolate, or here on failure.
    let result = check(|e| unsafe {
        sys::vm_isolate_define_func(
            isolate.as_ptr(),
            module.as_ptr(),
            name.as_ptr(),
            params.as_ptr(),
            len32(params.len()),
            results.as_ptr(),
            len32(results.len()),
            Some(entry),
            data.cast(),
            Some(drop_data::<F>),
            e,
        )
    });
    if result.is_err() {
        // SAFETY: C did not take it.
        drop(unsafe { Box::from_raw(data) });
    }
    result
}

unsafe extern "C" fn drop_data<F>(user: *mut c_void) {
    let data = user.cast::<Data<F>>();
    // SAFETY: it is what define() made, given back once; its `shared` lives still.
    unsafe {
        let shared = (*data).shared;
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(Box::from_raw(data)))) {
            shared.as_ref().keep_panic(panic);
        }
    }
}

/// The frame between C and a closure: nothing unwinds through it.
///
/// # Safety
/// `user` is a `Data<F>`, and C calls a host function of this isolate: its scope is open, and whoever has another
/// `Scope` of it waits for that call.
#[inline(always)]
unsafe fn run<F>(
    isolate: *mut sys::vm_isolate,
    user: *mut c_void,
    body: impl for<'h> FnOnce(&F, &mut Scope<'h>) -> Result<(), Throw>,
) -> sys::vm_status {
    // SAFETY: as the caller says.
    let (data, isolate) = unsafe { (&*user.cast::<Data<F>>(), NonNull::new_unchecked(isolate)) };
    let shared = data.shared;
    let result = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: as above.
        unsafe {
            scope::with(isolate, shared, |cx| match body(&data.function, cx) {
                Ok(()) => sys::VM_OK,
                Err(throw) => throw.raise(cx),
            })
        }
    }));
    match result {
        Ok(status) => status,
        // SAFETY: the isolate lives, and a host function runs in it.
        Err(panic) => unsafe { panicked(isolate, shared.as_ref(), panic) },
    }
}

#[cold]
unsafe fn panicked(
    isolate: NonNull<sys::vm_isolate>,
    shared: &Shared,
    panic: Box<dyn Any + Send>,
) -> sys::vm_status {
    if shared.panics == Panics::Throw {
        let text = panic
            .downcast_ref::<&str>()
            .map(|text| text.to_string())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "a panic".to_string());
        let text = c_name(&format!("panic: {}", text));
        if catch_unwind(AssertUnwindSafe(|| drop(panic))).map_err(std::mem::forget).is_ok() {
            // SAFETY: as the caller says.
            return unsafe { sys::vm_isolate_throw_text(isolate.as_ptr(), text.as_ptr()) };
        }
        // SAFETY: as the caller says.
        return unsafe { sys::vm_isolate_trap(isolate.as_ptr(), sys::VM_TRAP_HOST) };
    }
    shared.keep_panic(panic);
    // The guest ends, past its handlers, up to whoever called it: there the panic goes on.
    // SAFETY: as the caller says.
    unsafe { sys::vm_isolate_exit(isolate.as_ptr(), 101) }
}

impl Throw {
    /// Makes it the guest's, and gives what the host function is to return.
    #[cold]
    fn raise(self, cx: &mut Scope<'_>) -> sys::vm_status {
        let isolate = cx.as_raw();
        // SAFETY: a host function of this isolate's runs; handles are of its scope.
        unsafe {
            match self.0 {
                Kind::Pass(error) => pass(cx, error),
                Kind::Text(text, source) => throw_text(cx, &text, source),
                Kind::Payload(Payload::Word(word)) => {
                    let of = sys::vm_value__bindgen_ty_1 { dyn_: word };
                    sys::vm_isolate_throw(
                        isolate,
                        &sys::vm_value { kind: sys::VM_KIND_DYN, is_ref: 0, of },
                    )
                }
                Kind::Payload(Payload::Object(object)) => match object.local(cx) {
                    Ok(object) => sys::vm_isolate_throw(isolate, &Value::from(object).to_raw()),
                    Err(error) => throw_text(cx, error.message(), None),
                },
                Kind::Trap(trap) => match sys::vm_isolate_trap(isolate, trap.as_raw()) {
                    sys::VM_EXCEPTION => sys::VM_EXCEPTION,
                    _ => sys::vm_isolate_trap(isolate, Trap::Host.as_raw()),
                },
                Kind::Exit(code) => sys::vm_isolate_exit(isolate, code),
                Kind::Stop => match sys::vm_isolate_poll(isolate) {
                    sys::VM_OK => sys::vm_isolate_trap(isolate, Trap::Host.as_raw()),
                    status => status,
                },
            }
        }
    }
}

/// A nested call's error: the same exception goes on, if it is one of this isolate's.
unsafe fn pass(cx: &mut Scope<'_>, error: Error) -> sys::vm_status {
    if let Some(Ok(exception)) = error.exception().map(|exception| exception.local(cx)) {
        // SAFETY: as raise() says.
        let status = unsafe { sys::vm_isolate_rethrow(cx.as_raw(), exception.raw()) };
        if matches!(status, sys::VM_EXCEPTION | sys::VM_TERMINATED) {
            // SAFETY: as above.
            unsafe { keep_cause(cx, error) };
            return status;
        }
    }
    match error.status() {
        Status::Memory => sys::VM_MEMORY,
        Status::Limit => sys::VM_LIMIT,
        _ => {
            let text = error.message().to_string();
            // SAFETY: as above.
            unsafe { throw_text(cx, &text, Some(Box::new(error))) }
        }
    }
}

/// An exception that came from a Rust error still has it when it goes on.
unsafe fn keep_cause(cx: &mut Scope<'_>, error: Error) {
    let payload = match error.payload(cx) {
        Ok(Some(payload)) => payload.as_ref(),
        _ => None,
    };
    if let (Some(payload), Some(source)) = (payload, error.into_source()) {
        // SAFETY: as raise() says.
        unsafe { set_source(cx, payload.raw(), source) };
    }
}

unsafe fn set_source(
    cx: &mut Scope<'_>,
    payload: sys::vm_ref,
    source: Box<dyn std::error::Error + Send + Sync>,
) {
    let mut kept = sys::VM_NULL_REF;
    // SAFETY: a handle of an open scope.
    if unsafe { sys::vm_ref_persist(cx.as_raw(), payload, &mut kept, ptr::null_mut()) }
        == sys::VM_OK
    {
        cx.shared().set_source((kept, source));
    }
}

unsafe fn throw_text(
    cx: &mut Scope<'_>,
    text: &str,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
) -> sys::vm_status {
    let array = match cx.new_bytes(text.as_bytes()) {
        Ok(array) => array,
        // SAFETY: as raise() says.
        Err(_) => return unsafe { sys::vm_isolate_trap(cx.as_raw(), sys::VM_TRAP_OUT_OF_MEMORY) },
    };
    if let Some(source) = source {
        // SAFETY: as above.
        unsafe { set_source(cx, array.raw(), source) };
    }
    // SAFETY: as above.
    unsafe { sys::vm_isolate_throw(cx.as_raw(), &Value::from(array).to_raw()) }
}

// ---- closures over lists of types ----

pub(crate) fn typed_entry<A, R, F>() -> Entry
where
    A: List,
    R: List,
    F: for<'h> Fn(
            &mut Scope<'h>,
            <A as ListAt<'h>>::Values,
        ) -> Result<<R as ListAt<'h>>::Values, Throw>
        + 'static,
{
    unsafe extern "C" fn entry<A, R, F>(
        isolate: *mut sys::vm_isolate,
        user: *mut c_void,
        args: *const sys::vm_value,
        results: *mut sys::vm_value,
    ) -> sys::vm_status
    where
        A: List,
        R: List,
        F: for<'h> Fn(
                &mut Scope<'h>,
                <A as ListAt<'h>>::Values,
            ) -> Result<<R as ListAt<'h>>::Values, Throw>
            + 'static,
    {
        fn body<'h, A, R, F>(
            function: &F,
            cx: &mut Scope<'h>,
            args: *const sys::vm_value,
            results: *mut sys::vm_value,
        ) -> Result<(), Throw>
        where
            A: List,
            R: List,
            F: for<'x> Fn(
                &mut Scope<'x>,
                <A as ListAt<'x>>::Values,
            ) -> Result<<R as ListAt<'x>>::Values, Throw>,
        {
            // SAFETY: C gives as many values as the signature has, of its kinds; handles are of this scope.
            let values = unsafe { <A as ListAt<'h>>::from_raw(args) };
            let values = function(cx, values)?;
            // SAFETY: there is room for as many.
            unsafe { <R as ListAt<'h>>::to_raw(values, results) };
            Ok(())
        }
        // SAFETY: as run() wants it.
        unsafe {
            run::<F>(isolate, user, |function, cx| body::<A, R, F>(function, cx, args, results))
        }
    }
    entry::<A, R, F>
}

// ---- closures of any type ----

pub(crate) struct Untyped<F> {
    pub(crate) params: usize,
    pub(crate) results: usize,
    pub(crate) function: F,
}

/// The arguments of a host function of any type.
#[derive(Clone, Copy)]
pub struct Args<'a, 'h> {
    values: &'a [sys::vm_value],
    scope: PhantomData<Value<'h>>,
}

impl<'a, 'h> Args<'a, 'h> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Argument `index`, if there is one.
    pub fn get(&self, index: usize) -> Option<Value<'h>> {
        // SAFETY: libvm's values, their handles of the function's scope.
        self.values.get(index).map(|raw| unsafe { Value::from_raw(raw) })
    }

    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = Value<'h>> + 'a
    where
        'h: 'a,
    {
        // SAFETY: as above.
        self.values.iter().map(|raw| unsafe { Value::from_raw(raw) })
    }
}

pub(crate) fn untyped_entry<F>() -> Entry
where
    F: for<'h> Fn(&mut Scope<'h>, Args<'_, 'h>) -> Result<Vec<Value<'h>>, Throw> + 'static,
{
    unsafe extern "C" fn entry<F>(
        isolate: *mut sys::vm_isolate,
        user: *mut c_void,
        args: *const sys::vm_value,
        results: *mut sys::vm_value,
    ) -> sys::vm_status
    where
        F: for<'h> Fn(&mut Scope<'h>, Args<'_, 'h>) -> Result<Vec<Value<'h>>, Throw> + 'static,
    {
        // SAFETY: as run() wants it; C gives as many values as the signature has.
        unsafe {
            run::<Untyped<F>>(isolate, user, |data, cx| {
                let values: &[sys::vm_value] = if data.params == 0 {
                    &[]
                } else {
                    std::slice::from_raw_parts(args, data.params)
                };
                let values = (data.function)(cx, Args { values, scope: PhantomData })?;
                if values.len() != data.results {
                    return Err(Throw::trap(Trap::Host));
                }
                for (i, value) in values.into_iter().enumerate() {
                    results.add(i).write(value.to_raw());
                }
                Ok(())
            })
        }
    }
    entry::<F>
}

// ---- closures over numbers, whose type is their own ----

/// A closure that [`Isolate::define`](crate::Isolate::define) takes; `M` is how the compiler tells its forms apart.
///
/// # Safety
/// The entry is for functions of this type and signature. There is nothing to implement: closures have it.
pub unsafe trait HostFunction<M>: Send + Sized + 'static {
    #[doc(hidden)]
    fn func_type() -> FuncType;
    #[doc(hidden)]
    fn entry() -> Entry;
}

/// Marks closures that take a [`Scope`] first.
#[derive(Debug)]
pub struct WithScope(());

/// What such a closure may return: a number, `()`, or a `Result` of one and [`Throw`].
pub trait HostResult: sealed::Sealed {
    #[doc(hidden)]
    type List: List;
    /// # Safety
    /// `out` has room for the list's values.
    #[doc(hidden)]
    unsafe fn finish(self, out: *mut sys::vm_value) -> Result<(), Throw>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! results {
    ($($ty:ty)*) => {
        $(impl sealed::Sealed for $ty {}
        impl HostResult for $ty {
            type List = $ty;
            #[inline(always)]
            unsafe fn finish(self, out: *mut sys::vm_value) -> Result<(), Throw> {
                // SAFETY: as the caller says.
                unsafe { <$ty as ListAt<'static>>::to_raw(self, out) };
                Ok(())
            }
        })*
    };
}
results!(() i32 u32 i64 u64 f32 f64);

impl<T: HostResult> sealed::Sealed for Result<T, Throw> {}
impl<T: HostResult> HostResult for Result<T, Throw> {
    type List = T::List;
    #[inline(always)]
    unsafe fn finish(self, out: *mut sys::vm_value) -> Result<(), Throw> {
        // SAFETY: as the caller says.
        unsafe { self?.finish(out) }
    }
}

/// A number: the same type in every scope.
#[doc(hidden)]
pub trait Number: Ty + for<'a> TyAt<'a, Value = Self> {}
impl Number for i32 {}
impl Number for u32 {}
impl Number for i64 {}
impl Number for u64 {}
impl Number for f32 {}
impl Number for f64 {}

macro_rules! functions {
    ($($ty:ident $index:tt),*) => {
        #[allow(unused_variables, non_snake_case)]
        unsafe impl<F, R, $($ty),*> HostFunction<(R, $($ty,)*)> for F
        where
            F: Fn($($ty),*) -> R + Send + 'static,
            R: HostResult,
            $($ty: Number,)*
        {
            fn func_type() -> FuncType {
                FuncType::new(vec![$(<$ty as Ty>::TYPE),*], <R::List as List>::types())
            }
            fn entry() -> Entry {
                unsafe extern "C" fn entry<F, R, $($ty),*>(
                    isolate: *mut sys::vm_isolate,
                    user: *mut c_void,
                    args: *const sys::vm_value,
                    results: *mut sys::vm_value,
                ) -> sys::vm_status
                where
                    F: Fn($($ty),*) -> R,
                    R: HostResult,
                    $($ty: Number,)*
                {
                    // SAFETY: as run() wants it; C gives as many values as there are parameters, of their kinds.
                    unsafe {
                        run::<F>(isolate, user, |function, cx| {
                            function($(<$ty as TyAt<'static>>::from_raw(&*args.add($index))),*).finish(results)
                        })
                    }
                }
                entry::<F, R, $($ty),*>
            }
        }

        #[allow(unused_variables, non_snake_case)]
        unsafe impl<F, R, $($ty),*> HostFunction<(WithScope, R, $($ty,)*)> for F
        where
            F: for<'h> Fn(&mut Scope<'h>, $($ty),*) -> R + Send + 'static,
            R: HostResult,
            $($ty: Number,)*
        {
            fn func_type() -> FuncType {
                FuncType::new(vec![$(<$ty as Ty>::TYPE),*], <R::List as List>::types())
            }
            fn entry() -> Entry {
                unsafe extern "C" fn entry<F, R, $($ty),*>(
                    isolate: *mut sys::vm_isolate,
                    user: *mut c_void,
                    args: *const sys::vm_value,
                    results: *mut sys::vm_value,
                ) -> sys::vm_status
                where
                    F: for<'h> Fn(&mut Scope<'h>, $($ty),*) -> R,
                    R: HostResult,
                    $($ty: Number,)*
                {
                    // SAFETY: as above.
                    unsafe {
                        run::<F>(isolate, user, |function, cx| {
                            function(cx, $(<$ty as TyAt<'static>>::from_raw(&*args.add($index))),*).finish(results)
                        })
                    }
                }
                entry::<F, R, $($ty),*>
            }
        }
    };
}

functions!();
functions!(A 0);
functions!(A 0, B 1);
functions!(A 0, B 1, C 2);
functions!(A 0, B 1, C 2, D 3);
functions!(A 0, B 1, C 2, D 3, E 4);
functions!(A 0, B 1, C 2, D 3, E 4, G 5);
functions!(A 0, B 1, C 2, D 3, E 4, G 5, H 6);
functions!(A 0, B 1, C 2, D 3, E 4, G 5, H 6, I 7);
