/* module.c - tests of the module layer: types, look-ups, binary round trips and malformed input.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "module.h"

static vmi_alloc plain(void) { return vmi_alloc_from(NULL); }

static void *keep(vmi_module *m, const void *bytes, size_t n)
{
  void *p = vmi_arena_copy(&m->arena, bytes, n, 1);
  assert_non_null(p);
  return p;
}
#define KEEP(m, ...) keep((m), &(__VA_ARGS__), sizeof(__VA_ARGS__))
#define STR(s) {(s), sizeof(s) - 1}

/* ---- a module with an entry in every section ---- */

static const uint8_t code_work[] = {
  VMI_OP_LOCAL_GET, 0, VMI_OP_BR_IF, 0, VMI_OP_I32_CONST, 1, VMI_OP_SWITCH, 0,
  VMI_OP_UNREACHABLE, VMI_OP_EXN_PAYLOAD >> 8, VMI_OP_EXN_PAYLOAD & 0xFF, VMI_OP_THROW,
};
static const uint8_t code_none[] = {VMI_OP_RETURN};

static void fill_types(vmi_module *m)
{
  m->ntypes = 4;
  m->types = KEEP(m, (vmi_typedef[]){
    {.kind = VMI_DEF_STRUCT, .super = VMI_NO_INDEX, .nfields = 2, .name = STR("Point")},
    {.kind = VMI_DEF_STRUCT, .super = 0, .nfields = 3},
    {.kind = VMI_DEF_ARRAY, .super = VMI_NO_INDEX, .nfields = 1, .name = STR("Bytes")},
    {.kind = VMI_DEF_FUNC, .super = VMI_NO_INDEX, .nparams = 1, .nresults = 2}});
  m->types[0].fields = KEEP(m, (vmi_field[]){{VM_I16, false, 0}, {VM_REF_NULL(2), true, 0}});
  m->types[0].field_names = KEEP(m, (vmi_str[]){{"", 0}, STR("next")});
  m->types[1].fields = KEEP(m, (vmi_field[]){{VM_I16, false, 0}, {VM_REF_NULL(2), true, 0},
                                             {VM_DYN, true, 0}});
  m->types[2].fields = KEEP(m, (vmi_field[]){{VM_I8, true, 0}});
  m->types[3].params = KEEP(m, (vm_type[]){VM_I32});
  m->types[3].results = KEEP(m, (vm_type[]){VM_F64, VM_REF(VM_HEAP_EXTERN)});
  for (int i = 0; i < 3; i++) assert_true(vmi_layout(&m->types[i]));
}

static void fill_code(vmi_module *m)
{
  m->nfuncs = 3;
  m->nimported_funcs = 1;
  m->funcs = vmi_arena_new(&m->arena, 3, sizeof *m->funcs);
  for (int i = 0; i < 3; i++) {
    m->funcs[i].type = 3;
    m->funcs[i].file = VMI_NO_INDEX;
  }
  vmi_func *f = &m->funcs[1];
  f->name = (vmi_str)STR("work");
  f->nlocals = 5;
  f->locals = KEEP(m, (vm_type[]){VM_I32, VM_I64, VM_I64, VM_F32, VM_I64});
  f->local_names = KEEP(m, (vmi_str[]){STR("x"), {"", 0}, {"", 0}, STR("y"), {"", 0}});
  f->nlabels = 2;
  f->labels = KEEP(m, (vmi_label[]){{.offset = 0, .name = STR("top")}, {.offset = 8, .ntypes = 1}});
  ((vmi_label *)f->labels)[1].types = KEEP(m, (vm_type[]){VM_REF(VM_HEAP_EXN)});
  f->nswitches = 1;
  f->switches = KEEP(m, (vmi_switch[]){{2, NULL}});
  ((vmi_switch *)f->switches)[0].labels = KEEP(m, (uint32_t[]){0, 0, 0});
  f->nhandlers = 1;
  f->handlers = KEEP(m, (vmi_handler[]){{0, 4, 1}});
  f->code = code_work;
  f->code_size = sizeof code_work;
  f->file = 0;
  f->nlines = 3;
  f->lines = KEEP(m, (vmi_line[]){{0, 10}, {4, 4000000000u}, {4, 7}});
  f = &m->funcs[2];
  f->has_env = true;
  f->env = VM_REF(0);
  f->nlocals = 2;
  f->locals = KEEP(m, (vm_type[]){VM_I32, VM_REF(0)});
  f->code = code_none;
  f->code_size = sizeof code_none;
}

static void fill_items(vmi_module *m)
{
  m->nimports = 5;
  m->imports = KEEP(m, (vmi_import[]){{STR("a"), STR("f"), VMI_EXTERN_FUNC, 0},
                                      {STR("a"), STR("t"), VMI_EXTERN_TABLE, 0},
                                      {STR("a"), STR("m"), VMI_EXTERN_MEMORY, 0},
                                      {STR("a"), STR("g"), VMI_EXTERN_GLOBAL, 0},
                                      {STR("a"), STR("T"), VMI_EXTERN_TYPE, 1}});
  m->nimported_tables = m->nimported_memories = m->nimported_globals = 1;
  m->ntables = 2;
  m->tables = KEEP(m, (vmi_table[]){{.type = VM_REF_NULL(VM_HEAP_FUNC), .min = 0, .max = 7},
                                    {.type = VM_REF_NULL(3), .min = 3, .max = VMI_NO_INDEX}});
  m->nmemories = 2;
  m->memories = KEEP(m, (vmi_memory[]){{.min = 1, .max = 65536, .name = STR("mem")},
                                       {.min = 0, .max = VMI_NO_INDEX}});
  static vmi_init sum_ops[] = {{VMI_INIT_GLOBAL, {0}}, {VMI_INIT_CONST, {7}}, {VMI_INIT_ADD, {0}}};
  static const vmi_init_expr sum = {3, sum_ops};
  m->nglobals = 8;
  m->globals = KEEP(m, (vmi_global[]){
    {.type = VM_I32},
    {.type = VM_I32, .mut = true, .init = {VMI_INIT_CONST, {0xFFFFFFFE}}, .name = STR("count")},
    {.type = VM_I64, .init = {VMI_INIT_CONST, {UINT64_MAX / 3}}},
    {.type = VM_F32, .init = {VMI_INIT_CONST, {0x7FA00001}}},
    {.type = VM_F64, .init = {VMI_INIT_CONST, {0x8000000000000000ull}}},
    {.type = VM_DYN, .init = {VMI_INIT_CONST, {7}}},
    {.type = VM_REF_NULL(3), .init = {VMI_INIT_FUNC, {1}}},
    {.type = VM_I32, .init = {.kind = VMI_INIT_EXPR, .expr = &sum}}});
  m->nexports = 2;
  m->exports = KEEP(m, (vmi_export[]){{STR("main"), VMI_EXTERN_FUNC, 0},
                                      {STR(""), VMI_EXTERN_MEMORY, 1}});
  m->start = 1;
  m->nelems = 1;
  m->elems = KEEP(m, (vmi_elem[]){{.mode = VMI_ACTIVE, .table = 1, .offset = {VMI_INIT_GLOBAL, {0}},
                                   .type = VM_REF_NULL(3), .count = 2, .name = STR("fns")}});
  m->elems[0].items = KEEP(m, (vmi_init[]){{VMI_INIT_NULL, {0}}, {VMI_INIT_FUNC, {1}}});
  m->ndatas = 2;
  m->datas = KEEP(m, (vmi_data[]){{.mode = VMI_PASSIVE, .bytes = code_work, .size = 5},
                                  {.mode = VMI_ACTIVE, .memory = 1, .bytes = code_none, .size = 0,
                                   .offset = {VMI_INIT_CONST, {0x80000000}}}});
  m->nfiles = 1;
  m->files = KEEP(m, (vmi_str[]){STR("shapes.src")});
  m->name = (vmi_str)STR("shapes");
  m->producers = (vmi_str)STR("unit test");
}

static vmi_module *full_module(void)
{
  vmi_alloc a = plain();
  vmi_module *m = vmi_module_new(&a);
  assert_non_null(m);
  fill_types(m);
  fill_code(m);
  fill_items(m);
  return m;
}

static uint8_t *write_bytes(const vmi_module *m, size_t *size)
{
  vmi_alloc a = plain();
  vm_error e = VM_ERROR_INIT;
  uint8_t *bytes = NULL;
  vm_status status = vmi_module_write(&a, m, &bytes, size, &e);
  if (status != VM_OK) fail_msg("write: %s", e.message);
  return bytes;
}

static vm_status read_bytes(const uint8_t *bytes, size_t size, vmi_module **m, vm_error *e)
{
  vmi_alloc a = plain();
  /* A copy of the exact size lets the sanitizer see a read past the end. */
  uint8_t *copy = malloc(size + 1);
  assert_non_null(copy);
  memmove(copy + 1, bytes, size);
  vm_status status = vmi_module_read(&a, copy + 1, size, m, e);
  free(copy);
  return status;
}

/* ---- round trips ---- */

static void test_round_trip(void **state)
{
  vmi_module *m = full_module(), *again = NULL;
  vmi_alloc a = plain();
  vm_error e = VM_ERROR_INIT;
  size_t size, size2;
  uint8_t *bytes = write_bytes(m, &size);
  if (read_bytes(bytes, size, &again, &e) != VM_OK) fail_msg("read: %s", e.message);
  uint8_t *bytes2 = write_bytes(again, &size2);
  assert_int_equal(size, size2);
  assert_memory_equal(bytes, bytes2, size);
  const vmi_func *f = &again->funcs[1];
  assert_string_equal(f->name.data, "work");
  assert_string_equal(f->local_names[3].data, "y");
  assert_string_equal(f->labels[0].name.data, "top");
  assert_int_equal(f->nlocals, 5);
  assert_int_equal(f->locals[4], VM_I64);
  assert_int_equal(f->labels[1].types[0], VM_REF(VM_HEAP_EXN));
  assert_memory_equal(f->code, code_work, sizeof code_work);
  assert_memory_equal(bytes + f->code_offset, code_work, sizeof code_work);
  assert_int_equal(vmi_func_line(f, 3), 10);
  assert_int_equal(vmi_func_line(f, 5), 7);
  assert_int_equal(again->funcs[2].env, VM_REF(0));
  assert_int_equal(again->globals[1].init.bits, 0xFFFFFFFE);
  assert_int_equal(again->datas[1].offset.bits, 0x80000000);
  assert_int_equal(again->types[1].size, 32);
  assert_string_equal(again->types[0].field_names[1].data, "next");
  assert_string_equal(again->producers.data, "unit test");
  assert_string_equal(vmi_func_name(again, 0), "main"); /* by its export */
  assert_null(vmi_func_name(again, 2));
  uint64_t hash[2];
  vmi_hash(bytes, size, hash);
  assert_memory_equal(hash, again->hash, sizeof hash);
  vmi_free(&a, bytes, size);
  vmi_free(&a, bytes2, size2);
  vmi_module_free(again);
  vmi_module_free(m);
}

static void test_empty(void **state)
{
  static const uint8_t header[] = {0, 'v', 'm', 1, 1, 0, 0, 0};
  vmi_module *m = NULL;
  vmi_alloc a = plain();
  size_t size;
  assert_int_equal(read_bytes(header, sizeof header, &m, NULL), VM_OK);
  uint8_t *bytes = write_bytes(m, &size);
  assert_int_equal(size, sizeof header);
  assert_memory_equal(bytes, header, size);
  vmi_free(&a, bytes, size);
  vmi_module_free(m);
}

/* The hash is part of the format's promise: the same on every host. */
static void test_hash(void **state)
{
  uint64_t a[2], b[2], c[2];
  vmi_hash((const uint8_t *)"libvm 123456789", 15, a);
  vmi_hash((const uint8_t *)"libvm 123456788", 15, b);
  vmi_hash((const uint8_t *)"libvm 12345678", 14, c);
  assert_true(a[0] != b[0] && a[1] != b[1]);
  assert_true(b[0] != c[0] && b[1] != c[1]);
}

/* ---- malformed input ---- */

static void test_truncated(void **state)
{
  vmi_module *m = full_module();
  vmi_alloc a = plain();
  size_t size;
  uint8_t *bytes = write_bytes(m, &size);
  unsigned accepted = 0;
  for (size_t n = 0; n < size; n++) {
    vmi_module *cut = NULL;
    vm_error e = VM_ERROR_INIT;
    vm_status status = read_bytes(bytes, n, &cut, &e);
    if (status == VM_OK) { /* the cut fell between sections: an optional one is missing */
      size_t again_size;
      uint8_t *again = write_bytes(cut, &again_size);
      assert_int_equal(again_size, n);
      assert_memory_equal(again, bytes, n);
      vmi_free(&a, again, again_size);
      vmi_module_free(cut);
      accepted++;
      continue;
    }
    assert_null(cut);
    assert_int_equal(status, VM_MALFORMED);
    assert_int_not_equal(e.message[0], 0);
    assert_true(e.offset <= n);
  }
  assert_true(accepted <= 8);
  vmi_free(&a, bytes, size);
  vmi_module_free(m);
}

/* Whatever one changed byte makes of the file: it is refused, or it is canonical. */
static void test_changed_bytes(void **state)
{
  static const uint8_t masks[] = {0x01, 0x80, 0xFF, 0x7F, 0x10};
  vmi_module *m = full_module();
  vmi_alloc a = plain();
  size_t size;
  uint8_t *bytes = write_bytes(m, &size);
  for (size_t at = 0; at < size; at++) {
    for (size_t k = 0; k < sizeof masks; k++) {
      vmi_module *other = NULL;
      bytes[at] ^= masks[k];
      if (read_bytes(bytes, size, &other, NULL) == VM_OK) {
        size_t n;
        uint8_t *again = write_bytes(other, &n);
        assert_int_equal(n, size);
        assert_memory_equal(again, bytes, size);
        vmi_free(&a, again, n);
        vmi_module_free(other);
      }
      bytes[at] ^= masks[k];
    }
  }
  vmi_free(&a, bytes, size);
  vmi_module_free(m);
}

typedef struct meter {
  size_t live, peak;
} meter;

static void *metered_resize(void *user, void *block, size_t old_size, size_t new_size)
{
  meter *t = user;
  vmi_alloc real = vmi_alloc_from(NULL);
  t->live += new_size - (block != NULL ? old_size : 0);
  if (t->live > t->peak) t->peak = t->live;
  return real.resize(real.user, block, old_size, new_size);
}

typedef struct bad {
  const char *bytes;
  size_t size;
  vm_status status;
  const char *part;
} bad;
#define HEADER "\0vm\x01\x01\0\0\0"
#define BAD(s, status, part) {HEADER s, sizeof(HEADER s) - 1, status, part}

static const bad bads[] = {
  {"", 0, VM_MALFORMED, "fewer than 8 bytes"},
  {"\0wm\x01\x01\0\0\0", 8, VM_MALFORMED, "magic"},
  {"\0vm\x01\x02\0\0\0", 8, VM_MALFORMED, "expected format version 1, found 2"},
  BAD("\x10\x01\x00", VM_MALFORMED, "found section id 16"),
  BAD("\x01\x01\x00", VM_MALFORMED, "expected no section for none of them"),
  BAD("\x01\x81\x00\x00", VM_MALFORMED, "LEB128"),
  BAD("\x01\x05\x01\x60\x00\x00", VM_MALFORMED, "expected 5 bytes, found 4"),
  BAD("\x01\x05\x01\x60\x00\x00\x00", VM_MALFORMED, "expected its end, found 1 bytes more"),
  BAD("\x01\x04\x01\x61\x00\x00", VM_MALFORMED, "type's form"),
  BAD("\x01\x04\xA1\x8D\x06\x00", VM_LIMIT, "types: expected at most 100000, found 100001"),
  BAD("\x01\x04\xA0\x8D\x06\x00", VM_MALFORMED, "types: 100000 need at least 300000 bytes"),
  BAD("\x01\x04\x01\x5F\x02\x00", VM_INVALID, "supertype: expected an index below 1"),
  BAD("\x01\x04\x01\x5E\x7F\x02", VM_MALFORMED, "mutability: expected 0 or 1"),
  BAD("\x01\x06\x01\x5E\x63\x00\x01\x00", VM_INVALID, "type 1 does not exist"),
  BAD("\x01\x04\x01\x60\xE9\x07", VM_LIMIT, "parameters: expected at most 1000, found 1001"),
  BAD("\x05\x03\x01\x00\x00", VM_OK, ""),
  BAD("\x05\x05\x01\x00\x81\x80\x04", VM_LIMIT, "memory pages: expected at most 65536"),
  BAD("\x05\x04\x01\x01\x02\x01", VM_INVALID, "expected a maximum of 2 or more"),
  BAD("\x05\x03\x01\x00\x00\x04\x04\x01\x7F\x00\x00", VM_MALFORMED, "found section id 4"),
  BAD("\x06\x04\x01\x7F\x00\x08", VM_MALFORMED, "expected a kind of 0 to 4, found 8"),
  BAD("\x06\x08\x01\x7F\x00\x04\x02\x03\x00\x05", VM_MALFORMED, "expected 3 operations or more"),
  BAD("\x06\x09\x01\x7F\x00\x04\x03\x05\x05\x08\x05", VM_MALFORMED, "expected an operation"),
  BAD("\x08\x01\x00", VM_INVALID, "start function: expected an index below 0"),
  BAD("\x01\x04\x01\x60\x00\x00\x03\x03\x01\x00\x00", VM_MALFORMED, "expected a code section"),
  BAD("\x0B\x01\x00", VM_MALFORMED, "expected no code section"),
  BAD("\x0C\x09\x00\x00\x00\x00\x00\x00\x00\x00\x00", VM_MALFORMED, "names: expected some"),
  BAD("\x0F\x02\x01\x00", VM_MALFORMED, "NUL"),
  BAD("\x0F\x01\x00", VM_MALFORMED, "producers: expected a text"),
};

static void test_malformed(void **state)
{
  for (size_t i = 0; i < VMI_COUNT(bads); i++) {
    const bad *b = &bads[i];
    vm_error e = VM_ERROR_INIT;
    vmi_module *m = NULL;
    vm_status status = read_bytes((const uint8_t *)b->bytes, b->size, &m, &e);
    if (status != b->status || strstr(e.message, b->part) == NULL) {
      fail_msg("case %zu: expected %d \"%s\", found %d \"%s\"", i, b->status, b->part, status,
               e.message);
    }
    vmi_module_free(m);
  }
}

/* One function () -> () whose body is `body`. */
static vm_status read_with_body(const char *body, size_t n, vmi_module **m, vm_error *e, meter *t)
{
  static const uint8_t head[] = {0, 'v', 'm', 1, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 3, 1, 0, 0,
                                 11};
  uint8_t bytes[256];
  vm_allocator hook = {metered_resize, t};
  vmi_alloc a = vmi_alloc_from(&hook);
  assert_true(n < 100);
  memcpy(bytes, head, sizeof head);
  bytes[sizeof head] = (uint8_t)(n + 1);
  bytes[sizeof head + 1] = (uint8_t)n;
  memcpy(bytes + sizeof head + 2, body, n);
  return vmi_module_read(&a, bytes, sizeof head + 2 + n, m, e);
}

static const bad bodies[] = {
  /* locals, labels, switches, handlers, size, code */
  {"\x00\x00\x00\x00\x01\x08", 6, VM_OK, ""},
  {"\x01\xD0\x86\x03\x7F\x00\x00\x00\x01\x08", 10, VM_OK, ""}, /* 50,000 locals */
  {"\x01\xD1\x86\x03\x7F\x00\x00\x00\x01\x08", 10, VM_LIMIT, "locals: expected at most 50000"},
  {"\x01\xFF\xFF\xFF\xFF\x0F\x7F\x00\x00\x00\x01\x08", 12, VM_LIMIT, "locals"},
  {"\x01\x00\x7F\x00\x00\x00\x01\x08", 8, VM_MALFORMED, "expected one or more of a type"},
  {"\x02\x01\x7F\x01\x7F\x00\x00\x00\x01\x08", 10, VM_MALFORMED, "expected another type than"},
  {"\x00\xC0\x84\x3D\x00\x00", 6, VM_MALFORMED, "labels: 1000000 need"},
  {"\x00\x01\x01\x00\x00\x00\x01\x08", 8, VM_INVALID, "label 0: expected an offset below 1"},
  {"\x00\x02\x00\x00\xFF\xFF\xFF\xFF\x0F\x00\x00\x00\x01\x08", 14, VM_LIMIT, "label: expected"},
  {"\x00\x01\x00\x90\x4E\x00\x00\x01\x08", 9, VM_MALFORMED, "label's types: 10000 need"},
  {"\x00\x01\x00\x00\x01\x01\x00\x01\x00\x01\x08", 11, VM_INVALID,
   "label: expected an index below 1"},
  {"\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01\x08", 11, VM_INVALID, "handler 0: expected a range"},
  {"\x00\x01\x00\x00\x00\x01\x00\x02\x00\x01\x08", 11, VM_INVALID, "handler 0: expected a range"},
  {"\x00\x01\x00\x00\x00\x01\x00\x01\x01\x01\x08", 11, VM_INVALID,
   "label: expected an index below 1"},
  {"\x00\x00\x00\x00\x02\x08", 6, VM_MALFORMED, "code size: 2 need"},
  {"\x00\x00\x00\x00\x01\x08\x08", 7, VM_MALFORMED, "function body: expected its end"},
};

static void test_bodies(void **state)
{
  for (size_t i = 0; i < VMI_COUNT(bodies); i++) {
    const bad *b = &bodies[i];
    vm_error e = VM_ERROR_INIT;
    vmi_module *m = NULL;
    meter t = {0, 0};
    vm_status status = read_with_body(b->bytes, b->size, &m, &e, &t);
    if (status != b->status || strstr(e.message, b->part) == NULL) {
      fail_msg("body %zu: expected %d \"%s\", found %d \"%s\"", i, b->status, b->part, status,
               e.message);
    }
    assert_true(t.peak < 1 << 20); /* a few bytes never ask for a megabyte */
    vmi_module_free(m);
    assert_int_equal(t.live, 0);
  }
}

/* ---- types ---- */

static void test_subtypes(void **state)
{
  vmi_alloc a = plain();
  vmi_module *m = vmi_module_new(&a);
  vmi_field ints[] = {{VM_I32, true, 0}}, constants[] = {{VM_I32, false, 0}};
  vmi_field nested[] = {{VM_REF(2), true, 0}}, nested2[] = {{VM_REF(3), true, 0}};
  vm_type one[] = {VM_REF_NULL(5)}, two[] = {VM_REF_NULL(6)};
  vmi_typedef types[] = {
    {.kind = VMI_DEF_STRUCT, .super = VMI_NO_INDEX},
    {.kind = VMI_DEF_STRUCT, .super = 0, .depth = 1},
    {.kind = VMI_DEF_ARRAY, .nfields = 1, .fields = ints},
    {.kind = VMI_DEF_ARRAY, .nfields = 1, .fields = ints},
    {.kind = VMI_DEF_ARRAY, .nfields = 1, .fields = constants},
    {.kind = VMI_DEF_ARRAY, .nfields = 1, .fields = nested},
    {.kind = VMI_DEF_ARRAY, .nfields = 1, .fields = nested2},
    {.kind = VMI_DEF_FUNC, .nparams = 1, .params = one, .nresults = 1, .results = two},
    {.kind = VMI_DEF_FUNC, .nparams = 1, .params = two, .nresults = 1, .results = one},
    {.kind = VMI_DEF_FUNC, .nparams = 1, .params = two},
    {.kind = VMI_DEF_STRUCT, .super = VMI_NO_INDEX}};
  m->types = types;
  m->ntypes = VMI_COUNT(types);
  for (int pass = 0; pass < 2; pass++) { /* by comparison, then by vmi_types_unify */
    assert_true(vmi_subtype(m, VM_REF(1), VM_REF_NULL(0)));
    assert_false(vmi_subtype(m, VM_REF_NULL(1), VM_REF(0)));
    assert_false(vmi_subtype(m, VM_REF(0), VM_REF(1)));
    assert_false(vmi_subtype(m, VM_REF(0), VM_REF(10)));
    assert_true(vmi_subtype(m, VM_REF(2), VM_REF(3)));
    assert_true(vmi_subtype(m, VM_REF(3), VM_REF(2)));
    assert_false(vmi_subtype(m, VM_REF(2), VM_REF(4)));
    assert_true(vmi_subtype(m, VM_REF(5), VM_REF(6)));
    assert_true(vmi_subtype(m, VM_REF(7), VM_REF(8)));
    assert_false(vmi_subtype(m, VM_REF(8), VM_REF(9)));
    assert_true(vmi_subtype(m, VM_REF(1), VM_REF(VM_HEAP_STRUCT)));
    assert_true(vmi_subtype(m, VM_REF(4), VM_REF(VM_HEAP_ARRAY)));
    assert_true(vmi_subtype(m, VM_REF(9), VM_REF(VM_HEAP_FUNC)));
    assert_false(vmi_subtype(m, VM_REF(9), VM_REF(VM_HEAP_STRUCT)));
    assert_true(vmi_subtype(m, VM_REF(9), VM_REF(VM_HEAP_ANY)));
    assert_true(vmi_subtype(m, VM_REF(VM_HEAP_EXN), VM_REF_NULL(VM_HEAP_ANY)));
    assert_false(vmi_subtype(m, VM_REF(VM_HEAP_ANY), VM_REF(VM_HEAP_STRUCT)));
    assert_false(vmi_subtype(m, VM_REF(VM_HEAP_STRUCT), VM_REF(0)));
    assert_false(vmi_subtype(m, VM_REF(0), VM_DYN));
    assert_false(vmi_subtype(m, VM_I32, VM_I64));
    assert_true(vmi_types_unify(m, &a));
  }
  assert_int_equal(types[3].same, types[2].same);
  assert_false(vmi_type_valid(m, VM_REF(11), false));
  assert_false(vmi_type_valid(m, VM_I8, false));
  assert_true(vmi_type_valid(m, VM_I8, true));
  assert_false(vmi_type_valid(m, VM_I32 | 1, false));
  assert_false(vmi_type_valid(m, VM_REF(0) | 0x01000000, false));
  assert_false(vmi_type_valid(m, VM_TYPE(6), true));
  m->types = NULL;
  m->ntypes = 0;
  vmi_module_free(m);
}

/* A chain of function types whose structure doubles at each step: no comparison may unfold it. */
static void test_deep_types(void **state)
{
  enum { N = 200 };
  vmi_alloc a = plain();
  vmi_module *m = vmi_module_new(&a);
  m->types = vmi_arena_new(&m->arena, 2 * N, sizeof *m->types);
  m->ntypes = 2 * N;
  for (uint32_t i = 0; i < 2 * N; i++) {
    m->types[i].kind = VMI_DEF_FUNC;
    if (i < 2) continue;
    m->types[i].nparams = 2;
    m->types[i].params = KEEP(m, (vm_type[]){VM_REF(i - 2), VM_REF(i - 2)});
  }
  vmi_heap_subtype(m, 2 * N - 1, 2 * N - 2); /* gives up, in bounded time */
  assert_true(vmi_types_unify(m, &a));
  assert_true(vmi_heap_subtype(m, 2 * N - 1, 2 * N - 2));
  assert_false(vmi_heap_subtype(m, 2 * N - 1, 2 * N - 3));
  vmi_module_free(m);
}

static void test_layout(void **state)
{
  vmi_field f[] = {{VM_I8, true, 0}, {VM_F64, true, 0}, {VM_I16, true, 0}, {VM_I8, true, 0},
                   {VM_I32, true, 0}, {VM_DYN, true, 0}, {VM_I8, true, 0}};
  vmi_typedef t = {.kind = VMI_DEF_STRUCT, .nfields = 7, .fields = f};
  static const uint32_t offsets[] = {8, 16, 24, 26, 28, 32, 40};
  assert_true(vmi_layout(&t));
  for (int i = 0; i < 7; i++) assert_int_equal(f[i].offset, offsets[i]);
  assert_int_equal(t.size, 48);
  t = (vmi_typedef){.kind = VMI_DEF_ARRAY, .nfields = 1, .fields = f + 2};
  assert_true(vmi_layout(&t));
  assert_int_equal(t.size, 2);
}

static void test_lookups(void **state)
{
  const vmi_handler handlers[] = {{4, 8, 0}, {2, 8, 1}, {10, 12, 2}, {0, 20, 3}};
  const vmi_func f = {.nhandlers = 4, .handlers = handlers};
  assert_int_equal(vmi_func_handler(&f, 5)->label, 0);
  assert_int_equal(vmi_func_handler(&f, 3)->label, 1);
  assert_int_equal(vmi_func_handler(&f, 1)->label, 3);
  assert_int_equal(vmi_func_handler(&f, 8)->label, 3);
  assert_int_equal(vmi_func_handler(&f, 11)->label, 2);
  assert_null(vmi_func_handler(&f, 20));
  assert_int_equal(vmi_func_line(&f, 0), 0);
}

static void test_type_text(void **state)
{
  vmi_module *m = full_module();
  char b[64];
  assert_string_equal(vmi_type_text(m, VM_REF_NULL(0), b, sizeof b), "(ref null Point)");
  assert_string_equal(vmi_type_text(m, VM_REF(1), b, sizeof b), "(ref 1)");
  assert_string_equal(vmi_type_text(m, VM_REF(VM_HEAP_EXN), b, sizeof b), "(ref exn)");
  assert_string_equal(vmi_type_text(m, VM_I16, b, sizeof b), "i16");
  vmi_module_free(m);
}

static void test_unwritable(void **state)
{
  vmi_module *m = full_module();
  vmi_alloc a = plain();
  uint8_t *bytes = NULL;
  size_t size = 1;
  vm_error e = VM_ERROR_INIT;
  m->name = (vmi_str){"a\0b", 3};
  assert_int_equal(vmi_module_write(&a, m, &bytes, &size, &e), VM_INVALID);
  assert_null(bytes);
  m->name = (vmi_str){"a", 1};
  m->imports[0].index = 1;
  assert_int_equal(vmi_module_write(&a, m, &bytes, &size, &e), VM_INVALID);
  vmi_module_free(m);
}

/* The sum of all locals is bounded: the writer refuses what the reader would. */
static void test_many_locals(void **state)
{
  enum { FUNCS = 40, LOCALS = 40000 };
  static vm_type locals[LOCALS];
  vmi_alloc a = plain();
  vmi_module *m = vmi_module_new(&a);
  vm_error e = VM_ERROR_INIT;
  uint8_t *bytes = NULL;
  size_t size = 0;
  m->ntypes = 1;
  m->types = KEEP(m, (vmi_typedef[]){{.kind = VMI_DEF_FUNC}});
  m->nfuncs = FUNCS;
  m->funcs = vmi_arena_new(&m->arena, FUNCS, sizeof *m->funcs);
  for (int i = 0; i < FUNCS; i++) {
    m->funcs[i] = (vmi_func){.nlocals = LOCALS, .locals = locals, .code = code_none,
                             .code_size = sizeof code_none, .file = VMI_NO_INDEX};
  }
  assert_int_equal(vmi_module_write(&a, m, &bytes, &size, &e), VM_LIMIT);
  assert_non_null(strstr(e.message, "locals"));
  vmi_module_free(m);
}

typedef struct countdown {
  meter meter;
  long left;
} countdown;

static void *failing_resize(void *user, void *block, size_t old_size, size_t new_size)
{
  countdown *c = user;
  if (new_size != 0 && c->left-- <= 0) return NULL;
  return metered_resize(&c->meter, block, old_size, new_size);
}

static void test_out_of_memory(void **state)
{
  vmi_module *m = full_module();
  size_t size, n = 0;
  uint8_t *bytes = write_bytes(m, &size), *again = NULL;
  vm_status status = VM_MEMORY;
  for (long left = 0; status != VM_OK; left++) {
    countdown c = {{0, 0}, left};
    vm_allocator hook = {failing_resize, &c};
    vmi_alloc a = vmi_alloc_from(&hook);
    vmi_module *copy = NULL;
    vm_error e = VM_ERROR_INIT;
    status = vmi_module_read(&a, bytes, size, &copy, &e);
    if (status == VM_OK) status = vmi_module_write(&a, copy, &again, &n, &e);
    if (status == VM_OK) vmi_free(&a, again, n);
    vmi_module_free(copy);
    assert_int_equal(c.meter.live, 0);
    assert_true(status == VM_OK || status == VM_MEMORY);
    assert_true(left < 1000);
  }
  vmi_alloc a = plain();
  vmi_free(&a, bytes, size);
  vmi_module_free(m);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_round_trip),    cmocka_unit_test(test_empty),
    cmocka_unit_test(test_hash),          cmocka_unit_test(test_truncated),
    cmocka_unit_test(test_changed_bytes), cmocka_unit_test(test_malformed),
    cmocka_unit_test(test_bodies),        cmocka_unit_test(test_subtypes),
    cmocka_unit_test(test_deep_types),    cmocka_unit_test(test_layout),
    cmocka_unit_test(test_lookups),       cmocka_unit_test(test_type_text),
    cmocka_unit_test(test_unwritable),    cmocka_unit_test(test_many_locals),
    cmocka_unit_test(test_out_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
