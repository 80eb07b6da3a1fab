/* main.c - the command `lox`: runs a file, or talks.
 *
 * SPDX-License-Identifier: MIT
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vm/stats.h>

#include "lox.h"
#include "repl.h"

enum { EXIT_USAGE = 64, EXIT_NO_INPUT = 66, EXIT_IO = 74 };

typedef struct options {
  vm_engine_config engine;
  vm_isolate_config isolate;
  const char *file;
  bool stats;
} options;

static const char usage[] =
    "usage: lox [options] [FILE]\n"
    "Runs FILE, a program in Lox; without one reads lines and runs each.\n"
    "  --tier=auto|0|1|2  how: as it gets hot (default), interpreted, or compiled at once\n"
    "  --cache=DIR        keep compiled code in DIR from run to run\n"
    "  --gc-stress        collect at every allocation and check the heap\n"
    "  --guess=SEED       compile by guesses drawn at random, for tests of libvm itself\n"
    "  --stats            say at the end what tiers and collector did\n"
    "  --help, --version\n"
    "Exit codes: 64 wrong command line, 65 mistakes in the program, 66 no such file, 70 an error\n"
    "while it ran, 71 out of memory, 74 output could not be written.\n";

static void to_stdout(void *user, const char *text, size_t size)
{
  (void)user;
  fwrite(text, 1, size, stdout);
}

static void to_stderr(void *user, const char *text, size_t size)
{
  (void)user;
  fflush(stdout);
  fwrite(text, 1, size, stderr);
}

static bool tier_option(options *o, const char *name)
{
  static const struct {
    const char *name;
    vm_tier tier;
  } tiers[] = {{"auto", VM_TIER_AUTO}, {"0", VM_TIER_0}, {"1", VM_TIER_1}, {"2", VM_TIER_2}};
  for (size_t i = 0; i < sizeof tiers / sizeof *tiers; i++)
    if (strcmp(name, tiers[i].name) == 0) {
      o->engine.tier = tiers[i].tier;
      return true;
    }
  fprintf(stderr, "lox: --tier: expected auto, 0, 1 or 2, found '%s'\n", name);
  return false;
}

static int say(const char *text)
{
  fputs(text, stdout);
  return fflush(stdout) == 0 ? 0 : EXIT_IO;
}

/* -1: go on; else the exit code. */
static int parse_option(options *o, const char *arg)
{
  if (strcmp(arg, "--help") == 0) return say(usage);
  if (strcmp(arg, "--version") == 0) return say("lox on libvm " VM_VERSION_TEXT "\n");
  if (strncmp(arg, "--tier=", 7) == 0) return tier_option(o, arg + 7) ? -1 : EXIT_USAGE;
  if (strncmp(arg, "--cache=", 8) == 0) {
    o->engine.cache_dir = arg + 8;
  } else if (strcmp(arg, "--stats") == 0) {
    o->stats = true;
  } else if (strncmp(arg, "--guess=", 8) == 0) {
    char *end;
    o->engine.tier_flags |= VM_TIER_FORCE_GUESSES;
    o->engine.switch_seed = (uint32_t)strtoul(arg + 8, &end, 10);
    if (!isdigit((unsigned char)arg[8]) || *end != '\0') {
      fprintf(stderr, "lox: --guess: expected a number, found '%s'\n", arg + 8);
      return EXIT_USAGE;
    }
  } else if (strcmp(arg, "--gc-stress") == 0) {
    o->isolate.gc_flags = VM_GC_STRESS | VM_GC_POISON | VM_GC_VERIFY;
  } else {
    fprintf(stderr, "lox: unknown option '%s'\n%s", arg, usage);
    return EXIT_USAGE;
  }
  return -1;
}

static int parse_options(options *o, int argc, char **argv)
{
  int i = 1, code;
  for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
    if (strcmp(argv[i], "--") == 0) {
      i++;
      break;
    }
    if ((code = parse_option(o, argv[i])) >= 0) return code;
  }
  if (i < argc) o->file = argv[i++];
  if (i == argc) return -1;
  fprintf(stderr, "lox: expected one file, found '%s' too\n%s", argv[i], usage);
  return EXIT_USAGE;
}

static char *read_stream(FILE *f, size_t *size)
{
  size_t room = 1 << 16, used = 0;
  char *text = malloc(room);
  while (text) {
    used += fread(text + used, 1, room - used, f);
    if (used < room) break;
    char *larger = realloc(text, room *= 2);
    if (!larger) free(text);
    text = larger;
  }
  if (text && ferror(f)) {
    free(text);
    text = NULL;
  }
  *size = used;
  return text;
}

static int run_file(lox *l, const char *path)
{
  size_t size;
  FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
  char *source = f ? read_stream(f, &size) : NULL;
  if (!source) {
    fprintf(stderr, "lox: %s: %s\n", path, strerror(errno));
    if (f && f != stdin) fclose(f);
    return EXIT_NO_INPUT;
  }
  if (f != stdin) fclose(f);
  int code = (int)lox_run(l, path, source, size);
  free(source);
  return code;
}

static void print_stats(vm_engine *engine, vm_isolate *isolate)
{
  vm_engine_stats e = {.size = sizeof e};
  vm_isolate_stats i = {.size = sizeof i};
  if (vm_engine_get_stats(engine, &e, NULL) != VM_OK || vm_isolate_get_stats(isolate, &i, NULL) != VM_OK)
    return;
  fprintf(stderr, "compiler: %llu units in %.1f ms, %llu failed, %llu bytes of code\n",
          (unsigned long long)e.compiled_units, (double)e.compile_ns / 1e6,
          (unsigned long long)e.failed_units, (unsigned long long)e.code_bytes);
  fprintf(stderr, "frames: %llu entered compiled code at a loop, %llu left it\n",
          (unsigned long long)i.loop_entries, (unsigned long long)i.code_exits);
  fprintf(stderr, "heap: %llu collections in %.1f ms, %llu bytes allocated\n",
          (unsigned long long)i.collections, (double)i.pause_total_ns / 1e6,
          (unsigned long long)i.allocated_bytes);
}

static int run(const options *o)
{
  const lox_config config = {o->isolate, to_stdout, to_stderr, NULL, o->file == NULL};
  vm_error error = VM_ERROR_INIT;
  vm_engine *engine = NULL;
  lox *l = NULL;
  int code = LOX_FAILED;
  vm_status st = vm_engine_new(&o->engine, &engine, &error);
  if (st == VM_OK) st = lox_new(engine, &config, &l, &error);
  if (st == VM_OK) {
    code = o->file ? run_file(l, o->file) : repl_run(l);
  } else {
    fprintf(stderr, "lox: %s\n", error.message);
  }
  if (o->stats && l) print_stats(engine, lox_isolate(l));
  lox_free(l);
  vm_engine_free(engine, NULL);
  if (fflush(stdout) != 0 || ferror(stdout)) {
    fprintf(stderr, "lox: standard output cannot be written\n");
    if (code == 0) code = EXIT_IO;
  }
  return code;
}

int main(int argc, char **argv)
{
  options o = {VM_ENGINE_CONFIG_INIT, VM_ISOLATE_CONFIG_INIT, NULL, false};
  int code = parse_options(&o, argc, argv);
  return code >= 0 ? code : run(&o);
}
