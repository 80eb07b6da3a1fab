//! Isolates: one heap, one stack, limits; what modules can import.
//!
//! SPDX-License-Identifier: MIT
use crate::engine::Engine;
use crate::error::{check, Error, Result, Status};
use crate::host::{self, Args, HostFunction};
use crate::instance::Instance;
use crate::module::Module;
use crate::scope::{self, Scope};
use crate::typed::{List, ListAt};
use crate::value::{FuncType, ValType, Value};
use crate::{c_name, sys, Throw};
use std::any::Any;
use std::error::Error as StdError;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// Where a panic in a host function goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Panics {
    /// It ends the guest, past all its handlers, and goes on in the Rust code that called the guest: as if the guest
    /// were not there.
    Resume,
    /// It becomes an exception of the guest's, with the panic's text.
    Throw,
}

/// How an isolate is made. Zeros are the defaults.
#[derive(Clone, Debug)]
pub struct IsolateConfig {
    raw: sys::vm_isolate_config,
    panics: Panics,
}

impl Default for IsolateConfig {
    fn default() -> IsolateConfig {
        let raw = sys::vm_isolate_config {
            size: std::mem::size_of::<sys::vm_isolate_config>(),
            max_heap: 0,
            stack_size: 0,
            native_stack: 0,
            gc_flags: 0,
        };
        IsolateConfig { raw, panics: Panics::Resume }
    }
}

impl IsolateConfig {
    /// Every default.
    pub fn new() -> IsolateConfig {
        IsolateConfig::default()
    }

    /// Bytes of heap, memories and tables; 0: no limit.
    pub fn max_heap(mut self, bytes: usize) -> IsolateConfig {
        self.raw.max_heap = bytes;
        self
    }

    /// Bytes of the guest's stack; 0 is the default, 8 MB.
    pub fn stack_size(mut self, bytes: usize) -> IsolateConfig {
        self.raw.stack_size = bytes;
        self
    }

    /// Bytes of the calling thread's stack that guest code may use; 0 is the default, 4 MB.
    pub fn native_stack(mut self, bytes: usize) -> IsolateConfig {
        self.raw.native_stack = bytes;
        self
    }

    /// Collect at every allocation, overwrite what is freed, and check the heap: for tests. Slow.
    pub fn gc_stress(mut self, on: bool) -> IsolateConfig {
        self.raw.gc_flags =
            if on { sys::VM_GC_STRESS | sys::VM_GC_POISON | sys::VM_GC_VERIFY } else { 0 };
        self
    }

    /// Where panics in host functions go; [`Panics::Resume`] is the default.
    pub fn panics(mut self, panics: Panics) -> IsolateConfig {
        self.panics = panics;
        self
    }
}

struct IsolatePtr(NonNull<sys::vm_isolate>);
// SAFETY: used for vm_isolate_interrupt alone, which may come from any thread while the isolate lives.
unsafe impl Send for IsolatePtr {}

type Source = (sys::vm_ref, Box<dyn StdError + Send + Sync>);

/// What an isolate shares with what may outlive it: references, instances, interrupt handles.
pub(crate) struct Shared {
    interruptible: Mutex<Option<IsolatePtr>>, // None: the isolate is gone
    dropped: Mutex<Vec<sys::vm_ref>>,
    any_dropped: AtomicBool,
    pub(crate) panicked: AtomicBool,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    source: Mutex<Option<Source>>,
    pub(crate) panics: Panics,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Shared {
    /// A persistent handle is wanted no more. Any thread, also after the isolate's end.
    pub(crate) fn drop_later(&self, handle: sys::vm_ref) {
        lock(&self.dropped).push(handle);
        self.any_dropped.store(true, Ordering::Release);
    }

    #[inline(always)]
    pub(crate) fn release_dropped(&self, isolate: NonNull<sys::vm_isolate>) {
        if self.any_dropped.load(Ordering::Relaxed) {
            self.release_all(isolate);
        }
    }

    #[cold]
    fn release_all(&self, isolate: NonNull<sys::vm_isolate>) {
        self.any_dropped.store(false, Ordering::Release);
        let handles = std::mem::take(&mut *lock(&self.dropped));
        for handle in handles {
            // SAFETY: called by the isolate's thread; each was persisted once, and stands here once.
            unsafe { sys::vm_ref_release(isolate.as_ptr(), handle, ptr::null_mut()) };
        }
    }

    /// A panic that cannot go on, for C is below. The first one counts.
    pub(crate) fn keep_panic(&self, panic: Box<dyn Any + Send>) {
        let mut kept = lock(&self.panic);
        if kept.is_none() {
            *kept = Some(panic);
            self.panicked.store(true, Ordering::Release);
        } else {
            drop(kept);
            discard(panic);
        }
    }

    /// Lets a panic go on that was caught.
    pub(crate) fn resume_panic(&self) {
        if self.panicked.swap(false, Ordering::AcqRel) {
            let panic = lock(&self.panic).take();
            if let Some(panic) = panic {
                resume_unwind(panic);
            }
        }
    }

    pub(crate) fn take_source(&self) -> Option<Source> {
        lock(&self.source).take()
    }

    pub(crate) fn set_source(&self, source: Source) {
        let old = lock(&self.source).replace(source);
        if let Some((handle, _)) = old {
            self.drop_later(handle);
        }
    }
}

/// What was panicked with may panic when it is dropped, and there is C below: then it stays.
fn discard(panic: Box<dyn Any + Send>) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        std::mem::forget(again);
    }
}

/// What an isolate and its collector have done since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IsolateStats {
    /// Calls of the guest by the host.
    pub calls: u64,
    /// Exceptions thrown, traps not included.
    pub exceptions: u64,
    /// Traps raised, caught ones included.
    pub traps: u64,
    /// Collections of the heap.
    pub collections: u64,
    /// How long the guest stood still for them.
    pub pause_total_ns: u64,
    /// The longest time it did.
    pub pause_max_ns: u64,
    /// Held from the system now.
    pub heap_bytes: u64,
    /// Found alive by the last collection.
    pub live_bytes: u64,
    /// Allocated since the isolate was made.
    pub allocated_bytes: u64,
    /// [`Local`](crate::Local)s in all open scopes: grows where a scope is missing.
    pub local_handles: u64,
    /// [`Ref`](crate::Ref)s: grows where something is kept.
    pub persistent_handles: u64,
    /// Instances that live, or that no collection has looked at since they do not.
    pub instances: u64,
}

/// An independent guest world: one heap, one stack, limits. It may be moved from thread to thread, so what is
/// put into it is `Send`; two threads can never be in it.
pub struct Isolate {
    isolate: NonNull<sys::vm_isolate>,
    shared: Arc<Shared>,
    engine: Engine, // last: it outlives the isolate
    unsync: PhantomData<*mut ()>,
}

// SAFETY: an isolate may be used by any thread, one at a time, in an order that moving and borrowing give. All
// that it owns, closures and host objects, is Send.
unsafe impl Send for Isolate {}

impl Isolate {
    /// An isolate with all defaults.
    ///
    /// [`Status::Memory`].
    pub fn new(engine: &Engine) -> Result<Isolate> {
        Isolate::with_config(engine, &IsolateConfig::default())
    }

    /// An isolate.
    ///
    /// [`Status::Limit`]: a size is out of range. [`Status::Memory`].
    pub fn with_config(engine: &Engine, config: &IsolateConfig) -> Result<Isolate> {
        let mut isolate = ptr::null_mut();
        // SAFETY: the engine lives as long as the isolate, which holds it.
        check(|e| unsafe { sys::vm_isolate_new(engine.as_raw(), &config.raw, &mut isolate, e) })?;
        let isolate =
            NonNull::new(isolate).ok_or_else(|| Error::new(Status::Memory, "no isolate"))?;
        let shared = Arc::new(Shared {
            interruptible: Mutex::new(Some(IsolatePtr(isolate))),
            dropped: Mutex::new(Vec::new()),
            any_dropped: AtomicBool::new(false),
            panicked: AtomicBool::new(false),
            panic: Mutex::new(None),
            source: Mutex::new(None),
            panics: config.panics,
        });
        let mut isolate = Isolate { isolate, shared, engine: engine.clone(), unsync: PhantomData };
        // Room for a scope, which is kept: from now on `enter` cannot fail.
        isolate.try_enter(|_| ())?;
        Ok(isolate)
    }

    fn shared_ptr(&self) -> NonNull<Shared> {
        // SAFETY: an Arc's pointer is never null.
        unsafe { NonNull::new_unchecked(Arc::as_ptr(&self.shared) as *mut Shared) }
    }

    fn try_enter<R>(&mut self, f: impl for<'s> FnOnce(&mut Scope<'s>) -> R) -> Result<R> {
        // SAFETY: &mut self, so nobody else is in it, here or in another thread.
        let result = unsafe { scope::enter(self.isolate, self.shared_ptr(), f) };
        // The error behind an exception that the guest caught is wanted no more.
        if let Some((payload, _)) = self.shared.take_source() {
            self.shared.drop_later(payload);
        }
        result
    }

    /// Do something in the isolate: `f` gets a [`Scope`], which all that concerns the guest takes.
    pub fn enter<R>(&mut self, f: impl for<'s> FnOnce(&mut Scope<'s>) -> R) -> R {
        self.try_enter(f).expect("room for the first scope was made with the isolate")
    }

    /// Link a module into the isolate, as [`Scope::instantiate`].
    pub fn instantiate(&mut self, module: &Module) -> Result<Instance> {
        self.enter(|cx| cx.instantiate(module))
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What stops the isolate from any thread.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        InterruptHandle(self.shared.clone())
    }

    // ---- host functions ----

    /// Let modules import a closure over numbers as `(module, name)`. Its type is the closure's: any of `i32`,
    /// `u32`, `i64`, `u64`, `f32`, `f64` as parameters, after an optional `&mut Scope<'_>`; the same or `()` as
    /// result, or a `Result` of that and [`Throw`].
    ///
    /// ```
    /// # use libvm::*;
    /// # let engine = Engine::new()?;
    /// # let mut isolate = Isolate::new(&engine)?;
    /// isolate.define("host", "twice", |x: i32| x.wrapping_mul(2))?;
    /// isolate.define("host", "half", |x: i64| {
    ///     if x % 2 == 0 { Ok(x / 2) } else { Err(Throw::text("odd number")) }
    /// })?;
    /// isolate.define("host", "collect", |cx: &mut Scope<'_>| { cx.collect(); })?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// [`Status::State`]: the name is defined already. [`Status::Memory`].
    pub fn define<M, F: HostFunction<M>>(
        &mut self,
        module: &str,
        name: &str,
        function: F,
    ) -> Result<()> {
        let ty = F::func_type();
        // SAFETY: the entry belongs to this F and this type.
        unsafe { host::define(self.isolate, &self.shared, module, name, &ty, F::entry(), function) }
    }

    /// Let modules import a closure whose parameters `A` and results `R` are lists of types: numbers, [`Dynamic`],
    /// and references: [`Object`], [`ArrayObject`] and so on, or `Option` of one for those that may be null.
    ///
    /// ```
    /// # use libvm::*;
    /// # let engine = Engine::new()?;
    /// # let mut isolate = Isolate::new(&engine)?;
    /// isolate.define_with::<(Option<ArrayObject>,), i32, _>("host", "length", |cx, (array,)| match array {
    ///     Some(array) => Ok(cx.array_len(array)? as i32),
    ///     None => Ok(0),
    /// })?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// As [`Isolate::define`].
    ///
    /// [`Dynamic`]: crate::Dynamic
    /// [`Object`]: crate::Object
    /// [`ArrayObject`]: crate::ArrayObject
    pub fn define_with<A, R, F>(&mut self, module: &str, name: &str, function: F) -> Result<()>
    where
        A: List,
        R: List,
        F: for<'h> Fn(
                &mut Scope<'h>,
                <A as ListAt<'h>>::Values,
            ) -> Result<<R as ListAt<'h>>::Values, Throw>
            + Send
            + 'static,
    {
        let ty = FuncType::new(A::types(), R::types());
        // SAFETY: the entry belongs to this F and this type.
        unsafe {
            host::define(
                self.isolate,
                &self.shared,
                module,
                name,
                &ty,
                host::typed_entry::<A, R, F>(),
                function,
            )
        }
    }

    /// Let modules import a closure of any type, which may name types of the isolate ([`Type`](crate::Type)). The
    /// closure returns as many values as the type has results, of their kinds; otherwise the guest gets the trap
    /// [`Trap::Host`](crate::Trap::Host).
    ///
    /// As [`Isolate::define`], and [`Status::Argument`]: a type that is no value type of the isolate's, or more than
    /// 255 parameters or results.
    pub fn define_untyped<F>(
        &mut self,
        module: &str,
        name: &str,
        ty: &FuncType,
        function: F,
    ) -> Result<()>
    where
        F: for<'h> Fn(&mut Scope<'h>, Args<'_, 'h>) -> Result<Vec<Value<'h>>, Throw>
            + Send
            + 'static,
    {
        let function =
            host::Untyped { params: ty.params.len(), results: ty.results.len(), function };
        // SAFETY: the entry belongs to this F, and the counts are those of the type.
        unsafe {
            host::define(
                self.isolate,
                &self.shared,
                module,
                name,
                ty,
                host::untyped_entry::<F>(),
                function,
            )
        }
    }

    // ---- limits ----

    /// Guest code may use `units` of fuel from now on: one a function entry, loop round and caught exception.
    /// `u64::MAX`: no limit.
    ///
    /// [`Status::State`]: the engine does not meter fuel.
    pub fn set_fuel(&mut self, units: u64) -> Result<()> {
        // SAFETY: the isolate lives and is ours.
        check(|e| unsafe { sys::vm_isolate_set_fuel(self.isolate.as_ptr(), units, e) })
    }

    /// How much fuel is left. As [`Isolate::set_fuel`].
    pub fn fuel(&mut self) -> Result<u64> {
        let mut units = 0;
        // SAFETY: as above.
        check(|e| unsafe { sys::vm_isolate_get_fuel(self.isolate.as_ptr(), &mut units, e) })?;
        Ok(units)
    }

    /// Guest code that still runs in so many milliseconds is stopped, and so is every later call until a new
    /// deadline is set. 0: no deadline.
    ///
    /// [`Status::Memory`]: also when no thread could be started.
    pub fn set_deadline(&mut self, milliseconds: u64) -> Result<()> {
        // SAFETY: as above.
        check(|e| unsafe { sys::vm_isolate_set_deadline(self.isolate.as_ptr(), milliseconds, e) })
    }

    // ---- the collector ----

    /// Collect now, and drop the host objects that nobody holds any more.
    pub fn collect(&mut self) {
        self.enter(|cx| {
            cx.collect();
            cx.run_finalizers();
        })
    }

    /// What it has done.
    pub fn stats(&mut self) -> IsolateStats {
        self.enter(|cx| cx.stats())
    }

    /// The isolate as C has it. Host objects that other code makes in it are not taken for ours.
    pub fn as_raw(&mut self) -> *mut sys::vm_isolate {
        self.isolate.as_ptr()
    }
}

impl Drop for Isolate {
    fn drop(&mut self) {
        *lock(&self.shared.interruptible) = None;
        let source = self.shared.take_source();
        // SAFETY: nobody is in it, for that takes a borrow; finalizers and drops of closures, which run now, catch
        // their panics. The engine goes later.
        let status = unsafe { sys::vm_isolate_free(self.isolate.as_ptr(), ptr::null_mut()) };
        debug_assert_eq!(status, sys::VM_OK);
        drop(source);
        if std::thread::panicking() {
            if let Some(panic) = lock(&self.shared.panic).take() {
                discard(panic);
            }
        } else {
            self.shared.resume_panic();
        }
    }
}

impl std::fmt::Debug for Isolate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Isolate({:p})", self.isolate)
    }
}

/// Stops an isolate from any thread. It does not keep the isolate alive.
#[derive(Clone)]
pub struct InterruptHandle(pub(crate) Arc<Shared>);

impl InterruptHandle {
    /// Stop running guest code: its call fails with [`Status::Terminated`] and
    /// [`Trap::Interrupt`](crate::Trap::Interrupt) soon. If no guest code runs, the next call is stopped. False: the
    /// isolate is gone.
    pub fn interrupt(&self) -> bool {
        match &*lock(&self.0.interruptible) {
            // SAFETY: it lives, for whoever frees it waits for the lock first; any thread may.
            Some(isolate) => unsafe {
                sys::vm_isolate_interrupt(isolate.0.as_ptr(), ptr::null_mut()) == sys::VM_OK
            },
            None => false,
        }
    }
}

impl std::fmt::Debug for InterruptHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InterruptHandle")
    }
}

impl<'s> Scope<'s> {
    /// Link a module into the isolate: find its imports, initialise globals, tables and memories, run its start
    /// function.
    ///
    /// [`Status::Argument`]: the module is another engine's. [`Status::Link`]: an import is missing or has another
    /// type. [`Status::Limit`], [`Status::Memory`]. [`Status::Exception`], [`Status::Terminated`]: a segment did not
    /// fit or the start function ended so.
    pub fn instantiate(&self, module: &Module) -> Result<Instance> {
        let mut instance = ptr::null_mut();
        // SAFETY: isolate and module live; handles it makes are of this scope.
        self.check_guest(|e| unsafe {
            sys::vm_instance_new(self.as_raw(), module.as_raw(), &mut instance, e)
        })?;
        // SAFETY: just made for us.
        unsafe { Instance::wrap(self, instance) }
            .ok_or_else(|| Error::new(Status::Memory, "no instance"))
    }

    /// Let modules import a global of the isolate's own as `(module, name)`: any number of instances share it.
    ///
    /// [`Status::Argument`]: no value type of the isolate's, or a value of another. [`Status::State`]: the name is
    /// defined already. [`Status::Memory`].
    pub fn define_global(
        &self,
        module: &str,
        name: &str,
        ty: ValType,
        mutable: bool,
        value: impl Into<Value<'s>>,
    ) -> Result<()> {
        let (module, name, value) = (c_name(module), c_name(name), value.into().to_raw());
        // SAFETY: names and value are borrowed for the call; a handle is of an open scope. So it is below.
        self.check(|e| unsafe {
            let (module, name) = (module.as_ptr(), name.as_ptr());
            sys::vm_isolate_define_global(
                self.as_raw(),
                module,
                name,
                ty.0,
                i32::from(mutable),
                &value,
                e,
            )
        })
    }

    /// The value of a global that was defined under `(module, name)`.
    ///
    /// [`Status::NotFound`], [`Status::Memory`].
    pub fn defined_global(&self, module: &str, name: &str) -> Result<Value<'s>> {
        let (module, name, mut out) = (c_name(module), c_name(name), Value::I32(0).to_raw());
        self.check(|e| unsafe {
            sys::vm_isolate_get_global(self.as_raw(), module.as_ptr(), name.as_ptr(), &mut out, e)
        })?;
        // SAFETY: a handle in it was made in this scope.
        Ok(unsafe { Value::from_raw(&out) })
    }

    /// Set a global that was defined under `(module, name)`.
    ///
    /// [`Status::Argument`]: it is immutable, or of another type. [`Status::NotFound`].
    pub fn set_defined_global(
        &self,
        module: &str,
        name: &str,
        value: impl Into<Value<'s>>,
    ) -> Result<()> {
        let (module, name, value) = (c_name(module), c_name(name), value.into().to_raw());
        self.check(|e| unsafe {
            sys::vm_isolate_set_global(self.as_raw(), module.as_ptr(), name.as_ptr(), &value, e)
        })
    }

    /// In a host function that waits or works long: is the guest to stop (interrupt, deadline, fuel)? Then it
    /// fails with what to return.
    pub fn poll(&self) -> Result<(), Throw> {
        // SAFETY: the isolate lives.
        match unsafe { sys::vm_isolate_poll(self.as_raw()) } {
            sys::VM_TERMINATED => Err(Throw(crate::error::Kind::Stop)),
            _ => Ok(()),
        }
    }

    /// What stops the isolate from any thread.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        InterruptHandle(self.shared_arc())
    }

    /// Collect now. Host objects that died are dropped by [`Scope::run_finalizers`], and before the next call of
    /// the guest from outside.
    pub fn collect(&self) {
        self.shared().release_dropped(unsafe { NonNull::new_unchecked(self.as_raw()) });
        // SAFETY: the isolate lives.
        unsafe { sys::vm_isolate_collect(self.as_raw(), ptr::null_mut()) };
    }

    /// Drop host objects that died; how many. A panic in a `drop` goes on from here.
    pub fn run_finalizers(&self) -> usize {
        let mut count = 0;
        // SAFETY: the isolate lives; finalizers of ours do not unwind.
        unsafe { sys::vm_isolate_run_finalizers(self.as_raw(), &mut count, ptr::null_mut()) };
        self.shared().resume_panic();
        count
    }

    /// Walk the heap and check its invariants; slow.
    ///
    /// [`Status::Invalid`]: the heap is damaged, which would be a bug in libvm, or in unsafe code.
    pub fn verify_heap(&self) -> Result<()> {
        // SAFETY: the isolate lives.
        self.check(|e| unsafe { sys::vm_isolate_verify_heap(self.as_raw(), e) })
    }

    /// What the isolate has done.
    pub fn stats(&self) -> IsolateStats {
        // SAFETY: plain numbers; the isolate lives.
        let raw = unsafe {
            let mut raw: sys::vm_isolate_stats = MaybeUninit::zeroed().assume_init();
            raw.size = std::mem::size_of::<sys::vm_isolate_stats>();
            sys::vm_isolate_get_stats(self.as_raw(), &mut raw, ptr::null_mut());
            raw
        };
        IsolateStats {
            calls: raw.calls,
            exceptions: raw.exceptions,
            traps: raw.traps,
            collections: raw.collections,
            pause_total_ns: raw.pause_total_ns,
            pause_max_ns: raw.pause_max_ns,
            heap_bytes: raw.heap_bytes,
            live_bytes: raw.live_bytes,
            allocated_bytes: raw.allocated_bytes,
            local_handles: raw.local_handles,
            persistent_handles: raw.persistent_handles,
            instances: raw.instances,
        }
    }
}
