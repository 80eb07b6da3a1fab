/* watching.c - what happens inside: a trace, statistics, what became of each function.
 *
 * SPDX-License-Identifier: MIT
 */
#include <pthread.h>

#include "example.h"

static const char text[] =
  "module work\n"
  "type Pair struct { a: i64, b: i64 }\n"
  "func pairs (n: i32) -> () {\n"
  "loop:\n"
  "  local.get n\n  i32.eqz\n  br_if done\n"
  "  i64.const 1\n  i64.const 2\n  struct.new Pair\n  drop\n"
  "  local.get n\n  i32.const 1\n  i32.sub\n  local.set n\n"
  "  br loop\n"
  "done:\n"
  "  return\n"
  "}\n"
  "func once () -> () {\n"
  "  return\n"
  "}\n"
  "export func \"pairs\" pairs\n"
  "export func \"once\" once\n";

typedef struct events {
  pthread_mutex_t lock; /* events come from any thread */
  int compiled, published, collections;
} events;

static void trace(void *user, const vm_trace_event *event)
{
  events *e = user;
  pthread_mutex_lock(&e->lock);
  if (strcmp(event->category, "compiler") == 0) {
    e->compiled += strcmp(event->name, "compile") == 0;
    e->published += strcmp(event->name, "publish") == 0;
  }
  e->collections += strcmp(event->category, "collector") == 0;
  pthread_mutex_unlock(&e->lock);
}

int main(void)
{
  events e = {.lock = PTHREAD_MUTEX_INITIALIZER};
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_isolate_stats stats = {.size = sizeof stats};
  vm_engine *engine;
  vm_isolate *isolate;
  vm_instance *instance;
  config.trace = trace;
  config.trace_user = &e;
  MUST(vm_engine_new(&config, &engine, &error));
  vm_module *module = example_load(engine, text);
  MUST(vm_isolate_new(engine, NULL, &isolate, &error));
  MUST(vm_instance_new(isolate, module, &instance, &error));

  const uint32_t pairs = 0;
  MUST(vm_module_compile(module, &pairs, 1, &error)); /* now, rather than when it is hot */
  vm_value n = vm_value_i32(100000);
  MUST(vm_call(isolate, example_func(instance, "pairs"), &n, 1, NULL, 0, &error));
  MUST(vm_call(isolate, example_func(instance, "once"), NULL, 0, NULL, 0, &error));
  MUST(vm_isolate_collect(isolate, &error));

  MUST(vm_isolate_get_stats(isolate, &stats, &error));
  printf("%d calls from the host, %d exceptions\n", (int)stats.calls, (int)stats.exceptions);
  printf("%d megabytes allocated, %s at the end\n", (int)(stats.allocated_bytes >> 20),
         stats.live_bytes < 65536 ? "next to nothing alive" : "much alive");
  for (uint32_t i = 0; i < vm_module_function_count(module); i++) {
    vm_function_info info;
    vm_function_stats f = {.size = sizeof f};
    MUST(vm_module_get_function(module, i, &info, &error));
    MUST(vm_module_get_function_stats(module, i, &f, &error));
    printf("%s: %u bytes of bytecode, tier %u\n", info.name, (unsigned)info.code_size, (unsigned)f.tier);
  }
  MUST(vm_isolate_free(isolate, &error));
  vm_module_free(module);
  MUST(vm_engine_free(engine, &error)); /* no event comes after this */
  printf("traced: %d unit compiled, %d published, %s\n", e.compiled, e.published,
         (uint64_t)e.collections == stats.collections ? "every collection" : "too few collections");
  return 0;
}
