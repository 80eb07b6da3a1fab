/* json.c - reads JSON (RFC 8259) from files or standard input and prints it indented, compact, or
 * what is at a path in it.
 *
 * SPDX-License-Identifier: MIT
 *
 * json [-c] [-s] [-p PATH] [FILE...]    -c compact, -s keys sorted, -p like a.b[2].c
 *
 * Exit code 1 if any input is not JSON; the message has line and column.
 */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 500 };

typedef enum kind { NUL, FALSE_, TRUE_, NUMBER, STRING, ARRAY, OBJECT } kind;

typedef struct value {
  kind kind;
  double number;
  char *text; /* STRING: UTF-8, may contain NULs */
  size_t size; /* bytes of text, or elements */
  struct value *items; /* ARRAY; OBJECT: key, value, key, value ... */
} value;

static void *check(void *p)
{
  if (p) return p;
  fputs("json: out of memory\n", stderr);
  exit(3);
}

static void destroy(value *v)
{
  for (size_t i = 0; v->items && i < v->size; i++) destroy(&v->items[i]);
  free(v->items);
  free(v->text);
}

/* ---- reading ---- */

typedef struct reader {
  const char *name, *at, *start, *end;
  int depth;
  const char *why; /* NULL: all is well */
} reader;

static int fail(reader *r, const char *why)
{
  if (!r->why) r->why = why;
  return 0;
}

static int peek(const reader *r) { return r->at < r->end ? (unsigned char)*r->at : -1; }

static void skip_space(reader *r)
{
  while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
    r->at++;
}

static int read_value(reader *r, value *out);

static int read_word(reader *r, const char *word, kind k, value *out)
{
  size_t n = strlen(word);
  if ((size_t)(r->end - r->at) < n || memcmp(r->at, word, n) != 0)
    return fail(r, "expected a value");
  r->at += n;
  out->kind = k;
  return 1;
}

static int digits(reader *r)
{
  const char *start = r->at;
  while (peek(r) >= '0' && peek(r) <= '9') r->at++;
  return r->at > start;
}

static int read_number(reader *r, value *out)
{
  const char *start = r->at;
  char text[64];
  if (peek(r) == '-') r->at++;
  if (peek(r) == '0') r->at++;
  else if (!digits(r)) return fail(r, "expected a digit");
  if (peek(r) == '.' && (r->at++, !digits(r))) return fail(r, "expected a digit behind the point");
  if (peek(r) == 'e' || peek(r) == 'E') {
    r->at++;
    if (peek(r) == '+' || peek(r) == '-') r->at++;
    if (!digits(r)) return fail(r, "expected a digit in the exponent");
  }
  size_t n = (size_t)(r->at - start);
  if (n >= sizeof text) return fail(r, "number too long");
  memcpy(text, start, n);
  text[n] = 0;
  out->kind = NUMBER;
  out->number = strtod(text, NULL);
  return isfinite(out->number) ? 1 : fail(r, "number too large");
}

static int hex4(reader *r, uint32_t *out)
{
  *out = 0;
  for (int i = 0; i < 4; i++, r->at++) {
    int c = peek(r), digit = c >= '0' && c <= '9'                 ? c - '0'
                             : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                                  : -1;
    if (digit < 0) return fail(r, "expected four hexadecimal digits");
    *out = *out << 4 | (uint32_t)digit;
  }
  return 1;
}

static char *put_utf8(char *to, uint32_t c)
{
  if (c < 0x80) *to++ = (char)c;
  else if (c < 0x800) *to++ = (char)(0xC0 | c >> 6), *to++ = (char)(0x80 | (c & 63));
  else if (c < 0x10000) {
    *to++ = (char)(0xE0 | c >> 12), *to++ = (char)(0x80 | (c >> 6 & 63)),
    *to++ = (char)(0x80 | (c & 63));
  } else {
    *to++ = (char)(0xF0 | c >> 18), *to++ = (char)(0x80 | (c >> 12 & 63));
    *to++ = (char)(0x80 | (c >> 6 & 63)), *to++ = (char)(0x80 | (c & 63));
  }
  return to;
}

static int read_escape(reader *r, char **to)
{
  static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
  int c = peek(r);
  const char *found = c > 0 ? strchr(from, c) : NULL;
  uint32_t high, low;
  if (found) {
    r->at++;
    *(*to)++ = into[found - from];
    return 1;
  }
  if (c != 'u') return fail(r, "unknown escape");
  r->at++;
  if (!hex4(r, &high)) return 0;
  if (high >= 0xDC00 && high < 0xE000)
    return fail(r, "second half of a surrogate pair without the first");
  if (high >= 0xD800 && high < 0xDC00) {
    if (r->end - r->at < 2 || r->at[0] != '\\' || r->at[1] != 'u')
      return fail(r, "half a surrogate pair");
    r->at += 2;
    if (!hex4(r, &low)) return 0;
    if (low < 0xDC00 || low >= 0xE000) return fail(r, "half a surrogate pair");
    high = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
  }
  *to = put_utf8(*to, high);
  return 1;
}

static int read_string(reader *r, value *out)
{
  const char *close = ++r->at;
  while (close < r->end && *close != '"') close += *close == '\\' ? 2 : 1;
  if (close >= r->end) return fail(r, "string does not end");
  out->kind = STRING; /* the text is never longer than its source */
  char *to = out->text = check(malloc((size_t)(close - r->at) + 1));
  while (peek(r) != '"') {
    if (peek(r) < 0x20) return fail(r, "control character in a string");
    if (*r->at != '\\') *to++ = *r->at++;
    else if (r->at++, !read_escape(r, &to)) return 0;
  }
  r->at++;
  *to = 0;
  out->size = (size_t)(to - out->text);
  return 1;
}

static value *append(value *v, size_t *capacity)
{
  if (v->size == *capacity) {
    *capacity = *capacity ? 2 * *capacity : 8;
    v->items = check(realloc(v->items, *capacity * sizeof *v->items));
  }
  value *item = &v->items[v->size++];
  memset(item, 0, sizeof *item);
  return item;
}

static int read_member(reader *r, value *out, size_t *capacity)
{
  skip_space(r);
  if (out->kind == OBJECT) {
    if (peek(r) != '"') return fail(r, "expected a key");
    if (!read_string(r, append(out, capacity))) return 0;
    skip_space(r);
    if (peek(r) != ':') return fail(r, "expected ':'");
    r->at++;
  }
  return read_value(r, append(out, capacity));
}

static int read_list(reader *r, kind k, int close, value *out)
{
  size_t capacity = 0;
  out->kind = k;
  r->at++;
  skip_space(r);
  if (peek(r) == close) {
    r->at++;
    return 1;
  }
  for (;;) {
    if (!read_member(r, out, &capacity)) return 0;
    skip_space(r);
    int c = peek(r);
    if (c != ',' && c != close)
      return fail(r, close == ']' ? "expected ',' or ']'" : "expected ',' or '}'");
    r->at++;
    if (c == close) return 1;
  }
}

static int read_value(reader *r, value *out)
{
  int ok;
  skip_space(r);
  if (++r->depth > MAX_DEPTH) return fail(r, "nested too deeply");
  switch (peek(r)) {
  case '{': ok = read_list(r, OBJECT, '}', out); break;
  case '[': ok = read_list(r, ARRAY, ']', out); break;
  case '"': ok = read_string(r, out); break;
  case 't': ok = read_word(r, "true", TRUE_, out); break;
  case 'f': ok = read_word(r, "false", FALSE_, out); break;
  case 'n': ok = read_word(r, "null", NUL, out); break;
  default:
    ok = peek(r) == '-' || (peek(r) >= '0' && peek(r) <= '9') ? read_number(r, out)
                                                              : fail(r, "expected a value");
  }
  r->depth--;
  return ok;
}

static int read_document(reader *r, value *out)
{
  memset(out, 0, sizeof *out);
  if (read_value(r, out)) {
    skip_space(r);
    if (r->at == r->end) return 1;
    fail(r, "expected the end");
  }
  int line = 1, column = 1;
  for (const char *p = r->start; p < r->at; p++) *p == '\n' ? (line++, column = 1) : column++;
  fprintf(stderr, "json: %s:%d:%d: %s\n", r->name, line, column, r->why);
  return 0;
}

/* ---- printing ---- */

typedef struct style {
  int compact, sorted;
} style;

static void print_string(const value *v)
{
  static const char from[] = "\"\\\b\f\n\r\t", into[] = "\"\\bfnrt";
  putchar('"');
  for (size_t i = 0; i < v->size; i++) {
    unsigned char c = (unsigned char)v->text[i];
    const char *special = c ? strchr(from, c) : NULL;
    if (special) putchar('\\'), putchar(into[special - from]);
    else if (c < 0x20 || c == 0x7F) printf("\\u%04x", c);
    else putchar(c);
  }
  putchar('"');
}

/* The shortest form that reads back as the same number. */
static void print_number(double x)
{
  char text[32];
  if (x == (double)(int64_t)x && fabs(x) < 1e15 && !(x == 0 && signbit(x))) {
    printf("%lld", (long long)x);
    return;
  }
  for (int precision = 1; precision <= 17; precision++) {
    snprintf(text, sizeof text, "%.*g", precision, x);
    if (strtod(text, NULL) == x) break;
  }
  fputs(text, stdout);
}

static void new_line(const style *s, int depth)
{
  if (s->compact) return;
  putchar('\n');
  for (int i = 0; i < depth; i++) fputs("  ", stdout);
}

typedef struct pair { value key, item; } pair;

static int by_key(const void *a, const void *b)
{
  const value *x = &((const pair *)a)->key, *y = &((const pair *)b)->key;
  int c = memcmp(x->text, y->text, x->size < y->size ? x->size : y->size);
  return c ? c : x->size < y->size ? -1 : x->size > y->size;
}

static void print_value(const value *v, const style *s, int depth)
{
  static const char *const words[] = {"null", "false", "true"};
  if (v->kind < NUMBER) fputs(words[v->kind], stdout);
  else if (v->kind == NUMBER) print_number(v->number);
  else if (v->kind == STRING) print_string(v);
  else {
    int object = v->kind == OBJECT;
    if (object && s->sorted && v->size) qsort(v->items, v->size / 2, sizeof(pair), by_key);
    putchar(object ? '{' : '[');
    for (size_t i = 0; i < v->size; i++) {
      if (i) putchar(',');
      new_line(s, depth + 1);
      if (object) {
        print_string(&v->items[i++]);
        fputs(s->compact ? ":" : ": ", stdout);
      }
      print_value(&v->items[i], s, depth + 1);
    }
    if (v->size) new_line(s, depth);
    putchar(object ? '}' : ']');
  }
}

/* ---- paths ---- */

static const value *member(const value *v, const char *key, size_t n)
{
  if (!v || v->kind != OBJECT) return NULL;
  for (size_t i = v->size; i; i -= 2) /* the last of several counts */
    if (v->items[i - 2].size == n && memcmp(v->items[i - 2].text, key, n) == 0)
      return &v->items[i - 1];
  return NULL;
}

static const value *at_path(const value *v, const char *path)
{
  while (v && *path) {
    if (*path == '[') {
      char *end;
      unsigned long i = strtoul(path + 1, &end, 10);
      v = *end == ']' && v->kind == ARRAY && i < v->size ? &v->items[i] : NULL;
      path = *end ? end + 1 : end;
    } else {
      path += *path == '.';
      size_t n = strcspn(path, ".[");
      v = member(v, path, n);
      path += n;
    }
  }
  return v;
}

/* ---- files ---- */

static char *read_all(FILE *f, size_t *size)
{
  size_t capacity = 1 << 12, n;
  char *text = check(malloc(capacity));
  for (*size = 0; (n = fread(text + *size, 1, capacity - *size, f)) > 0;)
    if ((*size += n) == capacity) text = check(realloc(text, capacity *= 2));
  return text;
}

static int do_file(FILE *f, const char *name, const char *path, const style *s)
{
  size_t size;
  value v;
  char *text = read_all(f, &size);
  reader r = {.name = name, .at = text, .start = text, .end = text + size};
  int ok = read_document(&r, &v);
  const value *found = ok && path ? at_path(&v, path) : &v;
  if (ok && !found) fprintf(stderr, "json: %s: nothing at %s\n", name, path);
  if (ok && found) {
    print_value(found, s, 0);
    putchar('\n');
  }
  destroy(&v);
  free(text);
  return ok && found ? 0 : 1;
}

int main(int argc, char **argv)
{
  style s = {0, 0};
  const char *path = NULL;
  int i = 1, rc = 0;
  for (; i < argc && argv[i][0] == '-'; i++) {
    if (strcmp(argv[i], "-c") == 0) s.compact = 1;
    else if (strcmp(argv[i], "-s") == 0) s.sorted = 1;
    else if (strcmp(argv[i], "-p") == 0 && i + 1 < argc) path = argv[++i];
    else return fputs("usage: json [-c] [-s] [-p PATH] [FILE...]\n", stderr), 2;
  }
  if (i == argc) return do_file(stdin, "-", path, &s);
  for (; i < argc; i++) {
    FILE *f = fopen(argv[i], "rb");
    if (!f) {
      fprintf(stderr, "json: %s: %s\n", argv[i], strerror(errno));
      rc = 1;
      continue;
    }
    rc |= do_file(f, argv[i], path, &s);
    fclose(f);
  }
  return rc;
}
