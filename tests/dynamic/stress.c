/* stress.c - programs in bytecode that undo what caches, feedback and compiled code have learned.
 *
 * SPDX-License-Identifier: MIT
 *
 * Usage: stress TIER CASE. shapes: a million property reads from objects each of which has a shape that
 * there was never before, and changes it. kinds: a hot loop whose operands are integers, then doubles, then
 * symbols, then all of them in turn. redefine: 10,000 instances that take each other's place, each while a
 * function of the one before it is running. Results must be right, and memory, machine code and compiles
 * bounded.
 */
#include "../stress.h"

typedef struct world {
  vm_engine *engine;
  vm_isolate *isolate;
  vm_error error;
} world;

static vm_instance *make(world *w, const char *text, bool compile)
{
  vm_module *module = NULL;
  vm_instance *out;
  vm_status st = vm_module_assemble(w->engine, text, strlen(text), &module, &w->error);
  if (st == VM_OK && compile) st = vm_module_compile(module, NULL, 0, &w->error);
  if (st == VM_OK) st = vm_instance_new(w->isolate, module, &out, &w->error);
  vm_module_free(module);
  stress_check(st, &w->error);
  return out;
}

static vm_ref func_of(world *w, vm_instance *instance, const char *name)
{
  vm_ref f;
  stress_check(vm_instance_get_func(instance, name, &f, &w->error), &w->error);
  return f;
}

static int32_t call(world *w, vm_ref f, const vm_value *args, uint32_t nargs)
{
  vm_value v;
  stress_check(vm_call(w->isolate, f, args, nargs, &v, 1, &w->error), &w->error);
  return v.of.i32;
}

static vm_scope open_scope(world *w)
{
  vm_scope scope;
  stress_check(vm_scope_open(w->isolate, &scope, &w->error), &w->error);
  return scope;
}

static void close_scope(world *w, vm_scope scope)
{
  stress_check(vm_scope_close(w->isolate, scope, &w->error), &w->error);
}

/* ---- shapes ---- */

static const char reads[] =
    "data x \"x\"\ndata y \"y\"\n"
    "func slow (a: dyn, b: dyn) -> (dyn) {\n  unreachable\n}\n"
    "func none (a: dyn, name: dyn) -> (dyn) {\n  dyn.nil\n  return\n}\n"
    "func turn (o: dyn, n: i32) -> (i32) {\n"
    "  local sum: dyn\n  i32.const 0\n  dyn.from_i32\n  local.set sum\n"
    "again:\n"
    "  local.get sum\n  local.get o\n  dyn.get x none\n  dyn.add slow\n"
    "  local.get o\n  dyn.get y none\n  dyn.add slow\n  local.set sum\n"
    "  local.get n\n  i32.const 1\n  i32.sub\n  local.tee n\n  br_if again\n"
    "  local.get sum\n  dyn.to_i32\n  return\n}\n"
    "export func \"turn\" turn\n";

enum { RING = 16, STEPS = 50000, TURNS = 10 }; /* two reads a turn: a million */

typedef struct shaper {
  world *w;
  vm_ref ring[RING];
  uint32_t names, seed;
} shaper;

static uint32_t draw(shaper *s, uint32_t below)
{
  s->seed = s->seed * 1664525 + 1013904223;
  return (s->seed >> 16) % below;
}

static void put(shaper *s, vm_ref object, const char *name, int32_t value)
{
  vm_ref symbol;
  vm_value v = vm_dyn_int(value);
  vm_error *e = &s->w->error;
  stress_check(vm_symbol_new(s->w->isolate, name, strlen(name), &symbol, e), e);
  stress_check(vm_shaped_put(s->w->isolate, object, symbol, &v, e), e);
}

/* No name comes twice: nobody has had the shape before. */
static void grow(shaper *s, vm_ref object)
{
  char name[16];
  snprintf(name, sizeof name, "p%u", s->names++);
  put(s, object, name, 0);
}

static void replace(shaper *s, uint32_t at)
{
  vm_ref object;
  vm_error *e = &s->w->error;
  stress_check(vm_shaped_new(s->w->isolate, vm_ref_null(), &object, e), e);
  for (uint32_t n = draw(s, 4); n > 0; n--) grow(s, object);
  bool x_first = draw(s, 2) == 0;
  put(s, object, x_first ? "x" : "y", x_first ? 1 : 2);
  for (uint32_t n = draw(s, 4); n > 0; n--) grow(s, object);
  put(s, object, x_first ? "y" : "x", x_first ? 2 : 1);
  if (!vm_ref_is_null(s->ring[at])) stress_check(vm_ref_release(s->w->isolate, s->ring[at], e), e);
  stress_check(vm_ref_persist(s->w->isolate, object, &s->ring[at], e), e);
}

static void test_shapes(world *w)
{
  shaper s = {.w = w, .seed = 1};
  vm_ref turn = func_of(w, make(w, reads, false), "turn");
  size_t half = 0;
  for (uint32_t i = 0; i < RING; i++) replace(&s, i);
  for (uint32_t i = 0; i < STEPS; i++) {
    vm_scope scope = open_scope(w);
    replace(&s, draw(&s, RING));
    vm_ref o = s.ring[draw(&s, RING)];
    grow(&s, o);
    const vm_value args[] = {vm_dyn_ref(o), vm_value_i32(TURNS)};
    if (call(w, turn, args, 2) != 3 * TURNS) stress_failed("a wrong sum");
    close_scope(w, scope);
    if (i == STEPS / 2) half = stress_resident();
  }
  stress_bounded("bytes that came in the second half", stress_growth(half, stress_resident()), 0, 2 << 20);
  stress_bounded("frames that left compiled code", stress_isolate(w->isolate).code_exits, 0, 1000);
  stress_units(w->engine, 8);
}

/* ---- kinds ---- */

static const char kinds[] =
    "data a \"a\"\ndata b \"b\"\ndata ab \"ab\"\n"
    "func plus (a: dyn, b: dyn) -> (dyn) {\n  local.get a\n  local.get b\n  symbol.concat\n  return\n}\n"
    "func operands (kind: i32) -> (dyn, dyn, dyn) {\n"
    "  local.get kind\n  i32.eqz\n  br_if ints\n"
    "  local.get kind\n  i32.const 1\n  i32.eq\n  br_if doubles\n"
    "  symbol.const a\n  symbol.const b\n  symbol.const ab\n  return\n"
    "ints:\n"
    "  i32.const 1\n  dyn.from_i32\n  i32.const 2\n  dyn.from_i32\n  i32.const 3\n  dyn.from_i32\n  return\n"
    "doubles:\n"
    "  f64.const 0x1p-1\n  dyn.from_f64\n  f64.const 0x1.4p+0\n  dyn.from_f64\n"
    "  f64.const 0x1.cp+0\n  dyn.from_f64\n  return\n}\n"
    "func test (n: i32) -> (i32) {\n"
    "  local i: i32\n  local kind: i32\n  local count: i32\n"
    "  local x: dyn\n  local y: dyn\n  local want: dyn\n"
    "again:\n"
    "  local.get i\n  local.get n\n  i32.ge_s\n  br_if mixed\n"
    "  local.get i\n  i32.const 3\n  i32.mul\n  local.get n\n  i32.div_u\n  local.set kind\n  br have\n"
    "mixed:\n"
    "  local.get i\n  i32.const 3\n  i32.rem_u\n  local.set kind\n"
    "have:\n"
    "  local.get kind\n  call operands\n  local.set want\n  local.set y\n  local.set x\n"
    "  local.get x\n  local.get y\n  dyn.add plus\n  local.get want\n  dyn.same\n"
    "  local.get count\n  i32.add\n  local.set count\n"
    "  local.get i\n  i32.const 1\n  i32.add\n  local.tee i\n"
    "  local.get n\n  i32.const 2\n  i32.mul\n  i32.lt_s\n  br_if again\n"
    "  local.get count\n  return\n}\n"
    "export func \"test\" test\n";

static void test_kinds(world *w)
{
  const vm_value n = vm_value_i32(150000);
  vm_ref test = func_of(w, make(w, kinds, false), "test");
  for (int i = 0; i < 10; i++)
    if (call(w, test, &n, 1) != 300000) stress_failed("a wrong count");
  stress_bounded("frames that left compiled code", stress_isolate(w->isolate).code_exits, 0, 1000);
  stress_units(w->engine, 8);
}

/* ---- redefinition ---- */

/* f calls the host, which puts the next f in its place, and goes on; the compiled ones among them, too. */
static const char loop[] =
    "type fn func (i32) -> (i32)\n"
    "import global f \"env\" \"f\" mut (ref null func)\n"
    "func run (n: i32) -> (i32) {\n"
    "  local sum: i32\n"
    "again:\n"
    "  local.get sum\n  local.get n\n  global.get f\n  ref.cast (ref fn)\n  call_ref fn\n  i32.add\n"
    "  local.set sum\n"
    "  local.get n\n  i32.const 1\n  i32.sub\n  local.tee n\n  br_if again\n"
    "  local.get sum\n  return\n}\n"
    "export func \"run\" run\n";

static const char body[] =
    "module f%u\n"
    "type env struct { k: i32 }\n"
    "type fn func (i32) -> (i32)\n"
    "import func redefine \"host\" \"redefine\" () -> ()\n"
    "global own mut i32 = %u\n"
    "func inner (n: i32, e: (ref env)) -> (i32) {\n"
    "  local.get n\n  local.get e\n  struct.get env k\n  i32.add\n  return\n}\n"
    "func f (n: i32) -> (i32) {\n"
    "  local e: (ref null env)\n  i32.const 1\n  struct.new env\n  local.set e\n"
    "  call redefine\n"
    "  local.get n\n  local.get e\n  ref.as_non_null\n  call inner\n  global.get own\n  i32.add\n  return\n}\n"
    "export func \"f\" f\n";

enum { REDEFINITIONS = 10000, COMPILED_EVERY = 2500 };

typedef struct definer {
  world *w;
  uint32_t count;
  size_t half;
  vm_engine_stats compiler; /* then */
} definer;

static void define(definer *d)
{
  char text[1024];
  world *w = d->w;
  bool compile = stress_compiler(w->engine).tier == VM_TIER_AUTO && d->count % COMPILED_EVERY == 0;
  snprintf(text, sizeof text, body, d->count, d->count % 100);
  vm_scope scope = open_scope(w);
  vm_instance *next = make(w, text, compile);
  vm_value v = vm_value_ref(func_of(w, next, "f"));
  stress_check(vm_isolate_set_global(w->isolate, "env", "f", &v, &w->error), &w->error);
  stress_check(vm_instance_release(next, &w->error), &w->error);
  close_scope(w, scope);
  d->count++;
}

static vm_status redefine(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  definer *d = user;
  (void)args, (void)results;
  define(d);
  if (d->count % 500 == 0) { /* what is left are the loop, the running f and the next */
    stress_check(vm_isolate_collect(isolate, &d->w->error), &d->w->error);
    if (stress_isolate(isolate).instances != 3) stress_failed("instances stay, or have gone");
  }
  if (d->count == REDEFINITIONS / 2) {
    d->half = stress_resident();
    d->compiler = stress_compiler(d->w->engine);
  }
  return VM_OK;
}

static void test_redefine(world *w)
{
  definer d = {.w = w};
  const vm_value null = vm_value_ref(vm_ref_null()), n = vm_value_i32(REDEFINITIONS);
  stress_check(vm_isolate_define_func(w->isolate, "host", "redefine", NULL, 0, NULL, 0, redefine, &d, NULL,
                                      &w->error), &w->error);
  stress_check(vm_isolate_define_global(w->isolate, "env", "f", VM_REF_NULL(VM_HEAP_FUNC), 1, &null,
                                        &w->error), &w->error);
  define(&d);
  int64_t want = 0; /* n + 1 + own */
  for (int32_t i = 0; i < REDEFINITIONS; i++) want += REDEFINITIONS - i + 1 + i % 100;
  if (call(w, func_of(w, make(w, loop, false), "run"), &n, 1) != want) stress_failed("a wrong sum");
  stress_bounded("bytes that came in the second half", stress_growth(d.half, stress_resident()), 0, 2 << 20);
  vm_engine_stats now = stress_compiler(w->engine);
  stress_bounded("machine code that came in the second half",
                 stress_growth(d.compiler.code_bytes, now.code_bytes), 0, 1 << 20);
  stress_units(w->engine, 3 * REDEFINITIONS / COMPILED_EVERY + 8);
}

int main(int argc, char **argv)
{
  world w = {.error = VM_ERROR_INIT};
  if (argc != 3) stress_failed("usage: stress TIER CASE");
  w.engine = stress_engine(argv[1]);
  stress_check(vm_isolate_new(w.engine, NULL, &w.isolate, &w.error), &w.error);
  if (strcmp(argv[2], "shapes") == 0) test_shapes(&w);
  else if (strcmp(argv[2], "kinds") == 0) test_kinds(&w);
  else if (strcmp(argv[2], "redefine") == 0) test_redefine(&w);
  else stress_failed("CASE: expected shapes, kinds or redefine");
  stress_check(vm_isolate_free(w.isolate, &w.error), &w.error);
  stress_check(vm_engine_free(w.engine, &w.error), &w.error);
  return 0;
}
