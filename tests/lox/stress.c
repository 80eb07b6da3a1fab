/* stress.c - Lox programs that undo what caches, feedback and compiled code have learned.
 *
 * SPDX-License-Identifier: MIT
 *
 * Usage: stress TIER CASE. shapes: millions of property reads whose receiver has another shape each time. kinds: a
 * hot loop whose operands become strings. redefine: 10,000 entries of a session, each defines a
 * function anew and a loop calls it. What is printed must be right, and how often units were compiled, how much
 * machine code is mapped and how much an entry costs must stay within bounds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lox.h"

typedef struct session {
  vm_engine *engine;
  lox *lox;
  char out[4096]; /* what the entries printed */
  size_t used;
} session;

static void failed(const char *what)
{
  fprintf(stderr, "stress: %s\n", what);
  exit(1);
}

static void collect(void *user, const char *text, size_t size)
{
  session *s = user;
  if (s->used + size >= sizeof s->out) failed("too much output");
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
  if (lox_run(s->lox, "stress", source, strlen(source)) != LOX_OK) failed("an entry failed");
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

static size_t resident(void)
{
  unsigned long total = 0, pages = 0;
  FILE *f = fopen("/proc/self/statm", "r");
  if (!f || fscanf(f, "%lu %lu", &total, &pages) != 2) failed("/proc/self/statm cannot be read");
  fclose(f);
  return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

static vm_engine_stats stats_of(const session *s)
{
  vm_engine_stats stats = {.size = sizeof stats};
  if (vm_engine_drain(s->engine, NULL) != VM_OK || vm_engine_get_stats(s->engine, &stats, NULL) != VM_OK)
    failed("no statistics");
  return stats;
}

static void bounded(const char *what, uint64_t found, uint64_t most)
{
  printf("%s: %llu\n", what, (unsigned long long)found);
  if (found <= most) return;
  fprintf(stderr, "stress: %s: expected at most %llu, found %llu\n", what, (unsigned long long)most,
          (unsigned long long)found);
  exit(1);
}

/* Sixteen objects whose fields were added in another order each; a sequence that a linear congruence makes
 * picks one and, now and then, gives it one more field, so that shapes go on changing. */
static const char shapes[] =
    "class Box { v() { return this.x; } }\n"
    "fun fill(b, k) {\n"
    "  if (k >= 8) { b.p = k; k = k - 8; } else b.q = k;\n"
    "  if (k >= 4) { b.r = k; k = k - 4; } else b.s = k;\n"
    "  if (k >= 2) { b.t = k; k = k - 2; } else b.u = k;\n"
    "  if (k >= 1) b.w = k;\n"
    "  b.x = 1; b.k = k;\n"
    "}\n"
    "var list = nil;\n"
    "for (var i = 0; i < 16; i = i + 1) { var b = Box(); fill(b, i); b.next = list; list = b; }\n"
    "{ var last = list; while (last.next != nil) last = last.next; last.next = list; }\n"
    "fun grow(b, n) {\n"
    "  if (n < 100) b.g1 = n; else if (n < 200) b.g2 = n; else if (n < 300) b.g3 = n; else b.g4 = n;\n"
    "}\n"
    "fun test(n) {\n"
    "  var seed = 1; var sum = 0; var b = list;\n"
    "  for (var i = 0; i < n; i = i + 1) {\n"
    "    seed = seed * 5 + 3;\n"
    "    while (seed >= 1009) seed = seed - 1009;\n"
    "    if (seed < 400) { grow(b, seed); b = b.next.next.next; } else b = b.next;\n"
    "    if (seed < 3) { var fresh = Box(); fill(fresh, seed); fresh.next = b.next; b.next = fresh;\n"
    "                    fresh.next = fresh.next.next; }\n"
    "    sum = sum + b.x + b.v() - 1;\n"
    "  }\n"
    "  return sum;\n"
    "}\n"
    "for (var i = 0; i < 12; i = i + 1) print test(500000);\n";

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
  vm_isolate_stats stats = {.size = sizeof stats};
  if (vm_isolate_get_stats(lox_isolate(s->lox), &stats, NULL) != VM_OK) failed("no statistics");
  bounded("frames that left compiled code", stats.code_exits, 1000);
  /* A handful of functions: each with what it needs, once or twice. */
  const vm_engine_stats compiler = stats_of(s);
  if (compiler.tier == VM_TIER_AUTO && compiler.compiler_available == 0)
    printf("no compiler: %s\n", compiler.compiler_reason);
  bounded("compiled units", compiler.compiled_units, 30);
}

/* The most that an entry may leave behind: a module and an instance, which live as long as the world. */
enum { ENTRIES = 10000, ENTRY_BYTES = 48 * 1024 };

static void redefine(session *s, int i)
{
  char entry[160];
  snprintf(entry, sizeof entry, "fun f(x) { return x + %d; } sum = 0; run(500);%s", i,
           i % 1000 == 0 ? " print sum;" : "");
  run(s, entry);
}

static void test_redefine(session *s)
{
  char want[4096] = "";
  run(s, "var sum = 0; fun f(x) { return x; }\n"
         "fun run(n) { for (var i = 0; i < n; i = i + 1) sum = sum + f(i); }");
  for (int i = 1; i <= ENTRIES / 2; i++) redefine(s, i);
  size_t half = resident();
  vm_engine_stats before = stats_of(s);
  for (int i = ENTRIES / 2 + 1; i <= ENTRIES; i++) redefine(s, i);
  for (int i = 1000; i <= ENTRIES; i += 1000)
    snprintf(want + strlen(want), sizeof want - strlen(want), "%d\n", 124750 + 500 * i);
  expect(s, want);
  size_t now = resident();
  vm_engine_stats after = stats_of(s);
  bounded("bytes an entry", (now > half ? now - half : 0) / (ENTRIES / 2), ENTRY_BYTES);
  bounded("compiled units", after.compiled_units, 60);
  bounded("machine code that came in the second half",
          after.code_bytes > before.code_bytes ? after.code_bytes - before.code_bytes : 0, 1 << 20);
}

int main(int argc, char **argv)
{
  session s = {0};
  vm_error error = VM_ERROR_INIT;
  vm_engine_config engine = VM_ENGINE_CONFIG_INIT;
  const lox_config config = {VM_ISOLATE_CONFIG_INIT, collect, complain, &s, true};
  if (argc != 3) failed("usage: stress TIER CASE");
  engine.tier = strcmp(argv[1], "auto") == 0 ? VM_TIER_AUTO : atoi(argv[1]) == 1 ? VM_TIER_1 : VM_TIER_0;
  if (vm_engine_new(&engine, &s.engine, &error) != VM_OK ||
      lox_new(s.engine, &config, &s.lox, &error) != VM_OK)
    failed(error.message);
  if (strcmp(argv[2], "shapes") == 0) {
    test_programs(&s, shapes, "500000\n");
  } else if (strcmp(argv[2], "kinds") == 0) {
    test_programs(&s, kinds, "86250100\n");
  } else if (strcmp(argv[2], "redefine") == 0) {
    test_redefine(&s);
  } else {
    failed("CASE: expected shapes, kinds or redefine");
  }
  lox_free(s.lox);
  if (vm_engine_free(s.engine, &error) != VM_OK) failed(error.message);
  return 0;
}
