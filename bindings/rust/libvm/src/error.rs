//! Failures: what a call came to ([`Error`]), and what a host function fails with ([`Throw`]).
//!
//! SPDX-License-Identifier: MIT
use crate::scope::{Ref, Scope};
use crate::value::{Dyn, Value};
use crate::{from_c, sys};
use std::any::Any;
use std::error::Error as StdError;
use std::fmt;
use std::mem::MaybeUninit;

/// A result whose error is libvm's.
pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident, $raw:ty, $name_of:ident, $text_of:ident,
     { $($(#[$row_doc:meta])* $row:ident = $value:ident,)* }) => {
        $(#[$doc])*
        #[non_exhaustive]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum $name {
            $($(#[$row_doc])* $row,)*
            /// One that this version of the crate does not know.
            Unknown(u32),
        }

        impl $name {
            pub(crate) fn from_raw(raw: $raw) -> $name {
                match raw {
                    $(sys::$value => $name::$row,)*
                    other => $name::Unknown(other),
                }
            }

            /// The number that C has for it.
            pub fn as_raw(self) -> $raw {
                match self {
                    $($name::$row => sys::$value,)*
                    $name::Unknown(other) => other,
                }
            }

            /// Its name, such as `not-found`.
            pub fn name(self) -> String {
                // SAFETY: any number may be asked for, and the text is static.
                unsafe { from_c(sys::$name_of(self.as_raw())) }.unwrap_or_default()
            }

            /// One sentence on it.
            pub fn text(self) -> String {
                // SAFETY: as above.
                unsafe { from_c(sys::$text_of(self.as_raw())) }.unwrap_or_default()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.name())
            }
        }
    };
}

codes! {
    /// What a call came to, if it failed.
    Status, sys::vm_status, vm_status_name, vm_status_text, {
        /// None: it did what it was asked.
        Ok = VM_OK,
        /// An argument is wrong; nothing was changed.
        Argument = VM_ARGUMENT,
        /// The host's memory ran out; nothing was changed.
        Memory = VM_MEMORY,
        /// The bytes are not a libvm module.
        Malformed = VM_MALFORMED,
        /// The module is well-formed but breaks a verification rule.
        Invalid = VM_INVALID,
        /// The assembler text is wrong.
        Syntax = VM_SYNTAX,
        /// An import is missing or has another type.
        Link = VM_LINK,
        /// A limit of the implementation or of the isolate was reached.
        Limit = VM_LIMIT,
        /// The guest ended with an uncaught exception or trap.
        Exception = VM_EXCEPTION,
        /// The guest was stopped (interrupt, fuel, deadline) or ended itself (exit).
        Terminated = VM_TERMINATED,
        /// A handle is foreign or of the wrong type.
        Handle = VM_HANDLE,
        /// The object is not in a state that allows this call.
        State = VM_STATE,
        /// No such name.
        NotFound = VM_NOT_FOUND,
        /// The compiler is missing, failed, or was stopped.
        Compile = VM_COMPILE,
    }
}

codes! {
    /// Why the guest stopped.
    Trap, sys::vm_trap, vm_trap_name, vm_trap_text, {
        /// Not a trap: an exception thrown by the guest or the host.
        None = VM_TRAP_NONE,
        /// The instruction `unreachable` was executed.
        Unreachable = VM_TRAP_UNREACHABLE,
        /// Integer division or remainder by zero.
        DivideByZero = VM_TRAP_DIVIDE_BY_ZERO,
        /// An integer result does not fit its type.
        IntegerOverflow = VM_TRAP_INTEGER_OVERFLOW,
        /// A NaN was converted to an integer.
        InvalidConversion = VM_TRAP_INVALID_CONVERSION,
        /// A linear-memory or data-segment access is out of bounds.
        MemoryBounds = VM_TRAP_MEMORY_BOUNDS,
        /// A table or element-segment access is out of bounds.
        TableBounds = VM_TRAP_TABLE_BOUNDS,
        /// An array access is out of bounds.
        ArrayBounds = VM_TRAP_ARRAY_BOUNDS,
        /// A null reference was used.
        NullReference = VM_TRAP_NULL_REFERENCE,
        /// A reference has not the type it was cast to.
        CastFailure = VM_TRAP_CAST_FAILURE,
        /// An indirect call found a function of another type.
        CallType = VM_TRAP_CALL_TYPE,
        /// An indirect call found a null element.
        UndefinedElement = VM_TRAP_UNDEFINED_ELEMENT,
        /// Calls are nested too deeply.
        StackOverflow = VM_TRAP_STACK_OVERFLOW,
        /// The heap limit was reached.
        OutOfMemory = VM_TRAP_OUT_OF_MEMORY,
        /// A dyn value has not the type it was unboxed as.
        DynType = VM_TRAP_DYN_TYPE,
        /// An array is longer than the implementation allows.
        ArraySize = VM_TRAP_ARRAY_SIZE,
        /// The host interrupted the isolate. Cannot be caught by the guest.
        Interrupt = VM_TRAP_INTERRUPT,
        /// The fuel is used up. Cannot be caught by the guest.
        Fuel = VM_TRAP_FUEL,
        /// The deadline has passed. Cannot be caught by the guest.
        Deadline = VM_TRAP_DEADLINE,
        /// A host function failed.
        Host = VM_TRAP_HOST,
        /// The guest ended itself through a host function. Cannot be caught by the guest.
        Exit = VM_TRAP_EXIT,
    }
}

/// A line of a backtrace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The module's name, empty if it has none; of a host function, what it was defined under.
    pub module: String,
    /// The function's name, if it has one.
    pub function: Option<String>,
    /// The source file, if known.
    pub file: Option<String>,
    /// The function's index in its module; `None`: a host function.
    pub index: Option<u32>,
    /// The offset of the instruction in the function's code; `None`: a host function.
    pub offset: Option<u32>,
    /// The source line, if known.
    pub line: Option<u32>,
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_empty() {
            write!(f, "{}.", self.module)?;
        }
        match (&self.function, self.index) {
            (Some(name), _) => write!(f, "{}", name)?,
            (None, Some(index)) => write!(f, "function {}", index)?,
            (None, None) => write!(f, "host function")?,
        }
        match (&self.file, self.line, self.offset) {
            (Some(file), Some(line), _) => write!(f, " ({}:{})", file, line),
            (None, Some(line), _) => write!(f, " (line {})", line),
            (_, None, Some(offset)) => write!(f, " (offset {})", offset),
            _ => Ok(()),
        }
    }
}

fn known(number: u32) -> Option<u32> {
    if number == sys::VM_NO_OFFSET {
        None
    } else {
        Some(number)
    }
}

/// # Safety
/// The strings of `raw` are NULL or end in NUL.
pub(crate) unsafe fn frame_from_raw(raw: &sys::vm_frame) -> Frame {
    // SAFETY: as the caller says.
    let (module, function, file) =
        unsafe { (from_c(raw.module), from_c(raw.function), from_c(raw.file)) };
    Frame {
        module: module.unwrap_or_default(),
        function,
        file,
        index: known(raw.index),
        offset: known(raw.offset),
        line: if raw.line == 0 { None } else { Some(raw.line) },
    }
}

/// A call that failed: what, where and why. Of a guest exception it keeps the exception itself, so that it can be
/// looked at ([`Error::payload`]), and be passed on from a host function with `?`.
pub struct Error(Box<Inner>);

struct Inner {
    status: Status,
    trap: Trap,
    message: String,
    function: Option<u32>,
    offset: Option<u32>,
    line: Option<u32>,
    column: Option<u32>,
    frames: Vec<Frame>,
    frames_total: u32,
    exit_code: Option<i32>,
    exception: Option<Ref>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(status: Status, message: impl Into<String>) -> Error {
        Error(Box::new(Inner {
            status,
            trap: Trap::None,
            message: message.into(),
            function: None,
            offset: None,
            line: None,
            column: None,
            frames: Vec::new(),
            frames_total: 0,
            exit_code: None,
            exception: None,
            source: None,
        }))
    }

    pub(crate) fn foreign(what: &str) -> Error {
        Error::new(Status::Handle, format!("{}: it belongs to another isolate", what))
    }

    /// What the call came to.
    pub fn status(&self) -> Status {
        self.0.status
    }

    /// With [`Status::Exception`] and [`Status::Terminated`], why the guest stopped; [`Trap::None`] otherwise, and
    /// for an exception that was thrown.
    pub fn trap(&self) -> Trap {
        self.0.trap
    }

    /// One line on what went wrong.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The index of the function in its module, if known.
    pub fn function(&self) -> Option<u32> {
        self.0.function
    }

    /// The offset in the module or in the function, if known.
    pub fn offset(&self) -> Option<u32> {
        self.0.offset
    }

    /// The line of the assembler text, or of the guest's source, if known.
    pub fn line(&self) -> Option<u32> {
        self.0.line
    }

    /// The column of the assembler text, if known.
    pub fn column(&self) -> Option<u32> {
        self.0.column
    }

    /// Where a guest exception came from, the innermost function first.
    pub fn backtrace(&self) -> &[Frame] {
        &self.0.frames
    }

    /// How many frames the backtrace had, of which [`Error::backtrace`] has those that were kept.
    pub fn backtrace_total(&self) -> u32 {
        self.0.frames_total
    }

    /// The code that the guest ended itself with, if the trap is [`Trap::Exit`].
    pub fn exit_code(&self) -> Option<i32> {
        self.0.exit_code
    }

    /// The guest's exception object, if there is one.
    pub fn exception(&self) -> Option<&Ref> {
        self.0.exception.as_ref()
    }

    /// What was thrown; `None` if it was no exception.
    ///
    /// [`Status::Handle`]: it was thrown in another isolate.
    pub fn payload<'s>(&self, cx: &Scope<'s>) -> Result<Option<Dyn<'s>>> {
        let exception = match &self.0.exception {
            Some(exception) => exception.local(cx)?,
            None => return Ok(None),
        };
        let mut out = Value::Dyn(Dyn::Nil).to_raw();
        // SAFETY: the isolate lives, and the handle is its own.
        cx.check(|e| unsafe {
            sys::vm_exception_get_payload(cx.as_raw(), exception.raw(), &mut out, e)
        })?;
        // SAFETY: it is a dyn of this isolate's, its handle of the innermost scope.
        match unsafe { Value::from_raw(&out) } {
            Value::Dyn(payload) => Ok(Some(payload)),
            _ => Ok(None),
        }
    }

    pub(crate) fn into_source(self) -> Option<Box<dyn StdError + Send + Sync>> {
        self.0.source
    }

    /// The Rust error behind it, if a host function failed with one and the guest did not catch it.
    pub fn cause(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.0.source.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.0.message, self.0.status)?;
        for frame in &self.0.frames {
            write!(f, "\n  at {}", frame)?;
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|e| e as &(dyn StdError + 'static))
    }
}

/// Room for what C says of a failure; its text is left uninitialised, for the sake of calls.
pub(crate) struct ErrorBuffer(MaybeUninit<sys::vm_error>);

impl ErrorBuffer {
    #[inline(always)]
    pub(crate) fn new() -> ErrorBuffer {
        let mut raw = MaybeUninit::<sys::vm_error>::uninit();
        let p = raw.as_mut_ptr();
        // SAFETY: every field is written through a raw pointer; no reference to what is uninitialised.
        unsafe {
            std::ptr::addr_of_mut!((*p).size).write(std::mem::size_of::<sys::vm_error>());
            std::ptr::addr_of_mut!((*p).status).write(sys::VM_OK);
            std::ptr::addr_of_mut!((*p).trap).write(sys::VM_TRAP_NONE);
            std::ptr::addr_of_mut!((*p).function).write(sys::VM_NO_OFFSET);
            std::ptr::addr_of_mut!((*p).offset).write(sys::VM_NO_OFFSET);
            std::ptr::addr_of_mut!((*p).line).write(0);
            std::ptr::addr_of_mut!((*p).column).write(0);
            std::ptr::addr_of_mut!((*p).message).cast::<std::os::raw::c_char>().write(0);
        }
        ErrorBuffer(raw)
    }

    #[inline(always)]
    pub(crate) fn as_mut_ptr(&mut self) -> *mut sys::vm_error {
        self.0.as_mut_ptr()
    }

    #[cold]
    pub(crate) fn into_error(mut self, status: sys::vm_status) -> Error {
        let p = self.as_mut_ptr();
        // SAFETY: the fields were written in new() and perhaps by C since; the message is NUL-terminated.
        unsafe {
            let message = from_c(std::ptr::addr_of!((*p).message).cast()).unwrap_or_default();
            let status = Status::from_raw(status);
            let mut error =
                Error::new(status, if message.is_empty() { status.text() } else { message });
            if matches!(status, Status::Exception | Status::Terminated) {
                error.0.trap = Trap::from_raw((*p).trap);
            }
            error.0.function = known((*p).function);
            error.0.offset = known((*p).offset);
            error.0.line = if (*p).line == 0 { None } else { Some((*p).line) };
            error.0.column = if (*p).column == 0 { None } else { Some((*p).column) };
            error
        }
    }
}

/// Calls into C what fills a `vm_error`, outside any isolate.
pub(crate) fn check(call: impl FnOnce(*mut sys::vm_error) -> sys::vm_status) -> Result<()> {
    let mut buffer = ErrorBuffer::new();
    match call(buffer.as_mut_ptr()) {
        sys::VM_OK => Ok(()),
        status => Err(buffer.into_error(status)),
    }
}

impl Error {
    /// Adds what the isolate knows of the exception that its last call ended with.
    pub(crate) fn with_exception(mut self, cx: &Scope<'_>) -> Error {
        if !matches!(self.0.status, Status::Exception | Status::Terminated) {
            return self;
        }
        let null = sys::VM_NULL_REF;
        let isolate = cx.as_raw();
        let mut what = sys::vm_exception { trap: 0, frames: 0, frames_total: 0 };
        // SAFETY: the isolate lives; null stands for the exception of the last call, if any, which none of these
        // calls touches. Buffers have the sizes that are given.
        unsafe {
            if sys::vm_exception_get(isolate, null, &mut what, std::ptr::null_mut()) != sys::VM_OK {
                return self;
            }
            self.0.trap = Trap::from_raw(what.trap);
            self.0.frames_total = what.frames_total;
            let mut text = [0 as std::os::raw::c_char; 512];
            if sys::vm_exception_format(
                isolate,
                null,
                text.as_mut_ptr(),
                text.len(),
                std::ptr::null_mut(),
                std::ptr::null_mut(),
            ) == sys::VM_OK
            {
                let text = from_c(text.as_ptr()).unwrap_or_default();
                self.0.message = text.lines().next().unwrap_or("").trim_end().to_string();
            }
            for index in 0..what.frames {
                let mut raw = MaybeUninit::<sys::vm_frame>::zeroed().assume_init();
                if sys::vm_exception_get_frame(isolate, null, index, &mut raw, std::ptr::null_mut())
                    == sys::VM_OK
                {
                    self.0.frames.push(frame_from_raw(&raw));
                }
            }
            let mut code = 0;
            if sys::vm_isolate_get_exit_code(isolate, &mut code, std::ptr::null_mut()) == sys::VM_OK
            {
                self.0.exit_code = Some(code);
            }
        }
        self.0.exception = cx.last_exception();
        self.0.source = cx.take_source();
        self
    }
}

/// What a host function fails with: an exception of the guest's. Every error becomes one by `?`: an [`Error`] of a
/// nested call passes on the exception it came from, payload and backtrace included, any other one is thrown as
/// its text, and the Rust caller finds it as [`Error::cause`].
pub struct Throw(pub(crate) Kind);

pub(crate) enum Kind {
    Pass(Error),
    Text(String, Option<Box<dyn StdError + Send + Sync>>),
    Payload(Payload),
    Trap(Trap),
    Exit(i32),
    Stop,
}

pub(crate) enum Payload {
    Word(u64),
    Object(Ref),
}

impl Throw {
    /// A text, which the guest sees as an `array mut i8`.
    pub fn text(text: impl Into<String>) -> Throw {
        Throw(Kind::Text(text.into(), None))
    }

    /// Any value that a dyn can be: what the guest's handler finds with `exn.payload`.
    ///
    /// [`Status::Memory`]: there is no room to keep it, which is what the guest gets then.
    pub fn value<'s>(cx: &Scope<'s>, payload: impl Into<Dyn<'s>>) -> Throw {
        match payload.into() {
            Dyn::Ref(object) => match cx.persist(object) {
                Ok(object) => Throw(Kind::Payload(Payload::Object(object))),
                Err(error) => Throw(Kind::Pass(error)),
            },
            // SAFETY: no reference is in it, so the word is the content.
            immediate => Throw(Kind::Payload(Payload::Word(unsafe {
                Value::Dyn(immediate).to_raw().of.dyn_
            }))),
        }
    }

    /// A trap. One that cannot be caught (interrupt, fuel, deadline, exit) is none a host function can raise: the
    /// guest gets [`Trap::Host`] then.
    pub fn trap(trap: Trap) -> Throw {
        Throw(Kind::Trap(trap))
    }

    /// Not an exception: the guest ends itself, as a process by `exit`. The call of the guest fails with
    /// [`Status::Terminated`], and [`Error::exit_code`] has the code.
    pub fn exit(code: i32) -> Throw {
        Throw(Kind::Exit(code))
    }
}

impl fmt::Debug for Throw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Pass(error) => write!(f, "Throw({:?})", error),
            Kind::Text(text, _) => write!(f, "Throw({:?})", text),
            Kind::Payload(Payload::Word(word)) => write!(f, "Throw(dyn {:#x})", word),
            Kind::Payload(Payload::Object(_)) => write!(f, "Throw(object)"),
            Kind::Trap(trap) => write!(f, "Throw({})", trap),
            Kind::Exit(code) => write!(f, "Throw(exit {})", code),
            Kind::Stop => write!(f, "Throw(stop)"),
        }
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for Throw {
    fn from(error: E) -> Throw {
        let mut error = Some(error);
        // Is it libvm's own? Then it passes on its exception.
        if let Some(ours) = (&mut error as &mut dyn Any).downcast_mut::<Option<Error>>() {
            if let Some(ours) = ours.take() {
                return Throw(Kind::Pass(ours));
            }
        }
        match error {
            Some(error) => Throw(Kind::Text(error.to_string(), Some(Box::new(error)))),
            None => Throw::trap(Trap::Host),
        }
    }
}
