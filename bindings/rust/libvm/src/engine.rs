//! Engines: compiler, compiled code and configuration.
//!
//! SPDX-License-Identifier: MIT
use crate::error::{check, Error, Result, Status};
use crate::{c_name, from_c, sys};
use std::ffi::CString;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};
use std::sync::Arc;

/// Which tiers run guest code. Results are the same in each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tier {
    /// Interpret at once, translate to register code what is used again, compile in the background what gets hot.
    Auto,
    /// Interpret bytecode only.
    Zero,
    /// Translate to register code, and interpret that; there is no compiler.
    One,
    /// Compile every module completely while it is loaded.
    Two,
}

/// How an engine is made. The default is what a program wants that has no wishes.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    raw: sys::vm_engine_config,
    cache_dir: Option<CString>,
    temp_dir: Option<CString>,
    worker: Option<CString>,
}

// SAFETY: the pointers in `raw` are NULL until Engine::with_config sets those of a copy.
unsafe impl Send for EngineConfig {}
// SAFETY: as above.
unsafe impl Sync for EngineConfig {}

impl Default for EngineConfig {
    fn default() -> EngineConfig {
        // SAFETY: all zero is every default, but for the size.
        let mut raw: sys::vm_engine_config = unsafe { MaybeUninit::zeroed().assume_init() };
        raw.size = std::mem::size_of::<sys::vm_engine_config>();
        EngineConfig { raw, cache_dir: None, temp_dir: None, worker: None }
    }
}

impl EngineConfig {
    /// Every default.
    pub fn new() -> EngineConfig {
        EngineConfig::default()
    }

    /// Which tiers run guest code.
    pub fn tier(mut self, tier: Tier) -> EngineConfig {
        self.raw.tier = match tier {
            Tier::Auto => sys::VM_TIER_AUTO,
            Tier::Zero => sys::VM_TIER_0,
            Tier::One => sys::VM_TIER_1,
            Tier::Two => sys::VM_TIER_2,
        };
        self
    }

    /// Code counts fuel, for [`Isolate::set_fuel`](crate::Isolate::set_fuel); costs speed.
    pub fn meter_fuel(mut self, on: bool) -> EngineConfig {
        self.raw.meter_fuel = u32::from(on);
        self
    }

    /// Every isolate collects at every allocation, overwrites what it frees, and checks its heap: for tests. Slow.
    pub fn gc_stress(mut self, on: bool) -> EngineConfig {
        self.raw.gc_flags =
            if on { sys::VM_GC_STRESS | sys::VM_GC_POISON | sys::VM_GC_VERIFY } else { 0 };
        self
    }

    /// Milliseconds after which a compile is killed; 0 is the default, a minute.
    pub fn compile_timeout_ms(mut self, milliseconds: u32) -> EngineConfig {
        self.raw.compile_timeout_ms = milliseconds;
        self
    }

    /// An absolute path of the folder for private files; the default is `/tmp`.
    pub fn temp_dir(mut self, path: &str) -> EngineConfig {
        self.temp_dir = Some(c_name(path));
        self
    }

    /// An absolute path of a folder that keeps compiled code from run to run. It is made if it is missing, and
    /// refused unless it is ours alone: a directory, no link, of mode 0700.
    pub fn cache_dir(mut self, path: &str) -> EngineConfig {
        self.cache_dir = Some(c_name(path));
        self
    }

    /// Bytes of files in the cache folder; 0 is the default, 1 GB.
    pub fn max_cache(mut self, bytes: u64) -> EngineConfig {
        self.raw.max_cache = bytes;
        self
    }

    /// Bytes of memory for compiled code; 0 is the default, 256 MB.
    pub fn max_code(mut self, bytes: u64) -> EngineConfig {
        self.raw.max_code = bytes;
        self
    }

    /// Compile with line numbers, and keep code in files while it is loaded, for debuggers and profilers.
    pub fn keep_code(mut self, on: bool) -> EngineConfig {
        self.raw.keep_code = u32::from(on);
        self
    }

    /// Put linear memories into reserved ranges of addresses, so that compiled code accesses them without checks.
    /// This installs a handler of SIGSEGV as long as such an engine lives; it passes on faults that are not the
    /// guest's.
    pub fn guard_memory(mut self, on: bool) -> EngineConfig {
        self.raw.guard_memory = u32::from(on);
        self
    }

    /// Run machine code that comes with modules, instead of their bytecode.
    ///
    /// # Safety
    /// Nothing can verify machine code: every module that is loaded into the engine comes from where programs
    /// that may run in this process come from.
    pub unsafe fn trust_native(mut self, on: bool) -> EngineConfig {
        self.raw.trust_native = u32::from(on);
        self
    }

    /// An absolute path of the compiler worker; the default is the one that was installed.
    ///
    /// # Safety
    /// The file is libvm's worker, of the same version: what it makes is run as machine code.
    pub unsafe fn worker(mut self, path: &str) -> EngineConfig {
        self.worker = Some(c_name(path));
        self
    }
}

/// What an engine has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineStats {
    /// A compiler runs, or none was needed yet.
    pub compiler_available: bool,
    /// Why there is none, or the last failure; empty if there was none.
    pub compiler_reason: String,
    /// Units that wait or are being compiled.
    pub queued: u64,
    /// Units compiled since the engine was made.
    pub compiled_units: u64,
    /// Functions in them.
    pub compiled_functions: u64,
    /// Units that could not be compiled.
    pub failed_units: u64,
    /// Memory mapped for machine code now.
    pub code_bytes: u64,
    /// Units taken from the code cache.
    pub cache_hits: u64,
    /// Units that had to be compiled although there is a cache.
    pub cache_misses: u64,
}

pub(crate) struct EngineInner(NonNull<sys::vm_engine>);

// SAFETY: "Every function here may be called from any thread at any time, except vm_engine_free, which must be the
// last call on its engine": that is in drop, when nobody has it any more.
unsafe impl Send for EngineInner {}
// SAFETY: as above.
unsafe impl Sync for EngineInner {}

impl Drop for EngineInner {
    fn drop(&mut self) {
        // SAFETY: modules and isolates hold the Arc that this is in, so they are gone.
        let status = unsafe { sys::vm_engine_free(self.0.as_ptr(), ptr::null_mut()) };
        debug_assert_eq!(status, sys::VM_OK);
    }
}

/// Compiler, compiled code and configuration; usually one a process. A clone is the same engine. Any thread.
#[derive(Clone)]
pub struct Engine(pub(crate) Arc<EngineInner>);

/// The version of the libvm in use, as text.
pub fn version() -> String {
    // SAFETY: static text.
    unsafe { from_c(sys::vm_version_text()) }.unwrap_or_default()
}

/// Is the library in use one that these declarations are of?
fn check_version() -> Result<()> {
    // SAFETY: no arguments.
    let found = unsafe { sys::vm_version_number() };
    if found / 100 == sys::VM_VERSION_NUMBER / 100 && found >= sys::VM_VERSION_NUMBER {
        return Ok(());
    }
    Err(Error::new(
        Status::State,
        format!(
            "the libvm that was loaded is version {}, but the crate was made for {}.{}.{} (a later patch version is \
             fine): install that version, or use the crate that belongs to {}",
            version(),
            sys::VM_VERSION_MAJOR,
            sys::VM_VERSION_MINOR,
            sys::VM_VERSION_PATCH,
            version()
        ),
    ))
}

impl Engine {
    /// An engine with all defaults.
    ///
    /// [`Status::State`]: the libvm that was loaded is of another version than this crate. [`Status::Memory`].
    pub fn new() -> Result<Engine> {
        Engine::with_config(&EngineConfig::default())
    }

    /// An engine. No thread and no process is started before something is to be compiled; a missing compiler is
    /// no error, see [`Engine::stats`].
    ///
    /// As [`Engine::new`], and [`Status::Argument`]: something in `config` has no meaning, or its `cache_dir` is
    /// refused.
    pub fn with_config(config: &EngineConfig) -> Result<Engine> {
        check_version()?;
        let mut raw = config.raw;
        let path = |text: &Option<CString>| text.as_ref().map_or(ptr::null(), |text| text.as_ptr());
        raw.cache_dir = path(&config.cache_dir);
        raw.temp_dir = path(&config.temp_dir);
        raw.worker = path(&config.worker);
        let mut engine = ptr::null_mut();
        // SAFETY: the strings live until the call is over.
        check(|e| unsafe { sys::vm_engine_new(&raw, &mut engine, e) })?;
        match NonNull::new(engine) {
            Some(engine) => Ok(Engine(Arc::new(EngineInner(engine)))),
            None => Err(Error::new(Status::Memory, "no engine")),
        }
    }

    /// Wait until nothing is queued for compilation.
    pub fn drain(&self) -> Result<()> {
        // SAFETY: the engine lives; any thread.
        check(|e| unsafe { sys::vm_engine_drain(self.as_raw(), e) })
    }

    /// What the compiler has done.
    pub fn stats(&self) -> Result<EngineStats> {
        // SAFETY: plain numbers, for which zero is fine; any thread.
        let mut raw: sys::vm_engine_stats = unsafe { MaybeUninit::zeroed().assume_init() };
        raw.size = std::mem::size_of::<sys::vm_engine_stats>();
        check(|e| unsafe { sys::vm_engine_get_stats(self.as_raw(), &mut raw, e) })?;
        Ok(EngineStats {
            compiler_available: raw.compiler_available != 0,
            // SAFETY: NUL-terminated.
            compiler_reason: unsafe { from_c(raw.compiler_reason.as_ptr()) }.unwrap_or_default(),
            queued: raw.queued,
            compiled_units: raw.compiled_units,
            compiled_functions: raw.compiled_functions,
            failed_units: raw.failed_units,
            code_bytes: raw.code_bytes,
            cache_hits: raw.cache_hits,
            cache_misses: raw.cache_misses,
        })
    }

    /// The engine as C has it, valid as long as this one or a clone lives.
    pub fn as_raw(&self) -> *mut sys::vm_engine {
        self.0 .0.as_ptr()
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Engine({:p})", self.as_raw())
    }
}
