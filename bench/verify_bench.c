/* verify_bench.c - how fast a large module is verified.
 *
 * SPDX-License-Identifier: MIT
 *
 * Makes a module of many functions with a mix of instructions as compilers emit them (locals,
 * constants, arithmetic, loads and stores, comparisons and branches back and forth, field accesses,
 * calls, allocations), writes it to bytes, reads it back and verifies it. Prints megabytes of code a
 * second and nanoseconds an instruction, best and median of the runs. Time is the processor time
 * of its one thread, so that other work on the machine counts less.
 *
 * usage: verify_bench [megabytes of code (16)] [runs (9)]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "verify.h"

enum { BODY_MAX = 8192, LABELS_MAX = 512, LOCALS = 12, MEGABYTE = 1000000 };

typedef struct body {
  uint8_t code[BODY_MAX];
  uint32_t size;
  vmi_label labels[LABELS_MAX];
  uint32_t nlabels;
} body;

static uint32_t next_random(uint32_t *state)
{
  *state = *state * 1664525u + 1013904223u;
  return *state >> 8;
}

static void put(body *b, const char *name, uint64_t x, uint64_t y)
{
  uint64_t imm[VMI_MAX_IMMS] = {x, y};
  b->size += vmi_isa_encode(vmi_isa_find(name, (uint32_t)strlen(name)), imm, b->code + b->size);
}

static void label_here(body *b) { b->labels[b->nlabels++] = (vmi_label){.offset = b->size}; }

/* Locals 0 to 3 are i32, 4 to 7 f64, 8 to 11 references to struct type 0. */
static void arithmetic(body *b, uint32_t r)
{
  put(b, "local.get", r % 4, 0);
  put(b, "local.get", r / 4 % 4, 0);
  put(b, r & 64 ? "i32.add" : "i32.xor", 0, 0);
  put(b, "i32.const", r % 300, 0);
  put(b, "i32.mul", 0, 0);
  put(b, "local.set", r / 16 % 4, 0);
}

static void memory_access(body *b, uint32_t r)
{
  put(b, "local.get", r % 4, 0);
  put(b, "local.get", r % 4, 0);
  put(b, "f64.load", 0, r % 200);
  put(b, "local.get", 4 + r % 4, 0);
  put(b, "f64.mul", 0, 0);
  put(b, "f64.store", 0, 8);
}

static void loop(body *b, uint32_t r)
{
  label_here(b);
  arithmetic(b, r);
  put(b, "local.get", 0, 0);
  put(b, "i32.const", 50, 0);
  put(b, "i32.lt_s", 0, 0);
  put(b, "br_if", b->nlabels - 1, 0);
}

static void fields(body *b, uint32_t r)
{
  put(b, "local.get", 8 + r % 4, 0);
  put(b, "local.get", 8 + r / 4 % 4, 0);
  put(b, "struct.get", 0, 1);
  put(b, "local.get", 4, 0);
  put(b, "f64.add", 0, 0);
  put(b, "struct.set", 0, 1);
}

static void call(body *b, uint32_t r)
{
  put(b, "local.get", 8, 0);
  put(b, "local.get", 0, 0);
  put(b, "local.get", 9, 0);
  put(b, "call", 0, 0);
  put(b, "local.set", 1, 0);
  put(b, "local.set", 10, 0);
}

static void allocate(body *b, uint32_t r)
{
  put(b, "local.get", 0, 0);
  put(b, "local.get", 5, 0);
  put(b, "struct.new", 0, 0);
  put(b, "local.set", 11, 0);
}

static void make_body(body *b)
{
  static void (*const parts[])(body *, uint32_t) = {
    arithmetic, arithmetic, memory_access, loop, arithmetic, fields, call, allocate,
  };
  uint32_t random = 1;
  while (b->size < BODY_MAX - 200 && b->nlabels < LABELS_MAX - 1) {
    uint32_t r = next_random(&random);
    parts[r % VMI_COUNT(parts)](b, r >> 4);
  }
  put(b, "local.get", 0, 0);
  put(b, "return", 0, 0);
}

static vmi_module *make_module(const vmi_alloc *a, body *b, uint32_t nfuncs)
{
  static vmi_field fields_of[] = {{VM_I32, false, 0}, {VM_F64, true, 0}};
  static vm_type params[] = {VM_I32, VM_REF_NULL(0)}, results[] = {VM_I32};
  static vm_type locals[LOCALS + 2];
  static vmi_import imports[] = {{{"a", 1}, {"f", 1}, VMI_EXTERN_FUNC, 0}};
  static vmi_memory memory = {.min = 1, .max = VMI_NO_INDEX};
  static vmi_typedef types[3] = {
    {.kind = VMI_DEF_STRUCT, .super = VMI_NO_INDEX, .nfields = 2, .fields = fields_of},
    {.kind = VMI_DEF_FUNC, .nparams = 2, .params = params, .nresults = 1, .results = results},
    {.kind = VMI_DEF_FUNC, .nresults = 1, .results = results}};
  vmi_module *m = vmi_module_new(a);
  if (m == NULL) return NULL;
  for (int i = 0; i < LOCALS; i++) locals[i] = i < 4 ? VM_I32 : i < 8 ? VM_F64 : VM_REF_NULL(0);
  m->types = types;
  m->ntypes = 3;
  m->imports = imports;
  m->nimports = m->nimported_funcs = 1;
  m->memories = &memory;
  m->nmemories = 1;
  m->nfuncs = nfuncs + 1;
  m->funcs = vmi_arena_new(&m->arena, m->nfuncs, sizeof *m->funcs);
  if (m->funcs == NULL) return NULL;
  m->funcs[0].type = 1;
  for (uint32_t i = 1; i <= nfuncs; i++) {
    m->funcs[i] = (vmi_func){.type = 2, .nlocals = LOCALS, .locals = locals, .code = b->code,
                             .code_size = b->size, .labels = b->labels, .nlabels = b->nlabels,
                             .file = VMI_NO_INDEX};
  }
  return m;
}

static double now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int ascending(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Seconds to verify a fresh copy of the module; its instructions in *ninsns. Negative: failed. */
static double time_run(const vmi_alloc *a, const uint8_t *bytes, size_t size, uint64_t *ninsns,
                       double *read)
{
  vm_error e = VM_ERROR_INIT;
  vmi_module *m = NULL;
  double start = now();
  vm_status status = vmi_module_read(a, bytes, size, &m, &e);
  double middle = now();
  if (status == VM_OK) status = vmi_verify(m, &e);
  double end = now();
  *ninsns = 0;
  for (uint32_t i = 0; status == VM_OK && i < m->nfuncs; i++) *ninsns += m->funcs[i].ninsns;
  if (status != VM_OK) fprintf(stderr, "%s\n", e.message);
  vmi_module_free(m);
  *read = middle - start;
  return status == VM_OK ? end - middle : -1;
}

int main(int argc, char **argv)
{
  static body b;
  enum { RUNS_MAX = 99 };
  double megabytes = argc > 1 ? atof(argv[1]) : 16, times[RUNS_MAX], reads[RUNS_MAX];
  int runs = argc > 2 ? atoi(argv[2]) : 9;
  if (megabytes <= 0 || runs < 1 || runs > RUNS_MAX) return 64;
  vmi_alloc a = vmi_alloc_from(NULL);
  uint8_t *bytes = NULL;
  size_t size = 0;
  uint64_t ninsns = 0;
  make_body(&b);
  uint32_t nfuncs = (uint32_t)(megabytes * MEGABYTE / b.size) + 1;
  vmi_module *m = make_module(&a, &b, nfuncs);
  if (m == NULL || vmi_module_write(&a, m, &bytes, &size, NULL) != VM_OK) return 1;
  vmi_module_free(m);
  for (int i = 0; i < runs; i++) {
    times[i] = time_run(&a, bytes, size, &ninsns, &reads[i]);
    if (times[i] < 0) return 1;
  }
  qsort(times, (size_t)runs, sizeof times[0], ascending);
  qsort(reads, (size_t)runs, sizeof reads[0], ascending);
  double code = (double)b.size * nfuncs, best = times[0], median = times[runs / 2];
  printf("%u functions, %.1f MB of code, %llu instructions, file of %.1f MB\n", (unsigned)nfuncs,
         code / MEGABYTE, (unsigned long long)ninsns, (double)size / MEGABYTE);
  printf("verify: median %.0f MB/s, %.2f ns an instruction; best %.0f MB/s, %.2f ns\n",
         code / median / MEGABYTE, median * 1e9 / (double)ninsns, code / best / MEGABYTE,
         best * 1e9 / (double)ninsns);
  printf("read:   median %.0f MB/s of file\n", (double)size / reads[runs / 2] / MEGABYTE);
  vmi_free(&a, bytes, size);
  return 0;
}
