//! Types of the guest as types of Rust, and calls that were checked once.
//!
//! SPDX-License-Identifier: MIT
use crate::error::{Error, Result, Status};
use crate::scope::{Local, Scope};
use crate::value::{Dyn, FuncType, Heap, ValType, Value};
use crate::{len32, sys};
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr;

/// A type of the guest's, seen from a scope with lifetime `'a`.
///
/// # Safety
/// There is nothing to implement outside of this crate.
pub unsafe trait TyAt<'a> {
    /// What values of it are.
    type Value: Copy;
    #[doc(hidden)]
    fn to_raw(value: Self::Value) -> sys::vm_value;
    /// # Safety
    /// `raw` is a value of the type, and a handle in it lives as long as `'a`.
    #[doc(hidden)]
    unsafe fn from_raw(raw: &sys::vm_value) -> Self::Value;
}

/// A type of the guest's: `i32`, `u32`, `i64`, `u64`, `f32`, `f64`, [`Dynamic`], [`Object`] and its like, or
/// `Option` of those.
///
/// # Safety
/// There is nothing to implement outside of this crate.
pub unsafe trait Ty: for<'a> TyAt<'a> + 'static {
    /// As a type of a signature.
    const TYPE: ValType;
}

macro_rules! numbers {
    ($($ty:ty: $kind:ident $constant:ident $member:ident as $raw:ty,)*) => {
        $(unsafe impl<'a> TyAt<'a> for $ty {
            type Value = $ty;
            #[inline(always)]
            fn to_raw(value: $ty) -> sys::vm_value {
                let of = sys::vm_value__bindgen_ty_1 { $member: value as $raw };
                sys::vm_value { kind: sys::$kind, is_ref: 0, of }
            }
            #[inline(always)]
            unsafe fn from_raw(raw: &sys::vm_value) -> $ty {
                // SAFETY: as the caller says.
                unsafe { raw.of.$member as $ty }
            }
        }
        unsafe impl Ty for $ty {
            const TYPE: ValType = ValType::$constant;
        })*
    };
}

numbers! {
    i32: VM_KIND_I32 I32 i32_ as i32,
    u32: VM_KIND_I32 I32 i32_ as i32,
    i64: VM_KIND_I64 I64 i64_ as i64,
    u64: VM_KIND_I64 I64 i64_ as i64,
    f32: VM_KIND_F32 F32 f32_ as f32,
    f64: VM_KIND_F64 F64 f64_ as f64,
}

/// The type `dyn`; its values are [`Dyn`]s.
#[derive(Debug)]
pub struct Dynamic(());

unsafe impl<'a> TyAt<'a> for Dynamic {
    type Value = Dyn<'a>;
    #[inline(always)]
    fn to_raw(value: Dyn<'a>) -> sys::vm_value {
        value.to_raw()
    }
    #[inline(always)]
    unsafe fn from_raw(raw: &sys::vm_value) -> Dyn<'a> {
        // SAFETY: as the caller says.
        unsafe { Dyn::from_raw(raw) }
    }
}

unsafe impl Ty for Dynamic {
    const TYPE: ValType = ValType::DYN;
}

macro_rules! objects {
    ($($(#[$doc:meta])* $name:ident $heap:ident,)*) => {
        $($(#[$doc])*
        #[derive(Debug)]
        pub struct $name(());

        unsafe impl<'a> TyAt<'a> for $name {
            type Value = Local<'a>;
            #[inline(always)]
            fn to_raw(value: Local<'a>) -> sys::vm_value {
                Value::Ref(Some(value)).to_raw()
            }
            #[inline(always)]
            unsafe fn from_raw(raw: &sys::vm_value) -> Local<'a> {
                // SAFETY: as the caller says.
                unsafe { Local::from_raw(raw.of.ref_) }.expect("a reference that is never null")
            }
        }

        unsafe impl Ty for $name {
            const TYPE: ValType = ValType(sys::VM_REF(Heap::$heap.0));
        }

        unsafe impl<'a> TyAt<'a> for Option<$name> {
            type Value = Option<Local<'a>>;
            #[inline(always)]
            fn to_raw(value: Option<Local<'a>>) -> sys::vm_value {
                Value::Ref(value).to_raw()
            }
            #[inline(always)]
            unsafe fn from_raw(raw: &sys::vm_value) -> Option<Local<'a>> {
                // SAFETY: as the caller says.
                unsafe { Local::from_raw(raw.of.ref_) }
            }
        }

        unsafe impl Ty for Option<$name> {
            const TYPE: ValType = ValType(sys::VM_REF_NULL(Heap::$heap.0));
        })*
    };
}

objects! {
    /// A reference to anything: in [`Func::typed`] for parameters and results of every reference type, which calls
    /// check; in host functions `(ref any)`, or `(ref null any)` as an `Option`.
    Object ANY,
    /// `(ref struct)` of host functions; in [`Func::typed`] as [`Object`].
    StructObject STRUCT,
    /// `(ref array)` of host functions; in [`Func::typed`] as [`Object`].
    ArrayObject ARRAY,
    /// `(ref func)` of host functions; in [`Func::typed`] as [`Object`].
    FuncObject FUNC,
    /// `(ref extern)` of host functions; in [`Func::typed`] as [`Object`].
    HostObject EXTERN,
}

/// A list of types, seen from a scope with lifetime `'a`.
///
/// # Safety
/// There is nothing to implement outside of this crate.
pub unsafe trait ListAt<'a> {
    /// The values: of one type that, else a tuple.
    type Values: Copy;
    #[doc(hidden)]
    type Raw: AsRef<[sys::vm_value]>;
    #[doc(hidden)]
    type Room: AsMut<[MaybeUninit<sys::vm_value>]>;
    #[doc(hidden)]
    fn to_array(values: Self::Values) -> Self::Raw;
    #[doc(hidden)]
    fn room() -> Self::Room;
    /// # Safety
    /// There is room for the values at `out`.
    #[doc(hidden)]
    unsafe fn to_raw(values: Self::Values, out: *mut sys::vm_value);
    /// # Safety
    /// There are values of these types, whose handles live as long as `'a`.
    #[doc(hidden)]
    unsafe fn from_raw(raw: *const sys::vm_value) -> Self::Values;
}

/// A list of types ([`Ty`]): `()`, one type, or a tuple of up to eight.
///
/// # Safety
/// There is nothing to implement outside of this crate.
pub unsafe trait List: for<'a> ListAt<'a> + 'static {
    /// The types of the list.
    fn types() -> Vec<ValType>;
}

macro_rules! single {
    ($($ty:ty),*) => {
        $(unsafe impl<'a> ListAt<'a> for $ty {
            type Values = <$ty as TyAt<'a>>::Value;
            type Raw = [sys::vm_value; 1];
            type Room = [MaybeUninit<sys::vm_value>; 1];
            #[inline(always)]
            fn to_array(value: Self::Values) -> Self::Raw {
                [<$ty as TyAt<'a>>::to_raw(value)]
            }
            #[inline(always)]
            fn room() -> Self::Room {
                [MaybeUninit::uninit()]
            }
            #[inline(always)]
            unsafe fn to_raw(value: Self::Values, out: *mut sys::vm_value) {
                // SAFETY: as the caller says.
                unsafe { out.write(<$ty as TyAt<'a>>::to_raw(value)) }
            }
            #[inline(always)]
            unsafe fn from_raw(raw: *const sys::vm_value) -> Self::Values {
                // SAFETY: as the caller says.
                unsafe { <$ty as TyAt<'a>>::from_raw(&*raw) }
            }
        }
        unsafe impl List for $ty {
            fn types() -> Vec<ValType> {
                vec![<$ty as Ty>::TYPE]
            }
        })*
    };
}

single!(
    i32,
    u32,
    i64,
    u64,
    f32,
    f64,
    Dynamic,
    Object,
    StructObject,
    ArrayObject,
    FuncObject,
    HostObject
);
single!(
    Option<Object>,
    Option<StructObject>,
    Option<ArrayObject>,
    Option<FuncObject>,
    Option<HostObject>
);

macro_rules! tuples {
    ($count:literal $($ty:ident $index:tt),*) => {
        #[allow(unused_variables, unknown_lints, clippy::unused_unit, clippy::zero_repeat_side_effects)]
        unsafe impl<'a, $($ty: TyAt<'a>),*> ListAt<'a> for ($($ty,)*) {
            type Values = ($($ty::Value,)*);
            type Raw = [sys::vm_value; $count];
            type Room = [MaybeUninit<sys::vm_value>; $count];
            #[inline(always)]
            fn to_array(values: Self::Values) -> Self::Raw {
                [$($ty::to_raw(values.$index)),*]
            }
            #[inline(always)]
            fn room() -> Self::Room {
                [MaybeUninit::uninit(); $count]
            }
            #[inline(always)]
            unsafe fn to_raw(values: Self::Values, out: *mut sys::vm_value) {
                // SAFETY: as the caller says.
                $(unsafe { out.add($index).write($ty::to_raw(values.$index)) };)*
            }
            #[inline(always)]
            unsafe fn from_raw(raw: *const sys::vm_value) -> Self::Values {
                // SAFETY: as the caller says.
                ($(unsafe { $ty::from_raw(&*raw.add($index)) },)*)
            }
        }
        unsafe impl<$($ty: Ty),*> List for ($($ty,)*) {
            fn types() -> Vec<ValType> {
                vec![$(<$ty as Ty>::TYPE),*]
            }
        }
    };
}

tuples!(0);
tuples!(1 A 0);
tuples!(2 A 0, B 1);
tuples!(3 A 0, B 1, C 2);
tuples!(4 A 0, B 1, C 2, D 3);
tuples!(5 A 0, B 1, C 2, D 3, E 4);
tuples!(6 A 0, B 1, C 2, D 3, E 4, F 5);
tuples!(7 A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuples!(8 A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

/// A function of the guest's, or of the host's by way of the guest.
#[derive(Clone, Copy, Debug)]
pub struct Func<'s>(pub(crate) Local<'s>);

/// A function whose type was compared: calls convert and check nothing more than C does. References are checked
/// against the function's own types there.
pub struct TypedFunc<'s, A, R> {
    func: Local<'s>,
    types: PhantomData<fn(A) -> R>,
}

impl<A, R> Clone for TypedFunc<'_, A, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A, R> Copy for TypedFunc<'_, A, R> {}

impl<A, R> std::fmt::Debug for TypedFunc<'_, A, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TypedFunc({:?})", self.func)
    }
}

/// May values of type `found` be seen as type `wanted`?
fn fits(wanted: ValType, found: ValType, is_result: bool) -> bool {
    if !wanted.is_reference() || !found.is_reference() {
        return wanted == found;
    }
    // What may be null cannot come back as what is never null.
    !is_result || wanted.is_nullable() || !found.is_nullable()
}

impl<'s> Func<'s> {
    /// A function from a reference to one.
    ///
    /// [`Status::Handle`]: it is no function.
    pub fn from_local(cx: &Scope<'s>, object: Local<'s>) -> Result<Func<'s>> {
        let func = Func(object);
        func.ty(cx)?;
        Ok(func)
    }

    /// The reference to it.
    pub fn local(self) -> Local<'s> {
        self.0
    }

    /// Its type; declared types are those of the isolate.
    pub fn ty(self, cx: &Scope<'s>) -> Result<FuncType> {
        self.with_type(cx, |params, results| FuncType::new(params, results))
    }

    fn with_type<T>(
        self,
        cx: &Scope<'s>,
        f: impl FnOnce(&[ValType], &[ValType]) -> T,
    ) -> Result<T> {
        let mut raw = sys::vm_func_type {
            nparams: 0,
            nresults: 0,
            params: ptr::null(),
            results: ptr::null(),
        };
        // SAFETY: the handle is of an open scope of this isolate's.
        cx.check(|e| unsafe { sys::vm_func_get_type(cx.as_raw(), self.0.raw(), &mut raw, e) })?;
        let list = |types: *const sys::vm_type, count: u32| match count {
            0 => &[][..],
            // SAFETY: arrays of the isolate's; ValType is not repr(transparent) by chance.
            _ => unsafe { std::slice::from_raw_parts(types, count as usize) },
        };
        let copy = |types: &[sys::vm_type]| types.iter().map(|&t| ValType(t)).collect::<Vec<_>>();
        Ok(f(&copy(list(raw.params, raw.nparams)), &copy(list(raw.results, raw.nresults))))
    }

    /// The function as one with parameters `A` and results `R`, which is checked here once.
    ///
    /// ```
    /// # use libvm::*;
    /// # fn main() -> Result<()> {
    /// # let engine = Engine::new()?;
    /// # let mut isolate = Isolate::new(&engine)?;
    /// # let module = Module::assemble(&engine, "module m\nfunc f (a: i32, b: f64) -> (i64) {\n i64.const 7\n return\n}\nexport func \"f\" f\n")?;
    /// # let instance = isolate.instantiate(&module)?;
    /// isolate.enter(|cx| {
    ///     let func = instance.func(cx, "f")?.typed::<(i32, f64), i64>(cx)?;
    ///     assert_eq!(func.call(cx, (1, 2.5))?, 7);
    ///     Ok(())
    /// })
    /// # }
    /// ```
    ///
    /// [`Status::Argument`]: it has another type.
    pub fn typed<A: List, R: List>(self, cx: &Scope<'s>) -> Result<TypedFunc<'s, A, R>> {
        let (wanted_params, wanted_results) = (A::types(), R::types());
        let all = |wanted: &[ValType], found: &[ValType], is_result| {
            wanted.len() == found.len()
                && wanted.iter().zip(found).all(|(&w, &f)| fits(w, f, is_result))
        };
        let fits = self.with_type(cx, |params, results| {
            all(&wanted_params, params, false) && all(&wanted_results, results, true)
        })?;
        if fits {
            return Ok(TypedFunc { func: self.0, types: PhantomData });
        }
        Err(Error::new(
            Status::Argument,
            format!(
                "function: expected {}, found {}",
                FuncType::new(wanted_params, wanted_results),
                self.ty(cx)?
            ),
        ))
    }

    /// Call it with as many values as it has parameters. References among the results are handles of this scope.
    ///
    /// [`Status::Argument`]: a wrong count or type; nothing ran. [`Status::Exception`], [`Status::Terminated`]: the
    /// guest's end. [`Status::Limit`]: calls between host and guest are nested too deeply. [`Status::Memory`].
    /// A panic of a host function that it called goes on from here.
    pub fn call(self, cx: &Scope<'s>, args: &[Value<'s>]) -> Result<Vec<Value<'s>>> {
        let nresults = self.with_type(cx, |_, results| results.len())?;
        let args: Vec<sys::vm_value> = args.iter().map(|v| v.to_raw()).collect();
        let mut results: Vec<sys::vm_value> = Vec::with_capacity(nresults);
        cx.check_guest(|e| unsafe {
            // SAFETY: handles are of open scopes of this isolate's; there is room for the results.
            sys::vm_call(
                cx.as_raw(),
                self.0.raw(),
                args.as_ptr(),
                len32(args.len()),
                results.as_mut_ptr(),
                len32(nresults),
                e,
            )
        })?;
        // SAFETY: they were filled, with handles of this scope.
        unsafe {
            results.set_len(nresults);
            Ok(results.iter().map(|raw| Value::from_raw(raw)).collect())
        }
    }
}

impl<'s, A: List, R: List> TypedFunc<'s, A, R> {
    /// Call it. As [`Func::call`].
    #[inline]
    pub fn call<'t>(
        self,
        cx: &Scope<'t>,
        args: <A as ListAt<'t>>::Values,
    ) -> Result<<R as ListAt<'t>>::Values>
    where
        's: 't,
    {
        let args = <A as ListAt<'t>>::to_array(args);
        let mut room = <R as ListAt<'t>>::room();
        let (args, results) = (args.as_ref(), room.as_mut());
        let out = results.as_mut_ptr().cast::<sys::vm_value>();
        cx.check_guest(|e| unsafe {
            // SAFETY: handles are of open scopes of this isolate's ('s outlives 't, so it is of one of them); there
            // is room for the results.
            sys::vm_call(
                cx.as_raw(),
                self.func.raw(),
                args.as_ptr(),
                args.len() as u32,
                out,
                results.len() as u32,
                e,
            )
        })?;
        // SAFETY: filled, of the types that were compared, with handles of this scope.
        Ok(unsafe { <R as ListAt<'t>>::from_raw(out) })
    }

    /// The reference to it.
    pub fn local(self) -> Local<'s> {
        self.func
    }
}
