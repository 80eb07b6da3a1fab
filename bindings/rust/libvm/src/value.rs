//! Values and their types.
//!
//! SPDX-License-Identifier: MIT
use crate::scope::Local;
use crate::sys;
use std::fmt;

/// A heap type: what a reference refers to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Heap(pub(crate) u32);

impl Heap {
    /// Everything.
    pub const ANY: Heap = Heap(sys::VM_HEAP_ANY);
    /// Structs.
    pub const STRUCT: Heap = Heap(sys::VM_HEAP_STRUCT);
    /// Arrays.
    pub const ARRAY: Heap = Heap(sys::VM_HEAP_ARRAY);
    /// Functions.
    pub const FUNC: Heap = Heap(sys::VM_HEAP_FUNC);
    /// Host objects.
    pub const EXTERN: Heap = Heap(sys::VM_HEAP_EXTERN);
    /// Exceptions.
    pub const EXN: Heap = Heap(sys::VM_HEAP_EXN);
    /// Weak references.
    pub const WEAK: Heap = Heap(sys::VM_HEAP_WEAK);
}

/// A type of value, or the type that a field or element is stored with.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ValType(pub(crate) sys::vm_type);

impl ValType {
    /// 32-bit integers.
    pub const I32: ValType = ValType(sys::VM_I32);
    /// 64-bit integers.
    pub const I64: ValType = ValType(sys::VM_I64);
    /// 32-bit floats.
    pub const F32: ValType = ValType(sys::VM_F32);
    /// 64-bit floats.
    pub const F64: ValType = ValType(sys::VM_F64);
    /// Values that say themselves what they are.
    pub const DYN: ValType = ValType(sys::VM_DYN);
    /// Bytes: of fields and elements alone.
    pub const I8: ValType = ValType(sys::VM_I8);
    /// 16-bit integers: of fields and elements alone.
    pub const I16: ValType = ValType(sys::VM_I16);

    /// A reference that is never null. `heap` is a [`Heap`], or a type that a builder declared.
    pub fn reference(heap: impl Into<Heap>) -> ValType {
        ValType(sys::VM_REF(heap.into().0 & 0xFF_FFFF))
    }

    /// A reference, or null.
    pub fn nullable(heap: impl Into<Heap>) -> ValType {
        ValType(sys::VM_REF_NULL(heap.into().0 & 0xFF_FFFF))
    }

    /// Is it a reference?
    pub fn is_reference(self) -> bool {
        self.0 >> 28 == sys::VM_KIND_REF
    }

    /// Is it a reference that may be null?
    pub fn is_nullable(self) -> bool {
        self.is_reference() && self.0 & 0x0800_0000 != 0
    }

    /// As C has it.
    pub fn as_raw(self) -> sys::vm_type {
        self.0
    }
}

impl fmt::Debug for ValType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for ValType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heap = Heap(self.0 & 0xFF_FFFF);
        let null = if self.is_nullable() { "null " } else { "" };
        match *self {
            ValType::I32 => f.write_str("i32"),
            ValType::I64 => f.write_str("i64"),
            ValType::F32 => f.write_str("f32"),
            ValType::F64 => f.write_str("f64"),
            ValType::DYN => f.write_str("dyn"),
            ValType::I8 => f.write_str("i8"),
            ValType::I16 => f.write_str("i16"),
            _ => match heap {
                Heap::ANY => write!(f, "(ref {}any)", null),
                Heap::STRUCT => write!(f, "(ref {}struct)", null),
                Heap::ARRAY => write!(f, "(ref {}array)", null),
                Heap::FUNC => write!(f, "(ref {}func)", null),
                Heap::EXTERN => write!(f, "(ref {}extern)", null),
                Heap::EXN => write!(f, "(ref {}exn)", null),
                Heap::WEAK => write!(f, "(ref {}weak)", null),
                Heap(id) => write!(f, "(ref {}type {})", null, id),
            },
        }
    }
}

/// The type of a function.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FuncType {
    /// Types of the parameters.
    pub params: Vec<ValType>,
    /// Types of the results.
    pub results: Vec<ValType>,
}

impl FuncType {
    /// The type with these parameters and results.
    pub fn new(params: impl Into<Vec<ValType>>, results: impl Into<Vec<ValType>>) -> FuncType {
        FuncType { params: params.into(), results: results.into() }
    }
}

impl fmt::Display for FuncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (before, list) in [("(", &self.params), (" -> (", &self.results)] {
            f.write_str(before)?;
            for (i, ty) in list.iter().enumerate() {
                write!(f, "{}{}", if i == 0 { "" } else { ", " }, ty)?;
            }
            f.write_str(")")?;
        }
        Ok(())
    }
}

/// A value of the guest's.
#[derive(Clone, Copy, Debug)]
pub enum Value<'s> {
    /// A 32-bit integer.
    I32(i32),
    /// A 64-bit integer.
    I64(i64),
    /// A 32-bit float.
    F32(f32),
    /// A 64-bit float.
    F64(f64),
    /// A value of type dyn.
    Dyn(Dyn<'s>),
    /// A reference, or null.
    Ref(Option<Local<'s>>),
}

/// A value of type dyn.
#[derive(Clone, Copy, Debug)]
pub enum Dyn<'s> {
    /// Nil, which the null reference is, too.
    Nil,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i32),
    /// A double. NaNs lose their payload.
    Double(f64),
    /// A reference.
    Ref(Local<'s>),
}

impl<'s> Dyn<'s> {
    #[inline]
    pub(crate) fn to_raw(self) -> sys::vm_value {
        let word = match self {
            Dyn::Nil => sys::VM_DYN_NIL,
            Dyn::Bool(false) => sys::VM_DYN_FALSE,
            Dyn::Bool(true) => sys::VM_DYN_TRUE,
            Dyn::Int(x) => sys::VM_DYN_INT | u64::from(x as u32),
            Dyn::Double(x) => {
                let bits = if x.is_nan() { 0x7FF8_0000_0000_0000 } else { x.to_bits() };
                bits.wrapping_add(sys::VM_DYN_DOUBLE)
            }
            Dyn::Ref(object) => {
                let of = sys::vm_value__bindgen_ty_1 { ref_: object.raw() };
                return sys::vm_value { kind: sys::VM_KIND_DYN, is_ref: 1, of };
            }
        };
        sys::vm_value {
            kind: sys::VM_KIND_DYN,
            is_ref: 0,
            of: sys::vm_value__bindgen_ty_1 { dyn_: word },
        }
    }

    /// # Safety
    /// `raw` is of kind dyn, and a handle in it lives as long as `'s`.
    #[inline]
    pub(crate) unsafe fn from_raw(raw: &sys::vm_value) -> Dyn<'s> {
        if raw.is_ref != 0 {
            // SAFETY: as the caller says.
            return match unsafe { Local::from_raw(raw.of.ref_) } {
                Some(object) => Dyn::Ref(object),
                None => Dyn::Nil,
            };
        }
        // SAFETY: a dyn that is no reference has a word.
        match unsafe { raw.of.dyn_ } {
            sys::VM_DYN_NIL => Dyn::Nil,
            sys::VM_DYN_FALSE => Dyn::Bool(false),
            sys::VM_DYN_TRUE => Dyn::Bool(true),
            word if word & sys::VM_DYN_INT == sys::VM_DYN_INT => Dyn::Int(word as u32 as i32),
            word => Dyn::Double(f64::from_bits(word.wrapping_sub(sys::VM_DYN_DOUBLE))),
        }
    }

    /// The number it is, integer or double.
    pub fn as_f64(self) -> Option<f64> {
        match self {
            Dyn::Int(x) => Some(f64::from(x)),
            Dyn::Double(x) => Some(x),
            _ => None,
        }
    }

    /// The object it is.
    pub fn as_ref(self) -> Option<Local<'s>> {
        match self {
            Dyn::Ref(object) => Some(object),
            _ => None,
        }
    }
}

impl<'s> Value<'s> {
    #[inline]
    pub(crate) fn to_raw(self) -> sys::vm_value {
        type Of = sys::vm_value__bindgen_ty_1;
        let (kind, of) = match self {
            Value::I32(x) => (sys::VM_KIND_I32, Of { i32_: x }),
            Value::I64(x) => (sys::VM_KIND_I64, Of { i64_: x }),
            Value::F32(x) => (sys::VM_KIND_F32, Of { f32_: x }),
            Value::F64(x) => (sys::VM_KIND_F64, Of { f64_: x }),
            Value::Ref(object) => {
                (sys::VM_KIND_REF, Of { ref_: object.map_or(sys::VM_NULL_REF, Local::raw) })
            }
            Value::Dyn(x) => return x.to_raw(),
        };
        sys::vm_value { kind, is_ref: 0, of }
    }

    /// # Safety
    /// `raw` is a value that libvm gave, and a handle in it lives as long as `'s`.
    #[inline]
    pub(crate) unsafe fn from_raw(raw: &sys::vm_value) -> Value<'s> {
        // SAFETY: the kind says which member is there.
        unsafe {
            match raw.kind {
                sys::VM_KIND_I32 => Value::I32(raw.of.i32_),
                sys::VM_KIND_I64 => Value::I64(raw.of.i64_),
                sys::VM_KIND_F32 => Value::F32(raw.of.f32_),
                sys::VM_KIND_F64 => Value::F64(raw.of.f64_),
                sys::VM_KIND_DYN => Value::Dyn(Dyn::from_raw(raw)),
                _ => Value::Ref(Local::from_raw(raw.of.ref_)),
            }
        }
    }

    /// The object it refers to, be it a reference or a dyn; `None` for null and for what is no reference.
    pub fn as_ref(self) -> Option<Local<'s>> {
        match self {
            Value::Ref(object) => object,
            Value::Dyn(Dyn::Ref(object)) => Some(object),
            _ => None,
        }
    }

    /// The integer it is, of type i32.
    pub fn as_i32(self) -> Option<i32> {
        if let Value::I32(x) = self {
            Some(x)
        } else {
            None
        }
    }

    /// The integer it is, of type i64.
    pub fn as_i64(self) -> Option<i64> {
        if let Value::I64(x) = self {
            Some(x)
        } else {
            None
        }
    }

    /// The number it is, of type f64.
    pub fn as_f64(self) -> Option<f64> {
        if let Value::F64(x) = self {
            Some(x)
        } else {
            None
        }
    }

    /// What it is as a dyn, if it is one.
    pub fn as_dyn(self) -> Option<Dyn<'s>> {
        if let Value::Dyn(x) = self {
            Some(x)
        } else {
            None
        }
    }
}

macro_rules! from {
    ($to:ident: $($from:ty => $make:expr,)*) => {
        $(impl<'s> From<$from> for $to<'s> {
            fn from(x: $from) -> $to<'s> {
                $make(x)
            }
        })*
    };
}

from!(Value:
    i32 => Value::I32,
    i64 => Value::I64,
    f32 => Value::F32,
    f64 => Value::F64,
    Dyn<'s> => Value::Dyn,
    Local<'s> => |x| Value::Ref(Some(x)),
    Option<Local<'s>> => Value::Ref,
);

from!(Dyn:
    bool => Dyn::Bool,
    i32 => Dyn::Int,
    f64 => Dyn::Double,
    Local<'s> => Dyn::Ref,
    Option<Local<'s>> => |x: Option<Local<'s>>| x.map_or(Dyn::Nil, Dyn::Ref),
);
