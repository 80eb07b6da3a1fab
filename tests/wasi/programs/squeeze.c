/* squeeze.c - compresses and restores: LZ77 with hash chains and lazy matching, then canonical
 * Huffman codes of limited length, in blocks.
 *
 * SPDX-License-Identifier: MIT
 *
 * squeeze FILE...        compress each in memory, restore it, compare, say how large it became
 * squeeze -c IN OUT      compress;  squeeze -d IN OUT   restore
 *
 * The format: "SQZ1", size, CRC-32; then blocks of up to BLOCK symbols: the count of symbols (0
 * ends), code lengths of both alphabets in 4 bits each, the symbols' bits.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  WINDOW = 1 << 15, MIN_MATCH = 3, MAX_MATCH = 258, HASH_BITS = 14, CHAIN = 64,
  LITERALS = 256, LENGTHS = 29, LITLEN = LITERALS + LENGTHS, DISTANCES = 30,
  MAX_BITS = 15, BLOCK = 1 << 14, HEADER = 12
};

typedef struct buffer {
  uint8_t *data;
  size_t size, capacity;
} buffer;

static void *check(void *p)
{
  if (p) return p;
  fputs("squeeze: out of memory\n", stderr);
  exit(3);
}

static void put_byte(buffer *b, unsigned byte)
{
  if (b->size == b->capacity) {
    b->capacity = b->capacity ? 2 * b->capacity : 4096;
    b->data = check(realloc(b->data, b->capacity));
  }
  b->data[b->size++] = (uint8_t)byte;
}

static void put_u32(buffer *b, uint32_t x)
{
  for (int i = 0; i < 4; i++) put_byte(b, x >> 8 * i & 0xFF);
}

static uint32_t crc32(const uint8_t *p, size_t n)
{
  static uint32_t table[256];
  if (!table[1])
    for (uint32_t i = 0; i < 256; i++) {
      uint32_t c = i;
      for (int k = 0; k < 8; k++) c = c & 1 ? c >> 1 ^ 0xEDB88320u : c >> 1;
      table[i] = c;
    }
  uint32_t crc = ~0u;
  while (n--) crc = table[(crc ^ *p++) & 0xFF] ^ crc >> 8;
  return ~crc;
}

/* ---- lengths and distances as a symbol and extra bits ---- */

typedef struct range {
  uint16_t base;
  uint8_t extra;
} range;

static range length_ranges[LENGTHS], distance_ranges[DISTANCES];

static void fill_ranges(range *r, int n, int base, int flat, int step)
{
  for (int i = 0; i < n; i++) {
    int extra = i < flat ? 0 : (i - flat) / step + 1;
    r[i] = (range){(uint16_t)base, (uint8_t)extra};
    base += 1 << extra;
  }
}

static int find_range(const range *r, int n, int value)
{
  int i = n - 1;
  while (r[i].base > value) i--;
  return i;
}

/* ---- bits, lowest first ---- */

typedef struct bits {
  buffer *out;
  const uint8_t *in, *end;
  uint64_t hold;
  int count;
  int bad; /* read past the end */
} bits;

static void put_bits(bits *b, uint32_t value, int n)
{
  b->hold |= (uint64_t)value << b->count;
  b->count += n;
  while (b->count >= 8) {
    put_byte(b->out, b->hold & 0xFF);
    b->hold >>= 8;
    b->count -= 8;
  }
}

static void flush_bits(bits *b)
{
  if (b->count) put_bits(b, 0, 8 - b->count);
}

static uint32_t get_bits(bits *b, int n)
{
  while (b->count < n) {
    if (b->in == b->end) b->bad = 1;
    b->hold |= (uint64_t)(b->in < b->end ? *b->in++ : 0) << b->count;
    b->count += 8;
  }
  uint32_t value = (uint32_t)(b->hold & ((1ull << n) - 1));
  b->hold >>= n;
  b->count -= n;
  return value;
}

/* ---- Huffman codes ---- */

/* Lengths of an optimal code of at most MAX_BITS bits, by package merge on sorted weights. */
typedef struct item {
  uint64_t weight;
  int symbol; /* -1: a package of the two at `left` of the level below */
  int left;
} item;

static int by_weight(const void *a, const void *b)
{
  const item *x = a, *y = b;
  if (x->weight != y->weight) return x->weight < y->weight ? -1 : 1;
  return x->symbol - y->symbol;
}

static void count_item(item *const *levels, int level, int i, uint8_t *lengths)
{
  const item *it = &levels[level][i];
  if (it->symbol >= 0) {
    lengths[it->symbol]++;
    return;
  }
  count_item(levels, level - 1, it->left, lengths);
  count_item(levels, level - 1, it->left + 1, lengths);
}

static void code_lengths(const uint32_t *freq, int n, uint8_t *lengths)
{
  item leaves[LITLEN], *levels[MAX_BITS];
  int counts[MAX_BITS], nleaves = 0;
  memset(lengths, 0, (size_t)n);
  for (int i = 0; i < n; i++)
    if (freq[i]) leaves[nleaves++] = (item){freq[i], i, 0};
  if (nleaves < 2) {
    if (nleaves) lengths[leaves[0].symbol] = 1;
    return;
  }
  qsort(leaves, (size_t)nleaves, sizeof *leaves, by_weight);
  for (int level = 0; level < MAX_BITS; level++) {
    int pairs = level ? counts[level - 1] / 2 : 0, a = 0, b = 0, k = 0;
    levels[level] = check(malloc((size_t)(nleaves + pairs) * sizeof(item)));
    while (a < nleaves || b < pairs) {
      const item *below = level ? levels[level - 1] : NULL;
      uint64_t w = b < pairs ? below[2 * b].weight + below[2 * b + 1].weight : UINT64_MAX;
      if (a < nleaves && leaves[a].weight <= w) levels[level][k++] = leaves[a++];
      else levels[level][k++] = (item){w, -1, 2 * b++};
    }
    counts[level] = k;
  }
  for (int i = 0; i < 2 * nleaves - 2; i++) count_item(levels, MAX_BITS - 1, i, lengths);
  for (int level = 0; level < MAX_BITS; level++) free(levels[level]);
}

/* Canonical codes, their bits reversed for sending the highest first. */
static void assign_codes(const uint8_t *lengths, int n, uint16_t *codes)
{
  int count[MAX_BITS + 1] = {0}, next[MAX_BITS + 2] = {0};
  for (int i = 0; i < n; i++) count[lengths[i]]++;
  count[0] = 0;
  for (int b = 1; b <= MAX_BITS; b++) next[b + 1] = (next[b] + count[b]) << 1;
  for (int i = 0; i < n; i++) {
    int code = lengths[i] ? next[lengths[i]]++ : 0, reversed = 0;
    for (int b = 0; b < lengths[i]; b++) reversed |= (code >> b & 1) << (lengths[i] - 1 - b);
    codes[i] = (uint16_t)reversed;
  }
}

typedef struct decoder {
  uint16_t count[MAX_BITS + 1], symbols[LITLEN];
} decoder;

static int make_decoder(decoder *d, const uint8_t *lengths, int n)
{
  int start[MAX_BITS + 2] = {0}, left = 1;
  memset(d->count, 0, sizeof d->count);
  for (int i = 0; i < n; i++) d->count[lengths[i]]++;
  d->count[0] = 0;
  for (int b = 1; b <= MAX_BITS; b++) {
    left = 2 * left - d->count[b];
    if (left < 0) return 0; /* more codes than there can be */
    start[b + 1] = start[b] + d->count[b];
  }
  for (int i = 0; i < n; i++)
    if (lengths[i]) d->symbols[start[lengths[i]]++] = (uint16_t)i;
  return 1;
}

static int get_symbol(bits *b, const decoder *d)
{
  int code = 0, first = 0, index = 0;
  for (int n = 1; n <= MAX_BITS; n++) {
    code |= (int)get_bits(b, 1);
    int count = d->count[n];
    if (code - first < count) return d->symbols[index + code - first];
    index += count;
    first = (first + count) << 1;
    code <<= 1;
  }
  return -1;
}

/* ---- compressing ---- */

typedef struct token {
  uint16_t length, distance; /* distance 0: the literal `length` */
} token;

typedef struct compressor {
  const uint8_t *in;
  size_t size;
  int32_t head[1 << HASH_BITS], previous[WINDOW];
  token tokens[BLOCK];
  int ntokens;
  bits out;
} compressor;

static uint32_t hash3(const uint8_t *p)
{
  return ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16) * 2654435761u >>
         (32 - HASH_BITS);
}

static void insert(compressor *c, size_t at)
{
  if (at + MIN_MATCH > c->size) return;
  uint32_t h = hash3(c->in + at);
  c->previous[at % WINDOW] = c->head[h];
  c->head[h] = (int32_t)at;
}

static int longest(const compressor *c, size_t at, int *distance)
{
  int best = MIN_MATCH - 1, limit = c->size - at < MAX_MATCH ? (int)(c->size - at) : MAX_MATCH;
  if (limit < MIN_MATCH) return 0;
  const uint8_t *here = c->in + at;
  int32_t p = c->head[hash3(here)];
  for (int tries = CHAIN; p >= 0 && at - (size_t)p <= WINDOW && tries-- > 0;
       p = c->previous[p % WINDOW]) {
    const uint8_t *there = c->in + p;
    if (there[best] != here[best]) continue;
    int n = 0;
    while (n < limit && there[n] == here[n]) n++;
    if (n > best) {
      best = n;
      *distance = (int)(at - (size_t)p);
      if (n == limit) break;
    }
  }
  return best >= MIN_MATCH ? best : 0;
}

static void put_range(bits *b, const range *r, int symbol, int value)
{
  put_bits(b, (uint32_t)(value - r[symbol].base), r[symbol].extra);
}

static void put_lengths(bits *b, const uint8_t *lengths, int n)
{
  for (int i = 0; i < n; i++) put_bits(b, lengths[i], 4);
}

static void put_block(compressor *c)
{
  uint32_t freq[LITLEN] = {0}, dfreq[DISTANCES] = {0};
  uint8_t lengths[LITLEN], dlengths[DISTANCES];
  uint16_t codes[LITLEN], dcodes[DISTANCES];
  for (int i = 0; i < c->ntokens; i++) {
    const token *t = &c->tokens[i];
    freq[t->distance ? LITERALS + find_range(length_ranges, LENGTHS, t->length) : t->length]++;
    if (t->distance) dfreq[find_range(distance_ranges, DISTANCES, t->distance)]++;
  }
  code_lengths(freq, LITLEN, lengths);
  code_lengths(dfreq, DISTANCES, dlengths);
  assign_codes(lengths, LITLEN, codes);
  assign_codes(dlengths, DISTANCES, dcodes);
  put_bits(&c->out, (uint32_t)c->ntokens, 16);
  if (c->ntokens) put_lengths(&c->out, lengths, LITLEN), put_lengths(&c->out, dlengths, DISTANCES);
  for (int i = 0; i < c->ntokens; i++) {
    const token *t = &c->tokens[i];
    int l = t->distance ? find_range(length_ranges, LENGTHS, t->length) : 0;
    int s = t->distance ? LITERALS + l : t->length;
    put_bits(&c->out, codes[s], lengths[s]);
    if (!t->distance) continue;
    put_range(&c->out, length_ranges, l, t->length);
    int d = find_range(distance_ranges, DISTANCES, t->distance);
    put_bits(&c->out, dcodes[d], dlengths[d]);
    put_range(&c->out, distance_ranges, d, t->distance);
  }
  c->ntokens = 0;
}

static void put_token(compressor *c, int length, int distance)
{
  c->tokens[c->ntokens++] = (token){(uint16_t)length, (uint16_t)distance};
  if (c->ntokens == BLOCK) put_block(c);
}

static void compress(const uint8_t *in, size_t size, buffer *out)
{
  compressor *c = check(calloc(1, sizeof *c));
  c->in = in;
  c->size = size;
  c->out.out = out;
  memset(c->head, -1, sizeof c->head);
  memset(c->previous, -1, sizeof c->previous);
  put_byte(out, 'S'), put_byte(out, 'Q'), put_byte(out, 'Z'), put_byte(out, '1');
  put_u32(out, (uint32_t)size);
  put_u32(out, crc32(in, size));
  int length = 0, distance = 0;
  for (size_t at = 0; at < size;) {
    if (!length) length = longest(c, at, &distance);
    insert(c, at);
    int next_distance = 0,
        next = length && length < 32 && at + 1 < size ? longest(c, at + 1, &next_distance) : 0;
    if (!length || next > length) {
      put_token(c, in[at++], 0);
      length = next, distance = next_distance;
      continue;
    }
    put_token(c, length, distance);
    for (int i = 1; i < length; i++) insert(c, at + (size_t)i);
    at += (size_t)length;
    length = 0;
  }
  if (c->ntokens) put_block(c);
  put_block(c);
  flush_bits(&c->out);
  free(c);
}

/* ---- restoring ---- */

static uint32_t get_u32(const uint8_t *p)
{
  return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static int get_range(bits *b, const range *r, int symbol)
{
  return r[symbol].base + (int)get_bits(b, r[symbol].extra);
}

static const char *get_block(bits *b, int count, buffer *out, size_t size)
{
  uint8_t lengths[LITLEN], dlengths[DISTANCES];
  decoder d, dd;
  for (int i = 0; i < LITLEN; i++) lengths[i] = (uint8_t)get_bits(b, 4);
  for (int i = 0; i < DISTANCES; i++) dlengths[i] = (uint8_t)get_bits(b, 4);
  if (!make_decoder(&d, lengths, LITLEN) || !make_decoder(&dd, dlengths, DISTANCES))
    return "impossible code";
  while (count--) {
    int s = get_symbol(b, &d);
    if (s < 0 || b->bad) return "damaged";
    if (s < LITERALS) {
      put_byte(out, (unsigned)s);
    } else {
      int length = get_range(b, length_ranges, s - LITERALS), ds = get_symbol(b, &dd);
      if (ds < 0) return "damaged";
      size_t distance = (size_t)get_range(b, distance_ranges, ds);
      if (distance > out->size) return "refers to before the start";
      while (length--) put_byte(out, out->data[out->size - distance]);
    }
    if (out->size > size) return "longer than it says";
  }
  return NULL;
}

static const char *restore(const uint8_t *in, size_t n, buffer *out)
{
  if (n < HEADER || memcmp(in, "SQZ1", 4) != 0) return "not compressed by this program";
  uint32_t size = get_u32(in + 4);
  bits b = {.in = in + HEADER, .end = in + n};
  for (int count; (count = (int)get_bits(&b, 16)) != 0 && !b.bad;) {
    const char *why = get_block(&b, count, out, size);
    if (why) return why;
  }
  if (b.bad || out->size != size) return "cut off";
  return crc32(out->data, out->size) == get_u32(in + 8) ? NULL : "checksum differs";
}

/* ---- files ---- */

static int read_all(const char *path, buffer *out)
{
  FILE *f = fopen(path, "rb");
  int c;
  if (!f) {
    fprintf(stderr, "squeeze: %s: %s\n", path, strerror(errno));
    return 1;
  }
  while ((c = getc(f)) != EOF) put_byte(out, (unsigned)c);
  fclose(f);
  return 0;
}

static int round_trip(const char *path)
{
  buffer in = {0}, packed = {0}, back = {0};
  int rc = read_all(path, &in);
  if (rc == 0) {
    compress(in.data, in.size, &packed);
    const char *why = restore(packed.data, packed.size, &back);
    int same =
        !why && back.size == in.size && (in.size == 0 || memcmp(back.data, in.data, in.size) == 0);
    printf("%s: %zu -> %zu, crc %08x of %08x, %s\n", path, in.size, packed.size,
           crc32(packed.data, packed.size), crc32(in.data, in.size),
           why    ? why
           : same ? "restored"
                  : "DIFFERS");
    rc = !same;
    for (size_t cut = 0; cut < packed.size && cut < 4096;
         cut += 97) { /* what is cut off is noticed */
      buffer part = {0};
      if (!restore(packed.data, cut, &part))
        printf("%s: cut to %zu: NOT NOTICED\n", path, cut), rc = 1;
      free(part.data);
    }
  }
  free(in.data), free(packed.data), free(back.data);
  return rc;
}

static int convert(int packing, const char *from, const char *to)
{
  buffer in = {0}, out = {0};
  const char *why = NULL;
  if (read_all(from, &in)) return 1;
  if (packing) compress(in.data, in.size, &out);
  else why = restore(in.data, in.size, &out);
  if (why) {
    fprintf(stderr, "squeeze: %s: %s\n", from, why);
    return 1;
  }
  FILE *f = fopen(to, "wb");
  int ok = f && fwrite(out.data, 1, out.size, f) == out.size;
  if (f) ok = fclose(f) == 0 && ok;
  if (!ok) fprintf(stderr, "squeeze: %s: %s\n", to, strerror(errno));
  free(in.data), free(out.data);
  return !ok;
}

int main(int argc, char **argv)
{
  fill_ranges(length_ranges, LENGTHS, MIN_MATCH, 8, 4);
  fill_ranges(distance_ranges, DISTANCES, 1, 4, 2);
  if (argc == 4 && (strcmp(argv[1], "-c") == 0 || strcmp(argv[1], "-d") == 0))
    return convert(argv[1][1] == 'c', argv[2], argv[3]);
  if (argc < 2) {
    fputs("usage: squeeze FILE... | -c IN OUT | -d IN OUT\n", stderr);
    return 2;
  }
  int rc = 0;
  for (int i = 1; i < argc; i++) rc |= round_trip(argv[i]);
  return rc;
}
