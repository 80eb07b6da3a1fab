/* allocator.c - libvm's memory from the host's allocator, which counts it and at last refuses.
 *
 * SPDX-License-Identifier: MIT
 */
#include <pthread.h>

#include "example.h"

typedef struct pool {
  pthread_mutex_t lock; /* the compiler's thread allocates, too */
  size_t used, most;
  size_t limit;
} pool;

static void *resize(void *user, void *block, size_t old_size, size_t new_size)
{
  pool *p = user;
  void *result = NULL;
  pthread_mutex_lock(&p->lock);
  if (new_size == 0) {
    free(block);
    p->used -= old_size;
  } else if (p->used - old_size + new_size <= p->limit && (result = realloc(block, new_size)) != NULL) {
    p->used += new_size - old_size;
    if (p->used > p->most) p->most = p->used;
  }
  pthread_mutex_unlock(&p->lock);
  return result;
}

static const char text[] = "func main () -> (i32) {\n  i32.const 42\n  return\n}\nexport func \"main\" main\n";

/* The whole of a small program; the first status that is not VM_OK. Frees what it made. */
static vm_status program(pool *p)
{
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_engine *engine = NULL;
  vm_module *module = NULL;
  vm_isolate *isolate = NULL;
  vm_instance *instance = NULL;
  vm_ref func;
  vm_value result;
  config.allocator = (vm_allocator){resize, p};
  vm_status status = vm_engine_new(&config, &engine, NULL);
  if (status == VM_OK) status = vm_module_assemble(engine, text, strlen(text), &module, NULL);
  if (status == VM_OK) status = vm_isolate_new(engine, NULL, &isolate, NULL);
  if (status == VM_OK) status = vm_instance_new(isolate, module, &instance, NULL);
  if (status == VM_OK) status = vm_instance_get_func(instance, "main", &func, NULL);
  if (status == VM_OK) status = vm_call(isolate, func, NULL, 0, &result, 1, NULL);
  vm_isolate_free(isolate, NULL);
  vm_module_free(module);
  vm_engine_free(engine, NULL);
  return status;
}

int main(void)
{
  pool p = {.lock = PTHREAD_MUTEX_INITIALIZER, .limit = SIZE_MAX};
  vm_status status = program(&p);
  printf("without a limit: %s, %zu bytes left\n", vm_status_name(status), p.used);
  if (p.most < 1000) return 1;

  /* With less and less, each time it is VM_MEMORY, wherever it comes, and nothing is left behind. */
  int failures = 0, others = 0;
  size_t most = p.most, left = 0;
  for (p.limit = most - most / 50; p.limit > most / 50; p.limit -= most / 50) {
    status = program(&p);
    if (status == VM_MEMORY) failures++;
    else if (status != VM_OK) others++;
    left += p.used;
  }
  printf("with less: %s, %d other statuses, %zu bytes left\n", failures > 0 ? "memory" : "ok", others, left);
  return 0;
}
