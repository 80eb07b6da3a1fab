/* stress.c - Lox programs that undo what caches, feedback and compiled code have learned.
 *
 * SPDX-License-Identifier: MIT
 *
 * Usage: stress TIER CASE. shapes: a million property reads of objects whose fields were added in a random
 * order, and are added to before they are read. kinds: a hot loop whose operands become strings. redefine: entries
 * of a session that define a function anew, and a loop that has 10,000 times defined anew the function that is
 * running. What is printed must be right, and how often units were compiled, how much machine code is mapped and how
 * much memory an entry costs must stay within bounds.
 */
#include "../stress.h"
#include "lox.h"

typedef struct session {
  vm_engine *engine;
  lox *lox;
  char out[4096]; /* what the entries printed */
  size_t used;
  int redefined;
  size_t half;
  uint64_t half_code;
} session;

static void collect(void *user, const char *text, size_t size)
{
  session *s = user;
  if (s->used + size >= sizeof s->out) stress_failed("too much output");
  memcpy(s->out + s->used, text, size);
  s->used += size;
}

static void complain(void *user, const char *text, size_t size)
{
  (void)user;
  fwrite(text, 1, size, stderr);
}

static void run(session *s, const char *source)
{
  if (lox_run(s->lox, "stress", source, strlen(source)) != LOX_OK) stress_failed("an entry failed");
}

static void expect(session *s, const char *want)
{
  s->out[s->used] = 0;
  if (strcmp(s->out, want) != 0) {
    fprintf(stderr, "stress: expected '%s', found '%s'\n", want, s->out);
    exit(1);
  }
  s->used = 0;
}

/* Six to eight of twelve fields in random order, x among them, lead to 20 million shapes; another field before
 * an object is read. A sequence that a linear congruence makes draws the numbers. */
static const char shapes[] =
    "class Box { v() { return this.x; } }\n"
    "var seed = 1;\n"
    "fun draw(n) {\n"
    "  seed = seed * 421 + 1663; var q = seed / 7875;\n"
    "  var low = 0; var bit = 512; while (bit >= 1) { if (q >= low + bit) low = low + bit; bit = bit / 2; }\n"
    "  seed = seed - low * 7875; return seed - n * floor(seed / n);\n"
    "}\n"
    "fun floor(x) {\n"
    "  var low = 0; var bit = 4096; while (bit >= 1) { if (x >= low + bit) low = low + bit; bit = bit / 2; }\n"
    "  return low;\n"
    "}\n"
    "fun add(b, k) {\n"
    "  if (k < 6) {\n"
    "    if (k < 3) { if (k == 0) b.a = k; else if (k == 1) b.b = k; else b.c = k; }\n"
    "    else { if (k == 3) b.d = k; else if (k == 4) b.e = k; else b.f = k; }\n"
    "  } else {\n"
    "    if (k < 9) { if (k == 6) b.g = k; else if (k == 7) b.h = k; else b.i = k; }\n"
    "    else { if (k == 9) b.j = k; else if (k == 10) b.k = k; else b.x = 1; }\n"
    "  }\n"
    "}\n"
    "fun make() {\n"
    "  var b = Box();\n"
    "  for (var i = 0; i < 4; i = i + 1) add(b, draw(12));\n"
    "  b.x = 1;\n"
    "  for (var i = 0; i < 3; i = i + 1) add(b, draw(12));\n"
    "  return b;\n"
    "}\n"
    "fun test(n) {\n"
    "  var sum = 0; var old = make();\n"
    "  for (var i = 0; i < n; i = i + 1) {\n"
    "    var b = make(); add(old, draw(12));\n"
    "    for (var k = 0; k < 10; k = k + 1) { sum = sum + b.x + old.v(); }\n"
    "    old = b;\n"
    "  }\n"
    "  return sum;\n"
    "}\n"
    "for (var i = 0; i < 12; i = i + 1) print test(5000);\n";

static const char kinds[] =
    "fun f(a, b) { return a + b; }\n"
    "fun test(n) {\n"
    "  var x = 1; var y = 2; var count = 0;\n"
    "  for (var i = 0; i < n; i = i + 1) {\n"
    "    if (i == 1000000) { x = 0.5; y = 1.25; }\n"
    "    if (i == 2000000) { x = \"a\"; y = \"b\"; }\n"
    "    var z = f(x, y);\n"
    "    if (z == 3) count = count + 1;\n"
    "    if (z == 1.75) count = count + 10;\n"
    "    if (z == \"ab\") count = count + 100;\n"
    "    if (i > 2500000) { if (x == \"a\") { x = 1; y = 2; } else { x = \"a\"; y = \"b\"; } }\n"
    "  }\n"
    "  return count;\n"
    "}\n"
    "for (var i = 0; i < 12; i = i + 1) print test(3000001);\n";

/* Programs print the same twelve times: long enough to be compiled. */
static void test_programs(session *s, const char *source, const char *line)
{
  char want[256] = "";
  for (int i = 0; i < 12; i++) strcat(want, line);
  run(s, source);
  expect(s, want);
  stress_bounded("frames that left compiled code", stress_isolate(lox_isolate(s->lox)).code_exits, 0, 1000);
  stress_bounded("resident", stress_resident(), 0, 64 << 20);
  stress_units(s->engine, 30); /* a handful of functions: each with what it needs, once or twice */
}

/* ---- redefinition ---- */

enum { ENTRIES = 2000, ENTRY_BYTES = 512, REDEFINITIONS = 10000, LONG_RUN = 2500 };

/* Entries one after the other, as they are typed. */
static void test_entries(session *s)
{
  char entry[160], want[256] = "";
  vm_error error = VM_ERROR_INIT;
  size_t half = 0;
  run(s, "var sum = 0; fun f(x) { return x; }\n"
         "fun run(n) { for (var i = 0; i < n; i = i + 1) sum = sum + f(i); }");
  for (int i = 1; i <= ENTRIES; i++) {
    bool shown = i % 500 == 0;
    snprintf(entry, sizeof entry, "fun f(x) { return x + %d; } sum = 0; run(100);%s", i,
             shown ? " print sum;" : "");
    run(s, entry);
    if (shown) snprintf(want + strlen(want), sizeof want - strlen(want), "%d\n", 4950 + 100 * i);
    if (i % (ENTRIES / 2) == 0) stress_check(vm_isolate_collect(lox_isolate(s->lox), &error), &error);
    if (i == ENTRIES / 2) half = stress_resident();
  }
  expect(s, want);
  stress_bounded("bytes an entry", stress_growth(half, stress_resident()) / (ENTRIES / 2), 0, ENTRY_BYTES);
}

/* The entry that takes the place of f while that runs. Its closure and class are its own; now and then it has
 * a loop that gets hot. */
static vm_status redefine(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  session *s = user;
  char entry[512];
  (void)args;
  int i = ++s->redefined;
  snprintf(entry, sizeof entry,
           "fun f(x) {\n"
           "  class Pair { init(a) { this.a = a; this.b = %d; } sum() { return this.a + this.b; } }\n"
           "  var kept = x + %d; fun get() { return kept; }\n"
           "  for (var k = 0; k < %d; k = k + 1) kept = kept + k - k;\n"
           "  redefine(nil);\n"
           "  return Pair(get()).sum();\n"
           "}", i % 7, i, i % LONG_RUN == 0 ? 400000 : 0);
  run(s, entry);
  if (i % 500 == 0) { /* what is left: the runtime, the loop's entries, the running f and the next */
    if (vm_isolate_collect(isolate, NULL) != VM_OK) return VM_MEMORY;
    stress_bounded("instances", stress_isolate(isolate).instances, 4, 5);
  }
  if (i == REDEFINITIONS / 2) {
    s->half = stress_resident();
    s->half_code = stress_compiler(s->engine).code_bytes;
  }
  results[0] = vm_dyn_nil();
  return VM_OK;
}

static void test_running(session *s)
{
  vm_isolate *isolate = lox_isolate(s->lox);
  vm_error error = VM_ERROR_INIT;
  const vm_type dyn = VM_DYN;
  vm_scope scope;
  vm_ref native;
  char want[32];
  run(s, "var redefine; fun f(x) { redefine(nil); return x; }");
  stress_check(vm_isolate_define_func(isolate, "stress", "redefine", &dyn, 1, &dyn, 1, redefine, s, NULL,
                                      &error), &error);
  stress_check(vm_scope_open(isolate, &scope, &error), &error);
  stress_check(vm_isolate_get_func(isolate, "stress", "redefine", &native, &error), &error);
  const vm_value v = vm_dyn_ref(native);
  stress_check(vm_isolate_set_global(isolate, "lox.session", "redefine", &v, &error), &error);
  stress_check(vm_scope_close(isolate, scope, &error), &error);
  run(s, "var total = 0; for (var i = 0; i < 10000; i = i + 1) total = total + f(i); print total;");
  int64_t total = 0; /* f number i is called with i: twice that, and i mod 7 */
  for (int i = 0; i < REDEFINITIONS; i++) total += 2 * i + i % 7;
  snprintf(want, sizeof want, "%lld\n", (long long)total);
  expect(s, want);
  stress_bounded("redefinitions", (uint64_t)s->redefined, REDEFINITIONS, REDEFINITIONS);
  stress_bounded("bytes a redefinition in the second half",
                 stress_growth(s->half, stress_resident()) / (REDEFINITIONS / 2), 0, ENTRY_BYTES);
  stress_bounded("machine code that came in the second half",
                 stress_growth(s->half_code, stress_compiler(s->engine).code_bytes), 0, 1 << 20);
}

static void test_redefine(session *s)
{
  test_entries(s);
  test_running(s);
  stress_units(s->engine, 60);
}

int main(int argc, char **argv)
{
  session s = {0};
  vm_error error = VM_ERROR_INIT;
  const lox_config config = {VM_ISOLATE_CONFIG_INIT, collect, complain, &s, true};
  if (argc != 3) stress_failed("usage: stress TIER CASE");
  s.engine = stress_engine(argv[1]);
  stress_check(lox_new(s.engine, &config, &s.lox, &error), &error);
  if (strcmp(argv[2], "shapes") == 0) {
    test_programs(&s, shapes, "100000\n");
  } else if (strcmp(argv[2], "kinds") == 0) {
    test_programs(&s, kinds, "86250100\n");
  } else if (strcmp(argv[2], "redefine") == 0) {
    test_redefine(&s);
  } else {
    stress_failed("CASE: expected shapes, kinds or redefine");
  }
  lox_free(s.lox);
  stress_check(vm_engine_free(s.engine, &error), &error);
  return 0;
}
