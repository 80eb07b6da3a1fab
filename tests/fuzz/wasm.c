/* wasm.c - fuzz_wasm: broken WebAssembly binaries against the front end; what translates must load and do
 * the same in tiers 0 and 1.
 *
 * SPDX-License-Identifier: MIT
 *
 *   fuzz_wasm [--seed S] [--count N] [--keep FILE] FILE.wasm or DIRECTORY ...
 *
 * The corpus are the .wasm files named, and those in the directories. Most mutants keep their
 * sections in shape (mutate_wasm.c). --keep writes each mutant to FILE before it is used, so that the last
 * one is at hand after a crash; one that fails is kept as FILE.NUMBER. Count 0: the corpus as it is.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mutate.h"
#include "run.h"
#include "wasm_run.h"

enum { MAX_CORPUS = 4096, LARGEST = 1 << 18 };

typedef struct session {
  fuzz_random rng;
  wasm_runner runner;
  mutate_input corpus[MAX_CORPUS];
  uint32_t ncorpus, nvalid;
  const char *keep;
  uint64_t mutants;
} session;

/* ---- corpus ---- */

static bool is_wasm(const char *name)
{
  const char *dot = strrchr(name, '.');
  return dot != NULL && strcmp(dot, ".wasm") == 0;
}

static void add_file(session *s, const char *path)
{
  FILE *f = fopen(path, "rb");
  uint8_t *bytes = malloc(LARGEST);
  if (bytes == NULL) abort();
  size_t size = f != NULL ? fread(bytes, 1, LARGEST, f) : 0;
  if (f != NULL) fclose(f);
  if (size == 0 || size == LARGEST || s->ncorpus == MAX_CORPUS) {
    free(bytes);
    return;
  }
  uint8_t *exact = realloc(bytes, size);
  s->corpus[s->ncorpus++] = (mutate_input){exact != NULL ? exact : bytes, size};
}

/* In the order of their names: the same seed must give the same mutants everywhere. */
static void add_path(session *s, const char *path)
{
  struct dirent **entries;
  int n = is_wasm(path) ? -1 : scandir(path, &entries, NULL, alphasort);
  if (n < 0) {
    add_file(s, path);
    return;
  }
  for (int i = 0; i < n; i++) {
    char full[2048];
    snprintf(full, sizeof full, "%s/%s", path, entries[i]->d_name);
    if (is_wasm(full)) add_file(s, full);
    free(entries[i]);
  }
  free(entries);
}

/* ---- mutants ---- */

/* Mostly of the corpus' valid modules, which stand first, and rather a large one than one of the many that
 * hold a function or two. */
static const mutate_input *choose(session *s)
{
  if (s->nvalid == 0 || fuzz_one_in(&s->rng, 8)) return &s->corpus[fuzz_below(&s->rng, s->ncorpus)];
  const mutate_input *best = &s->corpus[fuzz_below(&s->rng, s->nvalid)];
  for (uint32_t n = fuzz_below(&s->rng, 2) * 8; n > 0; n--) {
    const mutate_input *e = &s->corpus[fuzz_below(&s->rng, s->nvalid)];
    if (e->size > best->size) best = e;
  }
  return best;
}

static uint8_t *mutant(session *s, size_t *size)
{
  const mutate_input *from = choose(s);
  const mutate_input *other = &s->corpus[fuzz_below(&s->rng, s->ncorpus)];
  uint8_t *p = fuzz_one_in(&s->rng, 4) ? NULL : mutate_wasm(&s->rng, from, other, size);
  if (p != NULL) return p;
  size_t room = from->size + 256;
  p = malloc(room);
  if (p == NULL) abort();
  memcpy(p, from->bytes, from->size);
  *size = from->size;
  for (uint32_t n = 1 + fuzz_below(&s->rng, 3); n > 0; n--) *size = mutate_some(&s->rng, p, *size, room, other);
  return p;
}

static void write_file(const char *path, const uint8_t *bytes, size_t size)
{
  FILE *f = fopen(path, "wb");
  if (f == NULL) return;
  fwrite(bytes, 1, size, f);
  fclose(f);
}

static void try_bytes(session *s, const uint8_t *bytes, size_t size)
{
  uint64_t failures = s->runner.failures;
  if (s->keep != NULL) write_file(s->keep, bytes, size);
  /* A block of exactly this size, so that a read past its end is seen. */
  uint8_t *exact = malloc(size == 0 ? 1 : size);
  if (exact == NULL) abort();
  memcpy(exact, bytes, size);
  s->mutants++;
  wasm_runner_try(&s->runner, exact, size);
  free(exact);
  if (s->runner.failures == failures) return;
  fprintf(stderr, "mutant %llu failed\n", (unsigned long long)s->mutants);
  if (s->keep == NULL) return;
  char path[2048];
  snprintf(path, sizeof path, "%s.%llu", s->keep, (unsigned long long)s->mutants);
  write_file(path, bytes, size);
}

static int run(session *s, uint64_t count)
{
  if (!wasm_runner_open(&s->runner)) return 2;
  for (uint32_t i = 0; i < s->ncorpus && s->runner.failures < 10; i++) {
    uint64_t translated = s->runner.translated;
    try_bytes(s, s->corpus[i].bytes, s->corpus[i].size);
    if (s->runner.translated == translated) continue;
    mutate_input e = s->corpus[i];
    s->corpus[i] = s->corpus[s->nvalid];
    s->corpus[s->nvalid++] = e;
  }
  for (uint64_t i = 0; i < count && s->runner.failures < 10; i++) {
    size_t size = 0;
    uint8_t *bytes = mutant(s, &size);
    try_bytes(s, bytes, size);
    free(bytes);
  }
  const wasm_runner *r = &s->runner;
  printf("fuzz_wasm: %llu binaries, made of %u; %llu translated, %llu instances, %llu calls, %llu failures\n",
         (unsigned long long)s->mutants, (unsigned)s->ncorpus, (unsigned long long)r->translated,
         (unsigned long long)r->instantiated, (unsigned long long)r->calls, (unsigned long long)r->failures);
  wasm_runner_close(&s->runner);
  return r->failures != 0;
}

int main(int argc, char **argv)
{
  static session s;
  uint64_t seed = 1, count = 1000;
  for (int i = 1; i < argc; i++) {
    const char *next = i + 1 < argc ? argv[i + 1] : NULL;
    if (strcmp(argv[i], "--seed") == 0) seed = parse_number(argv[i++], next);
    else if (strcmp(argv[i], "--count") == 0) count = parse_number(argv[i++], next);
    else if (strcmp(argv[i], "--keep") == 0 && next != NULL) s.keep = argv[++i];
    else if (argv[i][0] != '-') add_path(&s, argv[i]);
    else {
      fprintf(stderr, "usage: fuzz_wasm [--seed S] [--count N] [--keep FILE] FILE.wasm or DIRECTORY ...\n");
      return 64;
    }
  }
  if (s.ncorpus == 0) {
    printf("skipped: no .wasm file is there to start from\n");
    return 77;
  }
  s.rng.state = seed;
  int code = run(&s, count);
  for (uint32_t i = 0; i < s.ncorpus; i++) free(s.corpus[i].bytes);
  return code;
}
