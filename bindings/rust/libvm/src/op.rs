// Generated from include/vm/opcodes.h by bindings/rust/generate.sh; do not edit.

use super::Op;

impl Op {
    /// `unreachable`
    pub const UNREACHABLE: Op = Op(0x00);
    /// `nop`
    pub const NOP: Op = Op(0x01);
    /// `br`
    pub const BR: Op = Op(0x02);
    /// `br_if`
    pub const BR_IF: Op = Op(0x03);
    /// `br_unless`
    pub const BR_UNLESS: Op = Op(0x04);
    /// `br_on_null`
    pub const BR_ON_NULL: Op = Op(0x05);
    /// `br_on_non_null`
    pub const BR_ON_NON_NULL: Op = Op(0x06);
    /// `switch`
    pub const SWITCH: Op = Op(0x07);
    /// `return`
    pub const RETURN: Op = Op(0x08);
    /// `call`
    pub const CALL: Op = Op(0x09);
    /// `call_indirect`
    pub const CALL_INDIRECT: Op = Op(0x0A);
    /// `call_ref`
    pub const CALL_REF: Op = Op(0x0B);
    /// `return_call`
    pub const RETURN_CALL: Op = Op(0x0C);
    /// `return_call_indirect`
    pub const RETURN_CALL_INDIRECT: Op = Op(0x0D);
    /// `return_call_ref`
    pub const RETURN_CALL_REF: Op = Op(0x0E);
    /// `throw`
    pub const THROW: Op = Op(0x0F);
    /// `rethrow`
    pub const RETHROW: Op = Op(0x10);
    /// `drop`
    pub const DROP: Op = Op(0x11);
    /// `dup`
    pub const DUP: Op = Op(0x12);
    /// `swap`
    pub const SWAP: Op = Op(0x13);
    /// `select`
    pub const SELECT: Op = Op(0x14);
    /// `local.get`
    pub const LOCAL_GET: Op = Op(0x15);
    /// `local.set`
    pub const LOCAL_SET: Op = Op(0x16);
    /// `local.tee`
    pub const LOCAL_TEE: Op = Op(0x17);
    /// `global.get`
    pub const GLOBAL_GET: Op = Op(0x18);
    /// `global.set`
    pub const GLOBAL_SET: Op = Op(0x19);
    /// `i32.const`
    pub const I32_CONST: Op = Op(0x1A);
    /// `i64.const`
    pub const I64_CONST: Op = Op(0x1B);
    /// `f32.const`
    pub const F32_CONST: Op = Op(0x1C);
    /// `f64.const`
    pub const F64_CONST: Op = Op(0x1D);
    /// `i32.eqz`
    pub const I32_EQZ: Op = Op(0x1E);
    /// `i32.eq`
    pub const I32_EQ: Op = Op(0x1F);
    /// `i32.ne`
    pub const I32_NE: Op = Op(0x20);
    /// `i32.lt_s`
    pub const I32_LT_S: Op = Op(0x21);
    /// `i32.lt_u`
    pub const I32_LT_U: Op = Op(0x22);
    /// `i32.gt_s`
    pub const I32_GT_S: Op = Op(0x23);
    /// `i32.gt_u`
    pub const I32_GT_U: Op = Op(0x24);
    /// `i32.le_s`
    pub const I32_LE_S: Op = Op(0x25);
    /// `i32.le_u`
    pub const I32_LE_U: Op = Op(0x26);
    /// `i32.ge_s`
    pub const I32_GE_S: Op = Op(0x27);
    /// `i32.ge_u`
    pub const I32_GE_U: Op = Op(0x28);
    /// `i32.clz`
    pub const I32_CLZ: Op = Op(0x29);
    /// `i32.ctz`
    pub const I32_CTZ: Op = Op(0x2A);
    /// `i32.popcnt`
    pub const I32_POPCNT: Op = Op(0x2B);
    /// `i32.add`
    pub const I32_ADD: Op = Op(0x2C);
    /// `i32.sub`
    pub const I32_SUB: Op = Op(0x2D);
    /// `i32.mul`
    pub const I32_MUL: Op = Op(0x2E);
    /// `i32.div_s`
    pub const I32_DIV_S: Op = Op(0x2F);
    /// `i32.div_u`
    pub const I32_DIV_U: Op = Op(0x30);
    /// `i32.rem_s`
    pub const I32_REM_S: Op = Op(0x31);
    /// `i32.rem_u`
    pub const I32_REM_U: Op = Op(0x32);
    /// `i32.and`
    pub const I32_AND: Op = Op(0x33);
    /// `i32.or`
    pub const I32_OR: Op = Op(0x34);
    /// `i32.xor`
    pub const I32_XOR: Op = Op(0x35);
    /// `i32.shl`
    pub const I32_SHL: Op = Op(0x36);
    /// `i32.shr_s`
    pub const I32_SHR_S: Op = Op(0x37);
    /// `i32.shr_u`
    pub const I32_SHR_U: Op = Op(0x38);
    /// `i32.rotl`
    pub const I32_ROTL: Op = Op(0x39);
    /// `i32.rotr`
    pub const I32_ROTR: Op = Op(0x3A);
    /// `i32.add_checked`
    pub const I32_ADD_CHECKED: Op = Op(0x3B);
    /// `i32.sub_checked`
    pub const I32_SUB_CHECKED: Op = Op(0x3C);
    /// `i32.mul_checked`
    pub const I32_MUL_CHECKED: Op = Op(0x3D);
    /// `i64.eqz`
    pub const I64_EQZ: Op = Op(0x3E);
    /// `i64.eq`
    pub const I64_EQ: Op = Op(0x3F);
    /// `i64.ne`
    pub const I64_NE: Op = Op(0x40);
    /// `i64.lt_s`
    pub const I64_LT_S: Op = Op(0x41);
    /// `i64.lt_u`
    pub const I64_LT_U: Op = Op(0x42);
    /// `i64.gt_s`
    pub const I64_GT_S: Op = Op(0x43);
    /// `i64.gt_u`
    pub const I64_GT_U: Op = Op(0x44);
    /// `i64.le_s`
    pub const I64_LE_S: Op = Op(0x45);
    /// `i64.le_u`
    pub const I64_LE_U: Op = Op(0x46);
    /// `i64.ge_s`
    pub const I64_GE_S: Op = Op(0x47);
    /// `i64.ge_u`
    pub const I64_GE_U: Op = Op(0x48);
    /// `i64.clz`
    pub const I64_CLZ: Op = Op(0x49);
    /// `i64.ctz`
    pub const I64_CTZ: Op = Op(0x4A);
    /// `i64.popcnt`
    pub const I64_POPCNT: Op = Op(0x4B);
    /// `i64.add`
    pub const I64_ADD: Op = Op(0x4C);
    /// `i64.sub`
    pub const I64_SUB: Op = Op(0x4D);
    /// `i64.mul`
    pub const I64_MUL: Op = Op(0x4E);
    /// `i64.div_s`
    pub const I64_DIV_S: Op = Op(0x4F);
    /// `i64.div_u`
    pub const I64_DIV_U: Op = Op(0x50);
    /// `i64.rem_s`
    pub const I64_REM_S: Op = Op(0x51);
    /// `i64.rem_u`
    pub const I64_REM_U: Op = Op(0x52);
    /// `i64.and`
    pub const I64_AND: Op = Op(0x53);
    /// `i64.or`
    pub const I64_OR: Op = Op(0x54);
    /// `i64.xor`
    pub const I64_XOR: Op = Op(0x55);
    /// `i64.shl`
    pub const I64_SHL: Op = Op(0x56);
    /// `i64.shr_s`
    pub const I64_SHR_S: Op = Op(0x57);
    /// `i64.shr_u`
    pub const I64_SHR_U: Op = Op(0x58);
    /// `i64.rotl`
    pub const I64_ROTL: Op = Op(0x59);
    /// `i64.rotr`
    pub const I64_ROTR: Op = Op(0x5A);
    /// `i64.add_checked`
    pub const I64_ADD_CHECKED: Op = Op(0x5B);
    /// `i64.sub_checked`
    pub const I64_SUB_CHECKED: Op = Op(0x5C);
    /// `i64.mul_checked`
    pub const I64_MUL_CHECKED: Op = Op(0x5D);
    /// `f32.eq`
    pub const F32_EQ: Op = Op(0x5E);
    /// `f32.ne`
    pub const F32_NE: Op = Op(0x5F);
    /// `f32.lt`
    pub const F32_LT: Op = Op(0x60);
    /// `f32.gt`
    pub const F32_GT: Op = Op(0x61);
    /// `f32.le`
    pub const F32_LE: Op = Op(0x62);
    /// `f32.ge`
    pub const F32_GE: Op = Op(0x63);
    /// `f32.abs`
    pub const F32_ABS: Op = Op(0x64);
    /// `f32.neg`
    pub const F32_NEG: Op = Op(0x65);
    /// `f32.ceil`
    pub const F32_CEIL: Op = Op(0x66);
    /// `f32.floor`
    pub const F32_FLOOR: Op = Op(0x67);
    /// `f32.trunc`
    pub const F32_TRUNC: Op = Op(0x68);
    /// `f32.nearest`
    pub const F32_NEAREST: Op = Op(0x69);
    /// `f32.sqrt`
    pub const F32_SQRT: Op = Op(0x6A);
    /// `f32.add`
    pub const F32_ADD: Op = Op(0x6B);
    /// `f32.sub`
    pub const F32_SUB: Op = Op(0x6C);
    /// `f32.mul`
    pub const F32_MUL: Op = Op(0x6D);
    /// `f32.div`
    pub const F32_DIV: Op = Op(0x6E);
    /// `f32.min`
    pub const F32_MIN: Op = Op(0x6F);
    /// `f32.max`
    pub const F32_MAX: Op = Op(0x70);
    /// `f32.copysign`
    pub const F32_COPYSIGN: Op = Op(0x71);
    /// `f64.eq`
    pub const F64_EQ: Op = Op(0x72);
    /// `f64.ne`
    pub const F64_NE: Op = Op(0x73);
    /// `f64.lt`
    pub const F64_LT: Op = Op(0x74);
    /// `f64.gt`
    pub const F64_GT: Op = Op(0x75);
    /// `f64.le`
    pub const F64_LE: Op = Op(0x76);
    /// `f64.ge`
    pub const F64_GE: Op = Op(0x77);
    /// `f64.abs`
    pub const F64_ABS: Op = Op(0x78);
    /// `f64.neg`
    pub const F64_NEG: Op = Op(0x79);
    /// `f64.ceil`
    pub const F64_CEIL: Op = Op(0x7A);
    /// `f64.floor`
    pub const F64_FLOOR: Op = Op(0x7B);
    /// `f64.trunc`
    pub const F64_TRUNC: Op = Op(0x7C);
    /// `f64.nearest`
    pub const F64_NEAREST: Op = Op(0x7D);
    /// `f64.sqrt`
    pub const F64_SQRT: Op = Op(0x7E);
    /// `f64.add`
    pub const F64_ADD: Op = Op(0x7F);
    /// `f64.sub`
    pub const F64_SUB: Op = Op(0x80);
    /// `f64.mul`
    pub const F64_MUL: Op = Op(0x81);
    /// `f64.div`
    pub const F64_DIV: Op = Op(0x82);
    /// `f64.min`
    pub const F64_MIN: Op = Op(0x83);
    /// `f64.max`
    pub const F64_MAX: Op = Op(0x84);
    /// `f64.copysign`
    pub const F64_COPYSIGN: Op = Op(0x85);
    /// `i32.wrap_i64`
    pub const I32_WRAP_I64: Op = Op(0x86);
    /// `i64.extend_i32_s`
    pub const I64_EXTEND_I32_S: Op = Op(0x87);
    /// `i64.extend_i32_u`
    pub const I64_EXTEND_I32_U: Op = Op(0x88);
    /// `i32.extend8_s`
    pub const I32_EXTEND8_S: Op = Op(0x89);
    /// `i32.extend16_s`
    pub const I32_EXTEND16_S: Op = Op(0x8A);
    /// `i64.extend8_s`
    pub const I64_EXTEND8_S: Op = Op(0x8B);
    /// `i64.extend16_s`
    pub const I64_EXTEND16_S: Op = Op(0x8C);
    /// `i64.extend32_s`
    pub const I64_EXTEND32_S: Op = Op(0x8D);
    /// `f32.convert_i32_s`
    pub const F32_CONVERT_I32_S: Op = Op(0x8E);
    /// `f32.convert_i32_u`
    pub const F32_CONVERT_I32_U: Op = Op(0x8F);
    /// `f32.convert_i64_s`
    pub const F32_CONVERT_I64_S: Op = Op(0x90);
    /// `f32.convert_i64_u`
    pub const F32_CONVERT_I64_U: Op = Op(0x91);
    /// `f64.convert_i32_s`
    pub const F64_CONVERT_I32_S: Op = Op(0x92);
    /// `f64.convert_i32_u`
    pub const F64_CONVERT_I32_U: Op = Op(0x93);
    /// `f64.convert_i64_s`
    pub const F64_CONVERT_I64_S: Op = Op(0x94);
    /// `f64.convert_i64_u`
    pub const F64_CONVERT_I64_U: Op = Op(0x95);
    /// `f32.demote_f64`
    pub const F32_DEMOTE_F64: Op = Op(0x96);
    /// `f64.promote_f32`
    pub const F64_PROMOTE_F32: Op = Op(0x97);
    /// `i32.reinterpret_f32`
    pub const I32_REINTERPRET_F32: Op = Op(0x98);
    /// `i64.reinterpret_f64`
    pub const I64_REINTERPRET_F64: Op = Op(0x99);
    /// `f32.reinterpret_i32`
    pub const F32_REINTERPRET_I32: Op = Op(0x9A);
    /// `f64.reinterpret_i64`
    pub const F64_REINTERPRET_I64: Op = Op(0x9B);
    /// `i32.trunc_f32_s`
    pub const I32_TRUNC_F32_S: Op = Op(0x9C);
    /// `i32.trunc_f32_u`
    pub const I32_TRUNC_F32_U: Op = Op(0x9D);
    /// `i32.trunc_f64_s`
    pub const I32_TRUNC_F64_S: Op = Op(0x9E);
    /// `i32.trunc_f64_u`
    pub const I32_TRUNC_F64_U: Op = Op(0x9F);
    /// `i64.trunc_f32_s`
    pub const I64_TRUNC_F32_S: Op = Op(0xA0);
    /// `i64.trunc_f32_u`
    pub const I64_TRUNC_F32_U: Op = Op(0xA1);
    /// `i64.trunc_f64_s`
    pub const I64_TRUNC_F64_S: Op = Op(0xA2);
    /// `i64.trunc_f64_u`
    pub const I64_TRUNC_F64_U: Op = Op(0xA3);
    /// `i32.load`
    pub const I32_LOAD: Op = Op(0xA4);
    /// `i64.load`
    pub const I64_LOAD: Op = Op(0xA5);
    /// `f32.load`
    pub const F32_LOAD: Op = Op(0xA6);
    /// `f64.load`
    pub const F64_LOAD: Op = Op(0xA7);
    /// `i32.load8_s`
    pub const I32_LOAD8_S: Op = Op(0xA8);
    /// `i32.load8_u`
    pub const I32_LOAD8_U: Op = Op(0xA9);
    /// `i32.load16_s`
    pub const I32_LOAD16_S: Op = Op(0xAA);
    /// `i32.load16_u`
    pub const I32_LOAD16_U: Op = Op(0xAB);
    /// `i64.load8_s`
    pub const I64_LOAD8_S: Op = Op(0xAC);
    /// `i64.load8_u`
    pub const I64_LOAD8_U: Op = Op(0xAD);
    /// `i64.load16_s`
    pub const I64_LOAD16_S: Op = Op(0xAE);
    /// `i64.load16_u`
    pub const I64_LOAD16_U: Op = Op(0xAF);
    /// `i64.load32_s`
    pub const I64_LOAD32_S: Op = Op(0xB0);
    /// `i64.load32_u`
    pub const I64_LOAD32_U: Op = Op(0xB1);
    /// `i32.store`
    pub const I32_STORE: Op = Op(0xB2);
    /// `i64.store`
    pub const I64_STORE: Op = Op(0xB3);
    /// `f32.store`
    pub const F32_STORE: Op = Op(0xB4);
    /// `f64.store`
    pub const F64_STORE: Op = Op(0xB5);
    /// `i32.store8`
    pub const I32_STORE8: Op = Op(0xB6);
    /// `i32.store16`
    pub const I32_STORE16: Op = Op(0xB7);
    /// `i64.store8`
    pub const I64_STORE8: Op = Op(0xB8);
    /// `i64.store16`
    pub const I64_STORE16: Op = Op(0xB9);
    /// `i64.store32`
    pub const I64_STORE32: Op = Op(0xBA);
    /// `ref.null`
    pub const REF_NULL: Op = Op(0xBB);
    /// `ref.is_null`
    pub const REF_IS_NULL: Op = Op(0xBC);
    /// `ref.as_non_null`
    pub const REF_AS_NON_NULL: Op = Op(0xBD);
    /// `ref.eq`
    pub const REF_EQ: Op = Op(0xBE);
    /// `ref.test`
    pub const REF_TEST: Op = Op(0xBF);
    /// `ref.cast`
    pub const REF_CAST: Op = Op(0xC0);
    /// `ref.func`
    pub const REF_FUNC: Op = Op(0xC1);
    /// `closure.new`
    pub const CLOSURE_NEW: Op = Op(0xC2);
    /// `struct.new`
    pub const STRUCT_NEW: Op = Op(0xC3);
    /// `struct.get`
    pub const STRUCT_GET: Op = Op(0xC4);
    /// `struct.get_s`
    pub const STRUCT_GET_S: Op = Op(0xC5);
    /// `struct.get_u`
    pub const STRUCT_GET_U: Op = Op(0xC6);
    /// `struct.set`
    pub const STRUCT_SET: Op = Op(0xC7);
    /// `array.new`
    pub const ARRAY_NEW: Op = Op(0xC8);
    /// `array.new_default`
    pub const ARRAY_NEW_DEFAULT: Op = Op(0xC9);
    /// `array.new_fixed`
    pub const ARRAY_NEW_FIXED: Op = Op(0xCA);
    /// `array.get`
    pub const ARRAY_GET: Op = Op(0xCB);
    /// `array.get_s`
    pub const ARRAY_GET_S: Op = Op(0xCC);
    /// `array.get_u`
    pub const ARRAY_GET_U: Op = Op(0xCD);
    /// `array.set`
    pub const ARRAY_SET: Op = Op(0xCE);
    /// `array.len`
    pub const ARRAY_LEN: Op = Op(0xCF);
    /// `dyn.nil`
    pub const DYN_NIL: Op = Op(0xD0);
    /// `dyn.from_i32`
    pub const DYN_FROM_I32: Op = Op(0xD1);
    /// `dyn.from_f64`
    pub const DYN_FROM_F64: Op = Op(0xD2);
    /// `dyn.from_bool`
    pub const DYN_FROM_BOOL: Op = Op(0xD3);
    /// `dyn.from_ref`
    pub const DYN_FROM_REF: Op = Op(0xD4);
    /// `dyn.is_nil`
    pub const DYN_IS_NIL: Op = Op(0xD5);
    /// `dyn.is_i32`
    pub const DYN_IS_I32: Op = Op(0xD6);
    /// `dyn.is_f64`
    pub const DYN_IS_F64: Op = Op(0xD7);
    /// `dyn.is_bool`
    pub const DYN_IS_BOOL: Op = Op(0xD8);
    /// `dyn.is_ref`
    pub const DYN_IS_REF: Op = Op(0xD9);
    /// `dyn.to_i32`
    pub const DYN_TO_I32: Op = Op(0xDA);
    /// `dyn.to_f64`
    pub const DYN_TO_F64: Op = Op(0xDB);
    /// `dyn.to_num`
    pub const DYN_TO_NUM: Op = Op(0xDC);
    /// `dyn.to_bool`
    pub const DYN_TO_BOOL: Op = Op(0xDD);
    /// `dyn.to_ref`
    pub const DYN_TO_REF: Op = Op(0xDE);
    /// `dyn.same`
    pub const DYN_SAME: Op = Op(0xDF);
    /// `dyn.add`
    pub const DYN_ADD: Op = Op(0xE0);
    /// `dyn.sub`
    pub const DYN_SUB: Op = Op(0xE1);
    /// `dyn.mul`
    pub const DYN_MUL: Op = Op(0xE2);
    /// `dyn.div`
    pub const DYN_DIV: Op = Op(0xE3);
    /// `dyn.eq`
    pub const DYN_EQ: Op = Op(0xE4);
    /// `dyn.lt`
    pub const DYN_LT: Op = Op(0xE5);
    /// `dyn.le`
    pub const DYN_LE: Op = Op(0xE6);
    /// `dyn.gt`
    pub const DYN_GT: Op = Op(0xE7);
    /// `dyn.ge`
    pub const DYN_GE: Op = Op(0xE8);
    /// `dyn.get`
    pub const DYN_GET: Op = Op(0xE9);
    /// `dyn.set`
    pub const DYN_SET: Op = Op(0xEA);
    /// `dyn.invoke`
    pub const DYN_INVOKE: Op = Op(0xEB);
    /// `dyn.call`
    pub const DYN_CALL: Op = Op(0xEC);
    /// `i32.trunc_sat_f32_s`
    pub const I32_TRUNC_SAT_F32_S: Op = Op(0xF000);
    /// `i32.trunc_sat_f32_u`
    pub const I32_TRUNC_SAT_F32_U: Op = Op(0xF001);
    /// `i32.trunc_sat_f64_s`
    pub const I32_TRUNC_SAT_F64_S: Op = Op(0xF002);
    /// `i32.trunc_sat_f64_u`
    pub const I32_TRUNC_SAT_F64_U: Op = Op(0xF003);
    /// `i64.trunc_sat_f32_s`
    pub const I64_TRUNC_SAT_F32_S: Op = Op(0xF004);
    /// `i64.trunc_sat_f32_u`
    pub const I64_TRUNC_SAT_F32_U: Op = Op(0xF005);
    /// `i64.trunc_sat_f64_s`
    pub const I64_TRUNC_SAT_F64_S: Op = Op(0xF006);
    /// `i64.trunc_sat_f64_u`
    pub const I64_TRUNC_SAT_F64_U: Op = Op(0xF007);
    /// `memory.size`
    pub const MEMORY_SIZE: Op = Op(0xF008);
    /// `memory.grow`
    pub const MEMORY_GROW: Op = Op(0xF009);
    /// `memory.copy`
    pub const MEMORY_COPY: Op = Op(0xF00A);
    /// `memory.fill`
    pub const MEMORY_FILL: Op = Op(0xF00B);
    /// `memory.init`
    pub const MEMORY_INIT: Op = Op(0xF00C);
    /// `data.drop`
    pub const DATA_DROP: Op = Op(0xF00D);
    /// `table.get`
    pub const TABLE_GET: Op = Op(0xF00E);
    /// `table.set`
    pub const TABLE_SET: Op = Op(0xF00F);
    /// `table.size`
    pub const TABLE_SIZE: Op = Op(0xF010);
    /// `table.grow`
    pub const TABLE_GROW: Op = Op(0xF011);
    /// `table.fill`
    pub const TABLE_FILL: Op = Op(0xF012);
    /// `table.copy`
    pub const TABLE_COPY: Op = Op(0xF013);
    /// `table.init`
    pub const TABLE_INIT: Op = Op(0xF014);
    /// `elem.drop`
    pub const ELEM_DROP: Op = Op(0xF015);
    /// `struct.new_default`
    pub const STRUCT_NEW_DEFAULT: Op = Op(0xF016);
    /// `array.copy`
    pub const ARRAY_COPY: Op = Op(0xF017);
    /// `array.fill`
    pub const ARRAY_FILL: Op = Op(0xF018);
    /// `array.new_data`
    pub const ARRAY_NEW_DATA: Op = Op(0xF019);
    /// `array.init_data`
    pub const ARRAY_INIT_DATA: Op = Op(0xF01A);
    /// `exn.payload`
    pub const EXN_PAYLOAD: Op = Op(0xF01B);
    /// `exn.code`
    pub const EXN_CODE: Op = Op(0xF01C);
    /// `weak.new`
    pub const WEAK_NEW: Op = Op(0xF01D);
    /// `weak.get`
    pub const WEAK_GET: Op = Op(0xF01E);
    /// `dyn.neg`
    pub const DYN_NEG: Op = Op(0xF01F);
    /// `dyn.idiv`
    pub const DYN_IDIV: Op = Op(0xF020);
    /// `dyn.mod`
    pub const DYN_MOD: Op = Op(0xF021);
    /// `dyn.and`
    pub const DYN_AND: Op = Op(0xF022);
    /// `dyn.or`
    pub const DYN_OR: Op = Op(0xF023);
    /// `dyn.xor`
    pub const DYN_XOR: Op = Op(0xF024);
    /// `dyn.is_symbol`
    pub const DYN_IS_SYMBOL: Op = Op(0xF025);
    /// `dyn.is_map`
    pub const DYN_IS_MAP: Op = Op(0xF026);
    /// `dyn.is_object`
    pub const DYN_IS_OBJECT: Op = Op(0xF027);
    /// `symbol.const`
    pub const SYMBOL_CONST: Op = Op(0xF028);
    /// `symbol.from_array`
    pub const SYMBOL_FROM_ARRAY: Op = Op(0xF029);
    /// `symbol.to_array`
    pub const SYMBOL_TO_ARRAY: Op = Op(0xF02A);
    /// `symbol.concat`
    pub const SYMBOL_CONCAT: Op = Op(0xF02B);
    /// `symbol.slice`
    pub const SYMBOL_SLICE: Op = Op(0xF02C);
    /// `symbol.compare`
    pub const SYMBOL_COMPARE: Op = Op(0xF02D);
    /// `symbol.byte`
    pub const SYMBOL_BYTE: Op = Op(0xF02E);
    /// `symbol.len`
    pub const SYMBOL_LEN: Op = Op(0xF02F);
    /// `symbol.hash`
    pub const SYMBOL_HASH: Op = Op(0xF030);
    /// `map.new`
    pub const MAP_NEW: Op = Op(0xF031);
    /// `map.get`
    pub const MAP_GET: Op = Op(0xF032);
    /// `map.set`
    pub const MAP_SET: Op = Op(0xF033);
    /// `map.has`
    pub const MAP_HAS: Op = Op(0xF034);
    /// `map.delete`
    pub const MAP_DELETE: Op = Op(0xF035);
    /// `map.len`
    pub const MAP_LEN: Op = Op(0xF036);
    /// `map.next`
    pub const MAP_NEXT: Op = Op(0xF037);
    /// `map.key`
    pub const MAP_KEY: Op = Op(0xF038);
    /// `map.value`
    pub const MAP_VALUE: Op = Op(0xF039);
    /// `object.new`
    pub const OBJECT_NEW: Op = Op(0xF03A);
    /// `object.get`
    pub const OBJECT_GET: Op = Op(0xF03B);
    /// `object.find`
    pub const OBJECT_FIND: Op = Op(0xF03C);
    /// `object.has`
    pub const OBJECT_HAS: Op = Op(0xF03D);
    /// `object.put`
    pub const OBJECT_PUT: Op = Op(0xF03E);
    /// `object.define`
    pub const OBJECT_DEFINE: Op = Op(0xF03F);
    /// `object.delete`
    pub const OBJECT_DELETE: Op = Op(0xF040);
    /// `object.proto`
    pub const OBJECT_PROTO: Op = Op(0xF041);
    /// `object.set_proto`
    pub const OBJECT_SET_PROTO: Op = Op(0xF042);
    /// `object.data`
    pub const OBJECT_DATA: Op = Op(0xF043);
    /// `object.set_data`
    pub const OBJECT_SET_DATA: Op = Op(0xF044);
    /// `object.seal`
    pub const OBJECT_SEAL: Op = Op(0xF045);
    /// `object.len`
    pub const OBJECT_LEN: Op = Op(0xF046);
    /// `object.key`
    pub const OBJECT_KEY: Op = Op(0xF047);
    /// `object.attributes`
    pub const OBJECT_ATTRIBUTES: Op = Op(0xF048);
    /// `object.expect`
    pub const OBJECT_EXPECT: Op = Op(0xF049);
}
