/* script.c - a small language: compiled to bytecode for a stack machine. Functions, strings,
 * arrays; errors name the line.
 *
 * SPDX-License-Identifier: MIT
 *
 * script FILE [ARGS]      runs a program; "args" holds the arguments
 *
 *   let x = 1;  fn f(a, b) { return a + b; }  if c { } else { }  while c { }  print e, e;
 *   values: numbers, strings, arrays, functions, nil, true, false
 *   built in: len(x) push(array, x) str(x) num(s) chr(n) ord(s) sub(s, from, to) floor(x)
 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum type { NIL, BOOL, NUM, STR, ARR, FN, NATIVE } type;

typedef struct string { size_t n; char s[]; } string;
typedef struct value value;
typedef struct array { size_t n, capacity; value *items; } array;
typedef struct function {
  const char *name;
  int nparams, nlocals;
  uint32_t *code;
  size_t n, capacity;
  int *lines;
} function;

struct value {
  type t;
  union { double num; int b; string *s; array *a; function *f; int native; } as;
};

/* Before each string, array and function; all are kept until the end, since programs are short. */
typedef union object { union object *next; double aligned; } object;

typedef enum op {
  CONST,
  NILV,
  TRUEV,
  FALSEV,
  POP,
  GLOBAL,
  SETGLOBAL,
  LOCAL,
  SETLOCAL,
  ADD,
  SUB,
  MUL,
  DIV,
  MOD,
  NEG,
  NOT,
  EQ,
  NE,
  LT,
  LE,
  GT,
  GE,
  JUMP,
  JUMPIFNOT,
  AND,
  OR,
  CALL,
  RET,
  ARRAY,
  INDEX,
  SETINDEX,
  PRINT
} op;

static object *all;
static int line_now;
static value *constants;
static size_t nconstants;

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...)
{
  va_list args;
  va_start(args, format);
  fprintf(stderr, "script: line %d: ", line_now);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  va_end(args);
  exit(1);
}

static void *take(void *old, size_t n)
{
  void *p = realloc(old, n);
  if (!p) fputs("script: out of memory\n", stderr), exit(3);
  return p;
}

static void *make(size_t n)
{
  object *o = memset(take(NULL, sizeof *o + n), 0, sizeof *o + n);
  o->next = all;
  all = o;
  return o + 1;
}

static string *make_string(const char *s, size_t n)
{
  string *x = make(sizeof *x + n + 1);
  x->n = n;
  memcpy(x->s, s, n);
  return x;
}

static value number(double x) { return (value){NUM, {.num = x}}; }
static value boolean(int x) { return (value){BOOL, {.b = x}}; }
static value text(const char *s, size_t n) { return (value){STR, {.s = make_string(s, n)}}; }

/* ---- words ---- */

typedef enum token {
  END = 256,
  NAME,
  NUMBER,
  TEXT,
  EQUAL,
  UNEQUAL,
  ATMOST,
  ATLEAST,
  KLET,
  KFN,
  KIF,
  KELSE,
  KWHILE,
  KRETURN,
  KPRINT,
  KNIL,
  KTRUE,
  KFALSE,
  KAND,
  KOR,
  KNOT
} token;

static const char *source, *word;
static size_t word_size;
static int tok;
static double tok_number;
static string *tok_text;

static int keyword(void)
{
  static const char *const words[] = {"let", "fn",   "if",    "else", "while", "return", "print",
                                      "nil", "true", "false", "and",  "or",    "not"};
  for (int i = 0; i < 13; i++)
    if (strlen(words[i]) == word_size && memcmp(words[i], word, word_size) == 0) return KLET + i;
  return NAME;
}

static int is_letter(int c) { return (c | 32) >= 'a' && (c | 32) <= 'z' ? 1 : c == '_'; }
static int is_digit(int c) { return c >= '0' && c <= '9'; }

static void scan_text(void)
{
  char *buffer = take(NULL, strlen(source) + 1);
  size_t n = 0;
  for (source++; *source && *source != '"' && *source != '\n'; source++) {
    char c = *source;
    if (c == '\\' && source[1]) c = *++source == 'n' ? '\n' : *source == 't' ? '\t' : *source;
    buffer[n++] = c;
  }
  if (*source != '"') fail("text does not end");
  source++;
  tok_text = make_string(buffer, n);
  free(buffer);
  tok = TEXT;
}

static void next(void)
{
  static const char pairs[] = "==!=<=>=";
  for (;; source++) {
    if (*source == '#') source += strcspn(source, "\n");
    if (*source == '\n') line_now++;
    else if (*source != ' ' && *source != '\t' && *source != '\r') break;
  }
  word = source;
  if (!*source) tok = END;
  else if (is_letter(*source)) {
    while (is_letter(*source) || is_digit(*source)) source++;
    word_size = (size_t)(source - word);
    tok = keyword();
  } else if (is_digit(*source)) {
    char *end;
    tok_number = strtod(source, &end);
    source = end;
    tok = NUMBER;
  } else if (*source == '"') scan_text();
  else {
    tok = (unsigned char)*source++;
    for (int i = 0; i < 4; i++)
      if (tok == pairs[2 * i] && *source == pairs[2 * i + 1]) {
        tok = EQUAL + i;
        source++;
        break;
      }
  }
}

static int accept(int t)
{
  if (tok != t) return 0;
  next();
  return 1;
}

static void expect(int t, const char *what)
{
  if (!accept(t)) fail("expected %s", what);
}

/* ---- compiling: code words are op << 24 | operand ---- */

enum { MAX_NAMES = 256 };
typedef struct names { char *name[MAX_NAMES]; int n; } names;

static names globals, locals;
static function *current;
static int inside; /* a function */

static size_t emit(op o, uint32_t operand)
{
  function *f = current;
  if (f->n == f->capacity) {
    f->capacity = f->capacity ? 2 * f->capacity : 64;
    f->code = take(f->code, f->capacity * sizeof *f->code);
    f->lines = take(f->lines, f->capacity * sizeof *f->lines);
  }
  f->lines[f->n] = line_now;
  f->code[f->n] = (uint32_t)o << 24 | operand;
  return f->n++;
}

static void patch(size_t at)
{
  current->code[at] = (current->code[at] & 0xFF000000u) | (uint32_t)current->n;
}

static uint32_t constant(value v)
{
  constants = take(constants, (nconstants + 1) * sizeof v);
  constants[nconstants] = v;
  return (uint32_t)nconstants++;
}

static int find(const names *n, const char *s, size_t size)
{
  for (int i = n->n; i-- > 0;)
    if (strlen(n->name[i]) == size && memcmp(n->name[i], s, size) == 0) return i;
  return -1;
}

static int declare(names *n, const char *s, size_t size)
{
  if (n->n == MAX_NAMES) fail("too many names");
  n->name[n->n] = memcpy(memset(take(NULL, size + 1), 0, size + 1), s, size);
  if (n == &locals && n->n + 1 > current->nlocals) current->nlocals = n->n + 1;
  return n->n++;
}

static void forget(names *n, int keep)
{
  while (n->n > keep) free(n->name[--n->n]);
}

static void expression(void);

static void primary(void)
{
  const char *s = word;
  size_t n = word_size;
  if (tok == NUMBER) emit(CONST, constant(number(tok_number))), next();
  else if (tok == TEXT) emit(CONST, constant((value){STR, {.s = tok_text}})), next();
  else if (accept(KNIL)) emit(NILV, 0);
  else if (accept(KTRUE)) emit(TRUEV, 0);
  else if (accept(KFALSE)) emit(FALSEV, 0);
  else if (accept('(')) expression(), expect(')', "')'");
  else if (accept('[')) {
    uint32_t count = 0;
    while (tok != ']') {
      expression();
      count++;
      if (!accept(',')) break;
    }
    expect(']', "']'");
    emit(ARRAY, count);
  } else if (accept(NAME)) {
    int i = find(&locals, s, n), g = find(&globals, s, n);
    if (i >= 0) emit(LOCAL, (uint32_t)i);
    else if (g >= 0) emit(GLOBAL, (uint32_t)g);
    else fail("unknown name %.*s", (int)n, s);
  } else fail("expected an expression");
}

static void postfix(void)
{
  primary();
  for (;;) {
    if (accept('(')) {
      uint32_t count = 0;
      while (tok != ')') {
        expression();
        count++;
        if (!accept(',')) break;
      }
      expect(')', "')'");
      emit(CALL, count);
    } else if (accept('[')) {
      expression();
      expect(']', "']'");
      emit(INDEX, 0);
    } else return;
  }
}

static void unary(void)
{
  if (accept('-')) unary(), emit(NEG, 0);
  else if (accept(KNOT)) unary(), emit(NOT, 0);
  else postfix();
}

static void binary(int level)
{
  static const struct { int token, level; op o;
  } table[] = {{EQUAL, 0, EQ}, {UNEQUAL, 0, NE}, {'<', 1, LT},  {ATMOST, 1, LE},
               {'>', 1, GT},   {ATLEAST, 1, GE}, {'+', 2, ADD}, {'-', 2, SUB},
               {'*', 3, MUL},  {'/', 3, DIV},    {'%', 3, MOD}};
  if (level == 4) {
    unary();
    return;
  }
  binary(level + 1);
  for (;;) {
    int i = 0, n = sizeof table / sizeof *table;
    while (i < n && (table[i].level != level || table[i].token != tok)) i++;
    if (i == n) return;
    next();
    binary(level + 1);
    emit(table[i].o, 0);
  }
}

static void logical(int t)
{
  if (t == KOR) logical(KAND);
  else binary(0);
  while (accept(t)) {
    size_t skip = emit(t == KOR ? OR : AND, 0);
    if (t == KOR) logical(KAND);
    else binary(0);
    patch(skip);
  }
}

static void expression(void) { logical(KOR); }

static void block(void);

static void define_function(void)
{
  const char *s = word;
  size_t n = word_size;
  expect(NAME, "a name");
  if (inside) fail("functions are defined outside of others");
  int g = find(&globals, s, n);
  if (g < 0) g = declare(&globals, s, n);
  function *outer = current, *f = make(sizeof *f);
  f->name = globals.name[g];
  current = f;
  inside = 1;
  expect('(', "'('");
  while (tok == NAME) {
    declare(&locals, word, word_size);
    f->nparams++;
    next();
    if (!accept(',')) break;
  }
  expect(')', "')'");
  block();
  emit(NILV, 0);
  emit(RET, 0);
  forget(&locals, 0);
  inside = 0;
  current = outer;
  emit(CONST, constant((value){FN, {.f = f}}));
  emit(SETGLOBAL, (uint32_t)g);
}

static void let(void)
{
  const char *s = word;
  size_t n = word_size;
  expect(NAME, "a name");
  expect('=', "'='");
  expression();
  expect(';', "';'");
  if (inside) emit(SETLOCAL, (uint32_t)declare(&locals, s, n));
  else emit(SETGLOBAL, (uint32_t)declare(&globals, s, n));
}

static void assign_or_call(void)
{
  expression();
  uint32_t last = current->code[current->n - 1], operand = last & 0xFFFFFF;
  if (accept('=')) {
    op o = (op)(last >> 24);
    if (o != LOCAL && o != GLOBAL && o != INDEX) fail("this cannot be assigned to");
    current->n--;
    expression();
    emit(o == LOCAL ? SETLOCAL : o == GLOBAL ? SETGLOBAL : SETINDEX, o == INDEX ? 0 : operand);
  } else emit(POP, 0);
  expect(';', "';'");
}

static void statement(void)
{
  if (accept(KLET)) let();
  else if (accept(KFN)) define_function();
  else if (accept(KIF)) {
    expression();
    size_t no = emit(JUMPIFNOT, 0);
    block();
    if (accept(KELSE)) {
      size_t end = emit(JUMP, 0);
      patch(no);
      if (tok == KIF) statement();
      else block();
      no = end;
    }
    patch(no);
  } else if (accept(KWHILE)) {
    size_t top = current->n;
    expression();
    size_t end = emit(JUMPIFNOT, 0);
    block();
    emit(JUMP, (uint32_t)top);
    patch(end);
  } else if (accept(KRETURN)) {
    if (tok == ';') emit(NILV, 0);
    else expression();
    emit(RET, 0);
    expect(';', "';'");
  } else if (accept(KPRINT)) {
    uint32_t count = 0;
    do expression(), count++;
    while (accept(','));
    emit(PRINT, count);
    expect(';', "';'");
  } else assign_or_call();
}

static void block(void)
{
  int outer = locals.n;
  expect('{', "'{'");
  while (tok != '}' && tok != END) statement();
  expect('}', "'}'");
  forget(&locals, outer);
}

/* ---- running ---- */

enum { STACK = 1 << 16, FRAMES = 2000, NATIVES = 8 };
static const char *const native_names[NATIVES] = {"len", "push", "str", "num",
                                                  "chr", "ord",  "sub", "floor"};
static const int native_params[NATIVES] = {1, 2, 1, 1, 1, 1, 3, 1};

static value stack[STACK], global_values[MAX_NAMES];
typedef struct frame { function *f; size_t pc; value *base; } frame;

static int truth(value v) { return v.t != NIL && !(v.t == BOOL && !v.as.b); }

static void push_item(array *a, value v)
{
  if (a->n == a->capacity)
    a->items = take(a->items, (a->capacity = a->capacity ? 2 * a->capacity : 8) * sizeof v);
  a->items[a->n++] = v;
}

static size_t show(value v, char *out, size_t room)
{
  static const char *const names_of[] = {"nil", "", "", "", "array", "function", "function"};
  if (v.t == NUM) return (size_t)snprintf(out, room, "%.14g", v.as.num);
  return (size_t)snprintf(out, room, "%s", v.t == BOOL ? v.as.b ? "true" : "false" : names_of[v.t]);
}

static value to_text(value v)
{
  char buffer[64];
  return v.t == STR ? v : text(buffer, show(v, buffer, sizeof buffer));
}

static void print(value v)
{
  char buffer[64];
  if (v.t == STR) fwrite(v.as.s->s, 1, v.as.s->n, stdout);
  else if (v.t == ARR) {
    putchar('[');
    for (size_t i = 0; i < v.as.a->n; i++) {
      if (i) fputs(", ", stdout);
      print(v.as.a->items[i]);
    }
    putchar(']');
  } else fwrite(buffer, 1, show(v, buffer, sizeof buffer), stdout);
}

static double num(value v)
{
  if (v.t != NUM) fail("expected a number");
  return v.as.num;
}

static size_t position(value v, size_t limit)
{
  double x = num(v);
  if (!(x >= 0 && x < (double)limit) || x != floor(x)) fail("index %g is not below %zu", x, limit);
  return (size_t)x;
}

static int equal(value a, value b)
{
  if (a.t != b.t) return 0;
  if (a.t == STR) return a.as.s->n == b.as.s->n && memcmp(a.as.s->s, b.as.s->s, a.as.s->n) == 0;
  return a.t == NIL    ? 1
         : a.t == NUM  ? a.as.num == b.as.num
         : a.t == BOOL ? a.as.b == b.as.b
                       : a.as.a == b.as.a;
}

static int compare(value a, value b)
{
  if (a.t == STR && b.t == STR) {
    int c = memcmp(a.as.s->s, b.as.s->s, a.as.s->n < b.as.s->n ? a.as.s->n : b.as.s->n);
    return c ? c : a.as.s->n < b.as.s->n ? -1 : a.as.s->n > b.as.s->n;
  }
  double x = num(a), y = num(b);
  return x < y ? -1 : x > y;
}

static value add(value a, value b)
{
  if (a.t == NUM && b.t == NUM) return number(a.as.num + b.as.num);
  if (a.t != STR && b.t != STR) fail("cannot add these");
  a = to_text(a), b = to_text(b);
  string *s = make(sizeof *s + a.as.s->n + b.as.s->n + 1);
  s->n = a.as.s->n + b.as.s->n;
  memcpy(s->s, a.as.s->s, a.as.s->n);
  memcpy(s->s + a.as.s->n, b.as.s->s, b.as.s->n);
  return (value){STR, {.s = s}};
}

static value arithmetic(op o, value a, value b)
{
  double x = num(a), y = num(b);
  if ((o == DIV || o == MOD) && y == 0) fail("division by zero");
  return number(o == SUB ? x - y : o == MUL ? x * y : o == DIV ? x / y : x - y * floor(x / y));
}

static value index_of(value v, value i)
{
  if (v.t == ARR) return v.as.a->items[position(i, v.as.a->n)];
  if (v.t != STR) fail("only arrays and strings have elements");
  return text(v.as.s->s + position(i, v.as.s->n), 1);
}

static value native(int which, const value *args)
{
  value v = args[0];
  char c;
  if ((which == 0 && v.t != ARR && v.t != STR) || (which == 1 && v.t != ARR) ||
      ((which == 3 || which == 5 || which == 6) && v.t != STR))
    fail("%s: wrong argument", native_names[which]);
  switch (which) {
  case 0: return number((double)(v.t == ARR ? v.as.a->n : v.as.s->n));
  case 1: push_item(v.as.a, args[1]); return v;
  case 2: return to_text(v);
  case 3: return number(strtod(v.as.s->s, NULL));
  case 4: c = (char)(int)num(v); return text(&c, 1);
  case 5: return v.as.s->n ? number((unsigned char)v.as.s->s[0]) : (value){0};
  case 6: {
    size_t from = position(args[1], v.as.s->n + 1), to = position(args[2], v.as.s->n + 1);
    return text(v.as.s->s + from, to > from ? to - from : 0);
  }
  default: return number(floor(num(v)));
  }
}

static value *call(frame **fr, const frame *last, value *sp, uint32_t count)
{
  value f = sp[-(int)count - 1];
  if (f.t == NATIVE) {
    if ((int)count != native_params[f.as.native])
      fail("%s: expected %d arguments, found %u", native_names[f.as.native],
           native_params[f.as.native], count);
    sp -= count;
    sp[-1] = native(f.as.native, sp);
    return sp;
  }
  if (f.t != FN) fail("only functions can be called");
  if ((int)count != f.as.f->nparams)
    fail("%s: expected %d arguments, found %u", f.as.f->name, f.as.f->nparams, count);
  if (*fr == last || sp + f.as.f->nlocals + 256 > stack + STACK)
    fail("calls are nested too deeply");
  *++*fr = (frame){f.as.f, 0, sp - count};
  for (int i = f.as.f->nparams; i < f.as.f->nlocals; i++) *sp++ = (value){0};
  return sp;
}

static void run(function *program)
{
  static frame frames[FRAMES];
  frame *fr = frames;
  *fr = (frame){program, 0, stack};
  value *sp = stack;
  for (;;) {
    line_now = fr->f->lines[fr->pc];
    uint32_t in = fr->f->code[fr->pc++], x = in & 0xFFFFFF;
    if (sp > stack + STACK - 16) fail("expression too large");
    switch ((op)(in >> 24)) {
    case CONST: *sp++ = constants[x]; break;
    case NILV: *sp++ = (value){0}; break;
    case TRUEV: *sp++ = boolean(1); break;
    case FALSEV: *sp++ = boolean(0); break;
    case POP: sp--; break;
    case GLOBAL: *sp++ = global_values[x]; break;
    case SETGLOBAL: global_values[x] = *--sp; break;
    case LOCAL: *sp++ = fr->base[x]; break;
    case SETLOCAL: fr->base[x] = *--sp; break;
    case ADD: sp--, sp[-1] = add(sp[-1], sp[0]); break;
    case SUB:
    case MUL:
    case DIV:
    case MOD: sp--, sp[-1] = arithmetic((op)(in >> 24), sp[-1], sp[0]); break;
    case NEG: sp[-1] = number(-num(sp[-1])); break;
    case NOT: sp[-1] = boolean(!truth(sp[-1])); break;
    case EQ: sp--, sp[-1] = boolean(equal(sp[-1], sp[0])); break;
    case NE: sp--, sp[-1] = boolean(!equal(sp[-1], sp[0])); break;
    case LT: sp--, sp[-1] = boolean(compare(sp[-1], sp[0]) < 0); break;
    case LE: sp--, sp[-1] = boolean(compare(sp[-1], sp[0]) <= 0); break;
    case GT: sp--, sp[-1] = boolean(compare(sp[-1], sp[0]) > 0); break;
    case GE: sp--, sp[-1] = boolean(compare(sp[-1], sp[0]) >= 0); break;
    case JUMP: fr->pc = x; break;
    case JUMPIFNOT: if (!truth(*--sp)) fr->pc = x; break;
    case AND: if (truth(sp[-1])) sp--; else fr->pc = x; break;
    case OR: if (truth(sp[-1])) fr->pc = x; else sp--; break;
    case CALL: sp = call(&fr, frames + FRAMES - 1, sp, x); break;
    case RET: {
      value result = sp[-1];
      if (fr == frames) return;
      sp = fr->base;
      sp[-1] = result;
      fr--;
      break;
    }
    case ARRAY: {
      array *a = make(sizeof *a);
      for (value *v = sp - x; v < sp; v++) push_item(a, *v);
      sp -= x;
      *sp++ = (value){ARR, {.a = a}};
      break;
    }
    case INDEX: sp--, sp[-1] = index_of(sp[-1], sp[0]); break;
    case SETINDEX:
      sp -= 3;
      if (sp[0].t != ARR) fail("only elements of arrays can be assigned to");
      sp[0].as.a->items[position(sp[1], sp[0].as.a->n)] = sp[2];
      break;
    case PRINT:
      for (value *v = sp - x; v < sp; v++) {
        if (v > sp - x) putchar(' ');
        print(*v);
      }
      sp -= x;
      putchar('\n');
      break;
    }
  }
}

static char *read_all(const char *path)
{
  FILE *f = fopen(path, "rb");
  size_t n = 0, got;
  char *s = take(NULL, 1);
  if (!f) {
    fprintf(stderr, "script: %s: %s\n", path, strerror(errno));
    exit(1);
  }
  do s = take(s, n + 4097), n += got = fread(s + n, 1, 4096, f);
  while (got);
  fclose(f);
  s[n] = 0;
  return s;
}

int main(int argc, char **argv)
{
  if (argc < 2) return fputs("usage: script FILE [ARGS]\n", stderr), 2;
  char *program = read_all(argv[1]);
  array *args = make(sizeof *args);
  source = program;
  line_now = 1;
  for (int i = 2; i < argc; i++) push_item(args, text(argv[i], strlen(argv[i])));
  for (int i = 0; i < NATIVES; i++)
    global_values[declare(&globals, native_names[i], strlen(native_names[i]))] =
        (value){NATIVE, {.native = i}};
  global_values[declare(&globals, "args", 4)] = (value){ARR, {.a = args}};
  function *f = current = make(sizeof *f);
  next();
  while (tok != END) statement();
  emit(NILV, 0);
  emit(RET, 0);
  run(f);
  free(program);
  return 0;
}
