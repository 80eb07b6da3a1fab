// Generated from include/vm/vm.h by bindings/rust/generate.sh; do not edit.


pub const VM_ERROR_TEXT: u32 = 256;
pub const VM_NO_OFFSET: u32 = 4294967295;
pub const VM_NO_INDEX: u32 = 4294967295;
pub const VM_TYPE_TEXT: u32 = 192;
pub const VM_FUNCTION_REASON: u32 = 160;
pub const VM_REASON_TEXT: u32 = 160;
pub const VM_VERSION_MAJOR: u32 = 0;
pub const VM_VERSION_MINOR: u32 = 1;
pub const VM_VERSION_PATCH: u32 = 0;
pub const VM_VERSION_NUMBER: u32 = 100;
pub const VM_VERSION_TEXT: &[u8; 6usize] = b"0.1.0\0";
pub type __uint8_t = ::std::os::raw::c_uchar;
pub type __int32_t = ::std::os::raw::c_int;
pub type __uint32_t = ::std::os::raw::c_uint;
pub type __int64_t = ::std::os::raw::c_long;
pub type __uint64_t = ::std::os::raw::c_ulong;
#[doc = " The call did what it was asked."]
pub const VM_OK: vm_status = 0;
#[doc = " An argument is wrong; nothing was changed."]
pub const VM_ARGUMENT: vm_status = 1;
#[doc = " The host's memory ran out; nothing was changed."]
pub const VM_MEMORY: vm_status = 2;
#[doc = " The bytes are not a libvm module."]
pub const VM_MALFORMED: vm_status = 3;
#[doc = " The module is well-formed but breaks a verification rule."]
pub const VM_INVALID: vm_status = 4;
#[doc = " The assembler text is wrong."]
pub const VM_SYNTAX: vm_status = 5;
#[doc = " An import is missing or has another type."]
pub const VM_LINK: vm_status = 6;
#[doc = " A limit of the implementation or of the isolate was reached."]
pub const VM_LIMIT: vm_status = 7;
#[doc = " The guest ended with an uncaught exception or trap."]
pub const VM_EXCEPTION: vm_status = 8;
#[doc = " The guest was stopped (interrupt, fuel, deadline) or ended itself (exit)."]
pub const VM_TERMINATED: vm_status = 9;
#[doc = " A handle is stale, foreign or of the wrong type."]
pub const VM_HANDLE: vm_status = 10;
#[doc = " The object is not in a state that allows this call."]
pub const VM_STATE: vm_status = 11;
#[doc = " No such name."]
pub const VM_NOT_FOUND: vm_status = 12;
#[doc = " The compiler is missing, failed, or was stopped."]
pub const VM_COMPILE: vm_status = 13;
#[doc = " What a call came to. VM_OK is 0."]
pub type vm_status = ::std::os::raw::c_uint;
#[doc = " Not a trap: an exception thrown by the guest or the host."]
pub const VM_TRAP_NONE: vm_trap = 0;
#[doc = " The instruction unreachable was executed."]
pub const VM_TRAP_UNREACHABLE: vm_trap = 1;
#[doc = " Integer division or remainder by zero."]
pub const VM_TRAP_DIVIDE_BY_ZERO: vm_trap = 2;
#[doc = " An integer result does not fit its type."]
pub const VM_TRAP_INTEGER_OVERFLOW: vm_trap = 3;
#[doc = " A NaN was converted to an integer."]
pub const VM_TRAP_INVALID_CONVERSION: vm_trap = 4;
#[doc = " A linear-memory or data-segment access is out of bounds."]
pub const VM_TRAP_MEMORY_BOUNDS: vm_trap = 5;
#[doc = " A table or element-segment access is out of bounds."]
pub const VM_TRAP_TABLE_BOUNDS: vm_trap = 6;
#[doc = " An array access is out of bounds."]
pub const VM_TRAP_ARRAY_BOUNDS: vm_trap = 7;
#[doc = " A null reference was used."]
pub const VM_TRAP_NULL_REFERENCE: vm_trap = 8;
#[doc = " A reference has not the type it was cast to."]
pub const VM_TRAP_CAST_FAILURE: vm_trap = 9;
#[doc = " An indirect call found a function of another type."]
pub const VM_TRAP_CALL_TYPE: vm_trap = 10;
#[doc = " An indirect call found a null element."]
pub const VM_TRAP_UNDEFINED_ELEMENT: vm_trap = 11;
#[doc = " Calls are nested too deeply."]
pub const VM_TRAP_STACK_OVERFLOW: vm_trap = 12;
#[doc = " The heap limit was reached."]
pub const VM_TRAP_OUT_OF_MEMORY: vm_trap = 13;
#[doc = " A dyn value has not the type it was unboxed as."]
pub const VM_TRAP_DYN_TYPE: vm_trap = 14;
#[doc = " An array is longer than the implementation allows."]
pub const VM_TRAP_ARRAY_SIZE: vm_trap = 15;
#[doc = " The host interrupted the isolate. Cannot be caught."]
pub const VM_TRAP_INTERRUPT: vm_trap = 16;
#[doc = " The fuel is used up. Cannot be caught."]
pub const VM_TRAP_FUEL: vm_trap = 17;
#[doc = " The deadline has passed. Cannot be caught."]
pub const VM_TRAP_DEADLINE: vm_trap = 18;
#[doc = " A host function failed."]
pub const VM_TRAP_HOST: vm_trap = 19;
#[doc = " The guest ended itself through a host function. Cannot be caught."]
pub const VM_TRAP_EXIT: vm_trap = 20;
#[doc = " Why the guest stopped; 0 is an exception that was thrown, not a trap."]
pub type vm_trap = ::std::os::raw::c_uint;
#[doc = " Details of a failure. The caller owns it and hands a pointer, or NULL, to any call as its last"]
#[doc = " argument. Initialise with VM_ERROR_INIT; `size` lets later versions add fields. A call that"]
#[doc = " succeeds leaves it alone."]
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct vm_error {
    #[doc = " sizeof(vm_error), set by the caller"]
    pub size: usize,
    #[doc = " the status that was returned"]
    pub status: vm_status,
    #[doc = " for EXCEPTION and TERMINATED: the code"]
    pub trap: vm_trap,
    #[doc = " function index in its module, or VM_NO_OFFSET"]
    pub function: u32,
    #[doc = " byte offset (module or function), or VM_NO_OFFSET"]
    pub offset: u32,
    #[doc = " assembler text position or source line; 0 if unknown"]
    pub line: u32,
    #[doc = " assembler text position or source line; 0 if unknown"]
    pub column: u32,
    #[doc = " one line, NUL-terminated: place, expected, found"]
    pub message: [::std::os::raw::c_char; 256usize],
}
extern "C" {
    #[doc = " The name of a status or trap code, such as \"malformed\"; static storage; \"unknown\" for a value"]
    #[doc = " that is none."]
    pub fn vm_status_name(status: vm_status) -> *const ::std::os::raw::c_char;
}
extern "C" {
    #[doc = " The name of a status or trap code, such as \"malformed\"; static storage; \"unknown\" for a value"]
    #[doc = " that is none."]
    pub fn vm_trap_name(trap: vm_trap) -> *const ::std::os::raw::c_char;
}
extern "C" {
    #[doc = " One sentence on a status or trap code; static storage."]
    pub fn vm_status_text(status: vm_status) -> *const ::std::os::raw::c_char;
}
extern "C" {
    #[doc = " One sentence on a status or trap code; static storage."]
    pub fn vm_trap_text(trap: vm_trap) -> *const ::std::os::raw::c_char;
}
pub const VM_KIND_I32: vm_kind = 0;
pub const VM_KIND_I64: vm_kind = 1;
pub const VM_KIND_F32: vm_kind = 2;
pub const VM_KIND_F64: vm_kind = 3;
pub const VM_KIND_DYN: vm_kind = 4;
pub const VM_KIND_REF: vm_kind = 5;
#[doc = " Kinds of value."]
pub type vm_kind = ::std::os::raw::c_uint;
#[doc = " every reference"]
pub const VM_HEAP_ANY: _bindgen_ty_1 = 16776960;
pub const VM_HEAP_STRUCT: _bindgen_ty_1 = 16776961;
pub const VM_HEAP_ARRAY: _bindgen_ty_1 = 16776962;
pub const VM_HEAP_FUNC: _bindgen_ty_1 = 16776963;
#[doc = " a host object"]
pub const VM_HEAP_EXTERN: _bindgen_ty_1 = 16776964;
#[doc = " an exception"]
pub const VM_HEAP_EXN: _bindgen_ty_1 = 16776965;
#[doc = " a weak reference"]
pub const VM_HEAP_WEAK: _bindgen_ty_1 = 16776966;
#[doc = " Heap types of references that are not declared by a module. A declared type is its index in the"]
#[doc = " module's type section, below VM_HEAP_ANY."]
pub type _bindgen_ty_1 = ::std::os::raw::c_uint;
#[doc = " A value type in 32 bits: the kind in bits 28 to 31, for references \"nullable\" in bit 27 and the"]
#[doc = " heap type in bits 0 to 23; all other bits are zero."]
pub type vm_type = u32;
#[doc = " A handle: names a slot that the collector sees as a root. Zero is the null reference. It is"]
#[doc = " valid until its scope closes (persistent ones: until released); a stale one is detected."]
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct vm_ref {
    #[doc = " private"]
    pub index: u32,
    #[doc = " private"]
    pub serial: u32,
}
#[doc = " A value with its kind. For VM_KIND_DYN, `dyn` is the tagged word when it holds no reference"]
#[doc = " (see vm_dyn_* in vm/value.h) and `ref` is used, with `is_ref` set, when it does."]
#[repr(C)]
#[derive(Copy, Clone)]
pub struct vm_value {
    #[doc = " a vm_kind"]
    pub kind: u32,
    #[doc = " for VM_KIND_DYN: nonzero if `of.ref` holds the value"]
    pub is_ref: u32,
    #[doc = " the content, by kind"]
    pub of: vm_value__bindgen_ty_1,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union vm_value__bindgen_ty_1 {
    pub i32_: i32,
    pub i64_: i64,
    pub f32_: f32,
    pub f64_: f64,
    pub dyn_: u64,
    pub ref_: vm_ref,
}
#[doc = " Memory for everything but VM stacks and heap slabs bookkeeping comes from here. `resize` works"]
#[doc = " like realloc: `block` NULL allocates, `new_size` 0 frees and returns NULL, NULL otherwise means"]
#[doc = " that memory ran out and the block is unchanged. `old_size` is what was asked for. It may be"]
#[doc = " called from any thread at any time and must not call libvm."]
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct vm_allocator {
    #[doc = " like realloc, see above"]
    pub resize: ::std::option::Option<
        unsafe extern "C" fn(
            user: *mut ::std::os::raw::c_void,
            block: *mut ::std::os::raw::c_void,
            old_size: usize,
            new_size: usize,
        ) -> *mut ::std::os::raw::c_void,
    >,
    #[doc = " borrowed for the engine's life"]
    pub user: *mut ::std::os::raw::c_void,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct vm_engine {
    _unused: [u8; 0],
}
#[doc = " interpret at once, translate to register code what is used again, compile in the background what becomes hot"]
pub const VM_TIER_AUTO: vm_tier = 0;
#[doc = " interpret bytecode only; there is no compiler at all"]
pub const VM_TIER_0: vm_tier = 1;
#[doc = " translate every function to register code when it is first called, and interpret that; there is no compiler at all"]
pub const VM_TIER_1: vm_tier = 3;
#[doc = " compile every module completely while it is loaded; functions that fail to compile are interpreted and counted in the statistics"]
pub const VM_TIER_2: vm_tier = 2;
#[doc = " Which tiers run guest code. Results are the same in each."]
pub type vm_tier = ::std::os::raw::c_uint;
#[doc = " compiled code goes back to the interpreter at every loop back-edge and call"]
pub const VM_TIER_FORCE_EXITS: _bindgen_ty_2 = 1;
#[doc = " functions with loops start in the interpreter and go over to compiled code in the middle, at their loops"]
pub const VM_TIER_FORCE_OSR: _bindgen_ty_2 = 2;
#[doc = " compiled code is made of guesses drawn at random, most of them wrong, about what dynamic instructions will meet; see switch_seed"]
pub const VM_TIER_FORCE_GUESSES: _bindgen_ty_2 = 8;
#[doc = " frames change tier at random: callees run in any tier they have, at loops frames go from tier to tier, and with VM_TIER_FORCE_EXITS compiled code leaves at polls and behind calls. Without that flag it is compiled as ever and cannot leave. Implies VM_TIER_FORCE_OSR"]
pub const VM_TIER_SWITCH: _bindgen_ty_2 = 4;
#[doc = " Modes for tests of the tiers themselves, combined with |. Results are the same, only slower."]
pub type _bindgen_ty_2 = ::std::os::raw::c_uint;
#[doc = " collect at every allocation"]
pub const VM_GC_STRESS: _bindgen_ty_3 = 1;
#[doc = " overwrite freed memory"]
pub const VM_GC_POISON: _bindgen_ty_3 = 2;
#[doc = " check the whole heap after every collection"]
pub const VM_GC_VERIFY: _bindgen_ty_3 = 4;
#[doc = " Modes of the collector, for tests and hunting bugs; combined with |."]
pub type _bindgen_ty_3 = ::std::os::raw::c_uint;
#[doc = " Something that happened inside, for a timeline or a profiler. Strings are borrowed for the call."]
#[doc = ""]
#[doc = " category   name       detail               when"]
#[doc = " compiler   queue      function             it became hot and waits; `duration_ns` is what"]
#[doc = " that took of the thread that runs it"]
#[doc = " compiler   quick      unit's root          the worker's time for a unit made in haste"]
#[doc = " compiler   compile    unit's root          the worker's time for a unit"]
#[doc = " compiler   fail       reason               a unit could not be compiled"]
#[doc = " compiler   publish    unit's root          its code was loaded and is in use"]
#[doc = " compiler   adopt      module               code of earlier runs was loaded with a module"]
#[doc = " compiler   warm       \"\"                   a worker is started, for soon it will be needed; time"]
#[doc = " as for queue"]
#[doc = " compiler   retire     unit's root          its code is out of use, to make room"]
#[doc = " compiler   evict      \"\"                   a unit that was retired was unloaded"]
#[doc = " compiler   scan       \"\"                   a thread looked through its stack before that; time as"]
#[doc = " for queue"]
#[doc = " tier       1          function             calls enter its register code from now on;"]
#[doc = " `duration_ns` is what making it took of the thread"]
#[doc = " tier       2          function             calls enter compiled code from now on"]
#[doc = " collector  collect    \"\"                   a collection; the isolate stood still"]
#[doc = " code       load       function             its compiled code: `address`, `bytes`"]
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct vm_trace_event {
    #[doc = " sizeof(vm_trace_event); later versions add at the end"]
    pub size: usize,
    #[doc = " see above"]
    pub category: *const ::std::os::raw::c_char,
    #[doc = " see above"]
    pub name: *const ::std::os::raw::c_char,
    #[doc = " see above"]
    pub detail: *const ::std::os::raw::c_char,
    #[doc = " CLOCK_MONOTONIC; 0 long: it happened at once"]
    pub start_ns: u64,
    #[doc = " CLOCK_MONOTONIC; 0 long: it happened at once"]
    pub duration_ns: u64,
    #[doc = " the system's number of the thread"]
    pub thread: u64,
    #[doc = " code only"]
    pub address: *const ::std::os::raw::c_void,
    #[doc = " code only"]
    pub bytes: usize,
}
#[doc = " May be called from any thread, several at a time, and must not call libvm."]
pub type vm_trace_function = ::std::option::Option<
    unsafe extern "C" fn(user: *mut ::std::os::raw::c_void, event: *const vm_trace_event),
>;
#[doc = " Initialise with VM_ENGINE_CONFIG_INIT; a zero field means its default. All pointers are borrowed"]
#[doc = " for the call only, except allocator.user and trace_user."]
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct vm_engine_config {
    #[doc = " sizeof(vm_engine_config)"]
    pub size: usize,
    #[doc = " `resize` NULL: the C library's realloc and free"]
    pub allocator: vm_allocator,
    #[doc = " which tiers run guest code"]
    pub tier: vm_tier,
    #[doc = " nonzero: code counts fuel, see vm_isolate_set_fuel; costs speed"]
    pub meter_fuel: u32,
    #[doc = " VM_GC_*, added to those of every isolate"]
    pub gc_flags: u32,
    #[doc = " a compile that takes longer is killed; 0: 60,000"]
    pub compile_timeout_ms: u32,
    #[doc = " absolute path of the compiler worker; NULL: as installed"]
    pub worker: *const ::std::os::raw::c_char,
    #[doc = " absolute path of the folder for private files; NULL: /tmp"]
    pub temp_dir: *const ::std::os::raw::c_char,
    #[doc = " absolute path of a folder that keeps compiled code from run to run; NULL: none. It is made if it is missing, and refused unless it is ours alone: a directory, no link, of mode 0700. What is in it is run as machine code"]
    pub cache_dir: *const ::std::os::raw::c_char,
    #[doc = " nonzero: run machine code that comes with modules, see vm_module_save_compiled. Whoever made such a file controls the process"]
    pub trust_native: u32,
    #[doc = " nonzero: compile with line numbers and let compiled code stay in files while it is loaded, for debuggers and profilers"]
    pub keep_code: u32,
    #[doc = " told what happens inside; NULL: nobody"]
    pub trace: vm_trace_function,
    #[doc = " borrowed for the engine's life"]
    pub trace_user: *mut ::std::os::raw::c_void,
    #[doc = " VM_TIER_FORCE_*, VM_TIER_SWITCH: modes for tests"]
    pub tier_flags: u32,
    #[doc = " what these modes draw: the same seed, the same draws, isolate by isolate"]
    pub switch_seed: u32,
    #[doc = " bytes of memory for compiled code; 0: 256 MB. With VM_TIER_AUTO code that went cold is unloaded to make room, and compiled again should it get hot; what vm_module_compile asks for may take as much again meanwhile"]
    pub max_code: u64,
    #[doc = " bytes of files in cache_dir; 0: 1 GB. Past it, what was not used for longest is removed, until 3/4 are left"]
    pub max_cache: u64,
    #[doc = " nonzero: put every linear memory into a reserved range of 8 GB of addresses, so that compiled code accesses it without checks and a fault tells what is out of bounds. This installs a handler of SIGSEGV as long as such an engine lives, see docs/memory.md. Where that cannot be, checks stay: vm_engine_stats.guards_memory"]
    pub guard_memory: u32,
}
extern "C" {
    #[doc = " Make an engine. No thread and no process is started before something is to be compiled; a missing"]
    #[doc = " compiler is no error (see vm_engine_get_stats)."]
    #[doc = ""]
    #[doc = " - `config`: borrowed; NULL: all defaults"]
    #[doc = " - `out`: owned by the caller, freed with vm_engine_free; NULL on failure"]
    #[doc = ""]
    #[doc = " ARGUMENT: `out` is NULL, a field of `config` has no meaning, or `cache_dir` is refused. MEMORY."]
    pub fn vm_engine_new(
        config: *const vm_engine_config,
        out: *mut *mut vm_engine,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Stop the compiler, end its worker, remove its files and free the engine. NULL is fine."]
    #[doc = ""]
    #[doc = " STATE: a module or isolate of the engine still exists; nothing was done."]
    pub fn vm_engine_free(engine: *mut vm_engine, error: *mut vm_error) -> vm_status;
}
extern "C" {
    #[doc = " Wait until nothing is queued for compilation. Returns at once if there is no compiler."]
    #[doc = ""]
    #[doc = " ARGUMENT: `engine` is NULL."]
    pub fn vm_engine_drain(engine: *mut vm_engine, error: *mut vm_error) -> vm_status;
}
#[doc = " unreachable"]
pub const VM_OP_UNREACHABLE: vm_opcode = 0;
#[doc = " nop"]
pub const VM_OP_NOP: vm_opcode = 1;
#[doc = " br"]
pub const VM_OP_BR: vm_opcode = 2;
#[doc = " br_if"]
pub const VM_OP_BR_IF: vm_opcode = 3;
#[doc = " br_unless"]
pub const VM_OP_BR_UNLESS: vm_opcode = 4;
#[doc = " br_on_null"]
pub const VM_OP_BR_ON_NULL: vm_opcode = 5;
#[doc = " br_on_non_null"]
pub const VM_OP_BR_ON_NON_NULL: vm_opcode = 6;
#[doc = " switch"]
pub const VM_OP_SWITCH: vm_opcode = 7;
#[doc = " return"]
pub const VM_OP_RETURN: vm_opcode = 8;
#[doc = " call"]
pub const VM_OP_CALL: vm_opcode = 9;
#[doc = " call_indirect"]
pub const VM_OP_CALL_INDIRECT: vm_opcode = 10;
#[doc = " call_ref"]
pub const VM_OP_CALL_REF: vm_opcode = 11;
#[doc = " return_call"]
pub const VM_OP_RETURN_CALL: vm_opcode = 12;
#[doc = " return_call_indirect"]
pub const VM_OP_RETURN_CALL_INDIRECT: vm_opcode = 13;
#[doc = " return_call_ref"]
pub const VM_OP_RETURN_CALL_REF: vm_opcode = 14;
#[doc = " throw"]
pub const VM_OP_THROW: vm_opcode = 15;
#[doc = " rethrow"]
pub const VM_OP_RETHROW: vm_opcode = 16;
#[doc = " drop"]
pub const VM_OP_DROP: vm_opcode = 17;
#[doc = " dup"]
pub const VM_OP_DUP: vm_opcode = 18;
#[doc = " swap"]
pub const VM_OP_SWAP: vm_opcode = 19;
#[doc = " select"]
pub const VM_OP_SELECT: vm_opcode = 20;
#[doc = " local.get"]
pub const VM_OP_LOCAL_GET: vm_opcode = 21;
#[doc = " local.set"]
pub const VM_OP_LOCAL_SET: vm_opcode = 22;
#[doc = " local.tee"]
pub const VM_OP_LOCAL_TEE: vm_opcode = 23;
#[doc = " global.get"]
pub const VM_OP_GLOBAL_GET: vm_opcode = 24;
#[doc = " global.set"]
pub const VM_OP_GLOBAL_SET: vm_opcode = 25;
#[doc = " i32.const"]
pub const VM_OP_I32_CONST: vm_opcode = 26;
#[doc = " i64.const"]
pub const VM_OP_I64_CONST: vm_opcode = 27;
#[doc = " f32.const"]
pub const VM_OP_F32_CONST: vm_opcode = 28;
#[doc = " f64.const"]
pub const VM_OP_F64_CONST: vm_opcode = 29;
#[doc = " i32.eqz"]
pub const VM_OP_I32_EQZ: vm_opcode = 30;
#[doc = " i32.eq"]
pub const VM_OP_I32_EQ: vm_opcode = 31;
#[doc = " i32.ne"]
pub const VM_OP_I32_NE: vm_opcode = 32;
#[doc = " i32.lt_s"]
pub const VM_OP_I32_LT_S: vm_opcode = 33;
#[doc = " i32.lt_u"]
pub const VM_OP_I32_LT_U: vm_opcode = 34;
#[doc = " i32.gt_s"]
pub const VM_OP_I32_GT_S: vm_opcode = 35;
#[doc = " i32.gt_u"]
pub const VM_OP_I32_GT_U: vm_opcode = 36;
#[doc = " i32.le_s"]
pub const VM_OP_I32_LE_S: vm_opcode = 37;
#[doc = " i32.le_u"]
pub const VM_OP_I32_LE_U: vm_opcode = 38;
#[doc = " i32.ge_s"]
pub const VM_OP_I32_GE_S: vm_opcode = 39;
#[doc = " i32.ge_u"]
pub const VM_OP_I32_GE_U: vm_opcode = 40;
#[doc = " i32.clz"]
pub const VM_OP_I32_CLZ: vm_opcode = 41;
#[doc = " i32.ctz"]
pub const VM_OP_I32_CTZ: vm_opcode = 42;
#[doc = " i32.popcnt"]
pub const VM_OP_I32_POPCNT: vm_opcode = 43;
#[doc = " i32.add"]
pub const VM_OP_I32_ADD: vm_opcode = 44;
#[doc = " i32.sub"]
pub const VM_OP_I32_SUB: vm_opcode = 45;
#[doc = " i32.mul"]
pub const VM_OP_I32_MUL: vm_opcode = 46;
#[doc = " i32.div_s"]
pub const VM_OP_I32_DIV_S: vm_opcode = 47;
#[doc = " i32.div_u"]
pub const VM_OP_I32_DIV_U: vm_opcode = 48;
#[doc = " i32.rem_s"]
pub const VM_OP_I32_REM_S: vm_opcode = 49;
#[doc = " i32.rem_u"]
pub const VM_OP_I32_REM_U: vm_opcode = 50;
#[doc = " i32.and"]
pub const VM_OP_I32_AND: vm_opcode = 51;
#[doc = " i32.or"]
pub const VM_OP_I32_OR: vm_opcode = 52;
#[doc = " i32.xor"]
pub const VM_OP_I32_XOR: vm_opcode = 53;
#[doc = " i32.shl"]
pub const VM_OP_I32_SHL: vm_opcode = 54;
#[doc = " i32.shr_s"]
pub const VM_OP_I32_SHR_S: vm_opcode = 55;
#[doc = " i32.shr_u"]
pub const VM_OP_I32_SHR_U: vm_opcode = 56;
#[doc = " i32.rotl"]
pub const VM_OP_I32_ROTL: vm_opcode = 57;
#[doc = " i32.rotr"]
pub const VM_OP_I32_ROTR: vm_opcode = 58;
#[doc = " i32.add_checked"]
pub const VM_OP_I32_ADD_CHECKED: vm_opcode = 59;
#[doc = " i32.sub_checked"]
pub const VM_OP_I32_SUB_CHECKED: vm_opcode = 60;
#[doc = " i32.mul_checked"]
pub const VM_OP_I32_MUL_CHECKED: vm_opcode = 61;
#[doc = " i64.eqz"]
pub const VM_OP_I64_EQZ: vm_opcode = 62;
#[doc = " i64.eq"]
pub const VM_OP_I64_EQ: vm_opcode = 63;
#[doc = " i64.ne"]
pub const VM_OP_I64_NE: vm_opcode = 64;
#[doc = " i64.lt_s"]
pub const VM_OP_I64_LT_S: vm_opcode = 65;
#[doc = " i64.lt_u"]
pub const VM_OP_I64_LT_U: vm_opcode = 66;
#[doc = " i64.gt_s"]
pub const VM_OP_I64_GT_S: vm_opcode = 67;
#[doc = " i64.gt_u"]
pub const VM_OP_I64_GT_U: vm_opcode = 68;
#[doc = " i64.le_s"]
pub const VM_OP_I64_LE_S: vm_opcode = 69;
#[doc = " i64.le_u"]
pub const VM_OP_I64_LE_U: vm_opcode = 70;
#[doc = " i64.ge_s"]
pub const VM_OP_I64_GE_S: vm_opcode = 71;
#[doc = " i64.ge_u"]
pub const VM_OP_I64_GE_U: vm_opcode = 72;
#[doc = " i64.clz"]
pub const VM_OP_I64_CLZ: vm_opcode = 73;
#[doc = " i64.ctz"]
pub const VM_OP_I64_CTZ: vm_opcode = 74;
#[doc = " i64.popcnt"]
pub const VM_OP_I64_POPCNT: vm_opcode = 75;
#[doc = " i64.add"]
pub const VM_OP_I64_ADD: vm_opcode = 76;
#[doc = " i64.sub"]
pub const VM_OP_I64_SUB: vm_opcode = 77;
#[doc = " i64.mul"]
pub const VM_OP_I64_MUL: vm_opcode = 78;
#[doc = " i64.div_s"]
pub const VM_OP_I64_DIV_S: vm_opcode = 79;
#[doc = " i64.div_u"]
pub const VM_OP_I64_DIV_U: vm_opcode = 80;
#[doc = " i64.rem_s"]
pub const VM_OP_I64_REM_S: vm_opcode = 81;
#[doc = " i64.rem_u"]
pub const VM_OP_I64_REM_U: vm_opcode = 82;
#[doc = " i64.and"]
pub const VM_OP_I64_AND: vm_opcode = 83;
#[doc = " i64.or"]
pub const VM_OP_I64_OR: vm_opcode = 84;
#[doc = " i64.xor"]
pub const VM_OP_I64_XOR: vm_opcode = 85;
#[doc = " i64.shl"]
pub const VM_OP_I64_SHL: vm_opcode = 86;
#[doc = " i64.shr_s"]
pub const VM_OP_I64_SHR_S: vm_opcode = 87;
#[doc = " i64.shr_u"]
pub const VM_OP_I64_SHR_U: vm_opcode = 88;
#[doc = " i64.rotl"]
pub const VM_OP_I64_ROTL: vm_opcode = 89;
#[doc = " i64.rotr"]
pub const VM_OP_I64_ROTR: vm_opcode = 90;
#[doc = " i64.add_checked"]
pub const VM_OP_I64_ADD_CHECKED: vm_opcode = 91;
#[doc = " i64.sub_checked"]
pub const VM_OP_I64_SUB_CHECKED: vm_opcode = 92;
#[doc = " i64.mul_checked"]
pub const VM_OP_I64_MUL_CHECKED: vm_opcode = 93;
#[doc = " f32.eq"]
pub const VM_OP_F32_EQ: vm_opcode = 94;
#[doc = " f32.ne"]
pub const VM_OP_F32_NE: vm_opcode = 95;
#[doc = " f32.lt"]
pub const VM_OP_F32_LT: vm_opcode = 96;
#[doc = " f32.gt"]
pub const VM_OP_F32_GT: vm_opcode = 97;
#[doc = " f32.le"]
pub const VM_OP_F32_LE: vm_opcode = 98;
#[doc = " f32.ge"]
pub const VM_OP_F32_GE: vm_opcode = 99;
#[doc = " f32.abs"]
pub const VM_OP_F32_ABS: vm_opcode = 100;
#[doc = " f32.neg"]
pub const VM_OP_F32_NEG: vm_opcode = 101;
#[doc = " f32.ceil"]
pub const VM_OP_F32_CEIL: vm_opcode = 102;
#[doc = " f32.floor"]
pub const VM_OP_F32_FLOOR: vm_opcode = 103;
#[doc = " f32.trunc"]
pub const VM_OP_F32_TRUNC: vm_opcode = 104;
#[doc = " f32.nearest"]
pub const VM_OP_F32_NEAREST: vm_opcode = 105;
#[doc = " f32.sqrt"]
pub const VM_OP_F32_SQRT: vm_opcode = 106;
#[doc = " f32.add"]
pub const VM_OP_F32_ADD: vm_opcode = 107;
#[doc = " f32.sub"]
pub const VM_OP_F32_SUB: vm_opcode = 108;
#[doc = " f32.mul"]
pub const VM_OP_F32_MUL: vm_opcode = 109;
#[doc = " f32.div"]
pub const VM_OP_F32_DIV: vm_opcode = 110;
#[doc = " f32.min"]
pub const VM_OP_F32_MIN: vm_opcode = 111;
#[doc = " f32.max"]
pub const VM_OP_F32_MAX: vm_opcode = 112;
#[doc = " f32.copysign"]
pub const VM_OP_F32_COPYSIGN: vm_opcode = 113;
#[doc = " f64.eq"]
pub const VM_OP_F64_EQ: vm_opcode = 114;
#[doc = " f64.ne"]
pub const VM_OP_F64_NE: vm_opcode = 115;
#[doc = " f64.lt"]
pub const VM_OP_F64_LT: vm_opcode = 116;
#[doc = " f64.gt"]
pub const VM_OP_F64_GT: vm_opcode = 117;
#[doc = " f64.le"]
pub const VM_OP_F64_LE: vm_opcode = 118;
#[doc = " f64.ge"]
pub const VM_OP_F64_GE: vm_opcode = 119;
#[doc = " f64.abs"]
pub const VM_OP_F64_ABS: vm_opcode = 120;
#[doc = " f64.neg"]
pub const VM_OP_F64_NEG: vm_opcode = 121;
#[doc = " f64.ceil"]
pub const VM_OP_F64_CEIL: vm_opcode = 122;
#[doc = " f64.floor"]
pub const VM_OP_F64_FLOOR: vm_opcode = 123;
#[doc = " f64.trunc"]
pub const VM_OP_F64_TRUNC: vm_opcode = 124;
#[doc = " f64.nearest"]
pub const VM_OP_F64_NEAREST: vm_opcode = 125;
#[doc = " f64.sqrt"]
pub const VM_OP_F64_SQRT: vm_opcode = 126;
#[doc = " f64.add"]
pub const VM_OP_F64_ADD: vm_opcode = 127;
#[doc = " f64.sub"]
pub const VM_OP_F64_SUB: vm_opcode = 128;
#[doc = " f64.mul"]
pub const VM_OP_F64_MUL: vm_opcode = 129;
#[doc = " f64.div"]
pub const VM_OP_F64_DIV: vm_opcode = 130;
#[doc = " f64.min"]
pub const VM_OP_F64_MIN: vm_opcode = 131;
#[doc = " f64.max"]
pub const VM_OP_F64_MAX: vm_opcode = 132;
#[doc = " f64.copysign"]
pub const VM_OP_F64_COPYSIGN: vm_opcode = 133;
#[doc = " i32.wrap_i64"]
pub const VM_OP_I32_WRAP_I64: vm_opcode = 134;
#[doc = " i64.extend_i32_s"]
pub const VM_OP_I64_EXTEND_I32_S: vm_opcode = 135;
#[doc = " i64.extend_i32_u"]
pub const VM_OP_I64_EXTEND_I32_U: vm_opcode = 136;
#[doc = " i32.extend8_s"]
pub const VM_OP_I32_EXTEND8_S: vm_opcode = 137;
#[doc = " i32.extend16_s"]
pub const VM_OP_I32_EXTEND16_S: vm_opcode = 138;
#[doc = " i64.extend8_s"]
pub const VM_OP_I64_EXTEND8_S: vm_opcode = 139;
#[doc = " i64.extend16_s"]
pub const VM_OP_I64_EXTEND16_S: vm_opcode = 140;
#[doc = " i64.extend32_s"]
pub const VM_OP_I64_EXTEND32_S: vm_opcode = 141;
#[doc = " f32.convert_i32_s"]
pub const VM_OP_F32_CONVERT_I32_S: vm_opcode = 142;
#[doc = " f32.convert_i32_u"]
pub const VM_OP_F32_CONVERT_I32_U: vm_opcode = 143;
#[doc = " f32.convert_i64_s"]
pub const VM_OP_F32_CONVERT_I64_S: vm_opcode = 144;
#[doc = " f32.convert_i64_u"]
pub const VM_OP_F32_CONVERT_I64_U: vm_opcode = 145;
#[doc = " f64.convert_i32_s"]
pub const VM_OP_F64_CONVERT_I32_S: vm_opcode = 146;
#[doc = " f64.convert_i32_u"]
pub const VM_OP_F64_CONVERT_I32_U: vm_opcode = 147;
#[doc = " f64.convert_i64_s"]
pub const VM_OP_F64_CONVERT_I64_S: vm_opcode = 148;
#[doc = " f64.convert_i64_u"]
pub const VM_OP_F64_CONVERT_I64_U: vm_opcode = 149;
#[doc = " f32.demote_f64"]
pub const VM_OP_F32_DEMOTE_F64: vm_opcode = 150;
#[doc = " f64.promote_f32"]
pub const VM_OP_F64_PROMOTE_F32: vm_opcode = 151;
#[doc = " i32.reinterpret_f32"]
pub const VM_OP_I32_REINTERPRET_F32: vm_opcode = 152;
#[doc = " i64.reinterpret_f64"]
pub const VM_OP_I64_REINTERPRET_F64: vm_opcode = 153;
#[doc = " f32.reinterpret_i32"]
pub const VM_OP_F32_REINTERPRET_I32: vm_opcode = 154;
#[doc = " f64.reinterpret_i64"]
pub const VM_OP_F64_REINTERPRET_I64: vm_opcode = 155;
#[doc = " i32.trunc_f32_s"]
pub const VM_OP_I32_TRUNC_F32_S: vm_opcode = 156;
#[doc = " i32.trunc_f32_u"]
pub const VM_OP_I32_TRUNC_F32_U: vm_opcode = 157;
#[doc = " i32.trunc_f64_s"]
pub const VM_OP_I32_TRUNC_F64_S: vm_opcode = 158;
#[doc = " i32.trunc_f64_u"]
pub const VM_OP_I32_TRUNC_F64_U: vm_opcode = 159;
#[doc = " i64.trunc_f32_s"]
pub const VM_OP_I64_TRUNC_F32_S: vm_opcode = 160;
#[doc = " i64.trunc_f32_u"]
pub const VM_OP_I64_TRUNC_F32_U: vm_opcode = 161;
#[doc = " i64.trunc_f64_s"]
pub const VM_OP_I64_TRUNC_F64_S: vm_opcode = 162;
#[doc = " i64.trunc_f64_u"]
pub const VM_OP_I64_TRUNC_F64_U: vm_opcode = 163;
#[doc = " i32.load"]
pub const VM_OP_I32_LOAD: vm_opcode = 164;
#[doc = " i64.load"]
pub const VM_OP_I64_LOAD: vm_opcode = 165;
#[doc = " f32.load"]
pub const VM_OP_F32_LOAD: vm_opcode = 166;
#[doc = " f64.load"]
pub const VM_OP_F64_LOAD: vm_opcode = 167;
#[doc = " i32.load8_s"]
pub const VM_OP_I32_LOAD8_S: vm_opcode = 168;
#[doc = " i32.load8_u"]
pub const VM_OP_I32_LOAD8_U: vm_opcode = 169;
#[doc = " i32.load16_s"]
pub const VM_OP_I32_LOAD16_S: vm_opcode = 170;
#[doc = " i32.load16_u"]
pub const VM_OP_I32_LOAD16_U: vm_opcode = 171;
#[doc = " i64.load8_s"]
pub const VM_OP_I64_LOAD8_S: vm_opcode = 172;
#[doc = " i64.load8_u"]
pub const VM_OP_I64_LOAD8_U: vm_opcode = 173;
#[doc = " i64.load16_s"]
pub const VM_OP_I64_LOAD16_S: vm_opcode = 174;
#[doc = " i64.load16_u"]
pub const VM_OP_I64_LOAD16_U: vm_opcode = 175;
#[doc = " i64.load32_s"]
pub const VM_OP_I64_LOAD32_S: vm_opcode = 176;
#[doc = " i64.load32_u"]
pub const VM_OP_I64_LOAD32_U: vm_opcode = 177;
#[doc = " i32.store"]
pub const VM_OP_I32_STORE: vm_opcode = 178;
#[doc = " i64.store"]
pub const VM_OP_I64_STORE: vm_opcode = 179;
#[doc = " f32.store"]
pub const VM_OP_F32_STORE: vm_opcode = 180;
#[doc = " f64.store"]
pub const VM_OP_F64_STORE: vm_opcode = 181;
#[doc = " i32.store8"]
pub const VM_OP_I32_STORE8: vm_opcode = 182;
#[doc = " i32.store16"]
pub const VM_OP_I32_STORE16: vm_opcode = 183;
#[doc = " i64.store8"]
pub const VM_OP_I64_STORE8: vm_opcode = 184;
#[doc = " i64.store16"]
pub const VM_OP_I64_STORE16: vm_opcode = 185;
#[doc = " i64.store32"]
pub const VM_OP_I64_STORE32: vm_opcode = 186;
#[doc = " ref.null"]
pub const VM_OP_REF_NULL: vm_opcode = 187;
#[doc = " ref.is_null"]
pub const VM_OP_REF_IS_NULL: vm_opcode = 188;
#[doc = " ref.as_non_null"]
pub const VM_OP_REF_AS_NON_NULL: vm_opcode = 189;
#[doc = " ref.eq"]
pub const VM_OP_REF_EQ: vm_opcode = 190;
#[doc = " ref.test"]
pub const VM_OP_REF_TEST: vm_opcode = 191;
#[doc = " ref.cast"]
pub const VM_OP_REF_CAST: vm_opcode = 192;
#[doc = " ref.func"]
pub const VM_OP_REF_FUNC: vm_opcode = 193;
#[doc = " closure.new"]
pub const VM_OP_CLOSURE_NEW: vm_opcode = 194;
#[doc = " struct.new"]
pub const VM_OP_STRUCT_NEW: vm_opcode = 195;
#[doc = " struct.get"]
pub const VM_OP_STRUCT_GET: vm_opcode = 196;
#[doc = " struct.get_s"]
pub const VM_OP_STRUCT_GET_S: vm_opcode = 197;
#[doc = " struct.get_u"]
pub const VM_OP_STRUCT_GET_U: vm_opcode = 198;
#[doc = " struct.set"]
pub const VM_OP_STRUCT_SET: vm_opcode = 199;
#[doc = " array.new"]
pub const VM_OP_ARRAY_NEW: vm_opcode = 200;
#[doc = " array.new_default"]
pub const VM_OP_ARRAY_NEW_DEFAULT: vm_opcode = 201;
#[doc = " array.new_fixed"]
pub const VM_OP_ARRAY_NEW_FIXED: vm_opcode = 202;
#[doc = " array.get"]
pub const VM_OP_ARRAY_GET: vm_opcode = 203;
#[doc = " array.get_s"]
pub const VM_OP_ARRAY_GET_S: vm_opcode = 204;
#[doc = " array.get_u"]
pub const VM_OP_ARRAY_GET_U: vm_opcode = 205;
#[doc = " array.set"]
pub const VM_OP_ARRAY_SET: vm_opcode = 206;
#[doc = " array.len"]
pub const VM_OP_ARRAY_LEN: vm_opcode = 207;
#[doc = " dyn.nil"]
pub const VM_OP_DYN_NIL: vm_opcode = 208;
#[doc = " dyn.from_i32"]
pub const VM_OP_DYN_FROM_I32: vm_opcode = 209;
#[doc = " dyn.from_f64"]
pub const VM_OP_DYN_FROM_F64: vm_opcode = 210;
#[doc = " dyn.from_bool"]
pub const VM_OP_DYN_FROM_BOOL: vm_opcode = 211;
#[doc = " dyn.from_ref"]
pub const VM_OP_DYN_FROM_REF: vm_opcode = 212;
#[doc = " dyn.is_nil"]
pub const VM_OP_DYN_IS_NIL: vm_opcode = 213;
#[doc = " dyn.is_i32"]
pub const VM_OP_DYN_IS_I32: vm_opcode = 214;
#[doc = " dyn.is_f64"]
pub const VM_OP_DYN_IS_F64: vm_opcode = 215;
#[doc = " dyn.is_bool"]
pub const VM_OP_DYN_IS_BOOL: vm_opcode = 216;
#[doc = " dyn.is_ref"]
pub const VM_OP_DYN_IS_REF: vm_opcode = 217;
#[doc = " dyn.to_i32"]
pub const VM_OP_DYN_TO_I32: vm_opcode = 218;
#[doc = " dyn.to_f64"]
pub const VM_OP_DYN_TO_F64: vm_opcode = 219;
#[doc = " dyn.to_num"]
pub const VM_OP_DYN_TO_NUM: vm_opcode = 220;
#[doc = " dyn.to_bool"]
pub const VM_OP_DYN_TO_BOOL: vm_opcode = 221;
#[doc = " dyn.to_ref"]
pub const VM_OP_DYN_TO_REF: vm_opcode = 222;
#[doc = " dyn.same"]
pub const VM_OP_DYN_SAME: vm_opcode = 223;
#[doc = " dyn.add"]
pub const VM_OP_DYN_ADD: vm_opcode = 224;
#[doc = " dyn.sub"]
pub const VM_OP_DYN_SUB: vm_opcode = 225;
#[doc = " dyn.mul"]
pub const VM_OP_DYN_MUL: vm_opcode = 226;
#[doc = " dyn.div"]
pub const VM_OP_DYN_DIV: vm_opcode = 227;
#[doc = " dyn.eq"]
pub const VM_OP_DYN_EQ: vm_opcode = 228;
#[doc = " dyn.lt"]
pub const VM_OP_DYN_LT: vm_opcode = 229;
#[doc = " dyn.le"]
pub const VM_OP_DYN_LE: vm_opcode = 230;
#[doc = " dyn.gt"]
pub const VM_OP_DYN_GT: vm_opcode = 231;
#[doc = " dyn.ge"]
pub const VM_OP_DYN_GE: vm_opcode = 232;
#[doc = " dyn.get"]
pub const VM_OP_DYN_GET: vm_opcode = 233;
#[doc = " dyn.set"]
pub const VM_OP_DYN_SET: vm_opcode = 234;
#[doc = " dyn.invoke"]
pub const VM_OP_DYN_INVOKE: vm_opcode = 235;
#[doc = " dyn.call"]
pub const VM_OP_DYN_CALL: vm_opcode = 236;
#[doc = " i32.trunc_sat_f32_s"]
pub const VM_OP_I32_TRUNC_SAT_F32_S: vm_opcode = 61440;
#[doc = " i32.trunc_sat_f32_u"]
pub const VM_OP_I32_TRUNC_SAT_F32_U: vm_opcode = 61441;
#[doc = " i32.trunc_sat_f64_s"]
pub const VM_OP_I32_TRUNC_SAT_F64_S: vm_opcode = 61442;
#[doc = " i32.trunc_sat_f64_u"]
pub const VM_OP_I32_TRUNC_SAT_F64_U: vm_opcode = 61443;
#[doc = " i64.trunc_sat_f32_s"]
pub const VM_OP_I64_TRUNC_SAT_F32_S: vm_opcode = 61444;
#[doc = " i64.trunc_sat_f32_u"]
pub const VM_OP_I64_TRUNC_SAT_F32_U: vm_opcode = 61445;
#[doc = " i64.trunc_sat_f64_s"]
pub const VM_OP_I64_TRUNC_SAT_F64_S: vm_opcode = 61446;
#[doc = " i64.trunc_sat_f64_u"]
pub const VM_OP_I64_TRUNC_SAT_F64_U: vm_opcode = 61447;
#[doc = " memory.size"]
pub const VM_OP_MEMORY_SIZE: vm_opcode = 61448;
#[doc = " memory.grow"]
pub const VM_OP_MEMORY_GROW: vm_opcode = 61449;
#[doc = " memory.copy"]
pub const VM_OP_MEMORY_COPY: vm_opcode = 61450;
#[doc = " memory.fill"]
pub const VM_OP_MEMORY_FILL: vm_opcode = 61451;
#[doc = " memory.init"]
pub const VM_OP_MEMORY_INIT: vm_opcode = 61452;
#[doc = " data.drop"]
pub const VM_OP_DATA_DROP: vm_opcode = 61453;
#[doc = " table.get"]
pub const VM_OP_TABLE_GET: vm_opcode = 61454;
#[doc = " table.set"]
pub const VM_OP_TABLE_SET: vm_opcode = 61455;
#[doc = " table.size"]
pub const VM_OP_TABLE_SIZE: vm_opcode = 61456;
#[doc = " table.grow"]
pub const VM_OP_TABLE_GROW: vm_opcode = 61457;
#[doc = " table.fill"]
pub const VM_OP_TABLE_FILL: vm_opcode = 61458;
#[doc = " table.copy"]
pub const VM_OP_TABLE_COPY: vm_opcode = 61459;
#[doc = " table.init"]
pub const VM_OP_TABLE_INIT: vm_opcode = 61460;
#[doc = " elem.drop"]
pub const VM_OP_ELEM_DROP: vm_opcode = 61461;
#[doc = " struct.new_default"]
pub const VM_OP_STRUCT_NEW_DEFAULT: vm_opcode = 61462;
#[doc = " array.copy"]
pub const VM_OP_ARRAY_COPY: vm_opcode = 61463;
#[doc = " array.fill"]
pub const VM_OP_ARRAY_FILL: vm_opcode = 61464;
#[doc = " array.new_data"]
pub const VM_OP_ARRAY_NEW_DATA: vm_opcode = 61465;
#[doc = " array.init_data"]
pub const VM_OP_ARRAY_INIT_DATA: vm_opcode = 61466;
#[doc = " exn.payload"]
pub const VM_OP_EXN_PAYLOAD: vm_opcode = 61467;
#[doc = " exn.code"]
pub const VM_OP_EXN_CODE: vm_opcode = 61468;
#[doc = " weak.new"]
pub const VM_OP_WEAK_NEW: vm_opcode = 61469;
#[doc = " weak.get"]
pub const VM_OP_WEAK_GET: vm_opcode = 61470;
#[doc = " dyn.neg"]
pub const VM_OP_DYN_NEG: vm_opcode = 61471;
#[doc = " dyn.idiv"]
pub const VM_OP_DYN_IDIV: vm_opcode = 61472;
#[doc = " dyn.mod"]
pub const VM_OP_DYN_MOD: vm_opcode = 61473;
#[doc = " dyn.and"]
pub const VM_OP_DYN_AND: vm_opcode = 61474;
#[doc = " dyn.or"]
pub const VM_OP_DYN_OR: vm_opcode = 61475;
#[doc = " dyn.xor"]
pub const VM_OP_DYN_XOR: vm_opcode = 61476;
#[doc = " dyn.is_symbol"]
pub const VM_OP_DYN_IS_SYMBOL: vm_opcode = 61477;
#[doc = " dyn.is_map"]
pub const VM_OP_DYN_IS_MAP: vm_opcode = 61478;
#[doc = " dyn.is_object"]
pub const VM_OP_DYN_IS_OBJECT: vm_opcode = 61479;
#[doc = " symbol.const"]
pub const VM_OP_SYMBOL_CONST: vm_opcode = 61480;
#[doc = " symbol.from_array"]
pub const VM_OP_SYMBOL_FROM_ARRAY: vm_opcode = 61481;
#[doc = " symbol.to_array"]
pub const VM_OP_SYMBOL_TO_ARRAY: vm_opcode = 61482;
#[doc = " symbol.concat"]
pub const VM_OP_SYMBOL_CONCAT: vm_opcode = 61483;
#[doc = " symbol.slice"]
pub const VM_OP_SYMBOL_SLICE: vm_opcode = 61484;
#[doc = " symbol.compare"]
pub const VM_OP_SYMBOL_COMPARE: vm_opcode = 61485;
#[doc = " symbol.byte"]
pub const VM_OP_SYMBOL_BYTE: vm_opcode = 61486;
#[doc = " symbol.len"]
pub const VM_OP_SYMBOL_LEN: vm_opcode = 61487;
#[doc = " symbol.hash"]
pub const VM_OP_SYMBOL_HASH: vm_opcode = 61488;
#[doc = " map.new"]
pub const VM_OP_MAP_NEW: vm_opcode = 61489;
#[doc = " map.get"]
pub const VM_OP_MAP_GET: vm_opcode = 61490;
#[doc = " map.set"]
pub const VM_OP_MAP_SET: vm_opcode = 61491;
#[doc = " map.has"]
pub const VM_OP_MAP_HAS: vm_opcode = 61492;
#[doc = " map.delete"]
pub const VM_OP_MAP_DELETE: vm_opcode = 61493;
#[doc = " map.len"]
pub const VM_OP_MAP_LEN: vm_opcode = 61494;
#[doc = " map.next"]
pub const VM_OP_MAP_NEXT: vm_opcode = 61495;
#[doc = " map.key"]
pub const VM_OP_MAP_KEY: vm_opcode = 61496;
#[doc = " map.value"]
pub const VM_OP_MAP_VALUE: vm_opcode = 61497;
#[doc = " object.new"]
pub const VM_OP_OBJECT_NEW: vm_opcode = 61498;
#[doc = " object.get"]
pub const VM_OP_OBJECT_GET: vm_opcode = 61499;
#[doc = " object.find"]
pub const VM_OP_OBJECT_FIND: vm_opcode = 61500;
#[doc = " object.has"]
pub const VM_OP_OBJECT_HAS: vm_opcode = 61501;
#[doc = " object.put"]
pub const VM_OP_OBJECT_PUT: vm_opcode = 61502;
#[doc = " object.define"]
pub const VM_OP_OBJECT_DEFINE: vm_opcode = 61503;
#[doc = " object.delete"]
pub const VM_OP_OBJECT_DELETE: vm_opcode = 61504;
#[doc = " object.proto"]
pub const VM_OP_OBJECT_PROTO: vm_opcode = 61505;
#[doc = " object.set_proto"]
pub const VM_OP_OBJECT_SET_PROTO: vm_opcode = 61506;
#[doc = " object.data"]
pub const VM_OP_OBJECT_DATA: vm_opcode = 61507;
#[doc = " object.set_data"]
pub const VM_OP_OBJECT_SET_DATA: vm_opcode = 61508;
#[doc = " object.seal"]
pub const VM_OP_OBJECT_SEAL: vm_opcode = 61509;
#[doc = " object.len"]
pub const VM_OP_OBJECT_LEN: vm_opcode = 61510;
#[doc = " object.key"]
pub const VM_OP_OBJECT_KEY: vm_opcode = 61511;
#[doc = " object.attributes"]
pub const VM_OP_OBJECT_ATTRIBUTES: vm_opcode = 61512;
#[doc = " object.expect"]
pub const VM_OP_OBJECT_EXPECT: vm_opcode = 61513;
#[doc = " One byte, or 0xF0nn: the byte 0xF0, then nn. Values are part of the ABI."]
pub type vm_opcode = ::std::os::raw::c_uint;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct vm_builder {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct vm_fn {
    _unused: [u8; 0],
}
extern "C" {
    #[doc = " A new, empty builder. `alloc` is copied and serves all its memory; NULL is the C library's. On"]
    #[doc = " VM_OK *out is owned by the caller, who frees it with vm_builder_free. ARGUMENT (out is NULL),"]
    #[doc = " MEMORY; `error` may be NULL."]
    pub fn vm_builder_new(
        alloc: *const vm_allocator,
        out: *mut *mut vm_builder,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Frees the builder and all its unfinished functions; not the bytes that finish gave. NULL is"]
    #[doc = " fine."]
    pub fn vm_builder_free(b: *mut vm_builder);
}
extern "C" {
    #[doc = " The first error, copied to *error (NULL is fine); VM_OK leaves it alone. `error->function` is the"]
    #[doc = " function whose body was being built, or VM_NO_OFFSET; `offset` the byte offset of the instruction"]
    #[doc = " in the code as it stands, which renumbering of labels at the function's end may shift; `line` the"]
    #[doc = " source line last set with vm_fn_line."]
    pub fn vm_builder_error(b: *const vm_builder, error: *mut vm_error) -> vm_status;
}
extern "C" {
    #[doc = " Checks that the module is complete and writes it. On VM_OK *bytes (of *size) is owned by the"]
    #[doc = " caller, who frees it with vm_builder_bytes_free, and the builder can only be freed. Fails with"]
    #[doc = " STATE and the name of what is missing if a declared type or function was not defined or a"]
    #[doc = " function was not ended; LIMIT if the module is too large. `error` may be NULL."]
    pub fn vm_builder_finish(
        b: *mut vm_builder,
        bytes: *mut *mut u8,
        size: *mut usize,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Frees what vm_builder_finish gave; `alloc` is that of vm_builder_new. NULL `bytes` are fine."]
    pub fn vm_builder_bytes_free(alloc: *const vm_allocator, bytes: *mut u8, size: usize);
}
extern "C" {
    #[doc = " The module's name, for messages and traces. NULL removes it."]
    pub fn vm_builder_name(b: *mut vm_builder, name: *const ::std::os::raw::c_char) -> vm_status;
}
extern "C" {
    #[doc = " What made the module, free text (\"tinyc 1.2\"). NULL removes it."]
    pub fn vm_builder_producers(
        b: *mut vm_builder,
        producers: *const ::std::os::raw::c_char,
    ) -> vm_status;
}
extern "C" {
    #[doc = " A source file name; functions begun later take the last one given unless vm_fn_file says else."]
    pub fn vm_builder_file(
        b: *mut vm_builder,
        name: *const ::std::os::raw::c_char,
        file: *mut u32,
    ) -> vm_status;
}
#[doc = " A field of a struct type."]
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct vm_field_def {
    #[doc = " storage type: VM_I8 and VM_I16 are allowed"]
    pub type_: vm_type,
    #[doc = " nonzero: mutable"]
    pub mut_: ::std::os::raw::c_int,
    #[doc = " or NULL"]
    pub name: *const ::std::os::raw::c_char,
}
extern "C" {
    #[doc = " Declares a struct type, to be defined later: until then it may stand in references (recursion)"]
    #[doc = " but neither be inherited from nor be used by struct instructions. `name` may be NULL."]
    pub fn vm_builder_type_declare(
        b: *mut vm_builder,
        name: *const ::std::os::raw::c_char,
        type_: *mut u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Defines a declared struct type: `super` an earlier, defined struct type or VM_NO_INDEX, then its"]
    #[doc = " own `count` fields. Inherited fields come first: own field i is field i plus the number of"]
    #[doc = " inherited ones."]
    pub fn vm_builder_type_define(
        b: *mut vm_builder,
        type_: u32,
        super_: u32,
        fields: *const vm_field_def,
        count: u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Declares and defines a struct type."]
    pub fn vm_builder_type_struct(
        b: *mut vm_builder,
        name: *const ::std::os::raw::c_char,
        super_: u32,
        fields: *const vm_field_def,
        count: u32,
        type_: *mut u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " The array type with these elements. Equal array types are one: a second request gives the first"]
    #[doc = " one's index, and its name if that had none. `name` may be NULL."]
    pub fn vm_builder_type_array(
        b: *mut vm_builder,
        name: *const ::std::os::raw::c_char,
        element: vm_type,
        mut_: ::std::os::raw::c_int,
        type_: *mut u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " The function type with these parameters and results. Equal ones are one, as with arrays."]
    pub fn vm_builder_type_func(
        b: *mut vm_builder,
        name: *const ::std::os::raw::c_char,
        params: *const vm_type,
        nparams: u32,
        results: *const vm_type,
        nresults: u32,
        type_: *mut u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Import a function, a global."]
    pub fn vm_builder_import_func(
        b: *mut vm_builder,
        module: *const ::std::os::raw::c_char,
        name: *const ::std::os::raw::c_char,
        local: *const ::std::os::raw::c_char,
        type_: u32,
        func: *mut u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Import a function, a global."]
    pub fn vm_builder_import_global(
        b: *mut vm_builder,
        module: *const ::std::os::raw::c_char,
        name: *const ::std::os::raw::c_char,
        local: *const ::std::os::raw::c_char,
        type_: vm_type,
        mut_: ::std::os::raw::c_int,
        global: *mut u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " `min` and `max` are in elements (tables) and pages of 65,536 bytes (memories); `max` VM_NO_INDEX"]
    #[doc = " declares none. A table's may be more than tables can have, and its type is a nullable"]
    #[doc = " reference."]
    pub fn vm_builder_import_table(
        b: *mut vm_builder,
        module: *const ::std::os::raw::c_char,
        name: *const ::std::os::raw::c_char,
        local: *const ::std::os::raw::c_char,
        type_: vm_type,
        min: u32,
        max: u32,
        table: *mut u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " `min` and `max` are in elements (tables) and pages of 65,536 bytes (memories); `max` VM_NO_INDEX"]
    #[doc = " declares none. A table's may be more than tables can have, and its type is a nullable"]
    #[doc = " reference."]
    pub fn vm_builder_import_memory(
        b: *mut vm_builder,
        module: *const ::std::os::raw::c_char,
        name: *const ::std::os::raw::c_char,
        local: *const ::std::os::raw::c_char,
        min: u32,
        max: u32,
        memory: *mut u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Makes struct type `type` the one that another module exports; each type at most once."]
    pub fn vm_builder_import_type(
        b: *mut vm_builder,
        module: *const ::std::os::raw::c_char,
        name: *const ::std::os::raw::c_char,
        type_: u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " `name` may be NULL in all of these."]
    pub fn vm_builder_memory(
        b: *mut vm_builder,
        name: *const ::std::os::raw::c_char,
        min: u32,
        max: u32,
        memory: *mut u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " `name` may be NULL in all of these."]
    pub fn vm_builder_table(
        b: *mut vm_builder,
        name: *const ::std::os::raw::c_char,
        type_: vm_type,
        min: u32,
        max: u32,
        table: *mut u32,
    ) -> vm_status;
}
#[doc = " `bits`: i32 and f32 zero-extended; dyn: 0 is nil"]
pub const VM_INIT_CONST: vm_init_kind = 0;
#[doc = " the null reference"]
pub const VM_INIT_NULL: vm_init_kind = 1;
#[doc = " a reference to the function with index `bits`, which takes no environment"]
pub const VM_INIT_FUNC: vm_init_kind = 2;
#[doc = " the value of the immutable global with index `bits`: one that exists already, imported or not"]
pub const VM_INIT_GLOBAL: vm_init_kind = 3;
#[doc = " i32 or i64 arithmetic: the `bits` entries of `ops`, below"]
pub const VM_INIT_EXPR: vm_init_kind = 4;
#[doc = " inside VM_INIT_EXPR alone: pop two values, push their sum,"]
pub const VM_INIT_ADD: vm_init_kind = 5;
#[doc = " difference"]
pub const VM_INIT_SUB: vm_init_kind = 6;
#[doc = " or product, wrapping"]
pub const VM_INIT_MUL: vm_init_kind = 7;
#[doc = " An initial value."]
pub type vm_init_kind = ::std::os::raw::c_uint;
#[doc = " An initial value; the calls below make one."]
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct vm_init {
    #[doc = " what it is"]
    pub kind: vm_init_kind,
    #[doc = " which one"]
    pub bits: u64,
    #[doc = " VM_INIT_EXPR; else unused"]
    pub ops: *const vm_init,
}
extern "C" {
    #[doc = " Initial values of each kind."]
    pub fn vm_init_i32(value: i32) -> vm_init;
}
extern "C" {
    #[doc = " Initial values of each kind."]
    pub fn vm_init_i64(value: i64) -> vm_init;
}
extern "C" {
    #[doc = " Initial values of each kind."]
    pub fn vm_init_f32(value: f32) -> vm_init;
}
extern "C" {
    #[doc = " Initial values of each kind."]
    pub fn vm_init_f64(value: f64) -> vm_init;
}
extern "C" {
    #[doc = " Initial values of each kind."]
    pub fn vm_init_nil() -> vm_init;
}
extern "C" {
    #[doc = " Initial values of each kind."]
    pub fn vm_init_null() -> vm_init;
}
extern "C" {
    #[doc = " Initial values of each kind."]
    pub fn vm_init_func(func: u32) -> vm_init;
}
extern "C" {
    #[doc = " Initial values of each kind."]
    pub fn vm_init_global(global: u32) -> vm_init;
}
extern "C" {
    #[doc = " Arithmetic, in the order of a stack machine: `ops` are constants, globals and the operations"]
    #[doc = " below, at most 1,000, all of the type that is initialised, i32 or i64; one value is left at the"]
    #[doc = " end. `ops` is borrowed until the call that takes the result returns. Since 0.1."]
    pub fn vm_init_expr(ops: *const vm_init, count: u32) -> vm_init;
}
extern "C" {
    #[doc = " Arithmetic, in the order of a stack machine: `ops` are constants, globals and the operations"]
    #[doc = " below, at most 1,000, all of the type that is initialised, i32 or i64; one value is left at the"]
    #[doc = " end. `ops` is borrowed until the call that takes the result returns. Since 0.1."]
    pub fn vm_init_add() -> vm_init;
}
extern "C" {
    #[doc = " Arithmetic, in the order of a stack machine: `ops` are constants, globals and the operations"]
    #[doc = " below, at most 1,000, all of the type that is initialised, i32 or i64; one value is left at the"]
    #[doc = " end. `ops` is borrowed until the call that takes the result returns. Since 0.1."]
    pub fn vm_init_sub() -> vm_init;
}
extern "C" {
    #[doc = " Arithmetic, in the order of a stack machine: `ops` are constants, globals and the operations"]
    #[doc = " below, at most 1,000, all of the type that is initialised, i32 or i64; one value is left at the"]
    #[doc = " end. `ops` is borrowed until the call that takes the result returns. Since 0.1."]
    pub fn vm_init_mul() -> vm_init;
}
extern "C" {
    #[doc = " A global, of any value type that fits its initial value."]
    pub fn vm_builder_global(
        b: *mut vm_builder,
        name: *const ::std::os::raw::c_char,
        type_: vm_type,
        mut_: ::std::os::raw::c_int,
        init: vm_init,
        global: *mut u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " A data segment: passive, for the instructions that name it; or active, written to `memory` at"]
    #[doc = " `offset` (an i32) when the module is instantiated."]
    pub fn vm_builder_data(
        b: *mut vm_builder,
        name: *const ::std::os::raw::c_char,
        bytes: *const ::std::os::raw::c_void,
        size: u32,
        data: *mut u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " A data segment: passive, for the instructions that name it; or active, written to `memory` at"]
    #[doc = " `offset` (an i32) when the module is instantiated."]
    pub fn vm_builder_data_active(
        b: *mut vm_builder,
        name: *const ::std::os::raw::c_char,
        memory: u32,
        offset: vm_init,
        bytes: *const ::std::os::raw::c_void,
        size: u32,
        data: *mut u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " An element segment of `count` references of type `type`, passive or active."]
    pub fn vm_builder_elem(
        b: *mut vm_builder,
        name: *const ::std::os::raw::c_char,
        type_: vm_type,
        items: *const vm_init,
        count: u32,
        elem: *mut u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " An element segment of `count` references of type `type`, passive or active."]
    pub fn vm_builder_elem_active(
        b: *mut vm_builder,
        name: *const ::std::os::raw::c_char,
        table: u32,
        offset: vm_init,
        type_: vm_type,
        items: *const vm_init,
        count: u32,
        elem: *mut u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Exports; a name may be exported once."]
    pub fn vm_builder_export_func(
        b: *mut vm_builder,
        name: *const ::std::os::raw::c_char,
        func: u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Exports; a name may be exported once."]
    pub fn vm_builder_export_global(
        b: *mut vm_builder,
        name: *const ::std::os::raw::c_char,
        global: u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Exports; a name may be exported once."]
    pub fn vm_builder_export_table(
        b: *mut vm_builder,
        name: *const ::std::os::raw::c_char,
        table: u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Exports; a name may be exported once."]
    pub fn vm_builder_export_memory(
        b: *mut vm_builder,
        name: *const ::std::os::raw::c_char,
        memory: u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Exports; a name may be exported once."]
    pub fn vm_builder_export_type(
        b: *mut vm_builder,
        name: *const ::std::os::raw::c_char,
        type_: u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " The function, () -> () and without environment, that runs when the module is instantiated."]
    pub fn vm_builder_start(b: *mut vm_builder, func: u32) -> vm_status;
}
extern "C" {
    #[doc = " Declares a function of function type `type`; its body may be given at any time before finish, so"]
    #[doc = " that functions may call each other in any order. `name` may be NULL."]
    pub fn vm_builder_func(
        b: *mut vm_builder,
        name: *const ::std::os::raw::c_char,
        type_: u32,
        func: *mut u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Declares the body of closures: a function that also gets an environment, of type `env`, a"]
    #[doc = " non-null reference to a declared struct type. It is reached through closure.new only."]
    pub fn vm_builder_func_env(
        b: *mut vm_builder,
        name: *const ::std::os::raw::c_char,
        type_: u32,
        env: vm_type,
        func: *mut u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Begins the body of declared function `func`. *fn stays the builder's and is valid until"]
    #[doc = " vm_fn_end or vm_builder_free. Several bodies may be open at once. Locals 0 to n-1 are the n"]
    #[doc = " parameters, local n the environment if there is one."]
    pub fn vm_fn_begin(b: *mut vm_builder, func: u32, fn_: *mut *mut vm_fn) -> vm_status;
}
extern "C" {
    #[doc = " Ends the body: every label is bound, every handler range closed, and control does not fall off"]
    #[doc = " the end. `fn` is gone after this, whatever is returned."]
    pub fn vm_fn_end(fn_: *mut vm_fn) -> vm_status;
}
extern "C" {
    #[doc = " A new local, which must have a default value (no non-null reference); it starts as zero, null or"]
    #[doc = " nil. `name` may be NULL."]
    pub fn vm_fn_local(
        fn_: *mut vm_fn,
        type_: vm_type,
        name: *const ::std::os::raw::c_char,
        local: *mut u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Names a local, parameters and environment included. NULL removes the name."]
    pub fn vm_fn_local_name(
        fn_: *mut vm_fn,
        local: u32,
        name: *const ::std::os::raw::c_char,
    ) -> vm_status;
}
extern "C" {
    #[doc = " The type of a local; ARGUMENT if there is none."]
    pub fn vm_fn_local_type(fn_: *mut vm_fn, local: u32, type_: *mut vm_type) -> vm_status;
}
extern "C" {
    #[doc = " The source file of this function, an index that vm_builder_file gave, or VM_NO_INDEX."]
    pub fn vm_fn_file(fn_: *mut vm_fn, file: u32) -> vm_status;
}
extern "C" {
    #[doc = " Instructions from here on come from source line `line`; 0: from none."]
    pub fn vm_fn_line(fn_: *mut vm_fn, line: u32) -> vm_status;
}
extern "C" {
    #[doc = " Nonzero if an instruction can be emitted here; zero behind an unconditional transfer, where only"]
    #[doc = " a label can follow (a front end skips dead code with this), and after an error."]
    pub fn vm_fn_reachable(fn_: *const vm_fn) -> ::std::os::raw::c_int;
}
extern "C" {
    #[doc = " The number of operands on the stack, and the type of the one `from_top` below the top."]
    pub fn vm_fn_depth(fn_: *const vm_fn) -> u32;
}
extern "C" {
    #[doc = " The number of operands on the stack, and the type of the one `from_top` below the top."]
    pub fn vm_fn_operand(fn_: *mut vm_fn, from_top: u32, type_: *mut vm_type) -> vm_status;
}
extern "C" {
    #[doc = " A new label: `types` is the whole operand stack there, deepest first. It may be branched to"]
    #[doc = " before and after it is bound, and must be bound once. `name` may be NULL."]
    pub fn vm_fn_label_new(
        fn_: *mut vm_fn,
        types: *const vm_type,
        count: u32,
        name: *const ::std::os::raw::c_char,
        label: *mut u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " A new label whose operand stack is the present one with `types` on top: what an expression wants"]
    #[doc = " that branches while operands of the expression around it wait below. STATE: unreachable code."]
    pub fn vm_fn_label_here(
        fn_: *mut vm_fn,
        types: *const vm_type,
        count: u32,
        name: *const ::std::os::raw::c_char,
        label: *mut u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Binds the label here. If control can come from above, the stack must match the label's types;"]
    #[doc = " from here on the stack is the label's types."]
    pub fn vm_fn_label_bind(fn_: *mut vm_fn, label: u32) -> vm_status;
}
extern "C" {
    #[doc = " Opens a range of instructions whose exceptions continue at `handler`, a label whose only type is"]
    #[doc = " (ref exn); with the stack as it was gone. Where ranges nest, the inner one wins."]
    pub fn vm_fn_try_begin(fn_: *mut vm_fn, handler: u32, range: *mut u32) -> vm_status;
}
extern "C" {
    #[doc = " Closes a range. An empty one is dropped."]
    pub fn vm_fn_try_end(fn_: *mut vm_fn, range: u32) -> vm_status;
}
extern "C" {
    #[doc = " Any instruction but `switch`, by opcode (VM_OP_X of vm/opcodes.h) and as many immediates as it"]
    #[doc = " has, in the order of docs/instructions.md: indices, counts and offsets; constants, i32"]
    #[doc = " sign-extended, floats as their bits; types as vm_type; labels as vm_fn_label_new gave them."]
    pub fn vm_fn_op(fn_: *mut vm_fn, opcode: u32) -> vm_status;
}
extern "C" {
    #[doc = " Any instruction but `switch`, by opcode (VM_OP_X of vm/opcodes.h) and as many immediates as it"]
    #[doc = " has, in the order of docs/instructions.md: indices, counts and offsets; constants, i32"]
    #[doc = " sign-extended, floats as their bits; types as vm_type; labels as vm_fn_label_new gave them."]
    pub fn vm_fn_op1(fn_: *mut vm_fn, opcode: u32, imm: u64) -> vm_status;
}
extern "C" {
    #[doc = " Any instruction but `switch`, by opcode (VM_OP_X of vm/opcodes.h) and as many immediates as it"]
    #[doc = " has, in the order of docs/instructions.md: indices, counts and offsets; constants, i32"]
    #[doc = " sign-extended, floats as their bits; types as vm_type; labels as vm_fn_label_new gave them."]
    pub fn vm_fn_op2(fn_: *mut vm_fn, opcode: u32, imm0: u64, imm1: u64) -> vm_status;
}
extern "C" {
    #[doc = " Any instruction but `switch`, by opcode (VM_OP_X of vm/opcodes.h) and as many immediates as it"]
    #[doc = " has, in the order of docs/instructions.md: indices, counts and offsets; constants, i32"]
    #[doc = " sign-extended, floats as their bits; types as vm_type; labels as vm_fn_label_new gave them."]
    pub fn vm_fn_op3(fn_: *mut vm_fn, opcode: u32, imm0: u64, imm1: u64, imm2: u64) -> vm_status;
}
extern "C" {
    #[doc = " switch: jumps to labels[i] for the popped i, to `otherwise` if i is not below `count`."]
    pub fn vm_fn_switch(
        fn_: *mut vm_fn,
        labels: *const u32,
        count: u32,
        otherwise: u32,
    ) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_i32_const(fn_: *mut vm_fn, value: i32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_i64_const(fn_: *mut vm_fn, value: i64) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_f32_const(fn_: *mut vm_fn, value: f32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_f64_const(fn_: *mut vm_fn, value: f64) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_local_get(fn_: *mut vm_fn, local: u32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_local_set(fn_: *mut vm_fn, local: u32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_local_tee(fn_: *mut vm_fn, local: u32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_global_get(fn_: *mut vm_fn, global: u32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_global_set(fn_: *mut vm_fn, global: u32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_drop(fn_: *mut vm_fn) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_select(fn_: *mut vm_fn, type_: vm_type) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_br(fn_: *mut vm_fn, label: u32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_br_if(fn_: *mut vm_fn, label: u32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_br_unless(fn_: *mut vm_fn, label: u32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_return(fn_: *mut vm_fn) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_call(fn_: *mut vm_fn, func: u32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_call_indirect(fn_: *mut vm_fn, table: u32, type_: u32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_call_ref(fn_: *mut vm_fn, type_: u32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_return_call(fn_: *mut vm_fn, func: u32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_return_call_ref(fn_: *mut vm_fn, type_: u32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_throw(fn_: *mut vm_fn) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_ref_null(fn_: *mut vm_fn, type_: vm_type) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_ref_func(fn_: *mut vm_fn, func: u32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_ref_cast(fn_: *mut vm_fn, type_: vm_type) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_ref_test(fn_: *mut vm_fn, type_: vm_type) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_closure_new(fn_: *mut vm_fn, func: u32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_struct_new(fn_: *mut vm_fn, type_: u32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_struct_get(fn_: *mut vm_fn, type_: u32, field: u32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_struct_set(fn_: *mut vm_fn, type_: u32, field: u32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_array_new(fn_: *mut vm_fn, type_: u32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_array_new_default(fn_: *mut vm_fn, type_: u32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_array_new_fixed(fn_: *mut vm_fn, type_: u32, count: u32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_array_get(fn_: *mut vm_fn, type_: u32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_array_set(fn_: *mut vm_fn, type_: u32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_array_len(fn_: *mut vm_fn) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_load(fn_: *mut vm_fn, opcode: u32, memory: u32, offset: u32) -> vm_status;
}
extern "C" {
    #[doc = " The commonest ones, typed."]
    pub fn vm_fn_store(fn_: *mut vm_fn, opcode: u32, memory: u32, offset: u32) -> vm_status;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct vm_isolate {
    _unused: [u8; 0],
}
#[doc = " A host function. `args` (borrowed) and `results` (to be filled) have the lengths and kinds of its"]
#[doc = " signature; `results` arrives zeroed with its kinds set. References among `args` are handles of a"]
#[doc = " scope that closes when the function returns; handles made in it close then too. It may call any"]
#[doc = " function on the isolate, guest functions included."]
#[doc = ""]
#[doc = " Return VM_OK; VM_EXCEPTION after vm_isolate_throw, or to pass on the exception that a nested call"]
#[doc = " ended with; VM_TERMINATED after vm_isolate_exit or"]
#[doc = " vm_isolate_poll, or to pass on that of a nested call. VM_MEMORY raises the trap `out-of-memory`, VM_LIMIT (a"]
#[doc = " nested call found no stack) `stack-overflow`, anything else `host`. The function stands in the"]
#[doc = " backtrace."]
pub type vm_host_function = ::std::option::Option<
    unsafe extern "C" fn(
        isolate: *mut vm_isolate,
        user: *mut ::std::os::raw::c_void,
        args: *const vm_value,
        results: *mut vm_value,
    ) -> vm_status,
>;
#[doc = " What vm_isolate_request_pause asks for: called on the isolate's thread in the middle of guest code,"]
#[doc = " where that polls. It must not use the isolate, vm_isolate_interrupt excepted. VM_OK: the guest goes"]
#[doc = " on. Anything else: the innermost call from the host returns VM_TERMINATED with trap `interrupt`;"]
#[doc = " unlike after vm_isolate_interrupt a host function that made this call may go on. Since 0.1."]
pub type vm_pause_function = ::std::option::Option<
    unsafe extern "C" fn(isolate: *mut vm_isolate, user: *mut ::std::os::raw::c_void) -> vm_status,
>;
#[doc = " An open scope. Its content is private."]
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct vm_scope {
    #[doc = " private"]
    pub mark: u32,
    #[doc = " private"]
    pub depth: u32,
}
extern "C" {
    #[doc = " Open a scope inside the current one."]
    #[doc = ""]
    #[doc = " - `out`: to be given to vm_scope_close"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. MEMORY."]
    pub fn vm_scope_open(
        isolate: *mut vm_isolate,
        out: *mut vm_scope,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Close the innermost scope; its handles are stale from now on."]
    #[doc = ""]
    #[doc = " ARGUMENT: `isolate` is NULL. STATE: `scope` is not the innermost open one, or was opened outside"]
    #[doc = " the host function that is running; nothing was done."]
    pub fn vm_scope_close(
        isolate: *mut vm_isolate,
        scope: vm_scope,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Close the innermost scope and keep one of its references in the scope around it."]
    #[doc = ""]
    #[doc = " - `ref`: in: a valid handle; out: the handle in the outer scope"]
    #[doc = ""]
    #[doc = " As vm_scope_close, and HANDLE: `*ref` is stale; the scope stays open."]
    pub fn vm_scope_escape(
        isolate: *mut vm_isolate,
        scope: vm_scope,
        ref_: *mut vm_ref,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " A second handle, in the current scope, for what `ref` refers to; null gives null."]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. HANDLE: stale. MEMORY."]
    pub fn vm_ref_dup(
        isolate: *mut vm_isolate,
        ref_: vm_ref,
        out: *mut vm_ref,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " A persistent handle for what `ref` refers to; null gives null."]
    #[doc = ""]
    #[doc = " - `out`: owned by the caller, released with vm_ref_release, or with the isolate"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. HANDLE: stale. MEMORY."]
    pub fn vm_ref_persist(
        isolate: *mut vm_isolate,
        ref_: vm_ref,
        out: *mut vm_ref,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Release a persistent handle. Null is fine."]
    #[doc = ""]
    #[doc = " ARGUMENT: `isolate` is NULL. HANDLE: stale, released already, or not persistent."]
    pub fn vm_ref_release(
        isolate: *mut vm_isolate,
        ref_: vm_ref,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Do two handles refer to the same object? Two nulls do."]
    #[doc = ""]
    #[doc = " - `out`: 0 or 1"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. HANDLE: one is stale."]
    pub fn vm_ref_same(
        isolate: *mut vm_isolate,
        a: vm_ref,
        b: vm_ref,
        out: *mut ::std::os::raw::c_int,
        error: *mut vm_error,
    ) -> vm_status;
}
#[doc = " Type of an isolate: 0 is none. The heap index of a reference type that the isolate's functions"]
#[doc = " show is one of these when it is below VM_HEAP_ANY. A type lives as long as an object, an instance or"]
#[doc = " another type that has it, and as the isolate if the host was given its id by vm_instance_get_type,"]
#[doc = " vm_instance_get_type_at or vm_array_find_type; then its id may become another's."]
pub type vm_typeid = u32;
#[doc = " What an object is."]
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct vm_ref_info {
    #[doc = " VM_HEAP_STRUCT, ARRAY, FUNC, EXTERN, EXN or WEAK"]
    pub heap: u32,
    #[doc = " exact type"]
    pub type_: vm_typeid,
    #[doc = " struct: fields; array: length; else 0"]
    pub count: u32,
    #[doc = " struct: the type's name, borrowed from the module; NULL: none"]
    pub name: *const ::std::os::raw::c_char,
}
extern "C" {
    #[doc = " What kind of object is it?"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. HANDLE: stale or null."]
    pub fn vm_ref_get_info(
        isolate: *mut vm_isolate,
        ref_: vm_ref,
        out: *mut vm_ref_info,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Is the object of type `type` or of a subtype? A null reference is of no type."]
    #[doc = ""]
    #[doc = " - `out`: 0 or 1"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, or no such type. HANDLE: stale."]
    pub fn vm_ref_is(
        isolate: *mut vm_isolate,
        ref_: vm_ref,
        type_: vm_typeid,
        out: *mut ::std::os::raw::c_int,
        error: *mut vm_error,
    ) -> vm_status;
}
#[doc = " none of these, null too"]
pub const VM_DYNAMIC_OTHER: vm_dynamic_kind = 0;
pub const VM_DYNAMIC_SYMBOL: vm_dynamic_kind = 1;
pub const VM_DYNAMIC_MAP: vm_dynamic_kind = 2;
pub const VM_DYNAMIC_OBJECT: vm_dynamic_kind = 3;
#[doc = " Kinds of object that the instructions of docs/dynamic.md make."]
pub type vm_dynamic_kind = ::std::os::raw::c_uint;
extern "C" {
    #[doc = " What the reference refers to. ARGUMENT: a NULL. HANDLE: stale. Since 0.1."]
    pub fn vm_dynamic_get_kind(
        isolate: *mut vm_isolate,
        ref_: vm_ref,
        out: *mut vm_dynamic_kind,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " The symbol of these bytes, made if there is none yet."]
    #[doc = ""]
    #[doc = " - `bytes, size`: borrowed; NULL and 0 are the empty symbol"]
    #[doc = " - `out`: local handle"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. LIMIT: more than 2^30 bytes. MEMORY. Since 0.1."]
    pub fn vm_symbol_new(
        isolate: *mut vm_isolate,
        bytes: *const ::std::os::raw::c_char,
        size: usize,
        out: *mut vm_ref,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " The bytes of a symbol. They are the isolate's and stay as long as the symbol lives, which a handle"]
    #[doc = " sees to; no NUL ends them."]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. HANDLE: stale, null or no symbol. Since 0.1."]
    pub fn vm_symbol_read(
        isolate: *mut vm_isolate,
        symbol: vm_ref,
        bytes: *mut *const ::std::os::raw::c_char,
        size: *mut usize,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " A new map. ARGUMENT: a NULL. MEMORY. Since 0.1."]
    pub fn vm_map_new(
        isolate: *mut vm_isolate,
        out: *mut vm_ref,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " The value of a key, or nil; set one; delete one. Keys and values are of kind dyn."]
    #[doc = ""]
    #[doc = " - `found, deleted`: nonzero if there was such a key; may be NULL"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, or a value of another kind. HANDLE: stale, null or no map. MEMORY. Since 0.1."]
    pub fn vm_map_get(
        isolate: *mut vm_isolate,
        map: vm_ref,
        key: *const vm_value,
        out: *mut vm_value,
        found: *mut ::std::os::raw::c_int,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " The value of a key, or nil; set one; delete one. Keys and values are of kind dyn."]
    #[doc = ""]
    #[doc = " - `found, deleted`: nonzero if there was such a key; may be NULL"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, or a value of another kind. HANDLE: stale, null or no map. MEMORY. Since 0.1."]
    pub fn vm_map_set(
        isolate: *mut vm_isolate,
        map: vm_ref,
        key: *const vm_value,
        value: *const vm_value,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " The value of a key, or nil; set one; delete one. Keys and values are of kind dyn."]
    #[doc = ""]
    #[doc = " - `found, deleted`: nonzero if there was such a key; may be NULL"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, or a value of another kind. HANDLE: stale, null or no map. MEMORY. Since 0.1."]
    pub fn vm_map_delete(
        isolate: *mut vm_isolate,
        map: vm_ref,
        key: *const vm_value,
        deleted: *mut ::std::os::raw::c_int,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " How many entries it has. ARGUMENT: a NULL. HANDLE: stale, null or no map. Since 0.1."]
    pub fn vm_map_get_length(
        isolate: *mut vm_isolate,
        map: vm_ref,
        out: *mut u32,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " The next entry in the order of insertion: from *position on, which is 0 at first and then left where"]
    #[doc = " to go on. `key` and `value` may be NULL."]
    #[doc = ""]
    #[doc = " NOT_FOUND: there are no more. ARGUMENT, HANDLE, MEMORY: as above. Since 0.1."]
    pub fn vm_map_next(
        isolate: *mut vm_isolate,
        map: vm_ref,
        position: *mut u32,
        key: *mut vm_value,
        value: *mut vm_value,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " A new shaped object. `proto` is another, or null. ARGUMENT: a NULL. HANDLE: stale, or no shaped object."]
    #[doc = " MEMORY. Since 0.1."]
    pub fn vm_shaped_new(
        isolate: *mut vm_isolate,
        proto: vm_ref,
        out: *mut vm_ref,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " The property `name`, a symbol, of the object or of its prototypes, nil if there is none; set or add"]
    #[doc = " one of its own, whatever attributes it has."]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, or a value of another kind than dyn. HANDLE: stale, null, or of another kind."]
    #[doc = " MEMORY. Since 0.1."]
    pub fn vm_shaped_get(
        isolate: *mut vm_isolate,
        object: vm_ref,
        name: vm_ref,
        out: *mut vm_value,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " The property `name`, a symbol, of the object or of its prototypes, nil if there is none; set or add"]
    #[doc = " one of its own, whatever attributes it has."]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, or a value of another kind than dyn. HANDLE: stale, null, or of another kind."]
    #[doc = " MEMORY. Since 0.1."]
    pub fn vm_shaped_put(
        isolate: *mut vm_isolate,
        object: vm_ref,
        name: vm_ref,
        value: *const vm_value,
        error: *mut vm_error,
    ) -> vm_status;
}
#[doc = " What an exception is."]
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct vm_exception {
    #[doc = " VM_TRAP_NONE: thrown, with a payload"]
    pub trap: vm_trap,
    #[doc = " of the backtrace that are kept"]
    pub frames: u32,
    #[doc = " that there were"]
    pub frames_total: u32,
}
#[doc = " A line of a backtrace."]
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct vm_frame {
    #[doc = " borrowed as long as the exception or function lives; \"\" unknown"]
    pub module: *const ::std::os::raw::c_char,
    #[doc = " borrowed; NULL: no name"]
    pub function: *const ::std::os::raw::c_char,
    #[doc = " borrowed; source file, NULL: unknown"]
    pub file: *const ::std::os::raw::c_char,
    #[doc = " function index in its module, VM_NO_OFFSET for a host function"]
    pub index: u32,
    #[doc = " of the instruction in the function's code; VM_NO_OFFSET: host function"]
    pub offset: u32,
    #[doc = " source line, 0: unknown"]
    pub line: u32,
}
extern "C" {
    #[doc = " A handle for the exception that the last failed call ended with."]
    #[doc = ""]
    #[doc = " - `out`: local handle"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. NOT_FOUND: there is none. MEMORY."]
    pub fn vm_isolate_get_exception(
        isolate: *mut vm_isolate,
        out: *mut vm_ref,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " ARGUMENT: a NULL. HANDLE: stale, or no exception. NOT_FOUND: null, and there is none."]
    pub fn vm_exception_get(
        isolate: *mut vm_isolate,
        exception: vm_ref,
        out: *mut vm_exception,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " The value that was thrown, a dyn; for the trap `exit` the code, a dyn integer; nil for other traps."]
    #[doc = ""]
    #[doc = " - `out`: a reference in it is a local handle"]
    #[doc = ""]
    #[doc = " As vm_exception_get, and MEMORY."]
    pub fn vm_exception_get_payload(
        isolate: *mut vm_isolate,
        exception: vm_ref,
        out: *mut vm_value,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Frame `index` of the backtrace, 0 the innermost."]
    #[doc = ""]
    #[doc = " As vm_exception_get, and ARGUMENT: `index` is not below `frames`."]
    pub fn vm_exception_get_frame(
        isolate: *mut vm_isolate,
        exception: vm_ref,
        index: u32,
        out: *mut vm_frame,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " What a function reference refers to, in the terms of a backtrace: its names, its file and the line of"]
    #[doc = " its first instruction."]
    #[doc = ""]
    #[doc = " - `out`: its strings are borrowed as a frame's are"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. HANDLE: stale, null, or no function. Since 0.1."]
    pub fn vm_func_describe(
        isolate: *mut vm_isolate,
        func: vm_ref,
        out: *mut vm_frame,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Describe the exception in text: one line on what it was, then one a frame, each ending in '\\n'."]
    #[doc = ""]
    #[doc = " - `buffer`: filled with as much as fits, NUL-terminated; may be NULL if capacity is 0"]
    #[doc = " - `capacity`: bytes of `buffer`"]
    #[doc = " - `needed`: bytes of the whole text without its NUL; may be NULL"]
    #[doc = ""]
    #[doc = " As vm_exception_get."]
    pub fn vm_exception_format(
        isolate: *mut vm_isolate,
        exception: vm_ref,
        buffer: *mut ::std::os::raw::c_char,
        capacity: usize,
        needed: *mut usize,
        error: *mut vm_error,
    ) -> vm_status;
}
#[doc = " Initialise with VM_ISOLATE_CONFIG_INIT; a zero field means its default."]
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct vm_isolate_config {
    #[doc = " sizeof(vm_isolate_config)"]
    pub size: usize,
    #[doc = " bytes of heap, memories and tables; 0: no limit"]
    pub max_heap: usize,
    #[doc = " bytes of VM stack; 0: 8 MiB"]
    pub stack_size: usize,
    #[doc = " bytes of the calling thread's stack that guest code may use; 0: 4 MiB"]
    pub native_stack: usize,
    #[doc = " VM_GC_*, added to those of the engine"]
    pub gc_flags: u32,
}
extern "C" {
    #[doc = " Make an isolate."]
    #[doc = ""]
    #[doc = " - `engine`: must outlive it"]
    #[doc = " - `config`: borrowed; NULL: all defaults"]
    #[doc = " - `out`: owned by the caller, freed with vm_isolate_free; NULL on failure"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, or a field without meaning. LIMIT: a size is out of range. MEMORY."]
    pub fn vm_isolate_new(
        engine: *mut vm_engine,
        config: *const vm_isolate_config,
        out: *mut *mut vm_isolate,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Free the isolate with its instances, objects and handles. All finalizers run first. NULL is fine."]
    #[doc = ""]
    #[doc = " STATE: guest code of the isolate is running, or a finalizer; nothing was done."]
    pub fn vm_isolate_free(isolate: *mut vm_isolate, error: *mut vm_error) -> vm_status;
}
extern "C" {
    #[doc = " The engine of `isolate`; NULL if that is NULL."]
    pub fn vm_isolate_engine(isolate: *const vm_isolate) -> *mut vm_engine;
}
extern "C" {
    #[doc = " Let modules import a host function as (module, name). Imports are matched by name and exact type;"]
    #[doc = " a later definition does not change instances that exist."]
    #[doc = ""]
    #[doc = " - `params, results`: borrowed; value types whose references are to abstract heap types, or to type"]
    #[doc = " ids of the isolate's (vm_array_find_type, vm_instance_get_type)"]
    #[doc = " - `function, user`: called as vm/host.h says; `user` is borrowed by the isolate"]
    #[doc = " - `drop`: called with `user` when the isolate is freed; may be NULL. Not called on failure"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, a type that is no value type of the isolate's, more than 1,000 parameters or 255"]
    #[doc = " results. STATE: the name is defined already. MEMORY."]
    pub fn vm_isolate_define_func(
        isolate: *mut vm_isolate,
        module: *const ::std::os::raw::c_char,
        name: *const ::std::os::raw::c_char,
        params: *const vm_type,
        nparams: u32,
        results: *const vm_type,
        nresults: u32,
        function: vm_host_function,
        user: *mut ::std::os::raw::c_void,
        drop: ::std::option::Option<unsafe extern "C" fn(user: *mut ::std::os::raw::c_void)>,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " A reference to a function that was defined under (module, name), by vm_isolate_define_func or"]
    #[doc = " vm_instance_define."]
    #[doc = ""]
    #[doc = " - `out`: local handle; NULL reference on failure"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. NOT_FOUND. MEMORY."]
    pub fn vm_isolate_get_func(
        isolate: *mut vm_isolate,
        module: *const ::std::os::raw::c_char,
        name: *const ::std::os::raw::c_char,
        out: *mut vm_ref,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Let modules import a global of the isolate's own as (module, name). It belongs to no instance: any"]
    #[doc = " number of them share it, and each can go."]
    #[doc = ""]
    #[doc = " - `type`: a value type as for vm_isolate_define_func"]
    #[doc = " - `mut`: nonzero: guest code may set it, and imports it as mutable"]
    #[doc = " - `value`: borrowed; its first value"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, a type that is no value type of the isolate's, a value of another type. HANDLE:"]
    #[doc = " stale. STATE: the name is defined already. MEMORY. Since 0.1."]
    pub fn vm_isolate_define_global(
        isolate: *mut vm_isolate,
        module: *const ::std::os::raw::c_char,
        name: *const ::std::os::raw::c_char,
        type_: vm_type,
        mut_: ::std::os::raw::c_int,
        value: *const vm_value,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " The value of a global that was defined under (module, name), by the above or vm_instance_define."]
    #[doc = ""]
    #[doc = " - `out`: a reference is a local handle"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. NOT_FOUND: no such global. MEMORY. Since 0.1."]
    pub fn vm_isolate_get_global(
        isolate: *mut vm_isolate,
        module: *const ::std::os::raw::c_char,
        name: *const ::std::os::raw::c_char,
        out: *mut vm_value,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " ARGUMENT: a NULL, an immutable global, or a value of another type. NOT_FOUND. HANDLE: stale. Since"]
    #[doc = " 0.1."]
    pub fn vm_isolate_set_global(
        isolate: *mut vm_isolate,
        module: *const ::std::os::raw::c_char,
        name: *const ::std::os::raw::c_char,
        value: *const vm_value,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Stop running guest code: its innermost call from the host returns VM_TERMINATED with trap"]
    #[doc = " `interrupt` soon, compiled code included. If no guest code runs, the next call is stopped. ANY"]
    #[doc = " THREAD. ARGUMENT: `isolate` is NULL."]
    pub fn vm_isolate_interrupt(isolate: *mut vm_isolate, error: *mut vm_error) -> vm_status;
}
extern "C" {
    #[doc = " Have `function` called when vm_isolate_request_pause asks for it: how a host whose work is bound to"]
    #[doc = " the thread that runs the guest (signal handlers of a scripting language, an event loop) gets to do it."]
    #[doc = ""]
    #[doc = " - `function`: NULL: none"]
    #[doc = " - `user`: borrowed as long as the isolate lives, or until this is called again"]
    #[doc = ""]
    #[doc = " ARGUMENT: `isolate` is NULL. Since 0.1."]
    pub fn vm_isolate_set_pause(
        isolate: *mut vm_isolate,
        function: vm_pause_function,
        user: *mut ::std::os::raw::c_void,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Let running guest code call the pause function once, soon, compiled code included; vm_isolate_poll"]
    #[doc = " calls it too. Requests that come before that are one. If no guest code runs, the next that polls does."]
    #[doc = " ANY THREAD. ARGUMENT: `isolate` is NULL. Since 0.1."]
    pub fn vm_isolate_request_pause(isolate: *mut vm_isolate, error: *mut vm_error) -> vm_status;
}
extern "C" {
    #[doc = " Guest code may use `units` of fuel from now on (one a function entry, loop back-edge and caught"]
    #[doc = " exception); then it ends with VM_TERMINATED and trap `fuel`. UINT64_MAX: no limit."]
    #[doc = ""]
    #[doc = " ARGUMENT: `isolate` is NULL. STATE: the engine does not meter fuel."]
    pub fn vm_isolate_set_fuel(
        isolate: *mut vm_isolate,
        units: u64,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " - `out`: units left; UINT64_MAX without a limit. Errors as above."]
    pub fn vm_isolate_get_fuel(
        isolate: *mut vm_isolate,
        out: *mut u64,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Guest code that still runs `milliseconds` from now ends with VM_TERMINATED and trap `deadline`;"]
    #[doc = " so does every later call, until a new deadline is set. 0: no deadline."]
    #[doc = ""]
    #[doc = " ARGUMENT: `isolate` is NULL. MEMORY: also when no thread could be started."]
    pub fn vm_isolate_set_deadline(
        isolate: *mut vm_isolate,
        milliseconds: u64,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Throw `payload` (dyn or a reference): write `return vm_isolate_throw(isolate, &value);` in a"]
    #[doc = " host function. Valid only there."]
    #[doc = ""]
    #[doc = " EXCEPTION: as wanted. ARGUMENT: a NULL, or neither dyn nor reference. HANDLE: stale. STATE: no"]
    #[doc = " host function is running."]
    pub fn vm_isolate_throw(isolate: *mut vm_isolate, payload: *const vm_value) -> vm_status;
}
extern "C" {
    #[doc = " Throw the text `message` (borrowed) as an `array mut i8`. As above; if memory runs out the trap"]
    #[doc = " `out-of-memory` is raised instead (EXCEPTION too). May collect."]
    pub fn vm_isolate_throw_text(
        isolate: *mut vm_isolate,
        message: *const ::std::os::raw::c_char,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Raise a trap, one that guest code can catch: not `none`, `interrupt`, `fuel`, `deadline` or `exit`."]
    #[doc = ""]
    #[doc = " EXCEPTION: as wanted. ARGUMENT: a NULL, or no such trap. STATE: no host function is running."]
    pub fn vm_isolate_trap(isolate: *mut vm_isolate, trap: vm_trap) -> vm_status;
}
extern "C" {
    #[doc = " Throw an exception object again, with the backtrace it has: write `return vm_isolate_rethrow(isolate,"]
    #[doc = " exn);` in a host function that kept what vm_isolate_get_exception gave while it called the guest for"]
    #[doc = " something else. Valid only there."]
    #[doc = ""]
    #[doc = " EXCEPTION: as wanted. TERMINATED: as wanted, for it was interrupt, fuel, deadline or exit; the status has"]
    #[doc = " to be returned all the same. ARGUMENT: a NULL. HANDLE: stale, null, or no exception. STATE: no host"]
    #[doc = " function is running. Since 0.1."]
    pub fn vm_isolate_rethrow(isolate: *mut vm_isolate, exception: vm_ref) -> vm_status;
}
extern "C" {
    #[doc = " End the guest for good, as a program ends itself: write `return vm_isolate_exit(isolate, code);`"]
    #[doc = " in a host function. No handler of the guest sees it: the innermost call from the host returns"]
    #[doc = " VM_TERMINATED with trap `exit`, and vm_isolate_get_exit_code gives `code`. Where a host function"]
    #[doc = " made that call, it returns VM_TERMINATED in turn to end the guest further out too, or goes on."]
    #[doc = ""]
    #[doc = " TERMINATED: as wanted. ARGUMENT: `isolate` is NULL. STATE: no host function is running."]
    pub fn vm_isolate_exit(isolate: *mut vm_isolate, code: i32) -> vm_status;
}
extern "C" {
    #[doc = " The code that the guest ended with, if the last failed call was VM_TERMINATED with trap `exit`."]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. NOT_FOUND: it was something else."]
    pub fn vm_isolate_get_exit_code(
        isolate: *mut vm_isolate,
        out: *mut i32,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Is the guest to stop (vm_isolate_interrupt, deadline, fuel)? For host functions that wait or work"]
    #[doc = " long: they call this from time to time and return what is not VM_OK."]
    #[doc = ""]
    #[doc = " OK: go on. TERMINATED: the guest is to stop. ARGUMENT: `isolate` is NULL. STATE: no host function"]
    #[doc = " is running."]
    pub fn vm_isolate_poll(isolate: *mut vm_isolate) -> vm_status;
}
extern "C" {
    #[doc = " Collect now. Finalizers of what died are queued, not run. ARGUMENT: `isolate` is NULL."]
    pub fn vm_isolate_collect(isolate: *mut vm_isolate, error: *mut vm_error) -> vm_status;
}
extern "C" {
    #[doc = " Run queued finalizers; they may call any function on the isolate. vm_call does so too, before it"]
    #[doc = " enters the guest from outside."]
    #[doc = ""]
    #[doc = " - `count`: how many ran, 0 when called by a finalizer; may be NULL"]
    #[doc = ""]
    #[doc = " ARGUMENT: `isolate` is NULL. MEMORY: none ran."]
    pub fn vm_isolate_run_finalizers(
        isolate: *mut vm_isolate,
        count: *mut usize,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Walk the heap and check its invariants; slow."]
    #[doc = ""]
    #[doc = " ARGUMENT: `isolate` is NULL. INVALID: the heap is damaged; `error` says how."]
    pub fn vm_isolate_verify_heap(isolate: *mut vm_isolate, error: *mut vm_error) -> vm_status;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct vm_module {
    _unused: [u8; 0],
}
extern "C" {
    #[doc = " Read and verify a module in its binary form, alone or with compiled code behind it (see"]
    #[doc = " vm_module_save_compiled). With VM_TIER_2 it is compiled too, which can take seconds. The bytecode"]
    #[doc = " may be hostile; compiled code is not looked at unless the engine's config says trust_native."]
    #[doc = ""]
    #[doc = " - `bytes, size`: borrowed for the call"]
    #[doc = " - `out`: owned by the caller, freed with vm_module_free; NULL on failure"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. MALFORMED: `error` has the offset in `bytes`. INVALID: not verified; `error`"]
    #[doc = " has function and offset. LIMIT: a limit of the implementation is exceeded. MEMORY."]
    pub fn vm_module_load(
        engine: *mut vm_engine,
        bytes: *const ::std::os::raw::c_void,
        size: usize,
        out: *mut *mut vm_module,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Assemble a text and load the result. As vm_module_load, and SYNTAX: `error` has line and column."]
    #[doc = " `text` need not end in NUL."]
    pub fn vm_module_assemble(
        engine: *mut vm_engine,
        text: *const ::std::os::raw::c_char,
        size: usize,
        out: *mut *mut vm_module,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Give up the host's reference; the module goes when no isolate uses it any more. NULL is fine."]
    pub fn vm_module_free(module: *mut vm_module);
}
extern "C" {
    #[doc = " The module's name, borrowed until it is freed; \"\" if it has none or `module` is NULL."]
    pub fn vm_module_name(module: *const vm_module) -> *const ::std::os::raw::c_char;
}
extern "C" {
    #[doc = " The engine that `module` was loaded into; borrowed. NULL if `module` is."]
    pub fn vm_module_engine(module: *const vm_module) -> *mut vm_engine;
}
pub const VM_ENTITY_FUNC: vm_entity = 0;
pub const VM_ENTITY_TABLE: vm_entity = 1;
pub const VM_ENTITY_MEMORY: vm_entity = 2;
pub const VM_ENTITY_GLOBAL: vm_entity = 3;
pub const VM_ENTITY_TYPE: vm_entity = 4;
#[doc = " Kinds of what is imported or exported."]
pub type vm_entity = ::std::os::raw::c_uint;
#[doc = " An import or export."]
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct vm_entity_info {
    #[doc = " borrowed; imports only, else NULL"]
    pub module: *const ::std::os::raw::c_char,
    #[doc = " borrowed from the module"]
    pub name: *const ::std::os::raw::c_char,
    #[doc = " what it is"]
    pub kind: vm_entity,
    #[doc = " in the module's index space of its kind"]
    pub index: u32,
    #[doc = " as assembler text, \"(i32, f64) -> (i32)\" or \"mut i64\"; may be cut"]
    pub type_: [::std::os::raw::c_char; 192usize],
}
extern "C" {
    #[doc = " How many there are; 0 if `module` is NULL."]
    pub fn vm_module_import_count(module: *const vm_module) -> u32;
}
extern "C" {
    #[doc = " How many there are; 0 if `module` is NULL."]
    pub fn vm_module_export_count(module: *const vm_module) -> u32;
}
extern "C" {
    #[doc = " Describe import or export `index`, in the order of the file."]
    #[doc = ""]
    #[doc = " - `out`: filled; its strings are borrowed until the module is freed"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, or `index` is not below the count."]
    pub fn vm_module_get_import(
        module: *const vm_module,
        index: u32,
        out: *mut vm_entity_info,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Describe import or export `index`, in the order of the file."]
    #[doc = ""]
    #[doc = " - `out`: filled; its strings are borrowed until the module is freed"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, or `index` is not below the count."]
    pub fn vm_module_get_export(
        module: *const vm_module,
        index: u32,
        out: *mut vm_entity_info,
        error: *mut vm_error,
    ) -> vm_status;
}
pub const VM_FUNCTION_INTERPRETED: vm_function_state = 0;
#[doc = " to be compiled; interpreted meanwhile"]
pub const VM_FUNCTION_QUEUED: vm_function_state = 1;
pub const VM_FUNCTION_COMPILED: vm_function_state = 2;
#[doc = " could not be compiled; interpreted for good"]
pub const VM_FUNCTION_FAILED: vm_function_state = 3;
#[doc = " its code is elsewhere"]
pub const VM_FUNCTION_IMPORTED: vm_function_state = 4;
#[doc = " How a function is run."]
pub type vm_function_state = ::std::os::raw::c_uint;
#[doc = " What is known of a function."]
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct vm_function_info {
    #[doc = " borrowed; its name or first export; NULL: neither"]
    pub name: *const ::std::os::raw::c_char,
    #[doc = " borrowed; source file, NULL if unknown"]
    pub file: *const ::std::os::raw::c_char,
    #[doc = " of its type"]
    pub nparams: u32,
    #[doc = " of its type"]
    pub nresults: u32,
    #[doc = " bytes of bytecode"]
    pub code_size: u32,
    #[doc = " 8-byte slots a call takes on the isolate's stack"]
    pub frame_size: u32,
    #[doc = " may change at any time while code runs"]
    pub state: vm_function_state,
    #[doc = " nonzero: tier 1 has register code for it"]
    pub translated: u32,
}
extern "C" {
    #[doc = " How many functions, imported ones (which come first) included; 0 if `module` is NULL."]
    pub fn vm_module_function_count(module: *const vm_module) -> u32;
}
extern "C" {
    #[doc = " ARGUMENT: a NULL, or `index` is not below the count."]
    pub fn vm_module_get_function(
        module: *const vm_module,
        index: u32,
        out: *mut vm_function_info,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Compile functions now and wait until that is done. What compiled is used from the next call on,"]
    #[doc = " even if others failed."]
    #[doc = ""]
    #[doc = " - `functions, count`: indices, borrowed; NULL and 0: all of the module"]
    #[doc = ""]
    #[doc = " ARGUMENT: an index is not below the count. COMPILE: the compiler is missing (VM_TIER_0 has none)"]
    #[doc = " or some function failed; `error` says why. MEMORY."]
    pub fn vm_module_compile(
        module: *mut vm_module,
        functions: *const u32,
        count: u32,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Put functions back into the interpreter. Their code is unloaded when nobody is in it and no other"]
    #[doc = " function of the same unit needs it; copies that were inlined into other functions stay. They are"]
    #[doc = " compiled again when they get hot."]
    #[doc = ""]
    #[doc = " - `functions, count`: indices, borrowed; NULL and 0: all of the module"]
    #[doc = ""]
    #[doc = " ARGUMENT: an index is not below the count. COMPILE: in a forked child. MEMORY."]
    pub fn vm_module_discard_code(
        module: *mut vm_module,
        functions: *const u32,
        count: u32,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " The same, and never compile them on their own: not before vm_module_compile asks for them, or for"]
    #[doc = " all. Their state is VM_FUNCTION_FAILED."]
    pub fn vm_module_exclude(
        module: *mut vm_module,
        functions: *const u32,
        count: u32,
        error: *mut vm_error,
    ) -> vm_status;
}
#[doc = " What a function did and what was done with it."]
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct vm_function_stats {
    #[doc = " sizeof(vm_function_stats), set by the caller"]
    pub size: usize,
    #[doc = " as in vm_function_info"]
    pub state: vm_function_state,
    #[doc = " whose code calls enter: 0, 1 or 2"]
    pub tier: u32,
    #[doc = " What was interpreted, in all isolates. They are brought up to date when a function did 100,000"]
    #[doc = " bytes' work in an isolate, by vm_isolate_get_stats, and when the isolate goes. Nothing is"]
    #[doc = " counted by compiled code. After an eviction `work` begins again."]
    pub calls: u64,
    #[doc = " bytes of bytecode; a function is compiled when it reaches `threshold`"]
    pub work: u64,
    #[doc = " the predicted compile time, in the same unit"]
    pub threshold: u64,
    #[doc = " wall time its unit took; 0: not compiled, or in an earlier run"]
    pub compile_ns: u64,
    #[doc = " memory that its unit is mapped to; 0: not compiled"]
    pub code_bytes: u64,
    #[doc = " functions that share both; 0: not compiled"]
    pub unit_functions: u32,
    #[doc = " how often it got code"]
    pub compiles: u32,
    #[doc = " nonzero: its code can be entered at its loops"]
    pub loop_entries: u32,
    #[doc = " why it is not compiled: failure, exclusion, eviction, the queue; \"\" if it is, or did not get hot"]
    pub reason: [::std::os::raw::c_char; 160usize],
}
extern "C" {
    #[doc = " What is known of function `index`, which may change at any time while code runs. Imported ones"]
    #[doc = " have a state and nothing else. Any thread."]
    #[doc = ""]
    #[doc = " - `out`: filled as far as out->size has room"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, `index` is not below the count, or `size` is too small."]
    pub fn vm_module_get_function_stats(
        module: *const vm_module,
        index: u32,
        out: *mut vm_function_stats,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Compile the whole module and write it, bytecode and machine code, to a new buffer: what a .vmx"]
    #[doc = " file holds. Loaded by an engine with trust_native it runs at full speed at once; where processor,"]
    #[doc = " version or build differ, or without trust_native, its bytecode runs as that of any module. The"]
    #[doc = " module itself does not change. Takes as long as compiling does. Functions that fail to compile"]
    #[doc = " are left to the interpreter."]
    #[doc = ""]
    #[doc = " Machine code is trusted: nothing can verify it, so load with trust_native only files that come"]
    #[doc = " from where programs you run come from."]
    #[doc = ""]
    #[doc = " - `bytes, size`: out; freed with vm_module_bytes_free; NULL and 0 on failure"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. COMPILE: the compiler is missing, or no function compiled. MEMORY."]
    pub fn vm_module_save_compiled(
        module: *mut vm_module,
        bytes: *mut *mut u8,
        size: *mut usize,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Free what vm_module_save_compiled, vm_module_list_assembly or vm_module_list_register_code made,"]
    #[doc = " with the same module's engine, which still exists. NULL bytes are fine."]
    pub fn vm_module_bytes_free(
        engine: *mut vm_engine,
        bytes: *mut ::std::os::raw::c_void,
        size: usize,
    );
}
extern "C" {
    #[doc = " Compile the whole module and write what GCC made of each function, as assembler text whose every"]
    #[doc = " line is a comment of the module's text form. The module itself does not change. Functions that"]
    #[doc = " fail to compile are left out."]
    #[doc = ""]
    #[doc = " - `text, size`: out; NUL-terminated, which `size` counts; freed with vm_module_bytes_free; NULL and"]
    #[doc = " 0 on failure"]
    #[doc = ""]
    #[doc = " As vm_module_save_compiled."]
    pub fn vm_module_list_assembly(
        module: *mut vm_module,
        text: *mut *mut ::std::os::raw::c_char,
        size: *mut usize,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Write the bytecode of each function and beside it the register code that tier 1 makes of it, as"]
    #[doc = " text whose every line is a comment of the module's text form. Needs no compiler; the module does"]
    #[doc = " not change. What register instructions look like is in docs/tier1.md and no promise."]
    #[doc = ""]
    #[doc = " - `text, size`: out; NUL-terminated, which `size` counts; freed with vm_module_bytes_free; NULL and"]
    #[doc = " 0 on failure"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. MEMORY. Since 0.1."]
    pub fn vm_module_list_register_code(
        module: *mut vm_module,
        text: *mut *mut ::std::os::raw::c_char,
        size: *mut usize,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " The bytecode inside the bytes of a module, which may have compiled code behind it: what"]
    #[doc = " vm_text_disassemble wants. Nothing is copied."]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. MALFORMED: it should have compiled code but is cut off before that."]
    pub fn vm_module_find_bytecode(
        bytes: *const ::std::os::raw::c_void,
        size: usize,
        bytecode: *mut *const ::std::os::raw::c_void,
        bytecode_size: *mut usize,
        error: *mut vm_error,
    ) -> vm_status;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct vm_instance {
    _unused: [u8; 0],
}
extern "C" {
    #[doc = " Link `module` into `isolate`: find its imports, initialise globals, tables and memories, run its"]
    #[doc = " start function. May collect and run guest code."]
    #[doc = ""]
    #[doc = " - `module`: borrowed; of the same engine; the isolate takes a reference"]
    #[doc = " - `out`: borrowed, good until it is released, and as long as the isolate; NULL on failure"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, or another engine. LINK: an import is missing or has another type. LIMIT."]
    #[doc = " MEMORY. EXCEPTION, TERMINATED: a segment did not fit or the start function ended so; what other"]
    #[doc = " instances already share with this one stays changed."]
    pub fn vm_instance_new(
        isolate: *mut vm_isolate,
        module: *mut vm_module,
        out: *mut *mut vm_instance,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " The host needs `instance` no more: the pointer must not be used again, and the names that"]
    #[doc = " vm_instance_define gave to its exports are free. It goes in the collection that finds that nothing"]
    #[doc = " reaches it: no handle, object, table or global that refers to one of its functions, no frame of one"]
    #[doc = " of them, running or suspended by a call, whatever tier it is in, no instance that imports a global of"]
    #[doc = " it, no exception whose backtrace has a frame of it. With it go its globals, caches and heat, memories"]
    #[doc = " and tables that no other instance has, and with the last instance of a module the isolate's reference"]
    #[doc = " to that, so its register code and machine code if nobody else has one."]
    #[doc = ""]
    #[doc = " Types that its module declares go later, when there are no objects of them any more (vm/handle.h). A"]
    #[doc = " module that is instantiated again after its last instance has gone declares new struct types."]
    #[doc = ""]
    #[doc = " - `instance`: NULL is fine"]
    #[doc = ""]
    #[doc = " STATE: it was released before, and something reaches it still. Since 0.1."]
    pub fn vm_instance_release(instance: *mut vm_instance, error: *mut vm_error) -> vm_status;
}
extern "C" {
    #[doc = " Isolate and module of `instance`; borrowed. NULL if that is NULL."]
    pub fn vm_instance_isolate(instance: *const vm_instance) -> *mut vm_isolate;
}
extern "C" {
    #[doc = " Isolate and module of `instance`; borrowed. NULL if that is NULL."]
    pub fn vm_instance_module(instance: *const vm_instance) -> *mut vm_module;
}
extern "C" {
    #[doc = " Let later instances import what this one exports, under `module` (borrowed)."]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. STATE: a name is defined already. MEMORY."]
    pub fn vm_instance_define(
        instance: *mut vm_instance,
        module: *const ::std::os::raw::c_char,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Take back what vm_instance_define did, under all names: they can be defined anew, by a later version"]
    #[doc = " of the module perhaps. Instances that imported from it keep what they have."]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. Since 0.1."]
    pub fn vm_instance_undefine(instance: *mut vm_instance, error: *mut vm_error) -> vm_status;
}
extern "C" {
    #[doc = " A reference to an exported function."]
    #[doc = ""]
    #[doc = " - `out`: local handle"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. NOT_FOUND. MEMORY. May collect."]
    pub fn vm_instance_get_func(
        instance: *mut vm_instance,
        name: *const ::std::os::raw::c_char,
        out: *mut vm_ref,
        error: *mut vm_error,
    ) -> vm_status;
}
#[doc = " The type of a function."]
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct vm_func_type {
    #[doc = " lengths of the arrays"]
    pub nparams: u32,
    #[doc = " lengths of the arrays"]
    pub nresults: u32,
    #[doc = " borrowed as long as the function lives; declared types as vm_typeid"]
    pub params: *const vm_type,
    #[doc = " the same"]
    pub results: *const vm_type,
}
extern "C" {
    #[doc = " The type of a function."]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. HANDLE: stale, null, or no function."]
    pub fn vm_func_get_type(
        isolate: *mut vm_isolate,
        func: vm_ref,
        out: *mut vm_func_type,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Call a function, guest or host. May collect."]
    #[doc = ""]
    #[doc = " - `args, nargs`: borrowed; kinds and reference types must match the function's"]
    #[doc = " - `results, nresults`: filled on success; nresults must be the function's; references are local"]
    #[doc = " handles"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, or a wrong count, kind or reference type; nothing ran. HANDLE: `func` or an"]
    #[doc = " argument is stale. EXCEPTION: uncaught exception or trap; `error` has the trap code and place,"]
    #[doc = " vm/exception.h more; the isolate is usable. TERMINATED: interrupt, fuel, deadline or exit; the same."]
    #[doc = " LIMIT: calls between host and guest are nested too deeply. MEMORY."]
    pub fn vm_call(
        isolate: *mut vm_isolate,
        func: vm_ref,
        args: *const vm_value,
        nargs: u32,
        results: *mut vm_value,
        nresults: u32,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Within a host function: the instance whose code called it, so that it can reach that one's"]
    #[doc = " memory. After a tail call that is who made the tail call. Also valid while vm_instance_new runs a"]
    #[doc = " start function."]
    #[doc = ""]
    #[doc = " borrowed, good until the host function returns; NULL if the host called the function itself, if none is"]
    #[doc = " running, or if `isolate` is NULL."]
    pub fn vm_isolate_caller(isolate: *const vm_isolate) -> *mut vm_instance;
}
extern "C" {
    #[doc = " - `out`: a reference is a local handle. ARGUMENT: a NULL. NOT_FOUND: no such global. MEMORY."]
    pub fn vm_instance_get_global(
        instance: *mut vm_instance,
        name: *const ::std::os::raw::c_char,
        out: *mut vm_value,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " ARGUMENT: a NULL, an immutable global, or a value of another type. NOT_FOUND. HANDLE: stale."]
    pub fn vm_instance_set_global(
        instance: *mut vm_instance,
        name: *const ::std::os::raw::c_char,
        value: *const vm_value,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " The bytes themselves."]
    #[doc = ""]
    #[doc = " - `base, size`: borrowed; valid until the guest runs or the memory grows"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. NOT_FOUND: no such memory."]
    pub fn vm_instance_view_memory(
        instance: *mut vm_instance,
        name: *const ::std::os::raw::c_char,
        base: *mut *mut u8,
        size: *mut u64,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Grow the memory by `pages` of 65,536 bytes, which are zero, as memory.grow does. The bytes may"]
    #[doc = " move."]
    #[doc = ""]
    #[doc = " - `old`: pages before; may be NULL"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. NOT_FOUND. LIMIT: its maximum, the isolate's heap limit or the host's memory"]
    #[doc = " does not allow it; nothing has changed. Since 0.1."]
    pub fn vm_instance_grow_memory(
        instance: *mut vm_instance,
        name: *const ::std::os::raw::c_char,
        pages: u32,
        old: *mut u32,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Copy `size` bytes out of or into the memory."]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL (a NULL buffer is fine for size 0), or out of bounds; nothing was copied."]
    #[doc = " NOT_FOUND."]
    pub fn vm_instance_read_memory(
        instance: *mut vm_instance,
        name: *const ::std::os::raw::c_char,
        address: u64,
        buffer: *mut ::std::os::raw::c_void,
        size: usize,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Copy `size` bytes out of or into the memory."]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL (a NULL buffer is fine for size 0), or out of bounds; nothing was copied."]
    #[doc = " NOT_FOUND."]
    pub fn vm_instance_write_memory(
        instance: *mut vm_instance,
        name: *const ::std::os::raw::c_char,
        address: u64,
        buffer: *const ::std::os::raw::c_void,
        size: usize,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " - `out`: entries. ARGUMENT: a NULL. NOT_FOUND: no such table."]
    pub fn vm_instance_get_table_size(
        instance: *mut vm_instance,
        name: *const ::std::os::raw::c_char,
        out: *mut u32,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " - `out`: local handle, or null. ARGUMENT: a NULL, or `index` is out of bounds. NOT_FOUND. MEMORY."]
    pub fn vm_instance_get_table(
        instance: *mut vm_instance,
        name: *const ::std::os::raw::c_char,
        index: u32,
        out: *mut vm_ref,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " ARGUMENT: a NULL, out of bounds, or a reference of another type. NOT_FOUND. HANDLE: stale."]
    pub fn vm_instance_set_table(
        instance: *mut vm_instance,
        name: *const ::std::os::raw::c_char,
        index: u32,
        value: vm_ref,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Grow the table by `count` entries, each `value`, as table.grow does."]
    #[doc = ""]
    #[doc = " - `old`: entries before; may be NULL"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, or a reference of another type. NOT_FOUND. HANDLE: stale. LIMIT: as of"]
    #[doc = " memories; nothing has changed. Since 0.1."]
    pub fn vm_instance_grow_table(
        instance: *mut vm_instance,
        name: *const ::std::os::raw::c_char,
        count: u32,
        value: vm_ref,
        old: *mut u32,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " The isolate's id of a type the module exports or names `name`; for vm/object.h."]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. NOT_FOUND."]
    pub fn vm_instance_get_type(
        instance: *mut vm_instance,
        name: *const ::std::os::raw::c_char,
        out: *mut vm_typeid,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " The same by index in the module's type section. ARGUMENT: a NULL, or no such index."]
    pub fn vm_instance_get_type_at(
        instance: *mut vm_instance,
        index: u32,
        out: *mut vm_typeid,
        error: *mut vm_error,
    ) -> vm_status;
}
#[doc = " A field of a struct type, or the elements of an array type."]
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct vm_field_info {
    #[doc = " storage type; a declared heap type as vm_typeid"]
    pub type_: vm_type,
    #[doc = " nonzero: can be set"]
    pub mut_: u32,
    #[doc = " borrowed from the module; NULL: none"]
    pub name: *const ::std::os::raw::c_char,
}
extern "C" {
    #[doc = " What a type is, whose objects vm_ref_get_info describes alike: `count` is the fields of a struct"]
    #[doc = " type, and 0 of others."]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, or no such type. Since 0.1."]
    pub fn vm_type_get_info(
        isolate: *mut vm_isolate,
        type_: vm_typeid,
        out: *mut vm_ref_info,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Field `index` of a struct type, inherited ones first; of an array type 0 is the element."]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, neither a struct nor an array type, or no such field. Since 0.1."]
    pub fn vm_type_get_field(
        isolate: *mut vm_isolate,
        type_: vm_typeid,
        index: u32,
        out: *mut vm_field_info,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Make a struct."]
    #[doc = ""]
    #[doc = " - `type`: of a struct, from vm_instance_get_type or vm_ref_get_info"]
    #[doc = " - `fields, count`: borrowed, one a field, inherited ones first; NULL and 0: every field its default,"]
    #[doc = " zero, null or nil"]
    #[doc = " - `out`: local handle"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, not a struct type, a wrong count or type of value, a field without default."]
    #[doc = " HANDLE: a stale one among `fields`. MEMORY: heap limit or host memory reached."]
    pub fn vm_struct_new(
        isolate: *mut vm_isolate,
        type_: vm_typeid,
        fields: *const vm_value,
        count: u32,
        out: *mut vm_ref,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Read or write field `index`. A reference that is read is a local handle."]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, no such field, immutable, or a value of another type. HANDLE: stale, null or no"]
    #[doc = " struct. MEMORY."]
    pub fn vm_struct_get(
        isolate: *mut vm_isolate,
        object: vm_ref,
        index: u32,
        out: *mut vm_value,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Read or write field `index`. A reference that is read is a local handle."]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, no such field, immutable, or a value of another type. HANDLE: stale, null or no"]
    #[doc = " struct. MEMORY."]
    pub fn vm_struct_set(
        isolate: *mut vm_isolate,
        object: vm_ref,
        index: u32,
        value: *const vm_value,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " The index of the field called `name` of a struct type."]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, or not a struct type. NOT_FOUND."]
    pub fn vm_struct_find_field(
        isolate: *mut vm_isolate,
        type_: vm_typeid,
        name: *const ::std::os::raw::c_char,
        out: *mut u32,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " The isolate's id of the array type with these elements, whether a module declares it or not."]
    #[doc = " `VM_I8, 1` is the type of byte strings: what `array mut i8` is in a module."]
    #[doc = ""]
    #[doc = " - `element`: a storage type; references are to abstract heap types, or to a type id of the isolate's"]
    #[doc = " - `mut`: nonzero: elements can be set"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, or no type of an element. MEMORY. Since 0.1."]
    pub fn vm_array_find_type(
        isolate: *mut vm_isolate,
        element: vm_type,
        mut_: ::std::os::raw::c_int,
        out: *mut vm_typeid,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Make an array of `length` elements, each `*fill` (borrowed), or the default if NULL."]
    #[doc = ""]
    #[doc = " - `out`: local handle"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, not an array type, a value of another type, no default. LIMIT: too long."]
    #[doc = " HANDLE: stale. MEMORY: heap limit or host memory reached."]
    pub fn vm_array_new(
        isolate: *mut vm_isolate,
        type_: vm_typeid,
        length: u32,
        fill: *const vm_value,
        out: *mut vm_ref,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Make an array of numbers from `length` of them in the host's representation: int8_t for i8,"]
    #[doc = " double for f64 and so on. This is how byte strings come in."]
    #[doc = ""]
    #[doc = " - `data`: borrowed; `length` elements; NULL is fine for length 0"]
    #[doc = ""]
    #[doc = " ARGUMENT: as above, or the elements are references or dyn. LIMIT. MEMORY."]
    pub fn vm_array_new_data(
        isolate: *mut vm_isolate,
        type_: vm_typeid,
        data: *const ::std::os::raw::c_void,
        length: u32,
        out: *mut vm_ref,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " - `out`: elements. ARGUMENT: a NULL. HANDLE: stale, null or no array."]
    pub fn vm_array_get_length(
        isolate: *mut vm_isolate,
        array: vm_ref,
        out: *mut u32,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Read or write element `index`. A reference that is read is a local handle."]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, out of bounds, immutable, or a value of another type. HANDLE: stale, null or no"]
    #[doc = " array. MEMORY."]
    pub fn vm_array_get(
        isolate: *mut vm_isolate,
        array: vm_ref,
        index: u32,
        out: *mut vm_value,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Read or write element `index`. A reference that is read is a local handle."]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, out of bounds, immutable, or a value of another type. HANDLE: stale, null or no"]
    #[doc = " array. MEMORY."]
    pub fn vm_array_set(
        isolate: *mut vm_isolate,
        array: vm_ref,
        index: u32,
        value: *const vm_value,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Copy `count` numbers from element `index` on out of or into an array, in the host's"]
    #[doc = " representation."]
    #[doc = ""]
    #[doc = " - `buffer`: `size` bytes, which must be count times the size of an element; NULL is fine for count 0"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, out of bounds, a wrong size, immutable, references or dyn. HANDLE."]
    pub fn vm_array_read(
        isolate: *mut vm_isolate,
        array: vm_ref,
        index: u32,
        count: u32,
        buffer: *mut ::std::os::raw::c_void,
        size: usize,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Copy `count` numbers from element `index` on out of or into an array, in the host's"]
    #[doc = " representation."]
    #[doc = ""]
    #[doc = " - `buffer`: `size` bytes, which must be count times the size of an element; NULL is fine for count 0"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL, out of bounds, a wrong size, immutable, references or dyn. HANDLE."]
    pub fn vm_array_write(
        isolate: *mut vm_isolate,
        array: vm_ref,
        index: u32,
        count: u32,
        buffer: *const ::std::os::raw::c_void,
        size: usize,
        error: *mut vm_error,
    ) -> vm_status;
}
#[doc = " Run when an object has died, on the isolate's thread, outside any collection; see"]
#[doc = " vm_isolate_run_finalizers. The object itself is gone."]
pub type vm_finalizer =
    ::std::option::Option<unsafe extern "C" fn(data: *mut ::std::os::raw::c_void)>;
extern "C" {
    #[doc = " Make a guest reference to something of the host's, of heap type extern."]
    #[doc = ""]
    #[doc = " - `data`: the host's; never looked at"]
    #[doc = " - `finalizer`: called once with `data` after the object has died, or with the isolate; may be NULL."]
    #[doc = " On failure it is not called"]
    #[doc = " - `out`: local handle"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. MEMORY."]
    pub fn vm_extern_new(
        isolate: *mut vm_isolate,
        data: *mut ::std::os::raw::c_void,
        finalizer: vm_finalizer,
        out: *mut vm_ref,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " - `out`: the `data` it was made with. ARGUMENT: a NULL. HANDLE: stale, null or not extern."]
    pub fn vm_extern_get(
        isolate: *mut vm_isolate,
        object: vm_ref,
        out: *mut *mut ::std::os::raw::c_void,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " The finalizer that vm_extern_new was given, NULL if none: by this a host knows objects of its own from"]
    #[doc = " those that another part of the program made, whose `data` is something else."]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. HANDLE: stale, null or not extern. Since 0.1."]
    pub fn vm_extern_get_finalizer(
        isolate: *mut vm_isolate,
        object: vm_ref,
        out: *mut vm_finalizer,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Make a weak reference to `target`."]
    #[doc = ""]
    #[doc = " - `out`: local handle, of heap type weak"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. HANDLE: stale or null. MEMORY."]
    pub fn vm_weak_new(
        isolate: *mut vm_isolate,
        target: vm_ref,
        out: *mut vm_ref,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " - `out`: local handle for the target, or null if that has died. ARGUMENT: a NULL. HANDLE: stale, null"]
    #[doc = " or not weak. MEMORY."]
    pub fn vm_weak_get(
        isolate: *mut vm_isolate,
        weak: vm_ref,
        out: *mut vm_ref,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Have `finalizer` called with `data` after `object` has died, or with the isolate. An object may"]
    #[doc = " have several; their order is not defined."]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL (`data` may be). HANDLE: stale or null. MEMORY."]
    pub fn vm_finalizer_add(
        isolate: *mut vm_isolate,
        object: vm_ref,
        finalizer: vm_finalizer,
        data: *mut ::std::os::raw::c_void,
        error: *mut vm_error,
    ) -> vm_status;
}
#[doc = " What the compiler has done."]
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct vm_engine_stats {
    #[doc = " sizeof(vm_engine_stats), set by the caller"]
    pub size: usize,
    #[doc = " as configured"]
    pub tier: vm_tier,
    #[doc = " nonzero: a worker runs, or none was needed yet"]
    pub compiler_available: u32,
    #[doc = " why not, or the last failure; \"\" if there was none"]
    pub compiler_reason: [::std::os::raw::c_char; 160usize],
    #[doc = " units that wait or are being compiled"]
    pub queued: u64,
    #[doc = " since the engine was made"]
    pub compiled_units: u64,
    #[doc = " since the engine was made"]
    pub compiled_functions: u64,
    #[doc = " since the engine was made"]
    pub failed_units: u64,
    #[doc = " worker processes begun, and ended by themselves"]
    pub worker_starts: u64,
    #[doc = " worker processes begun, and ended by themselves"]
    pub worker_deaths: u64,
    #[doc = " wall time in the worker"]
    pub compile_ns: u64,
    #[doc = " of memory mapped for machine code now"]
    pub code_bytes: u64,
    #[doc = " units taken from the code cache, or from the module's own file"]
    pub cache_hits: u64,
    #[doc = " units that had to be compiled although there is a cache"]
    pub cache_misses: u64,
    #[doc = " entries found that were damaged, stale or not ours"]
    pub cache_rejected: u64,
    #[doc = " units put into the cache"]
    pub cache_stored: u64,
    #[doc = " unloaded to make room, see vm_engine_config.max_code"]
    pub evicted_units: u64,
    #[doc = " nonzero: vm_engine_config.guard_memory was set, and is in effect"]
    pub guards_memory: u64,
}
extern "C" {
    #[doc = " ARGUMENT: a NULL, or `size` is too small. Any thread."]
    pub fn vm_engine_get_stats(
        engine: *mut vm_engine,
        out: *mut vm_engine_stats,
        error: *mut vm_error,
    ) -> vm_status;
}
#[doc = " What an isolate and its collector have done since the isolate was made."]
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct vm_isolate_stats {
    #[doc = " sizeof(vm_isolate_stats), set by the caller"]
    pub size: usize,
    #[doc = " of the guest by the host"]
    pub calls: u64,
    #[doc = " thrown, traps not included"]
    pub exceptions: u64,
    #[doc = " raised, caught ones included"]
    pub traps: u64,
    #[doc = " of the heap"]
    pub collections: u64,
    #[doc = " how long the guest stood still for them"]
    pub pause_total_ns: u64,
    #[doc = " how long the guest stood still for them"]
    pub pause_max_ns: u64,
    #[doc = " held from the system now"]
    pub heap_bytes: u64,
    #[doc = " found alive by the last collection"]
    pub live_bytes: u64,
    #[doc = " the highest heap_bytes"]
    pub peak_heap_bytes: u64,
    #[doc = " since the isolate was made"]
    pub allocated_bytes: u64,
    #[doc = " outside the heap, counted against its limit: memories, tables"]
    pub charged_bytes: u64,
    #[doc = " stores that took the write barrier's slow path"]
    pub logged_stores: u64,
    #[doc = " frames that went over to compiled code in the middle, at a loop"]
    pub loop_entries: u64,
    #[doc = " frames that left compiled code in the middle"]
    pub code_exits: u64,
    #[doc = " frames that went from tier 0 to tier 1 in the middle"]
    pub quickenings: u64,
    #[doc = " frames that went from tier 1 to tier 0; with VM_TIER_SWITCH only"]
    pub slowdowns: u64,
    #[doc = " that live now, in all open scopes: grows where a scope is missing"]
    pub local_handles: u64,
    #[doc = " that live now: grows where a release is missing"]
    pub persistent_handles: u64,
    #[doc = " that live, or that no collection has looked at since they do not"]
    pub instances: u64,
}
extern "C" {
    #[doc = " ARGUMENT: a NULL, or `size` is too small. The isolate's thread."]
    pub fn vm_isolate_get_stats(
        isolate: *mut vm_isolate,
        out: *mut vm_isolate_stats,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Assemble `text` (need not end in NUL) into a module's binary form."]
    #[doc = ""]
    #[doc = " - `allocator`: where the result lives; borrowed; NULL: the C library's"]
    #[doc = " - `text, size`: borrowed; size in bytes"]
    #[doc = " - `out, out_size`: owned by the caller, freed with vm_text_bytes_free and the same allocator; NULL"]
    #[doc = " and 0 on failure"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. SYNTAX: `error` has line and column. LIMIT. MEMORY."]
    pub fn vm_text_assemble(
        allocator: *const vm_allocator,
        text: *const ::std::os::raw::c_char,
        size: usize,
        out: *mut *mut u8,
        out_size: *mut usize,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Disassemble a module's binary form, which must be well-formed but need not verify."]
    #[doc = ""]
    #[doc = " - `out, out_size`: owned by the caller, freed with vm_text_free and the same allocator; NULL and 0 on"]
    #[doc = " failure. The text ends in a NUL that `out_size` does not count"]
    #[doc = ""]
    #[doc = " ARGUMENT: a NULL. MALFORMED, INVALID: not a module; `error` has the offset. LIMIT. MEMORY."]
    pub fn vm_text_disassemble(
        allocator: *const vm_allocator,
        bytes: *const ::std::os::raw::c_void,
        size: usize,
        out: *mut *mut ::std::os::raw::c_char,
        out_size: *mut usize,
        error: *mut vm_error,
    ) -> vm_status;
}
extern "C" {
    #[doc = " Free what vm_text_assemble, vm_text_disassemble gave; `size` is their out_size. NULL is fine."]
    pub fn vm_text_bytes_free(allocator: *const vm_allocator, bytes: *mut u8, size: usize);
}
extern "C" {
    #[doc = " Free what vm_text_assemble, vm_text_disassemble gave; `size` is their out_size. NULL is fine."]
    pub fn vm_text_free(
        allocator: *const vm_allocator,
        text: *mut ::std::os::raw::c_char,
        size: usize,
    );
}
extern "C" {
    #[doc = " VM_VERSION_NUMBER and VM_VERSION_TEXT of the library in use; static storage. Any thread."]
    pub fn vm_version_number() -> u32;
}
extern "C" {
    #[doc = " VM_VERSION_NUMBER and VM_VERSION_TEXT of the library in use; static storage. Any thread."]
    pub fn vm_version_text() -> *const ::std::os::raw::c_char;
}
