/* options.c - the command line of `vm run`.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

/* A number from 1 on with an optional size suffix; false if it is anything else. */
static bool parse_number(const char *text, bool suffix, uint64_t *out)
{
  if (*text < '0' || *text > '9') return false;
  char *end;
  errno = 0;
  unsigned long long n = strtoull(text, &end, 10);
  if (errno || n == 0) return false;
  unsigned shift = 0;
  if (suffix && *end) {
    const char *units = "KMG", *unit = strchr(units, *end & ~0x20);
    if (!unit || !*unit) return false;
    shift = 10 * (unsigned)(unit - units + 1);
    end++;
  }
  if (*end || n > UINT64_MAX >> shift) return false;
  *out = (uint64_t)n << shift;
  return true;
}

static int parse_tier(const char *text, run_options *o)
{
  if (strcmp(text, "auto") == 0) o->tier = VM_TIER_AUTO;
  else if (strcmp(text, "0") == 0) o->tier = VM_TIER_0;
  else if (strcmp(text, "1") == 0) o->tier = VM_TIER_1;
  else if (strcmp(text, "2") == 0) o->tier = VM_TIER_2;
  else return usage_error("--tier: expected auto, 0, 1 or 2, found '%s'", text);
  return 0;
}

static const char *value_of(const char *arg, const char *name)
{
  size_t n = strlen(name);
  return strncmp(arg, name, n) == 0 && arg[n] == '=' ? arg + n + 1 : NULL;
}

static int parse_numeric(const char *name, const char *text, bool suffix, uint64_t *out)
{
  if (parse_number(text, suffix, out)) return 0;
  return usage_error("%s: expected a number from 1 on%s, found '%s'", name,
                     suffix ? " with an optional K, M or G" : "", text);
}

/* Room for one more element of `size` bytes. */
static void *one_more(void *list, size_t count, size_t size)
{
  void *bigger = realloc(list, (count + 1) * size);
  if (!bigger) fputs("vm: out of memory\n", stderr);
  return bigger;
}

/* HOST or HOST::GUEST; the first "::" parts them. */
static int parse_dir(const char *text, run_options *o)
{
  const char *parting = strstr(text, "::");
  if (!*text || parting == text || (parting && !parting[2]))
    return usage_error("--dir: expected HOST or HOST::GUEST, found '%s'", text);
  wasi_dir *dirs = one_more(o->dirs, o->ndirs, sizeof *dirs);
  if (!dirs) return EXIT_NO_MEMORY;
  o->dirs = dirs;
  char *host = strndup(text, parting ? (size_t)(parting - text) : strlen(text));
  if (!host) return EXIT_NO_MEMORY;
  dirs[o->ndirs++] = (wasi_dir){host, parting ? parting + 2 : NULL};
  return 0;
}

static int parse_env(const char *text, run_options *o)
{
  if (*text == '=' || !strchr(text, '='))
    return usage_error("--env: expected NAME=VALUE, found '%s'", text);
  const char **env = one_more(o->env, o->nenv, sizeof *env);
  if (!env) return EXIT_NO_MEMORY;
  o->env = env;
  env[o->nenv++] = text;
  return 0;
}

void free_run(run_options *o)
{
  for (size_t i = 0; i < o->ndirs; i++) free((char *)o->dirs[i].host);
  free(o->dirs);
  free(o->env);
}

static int parse_option(const char *arg, run_options *o)
{
  const char *v;
  if (strcmp(arg, "--stats") == 0) o->stats = true;
  else if (strcmp(arg, "--stats=functions") == 0) o->stats = o->functions = true;
  else if (strcmp(arg, "--gc-stress") == 0) o->gc_stress = true;
  else if (strcmp(arg, "--perf-map") == 0) o->perf_map = true;
  else if (strcmp(arg, "--keep-code") == 0) o->keep_code = true;
  else if (strcmp(arg, "--guard-memory") == 0) o->guard_memory = true;
  else if ((v = value_of(arg, "--trace"))) o->trace = v;
  else if ((v = value_of(arg, "--tier"))) return parse_tier(v, o);
  else if ((v = value_of(arg, "--entry"))) o->entry = v;
  else if ((v = value_of(arg, "--dir"))) return parse_dir(v, o);
  else if ((v = value_of(arg, "--env"))) return parse_env(v, o);
  else if ((v = value_of(arg, "--cache"))) o->cache_dir = v;
  else if ((v = value_of(arg, "--switch")))
    return parse_numeric("--switch", v, false, &o->switch_seed);
  else if ((v = value_of(arg, "--deadline")))
    return parse_numeric("--deadline", v, false, &o->deadline_ms);
  else if ((v = value_of(arg, "--fuel"))) {
    o->limit_fuel = true;
    return parse_numeric("--fuel", v, false, &o->fuel);
  } else if ((v = value_of(arg, "--max-heap"))) {
    uint64_t n = 0;
    int rc = parse_numeric("--max-heap", v, true, &n);
    o->max_heap = (size_t)n;
    return rc;
  } else if ((v = value_of(arg, "--max-code"))) {
    uint64_t n = 0;
    int rc = parse_numeric("--max-code", v, true, &n);
    o->max_code = (size_t)n;
    return rc;
  } else return usage_error("run: unknown option '%s'", arg);
  return 0;
}

int parse_run(int argc, char **argv, run_options *o)
{
  *o = (run_options){.tier = VM_TIER_AUTO, .entry = NULL};
  int i = 0;
  for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
    if (strcmp(argv[i], "--") == 0) {
      i++;
      break;
    }
    int rc = parse_option(argv[i], o);
    if (rc) return rc;
  }
  if (i == argc) return usage_error("run: no file");
  o->file = argv[i];
  o->argc = argc - i - 1;
  o->argv = argv + i + 1;
  return 0;
}
