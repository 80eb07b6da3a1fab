/* number.c - numbers of the text form.
 *
 * SPDX-License-Identifier: MIT
 *
 * Nothing here may depend on the host's locale, so hexadecimal floats are read and written by hand
 * and decimal ones are read in the "C" locale. (Decimal reading is the one thing that is hard to do
 * right: the C library rounds correctly.)
 */
#include "number.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

static int digit_value(char c, unsigned base)
{
  int v = c >= '0' && c <= '9' ? c - '0'
          : c >= 'a' && c <= 'f' ? c - 'a' + 10
          : c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
  return v < (int)base ? v : -1;
}

static bool is_hex(const char *s, uint32_t size)
{
  return size > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
}

/* Digits without a sign, decimal or 0x. */
static bool read_digits(const char *s, uint32_t size, uint64_t *out)
{
  unsigned base = 10;
  uint64_t value = 0;
  if (is_hex(s, size)) {
    base = 16;
    s += 2;
    size -= 2;
  }
  if (size == 0) return false;
  for (uint32_t i = 0; i < size; i++) {
    int d = digit_value(s[i], base);
    if (d < 0 || __builtin_mul_overflow(value, (uint64_t)base, &value)
        || __builtin_add_overflow(value, (uint64_t)d, &value)) {
      return false;
    }
  }
  *out = value;
  return true;
}

bool vmi_number_u32(const char *s, uint32_t size, uint32_t *out)
{
  uint64_t value;
  if (!read_digits(s, size, &value) || value > UINT32_MAX) return false;
  *out = (uint32_t)value;
  return true;
}

bool vmi_number_int(const char *s, uint32_t size, unsigned bits, uint64_t *out)
{
  bool minus = size != 0 && s[0] == '-';
  uint32_t skip = minus || (size != 0 && s[0] == '+');
  uint64_t value;
  if (!read_digits(s + skip, size - skip, &value)) return false;
  uint64_t half = (uint64_t)1 << (bits - 1);
  if (minus ? value > half : value > half - 1 + half) return false;
  if (minus) value = 0 - value;
  *out = bits == 32 ? (uint64_t)(int64_t)(int32_t)(uint32_t)value : value;
  return true;
}

/* ---- floats ---- */

typedef struct format {
  int mantissa; /* stored bits */
  int min_exp;  /* exponent of the least normal number */
  int max_exp;
} format;

static const format narrow_format = {23, -126, 127}, wide_format = {52, -1022, 1023};

static uint64_t infinity(const format *f)
{
  return (uint64_t)(f->max_exp - f->min_exp + 2) << f->mantissa;
}

/* The float nearest to `m` * 2^`e` (more: nonzero digits follow behind m), ties to even. */
static uint64_t pack(const format *f, uint64_t m, int64_t e, bool more)
{
  if (m == 0) return 0;
  int top = 63 - __builtin_clzll(m);
  int64_t exp = e + top; /* of the leading bit */
  int64_t low = (exp < f->min_exp ? f->min_exp : exp) - f->mantissa; /* weight of the last bit */
  int64_t drop = low - e;
  if (exp > f->max_exp) return infinity(f);
  if (drop > 64) return 0;
  uint64_t kept = drop <= 0 ? m << -drop : drop == 64 ? 0 : m >> drop;
  if (drop > 0) {
    uint64_t half = (uint64_t)1 << (drop - 1), rest = m & (half - 1);
    bool up = (m & half) && (rest != 0 || more || (kept & 1));
    kept += up;
  }
  /* A carry into the exponent is right as it stands: the fields are adjacent. */
  if (exp < f->min_exp) return kept;
  return kept + ((uint64_t)(exp - f->min_exp) << f->mantissa);
}

/* Digits of a hexadecimal mantissa with an optional point. Past 60 bits only whether something is
 * not zero matters. Returns the characters used, 0 if there is no digit. */
static uint32_t read_mantissa(const char *s, uint32_t size, uint64_t *m, int64_t *e, bool *more)
{
  uint32_t i = 0, digits = 0;
  bool point = false;
  *m = 0;
  *e = 0;
  *more = false;
  for (; i < size; i++) {
    if (s[i] == '.' && !point) {
      point = true;
      continue;
    }
    int d = digit_value(s[i], 16);
    if (d < 0) break;
    digits++;
    if (*m >> 60 != 0) {
      *more |= d != 0;
      *e += point ? 0 : 4;
    } else {
      *m = *m * 16 + (uint64_t)d;
      *e -= point ? 4 : 0;
    }
  }
  return digits == 0 ? 0 : i;
}

static bool read_hex_float(const char *s, uint32_t size, const format *f, uint64_t *bits)
{
  uint64_t m;
  int64_t e, scale = 0;
  bool more;
  uint32_t i = read_mantissa(s, size, &m, &e, &more);
  if (i == 0) return false;
  if (i < size) {
    if (s[i] != 'p' && s[i] != 'P') return false;
    i++;
    bool minus = i < size && s[i] == '-';
    if (i < size && (s[i] == '-' || s[i] == '+')) i++;
    if (i == size) return false;
    for (; i < size; i++) {
      int d = digit_value(s[i], 10);
      if (d < 0) return false;
      if (scale < INT64_C(1) << 40) scale = scale * 10 + d; /* beyond any mantissa's reach */
    }
    if (minus) scale = -scale;
  }
  *bits = pack(f, m, e + scale, more);
  return true;
}

/* Is it [digits][.digits][e[sign]digits] with a digit in the mantissa? */
static bool decimal_shape(const char *s, uint32_t size)
{
  uint32_t i = 0, digits = 0;
  for (; i < size && digit_value(s[i], 10) >= 0; i++) digits++;
  if (i < size && s[i] == '.') {
    for (i++; i < size && digit_value(s[i], 10) >= 0; i++) digits++;
  }
  if (digits == 0 || i == size) return digits != 0;
  if (s[i] != 'e' && s[i] != 'E') return false;
  i++;
  if (i < size && (s[i] == '+' || s[i] == '-')) i++;
  uint32_t exponent = i;
  for (; i < size && digit_value(s[i], 10) >= 0; i++) continue;
  return i == size && i > exponent;
}

static bool read_decimal(const char *s, uint32_t size, bool wide, uint64_t *bits)
{
  char text[512]; /* longer spellings are no honest number; hexadecimal has no such limit */
  if (size >= sizeof text || !decimal_shape(s, size)) return false;
  memcpy(text, s, size);
  text[size] = '\0';
  locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (c == (locale_t)0) return false;
  if (wide) {
    double v = strtod_l(text, NULL, c);
    memcpy(bits, &v, sizeof v);
  } else {
    float v = strtof_l(text, NULL, c);
    uint32_t half;
    memcpy(&half, &v, sizeof half);
    *bits = half;
  }
  freelocale(c);
  return true;
}

static bool is_word(const char *s, uint32_t size, const char *word)
{
  return strlen(word) == size && memcmp(s, word, size) == 0;
}

bool vmi_number_float(const char *s, uint32_t size, bool wide, uint64_t *bits)
{
  const format *f = wide ? &wide_format : &narrow_format;
  if (size > 6 && memcmp(s, "nan:0x", 6) == 0) {
    return read_digits(s + 4, size - 4, bits) && *bits <= (wide ? UINT64_MAX : UINT32_MAX);
  }
  bool minus = size != 0 && s[0] == '-';
  uint32_t skip = minus || (size != 0 && s[0] == '+');
  s += skip;
  size -= skip;
  if (is_word(s, size, "inf")) {
    *bits = infinity(f);
  } else if (is_word(s, size, "nan")) {
    *bits = infinity(f) | (uint64_t)1 << (f->mantissa - 1);
  } else if (is_hex(s, size)) {
    if (!read_hex_float(s + 2, size - 2, f, bits)) return false;
  } else if (!read_decimal(s, size, wide, bits)) {
    return false;
  }
  if (minus) *bits |= (uint64_t)1 << (wide ? 63 : 31);
  return true;
}

/* ---- printing ---- */

static uint32_t put_decimal(uint64_t v, char *out)
{
  char digits[20];
  uint32_t n = 0, size = 0;
  do {
    digits[n++] = (char)('0' + v % 10);
    v /= 10;
  } while (v != 0);
  while (n != 0) out[size++] = digits[--n];
  return size;
}

static uint32_t put_hex(uint64_t v, unsigned digits, char *out)
{
  for (unsigned i = 0; i < digits; i++) {
    out[i] = "0123456789abcdef"[v >> 4 * (digits - 1 - i) & 15];
  }
  return digits;
}

/* `scaled` / 10^places, with at least one digit on each side of the point. */
static uint32_t put_fixed(uint64_t scaled, unsigned places, char *out)
{
  uint64_t unit = 1;
  for (unsigned i = 0; i < places; i++) unit *= 10;
  uint32_t n = put_decimal(scaled / unit, out);
  out[n++] = '.';
  uint64_t rest = scaled % unit;
  if (places == 0) {
    out[n++] = '0';
    return n;
  }
  for (unsigned i = 0; i < places; i++) {
    unit /= 10;
    out[n++] = (char)('0' + rest / unit % 10);
  }
  return n;
}

/* A short decimal spelling of the positive finite value, if some number of decimal places makes it
 * an integer below 2^53 and the text reads back as the same bits. */
static uint32_t print_short(uint64_t bits, bool wide, char *out)
{
  double value, scale = 1;
  if (wide) {
    memcpy(&value, &bits, sizeof value);
  } else {
    uint32_t half = (uint32_t)bits;
    float v;
    memcpy(&v, &half, sizeof v);
    value = v;
  }
  for (unsigned places = 0; places <= 16; places++, scale *= 10) {
    double scaled = value * scale + 0.5;
    if (scaled >= 9007199254740992.0) return 0;
    uint64_t back;
    uint32_t n = put_fixed((uint64_t)scaled, places, out);
    if (vmi_number_float(out, n, wide, &back) && back == bits) return n;
  }
  return 0;
}

/* 0x1.8p+3; subnormals as 0x0.8p-1022. */
static uint32_t print_hex(uint64_t bits, const format *f, char *out)
{
  uint64_t mantissa = bits & (((uint64_t)1 << f->mantissa) - 1);
  int stored = (int)(bits >> f->mantissa), exp = (stored == 0 ? 1 : stored) - 1 + f->min_exp;
  unsigned digits = (unsigned)(f->mantissa + 3) / 4;
  mantissa <<= digits * 4 - (unsigned)f->mantissa;
  uint32_t n = 0;
  out[n++] = '0';
  out[n++] = 'x';
  out[n++] = stored == 0 ? '0' : '1';
  while (digits != 0 && (mantissa & 15) == 0) {
    mantissa >>= 4;
    digits--;
  }
  if (digits != 0) {
    out[n++] = '.';
    n += put_hex(mantissa, digits, out + n);
  }
  out[n++] = 'p';
  out[n++] = exp < 0 ? '-' : '+';
  return n + put_decimal((uint64_t)(exp < 0 ? -exp : exp), out + n);
}

uint32_t vmi_number_print_float(uint64_t bits, bool wide, char out[VMI_NUMBER_TEXT])
{
  const format *f = wide ? &wide_format : &narrow_format;
  uint64_t sign = (uint64_t)1 << (wide ? 63 : 31), magnitude = bits & (sign - 1);
  uint64_t quiet = infinity(f) | (uint64_t)1 << (f->mantissa - 1);
  if (magnitude > infinity(f) && bits != quiet) {
    memcpy(out, "nan:0x", 6);
    return 6 + put_hex(bits, wide ? 16 : 8, out + 6);
  }
  uint32_t n = 0;
  if (bits & sign) out[n++] = '-';
  if (magnitude >= infinity(f)) {
    memcpy(out + n, magnitude == infinity(f) ? "inf" : "nan", 3);
    return n + 3;
  }
  uint32_t size = print_short(magnitude, wide, out + n);
  return n + (size != 0 ? size : print_hex(magnitude, f, out + n));
}
