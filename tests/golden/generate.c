/* generate.c - golden programs that are too long to write: large code, many parameters, many labels.
 *
 * SPDX-License-Identifier: MIT
 *
 * Each computes in C what the program must print.
 */
#include <inttypes.h>
#include <string.h>

#include "golden.h"

enum { LOCALS = 16, STATEMENTS = 1200, PARAMS = 100, CASES = 1000 };

static uint32_t next_random(uint64_t *state)
{
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)(*state >> 33);
}

/* ---- large: straight-line code over sixteen locals, run three times over ---- */

static uint32_t apply(unsigned op, uint32_t a, uint32_t b)
{
  switch (op) {
    case 0: return a + b;
    case 1: return a - b;
    case 2: return a * b;
    case 3: return a ^ b;
    case 4: return a | (b & 0xFF);
    default: return a << (b & 31) | a >> ((32 - (b & 31)) & 31);
  }
}

static void add_statement(text *out, unsigned op, uint32_t a, uint32_t b, uint32_t to)
{
  static const char *const ops[] = {
    "i32.add", "i32.sub", "i32.mul", "i32.xor", "i32.const 255 i32.and i32.or", "i32.rotl"};
  text_add(out, "line %u\nlocal.get x%u local.get x%u %s local.set x%u\n", to + 1, a, b, ops[op],
           to);
}

static void large(text *out)
{
  uint64_t random = 1;
  uint32_t x[LOCALS], plan[STATEMENTS][4];
  text_add(out, "import func print \"host\" \"print_i32\" (i32) -> ()\n"
                "func big (n: i32) -> (i32) {\n  local ");
  for (uint32_t i = 0; i < LOCALS; i++) text_add(out, "%sx%u: i32", i ? ", " : "", i);
  for (uint32_t i = 0; i < LOCALS; i++) {
    x[i] = i * 77 + 1;
    text_add(out, "\ni32.const %u local.set x%u", x[i], i);
  }
  text_add(out, "\nagain:\n");
  for (unsigned i = 0; i < STATEMENTS; i++) {
    for (unsigned k = 0; k < 4; k++) plan[i][k] = next_random(&random) % (k == 0 ? 6 : LOCALS);
    add_statement(out, plan[i][0], plan[i][1], plan[i][2], plan[i][3]);
  }
  for (unsigned n = 0; n < 3; n++) {
    for (unsigned i = 0; i < STATEMENTS; i++) {
      x[plan[i][3]] = apply(plan[i][0], x[plan[i][1]], x[plan[i][2]]);
    }
  }
  text_add(out, "local.get n i32.const 1 i32.sub local.tee n br_if again\nlocal.get x0\n");
  for (uint32_t i = 1; i < LOCALS; i++) {
    text_add(out, "local.get x%u i32.xor\n", i);
    x[0] ^= x[i];
  }
  text_add(out, "return\n}\nfunc main () -> (i32) { i32.const 3 call big call print i32.const 0 "
                "return }\nexport func \"main\" main\n; expect: %" PRId32 "\n", (int32_t)x[0]);
}

/* ---- wide: a hundred parameters of every kind, passed on by calls and tail calls ---- */

static const char *const kinds[] = {"i32", "i64", "f32", "f64", "dyn", "(ref null Box)"};

static void add_params(text *out, const char *name)
{
  text_add(out, "func %s (", name);
  for (unsigned i = 0; i < PARAMS; i++) text_add(out, "%sp%u: %s", i ? ", " : "", i, kinds[i % 6]);
  text_add(out, ") -> (f64) {\n");
}

static void add_sum(text *out)
{
  static const char *const convert[] = {
    "f64.convert_i32_s", "f64.convert_i64_s", "f64.promote_f32", "nop", "dyn.to_num",
    "struct.get Box x"};
  text_add(out, "call gc\nf64.const 0\n");
  for (unsigned i = 0; i < PARAMS; i++) {
    text_add(out, "local.get p%u %s\nf64.const %u f64.mul f64.add\n", i, convert[i % 6], i + 1);
  }
  text_add(out, "return\n}\n");
}

static void add_pass(text *out, const char *call)
{
  for (unsigned i = 0; i < PARAMS; i++) text_add(out, "local.get p%u\n", i);
  text_add(out, "%s\n", call);
}

/* The parameters in another frame: many locals, live across a call. */
static void add_locals(text *out)
{
  add_params(out, "locals");
  text_add(out, "local ");
  for (unsigned i = 0; i < PARAMS; i++) {
    text_add(out, "%sq%u: %s", i ? ", " : "", i, kinds[i % 6]);
  }
  for (unsigned i = 0; i < PARAMS; i++) text_add(out, "\nlocal.get p%u local.set q%u", i, i);
  text_add(out, "\ncall gc\n");
  for (unsigned i = 0; i < PARAMS; i++) text_add(out, "local.get q%u\n", i);
  text_add(out, "call sum\n");
  add_pass(out, "call pass");
  text_add(out, "f64.add return\n}\n");
}

static void wide(text *out)
{
  static const char *const push[] = {
    "i32.const %u\n", "i64.const %u\n", "f32.const %u\n", "f64.const %u\n",
    "i32.const %u dyn.from_i32\n", "f64.const %u struct.new Box\n"};
  double sum = 0;
  text_add(out, "type Box struct { x: f64 }\nimport func print \"host\" \"print_f64\" (f64) -> ()\n"
                "import func gc \"host\" \"gc\" () -> ()\n");
  add_params(out, "sum");
  add_sum(out);
  add_params(out, "pass");
  add_pass(out, "return_call sum\n}");
  add_params(out, "twice");
  add_pass(out, "call pass");
  add_pass(out, "call sum f64.add return\n}");
  add_locals(out);
  text_add(out, "func values () -> (f64) {\n");
  for (unsigned k = 0; k < 2; k++) {
    for (unsigned i = 0; i < PARAMS; i++) text_add(out, push[i % 6], i * (k + 1) + 3);
    text_add(out, k == 0 ? "call twice\n" : "call locals f64.add return\n}\n");
    for (unsigned i = 0; i < PARAMS; i++) sum += 2 * (double)(i * (k + 1) + 3) * (i + 1);
  }
  text_add(out, "func main () -> (i32) { call values call print i32.const 0 return }\n"
                "export func \"main\" main\n; expect: %.17g\n", sum);
}

/* ---- switch: a thousand labels, each with a value of its own ---- */

static void many_labels(text *out)
{
  uint32_t total = 0;
  text_add(out, "import func print \"host\" \"print_i32\" (i32) -> ()\n"
                "func pick (i: i32) -> (i32) {\nlocal.get i\nswitch (");
  for (unsigned i = 0; i < CASES; i++) text_add(out, "%sc%u", i ? ", " : "", i * 7 % CASES);
  text_add(out, ") none\n");
  for (unsigned i = 0; i < CASES; i++) text_add(out, "c%u:\ni32.const %u return\n", i, i * 31 + 5);
  text_add(out, "none:\ni32.const 1 return\n}\n"
                "func main () -> (i32) {\nlocal i: i32, sum: i32\ni32.const -2 local.set i\nloop:\n"
                "local.get sum i32.const 3 i32.mul local.get i call pick i32.add local.set sum\n"
                "local.get i i32.const 1 i32.add local.tee i i32.const %d i32.lt_s br_if loop\n"
                "local.get sum call print i32.const 0 return\n}\nexport func \"main\" main\n",
           CASES + 2);
  for (int i = -2; i < CASES + 2; i++) {
    uint32_t label = (uint32_t)i * 7 % CASES;
    total = total * 3 + (i >= 0 && i < CASES ? label * 31 + 5 : 1);
  }
  text_add(out, "; expect: %" PRId32 "\n", (int32_t)total);
}

bool generate(const char *kind, text *out)
{
  if (strcmp(kind, "large") == 0) {
    large(out);
  } else if (strcmp(kind, "wide") == 0) {
    wide(out);
  } else if (strcmp(kind, "switch") == 0) {
    many_labels(out);
  } else {
    fprintf(stderr, "no generated program is called %s\n", kind);
    return false;
  }
  return true;
}
